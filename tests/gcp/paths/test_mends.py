"""What is said of a broken path: both ends, what was found, and the command that mends it."""

from __future__ import annotations

import pytest

from tests.builders import connector, firewalls, redis, route, router, rule, service, subnet, tcp, vm, vm_interface
from tests.gcp.paths.worlds import (
    OTHER,
    all_traffic,
    default_route,
    direct,
    dual_stack,
    healthy,
    internet_ingress,
    public_sql,
    redis_route,
    trace,
)
from validator.gcp.paths.trace import End, Trace
from validator.headerspace.axes import services
from validator.headerspace.spelling import spell_services
from validator.model.network import Nat
from validator.model.resource import Resource
from validator.model.run import Condition, Revision, Traffic


def broken(source: str, destination: str, *rows: Resource) -> Trace:
    """The one trace that does not deliver."""
    reach = trace(source, destination, *healthy(*rows), network="vpc")
    (one,) = reach.ending(End.DROP, End.ABORT, End.FORWARD)
    return one


def test_a_denied_packet_is_shown_with_the_rule_that_would_let_it_through() -> None:
    one = broken("run/backend", "redis/cache", firewalls(rule("deny", denied=tcp("6379"), priority=900)))

    assert one.message == (
        "run/backend through connector/staging to redis/cache: 10.2.0.0 → 10.166.204.83 tcp:6379 is denied by rule "
        "deny (priority 900), egress on vpc (project acme); denied are all 16 source addresses."
    )
    assert one.hops[-1].words == "denied by rule deny (priority 900) on vpc (project acme)"
    assert one.evidence == ("projects/acme/global/networks/vpc", "deny by rule deny (priority 900)")
    assert one.mend is not None
    assert one.mend.summary == "Allow it by an egress rule of priority 899, which wins over rule deny (priority 900)."
    (line,) = one.mend.gcloud
    assert line == (
        "gcloud compute firewall-rules create allow-run-backend-through-connector-staging-to-redis-cac-f0b15a "
        "--project=acme --network=vpc --direction=EGRESS --priority=899 --action=ALLOW --rules=tcp:6379 "
        "--destination-ranges=10.166.204.83/32 --target-tags=vpc-connector-us-central1-staging"
    )
    assert 'resource "google_compute_firewall"' in one.mend.terraform


def test_two_networks_are_named_with_what_moves_the_source() -> None:
    one = broken("run/backend", "redis/cache", redis(authorized_network=OTHER))

    assert one.message == (
        "run/backend through connector/staging is on vpc (project acme), but redis/cache is reachable from other "
        "(project acme) only: it is peered with no other network, and peering is not transitive."
    )
    assert one.evidence == (
        "projects/acme/locations/us-central1/services/backend",
        "projects/acme/locations/us-central1/instances/cache",
        "source network=projects/acme/global/networks/vpc",
        f"reachable from={OTHER}",
    )
    assert one.mend is not None
    assert "connectors create staging-2 --region=us-central1 --project=acme --network=other" in one.mend.gcloud[0]


def test_a_service_with_an_interface_is_moved_by_itself() -> None:
    one = broken("run/backend", "redis/cache", direct(), redis(authorized_network=OTHER))

    assert one.mend is not None
    (line,) = one.mend.gcloud
    assert line.startswith(f"gcloud run services update backend --network={OTHER} --subnet=SUBNET --region=us-central1")


def test_a_missing_imported_route_is_told_from_an_unreachable_internet() -> None:
    one = broken("run/backend", "redis/cache", redis_route(dest_range="10.9.0.0/24"))

    assert one.message == (
        "Packets from run/backend through connector/staging for redis/cache (10.166.204.83) follow a default route of "
        "vpc (project acme) to the internet, where no private address is reached: a route to it is missing."
    )
    assert (
        one.hops[-1].words == "route default-route-vpc (0.0.0.0/0, priority 1000) to internet default-internet-gateway"
    )


MENDS = [
    (
        "a connector in state ERROR is made anew",
        ("run/backend", "redis/cache"),
        (connector(state="ERROR"),),
        "gcloud compute networks vpc-access connectors delete staging --region=us-central1 --project=acme",
    ),
    (
        "a hijacking route is deleted",
        ("run/backend", "redis/cache"),
        (route("hijack", dest_range="10.128.0.0/9"), redis_route(dest_range="10.9.0.0/24")),
        "gcloud compute routes delete hijack --project=acme",
    ),
    (
        "a missing NAT is created",
        ("run/backend", "internet"),
        (all_traffic(), router(nats=())),
        "gcloud compute routers create nat-router --network=vpc --region=us-central1 --project=acme",
    ),
    (
        "a missing default route is created",
        ("run/backend", "host:8.8.8.8:443"),
        (all_traffic(), default_route(dest_range="9.9.9.9/32")),
        "vpc-internet --network=vpc --destination-range=0.0.0.0/0 --next-hop-gateway=default-internet-gateway",
    ),
    (
        "Private Google Access is turned on",
        ("run/backend", "host:private.googleapis.com:443"),
        (direct(egress="ALL_TRAFFIC"), subnet(), router(nats=())),
        "networks subnets update apps --enable-private-ip-google-access --region=us-central1 --project=acme",
    ),
    (
        "the addresses of the NAT are admitted beside those that are",
        ("run/backend", "sql/db"),
        (all_traffic(), *public_sql("198.51.100.7/32")),
        "gcloud sql instances patch db --authorized-networks=34.2.2.77/32,198.51.100.7/32 --project=acme",
    ),
    (
        "a stopped VM is started",
        ("run/backend", "vm/worker"),
        (vm(status="TERMINATED"),),
        "gcloud compute instances start worker --zone=us-central1-a --project=acme",
    ),
    (
        "a VM that the internet must reach gets a rule",
        ("internet", "vm/worker"),
        (vm("worker", "web", network_interfaces=(vm_interface("34.1.2.5"),)), internet_ingress("198.51.100.0/24")),
        "--target-tags=web",
    ),
]


