"""Classic rules that decide nothing, and rules that change nothing, proved for every end they could be for.

Tags and accounts that the same rules name are like each other: what is true of one is true of all.
A VM may carry any combination of tags. More tags mean more rules that come before: a rule that never decides for a
target with one of its tags only never decides for one with others besides. Whether a rule changes something is
settled by two tags at an end: one for the rule, one for the rule that would decide without it and says otherwise.
An end has one service account at most.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from validator.gcp.firewall.match import Compiled, Direction
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Decider, RuleKind
from validator.gcp.firewall.rules.entries import Entry, Identity, entries, is_clear
from validator.headerspace.ordered import OrderedBoxes, before
from validator.headerspace.packets import Box, Packets, Point, packets
from validator.headerspace.shares import shares
from validator.headerspace.sweep import positions

_DIRECTIONS: tuple[Direction, ...] = ("INGRESS", "EGRESS")
_End = Identity | None
K = TypeVar("K", bound=Hashable)


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that could be deleted and nothing would change."""

    rule: Compiled
    #: Whether earlier rules take all it matches; else what comes after it says the same.
    shadowed: bool
    #: The rules that do; the implied one among them where it is needed.
    by: tuple[Decider, ...]


def idle_rules(firewall: NetworkFirewall, kept: Container[str] = ()) -> tuple[Idle, ...]:
    """The network's own rules that are idle, in the order of evaluation; any of them can go, or all of them.

    A rule that logs what it matches changes something as long as it decides anything. Rules of the names `kept`
    stay: of two that say the same, the other one is idle.
    """
    found: list[Idle] = []
    for direction in _DIRECTIONS:
        found += _idle(firewall, direction, kept)
    return tuple(sorted(found, key=lambda one: one.rule.order))


def _idle(firewall: NetworkFirewall, direction: Direction, kept: Container[str]) -> Iterator[Idle]:
    ours = enumerate(firewall.rules)
    own = [at for at, one in ours if one.rule.direction == direction and _is_judged(one) and one.rule.name not in kept]
    loud = frozenset(number for number in own if firewall.rules[number].rule.log_config.enable)
    answers = [_Ordered(entries(firewall, steps, direction)).idle(own, loud) for steps in firewall.plans()]
    for number in own:
        if all(number in answer for answer in answers):
            # Shadowed is more than redundant: it must be so in every order that the evaluation may have.
            shadowed, by = min((answer[number] for answer in answers), key=lambda one: one[0])
            yield Idle(rule=firewall.rules[number], shadowed=shadowed, by=by)


def _is_judged(one: Compiled) -> bool:
    """Rules that Google makes for connectors are not the owner's to delete; of an unclear rule nothing is said."""
    return one.kind is RuleKind.VPC and is_clear(one)


