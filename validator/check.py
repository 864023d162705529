"""A check author's whole vocabulary.

A check is one function in one file under `checks/`; its id is its path (`connector.range`). Its first
parameter is the subject, its keyword parameters are what it needs to be read, and it yields what it found:

    @check(severity=Severity.ERROR)
    def connector_range(connector: Connector, *, subnets: Table[Subnetwork], params: Range) -> Verdicts: ...

Yielding nothing is a pass. The engine loops over subjects, answers `unknown` where a need was not read to
the end, and never calls the check then.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from validator.gcp.observed.trouble import Trouble, Weight
from validator.model.environment import Environment
from validator.model.fix import Fix
from validator.model.table import Maybe, Partial, Table

__all__ = [
    "Environment",
    "Fix",
    "Maybe",
    "Moment",
    "Params",
    "Partial",
    "Proof",
    "Severity",
    "Skip",
    "Table",
    "Undecided",
    "Verdict",
    "Verdicts",
    "Violation",
    "check",
    "verdict_of",
]

#: Annotation of the instant the environment was read; expiry is judged against it.
Moment = dt.datetime


class Severity(enum.StrEnum):
    """How much a failure weighs: `--fail-on` decides which of them fail the run."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Higher is graver."""
        return list(Severity).index(self)


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a check's parameters: typed, frozen; units belong in the names (`max_age_days`)."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """The subject is not as it must be, and the evidence proves it."""

    #: Connectivity Tests' word where one exists (`FIREWALL_RULE`), else UPPER_SNAKE of our own.
    code: str
    message: str
    #: Full names of the resources that show it, or of the setting that does.
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    #: Lighter than the rule's own severity, for a remark beside the main finding.
    severity: Severity | None = None


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Configuration alone does not settle it: the finding is `unknown`, never a pass."""

    code: str
    message: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """The question does not arise for this subject or cannot be asked; says why."""

    code: str
    message: str
    evidence: tuple[str, ...] = ()


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Why the subject passes, for the report's pass line; by itself it fails nothing."""

    message: str
    evidence: tuple[str, ...] = ()


Verdict = Violation | Undecided | Skip | Proof


def verdict_of(trouble: Trouble, label: str, evidence: tuple[str, ...] = ()) -> Verdict:
    """What a probe's trouble means for what was probed, which the label names: "203.0.113.7:443 refuses …"."""
    code, message, shown = trouble.code, f"{label} {trouble.words}.", (*evidence, *trouble.evidence)
    if trouble.weight is Weight.SKIP:
        return Skip(code=code, message=message, evidence=shown)
    if trouble.weight is Weight.UNKNOWN:
        return Undecided(code=code, message=message, evidence=shown, fix=trouble.fix)
    severity = Severity.WARNING if trouble.weight is Weight.WARNING else None
    return Violation(code=code, message=message, evidence=shown, fix=trouble.fix, severity=severity)


Verdicts = Iterator[Verdict]
CheckFunction = Callable[..., Iterable[Verdict]]
F = TypeVar("F", bound=CheckFunction)


class Marked(msgspec.Struct, frozen=True):
    """What the decorator leaves on the function for the loader."""

    severity: Severity


def check(*, severity: Severity) -> Callable[[F], F]:
    """Mark the one check of a module, with the severity its failures have by default."""

    def mark(function: F) -> F:
        function.__dict__["__check__"] = Marked(severity)
        return function

    return mark


def marked(function: object) -> Marked | None:
    """The mark of a check function, or None for anything else."""
    found: Any = getattr(function, "__check__", None)
    return found if isinstance(found, Marked) else None
