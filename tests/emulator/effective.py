"""What takes effect on a network, derived from the firewall rules and policies described for it.

https://cloud.google.com/compute/docs/reference/rest/v1/networks/getEffectiveFirewalls
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.emulator.answers import Call
from tests.emulator.world import Described, World


def effective_firewalls(world: World, call: Call) -> dict[str, Any] | None:
    """The answer for one network, regional policies only in an answer for a region; None without such a network."""
    name, region = call.arguments["network"].rsplit("/", 1)[-1], call.arguments.get("region", "")
    networks = {own.name for own in world.resources if own.noun == "network" and _in(own, call.project)}
    if name not in networks:
        return None
    link = f"projects/{call.project}/global/networks/{name}"
    rules = [rule.body for rule in world.resources if rule.noun == "firewall" and _about(rule.body["network"], link)]
    policies = [*_hierarchical(world, region), *_attached(world, call.project, link, region)]
    found = {"firewalls": rules, "firewallPolicys": policies}
    return {name: rows for name, rows in found.items() if rows}


def _hierarchical(world: World, region: str) -> Iterator[dict[str, Any]]:
    for policy in world.resources:
        if policy.noun == "hierarchical-policy":
            short = {} if region else {"shortName": policy.body["shortName"]}
            yield _policy(policy.body, "HIERARCHY") | {"displayName": policy.body["shortName"]} | short


def _attached(world: World, project: str, link: str, region: str) -> Iterator[dict[str, Any]]:
    types = {f"projects/{project}/global/firewallPolicies": "NETWORK"}
    if region:
        types[f"projects/{project}/regions/{region}/firewallPolicies"] = "NETWORK_REGIONAL"
    for policy in world.resources:
        if policy.noun != "firewall-policy" or policy.collection not in types:
            continue
        for association in policy.body.get("associations", ()):
            if _about(association["attachmentTarget"], link):
                yield _policy(policy.body, types[policy.collection]) | {"priority": association.get("priority", 1000)}


def _policy(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {"name": body["name"], "type": kind, "rules": body.get("rules", [])}


def _about(reference: str, link: str) -> bool:
    return f"/{reference}".endswith(f"/{link}")


def _in(described: Described, project: str) -> bool:
    return described.collection == f"projects/{project}/global/networks"
