"""Sets of whole numbers as sorted, disjoint, non-adjacent spans: one set has one spelling."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import itemgetter

import msgspec

#: First and last number, both inclusive.
Span = tuple[int, int]
_FIRST, _LAST = itemgetter(0), itemgetter(1)


class Intervals(msgspec.Struct, frozen=True, cache_hash=True):
    """A set of whole numbers; made by `intervals`, which keeps the spelling unique."""

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self.spans, number, key=_LAST)
        return at < len(self.spans) and self.spans[at][0] <= number

    def meets(self, other: Intervals) -> bool:
        """Whether the sets have a number in common."""
        few, many = (self, other) if len(self.spans) <= len(other.spans) else (other, self)
        return any(_touches(many.spans, *one) for one in few.spans)

    def __or__(self, other: Intervals) -> Intervals:
        if not self.spans or not other.spans:
            return self if self.spans else other
        return intervals((*self.spans, *other.spans))

    def __and__(self, other: Intervals) -> Intervals:
        few, many = (self, other) if len(self.spans) <= len(other.spans) else (other, self)
        if len(few.spans) == 1 and many.spans:
            ((first, last),) = few.spans
            if first <= many.spans[0][0] and many.spans[-1][1] <= last:
                return many
        return Intervals(tuple(span for one in few.spans for span in _clipped(many.spans, *one)))

    def __sub__(self, other: Intervals) -> Intervals:
        if not self.spans or not other.spans:
            return self
        return Intervals(tuple(span for one in self.spans for span in _remaining(other.spans, *one)))

    def __le__(self, other: Intervals) -> bool:
        return not self - other

    @property
    def size(self) -> int:
        """How many numbers are in the set."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def least(self) -> int:
        """The smallest number.

        Raises:
            ValueError: the set is empty.
        """
        if not self.spans:
            raise ValueError("an empty set has no least number")
        return self.spans[0][0]


EMPTY = Intervals()


def intervals(spans: Iterable[Span]) -> Intervals:
    """The union of the spans, in any order, overlapping or not.

    Raises:
        ValueError: a span whose first number is greater than its last.
    """
    merged: list[Span] = []
    for first, last in sorted(spans):
        if first > last:
            raise ValueError(f"{first}-{last} is no span: it ends before it starts")
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return Intervals(tuple(merged))


def union(sets: Iterable[Intervals]) -> Intervals:
    """Every number of any of the sets."""
    return intervals(span for one in sets for span in one)


def _touches(spans: tuple[Span, ...], first: int, last: int) -> bool:
    at = bisect_left(spans, first, key=_LAST)
    return at < len(spans) and spans[at][0] <= last


def _clipped(spans: tuple[Span, ...], first: int, last: int) -> Iterator[Span]:
    for at in range(bisect_left(spans, first, key=_LAST), len(spans)):
        low, high = spans[at]
        if low > last:
            return
        yield max(low, first), min(high, last)


def _remaining(spans: tuple[Span, ...], first: int, last: int) -> Iterator[Span]:
    for low, high in _clipped(spans, first, last):
        if first < low:
            yield first, low - 1
        first = high + 1
    if first <= last:
        yield first, last
