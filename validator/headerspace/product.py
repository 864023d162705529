"""Sets of pairs (number, rest), kept as a map from each distinct rest to all numbers that have it.

The rests are sets themselves (intervals or products again), so products nest to any number of dimensions.
No two parts share a number or a rest, and parts are sorted: one set has one spelling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from validator.headerspace.intervals import EMPTY, Intervals, union


class SetLike(Protocol):
    """What a rest must be able to do; hashable besides."""

    @property
    def size(self) -> int:
        """How many members the set has."""

    def __bool__(self) -> bool: ...
    def __or__(self, other: Any, /) -> Any: ...
    def __and__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...


V = TypeVar("V", bound=SetLike)


class Product(msgspec.Struct, Generic[V], frozen=True, cache_hash=True):
    """A set of pairs; made by `product`, which keeps the spelling unique."""

    parts: tuple[tuple[Intervals, V], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __iter__(self) -> Iterator[tuple[Intervals, V]]:
        return iter(self.parts)

    def __or__(self, other: Product[V]) -> Product[V]:
        if not self.parts or not other.parts:
            return self if self.parts else other
        return product(_joined(self, other))

    def __and__(self, other: Product[V]) -> Product[V]:
        return product(
            (both, rest & rests)
            for numbers, rest in self.parts
            for others, rests in other.parts
            if (both := _meeting(numbers, others))
        )

    def __sub__(self, other: Product[V]) -> Product[V]:
        return product(_left_over(self, other)) if other.parts else self

    @property
    def numbers(self) -> Intervals:
        """The first halves of all pairs."""
        return union(numbers for numbers, _ in self.parts)

    @property
    def size(self) -> int:
        """How many pairs are in the set."""
        return sum(numbers.size * rest.size for numbers, rest in self.parts)


def product(parts: Iterable[tuple[Intervals, V]]) -> Product[V]:
    """The set of these pairs; no number may stand in two parts with different rests."""
    merged = defaultdict[V, list[Intervals]](list)
    for numbers, rest in parts:
        if numbers and rest:
            merged[rest].append(numbers)
    found = ((some[0] if len(some) == 1 else union(some), rest) for rest, some in merged.items())
    return Product(tuple(sorted(found, key=lambda part: part[0].spans)))


def _joined(left: Product[V], right: Product[V]) -> Iterator[tuple[Intervals, V]]:
    for numbers, rest in left:
        alone = numbers
        for others, rests in right:
            if both := _meeting(alone, others):
                yield both, rest | rests
                alone -= both
        yield alone, rest
    taken = left.numbers
    for others, rests in right:
        yield others - taken, rests


def _left_over(left: Product[V], right: Product[V]) -> Iterator[tuple[Intervals, V]]:
    for numbers, rest in left:
        alone = numbers
        for others, rests in right:
            if both := _meeting(alone, others):
                yield both, rest - rests
                alone -= both
        yield alone, rest


def _meeting(left: Intervals, right: Intervals) -> Intervals:
    """What both have; that the hulls overlap is a cheap test that spares most intersections."""
    if not (left.spans and right.spans):
        return EMPTY
    apart = left.spans[0][0] > right.spans[-1][1] or right.spans[0][0] > left.spans[-1][1]
    return EMPTY if apart else left & right
