"""Kinds of which the healthy estate has nothing: served and decoded where there is something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.client import Reader, Redirected
from tests.emulator.server import Emulator
from tests.emulator.world import Described, World
from tests.environments.describe import COMPUTE, PROJECT, REGION, compute, named, network_link, regional, worldwide
from tests.environments.network import VPC
from tests.environments.repaired import repaired
from validator.model.addressgroup import AddressGroup
from validator.model.environment import Environment
from validator.model.health import HealthCheck, InstanceGroup
from validator.model.policyroute import PolicyRoute
from validator.model.routerstatus import RouterStatus

OWN, ORG = f"projects/{PROJECT}/locations/global/addressGroups", "organizations/720/locations/global/addressGroups"
ROUTER = f"{regional('routers')}/edge"


def world() -> World:
    match = {"srcAddressGroups": [f"{OWN}/offices", f"{ORG}/partners"], "layer4Configs": []}
    rule = {"action": "allow", "direction": "INGRESS", "priority": 10, "match": match}
    link = {"name": "it", "attachmentTarget": network_link(PROJECT, VPC)}
    tunnel = f"{COMPUTE}{regional('vpnTunnels')}/office"
    vpc = network_link(PROJECT, VPC)
    learned = {"destRange": "192.168.0.0/16", "priority": 100, "nextHopIp": "169.254.0.2", "routeType": "BGP"}
    return repaired().including(
        compute("firewall-policy", worldwide("firewallPolicies"), "web", rules=[rule], associations=[link]),
        named("address-group", OWN, "offices", type="IPV4", items=["198.51.100.0/24"]),
        named("address-group", ORG, "partners", type="IPV6", items=["2001:db8::/32"]),
        compute("router", regional("routers"), "edge", network=vpc, interfaces=[{"linkedVpnTunnel": tunnel}]),
        Described("learned-route", f"{ROUTER}/bestRoutes", {"network": vpc, **learned}),
        named(
            "policy-route",
            f"projects/{PROJECT}/locations/global/policyBasedRoutes",
            "via-appliance",
            network=f"projects/{PROJECT}/global/networks/{VPC}",
            filter={"protocolVersion": "IPV4", "srcRange": "10.1.0.0/24", "ipProtocol": "TCP"},
            priority=200,
            nextHopIlbIp="10.1.0.99",
            virtualMachine={"tags": ["chat-worker"]},
        ),
        compute("health-check", worldwide("healthChecks"), "web", type="HTTPS", httpsHealthCheck={"port": 8443}),
        compute("instance-group", f"projects/{PROJECT}/zones/{REGION}-a/instanceGroups", "web", network=vpc, size=1),
    )


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Emulator(world()) as google, closing(Redirected(google.url)) as http:
        yield Reader(http, Environment(name="staging", project=PROJECT, regions=(REGION,)))


def test_groups_of_the_project_and_of_its_organization_are_read_by_their_full_names(reader: Reader) -> None:
    assert {group.name: (group.type, group.items) for group in reader.table(AddressGroup)} == {
        f"{OWN}/offices": ("IPV4", ("198.51.100.0/24",)),
        f"{ORG}/partners": ("IPV6", ("2001:db8::/32",)),
    }


def test_a_group_that_is_gone_is_not_found() -> None:
    gone = world().without("address-group/partners")
    with Emulator(gone) as google, closing(Redirected(google.url)) as http:
        reader = Reader(http, Environment(name="staging", project=PROJECT, regions=(REGION,)))
        with pytest.raises(HttpError) as refusal:
            reader.table(AddressGroup)
    assert refusal.value.status_code in (403, 404)


def test_policy_routes_are_read_with_their_filter_and_targets(reader: Reader) -> None:
    (route,) = reader.table(PolicyRoute)
    assert (route.filter.src_range, route.priority, route.next_hop_ilb_ip) == ("10.1.0.0/24", 200, "10.1.0.99")
    assert route.virtual_machine is not None
    assert route.virtual_machine.tags == ("chat-worker",)


def test_what_a_router_has_learned_is_read(reader: Reader) -> None:
    (status,) = reader.table(RouterStatus)
    assert (status.name, [route.dest_range for route in status.best_routes]) == ("edge", ["192.168.0.0/16"])


def test_health_checks_and_instance_groups_are_read(reader: Reader) -> None:
    (check,), (group,) = reader.table(HealthCheck), reader.table(InstanceGroup)
    assert check.probe is not None
    assert (check.probe.port, group.size, group.location) == (8443, 1, f"{REGION}-a")
