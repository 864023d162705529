"""Boxes in an order, of which the first that holds a packet takes it: what each takes, and what would without it.

Sets of positions are ints with bit p for position p; a question may be asked of some positions only, `among`, as if
the others were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from validator.headerspace.axes import V4, V6
from validator.headerspace.intervals import Intervals
from validator.headerspace.line import Line
from validator.headerspace.packets import Box, Packets, Point, packets
from validator.headerspace.sweep import left_over, positions, without

#: Every position.
ALL = -1
#: Numbers tried on a line before a question is settled by a sweep.
_TRIED = 12


class OrderedBoxes:
    """An index over boxes that keeps, for each of the three lines, where which boxes begin and end."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self.boxes: Sequence[Box] = tuple(boxes)
        self._sources = Line([box.sources for box in self.boxes])
        self._destinations = Line([box.destinations for box in self.boxes])
        self._services = Line([box.services for box in self.boxes])

    def holding(self, point: Point) -> int:
        """The positions whose boxes hold the packet."""
        return (
            self._services.at(point.service) & self._sources.at(point.source) & self._destinations.at(point.destination)
        )

    def first(self, point: Point, among: int = ALL) -> int | None:
        """The position that takes the packet; None where no box holds it."""
        return next(positions(self.holding(point) & among), None)

    def meeting(self, box: Box, among: int = ALL) -> int:
        """The positions whose boxes share packets with this one; a few more where both families occur."""
        found = among & self._services.over(box.services)
        found = found and found & self._sources.over(box.sources)
        return found and found & self._destinations.over(box.destinations)

    def own(self, position: int, among: int = ALL) -> Packets:
        """Every packet that the position takes: those of its box that no earlier one holds."""
        box = self.boxes[position]
        return without(packets(*box), self._at(self.meeting(box, among & before(position))))

    def gap(self, box: Box, among: int) -> Point | None:
        """A packet of the box that none of these positions holds; None where together they hold them all."""
        parts = tuple(_families(box))
        for part in parts:
            if not self.holding(_corner(part)) & among:
                return _corner(part)
        for part in parts:
            if (found := self._gap(part, among)) is not None:
                return found
        return None

    def covering(self, box: Box, among: int) -> int | None:
        """The first of these positions whose box alone holds this one."""
        found = among
        for line, some in zip((self._services, self._sources, self._destinations), _lines(box), strict=True):
            for first, last in some.spans:
                found = found and found & line.at(first) & line.at(last)
        return next((position for position in positions(found) if _within(box, self.boxes[position])), None)

    def coverers(self, box: Box, among: int) -> tuple[int, ...]:
        """Positions that together hold the whole box: one alone if it can, else each that adds a part."""
        if (alone := self.covering(box, among)) is not None:
            return (alone,)
        rest, found = packets(*box), list[int]()
        for position in positions(self.meeting(box, among)):
            if met := rest & packets(*self.boxes[position]):
                rest, found = rest - met, [*found, position]
            if not rest:
                break
        return tuple(found)

    def change(
        self, position: int, agreeing: int, among: int = ALL, *, last_agrees: bool, own: Point | None = None
    ) -> Point | None:
        """A packet that the position takes and that would fare otherwise without it; None where there is none.

        `agreeing` are the positions that decide as this one does; `last_agrees` says the same of what becomes of a
        packet that nobody takes. `own` is a packet already known to be taken by the position.
        """
        box = self.boxes[position]
        others = among & ~(1 << position)
        for point in chain([own] if own else [], self._tries(box, others & before(position))):
            if self._differs(point, others, agreeing, last_agrees=last_agrees):
                return point
        return self._first_change(position, agreeing, others, last_agrees=last_agrees)

    def _differs(self, point: Point, others: int, agreeing: int, *, last_agrees: bool) -> bool:
        found = self.first(point, others)
        return not last_agrees if found is None else not agreeing >> found & 1

    def _first_change(self, position: int, agreeing: int, others: int, *, last_agrees: bool) -> Point | None:
        box = self.boxes[position]
        later = self.meeting(box, others & ~before(position))
        end = self.covering(box, later & agreeing)
        if end is not None:
            later &= before(end)
        for one in positions(later & ~agreeing):
            for met in _families(_shared(box, self.boxes[one])):
                if (found := self.gap(met, others & before(one))) is not None:
                    return found
        return None if end is not None or last_agrees else self.gap(box, others)

    def _tries(self, box: Box, taken: int) -> Iterator[Point]:
        """A few packets of the box that none of the taken positions holds."""
        for part in _families(box):
            corner = _corner(part)
            if not self.holding(corner) & taken:
                yield corner
            if (found := self._guess(part, taken)) is not None:
                yield found

    def _gap(self, box: Box, among: int) -> Point | None:
        if self.covering(box, among) is not None:
            return None
        if (found := self._guess(box, among)) is not None:
            return found
        met = self._at(self.meeting(box, among))
        left = left_over(packets(*box), met)
        return _corner(left) if left else None

    def _guess(self, box: Box, among: int) -> Point | None:
        """A packet where few boxes are, line by line; None where that leads to one that is held."""
        chosen, held = list[int](), among
        for line, some in zip((self._services, self._sources, self._destinations), _lines(box), strict=True):
            tried = {number: held & line.at(number) for number in _numbers(line, some)}
            number = min(tried, key=lambda each: tried[each].bit_count())
            chosen.append(number)
            held = tried[number]
        service, source, destination = chosen
        return None if held else Point(source, destination, service)

    def _at(self, mask: int) -> Iterator[Box]:
        return (self.boxes[position] for position in positions(mask))


def before(position: int) -> int:
    """Every position before this one."""
    return (1 << position) - 1


def _numbers(line: Line, some: Intervals) -> Iterator[int]:
    for first, last in some.spans[:_TRIED]:
        yield first
        yield last
    yield from line.starts(some, _TRIED)


def _families(box: Box) -> Iterator[Box]:
    """The box within each address family, where it has packets."""
    for family in (V4, V6):
        sources = box.sources & family
        destinations = box.destinations & family if sources else sources
        if destinations and box.services:
            yield Box(sources, destinations, box.services)


def _corner(box: Box) -> Point:
    return Point(box.sources.least, box.destinations.least, box.services.least)


def _lines(box: Box) -> tuple[Intervals, Intervals, Intervals]:
    return box.services, box.sources, box.destinations


def _within(inner: Box, outer: Box) -> bool:
    return all(one <= other for one, other in zip(_lines(inner), _lines(outer), strict=True))


def _shared(left: Box, right: Box) -> Box:
    return Box(left.sources & right.sources, left.destinations & right.destinations, left.services & right.services)
