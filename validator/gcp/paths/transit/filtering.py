"""A network's firewall on the way: what it lets through, and why the rest ends there."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import network_words
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.flows.share import share
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Piece, RuleKind
from validator.gcp.firewall.party import ANYONE, Party
from validator.gcp.firewall.remedies.allowing import Denied, allowing
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.headerspace.packets import NO_PACKETS, Packets
from validator.headerspace.spelling import spell_packet

#: Allowed packets go on together from this many rules on: then no hop would name the one that matters.
_MANY = 6
_STATES: dict[str, str] = {"EGRESS": "APPLY_EGRESS_FIREWALL_RULE", "INGRESS": "APPLY_INGRESS_FIREWALL_RULE"}


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One firewall, asked in one direction."""

    #: Full name.
    network: str
    direction: Direction
    #: Receiver of ingress, sender of egress.
    target: Party = ANYONE
    #: Of ingress only.
    sender: Party = ANYONE
    #: Both ends in words, for a message and the name of a rule to create.
    source: str
    destination: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Packets with one fate, whatever the number of pieces."""

    packets: Packets
    action: Action
    deciders: tuple[Decider, ...]
    doubt: Doubt | None = None


def filtered(travel: Travel, gate: Gate, firewalls: Firewalls) -> Iterator[Travel | Trace]:
    """The packets that get through, and traces of those that do not."""
    for verdict in verdicts(travel.packets, gate, firewalls):
        step = travel.hop(**_words(verdict, gate), packets=verdict.packets)
        if verdict.action is Action.ALLOW:
            yield step
        else:
            yield step.stop(stop_of(verdict, gate, travel.packets, firewalls))


def verdicts(asked: Packets, gate: Gate, firewalls: Firewalls) -> tuple[Verdict, ...]:
    """What becomes of the packets at the gate; disjoint, and together those asked about."""
    firewall = firewalls.of(gate.network)
    if firewall is None:
        doubt = Doubt("FIREWALL_CONFIG_NOT_FOUND", "its effective firewall was not read")
        nobody = Decider(name="the network's firewall", kind=RuleKind.UNSUPPORTED_POLICY)
        return (Verdict(packets=asked, action=Action.UNDECIDED, deciders=(nobody,), doubt=doubt),)
    partition = firewall.judge(asked, direction=gate.direction, target=gate.target, sender=gate.sender)
    found = _grouped(partition.pieces)
    allowed = [verdict for verdict in found if verdict.action is Action.ALLOW]
    if len(allowed) < _MANY:
        return found
    return (_merged(allowed), *(verdict for verdict in found if verdict.action is not Action.ALLOW))


def stop_of(verdict: Verdict, gate: Gate, asked: Packets, firewalls: Firewalls) -> Stop:
    """Why denied or undecided packets end at the gate."""
    decider = verdict.deciders[0]
    ends = f"{gate.source} to {gate.destination}"
    where = f"{gate.direction.lower()} on {network_words(gate.network)}"
    evidence = (gate.network, f"{verdict.action.value} by {decider}")
    if verdict.action is Action.UNDECIDED:
        code, text = (
            (verdict.doubt.code, verdict.doubt.text) if verdict.doubt else ("UNSUPPORTED", "its effect is unknown")
        )
        message = f"{ends}: {share(verdict.packets, asked)} left undecided by {decider}, {where}: {text}."
        return Stop(end=End.ABORT, code=code, message=message, evidence=evidence)
    blocked = decider.kind is RuleKind.ALWAYS_BLOCKED
    packet = spell_packet(verdict.packets.witness)
    message = f"{ends}: {packet} is denied by {decider}, {where}; denied are {share(verdict.packets, asked)}."
    mend = allowing(denied(verdict.packets, decider, gate), firewalls.of(gate.network))
    code = "TRAFFIC_TYPE_BLOCKED" if blocked else "FIREWALL_RULE"
    return Stop(code=code, message=message, evidence=evidence, mend=mend)


def _grouped(pieces: tuple[Piece, ...]) -> tuple[Verdict, ...]:
    """One verdict for each decider and fate."""
    found: dict[tuple[Decider, Action, Doubt | None], Packets] = {}
    for piece in pieces:
        key = piece.decider, piece.action, piece.doubt
        found[key] = found.get(key, NO_PACKETS) | piece.packets
    return tuple(
        Verdict(packets=some, action=action, deciders=(decider,), doubt=doubt)
        for (decider, action, doubt), some in found.items()
    )


def _merged(allowed: list[Verdict]) -> Verdict:
    whole = NO_PACKETS
    for verdict in allowed:
        whole |= verdict.packets
    deciders = tuple(decider for verdict in allowed for decider in verdict.deciders)
    return Verdict(packets=whole, action=Action.ALLOW, deciders=deciders)


def _words(verdict: Verdict, gate: Gate) -> dict[str, str]:
    names = ", ".join(map(str, verdict.deciders[:3]))
    more = f" and {len(verdict.deciders) - 3} more" if len(verdict.deciders) > 3 else ""  # noqa: PLR2004 - as many as shown
    fates = {Action.ALLOW: "allowed by", Action.DENY: "denied by", Action.UNDECIDED: "left undecided by"}
    words = f"{fates[verdict.action]} {names}{more} on {network_words(gate.network)}"
    return {"state": _STATES[gate.direction], "words": words, "resource": gate.network}


def denied(packets: Packets, decider: Decider, gate: Gate, usual_priority: int = 1000) -> Denied:
    """Packets that a rule denies at the gate, for the rule that would let them through."""
    return Denied(
        network=gate.network,
        direction=gate.direction,
        packets=packets,
        decider=decider,
        target_tags=gate.target.tags,
        about=(gate.source, "to", gate.destination, gate.direction),
        usual_priority=usual_priority,
    )
