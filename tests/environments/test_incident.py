"""The incident differs from the repaired estate in its faults and in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.world import World
from tests.environments.incident import FAULTS, faulty, incident
from tests.environments.repaired import repaired


def differences(one: World, other: World) -> set[str]:
    """Labels of what is described differently, or in one of the two only."""
    first, second = ({f"{d.collection}/{d.label}": d for d in world.resources} for world in (one, other))
    return {
        (first.get(key) or second[key]).label
        for key in first.keys() | second.keys()
        if first.get(key) != second.get(key)
    }


TOUCHED = {
    "connector-network": {"connector/chat-connector"},
    "firewall": {"firewall/staging-allow-connector-redis-egress"},
    "redis-host": {"run/chat-api"},
    "certificate": {
        "certificate/chat-staging-2026",
        "certificate/chat-staging-wildcard",
        "certificate/chat-wildcard",
        "target-https-proxy/chat-https",
        "url-map/chat",
    },
    "deprecated-domain": {"url-map/chat"},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_alone_touches_only_its_own_resources(name: str) -> None:
    assert differences(repaired(), faulty(name)) == TOUCHED[name]


def test_the_incident_is_all_faults_without_the_decorative_rules() -> None:
    decorative = {"firewall/allow-redis-ingress", "firewall/allow-cloud-run-egress"}
    assert differences(repaired(), incident()) == decorative.union(*TOUCHED.values())


def test_the_incident_has_each_fault() -> None:
    world = incident()
    redis = world.one("redis/chat-cache").body
    assert world.one("connector/chat-connector").body["network"] == "default"
    assert redis["authorizedNetwork"] == "projects/chat-staging/global/networks/staging-vpc"
    env = {
        each["name"]: each.get("value") for each in world.one("run/chat-api").body["template"]["containers"][0]["env"]
    }
    assert (env["REDIS_HOST"], redis["host"]) == ("10.166.204.99", "10.166.204.83")
    hosts = [host for rule in world.one("url-map/chat").body["hostRules"] for host in rule["hosts"]]
    assert hosts == ["app.staging.chat.example", "*.chat.example", "api-old.chat.example"]
    names = world.one("certificate/chat-wildcard").body["subjectAlternativeNames"]
    assert names == ["*.chat.example", "chat.example"]


@pytest.mark.parametrize("network", ["staging-vpc", "default"])
def test_in_the_incident_only_the_deny_all_speaks_of_the_connector_and_redis(network: str) -> None:
    rules = [d.body for d in incident().resources if d.noun == "firewall" and d.body["network"].endswith(f"/{network}")]
    allowing = [rule["name"] for rule in rules if "allowed" in rule and lets_connector_to_redis(rule)]
    denying = [rule["name"] for rule in rules if "denied" in rule and rule["direction"] == "EGRESS"]
    assert (allowing, len(denying)) == ([], 1)


def test_repaired_one_rule_lets_the_connector_to_redis() -> None:
    rules = [d.body for d in repaired().resources if d.noun == "firewall"]
    assert [r["name"] for r in rules if lets_connector_to_redis(r)] == ["staging-allow-connector-redis-egress"]


def lets_connector_to_redis(rule: Mapping[str, Any]) -> bool:
    to = rule.get("destinationRanges", [])
    tags = rule.get("targetTags", ["vpc-connector"])
    ports = [port for allowed in rule.get("allowed", ()) for port in allowed["ports"]]
    return "10.166.204.83/32" in to and "vpc-connector" in tags and "6379" in ports
