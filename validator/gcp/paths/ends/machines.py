"""Who has which address of a network: interfaces of VMs, and connectors.

https://cloud.google.com/vpc/docs/ip-addresses
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.firewall.fields import readable
from validator.gcp.firewall.party import Party, connector_party
from validator.gcp.names import Names
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.sites import ConnectorSites
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.connector import Connector
from validator.model.fix import Fix
from validator.model.instance import Instance, VmInterface
from validator.model.resource import Resource
from validator.model.table import Table


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Something on a network that packets can be sent to and from."""

    resource: Resource
    #: Canonical full names; "" for a hidden subnet.
    network: str
    subnet: str = ""
    region: str
    addresses: Intervals
    #: What the internet knows it by.
    external: Intervals = EMPTY
    #: Of its addresses the one that is translated to an external IPv4 address: not those of alias ranges.
    translated: Intervals = EMPTY
    party: Party
    #: RUNNING or READY, if it can answer.
    state: str

    @property
    def stopped(self) -> Stop:
        """Why nothing comes from it and nothing is received."""
        row = self.resource
        words = ["gcloud", "compute", "instances", "start", row.short]
        line = shlex.join([*words, f"--zone={row.location}", f"--project={row.project}"])
        vm = row.KIND.noun == "vm"
        return Stop(
            code="INSTANCE_NOT_RUNNING" if vm else "VPC_CONNECTOR_NOT_RUNNING",
            message=f"{row.label} is {self.state or 'in no known state'}: it neither sends nor receives.",
            evidence=(row.path, f"status={self.state}"),
            mend=Fix(summary="Start the VM.", gcloud=(line,)) if vm else None,
        )

    @property
    def running(self) -> bool:
        """Whether it takes part in traffic."""
        return self.state in ("RUNNING", "READY")


class Machines:
    """A fact: the holders of addresses."""

    def __init__(self, holders: Iterable[Holder]) -> None:
        self._holders = tuple(holders)

    @classmethod
    def derive(
        cls, *, names: Names, instances: Table[Instance], connectors: Table[Connector], sites: ConnectorSites
    ) -> Machines:
        """From VMs and connectors."""
        vms = (_vm(row, nic, names) for row in instances for nic in row.network_interfaces)
        return cls((*vms, *(_connector(row, sites) for row in connectors)))

    def on(self, network: str) -> tuple[Holder, ...]:
        """Those on the network."""
        return tuple(one for one in self._holders if one.network == network)

    def of(self, row: Resource) -> tuple[Holder, ...]:
        """The interfaces of one of them."""
        return tuple(one for one in self._holders if one.resource.path == row.path)

    def known_as(self, some: Intervals) -> Iterator[Holder]:
        """Those that the internet knows by one of these addresses."""
        return (one for one in self._holders if one.external & some)


def _vm(row: Instance, nic: VmInterface, names: Names) -> Holder:
    aliases = (alias.ip_cidr_range for alias in nic.alias_ip_ranges)
    v4 = tuple(config.nat_ip for config in nic.access_configs)
    v6 = readable(*(config.external_ipv6 for config in nic.ipv6_access_configs))
    own = readable(nic.network_ip, nic.ipv6_address, *aliases)
    return Holder(
        resource=row,
        network=names.network(nic.network, row.project),
        subnet=names.subnetwork(nic.subnetwork, row.project, row.region),
        region=row.region,
        addresses=own | v6,
        external=readable(*v4) | v6,
        translated=readable(nic.network_ip) if readable(*v4) else EMPTY,
        party=Party(tags=row.network_tags, service_accounts=row.accounts, internet=False, region=row.region),
        state=row.status,
    )


def _connector(row: Connector, sites: ConnectorSites) -> Holder:
    site = sites.of(row)
    return Holder(
        resource=row,
        network=site.network,
        subnet=site.subnet,
        region=row.location,
        addresses=readable(site.cidr),
        party=connector_party(row),
        state=row.state,
    )
