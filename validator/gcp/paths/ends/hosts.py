"""`host:NAME:PORT` as a destination: the resources that have its address, or whoever may have it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.firewall.fields import readable
from validator.gcp.paths.ends.destination import Destination, Way, port
from validator.gcp.paths.ends.destinations import Destinations
from validator.gcp.paths.ends.endpoint import Endpoint
from validator.gcp.paths.ends.resolving import Answer, Resolver
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.special import GOOGLE_API_VIPS, NOT_ROUTED, PUBLIC
from validator.headerspace.intervals import EMPTY, Intervals


class Hosts:
    """A fact: destinations by address or name."""

    def __init__(self, resolver: Resolver, destinations: Destinations) -> None:
        self._resolver = resolver
        self._destinations = destinations

    @classmethod
    def derive(cls, *, resolver: Resolver, destinations: Destinations) -> Hosts:
        """From DNS and everything with an address."""
        return cls(resolver, destinations)

    def of(self, end: Endpoint, network: str) -> tuple[Destination, ...]:
        """What the host is for packets that enter this network ("": none)."""
        literal = readable(end.name)
        if literal & NOT_ROUTED:
            message = (
                f"No route of any network leads to {end.name}: it means the sender's own host, its link or a group."
            )
            stop = Stop(end=End.ABORT, code="NON_ROUTABLE_IP_ADDRESS", message=message, evidence=(str(end),))
            return (msgspec.structs.replace(_host(end, Way.HOST, "", literal), stop=stop),)
        if literal:
            return tuple(self._at(end, literal, network))
        answer = self._resolver.look_up(end.name, network)
        if answer.stop or answer.one_of_many:
            return (_somewhere(end, answer),)
        return tuple(self._at(end, answer.addresses, network))

    def _at(self, end: Endpoint, where: Intervals, network: str) -> Iterator[Destination]:
        """Managed services that have some of the addresses, and the rest as hosts."""
        for goal in self._destinations.managed:
            here = goal.way is Way.PUBLIC or network in goal.networks
            if here and (met := goal.reached_from(network) & where):
                yield msgspec.structs.replace(goal, addresses=met, endpoints=(), services=port(end.port))
                where -= met
        google = where & GOOGLE_API_VIPS
        public = where & PUBLIC - GOOGLE_API_VIPS
        for some, way, target in (
            (google, Way.GOOGLE_API, "GOOGLE_API"),
            (public, Way.HOST, "INTERNET"),
            (where - google - public, Way.HOST, "INSTANCE"),
        ):
            if some:
                yield _host(end, way, target, some)


def _somewhere(end: Endpoint, answer: Answer) -> Destination:
    way = Way.GOOGLE_API if answer.google else Way.PUBLIC
    target = "GOOGLE_API" if answer.google else "INTERNET"
    found = _host(end, way, target, answer.addresses)
    return msgspec.structs.replace(found, one_of_many=answer.one_of_many, stop=answer.stop)


def _host(end: Endpoint, way: Way, target: str, some: Intervals = EMPTY) -> Destination:
    return Destination(label=str(end), path=str(end), way=way, target=target, addresses=some, services=port(end.port))
