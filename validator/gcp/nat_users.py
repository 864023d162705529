"""Which Cloud NAT gateways serve nobody.

https://cloud.google.com/nat/docs/overview https://cloud.google.com/run/docs/configuring/static-outbound-ip
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import Carriers
from validator.gcp.names import Names
from validator.gcp.nat import Gateway, Gateways
from validator.model.computeproject import ComputeProject
from validator.model.instance import Instance
from validator.model.run import Service, Serving
from validator.model.table import Partial, Table

#: Region, network and subnet ("" for a connector's hidden one) that somebody sends from.
_Spot = tuple[str, str, str]


class Unused(msgspec.Struct, frozen=True):
    """A gateway that would serve a service, which goes past it, and that serves nobody else."""

    gateway: Gateway


class NatUsers:
    """A fact: from where packets come to gateways."""

    def __init__(
        self,
        gateways: Gateways,
        carriers: Carriers,
        serving: Serving,
        used: frozenset[_Spot],
        alone: frozenset[str],
    ) -> None:
        self._gateways = gateways
        self._carriers = carriers
        self._serving = serving
        self._used = used
        self._alone = alone

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        gateways: Gateways,
        carriers: Carriers,
        serving: Serving,
        services: Table[Service],
        machines: Table[Instance],
        projects: Partial[ComputeProject],
    ) -> NatUsers:
        """From VMs without an external address, services that send everything into their VPC, and who shares a VPC."""
        used = {spot for machine in machines for spot in _of_machine(machine, names)}
        for service in services:
            used |= set(_of_service(service, serving, carriers, everything=True))
        alone = frozenset(project.name for project in projects if not project.shares_networks)
        return cls(gateways, carriers, serving, frozenset(used), alone)

    def idle_beside(self, service: Service) -> Iterator[Unused]:
        """The gateways that the service would use if it sent everything into the VPC, and that nobody uses.

        Of a Shared VPC that is not known: its other service projects are not read.
        """
        found: dict[Gateway, None] = {}
        for region, network, subnet in _of_service(service, self._serving, self._carriers, everything=False):
            for gateway in self._gateways.at(region, network):
                alone = network.split("/")[1] in self._alone
                if alone and not gateway.gap(subnet) and not self._serves_anybody(gateway):
                    found[gateway] = None
        yield from map(Unused, found)

    def _serves_anybody(self, gateway: Gateway) -> bool:
        return any(_serves(gateway, spot) for spot in self._used)


def _serves(gateway: Gateway, spot: _Spot) -> bool:
    region, network, subnet = spot
    return (gateway.region, gateway.network) == (region, network) and not gateway.gap(subnet)


def _of_service(service: Service, serving: Serving, carriers: Carriers, *, everything: bool) -> Iterator[_Spot]:
    """Where revisions with (or without) egress ALL_TRAFFIC enter a VPC; of one that was not read nothing is known."""
    for template in serving.known(service):
        access = template.vpc_access
        if access is not None and (access.egress == "ALL_TRAFFIC") is everything:
            for seat in carriers.service(service, access):
                yield from ((service.location, network, seat.subnet) for network in seat.networks)


def _of_machine(machine: Instance, names: Names) -> Iterator[_Spot]:
    for interface in machine.network_interfaces:
        if not any(config.nat_ip for config in interface.access_configs):
            network = names.network(interface.network, machine.project)
            yield machine.region, network, names.subnetwork(interface.subnetwork, machine.project, machine.region)
