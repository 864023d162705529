"""domain.certificate: what the proxy that answers a name shows for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa

from checks.domain.certificate import domain_certificate
from tests.balancers import (
    GLOBAL,
    HOST,
    MANAGER,
    backend_service,
    balancer,
    certificate,
    domain,
    forwarding_rule,
    managed,
    manager_certificate,
    map_entry,
    mapped_proxy,
    neg,
    proxy,
    ssl_proxy,
    ssl_rule,
    url_map,
)
from tests.builders import REGION
from tests.dns_rows import ADDRESS, TO_CLOUD_RUN, record, soa, zone
from tests.gcp.certificates.facts import derived
from tests.judging import ACME, NOW, codes, verdicts
from tests.pems import chain_of, odd_alternative, self_signed, through, through_intermediate
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.selection import Certificates
from validator.model.certificate import AttemptInfo, ManagedCertificate, SslCertificate
from validator.model.domainmapping import DomainMapping
from validator.model.resource import Resource

DIRECT = proxy(ssl_certificates=(f"//certificatemanager.googleapis.com/{MANAGER}/certificates/web",))
NONE_IN_FRONT = (url_map(hosts=(), default_service=""),)
OVERRIDDEN = mapped_proxy(ssl_certificates=proxy().ssl_certificates)
UNREADABLE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - a weak key is what is judged
LONG_AGO = NOW - dt.timedelta(days=900)
BOTH = proxy(ssl_certificates=(f"{GLOBAL}/sslCertificates/web", f"{GLOBAL}/sslCertificates/second"))


def second(*, hosts: tuple[str, ...], cert: str = "web") -> tuple[Resource, ...]:
    return (
        forwarding_rule("other", target=f"{GLOBAL}/targetHttpsProxies/other"),
        proxy("other", url_map=f"{GLOBAL}/urlMaps/other", ssl_certificates=(f"{GLOBAL}/sslCertificates/{cert}",)),
        url_map("other", hosts=hosts),
    )


def renewing(state: str, reason: str = "") -> ManagedCertificate:
    """An issuance in force whose last attempt to authorise the domain ended so."""
    attempt = AttemptInfo(domain=HOST, state=state, failure_reason=reason)
    return ManagedCertificate(domains=(HOST,), state="ACTIVE", authorization_attempt_info=(attempt,))


def over_ipv6(shown: SslCertificate) -> tuple[Resource, ...]:
    """A forwarding rule for IPv6 and a proxy of its own with this certificate, in front of the same URL map."""
    target = f"{GLOBAL}/targetHttpsProxies/six"
    return (
        forwarding_rule("https6", target=target, ip_version="IPV6"),
        proxy("six", ssl_certificates=(f"{GLOBAL}/sslCertificates/six",)),
        shown,
    )


PASSES: dict[str, tuple[Resource, ...]] = {
    "an uploaded certificate for the name": (),
    "a managed one for the name": (managed(),),
    "a wildcard of the name's own parent": (certificate("web", "*.staging.example.com"),),
    "the name among others": (certificate("web", "www.example.com", HOST),),
    "the second of two certificates": (BOTH, certificate("web", "www.example.com"), certificate("second")),
    "a Certificate Manager certificate on the proxy": (DIRECT, manager_certificate()),
    "a map's exact entry": (mapped_proxy(), manager_certificate(), map_entry()),
    "a map's wildcard entry": (
        mapped_proxy(),
        manager_certificate("web", "*.staging.example.com"),
        map_entry("w", "*.staging.example.com"),
    ),
    "a map's primary entry": (mapped_proxy(), manager_certificate(), map_entry("p", "", matcher="PRIMARY")),
    "a broken certificate that nothing shows": (
        certificate("web", "other.org"),
        mapped_proxy(),
        manager_certificate(),
        map_entry(),
    ),
    "a certificate that is not issued beside a good one": (
        BOTH,
        certificate(),
        managed("second", status="PROVISIONING"),
    ),
    "one in force whose renewal is under way": (
        mapped_proxy(),
        manager_certificate(managed=renewing("AUTHORIZING")),
        map_entry(),
    ),
    "an internal load balancer by its default, where no external one answers": (
        forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED"),
        url_map(hosts=()),
    ),
    "an internal load balancer that names it beside an external one that merely would not refuse it": (
        forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED"),
        *second(hosts=("x.org",), cert="other"),
        certificate("other", "x.org"),
    ),
    "one in force whose renewal failed, of which domain.managed-status speaks": (managed(status="RENEWAL_FAILED"),),
    "one in force that ends soon, of which domain.expiry speaks": (certificate(expire_time="2026-11-25T00:00:00Z"),),
    "an SSL proxy whose certificate covers it, where no HTTPS proxy answers it": (
        *NONE_IN_FRONT,
        ssl_rule(),
        ssl_proxy(),
    ),
    "a front on another port beside the one on 443": (
        forwarding_rule("high", target=f"{GLOBAL}/targetHttpsProxies/other", port_range="8443-8443"),
        *second(hosts=(HOST,))[1:],
    ),
    "IPv4 and IPv6 through proxies of their own, both with a certificate": (*over_ipv6(certificate("six")),),
    "another load balancer that merely would not refuse the name": (
        *second(hosts=(), cert="other"),
        certificate("other", "other.org"),
    ),
}
FAILS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "the incident: a wildcard one label too high": ((certificate("web", "*.example.com"),), ["DOMAIN_NOT_COVERED"]),
    "another name": ((certificate("web", "www.example.com"),), ["DOMAIN_NOT_COVERED"]),
    "a proxy without certificates": ((proxy(ssl_certificates=()),), ["DOMAIN_NOT_COVERED"]),
    "a certificate that does not exist": (
        (proxy(ssl_certificates=(f"{GLOBAL}/sslCertificates/gone",)), certificate("x", "x.org")),
        ["DOMAIN_NOT_COVERED"],
    ),
    "an expired one": ((certificate(expire_time="2026-11-19T00:00:00Z"),), ["CERTIFICATE_EXPIRED"]),
    "one that is not valid yet": (
        (certificate(certificate=self_signed(HOST, start=NOW + dt.timedelta(days=1))),),
        ["CERTIFICATE_NOT_YET_VALID"],
    ),
    "a managed one that is not issued": ((managed(status="PROVISIONING"),), ["CERTIFICATE_NOT_ACTIVE"]),
    "a managed classic wildcard": (
        (managed("web", "*.staging.example.com", status="PROVISIONING_FAILED"),),
        ["CERTIFICATE_CANNOT_BE_ISSUED"],
    ),
    "an expired one beside a good one": (
        (BOTH, certificate(), certificate("second", expire_time="2026-11-19T00:00:00Z")),
        ["CERTIFICATE_EXPIRED"],
    ),
    "a good certificate that a map overrides": (
        (mapped_proxy(), manager_certificate(), map_entry("x", "x.org")),
        ["CERTIFICATE_MAP_WITHOUT_ENTRY"],
    ),
    "a map's wildcard entry one label too high": (
        (mapped_proxy(), manager_certificate(), map_entry("w", "*.example.com")),
        ["CERTIFICATE_MAP_WITHOUT_ENTRY"],
    ),
    "a primary entry of another name": (
        (mapped_proxy(), manager_certificate("web", "x.org"), map_entry("p", "", matcher="PRIMARY")),
        ["DOMAIN_NOT_COVERED"],
    ),
    "an exact entry with a wrong certificate, though the primary one's is right": (
        (
            mapped_proxy(),
            manager_certificate(),
            manager_certificate("bad", "x.org"),
            map_entry("e", HOST, "bad"),
            map_entry("p", "", matcher="PRIMARY"),
        ),
        ["DOMAIN_NOT_COVERED"],
    ),
    "an entry that is pending": (
        (mapped_proxy(), manager_certificate(), map_entry(state="PENDING")),
        ["CERTIFICATE_MAP_ENTRY_PENDING"],
    ),
    "the second of two load balancers that name it": (
        (*second(hosts=(HOST,), cert="other"), certificate("other", "other.org")),
        ["DOMAIN_NOT_COVERED"],
    ),
    "a front on another port that names it, without a certificate for it": (
        (
            forwarding_rule("high", target=f"{GLOBAL}/targetHttpsProxies/other", port_range="8443-8443"),
            *second(hosts=(HOST,), cert="other")[1:],
            certificate("other", "other.org"),
        ),
        ["DOMAIN_NOT_COVERED"],
    ),
    "an expired one on an SSL proxy": (
        (*NONE_IN_FRONT, ssl_rule(), ssl_proxy(), certificate(expire_time="2026-11-19T00:00:00Z")),
        ["CERTIFICATE_EXPIRED"],
    ),
    "a list that a map overrides": (
        (OVERRIDDEN, manager_certificate(), map_entry()),
        ["CERTIFICATE_LIST_OVERRIDDEN"],
    ),
    "an uploaded one with a key that is too small": (
        (certificate(certificate=self_signed(HOST, key=SMALL)),),
        ["CERTIFICATE_KEY_TOO_SMALL", "CERTIFICATE_SELF_SIGNED"],
    ),
    "an uploaded one without its issuer's certificate": (
        (certificate(certificate=chain_of(trustme.CA(), HOST)),),
        ["CERTIFICATE_CHAIN_INCOMPLETE"],
    ),
    "an uploaded one with another's issuer behind it": (
        (certificate(certificate=chain_of(trustme.CA(), HOST) + self_signed()),),
        ["CERTIFICATE_CHAIN_OUT_OF_ORDER"],
    ),
    "an uploaded one whose issuer is over": (
        (certificate(certificate=through(HOST, start=LONG_AGO, end=NOW - dt.timedelta(days=1))),),
        ["CERTIFICATE_EXPIRED"],
    ),
    "an uploaded one whose issuer may sign none": (
        (certificate(certificate=through(HOST, start=LONG_AGO, end=NOW + dt.timedelta(days=900), is_ca=False)),),
        ["CERTIFICATE_ISSUER_NO_CA"],
    ),
    "an uploaded one that cannot be read": ((certificate(certificate=UNREADABLE),), ["CERTIFICATE_UNREADABLE"]),
    "IPv6 through a proxy of its own whose certificate does not cover it": (
        over_ipv6(certificate("six", "x.org")),
        ["DOMAIN_NOT_COVERED"],
    ),
    "the same, where the one map answers by its default": (
        (url_map(hosts=()), *over_ipv6(certificate("six", "x.org"))),
        ["DOMAIN_NOT_COVERED"],
    ),
    "no forwarding rule on 443": ((forwarding_rule(port_range="80-80"),), ["NO_HTTPS_PROXY"]),
    "an HTTPS proxy on another port alone, with a certificate for another name besides": (
        (forwarding_rule(port_range="8443-8443"), certificate("web", "x.org")),
        ["NO_HTTPS_PROXY", "DOMAIN_NOT_COVERED"],
    ),
    "an HTTP proxy on 443": ((forwarding_rule(target=f"{GLOBAL}/targetHttpProxies/web"),), ["NO_HTTPS_PROXY"]),
    "no host rule and no default": ((url_map(hosts=(), default_service=""),), ["NO_HTTPS_PROXY"]),
}
UNDECIDED: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "no end said": ((certificate(expire_time=""),), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a certificate of another project": (
        (proxy(ssl_certificates=("projects/else/global/sslCertificates/web",)),),
        ["CERTIFICATE_IN_ANOTHER_PROJECT"],
    ),
    "a certificate of another project beside a good one: it may be the one that is shown": (
        (proxy(ssl_certificates=(f"{GLOBAL}/sslCertificates/web", "projects/else/global/sslCertificates/x")),),
        ["CERTIFICATE_IN_ANOTHER_PROJECT"],
    ),
    "an entry's certificate of another project": (
        (mapped_proxy(), map_entry(certificates=("projects/else/locations/global/certificates/web",))),
        ["CERTIFICATE_IN_ANOTHER_PROJECT"],
    ),
    "a map of another project": (
        (mapped_proxy(certificate_map="projects/else/locations/global/certificateMaps/m"),),
        ["CERTIFICATE_IN_ANOTHER_PROJECT"],
    ),
    "an entry whose state is not said": (
        (mapped_proxy(), manager_certificate(), map_entry(state="")),
        ["CERTIFICATE_MAP_ENTRY_STATE"],
    ),
    "an internal one that names it beside an external one for any host, without a certificate for it": (
        (
            forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED"),
            *second(hosts=(), cert="other"),
            certificate("other", "x.org"),
        ),
        ["SEVERAL_PROXIES"],
    ),
    "an SSL proxy with a certificate for it beside a map that merely would not refuse it, without": (
        (
            url_map(hosts=()),
            certificate("web", "x.org"),
            ssl_rule(),
            ssl_proxy(ssl_certificates=(f"{GLOBAL}/sslCertificates/tls",)),
            certificate("tls"),
        ),
        ["SEVERAL_PROXIES"],
    ),
    "two load balancers by default only, one of them without a certificate for it": (
        (url_map(hosts=()), *second(hosts=(), cert="other"), certificate("other", "other.org")),
        ["SEVERAL_PROXIES"],
    ),
}


ABSENT: dict[str, tuple[tuple[Resource, ...], str]] = {
    "a project without HTTPS proxy": ((backend_service(), neg()), "FRONTEND_NOT_READ"),
    "an SSL proxy on 443 that was not found": ((ssl_rule(),), "NOT_AN_HTTPS_PROXY"),
    "an SSL proxy on 443 whose certificate is for other names": (
        (ssl_rule(), ssl_proxy(), certificate("web", "x.org")),
        "NOT_AN_HTTPS_PROXY",
    ),
}


@pytest.mark.parametrize(("rows", "code"), ABSENT.values(), ids=ABSENT)
def test_what_ends_tls_elsewhere_is_left_undecided(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(domain_certificate, domain(), *rows)
    assert isinstance(found, Undecided)
    assert found.code == code
    assert found.message.startswith(f"What certificate {HOST} gets is not known: ")
    assert found.evidence[:2] == ("projects/acme", HOST)


FRONT = forwarding_rule(ip_address="203.0.113.7")
PRIMARY = (mapped_proxy(), map_entry(), map_entry("p", "", "p", matcher="PRIMARY"), manager_certificate())
WITH_ADDRESS = through_intermediate("203.0.113.7")
ADDRESSES: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "that no load balancer has": ((), ["ADDRESS_NOT_JUDGED"]),
    "whose certificate the API does not give": ((FRONT,), ["ADDRESS_NOT_JUDGED"]),
    "that the certificate holds": ((FRONT, certificate(certificate=WITH_ADDRESS)), []),
    "that the first certificate does not hold, beside one that the API does not give": (
        (FRONT, BOTH, certificate(certificate=through_intermediate(HOST)), certificate("second")),
        ["DOMAIN_NOT_COVERED"],
    ),
    "that the certificate does not hold": (
        (FRONT, certificate(certificate=through_intermediate(HOST, "203.0.113.8"))),
        ["DOMAIN_NOT_COVERED"],
    ),
    "that only the second certificate holds, which nobody can ask for": (
        (
            FRONT,
            BOTH,
            certificate(certificate=through_intermediate(HOST)),
            certificate("second", certificate=WITH_ADDRESS),
        ),
        ["DOMAIN_NOT_COVERED"],
    ),
    "that a map's primary entry holds": (
        (FRONT, *PRIMARY, manager_certificate("p", managed=None, pem_certificate=WITH_ADDRESS)),
        [],
    ),
    "that a map has no primary entry for": (
        (FRONT, mapped_proxy(), map_entry(), manager_certificate(pem_certificate=WITH_ADDRESS)),
        ["CERTIFICATE_MAP_WITHOUT_ENTRY"],
    ),
}


@pytest.mark.parametrize(("instead", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address(instead: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_certificate, domain("203.0.113.7"), *balancer(*instead)) == expected


EU = "*.eu.staging.example"
WILD = (url_map(hosts=(EU,)),)
WILDCARDS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "whose own wildcard the certificate holds": ((certificate("web", EU),), []),
    "the incident: whose certificate is one label too high": (
        (certificate("web", "*.staging.example"),),
        ["DOMAIN_NOT_COVERED"],
    ),
    "that the certificate covers at another level only": (
        (certificate("web", "eu.staging.example", "a.b.eu.staging.example"),),
        ["DOMAIN_NOT_COVERED"],
    ),
    "of which the certificate covers some names": (
        (certificate("web", "a.eu.staging.example"),),
        ["WILDCARD_PARTLY_COVERED"],
    ),
    "whose certificate is over": (
        (certificate("web", EU, expire_time="2026-11-19T00:00:00Z"),),
        ["CERTIFICATE_EXPIRED"],
    ),
    "whose managed certificate is never issued": (
        (managed("web", EU, status="PROVISIONING_FAILED"),),
        ["CERTIFICATE_CANNOT_BE_ISSUED"],
    ),
    "whose certificate is another project's": (
        (proxy(ssl_certificates=("projects/else/global/sslCertificates/web",)),),
        ["CERTIFICATE_IN_ANOTHER_PROJECT"],
    ),
    "that a map has an entry for": ((mapped_proxy(), manager_certificate("web", EU), map_entry("w", EU)), []),
    "that a map has no entry for": (
        (mapped_proxy(), manager_certificate("web", "*.staging.example"), map_entry("w", "*.staging.example")),
        ["CERTIFICATE_MAP_WITHOUT_ENTRY"],
    ),
    "of which a map has an entry for some names": (
        (mapped_proxy(), manager_certificate("web", "a.eu.staging.example"), map_entry("w", "a.eu.staging.example")),
        ["WILDCARD_PARTLY_COVERED"],
    ),
    "of a wider load balancer beside its own, with another certificate": (
        (*second(hosts=("*.staging.example",), cert="other"), certificate("other", "x.org"), certificate("web", EU)),
        [],
    ),
    "of a proxy that nothing leads to": (
        (forwarding_rule(target=f"{GLOBAL}/targetHttpProxies/web"),),
        ["NO_HTTPS_PROXY"],
    ),
}


@pytest.mark.parametrize(("instead", "expected"), WILDCARDS.values(), ids=WILDCARDS)
def test_a_wildcard_host_rule(instead: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_certificate, domain(EU), *balancer(*WILD, *instead)) == expected


def test_a_wildcard_before_a_suffix_is_covered_by_that_of_its_parent() -> None:
    dashed = (url_map(hosts=("*-eu.staging.example",)),)
    right, some = certificate("web", "*.staging.example"), certificate("web", "a-eu.staging.example")
    assert codes(domain_certificate, domain("*-eu.staging.example"), *balancer(*dashed, right)) == []
    (found,) = verdicts(domain_certificate, domain("*-eu.staging.example"), *balancer(*dashed, some))
    assert isinstance(found, Violation)
    assert "covers a-eu.staging.example only" in found.message
    wrong = verdicts(domain_certificate, domain("*-eu.staging.example"), *balancer(*dashed))[0]
    assert isinstance(wrong, Violation)
    assert wrong.fix is not None
    assert "--domains='*.staging.example'" in wrong.fix.gcloud[-1]


def test_an_uncovered_wildcard_is_told_with_its_near_miss_and_issued_by_dns() -> None:
    found = first(*WILD, certificate("web", "*.staging.example"), managed("spare", EU, status="PROVISIONING"), host=EU)
    assert found.message == (
        f"{EU} is not covered by what web shows: web holds *.staging.example (a wildcard stands for exactly one label)."
    )
    assert found.fix is not None
    proof, create = found.fix.gcloud
    authorization = "auth-cert-eu-staging-example"
    asked = f"dns-authorizations create {authorization} --domain=eu.staging.example --project=acme"
    assert proof == f"gcloud certificate-manager {asked}"
    assert create == (
        f"gcloud certificate-manager certificates create cert-eu-staging-example --domains='{EU}'"
        f" --dns-authorizations={authorization} --project=acme"
    )


ANY = (url_map(hosts=()),)
ANY_HOST: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a certificate in force": ((), ["ANY_HOST"]),
    "an end that is not told, of which domain.expiry speaks": ((certificate(expire_time=""),), ["ANY_HOST"]),
    "no certificate": ((proxy(ssl_certificates=()),), ["NO_CERTIFICATE_IN_FORCE", "ANY_HOST"]),
    "one that is over": (
        (certificate(expire_time="2026-11-19T00:00:00Z"),),
        ["NO_CERTIFICATE_IN_FORCE", "ANY_HOST"],
    ),
    "one of two that is over": (
        (BOTH, certificate(), certificate("second", expire_time="2026-11-19T00:00:00Z")),
        ["ANY_HOST"],
    ),
    "another project's": ((proxy(ssl_certificates=("projects/else/global/sslCertificates/web",)),), ["ANY_HOST"]),
    "a map's": ((mapped_proxy(), manager_certificate(), map_entry()), ["ANY_HOST"]),
    "a port other than 443": ((forwarding_rule(port_range="8443-8443"),), ["ANY_HOST"]),
    "a map without default": (NONE_IN_FRONT, ["NO_HTTPS_PROXY"]),
    "a map without entry": ((mapped_proxy(),), ["NO_CERTIFICATE_IN_FORCE", "ANY_HOST"]),
}


@pytest.mark.parametrize(("instead", "expected"), ANY_HOST.values(), ids=ANY_HOST)
def test_a_load_balancer_that_takes_any_host(instead: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_certificate, domain("*"), *balancer(*ANY, *instead)) == expected


def test_that_no_name_is_told_is_a_remark() -> None:
    found = first(*ANY, host="*")
    assert (found.code, found.severity) == ("ANY_HOST", Severity.INFO)
    assert found.message == (
        "web takes any host; nothing tells which names it must serve, so none is judged. It has certificates for"
        f" {HOST}."
    )


MAPPING = DomainMapping(name=f"projects/acme/locations/{REGION}/domainmappings/{HOST}", project="acme", location=REGION)


#: A zone in which Cloud DNS leads the host to the load balancer.
TO_BALANCER = (forwarding_rule(ip_address=ADDRESS), zone(), soa(), record(f"{HOST}.", "A", ADDRESS))


def test_what_a_load_balancer_takes_is_judged_though_a_mapping_is_left_over() -> None:
    world = balancer(url_map(hosts=()), certificate("web", "x.org"), MAPPING)
    assert codes(domain_certificate, domain(), *world) == ["DOMAIN_MAPPED_TOO"]
    assert codes(domain_certificate, domain(), *balancer(*world, *TO_BALANCER)) == ["DOMAIN_NOT_COVERED"]
    assert codes(domain_certificate, domain(), *world, *TO_CLOUD_RUN) == ["DOMAIN_MAPPED"]
    assert codes(domain_certificate, domain(), *balancer(url_map(hosts=()), MAPPING)) == []


def test_what_cloud_run_itself_serves_is_another_check_s() -> None:
    for world in (
        (),
        (*balancer(url_map(hosts=())), *TO_CLOUD_RUN),
        balancer(url_map(hosts=("x.org",)), certificate("web", "x.org")),
    ):
        (found,) = verdicts(domain_certificate, domain(), *world, MAPPING)
        assert isinstance(found, Skip)
        assert (found.code, found.evidence) == ("DOMAIN_MAPPED", (MAPPING.path,))


def test_what_a_url_map_names_is_judged_though_cloud_run_serves_it_too() -> None:
    assert codes(domain_certificate, domain(), *balancer(MAPPING, certificate("web", "x.org"))) == [
        "DOMAIN_NOT_COVERED"
    ]


def test_a_mapping_that_was_not_read_may_serve_what_fails_here() -> None:
    def judged(*rows: Resource) -> list[str]:
        everything = balancer(*rows)
        balancers = derived(LoadBalancers, *everything, unread=(DomainMapping,))
        endpoints = derived(TlsEndpoints, *everything, unread=(DomainMapping,))
        known = derived(Certificates, *everything)
        found = domain_certificate(
            domain(), environment=ACME, endpoints=endpoints, balancers=balancers, certificates=known, moment=NOW
        )
        return [one.code for one in found if not isinstance(one, Proof)]

    assert judged(url_map(hosts=("x.org",)), certificate("web", "x.org")) == ["DOMAIN_MAPPINGS_NOT_READ"]
    assert judged(certificate("web", "x.org")) == ["DOMAIN_NOT_COVERED"]
    assert judged() == []


def test_a_service_mesh_needs_no_certificate() -> None:
    mesh = forwarding_rule(
        "mesh", load_balancing_scheme="INTERNAL_SELF_MANAGED", target=f"{GLOBAL}/targetHttpsProxies/mesh"
    )
    bare = proxy("mesh", url_map=f"{GLOBAL}/urlMaps/mesh", ssl_certificates=())
    assert codes(domain_certificate, domain(), *balancer(mesh, bare, url_map("mesh"))) == []


@pytest.mark.parametrize("name", ["API.Staging.Example.COM", "api.staging.example.com."])
def test_case_and_final_dot_do_not_matter(name: str) -> None:
    assert codes(domain_certificate, domain(name), *balancer()) == []


def test_an_international_name_is_its_a_label() -> None:
    world = balancer(url_map(hosts=("xn--bcher-kva.example",)), certificate("web", "xn--bcher-kva.example"))
    assert codes(domain_certificate, domain("Bücher.example"), *world) == []


@pytest.mark.parametrize("instead", PASSES.values(), ids=PASSES)
def test_passes(instead: tuple[Resource, ...]) -> None:
    found = verdicts(domain_certificate, domain(), *balancer(*instead))
    assert found
    assert all(isinstance(one, Proof) for one in found)


@pytest.mark.parametrize(("instead", "expected"), FAILS.values(), ids=FAILS)
def test_fails(instead: tuple[Resource, ...], expected: list[str]) -> None:
    found = verdicts(domain_certificate, domain(), *balancer(*instead))
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected
    assert all(one.evidence and one.message.endswith(".") for one in violations)


@pytest.mark.parametrize(("instead", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_leaves_undecided(instead: tuple[Resource, ...], expected: list[str]) -> None:
    found = verdicts(domain_certificate, domain(), *balancer(*instead))
    assert codes(domain_certificate, domain(), *balancer(*instead)) == expected
    assert not any(isinstance(one, Violation) for one in found)


def first(*instead: Resource, host: str = HOST, at: int = 0) -> Violation:
    found = verdicts(domain_certificate, domain(host), *balancer(*instead))[at]
    assert isinstance(found, Violation)
    return found


def test_the_near_miss_says_why_it_is_none_and_what_to_do() -> None:
    found = first(certificate("web", "*.example.com", "example.org"))
    assert found.message == (
        "api.staging.example.com is not covered by what web shows: web holds *.example.com (a wildcard stands for"
        " exactly one label); web holds example.org (it is another name)."
    )
    assert found.evidence == ("projects/acme/global/targetHttpsProxies/web", "projects/acme/global/sslCertificates/web")
    assert found.fix is not None
    name = "cert-api-staging-example-com"
    assert found.fix.gcloud == (
        f"gcloud compute ssl-certificates create {name} --domains=api.staging.example.com --global --project=acme",
        f"gcloud compute target-https-proxies update web --ssl-certificates=web,{name} --global --project=acme",
    )
    assert 'domains = ["api.staging.example.com"]' in found.fix.terraform


def test_of_many_names_the_most_easily_overlooked_are_shown() -> None:
    found = first(
        certificate("web", "a.org", "b.org", "c.org", "d.org", "*.f.org", "staging.example.com", "*.example.com")
    )
    assert "shows: web holds *.example.com (a wildcard stands for exactly one label); web holds a.org" in found.message
    assert found.message.endswith("; and 4 other names.")


def test_a_certificate_that_only_needs_attaching_is_named() -> None:
    found = first(certificate("web", "*.example.com"), certificate("spare"))
    assert "Certificate spare covers it, but is not attached there." in found.message
    assert found.fix is not None
    assert len(found.fix.gcloud) == 1
    assert "--ssl-certificates=web,spare " in found.fix.gcloud[0]


def test_a_map_is_given_an_entry() -> None:
    found = first(OVERRIDDEN, manager_certificate("web", "x.org"), map_entry("x", "x.org"))
    assert "the handshake fails. The map overrides the proxy's own certificate web" in found.message
    assert found.fix is not None
    assert [line.split(" create ")[0] for line in found.fix.gcloud] == [
        "gcloud certificate-manager certificates",
        "gcloud certificate-manager maps entries",
    ]
    assert f"--map=web --hostname={HOST}" in found.fix.gcloud[1]


def test_a_hostile_name_stays_one_word_of_the_command() -> None:
    found = first(url_map(hosts=("a;reboot.example.com",)), host="a;reboot.example.com")
    assert found.fix is not None
    assert "--domains='a;reboot.example.com'" in found.fix.gcloud[0]


def test_an_expired_certificate_beside_a_good_one_is_a_warning() -> None:
    expired = certificate("second", expire_time="2026-11-19T00:00:00Z")
    assert first(BOTH, certificate(), expired).severity is Severity.WARNING
    assert first(BOTH, certificate("web", "x.org"), expired).severity is None


def test_what_a_client_may_refuse_is_a_warning_beside_the_proof() -> None:
    one = certificate(certificate=chain_of(trustme.CA(organization_name="Acme"), HOST))
    found, proof = verdicts(domain_certificate, domain(), *balancer(one))
    assert isinstance(found, Violation)
    assert isinstance(proof, Proof)
    assert found.severity is Severity.WARNING
    assert f"Certificate web, which covers {HOST} on web, comes without the certificate of its issuer" in found.message


def test_what_every_client_refuses_is_an_error() -> None:
    forever = NOW + dt.timedelta(days=900)
    found = first(certificate(certificate=through(HOST, start=LONG_AGO, end=forever, is_ca=False)))
    assert (found.code, found.severity) == ("CERTIFICATE_ISSUER_NO_CA", None)


def test_an_odd_certificate_of_other_names_leaves_the_verdict_as_it_is() -> None:
    odd = certificate("odd", "x.org", certificate=odd_alternative(0x03, "x.org"))
    assert codes(domain_certificate, domain(), *balancer(odd)) == []


def test_a_chain_through_an_intermediate_and_a_managed_one_without_are_not_remarked_on() -> None:
    lone = chain_of(trustme.CA(), HOST)
    assert codes(domain_certificate, domain(), *balancer(certificate(certificate=through_intermediate(HOST)))) == []
    assert codes(domain_certificate, domain(), *balancer(managed(certificate=lone))) == []


def test_a_dead_list_is_an_info_and_how_to_empty_it() -> None:
    found = first(OVERRIDDEN, manager_certificate(), map_entry(), at=1)
    assert found.severity is Severity.INFO
    assert found.message == "web lists web, but its map web overrides the list."
    assert found.fix is not None
    assert found.fix.gcloud == (
        "gcloud compute target-https-proxies update web --clear-ssl-certificates --global --project=acme",
    )


def test_an_ssl_proxy_with_a_map_is_changed_by_its_own_command() -> None:
    both = ssl_proxy(certificate_map=OVERRIDDEN.certificate_map)
    found = first(*NONE_IN_FRONT, ssl_rule(), both, manager_certificate(), map_entry(), at=1)
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud compute target-ssl-proxies update tls --clear-ssl-certificates --project=acme",)


def test_of_two_certificates_of_one_name_the_expired_one_is_a_warning_in_a_map_too() -> None:
    old = manager_certificate("rsa", expire_time="2026-11-19T00:00:00Z")
    found = first(mapped_proxy(), manager_certificate(), old, map_entry("web", HOST, "rsa", "web"))
    assert (found.code, found.severity) == ("CERTIFICATE_EXPIRED", Severity.WARNING)


def test_the_proof_names_the_certificate_and_its_end() -> None:
    (proof,) = verdicts(domain_certificate, domain(), *balancer())
    assert isinstance(proof, Proof)
    assert proof.message == "web shows web until 2027-01-20"


def test_a_wildcard_that_nobody_declares_is_a_remark_where_the_names_below_it_are_served() -> None:
    def judged(*held: Resource, **changes: Any) -> tuple[type, Severity | None]:
        environment = msgspec.structs.replace(ACME, **changes)
        found = verdicts(domain_certificate, domain(EU), *balancer(*WILD, *held), environment=environment)[0]
        assert isinstance(found, Undecided | Violation)
        assert found.code == "WILDCARD_PARTLY_COVERED"
        assert found.fix
        assert found.fix.summary.startswith("Declare the names that are used as the `domains` of the environment")
        return type(found), found.severity if isinstance(found, Violation) else None

    below = "a.eu.staging.example"
    assert judged(certificate("web", below)) == (Violation, Severity.INFO)
    assert judged(certificate("web", below), domains=(EU,)) == (Undecided, None)
    assert judged(certificate("web", below, expire_time=LONG_AGO.isoformat())) == (Undecided, None)
