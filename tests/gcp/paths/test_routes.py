"""Which routes packets take: tables of Google's order, and every corner of random tables against a naive reading."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    COMPUTE,
    PROJECT,
    VPC,
    connector,
    learned_route,
    network,
    policy_route,
    project,
    router_status,
    subnet,
    vm,
)
from tests.builders import route as static
from tests.fuzzing import thorough
from tests.gcp.paths.worlds import GATEWAY, imported
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.firewall.party import Party, connector_party
from validator.gcp.paths.routing.routes import Choice, RouteTable, RouteTables
from validator.headerspace.axes import V4, V6, address_at, addresses, services
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import NO_PACKETS, packets
from validator.headerspace.spelling import spell_addresses
from validator.model.network import Route, SecondaryRange
from validator.model.policyroute import PacketFilter, TaggedVms
from validator.model.resource import Resource
from validator.model.table import Table

STAGING = connector_party(connector())
UNKNOWN = Party()
SOURCE = addresses(["10.2.0.0/28"])
TCP = services(6, [(443, 443)])


def table(*rows: Resource) -> RouteTable:
    """The table of the network `vpc` when the rows are all there is."""
    everything = (project(), network(), *rows)
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in everything if isinstance(row, kind)))
    tables: RouteTables = supply.value(RouteTables)
    found = tables.of(VPC)
    assert found is not None
    return found


def to(name: str, dest: str, **changes: object) -> Route:
    """A static route to the internet gateway."""
    return static(name, dest_range=dest, next_hop_vpn_tunnel="", next_hop_gateway=GATEWAY, **changes)


def chosen(
    rows: tuple[Resource, ...], where: str, sender: Party = STAGING, region: str = "us-central1"
) -> dict[str, str]:
    """By routes ("a|b" where one of them, "a+b" where both, "-" for none) the destinations that take them."""
    asked = packets(SOURCE, addresses([where]), TCP)
    found: dict[str, Intervals] = {}
    for choice in table(*rows).choose(asked, sender, region):
        name = _name(choice)
        found[name] = found.get(name, Intervals()) | choice.packets.destinations
    return {name: spell_addresses(some) for name, some in found.items()}


def _name(choice: Choice) -> str:
    return "|".join("+".join(route.name for route in way) or "-" for way in choice.ways)


CASES: list[tuple[str, tuple[Resource, ...], dict[str, str]]] = [
    ("no route", (), {"-": "10.0.0.0/8"}),
    (
        "the most specific destination wins, whatever its priority",
        (to("wide", "10.0.0.0/8", priority=0), to("narrow", "10.128.0.0/9", priority=65535)),
        {"wide": "10.0.0.0/9", "narrow": "10.128.0.0/9"},
    ),
    (
        "of one destination the lowest priority number wins",
        (to("second", "10.0.0.0/8", priority=900), to("first", "10.0.0.0/8", priority=800)),
        {"first": "10.0.0.0/8"},
    ),
    (
        "of one destination and priority both are used",
        (to("a", "10.0.0.0/8"), to("b", "10.0.0.0/8")),
        {"a+b": "10.0.0.0/8"},
    ),
    (
        "next hops of two sorts do not share traffic",
        (to("a", "10.0.0.0/8"), static("b", dest_range="10.0.0.0/8")),
        {"a|b": "10.0.0.0/8"},
    ),
    (
        "a subnet wins over what holds it",
        (subnet("s", ip_cidr_range="10.64.0.0/10"), to("wide", "10.0.0.0/8", priority=0)),
        {"s": "10.64.0.0/10", "wide": "10.0.0.0/10, 10.128.0.0/9"},
    ),
    (
        "a secondary range is a subnet route",
        (
            subnet(
                "s", ip_cidr_range="10.64.0.0/24", secondary_ip_ranges=(SecondaryRange(ip_cidr_range="10.128.0.0/9"),)
            ),
        ),
        {"s": "10.64.0.0/24, 10.128.0.0/9", "-": "10.0.0.0/10, 10.64.1.0-10.127.255.255"},
    ),
    (
        "a learned route inside a subnet is ignored",
        (subnet("s", ip_cidr_range="10.0.0.0/8"), router_status(learned_route("10.1.0.0/24"))),
        {"s": "10.0.0.0/8"},
    ),
    (
        "a static route inside a subnet may win: that is a hybrid subnet",
        (subnet("s", ip_cidr_range="10.0.0.0/8"), to("inside", "10.128.0.0/9")),
        {"s": "10.0.0.0/9", "s|inside": "10.128.0.0/9"},
    ),
    (
        "the hidden subnet of a connector is a subnet",
        (connector("other", ip_cidr_range="10.128.0.0/28"), to("wide", "10.0.0.0/8")),
        {"of connector/other": "10.128.0.0/28", "wide": "10.0.0.0/9, 10.128.0.16-10.255.255.255"},
    ),
    (
        "an imported subnet route is a subnet route",
        (imported("peer", "10.128.0.0/9", "p"), to("wide", "10.0.0.0/8", priority=0)),
        {"peer": "10.128.0.0/9", "wide": "10.0.0.0/9"},
    ),
    (
        "of two subnet routes the more specific wins",
        (imported("peer", "10.128.0.0/9", "p"), subnet("s", ip_cidr_range="10.0.0.0/8")),
        {"peer": "10.128.0.0/9", "s": "10.0.0.0/9"},
    ),
    (
        "an imported default route is no subnet's, whatever its priority",
        (imported("peer", "0.0.0.0/0", "p"), to("narrow", "10.128.0.0/9")),
        {"peer": "10.0.0.0/9", "narrow": "10.128.0.0/9"},
    ),
    (
        "an imported custom route competes by length",
        (imported("peer", "10.128.0.0/9", "p", priority=1000), to("narrow", "10.128.0.0/10")),
        {"peer": "10.192.0.0/10", "narrow": "10.128.0.0/10", "-": "10.0.0.0/9"},
    ),
    (
        "whether an own or an imported route to one destination wins is not decided",
        (imported("peer", "10.0.0.0/8", "p", priority=10), to("own", "10.0.0.0/8")),
        {"own|peer": "10.0.0.0/8"},
    ),
    (
        "a route for a tag that a connector has applies",
        (to("tagged", "10.0.0.0/8", tags=("vpc-connector",)),),
        {"tagged": "10.0.0.0/8"},
    ),
    (
        "a route for a tag that it cannot have does not",
        (to("tagged", "10.0.0.0/8", tags=("web",)),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a learned route applies in its router's region",
        (router_status(learned_route("10.0.0.0/8")),),
        {"learned by router router": "10.0.0.0/8"},
    ),
    (
        "a learned route of another region may apply",
        (router_status(learned_route("10.0.0.0/8"), location="us-east1"),),
        {"learned by router router|-": "10.0.0.0/8"},
    ),
    (
        "a learned route that was dropped does not apply",
        (router_status(learned_route("10.0.0.0/8", route_status="DROPPED")),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a stopped next hop leaves the packets to the next priority",
        (
            static(
                "dead",
                dest_range="10.0.0.0/8",
                next_hop_vpn_tunnel="",
                next_hop_instance=COMPUTE + vm().path,
                priority=1,
            ),
            vm(status="TERMINATED"),
            to("alive", "10.0.0.0/8"),
        ),
        {"alive": "10.0.0.0/8"},
    ),
    (
        "a policy-based route comes before a subnet",
        (subnet("s", ip_cidr_range="10.0.0.0/8"), policy_route(filter=PacketFilter(dest_range="10.128.0.0/9"))),
        {"s": "10.0.0.0/9", "via-appliance": "10.128.0.0/9"},
    ),
    (
        "a policy-based route for other sources does not apply",
        (subnet("s", ip_cidr_range="10.0.0.0/8"), policy_route(filter=PacketFilter(src_range="10.9.0.0/24"))),
        {"s": "10.0.0.0/8"},
    ),
    (
        "a policy-based route for another protocol does not apply",
        (policy_route(filter=PacketFilter(ip_protocol="UDP")),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a policy-based route for IPv6 does not apply",
        (policy_route(filter=PacketFilter(protocol_version="IPV6")),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a policy-based route for VLAN attachments does not apply",
        (policy_route(filter=PacketFilter(), interconnect_attachment={"region": "all"}),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a policy-based route for another tag does not apply",
        (policy_route(filter=PacketFilter(), virtual_machine=TaggedVms(tags=("web",))),),
        {"-": "10.0.0.0/8"},
    ),
    (
        "a policy-based route may leave packets to the other routes before a later one takes them",
        (
            policy_route(
                "skip",
                filter=PacketFilter(dest_range="10.0.0.0/9"),
                next_hop_other_routes="DEFAULT_ROUTING",
                priority=1,
            ),
            policy_route("take", filter=PacketFilter(), priority=2),
            to("wide", "10.0.0.0/8"),
        ),
        {"wide": "10.0.0.0/9", "take": "10.128.0.0/9"},
    ),
    (
        "a range that cannot be read is not a route",
        (to("odd", "ten/8"), to("wide", "10.0.0.0/8")),
        {"wide": "10.0.0.0/8"},
    ),
    (
        "routes of other networks do not apply",
        (to("other", "10.0.0.0/8", network=f"{COMPUTE}projects/{PROJECT}/global/networks/other"),),
        {"-": "10.0.0.0/8"},
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_order(rows: tuple[Resource, ...], expected: dict[str, str]) -> None:
    assert chosen(rows, "10.0.0.0/8") == expected


def test_a_route_for_tags_of_a_sender_whose_tags_are_not_known_may_apply() -> None:
    rows = (to("tagged", "10.128.0.0/9", tags=("web",)), to("wide", "10.0.0.0/8"))

    assert chosen(rows, "10.0.0.0/8", UNKNOWN) == {"tagged|wide": "10.128.0.0/9", "wide": "10.0.0.0/9"}


def test_whether_a_route_heeds_the_tag_of_a_cloud_run_interface_is_not_known() -> None:
    interface = Party(tags=frozenset(("web",)), direct_vpc=True)

    assert chosen((to("tagged", "10.0.0.0/8", tags=("web",)),), "10.0.0.0/8", interface) == {"tagged|-": "10.0.0.0/8"}
    assert chosen((to("tagged", "10.0.0.0/8", tags=("db",)),), "10.0.0.0/8", interface) == {"-": "10.0.0.0/8"}


def test_policy_routes_for_tags_that_are_not_known_are_reckoned_with() -> None:
    tags = TaggedVms(tags=("web",))
    take = policy_route("take", filter=PacketFilter(), virtual_machine=tags)
    skip = policy_route(
        "skip", filter=PacketFilter(), virtual_machine=tags, next_hop_other_routes="DEFAULT_ROUTING", priority=1
    )

    assert chosen((skip, take), "10.0.0.0/8", UNKNOWN) == {"take": "10.0.0.0/8"}


def test_ipv6_routes_take_ipv6_packets_only() -> None:
    found = table(to("six", "::/0"), to("four", "0.0.0.0/0"))
    asked = packets(SOURCE | addresses(["2600::1"]), V4 | V6, TCP)

    assert {_name(one): one.packets.sources for one in found.choose(asked, STAGING, "")} == {
        "six": addresses(["2600::1"]),
        "four": SOURCE,
    }


PREFIXES = [f"10.0.0.{start}/{length}" for length in (29, 30, 31, 32) for start in range(0, 8, 2 ** (32 - length))]


@st.composite
def tables(draw: st.DrawFn) -> list[Route]:
    """Static routes of small, nested destinations, some for tags, all to one sort of next hop."""
    count = draw(st.integers(0, 7))
    return [
        to(
            f"r{number}",
            draw(st.sampled_from(PREFIXES)),
            priority=draw(st.integers(0, 2)),
            tags=draw(st.sampled_from([(), (), ("vpc-connector",), ("web",)])),
        )
        for number in range(count)
    ]


def naive(routes: list[Route], address: ipaddress.IPv4Address, tags: frozenset[str]) -> str:
    """One packet's routes, read off the list one by one."""
    best: list[Route] = []
    for route in routes:
        block = ipaddress.IPv4Network(route.dest_range)
        if address not in block or (route.tags and not tags & set(route.tags)):
            continue
        rank = (-block.prefixlen, route.priority)
        if best:
            first = best[0]
            held = (-ipaddress.IPv4Network(first.dest_range).prefixlen, first.priority)
            best = [*best, route] if rank == held else [route] if rank < held else best
        else:
            best = [route]
    return "+".join(sorted(route.name for route in best)) or "-"


@given(tables())
@thorough(150)
def test_every_address_takes_the_routes_that_a_naive_reading_gives_it(routes: list[Route]) -> None:
    asked = packets(SOURCE, addresses(["10.0.0.0/28"]), TCP)
    seen = NO_PACKETS

    for choice in table(*routes).choose(asked, STAGING, "us-central1"):
        assert not seen & choice.packets
        seen |= choice.packets
        for first, last in choice.packets.destinations:
            for number in range(first, last + 1):
                address = address_at(number)
                assert isinstance(address, ipaddress.IPv4Address)
                assert "+".join(sorted(_name(choice).split("+"))) == naive(routes, address, STAGING.tags or frozenset())
    assert seen == asked
