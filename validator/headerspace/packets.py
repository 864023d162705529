"""Sets of packets: source, destination, protocol and, where the protocol has ports, destination port.

Both ends of a packet are of one address family. A set is a product of services, sources and destinations
in that order; services stand outermost because rule sets tell few of them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

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


class Box(msgspec.Struct, frozen=True):
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
        for box in self.boxes():
            service = box.services.least
            source, destination = address_at(box.sources.least), address_at(box.destinations.least)
            return Packet(source, destination, protocol_of(service), port_of(service))
        raise ValueError("an empty set has no packet to show")

    def boxes(self) -> Iterator[Box]:
        """Disjoint boxes that make up the set, in a fixed order."""
        for services, pairs in self._layers:
            for sources, destinations in pairs:
                yield Box(sources, destinations, services)


NO_PACKETS = Packets()


def packets(
    sources: Intervals = ANYWHERE, destinations: Intervals = ANYWHERE, services: Intervals = EVERY_SERVICE
) -> Packets:
    """Every packet between these addresses, within one address family, with these services."""
    pairs = product((sources & family, destinations & family) for family in (V4, V6))
    return Packets(product([(services, pairs)]))


EVERY_PACKET = packets()
