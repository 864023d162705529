"""Traces to a destination of which only the range is known that its address is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.headerspace.packets import NO_PACKETS, Packets, packets


def whatever_the_address(traces: Iterable[Trace], label: str) -> Iterator[Trace]:
    """Traces in which a packet's end is certain only if it is the same to every address the destination may have.

    What arrives at some of them and not at others is not decided, since nobody knows which one it will be.
    """
    every = tuple(traces)
    for trace in every:
        if trace.end not in (End.DELIVER, End.DROP):
            yield trace
            continue
        differing = trace.packets & _anywhere(other for other in every if other.end is not trace.end)
        if agreed := trace.packets - differing:
            yield _part(trace, agreed)
        if differing:
            yield _undecided(trace, differing, label)


def _anywhere(traces: Iterable[Trace]) -> Packets:
    """The packets of the traces, sent to any destination instead of their own."""
    found = NO_PACKETS
    for trace in traces:
        for box in trace.packets.boxes():
            found |= packets(sources=box.sources, services=box.services)
    return found


def _part(trace: Trace, some: Packets) -> Trace:
    why = Stop(end=trace.end, code=trace.code, message=trace.message, evidence=trace.evidence, mend=trace.mend)
    return Travel(packets=some, hops=trace.hops).stop(why)


def _undecided(trace: Trace, some: Packets, label: str) -> Trace:
    message = f"{label} may have an address that is reached or one that is not. Of these: {trace.message}"
    why = Stop(end=End.ABORT, code="UNKNOWN_IP", message=message, evidence=trace.evidence, mend=trace.mend)
    return Travel(packets=some, hops=trace.hops).stop(why)
