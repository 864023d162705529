"""What becomes of a flow's packets, from every way out of the source to every end.

https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/overview
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from validator.gcp.firewall.fields import service_bounds
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.destinations import INTERNET, Destinations
from validator.gcp.paths.ends.endpoint import Endpoint, destination_of, source_of
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.ends.hosts import Hosts
from validator.gcp.paths.ends.sources import Sources
from validator.gcp.paths.trace import End, Reach, Trace
from validator.gcp.paths.transit.journey import Journey
from validator.gcp.paths.transit.travel import Stop, Travel, disjoint
from validator.gcp.paths.transit.uncertain import whatever_the_address
from validator.headerspace.axes import EVERY_SERVICE, V4, V6
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import NO_PACKETS, packets

#: The services to ask for, given those that the destination answers on.
_Asked = Callable[[Intervals], Intervals]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A flow as people ask for it."""

    source: Endpoint
    destination: Endpoint
    protocol: str = "tcp"
    ports: tuple[str, ...] = ()
    #: Network of a `cidr:` source, in any spelling.
    network: str = ""

    @classmethod
    def parse(
        cls,
        source: str,
        destination: str,
        protocol: str | None = None,
        ports: tuple[str, ...] = (),
        network: str | None = None,
    ) -> Question:
        """From the words of a command line.

        Raises:
            ValueError: an end, the protocol or a port cannot be read; the message says what was expected.
        """
        word = "tcp" if protocol is None else protocol
        if not service_bounds(word, ports).exact:
            said = f" with port {', '.join(map(repr, ports))}" if ports else ""
            raise ValueError(f"protocol {word!r}{said} cannot be read: expected such as tcp, and 8080 or 8000-8080")
        ends = source_of(source), destination_of(destination)
        if ends[1].port and ports:
            raise ValueError(f"{destination!r} names its port already: leave port {', '.join(ports)} out")
        return cls(
            source=ends[0],
            destination=ends[1],
            protocol=word,
            ports=tuple(ports),
            network=network or "",
        )

    def services(self, own: Intervals) -> Intervals:
        """The ports given; else the destination's own within the protocol; all of it where it has none, and for `all`.

        The port that a host is written with counts for every protocol that has ports: udp too.
        """
        asked = service_bounds(self.protocol, self.ports).sure
        named = service_bounds(self.protocol, (str(self.destination.port),)).sure if self.destination.port else EMPTY
        everything = asked == EVERY_SERVICE and not self.destination.port
        return asked if self.ports or everything else (asked & own) or named or asked


