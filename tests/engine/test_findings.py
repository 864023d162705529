"""Exit codes: a proven failure outranks an unknown, and nothing judged is never a pass."""

from __future__ import annotations

import pytest

from validator.check import Severity
from validator.engine.findings import Finding, Status, exit_code


def finding(status: Status, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule="r", check="c.d", severity=severity, subject="x/y", status=status)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param([Status.PASS], 0, id="passed"),
        pytest.param([Status.PASS, Status.SKIPPED], 0, id="passed, one skipped"),
        pytest.param([Status.WAIVED], 0, id="waived"),
        pytest.param([Status.FAIL, Status.UNKNOWN], 1, id="failure outranks unknown"),
        pytest.param([Status.PASS, Status.UNKNOWN], 3, id="unknown"),
        pytest.param([Status.PASS, Status.ERROR], 3, id="crashed"),
        pytest.param([], 3, id="nothing"),
        pytest.param([Status.SKIPPED], 3, id="all skipped"),
    ],
)
def test_exit_codes(found: list[Status], code: int) -> None:
    assert exit_code(map(finding, found), Severity.ERROR, empty=False) == code


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        (Severity.WARNING, Severity.ERROR, 0),
        (Severity.WARNING, Severity.WARNING, 1),
        (Severity.ERROR, Severity.INFO, 1),
        (Severity.INFO, Severity.WARNING, 0),
    ],
)
def test_fail_on_decides_which_failures_fail_the_run(severity: Severity, fail_on: Severity, code: int) -> None:
    assert exit_code([finding(Status.FAIL, severity)], fail_on, empty=False) == code


def test_an_empty_run_is_no_pass_even_beside_one() -> None:
    assert exit_code([finding(Status.PASS)], Severity.ERROR, empty=True) == 3
