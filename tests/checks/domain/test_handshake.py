"""domain.handshake: what each address showed, beside what the configuration predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

from checks.domain.handshake import DomainHandshake, domain_handshake
from tests.balancers import (
    GLOBAL,
    HOST,
    balancer,
    certificate,
    domain,
    forwarding_rule,
    managed,
    manager_certificate,
    map_entry,
    mapped_proxy,
    proxy,
    url_map,
)
from tests.gcp.certificates.facts import derived
from tests.judging import ACME, NOW, codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Verdict, Violation
from validator.engine.needs import Supply
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.x509 import Chain, read_chain
from validator.gcp.observed.handshake import Handshake, _targets, endpoints_of
from validator.model.domainmapping import DomainMapping
from validator.model.inventory import Inventory
from validator.model.outcome import Reading
from validator.model.resource import Resource, target
from validator.model.table import Table
from validator.snapshot import dump, load

FOUR, SIX = "203.0.113.7", "2600:1901::7"
DEFAULTS = DomainHandshake()
ENDS = NOW.replace(year=2027, month=1, day=20)
AUTHORITY = trustme.CA()


def pem(*names: str) -> str:
    """A certificate for the names."""
    leaf = AUTHORITY.issue_cert(*names, not_before=NOW.replace(month=10), not_after=ENDS)
    return "".join(blob.bytes().decode() for blob in leaf.cert_chain_pems)


def fingerprint(text: str) -> str:
    chain = read_chain(text)
    assert isinstance(chain, Chain)
    return chain.fingerprint


OURS = pem(HOST)
UPLOADED = certificate(certificate=OURS)
RULE = forwarding_rule(ip_address=FOUR)
RULE_SIX = forwarding_rule("https6", ip_address=SIX, ip_version="IPV6")
ONLY_SIX = forwarding_rule(ip_address=SIX, ip_version="IPV6")
INTERNAL = forwarding_rule(ip_address="10.0.0.7", load_balancing_scheme="INTERNAL_MANAGED", location="us-central1")


def row(address: str = FOUR, host: str = HOST, port: int = 443, **changes: Any) -> Handshake:
    """A good handshake that showed the uploaded certificate."""
    at = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    fields: dict[str, Any] = {
        "name": f"{host} at {at}",
        "project": "acme",
        "host": host,
        "address": address,
        "port": port,
        "vantage": "outside",
        "connections": 5,
        "fingerprint": fingerprint(OURS),
        "not_before": "2026-10-20T18:00:00+00:00",
        "not_after": ENDS.isoformat(),
        "names": (HOST,),
        "name_count": 1,
        "covered": True,
        "issuer": "CN=WR3,O=Google Trust Services,C=US",
        "sent": 2,
        "offered": ("TLS_1_2", "TLS_1_3"),
        "refused": ("TLS_1_0", "TLS_1_1"),
    }
    return Handshake(**(fields | changes))


def failing(failure: str, address: str = FOUR, details: str = "", **changes: Any) -> Handshake:
    """A handshake that did not come to its end."""
    named = row(address)
    empty = Handshake(name=named.name, project="acme", host=HOST, address=address, port=443, vantage="outside")
    return msgspec.structs.replace(empty, failure=failure, details=details, **changes)


def judged(*rows: Resource, host: str = HOST, params: DomainHandshake = DEFAULTS) -> list[Verdict]:
    """What the check says of the healthy balancer with these in place of its own pieces, and these rows."""
    return verdicts(domain_handshake, domain(host), *balancer(RULE, UPLOADED, *rows), params=params)


OTHER: dict[str, Any] = {"fingerprint": "ab" * 32}
MAPPED = (mapped_proxy(), map_entry())
PASSES: dict[str, tuple[Resource, ...]] = {
    "the uploaded certificate, byte for byte": (row(),),
    "the same at an IPv6 address, too": (RULE_SIX, row(), row(SIX)),
    "a managed one of which the API gives no certificate, by names and end": (
        managed(expire_time="2027-01-20T18:00:00.123Z"),
        row(**OTHER),
    ),
    "one of Certificate Manager by its certificate": (*MAPPED, manager_certificate(pem_certificate=OURS), row()),
    "one of two certificates of a map entry": (
        mapped_proxy(),
        map_entry("web", HOST, "rsa", "ec"),
        manager_certificate("rsa", pem_certificate=pem(HOST)),
        manager_certificate("ec", pem_certificate=OURS),
        row(),
    ),
    "another port than 443": (
        forwarding_rule(ip_address=FOUR, port_range="8443-8443"),
        row(port=8443),
    ),
    "an internal address, tried from inside": (
        INTERNAL,
        row("10.0.0.7", vantage="vpc"),
    ),
    "an authority of one's own that the environment names": (INTERNAL, row("10.0.0.7", own_authorities=True)),
}

FAULTS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a certificate of somebody else's": ((row(**OTHER),), ["CERTIFICATE_NOT_AS_PREDICTED"]),
    "a certificate where the map has none for the name": (
        (mapped_proxy(), map_entry("x", "x.example.com"), manager_certificate(), row()),
        ["CERTIFICATE_NOT_AS_PREDICTED"],
    ),
    "a managed one of which the API gives no certificate, by other names": (
        (managed(), row(names=("x.example.com",), **OTHER)),
        ["CERTIFICATE_NOT_AS_PREDICTED"],
    ),
    "the predicted certificate, which does not name the host": (
        (certificate("web", "x.org", certificate=OURS), row(covered=False, names=("x.org",))),
        ["DOMAIN_NOT_COVERED"],
    ),
    "somebody else's, which does not name the host either": (
        (row(covered=False, names=("x.org",), **OTHER),),
        ["DOMAIN_NOT_COVERED"],
    ),
    "one that does not name the host, where the predicted one is not known": (
        (certificate("web", subject_alternative_names=()), row(covered=False, names=("x.org",))),
        ["DOMAIN_NOT_COVERED"],
    ),
    "one that is over": ((row(not_after="2026-11-20T17:59:59+00:00"),), ["CERTIFICATE_EXPIRED"]),
    "one that is over, as OpenSSL says too": (
        (row(not_after="2026-11-01T00:00:00+00:00", distrust="CHAIN_NOT_IN_FORCE"),),
        ["CERTIFICATE_EXPIRED"],
    ),
    "one that has not begun": ((row(not_before="2026-11-21T00:00:00+00:00"),), ["CERTIFICATE_NOT_YET_VALID"]),
    "one that is about to end": ((row(not_after="2026-11-24T17:00:00+00:00"),), ["CERTIFICATE_EXPIRES_SOON"]),
    "a good one over an intermediate that is over": ((row(distrust="CHAIN_NOT_IN_FORCE"),), ["CHAIN_NOT_IN_FORCE"]),
    "one about to end over an intermediate that is over": (
        (row(not_after="2026-11-24T17:00:00+00:00", distrust="CHAIN_NOT_IN_FORCE"),),
        ["CERTIFICATE_EXPIRES_SOON", "CHAIN_NOT_IN_FORCE"],
    ),
    "a missing intermediate": ((row(distrust="CHAIN_INCOMPLETE", sent=1),), ["CHAIN_INCOMPLETE"]),
    "an unknown authority": ((row(distrust="CERTIFICATE_AUTHORITY_UNKNOWN"),), ["CERTIFICATE_AUTHORITY_UNKNOWN"]),
    "one that signed itself": ((row(distrust="CERTIFICATE_SELF_SIGNED"),), ["CERTIFICATE_SELF_SIGNED"]),
    "a chain that clients refuse": ((row(distrust="CHAIN_INVALID", distrust_details="weak key"),), ["CHAIN_INVALID"]),
    "an internal one of an authority that even the environment's own do not know": (
        (INTERNAL, row("10.0.0.7", distrust="CERTIFICATE_AUTHORITY_UNKNOWN", own_authorities=True)),
        ["CERTIFICATE_AUTHORITY_UNKNOWN"],
    ),
    "old protocols only": ((row(offered=("TLS_1_0", "TLS_1_1"), refused=("TLS_1_2", "TLS_1_3")),), ["TLS_VERSION"]),
    "a refusal": ((failing("REFUSED"),), ["CONNECTION_REFUSED"]),
    "no answer to a SYN": ((failing("TIMED_OUT"),), ["CONNECTION_TIMED_OUT"]),
    "a reset": ((failing("RESET"),), ["CONNECTION_RESET"]),
    "an end without a word": ((failing("CLOSED"),), ["CONNECTION_CLOSED"]),
    "silence": ((failing("NO_ANSWER"),), ["HANDSHAKE_UNANSWERED"]),
    "plain text": ((failing("NOT_TLS"),), ["NOT_TLS"]),
    "a flood": ((failing("GARBAGE"),), ["NOT_TLS"]),
    "an alert": ((failing("TLS_FAILED"),), ["HANDSHAKE_FAILED"]),
    "no certificate": ((failing("NO_CERTIFICATE"),), ["NO_CERTIFICATE"]),
    "an unreadable certificate": ((failing("CERTIFICATE_UNREADABLE"),), ["CERTIFICATE_UNREADABLE"]),
    "a name that cannot be asked for": ((failing("BAD_NAME"),), ["DOMAIN_NAME_INVALID"]),
    "a failure that this version does not know": ((failing("SOMETHING_NEW"),), ["CONNECTION_FAILED"]),
    "a failure inside, where it was tried from inside": (
        (INTERNAL, failing("REFUSED", "10.0.0.7", vantage="vpc")),
        ["CONNECTION_REFUSED"],
    ),
}

UNKNOWN: dict[str, tuple[tuple[Resource, ...], str]] = {
    "a map entry that is not served everywhere yet": (
        (mapped_proxy(), map_entry(state="PENDING"), manager_certificate(pem_certificate=pem(HOST)), row()),
        "CERTIFICATE_NOT_PREDICTED",
    ),
    "a certificate of another project": (
        (proxy(ssl_certificates=("projects/other/global/sslCertificates/web",)), row()),
        "CERTIFICATE_NOT_PREDICTED",
    ),
    "a certificate of which the API tells neither names nor bytes": (
        (certificate("web", subject_alternative_names=()), row()),
        "CERTIFICATE_NOT_PREDICTED",
    ),
    "a chain that was not judged": ((row(distrust="CHAIN_NOT_JUDGED"),), "CHAIN_NOT_JUDGED"),
    "an internal address with an authority that only this machine may not know": (
        (INTERNAL, row("10.0.0.7", distrust="CERTIFICATE_AUTHORITY_UNKNOWN")),
        "CERTIFICATE_AUTHORITY_UNKNOWN",
    ),
    "a certificate without dates": ((row(not_after=""),), "CERTIFICATE_EXPIRY_UNKNOWN"),
    "an old version that was not tried": (
        (row(refused=("TLS_1_1",), untried=("TLS_1_0",)),),
        "TLS_VERSION_NOT_FOUND_OUT",
    ),
    "a forwarding rule without an address": ((forwarding_rule(),), "NOT_PROBED"),
    "an address of which there is no row": ((), "NOT_PROBED"),
    "an internal address that the routes of a machine inside do not lead to": (
        (INTERNAL, failing("NO_ROUTE", "10.0.0.7", vantage="vpc")),
        "NO_ROUTE",
    ),
    "an IPv4 address of the internet, without a way to it": ((failing("NO_ROUTE"),), "NO_ROUTE"),
    "the same, from a machine inside": ((failing("NO_ROUTE", vantage="vpc"),), "NO_ROUTE"),
    "silence at an address of the internet, towards a machine inside": (
        (failing("TIMED_OUT", vantage="vpc"),),
        "CONNECTION_TIMED_OUT",
    ),
    "one address in two networks": (
        (INTERNAL, msgspec.structs.replace(INTERNAL, name="b", self_link="", network="b"), row("10.0.0.7")),
        "ADDRESS_USED_TWICE",
    ),
}

SKIPS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "an internal address, from outside": ((INTERNAL, failing("OUT_OF_REACH", "10.0.0.7")), "OUT_OF_REACH"),
    "an IPv6 address, from a machine without IPv6": ((ONLY_SIX, failing("NO_ROUTE", SIX)), "NO_ROUTE"),
    "an IPv6 address of the internet, from a machine inside without IPv6": (
        (ONLY_SIX, failing("NO_ROUTE", SIX, vantage="vpc")),
        "NO_ROUTE",
    ),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=PASSES)
def test_passes(rows: tuple[Resource, ...]) -> None:
    found = judged(*rows)
    assert found
    assert [one for one in found if not isinstance(one, Proof)] == []


@pytest.mark.parametrize(("rows", "expected"), FAULTS.values(), ids=FAULTS)
def test_fails(rows: tuple[Resource, ...], expected: list[str]) -> None:
    found = [one for one in judged(*rows) if isinstance(one, Violation)]
    assert [one.code for one in found] == expected
    for one in found:
        assert one.severity is None
        assert one.message.startswith(f"{HOST} at ")
        assert one.message.endswith(".")
        assert one.evidence
        assert one.fix


@pytest.mark.parametrize(("rows", "expected"), UNKNOWN.values(), ids=UNKNOWN)
def test_leaves_undecided(rows: tuple[Resource, ...], expected: str) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Undecided)
    assert found.code == expected


@pytest.mark.parametrize(("rows", "expected"), SKIPS.values(), ids=SKIPS)
def test_skips_what_cannot_be_tried_from_here(rows: tuple[Resource, ...], expected: str) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Skip)
    assert found.code == expected


def test_a_wrong_certificate_is_one_finding_that_says_all_of_it() -> None:
    (found,) = judged(row(covered=False, names=("x.org",), **OTHER))
    assert isinstance(found, Violation)
    assert found.message == (
        f"{HOST} at 203.0.113.7:443 shows a certificate for x.org until 2027-01-20 (SHA-256 abababababababab…), which"
        f" does not name {HOST}; the configuration predicts certificate/web (SHA-256 {fingerprint(OURS)[:16]}…)."
    )
    assert found.fix
    assert found.fix.gcloud == ("gcloud compute ssl-certificates describe web --global --project=acme",)


def test_an_external_front_whose_address_is_none_of_the_internet_is_not_called_internal() -> None:
    (found,) = judged(failing("OUT_OF_REACH"))
    assert isinstance(found, Skip)
    assert "has an address that is not one of the internet" in found.message


def test_a_domain_that_no_load_balancer_is_meant_for_is_skipped() -> None:
    alone = (url_map(hosts=("x.example.com",)),)
    assert codes(domain_handshake, domain("no.example.org"), params=DEFAULTS) == ["NOTHING_TO_CONNECT_TO"]
    assert codes(domain_handshake, domain("x.example.com"), *alone, params=DEFAULTS) == ["NOTHING_TO_CONNECT_TO"]


@pytest.mark.parametrize("name", ["*.staging.example.com", "*"])
def test_a_wildcard_is_no_name_to_ask_for(name: str) -> None:
    world = balancer(url_map(hosts=(name,)), forwarding_rule(ip_address="203.0.113.7"))
    assert codes(domain_handshake, domain(name), *world, params=DEFAULTS) == ["WILDCARD_NAME"]
    assert endpoints_of(name, derived(TlsEndpoints, *world)) == ()


def test_the_proof_says_what_each_address_shows() -> None:
    found = judged(RULE_SIX, row(), row(SIX))
    assert [one.message for one in found] == [
        "203.0.113.7:443 shows web until 2027-01-20, TLS 1.2 and 1.3",
        "[2600:1901::7]:443 shows web until 2027-01-20, TLS 1.2 and 1.3",
    ]


def test_the_proof_says_how_far_it_could_compare() -> None:
    (found,) = judged(managed(expire_time="2027-01-20T18:00:00Z"), row(**OTHER))
    assert found.message.startswith("203.0.113.7:443 shows web (by its names and its end: the API gives no more) until")


def test_a_good_address_is_told_beside_a_bad_one() -> None:
    found = judged(RULE_SIX, row(), failing("TIMED_OUT", SIX))
    assert [type(one) for one in found] == [Proof, Violation]
    assert found[1].message == (
        f"{HOST} at [{SIX}]:443 cannot be connected to: nothing answers (tried from outside, where a firewall may"
        " forbid it). Meanwhile 203.0.113.7:443 shows web until 2027-01-20, TLS 1.2 and 1.3."
    )


def test_both_certificates_are_shown_where_they_differ() -> None:
    found = judged(row(**OTHER))[0]
    assert found.message == (
        f"{HOST} at 203.0.113.7:443 shows a certificate for {HOST} until 2027-01-20 (SHA-256 abababababababab…);"
        f" the configuration predicts certificate/web (SHA-256 {fingerprint(OURS)[:16]}…)."
    )
    assert isinstance(found, Violation)
    assert found.evidence[-1].endswith("/sslCertificates/web")
    assert found.fix
    assert found.fix.gcloud == ("gcloud compute ssl-certificates describe web --global --project=acme",)


def test_a_certificate_made_minutes_ago_may_not_be_served_everywhere() -> None:
    fresh = certificate(certificate=OURS, creation_timestamp="2026-11-20T17:48:00Z")
    assert "which is 12 minutes old and takes a while to be served everywhere" in judged(fresh, row(**OTHER))[0].message


@pytest.mark.parametrize("text", [OURS, ""], ids=["with its bytes", "without"])
def test_another_issue_of_a_managed_certificate_is_a_warning(text: str) -> None:
    """It was renewed, and is not served everywhere yet."""
    renewed = managed(certificate=text, expire_time="2027-04-20T18:00:00Z")
    found = judged(renewed, row(**OTHER))[0]
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("CERTIFICATE_NOT_AS_PREDICTED", Severity.WARNING)


def test_a_certificate_of_many_names_shows_a_few() -> None:
    names = tuple(f"n{number}.example.com" for number in range(20))
    found = judged(row(covered=False, names=names, name_count=500))[0]
    assert "for n0.example.com, n1.example.com, n2.example.com and 497 more, which does not name" in found.message


def test_a_certificate_without_names_is_told() -> None:
    assert "for no DNS name, which" in judged(row(covered=False, names=(), name_count=0))[0].message


def test_old_protocols_beside_new_ones_are_a_warning() -> None:
    old = row(offered=("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"), refused=())
    (found,) = judged(old)
    assert isinstance(found, Violation)
    assert found.severity is Severity.WARNING
    assert "still takes TLS 1.0 and 1.1; at least TLS 1.2 is expected." in found.message
    (proof,) = judged(old, params=DomainHandshake(min_version="TLS_1_0"))
    assert isinstance(proof, Proof)


def test_the_margin_is_the_smaller_of_days_and_a_share_of_the_life() -> None:
    brief = row(not_before="2026-10-12T00:00:00+00:00", not_after="2026-11-28T12:00:00+00:00")  # 47 days, 7.75 left
    assert isinstance(judged(brief)[0], Proof)
    (found,) = judged(brief, params=DomainHandshake(min_percent_left=20))
    assert "expires on 2026-11-28, in 7 days" in found.message


def test_a_missing_intermediate_is_named() -> None:
    found = judged(row(distrust="CHAIN_INCOMPLETE", distrust_details="unable to get local issuer certificate"))[0]
    assert "without that of its issuer, CN=WR3,O=Google Trust Services,C=US, which" in found.message


def test_a_failure_says_from_where_it_was_tried_and_what_to_look_at() -> None:
    external = judged(failing("TIMED_OUT", vantage="vpc"))[0]
    assert "this machine may have no way to the internet" in external.message
    assert "tried from inside the VPC" in external.message
    internal = judged(INTERNAL, failing("TIMED_OUT", "10.0.0.7", vantage="vpc"))[0]
    assert isinstance(internal, Violation)
    assert "tried from inside the VPC" in internal.message
    assert "internet" not in internal.message
    found = judged(failing("TIMED_OUT"))[0]
    assert isinstance(found, Violation)
    assert found.fix
    assert found.fix.gcloud == ("gcloud compute forwarding-rules describe https --global --project=acme",)


def test_a_handshake_that_fails_as_predicted_says_so() -> None:
    found = judged(mapped_proxy(), failing("TLS_FAILED", details="alert unrecognized name"))[0]
    assert isinstance(found, Violation)
    assert "(alert unrecognized name), as the configuration predicts: the certificate map has no entry" in found.message


def test_what_the_server_said_is_shown() -> None:
    assert "(HTTP/1.1 400 Bad Request)." in judged(failing("NOT_TLS", details="HTTP/1.1 400 Bad Request"))[0].message


def test_a_skip_says_how_to_try_from_inside() -> None:
    message = judged(INTERNAL, failing("OUT_OF_REACH", "10.0.0.7"))[0].message
    assert message.endswith("see 'Probes' in the README.")


def test_of_two_products_by_default_the_other_one_is_left_undecided() -> None:
    """Neither URL map names the host: the one without a certificate for it may not be meant for it."""
    other = (
        forwarding_rule("other", target=f"{GLOBAL}/targetHttpsProxies/other", ip_address=SIX),
        proxy("other", url_map=f"{GLOBAL}/urlMaps/other"),
        url_map("other", hosts=()),
        url_map(hosts=()),
    )
    found = judged(*other, row(), row(SIX, covered=False, names=("x.org",)))
    assert [type(one) for one in found] == [Proof, Undecided]
    assert "no host rule there names the domain, so that it may not be meant for it. Meanwhile" in found[1].message


def test_a_load_balancer_that_takes_any_host_may_not_be_meant_for_a_mapped_one() -> None:
    path = f"projects/acme/locations/us-central1/domainmappings/{HOST}"
    mapping = DomainMapping(name=path, project="acme", location="us-central1")
    stranger = row(covered=False, names=("x.org",))
    found = judged(url_map(hosts=()), mapping, stranger)
    assert [type(one) for one in found] == [Undecided]
    assert "may not be meant for it" in found[0].message
    assert isinstance(judged(mapping, stranger)[0], Violation)


def targets(*rows: Resource, host: str = HOST) -> list[dict[str, str]]:
    everything = (domain(host), *balancer(*rows))

    def table(kind: type[Resource]) -> Table[Any]:
        if kind.KIND.noun == "domain":
            return Table((domain(host),))
        return Table(one for one in everything if isinstance(one, kind))

    supply = Supply(msgspec.structs.replace(ACME, domains=(host,)), NOW, table)
    return [dict(one.arguments) for one in _targets(**supply.arguments(_targets))]


def test_each_address_is_tried_by_itself_and_each_once() -> None:
    found = targets(RULE, RULE_SIX, forwarding_rule("bare", ip_address=""))
    assert [(one["at"], one["address"], one["port"], one["external"]) for one in found] == [
        (f"{HOST} at {FOUR}:443", FOUR, "443", "1"),
        (f"{HOST} at [{SIX}]:443", SIX, "443", "1"),
    ]


def test_an_internal_front_is_marked_as_such() -> None:
    assert [one["external"] for one in targets(INTERNAL)] == [""]


def test_an_ipv6_address_has_one_spelling() -> None:
    rule = forwarding_rule(ip_address="2600:1901:0:0::7/96")
    assert [one["address"] for one in targets(rule)] == [SIX]


def test_a_row_comes_back_from_a_recording(tmp_path: Path) -> None:
    seen = row(details="a \N{SNOWMAN}", distrust="CHAIN_INCOMPLETE", untried=("TLS_1_0",), seconds=0.25)
    asked = target("acme", at=seen.name, host=HOST, address=FOUR, port="443", external="1")
    reading = Reading(kind="handshake", call="probe.domain.handshake", target=asked, items=(seen,))
    file = tmp_path / "recording.json"
    file.write_text(
        dump(Inventory(environment=ACME, taken_at=NOW, kinds=frozenset({"handshake"}), readings=(reading,))),
        encoding="utf-8",
    )
    assert list(load(str(file)).table(Handshake)) == [seen]
