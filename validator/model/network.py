"""VPC networks and what hangs on them: subnets, routes, routers with NAT, addresses, private service connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import field

from validator.model.project import Project
from validator.model.resource import Kind, Part, Read, Resource, Target, target
from validator.model.scopes import both_projects
from validator.model.table import Table

_VIEWER = "roles/compute.networkViewer"


def compute_read(method: str, permission: str, **rest: object) -> Read:
    """A read of the Compute API v1 that the network viewer may make."""
    fields = {"api": "compute", "version": "v1", "role": _VIEWER, "items": "items"} | rest
    return Read(method=method, permission=permission, **fields)  # type: ignore[arg-type]


def read_of_both(method: str, permission: str, **rest: object) -> Read:
    """The same, of what a service project and its Shared VPC host may each hold."""
    each = "the project and its Shared VPC host"
    return compute_read(method, permission, targets=both_projects, each=each, **rest)


class Peering(Part, frozen=True, kw_only=True):
    """One side of a VPC peering.

    https://cloud.google.com/compute/docs/reference/rest/v1/networks
    """

    name: str = ""
    network: str = ""
    #: ACTIVE or INACTIVE.
    state: str = ""
    state_details: str = ""
    exchange_subnet_routes: bool = False
    import_custom_routes: bool = False
    export_custom_routes: bool = False
    import_subnet_routes_with_public_ip: bool = False
    export_subnet_routes_with_public_ip: bool = True


class Network(Resource, frozen=True, kw_only=True):
    """A VPC network.

    https://cloud.google.com/compute/docs/reference/rest/v1/networks
    """

    KIND: ClassVar[Kind] = Kind(
        noun="network",
        reads=(read_of_both("networks.list", "compute.networks.list"),),
    )
    auto_create_subnetworks: bool = False
    #: Set on legacy networks only, which no connector can use.
    ipv4_range: str = field(name="IPv4Range", default="")
    peerings: tuple[Peering, ...] = ()
    network_firewall_policy_enforcement_order: str = "AFTER_CLASSIC_FIREWALL"


class SecondaryRange(Part, frozen=True, kw_only=True):
    """A named secondary range of a subnet, CIDR."""

    range_name: str = ""
    ip_cidr_range: str = ""


class RangeUtilization(Part, frozen=True, kw_only=True):
    """How much of a range is taken; the name is "" for the primary range. Numbers of addresses, as texts."""

    range_name: str = ""
    total_allocated_ip: str = ""
    total_free_ip: str = ""


class Utilization(Part, frozen=True, kw_only=True):
    """How much of a subnet's ranges is taken."""

    ipv4_utilizations: tuple[RangeUtilization, ...] = ()


class Subnetwork(Resource, frozen=True, kw_only=True):
    """A subnet.

    https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks
    """

    KIND: ClassVar[Kind] = Kind(
        noun="subnet",
        reads=(
            read_of_both(
                "subnetworks.aggregatedList", "compute.subnetworks.list", aggregated=True, views="WITH_UTILIZATION"
            ),
        ),
    )
    network: str = ""
    ip_cidr_range: str = ""
    secondary_ip_ranges: tuple[SecondaryRange, ...] = ()
    private_ip_google_access: bool = False
    purpose: str = "PRIVATE"
    role: str = ""
    stack_type: str = ""
    ipv6_cidr_range: str = ""
    internal_ipv6_prefix: str = ""
    external_ipv6_prefix: str = ""
    #: Only where the API was asked for it, and told.
    utilization_details: Utilization | None = None

    @property
    def free_addresses(self) -> int | None:
        """How many addresses of the primary IPv4 range nobody has; None where that is not told."""
        told = self.utilization_details.ipv4_utilizations if self.utilization_details else ()
        free = next((one.total_free_ip for one in told if not one.range_name), "")
        return int(free) if free.isdecimal() else None

    @property
    def secondary_ranges(self) -> tuple[str, ...]:
        """The CIDR of each secondary range."""
        return tuple(one.ip_cidr_range for one in self.secondary_ip_ranges)


class Route(Resource, frozen=True, kw_only=True):
    """A route of a network.

    https://cloud.google.com/compute/docs/reference/rest/v1/routes
    """

    KIND: ClassVar[Kind] = Kind(noun="route", reads=(read_of_both("routes.list", "compute.routes.list"),))
    network: str = ""
    dest_range: str = ""
    #: 0..65535, lower wins.
    priority: int = 1000
    tags: tuple[str, ...] = ()
    route_type: str = ""
    route_status: str = ""
    #: "" or "DEFAULT_INTERNET_GATEWAY"'s URL.
    next_hop_gateway: str = ""
    next_hop_network: str = ""
    next_hop_peering: str = ""
    next_hop_instance: str = ""
    next_hop_ip: str = ""
    next_hop_ilb: str = ""
    next_hop_vpn_tunnel: str = ""
    next_hop_interconnect_attachment: str = ""
    next_hop_hub: str = ""


