"""domain.renewal: what the authority will find when it looks again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from checks.domain.renewal import DomainRenewal, domain_renewal
from tests.balancers import (
    GLOBAL,
    HOST,
    MANAGER,
    certificate,
    forwarding_rule,
    managed,
    manager_certificate,
    map_entry,
    mapped_proxy,
    proxy,
)
from tests.builders import COMPUTE, connector, network
from tests.dns_rows import ADDRESS, ADDRESS6, authorization, caa, looked_up, lookup, private_zone
from tests.judging import ACME, NOW, codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.certificate import ManagedCertificate, ManagerCertificate, SslCertificate
from validator.model.dns import PrivateVisibility, ZoneNetwork
from validator.model.environment import Probing
from validator.model.resource import Resource

PARAMS = DomainRenewal()
FRONT = (forwarding_rule(ip_address=ADDRESS), proxy())
FRONT6 = forwarding_rule("https6", ip_address=f"{ADDRESS6}/96", ip_version="IPV6")
GOOGLE_ONLY = caa('0 issue "pki.goog"', at="example.com")
WILD = "*.staging.example.com"
RECORD = lookup(f"_acme-challenge.{HOST}", "CNAME", "auth.5.authorize.certificatemanager.goog")


def by_dns(*domains: str, names: tuple[str, ...] = ("auth",)) -> ManagerCertificate:
    """A Certificate Manager certificate with DNS authorisations."""
    paths = tuple(f"{MANAGER}/dnsAuthorizations/{name}" for name in names)
    made = manager_certificate("web", *domains)
    assert made.managed is not None
    return msgspec.structs.replace(made, managed=msgspec.structs.replace(made.managed, dns_authorizations=paths))


#: One by DNS authorisation that clients are shown, and what shows it.
USED, MAPPED, ENTRY = by_dns(), mapped_proxy(), (FRONT[0], map_entry())
Certificate = SslCertificate | ManagerCertificate
PASSES: dict[str, tuple[Certificate, tuple[Resource, ...]]] = {
    "every address shows it, no CAA records": (managed(), (*FRONT, *looked_up(ADDRESS), *caa())),
    "IPv4 and IPv6, both where it is shown": (
        managed(),
        (*FRONT, FRONT6, *looked_up(ADDRESS, "2600:1901:0:1:0:0:0:0"), *caa()),
    ),
    "by way of an alias": (managed(), (*FRONT, *looked_up(ADDRESS, chain=("lb.example.net",)), *caa())),
    "CAA records that permit Google": (managed(), (*FRONT, *looked_up(ADDRESS), *GOOGLE_ONLY)),
    "CAA records that permit only Let's Encrypt, which Compute also uses": (
        managed(),
        (*FRONT, *looked_up(ADDRESS), *caa('0 issue "letsencrypt.org"')),
    ),
    "Certificate Manager's, in a map": (
        manager_certificate(),
        (FRONT[0], mapped_proxy(), map_entry(), *looked_up(ADDRESS), *GOOGLE_ONLY),
    ),
    "Certificate Manager's global one by Let's Encrypt": (
        manager_certificate(),
        (FRONT[0], mapped_proxy(), map_entry(), *looked_up(ADDRESS), *caa('0 issue "letsencrypt.org"')),
    ),
    "by DNS authorisation, attached nowhere, whatever its addresses are": (
        by_dns(),
        (authorization(), RECORD, *looked_up("192.0.2.1"), *caa()),
    ),
    "a wildcard by the DNS authorisation of its parent": (
        by_dns(WILD),
        (
            authorization("staging.example.com"),
            lookup("_acme-challenge.staging.example.com", "CNAME", "auth.5.authorize.certificatemanager.goog"),
            *caa(host=WILD),
        ),
    ),
    "by DNS authorisation, by way of another alias": (
        by_dns(),
        (
            authorization(),
            lookup(
                f"_acme-challenge.{HOST}",
                "CNAME",
                "acme.example.net",
                chain=("acme.example.net", "auth.5.authorize.certificatemanager.goog"),
            ),
            *caa(),
        ),
    ),
    "several domains, one address": (
        managed("web", HOST, "www.example.com"),
        (
            *FRONT,
            *looked_up(ADDRESS),
            *looked_up(ADDRESS, host="www.example.com"),
            *caa(),
            *caa(host="www.example.com"),
        ),
    ),
    "looked up inside, where no private zone is": (managed(), (*FRONT, *looked_up(ADDRESS, vantage="vpc"), *caa())),
    "looked up inside of a public resolver, despite a private zone": (
        managed(),
        (*FRONT, private_zone(), *looked_up(ADDRESS, vantage="vpc"), *caa(vantage="vpc")),
    ),
}
FAILS: dict[str, tuple[Certificate, tuple[Resource, ...], list[str]]] = {
    "a stale AAAA record beside the right A record": (
        managed(),
        (*FRONT, *looked_up(ADDRESS, ADDRESS6), *caa()),
        ["ADDRESS_WITHOUT_CERTIFICATE"],
    ),
    "a second A record that is somebody else's": (
        managed(),
        (*FRONT, *looked_up(ADDRESS, "8.8.4.4"), *caa()),
        ["ADDRESS_WITHOUT_CERTIFICATE"],
    ),
    "the address of a load balancer without it": (
        managed(),
        (
            *FRONT,
            forwarding_rule("other", ip_address="8.34.208.99", target=f"{GLOBAL}/targetHttpsProxies/other"),
            proxy("other", ssl_certificates=()),
            *looked_up("8.34.208.99"),
            *caa(),
        ),
        ["ADDRESS_WITHOUT_CERTIFICATE"],
    ),
    "no such name": (managed(), (*FRONT, *looked_up(status="NXDOMAIN"), *caa()), ["NO_RESOLVED_IPS"]),
    "a name without an address": (managed(), (*FRONT, *looked_up(), *caa()), ["NO_RESOLVED_IPS"]),
    "an alias to a name that is gone": (
        managed(),
        (*FRONT, *looked_up(status="NXDOMAIN", chain=("gone.example.net",)), *caa()),
        ["NO_RESOLVED_IPS"],
    ),
    "A can be looked up, AAAA cannot": (
        managed(),
        (*FRONT, lookup(HOST, "A", ADDRESS), lookup(HOST, "AAAA", status="SERVFAIL"), *caa()),
        ["DNS_LOOKUP_FAILED"],
    ),
    "CAA records for another authority": (
        managed(),
        (*FRONT, *looked_up(ADDRESS), *caa('0 issue "digicert.com"', at="example.com")),
        ["CAA_FORBIDDEN"],
    ),
    "CAA records for nobody": (managed(), (*FRONT, *looked_up(ADDRESS), *caa('0 issue ";"')), ["CAA_FORBIDDEN"]),
    "CAA records that cannot be read": (
        managed(),
        (*FRONT, *looked_up(ADDRESS), *caa(status="SERVFAIL")),
        ["CAA_UNREADABLE"],
    ),
    "a resolver that does not know CAA": (
        managed(),
        (
            *FRONT,
            *looked_up(ADDRESS),
            *(lookup(name, "CAA", status="ERROR") for name in (HOST, "staging.example.com", "example.com", "com")),
        ),
        ["DNS_RESOLVER_SILENT"],
    ),
    "more CAA records than are kept": (
        managed(),
        (*FRONT, *looked_up(ADDRESS), *caa('0 issue "pki.goog"', cut=True)),
        ["CAA_DOUBTFUL"],
    ),
    "more addresses than are kept, of which those are right": (
        managed(),
        (*FRONT, lookup(HOST, "A", ADDRESS, cut=True), lookup(HOST, "AAAA"), *caa()),
        ["DNS_ANSWER_CUT"],
    ),
    "stray A and AAAA records, told together": (
        managed(),
        (*FRONT, *looked_up("104.16.1.1", "2606:4700::1"), *caa()),
        ["ADDRESS_WITHOUT_CERTIFICATE"],
    ),
    "CAA records under conditions": (
        managed(),
        (*FRONT, *looked_up(ADDRESS), *caa('0 issue "pki.goog; accounturi=x"')),
        ["CAA_DOUBTFUL"],
    ),
    "a wildcard that issuewild forbids": (
        by_dns(WILD),
        (
            authorization("staging.example.com"),
            lookup("_acme-challenge.staging.example.com", "CNAME", "auth.5.authorize.certificatemanager.goog"),
            *caa('0 issue "pki.goog"', '0 issuewild ";"', host=WILD),
        ),
        ["CAA_FORBIDDEN"],
    ),
    "a regional certificate where only Let's Encrypt may issue": (
        msgspec.structs.replace(by_dns(), location="us-central1"),
        (authorization(), RECORD, *caa('0 issue "letsencrypt.org"')),
        ["CAA_FORBIDDEN"],
    ),
    "attached nowhere": (managed(), (*looked_up(ADDRESS), *caa()), ["CERTIFICATE_NOT_ATTACHED"]),
    "behind another port only": (
        managed(),
        (forwarding_rule(ip_address=ADDRESS, port_range="8443-8443"), proxy(), *looked_up(ADDRESS), *caa()),
        ["CERTIFICATE_NOT_ON_443"],
    ),
    "behind an internal load balancer only": (
        managed(),
        (
            forwarding_rule(ip_address="10.1.0.9", load_balancing_scheme="INTERNAL_MANAGED"),
            proxy(),
            *looked_up("10.1.0.9"),
            *caa(),
        ),
        ["CERTIFICATE_NOT_ON_443"],
    ),
    "a map that overrides the list it stands in": (
        managed(),
        (FRONT[0], mapped_proxy(), *looked_up(ADDRESS), *caa()),
        ["CERTIFICATE_NOT_ATTACHED"],
    ),
    "the record of its DNS authorisation is gone": (
        by_dns(),
        (authorization(), lookup(f"_acme-challenge.{HOST}", "CNAME", status="NXDOMAIN"), *caa()),
        ["DNS_AUTHORIZATION_MISSING"],
    ),
    "the record of its DNS authorisation is another's": (
        by_dns(),
        (authorization(), lookup(f"_acme-challenge.{HOST}", "CNAME", "old.authorize.certificatemanager.goog"), *caa()),
        ["DNS_AUTHORIZATION_DIFFERS"],
    ),
    "the record of its DNS authorisation is an alias of another's": (
        by_dns(),
        (
            authorization(),
            lookup(
                f"_acme-challenge.{HOST}",
                "CNAME",
                "acme.example.net",
                chain=("acme.example.net", "old.authorize.certificatemanager.goog"),
            ),
            *caa(),
        ),
        ["DNS_AUTHORIZATION_DIFFERS"],
    ),
    "the record of its DNS authorisation cannot be looked up": (
        by_dns(),
        (authorization(), lookup(f"_acme-challenge.{HOST}", "CNAME", status="REFUSED"), *caa()),
        ["DNS_LOOKUP_FAILED"],
    ),
    "no DNS authorisation is for the domain": (
        by_dns(HOST, "www.example.com"),
        (authorization(), RECORD, *caa(), *caa(host="www.example.com")),
        ["DNS_AUTHORIZATION_MISSING"],
    ),
    "a wildcard without any DNS authorisation": (
        manager_certificate("web", WILD),
        (FRONT[0], mapped_proxy(), map_entry("web", WILD), *caa(host=WILD)),
        ["DNS_AUTHORIZATION_MISSING"],
    ),
    "a DNS authorisation that was not read": (by_dns(names=("lost",)), caa(), ["DNS_AUTHORIZATION_NOT_READ"]),
    "the DNS authorisation of a parent": (
        by_dns(),
        (
            authorization("staging.example.com"),
            lookup("_acme-challenge.staging.example.com", "CNAME", "auth.5.authorize.certificatemanager.goog"),
            *caa(),
        ),
        ["DNS_AUTHORIZATION_OF_PARENT"],
    ),
    "shown by something that is not read": (
        manager_certificate(used_by=({"name": "//networkservices.googleapis.com/projects/acme/edgeCacheServices/a"},)),
        (*looked_up(ADDRESS), *caa()),
        ["ATTACHMENT_NOT_READ"],
    ),
    "looked up inside, where a private zone may answer": (
        managed(),
        (*FRONT, private_zone(), *looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254"), *caa()),
        ["LOOKED_UP_INSIDE"],
    ),
    "nothing could be looked up": (
        managed(),
        (*FRONT, *looked_up(status="TIMEOUT"), *caa(status="TIMEOUT")[:1]),
        ["DNS_RESOLVER_SILENT", "DNS_RESOLVER_SILENT"],
    ),
    "nothing was looked up": (managed(), FRONT, ["NOT_ASKED", "CAA_DOUBTFUL"]),
    "an uploaded certificate": (certificate(), (), ["NOT_RENEWED"]),
    "an uploaded certificate of Certificate Manager": (manager_certificate(managed=None), (), ["NOT_RENEWED"]),
    "a private authority's": (
        manager_certificate(managed=ManagedCertificate(domains=(HOST,), issuance_config="projects/acme/x")),
        (),
        ["NOT_RENEWED"],
    ),
    "a classic wildcard, which was never issued": (managed("web", WILD), (), ["NOT_RENEWED"]),
}


def built(one: Certificate) -> Certificate:
    """The certificate with its parts as the API's JSON makes them."""
    return msgspec.convert(msgspec.to_builtins(one), type(one))


