"""A declared flow, asked of the firewalls at its two ends."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.flows.goals import Goal
from validator.gcp.firewall.flows.origins import Origin
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Partition
from validator.gcp.firewall.party import OUTSIDER, Party
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_addresses
from validator.model.network import Network
from validator.model.resource import last
from validator.model.table import Table


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """From an origin to a goal, with these services; tags of destination VMs where known."""

    origin: Origin
    goal: Goal
    services: Intervals
    target_tags: frozenset[str] | None = None

    @property
    def destinations(self) -> Intervals:
        """The goal's addresses as the origin's network sees them."""
        return self.goal.reached_from(self.origin.network)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question to one firewall, and its answer."""

    network: str
    direction: Direction
    packets: Packets
    partition: Partition
    #: Whose rules they are: the region of the end judged, "" where that may be in any.
    region: str = ""

    @property
    def ends(self) -> Intervals:
        """The addresses of the end judged."""
        return self.packets.destinations if self.direction == "INGRESS" else self.packets.sources


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Why no firewall can be asked."""

    code: str
    message: str
    evidence: tuple[str, ...] = ()
    #: Whether it proves that the flow does not get through.
    certain: bool = False


def split(flow: Flow, firewalls: Firewalls) -> tuple[Asked, ...] | Obstacle:
    """Egress at the source, and ingress where the destination is in a subnet of the network."""
    if obstacle := _unknown_end(flow) or _beside(flow):
        return obstacle
    firewall = firewalls.of(flow.origin.network)
    if firewall is None:
        message = f"the effective firewall of {flow.origin.network} was not read"
        return Obstacle(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(flow.origin.network,))
    whole = packets(flow.origin.addresses, flow.destinations, flow.services)
    asked = tuple(_asked(flow, firewall, whole))
    if not whole or not asked or not _every_packet_asked(whole, asked):
        message = (
            f"{flow.origin.label} to {flow.goal.label} is not filtered by {last(flow.origin.network)}, or only in part"
        )
        return Obstacle(code="FLOW_NOT_FILTERED", message=message, evidence=(flow.origin.network,))
    return asked


def _asked(flow: Flow, firewall: NetworkFirewall, whole: Packets) -> Iterator[Asked]:
    here = flow.origin.addresses if flow.origin.inside else flow.origin.addresses & firewall.inside
    if leaving := whole & packets(sources=here):
        party = flow.origin.party
        partition = firewall.judge(leaving, direction="EGRESS", target=party)
        yield Asked(
            network=firewall.network, direction="EGRESS", packets=leaving, partition=partition, region=party.region
        )
    arriving = whole & packets(destinations=firewall.inside)
    if arriving and not flow.goal.managed:
        yield from _arriving(flow, firewall, arriving)


def _arriving(flow: Flow, firewall: NetworkFirewall, arriving: Packets) -> Iterator[Asked]:
    """Packets from outside of the network carry nobody's tags: source tags select its own VMs only."""
    target = Party(tags=flow.target_tags)
    own = flow.origin.addresses if flow.origin.inside else EMPTY
    within = packets(sources=firewall.inside | own)
    for some, sender in ((arriving & within, flow.origin.party), (arriving - within, OUTSIDER)):
        if some:
            partition = firewall.judge(some, direction="INGRESS", target=target, sender=sender)
            yield Asked(network=firewall.network, direction="INGRESS", packets=some, partition=partition)


def _every_packet_asked(whole: Packets, asked: tuple[Asked, ...]) -> bool:
    for one in asked:
        whole -= one.packets
    return not whole


def _unknown_end(flow: Flow) -> Obstacle | None:
    origin, goal = flow.origin, flow.goal
    if not origin.network or not origin.addresses:
        message = f"the network or the address range of {origin.label} is not known"
        return Obstacle(code="SOURCE_RANGE_UNKNOWN", message=message, evidence=(origin.path,))
    if not flow.destinations:
        return Obstacle(
            code="DESTINATION_UNKNOWN", message=f"{goal.label} has no private address", evidence=(goal.path,)
        )
    if not flow.services:
        message = f"the port of {goal.label} is not known, or it is not of this protocol: name it with `ports`"
        return Obstacle(code="DESTINATION_UNKNOWN", message=message, evidence=(goal.path,))
    return None


def _beside(flow: Flow) -> Obstacle | None:
    """A service may send private ranges only into the VPC; no rule applies to what goes past it."""
    past = flow.destinations - flow.origin.sends
    if not past:
        return None
    message = (
        f"{flow.origin.label} to {flow.goal.label}: with egress PRIVATE_RANGES_ONLY packets to {spell_addresses(past)} "
        f"go straight to the internet instead of through {last(flow.origin.network)}, whose rules do not apply to them"
    )
    evidence = (flow.origin.path, flow.origin.network, "egress=PRIVATE_RANGES_ONLY")
    return Obstacle(code="FLOW_NOT_FILTERED", message=message, evidence=evidence)


def apart(flow: Flow, networks: Table[Network]) -> Obstacle | None:
    """Why the two ends do not meet at all, whatever firewalls say: they are on different networks."""
    origin, goal = flow.origin, flow.goal
    if not origin.network or not goal.networks or origin.network in goal.networks:
        return None
    names = " or ".join(last(network) for network in goal.networks)
    addresses = spell_addresses(origin.addresses)
    message = (
        f"{origin.label} ({addresses}) is on {last(origin.network)}, but {goal.label} is reachable from {names} only"
    )
    evidence = (origin.path, goal.path, f"network {origin.network}", *(f"network {name}" for name in goal.networks))
    if not goal.managed and _peered(origin.network, goal.networks, networks):
        message = f"{message}, or over the peering between them, whose routes are not judged here"
        return Obstacle(code="PEERING_NOT_JUDGED", message=message, evidence=evidence)
    return Obstacle(code="ROUTE_WRONG_NETWORK", message=message, evidence=evidence, certain=True)


def _peered(network: str, others: tuple[str, ...], networks: Table[Network]) -> bool:
    found = (row for row in networks if row.path == network)
    peers = [peering.network for row in found for peering in row.peerings if peering.state == "ACTIVE"]
    return any(peer.endswith(f"/{other}") or peer == other for peer in peers for other in others)
