"""What the internet can reach, target by target, after the denies that apply to the same target.

A VM may carry any combination of tags; not all of them need to be tried. Say a packet reaches some VM: on its way
it leaves some policies early, each by one rule that says `goto_next`, and then one rule lets it in. Take a VM that
carries, of each of these rules, one tag or account that made it apply, and nothing else. The same rules apply to it,
and of all others no more than before, so in every policy the same rule is still the first to match: the packet
reaches that VM too. So it is enough to try every target that has at most one tag or account of the targeted
`goto_next` rules of each policy, and at most one of the rule that lets in. The same holds for packets of which it is
only possible that they get in: fewer rules add no way to be stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product

import msgspec

from validator.gcp.firewall.match import Match, match
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Stage
from validator.gcp.firewall.party import INTERNET, Party
from validator.gcp.firewall.policies import Policy
from validator.gcp.firewall.policy_rules import Reading, policy_match, reads_direction
from validator.gcp.firewall.rules.identities import Carried, Identity, identities, party_of
from validator.headerspace.packets import NO_PACKETS, Packets

#: Combinations of tags that let packets leave policies early; beyond, all of them are tried at once as not known.
_MOST = 256


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Packets from outside that one rule lets in, or may let in."""

    decider: Decider
    packets: Packets
    #: Tags and service accounts of the targets; empty for every VM.
    targets: tuple[str, ...]
    #: Regions where this is so; "" stands for every region that was not read.
    regions: tuple[str, ...]
    doubt: Doubt | None = None


class _Found(msgspec.Struct):
    packets: Packets = NO_PACKETS
    gates: Carried = ()
    regions: tuple[str, ...] = ()


def exposures(firewall: NetworkFirewall, asked: Packets) -> Iterator[Exposure]:
    """By deciding rule, stage by stage and by priority; over the regions that were read, and any other."""
    found: dict[tuple[Decider, Doubt | None], _Found] = {}
    for policies, regions in _by_policies(firewall):
        for target, gates, reach in _reaches(firewall, policies, asked):
            for piece in firewall.judge_under(policies, reach, "INGRESS", target, INTERNET).pieces:
                if piece.action is not Action.DENY:
                    one = found.setdefault((piece.decider, piece.doubt), _Found(gates=gates))
                    one.packets |= piece.packets
                    one.regions = tuple(dict.fromkeys((*one.regions, *regions)))
    known = _targets(firewall)
    for (decider, doubt), one in sorted(found.items(), key=lambda item: _place(item[0][0])):
        targets = (*known.get(decider, ()), *(name for _, name in one.gates))
        yield Exposure(decider=decider, packets=one.packets, targets=targets, regions=one.regions, doubt=doubt)


def _place(decider: Decider) -> tuple[int, int, str]:
    return list(Stage).index(decider.stage), decider.priority or 0, decider.label


def _by_policies(firewall: NetworkFirewall) -> Iterator[tuple[tuple[Policy, ...], tuple[str, ...]]]:
    """Each different set of policies with the regions where it is in effect."""
    found: dict[tuple[Policy, ...], list[str]] = defaultdict(list)
    for region in (*firewall.regions, ""):
        found[firewall.policies.get(region, ())].append(region)
    yield from ((policies, tuple(regions)) for policies, regions in found.items())


def _targets(firewall: NetworkFirewall) -> Mapping[Decider, tuple[str, ...]]:
    found = {one.decider: tuple(name for _, name in identities(one.rule)) for one in firewall.rules}
    for policy in {id(policy): policy for some in firewall.policies.values() for policy in some}.values():
        found |= {one.decider: tuple(name for _, name in identities(one.rule)) for one in policy.rules}
    return found


def _reaches(
    firewall: NetworkFirewall, policies: tuple[Policy, ...], asked: Packets
) -> Iterator[tuple[Party, Carried, Packets]]:
    """Each target, what it carries to leave policies early, and what rules made for just it could let in."""
    reach: dict[Identity | None, Packets] = defaultdict(lambda: NO_PACKETS)
    for identity, found in _openings(firewall, policies):
        reach[identity] |= found.possible & asked
    gates = _gates(policies, asked)
    for identity, some in reach.items():
        if some:
            yield from ((target, gate, some) for target, gate in _parties(identity, gates))


def _openings(firewall: NetworkFirewall, policies: tuple[Policy, ...]) -> Iterator[tuple[Identity | None, Match]]:
    """What each rule that may let in does, for each of its tags and accounts alone."""
    for one in firewall.rules:
        if one.rule.direction != "EGRESS" and one.action is not Action.DENY:
            for identity in identities(one.rule) or (None,):
                if found := match(one, party_of(identity), INTERNET, firewall.carriers):
                    yield identity, found
    for policy in policies:
        if not policy.listed:
            yield from ((None, found) for found in policy.matches("INGRESS", party_of(), INTERNET))
        yield from _policy_openings(policy)


def _policy_openings(policy: Policy) -> Iterator[tuple[Identity | None, Match]]:
    for one in policy.rules:
        if one.action in (Action.DENY, Action.GOTO_NEXT) or not reads_direction(one.rule, "INGRESS"):
            continue
        for identity in identities(one.rule) or (None,):
            if found := policy_match(one, party_of(identity), INTERNET):
                yield identity, found


def _gates(policies: tuple[Policy, ...], asked: Packets) -> tuple[Carried, ...]:
    """For each policy the tags and accounts for which rules of it say `goto_next` to some of the packets."""
    found = []
    for policy in policies:
        rules = [one for one in policy.rules if one.action is Action.GOTO_NEXT and reads_direction(one.rule, "INGRESS")]
        named = (identity for one in rules if _meets(one, asked) for identity in identities(one.rule))
        if carried := tuple(dict.fromkeys(named)):
            found.append(carried)
    return tuple(found)


def _meets(one: Reading, asked: Packets) -> bool:
    """Whether the rule may match one of the packets at a VM that carries all it wants."""
    found = policy_match(one, party_of(*identities(one.rule)), INTERNET)
    return found is not None and bool(found.possible & asked)


def _parties(identity: Identity | None, gates: tuple[Carried, ...]) -> Iterator[tuple[Party, Carried]]:
    count = 1
    for gate in gates:
        count *= len(gate) + 1
    if count > _MOST:
        yield Party(), ()
        return
    for chosen in product(*((None, *gate) for gate in gates)):
        carried = tuple(dict.fromkeys(one for one in chosen if one))
        every = {*carried, *([identity] if identity else [])}
        # A VM runs as one service account.
        if sum(kind == "account" for kind, _ in every) <= 1:
            yield party_of(*every), tuple(one for one in carried if one != identity)
