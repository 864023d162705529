"""First match over sets: each rule takes what it matches out of what is still open."""

from __future__ import annotations

from collections.abc import Iterable

from validator.gcp.firewall.match import Match
from validator.gcp.firewall.outcome import Action, Piece
from validator.headerspace.packets import Packets


def first_match(asked: Packets, matches: Iterable[Match]) -> tuple[Piece, ...]:
    """The pieces of the asked packets, rules given in the order of evaluation; the last rule must take all.

    Packets that a rule only may match wait: they get that rule's action if the rule that takes them otherwise
    has the same one, and are undecided if not.

    Raises:
        ValueError: packets remain that no rule certainly matches.
    """
    search = _Search(asked)
    for match in matches:
        search.meet(match)
    return search.result()


class _Search:
    def __init__(self, asked: Packets) -> None:
        self._open = asked
        #: Met by a rule that may match; the piece says what then becomes of them.
        self._waiting: list[Piece] = []
        self._settled: list[Piece] = []

    def meet(self, match: Match) -> None:
        """Let one more rule take its packets."""
        if self._waiting:
            self._waiting = [rest for piece in self._waiting if (rest := self._settle(piece, match)).packets]
        met = self._open & match.possible
        if not met:
            return
        # The same as without `met`, which may be in far more pieces than what a rule matches.
        self._open -= match.possible
        if match.action is None:
            self._undecided(Piece(packets=met, action=Action.DENY, decider=match.decider, doubt=match.doubt))
            return
        if match.doubt is None:
            self._decided(met, match)
            return
        self._decided(met & match.sure, match)
        if unsure := met - match.sure:
            self._waiting.append(
                Piece(packets=unsure, action=match.action, decider=match.decider, doubt=match.doubt),
            )

    def result(self) -> tuple[Piece, ...]:
        """The settled pieces."""
        if self._open or self._waiting:
            raise ValueError("the last rule must match every packet")
        return tuple(self._settled)

    def _settle(self, piece: Piece, match: Match) -> Piece:
        """What of a waiting piece still waits after this rule."""
        met = piece.packets & match.possible
        if not met:
            return piece
        if piece.action is match.action:
            met &= match.sure
            self._decided(met, match)
        else:
            self._undecided(_of(piece, met))
        return _of(piece, piece.packets - met)

    def _decided(self, packets: Packets, match: Match) -> None:
        if packets and match.action:
            self._settled.append(Piece(packets=packets, action=match.action, decider=match.decider))

    def _undecided(self, piece: Piece) -> None:
        self._settled.append(
            Piece(packets=piece.packets, action=Action.UNDECIDED, decider=piece.decider, doubt=piece.doubt)
        )


def _of(piece: Piece, packets: Packets) -> Piece:
    return Piece(packets=packets, action=piece.action, decider=piece.decider, doubt=piece.doubt)
