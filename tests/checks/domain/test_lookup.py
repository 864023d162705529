"""domain.lookup: what a resolver says, judged for A and AAAA together."""

from __future__ import annotations

import pytest

from checks.domain.lookup import domain_lookup
from tests.balancers import HOST, balancer, domain, forwarding_rule, url_map
from tests.builders import COMPUTE
from tests.dns_rows import ADDRESS, ADDRESS6, caa, looked_up, lookup
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.gcp.observed.lookup import Lookup

#: Something that the resolver did answer.
HEARD = lookup("com", "CAA")
#: Two other domains whose names are refused.
OTHERS = (*looked_up(status="REFUSED", host="a.example.net"), *looked_up(status="REFUSED", host="a.example.edu"))
INSIDE = balancer(
    forwarding_rule(
        ip_address="10.1.0.9",
        load_balancing_scheme="INTERNAL_MANAGED",
        network=f"{COMPUTE}projects/acme/global/networks/vpc",
    )
)
PASSES: dict[str, tuple[Lookup, ...]] = {
    "an IPv4 address, and no IPv6 one": looked_up(ADDRESS),
    "an IPv6 address alone": looked_up(ADDRESS6),
    "both": looked_up(ADDRESS, ADDRESS6),
    "by way of an alias": looked_up(ADDRESS, chain=("lb.example.net",)),
}
FAILS: dict[str, tuple[tuple[Lookup, ...], list[str]]] = {
    "no such name": (looked_up(status="NXDOMAIN"), ["DNS_NXDOMAIN"]),
    "an alias to a name that is not there": (
        looked_up(status="NXDOMAIN", chain=("gone.example.net",)),
        ["DNS_DANGLING_ALIAS"],
    ),
    "a name with neither": (looked_up(), ["DNS_NODATA"]),
    "both questions fail": ((*looked_up(status="SERVFAIL"), HEARD), ["DNS_SERVFAIL"]),
    "one question fails beside a good answer": (
        (lookup(HOST, "A", ADDRESS), lookup(HOST, "AAAA", status="SERVFAIL")),
        ["DNS_SERVFAIL"],
    ),
    "the two fail differently": (
        (lookup(HOST, "A", status="REFUSED"), lookup(HOST, "AAAA", status="TIMEOUT"), HEARD),
        ["DNS_REFUSED", "DNS_TIMEOUT"],
    ),
    "an error code": ((*looked_up(status="ERROR"), HEARD), ["DNS_ERROR"]),
    "no DNS answer": ((*looked_up(status="MALFORMED"), HEARD), ["DNS_MALFORMED"]),
    "aliases in a circle, whoever else is heard": (looked_up(status="CNAME_LOOP"), ["DNS_CNAME_LOOP"]),
    "a name that cannot be asked for": (looked_up(status="BADNAME"), ["DNS_BADNAME"]),
    "no such name for AAAA though A exists": (
        (lookup(HOST, "A", ADDRESS), lookup(HOST, "AAAA", status="NXDOMAIN")),
        ["DNS_CONTRADICTION"],
    ),
    "a resolver that answers nothing at all": (
        (*looked_up(status="TIMEOUT"), *caa(status="TIMEOUT")[:1]),
        ["DNS_RESOLVER_SILENT"],
    ),
    "a resolver that fails at everything": (looked_up(status="SERVFAIL"), ["DNS_RESOLVER_SILENT"]),
    "a machine without a resolver": ((*looked_up(status="NO_SERVER"), HEARD), ["DNS_RESOLVER_SILENT"]),
    "a name that was not asked for": ((HEARD,), ["NOT_ASKED"]),
    "most names, of domains unrelated to each other, fail alike": (
        (*looked_up(status="REFUSED"), *OTHERS, lookup("example.org", "A", ADDRESS), lookup("example.org", "AAAA")),
        ["DNS_RESOLVER_SILENT"],
    ),
    "names of other domains fail too, but most do not": (
        (
            *looked_up(status="REFUSED"),
            *OTHERS,
            *(row for n in range(3) for row in looked_up(ADDRESS, host=f"n{n}.example.org")),
        ),
        ["DNS_REFUSED"],
    ),
    "most names fail alike, all of one domain": (
        (*looked_up(status="REFUSED"), *looked_up(status="REFUSED", host="www.example.com"), HEARD),
        ["DNS_REFUSED"],
    ),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Lookup, ...]) -> None:
    assert codes(domain_lookup, domain(), *rows) == []


