"""Probes are made only where they are asked for; a rule that needs one is skipped without, never passed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec
import pytest

from tests.builders import connector, network
from tests.engine.rules import inventory, loaded, reading, rule
from tests.judging import ACME
from validator.check import Maybe, Partial, Proof, Table, Undecided, Verdicts
from validator.engine.findings import Finding, Status
from validator.engine.planner import plan
from validator.engine.ruleset import Rule
from validator.engine.runner import judge
from validator.engine.selection import select
from validator.model.connector import Connector
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.network import Network
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Kind, Probe, Resource, Target, target
from validator.model.table import Table as Rows


def _each_connector(environment: Environment, connectors: Rows[Connector]) -> Iterator[Target]:
    for row in connectors:
        yield target(environment.project, at=row.short)


class Echo(Resource, frozen=True, kw_only=True):
    """What a connector said to a made-up probe."""

    KIND: ClassVar[Kind] = Kind(
        noun="echo", probe=Probe(name="connector.echo", targets=_each_connector, each="each connector")
    )


class Wide(msgspec.Struct, frozen=True):
    """A fact about networks."""

    count: int

    @classmethod
    def derive(cls, *, networks: Table[Network]) -> Wide:
        return cls(len(networks))


def must_answer(subject: Connector, *, echoes: Table[Echo]) -> Verdicts:
    if subject.short not in {echo.name for echo in echoes}:
        yield Undecided(code="SILENT", message="it said nothing")
    yield Proof(message="it answered")


def may_answer(_subject: Connector, *, echoes: Partial[Echo]) -> Verdicts:
    yield Proof(message=f"{len(echoes.table)} echoes, complete: {echoes.complete}")


def can_do_without(_subject: Connector, *, wide: Maybe[Wide]) -> Verdicts:
    yield Proof(message=f"{wide.value.count} networks" if wide.value else f"unread: {', '.join(wide.unread)}")


def found(one: Rule, rows: Inventory) -> tuple[Status, str, str]:
    finding: Finding = judge([one], rows)[0]
    return finding.status, finding.code, finding.message


def observed(*names: str, outcome: Outcome = Outcome()) -> Inventory:  # noqa: B008 - frozen
    """A connector, and what its probe gave."""
    echoes = tuple(Echo(name=name) for name in names)
    made = Reading(kind="echo", call="probe.connector.echo", target=target("acme", at="web"), outcome=outcome)
    kinds = ("connector", "echo", "network")
    return inventory(connector("web"), gaps=(msgspec.structs.replace(made, items=echoes),), kinds=kinds)


def test_a_probe_is_planned_only_for_a_rule_that_asks_for_it() -> None:
    assert plan([rule(must_answer)]).kinds == (), "a rule that will be skipped needs nothing"
    assert Echo not in plan([rule(may_answer)]).kinds
    planned = plan([rule(must_answer, probing=True)])
    assert [probe.name for probe in planned.probes] == ["connector.echo"]
    assert planned.kinds.index(Connector) < planned.kinds.index(Echo)
    assert planned.permissions(ACME) == ("vpcaccess.connectors.list",)


def test_a_rule_that_needs_a_probe_is_skipped_with_the_reason_where_none_is_asked_for() -> None:
    status, code, message = found(rule(must_answer), observed("web"))
    assert (status, code) == (Status.SKIPPED, "PROBE_NOT_ASKED_FOR")
    assert message == "needs real connections (connector.echo): --check-all makes them, or --check the-rule"


def test_a_rule_that_can_weigh_a_missing_probe_judges_without_it() -> None:
    without = inventory(connector("web"), kinds=("connector",))
    assert found(rule(may_answer), without) == (Status.PASS, "", "0 echoes, complete: False")
    assert found(rule(may_answer, probing=True), observed("web"))[2] == "1 echoes, complete: True"


def test_what_was_observed_is_judged_like_anything_read() -> None:
    assert found(rule(must_answer, probing=True), observed("web"))[0] is Status.PASS
    assert found(rule(must_answer, probing=True), observed())[:2] == (Status.UNKNOWN, "SILENT")


def test_a_probe_that_went_wrong_itself_leaves_the_rule_unknown() -> None:
    crashed = Outcome(cause=Cause.PROBE_CRASHED, message="went wrong itself: KeyError at echo.py:7")
    status, _, message = found(rule(must_answer, probing=True), observed(outcome=crashed))
    assert status is Status.UNKNOWN
    assert message == "not known: probe.connector.echo of web went wrong itself: KeyError at echo.py:7"


def test_a_recording_without_the_probe_leaves_the_rule_unknown_and_says_how_to_record_it() -> None:
    finding = judge([rule(must_answer, probing=True)], inventory(connector("web"), kinds=("connector",)))[0]
    assert finding.status is Status.UNKNOWN
    assert finding.fix is not None
    assert "validate-infra snapshot --check-all -o FILE" in f"{finding.fix.summary} {finding.fix.gcloud}"


def test_a_fact_that_one_can_do_without_is_none_where_it_was_not_read() -> None:
    denied = Outcome(cause=Cause.PERMISSION_DENIED, message="was refused")
    whole = inventory(connector("web"), network())
    assert found(rule(can_do_without), whole) == (Status.PASS, "", "1 networks")
    partly = inventory(connector("web"), network(), gaps=(reading("network", outcome=denied),))
    assert found(rule(can_do_without), partly) == (Status.PASS, "", "unread: network")
    assert Network in plan([rule(can_do_without)]).kinds


@pytest.mark.parametrize(
    ("names", "probing"),
    [
        ((), False),
        (("test",), False),
        (("test.*",), False),
        (("test.check",), True),
        (("the-rule",), True),
    ],
    ids=["nothing", "the family", "a glob", "the check", "the rule"],
)
def test_only_a_rule_or_check_that_is_named_outright_is_probed_without_being_asked(
    names: tuple[str, ...],
    probing: bool,  # noqa: FBT001 - a column of the table
) -> None:
    (chosen,) = select([rule(must_answer, check=loaded(must_answer))], names)
    assert chosen.probing is probing
    (all_of_them,) = select([rule(must_answer)], names, probing=True)
    assert all_of_them.probing
