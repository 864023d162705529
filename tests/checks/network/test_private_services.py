"""network.private-services finds each missing piece of the peering."""

from __future__ import annotations

import pytest

from checks.network.private_services import PrivateServices, network_private_services
from tests.builders import COMPUTE, allocated_range, network, private_connection, project, redis, services_peering, sql
from tests.judging import verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.network import Network, Peering
from validator.model.resource import Resource
from validator.model.sql import IpConfiguration, Settings

_PLAIN, _REQUIRED = PrivateServices(), PrivateServices(required=True)
_WHOLE = (private_connection(), allocated_range())
_PUBLIC = Settings(ip_configuration=IpConfiguration(ipv4_enabled=True))


def _peered(**changes: object) -> Network:
    return network(peerings=(services_peering(**changes),))


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        pytest.param((sql(), *_WHOLE), _PLAIN, id="connected, active, its range allocated, Cloud SQL on it"),
        pytest.param((redis(connect_mode="PRIVATE_SERVICE_ACCESS"), *_WHOLE), _PLAIN, id="with Redis on it"),
        pytest.param(_WHOLE, _REQUIRED, id="without anyone on it, but required"),
        pytest.param(
            (sql(), *_WHOLE, allocated_range("others", network=COMPUTE + "projects/acme/global/networks/other")),
            _PLAIN,
            id="a range allocated on another network does not count as unused here",
        ),
        pytest.param((sql(), *_WHOLE, allocated_range("ip", purpose="")), _PLAIN, id="an address of another purpose"),
        pytest.param(
            (sql(), *_WHOLE, allocated_range(project="acme-service", network="")), _PLAIN, id="a namesake elsewhere"
        ),
    ],
)
def test_passes(rows: tuple[Resource, ...], params: PrivateServices) -> None:
    (found,) = verdicts(network_private_services, _peered(), project(), *rows, params=params)
    assert isinstance(found, Proof)
    assert "over services" in found.message


@pytest.mark.parametrize(
    ("subject", "rows", "params", "code", "says"),
    [
        pytest.param(
            network(),
            (sql(),),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "sql/db need",
            id="Cloud SQL without access",
        ),
        pytest.param(
            network(),
            (redis(connect_mode="PRIVATE_SERVICE_ACCESS"),),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "redis/cache need",
            id="Redis without access",
        ),
        pytest.param(
            network(),
            (),
            _REQUIRED,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "declared as required",
            id="required, and none",
        ),
        pytest.param(
            _peered(),
            (sql(), private_connection("other"), allocated_range()),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "has no private services access",
            id="connected on another network only",
        ),
        pytest.param(
            network(),
            (sql(), *_WHOLE),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "has no peering",
            id="peering gone",
        ),
        pytest.param(
            _peered(state="INACTIVE", state_details="The peering network has been deleted."),
            (sql(), *_WHOLE),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "INACTIVE: The peering network has been deleted.",
            id="the peering is inactive",
        ),
        pytest.param(
            _peered(exchange_subnet_routes=False),
            (sql(), *_WHOLE),
            _PLAIN,
            "NO_ROUTE",
            "exchanges no subnet routes",
            id="the peering carries no subnet routes",
        ),
        pytest.param(
            _peered(),
            (sql(), private_connection()),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "services reserved for private services does not exist",
            id="the reserved range was deleted",
        ),
        pytest.param(
            _peered(),
            (sql(), private_connection(), allocated_range(network=COMPUTE + "projects/acme/global/networks/other")),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "is allocated on other",
            id="the reserved range is another network's",
        ),
        pytest.param(
            _peered(),
            (sql(), private_connection(reserved_peering_ranges=())),
            _PLAIN,
            "PRIVATE_SERVICES_NO_RANGE",
            "reserves no range",
            id="a connection without any range",
        ),
    ],
)
def test_fails(subject: Network, rows: tuple[Resource, ...], params: PrivateServices, code: str, says: str) -> None:
    (found,) = verdicts(network_private_services, subject, project(), *rows, params=params)
    assert isinstance(found, Violation)
    assert found.code == code
    assert says in found.message
    assert found.severity is None
    assert found.evidence[0] == subject.path
    assert found.fix is not None
    assert found.fix.gcloud


def test_undecided_where_the_peering_tells_no_known_state() -> None:
    (found,) = verdicts(network_private_services, _peered(state=""), project(), sql(), *_WHOLE, params=_PLAIN)
    assert isinstance(found, Undecided)


def test_a_range_that_is_allocated_but_not_reserved_is_a_warning() -> None:
    rows = (project(), sql(), *_WHOLE, allocated_range("spare", address="10.40.0.0"))
    (found,) = verdicts(network_private_services, _peered(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("PRIVATE_SERVICES_RANGE_UNUSED", Severity.WARNING)
    assert found.fix is not None
    assert "--ranges=services,spare" in found.fix.gcloud[0]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((), id="no data service at all"),
        pytest.param((redis(),), id="Redis on direct peering has a peering of its own"),
        pytest.param((sql(settings=_PUBLIC),), id="Cloud SQL without private network"),
    ],
)
def test_skips(rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(network_private_services, network(), project(), *rows, params=_PLAIN)
    assert isinstance(found, Skip)


def test_another_peering_of_the_network_does_not_stand_in() -> None:
    subject = network(peerings=(Peering(name="partner", state="ACTIVE", exchange_subnet_routes=True),))
    (found,) = verdicts(network_private_services, subject, project(), sql(), *_WHOLE, params=_PLAIN)
    assert isinstance(found, Violation)


def test_the_fix_allocates_a_range_and_connects_with_it() -> None:
    (found,) = verdicts(network_private_services, network(), project(), sql(), params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    allocate, connect = found.fix.gcloud
    assert "addresses create google-managed-services --global --purpose=VPC_PEERING" in allocate
    assert "vpc-peerings connect --service=servicenetworking.googleapis.com --ranges=google-managed-services" in connect
    assert "google_service_networking_connection" in found.fix.terraform
