"""Rules and inventories for the engine's tests, built from small checks of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.builders import PROJECT
from tests.judging import ACME, NOW
from validator.check import CheckFunction, Params, Severity
from validator.engine.loader import LoadedCheck
from validator.engine.needs import needs_of, union_of
from validator.engine.ruleset import Place, Rule
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.kinds import KINDS
from validator.model.outcome import Outcome, Reading
from validator.model.resource import Resource, Target
from validator.model.selector import Selector


def loaded(function: CheckFunction, check_id: str = "test.check", params: type[Params] | None = None) -> LoadedCheck:
    """The function as a loaded check."""
    return LoadedCheck(
        id=check_id,
        function=function,
        severity=Severity.ERROR,
        title="The subject is well.",
        why="So that tests have one.",
        remediation="None.",
        references=("https://example.com",),
        subjects=union_of(next(iter(needs_of(function).values()))),
        params=params,
        file="test.py",
        line=1,
    )


def rule(function: CheckFunction, *subjects: str, **changes: Any) -> Rule:
    """A rule of the check on these subjects."""
    fields: dict[str, Any] = {
        "id": "the-rule",
        "check": loaded(function),
        "severity": Severity.ERROR,
        "params": None,
        "subjects": tuple(Selector.parse(text) for text in subjects),
        "place": Place("rules.yaml", 7),
    }
    return Rule(**(fields | changes))


def inventory(
    *rows: Resource, gaps: Iterable[Reading] = (), kinds: Iterable[str] = KINDS, environment: Environment = ACME
) -> Inventory:
    """Everything read to the end, apart from the gaps."""
    whole = tuple(reading(row.KIND.noun, row) for row in rows)
    return Inventory(environment=environment, taken_at=NOW, kinds=frozenset(kinds), readings=(*whole, *gaps))


def reading(noun: str, *rows: Resource, outcome: Outcome = Outcome()) -> Reading:  # noqa: B008 - frozen
    """One call of the kind's first read."""
    read = KINDS[noun].KIND.reads[0]
    call = read.call
    return Reading(kind=noun, call=call, target=Target(project=PROJECT), outcome=outcome, items=rows)
