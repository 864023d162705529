"""One path for programs: a JSON document of a shape that stays. Fields may be added within version 1."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from validator.gcp.paths.trace import End, Hop, Result, Trace
from validator.headerspace.packets import Packets
from validator.headerspace.spelling import spell, spell_packet
from validator.report.json import Mend, Origin, Tool, dumped, mended
from validator.report.path.answer import Answer, gap_words

SCHEMA: Final = "validate-infra.path/1"
_ALL_BOXES = 10_000


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A read that the answer rests on and that did not come through."""

    call: str
    cause: str
    message: str
    fix: Mend | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that take one way."""

    packets: Annotated[str, Meta(description="SOURCES → DESTINATIONS SERVICES; boxes separated by '; '")]
    count: Annotated[int, Meta(ge=0, description="how many packets that is")]
    packet: Annotated[str, Meta(description="one of them; empty where there is none")]
    hops: tuple[Hop, ...]
    end: End
    code: Annotated[str, Meta(description="Connectivity Tests' cause or target")]
    message: str
    evidence: tuple[str, ...]
    fix: Mend | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of every packet from one end to the other."""

    schema: Literal["validate-infra.path/1"]
    tool: Tool
    environment: str
    project: str
    source: Origin
    origin: Annotated[str, Meta(description="--from")]
    destination: Annotated[str, Meta(description="--to")]
    result: Result
    exit_code: Literal[0, 1, 3]
    packets: str
    traces: tuple[Part, ...]
    gaps: tuple[Gap, ...]


def render(answer: Answer) -> str:
    """The answer as indented JSON in ASCII."""
    return dumped(_document(answer))


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) every rendered answer satisfies."""
    generated = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA} | generated


def _document(answer: Answer) -> Document:
    source = answer.source
    return Document(
        schema=SCHEMA,
        tool=Tool(name="validate-infra", version=answer.version),
        environment=answer.environment,
        project=answer.project,
        source=Origin(kind=source.kind, name=source.name, taken_at=source.taken_at.astimezone(dt.UTC)),
        origin=answer.reach.source,
        destination=answer.reach.destination,
        result=answer.result,
        exit_code=msgspec.convert(answer.exit_code, Literal[0, 1, 3]),
        packets=_spelled(answer.reach.asked),
        traces=tuple(map(_part, answer.traces)),
        gaps=tuple(_gap(gap) for gap in answer.gaps),
    )


def _part(trace: Trace) -> Part:
    return Part(
        packets=_spelled(trace.packets),
        count=trace.packets.size,
        packet=spell_packet(trace.packets.witness) if trace.packets else "",
        hops=trace.hops,
        end=trace.end,
        code=trace.code,
        message=trace.message,
        evidence=trace.evidence,
        fix=mended(trace.mend),
    )


def _spelled(some: Packets) -> str:
    return spell(some, _ALL_BOXES)


def _gap(gap: Any) -> Gap:
    words, fix = gap_words(gap)
    return Gap(call=gap.call, cause=str(gap.outcome.cause), message=words, fix=mended(fix))
