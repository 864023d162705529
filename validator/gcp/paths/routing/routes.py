"""Which routes of a network packets take, in Google's order of evaluation.

Policy-based routes come before all others; then subnet routes, own and imported ones, whatever their priority; then
static, dynamic and imported custom routes, the most specific destination first, then the lowest priority number. Of
next hops with one destination and priority every one is used. A route with network tags is for VMs that carry one.
https://cloud.google.com/vpc/docs/routes https://cloud.google.com/vpc/docs/static-routes
https://cloud.google.com/vpc/docs/policy-based-routes
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.firewall.party import Party
from validator.gcp.paths.routing.candidate import Candidate, Steering
from validator.gcp.paths.routing.candidates import Candidates
from validator.headerspace.intervals import Intervals, union
from validator.headerspace.packets import NO_PACKETS, Packets, packets

_Routes = tuple[Candidate, ...]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Packets, and the routes they take: one of `ways`, and on it any of the equal routes of which it is made.

    More than one way means that configuration does not tell which; a way without routes is that there is none.
    """

    packets: Packets
    ways: tuple[_Routes, ...]
    doubt: str = ""


class RouteTable(msgspec.Struct, frozen=True, kw_only=True):
    """The routes of one network."""

    #: Full name.
    network: str
    steerings: tuple[Steering, ...]
    subnets: _Routes
    customs: _Routes

    @property
    def private_addresses(self) -> Intervals:
        """Every destination of a subnet of the network or of one that is peered with it."""
        return union(route.destinations for route in self.subnets)

    def choose(self, asked: Packets, sender: Party, region: str) -> Iterator[Choice]:
        """The choices for packets from this sender in the region, disjoint."""
        for steering in self.steerings:
            met = asked & steering.packets if steering.concerns(sender) else NO_PACKETS
            asked -= met
            if met and steering.route:
                yield Choice(packets=met, ways=((steering.route,),))
            elif met:
                yield from self._ordinary(met, sender, region)
        yield from self._ordinary(asked, sender, region)

    def _ordinary(self, asked: Packets, sender: Party, region: str) -> Iterator[Choice]:
        where = asked.destinations
        for route in self.subnets:
            met = where & route.destinations
            where -= met
            if met:
                yield from self._in_subnet(asked, met, route, sender)
        yield from _custom(asked, where, _groups(self.customs, sender, region))

    def _in_subnet(self, asked: Packets, met: Intervals, route: Candidate, sender: Party) -> Iterator[Choice]:
        """A static route inside a subnet is possible in a hybrid subnet only, where it depends on what is there."""
        for rival in self.customs:
            if rival.kind != "STATIC" or rival.length < route.length or rival.applies(sender) is False:
                continue
            if inside := met & rival.destinations:
                doubt = f"route {rival.name} to {rival.text} lies inside {route.words}, and either may win"
                yield _choice(asked, inside, ((route,), (rival,)), doubt)
                met -= inside
        if met:
            yield _choice(asked, met, ((route,),))


class RouteTables:
    """A fact: the route table of each network that was read."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates

    @classmethod
    def derive(cls, *, candidates: Candidates) -> RouteTables:
        """From the subnets and every list of routes."""
        return cls(candidates)

    @property
    def networks(self) -> tuple[str, ...]:
        """Full names of the networks that were read."""
        return tuple(sorted(self._candidates.networks))

    def of(self, network: str) -> RouteTable | None:
        """The network's table; None for a network that was not read."""
        if network not in self._candidates.networks:
            return None
        routes = self._candidates.on(network)
        subnets = [route for route in routes if route.kind in ("SUBNET", "PEERING_SUBNET")]
        return RouteTable(
            network=network,
            steerings=self._candidates.steerings(network),
            subnets=tuple(sorted(subnets, key=lambda route: (-route.length, route.name))),
            customs=tuple(route for route in routes if route.kind not in ("SUBNET", "PEERING_SUBNET")),
        )


class _Group(msgspec.Struct, frozen=True, kw_only=True):
    """Routes with one destination: the ways they make, and whether they are sure to apply."""

    destinations: Intervals
    ways: tuple[_Routes, ...]
    sure: bool
    doubt: str = ""


def _groups(customs: _Routes, sender: Party, region: str) -> tuple[_Group, ...]:
    """Groups in the order in which they are tried: most specific first, what is not sure before what is."""
    by_text: defaultdict[tuple[int, Intervals], list[Candidate]] = defaultdict(list)
    for route in customs:
        if route.applies(sender) is not False:
            by_text[-route.length, route.destinations].append(route)
    ordered = sorted(by_text.items(), key=lambda item: (item[0][0], item[0][1].spans))
    return tuple(group for (_, where), routes in ordered for group in _tried(where, routes, sender, region))


def _tried(where: Intervals, routes: list[Candidate], sender: Party, region: str) -> Iterator[_Group]:
    sure = [route for route in routes if route.applies(sender) and route.reaches(region)]
    unsure = [route for route in routes if route not in sure]
    if unsure:
        names = ", ".join(route.name for route in unsure)
        doubt = f"whether {names} applies here is not known"
        yield _Group(destinations=where, ways=tuple((route,) for route in unsure), sure=False, doubt=doubt)
    if sure:
        ways = tuple(_ways(sure))
        doubt = "which of the routes to one destination wins is not known" if len(ways) > 1 else ""
        yield _Group(destinations=where, ways=ways, sure=True, doubt=doubt)


def _ways(routes: list[Candidate]) -> Iterator[_Routes]:
    """The best usable routes by preference; own and imported routes, and different next hops, are apart.

    A next hop that is known to be down does not take part, unless there is no other.
    """
    usable = [route for route in routes if not route.down] or routes
    kinds: defaultdict[bool, list[Candidate]] = defaultdict(list)
    for route in usable:
        kinds[route.imported].append(route)
    for some in kinds.values():
        best = min(route.priority for route in some)
        by_hop: defaultdict[str, list[Candidate]] = defaultdict(list)
        for route in some:
            if route.priority == best:
                by_hop[route.preference].append(route)
        yield from (tuple(equal) for equal in by_hop.values())


def _custom(asked: Packets, where: Intervals, groups: tuple[_Group, ...]) -> Iterator[Choice]:
    for position, group in enumerate(groups):
        if not where:
            return
        met = where & group.destinations
        if not met:
            continue
        where -= met
        if group.sure:
            yield _choice(asked, met, group.ways, group.doubt)
            continue
        for rest in _custom(asked, met, groups[position + 1 :]):
            yield msgspec.structs.replace(rest, ways=(*group.ways, *rest.ways), doubt=group.doubt)
    if where:
        yield _choice(asked, where, ((),))


def _choice(asked: Packets, where: Intervals, ways: Iterable[_Routes], doubt: str = "") -> Choice:
    return Choice(packets=asked & packets(destinations=where), ways=tuple(ways), doubt=doubt)
