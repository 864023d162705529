"""What a host name means: private zones first, then VMs and Google's own names, then any public address."""

from __future__ import annotations

import pytest

from tests.builders import COMPUTE, firewalls, network, rule, service, subnet, tcp, template, vm
from tests.gcp.paths.worlds import (
    OTHER,
    all_traffic,
    codes,
    direct,
    healthy,
    internet_ingress,
    private_zone,
    public_sql,
    record,
    redis_peering,
    trace,
)
from validator.gcp.paths.trace import End, Reach
from validator.headerspace.spelling import spell_addresses
from validator.model.dns import PrivateVisibility, ZoneNetwork
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, VpcAccess

REDIS = "host:cache.acme.internal:6379"
SOA = record("acme.internal.", "x", kind="SOA")
ZONE = private_zone("acme.internal.")
TO_BOTH = {"geo": {"items": [{"rrdatas": [f"{name}.acme.internal."]} for name in "ab"]}}


def asked(host: str, *rows: Resource, source: str = "run/backend") -> Reach:
    return trace(source, host, *healthy(*rows))


CASES: list[tuple[str, str, tuple[Resource, ...], tuple[str, str], str]] = [
    ("a record", REDIS, (ZONE, record("cache.acme.internal.", "10.1.0.5"), vm()), ("DELIVER", "INSTANCE"), "10.1.0.5"),
    (
        "a record in capitals",
        REDIS,
        (private_zone("ACME.internal."), record("Cache.Acme.Internal.", "10.1.0.5"), vm()),
        ("DELIVER", "INSTANCE"),
        "10.1.0.5",
    ),
    (
        "several addresses are all asked",
        REDIS,
        (ZONE, record("cache.acme.internal.", "10.1.0.5", "10.1.0.6"), vm(), vm("other", address="10.1.0.6")),
        ("DELIVER", "INSTANCE"),
        "10.1.0.5-10.1.0.6",
    ),
    (
        "every answer of a routing policy is asked",
        REDIS,
        (
            ZONE,
            record("cache.acme.internal.", routing_policy={"wrr": {"items": [{"weight": 1, "rrdatas": ["10.1.0.5"]}]}}),
            vm(),
        ),
        ("DELIVER", "INSTANCE"),
        "10.1.0.5",
    ),
    (
        "an alias is followed",
        REDIS,
        (
            ZONE,
            record("cache.acme.internal.", "blue.acme.internal.", kind="CNAME"),
            record("blue.acme.internal.", "10.166.204.83"),
        ),
        ("DELIVER", "REDIS_INSTANCE"),
        "10.166.204.83",
    ),
    (
        "aliases in a circle have no address",
        REDIS,
        (
            ZONE,
            SOA,
            record("cache.acme.internal.", "blue.acme.internal.", kind="CNAME"),
            record("blue.acme.internal.", "cache.acme.internal.", kind="CNAME"),
        ),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a wildcard",
        REDIS,
        (ZONE, record("*.acme.internal.", "10.166.204.83")),
        ("DELIVER", "REDIS_INSTANCE"),
        "10.166.204.83",
    ),
    (
        "a record of its own wins over a wildcard",
        REDIS,
        (ZONE, record("*.acme.internal.", "10.1.0.9"), record("cache.acme.internal.", "10.166.204.83")),
        ("DELIVER", "REDIS_INSTANCE"),
        "10.166.204.83",
    ),
    (
        "the zone with the longest name wins",
        REDIS,
        (
            private_zone("internal.", name="wide"),
            record("cache.acme.internal.", "10.1.0.9", managed_zone="wide"),
            ZONE,
            record("cache.acme.internal.", "10.166.204.83"),
        ),
        ("DELIVER", "REDIS_INSTANCE"),
        "10.166.204.83",
    ),
    (
        "a zone whose name is only the end of another is none of it",
        "host:notacme.internal:80",
        (ZONE, SOA, record("*.acme.internal.", "10.1.0.9")),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a zone that another network sees says nothing",
        REDIS,
        (
            private_zone(
                "acme.internal.",
                private_visibility_config=PrivateVisibility(networks=(ZoneNetwork(network_url=COMPUTE + OTHER),)),
            ),
            record("cache.acme.internal.", "10.166.204.83"),
        ),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a public zone says nothing",
        "host:cache.acme.example:6379",
        (private_zone("acme.example.", visibility="public"), record("cache.acme.example.", "10.166.204.83")),
        ("DELIVER", "INTERNET"),
        "public",
    ),
    (
        "every name of a routing policy is asked",
        REDIS,
        (
            ZONE,
            SOA,
            record("cache.acme.internal.", kind="CNAME", routing_policy=TO_BOTH),
            record("a.acme.internal.", "10.1.0.5"),
            record("b.acme.internal.", "10.1.0.6"),
            vm(),
            vm("other", address="10.1.0.6"),
        ),
        ("DELIVER", "INSTANCE"),
        "10.1.0.5-10.1.0.6",
    ),
    (
        "one name of a routing policy does not exist",
        REDIS,
        (
            ZONE,
            SOA,
            record("cache.acme.internal.", kind="CNAME", routing_policy=TO_BOTH),
            record("a.acme.internal.", "10.166.204.83"),
        ),
        ("DROP", "DNS_NAME_NOT_FOUND"),
        "",
    ),
    (
        "one name of a routing policy is a public one",
        REDIS,
        (
            ZONE,
            SOA,
            record("cache.acme.internal.", kind="CNAME", routing_policy=TO_BOTH),
            record("a.acme.internal.", "10.166.204.83"),
            record("b.acme.internal.", "cache.acme.example.", kind="CNAME"),
        ),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a routing policy that names nothing known",
        REDIS,
        (ZONE, SOA, record("cache.acme.internal.", routing_policy={"new": {"targets": ["x"]}})),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "left to other name servers",
        "host:db.sub.acme.internal:5432",
        (
            ZONE,
            SOA,
            record("sub.acme.internal.", "ns.office.example.", kind="NS"),
            record("*.acme.internal.", "10.1.0.5"),
        ),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a zone of every name, which forwards",
        "host:db.acme.example:5432",
        (private_zone("."),),
        ("ABORT", "UNKNOWN_IP"),
        "",
    ),
    (
        "a wildcard for every name",
        "host:db.acme.example:6379",
        (private_zone("."), record(".", "x", kind="SOA"), record("*.", "10.166.204.83")),
        ("DELIVER", "REDIS_INSTANCE"),
        "10.166.204.83",
    ),
    (
        "a VM by its internal name, which a zone of every name does not take",
        "host:worker.us-central1-a.c.acme.internal:80",
        (private_zone("."), vm("worker")),
        ("DELIVER", "INSTANCE"),
        "10.1.0.5",
    ),
    ("a VM that is not there", "host:gone.us-central1-a.c.acme.internal:80", (), ("ABORT", "UNKNOWN_IP"), ""),
    ("a name without a dot", "host:redis:6379", (), ("ABORT", "UNKNOWN_IP"), ""),
    (
        "a public address of Cloud SQL",
        "host:34.1.2.3:5432",
        public_sql("0.0.0.0/0"),
        ("DELIVER", "CLOUD_SQL_INSTANCE"),
        "34.1.2.3",
    ),
]


