"""Everything that must talk sits on this one VPC network.

Why: A connector on one VPC and Redis on another never meet, whatever the firewall says: VPC peering is not transitive,
and packets die silently until the client times out. A literal network name in one site and a variable in the other
is how it happens.

Remediation: Take the network from one site for all of them, in Terraform from google_compute_network.main. A
connector's network and a Redis instance's authorizedNetwork cannot be changed: create the one that is astray anew.

References: https://cloud.google.com/vpc/docs/vpc-peering
https://cloud.google.com/memorystore/docs/redis/networking
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.attachments import Attachments, Seat, network_words
from validator.gcp.names import Names
from validator.gcp.nat import Gateway, Gateways
from validator.gcp.sites import replacement
from validator.model.connector import Connector
from validator.model.network import Network, PrivateConnection
from validator.model.resource import last
from validator.model.selector import Selector
from validator.model.table import Table

_NOUNS = ("connector", "redis", "redis-cluster", "sql", "run")
#: Connectivity Tests' word for what a packet to, or from, a resource astray dies of.
_CODES = {
    "connector": "ROUTE_WRONG_NETWORK",
    "run": "ROUTE_WRONG_NETWORK",
    "redis": "GOOGLE_MANAGED_SERVICE_NO_PEERING",
    "sql": "GOOGLE_MANAGED_SERVICE_NO_PEERING",
    "redis-cluster": "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
}
_REFERENCES = {
    "connector": 'resource "google_vpc_access_connector" "main" {\n  network = google_compute_network.main.name\n}',
    "redis": 'resource "google_redis_instance" "main" {\n  authorized_network = google_compute_network.main.id\n}',
    "redis-cluster": "psc_configs {\n  network = google_compute_network.main.id\n}",
    "sql": "ip_configuration {\n  private_network = google_compute_network.main.id\n}",
    "run": "network_interfaces {\n  network = google_compute_network.main.id\n}",
}


class NetworkConsistency(Params, frozen=True):
    """Who must be on the network, and what else it must have."""

    #: Selectors such as "redis/cache*", of connector, redis, redis-cluster, sql and run; empty means all of them.
    members: tuple[str, ...] = ()
    #: A public NAT with addresses must serve the subnet of each connector and service on the network, in its region.
    nat: bool = False
    #: The network must have private services access.
    private_services: bool = False
    #: A network without any member is skipped, for a rule over every network of a project.
    skip_unused: bool = False

    def __post_init__(self) -> None:
        """Refuse a selector of something that is never a member."""
        for text in self.members:
            if Selector.parse(text).noun not in _NOUNS:
                raise ValueError(f"{text!r} is no member: expected one of {', '.join(_NOUNS)}")


@check(severity=Severity.ERROR)
def network_consistency(
    network: Network,
    *,
    names: Names,
    attachments: Attachments,
    gateways: Gateways,
    connections: Table[PrivateConnection],
    params: NetworkConsistency,
) -> Verdicts:
    """Yield one violation for each member that is not on the network, and one for each part it lacks."""
    path = names.network(network.path, network.project)
    wanted = tuple(map(Selector.parse, params.members))
    seats = _members(attachments.seats, wanted)
    if not seats and not wanted and not params.private_services:
        yield Skip(code="NETWORK_UNUSED", message="nothing in the project sits on a VPC", evidence=(network.path,))
        return
    if params.skip_unused and not any(path in seat.networks for seat in seats):
        message = f"nothing that must talk sits on {network.label}"
        yield Skip(code="NETWORK_UNUSED", message=message, evidence=(network.path,))
        return
    services = {names.network(row.network, network.project): row.path for row in connections}
    where = (*(seat.words for seat in seats), *_also(gateways, services))
    found = [*_unmatched(network, wanted, seats), *_astray(path, seats, where)]
    if params.nat:
        found += _without_nat(network, path, seats, gateways)
    if params.private_services and path not in services:
        found.append(_without_services(network, where))
    proof = Proof(message=f"on {network.label}: {', '.join(_on(path, seats))}", evidence=(path, *where))
    yield from found or (proof,)


def _members(seats: tuple[Seat, ...], wanted: tuple[Selector, ...]) -> tuple[Seat, ...]:
    """The seats that were asked for; without a selector, those of everything that is meant to sit on a VPC."""
    if not wanted:
        return tuple(seat for seat in seats if not seat.aside)
    return tuple(seat for seat in seats if any(selector.matches(seat.resource) for selector in wanted))


def _also(gateways: Gateways, services: dict[str, str]) -> Iterator[str]:
    yield from dict.fromkeys(gateway.words for gateway in gateways.rows)
    for network in services:
        yield f"private services access on {last(network)}"


def _on(path: str, seats: tuple[Seat, ...]) -> Iterator[str]:
    for seat in seats:
        if path in seat.networks:
            yield f"{seat.resource.label}{seat.way}"


def _unmatched(network: Network, wanted: tuple[Selector, ...], seats: tuple[Seat, ...]) -> Iterator[Violation]:
    for selector in wanted:
        if not any(selector.matches(seat.resource) for seat in seats):
            message = f"{selector} must be on {network.label}, but nothing of that name exists."
            fix = Fix(summary="Create it on this network, or correct the declared name.")
            yield Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=(network.path,), fix=fix)


def _astray(path: str, seats: tuple[Seat, ...], where: tuple[str, ...]) -> Iterator[Verdict]:
    judged = {seat.resource.path for seat in seats if not seat.through}
    for seat in seats:
        if path in seat.networks or seat.through in judged:
            continue
        if seat.doubt:
            message = f"It is not known on which VPC {seat.resource.label} sits: {seat.doubt}."
            yield Undecided(code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(seat.resource.path, *where))
        else:
            yield _violation(path, seat, where)


def _violation(path: str, seat: Seat, where: tuple[str, ...]) -> Violation:
    noun = seat.resource.KIND.noun
    code = "VPC_CONNECTOR_NOT_SET" if noun == "run" and seat.aside else _CODES[noun]
    return Violation(
        code=code,
        message=_message(path, seat),
        evidence=(seat.resource.path, f"{seat.setting}={','.join(seat.networks)}", f"expected={path}", *where),
        fix=_fix(path, seat),
    )


def _message(path: str, seat: Seat) -> str:
    if seat.aside:
        return f"{seat.resource.label} {seat.aside}, so it is not on {network_words(path)} as declared."
    others = ", ".join(map(network_words, seat.networks))
    return (
        f"{seat.resource.label} is on {others}{seat.way}, not on {network_words(path)}. VPC peering is not transitive: "
        f"between it and what is on {network_words(path)} every packet is lost."
    )


def _fix(path: str, seat: Seat) -> Fix:
    row, noun = seat.resource, seat.resource.KIND.noun
    lines: tuple[str, ...]
    scope = [f"--region={row.location}", f"--project={row.project}"]
    if isinstance(row, Connector):
        summary = (
            "A connector's network cannot be changed: create another here, with a /28 that is free here, move each "
            "SERVICE on it over, and delete the old one last."
        )
        return Fix(summary=summary, gcloud=replacement(row, network=path), terraform=_REFERENCES[noun])
    if noun == "redis":
        summary = "authorizedNetwork cannot be changed: export the data, create the instance anew, point clients at it."
        lines = (shlex.join(["gcloud", "redis", "instances", "create", f"{row.short}-2", f"--network={path}", *scope]),)
    elif noun == "sql":
        summary = "Move the instance's private address to this network; the instance restarts."
        words = ["gcloud", "sql", "instances", "patch", row.short, f"--network={path}", f"--project={row.project}"]
        lines = (shlex.join(words),)
    elif noun == "run":
        summary = "Deploy the service with a connector on, or an interface in, this network."
        words = ["gcloud", "run", "services", "update", row.short, f"--network={path}", "--subnet=SUBNET"]
        lines = (shlex.join([*words, *scope]),)
    else:
        return Fix(summary="Create endpoints of the cluster in this network.", terraform=_REFERENCES[noun])
    return Fix(summary=summary, gcloud=lines, terraform=_REFERENCES[noun])


def _without_nat(network: Network, path: str, seats: tuple[Seat, ...], gateways: Gateways) -> Iterator[Violation]:
    senders = [seat for seat in seats if seat.resource.KIND.noun in ("connector", "run") and path in seat.networks]
    for region in sorted({seat.resource.location for seat in senders}):
        there = gateways.at(region, path)
        unserved = [
            seat
            for seat in senders
            if seat.resource.location == region and all(gateway.gap(seat.subnet) for gateway in there)
        ]
        if unserved:
            yield _nat_violation(network, region, unserved, there)


def _nat_violation(network: Network, region: str, unserved: list[Seat], there: tuple[Gateway, ...]) -> Violation:
    labels = ", ".join(dict.fromkeys(seat.resource.label for seat in unserved))
    reasons = dict.fromkeys(
        f"NAT {gateway.nat.name} {gateway.gap(seat.subnet)}" for seat in unserved for gateway in there
    )
    why = f": {'; '.join(reasons)}" if reasons else ""
    words = ["gcloud", "compute", "routers", "nats", "create", "nat", "--router=ROUTER"]
    where = [f"--region={region}", f"--project={network.project}"]
    options = ["--auto-allocate-nat-external-ips", "--nat-all-subnet-ip-ranges"]
    return Violation(
        code="NO_EXTERNAL_ADDRESS",
        message=f"{network.label} has no router with a public NAT in {region} that serves {labels}{why}.",
        evidence=(network.path, *dict.fromkeys(gateway.router for gateway in there)),
        fix=Fix(
            summary="Create a NAT on a router of this network, or widen the one that is there.",
            gcloud=(shlex.join([*words, *where, *options]),),
        ),
    )


def _without_services(network: Network, where: tuple[str, ...]) -> Violation:
    words = ["gcloud", "services", "vpc-peerings", "connect", "--service=servicenetworking.googleapis.com"]
    options = ["--ranges=ALLOCATED_RANGE", f"--network={network.name}", f"--project={network.project}"]
    return Violation(
        code="GOOGLE_MANAGED_SERVICE_NO_PEERING",
        message=f"{network.label} has no private services access, which is declared.",
        evidence=(network.path, *where),
        fix=Fix(summary="Connect this network to Google's services.", gcloud=(shlex.join([*words, *options]),)),
    )
