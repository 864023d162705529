"""Short ways to spell a network's firewall in the API's JSON, and to ask it."""

from __future__ import annotations

from typing import Any

from tests.builders import REGION
from tests.gcp.firewall.naive import End, World
from tests.gcp.firewall.worlds import GROUPS, SUBNET, firewall, party
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.outcome import Partition
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_addresses

Json = dict[str, Any]
RANGE, LOW, HIGH = "10.1.0.0/28", "10.1.0.0/29", "10.1.0.8/29"
DATABASE = "10.1.0.64/32"
#: A VM of which everything is known, and that carries nothing.
PLAIN = End(tags=(), accounts=(), secure=(), region=REGION)


def asked(source: str = RANGE, destination: str = DATABASE, protocol: int = 6, *ports: int) -> Packets:
    """Packets to tcp:6379 unless said otherwise."""
    spans = [(port, port) for port in ports or (6379,)] if protocol in (6, 17) else None
    return packets(addresses([source]), addresses([destination]), services(protocol, spans))


def classic(verb: str = "allowed", **fields: Any) -> Json:
    """A classic ingress rule for every protocol."""
    base = {"name": f"{verb}-all", "direction": "INGRESS", "priority": 1000, verb: [{"IPProtocol": "all"}]}
    return base | ({} if fields.get("direction") == "EGRESS" else {"sourceRanges": ["0.0.0.0/0"]}) | fields


def rule(action: str = "deny", priority: int | None = 100, *, direction: str = "INGRESS", **fields: Any) -> Json:
    """A policy's rule, by default for everything; fields of its matcher start with "src", "dest" or "layer4"."""
    given = {"action": action, "direction": direction} | ({} if priority is None else {"priority": priority})
    match = {name: value for name, value in fields.items() if name.startswith(("src", "dest", "layer4"))}
    if direction == "INGRESS" and not any(name.startswith("src") for name in match):
        match["srcIpRanges"] = ["0.0.0.0/0"]
    if direction == "EGRESS" and not any(name.startswith("dest") for name in match):
        match["destIpRanges"] = ["0.0.0.0/0"]
    return given | {name: value for name, value in fields.items() if name not in match} | {"match": match}


def policy(*rules: Json, kind: str = "NETWORK", name: str = "guard", **fields: Any) -> Json:
    """A policy with these rules; without a priority where the API gives none."""
    priority = {} if kind == "HIERARCHY" else {"priority": 1000}
    return {"name": name, "type": kind, "displayName": name, "rules": list(rules)} | priority | fields


def world(
    *parts: Json, order: str = "AFTER_CLASSIC_FIREWALL", regional: dict[str, list[Json]] | None = None, **fields: Any
) -> World:
    """A network with one subnet, these classic rules and policies, and regional policies in the region."""
    full = "projects/acme/global/networks/vpc"
    effective = {
        "firewalls": [part for part in parts if "match" not in part and "rules" not in part],
        "firewallPolicys": [part for part in parts if "rules" in part],
    }
    answers = {REGION: [], **(regional or {})}
    given: Json = {
        "network": {"full": full, "networkFirewallPolicyEnforcementOrder": order},
        "effective": effective,
        "regional": {region: {"firewallPolicys": policies} for region, policies in answers.items()},
        "subnets": (SUBNET,),
        "connectors": {},
        "groups": GROUPS,
    }
    return World(**(given | fields))


def judge(
    network: World,
    of: Packets | None = None,
    *,
    direction: Direction = "INGRESS",
    target: End = PLAIN,
    sender: End = PLAIN,
) -> Partition:
    """The product's answer."""
    return firewall(network).judge(
        asked() if of is None else of, direction=direction, target=party(target), sender=party(sender)
    )


def summary(partition: Partition) -> dict[str, str]:
    """Source addresses by fate."""
    sets = {"allow": partition.allowed, "deny": partition.denied, "undecided": partition.undecided}
    return {fate: spell_addresses(some.sources) for fate, some in sets.items() if some}


def why(partition: Partition) -> list[str]:
    """The codes of what is undecided."""
    return [piece.doubt.code for piece in partition.pieces if piece.doubt]