@pytest.mark.parametrize(
    ("host", "rows", "expected", "where"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_name_means(host: str, rows: tuple[Resource, ...], expected: tuple[str, str], where: str) -> None:
    reach = asked(host, *rows)

    assert codes(reach) == [expected]
    found = spell_addresses(reach.asked.destinations) if reach.asked else ""
    assert found == where or (where == "public" and found.startswith("1.0.0.0"))


def test_a_public_name_is_reached_only_if_every_address_it_may_have_is() -> None:
    half = firewalls(rule("half", denied=tcp("443"), priority=900, destination_ranges=("8.0.0.0/8",)))

    assert codes(asked("host:api.openai.com:443", all_traffic())) == [("DELIVER", "INTERNET")]
    assert codes(asked("host:api.openai.com:443", all_traffic(), half)) == [("ABORT", "UNKNOWN_IP")]


def test_a_public_name_is_lost_only_if_every_address_it_may_have_is() -> None:
    everything = firewalls(rule("all", denied=tcp("443"), priority=900, destination_ranges=("0.0.0.0/0",)))

    assert codes(asked("host:api.openai.com:443", all_traffic(), everything)) == [("DROP", "FIREWALL_RULE")]


def test_for_sources_that_fare_alike_everywhere_a_public_name_is_decided() -> None:
    half = rule("half", denied=tcp("443"), priority=900, source_ranges=("10.2.0.0/29",))
    part = rule(
        "part", denied=tcp("443"), priority=901, destination_ranges=("8.0.0.0/8",), source_ranges=("10.2.0.8/30",)
    )
    reach = asked("host:api.openai.com:443", all_traffic(), firewalls(half, part))

    found = {one.end: spell_addresses(one.packets.sources) for one in reach.traces}
    assert found == {End.DROP: "10.2.0.0/29", End.ABORT: "10.2.0.8/30", End.DELIVER: "10.2.0.12/30"}


def test_an_api_of_googles_that_only_its_private_addresses_are_open_to_is_lost_without_a_private_zone() -> None:
    open_to = rule("vips", allowed=tcp("443"), destination_ranges=("199.36.153.8/30",), priority=900)
    closed = rule("closed", denied=tcp("443"), destination_ranges=("0.0.0.0/0",), priority=1000)
    rows = (all_traffic(), firewalls(open_to, closed))
    zone = (private_zone("googleapis.com."), record("*.googleapis.com.", "199.36.153.8"))

    assert codes(asked("host:run.googleapis.com:443", *rows)) == [("DROP", "FIREWALL_RULE")]
    assert codes(asked("host:run.googleapis.com:443", *rows, *zone)) == [("DELIVER", "GOOGLE_API")]


def test_names_on_a_network_whose_project_has_zones_that_are_not_read_are_not_known() -> None:
    shared = "projects/host/global/networks/shared"
    where = "projects/host/regions/us-central1/subnetworks/run"
    interface = NetworkInterface(network=shared, subnetwork=where)
    rows = (
        service(template=template(vpc_access=VpcAccess(network_interfaces=(interface,), egress="ALL_TRAFFIC"))),
        network("shared", project="host", self_link=COMPUTE + shared, peerings=(redis_peering(),)),
        subnet("run", project="host", self_link=COMPUTE + where, network=COMPUTE + shared),
    )
    assert codes(asked("host:db.acme.example:5432", *rows)) == [("ABORT", "UNKNOWN_IP")]


def test_a_service_past_the_vpc_and_one_in_it_are_asked_apart() -> None:
    reach = asked("host:203.0.114.9:443", direct(), internet_ingress())

    assert codes(reach) == [("DELIVER", "INTERNET")]
    (one,) = reach.traces
    assert one.hops[1].state == "SERVERLESS_EXTERNAL_CONNECTION"
