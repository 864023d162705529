"""Idle rules are exactly those that can go: with all of them, or any of them, deleted every packet fares the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import PROJECT, VPC, firewalls, rule, tcp
from tests.fuzzing import thorough
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.party import Party
from validator.gcp.firewall.policies import Policy, policies_in_effect
from validator.gcp.firewall.reading import Surroundings
from validator.gcp.firewall.rules.shadow import Idle, idle_rules
from validator.gcp.names import Names
from validator.headerspace.axes import V4, address_at, addresses
from validator.headerspace.intervals import EMPTY
from validator.headerspace.packets import Packet
from validator.model.firewall import (
    EffectivePolicy,
    FirewallRule,
    Layer4,
    LogConfig,
    Matcher,
    PolicyRule,
    Ports,
    SecureTag,
)

THOROUGH = thorough(80)
BLOCKS = ("10.0.0.0/31", "10.0.0.1/32", "10.0.0.0/30", "0.0.0.0/0")
SPANS = {text: ipaddress.ip_network(text) for text in BLOCKS}
#: One address for each way in which the blocks can hold it.
HOSTS = [address_at(addresses([text]).least) for text in ("10.0.0.0", "10.0.0.1", "10.0.0.2", "11.0.0.0")]
PACKETS = [Packet(a, b, 6, port) for a, b, port in product(HOSTS, (HOSTS[0], HOSTS[3]), (22, 80, 100, 443, 500))]
TAGS = ("web", "db")
ENDS = [
    Party(tags=frozenset(tags), service_accounts=frozenset(accounts))
    for tags in ((), ("web",), ("db",), TAGS)
    for accounts in ((), ("a@x",), ("b@x",))
]


def few(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True).map(tuple)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[FirewallRule]:
    by_account = draw(st.booleans())
    drawn = [draw(_rules(number, by_account=by_account)) for number in range(draw(st.integers(1, 6)))]
    return sorted(drawn, key=lambda one: (one.priority, bool(one.allowed), one.name))


@st.composite
def _rules(draw: st.DrawFn, number: int, *, by_account: bool) -> FirewallRule:
    names, kind = (("a@x", "b@x"), "service_accounts") if by_account else (TAGS, "tags")
    senders = draw(st.just(()) | few(names))
    ports = draw(st.sampled_from([("80",), ("80", "443"), ("80-443",), ("443-65535",), ()]))
    fields: dict[str, Any] = {
        "priority": draw(st.integers(0, 6)),
        "denied" if draw(st.booleans()) else "allowed": tcp(*ports),
        "source_ranges": draw(few(BLOCKS, least=0 if senders else 1)),
        "destination_ranges": draw(st.sampled_from([(), ("10.0.0.0/31",)])),
        f"source_{kind}": senders,
        f"target_{kind}": draw(st.just(()) | few(names)),
        "log_config": LogConfig(enable=draw(st.sampled_from([False] * 6 + [True]))),
    }
    return rule(f"r{number}", direction="INGRESS", **fields)


def found(*rules: FirewallRule, **changes: Any) -> tuple[Idle, ...]:
    fields = {"network": VPC, "rules": ordered((r, RuleKind.VPC) for r in rules), "carriers": {"": V4}} | changes
    return idle_rules(NetworkFirewall(**fields))


def names(idle: Sequence[Idle]) -> list[tuple[str, str, list[str]]]:
    """Rule, what is the matter with it, and by whom."""
    return [(i.rule.rule.name, "shadowed" if i.shadowed else "redundant", [d.label for d in i.by]) for i in idle]


def without(rules: Sequence[FirewallRule], gone: set[str]) -> list[FirewallRule]:
    return [one for one in rules if one.name not in gone]


def fates(rules: Sequence[FirewallRule], parties: Iterable[tuple[Party, Party]]) -> Iterator[str]:
    found_rules = (decider(packet, rules, *ends) for ends in parties for packet in PACKETS)
    return ("allow" if one and one.allowed else "deny" for one in found_rules)


def decider(packet: Packet, rules: Sequence[FirewallRule], target: Party, sender: Party) -> FirewallRule | None:
    """The first rule that matches, given in the order of evaluation; None where the implied deny decides."""
    return next((one for one in rules if _matches(one, packet, target, sender)), None)


def _matches(one: FirewallRule, packet: Packet, target: Party, sender: Party) -> bool:
    wanted = {*one.target_tags, *one.target_service_accounts}
    aimed = not wanted or wanted & _carried(target)
    sent = {*one.source_tags, *one.source_service_accounts} & _carried(sender)
    ranged = any(packet.source in SPANS[text] for text in one.source_ranges)
    arrives = not one.destination_ranges or any(packet.destination in SPANS[text] for text in one.destination_ranges)
    (entry,) = one.allowed + one.denied
    spans = [[int(port) for port in text.split("-")] for text in entry.ports]
    return bool(
        aimed
        and (sent or ranged)
        and arrives
        and (not spans or any(span[0] <= (packet.port or 0) <= span[-1] for span in spans))
    )


def _carried(end: Party) -> frozenset[str]:
    return (end.tags or frozenset()) | (end.service_accounts or frozenset())


@THOROUGH
@given(rule_sets(), st.data())
def test_any_of_the_idle_rules_can_go(rules: list[FirewallRule], data: st.DataObject) -> None:
    idle = sorted(one.rule.rule.name for one in found(*rules))
    gone = data.draw(st.just(idle) | st.lists(st.sampled_from(idle), unique=True)) if idle else []
    parties = data.draw(st.lists(st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS)), min_size=12, max_size=12))
    assert list(fates(without(rules, set(gone)), parties)) == list(fates(rules, parties))


@THOROUGH
@given(rule_sets())
def test_every_other_rule_is_needed(rules: list[FirewallRule]) -> None:
    """Without it some packet fares otherwise, for some ends and with some of the idle rules gone."""
    idle = {one.rule.rule.name for one in found(*rules)}
    parties = list(product(*_ends(rules)))
    before = list(fates(rules, parties))
    for one in rules:
        if one.name not in idle and not one.log_config.enable:
            choices = [idle, *(idle - {kept} for kept in sorted(idle))]
            assert any(_differ(fates(without(rules, gone | {one.name}), parties), before) for gone in choices), one.name


@THOROUGH
@given(rule_sets())
def test_the_shadowed_ones_are_those_that_never_decide(rules: list[FirewallRule]) -> None:
    shadowed = {one.rule.rule.name for one in found(*rules) if one.shadowed}
    deciders = [
        decider(packet, rules, *ends) for ends in product(*_ends(rules)) if _one_each(*ends) for packet in PACKETS
    ]
    assert shadowed == {one.name for one in rules} - {one.name for one in deciders if one}


def _one_each(target: Party, sender: Party) -> bool:
    return all(len(end.tags or ()) + len(end.service_accounts or ()) < 2 for end in (target, sender))


def _differ(one: Iterator[str], other: Sequence[str]) -> bool:
    return any(left != right for left, right in zip(one, other, strict=True))


def _ends(rules: Sequence[FirewallRule]) -> tuple[list[Party], list[Party]]:
    """Targets and senders; rules of one set select by tags only or by service accounts only."""
    accounts = any(one.target_service_accounts or one.source_service_accounts for one in rules)
    ends = [end for end in ENDS if not (end.tags if accounts else end.service_accounts)]
    return ends, ends


def allow(name: str, priority: int, *ports: str, **changes: Any) -> FirewallRule:
    fields = {"direction": "INGRESS", "priority": priority, "source_ranges": ("10.0.0.0/8",), "allowed": tcp(*ports)}
    return rule(name, **(fields | changes))


def deny(name: str, priority: int, *ports: str, **changes: Any) -> FirewallRule:
    return allow(name, priority, **({"allowed": (), "denied": tcp(*ports)} | changes))


ALL = deny("all", 65000, source_ranges=("0.0.0.0/0",), denied=(Ports(protocol="all"),))
CASES: list[tuple[str, list[FirewallRule], list[tuple[str, str, list[str]]]]] = [
    (
        "two halves taken by two rules",
        [
            deny("low", 1, "443", source_ranges=("10.0.0.0/9",)),
            allow("high", 2, "443", source_ranges=("10.128.0.0/9",)),
            allow("whole", 3, "443"),
        ],
        [("whole", "shadowed", ["low", "high"])],
    ),
    (
        "halves that miss one address",
        [deny("low", 1, "443", source_ranges=("10.0.0.0/9",)), deny("high", 2, "443", source_ranges=("10.128.0.1/9",))],
        [
            ("low", "redundant", ["implied deny of all ingress"]),
            ("high", "redundant", ["implied deny of all ingress"]),
        ],
    ),
    (
        "a deny wins a tie; it does not go, since the allow may stay",
        [allow("yes", 7, "443"), deny("no", 7, "443", source_ranges=("10.0.0.0/7",))],
        [("yes", "shadowed", ["no"])],
    ),
    (
        "a rule for one tag does not take what comes to another",
        [deny("web", 1, "443", target_tags=("web",)), allow("every", 2, "443")],
        [],
    ),
    (
        "a rule for two tags is taken by rules for each",
        [
            deny("web", 1, "443", target_tags=("web",)),
            deny("db", 2, "443", target_tags=("db",)),
            allow("both", 3, "443", target_tags=("web", "db")),
            allow("every", 4, "443"),
        ],
        [("both", "shadowed", ["web", "db"])],
    ),
    (
        "a VM with both tags needs the allow that a VM with one does not",
        [
            allow("web", 1, "443", target_tags=("web",)),
            deny("db", 2, "443", target_tags=("db",)),
            allow("every", 3, "443"),
        ],
        [],
    ),
    (
        "no VM runs as two service accounts",
        [
            allow("web", 1, "443", target_service_accounts=("a@x",)),
            deny("db", 2, "443", target_service_accounts=("b@x",)),
            allow("every", 3, "443"),
        ],
        [("web", "redundant", ["every"])],
    ),
    (
        "ranges take what a source tag sends, wherever the tag is",
        [deny("every", 1, source_ranges=("0.0.0.0/0",)), allow("tagged", 2, source_ranges=(), source_tags=("web",))],
        [("tagged", "shadowed", ["every"])],
    ),
    (
        "a source tag takes nothing of what untagged senders send",
        [deny("tagged", 1, source_ranges=(), source_tags=("web",)), allow("every", 2)],
        [],
    ),
    (
        "IPv4 takes nothing of IPv6",
        [allow("four", 1, source_ranges=("0.0.0.0/0",)), deny("six", 2, source_ranges=("::/0",)), ALL],
        [
            ("six", "redundant", ["implied deny of all ingress"]),
            ("all", "redundant", ["implied deny of all ingress"]),
        ],
    ),
    (
        "ports by ranges are the protocol",
        [
            deny("low", 1, "0-1023"),
            deny("high", 2, "1024-65535"),
            allow("tcp", 3),
            allow("udp", 4, allowed=(Ports(protocol="udp"),)),
        ],
        [("tcp", "shadowed", ["low", "high"])],
    ),
    (
        "a rule that logs what the implied one would not",
        [msgspec.structs.replace(ALL, log_config=LogConfig(enable=True))],
        [],
    ),
    (
        "a rule that never decides logs nothing",
        [deny("first", 1, "443"), allow("late", 2, "443", log_config=LogConfig(enable=True)), allow("every", 3)],
        [("late", "shadowed", ["first"])],
    ),
    ("a disabled rule takes nothing", [deny("off", 1, disabled=True), allow("on", 2)], []),
    ("an unknown field keeps a rule from taking anything", [deny("odd", 1, unmodelled=("x",)), allow("on", 2)], []),
    (
        "a rule with an unknown field is not judged, and may say otherwise",
        [deny("first", 1), deny("odd", 2, unmodelled=("x",)), allow("between", 3, unmodelled=("x",)), ALL],
        [("all", "redundant", ["implied deny of all ingress"])],
    ),
    (
        "of a range that cannot be read only the others count",
        [
            deny("half", 1, source_ranges=("10.0.0.0/9", "?")),
            allow("low", 2, source_ranges=("10.1.0.0/16",)),
            allow("8", 3),
        ],
        [("low", "shadowed", ["half"])],
    ),
    (
        "of two that say the same, one goes at a time",
        [allow("one", 1, "443"), allow("two", 2, "443")],
        [("two", "shadowed", ["one"])],
    ),
]


@pytest.mark.parametrize(("rules", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_idle_rules(rules: list[FirewallRule], wanted: list[tuple[str, str, list[str]]]) -> None:
    assert names(found(*rules)) == sorted(wanted, key=lambda one: [r.name for r in ordered_rules(rules)].index(one[0]))


def ordered_rules(rules: list[FirewallRule]) -> list[FirewallRule]:
    return [one.rule for one in ordered((r, RuleKind.VPC) for r in rules)]


def test_what_is_kept_makes_the_other_one_idle() -> None:
    one, two = allow("one", 1, "443"), allow("two", 2, "443")
    fields = NetworkFirewall(network=VPC, rules=ordered([(one, RuleKind.VPC), (two, RuleKind.VPC)]))
    assert names(idle_rules(fields, {"two"})) == [("one", "redundant", ["two"])]


def test_a_source_tag_that_nobody_can_carry_is_another_matter() -> None:
    nowhere = allow("nowhere", 1, source_ranges=(), source_tags=("gone",))
    assert not found(nowhere, carriers={"": V4, "gone": EMPTY})


def test_rules_google_makes_take_packets_and_are_not_judged() -> None:
    rules = ordered([(allow("aet-x", 1), RuleKind.CONNECTOR), (allow("mine", 2), RuleKind.VPC)])
    assert names(idle_rules(NetworkFirewall(network=VPC, rules=rules))) == [("mine", "shadowed", ["aet-x"])]


def test_nothing_can_be_kept_from_the_metadata_server() -> None:
    closed = rule("meta", priority=1, allowed=(), denied=tcp(), destination_ranges=("169.254.169.254/32",))
    assert names(found(closed)) == [("meta", "shadowed", ["the metadata server's always-allowed traffic"])]


def policy(stage: str, action: str, **changes: Any) -> Policy:
    """A policy with one ingress rule for tcp:443 from 10.0.0.0/8."""
    matcher = Matcher(src_ip_ranges=("10.0.0.0/8",), layer4_configs=(Layer4(ip_protocol="tcp", ports=("443",)),))
    fields: dict[str, Any] = {"action": action, "direction": "INGRESS", "priority": 5, "match": matcher}
    one = PolicyRule(**(fields | changes))
    answer = firewalls(policies=(EffectivePolicy(name="p", short_name="p", type=stage, priority=1, rules=(one,)),))
    return policies_in_effect((answer,), Surroundings(network=VPC, names=Names({}, PROJECT, frozenset((PROJECT,)))))[0]


BEHIND: list[tuple[str, Policy, str, list[str]]] = [
    ("a hierarchical deny comes first", policy("HIERARCHY", "deny"), "AFTER_CLASSIC_FIREWALL", ["shadowed"]),
    ("goto_next takes nothing", policy("HIERARCHY", "goto_next"), "AFTER_CLASSIC_FIREWALL", []),
    (
        "a global policy comes later, and says the same",
        policy("NETWORK", "allow"),
        "AFTER_CLASSIC_FIREWALL",
        ["redundant"],
    ),
    ("a global policy comes later, and says otherwise", policy("NETWORK", "deny"), "AFTER_CLASSIC_FIREWALL", []),
    (
        "a global policy comes first where the network says so",
        policy("NETWORK", "deny"),
        "BEFORE_CLASSIC_FIREWALL",
        ["shadowed"],
    ),
    ("either before or after, a global allow does", policy("NETWORK", "allow"), "", ["redundant"]),
    ("before it would take all, after it says otherwise", policy("NETWORK", "deny"), "", []),
    (
        "a policy's rule for secure tags takes nothing for certain",
        policy("HIERARCHY", "deny", target_secure_tags=(SecureTag(name="tagValues/1", state="EFFECTIVE"),)),
        "AFTER_CLASSIC_FIREWALL",
        [],
    ),
]


@pytest.mark.parametrize(("one", "order", "wanted"), [case[1:] for case in BEHIND], ids=[case[0] for case in BEHIND])
def test_policies_come_before_or_after(one: Policy, order: str, wanted: list[str]) -> None:
    idle = found(allow("mine", 9, "443", source_ranges=("10.1.0.0/16",)), policies={"": (one,)}, order=order)
    assert [what for _, what, _ in names(idle)] == wanted
    assert all(by == ["p/5"] for _, _, by in names(idle))


def test_every_region_must_agree() -> None:
    mine = allow("mine", 9, "443", source_ranges=("10.1.0.0/16",))
    taken = {"": (), "us-central1": (policy("HIERARCHY", "deny"),)}
    assert len(found(mine, policies=taken)) == 1
    assert not found(mine, policies=taken | {"europe-west1": ()})


def test_tags_that_the_same_rules_name_are_asked_about_once() -> None:
    """As many tags as the API takes: each with each, at both ends, would be some millions of questions."""
    targets, senders = tuple(f"t{n}" for n in range(70)), tuple(f"s{n}" for n in range(30))
    others = {"target_tags": tuple(f"u{n}" for n in range(70)), "source_tags": tuple(f"v{n}" for n in range(30))}
    idle = found(
        allow("mine", 1, "22", source_ranges=(), target_tags=targets, source_tags=senders),
        deny("sooner", 0, "22", source_ranges=(), **others),
        deny("later", 2, "22", source_ranges=(), **others),
        allow("all", 3, "22", source_ranges=("0.0.0.0/0",)),
    )
    assert names(idle) == [("mine", "redundant", ["all"]), ("later", "shadowed", ["sooner"])]
