"""What the internet can reach, target by target, after the denies that apply to the same target.

A VM may carry any combination of tags. Whatever reaches such a VM by a rule also reaches the VM that carries
only one tag of that rule, or none where the rule has no targets: fewer tags mean fewer rules that come before.
So one target per tag and per service account, and one without any, are enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from validator.gcp.firewall.match import match
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Action, Decider, Doubt
from validator.gcp.firewall.party import OUTSIDER, Party
from validator.headerspace.packets import NO_PACKETS, Packets
from validator.model.firewall import FirewallRule


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Packets from outside that one rule lets in, or may let in."""

    decider: Decider
    packets: Packets
    #: Tags and service accounts of the targets; empty for every VM.
    targets: tuple[str, ...]
    doubt: Doubt | None = None


def exposures(firewall: NetworkFirewall, asked: Packets) -> Iterator[Exposure]:
    """By deciding rule, in the order of evaluation."""
    found: dict[tuple[Decider, Doubt | None], Packets] = defaultdict(lambda: NO_PACKETS)
    for target, reach in _reaches(firewall, asked):
        for piece in firewall.judge(reach, direction="INGRESS", target=target, sender=OUTSIDER).pieces:
            if piece.action is not Action.DENY:
                found[piece.decider, piece.doubt] |= piece.packets
    rules = {rule.name: rule for rule in firewall.listed()}
    for (decider, doubt), packets in sorted(found.items(), key=lambda item: item[0][0].priority or 0):
        yield Exposure(decider=decider, packets=packets, targets=_targets(rules, decider), doubt=doubt)


def _targets(rules: Mapping[str, FirewallRule], decider: Decider) -> tuple[str, ...]:
    rule = rules.get(decider.name)
    return (rule.target_tags + rule.target_service_accounts) if rule else ()


def _reaches(firewall: NetworkFirewall, asked: Packets) -> Iterator[tuple[Party, Packets]]:
    """Each target with the packets that rules made for just this target could let in."""
    nobody = Party(tags=frozenset(), service_accounts=frozenset())
    reach: dict[Party, Packets] = defaultdict(lambda: NO_PACKETS)
    for one in firewall.rules:
        if one.rule.direction == "EGRESS" or one.action is Action.DENY:
            continue
        for target in _parties(one.rule) or (nobody,):
            if found := match(one, target, OUTSIDER, firewall.carriers):
                reach[target] |= found.possible & asked
    yield from ((target, packets) for target, packets in reach.items() if packets)


def _parties(rule: FirewallRule) -> tuple[Party, ...]:
    tags = (Party(tags=frozenset((tag,)), service_accounts=frozenset()) for tag in rule.target_tags)
    accounts = (
        Party(tags=frozenset(), service_accounts=frozenset((account,))) for account in rule.target_service_accounts
    )
    return (*tags, *accounts)
