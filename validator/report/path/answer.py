"""The answer of one path question: what becomes of the packets, and what was not read."""

from __future__ import annotations

import msgspec

from validator.engine.findings import Source
from validator.gcp.paths.trace import End, Hop, Reach, Result, Trace
from validator.model.fix import Fix
from validator.model.outcome import Reading
from validator.report.clean import clean, clean_fix

#: A certain failure outranks what is not known.
_EXIT_CODES = {Result.REACHABLE: 0, Result.UNREACHABLE: 1, Result.AMBIGUOUS: 1, Result.UNDETERMINED: 3}
#: What a person must see last, where a terminal ends, comes last.
_ORDER = (End.DELIVER, End.FORWARD, End.ABORT, End.DROP)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a renderer may say about one path."""

    version: str
    environment: str
    project: str
    source: Source
    reach: Reach
    #: Reads that the trace rests on and that did not come through: the trace shows what the others tell.
    gaps: tuple[Reading, ...] = ()

    @property
    def result(self) -> Result:
        """Connectivity Tests' word; nothing is proven by a trace over what was not read."""
        return Result.UNDETERMINED if self.gaps else self.reach.result

    @property
    def exit_code(self) -> int:
        """0 every packet arrives, 1 some certainly do not, 3 it is not known."""
        return _EXIT_CODES[self.result]

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The traces, what arrives first and what is dropped last."""
        return tuple(sorted(self.reach.traces, key=lambda trace: _ORDER.index(trace.end)))


def cleaned(answer: Answer) -> Answer:
    """The answer with every text that came from elsewhere made harmless."""
    reach = answer.reach
    source = msgspec.structs.replace(answer.source, kind=clean(answer.source.kind), name=clean(answer.source.name))
    traces = tuple(map(_trace, reach.traces))
    return msgspec.structs.replace(
        answer,
        environment=clean(answer.environment),
        project=clean(answer.project),
        source=source,
        reach=Reach(source=clean(reach.source), destination=clean(reach.destination), traces=traces),
    )


def gap_words(gap: Reading) -> tuple[str, Fix | None]:
    """A read that did not come through, in words, and what to do about it."""
    words = clean(f"{gap.words} {gap.outcome.message}")
    mend = clean(gap.outcome.fix)
    if mend.startswith("gcloud "):
        return words, Fix(summary="Then run again.", gcloud=(mend,))
    return words, Fix(summary=mend) if mend else None


def _trace(trace: Trace) -> Trace:
    return msgspec.structs.replace(
        trace,
        hops=tuple(map(_hop, trace.hops)),
        code=clean(trace.code),
        message=clean(trace.message),
        evidence=tuple(map(clean, trace.evidence)),
        mend=clean_fix(trace.mend) if trace.mend else None,
    )


def _hop(hop: Hop) -> Hop:
    return Hop(state=clean(hop.state), words=clean(hop.words), resource=clean(hop.resource))
