"""What a run found, and what exit code that makes."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from validator.check import Fix, Severity


class Status(enum.StrEnum):
    """The verdict of one rule on one subject."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    #: A needed read failed or was partial, or configuration alone does not settle it.
    UNKNOWN = "unknown"
    #: The check crashed.
    ERROR = "error"
    #: Not asked for, not meant for this environment, or the question does not arise; always with the reason.
    SKIPPED = "skipped"
    WAIVED = "waived"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one rule on one subject; a rule that finds three things wrong gives three."""

    rule: str
    check: str
    severity: Severity
    subject: str
    status: Status
    code: str = ""
    message: str = ""
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None

    def order(self) -> tuple[str, ...]:
        """A key that does not depend on the order in which things were found."""
        return (self.rule, self.subject, self.status, self.code, self.message)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the judged environment came from."""

    #: live, snapshot or plan.
    kind: str
    #: File or API host.
    name: str = ""
    #: The moment it was read.
    taken_at: dt.datetime


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a renderer may say, in one fixed order."""

    version: str
    environment: str
    project: str
    source: Source
    findings: tuple[Finding, ...]
    fail_on: Severity
    #: The ruleset judged by: a file, or "bundled rules".
    rules: str = ""
    #: Check id to its title, the good state in one sentence: what a pass line says.
    titles: Mapping[str, str]
    #: Remarks for a person: unused or expired waivers.
    notes: tuple[str, ...] = ()
    #: Why nothing could be judged although nothing failed: no rule selected, a selector that matched nothing.
    empty: str = ""

    @property
    def summary(self) -> dict[str, int]:
        """How many findings of each status, all statuses named."""
        counts = Counter(finding.status for finding in self.findings)
        return {status.value: counts[status] for status in Status}

    @property
    def exit_code(self) -> int:
        """0 passed, 1 a failure at or above `fail_on`, 3 something could not be decided."""
        return exit_code(self.findings, self.fail_on, empty=bool(self.empty))

    @property
    def verdict(self) -> str:
        """`pass`, `fail` or `unknown`: the exit code as a word."""
        return {0: "pass", 1: "fail", 3: "unknown"}[self.exit_code]


def exit_code(findings: Iterable[Finding], fail_on: Severity, *, empty: bool) -> int:
    """A proven failure outranks an unknown; an empty run is never a pass."""
    found = tuple(findings)
    if any(f.status is Status.FAIL and f.severity.rank >= fail_on.rank for f in found):
        return 1
    if empty or any(f.status in (Status.UNKNOWN, Status.ERROR) for f in found):
        return 3
    judged = any(f.status in (Status.PASS, Status.FAIL, Status.WAIVED) for f in found)
    return 0 if judged else 3
