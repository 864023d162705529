"""The report for programs: one JSON document of a shape that stays, and the JSON Schema of that shape.

Fields may be added within version 1; none changes its meaning or goes away.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from validator.check import Fix, Severity
from validator.engine.findings import Finding, Report, Status

SCHEMA: Final = "validate-infra.report/1"
#: What a runner takes for a command even in the middle of a line (see `validator.report.clean`).
_COMMAND = re.compile(r"##(?=\w*\[)")

Verdict = Literal["pass", "fail", "unknown"]
#: 0 passed, 1 failed, 3 could not be decided.
ExitCode = Literal[0, 1, 3]
Count = Annotated[int, Meta(ge=0)]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote the report."""

    name: str
    version: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the judged environment came from, and the moment it was read (RFC 3339, UTC)."""

    kind: Annotated[str, Meta(description="live, snapshot or plan")]
    name: Annotated[str, Meta(description="file or API host; may be empty")]
    taken_at: dt.datetime


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many results there are of each status; all six are always named."""

    passed: Count = msgspec.field(name="pass")
    fail: Count
    unknown: Count
    error: Count
    skipped: Count
    waived: Count


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about a result."""

    summary: str
    gcloud: Annotated[tuple[str, ...], Meta(description="commands to paste, one an item")]
    terraform: Annotated[str, Meta(description="a snippet; may be empty")]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one rule on one subject; a rule that finds three things wrong gives three."""

    rule: str
    check: str
    severity: Severity
    subject: str
    status: Status
    code: Annotated[str, Meta(description="empty for a pass")]
    message: str
    evidence: tuple[str, ...]
    fix: Mend | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one run of validate-infra, with everything it rests on."""

    schema: Literal["validate-infra.report/1"]
    tool: Tool
    environment: Annotated[str, Meta(description="empty when only a project was named")]
    project: str
    source: Origin
    rules: Annotated[str, Meta(description='file of the ruleset, or "bundled rules"')]
    verdict: Verdict
    exit_code: ExitCode
    summary: Summary
    results: tuple[Result, ...]
    notes: Annotated[tuple[str, ...], Meta(description="remarks for a person: unused or expired waivers")]
    empty: Annotated[str, Meta(min_length=1, description="why nothing could be judged")] | UnsetType = UNSET


def render(report: Report) -> str:
    """The report as indented JSON in ASCII, so that no control or direction character in it acts on a terminal."""
    return dumped(_document(report))


def dumped(document: msgspec.Struct) -> str:
    """The document as indented JSON in ASCII, with nothing in it that a runner takes for a command."""
    text = json.dumps(msgspec.to_builtins(document), indent=2)
    return _COMMAND.sub(r"#\\u0023", text) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) every rendered report satisfies."""
    generated = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA} | generated


def _document(report: Report) -> Document:
    source = report.source
    return Document(
        schema=SCHEMA,
        tool=Tool(name="validate-infra", version=report.version),
        environment=report.environment,
        project=report.project,
        source=Origin(kind=source.kind, name=source.name, taken_at=source.taken_at.astimezone(dt.UTC)),
        rules=report.rules,
        verdict=msgspec.convert(report.verdict, Verdict),
        exit_code=msgspec.convert(report.exit_code, ExitCode),
        summary=msgspec.convert(report.summary, Summary),
        results=tuple(map(_result, report.findings)),
        notes=report.notes,
        empty=report.empty or UNSET,
    )


def _result(finding: Finding) -> Result:
    return Result(
        rule=finding.rule,
        check=finding.check,
        severity=finding.severity,
        subject=finding.subject,
        status=finding.status,
        code=finding.code,
        message=finding.message,
        evidence=finding.evidence,
        fix=mended(finding.fix),
    )


def mended(fix: Fix | None) -> Mend | None:
    """What to do, as the document spells it."""
    return Mend(summary=fix.summary, gcloud=fix.gcloud, terraform=fix.terraform) if fix else None