class _Ordered:
    """The entries of one direction, with sets of them as ints (see `OrderedBoxes`)."""

    def __init__(self, some: tuple[Entry, ...]) -> None:
        self._entries = some
        self._index = OrderedBoxes(entry.box for entry in some)
        self._of = _masks((entry.rule, at) for at, entry in enumerate(some) if entry.rule is not None)
        self._targets = _masks((end, at) for at, entry in enumerate(some) for end in entry.targets or (None,))
        self._senders = _masks((entry.sender, at) for at, entry in enumerate(some))
        #: One target, and one sender, of each that are like each other.
        self._target_like = _likes(self._targets.items())
        self._sender_like = _likes(_told_by(some).items())
        self._saying = _masks((entry.action, at) for at, entry in enumerate(some))
        #: Without the entries of idle rules, which may be deleted or not.
        self._certain = _masks((entry.certain, at) for at, entry in enumerate(some))[True]
        #: A packet that the entry decides for the target.
        self._taken: dict[tuple[int, _End], Point] = {}

    def idle(self, rules: Sequence[int], loud: frozenset[int]) -> dict[int, tuple[bool, tuple[Decider, ...]]]:
        """Which of the rules are shadowed (True) or change nothing (False), and by what; `loud` ones log.

        Nothing is concluded from a rule once it is found: whether it is there or not must make no difference.
        """
        found: dict[int, tuple[bool, tuple[Decider, ...]]] = {}
        # A rule without an entry is for nobody, which is another matter.
        matching = [rule for rule in rules if rule in self._of]
        for rule in matching:
            if self._is_shadowed(rule):
                found[rule] = True, self._coverers(rule)
                self._certain &= ~self._of[rule]
        for rule in reversed(matching):
            if rule not in found and rule not in loud and self._changes_nothing(rule):
                found[rule] = False, self._followers(rule)
                self._certain &= ~self._of[rule]
        return found

    def _asked(self, rule: int) -> Iterator[tuple[int, _End]]:
        """The rule's entries, the widest of each sender, with each of its targets; one of those like each other."""
        widest = {self._entries[at].sender: at for at in positions(self._of[rule])}
        senders = dict.fromkeys(self._sender_like[sender] for sender in widest)
        for at in (widest[sender] for sender in senders):
            targets = (self._target_like[target] for target in self._entries[at].targets or (None,))
            yield from ((at, target) for target in dict.fromkeys(targets))

    def _earlier(self, rule: int, targets: Iterable[_End], senders: Iterable[_End]) -> int:
        """What certainly takes packets between such ends before the rule does."""
        first = next(positions(self._of[rule]))
        return self._between(targets, senders) & self._certain & before(first)

    def _between(self, targets: Iterable[_End], senders: Iterable[_End]) -> int:
        to = by = 0
        for end in (None, *targets):
            to |= self._targets[end]
        for end in (None, *senders):
            by |= self._senders[end]
        return to & by

    def _is_shadowed(self, rule: int) -> bool:
        for at, target in self._asked(rule):
            earlier = self._earlier(rule, [target], [self._entries[at].sender])
            if (taken := self._index.gap(self._entries[at].box, earlier)) is not None:
                self._taken[at, target] = taken
                return False
        return True

    def _coverers(self, rule: int) -> tuple[Decider, ...]:
        found: set[int] = set()
        for at, target in self._asked(rule):
            earlier = self._earlier(rule, [target], [self._entries[at].sender])
            found.update(self._index.coverers(self._entries[at].box, earlier))
        return self._deciders(found)

    def _changes_nothing(self, rule: int) -> bool:
        return not any(
            self._changes(rule, at, targets, senders)
            for at, target in self._asked(rule)
            for targets, senders in self._parties(rule, at, target)
        )

    def _changes(self, rule: int, at: int, targets: list[_End], senders: list[_End]) -> bool:
        agreeing = self._saying[self._entries[at].action]
        among = self._earlier(rule, targets, senders) | self._later(rule, at, targets, senders)
        own = self._taken.get((at, targets[0])) if len(targets) == 1 else None
        return self._index.change(at, agreeing, among, last_agrees=False, own=own) is not None

    def _later(self, rule: int, at: int, targets: Iterable[_End], senders: Iterable[_End]) -> int:
        """What may decide without the rule: all that may say otherwise, and what certainly says the same."""
        relevant = self._certain | ~self._saying[self._entries[at].action]
        return self._between(targets, senders) & relevant & ~self._of[rule] & ~before(at)

    def _parties(self, rule: int, at: int, target: _End) -> Iterator[tuple[list[_End], list[_End]]]:
        """The ends to ask about: first those of the rule alone, then with what rules that say otherwise are for."""
        sender = self._entries[at].sender
        yield [target], [sender]
        otherwise = ~self._saying[self._entries[at].action] & ~self._of[rule] & ~before(at)
        against = self._index.meeting(self._entries[at].box, otherwise)
        for other in dict.fromkeys(self._target_like.values()):
            for by in dict.fromkeys(self._sender_like.values()):
                to, sent = self._targets[other], self._senders[by]
                if (other or by) and against & to & sent and _together(target, other) and _together(sender, by):
                    yield [target, other], [sender, by]

    def _followers(self, rule: int) -> tuple[Decider, ...]:
        found: set[int] = set()
        for at, target in self._asked(rule):
            ends = [target], [self._entries[at].sender]
            later = self._later(rule, at, *ends) & self._saying[self._entries[at].action]
            if (alone := self._follower(at, later)) is not None:
                found.add(alone)
            else:
                found.update(self._takers(self._index.own(at, self._earlier(rule, *ends)), later))
        return self._deciders(found)

    def _follower(self, at: int, later: int) -> int | None:
        """One rule, or the implied one, that would take all the entry has, where naming it alone tells enough."""
        alone = self._index.covering(self._entries[at].box, later)
        if alone is None or self._entries[alone].rule is not None:
            return alone
        sooner = self._index.meeting(self._entries[at].box, later & before(alone))
        return None if sooner else alone

    def _takers(self, own: Packets, later: int) -> Iterator[int]:
        """Those that would take some of the packets."""
        met = 0
        for box in own.boxes():
            met |= self._index.meeting(box, later)
        candidates = list(positions(met))
        taken = shares(own, [packets(*self._entries[at].box) for at in candidates])
        yield from (at for at, share in zip(candidates, taken, strict=False) if share)

    def _deciders(self, found: Iterable[int]) -> tuple[Decider, ...]:
        return tuple(dict.fromkeys(self._entries[at].decider for at in sorted(found)))


def _masks(pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    found: dict[K, int] = {}
    for key, at in pairs:
        found[key] = found.get(key, 0) | 1 << at
    return found


def _told_by(some: tuple[Entry, ...]) -> dict[_End, frozenset[tuple[int | None, Box]]]:
    """The rules that name each sender, with the boxes that it has in them."""
    found: dict[_End, set[tuple[int | None, Box]]] = {}
    for entry in some:
        found.setdefault(entry.sender, set()).add((entry.rule, entry.box))
    return {sender: frozenset(rules) for sender, rules in found.items()}


def _likes(told: Iterable[tuple[_End, Hashable]]) -> dict[_End, _End]:
    """The first of all ends of the same kind of which the same is told; for nobody in particular, nobody."""
    first: dict[tuple[str, Hashable], _End] = {}
    return {end: first.setdefault((end[0] if end else "", what), end) for end, what in told}


def _together(one: _End, other: _End) -> bool:
    """Whether one end can carry both: it has one service account at most."""
    accounts = {end for end in (one, other) if end and end[0] == "account"}
    return len(accounts) < 2  # noqa: PLR2004
