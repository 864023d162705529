"""Where declared flows start: connectors, Cloud Run services, ranges."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.egress import sent_to_vpc
from validator.gcp.firewall.party import ANYONE, Party, connector_party, interface_party
from validator.gcp.firewall.placement import Placement
from validator.gcp.names import Names
from validator.headerspace.axes import ANYWHERE, addresses
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.connector import Connector
from validator.model.resource import last
from validator.model.run import NetworkInterface, Service, Serving, VpcAccess
from validator.model.selector import AddressBlock
from validator.model.table import Table


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a subject's packets enter a VPC network."""

    #: Such as "connector/staging".
    label: str
    #: Full name of what decides source and tags.
    path: str
    #: Full name; "" where it cannot be told.
    network: str = ""
    #: Every address packets can come from; empty where not known.
    addresses: Intervals = EMPTY
    party: Party = ANYONE
    #: Whether the addresses are interfaces of the network without doubt, so that its egress rules apply.
    inside: bool = True
    #: Destinations whose packets enter the network at all; a service keeps the others to itself.
    sends: Intervals = ANYWHERE


class NoOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no way into a VPC, or none that can be told."""

    code: str
    message: str
    evidence: tuple[str, ...] = ()
    #: Whether the configuration proves it.
    certain: bool = True


class Origins:
    """A fact: the origins of every possible subject of a flow."""

    def __init__(self, placement: Placement, serving: Serving, names: Names, connectors: Table[Connector]) -> None:
        self._placement = placement
        self._serving = serving
        self._names = names
        self._connectors = {names.connector(c.path, c.project, c.location): c for c in connectors}

    @classmethod
    def derive(cls, *, placement: Placement, serving: Serving, names: Names, connectors: Table[Connector]) -> Origins:
        """From connectors, subnets and the revisions that serve."""
        return cls(placement, serving, names, connectors)

    def of(self, subject: Connector | Service | AddressBlock, network: str = "") -> Iterator[Origin | NoOrigin]:
        """Each different origin once; `network` (any spelling) says where a range is."""
        match subject:
            case Connector():
                yield self._connector(subject)
            case Service():
                yield from self._service(subject)
            case AddressBlock():
                yield self._range(subject, network)

    def _connector(self, connector: Connector) -> Origin:
        place = self._placement.connector(connector)
        return Origin(
            label=connector.label,
            path=connector.path,
            network=place.network,
            addresses=place.addresses,
            party=connector_party(connector),
        )

    def _service(self, service: Service) -> Iterator[Origin | NoOrigin]:
        found: dict[Origin | NoOrigin, None] = {}
        for template in self._serving.of(service):
            found |= dict.fromkeys(self._accesses(service, template.vpc_access))
        yield from found

    def _accesses(self, service: Service, access: VpcAccess | None) -> Iterator[Origin | NoOrigin]:
        if access is None or not (access.connector or access.network_interfaces):
            message = f"{service.label} serves without a connector or a VPC interface, so it cannot reach the VPC"
            yield NoOrigin(code="VPC_CONNECTOR_NOT_SET", message=message, evidence=(service.path, "vpcAccess is unset"))
            return
        if access.connector:
            yield self._through(service, access)
        for interface in access.network_interfaces:
            yield self._interface(service, interface, access)

    def _through(self, service: Service, access: VpcAccess) -> Origin | NoOrigin:
        path = self._names.connector(access.connector, service.project, service.location)
        if connector := self._connectors.get(path):
            return msgspec.structs.replace(self._connector(connector), sends=sent_to_vpc(access))
        own = path.startswith(f"projects/{service.project}/")
        return NoOrigin(
            code="RESOURCE_CONFIG_NOT_FOUND",
            message=f"{service.label} uses connector {last(path)}, which "
            + ("does not exist" if own else "is in a project that was not read"),
            evidence=(service.path, path),
            certain=own,
        )

    def _interface(self, service: Service, interface: NetworkInterface, access: VpcAccess) -> Origin:
        place = self._placement.interface(interface, service)
        return Origin(
            label=service.label,
            path=service.path,
            network=place.network,
            addresses=place.addresses,
            party=interface_party(interface, service.location),
            sends=sent_to_vpc(access),
        )

    def _range(self, block: AddressBlock, network: str) -> Origin | NoOrigin:
        if not network:
            message = f"{block.label} may be on any network: say which one with `network: NAME`"
            return NoOrigin(code="NETWORK_NOT_GIVEN", message=message, certain=False)
        full = self._names.network(network, self._names.home)
        some = addresses((block.name,))
        return Origin(label=block.label, path=block.path, network=full, addresses=some, inside=False)
