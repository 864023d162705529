"""First match over sets: each rule takes what it matches out of what is still open.

A rule may match for certain or only possibly, and it may end the search or hand over to the next policy. So every
packet on its way has a set of possible fates; it is decided once all of them are the same, and undecided once two
of them differ. Whether a rule matches is taken to be independent of all others: that can only add possible fates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from validator.gcp.firewall.match import Match
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Piece
from validator.headerspace.packets import NO_PACKETS, Packets
from validator.headerspace.shares import shares

#: The rules of one policy, first to be evaluated first.
Matches = Sequence[Match]


def first_match(asked: Packets, matches: Iterable[Match]) -> tuple[Piece, ...]:
    """The pieces of the asked packets, rules given in the order of evaluation; the last rule must take all.

    Packets that a rule only may match wait: they get that rule's action if the rule that takes them otherwise
    has the same one, and are undecided if not.

    Raises:
        ValueError: packets remain that no rule certainly matches.
    """
    return evaluate(asked, (tuple(matches),))


def evaluate(asked: Packets, policies: Iterable[Matches]) -> tuple[Piece, ...]:
    """The pieces of the asked packets after one policy and the next; the last one must take all.

    Raises:
        ValueError: packets remain that no rule certainly matches.
    """
    search = Search(asked)
    for matches in policies:
        search.run(matches)
    if search.open:
        raise ValueError("the last rule must match every packet")
    return tuple(search.settled)


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Packets still on their way through the rules."""

    packets: Packets
    #: What becomes of them if a doubtful rule matched; None where no rule with an end has met them yet.
    leaning: Action | None = None
    #: The first doubtful rule that met them.
    decider: Decider | None = None
    doubt: Doubt | None = None
    #: Whether a doubtful `goto_next` may have taken them out of this policy already.
    maybe_gone: bool = False


class Search:
    """Packets on their way, and those whose fate is settled; `run` takes them through one policy."""

    def __init__(self, asked: Packets) -> None:
        self.open: tuple[Open, ...] = (Open(packets=asked),) if asked else ()
        self.settled: list[Piece] = []
        self._gone: list[Open] = []

    def run(self, matches: Matches) -> None:
        """One policy: what no rule of it ends goes on to the next."""
        possible = [match.possible for match in matches]
        taken = [shares(one.packets, possible) for one in self.open]
        waiting: tuple[Open, ...] = ()
        for match in matches:
            waiting = tuple(rest for one in waiting for rest in self._meet(one, match))
            for one, share in zip(self.open, taken, strict=True):
                if met := next(share):
                    waiting += tuple(self._taken(_part(one, met), match))
        left = (_part(one, rest) for one, share in zip(self.open, taken, strict=True) if (rest := next(share)))
        self.open, self._gone = _joined((*left, *waiting, *self._gone)), []

    def _meet(self, one: Open, match: Match) -> Iterator[Open]:
        """What of the packets is still in this policy after the rule."""
        met = one.packets & match.possible
        if not met:
            yield one
            return
        # The same as without `met`, which may be in far more pieces than what a rule matches.
        if rest := one.packets - match.possible:
            yield _part(one, rest)
        yield from self._taken(_part(one, met), match)

    def _taken(self, one: Open, match: Match) -> Iterator[Open]:
        """What is still in this policy of packets that the rule meets."""
        met = one.packets
        if match.action is None:
            self._undecided(met, match.decider, match.doubt)
            return
        sure = met if match.doubt is None else met & match.sure
        if sure:
            self._certain(_part(one, sure), match, match.action)
        if unsure := met if not sure else NO_PACKETS if sure == met else met - match.sure:
            yield from self._doubtful(_part(one, unsure), match, match.action)

    def _certain(self, one: Open, match: Match, action: Action) -> None:
        if action is Action.GOTO_NEXT:
            self._gone.append(one)
        elif one.leaning not in (None, action):
            self._undecided(one.packets, one.decider, one.doubt)
        elif one.maybe_gone:
            self._gone.append(msgspec.structs.replace(one, leaning=action))
        else:
            self.settled.append(Piece(packets=one.packets, action=action, decider=match.decider))

    def _doubtful(self, one: Open, match: Match, action: Action) -> Iterator[Open]:
        decider, doubt = (one.decider, one.doubt) if one.decider else (match.decider, match.doubt)
        if action is Action.GOTO_NEXT:
            yield msgspec.structs.replace(one, decider=decider, doubt=doubt, maybe_gone=True)
        elif one.leaning not in (None, action):
            self._undecided(one.packets, decider, doubt)
        else:
            yield msgspec.structs.replace(one, leaning=action, decider=decider, doubt=doubt)

    def _undecided(self, packets: Packets, decider: Decider | None, doubt: Doubt | None) -> None:
        if decider is None or doubt is None:
            raise ValueError("packets are undecided only where a rule gave a reason")
        self.settled.append(Piece(packets=packets, action=Action.UNDECIDED, decider=decider, doubt=doubt))


def _part(one: Open, packets: Packets) -> Open:
    return msgspec.structs.replace(one, packets=packets)


def _joined(some: Iterable[Open]) -> tuple[Open, ...]:
    """Packets of the same prospects put together; whether a policy was left early no longer matters behind it."""
    found: dict[tuple[Action | None, Decider | None, Doubt | None], Packets] = {}
    for one in some:
        key = (one.leaning, one.decider, one.doubt) if one.leaning else (None, None, None)
        found[key] = found[key] | one.packets if key in found else one.packets
    return tuple(
        Open(packets=packets, leaning=leaning, decider=decider, doubt=doubt)
        for (leaning, decider, doubt), packets in found.items()
    )
