"""connector.attached follows a service to the connector or subnet it names."""

from __future__ import annotations

import pytest

from checks.connector.attached import ConnectorAttached, connector_attached
from tests.builders import COMPUTE, PROJECT, REGION, VPC, connector, project, service, subnet, template
from tests.judging import verdicts
from validator.check import Proof, Skip, Undecided, Violation
from validator.model.connector import ConnectorSubnet
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Revision, Service, Traffic, VpcAccess

_PLAIN = ConnectorAttached()
_FULL = f"projects/{PROJECT}/locations/{REGION}/connectors/staging"


def _on(name: str, *, egress: str = "") -> Service:
    return service(template=template(vpc_access=VpcAccess(connector=name, egress=egress)))


def _direct(network: str = "", subnetwork: str = "") -> Service:
    access = VpcAccess(network_interfaces=(NetworkInterface(network=network, subnetwork=subnetwork),))
    return service(template=template(vpc_access=access))


def _bare() -> Service:
    return service(template=template(vpc_access=None))


@pytest.mark.parametrize(
    ("subject", "rows", "params"),
    [
        pytest.param(service(), (connector(),), _PLAIN, id="a connector of its region"),
        pytest.param(_on("staging"), (connector(),), _PLAIN, id="a connector by its short name"),
        pytest.param(
            _on(_FULL.replace(PROJECT, "123456789")), (connector(),), _PLAIN, id="a connector by the project's number"
        ),
        pytest.param(
            service(),
            (connector(),),
            ConnectorAttached(connector="staging", network="vpc", egress="PRIVATE_RANGES_ONLY"),
            id="connector, network and egress as declared",
        ),
        pytest.param(
            _on(_FULL),
            (connector(),),
            ConnectorAttached(egress="PRIVATE_RANGES_ONLY"),
            id="no egress means private ranges",
        ),
        pytest.param(
            _on(_FULL, egress="ALL_TRAFFIC"), (connector(),), ConnectorAttached(egress="ALL_TRAFFIC"), id="all traffic"
        ),
        pytest.param(
            service(),
            (
                connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps")),
                subnet(ip_cidr_range="10.3.0.0/28"),
            ),
            ConnectorAttached(network="vpc"),
            id="a connector in a subnet of the declared network",
        ),
        pytest.param(_direct(network="vpc", subnetwork="apps"), (subnet(),), _PLAIN, id="an interface in a subnet"),
        pytest.param(_direct(subnetwork="apps"), (subnet(),), ConnectorAttached(network="vpc"), id="a subnet alone"),
        pytest.param(_direct(network="vpc"), (subnet("vpc"),), _PLAIN, id="a network alone with a subnet of its name"),
        pytest.param(
            _direct(subnetwork="apps"), (subnet(ip_cidr_range="10.1.0.0/26"),), _PLAIN, id="a subnet of exactly /26"
        ),
    ],
)
def test_passes(subject: Service, rows: tuple[Resource, ...], params: ConnectorAttached) -> None:
    (found,) = verdicts(connector_attached, subject, project(), *rows, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    ("subject", "rows", "params", "code", "says"),
    [
        pytest.param(
            _bare(), (), ConnectorAttached(required=True), "VPC_CONNECTOR_NOT_SET", "no VPC access", id="none"
        ),
        pytest.param(
            _bare(),
            (),
            ConnectorAttached(connector="staging"),
            "VPC_CONNECTOR_NOT_SET",
            "no VPC",
            id="none, one declared",
        ),
        pytest.param(
            _bare(),
            (),
            ConnectorAttached(egress="ALL_TRAFFIC"),
            "VPC_CONNECTOR_NOT_SET",
            "no VPC",
            id="none, egress declared",
        ),
        pytest.param(
            service(),
            (),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "staging, which does not exist",
            id="the connector is gone",
        ),
        pytest.param(
            service(),
            (connector(region="us-east1"),),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "does not exist in us-central1",
            id="a connector of that name exists in another region only",
        ),
        pytest.param(
            _on(_FULL.replace(REGION, "us-east1")),
            (connector(region="us-east1"),),
            _PLAIN,
            "VPC_CONNECTOR_REGION_MISMATCH",
            "us-east1",
            id="a connector of another region",
        ),
        pytest.param(
            service(),
            (connector(),),
            ConnectorAttached(connector="production"),
            "VPC_CONNECTOR_UNEXPECTED",
            "expected production",
            id="another connector than declared",
        ),
        pytest.param(
            _direct(subnetwork="apps"),
            (subnet(),),
            ConnectorAttached(connector="staging"),
            "VPC_CONNECTOR_UNEXPECTED",
            "expected connector staging",
            id="an interface where a connector is declared",
        ),
        pytest.param(
            service(),
            (connector(network="staging-vpc"),),
            ConnectorAttached(network="vpc"),
            "ROUTE_WRONG_NETWORK",
            "enters network staging-vpc, expected vpc",
            id="a connector on another network than declared",
        ),
        pytest.param(
            service(),
            (connector(),),
            ConnectorAttached(egress="ALL_TRAFFIC"),
            "VPC_EGRESS_UNEXPECTED",
            "PRIVATE_RANGES_ONLY",
            id="only private ranges where all traffic is declared",
        ),
        pytest.param(
            _direct(network="vpc", subnetwork="gone"),
            (subnet(),),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "subnetworks/gone",
            id="the subnet is gone",
        ),
        pytest.param(
            _direct(network="vpc"),
            (subnet(),),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "called like the network",
            id="a network alone, without a subnet of its name",
        ),
        pytest.param(
            _direct(subnetwork="apps"),
            (subnet(ip_cidr_range="10.1.0.0/27"),),
            _PLAIN,
            "NO_SERVERLESS_IP_RANGES",
            "10.1.0.0/27",
            id="a subnet smaller than /26",
        ),
        pytest.param(
            _direct(network="vpc", subnetwork="apps"),
            (subnet(network=COMPUTE + VPC.replace("vpc", "other")),),
            _PLAIN,
            "ROUTE_WRONG_NETWORK",
            "its subnet is on other",
            id="a subnet of another network than the one named",
        ),
        pytest.param(
            _direct(subnetwork=f"projects/{PROJECT}/regions/us-east1/subnetworks/apps"),
            (subnet(location="us-east1", self_link=f"{COMPUTE}projects/{PROJECT}/regions/us-east1/subnetworks/apps"),),
            _PLAIN,
            "SUBNET_REGION_MISMATCH",
            "us-east1",
            id="a subnet of another region",
        ),
        pytest.param(
            _direct(), (), _PLAIN, "RESOURCE_CONFIG_NOT_FOUND", "neither network nor", id="an empty interface"
        ),
        pytest.param(
            service(
                template=template(
                    vpc_access=VpcAccess(connector=_FULL, network_interfaces=(NetworkInterface(subnetwork="apps"),))
                )
            ),
            (connector(), subnet()),
            _PLAIN,
            "VPC_ACCESS_AMBIGUOUS",
            "both a connector and a network interface",
            id="a connector and an interface at once",
        ),
    ],
)
def test_fails(subject: Service, rows: tuple[Resource, ...], params: ConnectorAttached, code: str, says: str) -> None:
    (found,) = verdicts(connector_attached, subject, project(), *rows, params=params)
    assert isinstance(found, Violation)
    assert found.code == code
    assert says in found.message
    assert found.evidence[0] == subject.path
    assert found.fix is not None
    assert found.fix.gcloud


