"""Serverless VPC Access connectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from validator.model.environment import Environment
from validator.model.project import ConnectorRegion, in_regions
from validator.model.resource import Kind, Part, Read, Resource, Target
from validator.model.table import Table


def _regions(environment: Environment, regions: Table[ConnectorRegion]) -> Iterator[Target]:
    yield from in_regions(environment, regions)


class ConnectorSubnet(Part, frozen=True, kw_only=True):
    """The /28 subnet a connector was put into; `project_id` is the Shared VPC host's where it is not the own."""

    name: str = ""
    project_id: str = ""


class Connector(Resource, frozen=True, kw_only=True):
    """A connector. `network` is a bare name; one placed in a subnet has neither `network` nor `ip_cidr_range`.

    https://cloud.google.com/vpc/docs/reference/vpcaccess/rest/v1/projects.locations.connectors
    """

    KIND: ClassVar[Kind] = Kind(
        noun="connector",
        reads=(
            Read(
                api="vpcaccess",
                version="v1",
                method="projects.locations.connectors.list",
                permission="vpcaccess.connectors.list",
                role="roles/vpcaccess.viewer",
                targets=_regions,
                items="connectors",
                each="each region",
            ),
        ),
    )
    network: str = ""
    ip_cidr_range: str = ""
    subnet: ConnectorSubnet | None = None
    #: READY, CREATING, DELETING, UPDATING or ERROR.
    state: str = ""
    machine_type: str = ""
    min_instances: int = 0
    max_instances: int = 0
    #: Mbit/s; the API always answers with both throughput and instances.
    min_throughput: int = 0
    max_throughput: int = 0
    connected_projects: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, str]:
        """The two network tags every connector carries; no others can be added.

        https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
        """
        return ("vpc-connector", f"vpc-connector-{self.location}-{self.short}")
