"""Reads everything a plan names: all calls that can go out together do, each exactly once.

A kind's calls are known once the kinds they depend on are read; they are submitted that instant. The floor of
a run is therefore the longest chain of dependent calls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from validator.collect.pool import Pool
from validator.collect.settle import Known, settled
from validator.engine.needs import Supply
from validator.engine.planner import CollectionPlan, decisive_parents, parents, plan_kinds
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.project import EnabledApi, HostApi, Project
from validator.model.resource import Probe, Read, Resource, Source, Target
from validator.model.table import Table

#: Reads one call to its last page over the thread's connection.
Reader = Callable[[type[Resource], Read, Target, Any], Reading]
#: Makes one probe and says what came of it, whatever the network did.
Prober = Callable[[type[Resource], Probe, Target], Reading]
Asked = tuple[type[Resource], Source, Target]


class Clock(Protocol):
    """How much of the run's total time is left."""

    def remaining(self) -> float:
        """Seconds; zero or less once it is spent."""


class Hands(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads and who probes, each with the threads for it; results of both come from `pool`."""

    read: Reader
    pool: Pool[Asked, Reading]
    probe: Prober
    probes: Pool[Asked, Reading]

    def submit(self, asked: Asked) -> None:
        """Send the call out."""
        kind, source, target = asked
        if isinstance(source, Probe):
            self.probes.submit(asked, lambda _connection: self.probe(kind, source, target))
        elif isinstance(source, Read):
            self.pool.submit(asked, lambda connection: self.read(kind, source, target, connection))


class Collector:
    """One run's reads and probes; use once."""

    def __init__(
        self,
        environment: Environment,
        moment: dt.datetime,
        hands: Hands,
        *,
        budget: Clock,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self._environment = environment
        self._moment = moment
        self._hands = hands
        self._budget = budget
        self._progress = progress
        self._readings: dict[type[Resource], list[Reading]] = {}
        self._open: dict[type[Resource], set[tuple[Source, Target]]] = {}
        self._waiting: list[type[Resource]] = []
        self._total = self._finished = 0

    def collect(self, plan: CollectionPlan) -> Inventory:
        """Everything the plan names, each read with its outcome; never raises for what a server did."""
        self._waiting = list(plan.kinds)
        self._start_ready()
        while any(self._open.values()):
            try:
                asked, reading = self._hands.pool.next(self._budget.remaining())
            except TimeoutError:
                self._give_up()
                break
            self._arrived(asked, reading)
        return self._inventory()

    def _start_ready(self) -> None:
        """Submit the calls of every kind whose parents are read; repeat, since some kinds have no calls."""
        while ready := [kind for kind in self._waiting if all(self._done(parent) for parent in parents(kind))]:
            self._waiting = [kind for kind in self._waiting if kind not in ready]
            for kind in ready:
                self._start(kind)

    def _start(self, kind: type[Resource]) -> None:
        self._readings[kind], self._open[kind] = [], set()
        supply = Supply(self._environment, self._moment, self._table)
        for source in kind.KIND.sources:
            for target in dict.fromkeys(source.targets(**supply.arguments(source.targets))):
                self._open[kind].add((source, target))
                self._total += 1
                self._hands.submit((kind, source, target))

    def _arrived(self, asked: Asked, reading: Reading) -> None:
        kind, source, target = asked
        self._open[kind].discard((source, target))
        self._readings[kind].append(reading)
        self._finished += 1
        self._progress(self._finished, self._total)
        if reading.outcome.cause is Cause.API_DISABLED:
            own = reading.target.project == self._environment.project
            self._also_read(EnabledApi if own else HostApi)
        self._start_ready()

    def _also_read(self, kind: type[Resource]) -> None:
        """Add what the plan did not ask for, with its parents; nothing that is read already."""
        known = (*self._readings, *self._waiting)
        self._waiting.extend(one for one in plan_kinds([kind]).kinds if one not in known)

    def _done(self, kind: type[Resource]) -> bool:
        """Whether the kind's table is final, however its reads ended."""
        return kind in self._readings and not self._open[kind]

    def _give_up(self) -> None:
        """The time budget is spent: what has not answered is unknown, and so is what it would have led to."""
        for kind, calls in self._open.items():
            for source, target in calls:
                self._readings[kind].append(_reading(kind, source, target, _out_of_time()))
            calls.clear()
        for kind in self._waiting:
            target = Target(project=self._environment.project)
            self._readings[kind] = [_reading(kind, kind.KIND.sources[0], target, _out_of_time())]

    def _table(self, kind: type[Resource]) -> Table[Any]:
        return Table(item for reading in self._readings[kind] for item in reading.items)

    def _inventory(self) -> Inventory:
        return Inventory(
            environment=self._environment,
            taken_at=self._moment,
            kinds=frozenset(kind.KIND.noun for kind in self._readings),
            readings=tuple(sorted(self._settled(), key=Reading.order)),
        )

    def _settled(self) -> Iterator[Reading]:
        """Every reading with its final outcome, and one for each kind whose calls rest on a read that has gaps."""
        lists = [reading for kind in (EnabledApi, HostApi) for reading in self._readings.get(kind, ())]
        known = Known.of(self._environment.project, self._readings.get(Project, ()), lists)
        gaps: dict[type[Resource], list[Reading]] = {}
        # In the order in which they were started: parents before the kinds whose calls they determine.
        for kind, readings in self._readings.items():
            final = [settled(reading, kind, known) for reading in readings]
            above = [gap for parent in decisive_parents(kind) for gap in gaps.get(parent, ())]
            if above and kind in self._open:
                final.append(_after_gap(kind, min(above, key=Reading.order), self._environment))
            gaps[kind] = [reading for reading in final if not reading.outcome.complete]
            yield from final


def _after_gap(kind: type[Resource], gap: Reading, environment: Environment) -> Reading:
    cause = f"because {gap.words} {gap.outcome.message}"
    # One cause, however long the chain of what depends on it.
    message = gap.outcome.message if gap.outcome.cause is Cause.PARENT else f"could not be asked in full, {cause}"
    outcome = Outcome(cause=Cause.PARENT, message=message, fix=gap.outcome.fix)
    return _reading(kind, kind.KIND.sources[0], Target(project=environment.project), outcome)


def _out_of_time() -> Outcome:
    fix = "give the run more time with --timeout SECONDS, or narrow it with --check or --region"
    return Outcome(cause=Cause.TIMEOUT, message="did not answer before the run's time was up", fix=fix)


def _reading(kind: type[Resource], source: Source, target: Target, outcome: Outcome) -> Reading:
    return Reading(kind=kind.KIND.noun, call=source.call, target=target, outcome=outcome)
