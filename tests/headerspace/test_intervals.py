"""Number sets agree with Python's sets, and one set has one spelling."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from validator.headerspace.intervals import EMPTY, Intervals, intervals, union

QUICK = thorough(200)
MEMBERS = st.frozensets(st.integers(0, 12))


def of(members: frozenset[int] | set[int]) -> Intervals:
    return intervals((number, number) for number in members)


def members(some: Intervals) -> set[int]:
    return {number for first, last in some for number in range(first, last + 1)}


@QUICK
@given(MEMBERS, MEMBERS)
def test_the_operations_are_those_of_sets(left: frozenset[int], right: frozenset[int]) -> None:
    a, b = of(left), of(right)
    assert members(a | b) == left | right
    assert members(a & b) == left & right
    assert members(a - b) == left - right
    assert (a <= b) == (left <= right)
    assert (a == b) == (left == right)
    assert a.meets(b) == bool(left & right)
    assert a.size == len(left)
    assert all((number in a) == (number in left) for number in range(-1, 14))


@QUICK
@given(MEMBERS, MEMBERS)
def test_one_set_has_one_spelling(left: frozenset[int], right: frozenset[int]) -> None:
    a, b = of(left), of(right)
    for made, wanted in ((a | b, left | right), (a & b, left & right), (a - b, left - right)):
        assert made == of(wanted)
        assert hash(made) == hash(of(wanted))
        assert all(last + 1 < first for (_, last), (first, _) in pairwise(made.spans))


@QUICK
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4))))
def test_spans_may_overlap_touch_and_come_in_any_order(pairs: list[tuple[int, int]]) -> None:
    spans = [(first, first + length) for first, length in pairs]
    wanted = {number for first, last in spans for number in range(first, last + 1)}
    assert intervals(spans) == of(wanted)
    assert union(intervals([span]) for span in spans) == of(wanted)


def test_touching_spans_become_one() -> None:
    assert intervals([(1, 2), (3, 4)]).spans == ((1, 4),)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="5-4 is no span"):
        intervals([(5, 4)])


def test_the_least_number_of_a_set() -> None:
    assert intervals([(7, 9), (3, 4)]).least == 3
    with pytest.raises(ValueError, match="empty"):
        _ = EMPTY.least
