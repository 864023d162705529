"""The answer of a firewall: disjoint pieces of the asked packets, each with what decided it."""

from __future__ import annotations

import enum

import msgspec

from validator.headerspace.packets import NO_PACKETS, Packets


class Action(enum.StrEnum):
    """What becomes of a piece."""

    ALLOW = "allow"
    DENY = "deny"
    UNDECIDED = "undecided"


class RuleKind(enum.StrEnum):
    """Connectivity Tests' firewallRuleType, and two of our own for what no rule can change.

    https://cloud.google.com/network-intelligence-center/docs/reference/networkmanagement/rest/v1/projects.locations.global.connectivityTests
    """

    VPC = "VPC_FIREWALL_RULE"
    IMPLIED = "IMPLIED_VPC_FIREWALL_RULE"
    CONNECTOR = "SERVERLESS_VPC_ACCESS_MANAGED_FIREWALL_RULE"
    UNSUPPORTED_POLICY = "UNSUPPORTED_FIREWALL_POLICY_RULE"
    ALWAYS_ALLOWED = "ALWAYS_ALLOWED_TRAFFIC"
    ALWAYS_BLOCKED = "ALWAYS_BLOCKED_TRAFFIC"


class Decider(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that decides; traffic that no rule can change has no priority."""

    name: str
    kind: RuleKind
    priority: int | None = None

    def __str__(self) -> str:
        """The rule in words."""
        if self.kind in (RuleKind.VPC, RuleKind.CONNECTOR):
            return f"rule {self.name} (priority {self.priority})"
        return self.name if self.priority is None else f"{self.name} (priority {self.priority})"


class Doubt(msgspec.Struct, frozen=True):
    """Why a rule's effect cannot be told."""

    code: str
    text: str


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Packets with one fate and one decider; a doubt exactly where undecided."""

    packets: Packets
    action: Action
    decider: Decider
    doubt: Doubt | None = None


class Partition(msgspec.Struct, frozen=True):
    """Disjoint pieces, in the order of decision; together they are the packets asked about."""

    pieces: tuple[Piece, ...] = ()

    @property
    def allowed(self) -> Packets:
        """Every packet that certainly gets through."""
        return self._all(Action.ALLOW)

    @property
    def denied(self) -> Packets:
        """Every packet that is certainly dropped."""
        return self._all(Action.DENY)

    @property
    def undecided(self) -> Packets:
        """Every packet whose fate the configuration does not settle."""
        return self._all(Action.UNDECIDED)

    def of(self, action: Action) -> tuple[Piece, ...]:
        """The pieces with this fate."""
        return tuple(piece for piece in self.pieces if piece.action is action)

    def _all(self, action: Action) -> Packets:
        found = NO_PACKETS
        for piece in self.of(action):
            found |= piece.packets
        return found
