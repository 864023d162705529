"""Every route of every network in one shape: of subnets, static, imported over a peering, learned, policy-based.

https://cloud.google.com/vpc/docs/routes#types_of_routes https://cloud.google.com/vpc/docs/vpc-peering
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from validator.gcp.names import Names
from validator.gcp.paths.ends.occupants import Occupants
from validator.gcp.paths.routing.candidate import Candidate, NextHop, RouteKind, Steering, block
from validator.gcp.paths.routing.steering import steerings
from validator.gcp.sites import ConnectorSites
from validator.headerspace.intervals import Intervals
from validator.headerspace.spelling import spell_addresses
from validator.model.connector import Connector
from validator.model.instance import Instance
from validator.model.network import Network, Route, Subnetwork
from validator.model.policyroute import PolicyRoute
from validator.model.resource import last
from validator.model.routerstatus import LearnedRoute, RouterStatus
from validator.model.table import Table

_FIELDS: tuple[tuple[str, NextHop], ...] = (
    ("next_hop_gateway", "internet"),
    ("next_hop_network", "network"),
    ("next_hop_peering", "peering"),
    ("next_hop_vpn_tunnel", "vpn"),
    ("next_hop_interconnect_attachment", "interconnect"),
    ("next_hop_hub", "hub"),
    ("next_hop_ilb", "load balancer"),
    ("next_hop_instance", "instance"),
    ("next_hop_ip", "address"),
)


#: routeStatus of routes that are known and take no packets.
_NOT_USED = ("DROPPED", "INACTIVE")


class Candidates:
    """A fact: the routes on each network, by the network's canonical full name."""

    def __init__(
        self,
        networks: Iterable[str],
        routes: Iterable[tuple[str, Candidate]],
        steerings: Iterable[tuple[str, int, Steering]],
    ) -> None:
        self.networks = frozenset(networks)
        self._routes: defaultdict[str, list[Candidate]] = defaultdict(list)
        for network, route in routes:
            self._routes[network].append(route)
        self._steerings = tuple(sorted(steerings, key=lambda one: one[:2]))

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        networks: Table[Network],
        subnets: Table[Subnetwork],
        routes: Table[Route],
        learned: Table[RouterStatus],
        policies: Table[PolicyRoute],
        connectors: Table[Connector],
        sites: ConnectorSites,
        instances: Table[Instance],
        occupants: Occupants,
    ) -> Candidates:
        """From subnets, connectors' hidden subnets, lists of routes, and what routers have learned."""
        running = {names.full(row.path, row.project, ""): row.status == "RUNNING" for row in instances}
        found = [
            *_subnets(subnets, names),
            *_hidden(connectors, sites),
            *_endpoints(occupants),
            *_listed(routes, names, running),
            *_learned(learned, names),
        ]
        canonical = (names.network(row.path, row.project) for row in networks)
        return cls(canonical, _without_repeats(found), steerings(policies, names))

    def on(self, network: str) -> tuple[Candidate, ...]:
        """The routes of the network."""
        return tuple(self._routes.get(network, ()))

    def steerings(self, network: str) -> tuple[Steering, ...]:
        """Its policy-based routes for VMs, first to be evaluated first."""
        return tuple(steering for on, _, steering in self._steerings if on == network)


def _subnets(subnets: Table[Subnetwork], names: Names) -> Iterator[tuple[str, Candidate]]:
    for row in subnets:
        network = names.network(row.network, row.project)
        texts = (row.ip_cidr_range, *row.secondary_ranges, row.internal_ipv6_prefix, row.external_ipv6_prefix)
        for text in dict.fromkeys((*texts, row.ipv6_cidr_range)):
            yield from _local(network, row.short, row.path, text)


def _hidden(connectors: Table[Connector], sites: ConnectorSites) -> Iterator[tuple[str, Candidate]]:
    """A connector with a range of its own has a subnet that no list shows."""
    for row in connectors:
        site = sites.of(row)
        if site.network and not site.subnet:
            yield from _local(site.network, f"of {row.label}", row.path, site.cidr)