@pytest.mark.parametrize(("one", "rows"), PASSES.values(), ids=list(PASSES))
def test_passes(one: Certificate, rows: tuple[Resource, ...]) -> None:
    assert codes(domain_renewal, built(one), *rows, params=PARAMS) == []


@pytest.mark.parametrize(("one", "rows", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(one: Certificate, rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_renewal, built(one), *rows, params=PARAMS) == expected


BAD = (*FRONT, *looked_up(ADDRESS, ADDRESS6), *caa())


@pytest.mark.parametrize(
    ("one", "days_before", "severity"),
    [
        (managed(), 40, Severity.WARNING),
        (managed(), 20, None),
        # Of a 47-day certificate a third is left when Google tries.
        (managed(creation_timestamp="2026-12-04T00:00:00Z"), 20, Severity.WARNING),
        (managed(creation_timestamp="2026-12-04T00:00:00Z"), 10, None),
        (managed(status="PROVISIONING"), 40, None),
        (managed(expire_time=""), 40, None),
    ],
)
def test_it_is_a_warning_until_the_renewal_is_due(
    one: SslCertificate, days_before: int, severity: Severity | None
) -> None:
    moment = dt.datetime(2027, 1, 20, 18, tzinfo=dt.UTC) - dt.timedelta(days=days_before)
    (found,) = verdicts(domain_renewal, one, *BAD, params=PARAMS, at=moment)
    assert isinstance(found, Violation)
    assert found.severity is severity


def test_one_that_nobody_is_shown_is_only_a_remark_even_at_its_end() -> None:
    (found,) = verdicts(domain_renewal, managed(), *caa(), params=PARAMS, at=NOW + dt.timedelta(days=60))
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("CERTIFICATE_NOT_ATTACHED", Severity.WARNING)


def test_one_that_nobody_is_shown_says_no_more_than_that() -> None:
    rows = (*looked_up("192.0.2.5"), *caa('0 issue "digicert.com"'))
    assert codes(domain_renewal, managed(), *rows, params=PARAMS) == ["CERTIFICATE_NOT_ATTACHED"]


def test_one_by_dns_that_nobody_is_shown_fails_nothing() -> None:
    late = NOW + dt.timedelta(days=60)
    gone = lookup(f"_acme-challenge.{HOST}", "CNAME", status="NXDOMAIN")
    (missing,) = verdicts(domain_renewal, built(by_dns()), authorization(), gone, *caa(), params=PARAMS, at=late)
    assert isinstance(missing, Violation)
    assert (missing.code, missing.severity) == ("DNS_AUTHORIZATION_MISSING", Severity.WARNING)
    (doubt,) = verdicts(domain_renewal, built(by_dns()), authorization(), *caa(), params=PARAMS, at=late)
    assert isinstance(doubt, Skip)
    assert doubt.message.endswith("Nobody is shown it.")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"chain": ("acme.example.net",), "details": "acme.example.net CNAME: SERVFAIL"},
        {"chain": ("acme.example.net",), "vantage": "vpc", "resolver": "10.0.0.53"},
    ],
    ids=["an earlier recording", "its end cannot be looked up", "asked inside"],
)
def test_an_alias_of_the_challenge_that_may_lead_there_is_not_decided(changes: dict[str, Any]) -> None:
    row = lookup(f"_acme-challenge.{HOST}", "CNAME", "acme.example.net", **changes)
    (found,) = verdicts(domain_renewal, built(USED), MAPPED, authorization(), row, *ENTRY, *caa(), params=PARAMS)
    assert isinstance(found, Undecided)
    assert found.code == "DNS_AUTHORIZATION_DIFFERS"
    assert f"_acme-challenge.{HOST} CNAME is acme.example.net; expected auth.5" in found.message


