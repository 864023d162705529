"""firewall.shadowed-rule: every rule decides something that would not be decided so without it."""

from __future__ import annotations

import pytest

from checks.firewall.shadowed_rule import Accepted, shadowed_rule
from tests.builders import COMPUTE, PROJECT, VPC, connector, firewalls, network, region_firewalls, rule, subnet, tcp
from tests.judging import codes, verdicts
from validator.check import Fix, Proof, Severity, Skip, Violation
from validator.model.firewall import (
    Association,
    EffectivePolicy,
    FirewallPolicy,
    FirewallRule,
    LogConfig,
    Matcher,
    PolicyRule,
    Ports,
)
from validator.model.resource import Resource


def into(name: str, priority: int, *sources: str, **changes: object) -> FirewallRule:
    fields: dict[str, object] = {"direction": "INGRESS", "priority": priority, "source_ranges": sources}
    if "denied" not in changes:
        fields["allowed"] = tcp("443")
    return rule(name, **(fields | changes))


EVERY = into("every", 100, "10.0.0.0/8")
CLOSED = into("closed", 65000, "0.0.0.0/0", denied=(Ports(protocol="all"),))
PASSES: list[tuple[str, tuple[Resource, ...]]] = [
    ("no rule at all", (firewalls(),)),
    ("one rule", (firewalls(EVERY),)),
    ("a wider rule after a narrow deny", (firewalls(into("no", 1, "10.1.0.0/16", denied=tcp()), EVERY),)),
    (
        "an earlier deny for one tag",
        (firewalls(into("web", 1, "10.0.0.0/8", denied=tcp(), target_tags=("w",)), EVERY),),
    ),
    ("the same rule, disabled", (firewalls(into("off", 1, "0.0.0.0/0", disabled=True), EVERY),)),
    ("a rule Google made for a connector", (firewalls(EVERY, into("aet-x", 200, "10.1.0.0/16")),)),
    ("a rule GKE made", (firewalls(EVERY, into("gke-c-1-vms", 200, "10.1.0.0/16")),)),
    (
        "a deny that logs what the implied one would not",
        (firewalls(EVERY, into("closed", 65000, "0.0.0.0/0", denied=tcp(), log_config=LogConfig(enable=True))),),
    ),
    ("an unknown field in the rule before", (firewalls(into("odd", 1, "10.0.0.0/8", unmodelled=("x",)), EVERY),)),
    ("an unknown field in the rule itself", (firewalls(EVERY, into("odd", 200, "10.1.0.0/16", unmodelled=("x",))),)),
]
SPLIT = (into("low", 1, "10.0.0.0/9"), into("high", 2, "10.128.0.0/9", denied=tcp()))
FAILS: list[tuple[str, tuple[Resource, ...], list[str]]] = [
    ("a rule within an earlier one", (firewalls(EVERY, into("late", 200, "10.1.0.0/16")),), ["SHADOWED_RULE"]),
    (
        "a deny that comes too late",
        (firewalls(EVERY, into("no", 200, "10.1.0.0/16", denied=tcp("443"))),),
        ["SHADOWED_RULE"],
    ),
    ("two halves before the whole", (firewalls(*SPLIT, EVERY),), ["SHADOWED_RULE"]),
    ("a deny the implied rule says as well", (firewalls(EVERY, CLOSED),), ["REDUNDANT_RULE"]),
    ("a narrow allow before a wide one", (firewalls(into("narrow", 1, "10.1.0.0/16"), EVERY),), ["REDUNDANT_RULE"]),
    (
        "an egress rule that the implied one says as well",
        (firewalls(rule("out", destination_ranges=("10.0.0.0/8",))),),
        ["REDUNDANT_RULE"],
    ),
    (
        "a rule that a connector's managed rule takes, listed or not",
        (
            firewalls(
                into(
                    "mine",
                    200,
                    "35.199.224.0/19",
                    allowed=tcp("667"),
                    target_tags=("vpc-connector-us-central1-staging",),
                )
            ),
            connector(),
            subnet(),
        ),
        ["SHADOWED_RULE"],
    ),
]


@pytest.mark.parametrize("rows", [case[1] for case in PASSES], ids=[case[0] for case in PASSES])
def test_passes(rows: tuple[Resource, ...]) -> None:
    (proof,) = verdicts(shadowed_rule, network(), *rows, params=Accepted())
    assert isinstance(proof, Proof)


