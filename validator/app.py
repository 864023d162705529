"""Composition root: options in, report out. The only place that knows clock, environment variables and network."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from validator import __version__
from validator.config.environments import Choice, declares
from validator.config.load import load_rules
from validator.config.problems import ConfigError
from validator.engine.findings import Report, Source
from validator.engine.loader import LoadedCheck, load_checks
from validator.engine.needs import decisive_kinds, kinds_of, supply
from validator.engine.planner import CollectionPlan, plan, plan_kinds
from validator.engine.ruleset import Rule, RuleSet
from validator.engine.runner import judge
from validator.engine.selection import NoSuchCheckError, select
from validator.engine.waivers import waive
from validator.gcp.paths.paths import Paths, Question
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.options import Machine, Options, UsageError
from validator.report.path.answer import Answer
from validator.snapshot import load, rebase

if TYPE_CHECKING:
    from validator.collect.collector import Prober

BUNDLED_RULES = Path(__file__).with_name("rules.yaml")
_BUNDLED = Path("bundled")
#: Environments that need no project, no credentials and no ruleset of one's own.
_DEMOS = ("demo", "demo-repaired")

Progress = Callable[[int, int], None]


class Session:
    """One invocation: its checks, ruleset, selected rules and plan, each worked out before anything is read."""

    def __init__(self, options: Options, machine: Machine, probe: Prober | None = None) -> None:
        """Everything but the reads themselves.

        Args:
            options: what is asked for.
            machine: what it runs on.
            probe: makes the probes in place of real connections.

        Raises:
            UsageError, ConfigError, LoadError, SnapshotError: what was given is wrong.
        """
        self.options = options
        self.machine = machine
        self._probe = probe
        # stdout carries the report and nothing else, whatever a check prints.
        with contextlib.redirect_stdout(sys.stderr):
            self.checks: Mapping[str, LoadedCheck] = load_checks(options.checks_dirs)
        self._recorded = load(options.snapshot) if options.snapshot else None
        self.ruleset: RuleSet = self._ruleset()
        self.rules: tuple[Rule, ...] = self._selected()

    @property
    def environment(self) -> Environment:
        """The environment under judgement."""
        return self.ruleset.environment

    @property
    def plan(self) -> CollectionPlan:
        """What the selected rules need to be read."""
        return plan(rule for rule in self.rules if rule.meant_for(self.environment.name))

    @property
    def path_plan(self) -> CollectionPlan:
        """What a path needs to be read, whatever its ends."""
        return plan_kinds(kinds_of(Paths))

    def inventory(
        self, progress: Progress = lambda _done, _total: None, needed: CollectionPlan | None = None
    ) -> tuple[Inventory, Source]:
        """The environment, recorded or live; of a live one what is needed, by default what the rules need."""
        recorded = self._recorded
        name = self.options.snapshot or self.environment.snapshot or ""
        if recorded is None and name:
            recorded = load(name)
        if recorded is not None:
            inventory = rebase(recorded, self.environment, name)
            return inventory, Source(kind="snapshot", name=name, taken_at=inventory.taken_at)
        return self._live(progress, self.plan if needed is None else needed)

    def path(self, question: Question, progress: Progress = lambda _done, _total: None) -> Answer:
        """What becomes of the packets of one question.

        Raises:
            UsageError: an end of the path cannot be read.
        """
        inventory, source = self.inventory(progress, self.path_plan)
        gaps = tuple(gap for kind in dict.fromkeys(decisive_kinds([Paths])) for gap in inventory.gaps(kind))
        paths: Paths = supply(inventory).value(Paths)
        try:
            reach = paths.answer(question)
        except ValueError as problem:
            raise UsageError(str(problem)) from None
        return Answer(
            version=__version__,
            environment=self.environment.name,
            project=self.environment.project,
            source=source,
            reach=reach,
            gaps=gaps,
        )

    def report(self, progress: Progress = lambda _done, _total: None) -> Report:
        """The verdict of every selected rule."""
        inventory, source = self.inventory(progress)
        with contextlib.redirect_stdout(sys.stderr):
            findings = judge(self.rules, inventory)
        judged = frozenset(rule.id for rule in self.rules if rule.meant_for(self.environment.name))
        findings, notes = waive(findings, self.ruleset.waivers, self.machine.now().date(), judged)
        return Report(
            version=__version__,
            environment=self.environment.name,
            project=self.environment.project,
            source=source,
            findings=findings,
            fail_on=self.options.fail_on,
            rules=self._rules_name,
            titles={rule.check.id: rule.check.title for rule in self.rules},
            notes=(*notes, *_blind(inventory), *self._about_probes()),
            empty="" if judged else f"no rule of {self.ruleset.file} is meant for this environment",
        )

    def _about_probes(self) -> Iterator[str]:
        """Why `--check-all` or `--vantage` did not do what was hoped for."""
        meant = [rule for rule in self.rules if rule.meant_for(self.environment.name)]
        if self.options.check_all and not any(kind.KIND.probe for rule in meant for kind in rule.check.needs):
            yield "no rule judged here makes a probe, so --check-all made none: `redis.ping` and others are for that"
        recorded = bool(self.options.snapshot or self.environment.snapshot)
        if recorded and self.options.vantage:
            yield "--vantage has no say in a recording: its probes were made when it was"

    @property
    def _rules_name(self) -> str:
        file = self.ruleset.file
        return "bundled rules" if file == str(BUNDLED_RULES) else f"rules {file}"

    def _ruleset(self) -> RuleSet:
        options = self.options
        env, project = options.env, options.project
        if self._recorded is not None and env is None and project is None:
            project = self._recorded.environment.project
        regions = options.regions
        if self._recorded is not None and env is None and not regions:
            regions = self._recorded.environment.regions
        file = rules_file(options, self.machine.environ)
        choice = Choice(env=env, project=project, regions=regions)
        try:
            found = load_rules(file, None, self.checks, choice=choice, today=self.machine.now().date())
        except ConfigError as problem:
            if file != BUNDLED_RULES or options.env in _DEMOS:
                raise
            where = f"there is no rules.yaml in {Path.cwd()}, so the bundled rules were used: --rules FILE names others"
            raise UsageError(f"{problem}\n{where}") from None
        if options.vantage is None:
            return found
        environment = msgspec.structs.replace(found.environment, vantage=options.vantage)
        return msgspec.structs.replace(found, environment=environment)

    def _selected(self) -> tuple[Rule, ...]:
        try:
            return select(self.ruleset.rules, self.options.select, probing=self.options.check_all, checks=self.checks)
        except NoSuchCheckError as problem:
            raise UsageError(str(problem)) from None

    def _live(self, progress: Progress, needed: CollectionPlan) -> tuple[Inventory, Source]:
        from validator.collect.live import collect_live  # noqa: PLC0415 - the API client is heavy

        if any(needed.probes):
            _check_authorities(self.environment.probes.ca_file)
        probe = self._probe or _prober(self.environment, self.machine)
        inventory = collect_live(self.environment, needed, self.options, self.machine, progress, probe=probe)
        return inventory, Source(kind="live", name=self.options.api_endpoint or "", taken_at=inventory.taken_at)


def _check_authorities(file: str) -> None:
    """Nothing, if the file of further CAs can be opened, or none is named.

    Raises:
        UsageError: it cannot.
    """
    try:
        if file:
            Path(file).open("rb").close()
    except OSError as problem:
        where = "" if Path(file).is_absolute() else f" in {Path.cwd()}"
        raise UsageError(f"probes.ca_file {file} cannot be read{where}: {problem.strerror}") from None


def _prober(environment: Environment, machine: Machine) -> Prober:
    """Real connections, as the environment says."""
    from validator.probe.kit import Kit  # noqa: PLC0415 - only a live run makes probes
    from validator.probe.prober import Prober as RealProber  # noqa: PLC0415

    return RealProber(
        Kit(
            probing=environment.probes,
            inside=environment.inside,
            clock=machine.monotonic,
            sleep=machine.sleep,
            random=machine.random,
            environ=machine.environ,
        )
    )


def _blind(inventory: Inventory) -> tuple[str, ...]:
    """A remark where not one read came through: then the cause is not in any of them."""
    if any(reading.outcome.complete for reading in inventory.readings) or not inventory.readings:
        return ()
    project = inventory.environment.project
    return (f"not one read of {project} came through: does it exist, and is this the right account and network?",)


def rules_file(options: Options, environ: Mapping[str, str]) -> Path:
    """`--rules` (a file, or `bundled`), else $VALIDATE_INFRA_RULES, else ./rules.yaml, else the bundled one.

    The demos bring their own, unless the ruleset at hand declares an environment of that name.
    """
    if options.rules:
        bundled = options.rules == _BUNDLED and not options.rules.exists()
        return BUNDLED_RULES if bundled else options.rules
    found = _at_hand(environ)
    return BUNDLED_RULES if options.env in _DEMOS and not declares(found, options.env) else found


def _at_hand(environ: Mapping[str, str]) -> Path:
    if named := environ.get("VALIDATE_INFRA_RULES"):
        return Path(named)
    own = Path("rules.yaml")
    # A link that leads nowhere is a mistake to be told, not a reason to judge by other rules.
    return own if os.path.lexists(own) else BUNDLED_RULES


def this_machine(environ: Mapping[str, str]) -> Machine:
    """The real clocks and dice, with the given environment variables."""
    return Machine(
        environ=environ,
        now=lambda: dt.datetime.now(dt.UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        random=random.random,
    )
