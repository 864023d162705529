"""The network's private services access is connected, active, and its allocated ranges exist.

Why: Cloud SQL with a private address, and Redis under private services access, are reached through one peering of the
network. Without it, or with it inactive, every connection to them times out.

Remediation: Allocate a range, connect servicenetworking.googleapis.com with it, and wait until the peering is ACTIVE.

References: https://cloud.google.com/vpc/docs/private-services-access
https://cloud.google.com/vpc/docs/configure-private-services-access
https://cloud.google.com/service-infrastructure/docs/service-networking/reference/rest/v1/services.connections
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.attachments import redis_seat, sql_seat
from validator.gcp.names import Names
from validator.model.network import Address, Network, PrivateConnection
from validator.model.redis import RedisInstance
from validator.model.resource import Resource, last
from validator.model.sql import SqlInstance
from validator.model.table import Table

_NO_PEERING = "GOOGLE_MANAGED_SERVICE_NO_PEERING"


class PrivateServices(Params, frozen=True):
    """Whether the network must have it."""

    #: Judge it also where no Cloud SQL or Redis instance of the project needs it.
    required: bool = False


@check(severity=Severity.ERROR)
def network_private_services(
    network: Network,
    *,
    names: Names,
    connections: Table[PrivateConnection],
    addresses: Table[Address],
    redis: Table[RedisInstance],
    databases: Table[SqlInstance],
    params: PrivateServices,
) -> Verdicts:
    """Yield a violation for each missing piece of the network's private services access."""
    path = names.network(network.path, network.project)
    users = [row.label for row in _users(path, names, redis, databases)]
    own = [row for row in connections if names.network(row.network, network.project) == path]
    if not users and not params.required:
        message = f"no Cloud SQL or Redis instance of the project uses private services access of {network.label}"
        yield Skip(code="PRIVATE_SERVICES_UNUSED", message=message, evidence=(network.path,))
        return
    if not own:
        yield _unconnected(network, users)
        return
    host = path.split("/")[1]
    ranges = (row for row in addresses if row.purpose == "VPC_PEERING" and row.project == host)
    allocated = {row.short: names.network(row.network, row.project) for row in ranges}
    found = [verdict for row in own for verdict in (*_peering(network, row), *_reserved(network, path, row, allocated))]
    found += _unused(network, path, own, allocated)
    yield from found or (_proof(network, own, users),)


def _users(path: str, names: Names, redis: Table[RedisInstance], databases: Table[SqlInstance]) -> Iterator[Resource]:
    for database in databases:
        if path in sql_seat(database, names).networks:
            yield database
    for row in redis:
        if row.connect_mode == "PRIVATE_SERVICE_ACCESS" and path in redis_seat(row, names).networks:
            yield row


def _unconnected(network: Network, users: list[str]) -> Violation:
    wanted = f", which {', '.join(users)} need" if users else ", which is declared as required"
    message = f"{network.label} has no private services access{wanted}."
    fix = Fix(
        summary="Allocate a range and connect the network to Google's services with it.",
        gcloud=(_allocate(network, "google-managed-services"), _connect(network, "connect", "google-managed-services")),
        terraform=(
            'resource "google_service_networking_connection" "main" {\n'
            "  network                 = google_compute_network.main.id\n"
            '  service                 = "servicenetworking.googleapis.com"\n'
            "  reserved_peering_ranges = [google_compute_global_address.services.name]\n}"
        ),
    )
    return Violation(code=_NO_PEERING, message=message, evidence=(network.path, *users), fix=fix)


