"""A route in one shape, whichever list it comes from.

https://cloud.google.com/vpc/docs/routes#types_of_routes
"""

from __future__ import annotations

import ipaddress
from typing import Literal

import msgspec

from validator.gcp.firewall.party import Party
from validator.headerspace.axes import addresses
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import Packets

#: RouteInfo.routeType of Connectivity Tests.
RouteKind = Literal["SUBNET", "PEERING_SUBNET", "STATIC", "PEERING_STATIC", "DYNAMIC", "POLICY_BASED"]
NextHop = Literal["network", "peering", "internet", "instance", "address", "load balancer", "vpn", "interconnect", "hub", "unknown"]  # fmt: skip  # noqa: E501
#: Of one destination and priority, next hops of different sorts do not share the traffic.
_PREFERENCE = {"instance": "appliance", "address": "appliance", "vpn": "appliance"}


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A route."""

    name: str
    #: Full name of the resource that it is, or that it comes from.
    path: str
    kind: RouteKind
    destinations: Intervals
    #: As the API spells it.
    text: str
    #: Prefix length.
    length: int
    priority: int = 0
    tags: tuple[str, ...] = ()
    next_hop: NextHop = "unknown"
    #: Full name, name of a peering, or address of the next hop.
    target: str = ""
    #: Region whose VMs are sure to use it; "" for all.
    region: str = ""
    #: Why its next hop takes no packets, or "".
    down: str = ""

    @property
    def imported(self) -> bool:
        """Whether another network owns it."""
        return self.next_hop == "peering"

    @property
    def preference(self) -> str:
        """Routes with the same share traffic."""
        return "dynamic" if self.kind == "DYNAMIC" else _PREFERENCE.get(self.next_hop, self.next_hop)

    @property
    def words(self) -> str:
        """`route to-office (192.168.0.0/16, priority 1000)`."""
        if self.kind == "SUBNET":
            return f"subnet route {self.text}"
        priority = "" if self.kind == "PEERING_SUBNET" else f", priority {self.priority}"
        return f"route {self.name} ({self.text}{priority})"

    def applies(self, sender: Party) -> bool | None:
        """Whether the sender uses it; None where its tags are not known, or are no VM's."""
        return _tagged(self.tags, sender)

    def reaches(self, region: str) -> bool:
        """Whether it is certain that VMs of the region use it."""
        return self.region in ("", region)


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """A policy-based route: packets it is for, and where to; no route leaves them to the other routes."""

    packets: Packets
    tags: tuple[str, ...]
    route: Candidate | None

    def concerns(self, sender: Party) -> bool:
        """Whether to reckon with it: where it is not known, with one that takes packets elsewhere."""
        applies = _tagged(self.tags, sender)
        return self.route is not None if applies is None else applies


def _tagged(wanted: tuple[str, ...], sender: Party) -> bool | None:
    """Routes are for tags of VMs; whether they heed those of a Cloud Run interface is not documented.

    https://cloud.google.com/vpc/docs/static-routes#static-route-attributes
    """
    if not wanted:
        return True
    if sender.tags is None:
        return None
    if sender.tags.isdisjoint(wanted):
        return False
    return None if sender.direct_vpc else True


def block(text: str) -> tuple[Intervals, int] | None:
    """The addresses and prefix length of a CIDR text; None where it is none."""
    try:
        block = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return addresses((block,)), block.prefixlen
