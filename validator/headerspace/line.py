"""One number line with many sets on it: which of them hold a number, and which meet a set.

The answer is an int with bit p for the set at position p, so that the answers of several lines are joined by `&`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from validator.headerspace.intervals import Intervals

#: Boundaries between two whole masks kept: a mask of n sets takes n/8 bytes, so that not every one is.
_STRIDE = 8


class Line:
    """The sets by position; built once, in the time of sorting all ends of their spans."""

    def __init__(self, sets: Sequence[Intervals]) -> None:
        # A set's spans neither overlap nor touch, so that each end turns its bit over: entering or leaving.
        # Number, position and whether it enters are packed into one int, which sorts several times faster.
        shift = len(sets).bit_length() + 1
        ends = sorted(end for position, one in enumerate(sets) for end in _ends(one, shift, 2 * position))
        bits = [1 << position for position in range(len(sets))]
        low = (1 << shift) - 1
        self._at = [end >> shift for end in ends]
        self._turns = [bits[(end & low) >> 1] for end in ends]
        self._entering = [end & 1 for end in ends]
        self._masks = list(self._whole())
        self._entries = _Tree([self._entered(at, at + _STRIDE) for at in range(0, len(ends), _STRIDE)])

    def at(self, number: int) -> int:
        """The sets that hold the number."""
        end = bisect_right(self._at, number)
        mask = self._masks[end // _STRIDE]
        for bit in self._turns[end - end % _STRIDE : end]:
            mask ^= bit
        return mask

    def over(self, some: Intervals) -> int:
        """The sets that hold any number of `some`."""
        mask = 0
        for first, last in some.spans:
            mask |= self.at(first) | self._entered_between(bisect_right(self._at, first), bisect_right(self._at, last))
        return mask

    def starts(self, some: Intervals, limit: int) -> Iterator[int]:
        """Up to `limit` numbers of the set's hull, spread evenly, where another choice of sets begins."""
        if some.spans:
            start, stop = bisect_right(self._at, some.spans[0][0]), bisect_right(self._at, some.spans[-1][1])
            step = max(1, (stop - start) // limit)
            yield from (number for number in self._at[start:stop:step] if number in some)

    def _whole(self) -> Iterator[int]:
        mask = 0
        for at, bit in enumerate(self._turns):
            if at % _STRIDE == 0:
                yield mask
            mask ^= bit
        if len(self._turns) % _STRIDE == 0:
            yield mask

    def _entered(self, start: int, stop: int) -> int:
        mask = 0
        for at in range(start, min(stop, len(self._turns))):
            if self._entering[at]:
                mask |= self._turns[at]
        return mask

    def _entered_between(self, start: int, stop: int) -> int:
        first, last = -(-start // _STRIDE), stop // _STRIDE
        if first >= last:
            return self._entered(start, stop)
        inner = self._entries.joined(first, last)
        return inner | self._entered(start, first * _STRIDE) | self._entered(last * _STRIDE, stop)


class _Tree:
    """Masks joined over any stretch of a list, in logarithmic time."""

    def __init__(self, leaves: list[int]) -> None:
        self._size = len(leaves)
        self._nodes = [0] * self._size + leaves
        for at in range(self._size - 1, 0, -1):
            self._nodes[at] = self._nodes[2 * at] | self._nodes[2 * at + 1]

    def joined(self, start: int, stop: int) -> int:
        mask, low, high = 0, start + self._size, stop + self._size
        while low < high:
            if low & 1:
                mask |= self._nodes[low]
                low += 1
            if high & 1:
                high -= 1
                mask |= self._nodes[high]
            low, high = low // 2, high // 2
        return mask


def _ends(one: Intervals, shift: int, place: int) -> Iterator[int]:
    for first, last in one.spans:
        yield first << shift | place | 1
        yield last + 1 << shift | place