def _peering(network: Network, connection: PrivateConnection) -> Iterator[Verdict]:
    peering = next((row for row in network.peerings if row.name == connection.peering), None)
    evidence = (network.path, f"peering={connection.peering}")
    if peering is None:
        message = f"{network.label} has no peering {connection.peering!r}, which its private connection relies on."
        yield Violation(code=_NO_PEERING, message=message, evidence=evidence, fix=_reconnect(network, connection))
        return
    if peering.state == "INACTIVE":
        details = peering.state_details or "no reason given"
        message = f"{network.label}: the peering {peering.name} is INACTIVE: {details}"
        yield Violation(code=_NO_PEERING, message=message, evidence=evidence, fix=_reconnect(network, connection))
    elif peering.state != "ACTIVE":
        message = f"{network.label}: the peering {peering.name} is in state {peering.state!r}, expected ACTIVE."
        yield Undecided(code=_NO_PEERING, message=message, evidence=evidence)
    if not peering.exchange_subnet_routes:
        message = f"{network.label}: the peering {peering.name} exchanges no subnet routes, so there is no way through."
        shown = (*evidence, "exchangeSubnetRoutes=false")
        yield Violation(code="NO_ROUTE", message=message, evidence=shown, fix=_reconnect(network, connection))


def _reserved(
    network: Network, path: str, connection: PrivateConnection, allocated: dict[str, str]
) -> Iterator[Violation]:
    if not connection.reserved_peering_ranges:
        message = f"{network.label}: its private connection reserves no range, so no instance gets an address."
        fix = _reconnect(network, connection)
        yield Violation(code="PRIVATE_SERVICES_NO_RANGE", message=message, evidence=(network.path,), fix=fix)
    for name in map(last, connection.reserved_peering_ranges):
        where = allocated.get(name)
        if where != path:
            found = f"is allocated on {last(where)}" if where else "does not exist"
            message = f"{network.label}: the range {name} reserved for private services {found}."
            fix = Fix(summary="Allocate the range again on this network.", gcloud=(_allocate(network, name),))
            evidence = (network.path, f"reservedPeeringRanges={name}")
            yield Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=evidence, fix=fix)


def _unused(
    network: Network, path: str, own: list[PrivateConnection], allocated: dict[str, str]
) -> Iterator[Violation]:
    reserved = [last(name) for row in own for name in row.reserved_peering_ranges]
    for name, where in sorted(allocated.items()):
        if where == path and name not in reserved:
            message = (
                f"{network.label}: the range {name} is allocated but not reserved: no service gets addresses of it."
            )
            fix = Fix(
                summary="Add the range to the connection, or release it.",
                gcloud=(_connect(network, "update", *dict.fromkeys(reserved), name),),
                terraform="reserved_peering_ranges = [google_compute_global_address.services.name]",
            )
            yield Violation(
                code="PRIVATE_SERVICES_RANGE_UNUSED",
                message=message,
                evidence=(network.path, f"projects/{network.project}/global/addresses/{name}"),
                fix=fix,
                severity=Severity.WARNING,
            )


def _reconnect(network: Network, connection: PrivateConnection) -> Fix:
    ranges = [last(name) for name in connection.reserved_peering_ranges] or ["google-managed-services"]
    return Fix(
        summary="Update the connection with its ranges, which makes its peering anew.",
        gcloud=(f"{_connect(network, 'update', *ranges)} --force",),
    )


def _allocate(network: Network, name: str) -> str:
    words = ["gcloud", "compute", "addresses", "create", name, "--global", "--purpose=VPC_PEERING"]
    return shlex.join([*words, "--prefix-length=16", f"--network={network.name}", f"--project={network.project}"])


def _connect(network: Network, verb: str, *ranges: str) -> str:
    words = ["gcloud", "services", "vpc-peerings", verb, "--service=servicenetworking.googleapis.com"]
    where = [f"--ranges={','.join(ranges)}", f"--network={network.name}", f"--project={network.project}"]
    return shlex.join([*words, *where])


def _proof(network: Network, own: list[PrivateConnection], users: list[str]) -> Proof:
    ranges = ", ".join(last(name) for row in own for name in row.reserved_peering_ranges)
    message = f"{network.label} has active private services access over {ranges}"
    return Proof(message=message, evidence=(network.path, *users))
