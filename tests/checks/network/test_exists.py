"""network.exists misses what is declared and not there."""

from __future__ import annotations

import pytest

from checks.network.exists import NetworkExists, network_exists
from tests.builders import COMPUTE, network, project, subnet
from tests.judging import verdicts
from validator.check import Proof, Violation
from validator.model.network import Network
from validator.model.resource import Resource

_PLAIN = NetworkExists()
_ELSEWHERE = COMPUTE + "projects/acme/global/networks/other"


@pytest.mark.parametrize(
    ("subject", "rows", "params"),
    [
        pytest.param(network(), (), _PLAIN, id="a VPC network of which nothing is declared"),
        pytest.param(network(), (subnet(),), NetworkExists(subnets=("apps",)), id="the declared subnet, by name"),
        pytest.param(network(), (subnet(),), NetworkExists(subnets=("us-central1/apps",)), id="by region and name"),
        pytest.param(network(), (subnet(),), NetworkExists(subnets=("app*",)), id="by glob"),
        pytest.param(network(), (subnet(),), NetworkExists(regions=("us-central1",)), id="a subnet in the region"),
        pytest.param(
            network(auto_create_subnetworks=True), (subnet(),), NetworkExists(regions=("us-central1",)), id="auto mode"
        ),
    ],
)
def test_passes(subject: Network, rows: tuple[Resource, ...], params: NetworkExists) -> None:
    (found,) = verdicts(network_exists, subject, project(), *rows, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    ("subject", "rows", "params", "code", "says"),
    [
        pytest.param(
            network(ipv4_range="10.240.0.0/16"), (), _PLAIN, "NETWORK_LEGACY", "legacy network", id="a legacy network"
        ),
        pytest.param(
            network(),
            (subnet(),),
            NetworkExists(subnets=("db",)),
            "RESOURCE_CONFIG_NOT_FOUND",
            "no subnet db",
            id="a declared subnet is missing",
        ),
        pytest.param(
            network(),
            (subnet(network=_ELSEWHERE),),
            NetworkExists(subnets=("apps",)),
            "RESOURCE_CONFIG_NOT_FOUND",
            "no subnet apps",
            id="the declared subnet is on another network",
        ),
        pytest.param(
            network(),
            (subnet(),),
            NetworkExists(subnets=("us-east1/apps",)),
            "RESOURCE_CONFIG_NOT_FOUND",
            "us-east1/apps",
            id="the declared subnet is in another region",
        ),
        pytest.param(
            network(),
            (subnet(),),
            NetworkExists(regions=("us-central1", "europe-west1")),
            "RESOURCE_CONFIG_NOT_FOUND",
            "europe-west1",
            id="no subnet in a declared region",
        ),
        pytest.param(
            network(),
            (subnet(purpose="REGIONAL_MANAGED_PROXY"),),
            NetworkExists(regions=("us-central1",)),
            "RESOURCE_CONFIG_NOT_FOUND",
            "no subnet for workloads",
            id="only a proxies' subnet in a declared region",
        ),
    ],
)
def test_fails(subject: Network, rows: tuple[Resource, ...], params: NetworkExists, code: str, says: str) -> None:
    (found,) = verdicts(network_exists, subject, project(), *rows, params=params)
    assert isinstance(found, Violation)
    assert found.code == code
    assert says in found.message
    assert found.evidence[0] == subject.path
    assert found.fix is not None


def test_the_fix_creates_the_subnet_where_it_is_declared() -> None:
    (found,) = verdicts(network_exists, network(), project(), params=NetworkExists(subnets=("us-east1/apps",)))
    assert isinstance(found, Violation)
    assert found.fix is not None
    (line,) = found.fix.gcloud
    assert "subnets create apps --network=vpc --region=us-east1" in line