def _endpoints(occupants: Occupants) -> Iterator[tuple[str, Candidate]]:
    """An endpoint for Google APIs is reached throughout its network, though no subnet has its address.

    https://cloud.google.com/vpc/docs/about-accessing-google-apis-endpoints
    """
    for one in occupants.rows:
        if one.is_google:
            yield from _local(one.network, one.words, one.path, spell_addresses(one.addresses))


def _local(network: str, name: str, path: str, text: str) -> Iterator[tuple[str, Candidate]]:
    if found := block(text):
        where, length = found
        yield (
            network,
            Candidate(
                name=name, path=path, kind="SUBNET", destinations=where, text=text, length=length, next_hop="network"
            ),
        )


def _listed(routes: Table[Route], names: Names, running: dict[str, bool]) -> Iterator[tuple[str, Candidate]]:
    for row in routes:
        found = block(row.dest_range)
        if found and row.route_status not in _NOT_USED:
            where, length = found
            next_hop, target = _next_hop(row)
            yield (
                names.network(row.network, row.project),
                Candidate(
                    name=row.short,
                    path=row.path,
                    kind=_kind(row, next_hop, length),
                    destinations=where,
                    text=row.dest_range,
                    length=length,
                    priority=row.priority,
                    tags=row.tags,
                    next_hop=next_hop,
                    target=target,
                    down=_down(next_hop, names.full(target, row.project, ""), running, names),
                ),
            )


def _kind(row: Route, next_hop: NextHop, length: int) -> RouteKind:
    """An imported subnet route has priority 0; one imported from the peer's custom routes keeps its priority."""
    if next_hop == "network":
        return "SUBNET"
    if next_hop == "peering":
        return "PEERING_SUBNET" if row.priority == 0 and length else "PEERING_STATIC"
    return "DYNAMIC" if row.route_type == "BGP" else "STATIC"


def _next_hop(row: Route | LearnedRoute) -> tuple[NextHop, str]:
    for field, word in _FIELDS:
        if text := getattr(row, field):
            return word, text
    return "unknown", ""


def _down(next_hop: NextHop, target: str, running: dict[str, bool], names: Names) -> str:
    """A VM that is stopped or gone takes no packets; of one in a project that was not read nothing is said."""
    if next_hop != "instance" or running.get(target, target.split("/")[1] not in names.read):
        return ""
    return f"VM {last(target)} {'is not running' if target in running else 'does not exist'}"


def _learned(statuses: Table[RouterStatus], names: Names) -> Iterator[tuple[str, Candidate]]:
    """Routes of the router's own region are sure to be used there; elsewhere with global dynamic routing only."""
    for status in statuses:
        for row in status.best_routes:
            found = block(row.dest_range)
            if found is None or row.route_status in _NOT_USED or row.route_type in ("SUBNET", "STATIC"):
                continue
            where, length = found
            next_hop, target = _next_hop(row)
            yield (
                names.network(row.network or status.network, status.project),
                Candidate(
                    name=f"learned by router {status.short}",
                    path=status.path,
                    kind="DYNAMIC",
                    destinations=where,
                    text=row.dest_range,
                    length=length,
                    priority=row.priority,
                    next_hop=next_hop,
                    target=target,
                    region=status.location,
                ),
            )


def _without_repeats(found: list[tuple[str, Candidate]]) -> Iterator[tuple[str, Candidate]]:
    """Each subnet route once, though lists of subnets and of routes both tell of it; the first one stays."""
    seen: set[tuple[str, Intervals]] = set()
    for network, route in found:
        key = network, route.destinations
        if route.kind == "SUBNET" and key in seen:
            continue
        seen |= {key} if route.kind == "SUBNET" else set()
        yield network, route
