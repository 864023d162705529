"""The partition agrees, packet by packet, with a naive evaluator; and what must not matter does not."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import VPC, firewalls, rule, tcp
from tests.gcp.firewall.naive import fate
from validator.gcp.firewall.evaluate import first_match
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import Partition, RuleKind
from validator.gcp.firewall.party import ANYONE, Party
from validator.headerspace.axes import address_at, addresses, port_of, protocol_of, services
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, Packet, Packets, packets
from validator.model.firewall import FirewallRule, Ports

THOROUGH = settings(max_examples=120, derandomize=True, deadline=None)
BLOCKS = ("10.0.0.0/29", "10.0.0.4/30", "10.0.0.6", "10.0.0.3/29", "10.0.0.0/8", "0.0.0.0/0", "fd00::/125", "::/0", "x")
PORTS = ("22", "20-30", "25-6379", "0-65535", "6379", "9-1", "70000", "http")
PROTOCOLS = ("tcp", "TCP", "6", "udp", "17", "icmp", "all", "sctp", "89", "bogus")
ASKED = packets(addresses(["10.0.0.0/29", "fd00::/125"]), addresses(["10.0.0.0/29", "fd00::/126"]))
TAGS, ACCOUNTS = ("web", "db"), ("a@x", "b@x")


def few(values: tuple[str, ...], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


ENTRIES = st.lists(st.builds(Ports, protocol=st.sampled_from(PROTOCOLS), ports=few(PORTS)), min_size=1, max_size=2)


@st.composite
def rules(draw: st.DrawFn, direction: str) -> FirewallRule:
    said = draw(st.sampled_from(["allowed", "denied"] * 6 + ["both", "neither"]))
    accounts = draw(st.booleans())
    fields: dict[str, Any] = {
        "direction": draw(st.sampled_from([direction] * 5 + ["INGRESS", "EGRESS"])),
        "priority": draw(st.sampled_from([0, 1, 1, 2, 2, 65535])),
        "disabled": draw(st.sampled_from([False] * 7 + [True])),
        "allowed": tuple(draw(ENTRIES)) if said in ("allowed", "both") else (),
        "denied": tuple(draw(ENTRIES)) if said in ("denied", "both") else (),
        "source_ranges": draw(few(BLOCKS)),
        "destination_ranges": draw(few(BLOCKS)),
        "target_service_accounts" if accounts else "target_tags": draw(few(ACCOUNTS if accounts else TAGS)),
        "unmodelled": draw(st.sampled_from([()] * 9 + [("strangeField",)])),
    }
    if fields["direction"] == "INGRESS":
        fields["source_service_accounts" if accounts else "source_tags"] = draw(few(ACCOUNTS if accounts else TAGS))
    return FirewallRule(name=f"r{draw(st.integers(0, 99))}", **fields)


PARTIES = st.builds(
    Party,
    tags=st.none() | few(TAGS).map(frozenset),
    service_accounts=st.none() | few(ACCOUNTS).map(frozenset),
    direct_vpc=st.sampled_from([False, False, True]),
)


def judged(
    *some: FirewallRule,
    asked: Packets = ASKED,
    direction: Direction = "EGRESS",
    target: Party = ANYONE,
    sender: Party = ANYONE,
) -> Partition:
    network = NetworkFirewall(network=VPC, rules=ordered((r, RuleKind.VPC) for r in some), answer=firewalls())
    return network.judge(asked, direction=direction, target=target, sender=sender)


def corners(some: Packets) -> Iterator[Packet]:
    for box in some.boxes():
        for service in _ends(box.services):
            for source in _ends(box.sources):
                for destination in _ends(box.destinations):
                    ends = address_at(source), address_at(destination)
                    yield Packet(*ends, protocol_of(service), port_of(service))


def _ends(some: Intervals) -> set[int]:
    first, last = some.spans[0], some.spans[-1]
    return {*first, *last}


def outcomes(partition: Partition) -> tuple[Packets, Packets, Packets]:
    return partition.allowed, partition.denied, partition.undecided


@pytest.mark.parametrize("direction", ["INGRESS", "EGRESS"])
def test_every_piece_agrees_with_the_naive_evaluator(direction: Direction) -> None:
    @THOROUGH
    @given(st.lists(rules(direction), max_size=7), PARTIES, PARTIES)
    def agree(some: list[FirewallRule], target: Party, sender: Party) -> None:
        partition = judged(*some, direction=direction, target=target, sender=sender)
        for piece in partition.pieces:
            for packet in corners(piece.packets):
                assert fate(packet, some, direction, target, sender) == piece.action

    agree()


@THOROUGH
@given(st.lists(rules("INGRESS"), max_size=6), PARTIES)
def test_the_pieces_are_a_partition_of_what_was_asked(some: list[FirewallRule], target: Party) -> None:
    partition = judged(*some, direction="INGRESS", target=target)
    whole = NO_PACKETS
    for piece in partition.pieces:
        assert piece.packets
        assert not whole & piece.packets
        assert (piece.doubt is not None) == (piece.action == "undecided")
        whole |= piece.packets
    assert whole == ASKED


@THOROUGH
@given(st.lists(rules("EGRESS"), max_size=6), PARTIES, st.randoms(use_true_random=False))
def test_order_of_arrival_and_splitting_change_nothing(
    some: list[FirewallRule], target: Party, shuffler: random.Random
) -> None:
    expected = judged(*some, target=target)
    shuffled = list(some)
    shuffler.shuffle(shuffled)
    assert outcomes(judged(*shuffled, target=target)) == outcomes(expected)
    halves = [half for one in some for half in _halves(one)]
    assert outcomes(judged(*halves, target=target)) == outcomes(expected)


def _halves(one: FirewallRule) -> list[FirewallRule]:
    """The same rule once for each destination range, where it has several."""
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    parts: list[tuple[str, ...]] = [(text,) for text in one.destination_ranges] or [()]
    return [FirewallRule(**(fields | {"destination_ranges": part})) for part in parts]


def test_a_last_rule_that_does_not_take_everything_is_an_error() -> None:
    with pytest.raises(ValueError, match="last rule"):
        first_match(EVERY_PACKET, ())


def test_a_thousand_rules_take_well_under_two_seconds() -> None:
    dice = random.Random(7)  # noqa: S311 - a fixed set of rules
    some = [
        rule(
            f"r{number}",
            priority=dice.randrange(1000, 2000),
            destination_ranges=(f"10.{dice.randrange(64)}.{dice.randrange(256)}.0/{dice.choice([20, 24, 28])}",),
            **{dice.choice(["allowed", "denied"]): tcp(str(dice.randrange(1, 50) * 100))},
        )
        for number in range(1000)
    ]
    asked = packets(addresses(["10.2.0.0/28"]), addresses(["10.0.0.0/8"]), services(6))
    start = time.perf_counter()
    partition = judged(*some, asked=asked)
    assert time.perf_counter() - start < 2
    assert partition.denied
    assert len(partition.pieces) > 100
