"""What the model says of the path that a probe took, in words to set beside what the probe saw."""

from __future__ import annotations

import msgspec

from validator.gcp.paths.paths import Paths, Question
from validator.gcp.paths.trace import End, Reach, Result, Trace
from validator.headerspace.axes import addresses
from validator.headerspace.packets import packets
from validator.model.fix import Fix
from validator.model.table import Maybe

_UNSAID = "declare what this machine is to the network (probes.from) to see what the model predicts"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What the model says, or why it says nothing."""

    #: A sentence without its full stop.
    words: str
    #: None where nothing was asked of the model.
    result: Result | None = None
    #: What mends the path that the model says is broken.
    mend: Fix | None = None


UNASKED = Prediction(words="")


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The packets of a probe, as the model knows their ends."""

    #: "connector/staging", "run/us-central1/backend"; "" where nobody says what the machine of the probe is.
    source: str
    #: "redis/us-central1/cache"; "" for a host that is no resource.
    to: str = ""
    host: str
    port: int

    @property
    def question(self) -> Question:
        """The flow as a question of reachability."""
        if self.to:
            return Question.parse(self.source, self.to, "tcp", (str(self.port),))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Question.parse(self.source, f"host:{host}:{self.port}", "tcp")


def predict(flow: Flow, paths: Maybe[Paths]) -> Prediction:
    """What becomes of the flow's packets."""
    if not flow.source:
        return Prediction(words=_UNSAID)
    if paths.value is None:
        return Prediction(words=f"the model says nothing of it: not all was read of {', '.join(paths.unread)}")
    try:
        reach = paths.value.answer(flow.question)
    except ValueError as problem:
        return Prediction(words=f"the model says nothing of it: {problem}")
    return _said(flow, _narrowed(reach, flow))


def _narrowed(reach: Reach, flow: Flow) -> Reach:
    """The packets to the one address, where a resource has several."""
    if not flow.to:
        return reach
    asked = packets(destinations=addresses((flow.host,)))
    kept = [trace for trace in reach.traces if not trace.packets or trace.packets & asked]
    return msgspec.structs.replace(reach, traces=tuple(kept))


def _said(flow: Flow, reach: Reach) -> Prediction:
    match reach.result:
        case Result.REACHABLE:
            words = (
                f"the model says every packet from {flow.source} arrives: look at saturation (CPU and conntrack of the"
                " connector, clients of the server) or at where this probe ran"
            )
            return Prediction(words=words, result=reach.result)
        case Result.UNREACHABLE | Result.AMBIGUOUS:
            lost = reach.ending(End.DROP)[0]
            some = "" if reach.result is Result.UNREACHABLE else " for some of the packets"
            words = f"the model predicts it{some} from {flow.source}: {_why(lost)}"
            return Prediction(words=words, result=reach.result, mend=lost.mend)
        case Result.UNDETERMINED:
            why = f": {_why(reach.traces[0])}" if reach.traces else ""
            return Prediction(words=f"the model does not settle it from {flow.source}{why}", result=reach.result)


def _why(trace: Trace) -> str:
    return f"{trace.code}, {trace.message.rstrip('.')}"
