"""Everything that was read of an environment, frozen, with how each read ended."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import msgspec

from validator.model.environment import Environment
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Resource, Target
from validator.model.table import Table

R = TypeVar("R", bound=Resource)


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """All resources of the collected kinds; the moment they stand for; the outcome of each read."""

    environment: Environment
    #: The moment the readings describe, with time zone; expiry is judged against it.
    taken_at: dt.datetime
    #: Nouns of the kinds that were collected, also those without any call to make.
    kinds: frozenset[str]
    readings: tuple[Reading, ...]

    def table(self, kind: type[R]) -> Table[R]:
        """Every resource of the kind."""
        rows = (item for reading in self.readings if reading.kind == kind.KIND.noun for item in reading.items)
        return Table(row for row in rows if isinstance(row, kind))

    def gaps(self, kind: type[Resource]) -> tuple[Reading, ...]:
        """The reads of the kind that did not complete; a reading of cause NOT_RECORDED where it was never asked."""
        noun = kind.KIND.noun
        if noun not in self.kinds:
            return (_never_asked(kind, self.environment.project),)
        return tuple(r for r in self.readings if r.kind == noun and not r.outcome.complete)


def _never_asked(kind: type[Resource], project: str) -> Reading:
    message = "is not in this recording"
    probes = " --check-all" if kind.KIND.probe else ""
    fix = f"record it again with the rules you judge it by: validate-infra snapshot{probes} -o FILE"
    outcome = Outcome(cause=Cause.NOT_RECORDED, message=message, fix=fix)
    call = kind.KIND.sources[0].call
    return Reading(kind=kind.KIND.noun, call=call, target=Target(project=project), outcome=outcome)