def test_a_challenge_that_is_missing_inside_may_be_there_outside() -> None:
    row = lookup(f"_acme-challenge.{HOST}", "CNAME", status="NXDOMAIN", vantage="vpc", resolver="10.0.0.53")
    (found,) = verdicts(domain_renewal, built(USED), MAPPED, authorization(), row, *ENTRY, *caa(), params=PARAMS)
    assert isinstance(found, Undecided)
    assert found.code == "DNS_AUTHORIZATION_MISSING"


def test_a_private_zone_that_the_machine_of_the_probes_does_not_see_has_no_say() -> None:
    seen = PrivateVisibility(networks=(ZoneNetwork(network_url=f"{COMPUTE}projects/acme/global/networks/other"),))
    rows = (
        *FRONT,
        connector(),
        network(),
        private_zone(private_visibility_config=seen),
        *looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254"),
        *caa(),
    )
    probing = msgspec.structs.replace(ACME, probes=Probing(source="connector/staging"))
    assert codes(domain_renewal, managed(), *rows, params=PARAMS) == ["LOOKED_UP_INSIDE"]
    assert codes(domain_renewal, managed(), *rows, params=PARAMS, environment=probing) == []
    own = (*rows, private_zone("own"))
    assert codes(domain_renewal, managed(), *own, params=PARAMS, environment=probing) == ["LOOKED_UP_INSIDE"]


