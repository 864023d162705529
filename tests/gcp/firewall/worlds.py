"""Random networks, as the APIs tell of them, and random ends of a flow."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.builders import REGION, VPC, connector, project, subnet
from tests.builders import network as network_row
from tests.gcp.firewall.naive import End, World
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.party import Party
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import packets
from validator.model.addressgroup import AddressGroup
from validator.model.firewall import Effective, NetworkFirewalls, RegionFirewalls
from validator.model.resource import Resource
from validator.model.table import Table

SUBNET, RANGE = "10.1.0.0/24", "10.2.0.0/28"
TAG = connector().tags[1]
GROUPS = {
    "projects/acme/locations/global/addressGroups/low": ("10.1.0.0/29", "8.8.8.0/31"),
    "organizations/77/locations/global/addressGroups/six": ("fd00::/126",),
}
BLOCKS = (
    *("10.1.0.0/29", "10.1.0.4/30", "10.1.0.6", "10.1.0.3/29", "10.0.0.0/8", "0.0.0.0/0", RANGE, "10.2.0.8/29"),
    *("8.8.8.0/30", "8.8.8.1", "35.191.0.0/16", "fd00::/125", "::/0", "x", "10.0.0.0/33"),
)
PORTS = ("22", "20-30", "25-6379", "0-65535", "6379", "9-1", "70000", "http")
PROTOCOLS = ("tcp", "tcp", "tcp", "all", "all", "TCP", "6", "udp", "17", "icmp", "sctp", "47", "89", "300", "bogus")
_ENDS = addresses(("10.1.0.0/29", "10.1.0.250/31", RANGE, "10.9.0.0/31", "8.8.8.0/30", "35.191.0.0/31", "fd00::/125"))
_SERVICES = services(6, [(20, 31), (6378, 6380)]) | services(17, [(22, 23)])
ASKED = packets(_ENDS, _ENDS | addresses(("169.254.169.254",)), _SERVICES | services(1) | services(47) | services(89))
TAGS, SECURE, ACCOUNTS = ("web", "db", TAG, "vpc-connector"), ("tagValues/1", "tagValues/2"), ("a@x", "b@x")
NETWORKS = (f"https://www.googleapis.com/compute/v1/{VPC}", "projects/acme/global/networks/other", VPC)

Json = dict[str, Any]


def few(values: tuple[str, ...], most: int = 2, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


def rarely(draw: st.DrawFn, one_in: int = 8) -> bool:
    return draw(st.integers(1, one_in)) == one_in


@st.composite
def entries(draw: st.DrawFn, protocol: str) -> list[Json]:
    count = draw(st.integers(1, 2))
    return [
        {protocol: draw(st.sampled_from(PROTOCOLS))} | ({"ports": ports} if (ports := draw(few(PORTS))) else {})
        for _ in range(count)
    ]


def other(direction: str) -> str:
    return "EGRESS" if direction == "INGRESS" else "INGRESS"


@st.composite
def classic_rules(draw: st.DrawFn, asked: str) -> Json:
    direction = other(asked) if rarely(draw) else asked
    accounts = draw(st.booleans())
    kind, names = ("ServiceAccounts", ACCOUNTS) if accounts else ("Tags", TAGS)
    rule: Json = {"name": f"r{draw(st.integers(0, 99))}", "direction": direction, "network": VPC}
    if not rarely(draw):
        rule["priority"] = draw(st.sampled_from((0, 1, 1, 2, 1000, 65535)))
    for verb in draw(st.sampled_from([("allowed",)] * 5 + [("denied",)] * 5 + [(), ("allowed", "denied")])):
        rule[verb] = draw(entries("IPProtocol"))
    for name in ("sourceRanges", "destinationRanges"):
        if draw(st.booleans()):
            rule[name] = draw(few(BLOCKS, 3))
    rule[f"target{kind}"] = draw(few(names))
    if direction == "INGRESS":
        rule[f"source{kind}"] = draw(few(names))
    return rule | ({"disabled": True} if rarely(draw) else {}) | ({"newField": 1} if rarely(draw, 12) else {})


@st.composite
def matchers(draw: st.DrawFn, direction: str) -> Json:
    peer, own = ("src", "dest") if direction == "INGRESS" else ("dest", "src")
    match: Json = {}
    kinds: dict[str, tuple[str, ...]] = {
        "IpRanges": BLOCKS,
        "AddressGroups": (*GROUPS, "projects/acme/locations/global/addressGroups/lost"),
        "Fqdns": ("example.com",),
        "RegionCodes": ("XX",),
        "ThreatIntelligences": ("iplist-tor-exit-nodes",),
    }
    for name, values in kinds.items():
        if draw(st.booleans()) if name == "IpRanges" else rarely(draw, 12):
            match[f"{peer}{name}"] = draw(few(values, 3, 1))
    if rarely(draw, 4):
        match[f"{own}IpRanges"] = draw(few(BLOCKS, 2, 1))
    if draw(st.booleans()):
        match["layer4Configs"] = draw(entries("ipProtocol"))
    if rarely(draw, 5):
        words = ("INTERNET", "NON_INTERNET", *(("INTRA_VPC", "VPC_NETWORKS") if peer == "src" else ()))
        match[f"{peer}NetworkType"] = draw(st.sampled_from(words))
    if match.get("srcNetworkType") == "VPC_NETWORKS":
        match["srcNetworks"] = draw(few(NETWORKS, 2, 1))
    if peer == "src" and rarely(draw, 4):
        match["srcSecureTags"] = draw(secure_tags())
    return match | ({"newField": 1} if rarely(draw, 15) else {})


@st.composite
def secure_tags(draw: st.DrawFn) -> list[Json]:
    return [
        {"name": name, "state": draw(st.sampled_from(("EFFECTIVE", "EFFECTIVE", "INEFFECTIVE")))}
        for name in draw(few(SECURE, 2, 1))
    ]


@st.composite
def policy_rules(draw: st.DrawFn, asked: str) -> Json:
    direction = other(asked) if rarely(draw) else asked
    rule: Json = {
        "direction": direction,
        "action": draw(
            st.sampled_from(["allow", "deny"] * 4 + ["goto_next"] * 5 + ["apply_security_profile_group", "?"])
        ),
        "match": draw(matchers(direction)),
    }
    if not rarely(draw, 15):
        rule["priority"] = draw(st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7)))
    if rarely(draw, 6):
        rule["targetResources"] = draw(few((*NETWORKS, "projects/999/global/networks/vpc"), 2, 1))
    if rarely(draw, 4):
        rule["targetSecureTags"] = draw(secure_tags())
    elif rarely(draw, 4):
        rule["targetServiceAccounts"] = draw(few(ACCOUNTS, 2, 1))
    if rarely(draw, 12):
        rule["targetType"] = draw(st.sampled_from(("INSTANCES", "INTERNAL_MANAGED_LB")))
    return rule | ({"disabled": True} if rarely(draw) else {}) | ({"newField": 1} if rarely(draw, 15) else {})


@st.composite
def policies(draw: st.DrawFn, direction: str, types: tuple[str, ...]) -> list[Json]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        policy: Json = {"name": f"p{number}", "type": draw(st.sampled_from(types))}
        policy["rules"] = [] if rarely(draw, 15) else draw(st.lists(policy_rules(direction), min_size=1, max_size=5))
        if policy["type"] != "HIERARCHY" and not rarely(draw):
            policy["priority"] = draw(st.sampled_from((1, 2, 1000)))
        if rarely(draw, 15):
            policy[draw(st.sampled_from(("policyType", "newPolicyField")))] = "RDMA_ROCE_POLICY"
        found.append(policy)
    return found


@st.composite
def worlds(draw: st.DrawFn, direction: str) -> World:
    whole = draw(policies(direction, ("HIERARCHY", "HIERARCHY", "NETWORK", "NETWORK", "SYSTEM", "NOVEL")))
    rules = {rule["name"]: rule for rule in draw(st.lists(classic_rules(direction), max_size=5))}
    regional = {
        region: {
            "firewallPolicys": draw(policies(direction, ("NETWORK_REGIONAL", "SYSTEM_REGIONAL", "SYSTEM_GLOBAL")))
            + whole
        }
        for region in draw(st.sampled_from(((), (REGION,), (REGION, "europe-west1"))))
    }
    order = draw(st.sampled_from(["AFTER_CLASSIC_FIREWALL"] * 3 + ["BEFORE_CLASSIC_FIREWALL"] * 3 + ["SOMEHOW"]))
    return World(
        network={"full": VPC, "networkFirewallPolicyEnforcementOrder": order},
        effective={"firewalls": list(rules.values()), "firewallPolicys": whole},
        regional=regional,
        subnets=draw(st.sampled_from(((SUBNET,), (SUBNET,), ()))),
        connectors=draw(st.sampled_from(({}, {f"{REGION}-staging": (TAG, RANGE)}))),
        groups=GROUPS,
    )


def ends(region: bool) -> st.SearchStrategy[End]:  # noqa: FBT001 - whether the world has the region
    return st.builds(
        End,
        tags=st.none() | few(TAGS).map(tuple),
        accounts=st.none() | few(ACCOUNTS, 1).map(tuple),
        secure=st.none() | few(SECURE).map(tuple),
        internet=st.sampled_from((None, None, False, True)),
        direct=st.sampled_from((False, False, True)),
        region=st.sampled_from(("", REGION) if region else ("",)),
    )


def party(end: End) -> Party:
    return Party(
        tags=None if end.tags is None else frozenset(end.tags),
        service_accounts=None if end.accounts is None else frozenset(end.accounts),
        secure_tags=None if end.secure is None else frozenset(end.secure),
        internet=end.internet,
        direct_vpc=end.direct,
        region=end.region,
    )


def firewall(world: World) -> NetworkFirewall:
    """The product's firewall of the world, read from the API's JSON."""
    rows: list[Resource] = [
        project(),
        network_row(network_firewall_policy_enforcement_order=world.network["networkFirewallPolicyEnforcementOrder"]),
        _decoded(NetworkFirewalls, world.effective, ""),
        *(_decoded(RegionFirewalls, answer, region) for region, answer in world.regional.items()),
        *(subnet(ip_cidr_range=block) for block in world.subnets),
        *([connector()] if world.connectors else []),
        *(AddressGroup(name=name, project="acme", items=items) for name, items in world.groups.items()),
    ]
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in rows if isinstance(row, kind)))
    facts: Firewalls = supply.value(Firewalls)
    found = facts.of(VPC)
    assert found is not None
    return found


def _decoded(kind: type[Effective], answer: Any, region: str) -> Effective:
    raw = kind.prepare({**answer, "name": "", "network": VPC, "project": "acme", "location": region})
    return msgspec.convert(raw, kind, strict=False)
