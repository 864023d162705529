"""The HTTPS load balancers of a project, front to back, and the way a host takes through them.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from validator.gcp.certificates import normal
from validator.gcp.names import Names
from validator.model.loadbalancer import (
    BackendService,
    ForwardingRule,
    NetworkEndpointGroup,
    PathMatcher,
    PathRule,
    RouteRule,
    TargetHttpsProxy,
    UrlMap,
)
from validator.model.resource import Resource
from validator.model.table import Table

R = TypeVar("R", bound=Resource)
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


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """A forwarding rule, the HTTPS proxy behind it and that one's URL map, as far as they exist."""

    rule: ForwardingRule
    proxy: TargetHttpsProxy
    url_map: UrlMap | None = None

    @property
    def external(self) -> bool:
        """Whether the internet may reach it."""
        return self.rule.load_balancing_scheme.startswith("EXTERNAL")

    def way(self, host: str) -> Way:
        """What becomes of the host here."""
        return way(self.url_map, host) if self.url_map else Way(strength=Strength.NONE)


class LoadBalancers:
    """A fact: the fronts on 443, and lookups along their references."""

    def __init__(
        self,
        names: Names,
        fronts: Iterable[Front],
        backends: Table[BackendService],
        groups: Table[NetworkEndpointGroup],
    ) -> None:
        self._names = names
        #: Every forwarding rule on 443 with an HTTPS proxy that was found.
        self.fronts = tuple(fronts)
        self._backends = _by_path(backends, names)
        self._groups = _by_path(groups, names)

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        rules: Table[ForwardingRule],
        proxies: Table[TargetHttpsProxy],
        url_maps: Table[UrlMap],
        backends: Table[BackendService],
        groups: Table[NetworkEndpointGroup],
    ) -> LoadBalancers:
        """From everything the load balancers of the project consist of."""
        by_proxy, by_map = _by_path(proxies, names), _by_path(url_maps, names)
        fronts = []
        for rule in rules:
            proxy = by_proxy.get(names.full(rule.target, rule.project, _scope(rule, "targetHttpsProxies")))
            if proxy and rule.answers(443):
                path = names.full(proxy.url_map, proxy.project, _scope(proxy, "urlMaps"))
                fronts.append(Front(rule=rule, proxy=proxy, url_map=by_map.get(path)))
        return cls(names, fronts, backends, groups)

    def answering(self, host: str) -> tuple[Front, ...]:
        """The fronts meant for the host: those whose URL map answers it most tellingly, external ones first.

        Nearly every URL map has a default, so a map that merely would not refuse the host is not counted
        where another names it.
        """
        for external in (True, False):
            ways = [(front, front.way(host).strength) for front in self.fronts if front.external is external]
            best = max((strength for _, strength in ways), default=Strength.NONE)
            if best > Strength.DEFAULT or (best and external):
                return tuple(front for front, strength in ways if strength is best)
        return ()

    def backend(self, reference: str, url_map: UrlMap) -> BackendService | None:
        """The backend service a URL map refers to, or None."""
        return self._backends.get(self.full(reference, url_map, "backendServices"))

    def group(self, reference: str, backend: BackendService) -> NetworkEndpointGroup | None:
        """The network endpoint group a backend service refers to, or None."""
        return self._groups.get(self.full(reference, backend, "networkEndpointGroups"))

    def full(self, reference: str, owner: Resource, collection: str) -> str:
        """Canonical full name of what `owner` refers to."""
        return self._names.full(reference, owner.project, _scope(owner, collection))


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
    return Way(strength=strength, services=kept, redirects=redirects)


def _collected(matcher: PathMatcher) -> tuple[tuple[str, ...], bool]:
    rules: tuple[PathRule | RouteRule, ...] = (*matcher.path_rules, *matcher.route_rules)
    services = [matcher.default_service, *_weighted(matcher.default_route_action)]
    for rule in rules:
        services += [rule.service, *_weighted(rule.route_action)]
    redirects = [matcher.default_url_redirect, *(rule.url_redirect for rule in rules)]
    return tuple(dict.fromkeys(filter(None, services))), any(one is not None for one in redirects)


def _weighted(action: dict[str, Any] | None) -> Iterator[str]:
    parts = (action or {}).get("weightedBackendServices")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and isinstance(part.get("backendService"), str):
            yield part["backendService"]


def _scope(owner: Resource, collection: str) -> str:
    where = owner.location or "global"
    return f"global/{collection}" if where == "global" else f"regions/{where}/{collection}"


def _by_path(rows: Iterable[R], names: Names) -> dict[str, R]:
    return {names.full(row.path, row.project, ""): row for row in rows}
