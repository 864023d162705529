"""One fault planted in a healthy environment gives exactly its own code, at the hop where it bites."""

from __future__ import annotations

import msgspec
import pytest

from tests.builders import (
    COMPUTE,
    PROJECT,
    VPC,
    connector,
    firewalls,
    learned_route,
    network,
    policy_route,
    redis,
    redis_cluster,
    route,
    router,
    router_status,
    rule,
    service,
    services_peering,
    sql,
    subnet,
    tcp,
    template,
    vm,
    vm_interface,
)
from tests.gcp.paths.worlds import (
    APPS,
    OTHER,
    TENANT,
    all_traffic,
    codes,
    default_route,
    direct,
    dual_stack,
    endpoint_rule,
    healthy,
    imported,
    other_network,
    private_zone,
    psc_sql,
    public_sql,
    record,
    redis_peering,
    redis_route,
    shards,
    trace,
)
from validator.headerspace.axes import services
from validator.headerspace.intervals import Intervals
from validator.model.connector import ConnectorSubnet
from validator.model.instance import AliasRange
from validator.model.network import Nat, NatSubnetwork, Route, Router, SecondaryRange
from validator.model.resource import Resource
from validator.model.run import Condition, Revision, Traffic, VpcAccess
from validator.model.sql import IpConfiguration, Settings

RUN, REDIS, SQL = "run/backend", "redis/cache", "sql/db"
PSA = {"host": "10.20.0.4", "connect_mode": "PRIVATE_SERVICE_ACCESS", "reserved_ip_range": "services"}
PUPI = "34.10.0.0/24"
FIRST, AT_CONNECTOR = "START_FROM_CLOUD_RUN_REVISION", "ARRIVE_AT_VPC_CONNECTOR"
EGRESS, ROUTE = "APPLY_EGRESS_FIREWALL_RULE", "APPLY_ROUTE"
INGRESS = "APPLY_INGRESS_FIREWALL_RULE"
DIRECT, PAST = "DIRECT_VPC_EGRESS_CONNECTION", "SERVERLESS_EXTERNAL_CONNECTION"
UDP, ESP = services(17, [(6379, 6379)]), services(50)


def port(number: int) -> Intervals:
    return services(6, [(number, number)])


def older(state: str) -> tuple[Resource, ...]:
    """The service, all of whose traffic goes to an older revision."""
    row = service(traffic_statuses=(Traffic(revision="backend-00001-xyz", percent=100),))
    path = f"{row.path}/revisions/backend-00001-xyz"
    conditions = (Condition(type="Ready", state=state, message="the image is gone"),)
    access = row.template.vpc_access
    return (row, Revision(name=path, project=PROJECT, location=row.location, conditions=conditions, vpc_access=access))


def pupi(*, exports: bool) -> tuple[Resource, ...]:
    """A connector in a subnet of privately used public addresses."""
    peering = redis_peering(export_subnet_routes_with_public_ip=exports)
    psa = services_peering(network=TENANT, export_subnet_routes_with_public_ip=exports)
    placed = connector(subnet=ConnectorSubnet(name="pupi"), network="", ip_cidr_range="")
    return (network(peerings=(peering, psa)), subnet("pupi", ip_cidr_range=PUPI), placed)


def static(name: str, dest: str, next_hop: str, target: str, **changes: object) -> Route:
    fields: dict[str, object] = {"dest_range": dest, "next_hop_vpn_tunnel": "", next_hop: target}
    return route(name, **(fields | changes))