def test_what_is_the_same_for_several_domains_is_told_once() -> None:
    names = tuple(f"n{n}.example.com" for n in range(5))
    rows = (*FRONT, *(row for name in names for row in looked_up(ADDRESS, host=name)))
    forbidding = {row for name in names for row in caa('0 issue "digicert.com"', at="example.com", host=name)}
    (found,) = verdicts(domain_renewal, managed("web", *names), *rows, *forbidding, params=PARAMS)
    assert isinstance(found, Violation)
    assert found.message.startswith(
        "certificate/web: n0.example.com, n1.example.com, n2.example.com and 2 more would not be authorised again: the"
        " CAA records of example.com"
    )


def test_a_silent_resolver_is_told_once_for_all_domains() -> None:
    names = tuple(f"n{n}.example.com" for n in range(50))
    silent = [lookup(name, kind, status="TIMEOUT") for name in names for kind in ("A", "AAAA", "CAA")]
    found = verdicts(domain_renewal, managed("web", *names), *FRONT, *silent, params=PARAMS)
    assert [(type(one), one.code) for one in found if not isinstance(one, Proof)] == [
        (Undecided, "DNS_RESOLVER_SILENT")
    ] * 2


def test_caa_records_of_an_alias_are_mended_where_they_stand() -> None:
    rows = (lookup(HOST, "CAA", '0 issue "digicert.com"', chain=("lb.example.net",)), *caa()[1:])
    (found,) = verdicts(domain_renewal, managed(), *FRONT, *looked_up(ADDRESS), *rows, params=PARAMS)
    assert isinstance(found, Violation)
    assert f"the CAA records of lb.example.net, which {HOST} is an alias of," in found.message
    assert found.fix is not None
    assert found.fix.gcloud[0].startswith("gcloud dns record-sets update lb.example.net. --type=CAA")


