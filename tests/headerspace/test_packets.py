"""Packet sets agree with Python's sets of packets on a small universe, and keep the laws of sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from tests.headerspace.universe import SERVICES, SETS, WIDE_BOXES, held, members, numbers, of
from validator.headerspace.axes import V4, V6, addresses, port_of, protocol_of, services
from validator.headerspace.intervals import EMPTY, union
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, Box, Packet, Point, joined, packets, united

QUICK = thorough(120)


@QUICK
@given(SETS, SETS)
def test_the_operations_are_those_of_sets(left: frozenset[Point], right: frozenset[Point]) -> None:
    a, b = of(left), of(right)
    assert members(a | b) == left | right
    assert members(a & b) == left & right
    assert members(a - b) == left - right
    assert (a <= b) == (left <= right)
    assert (a == b) == (left == right)
    assert a.size == len(left)
    assert bool(a) == bool(left)


@QUICK
@given(SETS, SETS)
def test_one_set_has_one_spelling(left: frozenset[Point], right: frozenset[Point]) -> None:
    a, b = of(left), of(right)
    for made, wanted in ((a | b, left | right), (a & b, left & right), (a - b, left - right)):
        assert made == of(sorted(wanted))
        assert made == of(sorted(wanted, key=lambda point: point[::-1]))
        assert hash(made) == hash(of(wanted))


@QUICK
@given(WIDE_BOXES, WIDE_BOXES, WIDE_BOXES)
def test_boxes_however_put_together_have_the_spelling_of_their_packets(one: Box, two: Box, three: Box) -> None:
    a, b, c = packets(*one), packets(*two), packets(*three)
    for made, wanted in (
        ((a | b) | c, held([one, two, three])),
        (c | (b | a), held([one, two, three])),
        ((a | b) - c, held([one, two]) - held([three])),
        ((a | b) & c, held([one, two]) & held([three])),
        (joined(((a | b) - c).by_service()), held([one, two]) - held([three])),
    ):
        assert members(made) == wanted
        assert made == of(sorted(wanted))


@QUICK
@given(st.lists(SETS, max_size=5))
def test_many_sets_united_are_the_set_of_all(sets: list[frozenset[Point]]) -> None:
    assert united(of(some) for some in sets) == of(sorted(frozenset().union(*sets)))


@QUICK
@given(SETS, SETS, SETS)
def test_the_laws_of_sets(x: frozenset[Point], y: frozenset[Point], z: frozenset[Point]) -> None:
    a, b, c = of(x), of(y), of(z)
    assert a | (b & c) == (a | b) & (a | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert EVERY_PACKET - (a | b) == (EVERY_PACKET - a) & (EVERY_PACKET - b)
    assert EVERY_PACKET - (EVERY_PACKET - a) == a
    assert (a - b) | (a & b) == a
    assert (a | b).size + (a & b).size == a.size + b.size
    assert not (a - b) & b


@QUICK
@given(SETS.filter(bool))
def test_the_witness_is_one_of_the_packets(points: frozenset[Point]) -> None:
    some = of(points)
    packet = some.witness
    service = (protocol_of(s) for s in SERVICES)
    assert packet.protocol in set(service)
    assert (packet.port is None) == (packet.protocol not in (6, 17, 132))
    exact = services(packet.protocol, None if packet.port is None else [(packet.port, packet.port)])
    assert packets(addresses([packet.source]), addresses([packet.destination]), exact) <= some


@QUICK
@given(SETS.filter(bool))
def test_the_lines_of_a_set_are_all_that_occurs_on_them(points: frozenset[Point]) -> None:
    some = of(points)
    assert some.sources == numbers(point.source for point in points)
    assert some.destinations == numbers(point.destination for point in points)
    assert some.services == numbers(point.service for point in points)
    assert some.point in points
    assert some.point.packet == some.witness


def test_the_empty_set_has_no_witness() -> None:
    with pytest.raises(ValueError, match="empty"):
        _ = NO_PACKETS.witness


def test_both_ends_of_a_packet_are_of_one_family() -> None:
    assert packets(V4, V6) == NO_PACKETS
    assert packets(V4, V4) | packets(V6, V6) == EVERY_PACKET
    assert EVERY_PACKET.size == (2**64 + 2**256) * (253 + 3 * 2**16)


def test_a_box_without_a_dimension_is_empty() -> None:
    assert packets(EMPTY) == packets(destinations=EMPTY) == packets(services=EMPTY) == NO_PACKETS


def test_all_ports_by_ranges_are_the_protocol() -> None:
    assert services(6, [(0, 100), (101, 65535)]) == services(6)


def test_every_service_is_the_sum_of_all_protocols() -> None:
    assert union(services(protocol) for protocol in range(256)) == EVERY_PACKET.services
    for protocol in (0, 5, 6, 7, 16, 17, 18, 131, 132, 133, 255):
        ((first, last),) = services(protocol).spans
        assert protocol_of(first) == protocol_of(last) == protocol
        assert (port_of(first), port_of(last)) == ((0, 65535) if protocol in (6, 17, 132) else (None, None))


@pytest.mark.parametrize(("protocol", "ports"), [(256, None), (-1, None), (1, [(1, 1)]), (6, [(0, 65536)])])
def test_services_that_do_not_exist_are_refused(protocol: int, ports: list[tuple[int, int]] | None) -> None:
    with pytest.raises(ValueError, match=r"protocol|port"):
        services(protocol, ports)


def test_a_packet_without_a_port_is_shown_as_such() -> None:
    shown = packets(addresses(["10.0.0.0/31"]), addresses(["fd00::", "10.0.0.9"]), services(1)).witness
    assert (str(shown.source), str(shown.destination), shown.protocol, shown.port) == ("10.0.0.0", "10.0.0.9", 1, None)
    assert isinstance(shown, Packet)
