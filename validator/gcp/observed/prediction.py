"""What the model says of the path that a probe took, in words to set beside what the probe saw."""

from __future__ import annotations

import shlex

import msgspec

from validator.gcp.paths.paths import Paths, Question
from validator.gcp.paths.trace import End, Reach, Result, Trace
from validator.headerspace.axes import addresses
from validator.headerspace.packets import packets
from validator.model.environment import Environment
from validator.model.fix import Fix
from validator.model.table import Maybe

_UNSAID = "declare what this machine is to the network (probes.from) to see what the model predicts"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What the model says, or why it says nothing."""

    #: A sentence without its full stop.
    words: str
    #: None where nothing was asked of the model.
    result: Result | None = None
    #: Of packets that are lost, how, and the whole reason: "FIREWALL_RULE", "FIREWALL_RULE, denied by rule …".
    code: str = ""
    why: str = ""
    #: What mends the path that the model says is broken.
    mend: Fix | None = None
    #: The command that traces the flow; "" where nothing was asked of the model.
    trace: str = ""
    #: Whether what the machine of the probe is said to be does not exist.
    no_source: bool = False

    @property
    def lost(self) -> bool:
        """Whether all, or some, of the packets certainly do not arrive."""
        return self.result in (Result.UNREACHABLE, Result.AMBIGUOUS)


UNASKED = Prediction(words="")


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The packets of a probe, as the model knows their ends."""

    #: "connector/staging", "run/backend"; "" where nobody says what the machine of the probe is.
    source: str
    #: "redis/us-central1/cache"; "" for a host that is no resource.
    to: str = ""
    host: str
    port: int

    @property
    def question(self) -> Question:
        """The flow as a question of reachability."""
        ports = (str(self.port),) if self.to else ()
        return Question.parse(self.source, self.to or self._host, "tcp", ports)

    def trace(self, environment: Environment) -> str:
        """The command that shows it hop by hop."""
        where = f"--env={environment.name}" if environment.name else f"--project={environment.project}"
        ends = [f"--from={self.source}", f"--to={self.to or self._host}", *([f"--port={self.port}"] if self.to else [])]
        return shlex.join(("validate-infra", "path", where, *ends))

    @property
    def _host(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"host:{host}:{self.port}"


def predict(flow: Flow, paths: Maybe[Paths], environment: Environment) -> Prediction:
    """What becomes of the flow's packets."""
    if not flow.source:
        return Prediction(words=_UNSAID)
    if paths.value is None:
        return Prediction(words=f"the model says nothing of it: not all was read of {', '.join(paths.unread)}")
    try:
        question = flow.question
        reach = paths.value.answer(question)
    except ValueError as problem:
        return Prediction(words=f"the model says nothing of it: {problem}")
    if gone := _gone(reach, str(question.source)):
        return Prediction(words=f"the model says nothing of it, since probes.from is wrong: {gone}", no_source=True)
    return msgspec.structs.replace(_said(flow, _narrowed(reach, flow)), trace=flow.trace(environment))


def _gone(reach: Reach, source: str) -> str:
    """That the source does not exist, in words; "" where it does."""
    alone = reach.traces[0] if len(reach.traces) == 1 else None
    if alone and alone.code == "RESOURCE_CONFIG_NOT_FOUND" and alone.evidence == (source,):
        return alone.message.rstrip(".")
    return ""


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
            why = _why(lost)
            words = f"the model predicts it{some} from {flow.source}: {why}"
            return Prediction(words=words, result=reach.result, code=lost.code, why=why, mend=lost.mend)
        case Result.UNDETERMINED:
            why = f": {_why(reach.traces[0])}" if reach.traces else ""
            return Prediction(words=f"the model does not settle it from {flow.source}{why}", result=reach.result)


def _why(trace: Trace) -> str:
    return f"{trace.code}, {trace.message.rstrip('.')}"
