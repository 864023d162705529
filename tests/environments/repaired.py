"""`chat-staging` as it is after the repair: the flows get through, two new firewall rules only look useful."""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulator.world import Described, World
from tests.environments.describe import NUMBER, PROJECT, REGIONS
from tests.environments.edge import certificate, dns, load_balancer
from tests.environments.machines import machines
from tests.environments.network import CONNECTOR_RANGE, REDIS_HOST, VPC, firewall, own_networks, tcp
from tests.environments.platform import connector, offered_regions, project, redis, secrets, services, sql


def repaired() -> World:
    """The healthy estate."""
    resources = (
        *project(),
        *offered_regions(),
        *own_networks(),
        *decorative_rules(),
        *machines(),
        connector(),
        redis(),
        sql(),
        *secrets(),
        *services(),
        *load_balancer(),
        certificate(),
        *dns(),
    )
    return World(projects={PROJECT: NUMBER}, regions=REGIONS, resources=resources)


def decorative_rules() -> Iterator[Described]:
    """Rules for traffic that never meets them.

    Memorystore is no VM of this network and has no network tags; no connector and no interface carries the
    tag `cloud-run`.
    """
    ingress = {"sourceRanges": [CONNECTOR_RANGE], "targetTags": ["redis", "memorystore"]}
    yield firewall(VPC, "allow-redis-ingress", direction="INGRESS", allowed=tcp("6379"), **ingress)
    egress = {"destinationRanges": [f"{REDIS_HOST}/32"], "targetTags": ["cloud-run"]}
    yield firewall(VPC, "allow-cloud-run-egress", allowed=tcp("6379"), **egress)
