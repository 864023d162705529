"""Where declared flows end: Redis, Cloud SQL, subnets, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.firewall.placement import Placement
from validator.gcp.names import Names
from validator.gcp.paths.ends.destination import TCP, Destination, Way
from validator.gcp.paths.ends.redis import cluster_destination, instance_destinations
from validator.gcp.paths.ends.sql import sql_destinations
from validator.headerspace.axes import EVERY_SERVICE, addresses
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.model.network import Subnetwork
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.selector import Selector
from validator.model.sql import SqlInstance
from validator.model.table import Table

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
                *((row, _goal(cluster_destination(row, names))) for row in clusters),
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
    """The primary and, where there is one, the read endpoint."""
    for found in instance_destinations(row, names):
        yield _goal(found, known=bool(row.port or row.read_endpoint_port))


def _sql(row: SqlInstance, names: Names) -> Goal:
    """Its private address: no rule of a network of ours decides about others."""
    private = (found for found in sql_destinations(row, (), names) if found.way is Way.PEERING)
    if found := next(private, None):
        return _goal(found, known=found.services != TCP)
    network = names.network(row.settings.ip_configuration.private_network, row.project)
    return Goal(label=row.label, path=row.path, networks=(network,) if network else ())


def _goal(found: Destination, *, known: bool = True) -> Goal:
    return Goal(
        label=found.label,
        path=found.path,
        networks=found.networks,
        addresses=found.addresses,
        services=found.services if known else EMPTY,
        endpoints=found.endpoints,
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
