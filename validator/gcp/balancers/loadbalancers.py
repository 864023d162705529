"""The HTTPS load balancers of a project, front to back, and the way a host takes through them.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from validator.gcp.balancers.mappings import PERHAPS_MAPPED, MappedDomains, either
from validator.gcp.balancers.scoping import beside
from validator.gcp.balancers.url_maps import Strength, Way, steps, way
from validator.gcp.dns.answers import same
from validator.gcp.names import Names
from validator.gcp.observed.trouble import Trouble
from validator.model.loadbalancer import (
    ANY_HOST,
    MESH,
    BackendService,
    ForwardingRule,
    NetworkEndpointGroup,
    TargetHttpsProxy,
    UrlMap,
)
from validator.model.resource import Resource
from validator.model.table import Table

R = TypeVar("R", bound=Resource)


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """A forwarding rule, the HTTPS proxy behind it and that one's URL map, as far as they exist."""

    rule: ForwardingRule
    proxy: TargetHttpsProxy
    url_map: UrlMap | None = None

    @property
    def external(self) -> bool:
        """Whether the internet may reach it."""
        return self.rule.external

    def way(self, host: str) -> Way:
        """What becomes of the host here."""
        return way(self.url_map, host) if self.url_map else Way(strength=Strength.NONE)


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """Why something that is not read may answer a host."""

    code: str
    words: str
    evidence: tuple[str, ...] = ()


