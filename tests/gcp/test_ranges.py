"""Which ranges of a network are in use, and by whom."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import COMPUTE, VPC, allocated_range, connector, network, project, redis, route, subnet
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.ranges import Claim, Populated, Ranges, ipv4
from validator.model.connector import ConnectorSubnet
from validator.model.network import SecondaryRange
from validator.model.resource import Resource
from validator.model.table import Table


def _claims(*rows: Resource, on: str = VPC) -> tuple[Claim, ...]:
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    ranges: Ranges = supply.value(Ranges)
    return ranges.on(on)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param((subnet(),), [("subnet", "10.1.0.0/24")], id="a subnet"),
        pytest.param(
            (subnet(secondary_ip_ranges=(SecondaryRange(range_name="pods", ip_cidr_range="10.9.0.0/16"),)),),
            [("subnet", "10.1.0.0/24"), ("secondary range", "10.9.0.0/16")],
            id="a subnet with a secondary range",
        ),
        pytest.param((subnet(ip_cidr_range=""),), [], id="a subnet of IPv6 only"),
        pytest.param((connector(),), [("connector", "10.2.0.0/28")], id="a connector"),
        pytest.param(
            (connector(), subnet("aet-x", ip_cidr_range="10.2.0.0/28")),
            [("connector", "10.2.0.0/28")],
            id="a connector stands for its hidden subnet",
        ),
        pytest.param(
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps")), subnet()),
            [("connector", "10.1.0.0/24")],
            id="a connector stands for the subnet it is in",
        ),
        pytest.param((route(),), [("static route", "192.168.0.0/16")], id="a static route"),
        pytest.param((route(dest_range="0.0.0.0/0"),), [], id="a default route claims nothing"),
        pytest.param((route(dest_range="::/0"),), [], id="an IPv6 default route"),
        pytest.param(
            (subnet(), route(dest_range="10.1.0.0/24", next_hop_network=COMPUTE + VPC)),
            [("subnet", "10.1.0.0/24")],
            id="a subnet's own route",
        ),
        pytest.param(
            (subnet(), route(dest_range="10.1.0.0/24", next_hop_peering="partner")),
            [("subnet", "10.1.0.0/24"), ("peering route", "10.1.0.0/24")],
            id="a peer's route to the range of a subnet",
        ),
        pytest.param((allocated_range(),), [("allocated range", "10.20.0.0/16")], id="an allocated range"),
        pytest.param(
            (allocated_range("apis", purpose="PRIVATE_SERVICE_CONNECT", address="10.77.0.1", prefix_length=0),),
            [("address", "10.77.0.1/32")],
            id="an endpoint for Google APIs",
        ),
        pytest.param((allocated_range(network="", purpose="GCE_ENDPOINT"),), [], id="an address within a subnet"),
        pytest.param((redis(),), [("Redis range", "10.166.204.80/29")], id="a Redis instance on direct peering"),
        pytest.param((redis(connect_mode="PRIVATE_SERVICE_ACCESS"),), [], id="Redis on private services access"),
        pytest.param((redis(reserved_ip_range="named"),), [], id="Redis that names a range"),
        pytest.param(
            (network(auto_create_subnetworks=True),), [("auto-mode range", "10.128.0.0/9")], id="an auto-mode network"
        ),
    ],
)
def test_what_claims_a_range(rows: tuple[Resource, ...], expected: list[tuple[str, str]]) -> None:
    assert [(claim.use, claim.text) for claim in _claims(*rows)] == expected


def test_claims_are_each_networks_own() -> None:
    rows = (subnet(), subnet("far", network=COMPUTE + VPC.replace("vpc", "other")))
    assert [claim.owner.rsplit("/", 1)[-1] for claim in _claims(*rows, on=VPC.replace("vpc", "other"))] == ["far"]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(allocated_range(prefix_length=0), id="an allocated range without length"),
        pytest.param(subnet(ip_cidr_range="10.1.0.0"), id="a subnet without prefix"),
    ],
)
def test_a_claim_that_cannot_be_read_is_kept_without_block(row: Resource) -> None:
    (claim,) = _claims(row)
    assert claim.block is None


@pytest.mark.parametrize("text", ["", "10.0.0.0", "10.0.0.0/33", "fd00::/8", "x/8"])
def test_what_is_no_ipv4_range_is_none(text: str) -> None:
    assert ipv4(text) is None


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_every_ipv4_range_is_read_as_its_block(number: int, length: int) -> None:
    address = ipaddress.IPv4Address(number)
    block = ipv4(f"{address}/{length}")
    assert block is not None
    assert block.prefixlen == length
    assert address in block


def _around(address: str, *rows: Resource) -> str:
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    populated: Populated = supply.value(Populated)
    claim = populated.around(ipaddress.ip_address(address))
    return claim.use if claim else ""


@pytest.mark.parametrize(
    ("address", "rows", "use"),
    [
        pytest.param("10.1.0.9", (subnet(),), "subnet", id="a subnet"),
        pytest.param("10.1.0.9", (subnet(network=COMPUTE + "projects/x/global/networks/y"),), "subnet", id="anywhere"),
        pytest.param("10.20.0.9", (allocated_range(),), "allocated range", id="an allocated range"),
        pytest.param("10.20.0.9", (allocated_range(address_type="EXTERNAL", purpose=""),), "", id="a reserved address"),
        pytest.param(
            "10.3.0.9", (allocated_range(address="10.3.0.9", purpose="PRIVATE_SERVICE_CONNECT"),), "", id="PSC"
        ),
        pytest.param("10.166.204.84", (redis(),), "Redis range", id="Redis by direct peering"),
        pytest.param(
            "10.166.204.84",
            (redis(), subnet(ip_cidr_range="10.166.204.0/24")),
            "Redis range",
            id="Redis before a subnet of another network",
        ),
        pytest.param(
            "10.1.0.9",
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps")), subnet()),
            "",
            id="a connector's own subnet",
        ),
        pytest.param("2001:db8::1", (subnet(), allocated_range()), "", id="an IPv6 address"),
    ],
)
def test_what_else_may_answer_at_an_address(address: str, rows: tuple[Resource, ...], use: str) -> None:
    assert _around(address, *rows) == use
