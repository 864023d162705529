"""The report for programs keeps its promised shape."""

from __future__ import annotations

import datetime as dt
import json as stdlib
from typing import Any

import jsonschema
import pytest

from tests.report.example import finding, incident, report
from validator.check import Fix
from validator.engine.findings import Report, Source, Status
from validator.report import json

VALIDATOR = jsonschema.Draft202012Validator(
    json.schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def rendered(what: Report) -> dict[str, Any]:
    """The document of a report, checked against the schema."""
    document: dict[str, Any] = stdlib.loads(json.render(what))
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.schema())


def test_the_document_has_the_promised_fields_in_order() -> None:
    document = rendered(incident())
    assert list(document) == [
        "schema", "tool", "environment", "project", "source", "rules", "verdict", "exit_code", "summary", "results",
        "notes",
    ]  # fmt: skip
    assert list(document["results"][0]) == [
        "rule", "check", "severity", "subject", "status", "code", "message", "evidence", "fix",
    ]  # fmt: skip
    assert document["schema"] == "validate-infra.report/1"
    assert document["tool"] == {"name": "validate-infra", "version": "0.1.0"}
    assert document["source"] == {"kind": "snapshot", "name": "incident.json", "taken_at": "2026-11-20T18:00:00Z"}


def test_the_verdict_and_all_six_counts_are_said() -> None:
    document = rendered(incident())
    assert (document["verdict"], document["exit_code"]) == ("fail", 1)
    assert document["summary"] == {"pass": 8, "fail": 5, "unknown": 3, "error": 1, "skipped": 4, "waived": 1}


def test_a_fix_is_whole_or_null() -> None:
    fix = Fix(summary="Do it.", gcloud=("gcloud a", "gcloud b"))
    with_fix, without = rendered(report(finding(Status.FAIL, fix=fix), finding()))["results"]
    assert with_fix["fix"] == {"summary": "Do it.", "gcloud": ["gcloud a", "gcloud b"], "terraform": ""}
    assert without["fix"] is None


def test_an_empty_run_says_why() -> None:
    document = rendered(report(empty="no rule was selected"))
    assert (document["empty"], document["exit_code"], document["results"]) == ("no rule was selected", 3, [])


def test_the_moment_is_in_utc() -> None:
    taken = dt.datetime(2026, 11, 20, 19, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    document = rendered(report(source=Source(kind="live", taken_at=taken)))
    assert document["source"]["taken_at"] == "2026-11-20T18:30:00Z"


def test_the_text_is_ascii_in_which_nothing_acts_and_nothing_is_lost() -> None:
    hostile = "\x1b[2J\x7f\x85\u202e\u2028\ud800 ##[error]x \\##vso[y] é ##"
    text = json.render(report(finding(message=hostile)))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    assert "##vso[" not in text
    assert text.endswith("}\n")
    assert rendered(report(finding(message=hostile)))["results"][0]["message"] == hostile


@pytest.mark.parametrize(
    ("field", "value"),
    [("exit_code", 2), ("verdict", "ok"), ("schema", "validate-infra.report/2"), ("results", None), ("empty", "")],
)
def test_the_schema_refuses_another_shape(field: str, value: object) -> None:
    assert not VALIDATOR.is_valid(rendered(incident()) | {field: value})


@pytest.mark.parametrize("field", ["summary", "notes", "source", "verdict"])
def test_the_schema_misses_a_field(field: str) -> None:
    document = rendered(incident())
    del document[field]
    assert not VALIDATOR.is_valid(document)
