"""Memorystore for Redis: instances (peered) and clusters (Private Service Connect)."""

from __future__ import annotations

from typing import ClassVar

from validator.model.resource import Kind, Part, Read, Resource
from validator.model.scopes import any_location


class CaCertificate(Part, frozen=True, kw_only=True):
    """A CA of the instance's TLS endpoint (public)."""

    cert: str = ""
    create_time: str = ""
    expire_time: str = ""
    sha1_fingerprint: str = ""


class RedisInstance(Resource, frozen=True, kw_only=True):
    """An instance. Its port is 6378 with TLS, else 6379; the AUTH string is never read.

    https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances
    """

    KIND: ClassVar[Kind] = Kind(
        noun="redis",
        reads=(
            Read(
                api="redis",
                version="v1",
                method="projects.locations.instances.list",
                permission="redis.instances.list",
                role="roles/redis.viewer",
                targets=any_location,
                items="instances",
            ),
        ),
    )
    host: str = ""
    port: int = 0
    read_endpoint: str = ""
    read_endpoint_port: int = 0
    #: "" means the network named `default`.
    authorized_network: str = ""
    #: DIRECT_PEERING or PRIVATE_SERVICE_ACCESS.
    connect_mode: str = "DIRECT_PEERING"
    #: A CIDR under direct peering, the name of an allocated range under private services access.
    reserved_ip_range: str = ""
    secondary_ip_range: str = ""
    #: SERVER_AUTHENTICATION or DISABLED.
    transit_encryption_mode: str = "DISABLED"
    auth_enabled: bool = False
    #: CREATING, READY, UPDATING, DELETING, REPAIRING, MAINTENANCE, IMPORTING or FAILING_OVER.
    state: str = ""
    status_message: str = ""
    suspension_reasons: tuple[str, ...] = ()
    #: BASIC or STANDARD_HA.
    tier: str = ""
    #: "REDIS_7_2".
    redis_version: str = ""
    memory_size_gb: int = 0
    replica_count: int = 0
    read_replicas_mode: str = ""
    server_ca_certs: tuple[CaCertificate, ...] = ()


class PscConfig(Part, frozen=True, kw_only=True):
    """A network in which the cluster has endpoints."""

    network: str = ""


class DiscoveryEndpoint(Part, frozen=True, kw_only=True):
    """Where clients start: an address in the consumer's own network."""

    address: str = ""
    port: int = 0
    psc_config: PscConfig | None = None


class PscConnection(Part, frozen=True, kw_only=True):
    """A Private Service Connect endpoint of the cluster."""

    address: str = ""
    network: str = ""
    forwarding_rule: str = ""
    #: PSC_CONNECTION_STATUS_ACTIVE or _NOT_FOUND.
    psc_connection_status: str = ""


class ClusterLink(Part, frozen=True, kw_only=True):
    """A Private Service Connect connection of an endpoint, created by Google or registered by its owner."""

    psc_auto_connection: PscConnection | None = None
    psc_connection: PscConnection | None = None


class ClusterEndpoint(Part, frozen=True, kw_only=True):
    """The connections under which a cluster is reached from one network."""

    connections: tuple[ClusterLink, ...] = ()

    @property
    def links(self) -> tuple[PscConnection, ...]:
        """Every connection, whoever created it."""
        both = (link for pair in self.connections for link in (pair.psc_auto_connection, pair.psc_connection))
        return tuple(link for link in both if link)


class RedisCluster(Resource, frozen=True, kw_only=True):
    """A cluster.

    https://cloud.google.com/memorystore/docs/cluster/reference/rest/v1/projects.locations.clusters
    """

    KIND: ClassVar[Kind] = Kind(
        noun="redis-cluster",
        reads=(
            Read(
                api="redis",
                version="v1",
                method="projects.locations.clusters.list",
                permission="redis.clusters.list",
                role="roles/redis.viewer",
                targets=any_location,
                items="clusters",
            ),
        ),
    )
    #: CREATING, ACTIVE, UPDATING or DELETING.
    state: str = ""
    psc_configs: tuple[PscConfig, ...] = ()
    discovery_endpoints: tuple[DiscoveryEndpoint, ...] = ()
    psc_connections: tuple[PscConnection, ...] = ()
    #: Where endpoints registered by their owner appear; `psc_connections` holds Google's own only.
    cluster_endpoints: tuple[ClusterEndpoint, ...] = ()
    #: AUTH_MODE_IAM_AUTH, AUTH_MODE_TOKEN_AUTH or AUTH_MODE_DISABLED.
    authorization_mode: str = ""
    #: TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION or _DISABLED.
    transit_encryption_mode: str = ""
    shard_count: int = 0
    replica_count: int = 0
