"""Taking many boxes away at once leaves what taking them away one by one leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from tests.headerspace.universe import BOXES, SETS, WIDE_BOXES, held, inside, members, numbers, of
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, Box, Point, packets
from validator.headerspace.sweep import classes, left_over, positions, without

QUICK = thorough(100)
SEVERAL = st.lists(BOXES | WIDE_BOXES, max_size=6)


@QUICK
@given(SETS, SEVERAL)
def test_what_is_left_of_scattered_packets(points: frozenset[Point], boxes: list[Box]) -> None:
    left = without(of(points), boxes)
    assert members(left) == points - held(boxes)
    assert left == of(sorted(points - held(boxes)))


@QUICK
@given(WIDE_BOXES, SEVERAL)
def test_what_is_left_of_a_box_has_the_one_spelling(box: Box, boxes: list[Box]) -> None:
    one_by_one = packets(*box)
    for taken in boxes:
        one_by_one -= packets(*taken)
    assert without(packets(*box), boxes) == one_by_one


@QUICK
@given(WIDE_BOXES, SEVERAL)
def test_a_part_left_over_is_found_exactly_where_one_is(box: Box, boxes: list[Box]) -> None:
    wanted = held([box]) - held(boxes)
    found = left_over(packets(*box), boxes)
    assert (found is None) == (not wanted)
    if found:
        part = members(packets(*found))
        assert part
        assert part <= wanted


@QUICK
@given(st.frozensets(st.integers(0, 12)), st.lists(st.frozensets(st.integers(0, 12)), max_size=5))
def test_classes_tell_the_numbers_of_a_set_apart(within: frozenset[int], sets: list[frozenset[int]]) -> None:
    found = classes(numbers(within), [numbers(one) for one in sets])
    wanted: dict[int, set[int]] = {}
    for number in within:
        mask = sum(1 << position for position, one in enumerate(sets) if number in one)
        wanted.setdefault(mask, set()).add(number)
    assert {mask: part for mask, part in found.items() if part} == {m: numbers(some) for m, some in wanted.items()}


def test_classes_of_neighbours_are_one_span() -> None:
    assert classes(Intervals(((0, 9),)), [Intervals(((0, 4),)), Intervals(((0, 9),))]) == {
        3: Intervals(((0, 4),)),
        2: Intervals(((5, 9),)),
    }


def test_nothing_taken_leaves_the_set_and_everything_leaves_nothing() -> None:
    everything = Box(*(EVERY_PACKET.sources, EVERY_PACKET.destinations, EVERY_PACKET.services))
    assert without(EVERY_PACKET, ()) is EVERY_PACKET
    assert without(EVERY_PACKET, [everything]) == NO_PACKETS
    assert left_over(NO_PACKETS, ()) is None


@given(st.frozensets(st.integers(0, 90)))
@QUICK
def test_positions_are_the_bits(bits: frozenset[int]) -> None:
    assert list(positions(sum(1 << bit for bit in bits))) == sorted(bits)


def test_the_search_looks_where_the_fewest_boxes_are() -> None:
    """The half that no box touches is found first, though the other half comes first on the line."""
    whole = Box(numbers(range(8)), numbers(range(4)), numbers([1]))
    taken = [Box(numbers(range(4)), numbers([each]), numbers([1])) for each in range(3)]
    found = left_over(packets(*whole), taken)
    assert found is not None
    assert found.sources == numbers(range(4, 8))
    assert not any(inside(Point(5, 0, 1), box) for box in taken)
