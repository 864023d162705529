"""What many boxes leave of a set, taken away all at once: each line is cut where another choice of boxes begins.

Taking boxes away one after the other shatters the remainder and mends it again at every step; a sweep meets every
final piece once. It costs the number of different choices of boxes, services times sources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from validator.headerspace.intervals import Intervals, Span, intervals, union
from validator.headerspace.packets import Box, Packets, joined

_Pair = tuple[Intervals, Intervals]


def without(some: Packets, boxes: Iterable[Box]) -> Packets:
    """The packets of the set that are in none of the boxes."""
    taken = tuple(boxes)
    return joined(part for box in some.by_service() for part in _left(*box, taken)) if taken else some


def left_over(some: Packets, boxes: Iterable[Box]) -> Box | None:
    """A part of the set that none of the boxes touches; None where together they hold the whole set.

    The search starts where the fewest boxes are, and ends with the first part found.
    """
    taken = tuple(boxes)
    for services, pairs in some.by_service():
        for part, left in _left(services, pairs, taken):
            for sources, destinations in left:
                return Box(sources, destinations, part)
    return None


def classes(within: Intervals, sets: Sequence[Intervals]) -> Mapping[int, Intervals]:
    """The numbers by which of the sets hold them: bit p of a key is set where the set at position p does."""
    always, turns = 0, defaultdict[int, int](int)
    for position, one in enumerate(sets):
        met = within & one
        if met == within:
            always |= 1 << position
            continue
        for first, last in met.spans:
            turns[first] ^= 1 << position
            turns[last + 1] ^= 1 << position
    return {always | mask: Intervals(tuple(spans)) for mask, spans in _cut(within, turns).items()}


def _cut(within: Intervals, turns: Mapping[int, int]) -> Mapping[int, list[Span]]:
    """The spans by mask; no two of one mask touch, because every turn changes it."""
    found = defaultdict[int, list[Span]](list)
    at, mask, numbers = 0, 0, sorted(turns)
    for first, last in within.spans:
        start = first
        while at < len(numbers) and numbers[at] <= last:
            if numbers[at] > start:
                found[mask].append((start, numbers[at] - 1))
                start = numbers[at]
            mask ^= turns[numbers[at]]
            at += 1
        found[mask].append((start, last))
    return found


def _left(
    services: Intervals, pairs: Iterable[_Pair], boxes: Sequence[Box]
) -> Iterator[tuple[Intervals, Iterator[_Pair]]]:
    kept, ends = tuple(pairs), [box for box in boxes if box.services.meets(services)]
    for mask, part in _fewest_first(classes(services, [box.services for box in ends])):
        here = [ends[position] for position in positions(mask)]
        yield part, (left for pair in kept for left in _left_of_pair(*pair, here))


def _left_of_pair(sources: Intervals, destinations: Intervals, boxes: Sequence[Box]) -> Iterator[_Pair]:
    taken = _by_sources(sources, destinations, boxes)
    left = destinations - intervals(taken.pop(sources, ()))
    if not left:
        return
    live = {some: met for some, spans in taken.items() if (met := intervals(spans)).meets(left)}
    gone = tuple(live.values())
    for mask, part in _fewest_first(classes(sources, tuple(live))):
        if rest := left - union(gone[position] for position in positions(mask)):
            yield part, rest


def _by_sources(sources: Intervals, destinations: Intervals, boxes: Sequence[Box]) -> dict[Intervals, list[Span]]:
    found = defaultdict[Intervals, list[Span]](list)
    for box in boxes:
        if box.destinations.meets(destinations) and (met := sources & box.sources):
            found[met].extend(box.destinations.spans)
    return found


def _fewest_first(found: Mapping[int, Intervals]) -> Sequence[tuple[int, Intervals]]:
    return sorted(found.items(), key=lambda item: item[0].bit_count())


def positions(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
