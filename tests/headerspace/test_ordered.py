"""Ordered boxes answer as a naive first match does that asks every box about every packet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from tests.headerspace.universe import BOXES, POINTS, WIDE_BOXES, held, inside, members
from validator.headerspace.axes import V4, V6, addresses, services
from validator.headerspace.intervals import Intervals
from validator.headerspace.ordered import ALL, OrderedBoxes, before
from validator.headerspace.packets import EVERY_PACKET, Box, Point
from validator.headerspace.sweep import positions

THOROUGH = thorough(150)
LISTS = st.lists(WIDE_BOXES | BOXES, min_size=1, max_size=8)
MASKS = st.integers(0, 255) | st.just(ALL)


def naive(boxes: list[Box], point: Point, among: int) -> int | None:
    holders = (at for at, box in enumerate(boxes) if among >> at & 1 and inside(point, box))
    return next(holders, None)


@THOROUGH
@given(LISTS, MASKS)
def test_the_first_box_that_holds_a_packet_takes_it(boxes: list[Box], among: int) -> None:
    ordered = OrderedBoxes(boxes)
    for point in POINTS:
        assert ordered.first(point, among) == naive(boxes, point, among)
        assert list(positions(ordered.holding(point))) == [at for at, box in enumerate(boxes) if inside(point, box)]


@THOROUGH
@given(LISTS, WIDE_BOXES, MASKS)
def test_the_boxes_that_meet_a_box(boxes: list[Box], asked: Box, among: int) -> None:
    ordered = OrderedBoxes(boxes)
    for family in (V4, V6):
        part = Box(asked.sources & family, asked.destinations & family, asked.services)
        wanted = [at for at, box in enumerate(boxes) if among >> at & 1 and held([part]) & held([box])]
        assert list(positions(ordered.meeting(part, among))) == wanted
        assert not ordered.meeting(part, among) & ~ordered.meeting(asked)


@THOROUGH
@given(LISTS, MASKS)
def test_own_packets_are_those_no_earlier_box_holds(boxes: list[Box], among: int) -> None:
    ordered = OrderedBoxes(boxes)
    for at, box in enumerate(boxes):
        earlier = [boxes[one] for one in positions(among & before(at))]
        assert members(ordered.own(at, among)) == held([box]) - held(earlier)


@THOROUGH
@given(LISTS, WIDE_BOXES, MASKS)
def test_a_gap_is_shown_exactly_where_one_is(boxes: list[Box], asked: Box, among: int) -> None:
    ordered = OrderedBoxes(boxes)
    taken = [box for at, box in enumerate(boxes) if among >> at & 1]
    found = ordered.gap(asked, among)
    assert (found is None) == (held([asked]) <= held(taken))
    assert found is None or found in held([asked]) - held(taken)


@THOROUGH
@given(LISTS, WIDE_BOXES, MASKS)
def test_one_box_that_holds_it_all_is_named_first(boxes: list[Box], asked: Box, among: int) -> None:
    holders = [
        at
        for at, box in enumerate(boxes)
        if among >> at & 1 and all(one <= other for one, other in zip(asked, box, strict=True))
    ]
    assert OrderedBoxes(boxes).covering(asked, among) == (holders[0] if holders else None)


@THOROUGH
@given(LISTS, WIDE_BOXES)
def test_the_boxes_that_cover_a_box_hold_all_of_it_and_each_adds_to_that(boxes: list[Box], asked: Box) -> None:
    ordered = OrderedBoxes(boxes)
    named = ordered.coverers(asked, ALL)
    if ordered.gap(asked, ALL) is None:
        assert held([asked]) <= held(boxes[at] for at in named)
    if len(named) > 1:
        for count, at in enumerate(named):
            earlier = held(boxes[one] for one in named[:count])
            assert held([asked]) & held([boxes[at]]) - earlier


@THOROUGH
@given(LISTS, MASKS, MASKS, st.booleans())
def test_a_box_changes_something_exactly_where_the_next_one_says_otherwise(
    boxes: list[Box],
    agreeing: int,
    among: int,
    last_agrees: bool,  # noqa: FBT001 - drawn, not passed
) -> None:
    ordered = OrderedBoxes(boxes)

    def differs(at: int, point: Point) -> bool:
        if naive(boxes, point, among | 1 << at) != at:
            return False
        found = naive(boxes, point, among & ~(1 << at))
        return not last_agrees if found is None else not agreeing >> found & 1

    for at in range(len(boxes)):
        wanted = {point for point in POINTS if differs(at, point)}
        found = ordered.change(at, agreeing, among, last_agrees=last_agrees)
        assert (found is None) == (not wanted)
        assert found is None or found in wanted


def box(source: str, destination: str, service: Intervals) -> Box:
    return Box(addresses([source]), addresses([destination]), service)


def test_a_gap_that_guessing_misses_is_found_by_the_sweep() -> None:
    """Every end that is tried is covered many times; the hole stands between two ends that are not tried."""
    tcp = services(6)
    halves = [box(f"10.0.{each}.0/24", "0.0.0.0/0", tcp) for each in range(256) if each != 77]
    slices = [box("10.0.77.0/24", f"{each}.0.0.0/8", tcp) for each in range(256) if each != 200]
    asked = box("10.0.0.0/16", "0.0.0.0/0", tcp)
    found = OrderedBoxes(halves + slices).gap(asked, ALL)
    assert found is not None
    assert (str(found.packet.source), str(found.packet.destination)) == ("10.0.77.0", "200.0.0.0")
    filled = [*halves, *slices, box("10.0.64.0/20", "200.0.0.0/7", services(6))]
    assert OrderedBoxes(filled).gap(asked, ALL) is None


def test_both_families_are_asked_for_a_gap() -> None:
    every = Box(EVERY_PACKET.sources, EVERY_PACKET.destinations, EVERY_PACKET.services)
    found = OrderedBoxes([Box(V4, V4, every.services)]).gap(every, ALL)
    assert found is not None
    assert str(found.packet.source) == "::"


def test_a_change_by_the_box_just_before_one_that_holds_it_all() -> None:
    tcp = services(6)
    inner, odd, wide = (box(block, "0.0.0.0/0", tcp) for block in ("10.0.0.0/24", "10.0.0.77", "10.0.0.0/8"))
    changed = OrderedBoxes([inner, odd, wide]).change(0, 0b101, last_agrees=True)
    assert changed is not None
    assert str(changed.packet.source) == "10.0.0.77"
    assert OrderedBoxes([inner, wide, odd]).change(0, 0b011, last_agrees=True) is None
    assert OrderedBoxes([odd, inner, odd, wide]).change(1, 0b1010, last_agrees=True) is None


def test_a_box_with_a_hole_does_not_cover_though_it_holds_both_ends() -> None:
    tcp, asked = services(6), box("10.0.0.0/24", "0.0.0.0/0", services(6))
    holed = Box(addresses(["10.0.0.0/24"]) - addresses(["10.0.0.9"]), V4, tcp)
    ordered = OrderedBoxes([holed])
    assert ordered.covering(asked, ALL) is None
    assert ordered.gap(asked, ALL) == Point(addresses(["10.0.0.9"]).least, 0, tcp.least)
