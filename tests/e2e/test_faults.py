"""No pass from what was not read: every call of a run, every way in which a read can fail.

Runs in one process (the command is the same `Session`), with a clock that pauses turn forward at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.gate import staging_rules
from tests.emulator.discovery import served
from tests.emulator.faults import ALL_FAULTS, Fault, Trouble, switched_off
from tests.emulator.server import Emulator, Request
from tests.emulator.world import World
from tests.environments.incident import incident
from tests.environments.observations import Observations
from tests.environments.repaired import repaired
from tests.judging import NOW
from validator.app import Session
from validator.engine.findings import Report, Status
from validator.engine.planner import decisive_kinds_of_rule, decisive_parents
from validator.model.kinds import KINDS
from validator.model.resource import Resource
from validator.options import Machine, Options

#: One fault of each kind of failure; the others are the same failures in other envelopes.
CLASSES = frozenset(
    {
        "permission-denied",
        "service-disabled",
        "not-found",
        "rate-limited-429",
        "unavailable",
        "silence",
        "connection-reset",
        "truncated-body",
        "malformed-json",
        "missing-page",
        "unreachable",
        "unreachables",
        "scope-unreachable",
        "partial-success",
        "region-unreachable",
        "placeholder",
    }
)


class Clock:
    """Real time, except that a pause costs none."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's rules with a live environment."""
    return staging_rules(tmp_path_factory.mktemp("rules"))


def judged(
    rules: Path, google: Emulator, timeout_s: float = 60, select: tuple[str, ...] = ()
) -> tuple[Session, Report]:
    clock = Clock()
    machine = Machine(environ={}, now=lambda: NOW, monotonic=clock.monotonic, sleep=clock.sleep, random=lambda: 0.5)
    options = Options(
        env="staging",
        rules=rules,
        api_endpoint=google.url,
        timeout_s=timeout_s,
        select=select,
        check_all=True,
        vantage="vpc",
    )
    session = Session(options, machine, Observations(repaired(), reaches=True))
    return session, session.report()


@pytest.fixture(scope="module")
def healthy(rules: Path) -> tuple[Session, tuple[Request, ...]]:
    """The session of a healthy run, and every request it made; its rules all pass or warn."""
    with Emulator(repaired()) as google:
        session, report = judged(rules, google)
    assert report.exit_code == 0
    return session, google.requests


def dependents(session: Session, call: str) -> set[str]:
    """The rules whose verdict rests, at any remove, on a read of this method."""
    return {
        rule.id
        for rule in session.rules
        if rule.meant_for("staging")
        and any(read.call == call for kind in _closed(decisive_kinds_of_rule(rule)) for read in kind.KIND.reads)
    }


def _closed(kinds: Iterable[type[Resource]]) -> set[type[Resource]]:
    """The kinds, and all that must be read to the end to know which calls to make for them."""
    found: set[type[Resource]] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            waiting += decisive_parents(kind)
    return found


def passing(report: Report) -> set[str]:
    """The rules of which nothing failed and nothing is unknown."""
    good = (Status.PASS, Status.SKIPPED)
    return {f.rule for f in report.findings} - {f.rule for f in report.findings if f.status not in good}


def strikes(requests: tuple[Request, ...], fault: Fault) -> Iterator[tuple[str, str]]:
    """Every call of the run (method and path) that the fault can strike, each once."""
    methods = {method.id: method for method in served()}
    for call, path in sorted({(request.call, request.path) for request in requests}):
        if fault.applies(methods[call]):
            yield call, path


@pytest.mark.parametrize("fault", [fault for fault in ALL_FAULTS if fault.name in CLASSES], ids=str)
def test_no_rule_passes_that_depends_on_a_call_which_failed(
    fault: Fault, rules: Path, healthy: tuple[Session, tuple[Request, ...]]
) -> None:
    session, requests = healthy
    struck = list(strikes(requests, fault))
    assert struck
    for call, path in struck:
        # Rules that do not rest on the call are not touched by it; judging them again would take most of the time.
        resting = dependents(session, call)
        # A server that never answers is given up on when the time is up; all others answer at once.
        patience = 0.5 if fault.name == "silence" else 60
        with Emulator(repaired(), Trouble(fault, call, where=path)) as google:
            _, report = judged(rules, google, patience, tuple(sorted(resting)))
        wrongly = passing(report) & resting
        assert not wrongly, f"{fault} at {call} ({path})"
        assert report.exit_code != 0
        assert google.verbs <= {"GET"}


