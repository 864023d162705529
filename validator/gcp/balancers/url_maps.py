"""What a URL map does with a host: which host rule takes it, and where it goes from there.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import enum
import string
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.certificates.names import normal
from validator.model.loadbalancer import (
    ANY_HOST,
    PathMatcher,
    PathRule,
    Redirect,
    RouteAction,
    RouteRule,
    UrlMap,
)

#: What "*" stands for; a wildcard itself is taken by every rule that takes all of its names.
_ANY = frozenset(string.ascii_lowercase + string.digits + "-.*")


class Strength(enum.IntEnum):
    """How tellingly a URL map answers a host, or a wildcard: not at all, as anything else, by a wider one, by name."""

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
    #: References to backend services and backend buckets that get requests.
    services: tuple[str, ...] = ()
    #: Those of weight 0, which get none.
    weightless: tuple[str, ...] = ()
    redirect: Redirect | None = None
    #: Whether a header or a part of the query may decide as well.
    conditional: bool = False

    def loops(self, host: str) -> bool:
        """Whether the redirect sends whoever asks for the host by HTTPS to the very URL that was asked for.

        A query that is taken off may be what the condition was.
        https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect
        """
        sent = self.redirect
        if sent is None or sent.path_redirect or sent.prefix_redirect or (self.conditional and sent.strip_query):
            return False
        name, _, port = sent.host_redirect.partition(":")
        return not name or (normal(name) == normal(host) and port in ("", "443"))

    @property
    def drained(self) -> bool:
        """Whether its requests go to services that all have the weight 0."""
        return bool(self.weightless) and not self.services


def way(url_map: UrlMap, host: str) -> Way:
    """What the URL map does with a host: the exact host rule, else the longest wildcard, else its default."""
    taken, found = _taken(url_map, host), steps(url_map, host)
    services = _services(found)
    redirects = any(step.redirect for step in found)
    if taken is None:
        answers = services or redirects or any(step.drained for step in found)
        strength = Strength.DEFAULT if answers else Strength.NONE
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
    """References to every backend service and backend bucket of the URL map, whatever host and weight; each once."""
    every = (_default(url_map), *(step for matcher in url_map.path_matchers for step in _within(matcher)))
    return tuple(dict.fromkeys(reference for step in every for reference in (*step.services, *step.weightless)))


def _taken(url_map: UrlMap, host: str) -> tuple[Strength, str, str] | None:
    """How the best host rule takes the host: strength, pattern, name of its path matcher."""
    wanted = normal(host)
    found = [
        (_strength(pattern, wanted), len(pattern), pattern, rule.path_matcher)
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
    return _step(url_map.default_service, url_map.default_route_action, url_map.default_url_redirect)


def _within(matcher: PathMatcher) -> Iterator[Step]:
    yield _step(matcher.default_service, matcher.default_route_action, matcher.default_url_redirect)
    for path in matcher.path_rules:
        yield _step(path.service, path.route_action, path.url_redirect, path)
    for route in matcher.route_rules:
        yield _step(route.service, route.route_action, route.url_redirect, route)


def _step(
    service: str, action: RouteAction | None, redirect: Redirect | None, rule: PathRule | RouteRule | None = None
) -> Step:
    weighted = action.weighted_backend_services if action else ()
    taking = (service, *(part.backend_service for part in weighted if part.weight != 0))
    return Step(
        paths=rule.paths if isinstance(rule, PathRule) else (),
        services=tuple(filter(None, taking)),
        weightless=tuple(part.backend_service for part in weighted if part.weight == 0),
        redirect=redirect,
        conditional=isinstance(rule, RouteRule),
    )


def _services(found: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(service for step in found for service in step.services))


def matches(pattern: str, host: str) -> bool:
    """Whether a host rule's pattern takes the host; unlike in a certificate, "*" stands for several labels."""
    plain, wanted = normal(pattern.partition(":")[0]), normal(host)
    if not plain.startswith("*"):
        return plain == wanted
    return wanted.endswith(plain[1:]) and _ANY.issuperset(wanted.removesuffix(plain[1:]))


def _strength(pattern: str, host: str) -> Strength:
    if pattern == ANY_HOST:
        return Strength.DEFAULT
    wider = pattern.startswith("*") and normal(pattern.partition(":")[0]) != host
    return Strength.WILDCARD if wider else Strength.EXACT
