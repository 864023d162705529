"""A second, slow firewall: the possible fates of one packet, from the API's JSON, one rule after the other.

It shares no code with the product. What cannot be told of a rule is None, and then both ways are followed.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.builders import REGION
from tests.gcp.firewall.naive_fields import Answer, both, either, is_public, listed_ports, within
from validator.headerspace.packets import Packet

Json = Mapping[str, Any]
_STAGES = {
    "AFTER_CLASSIC_FIREWALL": ("classic", "NETWORK", "NETWORK_REGIONAL"),
    "BEFORE_CLASSIC_FIREWALL": ("NETWORK", "NETWORK_REGIONAL", "classic"),
}
_BY_ADDRESS = ("IpRanges", "AddressGroups", "Fqdns", "RegionCodes", "ThreatIntelligences")
_SYSTEM = ("SYSTEM", "SYSTEM_GLOBAL", "SYSTEM_REGIONAL")


class End(NamedTuple):
    """Who sends or receives; None stands for "not known"."""

    tags: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    secure: tuple[str, ...] | None = None
    internet: bool | None = None
    direct: bool = False
    region: str = ""


class World(NamedTuple):
    """One network as the APIs tell of it."""

    network: Json
    effective: Json
    regional: Mapping[str, Json]
    subnets: tuple[str, ...]
    #: Tag and range of each connector of the network's own project.
    connectors: Mapping[str, tuple[str, str]]
    groups: Mapping[str, tuple[str, ...]]


class Question(NamedTuple):
    """A packet on its way."""

    world: World
    packet: Packet
    direction: str
    target: End
    sender: End

    @property
    def inside(self) -> tuple[str, ...]:
        """Ranges of subnets and connectors."""
        return (*self.world.subnets, *(block for _, block in self.world.connectors.values()))

    @property
    def own(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """The end of the packet that is the target."""
        return self.packet.destination if self.direction == "INGRESS" else self.packet.source

    @property
    def peer(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """The end of the packet that is not the target."""
        return self.packet.source if self.direction == "INGRESS" else self.packet.destination


def fate(question: Question) -> str:
    """What becomes of the packet: allow, deny or undecided."""
    if word := _whatever_rules_say(question):
        return word
    region = question.target.region
    if region and region not in question.world.regional:
        return "undecided"
    regions = [region] if region else _regions(question)
    order = question.world.network.get("networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL")
    orders = [_STAGES[order]] if order in _STAGES else list(_STAGES.values())
    outcomes = _Outcomes(question)
    ways = {way for one in regions for last in orders for way in _ways(outcomes, one, last)}
    found = ways.pop() if len(ways) == 1 else "undecided"
    external = is_public(question.peer) and within(question.peer, question.inside) is not True
    return "undecided" if found == "allow" and question.packet.protocol == 47 and external else found


def _regions(question: Question) -> list[str]:
    """Where the target of unknown region may be: the worlds' subnets are in one region, and others have none."""
    read = sorted(question.world.regional)
    if read and within(question.own, question.world.subnets):
        return [REGION]
    return read or [""]


def _whatever_rules_say(question: Question) -> str:
    packet, out = question.packet, question.direction == "EGRESS"
    if str(question.peer) in ("169.254.169.254", "fd20:ce::254"):
        return "allow"
    if is_public(question.peer) and not within(question.peer, question.inside):
        if out and (packet.protocol, packet.port) == (6, 25):
            return "deny"
        if packet.protocol not in (1, 6, 17, 47, 50, 51, 58, 132):
            return "deny"
    return ""


