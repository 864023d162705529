"""The firewall of one network, asked about packets at one end of a flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import msgspec

from validator.gcp.firewall.alternatives import agreed, together
from validator.gcp.firewall.evaluate import Matches, Search
from validator.gcp.firewall.match import Compiled, Direction, Match, compiled, concerns, match
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Partition, Piece, RuleKind, Stage
from validator.gcp.firewall.party import ANYONE, Party
from validator.gcp.firewall.policies import Policy
from validator.gcp.firewall.reach import Reach
from validator.gcp.firewall.stages import AFTER, Step, plans
from validator.gcp.firewall.unconditional import uncertain, unconditional
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, Packets, packets
from validator.model.firewall import FirewallRule

_IMPLIED: Mapping[str, Match] = MappingProxyType(
    {
        direction: Match(
            decider=Decider(
                name=f"implied {action} of all {word}", kind=RuleKind.IMPLIED, priority=65535, stage=Stage.IMPLIED
            ),
            action=action,
            sure=EVERY_PACKET,
            possible=EVERY_PACKET,
        )
        for direction, word, action in (("INGRESS", "ingress", Action.DENY), ("EGRESS", "egress", Action.ALLOW))
    }
)
_ORDER = Doubt("FIREWALL_POLICY_ORDER_UNKNOWN", "the network does not tell whether policies come before classic rules")
_REGIONS = Doubt("REGIONS_DIFFER", "the regions that were read do not agree, and which one it is in is not known")


class NetworkFirewall(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Every rule that acts on a network, in the order of evaluation.

    https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
    """

    #: Full name.
    network: str
    #: Classic rules.
    rules: tuple[Compiled, ...] = ()
    #: The network's own networkFirewallPolicyEnforcementOrder.
    order: str = AFTER
    #: The policies in effect in each region that was read, and under "" those in effect in every region.
    policies: Mapping[str, tuple[Policy, ...]] = msgspec.field(default_factory=dict)
    #: Addresses of the network's subnets and connectors.
    inside: Intervals = EMPTY
    #: The addresses of its subnets by region, of regions that were not read too.
    homes: Mapping[str, Intervals] = msgspec.field(default_factory=dict)
    #: Where instances can be that carry a tag; "" for every other tag (see `match`).
    carriers: Mapping[str, Intervals] = msgspec.field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions whose effective firewall was read."""
        return tuple(sorted(region for region in self.policies if region))

    def judge(
        self, asked: Packets, *, direction: Direction, target: Party = ANYONE, sender: Party = ANYONE
    ) -> Partition:
        """What becomes of the packets at `target`: the receiver of ingress, the sender of egress.

        `sender` matters for ingress only. A target of unknown region is judged where the subnets with its addresses
        are, in regions not read by the policies in effect everywhere; at other addresses, in every region.
        """
        if target.region and target.region not in self.policies:
            return self._unread(asked, direction, target.region)
        if target.region:
            return self._in_regions((target.region,), asked, direction, target, sender)
        return self._located(asked, direction, target, sender)

    def judge_under(
        self, policies: tuple[Policy, ...], asked: Packets, direction: Direction, target: Party, sender: Party
    ) -> Partition:
        """The same where these policies are in effect, whatever the target's region."""
        fixed = tuple(unconditional(asked, direction, self.inside))
        for piece in fixed:
            asked -= piece.packets
        if not asked:
            return Partition(fixed)
        answers = [
            Partition(self._pieces(steps, asked, direction, target, sender)) for steps in plans(policies, self.order)
        ]
        pieces = agreed(answers, _ORDER).pieces
        return Partition((*fixed, *uncertain(pieces, direction, self.inside)))

    def matches(
        self, step: Step, direction: Direction, target: Party, sender: Party, asked: Packets = EVERY_PACKET
    ) -> Sequence[Matches]:
        """The rules of each policy of the step, or the classic rules, that can concern packets between the two."""
        if step.stage is Stage.CLASSIC:
            return (tuple(self._classic(direction, target, sender, asked)),)
        return tuple(policy.matches(direction, target, sender) for policy in step.policies)

    def plans(self) -> tuple[tuple[Step, ...], ...]:
        """Each different order of evaluation that the network may have, in any region where VMs can be."""
        found: list[tuple[Step, ...]] = []
        for region in self._everywhere:
            found += [one for one in plans(self.policies.get(region, ()), self.order) if one not in found]
        return tuple(found)

    def take_through(
        self, search: Search, steps: Iterable[Step], direction: Direction, target: Party, sender: Party
    ) -> None:
        """Take what is open through the steps."""
        for step in steps:
            rules = self.matches(step, direction, target, sender, _still_open(search))
            if len(rules) > 1:
                names = [policy.name for policy in step.policies]
                search.run(together(_still_open(search), rules, names, step.stage))
            else:
                search.run(rules[0])

    def end(self, search: Search, direction: Direction) -> None:
        """Let the implied rule settle what is still open."""
        search.run((_IMPLIED[direction],))

    def policy(self, path: str) -> Policy | None:
        """The policy of this full name."""
        return next((one for some in self.policies.values() for one in some if one.path == path), None)

    def listed(self) -> tuple[FirewallRule, ...]:
        """The enabled classic rules, in the order of evaluation."""
        return tuple(one.rule for one in self.rules)

    @property
    def _everywhere(self) -> tuple[str, ...]:
        """The regions read, and "" where VMs can be in others."""
        return self.regions if self.regions and self.homes.keys() <= self.policies.keys() else (*self.regions, "")

    @cached_property
    def _uniform(self) -> bool:
        """Whether the same policies are in effect in every region."""
        every = tuple(self.policies.values())
        return all(one == every[0] for one in every)

    def _located(self, asked: Packets, direction: Direction, target: Party, sender: Party) -> Partition:
        if self._uniform:
            return self._in_regions(self._everywhere, asked, direction, target, sender)
        pieces: list[Piece] = []
        for region, addresses in self.homes.items():
            own = packets(destinations=addresses) if direction == "INGRESS" else packets(sources=addresses)
            if here := asked & own:
                asked -= here
                pieces += self._in_regions((region,), here, direction, target, sender).pieces
        if asked:
            pieces += self._in_regions(self._everywhere, asked, direction, target, sender).pieces
        return Partition(_alike_together(pieces))

    def _in_regions(
        self, regions: Iterable[str], asked: Packets, direction: Direction, target: Party, sender: Party
    ) -> Partition:
        everywhere = self.policies.get("", ())
        different: list[tuple[Policy, ...]] = []
        for region in regions:
            if (policies := self.policies.get(region, everywhere)) not in different:
                different.append(policies)
        return agreed([self.judge_under(one, asked, direction, target, sender) for one in different], _REGIONS)

    def _pieces(
        self, steps: Iterable[Step], asked: Packets, direction: Direction, target: Party, sender: Party
    ) -> tuple[Piece, ...]:
        search = Search(asked)
        self.take_through(search, steps, direction, target, sender)
        self.end(search, direction)
        return tuple(search.settled)

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self.rules)

    def _classic(self, direction: Direction, target: Party, sender: Party, asked: Packets) -> Iterator[Match]:
        for one in self._reach.of(asked):
            if concerns(one.rule, direction) and (found := match(one, target, sender, self.carriers)):
                yield found

    def _unread(self, asked: Packets, direction: Direction, region: str) -> Partition:
        fixed = tuple(unconditional(asked, direction, self.inside))
        for piece in fixed:
            asked -= piece.packets
        decider = Decider(name="firewall policies", kind=RuleKind.UNSUPPORTED_POLICY)
        doubt = Doubt("FIREWALL_CONFIG_NOT_FOUND", f"the effective firewall of region {region} was not read")
        rest = Piece(packets=asked, action=Action.UNDECIDED, decider=decider, doubt=doubt)
        return Partition((*fixed, rest) if asked else fixed)


def ordered(rules: Iterable[tuple[FirewallRule, RuleKind]]) -> tuple[Compiled, ...]:
    """The enabled rules compiled, first to be evaluated first."""
    enabled = (compiled(rule, kind) for rule, kind in rules if not rule.disabled)
    return tuple(sorted(enabled, key=lambda one: one.order))


def _alike_together(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Pieces of the same fate for the same reason as one."""
    found: dict[tuple[Action, Decider, Doubt | None], Piece] = {}
    for piece in pieces:
        key = (piece.action, piece.decider, piece.doubt)
        if one := found.get(key):
            piece = msgspec.structs.replace(one, packets=one.packets | piece.packets)  # noqa: PLW2901
        found[key] = piece
    return tuple(found.values())


def _still_open(search: Search) -> Packets:
    found = NO_PACKETS
    for one in search.open:
        found |= one.packets
    return found
