"""Shares are what one set after the other takes out of what is still there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import thorough
from tests.headerspace.universe import BOXES, POINTS, SETS, WIDE_BOXES, held, members, of
from validator.headerspace.packets import NO_PACKETS, Box, Point, packets
from validator.headerspace.shares import shares

QUICK = thorough(120)


@QUICK
@given(SETS, st.lists(BOXES | WIDE_BOXES, max_size=6))
def test_each_takes_what_is_left_for_it(asked: frozenset[Point], boxes: list[Box]) -> None:
    rest = of(asked)
    *taken, last = shares(rest, [packets(*box) for box in boxes])
    for share, box in zip(taken, boxes, strict=True):
        assert share == rest & packets(*box)
        rest -= packets(*box)
    assert last == rest


@QUICK
@given(WIDE_BOXES, st.lists(SETS | (BOXES | WIDE_BOXES).map(lambda box: frozenset(held([box]))), max_size=5))
def test_the_sets_may_have_any_shape(asked: Box, sets: list[frozenset[Point]]) -> None:
    found = [members(share) for share in shares(packets(*asked), [of(some) for some in sets])]
    rest = held([asked])
    for share, some in zip(found, [*sets, frozenset(POINTS)], strict=True):
        assert share == rest & some
        rest -= some


def test_nothing_is_shared_out_as_nothing() -> None:
    assert list(shares(NO_PACKETS, [of(POINTS)])) == [NO_PACKETS, NO_PACKETS]
    assert list(shares(of(POINTS), [])) == [of(POINTS)]
