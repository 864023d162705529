"""One path for programs: a JSON document of a shape that stays. Fields may be added within version 1."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from validator.gcp.paths.trace import End, Hop, Result, Trace
from validator.headerspace import packets as headerspace
from validator.headerspace.axes import by_protocol
from validator.headerspace.packets import Packets
from validator.headerspace.spelling import spell, spell_blocks, spell_ports
from validator.report.json import Mend, Origin, Tool, dumped, mended
from validator.report.path.answer import Answer, gap_words

SCHEMA: Final = "validate-infra.path/1"


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One packet."""

    source: str
    destination: str
    protocol: Annotated[int, Meta(ge=0, le=255, description="IANA number")]
    port: Annotated[int | None, Meta(description="null where the protocol has none")]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A protocol with destination ports."""

    protocol: Annotated[int, Meta(ge=0, le=255, description="IANA number")]
    ports: Annotated[tuple[str, ...], Meta(description='"443" or "8000-8080"; empty: all, or none to have')]


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """Every packet from any of the sources to any of the destinations with any of the services."""

    sources: Annotated[tuple[str, ...], Meta(description="CIDR")]
    destinations: Annotated[tuple[str, ...], Meta(description="CIDR")]
    services: tuple[Service, ...]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A read that the answer rests on and that did not come through."""

    call: str
    cause: str
    message: str
    fix: Mend | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that take one way."""

    packets: Annotated[str, Meta(description="for a person: SOURCES → DESTINATIONS SERVICES, shortened")]
    boxes: Annotated[tuple[Box, ...], Meta(description="the same in full; disjoint")]
    count: Annotated[int, Meta(ge=0, description="how many packets that is")]
    packet: Annotated[Packet | None, Meta(description="one of them; null where there is none")]
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
        packets=spell(answer.reach.asked),
        traces=tuple(map(_part, answer.traces)),
        gaps=tuple(_gap(gap) for gap in answer.gaps),
    )


def _part(trace: Trace) -> Part:
    return Part(
        packets=spell(trace.packets),
        boxes=tuple(map(_box, trace.packets.boxes())),
        count=trace.packets.size,
        packet=_packet(trace.packets) if trace.packets else None,
        hops=trace.hops,
        end=trace.end,
        code=trace.code,
        message=trace.message,
        evidence=trace.evidence,
        fix=mended(trace.mend),
    )


def _packet(some: Packets) -> Packet:
    one = some.witness
    return Packet(source=str(one.source), destination=str(one.destination), protocol=one.protocol, port=one.port)


def _box(box: headerspace.Box) -> Box:
    services = (
        Service(protocol=number, ports=tuple(spell_ports(ports).split(",")) if ports else ())
        for number, ports in by_protocol(box.services)
    )
    return Box(sources=spell_blocks(box.sources), destinations=spell_blocks(box.destinations), services=tuple(services))


def _gap(gap: Any) -> Gap:
    words, fix = gap_words(gap)
    return Gap(call=gap.call, cause=str(gap.outcome.cause), message=words, fix=mended(fix))
