"""Packet sets read well in a message."""

from __future__ import annotations

import pytest

from validator.headerspace.axes import EVERY_SERVICE, addresses, services
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, packets
from validator.headerspace.spelling import spell, spell_addresses, spell_blocks, spell_packet, spell_services

FLOW = packets(addresses(["10.2.0.0/28"]), addresses(["10.166.204.83"]), services(6, [(6379, 6379)]))


def test_a_flow() -> None:
    assert spell(FLOW) == "10.2.0.0/28 → 10.166.204.83 tcp:6379"
    assert spell_packet(FLOW.witness) == "10.2.0.0 → 10.166.204.83 tcp:6379"


def test_nothing_and_everything() -> None:
    assert spell(NO_PACKETS) == "nothing"
    assert spell(EVERY_PACKET) == "0.0.0.0/0 → 0.0.0.0/0 all; ::/0 → ::/0 all"


def test_more_boxes_than_the_limit_are_counted() -> None:
    many = NO_PACKETS
    for host in range(5):
        one = services(6, [(host, host)])
        many |= packets(addresses([f"10.0.0.{host * 2}"]), addresses([f"10.1.0.{host}"]), one)
    assert spell(many, limit=2).endswith("; and 3 more")
    assert "more" not in spell(many, limit=5)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        (["0.0.0.0/0", "::/0"], "any"),
        (["10.0.0.5/24"], "10.0.0.0/24"),
        (["10.0.0.0/29", "10.0.0.8/29"], "10.0.0.0/28"),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "10.0.0.1-10.0.0.3"),
        (["255.255.255.255", "::"], "255.255.255.255, ::"),
        (["::1/128"], "::1"),
    ],
)
def test_addresses(blocks: list[str], words: str) -> None:
    assert spell_addresses(addresses(blocks)) == words


def test_blocks_are_what_the_api_takes() -> None:
    assert spell_blocks(addresses(["10.0.0.1", "10.0.0.2", "fd00::/64"])) == ("10.0.0.1/32", "10.0.0.2/32", "fd00::/64")


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (EVERY_SERVICE, "all"),
        (services(6), "tcp"),
        (services(6, [(22, 22), (100, 200)]) | services(17), "tcp:22,100-200 udp"),
        (services(1) | services(47), "icmp gre"),
        (services(89), "protocol 89"),
        (EVERY_SERVICE - services(6, [(25, 25)]), "all but tcp:25"),
    ],
)
def test_services(some: Intervals, words: str) -> None:
    assert spell_services(some) == words
