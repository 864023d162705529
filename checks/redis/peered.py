"""The network that the Redis instance is authorized on exists and holds the active peering that carries it.

Why:
    A Redis instance is in a network of Google's and is reached through one peering of the authorized network.
    Where that peering was deleted or is inactive, or the network is gone, every connection times out, although
    the instance itself is READY.

Remediation:
    Under direct peering Google makes the peering when an instance is created on the network, and it cannot be made
    by hand: export the data, create the instance anew, point clients at it. Under private services access, update
    the connection to servicenetworking.googleapis.com; network.private-services judges its ranges.

References:
    https://cloud.google.com/memorystore/docs/redis/networking
    https://cloud.google.com/vpc/docs/using-vpc-peering
    https://cloud.google.com/compute/docs/reference/rest/v1/networks
"""

from __future__ import annotations

import shlex

from validator.check import Fix, Proof, Severity, Table, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.attachments import network_words, redis_seat
from validator.gcp.names import Names
from validator.model.network import SERVICES_PEERING, Network, Peering
from validator.model.redis import RedisInstance

_NO_PEERING = "GOOGLE_MANAGED_SERVICE_NO_PEERING"

#: Google names the peering so, without promising it; those of its other services are certain not to be it.
_REDIS = "redis-peer-"
_OTHERS = (SERVICES_PEERING, "filestore-peer-", "gke-")


@check(severity=Severity.ERROR)
def redis_peered(redis: RedisInstance, *, names: Names, networks: Table[Network]) -> Verdicts:
    """The network first, then the peering of the instance's connect mode."""
    (path,) = redis_seat(redis, names).networks
    network = next((row for row in networks if names.network(row.path, row.project) == path), None)
    if network is None:
        yield _missing(redis, path, names)
    elif redis.connect_mode == "PRIVATE_SERVICE_ACCESS":
        own = [row for row in network.peerings if row.name.startswith(SERVICES_PEERING)]
        yield _judged(redis, network, own, _reconnect(network))
    else:
        own = [row for row in network.peerings if _may_be_redis(row, names)]
        named = [row for row in own if row.name.startswith(_REDIS)]
        yield _judged(redis, network, named or own, _recreate(redis, network), beside=own)


def _may_be_redis(peering: Peering, names: Names) -> bool:
    """Whether it can lead to Google's side: neither another service's, nor to a project that is the user's own."""
    project = names.network(peering.network, "").partition("projects/")[2].partition("/")[0]
    return not peering.name.startswith(_OTHERS) and project not in names.read


def _missing(redis: RedisInstance, path: str, names: Names) -> Verdict:
    evidence = (redis.path, f"authorizedNetwork={redis.authorized_network}")
    if path.split("/")[1] not in names.read:
        read = " and ".join(sorted(names.read))
        message = f"{redis.label} is on {network_words(path)}, but networks were read in project {read} only."
        fix = Fix(summary="Declare the project that holds the network as network_project of the environment.")
        return Undecided(code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=evidence, fix=fix)
    default = "" if redis.authorized_network else " It names none, which means `default`."
    message = f"{redis.label} is authorized on {network_words(path)}, which does not exist.{default}"
    fix = Fix(
        summary="authorizedNetwork cannot be changed: create the instance anew on a network that exists.",
        gcloud=(_create(redis, "NETWORK"),),
        terraform='resource "google_redis_instance" "main" {\n  authorized_network = google_compute_network.main.id\n}',
    )
    return Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=evidence, fix=fix)


def _judged(
    redis: RedisInstance, network: Network, own: list[Peering], fix: Fix, beside: list[Peering] | None = None
) -> Verdict:
    """What the peerings that can be the instance's make of it; `beside` are those that can be under another name."""
    evidence = (redis.path, network.path, *(f"peering={row.name} {row.state}" for row in own))
    active = [row.name for row in own if row.state == "ACTIVE"]
    if active:
        message = f"{network.label} has the active peering {', '.join(active)}, which can be that of {redis.label}"
        return Proof(message=message, evidence=evidence)
    found = "; ".join(_state(row) for row in own) or "it has none that can be its"
    message = f"{redis.label} is reached through no active peering of {network.label}: {found}."
    doubtful = [row.name for row in (*own, *(beside or ())) if row.state != "INACTIVE"]
    if doubtful:
        message = f"Which peering of {network.label} carries {redis.label} is not known: {found}; maybe {doubtful[0]}."
        return Undecided(code=_NO_PEERING, message=message, evidence=evidence, fix=fix)
    return Violation(code=_NO_PEERING, message=message, evidence=evidence, fix=fix)


def _state(peering: Peering) -> str:
    details = f" ({peering.state_details.rstrip('.')})" if peering.state_details else ""
    return f"{peering.name} is {peering.state or 'in no known state'}{details}"


def _recreate(redis: RedisInstance, network: Network) -> Fix:
    words = ["gcloud", "compute", "networks", "peerings", "list"]
    listed = shlex.join([*words, f"--network={network.name}", f"--project={network.project}"])
    return Fix(
        summary="Google makes this peering with an instance: export the data and create the instance anew.",
        gcloud=(listed, _create(redis, network.path)),
    )


def _reconnect(network: Network) -> Fix:
    words = ["gcloud", "services", "vpc-peerings", "update", "--service=servicenetworking.googleapis.com", "--force"]
    where = ["--ranges=ALLOCATED_RANGE", f"--network={network.name}", f"--project={network.project}"]
    summary = "Update the network's connection to Google's services, which makes its peering anew."
    return Fix(summary=summary, gcloud=(shlex.join([*words, *where]),))


def _create(redis: RedisInstance, network: str) -> str:
    words = ["gcloud", "redis", "instances", "create", f"{redis.short}-2", f"--network={network}"]
    return shlex.join([*words, f"--region={redis.location}", f"--project={redis.project}"])
