"""The way of packets through one network: connector, egress firewall, routes, and what lies behind each next hop.

https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/overview
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.attachments import network_words
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.exits import Exit, region_of
from validator.gcp.paths.ends.machines import Machines
from validator.gcp.paths.routing.candidate import Candidate
from validator.gcp.paths.routing.peerings import Link, Peerings
from validator.gcp.paths.routing.routes import Choice, RouteTables
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.filtering import Gate, filtered
from validator.gcp.paths.transit.gateway import Gateway
from validator.gcp.paths.transit.landing import Landing, received
from validator.gcp.paths.transit.plumbing import Plumbing
from validator.gcp.paths.transit.stops import (
    elsewhere,
    no_endpoint,
    no_link,
    no_peering,
    no_route,
    no_way_back,
    which_peering,
    without_peering,
    wrong_network,
)
from validator.gcp.paths.transit.travel import Stop, Travel, all_must_arrive, whichever
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import addresses
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, packets
from validator.model.instance import Instance
from validator.model.resource import last


class Journey:
    """A fact: takes packets from a way out of their source to their end."""

    def __init__(  # noqa: PLR0917 - made by `derive` only
        self,
        firewalls: Firewalls,
        plumbing: Plumbing,
        tables: RouteTables,
        peerings: Peerings,
        machines: Machines,
        landing: Landing,
        gateway: Gateway,
    ) -> None:
        self._firewalls = firewalls
        self._plumbing = plumbing
        self._tables = tables
        self._peerings = peerings
        self._machines = machines
        self._landing = landing
        self._gateway = gateway

    @classmethod
    def derive(
        cls,
        *,
        firewalls: Firewalls,
        plumbing: Plumbing,
        tables: RouteTables,
        peerings: Peerings,
        machines: Machines,
        landing: Landing,
        gateway: Gateway,
    ) -> Journey:
        """From what stands on the way."""
        return cls(firewalls, plumbing, tables, peerings, machines, landing, gateway)

    def private(self, network: str) -> Intervals:
        """Addresses that on this network are nobody's on the internet, also where they are public elsewhere."""
        table = self._tables.of(network)
        return table.private_addresses if table else EMPTY

    def run(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """The traces of the packets; disjoint, and together those given."""
        if stop := goal.stop or way.stop:
            yield travel.stop(stop)
        elif not way.network:
            yield from self._gateway.outside(travel, way, goal)
        elif stop := self._apart(way, goal):
            yield travel.stop(stop)
        elif faults := (self._plumbing.faults(way.connector) if way.connector else None):
            yield travel.stop(min(faults, key=lambda fault: fault.end is not End.DROP))
        else:
            yield from self._wanted(travel, way, goal)

    def _wanted(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """Ports that the destination does not serve are its own matter: no firewall rule would bring packets in."""
        for refusal in goal.refusals:
            met = travel.packets & refusal.packets if refusal.packets != EVERY_PACKET else NO_PACKETS
            for trace in self._leave(travel.part(met), way, goal) if met else ():
                denied = trace.code == "FIREWALL_RULE"
                yield Travel(packets=trace.packets, hops=trace.hops).stop(refusal.stop) if denied else trace
            travel = travel.part(travel.packets - met)
        if travel.packets:
            yield from self._leave(travel, way, goal)

    def _apart(self, way: Exit, goal: Destination) -> Stop | None:
        """Why no packet can arrive, whatever rules and routes say: the network is not the one it is reached from.

        VPC peering is not transitive, and a managed service is peered to one network only.
        """
        if goal.way is Way.PEERING and way.network not in goal.networks:
            return no_peering(way, goal)
        if goal.way is Way.PEERING and self._tables.of(way.network):
            tenants = self._peerings.tenants(way.network, private_services=goal.private_services)
            return None if any(link.active for link in tenants) else without_peering(tenants, way, goal)
        if goal.way is Way.ENDPOINT and not goal.reached_from(way.network):
            return no_endpoint(way, goal, self._peerings.between(way.network, goal.networks))
        return None

    def _leave(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        gate = Gate(network=way.network, direction="EGRESS", target=way.party, source=way.words, destination=goal.label)
        for step in filtered(travel, gate, self._firewalls):
            if isinstance(step, Trace):
                yield step
            else:
                yield from self._route(step, way, goal)

    def _route(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        table = self._tables.of(way.network)
        if table is None:
            message = f"The routes of {network_words(way.network)} were not read."
            yield travel.stop(Stop(end=End.ABORT, code="ROUTE_CONFIG_NOT_FOUND", message=message))
            return
        for choice in table.choose(travel.packets, way.party, way.region):
            yield from self._chosen(travel.part(choice.packets), choice, way, goal)

    def _chosen(self, travel: Travel, choice: Choice, way: Exit, goal: Destination) -> Iterator[Trace]:
        ways = [
            all_must_arrive(self._follow(travel, route, way, goal) for route in routes)
            if routes
            else (no_route(travel, way, goal),)
            for routes in choice.ways
        ]
        yield from whichever(ways, choice.doubt)

    def _follow(self, travel: Travel, route: Candidate, way: Exit, goal: Destination) -> Iterator[Trace]:
        to = f" to {route.next_hop}{f' {last(route.target)}' if route.target else ''}"
        step = travel.hop("APPLY_ROUTE", f"{route.words}{'' if route.kind == 'SUBNET' else to}", route.path)
        if route.down:
            message = f"{route.words} of {network_words(way.network)} leads nowhere: {route.down}."
            yield step.stop(Stop(code="ROUTE_BLACKHOLE", message=message, evidence=(route.path, route.target)))
            return
        match route.next_hop:
            case "network":
                yield from self._landing.arrive(step, way, goal, way.network, region_of(route.path))
            case "peering":
                yield from self._cross(step, route, way, goal)
            case "internet":
                yield from self._gateway.leave(step, way, goal)
            case "vpn" | "interconnect" | "hub":
                yield step.stop(elsewhere(route, way, goal))
            case _:
                yield step.stop(self._appliance(route, way, goal))

    def _cross(self, travel: Travel, route: Candidate, way: Exit, goal: Destination) -> Iterator[Trace]:
        link = self._peerings.named(way.network, route.target)
        if link is None or not link.active:
            yield travel.stop(no_link(route, link, way, goal))
        elif goal.way is Way.PEERING and self._leads_to(link, goal):
            if not goal.private_services and self._peerings.unlikely(link):
                yield travel.stop(which_peering(link, way, goal))
            else:
                yield from _tenant(travel, link, way, goal)
        elif goal.way in (Way.PEERING, Way.ENDPOINT):
            yield travel.stop(wrong_network(route, way, goal, network_words(link.peer)))
        elif self._tables.of(link.peer) is None:
            message = f"The packets enter {network_words(link.peer)} over peering {route.target}; it was not read."
            why = Stop(end=End.FORWARD, code="PEERING_VPC", message=message, evidence=(route.path, link.peer))
            yield travel.stop(why)
        elif route.kind == "PEERING_SUBNET":
            yield from self._landing.arrive(travel, way, goal, link.peer)
        else:
            message = f"{route.words} leads to a next hop of {network_words(link.peer)}, which is not followed."
            why = Stop(end=End.FORWARD, code="IMPORTED_CUSTOM_ROUTE_NEXT_HOP", message=message, evidence=(route.path,))
            yield travel.stop(why)

    def _leads_to(self, link: Link, goal: Destination) -> bool:
        return link in self._peerings.tenants(link.network, private_services=goal.private_services)

    def _appliance(self, route: Candidate, way: Exit, goal: Destination) -> Stop:
        """A VM or load balancer that may or may not send packets on; one that must not drops them."""
        barred = [row for row in self._next_machines(route, way) if not row.can_ip_forward]
        if barred:
            message = (
                f"{route.words} leads to {barred[0].label}, which must not take packets for others (canIpForward)."
            )
            evidence = (route.path, barred[0].path, "canIpForward=false")
            return Stop(code="FOREIGN_IP_DISALLOWED", message=message, evidence=evidence)
        message = (
            f"{route.words} of {network_words(way.network)} hands packets for {goal.label} to the {route.next_hop} "
            f"{last(route.target)}; what that does with them is not in any configuration."
        )
        return Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(route.path, route.target))

    def _next_machines(self, route: Candidate, way: Exit) -> list[Instance]:
        rows = [
            holder.resource
            for holder in self._machines.on(way.network)
            if _is_next(route, holder.addresses, holder.resource.path)
        ]
        return [row for row in rows if isinstance(row, Instance)]


def _is_next(route: Candidate, own: Intervals, path: str) -> bool:
    if route.next_hop == "instance":
        return route.target.endswith(path)
    if route.next_hop != "address":
        return False
    try:
        return addresses((route.target,)) <= own
    except ValueError:
        return False


def _tenant(travel: Travel, link: Link, way: Exit, goal: Destination) -> Iterator[Trace]:
    """Google's network answers to subnets it knows: those with public addresses only if they are exported.

    https://cloud.google.com/vpc/docs/vpc-peering#options-for-exchanging-subnet-routes
    """
    lost = travel.packets & packets(sources=PUBLIC)
    if lost and not link.peering.export_subnet_routes_with_public_ip:
        yield travel.part(lost).stop(no_way_back(link, way, goal))
        travel = travel.part(travel.packets - lost)
    if travel.packets:
        yield from received(travel, goal, f"over peering {link.peering.name}")