def test_one_bad_domain_of_several_is_named_with_what_it_blocks() -> None:
    rows = (*FRONT, *looked_up(ADDRESS), *looked_up(status="NXDOMAIN", host="old.example.com"))
    several = managed("web", HOST, "old.example.com")
    (found,) = verdicts(domain_renewal, several, *rows, *caa(), *caa(host="old.example.com"), params=PARAMS)
    assert isinstance(found, Violation)
    assert found.message == (
        "certificate/web: old.example.com would not be authorised again, and with it 1 other name of the certificate:"
        " old.example.com has no address: there is no such name (NXDOMAIN); 8.8.8.8 (asked from outside the VPC)."
    )
    assert found.fix is not None
    assert found.fix.gcloud == (
        f"gcloud dns record-sets update old.example.com. --type=A --rrdatas={ADDRESS} --zone=ZONE",
    )


def test_a_stale_aaaa_record_is_named_with_where_it_should_lead() -> None:
    (found,) = verdicts(domain_renewal, managed(), *BAD, params=PARAMS)
    assert isinstance(found, Violation)
    assert (
        f"AAAA record {ADDRESS6}: not where the certificate is shown on port 443, which is {ADDRESS}" in found.message
    )
    assert found.fix is not None
    assert found.fix.gcloud == (f"gcloud dns record-sets delete {HOST}. --type=AAAA --zone=ZONE",)


