"""Backend services on serverless network endpoint groups: their groups, their services, what leads to them.

https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from validator.gcp.balancers.scoping import beside
from validator.gcp.balancers.url_maps import backends
from validator.gcp.names import Names
from validator.model.loadbalancer import (
    Backend,
    BackendService,
    ForwardingRule,
    NetworkEndpointGroup,
    TargetHttpProxy,
    TargetHttpsProxy,
    UrlMap,
)
from validator.model.run import Service
from validator.model.table import Partial, Table


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """A backend and the serverless group it is; None for a group of another type, or one that was not found."""

    backend: Backend
    group: NetworkEndpointGroup | None = None


class Serverless:
    """A fact: which backends are serverless, and the Cloud Run services of those."""

    def __init__(self, names: Names, groups: Table[NetworkEndpointGroup], services: Partial[Service]) -> None:
        self._names = names
        self._groups = {
            names.full(row.path, row.project, ""): row for row in groups if row.network_endpoint_type == "SERVERLESS"
        }
        self._services = {(row.location, row.short): row for row in services}
        self._complete = services.complete

    @classmethod
    def derive(cls, *, names: Names, groups: Table[NetworkEndpointGroup], services: Partial[Service]) -> Serverless:
        """From the endpoint groups, and the services as far as they were read."""
        return cls(names, groups, services)

    def of(self, backend: BackendService) -> tuple[Behind, ...]:
        """Every backend of the service; none of them with a group where it is not serverless."""
        return tuple(Behind(backend=one, group=self._groups.get(self._full(one, backend))) for one in backend.backends)

    def service(self, group: NetworkEndpointGroup) -> Service | None:
        """The Cloud Run service the group names, if it was read."""
        return self._services.get((group.location, group.cloud_run.service)) if group.cloud_run else None

    def is_unread(self, group: NetworkEndpointGroup) -> bool:
        """Whether the group names a service that is missing among those that were read, and these are not all."""
        named = group.cloud_run is not None and bool(group.cloud_run.service)
        return named and not self._complete and self.service(group) is None

    def _full(self, one: Backend, backend: BackendService) -> str:
        return self._names.full(one.group, backend.project, beside(backend, "networkEndpointGroups"))


class Leading:
    """A fact: the forwarding rules that lead to each backend service through an HTTP or HTTPS proxy."""

    def __init__(self, names: Names, rules: Mapping[str, tuple[ForwardingRule, ...]]) -> None:
        self._names = names
        self._rules = rules

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        rules: Table[ForwardingRule],
        secure: Table[TargetHttpsProxy],
        plain: Table[TargetHttpProxy],
        url_maps: Table[UrlMap],
    ) -> Leading:
        """From everything in front of backend services."""
        proxies = {names.full(row.path, row.project, ""): row for row in (*secure, *plain)}
        maps = {names.full(row.path, row.project, ""): row for row in url_maps}
        found: defaultdict[str, list[ForwardingRule]] = defaultdict(list)
        for rule in rules:
            proxy = proxies.get(names.full(rule.target, rule.project, beside(rule, "targetHttpsProxies")))
            url_map = maps.get(names.full(proxy.url_map, proxy.project, beside(proxy, "urlMaps"))) if proxy else None
            for path in _backends(url_map, names):
                found[path].append(rule)
        return cls(names, {path: tuple(rows) for path, rows in found.items()})

    def to(self, backend: BackendService) -> tuple[ForwardingRule, ...]:
        """The forwarding rules behind which it stands."""
        return self._rules.get(self._names.full(backend.path, backend.project, ""), ())


def _backends(url_map: UrlMap | None, names: Names) -> Iterator[str]:
    if url_map:
        for reference in backends(url_map):
            yield names.full(reference, url_map.project, beside(url_map, "backendServices"))
