"""A ruleset after loading: every name resolved, every parameter typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from validator.check import Params, Severity
from validator.engine.loader import LoadedCheck
from validator.model.environment import Environment
from validator.model.selector import Selector


class Place(msgspec.Struct, frozen=True, order=True):
    """A position in a file, counted from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """`rules.yaml:12:5`."""
        return f"{self.file}:{self.line}:{self.column}"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A stanza of rules.yaml: a check with parameters, severity and subjects."""

    id: str
    check: LoadedCheck
    severity: Severity
    params: Params | None
    #: Empty means every subject of the check's kinds.
    subjects: tuple[Selector, ...] = ()
    #: Names of environments; empty means all.
    environments: tuple[str, ...] = ()
    #: A selector that matches nothing is a skip instead of an exit 3.
    allow_empty: bool = False
    #: Whether the probes that its check needs are to be made.
    probing: bool = False
    place: Place

    @property
    def unmade_probes(self) -> tuple[str, ...]:
        """The probes without which the check has nothing to say, where none are to be made: the rule is skipped."""
        return () if self.probing else self.check.probes

    def meant_for(self, environment: str) -> bool:
        """Whether the rule applies to the environment."""
        return not self.environments or environment in self.environments


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A failure that is known and tolerated until a date."""

    rule: str
    #: Subject or glob, as reports spell it.
    subject: str
    reason: str
    owner: str
    #: The last day on which it waives.
    expires: dt.date
    place: Place


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded rules.yaml, for one chosen environment."""

    file: str
    environment: Environment
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...] = ()
    #: Names of all environments the file declares.
    declared: tuple[str, ...] = ()
    vars: Mapping[str, str] = msgspec.field(default_factory=dict)
