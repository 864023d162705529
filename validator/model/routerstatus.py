"""What Cloud Routers have learned: the dynamic routes of a network, which no list of routes holds.

https://cloud.google.com/compute/docs/reference/rest/v1/routers/getRouterStatus
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from validator.model.network import Router, compute_read
from validator.model.resource import Kind, Part, Resource, Target, target
from validator.model.table import Table


def _each_router_with_neighbours(routers: Table[Router]) -> Iterator[Target]:
    """Every router that may speak BGP; one that only carries NAT learns nothing."""
    for router in routers:
        if router.may_learn_routes:
            yield target(
                router.project, router.location, project=router.project, region=router.location, router=router.name
            )


class LearnedRoute(Part, frozen=True, kw_only=True):
    """The best of the routes to a destination that a router knows; fields as those of `Route`, but without a name."""

    network: str = ""
    dest_range: str = ""
    #: 0..65535, lower wins; of a learned route its BGP metric.
    priority: int = 0
    #: BGP, as a rule.
    route_type: str = ""
    route_status: str = ""
    next_hop_ip: str = ""
    next_hop_vpn_tunnel: str = ""
    next_hop_interconnect_attachment: str = ""
    next_hop_instance: str = ""
    next_hop_hub: str = ""
    next_hop_peering: str = ""
    next_hop_network: str = ""
    next_hop_gateway: str = ""
    next_hop_ilb: str = ""


class RouterStatus(Resource, frozen=True, kw_only=True):
    """The routes a router has learned; `name` is the router's."""

    KIND: ClassVar[Kind] = Kind(
        noun="router-status",
        reads=(
            compute_read(
                "routers.getRouterStatus",
                "compute.routers.get",
                targets=_each_router_with_neighbours,
                items="",
                inject=("router",),
                each="each router that speaks BGP",
            ),
        ),
    )
    network: str
    #: For the whole network, from every router of the region.
    best_routes: tuple[LearnedRoute, ...] = ()
    #: Those among them that this router itself has learned.
    best_routes_for_router: tuple[LearnedRoute, ...] = ()

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """The status out of its envelope, under the name of its router."""
        status = raw.get("result")
        inner = dict(status) if isinstance(status, Mapping) else {}
        outer = {key: value for key, value in raw.items() if key not in ("result", "router")}
        return inner | outer | ({"name": raw["router"]} if "router" in raw else {})

    @property
    def path(self) -> str:
        """The router's name, with the call's."""
        return f"projects/{self.project}/regions/{self.location}/routers/{self.name}/getRouterStatus"
