"""What a URL map does with a host: which host rule takes it, and where it goes from there.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

import msgspec

from validator.gcp.certificates import normal
from validator.model.loadbalancer import PathMatcher, PathRule, RouteAction, RouteRule, UrlMap

_ANY = r"[a-z0-9.-]*"


class Strength(enum.IntEnum):
    """How tellingly a URL map answers a host: not at all, as anything else, by a wildcard, by name."""

    NONE = 0
    #: The host rule "*", or no host rule but a default.
    DEFAULT = 1
    WILDCARD = 2
    EXACT = 3


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What a URL map does with a host."""

    strength: Strength
    #: The pattern of the host rule that answers; "" where only the map's default does.
    pattern: str = ""
    #: References to backend services and backend buckets, each once.
    services: tuple[str, ...] = ()
    #: Whether some of it is answered by a redirect, without a backend.
    redirects: bool = False
    #: Name of a path matcher that the host rule speaks of and the map does not hold.
    lost_matcher: str = ""
    #: Whether the map has no host rules at all, so that its default is meant for every host.
    catch_all: bool = False

    @property
    def named(self) -> bool:
        """Whether a host rule of more than "*" takes the host."""
        return self.strength > Strength.DEFAULT

    @property
    def claimed(self) -> bool:
        """Whether the host is meant to be answered: by a host rule, or as any host is."""
        return bool(self.strength and (self.pattern or self.catch_all))


def way(url_map: UrlMap, host: str) -> Way:
    """What the URL map does with a host: the exact host rule, else the longest wildcard, else its default."""
    wanted = normal(host)
    found = [
        (_strength(pattern), len(pattern), pattern, rule.path_matcher)
        for rule in url_map.host_rules
        for pattern in rule.hosts
        if matches(pattern, wanted)
    ]
    if not found:
        return _default(url_map)
    strength, _, pattern, name = max(found)
    matcher = next((one for one in url_map.path_matchers if one.name == name), None)
    if not matcher:
        return Way(strength=strength, pattern=pattern, lost_matcher=name)
    services, redirects = _collected(matcher)
    return Way(strength=strength, pattern=pattern, services=services, redirects=redirects)


def matches(pattern: str, host: str) -> bool:
    """Whether a host rule's pattern takes the host; unlike in a certificate, "*" stands for several labels."""
    plain = normal(pattern.partition(":")[0])
    if not plain.startswith("*"):
        return plain == normal(host)
    return re.fullmatch(_ANY + re.escape(plain[1:]), normal(host)) is not None


def _strength(pattern: str) -> Strength:
    if pattern == "*":
        return Strength.DEFAULT
    return Strength.WILDCARD if pattern.startswith("*") else Strength.EXACT


def _default(url_map: UrlMap) -> Way:
    services = (url_map.default_service, *_weighted(url_map.default_route_action))
    redirects = url_map.default_url_redirect is not None
    kept = tuple(dict.fromkeys(filter(None, services)))
    strength = Strength.DEFAULT if kept or redirects else Strength.NONE
    return Way(strength=strength, services=kept, redirects=redirects, catch_all=not url_map.host_rules)


def _collected(matcher: PathMatcher) -> tuple[tuple[str, ...], bool]:
    rules: tuple[PathRule | RouteRule, ...] = (*matcher.path_rules, *matcher.route_rules)
    services = [matcher.default_service, *_weighted(matcher.default_route_action)]
    for rule in rules:
        services += [rule.service, *_weighted(rule.route_action)]
    redirects = [matcher.default_url_redirect, *(rule.url_redirect for rule in rules)]
    return tuple(dict.fromkeys(filter(None, services))), any(one is not None for one in redirects)


def _weighted(action: RouteAction | None) -> Iterator[str]:
    for part in action.weighted_backend_services if action else ():
        yield part.backend_service
