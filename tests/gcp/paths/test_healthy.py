"""Every kind of source gets to every kind of destination when nothing is wrong."""

from __future__ import annotations

import pytest

from tests.builders import (
    COMPUTE,
    PROJECT,
    REGION,
    VPC,
    firewalls,
    network,
    redis,
    redis_cluster,
    rule,
    service,
    sql,
    subnet,
    tcp,
    template,
    vm,
    vm_interface,
)
from tests.gcp.paths.worlds import (
    all_traffic,
    codes,
    direct,
    dual_stack,
    endpoint_rule,
    healthy,
    internet_ingress,
    other_network,
    private_zone,
    psc_sql,
    public_sql,
    record,
    redis_peering,
    shards,
    to_connector,
    trace,
)
from validator.gcp.paths.trace import End, Result
from validator.headerspace.spelling import spell, spell_addresses
from validator.model.network import Peering
from validator.model.resource import Resource
from validator.model.run import Condition, Revision, Traffic
from validator.model.sql import AuthorizedNetwork, IpConfiguration, IpMapping, Settings, SqlPsc

FAR = f"{COMPUTE}projects/{PROJECT}/regions/us-east1/forwardingRules/far"
CONNECTORS = Settings(
    activation_policy="ALWAYS",
    connector_enforcement="REQUIRED",
    ip_configuration=IpConfiguration(private_network=f"/{VPC}"),
)


def namesakes() -> tuple[Resource, ...]:
    """The service with a named revision, and one in another region whose revision of that name has failed."""
    failed = (Condition(type="Ready", state="CONDITION_FAILED", message="the image is gone"),)
    far = service(region="us-east1", traffic_statuses=(Traffic(revision="v3", percent=100),))
    older = Revision(name=f"{far.path}/revisions/v3", project=PROJECT, location="us-east1", conditions=failed)
    return (service(template=template(revision="v3")), far, older)


