"""The firewall of one network, asked about packets at one end of a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.firewall.evaluate import first_match
from validator.gcp.firewall.match import Compiled, Direction, Match, compiled, concerns, match
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Partition, Piece, RuleKind
from validator.gcp.firewall.party import ANYONE, Party
from validator.gcp.firewall.policies import policies_that_matter
from validator.gcp.firewall.unconditional import unconditional
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import EVERY_PACKET, Packets
from validator.model.firewall import Effective, FirewallRule

_IMPLIED: Mapping[str, Match] = MappingProxyType(
    {
        direction: Match(
            decider=Decider(name=f"implied {action} of all {word}", kind=RuleKind.IMPLIED, priority=65535),
            action=action,
            sure=EVERY_PACKET,
            possible=EVERY_PACKET,
        )
        for direction, word, action in (("INGRESS", "ingress", Action.DENY), ("EGRESS", "egress", Action.ALLOW))
    }
)


class NetworkFirewall(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that acts on a network, in the order of evaluation.

    https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
    """

    #: Full name.
    network: str
    rules: tuple[Compiled, ...] = ()
    #: The API's answer for the network as a whole, and per region.
    answer: Effective | None = None
    regional: Mapping[str, Effective] = msgspec.field(default_factory=dict)
    #: Addresses of the network's subnets and connectors.
    inside: Intervals = EMPTY
    #: Where instances can be that carry a tag; "" for every other tag (see `match`).
    carriers: Mapping[str, Intervals] = msgspec.field(default_factory=dict)

    def judge(
        self, asked: Packets, *, direction: Direction, target: Party = ANYONE, sender: Party = ANYONE
    ) -> Partition:
        """What becomes of the packets at `target`: the receiver of ingress, the sender of egress.

        `sender` matters for ingress only.
        """
        fixed = tuple(unconditional(asked, direction, self.inside))
        for piece in fixed:
            asked -= piece.packets
        if not asked:
            return Partition(fixed)
        if unsettled := self.beyond(direction, target.region):
            return Partition((*fixed, _undecided(asked, unsettled)))
        return Partition(fixed + first_match(asked, self._matches(direction, target, sender)))

    def beyond(self, direction: Direction, region: str = "") -> Doubt | None:
        """What keeps the classic rules from having the last word in the region, or in any region read.

        The one place that stands for the stages of firewall policies.
        """
        if region and region not in self.regional:
            return Doubt("FIREWALL_CONFIG_NOT_FOUND", f"the effective firewall of region {region} was not read")
        regional = [answer for name, answer in self.regional.items() if not region or name == region]
        answers = [self.answer, *regional] if self.answer else regional
        if names := policies_that_matter(answers, direction):
            listed = ", ".join(names)
            return Doubt("UNSUPPORTED_FIREWALL_POLICY_RULE", f"firewall policies are attached: {listed}")
        return None

    def listed(self) -> tuple[FirewallRule, ...]:
        """The enabled rules, in the order of evaluation."""
        return tuple(one.rule for one in self.rules)

    def _matches(self, direction: Direction, target: Party, sender: Party) -> Iterable[Match]:
        for one in self.rules:
            if concerns(one.rule, direction) and (found := match(one, target, sender, self.carriers)):
                yield found
        yield _IMPLIED[direction]


def ordered(rules: Iterable[tuple[FirewallRule, RuleKind]]) -> tuple[Compiled, ...]:
    """The enabled rules compiled, first to be evaluated first."""
    enabled = (compiled(rule, kind) for rule, kind in rules if not rule.disabled)
    return tuple(sorted(enabled, key=lambda one: one.order))


def _undecided(asked: Packets, doubt: Doubt) -> Piece:
    decider = Decider(name="firewall policies", kind=RuleKind.UNSUPPORTED_POLICY)
    return Piece(packets=asked, action=Action.UNDECIDED, decider=decider, doubt=doubt)