@pytest.mark.parametrize(
    ("subject", "rows", "params"),
    [
        pytest.param(
            _on(_FULL.replace(PROJECT, "acme-host")), (), _PLAIN, id="a connector of a project that was not read"
        ),
        pytest.param(
            _direct(subnetwork=f"projects/acme-host/regions/{REGION}/subnetworks/apps"),
            (),
            _PLAIN,
            id="a subnet of a project that was not read",
        ),
        pytest.param(_direct(subnetwork="apps"), (subnet(ip_cidr_range=""),), _PLAIN, id="a subnet without IPv4 range"),
        pytest.param(
            service(),
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="links", project_id="acme-host")),),
            ConnectorAttached(network="vpc"),
            id="a declared network, and a connector in a subnet that was not read",
        ),
    ],
)
def test_undecided(subject: Service, rows: tuple[Resource, ...], params: ConnectorAttached) -> None:
    (found,) = verdicts(connector_attached, subject, project(), *rows, params=params)
    assert isinstance(found, Undecided)


def test_a_service_without_vpc_access_is_skipped_where_none_is_declared() -> None:
    (found,) = verdicts(connector_attached, _bare(), project(), params=_PLAIN)
    assert isinstance(found, Skip)
    assert found.code == "VPC_CONNECTOR_NOT_SET"


def test_an_older_revision_that_still_serves_is_judged_and_not_the_template() -> None:
    path = service().path
    subject = service(
        latest_created_revision=f"{path}/revisions/backend-00003-new",
        latest_ready_revision=f"{path}/revisions/backend-00002-abc",
        traffic_statuses=(Traffic(revision="backend-00002-abc", percent=100),),
    )
    older = Revision(name=f"{path}/revisions/backend-00002-abc", project=PROJECT, location=REGION)
    (found,) = verdicts(
        connector_attached, subject, older, connector(), project(), params=ConnectorAttached(required=True)
    )
    assert isinstance(found, Violation)
    assert "backend-00002-abc" in found.message


def test_the_proof_says_by_which_way() -> None:
    (by_connector,) = verdicts(connector_attached, service(), connector(), project(), params=_PLAIN)
    (direct,) = verdicts(connector_attached, _direct(subnetwork="apps"), subnet(), project(), params=_PLAIN)
    assert isinstance(by_connector, Proof)
    assert isinstance(direct, Proof)
    assert by_connector.message == "run/backend enters the VPC by connector staging"
    assert direct.message == "run/backend enters the VPC by a network interface"


def test_the_fix_names_the_declared_connector_and_egress() -> None:
    params = ConnectorAttached(connector="staging", egress="ALL_TRAFFIC")
    (found,) = verdicts(connector_attached, _bare(), project(), params=params)
    assert isinstance(found, Violation)
    assert found.fix is not None
    (line,) = found.fix.gcloud
    assert line.startswith("gcloud run services update backend --region=us-central1 --project=acme ")
    assert line.endswith(" --vpc-connector=staging --vpc-egress=all-traffic")
    assert 'egress    = "ALL_TRAFFIC"' in found.fix.terraform