def test_the_proof_counts_what_was_judged() -> None:
    odd = into("odd", 1, "10.0.0.0/8", unmodelled=("x",))
    (proof,) = verdicts(shadowed_rule, network(), firewalls(odd, EVERY), params=Accepted())
    assert isinstance(proof, Proof)
    assert proof.message == (
        "1 of 2 enabled rules of network/vpc were judged, and without each of them something would change"
    )


def test_to_accept_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="accepts whatever there is"):
        Accepted(allow=("*",))


@pytest.mark.parametrize(("rows", "wanted"), [case[1:] for case in FAILS], ids=[case[0] for case in FAILS])
def test_fails(rows: tuple[Resource, ...], wanted: list[str]) -> None:
    assert codes(shadowed_rule, network(), *rows, params=Accepted()) == wanted


def test_the_message_names_what_takes_the_packets() -> None:
    (found,) = verdicts(shadowed_rule, network(), firewalls(*SPLIT, EVERY), params=Accepted())
    assert found == Violation(
        code="SHADOWED_RULE",
        message="rule every (priority 100) never decides a packet: all it matches is taken before it by rule low "
        "(priority 1), rule high (priority 2)",
        evidence=(VPC, "rule every", "priority=100", "rule low", "rule high"),
        fix=Fix(
            summary="give it a lower priority number than those if it is meant to hold, else delete it",
            gcloud=("gcloud compute firewall-rules delete every --project=acme",),
        ),
    )


def test_a_rule_that_changes_nothing_is_a_remark() -> None:
    (found,) = verdicts(shadowed_rule, network(), firewalls(EVERY, CLOSED), params=Accepted())
    assert isinstance(found, Violation)
    assert found.severity is Severity.INFO
    assert found.message == (
        "rule closed (priority 65000) changes nothing: without it, all it decides is denied just the same by implied "
        "deny of all ingress (priority 65535)"
    )
    assert found.evidence == (VPC, "rule closed", "priority=65000", "implied deny of all ingress")


def test_accepted_rules_stay_and_the_other_of_two_goes() -> None:
    twins = firewalls(EVERY, into("twin", 200, "10.0.0.0/8"))
    (found,) = verdicts(shadowed_rule, network(), twins, params=Accepted(allow=("tw*",)))
    assert isinstance(found, Violation)
    assert (found.code, found.evidence[1]) == ("REDUNDANT_RULE", "rule every")


def test_many_takers_are_counted() -> None:
    slices = [into(f"s{n}", n, f"10.{n * 16}.0.0/12") for n in range(16)]
    (found,) = [
        one
        for one in verdicts(shadowed_rule, network(), firewalls(*slices, EVERY), params=Accepted())
        if isinstance(one, Violation) and one.code == "SHADOWED_RULE"
    ]
    assert found.message.endswith("rule s3 (priority 3), 12 more")
    assert len(found.evidence) == 3 + 16


def test_without_an_answer_nothing_is_said() -> None:
    assert codes(shadowed_rule, network(), params=Accepted()) == ["FIREWALL_CONFIG_NOT_FOUND"]


def test_a_policy_in_a_region_not_read_may_follow_a_rule_but_cannot_undo_what_comes_before_it() -> None:
    guard = FirewallPolicy(
        name="guard", location="us-east1", project=PROJECT, associations=(Association(attachment_target=COMPUTE + VPC),)
    )
    late = into("late", 200, "10.1.0.0/16")
    shadowed, untold = verdicts(shadowed_rule, network(), firewalls(EVERY, late, CLOSED), guard, params=Accepted())
    assert isinstance(shadowed, Violation)
    assert isinstance(untold, Skip)
    assert (shadowed.code, untold.code) == ("SHADOWED_RULE", "FIREWALL_CONFIG_NOT_FOUND")
    assert untold.message == (
        "whether anything would change without closed cannot be told: firewall policies are attached in regions that "
        "were not read: guard (us-east1)"
    )


@pytest.mark.parametrize(("region", "wanted"), [("us-central1", ["SHADOWED_RULE"]), ("europe-west1", [])])
def test_a_region_that_was_not_read_has_no_policies_of_one_that_was(region: str, wanted: list[str]) -> None:
    shut = PolicyRule(action="deny", direction="INGRESS", priority=1, match=Matcher(src_ip_ranges=("0.0.0.0/0",)))
    guard = EffectivePolicy(name="guard", type="NETWORK_REGIONAL", priority=1, rules=(shut,))
    first = network(network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL")
    rows = (firewalls(EVERY), region_firewalls(guard), subnet(location=region))
    assert codes(shadowed_rule, first, *rows, params=Accepted()) == wanted