class _Outcomes:
    """What each policy may do to the packet, worked out once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._known: dict[int, set[str]] = {}

    def of(self, policy: Json) -> set[str]:
        if id(policy) not in self._known:
            self._known[id(policy)] = _policy(self.question, policy)
        return self._known[id(policy)]


def _ways(outcomes: _Outcomes, region: str, last: tuple[str, ...]) -> set[str]:
    """Every end the packet may come to."""
    found: set[str] = set()
    for policies in _sequences(outcomes, region, last):
        open_still = True
        for possible in policies:
            found |= possible - {"next"}
            if "next" not in possible:
                open_still = False
                break
        if open_still:
            found.add("deny" if outcomes.question.direction == "INGRESS" else "allow")
    return found


def _sequences(outcomes: _Outcomes, region: str, last: tuple[str, ...]) -> Iterator[tuple[set[str], ...]]:
    """The outcomes of the policies one after the other, in every order that is possible."""
    attached = _attached(outcomes.question.world, region)
    stages: list[list[list[set[str]]]] = []
    for stage in ("", "HIERARCHY", "SYSTEM", *last):
        if stage == "classic":
            stages.append([[_classic(outcomes.question)]])
            continue
        here = [policy for policy in attached if _stage(policy) == stage]
        stages.append([[outcomes.of(policy) for policy in group] for group in _possible_orders(stage, here)])
    for chosen in itertools.product(*stages):
        yield tuple(possible for of_stage in chosen for possible in of_stage)


def _attached(world: World, region: str) -> list[Json]:
    answers = [world.regional[region], world.effective] if region else [world.effective]
    found: dict[tuple[str, str], Json] = {}
    for answer in answers:
        for policy in answer.get("firewallPolicys", ()):
            found.setdefault((policy.get("type", ""), policy["name"]), policy)
    return [one for one in found.values() if one.get("policyType", "VPC_POLICY") != "RDMA_ROCE_POLICY"]


def _stage(policy: Json) -> str:
    kind: str = policy.get("type", "")
    if kind in _SYSTEM:
        return "SYSTEM"
    return kind if kind in ("HIERARCHY", "NETWORK", "NETWORK_REGIONAL") else ""


def _possible_orders(stage: str, policies: list[Json]) -> Iterator[list[Json]]:
    """By priority of association where all have one and it tells; else every order."""
    told = stage not in ("", "HIERARCHY") and all("priority" in policy for policy in policies)
    if stage == "SYSTEM" and len({policy["type"] == "SYSTEM_REGIONAL" for policy in policies}) > 1:
        told = False
    for some in itertools.permutations(policies):
        ranks = [policy.get("priority", 0) for policy in some]
        if not told or ranks == sorted(ranks):
            yield list(some)


def _policy(question: Question, policy: Json) -> set[str]:
    """Every outcome the policy may have for the packet; "next" where it may go on."""
    rules = policy.get("rules", [])
    if not rules:
        return {"undecided"}
    strange = policy.get("type", "") not in ("HIERARCHY", "NETWORK", "NETWORK_REGIONAL", *_SYSTEM)
    strange |= "newPolicyField" in policy
    met = [
        (rule, answer)
        for rule in sorted(rules, key=lambda rule: rule.get("priority", -1))
        if (answer := _policy_rule(question, rule)) is not False
    ]
    found: set[str] = set()
    for rule, answer in met:
        found.add({"allow": "allow", "deny": "deny", "goto_next": "next"}.get(rule["action"], "undecided"))
        twin = any(
            other["action"] != rule["action"] and "priority" in rule and other.get("priority") == rule["priority"]
            for other, _ in met
        )
        if answer and not strange and not twin:
            return found
    return found | {"next"}


def _policy_rule(question: Question, rule: Json) -> Answer:
    """Whether the rule matches the packet."""
    match = rule.get("match", {})
    if rule.get("disabled") or rule["direction"] != question.direction or _gone(rule):
        return False
    answer = both(
        _policy_target(question, rule),
        _end(question, match, "src", question.packet.source),
        _end(question, match, "dest", question.packet.destination),
        _policy_service(question, match),
    )
    tags_gone = match.get("srcSecureTags") and not _alive(match["srcSecureTags"]) and not match.get("srcIpRanges")
    doubtful = "priority" not in rule or "newField" in rule or "newField" in match or tags_gone
    return None if answer and doubtful else answer


def _gone(rule: Json) -> bool:
    """Whether all of its secure tags are deleted, and it has no others to go by."""
    match = rule.get("match", {})
    targets, sources = rule.get("targetSecureTags", ()), match.get("srcSecureTags", ())
    if targets and not _alive(targets):
        return True
    others = any(match.get(f"src{name}") for name in _BY_ADDRESS)
    return bool(sources) and not _alive(sources) and not others


def _alive(tags: Iterable[Json]) -> tuple[str, ...]:
    return tuple(tag["name"] for tag in tags if tag.get("state") != "INEFFECTIVE")


def _end(question: Question, match: Json, side: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Answer:
    """Whether one end of the packet fits; at the other end than the target's, nothing given means IPv4 for sure."""
    peer = (side == "src") == (question.direction == "INGRESS")
    tags = match.get("srcSecureTags") if side == "src" else None
    if tags or any(match.get(f"{side}{name}") for name in _BY_ADDRESS):
        listed = either(*_alternatives(question, match, side, address), _tagged(question, tags or ()))
    elif peer and not match.get(f"{side}NetworkType"):
        listed = True if address.version == 4 else None
    else:
        listed = True
    return both(listed, _source_type(question, match) if side == "src" else _destination_type(question, match))


