"""Who takes what of a set of packets, first come first served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator.headerspace.ordered import OrderedBoxes, before
from validator.headerspace.packets import NO_PACKETS, Packets
from validator.headerspace.sweep import positions, without


def shares(asked: Packets, sets: Sequence[Packets]) -> Iterator[Packets]:
    """Of each set, in their order, the asked packets that none before it holds; last of all what none holds."""
    boxes = [tuple(some.boxes()) for some in sets]
    index = OrderedBoxes(box for some in boxes for box in some)
    start, whole = 0, bool(asked)
    for some, own in zip(sets, boxes, strict=True):
        met = asked & some if whole else NO_PACKETS
        yield _untaken(met, index, before(start))
        # Nothing is left for those that come after a set that holds everything.
        whole = whole and met != asked
        start += len(own)
    yield without(asked, index.boxes) if whole else NO_PACKETS


def _untaken(some: Packets, index: OrderedBoxes, earlier: int) -> Packets:
    """What none of the earlier boxes holds."""
    met, covered = 0, True
    for box in some.boxes():
        covered = covered and index.covering(box, earlier) is not None
        met |= index.meeting(box, earlier)
    return NO_PACKETS if covered else without(some, [index.boxes[position] for position in positions(met)])
