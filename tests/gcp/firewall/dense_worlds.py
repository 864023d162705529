"""Random networks about order only: few addresses, many policies, rules that often meet and are often in doubt."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.builders import REGION, VPC
from tests.gcp.firewall.naive import World
from tests.gcp.firewall.worlds import GROUPS, SUBNET
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import packets

Json = dict[str, Any]
FEW = packets(addresses(["10.1.0.0/28"]), addresses(["10.1.0.0/28"]), services(6, [(22, 22), (6379, 6379)]))
_BLOCKS = ("10.1.0.0/29", "10.1.0.4/30", "10.0.0.0/8", "0.0.0.0/0", "0.0.0.0/0")
_ACTIONS = ["allow", "deny"] * 4 + ["goto_next"] * 4 + ["apply_security_profile_group"]


@st.composite
def _policy_rules(draw: st.DrawFn, direction: str) -> Json:
    peer = "src" if direction == "INGRESS" else "dest"
    match: Json = {f"{peer}IpRanges": [draw(st.sampled_from(_BLOCKS))]}
    rule: Json = {"direction": direction, "action": draw(st.sampled_from(_ACTIONS)), "match": match}
    if draw(st.integers(0, 9)):
        rule["priority"] = draw(st.integers(0, 6))
    if draw(st.booleans()):
        match["layer4Configs"] = [{"ipProtocol": "tcp", "ports": [draw(st.sampled_from(("22", "6379")))]}]
    # Nothing is known of the target's secure tags: the rule only may apply.
    if not draw(st.integers(0, 2)):
        rule["targetSecureTags"] = [
            {"name": "tagValues/1", "state": draw(st.sampled_from(("EFFECTIVE", "INEFFECTIVE")))}
        ]
    return rule


@st.composite
def _policies(draw: st.DrawFn, direction: str, types: tuple[str, ...]) -> list[Json]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(types))
        policy: Json = {"name": f"p{number}", "type": kind}
        policy["rules"] = draw(st.lists(_policy_rules(direction), min_size=1, max_size=5))
        if kind != "HIERARCHY" and draw(st.integers(0, 6)):
            policy["priority"] = draw(st.sampled_from((1, 2)))
        found.append(policy)
    return found


@st.composite
def _classic_rules(draw: st.DrawFn, direction: str) -> Json:
    peer = "sourceRanges" if direction == "INGRESS" else "destinationRanges"
    rule: Json = {"name": f"r{draw(st.integers(0, 9))}", "direction": direction, "priority": draw(st.integers(0, 2))}
    rule[draw(st.sampled_from(("allowed", "denied")))] = [{"IPProtocol": "all"}]
    rule[peer] = [draw(st.sampled_from(_BLOCKS))]
    return rule | ({"targetTags": ["web"]} if not draw(st.integers(0, 2)) else {})


@st.composite
def dense_worlds(draw: st.DrawFn, direction: str) -> World:
    """A network with the subnet 10.1.0.0/24 whose rules are about its first sixteen addresses."""
    order = draw(st.sampled_from(("AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL", "SOMEHOW")))
    rules = {rule["name"]: rule for rule in draw(st.lists(_classic_rules(direction), max_size=3))}
    regions = draw(st.sampled_from(((), (REGION,), (REGION, "europe-west1"))))
    whole = draw(_policies(direction, ("HIERARCHY", "NETWORK", "NETWORK", "NOVEL")))
    regional = {region: draw(_policies(direction, ("NETWORK_REGIONAL", "SYSTEM_REGIONAL"))) for region in regions}
    return World(
        network={"full": VPC, "networkFirewallPolicyEnforcementOrder": order},
        effective={"firewalls": list(rules.values()), "firewallPolicys": whole},
        regional={region: {"firewallPolicys": policies + whole} for region, policies in regional.items()},
        subnets=(SUBNET,),
        connectors={},
        groups=GROUPS,
    )
