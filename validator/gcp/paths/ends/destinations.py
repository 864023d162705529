"""Everything a path may end at, found by the spelling of it."""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.paths.ends.destination import Destination, Way, no_address
from validator.gcp.paths.ends.endpoint import Endpoint
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.paths.ends.redis import cluster_destination, instance_destinations
from validator.gcp.paths.ends.sources import Named
from validator.gcp.paths.ends.sql import sql_destinations
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.special import ANY_PUBLIC
from validator.headerspace.axes import addresses, services
from validator.model.connector import Connector
from validator.model.instance import Instance
from validator.model.loadbalancer import ForwardingRule
from validator.model.network import Subnetwork
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.run import Service
from validator.model.sql import SqlInstance
from validator.model.table import Table

#: The path of the destination that is every public address, save where Google alone answers or sends from.
INTERNET = "internet"
_INTERNET = Destination(
    label=INTERNET,
    path=INTERNET,
    way=Way.PUBLIC,
    target="INTERNET",
    addresses=ANY_PUBLIC,
    services=services(6, [(443, 443)]),
)


class Destinations:
    """A fact: the destinations."""

    def __init__(self, names: Names, named: Named, machines: Machines, rules: Table[ForwardingRule]) -> None:
        self._names = names
        self._named = named
        self._machines = machines
        self._rules = rules

    @classmethod
    def derive(
        cls, *, names: Names, named: Named, machines: Machines, forwarding_rules: Table[ForwardingRule]
    ) -> Destinations:
        """From everything that can be named, and the endpoints that lead to services."""
        return cls(names, named, machines, forwarding_rules)

    def of(self, end: Endpoint) -> tuple[Destination, ...]:
        """Every destination meant; where one resource has several, in the order of preference."""
        if end.noun == INTERNET:
            return (_INTERNET,)
        if end.noun == "cidr":
            block = addresses((end.name,))
            return (Destination(label=str(end), path=str(end), way=Way.HOST, target="INSTANCE", addresses=block),)
        rows = self._named.find(end)
        if not rows:
            return (_missing(end, self._named.instead_of(end)),)
        return tuple(found for row in rows for found in self._row(row))

    @property
    def managed(self) -> Iterator[Destination]:
        """Every Redis and Cloud SQL destination, for the one that has an address."""
        for row in self._named.rows:
            if isinstance(row, RedisInstance | RedisCluster | SqlInstance):
                yield from self._row(row)

    def _row(self, row: Resource) -> Iterator[Destination]:
        match row:
            case RedisInstance():
                yield from instance_destinations(row, self._names)
            case RedisCluster():
                yield cluster_destination(row, self._names)
            case SqlInstance():
                yield from sql_destinations(row, self._rules, self._names)
            case Instance() | Connector():
                yield from (_held(holder) for holder in self._machines.of(row))
            case Subnetwork():
                yield self._subnet(row)
            case Service():
                yield _service(row)
            case _:
                raise TypeError(f"{row.label} is no destination")

    def _subnet(self, row: Subnetwork) -> Destination:
        network = self._names.network(row.network, row.project)
        some = readable(row.ip_cidr_range)
        return Destination(
            label=row.label, path=row.path, way=Way.HOST, target="INSTANCE", addresses=some, networks=(network,)
        )


def _held(holder: Holder) -> Destination:
    row = holder.resource
    return Destination(
        label=row.label,
        path=row.path,
        way=Way.HOST,
        target="INSTANCE",
        addresses=holder.addresses,
        external=holder.external,
        networks=(holder.network,),
        stop=None if holder.addresses else no_address(row.label, row.path, holder.state),
    )


def _missing(end: Endpoint, instead: str) -> Destination:
    message = f"{end} does not exist, so nothing reaches it{instead}."
    stop = Stop(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=(str(end),))
    return Destination(label=str(end), path=str(end), way=Way.HOST, target="", stop=stop)


def _service(row: Service) -> Destination:
    """Connectivity Tests takes no serving Cloud Run service for a destination either."""
    access = row.template.vpc_access
    if access is None or not (access.connector or access.network_interfaces):
        code = "CLOUD_RUN_RESOURCE_NOT_CONNECTED_TO_VPC"
    elif access.connector:
        code = "DESTINATION_CLOUD_RUN_VPC_CONNECTOR_UNSUPPORTED"
    else:
        code = "DESTINATION_CLOUD_RUN_SERVICE_REVISION_UNSUPPORTED"
    message = (
        f"{row.label} is reached at its URL through Google's front ends, which no route or firewall rule decides on."
    )
    stop = Stop(end=End.ABORT, code=code, message=message, evidence=(row.path, f"ingress={row.ingress}"))
    return Destination(label=row.label, path=row.path, way=Way.PUBLIC, target="", stop=stop)
