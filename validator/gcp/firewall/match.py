"""Which packets a classic rule matches, for certain and possibly.

https://cloud.google.com/compute/docs/reference/rest/v1/firewalls https://cloud.google.com/firewall/docs/firewalls
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from validator.gcp.firewall.fields import EVERYWHERE, NO_RANGE_GIVEN, NONE, Bounds, protocols_and_ports, ranges
from validator.gcp.firewall.outcome import Action, Decider, Doubt, RuleKind
from validator.gcp.firewall.party import Party, sends, source_doubt, targets
from validator.headerspace.axes import ANYWHERE, EVERY_SERVICE
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.headerspace.packets import NO_PACKETS, Packets, packets
from validator.model.firewall import FirewallRule

Direction = Literal["INGRESS", "EGRESS"]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule does to the packets it meets: `sure` is part of `possible`; no action means it is not known.

    Rules of every stage end up as this.
    """

    decider: Decider
    action: Action | None
    sure: Packets
    possible: Packets
    #: Present where some packet is possible but not sure, or the action is not known.
    doubt: Doubt | None = None


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its fields as number sets, still open for who sends and who receives."""

    rule: FirewallRule
    kind: RuleKind
    sources: Bounds
    destinations: Bounds
    services: Bounds

    @property
    def order(self) -> tuple[int, int, str]:
        """Lower comes first; a deny wins a tie. The name only makes the order of equals fixed."""
        rank = {Action.DENY: 0, None: 1, Action.ALLOW: 2}
        return self.rule.priority, rank[self.action], self.rule.name

    @property
    def decider(self) -> Decider:
        """The rule as what decides."""
        return Decider(name=self.rule.name, kind=self.kind, priority=self.rule.priority)

    @property
    def action(self) -> Action | None:
        """What the rule says; None for one that says nothing, or both."""
        if bool(self.rule.allowed) == bool(self.rule.denied):
            return None
        return Action.ALLOW if self.rule.allowed else Action.DENY


def compiled(rule: FirewallRule, kind: RuleKind = RuleKind.VPC) -> Compiled:
    """The rule's fields read; what cannot be read widens `possible`, never `sure`."""
    entries = rule.allowed + rule.denied
    egress = rule.direction == "EGRESS"
    return Compiled(
        rule=rule,
        kind=kind,
        sources=_narrowing(rule.source_ranges) if egress else _sources(rule),
        destinations=_peer(rule.destination_ranges) if egress else _narrowing(rule.destination_ranges),
        services=protocols_and_ports(entries) if entries else Bounds(EMPTY, EVERY_SERVICE),
    )


def match(one: Compiled, target: Party, sender: Party, carriers: Mapping[str, Intervals]) -> Match | None:
    """The rule's effect on packets between the two; None where it is not for this target at all.

    `carriers` bounds where instances with a tag can be, for tags of which that is known; "" stands for all
    other tags and for service accounts.
    """
    applies = targets(one.rule, target)
    if applies is False:
        return None
    sources, by_identity = _widened(one, sender, carriers)
    possible = packets(sources.possible, one.destinations.possible, one.services.possible)
    certain = applies and not one.rule.unmodelled and one.rule.direction in ("INGRESS", "EGRESS") and _lawful(one.rule)
    sure = packets(sources.sure, one.destinations.sure, one.services.sure) if certain else NO_PACKETS
    doubt = None
    if sure != possible or one.action is None:
        doubt = _doubt(one, applies=applies, by_identity=by_identity, sender=sender)
    return Match(decider=one.decider, action=one.action, sure=sure, possible=possible, doubt=doubt)


def concerns(rule: FirewallRule, direction: Direction) -> bool:
    """Whether the rule, an enabled one, is of this direction, or of one that does not exist."""
    return rule.direction == direction or rule.direction not in ("INGRESS", "EGRESS")


def _peer(texts: tuple[str, ...]) -> Bounds:
    return ranges(texts) if texts else NO_RANGE_GIVEN


def _narrowing(texts: tuple[str, ...]) -> Bounds:
    return ranges(texts) if texts else EVERYWHERE


def _sources(rule: FirewallRule) -> Bounds:
    """Ranges, tags and service accounts are alternatives; with none of them any source is meant."""
    if rule.source_tags or rule.source_service_accounts:
        return ranges(rule.source_ranges) if rule.source_ranges else NONE
    return _peer(rule.source_ranges)


def _widened(one: Compiled, sender: Party, carriers: Mapping[str, Intervals]) -> tuple[Bounds, bool]:
    """The sources with those that tags or service accounts add, and whether that is in doubt."""
    if one.rule.direction == "EGRESS":
        return (one.sources if _lawful(one.rule) else Bounds(EMPTY, ANYWHERE)), False
    selected = sends(one.rule, sender)
    if selected is False:
        return one.sources, False
    if selected:
        return one.sources | EVERYWHERE, False
    kinds = [*one.rule.source_tags, *([""] if one.rule.source_service_accounts else [])]
    anywhere = carriers.get("", ANYWHERE)
    return one.sources | Bounds(EMPTY, union(carriers.get(kind, anywhere) for kind in kinds)), True


def _lawful(rule: FirewallRule) -> bool:
    """Whether the API would accept the selectors: egress rules select no sources by tag or service account."""
    return not (rule.direction == "EGRESS" and (rule.source_tags or rule.source_service_accounts))


def _doubt(one: Compiled, *, applies: bool | None, by_identity: bool, sender: Party) -> Doubt:
    if one.rule.unmodelled:
        return Doubt("UNMODELLED_FIELD", f"its fields {', '.join(one.rule.unmodelled)} are not understood")
    if one.action is None:
        return Doubt("UNREADABLE_RULE", "it does not say either allow or deny")
    if applies is None:
        return Doubt("UNKNOWN_TARGET", "it targets tags or service accounts that are not known here")
    if by_identity:
        return source_doubt(sender)
    return Doubt("UNREADABLE_RULE", "a range, protocol, port or selector of it cannot be read for certain")
