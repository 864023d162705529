"""A service project on a Shared VPC: connector, interface and Redis on the host project's network."""

from __future__ import annotations

from tests.builders import (
    COMPUTE,
    connector,
    firewalls,
    network,
    redis,
    region_firewalls,
    route,
    rule,
    service,
    subnet,
    tcp,
    template,
)
from tests.gcp.paths.worlds import TENANT, codes, paths
from tests.judging import NOW
from validator.engine.needs import Supply
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Reach
from validator.model.connector import ConnectorSubnet
from validator.model.environment import Environment
from validator.model.firewall import FirewallRule, Ports
from validator.model.network import Peering, Subnetwork
from validator.model.project import HostProject
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Service, VpcAccess
from validator.model.table import Table

SHARED = "projects/host/global/networks/shared"
SUBNETS = "projects/host/regions/us-central1/subnetworks"
CONTROL = (*tcp("667"), Ports(protocol="udp", ports=("665-666",)), Ports(protocol="icmp"))


def plumbing() -> tuple[FirewallRule, ...]:
    tag, serverless = ("vpc-connector",), ("35.199.224.0/19",)
    probes = ("35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22")
    return (
        rule("in", direction="INGRESS", allowed=CONTROL, source_ranges=serverless, target_tags=tag),
        rule("probes", direction="INGRESS", allowed=tcp("667"), source_ranges=probes, target_tags=tag),
        rule("out", allowed=CONTROL, destination_ranges=serverless, target_tags=tag),
    )


def world(*rules: FirewallRule) -> tuple[Resource, ...]:
    peering = Peering(
        name="servicenetworking-googleapis-com", network=TENANT, state="ACTIVE", exchange_subnet_routes=True
    )
    placed = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="serverless", project_id="host"))
    imported = route(
        "peering-route",
        project="host",
        self_link=f"{COMPUTE}projects/host/global/routes/peering-route",
        network=COMPUTE + SHARED,
        dest_range="10.20.0.0/24",
        priority=0,
        next_hop_vpn_tunnel="",
        next_hop_peering=peering.name,
    )
    return (
        network("shared", project="host", self_link=COMPUTE + SHARED, peerings=(peering,)),
        host_subnet("serverless", "10.7.0.0/28"),
        host_subnet("run", "10.8.0.0/24"),
        placed,
        service(),
        redis(authorized_network=SHARED, connect_mode="PRIVATE_SERVICE_ACCESS", host="10.20.0.4"),
        imported,
        firewalls(*rules, network=SHARED, project="host"),
        region_firewalls(network=SHARED, project="host"),
        HostProject(name="host", project="acme"),
    )


def host_subnet(name: str, cidr: str) -> Subnetwork:
    link = f"{COMPUTE}{SUBNETS}/{name}"
    return subnet(name, project="host", self_link=link, network=COMPUTE + SHARED, ip_cidr_range=cidr)


def asked(*rows: Resource) -> Reach:
    environment = Environment(name="staging", project="acme", regions=("us-central1",), network_project="host")
    supply = Supply(environment, NOW, lambda kind: Table(row for row in rows if isinstance(row, kind)))
    found: Paths = supply.value(Paths)
    return found.trace("run/backend", "redis/cache")


def interface() -> Service:
    access = VpcAccess(network_interfaces=(NetworkInterface(network=SHARED, subnetwork=f"{SUBNETS}/run"),))
    return service(template=template(vpc_access=access))


def test_a_connector_in_the_hosts_subnet_gets_to_redis_with_explicit_rules() -> None:
    assert codes(asked(*world(*plumbing()))) == [("DELIVER", "REDIS_INSTANCE")]


def test_without_explicit_rules_the_connector_does_not_work() -> None:
    assert codes(asked(*world())) == [("DROP", "VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED")]


def test_an_interface_needs_no_such_rules() -> None:
    rows = [row for row in world() if not isinstance(row, Service)]

    assert codes(asked(*rows, interface())) == [("DELIVER", "REDIS_INSTANCE")]


def test_a_network_that_was_not_read_leaves_the_path_undecided() -> None:
    rows = [row for row in world(*plumbing()) if "shared" not in row.path]

    assert codes(asked(*rows)) == [("ABORT", "FIREWALL_CONFIG_NOT_FOUND")]
    assert codes(paths().trace("run/backend", "redis/cache")) == [("DROP", "RESOURCE_CONFIG_NOT_FOUND")]
