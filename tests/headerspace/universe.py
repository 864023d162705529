"""A few packets of every sort, as the whole world of the algebra's tests: what sets say of them is counted out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from hypothesis import strategies as st

from validator.headerspace.axes import V4, addresses, services
from validator.headerspace.intervals import Intervals, intervals
from validator.headerspace.packets import NO_PACKETS, Box, Packets, Point, packets

#: Neighbours and strangers of both families, the first and the last address of each among them.
HOSTS = [
    addresses([text]).least
    for text in ("0.0.0.0", "10.0.0.0", "10.0.0.1", "10.0.0.2", "255.255.255.255", "::", "::1")  # noqa: S104
]
#: A protocol before TCP, the ends and the middle of TCP's ports, its neighbour 7, UDP, and the last protocol.
SERVICES = [
    number
    for some in (services(5), services(6, [(0, 1), (443, 443), (65535, 65535)]), services(7), services(17, [(53, 53)]))
    for first, last in some
    for number in range(first, last + 1)
] + [services(255).least]
POINTS = [
    Point(source, destination, service)
    for source, destination, service in product(HOSTS, HOSTS, SERVICES)
    if (source in V4) == (destination in V4)
]
CHOSEN_HOSTS = st.frozensets(st.sampled_from(HOSTS), min_size=1)
CHOSEN_SERVICES = st.frozensets(st.sampled_from(SERVICES), min_size=1)
SETS = st.frozensets(st.sampled_from(POINTS), max_size=12)


def numbers(some: Iterable[int]) -> Intervals:
    return intervals((number, number) for number in some)


BOXES = st.builds(Box, CHOSEN_HOSTS.map(numbers), CHOSEN_HOSTS.map(numbers), CHOSEN_SERVICES.map(numbers))


def _stretch(line: list[int]) -> st.SearchStrategy[Intervals]:
    cuts = st.tuples(st.integers(0, len(line) - 1), st.integers(1, len(line)))
    return cuts.map(lambda cut: numbers(line[cut[0] : cut[0] + cut[1]]))


#: Blocks that hold one another, so that some box is often covered by others together.
WIDE_BOXES = st.builds(Box, _stretch(HOSTS), _stretch(HOSTS), _stretch(SERVICES))


def of(points: Iterable[Point]) -> Packets:
    """The set built up from single packets, in the order given."""
    made = NO_PACKETS
    for point in points:
        made |= packets(numbers([point.source]), numbers([point.destination]), numbers([point.service]))
    return made


def inside(point: Point, box: Box) -> bool:
    return point.source in box.sources and point.destination in box.destinations and point.service in box.services


def members(some: Packets) -> set[Point]:
    """The packets of the set; fails where it holds one twice, or one that is not of this world."""
    found = [point for box in some.boxes() for point in POINTS if inside(point, box)]
    assert len(found) == len(set(found)), "boxes are disjoint"
    assert len(found) == some.size, "nothing but packets of the universe"
    return set(found)


def held(boxes: Iterable[Box]) -> set[Point]:
    """The packets that any of the boxes holds."""
    return {point for box in boxes for point in POINTS if inside(point, box)}
