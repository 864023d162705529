"""Where declared flows end: Redis, Cloud SQL, subnets, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
                *((row, _redis(row, names)) for row in instances),
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


def _redis(row: RedisInstance, names: Names) -> Goal:
    """An instance without authorizedNetwork is on the network `default` of its project."""
    return Goal(
        label=row.label,
        path=row.path,
        networks=(names.network(row.authorized_network or "default", row.project),),
        addresses=_known(row.host),
        services=_tcp(row.port),
    )


def _cluster(row: RedisCluster, names: Names) -> Goal:
    ends = row.discovery_endpoints
    texts = [end.psc_config.network for end in ends if end.psc_config]
    texts += [connection.network for connection in row.psc_connections] + [config.network for config in row.psc_configs]
    return Goal(
        label=row.label,
        path=row.path,
        networks=tuple(dict.fromkeys(names.network(text, row.project) for text in texts if text)),
        addresses=union(_known(end.address) for end in ends),
        services=union(_tcp(end.port) for end in ends),
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
