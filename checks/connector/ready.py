"""The connector is READY, so packets of the services on it reach the VPC.

Why: Only a connector in state READY carries traffic. In any other state every connection of every service on it
times out, although both the services and their targets are healthy.

Remediation: Wait while it is being created or updated. A connector in state ERROR never recovers: delete it and
create it again under the same name, and the services on it need no change.

References: https://cloud.google.com/vpc/docs/reference/vpcaccess/rest/v1/projects.locations.connectors
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
"""

from __future__ import annotations

import shlex

from validator.check import Fix, Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.sites import create_command, delete_command
from validator.model.connector import Connector

_CODE = "VPC_CONNECTOR_NOT_RUNNING"
_PASSING = {
    "CREATING": "is still being created and does not serve yet",
    "UPDATING": "is being updated and is not sure to serve until that ends",
    "DELETING": "is being deleted; services on it lose their way into the VPC",
}


@check(severity=Severity.ERROR)
def connector_ready(connector: Connector) -> Verdicts:
    """Yield a violation for every state in which the connector does not serve."""
    evidence = (connector.path, f"state={connector.state or 'STATE_UNSPECIFIED'}")
    if connector.state == "READY":
        yield Proof(message=f"{connector.label} is READY", evidence=evidence)
    elif connector.state == "ERROR":
        message = f"{connector.label} is in state ERROR and carries no traffic. It does not recover by itself."
        yield Violation(code=_CODE, message=message, evidence=evidence, fix=_recreate(connector))
    elif connector.state in _PASSING:
        message = f"{connector.label} is {connector.state}, expected READY: it {_PASSING[connector.state]}."
        yield Violation(code=_CODE, message=message, evidence=evidence, fix=_wait(connector))
    else:
        message = f"{connector.label} is in state {connector.state!r}, of which it is not known whether it serves."
        yield Undecided(code=_CODE, message=message, evidence=evidence)


def _recreate(connector: Connector) -> Fix:
    return Fix(
        summary="Delete the connector and create it again under the same name.",
        gcloud=(delete_command(connector), create_command(connector)),
        terraform="# terraform apply -replace=google_vpc_access_connector.main",
    )


def _wait(connector: Connector) -> Fix:
    words = ["gcloud", "compute", "networks", "vpc-access", "connectors", "describe", connector.short]
    where = [f"--region={connector.location}", f"--project={connector.project}", "--format=value(state)"]
    summary = "Do not deploy until the state is READY; ask again in a few minutes."
    if connector.state == "DELETING":
        summary = "Create the connector again once it is gone, or take the services off it."
        return Fix(summary=summary, gcloud=(create_command(connector),))
    return Fix(summary=summary, gcloud=(shlex.join([*words, *where]),))
