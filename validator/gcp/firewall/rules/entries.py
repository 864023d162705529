"""Rules as boxes in the order of evaluation, each with the ends it is for: what questions about whole sets ask.

An end is told apart by one tag or one service account it carries, or by none. A rule with source tags has an entry
for its ranges and one for each tag, which matches wherever an instance with that tag can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from validator.gcp.firewall.evaluate import Search
from validator.gcp.firewall.fields import NO_RANGE_GIVEN
from validator.gcp.firewall.match import Compiled, Direction, concerns
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Action, Decider, Piece, Stage
from validator.gcp.firewall.party import ANYONE
from validator.gcp.firewall.stages import Step
from validator.gcp.firewall.unconditional import unconditional
from validator.headerspace.axes import ANYWHERE
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import EVERY_PACKET, Box

#: What an end carries: ("tag", "web") or ("account", "app@acme.iam.gserviceaccount.com").
Identity = tuple[str, str]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One box of a rule, or of what stands before or behind the classic rules."""

    decider: Decider
    action: Action | None
    box: Box
    #: Whether the rule matches all of it for sure, and not only possibly.
    certain: bool = True
    #: Position among the network's classic rules; None for what is none.
    rule: int | None = None
    #: Ends the rule is for; none means all.
    targets: tuple[Identity, ...] = ()
    #: What the sender must carry; None for the rule's ranges.
    sender: Identity | None = None


def entries(firewall: NetworkFirewall, steps: tuple[Step, ...], direction: Direction) -> tuple[Entry, ...]:
    """Everything that decides packets of the direction, first to be evaluated first; the last ones take all."""
    at = next(number for number, step in enumerate(steps) if step.stage is Stage.CLASSIC)
    found: list[Entry] = []
    for piece in unconditional(EVERY_PACKET, direction, firewall.inside):
        # What Google blocks is not blocked for every project, so nothing is concluded from it.
        found += _of_piece(piece) if piece.action is Action.ALLOW else ()
    before = Search(EVERY_PACKET)
    firewall.take_through(before, steps[:at], direction, ANYONE, ANYONE)
    found += [entry for piece in before.settled for entry in _of_piece(piece)]
    for number, one in enumerate(firewall.rules):
        if concerns(one.rule, direction):
            found += _of_rule(number, one, firewall.carriers)
    behind = Search(EVERY_PACKET)
    firewall.take_through(behind, steps[at + 1 :], direction, ANYONE, ANYONE)
    firewall.end(behind, direction)
    return (*found, *(entry for piece in behind.settled for entry in _of_piece(piece)))


def is_clear(one: Compiled) -> bool:
    """Whether all that the rule says is understood."""
    fields = (one.sources, one.destinations, one.services)
    return _is_lawful(one) and all(bounds.exact or bounds == NO_RANGE_GIVEN for bounds in fields)


def identities(tags: Iterable[str], accounts: Iterable[str]) -> tuple[Identity, ...]:
    """Tags and service accounts as what an end carries."""
    return (*(("tag", tag) for tag in tags), *(("account", account) for account in accounts))


def _is_lawful(one: Compiled) -> bool:
    """Whether the API would accept the rule's selectors, and no field of it is strange."""
    rule = one.rule
    mixed = rule.target_tags and rule.target_service_accounts
    misplaced = rule.direction == "EGRESS" and (rule.source_tags or rule.source_service_accounts)
    known = rule.direction in ("INGRESS", "EGRESS") and not rule.unmodelled and one.action is not None
    return known and not mixed and not misplaced


def _of_piece(piece: Piece) -> Iterator[Entry]:
    action = None if piece.action is Action.UNDECIDED else piece.action
    for box in piece.packets.boxes():
        yield Entry(decider=piece.decider, action=action, box=box, certain=action is not None)


def _of_rule(number: int, one: Compiled, carriers: Mapping[str, Intervals]) -> Iterator[Entry]:
    rule = one.rule
    if not _is_lawful(one):
        yield Entry(decider=one.decider, action=None, box=Box(ANYWHERE, ANYWHERE, one.services.possible), certain=False)
        return
    yield from _bounded(number, one, one.sources.sure, one.sources.possible, None)
    for sender in identities(rule.source_tags, rule.source_service_accounts):
        where = carriers.get(sender[1] if sender[0] == "tag" else "", carriers.get("", ANYWHERE))
        yield from _bounded(number, one, where, where, sender)


def _bounded(
    number: int, one: Compiled, sure: Intervals, possible: Intervals, sender: Identity | None
) -> Iterator[Entry]:
    """The box that the rule matches for sure and, where it is another, the one that it may match."""
    certain = Box(sure, one.destinations.sure, one.services.sure)
    widest = Box(possible, one.destinations.possible, one.services.possible)
    targets = identities(one.rule.target_tags, one.rule.target_service_accounts)
    for box in dict.fromkeys((certain, widest)):
        if all(box):
            yield Entry(
                decider=one.decider,
                action=one.action,
                box=box,
                certain=box is certain,
                rule=number,
                targets=targets,
                sender=sender,
            )
