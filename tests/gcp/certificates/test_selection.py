"""Which certificate a proxy answers a client with that asks for a name."""

from __future__ import annotations

import pytest
import trustme

from tests.balancers import (
    GLOBAL,
    HOST,
    MANAGER,
    certificate,
    managed,
    manager_certificate,
    map_entry,
    mapped_proxy,
    proxy,
    ssl_proxy,
)
from tests.builders import COMPUTE, REGION, project
from tests.gcp.certificates.facts import derived
from tests.pems import chain_of
from validator.gcp.certificates.selection import Certificates, Proxy, entry_for
from validator.gcp.certificates.x509 import Chain, read_chain
from validator.model.resource import Resource

ENTRIES = (
    map_entry("exact", "api.example.com"),
    map_entry("wild", "*.example.com"),
    map_entry("primary", "", matcher="PRIMARY"),
)


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("api.example.com", "exact"),
        ("API.example.com.", "exact"),
        ("www.example.com", "wild"),
        ("a.b.example.com", "primary"),
        ("example.com", "primary"),
        ("else.org", "primary"),
        ("", "primary"),
        ("10.0.0.1", "primary"),
        ("[2001:db8::1]", "primary"),
    ],
)
def test_the_exact_entry_beats_the_wildcard_beats_the_primary(host: str, entry: str) -> None:
    found = entry_for(ENTRIES, host)
    assert found is not None
    assert found.short == entry


def test_without_a_primary_entry_nothing_answers_another_name() -> None:
    assert entry_for(ENTRIES[:2], "else.org") is None


def certificates(*rows: Resource) -> Certificates:
    return derived(Certificates, project(), *rows)


def test_a_proxy_shows_its_classic_certificates() -> None:
    shown = certificates(certificate(), certificate("other")).presented(proxy(), HOST)
    assert [held.short for held in shown.held] == ["web"]
    assert (shown.missing, shown.map, shown.entry) == ((), "", None)


def test_a_reference_to_nothing_is_missing() -> None:
    shown = certificates(certificate("other")).presented(proxy(), HOST)
    assert shown.missing == ("projects/acme/global/sslCertificates/web",)


def test_a_map_overrides_the_proxy_s_own_list() -> None:
    both = mapped_proxy(ssl_certificates=proxy().ssl_certificates)
    shown = certificates(certificate(), manager_certificate(), map_entry()).presented(both, HOST)
    assert [held.path for held in shown.held] == [f"{MANAGER}/certificates/web"]
    assert shown.map == f"{MANAGER}/certificateMaps/web"


def test_a_map_named_by_project_number_is_the_same_map() -> None:
    numbered = proxy(
        certificate_map="//certificatemanager.googleapis.com/projects/123456789/locations/global/certificateMaps/web"
    )
    assert certificates(manager_certificate(), map_entry()).presented(numbered, HOST).entry == map_entry()


def test_an_entry_of_another_map_does_not_answer() -> None:
    elsewhere = map_entry(map_name="other")
    assert certificates(manager_certificate(), elsewhere).presented(mapped_proxy(), HOST).entry is None


def test_a_proxy_may_list_certificate_manager_certificates() -> None:
    listed = proxy(ssl_certificates=(f"//certificatemanager.googleapis.com/{MANAGER}/certificates/web",))
    shown = certificates(manager_certificate()).presented(listed, HOST)
    assert [held.classic for held in shown.held] == [False]


LISTED = ("web", "second", "third")
LIST = proxy(ssl_certificates=tuple(f"{GLOBAL}/sslCertificates/{name}" for name in LISTED))
MAP = f"{MANAGER}/certificateMaps/web"
REGIONAL = f"{COMPUTE}projects/acme/regions/{REGION}"
BELOW_EXAMPLE = "*.example.com"

#: Proxy, certificates, name asked for; the names of the candidates.
CHOSEN: dict[str, tuple[Proxy, tuple[Resource, ...], str, list[str]]] = {
    "the one that covers the name, wherever it stands": (
        LIST,
        (certificate("web", "x.org"), certificate("second"), certificate("third", "y.org")),
        HOST,
        ["second"],
    ),
    "all that cover it: which one, the client's abilities decide": (
        LIST,
        (certificate("web", "x.org"), certificate("second"), certificate("third", "*.staging.example.com")),
        HOST,
        ["second", "third"],
    ),
    "the first where none covers the name": (
        LIST,
        (certificate("web", "x.org"), certificate("second", "y.org"), certificate("third", "z.org")),
        HOST,
        ["web"],
    ),
    "the first where no name is asked for": (
        LIST,
        (certificate("web", "x.org"), certificate("second"), certificate("third")),
        "",
        ["web"],
    ),
    "the first where an address is, which no client asks for by name": (
        LIST,
        (certificate("web", "x.org"), certificate("second", "10.0.0.1"), certificate("third")),
        "10.0.0.1",
        ["web"],
    ),
    "not one that covers the name and is not issued": (
        LIST,
        (certificate("web", "x.org"), managed("second", status="PROVISIONING"), certificate("third")),
        HOST,
        ["third"],
    ),
    "the first where the one that covers it is not issued": (
        LIST,
        (certificate("web", "x.org"), managed("second", status="PROVISIONING"), certificate("third", "y.org")),
        HOST,
        ["web"],
    ),
    "a regional proxy's regional certificate, not the global one of its name": (
        proxy(
            location=REGION,
            self_link=f"{REGIONAL}/targetHttpsProxies/web",
            ssl_certificates=("web",),
        ),
        (certificate("web", "x.org"), certificate("web", location=REGION, self_link=f"{REGIONAL}/sslCertificates/web")),
        HOST,
        ["web"],
    ),
    "an SSL proxy's, the same way": (ssl_proxy(), (certificate(),), HOST, ["web"]),
    "Certificate Manager's in the list, the same way": (
        proxy(ssl_certificates=(f"{MANAGER}/certificates/web", f"{MANAGER}/certificates/second")),
        (manager_certificate("web", "x.org"), manager_certificate("second")),
        HOST,
        ["second"],
    ),
    "all of a map's entry": (
        mapped_proxy(),
        (manager_certificate(), manager_certificate("rsa"), map_entry("e", HOST, "web", "rsa")),
        HOST,
        ["web", "rsa"],
    ),
    "those of the map's entry, though none covers the name": (
        mapped_proxy(),
        (manager_certificate("web", "x.org"), map_entry()),
        HOST,
        ["web"],
    ),
    "the primary entry's where no name is asked for": (
        mapped_proxy(),
        (manager_certificate(), manager_certificate("p"), map_entry(), map_entry("p", "", "p", matcher="PRIMARY")),
        "",
        ["p"],
    ),
    "one whose renewal is under way, which its PEM shows to be in force": (
        mapped_proxy(),
        (
            manager_certificate(state="PROVISIONING", pem_certificate=chain_of(trustme.CA(), HOST)),
            map_entry(),
        ),
        HOST,
        ["web"],
    ),
}


