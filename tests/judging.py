"""Run one check on literal resources, the way the engine does, without an engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

from validator.check import CheckFunction, Params, Proof, Verdict
from validator.engine.needs import Supply, needs_of
from validator.model.environment import Environment
from validator.model.resource import Resource
from validator.model.table import Table

NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)
ACME = Environment(name="staging", project="acme", regions=("us-central1",))


def verdicts(
    function: CheckFunction,
    subject: Resource,
    *rows: Resource,
    params: Params | None = None,
    environment: Environment = ACME,
    at: dt.datetime = NOW,
) -> list[Verdict]:
    """Everything the check yields for the subject when `rows` (and the subject) are all there is.

    Probes were asked for where there is a row of one.
    """
    everything = (subject, *rows)

    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in everything if isinstance(row, kind))

    def asked(kind: type[Resource]) -> bool:
        return kind.KIND.probe is None or len(table(kind)) > 0

    supply = Supply(environment, at, table, asked=asked)
    names = list(needs_of(function).items())[1:]
    arguments = {
        name: params if isinstance(need, type) and issubclass(need, Params) else supply.value(need)
        for name, need in names
    }
    return list(function(subject, **arguments))


def codes(*args: Any, **kwargs: Any) -> list[str]:
    """The codes of all violations, undecided points and skips, in order; empty is a pass."""
    return [found.code for found in verdicts(*args, **kwargs) if not isinstance(found, Proof)]