class LoadBalancers:
    """A fact: the fronts on 443, and lookups along their references."""

    def __init__(
        self,
        names: Names,
        rules: Table[ForwardingRule],
        maps: Mapping[str, tuple[TargetHttpsProxy, UrlMap | None]],
        backends: Table[BackendService],
        groups: Table[NetworkEndpointGroup],
        *,
        mapped: MappedDomains,
    ) -> None:
        self._names = names
        self._rules = rules
        #: HTTPS proxies by full name, each with its URL map.
        self._maps = maps
        self._mapped = mapped
        every = tuple(self._fronts())
        #: Every forwarding rule on 443 with an HTTPS proxy that was found.
        self.fronts = tuple(front for front in every if front.rule.answers(443))
        #: Every other one with an HTTPS proxy that was found: it takes other ports only.
        self.elsewhere = tuple(front for front in every if not front.rule.answers(443))
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
        mapped: MappedDomains,
    ) -> LoadBalancers:
        """From everything the load balancers of the project consist of, and the domains that Cloud Run itself serves.

        Proxies that nothing but a service mesh leads to are none.
        """
        by_map, maps = _by_path(url_maps, names), {}
        meshed, outer = set[str](), set[str]()
        for rule in rules:
            leads = names.full(rule.target, rule.project, beside(rule, "targetHttpsProxies"))
            (meshed if rule.load_balancing_scheme == MESH else outer).add(leads)
        for path, proxy in _by_path(proxies, names).items():
            if path not in meshed - outer:
                wanted = names.full(proxy.url_map, proxy.project, beside(proxy, "urlMaps"))
                maps[path] = (proxy, by_map.get(wanted))
        return cls(names, rules, maps, backends, groups, mapped=mapped)

    def _fronts(self) -> Iterator[Front]:
        for rule in self._rules:
            found = self._maps.get(self.full(rule.target, rule, "targetHttpsProxies"))
            if found and rule.load_balancing_scheme != MESH:
                yield Front(rule=rule, proxy=found[0], url_map=found[1])

    def answering(self, host: str) -> tuple[Front, ...]:
        """The fronts meant for the host: those whose URL map answers it most tellingly, external ones first.

        Nearly every URL map has a default, so a map that merely would not refuse the host is not counted
        where another names it. Where only internal ones do, external ones that take any host are meant as well.
        `ANY_HOST` is answered by all that take any. None is meant for a host that Cloud Run itself serves.
        """
        if host == ANY_HOST:
            return tuple(front for front in self.fronts if front.way(host).claimed)
        if self.mapping(host):
            return ()
        outside = _most_telling((front for front in self.fronts if front.external), host)
        inside = _most_telling((front for front in self.fronts if not front.external), host)
        if not inside or not inside[0].way(host).named or (outside and outside[0].way(host).named):
            return outside or inside
        return (*inside, *(front for front in outside if front.way(host).claimed))

    def mapping(self, host: str) -> str:
        """Full name of the Cloud Run domain mapping that serves the host; "" for none.

        None does where a URL map names the host. Where an external front takes it as it takes any, one does only if
        public zones lead the host to Cloud Run.
        """
        found = self._mapped.of(host)
        if not found or self.naming(host):
            return ""
        return "" if self._claiming(host) and not self._mapped.is_led_here(host) else found.path

    def perhaps_mapped(self, host: str) -> Trouble | None:
        """Why Cloud Run may serve a host that fronts do not serve as they should; None where it does not."""
        if self.naming(host) or host.startswith("*"):
            return None
        found = self._mapped.of(host)
        if found is None:
            return None if self._mapped.complete else PERHAPS_MAPPED
        addresses = {same(front.rule.ip_address) for front in self._claiming(host)}
        return None if self._mapped.is_led_to(host, addresses) else either(found.path)

    def _claiming(self, host: str) -> tuple[Front, ...]:
        return tuple(front for front in self.fronts if front.external and front.way(host).claimed)

    def naming(self, host: str) -> tuple[TargetHttpsProxy, ...]:
        """The HTTPS proxies whose URL map names the host, whether or not a forwarding rule leads to them."""
        return tuple(proxy for proxy, url_map in self._maps.values() if url_map and way(url_map, host).named)

    def unseen(self, host: str) -> Unseen | None:
        """Why something that is not read may answer a host that no front does; None where all of it was read.

        Load balancers of another project may lead to this one's backend services:
        https://cloud.google.com/load-balancing/docs/https/setup-cross-project-backend-service-backend-bucket
        """
        if self.naming(host) or self.mapping(host):
            return None
        if opaque := [rule for rule in self._rules if _is_opaque(rule)]:
            ends = ", ".join(f"forwarding rule {rule.short} takes 443 to {_end(rule)}" for rule in opaque)
            evidence = tuple(text for rule in opaque for text in (rule.path, rule.target) if text)
            return Unseen(code="NOT_AN_HTTPS_PROXY", words=f"{ends}, which is not looked into", evidence=evidence)
        if self._maps or any(_is_external_http(rule) for rule in self._rules):
            return None
        words = "the project has no HTTPS proxy, and whether another project's load balancer leads here is not read"
        return Unseen(code="FRONTEND_NOT_READ", words=words)

    def behind(self, front: Front, host: str) -> frozenset[str]:
        """What the host's requests end at, to be compared: what stands behind backend services, and redirects.

        Backend services are told apart by their groups alone: load balancers of two kinds cannot share one.
        """
        found, url_map = front.way(host), front.url_map
        if url_map is None:
            return frozenset()
        redirects = {str(msgspec.to_builtins(step.redirect)) for step in steps(url_map, host) if step.redirect}
        ends = (end for reference in found.services for end in self._ends(reference, url_map))
        return frozenset((*redirects, *ends, *filter(None, (found.lost_matcher,))))

    def _ends(self, reference: str, url_map: UrlMap) -> Iterator[str]:
        """The Cloud Run services and groups behind a backend service; its own name where none takes requests."""
        backend = self.backend(reference, url_map)
        taking = [one for one in backend.backends if one.capacity_scaler != 0] if backend else []
        if backend is None or not taking:
            yield self.full(reference, url_map, "backendServices")
            return
        for one in taking:
            group = self.group(one.group, backend)
            run = group.cloud_run if group else None
            if group and run and run.service:
                yield f"projects/{group.project}/locations/{group.location}/services/{run.service} {run.tag}"
            else:
                yield self.full(one.group, backend, "networkEndpointGroups")

    def backend(self, reference: str, url_map: UrlMap) -> BackendService | None:
        """The backend service a URL map refers to, or None."""
        return self._backends.get(self.full(reference, url_map, "backendServices"))

    def group(self, reference: str, backend: BackendService) -> NetworkEndpointGroup | None:
        """The network endpoint group a backend service refers to, or None."""
        return self._groups.get(self.full(reference, backend, "networkEndpointGroups"))

    def full(self, reference: str, owner: Resource, collection: str) -> str:
        """Canonical full name of what `owner` refers to."""
        return self._names.full(reference, owner.project, beside(owner, collection))


def _most_telling(fronts: Iterable[Front], host: str) -> tuple[Front, ...]:
    strengths = [(front, front.way(host).strength) for front in fronts]
    best = max((strength for _, strength in strengths), default=Strength.NONE)
    return tuple(front for front, strength in strengths if strength and strength is best)


def _is_opaque(rule: ForwardingRule) -> bool:
    """Whether TLS on 443 goes where no URL map says who is served: an SSL or TCP proxy, or backends themselves."""
    if rule.load_balancing_scheme in ("", MESH):  # Private Service Connect, and a service mesh
        return False
    http = "/targetHttpProxies/" in rule.target or "/targetHttpsProxies/" in rule.target
    return rule.answers(443) and not http and rule.ip_protocol in ("", "TCP", "L3_DEFAULT")


def _end(rule: ForwardingRule) -> str:
    return "/".join(rule.target.split("/")[-2:]) or "backends directly"


def _is_external_http(rule: ForwardingRule) -> bool:
    return rule.external and "/targetHttpProxies/" in rule.target


def _by_path(rows: Iterable[R], names: Names) -> dict[str, R]:
    return {names.full(row.path, row.project, ""): row for row in rows}
