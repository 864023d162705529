"""Which classic rules can concern a set of packets at all, found without looking at the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validator.gcp.firewall.match import Compiled
from validator.headerspace.axes import ANYWHERE
from validator.headerspace.ordered import OrderedBoxes
from validator.headerspace.packets import Box, Packets
from validator.headerspace.sweep import positions


class Reach:
    """An index over compiled rules, in their order."""

    def __init__(self, rules: Sequence[Compiled]) -> None:
        self._rules = tuple(rules)
        self._index = OrderedBoxes(widest(one) for one in self._rules)

    def of(self, asked: Packets) -> Iterator[Compiled]:
        """The rules that may match one of the packets, whoever sends and receives them, in their order."""
        hull = Box(asked.sources, asked.destinations, asked.services)
        return (self._rules[position] for position in positions(self._index.meeting(hull)))


def widest(one: Compiled) -> Box:
    """All that the rule can match; who carries a source tag or runs as a source service account may be anywhere."""
    by_identity = one.rule.source_tags or one.rule.source_service_accounts
    sources = ANYWHERE if by_identity else one.sources.possible
    return Box(sources, one.destinations.possible, one.services.possible)
