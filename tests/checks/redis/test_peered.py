"""redis.peered: the authorized network and the peering that carries the instance."""

from __future__ import annotations

import pytest

from checks.redis.peered import redis_peered
from tests.builders import COMPUTE, NUMBER, VPC, network, project, redis, services_peering
from tests.judging import verdicts
from validator.check import Proof, Undecided, Verdict, Violation
from validator.model.network import Network, Peering
from validator.model.redis import RedisInstance

TENANT = f"{COMPUTE}projects/h3f9-tp/global/networks/redis-1"
PSA = redis(connect_mode="PRIVATE_SERVICE_ACCESS")
DELETED = "[2026-11-19T10:00:00Z]: The peering network has been deleted."


def peering(name: str = "redis-peer-1", state: str = "ACTIVE", **changes: str) -> Peering:
    return Peering(**({"name": name, "state": state, "network": TENANT} | changes))  # type: ignore[arg-type]


def judged(subject: RedisInstance, *rows: Network) -> Verdict:
    (found,) = verdicts(redis_peered, subject, project(), *rows)
    return found


def peered(*peerings: Peering) -> Network:
    return network(peerings=peerings)


PASSES = {
    "direct peering, active": (redis(), peered(peering())),
    "beside an inactive one that is left over": (redis(), peered(peering("redis-peer-0", "INACTIVE"), peering())),
    "under a name that Google may choose one day": (redis(), peered(peering("memorystore-1"))),
    "the network by its project's number": (
        redis(authorized_network=VPC.replace("acme", NUMBER)),
        peered(peering()),
    ),
    "no network named, so the one called default": (
        redis(authorized_network=""),
        network("default", peerings=(peering(),)),
    ),
    "private services access, active": (PSA, peered(services_peering())),
}
FAILS = {
    "no peering at all": (redis(), peered(), "it has none that can be its"),
    "only that of private services access": (redis(), peered(services_peering()), "none that can be its"),
    "only those of Filestore and of a GKE control plane": (
        redis(),
        peered(peering("filestore-peer-1"), peering("gke-n1-a2-peer")),
        "none that can be its",
    ),
    "only one with another network of the project": (
        redis(),
        peered(peering("office", network=f"{COMPUTE}projects/acme/global/networks/office")),
        "none that can be its",
    ),
    "inactive": (redis(), peered(peering(state="INACTIVE", state_details=DELETED)), f"is INACTIVE ({DELETED[:-1]})"),
    "inactive under another name": (redis(), peered(peering("memorystore-1", "INACTIVE")), "memorystore-1 is INACTIVE"),
    "private services access without a peering": (PSA, peered(peering()), "none that can be its"),
    "private services access, inactive": (
        PSA,
        peered(services_peering(state="INACTIVE", state_details=DELETED), peering()),
        "servicenetworking-googleapis-com is INACTIVE",
    ),
}
UNDECIDED = {
    "inactive, beside another that may be it": (
        redis(),
        peered(peering(state="INACTIVE"), peering("partner")),
        "maybe partner",
    ),
    "a state that is not known": (redis(), peered(peering(state="")), "redis-peer-1 is in no known state"),
}


@pytest.mark.parametrize(("subject", "row"), PASSES.values(), ids=PASSES)
def test_passes(subject: RedisInstance, row: Network) -> None:
    assert isinstance(judged(subject, row), Proof)


@pytest.mark.parametrize(("subject", "row", "says"), FAILS.values(), ids=FAILS)
def test_fails(subject: RedisInstance, row: Network, says: str) -> None:
    found = judged(subject, row)
    assert isinstance(found, Violation)
    assert found.code == "GOOGLE_MANAGED_SERVICE_NO_PEERING"
    assert says in found.message
    assert found.severity is None
    assert found.evidence[:2] == (subject.path, row.path)
    assert found.fix is not None
    assert found.fix.gcloud


@pytest.mark.parametrize(("subject", "row", "says"), UNDECIDED.values(), ids=UNDECIDED)
def test_undecided(subject: RedisInstance, row: Network, says: str) -> None:
    found = judged(subject, row)
    assert isinstance(found, Undecided)
    assert says in found.message


def test_a_network_that_does_not_exist_fails() -> None:
    found = judged(redis(authorized_network=""), peered(peering()))
    assert isinstance(found, Violation)
    assert found.code == "RESOURCE_CONFIG_NOT_FOUND"
    assert found.message == (
        "redis/cache is authorized on default (project acme), which does not exist. "
        "It names none, which means `default`."
    )
    assert found.fix is not None
    assert "gcloud redis instances create cache-2" in found.fix.gcloud[0]


def test_a_network_of_a_project_that_was_not_read_is_not_known() -> None:
    found = judged(redis(authorized_network="projects/else/global/networks/vpc"), peered(peering()))
    assert isinstance(found, Undecided)
    assert found.code == "NETWORK_CONFIG_NOT_FOUND"
    assert found.message == "redis/cache is on vpc (project else), but networks were read in project acme only."


def test_the_inactive_peering_is_quoted_with_what_to_do() -> None:
    found = judged(redis(), peered(peering(state="INACTIVE", state_details=DELETED)))
    assert isinstance(found, Violation)
    assert found.message == (
        "redis/cache is reached through no active peering of network/vpc: redis-peer-1 is INACTIVE "
        "([2026-11-19T10:00:00Z]: The peering network has been deleted)."
    )
    assert found.evidence[2] == "peering=redis-peer-1 INACTIVE"
    assert found.fix is not None
    assert found.fix.gcloud[0] == "gcloud compute networks peerings list --network=vpc --project=acme"


def test_private_services_access_is_mended_by_its_connection() -> None:
    found = judged(PSA, peered())
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "vpc-peerings update --service=servicenetworking.googleapis.com --force" in found.fix.gcloud[0]
