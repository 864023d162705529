"""What can be said where the configuration does not tell the order, or the region, in which rules are met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator.gcp.firewall.evaluate import Matches, Search
from validator.gcp.firewall.match import Match
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Partition, Piece, RuleKind, Stage
from validator.headerspace.packets import NO_PACKETS, Packets

_ORDER = Doubt("FIREWALL_POLICY_ORDER_UNKNOWN", "their order is not told, and it decides")
_ENDS = (Action.ALLOW, Action.DENY)


def together(asked: Packets, policies: Sequence[Matches], names: Sequence[str], stage: Stage) -> Matches:
    """The effect of several policies in whatever order, as the rules of one.

    Whichever policy comes first may be the one that ends the search. So a packet's fate does not depend on the
    order where all policies that may end its search do so in the same way.
    """
    searches = [_through(asked, matches) for matches in policies]
    allowed, denied = ([_may(search, action) for search in searches] for action in _ENDS)
    torn = NO_PACKETS
    for at, some in enumerate(allowed):
        for other in (*denied[:at], *denied[at + 1 :]):
            torn |= some & other
    decider = Decider(name=f"policies {', '.join(names)}", kind=RuleKind.UNSUPPORTED_POLICY, stage=stage)
    undecided = [_as_rule(piece) for search in searches for piece in search.settled if piece.doubt]
    if torn:
        undecided.append(Match(decider=decider, action=None, sure=torn, possible=torn, doubt=_ORDER))
    ends = [_as_rule(piece) for search in searches for piece in search.settled if not piece.doubt]
    return (*undecided, *ends, *(match for search in searches for match in _may_end(search)))


def agreed(answers: Sequence[Partition], doubt: Doubt) -> Partition:
    """What all the answers say of the same packets; where they differ, undecided for this reason."""
    first, *others = answers
    if not others:
        return first
    return Partition(tuple(piece for one in first.pieces for piece in _agreed(one, others, doubt)))


def _agreed(one: Piece, others: Sequence[Partition], doubt: Doubt) -> Iterator[Piece]:
    """The piece where the others say the same, the rest undecided; what is undecided stays so, with its reason."""
    if one.action is Action.UNDECIDED:
        yield one
        return
    rest = one.packets
    for other in others:
        for piece in other.pieces:
            met = rest & piece.packets if piece.action is not one.action else NO_PACKETS
            if met:
                rest -= met
                decider = piece.decider if piece.doubt else one.decider
                yield Piece(packets=met, action=Action.UNDECIDED, decider=decider, doubt=piece.doubt or doubt)
    if rest:
        yield Piece(packets=rest, action=one.action, decider=one.decider)


def _through(asked: Packets, matches: Matches) -> Search:
    search = Search(asked)
    search.run(matches)
    return search


def _may(search: Search, action: Action) -> Packets:
    """Every packet whose search the policy ends, or may end, with this action."""
    found = NO_PACKETS
    for packets in (
        *(piece.packets for piece in search.settled if piece.action is action),
        *(one.packets for one in search.open if one.leaning is action),
    ):
        found |= packets
    return found


def _as_rule(piece: Piece) -> Match:
    action = None if piece.doubt else piece.action
    return Match(decider=piece.decider, action=action, sure=piece.packets, possible=piece.packets, doubt=piece.doubt)


def _may_end(search: Search) -> Iterator[Match]:
    for one in search.open:
        if one.leaning and one.decider:
            yield Match(decider=one.decider, action=one.leaning, sure=NO_PACKETS, possible=one.packets, doubt=one.doubt)
