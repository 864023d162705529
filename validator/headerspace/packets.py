"""Sets of packets: source, destination, protocol and, where the protocol has ports, destination port.

Both ends of a packet are of one address family. A set is a product of services, sources and destinations
in that order; services stand outermost because rule sets tell few of them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from validator.headerspace.axes import ANYWHERE, EVERY_SERVICE, V4, V6, Address, address_at, port_of, protocol_of
from validator.headerspace.intervals import Intervals, union
from validator.headerspace.product import Product, product

_Pairs = Product[Intervals]


class Packet(msgspec.Struct, frozen=True):
    """One packet; `port` is None where the protocol has no ports."""

    source: Address
    destination: Address
    protocol: int
    port: int | None


class Point(NamedTuple):
    """One packet as its places on the three lines."""

    source: int
    destination: int
    service: int

    @property
    def packet(self) -> Packet:
        """The packet in addresses, protocol and port."""
        ends = address_at(self.source), address_at(self.destination)
        return Packet(*ends, protocol_of(self.service), port_of(self.service))


class Box(NamedTuple):
    """Every packet from any of the sources to any of the destinations with any of the services."""

    sources: Intervals
    destinations: Intervals
    services: Intervals


class Packets(msgspec.Struct, frozen=True, cache_hash=True):
    """An immutable set of packets; equal sets are equal values."""

    _layers: Product[_Pairs] = Product()

    def __bool__(self) -> bool:
        return bool(self._layers)

    def __or__(self, other: Packets) -> Packets:
        return Packets(self._layers | other._layers)

    def __and__(self, other: Packets) -> Packets:
        return Packets(self._layers & other._layers)

    def __sub__(self, other: Packets) -> Packets:
        return Packets(self._layers - other._layers)

    def __le__(self, other: Packets) -> bool:
        return not self - other

    @property
    def size(self) -> int:
        """How many packets are in the set."""
        return self._layers.size

    @property
    def sources(self) -> Intervals:
        """Every source address that occurs."""
        return union(box.sources for box in self.boxes())

    @property
    def destinations(self) -> Intervals:
        """Every destination address that occurs."""
        return union(box.destinations for box in self.boxes())

    @property
    def services(self) -> Intervals:
        """Every service that occurs."""
        return self._layers.numbers

    @property
    def witness(self) -> Packet:
        """One packet of the set, always the same.

        Raises:
            ValueError: the set is empty.
        """
        return self.point.packet

    @property
    def point(self) -> Point:
        """The witness as its places on the three lines.

        Raises:
            ValueError: the set is empty.
        """
        for box in self.boxes():
            return Point(box.sources.least, box.destinations.least, box.services.least)
        raise ValueError("an empty set has no packet to show")

    def by_service(self) -> Iterator[tuple[Intervals, Iterable[tuple[Intervals, Intervals]]]]:
        """The set cut by service: each with the sources and destinations of its packets, in a fixed order."""
        yield from self._layers

    def boxes(self) -> Iterator[Box]:
        """Disjoint boxes that make up the set, in a fixed order."""
        for services, pairs in self._layers:
            for sources, destinations in pairs:
                yield Box(sources, destinations, services)


NO_PACKETS = Packets()


def joined(parts: Iterable[tuple[Intervals, Iterable[tuple[Intervals, Intervals]]]]) -> Packets:
    """The packets of disjoint parts cut as by `Packets.by_service`; no service or source may stand in two of them."""
    return Packets(product((services, product(pairs)) for services, pairs in parts))


def united(sets: Iterable[Packets]) -> Packets:
    """Every packet of any of the sets; two by two, so that large sets are met seldom."""
    found = list(sets) or [NO_PACKETS]
    while len(found) > 1:
        found = [one | other for one, other in zip_longest(found[::2], found[1::2], fillvalue=NO_PACKETS)]
    return found[0]


def packets(
    sources: Intervals = ANYWHERE, destinations: Intervals = ANYWHERE, services: Intervals = EVERY_SERVICE
) -> Packets:
    """Every packet between these addresses, within one address family, with these services."""
    pairs = product((sources & family, destinations & family) for family in (V4, V6))
    return Packets(product([(services, pairs)]))


EVERY_PACKET = packets()
