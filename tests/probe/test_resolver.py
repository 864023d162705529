"""Host names to addresses: both families, and no more time than there is."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from dns.nameserver import Do53Nameserver

from tests.probe.dns_server import DnsServer
from tests.probe.kits import kit
from validator.probe.resolver import Unresolved, addresses_of, make_resolver, resolved, split_server

FOUR, SIX = ("both.internal.", "A"), ("both.internal.", "AAAA")


class Halved(DnsServer):
    """Answers one type as it should, and of the other says this, or nothing."""

    def __init__(self, kind: str, said: str) -> None:
        """Break the type."""
        super().__init__({FOUR: ["127.0.0.1"], SIX: ["::1"]})
        self._kind = dns.rdatatype.from_text(kind)
        self._said = said

    def serve(self, wire: bytes, transport: str, send: Callable[[bytes], Any]) -> None:
        """Answer one question."""
        query = dns.message.from_wire(wire)
        if query.question[0].rdtype != self._kind:
            super().serve(wire, transport, send)
        elif self._said:
            response = dns.message.make_response(query, recursion_available=True)
            response.set_rcode(dns.rcode.from_text(self._said))
            send(response.to_wire())


@pytest.mark.parametrize("said", ["SERVFAIL", "", "NXDOMAIN", "NOTIMP", "NOERROR"])
@pytest.mark.parametrize(("broken", "left"), [("AAAA", "127.0.0.1"), ("A", "::1")])
def test_one_family_is_enough(broken: str, left: str, said: str) -> None:
    with Halved(broken, said) as server:
        found = addresses_of("both.internal", server.address, kit(budget_s=0.6).budget())
    assert found.addresses == (left,), found
    assert found.failure is None


def test_both_families_are_told_the_older_first() -> None:
    with DnsServer({FOUR: ["127.0.0.1"], SIX: ["::1"]}) as server:
        found = addresses_of("both.internal", server.address, kit().budget())
    assert found.addresses == ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("kind", "said", "failure"),
    [
        ("A", "SERVFAIL", Unresolved.SERVER_FAILED),
        ("AAAA", "SERVFAIL", Unresolved.SERVER_FAILED),
        ("AAAA", "", Unresolved.TIMED_OUT),
    ],
)
def test_where_neither_has_any_what_is_not_known_counts_before_what_is_not_there(
    kind: str, said: str, failure: Unresolved
) -> None:
    class Empty(Halved):
        def _fill(self, *_: object) -> bool:
            return True

    with Empty(kind, said) as server:
        found = addresses_of("both.internal", server.address, kit(budget_s=0.3).budget())
    assert (found.addresses, found.failure) == ((), failure)


@pytest.fixture
def nobody() -> Iterator[tuple[str, int]]:
    """A port that swallows questions."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as swallows:
        swallows.bind(("127.0.0.1", 0))
        yield swallows.getsockname()


def test_a_dead_server_leaves_time_for_the_next_one(nobody: tuple[str, int]) -> None:
    begun = time.monotonic()
    with DnsServer({FOUR: ["127.0.0.1"]}) as server:
        resolver = make_resolver("127.0.0.1")
        resolver.nameservers = [
            Do53Nameserver("127.0.0.1", port) for port in (nobody[1], split_server(server.address)[1])
        ]
        found = resolved("both.internal", resolver, kit(budget_s=1.0).budget())
    assert found.addresses == ("127.0.0.1",)
    assert time.monotonic() - begun < 1.0


def test_a_dead_server_is_waited_for_with_the_whole_budget(nobody: tuple[str, int]) -> None:
    begun = time.monotonic()
    found = addresses_of("both.internal", f"127.0.0.1:{nobody[1]}", kit(budget_s=0.4).budget())
    assert found.failure == Unresolved.TIMED_OUT
    assert 0.2 < time.monotonic() - begun < 0.45
