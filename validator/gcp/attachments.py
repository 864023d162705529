"""Who sits on which VPC network: connectors, Redis, Cloud SQL and Cloud Run.

What sits on two networks cannot talk: VPC peering is not transitive, and a managed service is peered to one
network only. https://cloud.google.com/vpc/docs/vpc-peering
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.names import Names
from validator.gcp.sites import ConnectorSites, Site, Subnets
from validator.model.connector import Connector
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource, last
from validator.model.run import Service, Serving, VpcAccess
from validator.model.sql import SqlInstance
from validator.model.table import Table


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A resource and the networks it can be reached from, or reaches; several only for a Redis cluster."""

    resource: Resource
    #: Canonical full names.
    networks: tuple[str, ...] = ()
    #: The setting that says so, as the API spells it: "authorizedNetwork".
    setting: str = ""
    #: Full name of the connector that carries a service.
    through: str = ""
    #: Canonical full name of the subnet it was put into; "" for a connector with a range of its own.
    subnet: str = ""
    #: Why the networks are not known.
    doubt: str = ""
    #: Why it is on no network at all by its own configuration.
    aside: str = ""

    @property
    def words(self) -> str:
        """`redis/cache on default`."""
        where = ", ".join(last(network) for network in self.networks)
        nowhere = "no network" if self.aside else "an unknown network"
        return f"{self.resource.label}{self.way} on {where or nowhere}"

    @property
    def way(self) -> str:
        """` through connector/staging`, or "" for what sits on a network by itself."""
        return f" through connector/{last(self.through)}" if self.through else ""


def network_words(path: str) -> str:
    """`staging-vpc (project acme)`, for a network's canonical full name."""
    return f"{last(path)} (project {path.split('/')[1]})" if path else "an unknown network"


class Attachments:
    """A fact: the seat of every resource that talks over a VPC; two for a service that serves from two."""

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        self.seats = seats

    @classmethod
    def derive(
        cls,
        *,
        carriers: Carriers,
        connectors: Table[Connector],
        services: Table[Service],
        serving: Serving,
        stores: Stores,
    ) -> Attachments:
        """From all connectors, serving revisions, Redis and Cloud SQL instances of the project."""
        seats = [carriers.connector(row) for row in connectors]
        for service in services:
            found = (carriers.service(service, template.vpc_access) for template in serving.of(service))
            seats += dict.fromkeys(seat for group in found for seat in group)
        return cls((*seats, *stores.seats))


class Carriers:
    """A fact: how traffic enters the VPC, for connectors and for the services on them or on an interface."""

    def __init__(self, names: Names, subnets: Subnets, sites: ConnectorSites, connectors: Table[Connector]) -> None:
        self._names = names
        self._subnets = subnets
        self._seats = {
            names.connector(row.path, row.project, row.location): _connector(row, sites) for row in connectors
        }

    @classmethod
    def derive(cls, *, names: Names, subnets: Subnets, sites: ConnectorSites, connectors: Table[Connector]) -> Carriers:
        """From the connectors and the subnets."""
        return cls(names, subnets, sites, connectors)

    def connector(self, row: Connector) -> Seat:
        """The connector's own seat."""
        return self._seats[self._names.connector(row.path, row.project, row.location)]

    def connectors(self, networks: tuple[str, ...], region: str) -> Iterator[Connector]:
        """The connectors of the region that lead into one of the networks."""
        for seat in self._seats.values():
            if isinstance(seat.resource, Connector) and set(seat.networks) & set(networks):
                yield from (seat.resource,) if seat.resource.location == region else ()

    def service(self, service: Service, access: VpcAccess | None) -> Iterator[Seat]:
        """One seat for each way by which a revision with this VPC access enters a VPC."""
        if access is None or not (access.connector or access.network_interfaces):
            yield Seat(resource=service, aside="has no VPC access")
            return
        if access.connector:
            yield self._through(service, access.connector)
        for interface in access.network_interfaces:
            yield _seat(service, "networkInterfaces", self._subnets.of_interface(interface, service))

    def _through(self, service: Service, reference: str) -> Seat:
        path = self._names.connector(reference, service.project, service.location)
        carrier = self._seats.get(path)
        if carrier is None:
            return Seat(
                resource=service, setting="connector", doubt=f"its connector {path} was not found among those read"
            )
        return msgspec.structs.replace(carrier, resource=service, through=carrier.resource.path)


class Stores:
    """A fact: the seats of Redis instances, Redis clusters and Cloud SQL instances."""

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        self.seats = seats

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        instances: Table[RedisInstance],
        clusters: Table[RedisCluster],
        databases: Table[SqlInstance],
    ) -> Stores:
        """From all data services of the project."""
        redis = (redis_seat(row, names) for row in instances)
        psc = (cluster_seat(row, names) for row in clusters)
        return cls((*redis, *psc, *(sql_seat(row, names) for row in databases)))


def redis_seat(row: RedisInstance, names: Names) -> Seat:
    """The seat of an instance; one without authorizedNetwork is on its project's network `default`.

    https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances
    """
    network = names.network(row.authorized_network or "default", row.project)
    return Seat(resource=row, networks=(network,), setting="authorizedNetwork")


def sql_seat(row: SqlInstance, names: Names) -> Seat:
    """The seat of a Cloud SQL instance; without a private network it is on none."""
    config = row.settings.ip_configuration
    if config.private_network:
        network = names.network(config.private_network, row.project)
        return Seat(resource=row, networks=(network,), setting="privateNetwork")
    psc = config.psc_config is not None and config.psc_config.psc_enabled
    doubt = "it uses Private Service Connect, whose endpoints are not read" if psc else ""
    return Seat(resource=row, setting="privateNetwork", aside="has no private network", doubt=doubt)


def cluster_seat(row: RedisCluster, names: Names) -> Seat:
    """The seat of a cluster: every network in which it has an endpoint."""
    configured = [config.network for config in row.psc_configs]
    discovery = [end.psc_config.network for end in row.discovery_endpoints if end.psc_config]
    connected = [connection.network for connection in row.psc_connections]
    registered = [link.network for end in row.cluster_endpoints for link in end.links]
    texts = filter(None, (*configured, *discovery, *connected, *registered))
    networks = tuple(dict.fromkeys(names.network(text, row.project) for text in texts))
    aside = "" if networks else "has no Private Service Connect endpoint"
    return Seat(resource=row, networks=networks, setting="pscConfigs.network", aside=aside)


def _connector(row: Connector, sites: ConnectorSites) -> Seat:
    return _seat(row, "subnet" if row.subnet else "network", sites.of(row))


def _seat(resource: Resource, setting: str, site: Site) -> Seat:
    if site.network:
        return Seat(resource=resource, networks=(site.network,), setting=setting, subnet=site.subnet)
    reasons = {
        "missing": f"its subnet {site.subnet} does not exist",
        "unread": f"its subnet {site.subnet} is in a project whose subnets were not read",
    }
    return Seat(resource=resource, setting=setting, doubt=reasons.get(site.gap, "it names neither network nor subnet"))
