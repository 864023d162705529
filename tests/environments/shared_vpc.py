"""The healthy service project on a Shared VPC: networks, firewall, NAT and private services are the host's."""

from __future__ import annotations

from tests.emulator.world import World
from tests.environments.describe import (
    HOST_NUMBER,
    HOST_PROJECT,
    NUMBER,
    PROJECT,
    REGION,
    REGIONS,
)
from tests.environments.edge import certificate, dns, load_balancer
from tests.environments.machines import machines
from tests.environments.network import PSA_REDIS_HOST, SHARED, shared_networks
from tests.environments.platform import connector, offered_regions, project, redis, secrets, services, sql

_NETWORK = f"projects/{HOST_PROJECT}/global/networks/{SHARED}"
_SUBNET = f"projects/{HOST_PROJECT}/regions/{REGION}/subnetworks/staging-run"
_HOST_APIS = (
    "cloudresourcemanager",
    "compute",
    "dns",
    "networkconnectivity",
    "servicenetworking",
    "serviceusage",
    "vpcaccess",
)


def shared_vpc() -> World:
    """The estate of `chat-staging` on the network of `chat-net-host`."""
    resources = (
        *project(),
        *project(HOST_PROJECT, HOST_NUMBER, _HOST_APIS),
        *offered_regions(),
        *shared_networks(),
        *machines(SHARED, HOST_PROJECT),
        connector(subnet={"name": "connector-subnet", "projectId": HOST_PROJECT}),
        redis(),
        sql(network=f"/{_NETWORK}"),
        *secrets(),
        *services(redis_host=PSA_REDIS_HOST, interface={"network": _NETWORK, "subnetwork": _SUBNET}),
        *load_balancer(),
        certificate(),
        *dns(),
    )
    numbers = {PROJECT: NUMBER, HOST_PROJECT: HOST_NUMBER}
    world = World(projects=numbers, regions=REGIONS, resources=resources, hosts={PROJECT: HOST_PROJECT})
    # Direct peering is only possible with a network of the instance's own project.
    return world.changed(
        "redis/chat-cache",
        authorizedNetwork=_NETWORK,
        connectMode="PRIVATE_SERVICE_ACCESS",
        reservedIpRange="staging-private-services",
        host=PSA_REDIS_HOST,
    )
