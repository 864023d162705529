"""Which subnet, network and range a connector or a Cloud Run interface names, and why it cannot be told if so.

A connector names either a network and a range, or a /28 subnet and then neither of the two; an interface names a
network, a subnet, or both. https://cloud.google.com/run/docs/configuring/vpc-connectors
https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
"""

from __future__ import annotations

import shlex
from typing import Literal

import msgspec

from validator.gcp.names import Names
from validator.model.connector import Connector
from validator.model.network import Subnetwork
from validator.model.resource import last
from validator.model.run import NetworkInterface, Service
from validator.model.table import Table

#: Why a site is not known in full: its subnet does not exist, could not be read, or nothing was named at all.
Gap = Literal["", "missing", "unread", "unnamed"]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where something stands; names are canonical full names, "" where not known."""

    network: str = ""
    #: CIDR as the API spells it; "" where not known.
    cidr: str = ""
    #: The subnet it was put into; "" for a connector with a range of its own.
    subnet: str = ""
    #: Addresses of the subnet that nobody has; None where that is not known.
    free: int | None = None
    gap: Gap = ""


class Subnets:
    """A fact: subnets by canonical full name."""

    def __init__(self, names: Names, subnets: Table[Subnetwork]) -> None:
        self.names = names
        self._rows = {names.subnetwork(row.path, row.project, row.location): row for row in subnets}

    @classmethod
    def derive(cls, *, names: Names, subnets: Table[Subnetwork]) -> Subnets:
        """From every subnet of the projects whose networks were read."""
        return cls(names, subnets)

    def site(self, path: str) -> Site:
        """The network and range of the subnet with this canonical name."""
        row = self._rows.get(path)
        if row is None:
            return Site(subnet=path, gap="missing" if path.split("/")[1] in self.names.read else "unread")
        network = self.names.network(row.network, row.project)
        return Site(network=network, cidr=row.ip_cidr_range, subnet=path, free=row.free_addresses)

    def of_interface(self, interface: NetworkInterface, service: Service) -> Site:
        """Where a Direct VPC interface stands; a network alone means the subnet of the same name in the region."""
        network = self.names.network(interface.network, service.project)
        owner = network.split("/")[1] if network else service.project
        text = interface.subnetwork or network.rsplit("/", 1)[-1]
        if not text:
            return Site(gap="unnamed")
        site = self.site(self.names.subnetwork(text, owner, service.location))
        return msgspec.structs.replace(site, network=network) if site.gap else site


class ConnectorSites:
    """A fact: network and range of each connector, however it was placed."""

    def __init__(self, subnets: Subnets) -> None:
        self._subnets = subnets

    @classmethod
    def derive(cls, *, subnets: Subnets) -> ConnectorSites:
        """From the subnets that connectors may be placed in."""
        return cls(subnets)

    def of(self, connector: Connector) -> Site:
        """Where the connector stands."""
        names = self._subnets.names
        if connector.subnet and connector.subnet.name:
            owner = connector.subnet.project_id or connector.project
            return self._subnets.site(names.subnetwork(connector.subnet.name, owner, connector.location))
        network = names.network(connector.network, connector.project)
        return Site(network=network, cidr=connector.ip_cidr_range, gap="" if network else "unnamed")


def delete_command(connector: Connector) -> str:
    """The gcloud line that deletes the connector."""
    return _connectors("delete", connector)


def create_command(connector: Connector, *, network: str = "", cidr: str = "") -> str:
    """The gcloud line that creates the connector again, on another network or with another range if given.

    Of a network of another project only a subnet will do.
    https://cloud.google.com/run/docs/configuring/shared-vpc-host-project
    """
    owner = network.split("/")[1] if "/" in network else connector.project
    if owner != connector.project:
        where = ["--subnet=SUBNET", f"--subnet-project={owner}"]
    elif connector.subnet and not (network or cidr):
        owner = connector.subnet.project_id or connector.project
        where = [f"--subnet={connector.subnet.name}", f"--subnet-project={owner}"]
    else:
        where = [f"--network={last(network) or connector.network}", f"--range={cidr or connector.ip_cidr_range}"]
    return _connectors("create", connector, *where, *_size(connector))


def replacement(connector: Connector, *, network: str) -> tuple[str, ...]:
    """The gcloud lines that put another connector in this one's place, its services never without a VPC in between."""
    another = msgspec.structs.replace(connector, name=f"{connector.short}-2", subnet=None)
    where = [f"--region={connector.location}", f"--project={connector.project}"]
    move = shlex.join(["gcloud", "run", "services", "update", "SERVICE", f"--vpc-connector={another.short}", *where])
    return (create_command(another, network=network, cidr="FREE_RANGE/28"), move, delete_command(connector))


def update_command(connector: Connector, *options: str) -> str:
    """The gcloud line that changes the connector's size."""
    return _connectors("update", connector, *options)


def _size(connector: Connector) -> list[str]:
    sizes = {
        "min-instances": connector.min_instances,
        "max-instances": connector.max_instances,
        "machine-type": connector.machine_type,
    }
    return [f"--{name}={value}" for name, value in sizes.items() if value]


def _connectors(verb: str, connector: Connector, *options: str) -> str:
    words = ["gcloud", "compute", "networks", "vpc-access", "connectors", verb, connector.short]
    return shlex.join([*words, f"--region={connector.location}", f"--project={connector.project}", *options])
