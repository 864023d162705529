"""Where packets start: every way by which a source's packets leave it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.attachments import network_words
from validator.gcp.firewall.fields import readable
from validator.gcp.firewall.party import INTERNET, Party
from validator.gcp.names import Names
from validator.gcp.paths.ends.endpoint import Endpoint
from validator.gcp.paths.ends.exits import Exit, nowhere, region_of
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.paths.ends.serverless import Serverless
from validator.gcp.paths.routing.candidate import Candidate
from validator.gcp.paths.routing.routes import RouteTables
from validator.gcp.paths.trace import End, Hop
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.sites import Subnets
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import addresses
from validator.headerspace.intervals import Intervals
from validator.model.connector import Connector
from validator.model.instance import Instance
from validator.model.network import Subnetwork
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.run import Service
from validator.model.sql import SqlInstance
from validator.model.table import Table

#: AbortInfo.cause of Connectivity Tests for what cannot be a source.
_UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {"redis": "SOURCE_REDIS_INSTANCE_UNSUPPORTED", "redis-cluster": "SOURCE_REDIS_CLUSTER_UNSUPPORTED"}
)
#: How many names are shown for one that does not exist.
_SHOWN = 5


class Named(msgspec.Struct, frozen=True):
    """A fact: every resource that an end of a path may name."""

    rows: tuple[Resource, ...]

    @classmethod
    def derive(
        cls,
        *,
        services: Table[Service],
        connectors: Table[Connector],
        instances: Table[Instance],
        subnets: Table[Subnetwork],
        redis: Table[RedisInstance],
        clusters: Table[RedisCluster],
        databases: Table[SqlInstance],
    ) -> Named:
        """From all of them."""
        return cls((*services, *connectors, *instances, *subnets, *redis, *clusters, *databases))

    def find(self, end: Endpoint) -> tuple[Resource, ...]:
        """The resources meant."""
        return tuple(row for row in self.rows if end.selector.matches(row))

    def instead_of(self, end: Endpoint) -> str:
        """What there is of the kind, for one that is not: `; there are run/api, run/web and 3 more`."""
        labels = sorted({row.label for row in self.rows if row.KIND.noun == end.noun})
        if not labels:
            return f"; nothing that was read is a {end.noun}/…"
        near = difflib.get_close_matches(str(end), labels, n=_SHOWN, cutoff=0)
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        return f"; there {'is' if len(labels) == 1 else 'are'} {', '.join(near)}{more}"


class Sources:
    """A fact: the ways out of everything a path may start at."""

    def __init__(  # noqa: PLR0917 - made by `derive` only
        self,
        names: Names,
        named: Named,
        serverless: Serverless,
        machines: Machines,
        subnets: Subnets,
        tables: RouteTables,
    ) -> None:
        self._names = names
        self._named = named
        self._serverless = serverless
        self._machines = machines
        self._subnets = subnets
        self._tables = tables

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        named: Named,
        serverless: Serverless,
        machines: Machines,
        subnets: Subnets,
        tables: RouteTables,
    ) -> Sources:
        """From serverless, VMs and subnets."""
        return cls(names, named, serverless, machines, subnets, tables)

    def of(self, end: Endpoint, network: str = "") -> Iterator[Exit]:
        """Every way out; `network` (any spelling) says where a range is."""
        if end.noun == "internet":
            yield _internet(PUBLIC, "internet")
        elif end.noun == "cidr":
            yield from self._range(end, network)
        elif rows := self._named.find(end):
            for row in rows:
                yield from self._ways(row)
        else:
            message = f"{end} does not exist{self._named.instead_of(end)}."
            yield nowhere(str(end), str(end), "RESOURCE_CONFIG_NOT_FOUND", message)

    def _ways(self, row: Resource) -> Iterator[Exit]:
        match row:
            case Service():
                yield from self._serverless.of_service(row)
            case Connector():
                yield self._serverless.of_connector(row)
            case Instance():
                yield from (_placed(_machine(holder)) for holder in self._machines.of(row))
            case Subnetwork():
                yield _placed(self._subnet(row))
            case _:
                code = _UNSUPPORTED.get(row.KIND.noun) or _sql_code(row)
                message = f"What {row.label} sends on its own account is not in any configuration that can be read."
                yield nowhere(row.label, row.path, code, message, End.ABORT)

    def _subnet(self, row: Subnetwork) -> Exit:
        site = self._subnets.site(self._names.subnetwork(row.path, row.project, row.location))
        some = readable(row.ip_cidr_range)
        where = f"{row.label} ({row.ip_cidr_range}) of {network_words(site.network)}"
        return Exit(
            label=row.label,
            path=row.path,
            network=site.network,
            region=row.location,
            subnet=site.subnet,
            addresses=some,
            party=Party(internet=False, region=row.location),
            hops=(Hop(state="START_FROM_PRIVATE_NETWORK", words=where, resource=row.path),),
        )

    def _range(self, end: Endpoint, network: str) -> Iterator[Exit]:
        """The part in subnets of the network, and the part that is not in any."""
        some, label = addresses((end.name,)), str(end)
        if not network:
            if some <= PUBLIC:
                yield _internet(some, label)
                return
            message = f"{label} may be on any network: say on which one (--network NAME; in a rule `network:`)."
            yield nowhere(label, label, "NO_SOURCE_GCP_NETWORK_LOCATION", message, End.ABORT)
            return
        full = self._names.network(network, self._names.home)
        table = self._tables.of(full)
        if table is None:
            yield self._no_network(label, full)
            return
        hop = Hop(state="START_FROM_PRIVATE_NETWORK", words=f"{label} on {network_words(full)}", resource=full)
        way = Exit(label=label, path=full, network=full, party=Party(internet=False), hops=(hop,))
        outside = some
        for route in table.subnets:
            if route.next_hop == "network" and (met := outside & route.destinations):
                yield self._in_subnet(way, route, met)
                outside -= met
        if outside:
            message = (
                f"No subnet of {network_words(full)} has these addresses of {label}, so it is not known who sends."
            )
            stop = Stop(
                end=End.ABORT, code="SOURCE_IP_ADDRESS_NOT_IN_SOURCE_NETWORK", message=message, evidence=(full,)
            )
            yield msgspec.structs.replace(way, addresses=outside, stop=stop)

    def _in_subnet(self, way: Exit, route: Candidate, some: Intervals) -> Exit:
        """The part of a range that is of one subnet, or of the hidden one of a connector."""
        region = region_of(route.path)
        subnet = self._names.subnetwork(route.path, "", region) if "/subnetworks/" in route.path else ""
        party = msgspec.structs.replace(way.party, region=region)
        return msgspec.structs.replace(way, addresses=some, region=region, subnet=subnet, party=party)

    def _no_network(self, label: str, full: str) -> Exit:
        known = full.split("/")[1] in self._names.read
        there = ", ".join(map(network_words, self._tables.networks)) or "none"
        what = f"does not exist; there is {there}" if known else "is in a project that was not read"
        message = f"{label} is on {network_words(full)}, which {what}."
        return nowhere(label, full, "NETWORK_CONFIG_NOT_FOUND", message, End.DROP if known else End.ABORT)


def _internet(some: Intervals, label: str) -> Exit:
    hop = Hop(state="START_FROM_INTERNET", words="any public address" if label == "internet" else label)
    return Exit(label=label, path=label, addresses=some, external=some, party=INTERNET, hops=(hop,))


def _machine(holder: Holder) -> Exit:
    row = holder.resource
    hop = Hop(
        state="START_FROM_INSTANCE",
        words=f"{row.label} ({holder.state}) on {network_words(holder.network)}",
        resource=row.path,
    )
    return Exit(
        label=row.label,
        path=row.path,
        network=holder.network,
        region=holder.region,
        subnet=holder.subnet,
        addresses=holder.addresses,
        external=holder.external,
        translated=holder.translated,
        party=holder.party,
        hops=(hop,),
        stop=None if holder.running else holder.stopped,
    )


def _placed(way: Exit) -> Exit:
    """The way, ended at once where its network is not told: it is not one past every network."""
    message = f"On which network {way.label} is is not told."
    stop = Stop(end=End.ABORT, code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(way.path,))
    return way if way.network else msgspec.structs.replace(way, stop=way.stop or stop)


def _sql_code(row: Resource) -> str:
    if not isinstance(row, SqlInstance):
        return "UNSUPPORTED"
    psc = row.settings.ip_configuration.psc_config
    if psc and psc.psc_enabled:
        return "SOURCE_PSC_CLOUD_SQL_UNSUPPORTED"
    private = row.settings.ip_configuration.private_network
    return "UNSUPPORTED" if private else "SOURCE_EXTERNAL_CLOUD_SQL_UNSUPPORTED"
