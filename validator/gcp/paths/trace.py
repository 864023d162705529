"""A trace: what becomes of a set of packets, hop by hop, in the words of Connectivity Tests.

https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/states/overview
"""

from __future__ import annotations

import enum

import msgspec

from validator.headerspace.packets import NO_PACKETS, Packets
from validator.model.fix import Fix


class End(enum.StrEnum):
    """How a trace ends; only DELIVER proves that the packets arrive."""

    DELIVER = "DELIVER"
    DROP = "DROP"
    #: Handed to a network whose configuration is not known.
    FORWARD = "FORWARD"
    #: The analysis stopped: something was not read or is not modelled.
    ABORT = "ABORT"


class Result(enum.StrEnum):
    """Connectivity Tests' overall result."""

    REACHABLE = "REACHABLE"
    UNREACHABLE = "UNREACHABLE"
    #: Some packets arrive and some certainly do not.
    AMBIGUOUS = "AMBIGUOUS"
    UNDETERMINED = "UNDETERMINED"


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a trace."""

    #: Step.state: "ARRIVE_AT_VPC_CONNECTOR", "APPLY_ROUTE", …; of the last one what decided.
    state: str
    #: What happens here, in words: "by rule allow-redis (priority 1000)".
    words: str
    #: Full name of the resource that decides here; "" where there is none.
    resource: str = ""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that take one way from start to end."""

    #: As they leave the source.
    packets: Packets
    hops: tuple[Hop, ...]
    end: End
    #: DropInfo.cause, AbortInfo.cause, DeliverInfo.target or ForwardInfo.target.
    code: str
    #: One or two sentences for a person: what was found and what was expected.
    message: str
    #: Full names of the resources, and "field=value" words, that show it.
    evidence: tuple[str, ...] = ()
    mend: Fix | None = None


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that becomes of the packets asked about.

    The packets of the traces are disjoint and together those asked about; a question that has no packets at all
    (a source that does not exist, a destination without an address) is one DROP or ABORT of no packets.
    """

    #: Such as "run/backend".
    source: str
    #: Such as "redis/cache".
    destination: str
    traces: tuple[Trace, ...]

    @property
    def asked(self) -> Packets:
        """Every packet asked about."""
        found = NO_PACKETS
        for trace in self.traces:
            found |= trace.packets
        return found

    @property
    def result(self) -> Result:
        """REACHABLE only if every packet is delivered; a certain drop outranks what is not known."""
        ends = {trace.end for trace in self.traces}
        if ends == {End.DELIVER}:
            return Result.REACHABLE
        if End.DROP in ends:
            return Result.UNREACHABLE if ends == {End.DROP} else Result.AMBIGUOUS
        return Result.UNDETERMINED

    def ending(self, *ends: End) -> tuple[Trace, ...]:
        """The traces that end in one of these ways, in their order."""
        return tuple(trace for trace in self.traces if trace.end in ends)
