"""Who stands on which network, with the tags and service accounts that firewall rules select by.

Looked at are VMs, running or not, connectors, and the Direct VPC interfaces of serving Cloud Run revisions. Not read,
and so not known of: Cloud Run jobs and worker pools, instance templates whose VMs are yet to be made, and on a Shared
VPC the VMs of other service projects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.names import Names
from validator.gcp.sites import ConnectorSites, Subnets
from validator.model.computeproject import ComputeProject
from validator.model.connector import Connector
from validator.model.instance import Instance
from validator.model.run import Service, Serving
from validator.model.table import Table

VM, CONNECTOR, INTERFACE = "VM", "connector", "Cloud Run interface"


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """One that firewall rules may apply to, on one network."""

    #: "VM", "connector" or "Cloud Run interface".
    what: str
    label: str
    #: Canonical full name; "" where it cannot be told, so that it may be any.
    network: str
    tags: frozenset[str] = frozenset()
    service_accounts: frozenset[str] = frozenset()


class Community(msgspec.Struct, frozen=True, kw_only=True):
    """The residents of one network, and whether there may be more that were not read."""

    residents: tuple[Resident, ...] = ()
    #: Whether VMs of projects that were not read may stand there: a Shared VPC.
    shared: bool = False

    @property
    def tags(self) -> frozenset[str]:
        """Every network tag that somebody carries."""
        return frozenset(tag for one in self.residents for tag in one.tags)

    @property
    def service_accounts(self) -> frozenset[str]:
        """Every service account that somebody runs as."""
        return frozenset(account for one in self.residents for account in one.service_accounts)

    @property
    def words(self) -> str:
        """Who was looked at: "2 VMs, 1 connector, 0 Cloud Run interfaces"."""
        found = Counter(one.what for one in self.residents)
        return ", ".join(
            f"{found[what]} {what}{'' if found[what] == 1 else 's'}" for what in (VM, CONNECTOR, INTERFACE)
        )


class Serverless:
    """A fact: connectors and the Direct VPC interfaces of serving revisions, with their tags."""

    def __init__(self, residents: Iterable[Resident]) -> None:
        self.residents = tuple(residents)

    @classmethod
    def derive(
        cls,
        *,
        connectors: Table[Connector],
        services: Table[Service],
        serving: Serving,
        subnets: Subnets,
        sites: ConnectorSites,
    ) -> Serverless:
        """From what serves now; a service may serve from several revisions."""
        own = (_connector(connector, sites) for connector in connectors)
        return cls((*own, *(one for service in services for one in _interfaces(service, serving, subnets))))

    def tags_on(self, network: str) -> frozenset[str]:
        """Every network tag that one of them carries on the network, or may carry there."""
        return frozenset(tag for one in self.residents if one.network in (network, "") for tag in one.tags)


class Residents:
    """A fact: everybody on every network."""

    def __init__(self, residents: Iterable[Resident], sharing: Iterable[str]) -> None:
        self._residents = tuple(residents)
        self._sharing = frozenset(sharing)

    @classmethod
    def derive(
        cls, *, serverless: Serverless, instances: Table[Instance], projects: Table[ComputeProject], names: Names
    ) -> Residents:
        """From the VMs and all that is serverless, of the project and of its Shared VPC host."""
        vms = (one for vm in instances for one in _interfaces_of_vm(vm, names))
        return cls((*vms, *serverless.residents), (project.name for project in projects if project.shares_networks))

    def on(self, network: str) -> Community:
        """The community of the network with this canonical full name."""
        here = tuple(one for one in self._residents if one.network in (network, ""))
        return Community(residents=here, shared=network.split("/")[1] in self._sharing)


def _connector(connector: Connector, sites: ConnectorSites) -> Resident:
    network = sites.of(connector).network
    return Resident(what=CONNECTOR, label=connector.label, network=network, tags=frozenset(connector.tags))


def _interfaces(service: Service, serving: Serving, subnets: Subnets) -> Iterator[Resident]:
    for template in serving.of(service):
        for interface in template.vpc_access.network_interfaces if template.vpc_access else ():
            yield Resident(
                what=INTERFACE,
                label=service.label,
                network=subnets.of_interface(interface, service).network,
                tags=frozenset(interface.tags),
                # Whether rules for service accounts apply to such an interface is not documented: they may.
                service_accounts=frozenset(filter(None, (template.service_account,))),
            )


def _interfaces_of_vm(vm: Instance, names: Names) -> Iterator[Resident]:
    for network in dict.fromkeys(names.network(one.network, vm.project) for one in vm.network_interfaces):
        yield Resident(what=VM, label=vm.label, network=network, tags=vm.network_tags, service_accounts=vm.accounts)