@pytest.mark.parametrize(("ends", "rows", "line"), [case[1:] for case in MENDS], ids=[case[0] for case in MENDS])
def test_the_mend_is_a_command(ends: tuple[str, str], rows: tuple[Resource, ...], line: str) -> None:
    one = broken(*ends, *rows)

    assert one.mend is not None
    assert one.mend.summary.endswith(".")
    assert any(line in command for command in one.mend.gcloud)


def test_what_does_not_exist_is_shown_with_what_there_is() -> None:
    def said(source: str, destination: str, network: str = "") -> str:
        (one,) = trace(source, destination, *healthy(), network=network).traces
        return one.message

    assert said("run/backnd", "redis/cache") == "run/backnd does not exist; there is run/backend."
    assert said("run/backend", "redis/c") == "redis/c does not exist, so nothing reaches it; there is redis/cache."
    assert said("vm/a", "redis/cache") == "vm/a does not exist; nothing that was read is a vm/…."
    assert said("cidr:10.1.0.0/28", "redis/cache", "vcp").endswith("does not exist; there is vpc (project acme).")


def test_the_nearest_names_are_shown_of_many() -> None:
    rows = [vm(f"web-{number}") for number in range(9)]
    (one,) = trace("vm/web-88", "redis/cache", *healthy(*rows)).traces

    assert one.message.startswith("vm/web-88 does not exist; there are vm/web-8, ")
    assert one.message.endswith(" and 4 more.")


def test_a_nat_of_another_kind_is_left_alone_and_a_fixed_address_kept() -> None:
    private = Nat(name="inner", type="PRIVATE", source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS")
    fixed = Nat(
        name="fixed",
        nat_ip_allocate_option="MANUAL_ONLY",
        nat_ips=("projects/acme/regions/us-central1/addresses/one",),
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
    )
    new = broken("run/backend", "internet", all_traffic(), router(nats=(private,))).mend
    wider = broken("run/backend", "internet", all_traffic(), router(nats=(private, fixed))).mend

    assert new
    assert any("nats create" in line for line in new.gcloud)
    assert wider
    (line,) = wider.gcloud
    assert line == (
        "gcloud compute routers nats update fixed --router=router --nat-all-subnet-ip-ranges --region=us-central1 "
        "--project=acme"
    )


def test_ipv6_packets_get_a_route_for_ipv6() -> None:
    rows = [row for row in dual_stack(external=True) if row.short != "default6"]
    one = broken("vm/worker", "host:[2001:4860:4860::8888]:443", *rows)

    assert one.mend
    assert "--destination-range=::/0" in one.mend.gcloud[0]


def test_internal_ipv6_is_no_matter_for_a_nat() -> None:
    one = broken("vm/worker", "host:[2001:4860:4860::8888]:443", *dual_stack())

    assert "which Cloud NAT does not translate" in one.message
    assert one.mend
    assert not one.mend.gcloud


def test_a_connector_is_put_on_a_network_of_another_project_by_a_subnet_of_it() -> None:
    shared = "projects/host/global/networks/shared"
    one = broken("run/backend", "redis/cache", redis(authorized_network=shared))

    assert one.mend
    assert "--subnet=SUBNET --subnet-project=host" in one.mend.gcloud[0]
    assert "--network" not in one.mend.gcloud[0]


def test_a_revision_that_is_not_ready_is_named() -> None:
    row = service(traffic_statuses=(Traffic(percent=100), Traffic(revision="old", tag="canary")))
    failed = (Condition(type="Ready", state="CONDITION_FAILED", message="Image gone."),)
    old = Revision(name=f"{row.path}/revisions/old", project="acme", location=row.location, conditions=failed)
    one = broken("run/backend", "redis/cache", row, old)

    assert one.message == "Revision old of run/backend, which gets traffic or has a tag, is not ready: Image gone."


def test_a_port_that_redis_does_not_serve_is_its_own_matter_whatever_rules_say() -> None:
    shut = firewalls(rule("deny", allowed=(), denied=tcp(), destination_ranges=("10.166.204.83/32",), priority=900))
    reach = trace("run/backend", "redis/cache", *healthy(shut), services=services(6, [(6379, 6380)]))
    ends = {spell_services(one.packets.services): (one.code, one.mend and one.mend.gcloud) for one in reach.traces}

    assert ends["tcp:6380"] == ("REDIS_INSTANCE_UNSUPPORTED_PORT", ())
    assert ends["tcp:6379"][0] == "FIREWALL_RULE"
    assert all("6380" not in line for _, lines in ends.values() for line in lines or ())


def test_a_rule_for_the_internet_is_spelled_as_people_do() -> None:
    shut = firewalls(rule("deny", allowed=(), denied=tcp("443"), destination_ranges=("0.0.0.0/0",), priority=900))
    one = broken("connector/staging", "internet", shut)

    assert one.mend is not None
    assert "--destination-ranges=0.0.0.0/0 " in one.mend.gcloud[0]
