"""connector.ready passes a READY connector and no other."""

from __future__ import annotations

import pytest

from checks.connector.ready import connector_ready
from tests.builders import connector
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.connector import Connector, ConnectorSubnet


@pytest.mark.parametrize("subject", [pytest.param(connector(), id="a READY connector serves")])
def test_passes(subject: Connector) -> None:
    (found,) = verdicts(connector_ready, subject)
    assert isinstance(found, Proof)
    assert "state=READY" in found.evidence


@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param("CREATING", "still being created", id="a connector that is being created does not serve"),
        pytest.param("UPDATING", "being updated", id="a connector that is being updated is not sure to serve"),
        pytest.param("DELETING", "being deleted", id="a connector that is being deleted is no way into the VPC"),
        pytest.param("ERROR", "does not recover", id="a connector in ERROR never comes back"),
    ],
)
def test_fails(state: str, says: str) -> None:
    (found,) = verdicts(connector_ready, connector(state=state))
    assert isinstance(found, Violation)
    assert found.code == "VPC_CONNECTOR_NOT_RUNNING"
    assert says in found.message
    assert f"state={state}" in found.evidence
    assert found.fix is not None
    assert found.fix.gcloud


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("", id="a connector that tells no state"),
        pytest.param("SUSPENDED", id="a state that is not in Google's list"),
    ],
)
def test_undecided(state: str) -> None:
    (found,) = verdicts(connector_ready, connector(state=state))
    assert isinstance(found, Undecided)


def test_one_in_error_is_deleted_and_created_again_as_it_was() -> None:
    (found,) = verdicts(connector_ready, connector(state="ERROR"))
    assert isinstance(found, Violation)
    assert found.fix is not None
    delete, create = found.fix.gcloud
    common = "--region=us-central1 --project=acme"
    assert delete == f"gcloud compute networks vpc-access connectors delete staging {common}"
    assert create == (
        f"gcloud compute networks vpc-access connectors create staging {common} "
        "--network=vpc --range=10.2.0.0/28 --min-instances=2 --max-instances=10 --machine-type=e2-micro"
    )


def test_one_placed_in_a_subnet_is_created_again_in_it() -> None:
    subject = connector(
        state="ERROR", network="", ip_cidr_range="", subnet=ConnectorSubnet(name="links", project_id="acme-host")
    )
    (found,) = verdicts(connector_ready, subject)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "--subnet=links --subnet-project=acme-host" in found.fix.gcloud[1]
    assert "--range" not in found.fix.gcloud[1]


def test_a_hostile_name_stays_one_word_of_the_command() -> None:
    subject = connector("x; rm -rf ~", state="ERROR")
    (found,) = verdicts(connector_ready, subject)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "'x; rm -rf ~'" in found.fix.gcloud[0]
    assert codes(connector_ready, subject) == ["VPC_CONNECTOR_NOT_RUNNING"]