def test_a_forbidding_caa_record_is_mended_beside_what_is_there() -> None:
    rows = (*FRONT, *looked_up(ADDRESS), *caa('0 issue "digicert.com"', at="example.com"))
    (found,) = verdicts(domain_renewal, managed(), *rows, params=PARAMS)
    assert isinstance(found, Violation)
    assert found.fix is not None
    data = """'0 issue "digicert.com"','0 issue "pki.goog"'"""
    assert found.fix.gcloud == (f"gcloud dns record-sets update example.com. --type=CAA --rrdatas={data} --zone=ZONE",)


def test_a_private_address_seen_from_inside_proves_nothing() -> None:
    rows = (*FRONT, *looked_up("10.1.0.9", vantage="vpc", resolver="10.1.0.53"), *caa())
    (found,) = verdicts(domain_renewal, managed(), *rows, params=PARAMS)
    assert isinstance(found, Undecided)


def test_a_pass_says_what_it_rests_on() -> None:
    (found,) = verdicts(domain_renewal, managed(), *FRONT, *looked_up(ADDRESS), *caa(), params=PARAMS)
    assert isinstance(found, Proof)
    assert found.message == (
        f"{HOST}: every address is one that shows it on 443 ({ADDRESS}), and CAA records permit pki.goog or"
        " letsencrypt.org"
    )