def nat(**changes: object) -> Router:
    fields: dict[str, object] = {"name": "nat", "source_subnetwork_ip_ranges_to_nat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
    return router(nats=(Nat(**(fields | changes)),))  # type: ignore[arg-type]


PARTNER = redis_peering(name="partner", network=f"{COMPUTE}projects/partner/global/networks/theirs")
ALIAS = (AliasRange(ip_cidr_range="10.4.0.7/32", subnetwork_range_name="pods"),)


def listed(*ways: str) -> Router:
    """A NAT that lists the subnet `apps` with these ranges of it."""
    row = NatSubnetwork(name=APPS, source_ip_ranges_to_nat=ways)
    return nat(source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS", subnetworks=(row,))


class Case(msgspec.Struct, frozen=True):
    """A sentence, what becomes of every packet, and the last hop of it ("" where there is none)."""

    sentence: str
    end: str
    code: str
    hop: str
    ends: tuple[str, str]
    rows: tuple[Resource, ...]
    asked: Intervals | None


CASES: list[Case] = []


def fault(
    sentence: str,
    ending: str,
    hop: str,
    *rows: Resource,
    ends: tuple[str, str] = (RUN, REDIS),
    asked: Intervals | None = None,
) -> None:
    end, code = ending.split()
    CASES.append(Case(sentence, end, code, hop, ends, rows, asked))


TUNNEL = f"{COMPUTE}projects/{PROJECT}/regions/us-central1/vpnTunnels/office"
NVA = f"{COMPUTE}projects/{PROJECT}/zones/us-central1-a/instances/nva"
DENY = rule("deny", denied=tcp("6379"), priority=900)

# The source.
fault("no revision has become ready", "DROP CLOUD_RUN_REVISION_NOT_READY", FIRST, service(latest_ready_revision=""))
fault("the revision that serves is not ready", "DROP CLOUD_RUN_REVISION_NOT_READY", FIRST, *older("CONDITION_FAILED"))
fault(
    "the service has no VPC access",
    "DROP VPC_CONNECTOR_NOT_SET",
    FIRST,
    service(template=template(vpc_access=None)),
)
fault(
    "the service names a connector that does not exist",
    "DROP RESOURCE_CONFIG_NOT_FOUND",
    FIRST,
    service(template=template(vpc_access=VpcAccess(connector="gone"))),
)
fault(
    "the connector is of a project that was not read",
    "ABORT RESOURCE_CONFIG_NOT_FOUND",
    FIRST,
    service(template=template(vpc_access=VpcAccess(connector="projects/x/locations/us-central1/connectors/c"))),
)
fault("the connector is in state ERROR", "DROP VPC_CONNECTOR_NOT_RUNNING", AT_CONNECTOR, connector(state="ERROR"))
fault("the connector is being created", "DROP VPC_CONNECTOR_NOT_RUNNING", AT_CONNECTOR, connector(state="CREATING"))
fault(
    "the connector is in another region",
    "DROP VPC_CONNECTOR_REGION_MISMATCH",
    AT_CONNECTOR,
    connector("far", "us-east1"),
    service(template=template(vpc_access=VpcAccess(connector=connector("far", "us-east1").name))),
)
fault(
    "the subnet of the connector is gone",
    "DROP RESOURCE_CONFIG_NOT_FOUND",
    AT_CONNECTOR,
    connector(subnet=ConnectorSubnet(name="gone"), network="", ip_cidr_range=""),
)
fault(
    "requests to the connector are denied",
    "DROP VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED",
    AT_CONNECTOR,
    firewalls(rule("d", direction="INGRESS", denied=tcp("667"), priority=99, source_ranges=("35.199.224.0/19",))),
)
fault(
    "answers of the connector are denied",
    "DROP VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED",
    AT_CONNECTOR,
    firewalls(rule("d", denied=tcp("667"), priority=99, destination_ranges=("35.199.224.0/19",))),
)
fault(
    "health checks of the connector are denied at the priority of Google's own rule",
    "DROP VPC_CONNECTOR_HEALTH_CHECK_TRAFFIC_BLOCKED",
    AT_CONNECTOR,
    firewalls(rule("d", direction="INGRESS", denied=tcp("667"), priority=100, source_ranges=("130.211.0.0/22",))),
)
fault(
    "the subnet of the interface is smaller than /26",
    "DROP NO_SERVERLESS_IP_RANGES",
    DIRECT,
    direct(),
    subnet(ip_cidr_range="10.1.0.0/27"),
)
fault(
    "the subnet of the interface does not exist",
    "DROP RESOURCE_CONFIG_NOT_FOUND",
    DIRECT,
    direct(subnetwork="gone"),
)
fault(
    "the VM is stopped",
    "DROP INSTANCE_NOT_RUNNING",
    "START_FROM_INSTANCE",
    vm(status="TERMINATED"),
    ends=("vm/worker", REDIS),
)
fault("Redis is no source", "ABORT SOURCE_REDIS_INSTANCE_UNSUPPORTED", "", ends=(REDIS, "internet"))
fault(
    "a cluster is no source", "ABORT SOURCE_REDIS_CLUSTER_UNSUPPORTED", "", shards(), ends=("redis-cluster/shards", SQL)
)
fault("a private Cloud SQL is no source", "ABORT UNSUPPORTED", "", sql(), ends=(SQL, REDIS))
fault("a PSC Cloud SQL is no source", "ABORT SOURCE_PSC_CLOUD_SQL_UNSUPPORTED", "", psc_sql(), ends=(SQL, REDIS))
fault(
    "a public Cloud SQL is no source",
    "ABORT SOURCE_EXTERNAL_CLOUD_SQL_UNSUPPORTED",
    "",
    *public_sql(),
    ends=(SQL, REDIS),
)
fault("a source that does not exist", "DROP RESOURCE_CONFIG_NOT_FOUND", "", ends=("run/web", REDIS))
fault(
    "a destination that does not exist",
    "DROP RESOURCE_CONFIG_NOT_FOUND",
    "",
    ends=("connector/staging", "redis/web"),
)
fault(
    "a range that no subnet has",
    "ABORT SOURCE_IP_ADDRESS_NOT_IN_SOURCE_NETWORK",
    "START_FROM_PRIVATE_NETWORK",
    ends=("cidr:192.168.7.0/24", REDIS),
)

# The firewall.
fault("egress to Redis is denied", "DROP FIREWALL_RULE", EGRESS, firewalls(DENY))
fault("ingress to the VM is denied", "DROP FIREWALL_RULE", INGRESS, vm(), direct(), ends=(RUN, "vm/worker"))
fault(
    "an ingress rule selects Direct VPC egress by tag",
    "ABORT INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS",
    INGRESS,
    vm(),
    direct("app"),
    firewalls(rule("by-tag", direction="INGRESS", source_tags=("app",), allowed=tcp())),
    ends=(RUN, "vm/worker"),
)
fault(
    "mail to the internet is always blocked",
    "DROP TRAFFIC_TYPE_BLOCKED",
    EGRESS,
    all_traffic(),
    ends=(RUN, "host:api.openai.com:25"),
)

# Routes.
fault(
    "Redis is peered with another network",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    redis(authorized_network=OTHER),
)
fault(
    "Redis is on `default`, since nobody said otherwise",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    redis(authorized_network=""),
)
fault(
    "the peering with Redis is inactive",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    network(peerings=(redis_peering(state="INACTIVE", state_details="Peer deleted."),)),
)
fault(
    "the network has no peering that could be Redis's",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    network(peerings=(services_peering(network=TENANT),)),
)
fault(
    "the network has no private services access for Cloud SQL",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    network(peerings=(redis_peering(),)),
    sql(),
    ends=(RUN, SQL),
)
fault(
    "the route to Redis names a peering that is gone",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    ROUTE,
    redis_route(next_hop_peering="gone"),
)
fault(
    "the route to Redis names the peering of other services",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    redis_route(next_hop_peering="servicenetworking-googleapis-com"),
)
fault(
    "the imported route covers something else, and the default route takes Redis",
    "DROP PRIVATE_TRAFFIC_TO_INTERNET",
    ROUTE,
    redis_route(dest_range="10.166.204.96/29"),
)
fault(
    "the imported route to a privately used public address is missing",
    "DROP PRIVATE_TRAFFIC_TO_INTERNET",
    ROUTE,
    redis(host="34.9.9.9"),
    all_traffic(),
)
fault(
    "there is no route at all",
    "DROP NO_ROUTE",
    ROUTE,
    redis_route(dest_range="10.166.204.96/29"),
    default_route(dest_range="8.0.0.0/8"),
)
fault(
    "a wider static route takes Redis to a tunnel",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    redis_route(dest_range="10.166.204.96/29"),
    static("hijack", "10.128.0.0/9", "next_hop_vpn_tunnel", TUNNEL),
)
fault(
    "a learned route takes Redis to a tunnel",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    redis_route(dest_range="10.166.204.96/29"),
    router_status(learned_route("10.0.0.0/8")),
)
fault(
    "the peering that the route names leads to one of our own networks",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    network(peerings=(redis_peering(), redis_peering(name="to-other", network=COMPUTE + OTHER))),
    redis_route(next_hop_peering="to-other"),
    network("other"),
)
fault(
    "a subnet hides Redis",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    subnet("hides", ip_cidr_range="10.166.204.80/28"),
    redis_route(dest_range="10.166.204.96/29"),
)
fault(
    "a static route inside the imported one may win",
    "ABORT UNSUPPORTED",
    f"{EGRESS}",
    static("inside", "10.166.204.83/32", "next_hop_vpn_tunnel", TUNNEL),
)
fault(
    "a policy-based route takes Redis to an appliance",
    "ABORT UNSUPPORTED",
    ROUTE,
    policy_route(filter=policy_route().filter.__class__()),
)
fault(
    "the next hop is a stopped VM",
    "DROP ROUTE_BLACKHOLE",
    ROUTE,
    static("nva", "10.50.0.0/16", "next_hop_instance", NVA),
    vm("nva", status="TERMINATED", can_ip_forward=True),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault(
    "the next hop is a VM that is not there",
    "DROP ROUTE_BLACKHOLE",
    ROUTE,
    static("nva", "10.50.0.0/16", "next_hop_instance", NVA),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault(
    "the next hop is a VM that must not forward",
    "DROP FOREIGN_IP_DISALLOWED",
    ROUTE,
    static("nva", "10.50.0.0/16", "next_hop_instance", NVA),
    vm("nva"),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault(
    "the next hop is the address of a VM that must not forward",
    "DROP FOREIGN_IP_DISALLOWED",
    ROUTE,
    static("nva", "10.50.0.0/16", "next_hop_ip", "10.1.0.5"),
    vm("nva"),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault(
    "the next hop is an appliance",
    "ABORT UNSUPPORTED",
    ROUTE,
    static("nva", "10.50.0.0/16", "next_hop_instance", NVA),
    vm("nva", can_ip_forward=True),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault(
    "the next hop is a load balancer",
    "ABORT UNSUPPORTED",
    ROUTE,
    static("ilb", "10.50.0.0/16", "next_hop_ilb", "10.1.0.99"),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault("the office is behind a tunnel", "FORWARD VPN_GATEWAY", ROUTE, route("office"), ends=(RUN, "cidr:192.168.1.0/24"))
fault(
    "the office is behind an interconnect",
    "FORWARD INTERCONNECT",
    ROUTE,
    router_status(learned_route(next_hop_vpn_tunnel="", next_hop_interconnect_attachment="a")),
    ends=(RUN, "cidr:192.168.1.0/24"),
)
fault(
    "the range is a hub's",
    "FORWARD NCC_HUB",
    ROUTE,
    static("hub", "10.50.0.0/16", "next_hop_hub", "hubs/main"),
    ends=(RUN, "cidr:10.50.0.0/24"),
)
fault("the range is in a network that was not read", "FORWARD PEERING_VPC", ROUTE, ends=(RUN, "cidr:10.20.0.128/25"))
fault(
    "the peer has a custom route for the range",
    "FORWARD IMPORTED_CUSTOM_ROUTE_NEXT_HOP",
    ROUTE,
    *other_network(),
    imported("custom", "10.60.0.0/16", "to-other", priority=1000),
    ends=(RUN, "cidr:10.60.0.0/24"),
)
fault(
    "the peering of a subnet is inactive",
    "DROP ROUTE_BLACKHOLE",
    ROUTE,
    network(peerings=(redis_peering(name="servicenetworking-googleapis-com", state="INACTIVE"),)),
    ends=(RUN, "cidr:10.20.0.128/25"),
)
fault(
    "the VM is in another network with the same range",
    "DROP ROUTE_WRONG_NETWORK",
    ROUTE,
    network("other"),
    subnet("there", network=COMPUTE + OTHER),
    vm("far", network_interfaces=(vm_interface(network=COMPUTE + OTHER),)),
    ends=(RUN, "vm/far"),
)
fault("the peer network denies it", "DROP FIREWALL_RULE", INGRESS, *other_network(DENY), ends=(RUN, "vm/far"))
fault(
    "a source tag of the peer network's rule means VMs of that network only",
    "DROP FIREWALL_RULE",
    INGRESS,
    *other_network(rule("by-tag", direction="INGRESS", source_tags=("web",), allowed=tcp())),
    vm("near", "web"),
    ends=("vm/near", "vm/far"),
)
fault(
    "the VM that is meant is stopped",
    "DROP INSTANCE_NOT_RUNNING",
    INGRESS,
    vm(status="STOPPED"),
    ends=(RUN, "vm/worker"),
)

# Redis.
fault("Redis is being created", "DROP REDIS_INSTANCE_NOT_RUNNING", ROUTE, redis(state="CREATING"))
fault("Redis is asked on another port", "DROP REDIS_INSTANCE_UNSUPPORTED_PORT", ROUTE, asked=port(6380))
fault(
    "Redis with TLS is asked without",
    "DROP REDIS_INSTANCE_UNSUPPORTED_PORT",
    ROUTE,
    redis(port=6378, transit_encryption_mode="SERVER_AUTHENTICATION"),
    asked=port(6379),
)
fault("Redis is asked by UDP", "DROP REDIS_INSTANCE_UNSUPPORTED_PROTOCOL", ROUTE, asked=UDP)
fault("Redis has no address yet", "DROP RESOURCE_CONFIG_NOT_FOUND", "", redis(host="", state="CREATING"))
fault(
    "Redis on private services access is called from a privately used public address",
    "DROP REDIS_INSTANCE_CONNECTING_FROM_PUPI_ADDRESS",
    ROUTE,
    *pupi(exports=True),
    redis(**PSA),
)
fault(
    "Redis has no route back to a privately used public address",
    "DROP REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK",
    ROUTE,
    *pupi(exports=False),
)
fault(
    "Redis is asked from the internet",
    "DROP REDIS_INSTANCE_NO_EXTERNAL_IP",
    "START_FROM_INTERNET",
    ends=("internet", REDIS),
)

fault(
    "Redis is being updated, and may answer or not",
    "ABORT REDIS_INSTANCE_NOT_RUNNING",
    ROUTE,
    redis(state="UPDATING"),
)
fault("Redis is in a state that is not known here", "ABORT REDIS_INSTANCE_NOT_RUNNING", ROUTE, redis(state="THAWING"))
fault("the port of Redis is not told", "ABORT REDIS_INSTANCE_UNSUPPORTED_PORT", ROUTE, redis(port=0))
fault("the port of Redis is none", "ABORT REDIS_INSTANCE_UNSUPPORTED_PORT", ROUTE, redis(port=70000))
fault(
    "the network of a VM is not told",
    "ABORT NETWORK_CONFIG_NOT_FOUND",
    "START_FROM_INSTANCE",
    vm(network_interfaces=(vm_interface(network="", subnetwork=""),)),
    ends=("vm/worker", REDIS),
)
fault(
    "the network of a subnet is not told",
    "ABORT NETWORK_CONFIG_NOT_FOUND",
    "START_FROM_PRIVATE_NETWORK",
    subnet(network=""),
    ends=("subnet/apps", REDIS),
)
fault(
    "the route to Redis was dropped",
    "DROP PRIVATE_TRAFFIC_TO_INTERNET",
    ROUTE,
    redis_route(route_status="DROPPED"),
)
fault(
    "the peering of Redis is inactive, and somebody else's leads to its address",
    "ABORT UNSUPPORTED",
    ROUTE,
    network(peerings=(redis_peering(state="INACTIVE"), PARTNER)),
    redis_route(dest_range="10.9.0.0/29"),
    imported("partner-route", "10.166.0.0/16", "partner"),
)

# Redis clusters.
CLUSTER = (RUN, "redis-cluster/shards")
fault(
    "the cluster is being created",
    "DROP REDIS_CLUSTER_NOT_RUNNING",
    "APPLY_FORWARDING_RULE",
    redis_cluster(**{name: getattr(shards(), name) for name in ("psc_configs", "psc_connections")}, state="CREATING"),
    ends=CLUSTER,
)
fault(
    "the cluster is asked on another port",
    "DROP REDIS_CLUSTER_UNSUPPORTED_PORT",
    "APPLY_FORWARDING_RULE",
    shards(),
    ends=CLUSTER,
    asked=port(6378),
)
fault(
    "the cluster is asked by UDP",
    "DROP REDIS_CLUSTER_UNSUPPORTED_PROTOCOL",
    "APPLY_FORWARDING_RULE",
    shards(),
    ends=CLUSTER,
    asked=UDP,
)
fault("the cluster has no endpoint", "DROP GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT", "", redis_cluster(), ends=CLUSTER)
fault(
    "the cluster's endpoints are in another network",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
    AT_CONNECTOR,
    shards(OTHER),
    ends=CLUSTER,
)
fault(
    "the cluster's endpoints are in a peered network",
    "DROP PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK",
    AT_CONNECTOR,
    *other_network(),
    shards(OTHER),
    ends=CLUSTER,
)
fault(
    "the cluster's endpoints are gone",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
    "APPLY_FORWARDING_RULE",
    shards(status="PSC_CONNECTION_STATUS_NOT_FOUND"),
    ends=CLUSTER,
)
fault(
    "the cluster's endpoints are not accepted",
    "DROP PSC_CONNECTION_NOT_ACCEPTED",
    "APPLY_FORWARDING_RULE",
    shards(status="PENDING"),
    ends=CLUSTER,
)
fault(
    "the cluster is asked from the internet",
    "DROP REDIS_CLUSTER_NO_EXTERNAL_IP",
    "START_FROM_INTERNET",
    shards(),
    ends=("internet", "redis-cluster/shards"),
)

# Cloud SQL.
fault(
    "Cloud SQL is stopped by its owner",
    "DROP CLOUD_SQL_INSTANCE_NOT_RUNNING",
    ROUTE,
    sql(settings=Settings(activation_policy="NEVER", ip_configuration=IpConfiguration(private_network=VPC))),
    ends=(RUN, SQL),
)
fault("Cloud SQL has failed", "DROP CLOUD_SQL_INSTANCE_NOT_RUNNING", ROUTE, sql(state="FAILED"), ends=(RUN, SQL))
fault("Cloud SQL has no address", "DROP CLOUD_SQL_INSTANCE_NO_IP_ADDRESS", "", sql(ip_addresses=()), ends=(RUN, SQL))
fault(
    "Cloud SQL is on another network",
    "DROP GOOGLE_MANAGED_SERVICE_NO_PEERING",
    AT_CONNECTOR,
    sql(settings=Settings(activation_policy="ALWAYS", ip_configuration=IpConfiguration(private_network=OTHER))),
    ends=(RUN, SQL),
)
fault(
    "Cloud SQL insists on its connectors",
    "DROP CLOUD_SQL_CONNECTOR_REQUIRED",
    ROUTE,
    sql(
        settings=Settings(
            activation_policy="ALWAYS",
            connector_enforcement="REQUIRED",
            ip_configuration=IpConfiguration(private_network=VPC),
        )
    ),
    ends=(RUN, SQL),
    asked=port(5432),
)
fault(
    "Cloud SQL is asked on another port",
    "DROP DROPPED_INSIDE_CLOUD_SQL_SERVICE",
    ROUTE,
    sql(),
    ends=(RUN, SQL),
    asked=port(3306),
)
fault(
    "Cloud SQL is called from its docker bridge",
    "DROP CLOUD_SQL_INSTANCE_NO_ROUTE",
    ROUTE,
    sql(),
    connector(ip_cidr_range="172.17.3.0/28"),
    ends=(RUN, SQL),
)
fault(
    "Cloud SQL has no route back to a privately used public address",
    "DROP CLOUD_SQL_INSTANCE_NO_ROUTE",
    ROUTE,
    sql(),
    *pupi(exports=False),
    ends=(RUN, SQL),
)
fault(
    "Cloud SQL does not admit the NAT's address",
    "DROP CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    "NAT",
    all_traffic(),
    *public_sql("34.2.2.0/28"),
    ends=(RUN, SQL),
)
fault("Cloud SQL admits nobody", "DROP CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS", PAST, *public_sql(), ends=(RUN, SQL))
fault(
    "Cloud SQL admits some of the addresses that Cloud Run may have",
    "ABORT CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    PAST,
    *public_sql("34.0.0.0/8"),
    ends=(RUN, SQL),
)
fault(
    "one of the NAT's addresses is not known",
    "ABORT CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    "NAT",
    all_traffic(),
    *public_sql("34.2.2.77/32", more=("projects/acme/regions/us-central1/addresses/gone",)),
    ends=(RUN, SQL),
)
fault(
    "an authorized network that admits the NAT may have expired",
    "ABORT CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
    "NAT",
    all_traffic(),
    *public_sql("34.2.2.77/32", expires="2026-01-01T00:00:00Z"),
    ends=(RUN, SQL),
)
PODS = subnet(secondary_ip_ranges=(SecondaryRange(range_name="pods", ip_cidr_range="10.4.0.0/20"),))
FROM_PODS = ("cidr:10.4.0.0/24", "internet")
fault(
    "the NAT takes primary ranges only",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    PODS,
    nat(source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES"),
    ends=FROM_PODS,
)
fault(
    "the NAT lists the primary range of the subnet only",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    PODS,
    listed("PRIMARY_IP_RANGE"),
    ends=FROM_PODS,
)
fault(
    "which secondary ranges the NAT takes is not followed",
    "ABORT UNSUPPORTED",
    ROUTE,
    PODS,
    listed("PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"),
    ends=FROM_PODS,
)
fault("the NAT takes every range", "DELIVER INTERNET", "NAT", PODS, listed("ALL_IP_RANGES"), ends=FROM_PODS)
fault(
    "an alias address is not translated to the external one",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    PODS,
    router(nats=()),
    vm(network_interfaces=(vm_interface("34.1.2.5", network_ip="", alias_ip_ranges=ALIAS),)),
    ends=("vm/worker", "internet"),
)
fault(
    "an external IPv4 address does not let IPv6 packets out",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    *dual_stack(nat_ip="34.1.2.5"),
    ends=("vm/worker", "host:[2001:4860:4860::8888]:443"),
)
fault("Cloud SQL has no endpoint", "DROP GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT", "", psc_sql(), ends=(RUN, SQL))
fault(
    "Cloud SQL has not accepted the endpoint",
    "DROP PSC_CONNECTION_NOT_ACCEPTED",
    "APPLY_FORWARDING_RULE",
    psc_sql(),
    endpoint_rule(psc_connection_status="PENDING"),
    ends=(RUN, SQL),
)
fault(
    "Cloud SQL's endpoint is in a peered network",
    "DROP PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK",
    AT_CONNECTOR,
    *other_network(),
    psc_sql(),
    endpoint_rule(network=COMPUTE + OTHER, ip_address="10.9.0.7"),
    ends=(RUN, SQL),
)

fault(
    "Cloud SQL's endpoint is in another region without global access",
    "DROP FORWARDING_RULE_REGION_MISMATCH",
    "APPLY_FORWARDING_RULE",
    psc_sql(),
    endpoint_rule(location="us-east1"),
    ends=(RUN, SQL),
)
fault(
    "Cloud SQL's endpoint of another region is asked by its address",
    "DROP FORWARDING_RULE_REGION_MISMATCH",
    "APPLY_FORWARDING_RULE",
    psc_sql(),
    endpoint_rule(location="us-east1"),
    ends=(RUN, "host:10.1.0.30:5432"),
)

# Public addresses in private use.
USED = (
    subnet("used", ip_cidr_range="25.5.0.0/24"),
    vm("used", network_interfaces=(vm_interface(network_ip="25.5.0.5", subnetwork=f"{COMPUTE}{APPS[:-4]}used"),)),
)
fault(
    "packets for a VM with a privately used public address go past the VPC",
    "DROP PRIVATE_TRAFFIC_TO_INTERNET",
    PAST,
    *USED,
    ends=(RUN, "vm/used"),
)
fault(
    "packets for a subnet of privately used public addresses go past the VPC",
    "DROP PRIVATE_TRAFFIC_TO_INTERNET",
    PAST,
    *USED,
    ends=(RUN, "subnet/used"),
)
fault(
    "whether a privately used public address or the internet's own is meant is not known",
    "ABORT UNSUPPORTED",
    PAST,
    *USED,
    ends=(RUN, "cidr:25.5.0.0/24"),
)
fault(
    "a privately used public address is reached inside",
    "DELIVER INSTANCE",
    "ARRIVE_AT_INSTANCE",
    all_traffic(),
    *USED,
    ends=(RUN, "vm/used"),
)

# The internet and Google's APIs.
WEB = (RUN, "internet")
fault("there is no NAT", "DROP NO_EXTERNAL_ADDRESS", ROUTE, all_traffic(), router(nats=()), ends=WEB)
fault(
    "the NAT lists subnets, of which a connector's hidden one is none",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    all_traffic(),
    nat(
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=(NatSubnetwork(name="apps", source_ip_ranges_to_nat=("ALL_IP_RANGES",)),),
    ),
    ends=WEB,
)
fault("the NAT is private", "DROP NO_EXTERNAL_ADDRESS", ROUTE, all_traffic(), nat(type="PRIVATE"), ends=WEB)
fault(
    "the NAT serves proxies only",
    "DROP NO_EXTERNAL_ADDRESS",
    ROUTE,
    all_traffic(),
    nat(endpoint_types=("ENDPOINT_TYPE_MANAGED_PROXY_LB",)),
    ends=WEB,
)
fault(
    "the NAT has no addresses",
    "DROP CLOUD_NAT_NO_ADDRESSES",
    ROUTE,
    all_traffic(),
    nat(nat_ip_allocate_option="MANUAL_ONLY"),
    ends=WEB,
)
fault("the NAT cannot carry ESP", "DROP CLOUD_NAT_PROTOCOL_UNSUPPORTED", "NAT", all_traffic(), ends=WEB, asked=ESP)
fault(
    "there is no default route",
    "DROP NO_ROUTE",
    ROUTE,
    all_traffic(),
    default_route(dest_range="9.0.0.0/32"),
    ends=(RUN, "host:8.8.8.8:443"),
)
fault(
    "the default route is for a tag that no connector can have",
    "DROP NO_ROUTE",
    ROUTE,
    all_traffic(),
    default_route(tags=("web",)),
    ends=WEB,
)
fault(
    "Private Google Access is off",
    "DROP PRIVATE_GOOGLE_ACCESS_DISALLOWED",
    ROUTE,
    direct(egress="ALL_TRAFFIC"),
    subnet(),
    router(nats=()),
    ends=(RUN, "host:private.googleapis.com:443"),
)
fault(
    "Private Google Access of a hidden subnet is not known",
    "ABORT UNSUPPORTED",
    ROUTE,
    all_traffic(),
    router(nats=()),
    ends=(RUN, "host:private.googleapis.com:443"),
)
fault(
    "an external IPv6 address does not lead to IPv4 addresses of Google's",
    "DROP PRIVATE_GOOGLE_ACCESS_DISALLOWED",
    ROUTE,
    *dual_stack(external=True),
    router(nats=()),
    ends=("vm/worker", "host:private.googleapis.com:443"),
)
fault(
    "no route leads to the metadata server",
    "ABORT NON_ROUTABLE_IP_ADDRESS",
    PAST,
    ends=(RUN, "host:169.254.169.254:80"),
)
fault(
    "a service without VPC access has no IPv6 address",
    "ABORT MISMATCHED_IP_VERSION",
    "",
    service(template=template(vpc_access=None)),
    ends=(RUN, "host:[2001:4860:4860::8888]:443"),
)
fault(
    "the default route is inactive",
    "DROP NO_ROUTE",
    ROUTE,
    all_traffic(),
    default_route(route_status="INACTIVE"),
    ends=WEB,
)
fault(
    "the internet does not reach a VM without an external address",
    "DROP NO_ROUTE_FROM_INTERNET_TO_PRIVATE_IPV4_ADDRESS",
    "START_FROM_INTERNET",
    vm(),
    ends=("internet", "vm/worker"),
)
fault(
    "the internet is denied",
    "DROP FIREWALL_RULE",
    INGRESS,
    vm(network_interfaces=(vm_interface("34.1.2.5"),)),
    ends=("internet", "vm/worker"),
)
fault(
    "a private name has no record",
    "DROP DNS_NAME_NOT_FOUND",
    "",
    private_zone("acme.internal."),
    record("acme.internal.", "ns-gcp-private.googledomains.com. x 1 2 3 4 5", kind="SOA"),
    ends=(RUN, "host:cache.acme.internal:6379"),
)
fault(
    "a zone forwards the name",
    "ABORT UNKNOWN_IP",
    "",
    private_zone("acme.internal."),
    ends=(RUN, "host:cache.acme.internal:6379"),
)
fault("nobody is known to have the address", "ABORT UNKNOWN_IP", INGRESS, ends=(RUN, "host:10.1.0.77:80"))
fault(
    "the address is an internal load balancer's",
    "ABORT UNSUPPORTED",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(load_balancing_scheme="INTERNAL", target=""),
    ends=(RUN, "host:10.1.0.30:80"),
)
fault(
    "an endpoint of somebody's service is not accepted",
    "DROP PSC_CONNECTION_NOT_ACCEPTED",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(psc_connection_status="REJECTED"),
    ends=(RUN, "host:10.1.0.30:80"),
)
fault(
    "an endpoint of somebody's service is in a peered network",
    "DROP PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK",
    "APPLY_FORWARDING_RULE",
    *other_network(),
    endpoint_rule(network=COMPUTE + OTHER, ip_address="10.9.0.7"),
    ends=(RUN, "host:10.9.0.7:80"),
)

LB = {"load_balancing_scheme": "INTERNAL", "target": "", "ip_protocol": "TCP", "ports": ("80",)}
fault(
    "no forwarding rule of the address takes the port",
    "DROP FORWARDING_RULE_MISMATCH",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(**LB),
    ends=(RUN, "host:10.1.0.30:443"),
)
fault(
    "the load balancer is in another region without global access",
    "DROP FORWARDING_RULE_REGION_MISMATCH",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(**LB, location="us-east1"),
    ends=(RUN, "host:10.1.0.30:80"),
)
fault(
    "what is behind a load balancer of another region with global access is not followed",
    "ABORT UNSUPPORTED",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(**LB, location="us-east1", allow_global_access=True),
    ends=(RUN, "host:10.1.0.30:80"),
)
fault(
    "an endpoint is in another region without global access",
    "DROP FORWARDING_RULE_REGION_MISMATCH",
    "APPLY_FORWARDING_RULE",
    endpoint_rule(location="us-east1"),
    ends=(RUN, "host:10.1.0.30:80"),
)

# Cloud Run as destination.
TO_RUN = ("vm/worker", "run/backend")
fault(
    "a service on a connector is no destination",
    "ABORT DESTINATION_CLOUD_RUN_VPC_CONNECTOR_UNSUPPORTED",
    "",
    vm(),
    ends=TO_RUN,
)
fault(
    "a service with an interface is no destination",
    "ABORT DESTINATION_CLOUD_RUN_SERVICE_REVISION_UNSUPPORTED",
    "",
    vm(),
    direct(),
    ends=TO_RUN,
)
fault(
    "a service without VPC access is no destination",
    "ABORT CLOUD_RUN_RESOURCE_NOT_CONNECTED_TO_VPC",
    "",
    vm(),
    service(template=template(vpc_access=None)),
    ends=TO_RUN,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_a_fault_has_its_own_code_at_its_own_hop(case: Case) -> None:
    reach = trace(*case.ends, *healthy(*case.rows), services=case.asked, network="vpc")

    assert codes(reach) == [(case.end, case.code)]
    assert {one.hops[-1].state if one.hops else "" for one in reach.traces} == {case.hop}
    for one in reach.traces:
        assert one.message.endswith("."), one.message
        assert one.evidence or case.end == "ABORT"
