"""domain.deprecated: names that were given up, wherever they may still stand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.domain.deprecated import DomainDeprecated, Mentions, domain_deprecated
from tests.balancers import action, certificate, managed, manager_certificate, map_entry, neg, redirect, url_map
from tests.builders import project, service, template, variable
from tests.gcp.certificates.facts import derived
from tests.judging import ACME, codes, verdicts
from validator.check import Proof, Violation
from validator.model.certificate import DnsAuthorization
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.domainmapping import DomainMapping
from validator.model.loadbalancer import (
    NegCloudFunction,
    NegCloudRun,
    NetworkEndpointGroup,
    PathMatcher,
    PathRule,
    RouteAction,
    RouteRule,
)
from validator.model.resource import Resource
from validator.model.run import Container, Revision, SecretKeyRef, Traffic, ValueSource, Variable

GONE = DomainDeprecated(names=("old.example.com", "*.legacy.example.com"))


def record(name: str, kind: str, *data: str) -> DnsRecordSet:
    return DnsRecordSet(name=name, project="acme", managed_zone="public", type=kind, rrdatas=data)


def with_variable(name: str, value: str) -> Resource:
    return service(template=template(variable(name, value)))


def matcher(**changes: Any) -> Resource:
    """The URL map with another path matcher."""
    return url_map(path_matchers=(PathMatcher(name="all", **changes),))


def rewrite(host: str) -> RouteAction:
    """A route action that hands the backend this host."""
    return action({"urlRewrite": {"hostRewrite": host, "pathPrefixRewrite": "/"}})


PASSES: dict[str, tuple[Resource, ...]] = {
    "nothing at all": (),
    "other names everywhere": (
        url_map(),
        certificate(),
        manager_certificate(),
        map_entry(),
        with_variable("API_URL", "api.example.com"),
    ),
    "redirects and rewrites without a host": (
        url_map(
            default_url_redirect=redirect({"httpsRedirect": True}),
            default_route_action=action({"urlRewrite": None}),
            path_matchers=(PathMatcher(default_url_redirect=redirect({}), default_route_action=action({})),),
        ),
    ),
    "a redirect to another name": (url_map(default_url_redirect=redirect({"hostRedirect": "www.example.com"})),),
    "a zone of another name with its own records": (
        DnsZone(name="public", project="acme", dns_name="example.com."),
        record("example.com.", "SOA", "ns.example.com. old.example.com. 1 2 3 4 5"),
        record("example.com.", "NS", "ns.example.com."),
        record("www.example.com.", "A", "203.0.113.7"),
    ),
    "a URL mask without a host": (neg(cloud_run=NegCloudRun(url_mask="/<service>")),),
    "a name that merely ends alike": (url_map(hosts=("veryold.example.com", "notlegacy.example.com")),),
    "the parent of a wildcard": (url_map(hosts=("legacy.example.com",)),),
    "a name below an exact one": (certificate("web", "a.old.example.com"),),
}
FAILS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "a host rule": (
        (url_map(hosts=("Old.example.com",)),),
        "A host rule of url-map/web still names Old.example.com, which was given up (old.example.com).",
    ),
    "a host rule below a wildcard, however deep": (
        (url_map(hosts=("a.b.legacy.example.com",)),),
        "A host rule of url-map/web still names a.b.legacy.example.com, which was given up (*.legacy.example.com).",
    ),
    "the wildcard itself": (
        (url_map(hosts=("*.legacy.example.com",)),),
        "A host rule of url-map/web still names *.legacy.example.com, which was given up.",
    ),
    "a host rule with a port": (
        (url_map(hosts=("old.example.com:443",)),),
        "A host rule of url-map/web still names old.example.com, which was given up.",
    ),
    "where everything is redirected to": (
        (url_map(default_url_redirect=redirect({"hostRedirect": "old.example.com", "httpsRedirect": True})),),
        "A redirect of url-map/web still names old.example.com, which was given up.",
    ),
    "where a path matcher redirects to, with a port": (
        (matcher(default_url_redirect=redirect({"hostRedirect": "Old.example.com:8443"})),),
        "A redirect of url-map/web still names Old.example.com, which was given up (old.example.com).",
    ),
    "where a path is redirected to": (
        (matcher(path_rules=(PathRule(url_redirect=redirect({"hostRedirect": "a.legacy.example.com"})),)),),
        "A redirect of url-map/web still names a.legacy.example.com, which was given up (*.legacy.example.com).",
    ),
    "where a route is redirected to": (
        (matcher(route_rules=(RouteRule(url_redirect=redirect({"hostRedirect": "old.example.com"})),)),),
        "A redirect of url-map/web still names old.example.com, which was given up.",
    ),
    "what the default's host is rewritten to": (
        (url_map(default_route_action=rewrite("old.example.com")),),
        "A rewrite of url-map/web still names old.example.com, which was given up.",
    ),
    "what a path matcher's host is rewritten to": (
        (matcher(default_route_action=rewrite("old.example.com")),),
        "A rewrite of url-map/web still names old.example.com, which was given up.",
    ),
    "what a path's host is rewritten to": (
        (matcher(path_rules=(PathRule(route_action=rewrite("old.example.com")),)),),
        "A rewrite of url-map/web still names old.example.com, which was given up.",
    ),
    "what a route's host is rewritten to": (
        (matcher(route_rules=(RouteRule(route_action=rewrite("old.example.com")),)),),
        "A rewrite of url-map/web still names old.example.com, which was given up.",
    ),
    "a classic certificate": (
        (certificate("web", "www.example.com", "old.example.com"),),
        "Certificate web still names old.example.com, which was given up.",
    ),
    "a managed certificate that is not issued": (
        (managed("web", "old.example.com", status="PROVISIONING"),),
        "Certificate web still names old.example.com, which was given up.",
    ),
    "a Certificate Manager certificate": (
        (manager_certificate("web", "old.example.com"),),
        "Certificate web still names old.example.com, which was given up.",
    ),
    "a map entry": (
        (map_entry("e", "old.example.com"),),
        "Map entry e still names old.example.com, which was given up.",
    ),
    "a URL mask": (
        (neg(cloud_run=NegCloudRun(url_mask="Old.example.com/<service>")),),
        "The URL mask of neg/backend still names Old.example.com, which was given up (old.example.com).",
    ),
    "a URL mask below a wildcard": (
        (neg(cloud_run=None, cloud_function=NegCloudFunction(url_mask="<function>.legacy.example.com")),),
        "The URL mask of neg/backend still names *.legacy.example.com, which was given up.",
    ),
    "a domain mapping": (
        (
            DomainMapping(
                name="projects/acme/locations/us-central1/domainmappings/old.example.com",
                project="acme",
                location="us-central1",
            ),
        ),
        "Domain mapping old.example.com still names old.example.com, which was given up.",
    ),
    "a DNS authorisation": (
        (
            DnsAuthorization(
                name="projects/acme/locations/global/dnsAuthorizations/old", project="acme", domain="old.example.com"
            ),
        ),
        "DNS authorisation old still names old.example.com, which was given up.",
    ),
    "a DNS zone": (
        (
            DnsZone(name="old", project="acme", dns_name="eu.legacy.example.com."),
            DnsRecordSet(name="eu.legacy.example.com.", project="acme", managed_zone="old", type="NS"),
        ),
        "DNS zone old still names eu.legacy.example.com, which was given up (*.legacy.example.com).",
    ),
    "a DNS record of the name": (
        (record("old.example.com.", "A", "203.0.113.7"),),
        "The A record of old.example.com in DNS zone public still names old.example.com, which was given up.",
    ),
    "a DNS record that leads to the name": (
        (record("www.example.com.", "CNAME", "old.example.com."),),
        "The CNAME record of www.example.com in DNS zone public still names old.example.com, which was given up.",
    ),
    "a delegation of the name": (
        (record("old.example.com.", "NS", "ns.example.org."),),
        "The NS record of old.example.com in DNS zone public still names old.example.com, which was given up.",
    ),
    "a mail server of the name": (
        (record("example.com.", "MX", "10 old.example.com."),),
        "The MX record of example.com in DNS zone public still names old.example.com, which was given up.",
    ),
    "a variable": (
        (with_variable("API_URL", "api.example.com,old.example.com:8443"),),
        "Variable API_URL of run/backend still names old.example.com, which was given up.",
    ),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=PASSES)
def test_passes(rows: tuple[Resource, ...]) -> None:
    (proof,) = verdicts(domain_deprecated, project(), *rows, params=GONE)
    assert isinstance(proof, Proof)


@pytest.mark.parametrize(("rows", "message"), FAILS.values(), ids=FAILS)
def test_fails(rows: tuple[Resource, ...], message: str) -> None:
    found = verdicts(domain_deprecated, project(), *rows, params=GONE)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [(one.code, one.message) for one in violations] == [("DEPRECATED_DOMAIN", message)]
    assert violations[0].evidence == (rows[0].path,)


def test_each_place_is_a_violation_of_its_own() -> None:
    rows = (
        url_map(hosts=("old.example.com",)),
        certificate("web", "old.example.com"),
        certificate("b", "old.example.com"),
    )
    assert codes(domain_deprecated, project(), *rows, params=GONE) == ["DEPRECATED_DOMAIN"] * 3


def test_an_older_revision_and_the_next_one_are_searched_too() -> None:
    subject = service(
        template=template(variable("NEXT", "old.example.com")),
        traffic_statuses=(Traffic(revision="backend-00001-old", percent=100),),
    )
    old = Revision(
        name=f"{subject.path}/revisions/backend-00001-old",
        containers=(Container(env=(variable("PAST", "old.example.com"),)),),
    )
    found = verdicts(domain_deprecated, project(), subject, old, params=GONE)
    assert [one.message.split()[1] for one in found if isinstance(one, Violation)] == ["PAST", "NEXT"]


UNREAD: dict[type[Resource], str] = {
    NetworkEndpointGroup: "neg",
    DomainMapping: "domain-mapping",
    DnsAuthorization: "dns-authorization",
    DnsZone: "dns-zone",
    DnsRecordSet: "dns-record",
}


@pytest.mark.parametrize(("kind", "noun"), UNREAD.items())
def test_what_was_not_read_may_name_it(kind: type[Resource], noun: str) -> None:
    def judged(*rows: Resource) -> list[str]:
        mentions = derived(Mentions, *rows, unread=(kind,))
        found = domain_deprecated(project(), environment=ACME, mentions=mentions, params=GONE)
        return [one.code for one in found if not isinstance(one, Proof)]

    assert judged() == ["NOT_ALL_SEARCHED"]
    assert judged(url_map(hosts=("old.example.com",))) == ["DEPRECATED_DOMAIN", "NOT_ALL_SEARCHED"]
    assert derived(Mentions, unread=(kind,)).gaps == (noun,)


def test_the_proof_counts_what_could_not_be_searched() -> None:
    secret = ValueSource(secret_key_ref=SecretKeyRef(secret="origins"))
    subject = service(
        template=template(
            Variable(name="A", withheld=True), Variable(name="B", value_source=secret), Variable(name="C")
        )
    )
    (proof,) = verdicts(domain_deprecated, project(), subject, params=GONE)
    assert isinstance(proof, Proof)
    assert proof.message == "0 names were searched; 2 variables hold no host or a secret and were not searched"


def test_the_host_project_is_skipped() -> None:
    subject = project("acme-host", "42")
    assert codes(domain_deprecated, subject, url_map(hosts=("old.example.com",)), params=GONE) == [
        "NOT_THE_AUDITED_PROJECT"
    ]


@pytest.mark.parametrize("given", [{}, {"names": []}, {"names": [""]}, {"names": ["a"], "other": 1}])
def test_a_rule_without_names_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, DomainDeprecated)
