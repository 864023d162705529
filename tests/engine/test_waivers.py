"""Waivers turn failures, and only failures, into counted exceptions until a date."""

from __future__ import annotations

import datetime as dt

import pytest

from validator.check import Severity
from validator.engine.findings import Finding, Status
from validator.engine.ruleset import Place, Waiver
from validator.engine.waivers import waive

TODAY = dt.date(2026, 11, 20)


def finding(status: Status = Status.FAIL, rule: str = "net", subject: str = "connector/legacy-a") -> Finding:
    return Finding(rule=rule, check="a.b", severity=Severity.ERROR, subject=subject, status=status, message="broken")


def waiver(expires: dt.date = TODAY, subject: str = "connector/legacy-*") -> Waiver:
    return Waiver(
        rule="net",
        subject=subject,
        reason="OPS-12",
        owner="net@acme.example",
        expires=expires,
        place=Place("rules.yaml", 40, 5),
    )


def test_a_waived_failure_says_until_when_by_whom_and_why() -> None:
    (found,), notes = waive([finding()], [waiver()], TODAY, frozenset({"net"}))
    assert found.status is Status.WAIVED
    assert found.message == "broken (waived until 2026-11-20 by net@acme.example: OPS-12)"
    assert notes == ()


def test_an_expired_waiver_no_longer_waives_and_is_reported() -> None:
    (found,), (note,) = waive([finding()], [waiver(TODAY - dt.timedelta(days=1))], TODAY, frozenset({"net"}))
    assert found.status is Status.FAIL
    assert "rules.yaml:40:5 expired on 2026-11-19" in note


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.ERROR, Status.PASS, Status.SKIPPED])
def test_only_failures_can_be_waived(status: Status) -> None:
    (found,), (note,) = waive([finding(status)], [waiver()], TODAY, frozenset({"net"}))
    assert found.status is status
    assert "met no failure" in note


def test_another_rule_or_subject_is_not_waived() -> None:
    found, _ = waive([finding(rule="other"), finding(subject="redis/x")], [waiver()], TODAY, frozenset({"net"}))
    assert {f.status for f in found} == {Status.FAIL}


def test_a_waiver_of_a_rule_that_did_not_run_is_not_called_unused() -> None:
    assert waive([], [waiver()], TODAY, frozenset({"other"}))[1] == ()
