"""Policy-based routes: next hops chosen by source, destination and protocol, before all other routes.

https://cloud.google.com/vpc/docs/policy-based-routes
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from validator.model.environment import Environment
from validator.model.project import HostProject
from validator.model.resource import Kind, Part, Read, Resource, Target, target
from validator.model.scopes import networked_projects
from validator.model.table import Table


def _both_projects(environment: Environment, hosts: Table[HostProject]) -> Iterator[Target]:
    for project in networked_projects(environment, hosts):
        yield target(project, "global", parent=f"projects/{project}/locations/global")


class PacketFilter(Part, frozen=True, kw_only=True):
    """The packets a route is for; "" of a range or the protocol is any."""

    src_range: str = ""
    dest_range: str = ""
    #: "TCP", "UDP", "ALL" …
    ip_protocol: str = ""
    #: IPV4 or IPV6.
    protocol_version: str = ""


class TaggedVms(Part, frozen=True, kw_only=True):
    """The VMs a route is for, by network tag."""

    tags: tuple[str, ...] = ()


class Attachments(Part, frozen=True, kw_only=True):
    """The VLAN attachments a route is for: those of a region, or of "all"."""

    region: str = ""


class RouteWarning(Part, frozen=True, kw_only=True):
    """Why a route may have no effect: RESOURCE_NOT_ACTIVE, RESOURCE_BEING_MODIFIED."""

    code: str = ""
    warning_message: str = ""


class PolicyRoute(Resource, frozen=True, kw_only=True):
    """A policy-based route. Without VMs and attachments it is for all VMs, tunnels and attachments of the network.

    https://cloud.google.com/network-connectivity/docs/reference/networkconnectivity/rest/v1/projects.locations.global.policyBasedRoutes
    """

    KIND: ClassVar[Kind] = Kind(
        noun="policy-route",
        reads=(
            Read(
                api="networkconnectivity",
                version="v1",
                method="projects.locations.global.policyBasedRoutes.list",
                permission="networkconnectivity.policyBasedRoutes.list",
                role="roles/compute.networkViewer",
                targets=_both_projects,
                items="policyBasedRoutes",
                each="the project and its Shared VPC host",
            ),
        ),
    )
    network: str = ""
    filter: PacketFilter = PacketFilter()
    #: 1..65535, lower wins.
    priority: int = 100
    #: Address of the forwarding rule of an internal passthrough load balancer.
    next_hop_ilb_ip: str = ""
    #: DEFAULT_ROUTING: the packets are left to the other routes.
    next_hop_other_routes: str = ""
    virtual_machine: TaggedVms | None = None
    interconnect_attachment: Attachments | None = None
    warnings: tuple[RouteWarning, ...] = ()
