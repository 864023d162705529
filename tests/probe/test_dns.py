"""domain.lookup against a real DNS server on loopback, healthy and broken."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from tests.probe.dns_server import DnsServer
from tests.probe.kits import kit
from validator.gcp.observed.lookup import Lookup, Status, question
from validator.model.outcome import Cause
from validator.probe.dns import observe
from validator.probe.prober import Prober

LONG_CHAIN = {(f"n{n}.loop.example.", "CNAME"): [f"n{n + 1}.loop.example."] for n in range(30)}
RECORDS = {
    ("api.example.com.", "A"): ["203.0.113.9", "203.0.113.7"],
    ("api.example.com.", "AAAA"): ["2600:1901::7"],
    ("www.example.com.", "CNAME"): ["API.example.com."],
    ("gone.example.com.", "CNAME"): ["bucket.gone.example."],
    ("example.com.", "CAA"): ['0 issue "pki.goog"', '128 iodef "mailto:Ops@example.com"'],
    ("example.com.", "NS"): ["ns-cloud-a1.googledomains.com."],
    ("_acme-challenge.example.com.", "CNAME"): ["authorize.certificatemanager.goog."],
    ("_acme-challenge.example.net.", "CNAME"): ["acme.validation.example."],
    ("acme.validation.example.", "CNAME"): ["authorize.certificatemanager.goog."],
    ("_acme-challenge.example.org.", "CNAME"): ["a.servfail.example."],
    ("_acme-challenge.example.info.", "CNAME"): ["round.example."],
    ("flaky.example.", "A"): ["203.0.113.8"],
    ("shy.example.", "A"): ["203.0.113.8"],
    ("round.example.", "CNAME"): ["trip.example."],
    ("trip.example.", "CNAME"): ["round.example."],
    ("many.example.", "A"): [f"203.0.113.{n}" for n in range(200)],
    ("drip.example.", "A"): ["203.0.113.1"],
    ("xn--e28h.example.", "A"): ["203.0.113.5"],
    **LONG_CHAIN,
}
BROKEN = {
    "servfail.example.": "SERVFAIL",
    "refused.example.": "REFUSED",
    "formerr.example.": "FORMERR",
    "silent.example.": "silent",
    "garbage.example.": "garbage",
    "many.example.": "truncated",
    "drip.example.": "drip",
    "cut.example.": "cut",
    "flaky.example.": "SERVFAIL once",
    "shy.example.": "REFUSED once",
    "referral.example.": "referral",
    "empty.example.": "empty",
    "authority.example.": "authority",
    "another.example.": "another",
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer(RECORDS, broken=BROKEN) as started:  # type: ignore[arg-type]
        yield started


def ask(server: DnsServer, host: str, kind: str = "A", budget_s: float = 2.0) -> Lookup:
    return observe(question("acme", host, kind), kit(resolver=server.address, budget_s=budget_s, inside=False))


#: A question, and the status, records and aliases that come of it.
ANSWERS: dict[str, tuple[str, str, tuple[Status, tuple[str, ...], tuple[str, ...]]]] = {
    "addresses, sorted": ("api.example.com", "A", (Status.NOERROR, ("203.0.113.7", "203.0.113.9"), ())),
    "an IPv6 address": ("api.example.com", "AAAA", (Status.NOERROR, ("2600:1901::7",), ())),
    "a name in capitals with its final dot": (
        "API.Example.COM.",
        "A",
        (Status.NOERROR, ("203.0.113.7", "203.0.113.9"), ()),
    ),
    "an alias and what it leads to": (
        "www.example.com",
        "A",
        (Status.NOERROR, ("203.0.113.7", "203.0.113.9"), ("api.example.com",)),
    ),
    "an alias to nothing": ("gone.example.com", "A", (Status.NXDOMAIN, (), ("bucket.gone.example",))),
    "a name without such a record": ("example.com", "A", (Status.NODATA, (), ())),
    "a name that only has names below it": ("com", "CAA", (Status.NODATA, (), ())),
    "a name that is not there": ("no.example.com", "A", (Status.NXDOMAIN, (), ())),
    "CAA records, word for word": (
        "example.com",
        "CAA",
        (Status.NOERROR, ('0 issue "pki.goog"', '128 iodef "mailto:Ops@example.com"'), ()),
    ),
    "name servers": ("example.com", "NS", (Status.NOERROR, ("ns-cloud-a1.googledomains.com",), ())),
    "an alias itself, with an underscore": (
        "_acme-challenge.example.com",
        "CNAME",
        (Status.NOERROR, ("authorize.certificatemanager.goog",), ("authorize.certificatemanager.goog",)),
    ),
    "an alias that leads on, to its end": (
        "_acme-challenge.example.net",
        "CNAME",
        (
            Status.NOERROR,
            ("acme.validation.example",),
            ("acme.validation.example", "authorize.certificatemanager.goog"),
        ),
    ),
    "a failure that passes": ("flaky.example", "A", (Status.NOERROR, ("203.0.113.8",), ())),
    "a refusal that passes": ("shy.example", "A", (Status.NOERROR, ("203.0.113.8",), ())),
    "nothing, of who has authority": ("a.authority.example", "A", (Status.NODATA, (), ())),
    "an emoji, as A-label": ("xn--e28h.example", "A", (Status.NOERROR, ("203.0.113.5",), ())),
}


@pytest.mark.parametrize(("host", "kind", "expected"), ANSWERS.values(), ids=list(ANSWERS))
def test_an_answer_is_kept(
    server: DnsServer, host: str, kind: str, expected: tuple[Status, tuple[str, ...], tuple[str, ...]]
) -> None:
    row = ask(server, host, kind)
    assert (row.status, row.records, row.chain) == expected
    assert (row.resolver, row.vantage, row.name) == (server.address, "outside", f"{host} {kind}")
    assert row.ttl > 0
    assert row.answered
    assert not row.details
    assert not row.cut


FAILURES: dict[str, tuple[str, Status]] = {
    "the server fails": ("a.servfail.example", Status.SERVFAIL),
    "the server refuses": ("a.refused.example", Status.REFUSED),
    "the server does not understand": ("a.formerr.example", Status.ERROR),
    "nothing comes back": ("a.silent.example", Status.TIMEOUT),
    "garbage comes back": ("a.garbage.example", Status.TIMEOUT),
    "the answer over TCP drips": ("drip.example", Status.TIMEOUT),
    "the answer is cut short, over TCP too": ("a.cut.example", Status.ERROR),
    "a referral": ("a.referral.example", Status.ERROR),
    "nothing, of who does not resolve and has no authority": ("a.empty.example", Status.ERROR),
    "an answer about another name": ("a.another.example", Status.ERROR),
    "two aliases lead to each other": ("round.example", Status.CNAME_LOOP),
    "a chain of aliases has no end": ("n0.loop.example", Status.CNAME_LOOP),
    "a label is too long": (f"{'a' * 64}.example", Status.BADNAME),
    "letters that no name may have": ("😀.example", Status.BADNAME),
    "a label is empty": ("a..example", Status.BADNAME),
    "the name is too long": (".".join(["abcdefgh"] * 40), Status.BADNAME),
}


@pytest.mark.parametrize(("host", "status"), FAILURES.values(), ids=list(FAILURES))
def test_a_failure_is_a_row_of_its_own_status_within_the_budget(server: DnsServer, host: str, status: Status) -> None:
    start = time.monotonic()
    row = ask(server, host, budget_s=0.5)
    assert time.monotonic() - start < 1.5
    assert (row.status, row.records) == (status, ())
    assert not row.answered
    assert row.details
    assert len(row.details) <= 300


def test_a_server_that_says_why_it_failed_is_quoted(server: DnsServer) -> None:
    assert ask(server, "a.servfail.example").details.startswith("EDE 6 (DNSSEC Bogus): made up; ")


def test_a_truncated_answer_is_asked_for_again_over_tcp_and_bounded(server: DnsServer) -> None:
    row = ask(server, "many.example")
    assert (len(row.records), row.cut) == (64, True)
    assert ("many.example.", "A", "tcp") in server.asked


@pytest.mark.parametrize(
    ("host", "chain", "details"),
    [
        ("_acme-challenge.example.org", ("a.servfail.example",), "a.servfail.example CNAME: EDE 6"),
        ("_acme-challenge.example.info", ("round.example", "trip.example"), "trip.example CNAME: it has no end"),
    ],
)
def test_an_alias_that_cannot_be_followed_to_its_end_says_why(
    server: DnsServer, host: str, chain: tuple[str, ...], details: str
) -> None:
    row = ask(server, host, "CNAME")
    assert (row.status, row.records, row.chain) == (Status.NOERROR, chain[:1], chain)
    assert row.details.startswith(details)


def test_a_silent_resolver_is_not_waited_for_again() -> None:
    with DnsServer({}, broken={".": "silent"}) as silent:
        mine = kit(resolver=silent.address, budget_s=0.1)
        rows = [observe(question("acme", f"n{n}.example", "A"), mine) for n in range(8)]
        asked = {host for host, _, _ in silent.asked}
    assert {row.status for row in rows} == {Status.TIMEOUT}
    assert asked == {f"n{n}.example." for n in range(4)}
    assert rows[-1].details.startswith("not asked: ")


def test_a_resolver_that_answered_once_is_asked_again_whatever_stays_without_an_answer() -> None:
    with DnsServer({("a.example.", "A"): ["203.0.113.1"]}, broken={"silent.example.": "silent"}) as server:
        mine = kit(resolver=server.address, budget_s=0.1)
        hosts = [f"n{n}.silent.example" for n in range(3)] + ["a.example"] + [f"m{n}.silent.example" for n in range(3)]
        rows = [observe(question("acme", host, "A"), mine) for host in (*hosts, "a.example")]
    assert [row.status for row in rows].count(Status.NOERROR) == 2
    assert not any(row.details.startswith("not asked") for row in rows)


def test_a_server_that_is_not_there_is_a_row() -> None:
    with DnsServer({}) as gone:
        address = gone.address
    row = observe(question("acme", "a.example", "A"), kit(resolver=address, budget_s=0.5))
    assert row.status in (Status.MALFORMED, Status.TIMEOUT)


def test_where_it_was_asked_from_is_said(server: DnsServer) -> None:
    inside = kit(resolver=server.address, inside=True)
    assert observe(question("acme", "api.example.com", "A"), inside).vantage == "vpc"


def test_the_prober_finds_the_probe_and_its_reading_is_complete(server: DnsServer) -> None:
    probe = Lookup.KIND.probe
    assert probe is not None
    reading = Prober(kit(resolver=server.address))(Lookup, probe, question("acme", "a.servfail.example", "A"))
    assert reading.outcome.cause is Cause.COMPLETE
    assert reading.words == "probe.domain.lookup of a.servfail.example A"
    (row,) = reading.items
    assert msgspec.convert(msgspec.to_builtins(row), Lookup) == row