@pytest.mark.parametrize(("rows", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Lookup, ...], expected: list[str]) -> None:
    assert codes(domain_lookup, domain(), *rows) == expected


@pytest.mark.parametrize("status", ["NXDOMAIN", "NODATA", "SERVFAIL"])
def test_a_name_that_only_the_vpc_reaches_need_not_be_known_outside(status: str) -> None:
    rows = looked_up(status=status)
    inside = looked_up(status=status, vantage="vpc", resolver="169.254.169.254")
    assert codes(domain_lookup, domain(), *INSIDE, *rows, HEARD) == ["OUT_OF_REACH"]
    assert codes(domain_lookup, domain(), *INSIDE, *inside, HEARD) == [f"DNS_{status}"]
    assert codes(domain_lookup, domain(), *INSIDE, *looked_up("10.1.0.9")) == []


def test_a_name_that_the_internet_reaches_must_be_known_outside() -> None:
    rows, public = looked_up(status="NXDOMAIN"), forwarding_rule("pub", ip_address=ADDRESS)
    assert codes(domain_lookup, domain(), *INSIDE, public, *rows) == ["DNS_NXDOMAIN"]
    assert codes(domain_lookup, domain(), *INSIDE, url_map(hosts=("www.example.org",)), *rows) == ["DNS_NXDOMAIN"]


def test_an_address_is_not_looked_up() -> None:
    assert codes(domain_lookup, domain("203.0.113.7")) == ["NOT_A_NAME"]


@pytest.mark.parametrize("name", ["*", "*.example.com"])
def test_names_that_nothing_tells_are_not_judged(name: str) -> None:
    assert codes(domain_lookup, domain(name)) == ["WILDCARD_NAME"]


def test_a_name_is_found_however_it_is_spelled() -> None:
    rows = looked_up(ADDRESS, host="xn--bcher-kva.example.com")
    assert codes(domain_lookup, domain("Bücher.Example.com."), *rows) == []


def test_a_failure_says_who_was_asked_from_where_and_what_was_said() -> None:
    rows = (*looked_up(status="SERVFAIL", details="EDE 6 (DNSSEC Bogus)", vantage="vpc"), HEARD)
    (found,) = verdicts(domain_lookup, domain(), *rows)
    assert isinstance(found, Violation)
    assert found.message == (
        f"{HOST} A and AAAA: the resolver could not find out (SERVFAIL): a broken delegation, or DNSSEC that does not"
        " fit (EDE 6 (DNSSEC Bogus)); 8.8.8.8 (asked from inside the VPC)."
    )
    assert found.fix is not None
    assert found.fix.gcloud == (f"dig +trace {HOST} A",)


def test_a_dangling_alias_is_named() -> None:
    rows = looked_up(status="NXDOMAIN", chain=("a.example.net", "gone.example.net"))
    (found,) = verdicts(domain_lookup, domain(), *rows)
    assert isinstance(found, Violation)
    assert "gone.example.net, which it is an alias of by way of a.example.net → gone.example.net," in found.message


def test_a_silent_resolver_leaves_it_undecided() -> None:
    (found,) = verdicts(domain_lookup, domain(), *looked_up(status="TIMEOUT"))
    assert isinstance(found, Undecided)
    assert found.message.endswith("The resolver answered no other question either, so this says nothing of the name.")


def test_a_pass_says_what_was_found() -> None:
    (found,) = verdicts(domain_lookup, domain(), *looked_up(ADDRESS, ADDRESS6))
    assert isinstance(found, Proof)
    assert found.message == f"{HOST} leads to {ADDRESS}, {ADDRESS6}; 8.8.8.8 (asked from outside the VPC)"
