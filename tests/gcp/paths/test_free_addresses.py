"""Direct VPC egress takes addresses from its subnet, 16 at a time: a full subnet lets no new instance in."""

from __future__ import annotations

import pytest

from tests.builders import subnet
from tests.gcp.paths.worlds import codes, direct, healthy, trace
from validator.model.network import RangeUtilization, Subnetwork, Utilization


def with_free(free: str, name: str = "") -> Subnetwork:
    """The subnet with so many free addresses in the range of this name."""
    told = RangeUtilization(range_name=name, total_allocated_ip="0", total_free_ip=free)
    return subnet(private_ip_google_access=True, utilization_details=Utilization(ipv4_utilizations=(told,)))


@pytest.mark.parametrize(
    ("place", "ends"),
    [
        (with_free("16"), [("DELIVER", "REDIS_INSTANCE")]),
        (with_free("15"), [("ABORT", "NO_SERVERLESS_IP_RANGES")]),
        (with_free("0"), [("ABORT", "NO_SERVERLESS_IP_RANGES")]),
        (with_free("0", name="pods"), [("DELIVER", "REDIS_INSTANCE")]),
        (with_free(""), [("DELIVER", "REDIS_INSTANCE")]),
        (subnet(), [("DELIVER", "REDIS_INSTANCE")]),
    ],
    ids=["a block is free", "one address too few", "full", "another range is full", "not told", "not asked"],
)
def test_a_path_of_an_interface_needs_a_free_block(place: Subnetwork, ends: list[tuple[str, str]]) -> None:
    assert codes(trace("run/backend", "redis/cache", *healthy(direct(), place))) == ends


def test_the_subnet_and_what_is_free_are_told() -> None:
    (one,) = trace("run/backend", "redis/cache", *healthy(direct(), with_free("3"))).traces
    assert "Subnet apps (10.1.0.0/24) has 3 free addresses" in one.message
    assert "totalFreeIp=3" in one.evidence
