"""Name matching after RFC 9525."""

from __future__ import annotations

import pytest

from validator.gcp.certificates.names import below, covers, normal, packed, why_not

COVERED = {
    "the name itself": ("api.example.com", "api.example.com"),
    "any case": ("API.Example.COM", "api.example.com"),
    "a trailing dot on the name asked for": ("api.example.com", "api.example.com."),
    "a wildcard for one label": ("*.example.com", "api.example.com"),
    "a deeper wildcard": ("*.staging.example.com", "api.staging.example.com"),
    "an internationalised name by its A-label": ("xn--bcher-kva.example", "bücher.example"),
    "a wildcard for an A-label": ("*.example.com", "bücher.example.com"),
    "a wildcard of an internationalised name": ("*.xn--bcher-kva.example", "api.BÜCHER.example"),
    "a sharp s, which is a letter of its own since IDNA 2008": ("xn--strae-oqa.example", "straße.example"),
    "an ideographic full stop": ("api.example.com", "api。example。com"),
    "an underscore": ("_sip.example.com", "_sip.example.com"),
}
UNCOVERED = {
    "a wildcard for two labels": ("*.example.com", "api.staging.example.com"),
    "a wildcard for its own parent": ("*.example.com", "example.com"),
    "a wildcard of another domain": ("*.example.org", "api.example.com"),
    "a wildcard of a name that merely ends alike": ("*.example.com", "api.anexample.com"),
    "a name that merely ends alike": ("example.com", "api.example.com"),
    "a wildcard inside a label": ("a*.example.com", "api.example.com"),
    "a wildcard before a suffix": ("*pi.example.com", "api.example.com"),
    "a wildcard in the middle": ("api.*.com", "api.example.com"),
    "two wildcards": ("*.*.com", "api.example.com"),
    "a wildcard for every name": ("*", "localhost"),
    "a wildcard below a top-level domain": ("*.com", "example.com"),
    "an address by its own text": ("10.0.0.1", "10.0.0.1"),
    "an address by a wildcard": ("*.0.0.1", "10.0.0.1"),
    "an address in brackets by its text": ("2001:db8::1", "[2001:db8::1]"),
    "a wildcard inside an A-label": ("xn--*.example.com", "xn--bcher-kva.example.com"),
    "a name of emoji, which has no A-label": ("xn--ls8h.example", "💩.example"),
    "an empty name": ("", "api.example.com"),
    "an empty left-most label": ("*.example.com", ".example.com"),
}


@pytest.mark.parametrize(("pattern", "host"), COVERED.values(), ids=COVERED)
def test_covers(pattern: str, host: str) -> None:
    assert covers(pattern, host)
    assert why_not(pattern, host) == ""


@pytest.mark.parametrize(("pattern", "host"), UNCOVERED.values(), ids=UNCOVERED)
def test_does_not_cover(pattern: str, host: str) -> None:
    assert not covers(pattern, host)
    assert why_not(pattern, host)


@pytest.mark.parametrize(
    ("pattern", "host", "words"),
    [
        ("*.example.com", "api.staging.example.com", "a wildcard stands for exactly one label"),
        ("*.example.com", "example.com", "a wildcard does not stand for example.com itself"),
        ("*.example.com", "10.0.0.1", "an address is never matched by a DNS name"),
        ("f*.example.com", "foo.example.com", "a wildcard counts only as the whole left-most label"),
        ("www.example.com", "api.example.com", "it is another name"),
    ],
)
def test_says_why_not(pattern: str, host: str, words: str) -> None:
    assert why_not(pattern, host) == words


def test_a_name_that_idna_refuses_is_compared_as_it_is() -> None:
    long = "a" * 64 + ".example.com"
    assert normal(long.upper()) == long


@pytest.mark.parametrize("name", ["💩.example", "bü" + "c" * 70 + ".example", "\u202ebücher.example"])
def test_what_idna_refuses_is_compared_as_it_is(name: str) -> None:
    assert normal(name) == name.lower()


def test_addresses_are_bytes_whatever_their_spelling() -> None:
    assert packed("[2001:db8:0::1]") == packed("2001:DB8::1")
    with pytest.raises(ValueError, match="does not appear"):
        packed("api.example.com")


BELOW = {
    "a name with one label for the wildcard": ("API.eu.example.com", "*.eu.example.com", True),
    "a name before a suffix": ("api-eu.example.com", "*-eu.example.com", True),
    "a name without the suffix": ("api.example.com", "*-eu.example.com", False),
    "a name with two labels": ("a.b.eu.example.com", "*.eu.example.com", False),
    "the parent itself": ("eu.example.com", "*.eu.example.com", False),
    "the wildcard itself": ("*.eu.example.com", "*.eu.example.com", False),
    "a name of another domain": ("api.us.example.com", "*.eu.example.com", False),
}


@pytest.mark.parametrize(("name", "host_rule", "yes"), BELOW.values(), ids=BELOW)
def test_which_names_stand_below_a_wildcard(name: str, host_rule: str, *, yes: bool) -> None:
    assert below(name, host_rule) is yes


@pytest.mark.parametrize(
    ("name", "yes"),
    [
        ("*.eu.example.com", True),
        ("*.EU.example.com", True),
        ("*.example.com", False),
        ("a.eu.example.com", False),
        ("*.a.eu.example.com", False),
    ],
)
def test_only_the_same_wildcard_covers_a_wildcard(name: str, *, yes: bool) -> None:
    assert covers(name, "*.eu.example.com") is yes