@pytest.mark.parametrize(("through", "rows", "host", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_what_is_answered_for_certain(
    through: Proxy, rows: tuple[Resource, ...], host: str, expected: list[str]
) -> None:
    found = certificates(*rows).selection(through, host)
    assert [one.short for one in found.candidates] == expected
    assert (found.doubt, found.refused) == ("", False)


#: Proxy and certificates; why it is not certain what is answered.
DOUBTED: dict[str, tuple[Proxy, tuple[Resource, ...], str]] = {
    "a list with a certificate of another project": (
        proxy(ssl_certificates=(f"{GLOBAL}/sslCertificates/web", "projects/else/global/sslCertificates/x")),
        (certificate(),),
        "projects/else/global/sslCertificates/x is not read",
    ),
    "a list with a certificate that is not there": (
        LIST,
        (certificate(), certificate("second")),
        "projects/acme/global/sslCertificates/third is not read",
    ),
    "a list without certificates": (proxy(ssl_certificates=()), (), "none of its certificates covers the name"),
    "a list whose first is not issued, and no other covers the name": (
        LIST,
        (managed(status="PROVISIONING"), certificate("second", "x.org"), certificate("third", "y.org")),
        "the first of them is not issued",
    ),
    "a map of another project": (
        mapped_proxy(certificate_map=f"projects/else/{MAP.removeprefix('projects/acme/')}"),
        (manager_certificate(), map_entry()),
        "projects/else/locations/global/certificateMaps/web is not read",
    ),
    "an entry that is pending": (
        mapped_proxy(),
        (manager_certificate(), map_entry(state="PENDING")),
        "map entry web is PENDING",
    ),
    "an entry without a state": (
        mapped_proxy(),
        (manager_certificate(), map_entry(state="")),
        "map entry web is in no known state",
    ),
    "an entry of which no certificate is issued": (
        mapped_proxy(),
        (manager_certificate(state="PROVISIONING"), map_entry()),
        "no certificate of map entry web is issued",
    ),
}


@pytest.mark.parametrize(("through", "rows", "why"), DOUBTED.values(), ids=DOUBTED)
def test_what_is_not_certain_is_said(through: Proxy, rows: tuple[Resource, ...], why: str) -> None:
    found = certificates(*rows).selection(through, HOST)
    assert why in found.doubt
    assert not found.refused


def test_a_map_without_entry_refuses_the_handshake() -> None:
    found = certificates(manager_certificate(), map_entry("x", "x.org")).selection(mapped_proxy(), HOST)
    assert (found.candidates, found.refused, found.doubt) == ((), True, "")


def test_every_certificate_that_covers_the_name_is_a_candidate_with_its_own_fingerprint() -> None:
    authority = trustme.CA()
    pems = [chain_of(authority, HOST) for _ in range(2)]
    both = certificates(
        certificate(certificate=pems[0]), certificate("second", certificate=pems[1]), certificate("third", "x.org")
    )
    found = both.selection(LIST, HOST)
    read = [read_chain(pem) for pem in pems]
    assert [one.chain for one in found.candidates] == read
    assert all(isinstance(chain, Chain) for chain in read)


@pytest.mark.parametrize("pem", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_certificate_without_a_readable_pem_is_a_candidate_that_nothing_can_be_compared_with(pem: str) -> None:
    known = chain_of(trustme.CA(), HOST)
    rows = (certificate(certificate=known), certificate("second", certificate=pem), certificate("third", "x.org"))
    found = certificates(*rows).selection(LIST, HOST)
    assert [one.chain is None for one in found.candidates] == [False, True]


def test_the_names_of_the_pem_count_not_those_the_api_tells() -> None:
    (found,) = certificates(certificate(certificate=chain_of(trustme.CA(), "www.example.com", "10.0.0.1"))).all
    assert not found.covers(HOST)
    assert found.covers("www.example.com")
    assert found.covers("10.0.0.1")
    assert not found.covers("10.0.0.2")


def test_an_address_that_the_api_tells_as_a_name_does_not_count() -> None:
    (found,) = certificates(certificate("web", "10.0.0.1")).all
    assert not found.covers("10.0.0.1")
