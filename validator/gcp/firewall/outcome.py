"""The answer of a firewall: disjoint pieces of the asked packets, each with what decided it."""

from __future__ import annotations

import enum

import msgspec

from validator.headerspace.packets import Packets, united


class Action(enum.StrEnum):
    """What becomes of a piece; what a rule says."""

    ALLOW = "allow"
    DENY = "deny"
    #: Of pieces only.
    UNDECIDED = "undecided"
    #: Of rules only: on to the next policy or stage.
    GOTO_NEXT = "goto_next"


class RuleKind(enum.StrEnum):
    """Connectivity Tests' firewallRuleType, and two of our own for what no rule can change.

    https://cloud.google.com/network-intelligence-center/docs/reference/networkmanagement/rest/v1/projects.locations.global.connectivityTests
    """

    VPC = "VPC_FIREWALL_RULE"
    IMPLIED = "IMPLIED_VPC_FIREWALL_RULE"
    CONNECTOR = "SERVERLESS_VPC_ACCESS_MANAGED_FIREWALL_RULE"
    HIERARCHICAL_POLICY = "HIERARCHICAL_FIREWALL_POLICY_RULE"
    SYSTEM_POLICY = "SYSTEM_NETWORK_FIREWALL_POLICY_RULE"
    SYSTEM_REGIONAL_POLICY = "SYSTEM_REGIONAL_NETWORK_FIREWALL_POLICY_RULE"
    NETWORK_POLICY = "NETWORK_FIREWALL_POLICY_RULE"
    NETWORK_REGIONAL_POLICY = "NETWORK_REGIONAL_FIREWALL_POLICY_RULE"
    UNSUPPORTED_POLICY = "UNSUPPORTED_FIREWALL_POLICY_RULE"
    ALWAYS_ALLOWED = "ALWAYS_ALLOWED_TRAFFIC"
    ALWAYS_BLOCKED = "ALWAYS_BLOCKED_TRAFFIC"


class Stage(enum.StrEnum):
    """The stages of evaluation, in the words a message has for them.

    https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
    """

    #: What no rule can change.
    FIXED = "fixed"
    #: A policy of a type that is not known, so that its place is not known either.
    UNPLACED = "of a type that is not known"
    HIERARCHICAL = "hierarchical"
    SYSTEM = "system"
    CLASSIC = "classic"
    GLOBAL = "global"
    REGIONAL = "regional"
    IMPLIED = "implied"


class Decider(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that decides; traffic that no rule can change has no priority."""

    #: "" for a policy's rule without a name.
    name: str
    kind: RuleKind
    priority: int | None = None
    stage: Stage = Stage.CLASSIC
    #: Display name and full name of the rule's policy; "" for what is of no policy.
    policy: str = ""
    policy_path: str = ""

    def __str__(self) -> str:
        """The rule in words."""
        if self.policy:
            rule = f"rule {self.name}" if self.name else "a rule"
            at = "" if self.priority is None else f", priority {self.priority}"
            return f"{rule} of policy {self.policy} ({self.stage}{at})"
        if self.kind in (RuleKind.VPC, RuleKind.CONNECTOR):
            return f"rule {self.name} (priority {self.priority})"
        return self.name if self.priority is None else f"{self.name} (priority {self.priority})"

    @property
    def label(self) -> str:
        """What tells the rule from others of its network: "allow-ssh", or POLICY/NAME, or POLICY/PRIORITY."""
        return f"{self.policy}/{self.name or self.priority}" if self.policy else self.name


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
        return united(piece.packets for piece in self.of(action))
