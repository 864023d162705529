"""Whether a Cloud NAT gateway translates what a sender in a subnet sends.

https://cloud.google.com/nat/docs/overview https://cloud.google.com/compute/docs/reference/rest/v1/routers
"""

from __future__ import annotations

import msgspec

from validator.gcp.names import Names
from validator.model.network import Nat, NatSubnetwork, Router
from validator.model.resource import last
from validator.model.table import Table

#: Both hold the primary range of every subnet, where connectors and interfaces have their addresses.
_EVERY_SUBNET = ("ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES")
_PRIMARY = ("ALL_IP_RANGES", "PRIMARY_IP_RANGE")


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A NAT on its router."""

    nat: Nat
    #: Full name of the router.
    router: str
    region: str
    #: Canonical full name.
    network: str
    #: Canonical full names of the listed subnets whose primary range it takes; None where it takes every subnet.
    subnets: tuple[str, ...] | None

    @property
    def fault(self) -> str:
        """Why it translates for no VM interface, connectors and Cloud Run included, or ""."""
        return self.alien or ("allocates addresses by hand and has none" if self.without_addresses else "")

    @property
    def alien(self) -> str:
        """Why it could not, whatever subnets and addresses it were given, or ""."""
        if self.nat.type == "PRIVATE":
            return "is a private NAT"
        if self.nat.endpoint_types and "ENDPOINT_TYPE_VM" not in self.nat.endpoint_types:
            return f"serves {', '.join(self.nat.endpoint_types)} only"
        return ""

    def gap(self, subnet: str) -> str:
        """Why it does not translate for a sender in this subnet ("" for a connector's hidden one), or ""."""
        if self.fault:
            return self.fault
        return (
            "" if self.lists(subnet) else f"does not list {f'subnet {last(subnet)}' if subnet else 'its hidden subnet'}"
        )

    @property
    def without_addresses(self) -> bool:
        """Whether it is to use addresses given by hand, and has been given none."""
        return self.nat.nat_ip_allocate_option == "MANUAL_ONLY" and not self.nat.nat_ips

    def lists(self, subnet: str) -> bool:
        """Whether the subnet ("" for a connector's hidden one) is among those it takes."""
        return self.subnets is None or (bool(subnet) and subnet in self.subnets)

    def takes_secondary(self, subnet: str) -> bool | None:
        """Whether it takes every secondary range of a subnet too; None where it takes some of them."""
        mode = self.nat.source_subnetwork_ip_ranges_to_nat
        if self.subnets is None or not subnet:
            return mode == "ALL_SUBNETWORKS_ALL_IP_RANGES"
        ways = {
            word
            for row in self.nat.subnetworks
            if last(row.name) == last(subnet)
            for word in row.source_ip_ranges_to_nat
        }
        return True if "ALL_IP_RANGES" in ways else None if "LIST_OF_SECONDARY_IP_RANGES" in ways else False

    @property
    def words(self) -> str:
        """`router/main with NAT on staging-vpc`, with what is wrong with it."""
        fault = f", which {self.fault}" if self.fault else ""
        return f"router/{last(self.router)} with NAT on {last(self.network)}{fault}"


class Gateways:
    """A fact: every NAT of every router."""

    def __init__(self, rows: tuple[Gateway, ...]) -> None:
        self.rows = rows

    @classmethod
    def derive(cls, *, names: Names, routers: Table[Router]) -> Gateways:
        """From the routers."""
        return cls(tuple(_gateway(nat, router, names) for router in routers for nat in router.nats))

    def at(self, region: str, network: str) -> tuple[Gateway, ...]:
        """Those of the region on the network."""
        return tuple(row for row in self.rows if (row.region, row.network) == (region, network))


def _gateway(nat: Nat, router: Router, names: Names) -> Gateway:
    every = nat.source_subnetwork_ip_ranges_to_nat in _EVERY_SUBNET
    listed = tuple(
        names.subnetwork(row.name, router.project, router.location) for row in nat.subnetworks if _primary(row)
    )
    return Gateway(
        nat=nat,
        router=router.path,
        region=router.location,
        network=names.network(router.network, router.project),
        subnets=None if every else listed,
    )


def _primary(row: NatSubnetwork) -> bool:
    return any(word in _PRIMARY for word in row.source_ip_ranges_to_nat)
