"""Where declared flows end: Redis, Cloud SQL, subnets, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.firewall.placement import Placement
from validator.gcp.names import Names
from validator.headerspace.axes import EVERY_SERVICE, addresses, services
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.model.network import Subnetwork
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.selector import Selector
from validator.model.sql import SqlInstance
from validator.model.table import Table

#: https://cloud.google.com/sql/docs/postgres/connect-overview and its sisters.
_SQL_PORTS: Mapping[str, int] = MappingProxyType({"POSTGRES": 5432, "MYSQL": 3306, "SQLSERVER": 1433})
#: A client of a cluster starts at the first and is sent on to nodes, each behind a port of its own, TLS or not.
#: https://cloud.google.com/memorystore/docs/cluster/networking
_CLUSTER_PORTS = ((6379, 6379), (11000, 13047))
#: Nouns a flow may end at.
NOUNS = ("redis", "redis-cluster", "sql", "subnet", "cidr")


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A destination; a managed one is no VM of any network of ours, so no ingress rule applies to it."""

    label: str
    path: str
    #: Full names of the networks from which it can be reached; empty for a bare range.
    networks: tuple[str, ...] = ()
    #: Empty where it has no address yet.
    addresses: Intervals = EMPTY
    #: What it listens on; empty where not known.
    services: Intervals = EMPTY
    managed: bool = True
    #: (network, addresses) where each address is reached from one network only; "" where from which is not said.
    endpoints: tuple[tuple[str, Intervals], ...] = ()

    def reached_from(self, network: str) -> Intervals:
        """Its addresses, of endpoints those in this network: no endpoint is reached over a peering.

        https://cloud.google.com/vpc/docs/about-vpc-hosted-services
        """
        if not self.endpoints:
            return self.addresses
        return union(some for place, some in self.endpoints if place in (network, ""))


class Goals:
    """A fact: every destination a flow may name."""

    def __init__(self, goals: Iterable[tuple[Resource, Goal]]) -> None:
        self._goals = tuple(goals)

    @classmethod
    def derive(
        cls,
        *,
        instances: Table[RedisInstance],
        clusters: Table[RedisCluster],
        databases: Table[SqlInstance],
        subnets: Table[Subnetwork],
        placement: Placement,
        names: Names,
    ) -> Goals:
        """From the managed services and the subnets."""
        return cls(
            [
                *((row, goal) for row in instances for goal in _redis(row, names)),
                *((row, _cluster(row, names)) for row in clusters),
                *((row, _sql(row, names)) for row in databases),
                *((row, _subnet(row, placement)) for row in subnets),
            ]
        )

    def find(self, text: str) -> tuple[Goal, ...]:
        """Every destination the selector means; a range always means itself."""
        selector = Selector.parse(text)
        if selector.noun == "cidr":
            block = addresses((selector.pattern,))
            return (Goal(label=text, path=text, addresses=block, services=EVERY_SERVICE, managed=False),)
        return tuple(goal for row, goal in self._goals if selector.matches(row))


def _redis(row: RedisInstance, names: Names) -> Iterator[Goal]:
    """The primary and, where there is one, the read endpoint; without authorizedNetwork both are on `default`."""
    goal = Goal(
        label=row.label,
        path=row.path,
        networks=(names.network(row.authorized_network or "default", row.project),),
        addresses=_known(row.host),
        services=_tcp(row.port),
    )
    yield goal
    if row.read_endpoint:
        yield msgspec.structs.replace(
            goal,
            label=f"{row.label} (read endpoint)",
            addresses=_known(row.read_endpoint),
            services=_tcp(row.read_endpoint_port or row.port),
        )


def _cluster(row: RedisCluster, names: Names) -> Goal:
    """Every endpoint: Google's and those registered by their owner."""
    links = (*row.psc_connections, *(link for end in row.cluster_endpoints for link in end.links))
    pairs = [(link.network, link.address) for link in links]
    pairs += [(end.psc_config.network if end.psc_config else "", end.address) for end in row.discovery_endpoints]
    known = {address: network for network, address in pairs if network}
    pairs = [(network or known.get(address, ""), address) for network, address in pairs]
    texts = [*(config.network for config in row.psc_configs), *(network for network, _ in pairs)]
    networks = tuple(dict.fromkeys(names.network(text, row.project) for text in texts if text))
    return Goal(
        label=row.label,
        path=row.path,
        networks=networks,
        addresses=union(_known(address) for _, address in pairs),
        services=services(6, _CLUSTER_PORTS) | union(_tcp(end.port) for end in row.discovery_endpoints),
        endpoints=tuple((names.network(text, row.project), _known(address)) for text, address in pairs),
    )


def _sql(row: SqlInstance, names: Names) -> Goal:
    private = (mapping.ip_address for mapping in row.ip_addresses if mapping.type == "PRIVATE")
    network = names.network(row.settings.ip_configuration.private_network, row.project)
    return Goal(
        label=row.label,
        path=row.path,
        networks=(network,) if network else (),
        addresses=union(_known(address) for address in private),
        services=_tcp(_SQL_PORTS.get(row.database_version.partition("_")[0], 0)),
    )


def _subnet(row: Subnetwork, placement: Placement) -> Goal:
    place = placement.subnet(row)
    return Goal(
        label=row.label,
        path=row.path,
        networks=(place.network,),
        addresses=place.addresses,
        services=EVERY_SERVICE,
        managed=False,
    )


def _known(address: str) -> Intervals:
    try:
        return addresses((address,))
    except ValueError:
        return EMPTY


def _tcp(port: int) -> Intervals:
    return services(6, [(port, port)]) if port else EMPTY
