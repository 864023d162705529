"""Which packets a rule of a firewall policy matches, for certain and possibly.

https://cloud.google.com/compute/docs/reference/rest/v1/firewallPolicies
https://cloud.google.com/firewall/docs/firewall-policies-rule-details

Of a rule's sources one suffices: ranges, address groups, names, geography, threat lists and secure tags are
alternatives. The network type is a condition beside them, as are ranges at the rule's own end (`srcIpRanges` of
egress). https://cloud.google.com/firewall/docs/understand-network-contexts
"""

from __future__ import annotations

import msgspec

from validator.gcp.firewall.contexts import source_context
from validator.gcp.firewall.fields import EVERYWHERE, NONE, Bounds
from validator.gcp.firewall.match import Direction, Match
from validator.gcp.firewall.outcome import Action, Decider, Doubt
from validator.gcp.firewall.party import Party, selects
from validator.gcp.special import GOOGLE_SENDERS
from validator.headerspace.axes import ANYWHERE
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import NO_PACKETS, packets
from validator.model.firewall import PolicyRule, SecureTag

_ACTIONS = {"allow": Action.ALLOW, "deny": Action.DENY, "goto_next": Action.GOTO_NEXT}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A policy's rule with its fields as number sets, still open for who sends and who receives."""

    rule: PolicyRule
    decider: Decider
    #: Whether it is for VM interfaces of this network.
    here: bool | None
    #: By address, before `context` narrows them; secure tags add to them.
    sources: Bounds
    #: The network's own ranges, and those that the rule's `srcNetworks` mean.
    inside: Intervals
    named_networks: Bounds
    destinations: Bounds
    services: Bounds
    #: What keeps all of it from being certain, whoever asks.
    flaw: Doubt | None = None
    #: Why `sources` or `destinations` are not exact, where they are not.
    doubt: Doubt | None = None

    @property
    def action(self) -> Action | None:
        """What the rule says; None where that does not tell what becomes of a packet."""
        return _ACTIONS.get(self.rule.action)


def reads_direction(rule: PolicyRule, direction: Direction) -> bool:
    """Whether the rule takes part in this direction: enabled, and of it (or of one that does not exist)."""
    return not rule.disabled and (rule.direction == direction or rule.direction not in ("INGRESS", "EGRESS"))


def effective(tags: tuple[SecureTag, ...]) -> tuple[str, ...]:
    """Names of the tags that still exist."""
    return tuple(tag.name for tag in tags if tag.state != "INEFFECTIVE")


def policy_match(one: Reading, target: Party, sender: Party) -> Match | None:
    """The rule's effect on packets between the two; None where it is not for this target at all."""
    applies = _applies(one, target)
    if applies is False:
        return None
    sources, tagged = _sources(one, sender)
    possible = packets(sources.possible, one.destinations.possible, one.services.possible)
    certain = applies and one.flaw is None
    sure = packets(sources.sure, one.destinations.sure, one.services.sure) if certain else NO_PACKETS
    doubt = None
    if sure != possible or one.action is None:
        doubt = one.flaw or _doubt(one, applies=applies, tagged=tagged)
    return Match(decider=one.decider, action=one.action, sure=sure, possible=possible, doubt=doubt)


def _applies(one: Reading, target: Party) -> bool | None:
    """Whether the rule is for this end; None where its tags or service accounts are not known.

    A rule whose target tags are all gone is for nobody.
    """
    wanted = [
        selects(names, known)
        for names, known, given in (
            (effective(one.rule.target_secure_tags), target.secure_tags, one.rule.target_secure_tags),
            (one.rule.target_service_accounts, target.service_accounts, one.rule.target_service_accounts),
        )
        if given
    ]
    chosen = {one.here, *wanted}
    return False if False in chosen else None if None in chosen else True


def _sources(one: Reading, sender: Party) -> tuple[Bounds, bool]:
    """The sources for this sender, and whether a secure tag leaves them in doubt."""
    if one.rule.direction == "EGRESS":
        return one.sources, False
    selected = selects(effective(one.rule.match.src_secure_tags), sender.secure_tags)
    tagged = {True: EVERYWHERE, False: NONE, None: Bounds(EMPTY, ANYWHERE - GOOGLE_SENDERS)}[selected]
    context = source_context(one.rule.match, one.inside, one.named_networks, internet=sender.internet)
    return (one.sources | tagged) & context, selected is None


def _doubt(one: Reading, *, applies: bool | None, tagged: bool) -> Doubt:
    if one.action is None:
        return _unclear_end(one.rule)
    if applies is None:
        return Doubt("UNKNOWN_TARGET", "it targets secure tags, service accounts or networks that are not known here")
    if tagged:
        return Doubt("UNKNOWN_SOURCE", "it selects sources by secure tags that are not known here")
    return one.doubt or Doubt("UNREADABLE_RULE", "a range, protocol or port of it cannot be read for certain")


def _unclear_end(rule: PolicyRule) -> Doubt:
    if rule.action == "apply_security_profile_group":
        return Doubt("L7_INSPECTION", "it lets packets pass only if an inspection of their contents does")
    return Doubt("UNSUPPORTED_FIREWALL_POLICY_RULE", "its action is none that is known")