CASES: list[tuple[str, str, str, tuple[Resource, ...], list[str]]] = [
    ("a service over its connector to Redis by direct peering", "run/backend", "redis/cache", (), ["REDIS_INSTANCE"]),
    ("a service with an interface to Redis", "run/backend", "redis/cache", (direct(),), ["REDIS_INSTANCE"]),
    ("a connector to Redis", "connector/staging", "redis/cache", (), ["REDIS_INSTANCE"]),
    ("a VM to Redis", "vm/worker", "redis/cache", (vm(),), ["REDIS_INSTANCE"]),
    ("a subnet to Redis", "subnet/apps", "redis/cache", (), ["REDIS_INSTANCE"]),
    ("a range of a subnet to Redis", "cidr:10.1.0.0/28", "redis/cache", (), ["REDIS_INSTANCE"]),
    (
        "Redis on private services access",
        "run/backend",
        "redis/cache",
        (redis(host="10.20.0.4", connect_mode="PRIVATE_SERVICE_ACCESS", reserved_ip_range="services"),),
        ["REDIS_INSTANCE"],
    ),
    ("Redis with TLS on its own port", "run/backend", "redis/cache", (redis(port=6378),), ["REDIS_INSTANCE"]),
    (
        "Redis with a read endpoint",
        "run/backend",
        "redis/cache",
        (redis(read_endpoint="10.166.204.84", read_endpoint_port=6379),),
        ["REDIS_INSTANCE", "REDIS_INSTANCE"],
    ),
    ("a Redis cluster by its endpoints", "run/backend", "redis-cluster/shards", (shards(),), ["REDIS_CLUSTER"]),
    ("Cloud SQL by its private address", "run/backend", "sql/db", (sql(),), ["CLOUD_SQL_INSTANCE"]),
    (
        "Cloud SQL by an endpoint",
        "run/backend",
        "sql/db",
        (psc_sql(), endpoint_rule()),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "Cloud SQL by its public address through a NAT of known address",
        "run/backend",
        "sql/db",
        (all_traffic(), *public_sql("34.2.2.77/32")),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "Cloud SQL by its public address that admits anybody",
        "internet",
        "sql/db",
        public_sql("0.0.0.0/0"),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "of Cloud SQL's endpoints in several regions the near one",
        "run/backend",
        "sql/db",
        (
            psc_sql(),
            endpoint_rule(),
            endpoint_rule(name="far", self_link=FAR, location="us-east1", ip_address="10.1.0.31"),
        ),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "Cloud SQL's endpoint of another region with global access",
        "run/backend",
        "sql/db",
        (psc_sql(), endpoint_rule(location="us-east1", allow_psc_global_access=True)),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "Cloud SQL that insists on its connectors, by their port",
        "run/backend",
        "sql/db",
        (sql(settings=CONNECTORS),),
        ["CLOUD_SQL_INSTANCE"],
    ),
    (
        "a service one of whose namesakes elsewhere has a failed revision of the same name",
        f"run/{REGION}/backend",
        "redis/cache",
        namesakes(),
        ["REDIS_INSTANCE"],
    ),
    (
        "a subnet with a stopped VM in it",
        "run/backend",
        "subnet/apps",
        (vm(status="TERMINATED"),),
        ["INSTANCE", "INSTANCE"],
    ),
    ("the internet from a VM with internal IPv6 beside", "vm/worker", "internet", dual_stack(), ["INTERNET"]),
    (
        "a public name from a VM with internal IPv6 beside",
        "vm/worker",
        "host:a.example:443",
        dual_stack(),
        ["INTERNET"],
    ),
    ("a VM by its address", "run/backend", "vm/worker", (vm(),), ["INSTANCE"]),
    ("a subnet whoever is in it", "run/backend", "subnet/apps", (), ["INSTANCE"]),
    ("a range of a subnet", "run/backend", "cidr:10.1.0.64/26", (), ["INSTANCE"]),
    ("a VM in a peered network that was read", "run/backend", "vm/far", other_network(), ["INSTANCE"]),
    ("the internet past the VPC", "run/backend", "internet", (), ["INTERNET"]),
    ("the internet through the VPC and its NAT", "run/backend", "internet", (all_traffic(),), ["INTERNET"]),
    (
        "the internet from a service without VPC access",
        "run/backend",
        "internet",
        (service(template=template(vpc_access=None)),),
        ["INTERNET"],
    ),
    (
        "the internet from a VM with an external address",
        "vm/worker",
        "internet",
        (vm(network_interfaces=(vm_interface("34.1.2.5"),)),),
        ["INTERNET"],
    ),
    (
        "the internet to a VM with an external address",
        "internet",
        "vm/worker",
        (vm(network_interfaces=(vm_interface("34.1.2.5"),)), internet_ingress()),
        ["INSTANCE"],
    ),
    ("a public name", "run/backend", "host:api.openai.com:443", (all_traffic(),), ["INTERNET"]),
    ("a Google API by its default name", "run/backend", "host:storage.googleapis.com:443", (), ["GOOGLE_API"]),
    (
        "a Google API by a private zone",
        "run/backend",
        "host:storage.googleapis.com:443",
        (
            all_traffic(),
            private_zone("googleapis.com."),
            record("*.googleapis.com.", "private.googleapis.com.", kind="CNAME"),
            record("private.googleapis.com.", "199.36.153.8", "199.36.153.9"),
        ),
        ["GOOGLE_API"],
    ),
    (
        "a name in a private zone",
        "run/backend",
        "host:cache.acme.internal:6379",
        (private_zone("acme.internal."), record("cache.acme.internal.", "10.166.204.83")),
        ["REDIS_INSTANCE"],
    ),
    (
        "a VM by its internal name",
        "run/backend",
        f"host:worker.us-central1-a.c.{PROJECT}.internal:80",
        (vm(),),
        ["INSTANCE"],
    ),
    (
        "Google's APIs by an endpoint that no subnet holds",
        "run/backend",
        "host:10.255.0.1:443",
        (endpoint_rule(location="global", ip_address="10.255.0.1", target="all-apis", psc_connection_status=""),),
        ["PSC_GOOGLE_API"],
    ),
    (
        "Google's restricted APIs by an endpoint",
        "run/backend",
        "host:10.255.0.1:443",
        (endpoint_rule(location="global", ip_address="10.255.0.1", target="vpc-sc", psc_connection_status=""),),
        ["PSC_VPC_SC"],
    ),
    (
        "somebody's service by an endpoint",
        "run/backend",
        "host:10.1.0.30:443",
        (endpoint_rule(),),
        ["PSC_PUBLISHED_SERVICE"],
    ),
    ("a VM by both of its addresses", "vm/worker", "vm/six", dual_stack(), ["INSTANCE", "INSTANCE"]),
    (
        "the internet by an external IPv6 address",
        "vm/worker",
        "host:[2001:4860:4860::8888]:443",
        dual_stack(external=True),
        ["INTERNET"],
    ),
    ("a connector", "vm/worker", "connector/staging", (vm(), to_connector()), ["INSTANCE"]),
    ("an address that is an instance's", "run/backend", "host:10.166.204.83:6379", (), ["REDIS_INSTANCE"]),
]


