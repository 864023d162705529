"""Firewall policies in effect on a network: where each stands in the evaluation, and its rules in order.

https://cloud.google.com/firewall/docs/firewall-policies-overview
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from types import MappingProxyType

import msgspec

from validator.gcp.firewall.match import Direction, Match
from validator.gcp.firewall.outcome import Action, Decider, Doubt, RuleKind, Stage
from validator.gcp.firewall.party import Party
from validator.gcp.firewall.policy_rules import Reading, policy_match, reads_direction
from validator.gcp.firewall.reading import Surroundings, read_rule
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS
from validator.model.firewall import Effective, EffectivePolicy, PolicyRule

_PLACES: Mapping[str, tuple[Stage, RuleKind]] = MappingProxyType(
    {
        "HIERARCHY": (Stage.HIERARCHICAL, RuleKind.HIERARCHICAL_POLICY),
        "SYSTEM": (Stage.SYSTEM, RuleKind.SYSTEM_POLICY),
        "SYSTEM_GLOBAL": (Stage.SYSTEM, RuleKind.SYSTEM_POLICY),
        "SYSTEM_REGIONAL": (Stage.SYSTEM, RuleKind.SYSTEM_REGIONAL_POLICY),
        "NETWORK": (Stage.GLOBAL, RuleKind.NETWORK_POLICY),
        "NETWORK_REGIONAL": (Stage.REGIONAL, RuleKind.NETWORK_REGIONAL_POLICY),
    }
)
#: Policy types of networks between accelerators, which carry nothing else.
#: https://cloud.google.com/firewall/docs/firewall-for-roce
_OTHER_HARDWARE = ("RDMA_ROCE_POLICY", "RDMA_FALCON_POLICY", "ULL_POLICY")
_USUAL_PRIORITY = 1000
_EMPTY = Doubt("FIREWALL_CONFIG_NOT_FOUND", "the answer lists no rule of it, not even the default ones")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in effect, its rules read."""

    stage: Stage
    kind: RuleKind
    #: As its owners call it, and its full name.
    name: str
    path: str
    #: Of the association; None where the answer does not tell.
    priority: int | None = None
    rules: tuple[Reading, ...] = ()
    #: The priority numbers of its rules, of disabled and ignored ones too.
    taken: frozenset[int] = frozenset()
    #: Whether the answer lists rules at all; every policy has default ones.
    listed: bool = True

    def matches(self, direction: Direction, target: Party, sender: Party) -> tuple[Match, ...]:
        """What its rules do to packets between the two, first to be evaluated first."""
        if not self.listed:
            decider = Decider(name="", kind=self.kind, stage=self.stage, policy=self.name, policy_path=self.path)
            return (Match(decider=decider, action=None, sure=EVERY_PACKET, possible=EVERY_PACKET, doubt=_EMPTY),)
        found = [
            (one.rule.priority, match)
            for one in self.rules
            if reads_direction(one.rule, direction) and (match := policy_match(one, target, sender))
        ]
        ordered = [match for _, tied in groupby(found, key=lambda pair: pair[0]) for match in _tied(tied)]
        while ordered and ordered[-1].action is Action.GOTO_NEXT:
            # Behind the last rule that ends a search, everything goes on anyway.
            ordered.pop()
        return tuple(ordered)

    def free_priority(self, below: int) -> int | None:
        """A priority number under `below`, at most 1000, that no rule has: each is given once per policy."""
        numbers = range(min(below - 1, _USUAL_PRIORITY), -1, -1)
        return next((number for number in numbers if number not in self.taken), None)


def policies_in_effect(answers: Iterable[Effective], around: Surroundings) -> tuple[Policy, ...]:
    """Each policy of the answers once, the first one's word for it, in a fixed order."""
    found: dict[tuple[str, str], Policy] = {}
    for answer in answers:
        for policy in answer.firewall_policys:
            key = (policy.type, policy.name or _name(policy))
            if key not in found and policy.policy_type not in _OTHER_HARDWARE:
                found[key] = _read(policy, answer.location, around)
    return tuple(policy for _, policy in sorted(found.items(), key=lambda item: item[0]))


def _read(policy: EffectivePolicy, region: str, around: Surroundings) -> Policy:
    stage, kind = _PLACES.get(policy.type, (Stage.UNPLACED, RuleKind.UNSUPPORTED_POLICY))
    flaw = _flaw(policy)
    name, path = _name(policy), _path(policy, stage, region, around.network)
    readings = []
    for rule in sorted(policy.rules, key=_order):
        decider = Decider(
            name=rule.rule_name, kind=kind, priority=rule.priority, stage=stage, policy=name, policy_path=path
        )
        if reading := read_rule(rule, decider, around, flaw):
            readings.append(reading)
    return Policy(
        stage=stage,
        kind=kind,
        name=name,
        path=path,
        priority=policy.priority,
        rules=tuple(readings),
        taken=frozenset(rule.priority for rule in policy.rules if rule.priority is not None),
        listed=bool(policy.rules),
    )


def _flaw(policy: EffectivePolicy) -> Doubt | None:
    """What keeps the whole policy from being certain."""
    if policy.type not in _PLACES or policy.policy_type not in ("", "VPC_POLICY"):
        text = f"policies of type {policy.policy_type or policy.type or 'unknown'} are not known"
        return Doubt("UNSUPPORTED_FIREWALL_POLICY_RULE", text)
    if policy.unmodelled:
        return Doubt("UNMODELLED_FIELD", f"its policy's fields {', '.join(policy.unmodelled)} are not understood")
    return None


def _order(rule: PolicyRule) -> tuple[int, str, str]:
    """A rule of unknown priority may come first; the rest only makes the order of equals fixed."""
    return -1 if rule.priority is None else rule.priority, rule.action, rule.rule_name


def _tied(pairs: Iterable[tuple[int | None, Match]]) -> Iterator[Match]:
    """Rules of one priority, which the API does not allow: where they disagree, each only may come first."""
    tied = [match for _, match in pairs]
    for match in tied:
        others = NO_PACKETS
        for other in tied:
            others |= other.possible if other.action is not match.action else NO_PACKETS
        if not others & match.sure:
            yield match
            continue
        doubt = match.doubt or Doubt("UNREADABLE_RULE", "another rule of its policy has the same priority")
        yield msgspec.structs.replace(match, sure=match.sure - others, doubt=doubt)


def _name(policy: EffectivePolicy) -> str:
    return policy.display_name or policy.short_name or policy.name


def _path(policy: EffectivePolicy, stage: Stage, region: str, network: str) -> str:
    """The policy's full name; a network's policies are of its own project."""
    project = network.split("/")[1]
    if stage in (Stage.REGIONAL, Stage.SYSTEM) and region:
        return f"projects/{project}/regions/{region}/firewallPolicies/{policy.name}"
    if stage is Stage.GLOBAL:
        return f"projects/{project}/global/firewallPolicies/{policy.name}"
    return f"locations/global/firewallPolicies/{policy.name}"
