"""connector.plumbing finds what keeps Google's own traffic from a connector."""

from __future__ import annotations

import pytest

from checks.connector.plumbing import plumbing
from tests.builders import COMPUTE, connector, firewalls, network, project, region_firewalls, rule, subnet, tcp
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.connector import Connector, ConnectorSubnet
from validator.model.firewall import EffectivePolicy, FirewallRule, Layer4, Matcher, PolicyRule, Ports
from validator.model.resource import Resource

SERVERLESS, HEALTH = "35.199.224.0/19", "35.191.0.0/16"
TAG = ("vpc-connector-us-central1-staging",)
HOST_VPC = "projects/host/global/networks/shared"
CONTROL = (Ports(protocol="tcp", ports=("667",)), Ports(protocol="udp", ports=("665-666",)), Ports(protocol="icmp"))


def deny(direction: str, priority: int, *ranges: str) -> FirewallRule:
    """A rule that denies everything from or to the ranges."""
    peers = "source_ranges" if direction == "INGRESS" else "destination_ranges"
    everything = (Ports(protocol="all"),)
    fields = {"direction": direction, "priority": priority, "allowed": (), "denied": everything, peers: ranges}
    return rule("deny-all", **fields)


def policy(kind: str, action: str) -> EffectivePolicy:
    """A policy that does the same with all ingress."""
    everything = Matcher(src_ip_ranges=("0.0.0.0/0",), layer4_configs=(Layer4(ip_protocol="all"),))
    rules = (
        PolicyRule(action=action, direction="INGRESS", priority=10, match=everything),
        PolicyRule(
            action="goto_next", direction="EGRESS", priority=2147483647, match=Matcher(dest_ip_ranges=("0.0.0.0/0",))
        ),
        PolicyRule(
            action="goto_next", direction="INGRESS", priority=2147483646, match=Matcher(src_ip_ranges=("0.0.0.0/0",))
        ),
    )
    return EffectivePolicy(name="p", short_name="p", type=kind, priority=1000, rules=rules)


def world(*rules: FirewallRule, policies: tuple[EffectivePolicy, ...] = (), **fields: str) -> tuple[Resource, ...]:
    """The network of the connector with these rules."""
    return network(**fields), firewalls(*rules, policies=policies), region_firewalls(*policies)


PASSES = {
    "Google's own rules are enough": world(),
    "a deny behind Google's rules": world(deny("INGRESS", 101, "0.0.0.0/0"), deny("EGRESS", 101, "0.0.0.0/0")),
    "a deny before them for others": world(deny("INGRESS", 10, "10.0.0.0/8")),
    "a network policy's deny after classic rules": world(policies=(policy("NETWORK", "deny"),)),
    "a hierarchical policy that hands on": world(policies=(policy("HIERARCHY", "goto_next"),)),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Resource, ...]) -> None:
    assert [type(found) for found in verdicts(plumbing, connector(), *rows)] == [Proof]


SERVERLESS_LOST, HEALTH_LOST = "VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED", "VPC_CONNECTOR_HEALTH_CHECK_TRAFFIC_BLOCKED"
FAILS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a deny of all ingress before Google's rules": (
        world(deny("INGRESS", 99, "0.0.0.0/0")), [SERVERLESS_LOST, HEALTH_LOST],
    ),
    "a deny of the same priority, which wins": (
        world(deny("INGRESS", 100, "0.0.0.0/0")), [SERVERLESS_LOST, HEALTH_LOST],
    ),
    "a deny of the health checks only": (world(deny("INGRESS", 50, HEALTH)), [HEALTH_LOST]),
    "a deny of half of the serverless range": (world(deny("INGRESS", 50, "35.199.240.0/20")), [SERVERLESS_LOST]),
    "a deny of the answers": (world(deny("EGRESS", 50, SERVERLESS)), [SERVERLESS_LOST]),
    "a hierarchical policy's deny": (world(policies=(policy("HIERARCHY", "deny"),)), [SERVERLESS_LOST, HEALTH_LOST]),
    "a network policy's deny before classic rules": (
        world(
            policies=(policy("NETWORK", "deny"),),
            network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
        ),
        [SERVERLESS_LOST, HEALTH_LOST],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(plumbing, connector(), *rows) == expected


def test_a_failure_names_the_rule_the_packets_and_the_rule_to_create() -> None:
    found = verdicts(plumbing, connector(), *world(deny("INGRESS", 50, HEALTH)))[0]
    assert isinstance(found, Violation)
    assert "connector/staging on vpc" in found.message
    assert "rule deny-all (priority 50)" in found.message
    assert found.fix
    assert "--priority=49" in found.fix.gcloud[0]
    assert f"--target-tags={TAG[0]}" in found.fix.gcloud[0]


def shared(*rules: FirewallRule) -> tuple[Connector, tuple[Resource, ...]]:
    """A connector of a service project in a subnet of the host, whose rules those are."""
    one = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="serverless", project_id="host"))
    place = subnet(
        "serverless",
        project="host",
        ip_cidr_range="10.8.0.0/28",
        network=COMPUTE + HOST_VPC,
        self_link=f"{COMPUTE}projects/host/regions/us-central1/subnetworks/serverless",
    )
    vpc = network("shared", project="host", self_link=COMPUTE + HOST_VPC)
    fire = firewalls(*rules, network=HOST_VPC, project="host")
    return one, (project("host", "987"), vpc, place, fire, region_firewalls(network=HOST_VPC, project="host"))


def test_on_a_shared_vpc_the_host_must_hold_the_rules() -> None:
    one, rows = shared()
    found = [verdict for verdict in verdicts(plumbing, one, *rows) if isinstance(verdict, Violation)]
    assert [verdict.code for verdict in found] == [SERVERLESS_LOST, HEALTH_LOST]
    assert "Google adds no rules for a connector of a service project" in found[0].message


def test_on_a_shared_vpc_explicit_rules_are_enough() -> None:
    into = {"direction": "INGRESS", "target_tags": TAG}
    one, rows = shared(
        rule("serverless", allowed=CONTROL, source_ranges=(SERVERLESS,), **into),
        rule("health", allowed=tcp("667"), source_ranges=(HEALTH, "35.191.192.0/18", "130.211.0.0/22"), **into),
    )
    assert codes(plumbing, one, *rows) == []


def test_a_connector_of_unknown_place_is_undecided() -> None:
    lost = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="gone", project_id="acme"))
    (found,) = verdicts(plumbing, lost, *world())
    assert isinstance(found, Undecided)
    assert found.code == "SOURCE_RANGE_UNKNOWN"
