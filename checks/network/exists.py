"""The network is a VPC network with the subnets that are declared for it.

Why: A connector or an interface that names a network or a subnet which is not there is refused in the middle of a
deploy. A legacy network has no subnets at all, and no connector can use it.

Remediation: Create what is missing, or correct the name. A legacy network must be replaced by a VPC network.

References: https://cloud.google.com/vpc/docs/subnets https://cloud.google.com/vpc/docs/legacy
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
"""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Verdicts, Violation, check
from validator.gcp.names import Names
from validator.model.network import Network, Subnetwork
from validator.model.table import Table

#: Purposes of subnets that workloads may use; the others belong to proxies, NAT and published services.
_FOR_WORKLOADS = ("", "PRIVATE", "PRIVATE_RFC_1918")


class NetworkExists(Params, frozen=True):
    """What must be on the network."""

    #: Regions in which it must have a subnet for workloads.
    regions: tuple[str, ...] = ()
    #: Subnets it must have: a name, REGION/NAME, or a glob of either.
    subnets: tuple[str, ...] = ()


@check(severity=Severity.ERROR)
def network_exists(network: Network, *, names: Names, subnets: Table[Subnetwork], params: NetworkExists) -> Verdicts:
    """Yield a violation for a legacy network, and for each declared region or subnet that is missing."""
    path = names.network(network.path, network.project)
    own = tuple(row for row in subnets if names.network(row.network, row.project) == path)
    found = [*_legacy(network), *_regions(network, own, params), *_subnets(network, own, params)]
    mode = "auto mode" if network.auto_create_subnetworks else "custom mode"
    message = f"{network.label} is a VPC network in {mode} with {len(own)} subnets"
    yield from found or (Proof(message=message, evidence=(network.path,)),)


def _legacy(network: Network) -> Iterator[Violation]:
    if network.ipv4_range:
        words = ["gcloud", "compute", "networks", "create", "NEW_NETWORK", "--subnet-mode=custom"]
        fix = Fix(
            summary="Create a VPC network in custom mode and move what is on the legacy one to it.",
            gcloud=(shlex.join([*words, f"--project={network.project}"]),),
            terraform='resource "google_compute_network" "main" {\n  auto_create_subnetworks = false\n}',
        )
        message = f"{network.label} is a legacy network: it has no subnets, and no connector or interface can use it."
        evidence = (network.path, f"IPv4Range={network.ipv4_range}")
        yield Violation(code="NETWORK_LEGACY", message=message, evidence=evidence, fix=fix)


def _regions(network: Network, own: tuple[Subnetwork, ...], params: NetworkExists) -> Iterator[Violation]:
    served = {row.location for row in own if row.purpose in _FOR_WORKLOADS}
    for region in params.regions:
        if region not in served:
            message = f"{network.label} has no subnet for workloads in {region}, where one is declared."
            yield _missing(network, message, "NAME", region)


def _subnets(network: Network, own: tuple[Subnetwork, ...], params: NetworkExists) -> Iterator[Violation]:
    for wanted in params.subnets:
        if not any(fnmatch.fnmatchcase(row.short if "/" not in wanted else _placed(row), wanted) for row in own):
            message = f"{network.label} has no subnet {wanted}, which is declared."
            region, _, name = wanted.rpartition("/")
            yield _missing(network, message, name, region or "REGION")


def _placed(row: Subnetwork) -> str:
    return f"{row.location}/{row.short}"


def _missing(network: Network, message: str, name: str, region: str) -> Violation:
    words = ["gcloud", "compute", "networks", "subnets", "create", name, f"--network={network.name}"]
    fix = Fix(
        summary="Create the subnet, or correct the declared name.",
        gcloud=(shlex.join([*words, f"--region={region}", "--range=FREE_RANGE/24", f"--project={network.project}"]),),
        terraform='resource "google_compute_subnetwork" "main" {\n  network = google_compute_network.main.id\n}',
    )
    return Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=(network.path,), fix=fix)
