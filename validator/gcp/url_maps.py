"""What a URL map does with a host: which host rule takes it, and where it goes from there.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.certificates.names import normal
from validator.model.loadbalancer import PathMatcher, PathRule, Redirect, RouteAction, RouteRule, UrlMap

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


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a part of a host's requests."""

    #: Of a path rule; () for what is left over, and where another condition than the path decides.
    paths: tuple[str, ...] = ()
    #: References to backend services and backend buckets.
    services: tuple[str, ...] = ()
    redirect: Redirect | None = None


def way(url_map: UrlMap, host: str) -> Way:
    """What the URL map does with a host: the exact host rule, else the longest wildcard, else its default."""
    taken, found = _taken(url_map, host), steps(url_map, host)
    services = _services(found)
    redirects = any(step.redirect for step in found)
    if taken is None:
        strength = Strength.DEFAULT if services or redirects else Strength.NONE
        return Way(strength=strength, services=services, redirects=redirects, catch_all=not url_map.host_rules)
    strength, pattern, name = taken
    lost = "" if _matcher(url_map, name) else name
    return Way(strength=strength, pattern=pattern, services=services, redirects=redirects, lost_matcher=lost)


def steps(url_map: UrlMap, host: str) -> tuple[Step, ...]:
    """What becomes of each part of a host's requests; none where the host rule's path matcher is missing."""
    taken = _taken(url_map, host)
    if taken is None:
        return (_default(url_map),)
    matcher = _matcher(url_map, taken[-1])
    return tuple(_within(matcher)) if matcher else ()


def backends(url_map: UrlMap) -> tuple[str, ...]:
    """References to every backend service and backend bucket of the URL map, whatever the host; each once."""
    return _services([_default(url_map), *(step for matcher in url_map.path_matchers for step in _within(matcher))])


def _taken(url_map: UrlMap, host: str) -> tuple[Strength, str, str] | None:
    """How the best host rule takes the host: strength, pattern, name of its path matcher."""
    wanted = normal(host)
    found = [
        (_strength(pattern), len(pattern), pattern, rule.path_matcher)
        for rule in url_map.host_rules
        for pattern in rule.hosts
        if matches(pattern, wanted)
    ]
    if not found:
        return None
    strength, _, pattern, name = max(found)
    return strength, pattern, name


def _matcher(url_map: UrlMap, name: str) -> PathMatcher | None:
    return next((one for one in url_map.path_matchers if one.name == name), None)


def _default(url_map: UrlMap) -> Step:
    services = (url_map.default_service, *_weighted(url_map.default_route_action))
    return Step(services=_named(services), redirect=url_map.default_url_redirect)


def _within(matcher: PathMatcher) -> Iterator[Step]:
    default = (matcher.default_service, *_weighted(matcher.default_route_action))
    yield Step(services=_named(default), redirect=matcher.default_url_redirect)
    rules: tuple[PathRule | RouteRule, ...] = (*matcher.path_rules, *matcher.route_rules)
    for rule in rules:
        paths = rule.paths if isinstance(rule, PathRule) else ()
        services = _named((rule.service, *_weighted(rule.route_action)))
        yield Step(paths=paths, services=services, redirect=rule.url_redirect)


def _services(found: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(service for step in found for service in step.services))


def _named(references: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, references))


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


def _weighted(action: RouteAction | None) -> Iterator[str]:
    for part in action.weighted_backend_services if action else ():
        yield part.backend_service