class Paths:
    """A fact: the answer to every question of reachability."""

    def __init__(self, sources: Sources, destinations: Destinations, hosts: Hosts, journey: Journey) -> None:
        self._sources = sources
        self._destinations = destinations
        self._hosts = hosts
        self._journey = journey

    @classmethod
    def derive(cls, *, sources: Sources, destinations: Destinations, hosts: Hosts, journey: Journey) -> Paths:
        """From where packets can start and end, and what lies between."""
        return cls(sources, destinations, hosts, journey)

    def trace(self, source: str, destination: str, services: Intervals | None = None, network: str = "") -> Reach:
        """The way of the packets from one end to the other; the destination's own services where none are given.

        `network` says where a `cidr:` source is.

        Raises:
            ValueError: an end cannot be read.
        """
        ends = source_of(source), destination_of(destination)
        return self._reach(*ends, network, lambda own: own if services is None else services)

    def answer(self, question: Question) -> Reach:
        """The same, for a question in words."""
        return self._reach(question.source, question.destination, question.network, question.services)

    def _reach(self, source: Endpoint, destination: Endpoint, network: str, asked: _Asked) -> Reach:
        ways = tuple(self._sources.of(source, network))
        groups = [
            group
            for some, goals in self._goals(destination, ways)
            for goal in goals
            for group in self._groups(some, goal, asked(goal.services))
        ]
        found = disjoint(groups) or (_unknown(source, destination),)
        return Reach(source=str(source), destination=str(destination), traces=found)

    def _goals(
        self, end: Endpoint, ways: tuple[Exit, ...]
    ) -> Iterator[tuple[tuple[Exit, ...], tuple[Destination, ...]]]:
        """Ways with their destinations: a host is looked up where the ways lead, also by what goes past the VPC."""
        if end.noun != "host":
            yield ways, _preferred(self._destinations.of(end), ways)
            return
        networks = dict.fromkeys(way.network for way in ways if way.network)
        if len(networks) < 2:  # noqa: PLR2004 - one view of names is enough for all ways
            yield ways, self._hosts.of(end, next(iter(networks), ""))
            return
        for network in networks:
            group = tuple(way for way in ways if way.network in (network, ""))
            yield group, self._hosts.of(end, network)

    def _groups(self, ways: tuple[Exit, ...], goal: Destination, services: Intervals) -> Iterator[tuple[Trace, ...]]:
        """The traces of each way out to one destination."""
        inside = any(way.network for way in ways)
        sent = [(way, self._sent(way, goal, services, inside=inside)) for way in ways]
        if not any(travel.packets for _, travel in sent):
            yield (_nothing(ways, goal),)
            return
        for way, travel in sent:
            if travel.packets:
                traces = self._journey.run(travel, way, goal)
                yield tuple(whatever_the_address(traces, goal.label) if goal.one_of_many else traces)
            elif way.stop and not way.addresses:
                yield (travel.stop(way.stop),)

    def _sent(self, way: Exit, goal: Destination, services: Intervals, *, inside: bool) -> Travel:
        where, sources = goal.asked_from(way.network, way.region), way.addresses
        if goal.external and not inside:
            where = goal.external
        elif goal.path == INTERNET or goal.one_of_many:
            where -= self._journey.private(way.network)
            sources = _global(way)
        return Travel(packets=packets(sources, where & way.sends, services), hops=way.hops)


def _preferred(goals: tuple[Destination, ...], ways: tuple[Exit, ...]) -> tuple[Destination, ...]:
    """Of several ways to reach one resource those that suit the source: private ones of its own network first."""
    networks = {way.network for way in ways if way.network}
    every = dict.fromkeys(goal.path for goal in goals)
    return tuple(goal for path in every for goal in _fitting([g for g in goals if g.path == path], networks))


def _fitting(goals: list[Destination], networks: set[str]) -> list[Destination]:
    private = [goal for goal in goals if goal.way is not Way.PUBLIC]
    public = [goal for goal in goals if goal.way is Way.PUBLIC]
    if not networks:
        return public or private
    return [goal for goal in private if networks & set(goal.networks)] or private or public


def _global(way: Exit) -> Intervals:
    """The sources for public addresses: internal IPv6 ones are none of them where there are IPv4 ones.

    https://www.rfc-editor.org/rfc/rfc6724 (destination address selection: prefer matching label)
    """
    inside = way.addresses & V6 - way.external
    return way.addresses - inside if way.addresses & V4 else way.addresses


def _nothing(ways: tuple[Exit, ...], goal: Destination) -> Trace:
    """The one trace of a question without a packet: an end is missing, or the two share no IP version."""
    stopped = next((way for way in ways if way.stop and not way.addresses), None)
    hops = stopped.hops if stopped else ()
    message = (
        f"No packet can go to {goal.label}: the two ends share no IP version, or one has no address that was read."
    )
    alien = Stop(end=End.ABORT, code="MISMATCHED_IP_VERSION", message=message, evidence=(goal.path,))
    why = (stopped.stop if stopped else None) or goal.stop or alien
    return Travel(packets=NO_PACKETS, hops=hops).stop(why)


def _unknown(source: Endpoint, destination: Endpoint) -> Trace:
    message = f"{source} or {destination} has no interface or address that was read."
    return Travel(packets=NO_PACKETS).stop(Stop(end=End.ABORT, code="RESOURCE_CONFIG_NOT_FOUND", message=message))