@pytest.mark.parametrize(
    ("source", "destination", "rows", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_it_arrives(source: str, destination: str, rows: tuple[Resource, ...], expected: list[str]) -> None:
    reach = trace(source, destination, *healthy(*rows), network="vpc")

    assert [one.message for one in reach.traces if one.end is not End.DELIVER] == []
    assert sorted({(one.end, one.code) for one in reach.traces}) == sorted({(End.DELIVER, code) for code in expected})
    assert len(reach.traces) == len(expected)
    assert reach.result is Result.REACHABLE
    assert reach.asked


def test_the_hops_of_a_service_to_redis_are_connectivity_tests_own() -> None:
    (one,) = trace("run/backend", "redis/cache", *healthy()).traces

    assert [hop.state for hop in one.hops] == [
        "START_FROM_CLOUD_RUN_REVISION",
        "ARRIVE_AT_VPC_CONNECTOR",
        "APPLY_EGRESS_FIREWALL_RULE",
        "APPLY_ROUTE",
    ]
    assert one.hops[1].words == "staging (READY) with 10.2.0.0/28 on vpc (project acme)"
    assert one.hops[3].words == "route peering-route-9b1d (10.166.204.80/29) to peering redis-peer-411000000001"
    assert spell(one.packets) == "10.2.0.0/28 → 10.166.204.83 tcp:6379"
    assert one.evidence == (redis().path,)


def test_the_whole_subnet_of_an_interface_is_asked() -> None:
    (one,) = trace("run/backend", "redis/cache", *healthy(direct())).traces

    assert spell(one.packets) == "10.1.0.0/24 → 10.166.204.83 tcp:6379"
    assert one.hops[1].state == "DIRECT_VPC_EGRESS_CONNECTION"


def test_a_cluster_is_asked_on_the_ports_of_its_nodes_too() -> None:
    (one,) = trace("run/backend", "redis-cluster/shards", *healthy(shards())).traces

    assert spell(one.packets) == "10.2.0.0/28 → 10.1.0.20/31 tcp:6379,11000-13047"


def test_of_a_cluster_in_two_networks_the_endpoints_of_the_source_are_asked() -> None:
    row = shards(f"projects/{PROJECT}/global/networks/other", first="10.9.0.20")
    both = redis_cluster(psc_connections=(*shards().psc_connections, *row.psc_connections))

    (one,) = trace("connector/staging", "redis-cluster/shards", *healthy(both)).traces

    assert spell(one.packets).startswith("10.2.0.0/28 → 10.1.0.20/31 ")


def test_an_internal_ipv6_address_does_not_reach_the_internet() -> None:
    rows = dual_stack()
    reach = trace("vm/worker", "host:[2001:4860:4860::8888]:443", *healthy(*rows))

    assert codes(reach) == [("DROP", "NO_EXTERNAL_ADDRESS")]


def test_a_source_without_ipv6_has_no_packet_for_an_ipv6_destination() -> None:
    reach = trace("connector/staging", "host:[2001:4860:4860::8888]:443", *healthy())

    assert codes(reach) == [("ABORT", "MISMATCHED_IP_VERSION")]
    assert not reach.asked


def test_policy_of_an_own_peering_does_not_hide_the_tenants() -> None:
    own = Peering(name="to-other", network=f"{COMPUTE}projects/{PROJECT}/global/networks/other", state="ACTIVE")
    rows = healthy(network(peerings=(own, redis_peering())), firewalls(rule(allowed=tcp())))

    assert codes(trace("run/backend", "redis/cache", *rows)) == [("DELIVER", "REDIS_INSTANCE")]


def test_a_subnet_source_asks_for_its_primary_range_only() -> None:
    reach = trace("subnet/apps", "redis/cache", *healthy(subnet()))

    assert spell(reach.asked) == "10.1.0.0/24 → 10.166.204.83 tcp:6379"
    assert VPC in {hop.resource for one in reach.traces for hop in one.hops}


def test_a_subnet_of_exactly_26_bits_is_large_enough_for_an_interface() -> None:
    reach = trace("run/backend", "redis/cache", *healthy(direct(), subnet(ip_cidr_range="10.1.0.0/26")))

    assert codes(reach) == [("DELIVER", "REDIS_INSTANCE")]


def test_of_a_vm_the_address_that_suits_the_source_is_asked() -> None:
    row = vm(network_interfaces=(vm_interface("34.1.2.5"),))
    rows = healthy(row, internet_ingress())

    assert spell_addresses(trace("connector/staging", "vm/worker", *rows).asked.destinations) == "10.1.0.5"
    assert spell_addresses(trace("internet", "vm/worker", *rows).asked.destinations) == "34.1.2.5"


def test_of_cloud_sql_the_address_that_suits_the_source_is_asked() -> None:
    open_to_all = IpConfiguration(
        ipv4_enabled=True,
        private_network=f"/{VPC}",
        authorized_networks=(AuthorizedNetwork(value="0.0.0.0/0"),),
        psc_config=SqlPsc(psc_enabled=True),
    )
    both = (IpMapping(type="PRIVATE", ip_address="10.20.0.3"), IpMapping(type="PRIMARY", ip_address="34.1.2.3"))
    row = sql(settings=Settings(activation_policy="ALWAYS", ip_configuration=open_to_all), ip_addresses=both)

    inside, outside = (trace(source, "sql/db", *healthy(row)) for source in ("run/backend", "internet"))
    assert spell_addresses(inside.asked.destinations) == "10.20.0.3"
    assert spell_addresses(outside.asked.destinations) == "34.1.2.3"
    assert inside.result is outside.result is Result.REACHABLE


def test_packets_that_many_rules_allow_go_on_together() -> None:
    rules = [rule(f"r{number}", destination_ranges=(f"10.1.0.{number}/32",), allowed=tcp()) for number in range(8)]
    reach = trace("connector/staging", "subnet/apps", *healthy(firewalls(*rules)))

    (one,) = reach.traces
    assert one.hops[1].words.startswith("allowed by rule r0 (priority 1000), rule r1 (priority 1000), rule r2 ")
    assert one.hops[1].words.endswith(" and 6 more on vpc (project acme)")
