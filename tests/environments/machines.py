"""The VMs: a worker of the chat, the bastion, and a scratch machine that no rule is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.emulator.world import Described
from tests.environments.describe import COMPUTE, PROJECT, REGION, compute, network_link, regional, zonal
from tests.environments.network import BASTION_TAG, VPC, WORKER_TAG
from tests.environments.platform import SECRETS


def machines(network: str = VPC, owner: str = PROJECT) -> Iterator[Described]:
    """Three VMs of the project in subnet `staging-apps` of a network, its own or a Shared VPC host's."""
    yield _vm("chat-worker-1", "10.1.0.11", network, owner, WORKER_TAG)
    yield _vm("bastion", "10.1.0.12", network, owner, BASTION_TAG)
    yield _vm("scratch", "10.1.0.13", network, owner, status="TERMINATED")


def _vm(name: str, address: str, network: str, owner: str, *tags: str, status: str = "RUNNING") -> Described:
    interface: dict[str, Any] = {
        "kind": "compute#networkInterface",
        "name": "nic0",
        "network": network_link(owner, network),
        "subnetwork": f"{COMPUTE}{regional('subnetworks', project=owner)}/staging-apps",
        "networkIP": address,
        "stackType": "IPV4_ONLY",
    }
    return compute(
        "vm",
        zonal("instances", f"{REGION}-a"),
        name,
        status=status,
        machineType=f"{COMPUTE}projects/{PROJECT}/zones/{REGION}-a/machineTypes/e2-small",
        canIpForward=False,
        networkInterfaces=[interface],
        tags={"items": list(tags), "fingerprint": "42WmSpB8rSM="},
        serviceAccounts=[{"email": f"{name}@{PROJECT}.iam.gserviceaccount.com", "scopes": [f"{_AUTH}cloud-platform"]}],
        metadata={"kind": "compute#metadata", "items": [{"key": "startup-script", "value": _SCRIPT}]},
    )


_AUTH = "https://www.googleapis.com/auth/"
_SCRIPT = f"#!/bin/sh\nexport SENTRY_TOKEN={SECRETS['startup']}\n"
