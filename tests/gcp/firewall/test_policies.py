"""Firewall policies: where they stand, whom their rules are for, what their fields mean, and bad input."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import REGION
from tests.gcp.firewall.asking import (
    HIGH,
    LOW,
    PLAIN,
    RANGE,
    Json,
    asked,
    classic,
    judge,
    policy,
    rule,
    summary,
    why,
    world,
)
from tests.gcp.firewall.naive import End, World
from tests.gcp.firewall.worlds import firewall
from validator.headerspace.packets import Packets

BEFORE = "BEFORE_CLASSIC_FIREWALL"
ALLOW, CLOSED, DENY = classic(), classic("denied"), rule()
ORG = policy(DENY, kind="HIERARCHY", name="org")
SECURE = [{"name": "tagValues/1", "state": "EFFECTIVE"}]
GONE = [{"name": "tagValues/1", "state": "INEFFECTIVE"}]
OPENED, SHUT, OPEN_HALF = {"allow": RANGE}, {"deny": RANGE}, {"allow": LOW, "deny": HIGH}
LEFT_OPEN = {"undecided": RANGE}


def half(action: str, **fields: Any) -> Json:
    """A rule for the lower half of the sources."""
    return rule(action, 50, srcIpRanges=[LOW], **fields)


STAGES: list[tuple[str, World, dict[str, str]]] = [
    ("a hierarchical deny wins over a classic allow", world(ORG, ALLOW), SHUT),
    ("a hierarchical allow wins over a classic deny", world(policy(rule("allow"), kind="HIERARCHY"), CLOSED), OPENED),
    (
        "a regional system policy comes before classic rules",
        world(ALLOW, regional={REGION: [policy(DENY, kind="SYSTEM_REGIONAL")]}),
        SHUT,
    ),
    (
        "but behind hierarchical ones",
        world(policy(rule("allow"), kind="HIERARCHY"), regional={REGION: [policy(DENY, kind="SYSTEM_REGIONAL")]}),
        OPENED,
    ),
    ("a global policy comes behind classic rules", world(policy(DENY), ALLOW), OPENED),
    ("or before them, where the network says so", world(policy(DENY), ALLOW, order=BEFORE), SHUT),
    (
        "a regional policy comes behind a global one",
        world(policy(DENY), regional={REGION: [policy(rule("allow"), kind="NETWORK_REGIONAL")]}),
        SHUT,
    ),
    (
        "and before classic rules, where the network says so",
        world(ALLOW, order=BEFORE, regional={REGION: [policy(DENY, kind="NETWORK_REGIONAL")]}),
        SHUT,
    ),
    (
        "still behind global ones",
        world(policy(DENY), ALLOW, order=BEFORE, regional={REGION: [policy(rule("allow"), kind="NETWORK_REGIONAL")]}),
        SHUT,
    ),
    ("implied rules come behind all policies", world(policy(rule("allow"))), OPENED),
    (
        "goto_next hands over to the classic rules",
        world(policy(half("goto_next"), DENY, kind="HIERARCHY"), ALLOW),
        OPEN_HALF,
    ),
    (
        "what no rule of a policy matches goes on",
        world(policy(half("deny")), classic(sourceRanges=[HIGH])),
        {"allow": HIGH, "deny": LOW},
    ),
    (
        "a policy whose rules are all disabled goes on",
        world(policy(rule(disabled=True), kind="HIERARCHY"), ALLOW),
        OPENED,
    ),
    ("a policy without any rule is not trusted", world(policy(kind="HIERARCHY"), ALLOW), LEFT_OPEN),
    (
        "not even behind others, for what reaches it",
        world(policy(), classic(sourceRanges=[LOW])),
        {"allow": LOW, "undecided": HIGH},
    ),
    (
        "policies for accelerator networks are no matter",
        world(policy(DENY, kind="HIERARCHY", policyType="RDMA_ROCE_POLICY"), ALLOW),
        OPENED,
    ),
    (
        "a policy of a type nobody knows may stand anywhere",
        world(policy(half("deny"), kind="NOVEL"), ALLOW),
        {"allow": HIGH, "undecided": LOW},
    ),
    (
        "a policy with a field nobody knows is in doubt",
        world(policy(DENY, kind="HIERARCHY", novel=1), ALLOW),
        LEFT_OPEN,
    ),
    (
        "of an order that nobody knows, only what differs is undecided",
        world(policy(half("deny")), ALLOW, order="SOMEHOW"),
        {"allow": HIGH, "undecided": LOW},
    ),
    ("and nothing where there is no policy of the network", world(ORG, ALLOW, order="SOMEHOW"), SHUT),
    (
        "associations are evaluated by priority",
        world(policy(DENY, name="a", priority=20), policy(rule("allow"), name="b", priority=10)),
        OPENED,
    ),
    (
        "of one priority, by a name that is not told: undecided where it matters",
        world(policy(half("deny"), name="a"), policy(rule("allow"), name="b")),
        {"allow": HIGH, "undecided": LOW},
    ),
    (
        "and so without any priority",
        world(policy(half("deny"), name="a", priority=None), policy(rule("allow"), name="b")),
        {"allow": HIGH, "undecided": LOW},
    ),
    (
        "the order of organization and folder policies is not told: undecided where it matters",
        world(policy(half("allow"), kind="HIERARCHY", name="org"), policy(DENY, kind="HIERARCHY", name="folder")),
        {"undecided": LOW, "deny": HIGH},
    ),
    (
        "whatever number the answer puts to them",
        world(
            policy(half("allow"), kind="HIERARCHY", name="org", priority=1),
            policy(DENY, kind="HIERARCHY", name="folder", priority=2),
        ),
        {"undecided": LOW, "deny": HIGH},
    ),
    (
        "and decided where they agree, or all but one hand over",
        world(ORG, policy(half("deny"), rule("goto_next", 200), kind="HIERARCHY", name="folder"), ALLOW),
        SHUT,
    ),
    (
        "a policy that both answers tell of counts once",
        world(
            policy(half("goto_next"), DENY, kind="HIERARCHY"),
            ALLOW,
            regional={REGION: [policy(half("goto_next"), DENY, kind="HIERARCHY")]},
        ),
        OPEN_HALF,
    ),
]


@pytest.mark.parametrize(("network", "wanted"), [case[1:] for case in STAGES], ids=[case[0] for case in STAGES])
def test_stages(network: World, wanted: dict[str, str]) -> None:
    for one in network.effective["firewallPolicys"]:
        if one.get("priority", 0) is None:
            del one["priority"]
    assert summary(judge(network)) == wanted


def under(*rules: Json) -> World:
    """A hierarchical policy with these rules before an allow of everything."""
    return world(policy(*rules, kind="HIERARCHY"), ALLOW)


TAGGED, ACCOUNT = PLAIN._replace(secure=("tagValues/1",)), PLAIN._replace(accounts=("a@x",))
SOMEBODY = End(region=REGION)
TARGETS: list[tuple[str, Json, End, str]] = [
    ("no target means everybody", DENY, PLAIN, "deny"),
    ("a secure tag the VM has", rule(targetSecureTags=SECURE), TAGGED, "deny"),
    ("a secure tag it has not", rule(targetSecureTags=SECURE), PLAIN, "allow"),
    ("a secure tag, the VM's not known", rule(targetSecureTags=SECURE), SOMEBODY, "undecided"),
    ("only tags that are gone", rule(targetSecureTags=GONE), SOMEBODY, "allow"),
    ("a service account the VM runs as", rule(targetServiceAccounts=["a@x"]), ACCOUNT, "deny"),
    ("another one", rule(targetServiceAccounts=["b@x"]), ACCOUNT, "allow"),
    ("a service account, the VM's not known", rule(targetServiceAccounts=["a@x"]), SOMEBODY, "undecided"),
    (
        "tags and accounts at once, which cannot be",
        rule(targetSecureTags=SECURE, targetServiceAccounts=["a@x"]),
        TAGGED._replace(accounts=("a@x",)),
        "undecided",
    ),
    (
        "this network by URL",
        rule(targetResources=["https://www.googleapis.com/compute/v1/projects/acme/global/networks/vpc"]),
        PLAIN,
        "deny",
    ),
    (
        "this network by its project's number",
        rule(targetResources=["projects/123456789/global/networks/vpc"]),
        PLAIN,
        "deny",
    ),
    (
        "a network of that name in a project of unknown number",
        rule(targetResources=["projects/999/global/networks/vpc"]),
        PLAIN,
        "undecided",
    ),
    ("another network of that name", rule(targetResources=["projects/b/global/networks/vpc"]), PLAIN, "allow"),
    (
        "two networks, one of them this",
        rule(targetResources=["projects/b/global/networks/vpc", "projects/acme/global/networks/vpc"]),
        PLAIN,
        "deny",
    ),
    (
        "a network that may be this, and a tag the VM has not",
        rule(targetResources=["projects/999/global/networks/vpc"], targetSecureTags=SECURE),
        PLAIN,
        "allow",
    ),
    ("managed load balancers only", rule(targetType="INTERNAL_MANAGED_LB"), PLAIN, "allow"),
    ("instances by name", rule(targetType="INSTANCES"), PLAIN, "deny"),
    ("a target type nobody knows", rule(targetType="NOVEL"), PLAIN, "undecided"),
    (
        "forwarding rules without their type",
        rule(targetForwardingRules=["projects/a/global/forwardingRules/f"]),
        PLAIN,
        "undecided",
    ),
]


@pytest.mark.parametrize(("one", "target", "wanted"), [case[1:] for case in TARGETS], ids=[case[0] for case in TARGETS])
def test_targets(one: Json, target: End, wanted: str) -> None:
    assert summary(judge(under(one), target=target)) == {wanted: RANGE}


INTERNET = PLAIN._replace(internet=True)
PUBLIC = asked("8.8.8.0/29")
SOURCES: list[tuple[str, Json, Packets | None, End, str]] = [
    ("a range or a tag: the range suffices", rule(srcIpRanges=[RANGE], srcSecureTags=SECURE), None, PLAIN, "deny"),
    ("a range or a tag: the tag suffices", rule(srcIpRanges=["8.8.8.8"], srcSecureTags=SECURE), None, TAGGED, "deny"),
    ("a tag the sender has not", rule(srcSecureTags=SECURE), None, PLAIN, "allow"),
    ("a tag, the sender's not known", rule(srcSecureTags=SECURE), None, SOMEBODY, "undecided"),
    ("a tag, and Google's health checks knock", rule(srcSecureTags=SECURE), asked("35.191.0.0/24"), SOMEBODY, "allow"),
    ("only tags that are gone", rule(srcSecureTags=GONE), None, SOMEBODY, "allow"),
    (
        "tags that are gone, and an address group: the API does not say what then",
        rule(srcSecureTags=GONE, srcAddressGroups=["projects/acme/locations/global/addressGroups/low"]),
        asked(LOW),
        SOMEBODY,
        "undecided",
    ),
    (
        "a tag the sender has, but by a network type that it does not come by",
        rule(srcSecureTags=SECURE, srcNetworkType="INTERNET"),
        None,
        TAGGED._replace(internet=False),
        "allow",
    ),
    ("tags that are gone, and a range", rule(srcSecureTags=GONE, srcIpRanges=[RANGE]), None, SOMEBODY, "deny"),
    (
        "an address group",
        rule(srcAddressGroups=["//networksecurity.googleapis.com/projects/acme/locations/global/addressGroups/low"]),
        asked(LOW),
        PLAIN,
        "deny",
    ),
    (
        "an address group by the project's number",
        rule(srcAddressGroups=["projects/123456789/locations/global/addressGroups/low"]),
        asked(LOW),
        PLAIN,
        "deny",
    ),
    (
        "an address group without the address",
        rule(srcAddressGroups=["projects/acme/locations/global/addressGroups/low"]),
        asked(HIGH),
        PLAIN,
        "allow",
    ),
    (
        "an address group of the organization",
        rule(srcAddressGroups=["organizations/77/locations/global/addressGroups/six"]),
        asked("fd00::/126", "fd00::9/128"),
        PLAIN,
        "deny",
    ),
    ("names, and a range that has it anyway", rule(srcFqdns=["example.com"], srcIpRanges=[RANGE]), None, PLAIN, "deny"),
    (
        "the internet, from somewhere private",
        rule(srcIpRanges=["0.0.0.0/0"], srcNetworkType="INTERNET"),
        None,
        SOMEBODY,
        "allow",
    ),
    (
        "the internet, from a public address",
        rule(srcIpRanges=["0.0.0.0/0"], srcNetworkType="INTERNET"),
        PUBLIC,
        SOMEBODY,
        "undecided",
    ),
    (
        "the internet, from the internet",
        rule(srcIpRanges=["0.0.0.0/0"], srcNetworkType="INTERNET"),
        PUBLIC,
        INTERNET,
        "deny",
    ),
    (
        "the internet under its other name",
        rule(srcIpRanges=["0.0.0.0/0"], srcNetworkContext="INTERNET"),
        PUBLIC,
        INTERNET,
        "deny",
    ),
    ("what is not the internet, from the internet", rule(srcNetworkType="NON_INTERNET"), PUBLIC, INTERNET, "allow"),
    (
        "what is not the internet, from a public address",
        rule(srcNetworkType="NON_INTERNET"),
        PUBLIC,
        SOMEBODY,
        "undecided",
    ),
    ("what is not the internet, from somewhere private", rule(srcNetworkType="NON_INTERNET"), None, SOMEBODY, "deny"),
    ("the network itself, from one of its subnets", rule(srcNetworkType="INTRA_VPC"), None, SOMEBODY, "deny"),
    ("the network itself, from elsewhere", rule(srcNetworkType="INTRA_VPC"), asked("10.99.0.0/28"), SOMEBODY, "allow"),
    (
        "listed networks, this among them",
        rule(srcNetworkType="VPC_NETWORKS", srcNetworks=["projects/acme/global/networks/vpc"]),
        None,
        SOMEBODY,
        "deny",
    ),
    (
        "listed networks, this not among them",
        rule(srcNetworkType="VPC_NETWORKS", srcNetworks=["projects/b/global/networks/n"]),
        None,
        SOMEBODY,
        "allow",
    ),
    (
        "listed networks, and an address that may be theirs",
        rule(srcNetworkType="VPC_NETWORKS", srcNetworks=["projects/b/global/networks/n"]),
        asked("10.99.0.0/28"),
        SOMEBODY,
        "undecided",
    ),
    (
        "networks listed without the type",
        rule(srcNetworks=["projects/b/global/networks/n"]),
        None,
        SOMEBODY,
        "undecided",
    ),
    ("a network type nobody knows", rule(srcNetworkType="NOVEL"), None, SOMEBODY, "undecided"),
    ("destination ranges besides, which it meets", rule(destIpRanges=["10.1.0.64/28"]), None, PLAIN, "deny"),
    ("destination ranges besides, which it does not", rule(destIpRanges=["10.9.0.0/28"]), None, PLAIN, "allow"),
    ("no matcher at all", {"action": "deny", "direction": "INGRESS", "priority": 1}, None, PLAIN, "deny"),
    (
        "no matcher at all, and IPv6",
        {"action": "deny", "direction": "INGRESS", "priority": 1},
        asked("fd00::/64", "fd00:1::/64"),
        PLAIN,
        "undecided",
    ),
    (
        "ingress that selects destinations by name, which cannot be",
        rule(srcIpRanges=[RANGE], destFqdns=["x.example"]),
        None,
        PLAIN,
        "undecided",
    ),
    (
        "ports that are not the packet's",
        rule(layer4Configs=[{"ipProtocol": "tcp", "ports": ["22", "80-443"]}]),
        None,
        PLAIN,
        "allow",
    ),
    (
        "ports, one of them the packet's",
        rule(layer4Configs=[{"ipProtocol": "tcp", "ports": ["22", "6000-6400"]}]),
        None,
        PLAIN,
        "deny",
    ),
]


@pytest.mark.parametrize(
    ("one", "packets", "sender", "wanted"), [case[1:] for case in SOURCES], ids=[case[0] for case in SOURCES]
)
def test_what_rules_match(one: Json, packets: Packets | None, sender: End, wanted: str) -> None:
    everything = classic(sourceRanges=["0.0.0.0/0", "::/0"])
    network = world(policy(one, kind="HIERARCHY"), everything)
    partition = judge(network, packets, sender=sender)
    assert set(summary(partition)) == {wanted}


OUT: list[tuple[str, Json, Packets, str]] = [
    ("a destination range", rule(direction="EGRESS", destIpRanges=["10.1.0.64/26"]), asked(), "deny"),
    (
        "source ranges besides, which it does not meet",
        rule(direction="EGRESS", srcIpRanges=["10.9.0.0/24"]),
        asked(),
        "allow",
    ),
    ("the internet, to somewhere private", rule(direction="EGRESS", destNetworkType="INTERNET"), asked(), "allow"),
    (
        "the internet, to a public address",
        rule(direction="EGRESS", destNetworkType="INTERNET"),
        asked(RANGE, "8.8.8.8/32"),
        "undecided",
    ),
    (
        "what is not the internet, to somewhere private",
        rule(direction="EGRESS", destNetworkType="NON_INTERNET"),
        asked(),
        "deny",
    ),
    ("a destination type that cannot be", rule(direction="EGRESS", destNetworkType="INTRA_VPC"), asked(), "undecided"),
    ("sources by secure tag, which cannot be", rule(direction="EGRESS", srcSecureTags=SECURE), asked(), "undecided"),
    (
        "an address group",
        rule(direction="EGRESS", destAddressGroups=["projects/acme/locations/global/addressGroups/low"]),
        asked(RANGE, "10.1.0.0/29"),
        "deny",
    ),
]


@pytest.mark.parametrize(("one", "packets", "wanted"), [case[1:] for case in OUT], ids=[case[0] for case in OUT])
def test_what_egress_rules_match(one: Json, packets: Packets, wanted: str) -> None:
    network = world(policy(one, kind="HIERARCHY"))
    assert set(summary(judge(network, packets, direction="EGRESS"))) == {wanted}


REASONS: list[tuple[str, Json, str]] = [
    ("inspection", rule("apply_security_profile_group"), "L7_INSPECTION"),
    ("an action nobody knows", rule("novel"), "UNSUPPORTED_FIREWALL_POLICY_RULE"),
    ("names", rule(srcFqdns=["example.com"]), "UNSUPPORTED_FIREWALL_POLICY_RULE"),
    (
        "a group that was not read",
        rule(srcAddressGroups=["projects/acme/locations/global/addressGroups/lost"]),
        "RESOURCE_CONFIG_NOT_FOUND",
    ),
    ("a field nobody knows", rule(novel=1), "UNMODELLED_FIELD"),
    ("a field of the matcher nobody knows", rule(srcNovel=["x"]), "UNMODELLED_FIELD"),
    ("a field of an entry nobody knows", rule(layer4Configs=[{"ipProtocol": "tcp", "novel": 1}]), "UNMODELLED_FIELD"),
    ("a field of a tag nobody knows", rule(targetSecureTags=[{"name": "tagValues/1", "novel": 1}]), "UNMODELLED_FIELD"),
    ("a range that is none", rule(srcIpRanges=["everybody"]), "UNREADABLE_RULE"),
    ("ports out of range", rule(layer4Configs=[{"ipProtocol": "tcp", "ports": ["70000"]}]), "UNREADABLE_RULE"),
    ("a protocol nobody knows", rule(layer4Configs=[{"ipProtocol": "quic"}]), "UNREADABLE_RULE"),
    ("no direction", rule(direction=""), "UNREADABLE_RULE"),
    ("no priority", rule(priority=None), "UNREADABLE_RULE"),
    ("targets not known", rule(targetSecureTags=SECURE), "UNKNOWN_TARGET"),
    ("senders not known", rule(srcSecureTags=SECURE), "UNKNOWN_SOURCE"),
]


@pytest.mark.parametrize(("one", "code"), [case[1:] for case in REASONS], ids=[case[0] for case in REASONS])
def test_the_reason_is_told(one: Json, code: str) -> None:
    partition = judge(under(one), target=SOMEBODY, sender=SOMEBODY)
    assert summary(partition) == LEFT_OPEN
    assert why(partition) == [code]


@pytest.mark.parametrize("type_", ["INTRA_VPC", "VPC_NETWORKS"])
def test_of_a_network_without_subnets_the_ranges_are_not_known(type_: str) -> None:
    """A legacy network has a range and no subnets."""
    opened = rule("allow", srcNetworkType=type_, srcNetworks=["projects/acme/global/networks/vpc"])
    network = world(policy(opened, kind="HIERARCHY"), subnets=())
    assert summary(judge(network, None, sender=SOMEBODY)) == LEFT_OPEN


def test_what_does_not_match_is_not_in_doubt() -> None:
    odd = rule("apply_security_profile_group", srcIpRanges=[LOW])
    partition = judge(under(odd, rule(srcFqdns=["x"], layer4Configs=[{"ipProtocol": "udp"}])))
    assert summary(partition) == {"undecided": LOW, "allow": HIGH}


BAD: list[tuple[str, World, dict[str, str]]] = [
    ("an empty list of ports means all", under(rule(layer4Configs=[{"ipProtocol": "tcp", "ports": []}])), SHUT),
    ("host bits are ignored", under(rule(srcIpRanges=["10.1.0.5/29"])), {"deny": LOW, "allow": HIGH}),
    ("two rules of one priority that agree", under(half("deny"), rule(priority=50)), SHUT),
    (
        "two rules of one priority that do not",
        under(half("allow"), rule(priority=50)),
        {"undecided": LOW, "deny": HIGH},
    ),
    (
        "a rule without a priority may be the first or the last",
        under(rule("deny", None, srcIpRanges=[LOW]), rule("deny", 5)),
        SHUT,
    ),
    (
        "a rule without a priority leaves open what another rule would do",
        under(rule("deny", None, srcIpRanges=[LOW]), rule("allow", 5)),
        {"undecided": LOW, "allow": HIGH},
    ),
    (
        "a classic rule without a priority has 1000",
        world({key: value for key, value in CLOSED.items() if key != "priority"}, classic(priority=1001)),
        SHUT,
    ),
    ("neither allowed nor denied", world({key: value for key, value in ALLOW.items() if key != "allowed"}), LEFT_OPEN),
    ("both allowed and denied", world(ALLOW | {"denied": [{"IPProtocol": "tcp"}]}), LEFT_OPEN),
    (
        "a classic rule with a field of an entry nobody knows",
        world(classic(allowed=[{"IPProtocol": "tcp", "novel": 1}])),
        LEFT_OPEN,
    ),
    ("an empty matcher list", under(rule(srcIpRanges=[], srcSecureTags=[])), SHUT),
]


@pytest.mark.parametrize(("network", "wanted"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input(network: World, wanted: dict[str, str]) -> None:
    assert summary(judge(network)) == wanted


def test_a_rule_of_five_thousand_ranges() -> None:
    ranges = [f"10.{number // 256}.{number % 256}.0/29" for number in range(256, 5256)]
    network = under(rule(srcIpRanges=ranges))
    assert summary(judge(network)) == {"deny": LOW, "allow": HIGH}
    (reading,) = firewall(network).policies[REGION][0].rules
    assert len(reading.sources.sure.spans) == 5000


EUROPE = "europe-west1"


def regional(*more: Json) -> World:
    """A deny in one region only."""
    return world(
        ALLOW, order=BEFORE, regional={REGION: [policy(half("deny"), kind="NETWORK_REGIONAL")], EUROPE: list(more)}
    )


REGIONS = [
    ("the target's region has the policy", PLAIN, {"deny": LOW, "allow": HIGH}),
    ("the target's region has it not", PLAIN._replace(region=EUROPE), OPENED),
    ("the region is not known but by the target's subnet", PLAIN._replace(region=""), {"deny": LOW, "allow": HIGH}),
    ("the region was not read", PLAIN._replace(region="asia-east1"), LEFT_OPEN),
]


@pytest.mark.parametrize(("target", "wanted"), [case[1:] for case in REGIONS], ids=[case[0] for case in REGIONS])
def test_regions(target: End, wanted: dict[str, str]) -> None:
    assert summary(judge(regional(), target=target)) == wanted


def test_who_is_in_no_subnet_may_be_in_any_region() -> None:
    network = regional()._replace(subnets=())
    assert summary(judge(network, target=PLAIN._replace(region=""))) == {"undecided": LOW, "allow": HIGH}


def test_regions_that_agree_leave_no_doubt() -> None:
    network = regional(policy(half("deny"), kind="NETWORK_REGIONAL", name="other"))
    assert summary(judge(network, target=PLAIN._replace(region=""))) == {"deny": LOW, "allow": HIGH}


WORDS = [
    ("HIERARCHY", "HIERARCHICAL_FIREWALL_POLICY_RULE", "hierarchical", "locations/global/firewallPolicies/guard"),
    ("NETWORK", "NETWORK_FIREWALL_POLICY_RULE", "global", "projects/acme/global/firewallPolicies/guard"),
    ("SYSTEM", "SYSTEM_NETWORK_FIREWALL_POLICY_RULE", "system", "locations/global/firewallPolicies/guard"),
]
IN_REGION = [
    ("NETWORK_REGIONAL", "NETWORK_REGIONAL_FIREWALL_POLICY_RULE", "regional"),
    ("SYSTEM_REGIONAL", "SYSTEM_REGIONAL_NETWORK_FIREWALL_POLICY_RULE", "system"),
]


@pytest.mark.parametrize(("kind", "word", "stage"), [*(words[:3] for words in WORDS), *IN_REGION])
def test_the_decider_has_connectivity_tests_words_and_reads_well(kind: str, word: str, stage: str) -> None:
    one = policy(rule(ruleName="deny-redis"), kind=kind)
    network = world(one) if kind in ("HIERARCHY", "NETWORK", "SYSTEM") else world(regional={REGION: [one]})
    (piece,) = judge(network).pieces
    assert (piece.decider.kind, piece.decider.stage) == (word, stage)
    assert str(piece.decider) == f"rule deny-redis of policy guard ({stage}, priority 100)"
    assert piece.decider.label == "guard/deny-redis"
    paths = {kind: path for kind, _, _, path in WORDS}
    here = f"projects/acme/regions/{REGION}/firewallPolicies/guard"
    assert piece.decider.policy_path == paths.get(kind, here)


def test_a_rule_without_a_name_is_told_by_its_priority() -> None:
    (piece,) = judge(world(ORG)).pieces
    assert str(piece.decider) == "a rule of policy org (hierarchical, priority 100)"
    assert piece.decider.label == "org/100"


def test_the_reason_for_an_unknown_order_names_the_policies() -> None:
    network = world(policy(rule("allow"), kind="HIERARCHY", name="org"), policy(DENY, kind="HIERARCHY", name="team"))
    (piece,) = judge(network).pieces
    assert piece.doubt
    assert piece.doubt.code == "FIREWALL_POLICY_ORDER_UNKNOWN"
    assert str(piece.decider) == "policies org, team"


def test_gre_with_external_addresses_is_undecided_unless_denied() -> None:
    tunnels = asked("8.8.8.8/32", "10.1.0.64/32", 47)
    assert summary(judge(world(ALLOW), tunnels)) == {"undecided": "8.8.8.8"}
    assert summary(judge(world(CLOSED), tunnels)) == {"deny": "8.8.8.8"}
    assert summary(judge(world(ALLOW), asked(RANGE, "10.1.0.64/32", 47))) == OPENED


def test_the_metadata_server_answers_over_ipv6_too() -> None:
    packets = asked("fd00::/126", "fd20:ce::254/128", 6, 80)
    assert set(
        summary(judge(world(policy(rule(direction="EGRESS", destIpRanges=["::/0"]))), packets, direction="EGRESS"))
    ) == {"allow"}
