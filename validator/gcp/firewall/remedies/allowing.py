"""How to let through what a firewall denies: a rule in the place where it wins.

https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
"""

from __future__ import annotations

import msgspec

from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Decider, RuleKind
from validator.gcp.firewall.remedies.policy_remedy import NewPolicyRule
from validator.gcp.firewall.remedies.remedy import NewRule
from validator.gcp.special import widened
from validator.headerspace.intervals import EMPTY
from validator.headerspace.packets import Packets
from validator.model.fix import Fix


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that a network denies at one end of a flow."""

    #: Full name.
    network: str
    direction: Direction
    packets: Packets
    decider: Decider
    #: Of the sender of egress, the receiver of ingress; None where not known.
    target_tags: frozenset[str] | None = None
    #: Words the name of a rule is made of.
    about: tuple[str, ...]
    #: Where no better priority is needed.
    usual_priority: int = 1000


def allowing(denied: Denied, firewall: NetworkFirewall | None) -> Fix:
    """The rule to create, in the network or in the policy that denies; in words where none can be."""
    decider = denied.decider
    if decider.kind in (RuleKind.ALWAYS_BLOCKED, RuleKind.ALWAYS_ALLOWED):
        return Fix(summary="Google blocks this traffic whatever the rules say; use another port or protocol.")
    if decider.policy:
        return _in_policy(denied, firewall)
    if decider.priority == 0:
        return Fix(summary=f"Nothing wins over {decider}: change that rule or give it a higher number.")
    return _in_network(denied)


def _in_network(denied: Denied) -> Fix:
    priority = denied.usual_priority if denied.decider.priority is None else denied.decider.priority - 1
    egress, some = denied.direction == "EGRESS", denied.packets
    tags = denied.target_tags or frozenset()
    automatic = [tag for tag in tags if tag.startswith("vpc-connector-")]
    rule = NewRule(
        about=denied.about,
        network=denied.network,
        direction=denied.direction,
        priority=min(priority, denied.usual_priority),
        services=some.services,
        source_ranges=EMPTY if egress and tags else widened(some.sources),
        destination_ranges=widened(some.destinations) if egress else EMPTY,
        target_tags=tuple(automatic or sorted(tags)),
    )
    summary = (
        f"Allow it by an {denied.direction.lower()} rule of priority {rule.priority}, which wins over {denied.decider}."
    )
    return Fix(summary=summary, gcloud=(rule.gcloud,), terraform=rule.terraform)


def _in_policy(denied: Denied, firewall: NetworkFirewall | None) -> Fix:
    decider, some = denied.decider, denied.packets
    policy = firewall.policy(decider.policy_path) if firewall else None
    priority = policy.free_priority(decider.priority) if policy and decider.priority is not None else None
    if priority is None:
        return Fix(summary=f"Nothing can be put before {decider}: change that rule or give it a higher number.")
    rule = NewPolicyRule(
        beside=decider,
        priority=priority,
        direction=denied.direction,
        services=some.services,
        sources=widened(some.sources),
        destinations=widened(some.destinations),
    )
    if not rule.gcloud:
        return Fix(summary=f"{decider} is Google's own: turn off what its policy was made for, or use another port.")
    summary = f"Allow it in policy {decider.policy}, by a rule of priority {priority} before {decider}."
    return Fix(summary=summary, gcloud=(rule.gcloud,), terraform=rule.terraform)
