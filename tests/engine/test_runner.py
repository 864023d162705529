"""What the engine makes of a check's answers, of gaps, and of selectors."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import pytest

from tests.builders import address_group, connector, network, redis, service, subnet
from tests.engine.rules import inventory, loaded, reading, rule
from tests.judging import ACME
from validator.check import (
    Environment,
    Fix,
    Moment,
    Params,
    Partial,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdicts,
    Violation,
)
from validator.engine.findings import Finding, Status
from validator.engine.runner import judge
from validator.model.addressgroup import AddressGroup
from validator.model.certificate import ManagedSsl, SslCertificate
from validator.model.connector import Connector
from validator.model.network import Network, Subnetwork
from validator.model.outcome import Cause, Outcome
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.selector import AddressBlock

REFUSED = "was refused: compute.subnetworks.list is missing"
DENIED = Outcome(cause=Cause.PERMISSION_DENIED, message=REFUSED, fix="grant it")


def well(_subject: Connector) -> Verdicts:
    yield Proof(message="it is READY", evidence=("state=READY",))


def broken(subject: Connector) -> Verdicts:
    yield Violation(code="BROKEN", message=f"{subject.short} is broken", fix=Fix(summary="mend it"))


def needs_subnets(_subject: Connector, *, subnets: Table[Subnetwork]) -> Verdicts:
    yield Proof(message=f"{len(subnets)} subnets looked at")


def needs_certificates(_subject: Connector, *, certificates: Table[SslCertificate]) -> Verdicts:
    yield Proof(message=f"{len(certificates)} certificates looked at")


def needs_groups(_subject: Connector, *, groups: Partial[AddressGroup]) -> Verdicts:
    if not groups.complete:
        yield Undecided(code="GROUP_NOT_READ", message="group offices was not read")


def needs_no_group(_subject: Connector, *, groups: Partial[AddressGroup]) -> Verdicts:
    yield Proof(message=f"none of {len(groups.table)} groups matters")


class Wanted(Params, frozen=True, kw_only=True):
    """The state a connector must have."""

    state: str


def stated(subject: Connector, *, params: Wanted, environment: Environment, at: Moment) -> Verdicts:
    if subject.state != params.state:
        yield Violation(code="STATE", message=f"{subject.state} in {environment.project} on {at.date()}")


def statuses(*findings: Finding) -> list[tuple[str, Status, str]]:
    return [(finding.subject, finding.status, finding.code) for finding in findings]


def test_a_check_that_yields_only_proof_passes_and_says_why() -> None:
    (finding,) = judge([rule(well)], inventory(connector()))
    assert (finding.status, finding.message, finding.evidence) == (Status.PASS, "it is READY", ("state=READY",))


def test_each_violation_becomes_a_failure_with_its_fix() -> None:
    (finding,) = judge([rule(broken, "connector/staging")], inventory(connector()))
    assert (finding.status, finding.code, finding.fix) == (Status.FAIL, "BROKEN", Fix(summary="mend it"))


def test_a_violation_may_weigh_less_than_its_rule_but_never_more() -> None:
    def grave(_subject: Connector) -> Verdicts:
        yield Violation(code="LIGHT", message="m", severity=Severity.INFO)
        yield Violation(code="HEAVY", message="m", severity=Severity.ERROR)

    found = judge([rule(grave, severity=Severity.WARNING)], inventory(connector()))
    assert {finding.code: finding.severity for finding in found} == {
        "LIGHT": Severity.INFO,
        "HEAVY": Severity.WARNING,
    }


@pytest.mark.parametrize(("answer", "status"), [(Undecided, Status.UNKNOWN), (Skip, Status.SKIPPED)])
def test_undecided_and_skipped_are_no_passes(answer: type[Undecided | Skip], status: Status) -> None:
    def unsure(_subject: Connector) -> Verdicts:
        yield Proof(message="half of it is fine")
        yield answer(code="HALF", message="the other half is not known")

    (finding,) = judge([rule(unsure)], inventory(connector()))
    assert finding.status is status


def test_a_crash_is_an_error_that_names_the_place() -> None:
    def crashes(subject: Connector) -> Verdicts:
        yield Violation(code="X", message=str(1 // subject.min_throughput))

    (finding,) = judge([rule(crashes)], inventory(connector(min_throughput=0)))
    assert finding.status is Status.ERROR
    assert "ZeroDivisionError" in finding.message
    assert "test_runner.py" in finding.message


def test_a_need_that_was_not_read_makes_the_verdict_unknown_and_the_check_is_not_called() -> None:
    gap = reading("subnet", subnet(), outcome=DENIED)
    (finding,) = judge([rule(needs_subnets, "connector/staging")], inventory(connector(), gaps=[gap]))
    assert (finding.status, finding.code) == (Status.UNKNOWN, "PERMISSION_DENIED")
    assert "compute.subnetworks.list is missing" in finding.message
    assert finding.fix == Fix(summary="grant it")


def test_a_kind_the_recording_never_held_makes_the_verdict_unknown() -> None:
    recorded = inventory(connector(), kinds=["connector"])
    (finding,) = judge([rule(needs_subnets, "connector/staging")], recorded)
    assert (finding.status, finding.code) == (Status.UNKNOWN, "NOT_RECORDED")


def test_a_resource_named_outright_that_does_not_exist_fails() -> None:
    (finding,) = judge([rule(well, "connector/gone")], inventory(connector()))
    assert (finding.status, finding.code) == (Status.FAIL, "RESOURCE_CONFIG_NOT_FOUND")
    assert "rules.yaml:7" in (finding.fix.summary if finding.fix else "")


def test_a_named_resource_that_may_hide_in_an_unread_region_is_unknown_not_missing() -> None:
    gap = reading("connector", outcome=DENIED)
    (finding,) = judge([rule(well, "connector/gone")], inventory(connector(), gaps=[gap]))
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize("selector", ["connector/staging", "connector/st*"])
def test_nothing_passes_whose_own_kind_was_not_read_to_the_end(selector: str) -> None:
    gap = reading("connector", outcome=DENIED)
    found = judge([rule(well, selector)], inventory(connector(), gaps=[gap]))
    assert {finding.status for finding in found} == {Status.UNKNOWN}


def test_what_was_read_and_fails_is_proven_although_the_rest_was_not_read() -> None:
    gap = reading("connector", outcome=DENIED)
    found = judge([rule(broken)], inventory(connector(), gaps=[gap]))
    assert statuses(*found) == [
        ("connector/*", Status.UNKNOWN, "PERMISSION_DENIED"),
        ("connector/staging", Status.FAIL, "BROKEN"),
    ]


def test_a_glob_that_matches_nothing_is_unknown_so_that_an_empty_gate_is_never_green() -> None:
    (finding,) = judge([rule(well, "connector/prod-*")], inventory(connector()))
    assert (finding.status, finding.code) == (Status.UNKNOWN, "NO_SUBJECTS")


def test_allow_empty_turns_that_into_a_skip_with_the_reason() -> None:
    (finding,) = judge([rule(well, "connector/prod-*", allow_empty=True)], inventory(connector()))
    assert (finding.status, finding.message) == (
        Status.SKIPPED,
        "there is no connector/prod-* in acme (us-central1 only)",
    )


def test_allow_empty_does_not_excuse_an_unread_kind() -> None:
    gap = reading("connector", outcome=DENIED)
    (finding,) = judge([rule(well, allow_empty=True)], inventory(gaps=[gap]))
    assert finding.status is Status.UNKNOWN


def test_without_subjects_a_rule_judges_every_one_of_its_kinds() -> None:
    def either(_subject: RedisInstance | RedisCluster) -> Verdicts:
        yield Proof(message="seen")

    found = judge([rule(either)], inventory(redis("a"), redis("b")))
    assert [finding.subject for finding in found] == ["redis/a", "redis/b"]


def test_subjects_of_regions_outside_the_environment_are_left_out_of_globs() -> None:
    found = judge([rule(well)], inventory(connector(), connector("far", region="europe-west1")))
    assert [finding.subject for finding in found] == ["connector/staging"]


def test_two_subjects_of_one_name_are_told_apart_by_region() -> None:
    environment = msgspec.structs.replace(ACME, regions=())
    both = inventory(connector(), connector(region="europe-west1"), environment=environment)
    found = judge([rule(well)], both)
    assert [f.subject for f in found] == ["connector/europe-west1/staging", "connector/us-central1/staging"]


def test_two_networks_of_one_name_are_told_apart_by_project() -> None:
    def seen(_subject: Network) -> Verdicts:
        yield Proof(message="seen")

    rows = (network(), network(project="acme-host", self_link="projects/acme-host/global/networks/vpc"))
    found = judge([rule(seen, "network/vpc")], inventory(*rows))
    assert [f.subject for f in found] == ["network/acme-host/vpc", "network/acme/vpc"]
    (only,) = judge([rule(seen, "network/acme-host/vpc")], inventory(*rows))
    assert only.subject == "network/vpc"


def test_a_rule_of_another_environment_is_skipped_with_the_reason() -> None:
    (finding,) = judge([rule(broken, environments=("prod",))], inventory(connector()))
    assert (finding.status, finding.message) == (Status.SKIPPED, "meant for prod, not for staging")


def test_a_range_written_into_the_rule_is_a_subject_of_its_own() -> None:
    def block(subject: AddressBlock | Connector) -> Verdicts:
        yield Violation(code="SEEN", message=subject.short)

    (finding,) = judge([rule(block, "cidr:10.0.0.0/8")], inventory(connector()))
    assert (finding.subject, finding.message) == ("cidr:10.0.0.0/8", "10.0.0.0/8")


def test_parameters_environment_and_moment_reach_the_check() -> None:
    made = rule(stated, check=loaded(stated, params=Wanted), params=Wanted(state="READY"))
    found = judge([made], inventory(connector(), connector("b", state="ERROR")))
    assert [finding.status for finding in found] == [Status.FAIL, Status.PASS]
    assert found[0].message == "ERROR in acme on 2026-11-20"


def test_the_order_of_arrival_changes_nothing() -> None:
    rows = [connector("a"), connector("b", state="ERROR"), network(), subnet(), service()]
    rules = [rule(well, id="one"), rule(broken, id="two"), rule(needs_subnets, id="three")]
    forwards = judge(rules, inventory(*rows))
    assert judge(list(reversed(rules)), inventory(*reversed(rows))) == forwards


def test_a_gap_whose_items_cannot_be_hashed_is_told_like_any_other() -> None:
    half_read = SslCertificate(name="web", managed=ManagedSsl(domain_status={"a.example": "ACTIVE"}))
    gap = reading("certificate", half_read, outcome=DENIED)
    (finding,) = judge([rule(needs_certificates, "connector/staging")], inventory(connector(), gaps=[gap]))
    assert finding.status is Status.UNKNOWN


NO_VERDICTS: list[tuple[str, Any]] = [
    ("a text", "fine"),
    ("nothing", None),
    ("evidence in a list is no harm", Violation(code="X", message="m", evidence=["a"])),  # type: ignore[arg-type]
    ("a message that is a number", Violation(code="X", message=3)),  # type: ignore[arg-type]
    ("a fix that is a text", Violation(code="X", message="m", fix="mend it")),  # type: ignore[arg-type]
    ("a severity nobody knows", Violation(code="X", message="m", severity="grave")),  # type: ignore[arg-type]
    ("proof without words", Proof(message=None)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("verdict", [verdict for _, verdict in NO_VERDICTS], ids=[name for name, _ in NO_VERDICTS])
def test_what_a_check_yields_wrongly_is_a_crash_or_a_failure_and_never_a_pass(verdict: Any) -> None:
    def odd(_subject: Connector) -> Verdicts:
        yield verdict

    (finding,) = judge([rule(odd)], inventory(connector()))
    assert finding.status in (Status.ERROR, Status.FAIL)


def test_a_check_that_leaves_the_process_is_a_crash() -> None:
    def leaves(_subject: Connector) -> Verdicts:
        yield Proof(message="all is well")
        sys.exit(0)

    (finding,) = judge([rule(leaves)], inventory(connector()))
    assert (finding.status, finding.code) == (Status.ERROR, "CHECK_CRASHED")


def test_a_gap_in_a_partial_need_is_left_to_the_check_to_weigh() -> None:
    unread = inventory(connector(), gaps=[reading("address-group", outcome=DENIED)])
    undecided, passed = judge([rule(needs_groups, id="a"), rule(needs_no_group, id="b")], unread)
    assert (undecided.status, undecided.code) == (Status.UNKNOWN, "GROUP_NOT_READ")
    assert (passed.status, passed.message) == (Status.PASS, "none of 0 groups matters")


def test_a_gap_still_counts_where_the_kind_is_judged_itself() -> None:
    def any_group(_subject: AddressGroup) -> Verdicts:
        yield Proof(message="there is a group")

    partial = inventory(address_group("offices"), gaps=[reading("address-group", outcome=DENIED)])
    assert {finding.status for finding in judge([rule(any_group)], partial)} == {Status.UNKNOWN}
