"""Where Redis answers, and from which networks it is reached."""

from __future__ import annotations

from tests.builders import NUMBER, PROJECT, VPC, project, redis, redis_cluster
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.redis_places import Known
from validator.model.redis import ClusterEndpoint, ClusterLink, DiscoveryEndpoint, PscConfig, PscConnection
from validator.model.resource import Resource
from validator.model.table import Table

OTHER = VPC.replace("vpc", "other")


def known(*rows: Resource) -> Known:
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    found: Known = supply.value(Known)
    return found


def registered(*links: PscConnection) -> tuple[ClusterEndpoint, ...]:
    return (ClusterEndpoint(connections=tuple(ClusterLink(psc_connection=link) for link in links)),)


def test_every_address_of_instances_and_clusters_is_known_once() -> None:
    found = known(
        redis(),
        redis("reads", host="10.6.0.4", read_endpoint="10.6.0.5"),
        redis("new", host=""),
        redis_cluster(
            discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3"), DiscoveryEndpoint()),
            psc_connections=(PscConnection(address="10.7.0.3"), PscConnection(address="10.7.0.4"), PscConnection()),
            cluster_endpoints=registered(PscConnection(address="10.7.0.4"), PscConnection(address="10.7.0.5")),
            transit_encryption_mode="TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION",
        ),
    )
    assert [str(one) for one in found.endpoints] == [
        "redis/cache at 10.166.204.83:6379",
        "redis/reads at 10.6.0.4:6379",
        "redis/reads at 10.6.0.5:6379",
        "redis-cluster/shards at 10.7.0.3:6379 (TLS)",
        "redis-cluster/shards at 10.7.0.4:6379 (TLS)",
        "redis-cluster/shards at 10.7.0.5:6379 (TLS)",
    ]


def test_an_instance_is_reached_from_its_authorized_network() -> None:
    (endpoint,) = known(redis(authorized_network="")).endpoints
    assert endpoint.networks == (f"projects/{PROJECT}/global/networks/default",)


def test_a_cluster_address_is_reached_from_the_network_it_is_in() -> None:
    by_number = VPC.replace(PROJECT, NUMBER)
    cluster = redis_cluster(
        psc_configs=(PscConfig(network=VPC), PscConfig(network=OTHER)),
        discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3", psc_config=PscConfig(network=by_number)),),
        psc_connections=(PscConnection(address="10.7.0.3", network=VPC), PscConnection(address="10.9.0.3")),
        cluster_endpoints=registered(PscConnection(address="10.8.0.3", network=OTHER)),
    )
    found = {one.host: one.networks for one in known(cluster).endpoints}
    assert found == {"10.7.0.3": (VPC,), "10.8.0.3": (OTHER,), "10.9.0.3": (VPC, OTHER)}