@pytest.mark.parametrize("fault", [fault for fault in ALL_FAULTS if fault.name not in CLASSES], ids=str)
def test_nothing_passes_when_a_fault_strikes_every_call_it_can(
    fault: Fault, rules: Path, healthy: tuple[Session, tuple[Request, ...]]
) -> None:
    session, requests = healthy
    with Emulator(repaired(), Trouble(fault)) as google:
        _, report = judged(rules, google)
    struck = set().union(*(dependents(session, call) for call, _ in strikes(requests, fault)))
    assert struck
    assert not passing(report) & struck
    assert report.exit_code == 3


def test_every_rule_depends_on_some_call(healthy: tuple[Session, tuple[Request, ...]]) -> None:
    session, requests = healthy
    calls = {request.call for request in requests}
    reached = set().union(*(dependents(session, call) for call in calls))
    assert reached == {rule.id for rule in session.rules if rule.meant_for("staging")}


def test_what_a_check_can_weigh_leaves_unknown_only_what_turns_on_it(rules: Path) -> None:
    fault = next(fault for fault in ALL_FAULTS if fault.name == "permission-denied")
    with Emulator(repaired(), Trouble(fault, "dns.managedZones.list")) as google:
        _, report = judged(rules, google)
    unknown = {(f.rule, f.subject) for f in report.findings if f.status is Status.UNKNOWN}
    assert "chat-reaches-redis" in passing(report)
    # It sends everything into the VPC, where a private zone may lead Google's names anywhere; and a zone that was not
    # read may hold a name that was given up.
    assert unknown == {("run-egress", "run/chat-worker"), ("deprecated-names", "project/chat-staging")}


def test_a_fault_that_passes_is_waited_out(rules: Path) -> None:
    passing_fault = next(fault for fault in ALL_FAULTS if fault.name == "rate-limited-429")
    with Emulator(repaired(), Trouble(passing_fault, attempts=2)) as google:
        # All threads' pauses add up on the one clock that they turn forward.
        _, report = judged(rules, google, timeout_s=100_000)
    assert report.exit_code == 0
    assert max(google.calls.values()) >= 3


#: APIs that tell of what exists without them: off, they leave everything undecided that rests on it.
TELLING = ("cloudresourcemanager", "compute", "servicenetworking")


def without_resources(world: World, api: str) -> World:
    """The world without what lives in the API: what it being off amounts to."""
    kinds = (KINDS[described.noun].KIND if described.noun in KINDS else None for described in world.resources)
    pairs = zip(world.resources, kinds, strict=True)
    kept = (row for row, kind in pairs if not (kind and kind.lives_in_its_api and kind.reads[0].api == api))
    return replace(world, resources=tuple(kept))


def passes(report: Report) -> set[tuple[str, str]]:
    return {(finding.rule, finding.subject) for finding in report.findings if finding.status is Status.PASS}


@pytest.mark.parametrize("world", [repaired(), incident()], ids=["repaired", "incident"])
def test_an_api_that_is_off_gives_no_pass_but_those_of_a_world_without_its_resources(
    world: World, rules: Path, healthy: tuple[Session, tuple[Request, ...]]
) -> None:
    _, requests = healthy
    for api in sorted({request.call.partition(".")[0] for request in requests} | {"serviceusage"}):
        with Emulator(world, *switched_off(api)) as google:
            _, off = judged(rules, google)
        with Emulator(without_resources(world, api)) as google:
            _, gone = judged(rules, google)
        assert passes(off) <= passes(gone), api
        own = {noun for noun, kind in KINDS.items() if any(read.api == api for read in kind.KIND.reads)}
        assert not [subject for _, subject in passes(off) if subject.partition("/")[0] in own], api
        undecided = [finding for finding in off.findings if finding.status is Status.UNKNOWN]
        assert undecided or api not in TELLING, api


@pytest.mark.parametrize("api", TELLING)
def test_an_api_that_tells_of_what_exists_without_it_leaves_the_verdict_open(api: str, rules: Path) -> None:
    with Emulator(repaired(), *switched_off(api)) as google:
        _, report = judged(rules, google)
    assert report.exit_code == 3
    assert any(f"{api}.googleapis.com is off" in finding.message for finding in report.findings)