def _alternatives(
    question: Question, match: Json, side: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> Iterator[Answer]:
    yield within(address, match.get(f"{side}IpRanges", ()))
    for name in match.get(f"{side}AddressGroups", ()):
        items = question.world.groups.get(name)
        yield None if items is None else within(address, items)
    if match.get(f"{side}Fqdns"):
        yield None
    if match.get(f"{side}RegionCodes") or match.get(f"{side}ThreatIntelligences"):
        yield None if is_public(address) else False


def _tagged(question: Question, tags: Iterable[Json]) -> Answer:
    answer = _carries(_alive(tags), question.sender.secure)
    google = within(question.packet.source, ("35.191.0.0/16", "35.199.224.0/19"))
    return False if answer is None and google else answer


def _source_type(question: Question, match: Json) -> Answer:
    word, address, internet = match.get("srcNetworkType", ""), question.packet.source, question.sender.internet
    if not word:
        return True
    if internet:
        return bool(word == "INTERNET")
    if word == "INTERNET":
        return False if internet is False or not is_public(address) else None
    if word == "NON_INTERNET":
        return True if internet is False or not is_public(address) else None
    if not question.inside:
        # Of a network without subnets (a legacy one) the ranges are not known.
        return None
    inside = within(address, question.inside)
    networks = match.get("srcNetworks", ())
    return inside if word == "INTRA_VPC" else _in_networks(question, networks, inside=bool(inside))


def _in_networks(question: Question, networks: Iterable[str], *, inside: bool) -> Answer:
    listed = tuple(networks)
    if not listed:
        return None
    own = {re.sub(r"^.*(projects/)", r"\1", text) == question.world.network["full"] for text in listed}
    if inside:
        return True in own
    return None if False in own else False


def _destination_type(question: Question, match: Json) -> Answer:
    word = match.get("destNetworkType", "")
    public = is_public(question.packet.destination)
    if word == "INTERNET":
        return None if public else False
    if word == "NON_INTERNET":
        return None if public else True
    return None if word else True


def _policy_target(question: Question, rule: Json) -> Answer:
    if rule.get("targetType") == "INTERNAL_MANAGED_LB":
        return False
    own = question.world.network["full"]
    answers: list[Answer] = []
    for text in rule.get("targetResources", ()):
        _, _, path = text.partition("projects/")
        project, _, name = path.partition("/")
        unknown = project.isdigit() and own.endswith(f"/{name}")
        answers.append(True if f"projects/{path}" == own else None if unknown else False)
    tags = _alive(rule.get("targetSecureTags", ()))
    return both(
        either(*answers) if answers else True,
        _carries(tags, question.target.secure) if tags else True,
        _carries(rule["targetServiceAccounts"], question.target.accounts)
        if rule.get("targetServiceAccounts")
        else True,
    )


def _policy_service(question: Question, match: Json) -> Answer:
    entries = match.get("layer4Configs", ())
    if not entries:
        return True
    return either(*(listed_ports(question.packet, one.get("ipProtocol", ""), one.get("ports", ())) for one in entries))


def _classic(question: Question) -> set[str]:
    """Every outcome of the classic rules, Google's own among them."""
    rules = [*question.world.effective.get("firewalls", ()), *_managed(question.world)]
    found: set[str] = set()
    for rule in sorted(rules, key=_classic_order):
        if rule.get("disabled") or rule.get("direction", "INGRESS") != question.direction:
            continue
        answer = _classic_rule(question, rule)
        if answer is False:
            continue
        said = {"allowed", "denied"} & {name for name in rule if rule[name]}
        found.add({"allowed": "allow", "denied": "deny"}[said.pop()] if len(said) == 1 else "undecided")
        if answer:
            return found
    return found | {"next"}


def _classic_order(rule: Json) -> tuple[int, int]:
    return rule.get("priority", 1000), bool(rule.get("allowed")) - bool(rule.get("denied"))


def _classic_rule(question: Question, rule: Json) -> Answer:
    ingress = question.direction == "INGRESS"
    sources, destinations = rule.get("sourceRanges", ()), rule.get("destinationRanges", ())
    family: Answer = True if question.packet.source.version == 4 else None
    answers = [
        _classic_target(question, rule),
        _classic_source(question, rule, family) if ingress else not sources or within(question.packet.source, sources),
        within(question.packet.destination, destinations) if destinations else True if ingress else family,
        _classic_service(question, rule),
    ]
    answer = both(*answers)
    return None if answer and "newField" in rule else answer


def _classic_target(question: Question, rule: Json) -> Answer:
    if tags := rule.get("targetTags"):
        return _carries(tags, question.target.tags)
    if accounts := rule.get("targetServiceAccounts"):
        return _carries(accounts, question.target.accounts)
    return True


def _classic_source(question: Question, rule: Json, family: Answer) -> Answer:
    tags, accounts = rule.get("sourceTags", ()), rule.get("sourceServiceAccounts", ())
    ranges = rule.get("sourceRanges", ())
    if not tags and not accounts:
        return within(question.packet.source, ranges) if ranges else family
    sender = question.sender
    if sender.direct:
        known: Answer = None
    else:
        known = either(_carries(tags, sender.tags), _carries(accounts, sender.accounts))
    if known is None and not either(*(_may_be_at(question, tag) for tag in (*tags, *([""] if accounts else [])))):
        known = False
    return either(within(question.packet.source, ranges) if ranges else False, known)


def _may_be_at(question: Question, tag: str) -> bool:
    """Whether an instance with the tag can be where the packet comes from."""
    for own, block in question.world.connectors.values():
        if own == tag:
            return bool(within(question.packet.source, (block,)))
    return not question.world.subnets or bool(within(question.packet.source, question.inside))


def _classic_service(question: Question, rule: Json) -> Answer:
    entries = [*rule.get("allowed", ()), *rule.get("denied", ())]
    if not entries:
        return None
    return either(*(listed_ports(question.packet, one["IPProtocol"], one.get("ports", ())) for one in entries))


def _managed(world: World) -> Iterator[Json]:
    """Google's rules for connectors, those left out that the answer lists.

    https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#firewall-rules-vpc-access
    """
    listed = {rule["name"] for rule in world.effective.get("firewalls", ())}
    plain = [
        {"IPProtocol": "tcp", "ports": ["667"]},
        {"IPProtocol": "udp", "ports": ["665-666"]},
        {"IPProtocol": "icmp"},
    ]
    shut = [
        {"IPProtocol": "tcp", "ports": ["1-666", "668-65535"]},
        {"IPProtocol": "udp", "ports": ["1-664", "667-65535"]},
    ]
    every = [{"IPProtocol": protocol} for protocol in ("tcp", "udp", "icmp")]
    health = ["35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22"]
    infrastructure = ["35.199.224.0/19"]
    for name, (tag, block) in world.connectors.items():
        to = {"direction": "INGRESS", "priority": 100, "targetTags": [tag]}
        out = {"direction": "EGRESS", "priority": 100, "targetTags": [tag], "destinationRanges": infrastructure}
        for suffix, rule in {
            "hcfw": {**to, "allowed": plain[:1], "sourceRanges": health},
            "rsgfw": {**to, "allowed": plain, "sourceRanges": infrastructure},
            "earfw": {**out, "allowed": plain},
            "egrfw": {**out, "denied": shut},
            "sbntfw": {"allowed": every, "sourceRanges": [block]},
            "tagfw": {"allowed": every, "sourceTags": [tag]},
        }.items():
            if f"aet-{name}-{suffix}" not in listed:
                yield rule


def _carries(wanted: Iterable[str], known: tuple[str, ...] | None) -> Answer:
    names = tuple(wanted)
    return False if not names else None if known is None else any(name in known for name in names)
