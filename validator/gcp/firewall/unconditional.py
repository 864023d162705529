"""Traffic that no rule can change: the metadata server, and what Google never lets out or in.

https://cloud.google.com/firewall/docs/firewalls#alwaysallowed
https://cloud.google.com/firewall/docs/firewalls#blockedtraffic
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Piece, RuleKind, Stage
from validator.gcp.special import METADATA_SERVER, PUBLIC
from validator.headerspace.axes import EVERY_SERVICE, services
from validator.headerspace.intervals import Intervals, union
from validator.headerspace.packets import NO_PACKETS, Packets, packets

_METADATA = Decider(
    name="the metadata server's always-allowed traffic", kind=RuleKind.ALWAYS_ALLOWED, stage=Stage.FIXED
)
_MAIL = Decider(name="Google's block of SMTP to external addresses", kind=RuleKind.ALWAYS_BLOCKED, stage=Stage.FIXED)
_EXOTIC = Decider(
    name="Google's block of other protocols with external addresses", kind=RuleKind.ALWAYS_BLOCKED, stage=Stage.FIXED
)
_TUNNELS = Decider(
    name="Google's block of some GRE with external addresses", kind=RuleKind.ALWAYS_BLOCKED, stage=Stage.FIXED
)
_PARTLY = Doubt(
    "TRAFFIC_TYPE_BLOCKED", "GRE passes between VMs and the internet, but not through NAT, VPN or balancers"
)

_GRE = services(47)
_SMTP = services(6, [(25, 25)])
#: TCP, UDP, ICMP of both families, AH, ESP, SCTP and GRE.
_CARRIED = union(services(protocol) for protocol in (1, 6, 17, 47, 50, 51, 58, 132))


def unconditional(asked: Packets, direction: Direction, inside: Intervals) -> Iterator[Piece]:
    """The pieces of the asked packets that are decided before any rule; `inside` is never external."""
    external = PUBLIC - inside
    if direction == "EGRESS":
        fixed = [
            (packets(destinations=METADATA_SERVER), Action.ALLOW, _METADATA),
            (packets(destinations=external, services=_SMTP), Action.DENY, _MAIL),
            (packets(destinations=external, services=EVERY_SERVICE - _CARRIED), Action.DENY, _EXOTIC),
        ]
    else:
        fixed = [
            (packets(sources=METADATA_SERVER), Action.ALLOW, _METADATA),
            (packets(sources=external, services=EVERY_SERVICE - _CARRIED), Action.DENY, _EXOTIC),
        ]
    for some, action, decider in fixed:
        if met := asked & some:
            yield Piece(packets=met, action=action, decider=decider)


def uncertain(pieces: Iterable[Piece], direction: Direction, inside: Intervals) -> Iterator[Piece]:
    """The pieces, with allowed GRE from or to external addresses undecided: Google carries some of it only."""
    external = PUBLIC - inside
    ends = packets(destinations=external) if direction == "EGRESS" else packets(sources=external)
    some = ends & packets(services=_GRE)
    for piece in pieces:
        tunnels = piece.packets & some if piece.action is Action.ALLOW else NO_PACKETS
        if not tunnels:
            yield piece
            continue
        yield Piece(packets=tunnels, action=Action.UNDECIDED, decider=_TUNNELS, doubt=_PARTLY)
        if rest := piece.packets - tunnels:
            yield Piece(packets=rest, action=piece.action, decider=piece.decider)
