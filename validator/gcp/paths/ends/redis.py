"""Memorystore for Redis as a destination: instances behind a peering, clusters behind Private Service Connect.

https://cloud.google.com/memorystore/docs/redis/networking https://cloud.google.com/memorystore/docs/cluster/networking
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.paths.ends.destination import TCP, Destination, Refusal, Way, no_address, other_ports, port, resting
from validator.gcp.paths.trace import End
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import EVERY_SERVICE, services
from validator.headerspace.intervals import union
from validator.headerspace.packets import packets
from validator.model.fix import Fix
from validator.model.redis import PscConnection, RedisCluster, RedisInstance

#: A client of a cluster starts at the first and is sent on to nodes, each behind a port of its own, TLS or not.
_CLUSTER_PORTS = services(6, [(6379, 6379), (11000, 13047)])
#: In others, those that this version does not know among them, it may answer or not.
#: https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances#State
_DEAD = ("CREATING", "DELETING", "SUSPENDED")
_CONNECTED = ("", "PSC_CONNECTION_STATUS_UNSPECIFIED", "PSC_CONNECTION_STATUS_ACTIVE")


def instance_destinations(row: RedisInstance, names: Names) -> Iterator[Destination]:
    """The primary and, where there is one, the read endpoint; without authorizedNetwork both are on `default`."""
    yield _instance(row, names, row.label, row.host, row.port)
    if row.read_endpoint:
        label = f"{row.label} (read endpoint)"
        yield _instance(row, names, label, row.read_endpoint, row.read_endpoint_port or row.port)


def _instance(row: RedisInstance, names: Names, label: str, host: str, number: int) -> Destination:
    own = port(number)
    return Destination(
        label=label,
        path=row.path,
        way=Way.PEERING,
        target="REDIS_INSTANCE",
        addresses=readable(host),
        services=own or TCP,
        networks=(names.network(row.authorized_network or "default", row.project),),
        private_services=row.connect_mode == "PRIVATE_SERVICE_ACCESS",
        refusals=tuple(_instance_refusals(row, label, number)),
        stop=None if readable(host) else no_address(label, row.path, row.state),
    )


def _instance_refusals(row: RedisInstance, label: str, number: int) -> Iterator[Refusal]:
    if row.state != "READY":
        yield resting(row, "REDIS_INSTANCE_NOT_RUNNING", row.state, "READY", sure=row.state in _DEAD)
    message = f"{label} speaks TCP only."
    yield Refusal(
        packets=packets(services=EVERY_SERVICE - TCP),
        code="REDIS_INSTANCE_UNSUPPORTED_PROTOCOL",
        message=message,
        evidence=(row.path,),
    )
    tls = row.transit_encryption_mode == "SERVER_AUTHENTICATION"
    why = "with TLS on, where clients speak TLS" if tls else "without TLS"
    own = port(number)
    message = f"{label} answers on port {number} only, {why}" if own else f"{label} answers on a port that is not told"
    end = End.DROP if own else End.ABORT
    yield other_ports(row, own, "REDIS_INSTANCE_UNSUPPORTED_PORT", message, end=end)
    if row.connect_mode == "PRIVATE_SERVICE_ACCESS":
        yield Refusal(
            packets=packets(sources=PUBLIC),
            code="REDIS_INSTANCE_CONNECTING_FROM_PUPI_ADDRESS",
            message=f"{label} is on private services access and does not answer privately used public addresses.",
            evidence=(row.path, "connectMode=PRIVATE_SERVICE_ACCESS"),
            mend=Fix(summary="Send from a subnet with private (RFC 1918 or RFC 6598) addresses."),
        )


def cluster_destination(row: RedisCluster, names: Names) -> Destination:
    """Every endpoint: Google's and those registered by their owner."""
    links = (*row.psc_connections, *(link for end in row.cluster_endpoints for link in end.links))
    pairs = [(link.network, link.address) for link in links]
    pairs += [(end.psc_config.network if end.psc_config else "", end.address) for end in row.discovery_endpoints]
    known = {text: network for network, text in pairs if network}
    endpoints = {(names.network(n or known.get(text, ""), row.project), readable(text)): None for n, text in pairs}
    configured = (names.network(config.network, row.project) for config in row.psc_configs)
    found = tuple((network, some) for network, some in endpoints if some)
    return Destination(
        label=row.label,
        path=row.path,
        way=Way.ENDPOINT,
        target="REDIS_CLUSTER",
        addresses=union(some for _, some in found),
        endpoints=found,
        services=_CLUSTER_PORTS | union(port(end.port) for end in row.discovery_endpoints),
        networks=tuple(dict.fromkeys((*(network for network, _ in found if network), *configured))),
        refusals=(*_cluster_refusals(row), *(_unconnected(row, link) for link in links if _is_broken(link))),
        stop=None if found else no_address(row.label, row.path, row.state, "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT"),
    )


def _cluster_refusals(row: RedisCluster) -> Iterator[Refusal]:
    if row.state != "ACTIVE":
        yield resting(row, "REDIS_CLUSTER_NOT_RUNNING", row.state, "ACTIVE", sure=row.state in _DEAD)
    yield Refusal(
        packets=packets(services=EVERY_SERVICE - TCP),
        code="REDIS_CLUSTER_UNSUPPORTED_PROTOCOL",
        message=f"{row.label} speaks TCP only.",
        evidence=(row.path,),
    )
    own = _CLUSTER_PORTS | union(port(end.port) for end in row.discovery_endpoints)
    message = f"{row.label} answers on ports 6379 and 11000 to 13047 only"
    yield other_ports(row, own, "REDIS_CLUSTER_UNSUPPORTED_PORT", message)


def _is_broken(link: PscConnection) -> bool:
    return bool(readable(link.address)) and link.psc_connection_status not in _CONNECTED


def _unconnected(row: RedisCluster, link: PscConnection) -> Refusal:
    status = link.psc_connection_status
    gone = status == "PSC_CONNECTION_STATUS_NOT_FOUND"
    return Refusal(
        packets=packets(destinations=readable(link.address)),
        code="GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT" if gone else "PSC_CONNECTION_NOT_ACCEPTED",
        message=f"Endpoint {link.address} of {row.label} is not connected: its status is {status}.",
        evidence=(row.path, link.forwarding_rule, f"pscConnectionStatus={status}"),
    )
