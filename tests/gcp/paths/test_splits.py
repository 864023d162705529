"""A packet set that splits: which part goes where, and that no packet is lost or counted twice."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import VPC, connector, firewalls, route, rule, service, tcp, template, vm, vm_interface
from tests.fuzzing import thorough
from tests.gcp.paths.worlds import (
    APPS,
    GATEWAY,
    all_traffic,
    codes,
    default_route,
    healthy,
    other_network,
    redis_route,
    trace,
)
from validator.gcp.paths.trace import End, Reach, Result
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import NO_PACKETS
from validator.headerspace.spelling import spell, spell_addresses
from validator.model.firewall import FirewallRule
from validator.model.network import Route
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Revision, Service, Traffic, VpcAccess


def parts(reach: Reach) -> dict[str, str]:
    """The packets of each end, by code."""
    found: dict[str, object] = {}
    for one in reach.traces:
        name = f"{one.end} {one.code}"
        found[name] = found.get(name, NO_PACKETS) | one.packets  # type: ignore[operator]
    return {name: spell(some) for name, some in found.items()}  # type: ignore[arg-type]


def test_a_deny_of_half_a_connector_splits_it_in_the_right_halves() -> None:
    half = rule("half", denied=tcp("6379"), priority=900, source_ranges=("10.2.0.8/29",))
    reach = trace("run/backend", "redis/cache", *healthy(firewalls(half)))

    assert parts(reach) == {
        "DROP FIREWALL_RULE": "10.2.0.8/29 → 10.166.204.83 tcp:6379",
        "DELIVER REDIS_INSTANCE": "10.2.0.0/29 → 10.166.204.83 tcp:6379",
    }
    assert reach.result is Result.AMBIGUOUS


def test_a_route_that_takes_half_of_a_range_splits_the_destinations() -> None:
    half = route("half", dest_range="10.128.0.0/9")
    other = route("wide", dest_range="10.0.0.0/8", next_hop_vpn_tunnel="", next_hop_hub="hubs/main", priority=1)
    reach = trace("connector/staging", "cidr:10.64.0.0/10", *healthy(half, other))
    both = trace("vm/worker", "cidr:10.0.0.0/8", *healthy(vm(), half, other, firewalls(rule(allowed=tcp()))))

    assert parts(reach) == {"FORWARD NCC_HUB": "10.2.0.0/28 → 10.64.0.0/10 tcp"}
    found = {f"{one.end} {one.code}": spell_addresses(one.packets.destinations, 9) for one in both.traces}
    assert found["FORWARD VPN_GATEWAY"].startswith("10.128.0.0-10.166.204.79, 10.166.204.88-")
    assert found["FORWARD PEERING_VPC"] in ("10.20.0.0/24", "10.166.204.80/29")


def test_a_nine_bit_hijack_takes_redis_only_when_nothing_narrower_is_imported() -> None:
    hijack = route("hijack", dest_range="10.128.0.0/9")

    assert codes(trace("run/backend", "redis/cache", *healthy(hijack))) == [("DELIVER", "REDIS_INSTANCE")]
    gone = redis_route(dest_range="10.166.204.88/29")
    assert codes(trace("run/backend", "redis/cache", *healthy(hijack, gone))) == [("DROP", "ROUTE_WRONG_NETWORK")]


def test_the_tag_of_a_connector_takes_its_packets_alone_another_way() -> None:
    tagged = route("tagged", dest_range="10.166.204.80/28", tags=("vpc-connector-us-central1-staging",))
    rows = healthy(tagged, redis_route(dest_range="10.166.204.80/28", priority=1000), vm())

    # An own and an imported route to one destination: which one wins is not known, but a VM has only the imported one.
    assert codes(trace("run/backend", "redis/cache", *rows)) == [("ABORT", "UNSUPPORTED")]
    assert codes(trace("vm/worker", "redis/cache", *rows)) == [("DELIVER", "REDIS_INSTANCE")]


def test_two_equal_routes_of_which_one_drops_drop() -> None:
    first, second = (
        route(name, dest_range="10.50.0.0/16", next_hop_vpn_tunnel="", next_hop_peering=peer, priority=7)
        for name, peer in (("good", "to-other"), ("bad", "gone"))
    )
    reach = trace("run/backend", "cidr:10.50.0.0/24", *healthy(*other_network(), first, second))

    assert codes(reach) == [("DROP", "ROUTE_BLACKHOLE")]


def test_ways_that_agree_decide_though_it_is_not_known_which_is_taken() -> None:
    own = route(
        "own", dest_range="10.166.204.80/29", next_hop_vpn_tunnel="", next_hop_peering="redis-peer-411000000001"
    )
    rows = healthy(own, redis_route(priority=1000))

    assert codes(trace("run/backend", "redis/cache", *rows)) == [("DELIVER", "REDIS_INSTANCE")]


def test_a_service_on_private_ranges_sends_public_and_private_destinations_two_ways() -> None:
    reach = trace("run/backend", "cidr:8.0.0.0/5", *healthy(firewalls(rule(allowed=tcp())), default_route()))

    ends = {(one.end, one.hops[1].state) for one in reach.traces}
    assert (End.DELIVER, "SERVERLESS_EXTERNAL_CONNECTION") in ends
    inside = [one for one in reach.traces if one.hops[1].state == "ARRIVE_AT_VPC_CONNECTOR"]
    assert inside
    assert all(one.packets.destinations <= addresses(["10.0.0.0/8"]) for one in inside)


def test_a_subnet_with_vms_splits_by_their_tags() -> None:
    closed = rule("closed", direction="INGRESS", denied=tcp(), source_ranges=("0.0.0.0/0",), priority=202)
    first = rule(
        "web-first",
        direction="INGRESS",
        allowed=tcp("80"),
        target_tags=("web",),
        source_ranges=("10.2.0.0/28",),
        priority=201,
    )
    rows = healthy(vm("web", "web"), vm("db", "db", address="10.1.0.6"), firewalls(closed, first))
    reach = trace("connector/staging", "subnet/apps", *rows, services=services(6, [(80, 80)]))

    assert parts(reach) == {
        "DELIVER INSTANCE": "10.2.0.0/28 → 10.1.0.5 tcp:80",
        "DROP FIREWALL_RULE": "10.2.0.0/28 → 10.1.0.6 tcp:80",
        "ABORT UNKNOWN_TARGET": "10.2.0.0/28 → 10.1.0.0-10.1.0.4, 10.1.0.7-10.1.0.255 tcp:80",
    }


def test_two_interfaces_of_a_vm_are_two_ways() -> None:
    nics = (vm_interface(), vm_interface(name="nic1", network_ip="10.1.0.9"))
    reach = trace("vm/worker", "redis/cache", *healthy(vm(network_interfaces=nics)))

    assert reach.asked.sources == addresses(["10.1.0.5", "10.1.0.9"])
    assert codes(reach) == [("DELIVER", "REDIS_INSTANCE")]


def two_revisions(old: VpcAccess) -> tuple[Resource, ...]:
    """The service on its connector, half of whose traffic goes to an older revision with another VPC access."""
    halves = (Traffic(percent=50), Traffic(revision="backend-00001-xyz", percent=50))
    row = service(traffic_statuses=halves)
    path = f"{row.path}/revisions/backend-00001-xyz"
    return (row, Revision(name=path, project=row.project, location=row.location, vpc_access=old))


def test_two_revisions_on_one_connector_send_the_same_packets_once() -> None:
    everything = VpcAccess(connector=connector().name, egress="ALL_TRAFFIC")
    reach = trace("run/backend", "redis/cache", *healthy(*two_revisions(everything)))

    assert parts(reach) == {"DELIVER REDIS_INSTANCE": "10.2.0.0/28 → 10.166.204.83 tcp:6379"}
    assert len(reach.traces) == 1


def test_of_two_revisions_with_different_tags_the_one_that_is_denied_counts() -> None:
    tagged, plain = (
        VpcAccess(network_interfaces=(NetworkInterface(network=VPC, subnetwork=APPS, tags=tags),))
        for tags in (("old",), ())
    )
    row, older = two_revisions(tagged)
    assert isinstance(row, Service)
    newest = msgspec.structs.replace(row, template=template(vpc_access=plain))
    deny = firewalls(rule("old", denied=tcp("6379"), target_tags=("old",)))
    reach = trace("run/backend", "redis/cache", *healthy(newest, older, deny))

    assert parts(reach) == {"DROP FIREWALL_RULE": "10.1.0.0/24 → 10.166.204.83 tcp:6379"}


def test_of_two_revisions_the_one_without_vpc_access_is_lost() -> None:
    row, older = two_revisions(VpcAccess())
    reach = trace("run/backend", "redis/cache", *healthy(row, older))

    assert {code for _, code in codes(reach)} == {"REDIS_INSTANCE", "VPC_CONNECTOR_NOT_SET"}
    assert reach.result is Result.AMBIGUOUS


BLOCKS = ("10.2.0.0/29", "10.2.0.8/30", "10.2.0.12/32", "10.1.0.0/26", "0.0.0.0/0")
TO = ("10.166.204.83/32", "10.1.0.0/25", "10.1.0.64/26", "192.168.0.0/17", "8.8.8.0/24", "0.0.0.0/0")


@st.composite
def rules(draw: st.DrawFn) -> list[FirewallRule]:
    return [
        rule(
            f"f{number}",
            direction=draw(st.sampled_from(["EGRESS", "INGRESS"])),
            priority=draw(st.integers(900, 1002)),
            source_ranges=(draw(st.sampled_from(BLOCKS)),),
            destination_ranges=(draw(st.sampled_from(TO)),),
            target_tags=draw(st.sampled_from([(), (), ("vpc-connector",), ("web",)])),
            **{draw(st.sampled_from(["allowed", "denied"])): tcp(*draw(st.sampled_from([("6379",), ("1-9000",), ()])))},
        )
        for number in range(draw(st.integers(0, 5)))
    ]


@st.composite
def routes(draw: st.DrawFn) -> list[Route]:
    hops = (
        {"next_hop_vpn_tunnel": "t"},
        {"next_hop_gateway": GATEWAY},
        {"next_hop_peering": "redis-peer-411000000001"},
        {"next_hop_peering": "gone"},
        {"next_hop_ilb": "10.1.0.99"},
        {"next_hop_instance": "projects/acme/zones/us-central1-a/instances/gone"},
    )
    return [
        route(
            f"r{number}",
            dest_range=draw(st.sampled_from(TO)),
            priority=draw(st.integers(0, 2)),
            tags=draw(st.sampled_from([(), (), ("vpc-connector",), ("web",)])),
            **({"next_hop_vpn_tunnel": ""} | draw(st.sampled_from(hops))),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@given(
    rules(),
    routes(),
    st.sampled_from(["run/backend", "connector/staging", "cidr:10.1.0.0/24", "vm/worker", "subnet/apps"]),
    st.sampled_from(
        ["redis/cache", "subnet/apps", "cidr:192.168.0.0/16", "cidr:10.0.0.0/8", "internet", "host:8.8.8.8:53"]
    ),
    st.booleans(),
)
@thorough(120)
def test_traces_are_disjoint_and_together_the_packets_asked_about(
    filters: list[FirewallRule],
    ways: list[Route],
    source: str,
    destination: str,
    everything: bool,  # noqa: FBT001 - drawn
) -> None:
    service = (all_traffic(),) if everything else ()
    rows = healthy(firewalls(*filters), *ways, vm("worker", "web"), *service)
    reach = trace(source, destination, *rows, network="vpc")
    seen = NO_PACKETS

    assert reach.traces
    for one in reach.traces:
        assert one.packets
        assert one.hops
        assert one.message
        assert not seen & one.packets
        seen |= one.packets
    if destination != "internet":  # of which imported routes to public addresses take their part away
        calm = trace(source, destination, *healthy(vm("worker", "web"), *service), network="vpc")
        assert seen == calm.asked


@given(st.permutations(range(14)))
@thorough(15)
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    rows = healthy(firewalls(rule("half", denied=tcp("6379"), source_ranges=("10.2.0.0/29",))))
    assert len(rows) == len(order)

    shuffled = trace("run/backend", "redis/cache", *(rows[place] for place in order))
    assert shuffled == trace("run/backend", "redis/cache", *rows)
