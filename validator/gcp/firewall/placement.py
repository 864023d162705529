"""Where connectors, Cloud Run interfaces and subnets sit, as sets of addresses."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.sites import ConnectorSites, Site, Subnets
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.connector import Connector
from validator.model.network import Subnetwork
from validator.model.run import NetworkInterface, Service
from validator.model.table import Table


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A network by its full name ("" where it cannot be told) and the addresses used there (empty likewise)."""

    network: str = ""
    addresses: Intervals = EMPTY


class Placement:
    """A fact: the place of every connector, interface and subnet."""

    def __init__(self, names: Names, subnets: Subnets, sites: ConnectorSites, rows: Table[Subnetwork]) -> None:
        self._names = names
        self._subnets = subnets
        self._sites = sites
        self._rows = rows

    @classmethod
    def derive(cls, *, names: Names, subnets: Subnets, sites: ConnectorSites, rows: Table[Subnetwork]) -> Placement:
        """From the subnets of every project whose networks were read."""
        return cls(names, subnets, sites, rows)

    def connector(self, connector: Connector) -> Place:
        """The connector's own range, or its subnet's."""
        return _place(self._sites.of(connector))

    def interface(self, interface: NetworkInterface, service: Service) -> Place:
        """The whole primary range of the interface's subnet, which its addresses are taken from.

        https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
        """
        return _place(self._subnets.of_interface(interface, service))

    def subnet(self, subnet: Subnetwork) -> Place:
        """The subnet's primary range."""
        return _place(self._subnets.site(self._names.subnetwork(subnet.path, subnet.project, subnet.location)))

    def homes(self, network: str) -> Mapping[str, Intervals]:
        """Every address of the network's subnets by region, secondary and IPv6 ranges too."""
        found: dict[str, Intervals] = {}
        for row in self._rows:
            if self.subnet(row).network == network:
                found[row.location] = found.get(row.location, EMPTY) | _every_range(row)
        return found


def _place(site: Site) -> Place:
    return Place(network=site.network, addresses=readable(site.cidr))


def _every_range(subnet: Subnetwork) -> Intervals:
    texts = (
        subnet.ip_cidr_range,
        *(secondary.ip_cidr_range for secondary in subnet.secondary_ip_ranges),
        subnet.ipv6_cidr_range,
        subnet.internal_ipv6_prefix,
        subnet.external_ipv6_prefix,
    )
    return readable(*texts)
