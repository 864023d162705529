"""A line tells which of its sets hold a number, and which meet a set, whatever their number and spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from tests.headerspace.universe import numbers
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.line import Line

THOROUGH = thorough(150)
MEMBERS = st.frozensets(st.integers(0, 20), max_size=9)
#: More ends than whole masks are kept for, so that the ones between are reckoned.
MANY = st.lists(MEMBERS, max_size=12)


def mask(sets: list[frozenset[int]], wanted: frozenset[int]) -> int:
    return sum(1 << position for position, one in enumerate(sets) if one & wanted)


@THOROUGH
@given(MANY)
def test_which_sets_hold_a_number(sets: list[frozenset[int]]) -> None:
    line = Line([numbers(one) for one in sets])
    for number in range(-1, 23):
        assert line.at(number) == mask(sets, frozenset([number]))


@THOROUGH
@given(MANY, MEMBERS)
def test_which_sets_meet_a_set(sets: list[frozenset[int]], asked: frozenset[int]) -> None:
    assert Line([numbers(one) for one in sets]).over(numbers(asked)) == mask(sets, asked)


@THOROUGH
@given(MANY, MEMBERS, st.integers(1, 4))
def test_starts_are_numbers_of_the_set_where_the_choice_changes(
    sets: list[frozenset[int]], asked: frozenset[int], limit: int
) -> None:
    line, some = Line([numbers(one) for one in sets]), numbers(asked)
    found = list(line.starts(some, limit))
    assert len(found) <= 2 * limit
    assert set(found) <= asked
    ends = {number for one in sets for first, last in numbers(one) for number in (first, last + 1)}
    assert set(found) <= ends
    assert set(line.starts(some, 1000)) >= {number for number in ends & asked if number > some.least}


def test_a_line_without_sets_holds_nothing() -> None:
    empty = Line([])
    assert empty.at(5) == empty.over(numbers([1, 5])) == 0
    assert Line([EMPTY, Intervals(((3, 4),))]).over(EMPTY) == 0
