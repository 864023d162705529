"""connector.range passes a /28 that nothing else on the network uses."""

from __future__ import annotations

import msgspec
import pytest

from checks.connector.range import ConnectorRange, connector_range
from tests.builders import COMPUTE, VPC, allocated_range, connector, network, project, redis, route, sql, subnet
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.connector import Connector, ConnectorSubnet
from validator.model.environment import Environment
from validator.model.network import SecondaryRange
from validator.model.resource import Resource
from validator.model.sql import IpConfiguration, Settings

_ELSEWHERE = COMPUTE + "projects/acme/global/networks/other"
_PLAIN = ConnectorRange()


def _in_subnet(name: str = "links", owner: str = "") -> Connector:
    return connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name=name, project_id=owner))


@pytest.mark.parametrize(
    ("subject", "rows", "params"),
    [
        pytest.param(connector(), (), _PLAIN, id="a /28 on an otherwise empty network"),
        pytest.param(connector(), (), ConnectorRange(cidr="10.2.0.0/28"), id="the range that is declared"),
        pytest.param(connector(), (subnet(),), _PLAIN, id="beside a subnet"),
        pytest.param(
            connector(), (subnet(ip_cidr_range="10.2.0.16/28"),), _PLAIN, id="next to a subnet without touching it"
        ),
        pytest.param(
            connector(), (subnet(ip_cidr_range="10.2.0.0/16", network=_ELSEWHERE),), _PLAIN, id="an overlap elsewhere"
        ),
        pytest.param(
            connector(),
            (subnet("aet-uscentral1-staging-sbnt", ip_cidr_range="10.2.0.0/28"),),
            _PLAIN,
            id="the hidden subnet that came with the connector",
        ),
        pytest.param(
            connector(),
            (route("default", dest_range="0.0.0.0/0", next_hop_gateway="default-internet-gateway"),),
            _PLAIN,
            id="the default route",
        ),
        pytest.param(
            connector(),
            (route("own", dest_range="10.2.0.0/28", route_type="SUBNET", next_hop_network=COMPUTE + VPC),),
            _PLAIN,
            id="the subnet route of its own range",
        ),
        pytest.param(
            connector(), (route(network=_ELSEWHERE, dest_range="10.2.0.0/28"),), _PLAIN, id="a route elsewhere"
        ),
        pytest.param(connector(), (route(dest_range="2600::/16"),), _PLAIN, id="an IPv6 route overlaps no IPv4 range"),
        pytest.param(
            connector(),
            (redis(reserved_ip_range="cache-range", connect_mode="PRIVATE_SERVICE_ACCESS"),),
            _PLAIN,
            id="Redis that names an allocated range instead of a CIDR",
        ),
        pytest.param(
            connector(),
            (redis(reserved_ip_range="10.2.0.0/29", authorized_network="projects/acme/global/networks/other"),),
            _PLAIN,
            id="Redis peered to another network",
        ),
        pytest.param(
            _in_subnet(),
            (subnet("links", ip_cidr_range="10.3.0.0/28"),),
            ConnectorRange(cidr="10.3.0.0/28"),
            id="a connector placed in a /28 subnet",
        ),
        pytest.param(connector(ip_cidr_range="172.17.0.0/28"), (), _PLAIN, id="docker's range where no Cloud SQL is"),
        pytest.param(
            connector(ip_cidr_range="172.17.0.0/28"),
            (
                sql(
                    settings=Settings(
                        ip_configuration=IpConfiguration(private_network="projects/acme/global/networks/o")
                    )
                ),
            ),
            _PLAIN,
            id="docker's range where Cloud SQL is on another network",
        ),
        pytest.param(connector(), (), ConnectorRange(forbidden=("10.9.0.0/16",)), id="outside the forbidden ranges"),
    ],
)
def test_passes(subject: Connector, rows: tuple[Resource, ...], params: ConnectorRange) -> None:
    (found,) = verdicts(connector_range, subject, network(), project(), *rows, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    ("subject", "rows", "params", "code", "says"),
    [
        pytest.param(
            connector(ip_cidr_range="10.2.0.0/24"),
            (),
            _PLAIN,
            "CONNECTOR_RANGE_NOT_A_28",
            "10.2.0.0/24",
            id="a /24 is too large",
        ),
        pytest.param(
            connector(ip_cidr_range="10.2.0.0/29"),
            (),
            _PLAIN,
            "CONNECTOR_RANGE_NOT_A_28",
            "/29",
            id="a /29 is too small",
        ),
        pytest.param(
            connector(ip_cidr_range="10.2.0.5/28"),
            (),
            _PLAIN,
            "CONNECTOR_RANGE_INVALID",
            "the block is 10.2.0.0/28",
            id="host bits are set",
        ),
        pytest.param(
            connector(ip_cidr_range="10.2.0/28x"), (), _PLAIN, "CONNECTOR_RANGE_INVALID", "'10.2.0/28x'", id="no range"
        ),
        pytest.param(
            connector(ip_cidr_range="fd00::/28"),
            (),
            _PLAIN,
            "CONNECTOR_RANGE_INVALID",
            "'fd00::/28'",
            id="an IPv6 range",
        ),
        pytest.param(
            connector(),
            (),
            ConnectorRange(cidr="10.8.0.0/28"),
            "CONNECTOR_RANGE_UNEXPECTED",
            "10.8.0.0/28",
            id="undeclared",
        ),
        pytest.param(
            connector(),
            (subnet(ip_cidr_range="10.2.0.0/24"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/24 (subnet of apps)",
            id="within a subnet",
        ),
        pytest.param(
            connector(),
            (subnet(secondary_ip_ranges=(SecondaryRange(range_name="pods", ip_cidr_range="10.2.0.0/20"),)),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/20 (secondary range of apps)",
            id="within a secondary range",
        ),
        pytest.param(
            connector(),
            (subnet("aet-mine", ip_cidr_range="10.2.0.0/24"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "aet-mine",
            id="a subnet called aet- with a range that is not the connector's",
        ),
        pytest.param(
            connector(),
            (route(dest_range="10.2.0.0/28"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/28 (static route of custom)",
            id="a static route to exactly the range",
        ),
        pytest.param(
            connector(),
            (route(dest_range="10.2.0.8/29"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.8/29 (static route of custom)",
            id="a static route inside the range",
        ),
        pytest.param(
            connector(),
            (route(dest_range="10.2.0.0/16", next_hop_vpn_tunnel="", next_hop_peering="partner"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/16 (peering route of custom)",
            id="a route imported from a peer",
        ),
        pytest.param(
            connector(),
            (route(dest_range="10.2.0.0/27", next_hop_vpn_tunnel="", next_hop_network=COMPUTE + VPC),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/27 (subnet route of custom)",
            id="the route of a subnet that is not listed",
        ),
        pytest.param(
            connector(),
            (allocated_range(address="10.2.0.0"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/16 (allocated range of services)",
            id="a range allocated for private services",
        ),
        pytest.param(
            connector(),
            (redis(reserved_ip_range="10.2.0.0/29"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/29 (Redis range of cache)",
            id="the range Redis reserved",
        ),
        pytest.param(
            connector(),
            (redis(reserved_ip_range="10.166.0.0/29", secondary_ip_range="10.2.0.0/28"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/28 (Redis range of cache)",
            id="the range of Redis' read replicas",
        ),
        pytest.param(
            connector(),
            (connector("second", region="us-east1"),),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.2.0.0/28 (connector of second)",
            id="another connector of the network, in whichever region",
        ),
        pytest.param(
            _in_subnet(),
            (
                subnet("links", ip_cidr_range="10.3.0.0/28"),
                connector("second", network="", ip_cidr_range="", subnet=ConnectorSubnet(name="links")),
            ),
            _PLAIN,
            "CONNECTOR_RANGE_OVERLAP",
            "10.3.0.0/28 (connector of second)",
            id="another connector in the same subnet",
        ),
        pytest.param(
            connector(ip_cidr_range="127.0.0.16/28"),
            (),
            _PLAIN,
            "CONNECTOR_RANGE_PROHIBITED",
            "127.0.0.0/8",
            id="a range Google keeps to itself",
        ),
        pytest.param(
            connector(ip_cidr_range="199.36.153.0/28"),
            (),
            ConnectorRange(),
            "CONNECTOR_RANGE_PROHIBITED",
            "199.36.153.4/30",
            id="a range around Google's API addresses",
        ),
        pytest.param(
            connector(),
            (),
            ConnectorRange(forbidden=("10.0.0.0/8",)),
            "CONNECTOR_RANGE_FORBIDDEN",
            "10.0.0.0/8",
            id="a range that is forbidden by declaration",
        ),
        pytest.param(
            _in_subnet("gone"),
            (),
            _PLAIN,
            "RESOURCE_CONFIG_NOT_FOUND",
            "subnetworks/gone",
            id="its subnet does not exist",
        ),
        pytest.param(
            connector(network="gone"), (), _PLAIN, "NETWORK_CONFIG_NOT_FOUND", "networks/gone", id="its network is gone"
        ),
    ],
)
def test_fails(subject: Connector, rows: tuple[Resource, ...], params: ConnectorRange, code: str, says: str) -> None:
    found = verdicts(connector_range, subject, network(), project(), *rows, params=params)
    assert all(isinstance(one, Violation) for one in found)
    first = next(one for one in found if isinstance(one, Violation))
    assert first.code == code
    assert says in first.message
    assert first.evidence[0] == subject.path
    assert first.severity is None
    assert first.fix is not None


def test_an_auto_mode_network_keeps_its_half_of_10() -> None:
    subject = connector(ip_cidr_range="10.130.0.0/28")
    (found,) = verdicts(connector_range, subject, network(auto_create_subnetworks=True), project(), params=_PLAIN)
    assert isinstance(found, Violation)
    assert "10.128.0.0/9 (auto-mode range of vpc)" in found.message
    assert codes(connector_range, subject, network(), project(), params=_PLAIN) == []


@pytest.mark.parametrize(
    ("subject", "rows", "code"),
    [
        pytest.param(
            connector(ip_cidr_range="172.17.4.0/28"),
            (sql(),),
            "CONNECTOR_RANGE_PROHIBITED",
            id="docker's range on a network with Cloud SQL",
        ),
        pytest.param(
            connector(),
            (route(dest_range="10.0.0.0/8"),),
            "CONNECTOR_RANGE_OVERLAP",
            id="a wider static route, which the connector's subnet route wins over",
        ),
    ],
)
def test_warns(subject: Connector, rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(connector_range, subject, network(), project(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == (code, Severity.WARNING)


def test_a_wider_route_says_what_is_lost_behind_it() -> None:
    rows = (network(), project(), route(dest_range="10.0.0.0/8"))
    (found,) = verdicts(connector_range, connector(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.message.endswith("cannot be reached any more.")


@pytest.mark.parametrize(
    ("subject", "rows", "environment"),
    [
        pytest.param(
            _in_subnet(owner="acme-host"), (), Environment(project="acme"), id="a subnet in a project that was not read"
        ),
        pytest.param(
            connector(network="projects/elsewhere/global/networks/vpc"),
            (),
            Environment(project="acme", network_project="acme-host"),
            id="a network that was not read",
        ),
        pytest.param(connector(network=""), (), Environment(project="acme"), id="neither network nor subnet"),
        pytest.param(
            connector(),
            (allocated_range(prefix_length=0),),
            Environment(project="acme"),
            id="an allocated range without a length",
        ),
        pytest.param(
            connector(), (route(dest_range="10.2.0.0"),), Environment(project="acme"), id="a route to what is no range"
        ),
    ],
)
def test_undecided(subject: Connector, rows: tuple[Resource, ...], environment: Environment) -> None:
    (found,) = verdicts(connector_range, subject, network(), project(), *rows, params=_PLAIN, environment=environment)
    assert isinstance(found, Undecided)


def test_everything_that_overlaps_is_named() -> None:
    rows = (subnet(ip_cidr_range="10.2.0.0/24"), redis(reserved_ip_range="10.2.0.0/29"), connector("second"))
    found = verdicts(connector_range, connector(), network(), project(), *rows, params=_PLAIN)
    owners = {one.evidence[-1] for one in found if isinstance(one, Violation)}
    assert owners == {row.path for row in rows}


def test_the_fix_creates_the_connector_anew_on_its_network() -> None:
    rows = (network(), project(), subnet(ip_cidr_range="10.2.0.0/24"))
    (found,) = verdicts(connector_range, connector(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    create, move, delete = found.fix.gcloud
    assert "connectors create staging-2 " in create
    assert "--network=vpc --range=FREE_RANGE/28" in create
    assert "run services update SERVICE --vpc-connector=staging-2 " in move
    assert "connectors delete staging " in delete


def test_one_in_a_subnet_is_replaced_by_one_with_a_range() -> None:
    rows = (network(), project(), subnet("links", ip_cidr_range="10.3.0.0/26"))
    (found,) = verdicts(connector_range, _in_subnet(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "connectors create staging-2 " in found.fix.gcloud[0]
    assert "--network=vpc --range=FREE_RANGE/28" in found.fix.gcloud[0]


@pytest.mark.parametrize("bad", [{"cidr": "10.2.0.0/33"}, {"forbidden": ["office"]}], ids=["no prefix", "no range"])
def test_a_parameter_that_is_no_range_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, ConnectorRange)
