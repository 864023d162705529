"""Packets on their way, and what is made of ways that are not known or not the only one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from validator.gcp.paths.trace import End, Hop, Trace
from validator.headerspace.packets import NO_PACKETS, Packets
from validator.model.fix import Fix

_Choose = Callable[[Trace, Trace], Trace]
#: What is said of packets that take one of several equal ways: the worst that can happen to them.
_WORST = (End.DROP, End.ABORT, End.FORWARD, End.DELIVER)


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Why packets go no further than here."""

    #: A word of Connectivity Tests.
    code: str
    message: str
    end: End = End.DROP
    evidence: tuple[str, ...] = ()
    mend: Fix | None = None


class Travel(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that have come the same way so far."""

    packets: Packets
    hops: tuple[Hop, ...] = ()

    def hop(self, state: str, words: str, resource: str = "", packets: Packets | None = None) -> Travel:
        """The packets, or a part of them, one step further."""
        hop = Hop(state=state, words=words, resource=resource)
        return Travel(packets=self.packets if packets is None else packets, hops=(*self.hops, hop))

    def part(self, packets: Packets) -> Travel:
        """A part of the packets, at the same place."""
        return Travel(packets=packets, hops=self.hops)

    def stop(self, why: Stop) -> Trace:
        """The trace of packets that end here."""
        return Trace(
            packets=self.packets,
            hops=self.hops,
            end=why.end,
            code=why.code,
            message=why.message,
            evidence=why.evidence,
            mend=why.mend,
        )

    def deliver(self, code: str, message: str, evidence: tuple[str, ...] = ()) -> Trace:
        """The trace of packets that arrive here."""
        return self.stop(Stop(end=End.DELIVER, code=code, message=message, evidence=evidence))


def all_must_arrive(ways: Iterable[Iterable[Trace]]) -> tuple[Trace, ...]:
    """What becomes of packets of which each may take any of the ways, each way given as traces of all of them.

    A flow is hashed onto one of several equal ways, so a packet arrives for certain only if it does on every way.
    """
    return _combined(ways, _worse)


def whichever(ways: Iterable[Iterable[Trace]], doubt: str) -> tuple[Trace, ...]:
    """What becomes of packets that take one of the ways, it is not known which: decided where all ways agree."""

    def agreed(one: Trace, other: Trace) -> Trace:
        if one.end is other.end:
            return one
        message = f"{doubt}. Either: {one.message} Or: {other.message}"
        why = Stop(
            end=End.ABORT,
            code="UNSUPPORTED",
            message=message,
            evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        )
        common = tuple(a for a, b in zip(one.hops, other.hops, strict=False) if a == b)
        return Travel(packets=one.packets, hops=common).stop(why)

    return _combined(ways, agreed)


def disjoint(groups: Iterable[Iterable[Trace]]) -> tuple[Trace, ...]:
    """The traces of several groups with each packet in one of them only: of two ways the worse one counts.

    Two revisions of a service may send the same packets different ways; a flow works only if it does from both.
    """
    found: tuple[Trace, ...] = ()
    for group in groups:
        traces = tuple(group)
        both = _all(found) & _all(traces)
        alone = (*_without(found, both), *_without(traces, both))
        found = (*alone, *_met(found, traces, _worse)) if both else (*found, *traces)
    return found


def _all(traces: tuple[Trace, ...]) -> Packets:
    whole = NO_PACKETS
    for trace in traces:
        whole |= trace.packets
    return whole


def _without(traces: tuple[Trace, ...], some: Packets) -> Iterator[Trace]:
    """What of the traces is left; one without any packets from the start says why there are none, and stays."""
    for trace in traces:
        rest = trace.packets - some
        if rest or not trace.packets:
            yield msgspec.structs.replace(trace, packets=rest)


def _worse(one: Trace, other: Trace) -> Trace:
    return min(one, other, key=lambda trace: _WORST.index(trace.end))


def _combined(ways: Iterable[Iterable[Trace]], choose: _Choose) -> tuple[Trace, ...]:
    found: tuple[Trace, ...] | None = None
    for way in ways:
        traces = tuple(way)
        found = traces if found is None else tuple(_met(found, traces, choose))
    return found or ()


def _met(some: tuple[Trace, ...], others: tuple[Trace, ...], choose: _Choose) -> Iterator[Trace]:
    for one in some:
        for other in others:
            if both := one.packets & other.packets:
                yield msgspec.structs.replace(choose(one, other), packets=both)