class NatSubnetwork(Part, frozen=True, kw_only=True):
    """A subnet named in a NAT's list, and which of its ranges."""

    name: str = ""
    source_ip_ranges_to_nat: tuple[str, ...] = ()
    secondary_ip_range_names: tuple[str, ...] = ()


class Nat(Part, frozen=True, kw_only=True):
    """A Cloud NAT gateway on a router.

    https://cloud.google.com/compute/docs/reference/rest/v1/routers
    """

    name: str = ""
    #: PUBLIC or PRIVATE.
    type: str = "PUBLIC"
    #: AUTO_ONLY or MANUAL_ONLY.
    nat_ip_allocate_option: str = ""
    nat_ips: tuple[str, ...] = ()
    source_subnetwork_ip_ranges_to_nat: str = ""
    subnetworks: tuple[NatSubnetwork, ...] = ()
    endpoint_types: tuple[str, ...] = ()


class BgpPeer(Part, frozen=True, kw_only=True):
    """A BGP session of a router, by name; addresses, numbers and key names are not kept."""

    name: str = ""


class RouterInterface(Part, frozen=True, kw_only=True):
    """An interface of a router, to a VPN tunnel, a VLAN attachment or a subnet."""

    name: str = ""
    linked_vpn_tunnel: str = ""
    linked_interconnect_attachment: str = ""


class Router(Resource, frozen=True, kw_only=True):
    """A Cloud Router with its NAT gateways and its BGP sessions."""

    KIND: ClassVar[Kind] = Kind(
        noun="router",
        reads=(read_of_both("routers.aggregatedList", "compute.routers.list", aggregated=True),),
    )
    network: str = ""
    nats: tuple[Nat, ...] = ()
    bgp_peers: tuple[BgpPeer, ...] = ()
    interfaces: tuple[RouterInterface, ...] = ()

    @property
    def may_learn_routes(self) -> bool:
        """Whether it has, or is wired for, neighbours that tell it routes; one that only carries NAT has none."""
        return bool(self.bgp_peers) or any(
            one.linked_vpn_tunnel or one.linked_interconnect_attachment for one in self.interfaces
        )


class Address(Resource, frozen=True, kw_only=True):
    """A reserved address or range; PSA ranges have purpose VPC_PEERING.

    https://cloud.google.com/compute/docs/reference/rest/v1/globalAddresses
    """

    KIND: ClassVar[Kind] = Kind(
        noun="address",
        reads=(read_of_both("addresses.aggregatedList", "compute.addresses.list", aggregated=True),),
    )
    address: str = ""
    prefix_length: int = 0
    #: INTERNAL or EXTERNAL.
    address_type: str = ""
    purpose: str = ""
    network: str = ""
    subnetwork: str = ""
    status: str = ""
    users: tuple[str, ...] = ()


#: Google's name of the peering that every private services connection makes on its network.
#: https://cloud.google.com/vpc/docs/configure-private-services-access#creating-connection
SERVICES_PEERING = "servicenetworking-"


def _per_network(networks: Table[Network], projects: Table[Project]) -> Iterator[Target]:
    """Each network that carries the peering of a connection, by its own project's number.

    A network without that peering has no connection that works, so the API, which many projects keep off, need not be
    asked. Without a number the project's id is sent, and the API's refusal is a gap.
    """
    numbers = {project.project_id: project.number for project in projects}
    for network in networks:
        if not any(peering.name.startswith(SERVICES_PEERING) for peering in network.peerings):
            continue
        full = f"projects/{numbers.get(network.project, network.project)}/global/networks/{network.name}"
        yield target(network.project, parent="services/servicenetworking.googleapis.com", network=full)


class PrivateConnection(Resource, frozen=True, kw_only=True):
    """A network's private services access: the peering that Cloud SQL and PSA Redis ride on.

    https://cloud.google.com/service-infrastructure/docs/service-networking/reference/rest/v1/services.connections/list
    """

    KIND: ClassVar[Kind] = Kind(
        noun="private-connection",
        lives_in_its_api=False,
        reads=(
            Read(
                api="servicenetworking",
                version="v1",
                method="services.connections.list",
                permission="servicenetworking.services.get",
                # No viewer's role holds the permission.
                role="roles/compute.networkUser",
                targets=_per_network,
                items="connections",
                each="each network",
            ),
        ),
    )
    name: str = ""
    #: With the project's number, unlike everywhere else.
    network: str = ""
    #: Name of the peering on the network, such as "servicenetworking-googleapis-com".
    peering: str = ""
    service: str = ""
    #: Names of global addresses of purpose VPC_PEERING.
    reserved_peering_ranges: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The connection has no name of its own; the network and the service identify it."""
        return f"{self.network}/connections/{self.service.rsplit('/', 1)[-1]}"
