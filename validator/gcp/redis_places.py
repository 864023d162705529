"""Where Redis answers: every address and port of every instance and cluster, and the networks it is reached from.

An endpoint under Private Service Connect is reached from the network it is in, and over no peering.
https://cloud.google.com/memorystore/docs/redis/networking
https://cloud.google.com/memorystore/docs/cluster/networking
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import cluster_seat, redis_seat
from validator.gcp.names import Names
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.table import Table

DEFAULT_PORT = 6379


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An address and port at which an instance or a cluster answers."""

    redis: RedisInstance | RedisCluster
    host: str
    port: int
    #: Canonical full names of the networks from which it is reached; empty where no endpoint tells one.
    networks: tuple[str, ...] = ()

    @property
    def tls(self) -> bool:
        """Whether it wants TLS."""
        return self.redis.transit_encryption_mode.endswith("SERVER_AUTHENTICATION")

    def __str__(self) -> str:
        """`redis/cache at 10.0.0.3:6379`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.redis.label} at {host}:{self.port}{' (TLS)' if self.tls else ''}"


class Known:
    """A fact: every endpoint at which Redis answers in the project."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self.endpoints = endpoints

    @classmethod
    def derive(cls, *, names: Names, instances: Table[RedisInstance], clusters: Table[RedisCluster]) -> Known:
        """From instances and clusters."""
        found = [e for one in instances for e in _of_instance(one, names)]
        found += [e for one in clusters for e in _of_cluster(one, names)]
        return cls(tuple(found))

    def at(self, host: str) -> tuple[Endpoint, ...]:
        """What answers at the address: several where networks repeat it."""
        return tuple(one for one in self.endpoints if one.host == host)

    @property
    def words(self) -> str:
        """What there is, for a message."""
        return "; ".join(str(one) for one in self.endpoints) or "there is no Redis in this project"


def _of_instance(one: RedisInstance, names: Names) -> Iterator[Endpoint]:
    networks, usual = redis_seat(one, names).networks, one.port or DEFAULT_PORT
    if one.host:
        yield Endpoint(redis=one, host=one.host.lower(), port=usual, networks=networks)
    if one.read_endpoint:
        port = one.read_endpoint_port or usual
        yield Endpoint(redis=one, host=one.read_endpoint.lower(), port=port, networks=networks)


def _of_cluster(one: RedisCluster, names: Names) -> Iterator[Endpoint]:
    """One endpoint for each address, on the networks that are told with it, else on all of the cluster's."""
    told: dict[tuple[str, int], list[str]] = {}
    for address, port, network in _connections(one):
        if address:
            networks = told.setdefault((address.lower(), port), [])
            networks += [path] if (path := names.network(network, one.project)) else []
    everywhere = cluster_seat(one, names).networks
    for (host, port), networks in told.items():
        yield Endpoint(redis=one, host=host, port=port, networks=tuple(dict.fromkeys(networks)) or everywhere)


def _connections(one: RedisCluster) -> Iterator[tuple[str, int, str]]:
    """Address, port and network of each endpoint: Google's own, and those that the owner registered."""
    for discovery in one.discovery_endpoints:
        network = discovery.psc_config.network if discovery.psc_config else ""
        yield discovery.address, discovery.port or DEFAULT_PORT, network
    for link in (*one.psc_connections, *(link for end in one.cluster_endpoints for link in end.links)):
        yield link.address, DEFAULT_PORT, link.network
