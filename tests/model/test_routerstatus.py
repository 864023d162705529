"""What routers have learned, and which of them are asked."""

from __future__ import annotations

import pytest

from tests.builders import router
from validator.collect.decode import decode
from validator.collect.errors import MalformedAnswer
from validator.model.network import BgpPeer, Router, RouterInterface
from validator.model.resource import target
from validator.model.routerstatus import RouterStatus
from validator.model.table import Table

(READ,) = RouterStatus.KIND.reads
CALL = target("acme", "us-central1", project="acme", region="us-central1", router="edge")
NETWORK = "https://www.googleapis.com/compute/v1/projects/acme/global/networks/vpc"


def test_the_status_comes_out_of_its_envelope_under_its_routers_name() -> None:
    learned = {"destRange": "192.168.0.0/16", "nextHopIp": "169.254.0.2", "priority": 100, "routeType": "BGP"}
    raw = {"kind": "compute#routerStatusResponse", "result": {"network": NETWORK, "bestRoutes": [learned]}}
    (status,) = decode(RouterStatus, READ, CALL, "", raw)
    assert isinstance(status, RouterStatus)
    assert (status.name, status.location, status.network) == ("edge", "us-central1", NETWORK)
    assert [(route.dest_range, route.next_hop_ip, route.priority) for route in status.best_routes] == [
        ("192.168.0.0/16", "169.254.0.2", 100)
    ]
    assert status.path == "projects/acme/regions/us-central1/routers/edge/getRouterStatus"


def test_an_answer_without_a_status_is_refused() -> None:
    with pytest.raises(MalformedAnswer, match="network"):
        decode(RouterStatus, READ, CALL, "", {"kind": "compute#routerStatusResponse"})


@pytest.mark.parametrize(
    ("one", "asked"),
    [
        pytest.param(router(), False, id="a router that only carries NAT"),
        pytest.param(router(bgp_peers=(BgpPeer(name="a"),)), True, id="one with a BGP peer"),
        pytest.param(router(interfaces=(RouterInterface(linked_vpn_tunnel="t"),)), True, id="one wired to a tunnel"),
        pytest.param(
            router(interfaces=(RouterInterface(linked_interconnect_attachment="a"),)), True, id="one on an attachment"
        ),
        pytest.param(router(interfaces=(RouterInterface(name="i"),)), False, id="one with an idle interface"),
    ],
)
def test_only_routers_that_may_have_learned_something_are_asked(one: Router, asked: bool) -> None:  # noqa: FBT001 - a table's column
    calls = list(READ.targets(routers=Table([one])))
    wanted = [target("acme", "us-central1", project="acme", region="us-central1", router="router")]
    assert calls == (wanted if asked else [])
