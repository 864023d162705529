"""domain.mapping: Cloud Run domain mappings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.domain.mapping import DomainMapped, domain_mapping
from tests.balancers import balancer, forwarding_rule, url_map
from tests.builders import PROJECT, REGION, service
from tests.judging import NOW, codes, verdicts
from validator.check import Maybe, Partial, Proof, Severity, Table, Undecided, Verdict, Violation
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.dns.published import PublicZones
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.domainmapping import (
    DomainMapping,
    MappingCondition,
    MappingMetadata,
    MappingRecord,
    MappingSpec,
    MappingStatus,
)
from validator.model.resource import Resource
from validator.model.run import Service

DOMAIN = "www.example.com"
DEFAULT = DomainMapped()
LONG_AGO, JUST_NOW, TODAY = "2026-03-02T10:00:00Z", "2026-11-20T17:30:00Z", "2026-11-20T02:00:00.123456Z"
ALIAS = (MappingRecord(name="www", type="CNAME", rrdata="ghs.googlehosted.com."),)
APEX = tuple(MappingRecord(type="A", rrdata=f"216.239.{n}.21") for n in (32, 34, 36, 38))


def condition(
    kind: str, status: str = "True", reason: str = "", message: str = "", since: str = ""
) -> MappingCondition:
    return MappingCondition(type=kind, status=status, reason=reason, message=message, last_transition_time=since)


READY = tuple(condition(kind) for kind in ("Ready", "CertificateProvisioned", "DomainRoutable"))
PENDING = (
    condition("Ready", "Unknown", "CertificatePending", "Waiting for certificate provisioning."),
    condition("CertificateProvisioned", "Unknown", "CertificatePending", "The challenge data was not visible."),
    condition("DomainRoutable"),
)


def mapping(
    *conditions: MappingCondition,
    domain: str = DOMAIN,
    made: str = LONG_AGO,
    records: tuple[MappingRecord, ...] = ALIAS,
    **changes: Any,
) -> DomainMapping:
    """A mapping of the domain to run/backend, ready where no conditions are given."""
    fields: dict[str, Any] = {
        "name": f"projects/{PROJECT}/locations/{REGION}/domainmappings/{domain}",
        "project": PROJECT,
        "location": REGION,
        "metadata": MappingMetadata(name=domain, creation_timestamp=made, generation=2),
        "spec": MappingSpec(route_name="backend", certificate_mode="AUTOMATIC"),
        "status": MappingStatus(conditions=conditions or READY, observed_generation=2, resource_records=records),
    }
    return DomainMapping(**(fields | changes))


def zone(dns_name: str = "example.com.", name: str = "public", visibility: str = "public") -> DnsZone:
    return DnsZone(name=name, project=PROJECT, dns_name=dns_name, visibility=visibility)


def record(name: str, kind: str, *data: str, zone: str = "public", **changes: Any) -> DnsRecordSet:
    return DnsRecordSet(name=name, project=PROJECT, managed_zone=zone, type=kind, rrdatas=data, **changes)


GHS = "ghs.googlehosted.com."
PASSES: dict[str, tuple[DomainMapping, tuple[Resource, ...]]] = {
    "ready, with its DNS elsewhere": (mapping(), ()),
    "ready, as Cloud DNS has it": (mapping(), (zone(), record(f"{DOMAIN}.", "CNAME", GHS))),
    "an alias spelled in capitals": (mapping(), (zone(), record("WWW.Example.com.", "CNAME", "GHS.googlehosted.com."))),
    "an alias by a wildcard": (mapping(), (zone(), record("*.example.com.", "CNAME", GHS))),
    "an apex with some of its addresses": (
        mapping(domain="example.com", records=APEX),
        (zone(), record("example.com.", "A", "216.239.32.21", "216.239.34.21"), record("example.com.", "NS", "ns.")),
    ),
    "Google's addresses where an alias is asked for": (
        mapping(),
        (zone(), record(f"{DOMAIN}.", "A", "216.239.38.21"), record(f"{DOMAIN}.", "AAAA", "2001:4860:4802:38::15")),
    ),
    "a name that is delegated further": (
        mapping(domain="www.shop.example.com"),
        (zone(), record("shop.example.com.", "NS", "ns.elsewhere.net.")),
    ),
    "a private zone alone": (mapping(), (zone(visibility="private"),)),
    "two zones of the name, of which one leads there": (
        mapping(),
        (zone(), zone(name="old"), record(f"{DOMAIN}.", "CNAME", GHS)),
    ),
    "what a routing policy decides": (
        mapping(),
        (zone(), record(f"{DOMAIN}.", "A", routing_policy={"wrr": {"items": [{"weight": 1}]}})),
    ),
    "a load balancer that names another domain": (mapping(), balancer()),
    "an internal load balancer that names it": (
        mapping(),
        balancer(url_map(hosts=(DOMAIN,)), forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED")),
    ),
}
FAILS: dict[str, tuple[DomainMapping, tuple[Resource, ...], list[str]]] = {
    "a certificate that does not come": (mapping(*PENDING), (), ["DOMAIN_MAPPING_CERTIFICATE"]),
    "a domain that is not routed": (
        mapping(condition("Ready", "False", "PermissionDenied", "Not yours."), condition("DomainRoutable", "False")),
        (),
        ["DOMAIN_MAPPING_NOT_ROUTABLE"],
    ),
    "not ready, and nothing else said": (mapping(condition("Ready", "False")), (), ["DOMAIN_MAPPING_NOT_READY"]),
    "a service that does not exist": (
        mapping(spec=MappingSpec(route_name="gone")),
        (),
        ["CLOUD_RUN_NOT_FOUND"],
    ),
    "a service of another region": (
        mapping(spec=MappingSpec(route_name="far")),
        (service("far", "europe-west1"),),
        ["CLOUD_RUN_NOT_FOUND"],
    ),
    "no service at all": (mapping(spec=MappingSpec()), (), ["CLOUD_RUN_NOT_FOUND"]),
    "no certificate by choice": (
        mapping(spec=MappingSpec(route_name="backend", certificate_mode="NONE")),
        (),
        ["DOMAIN_MAPPING_WITHOUT_TLS"],
    ),
    "a zone without the name": (mapping(), (zone(),), ["DOMAIN_MAPPING_DNS"]),
    "a zone with nothing but a text for the name": (
        mapping(),
        (zone(), record(f"{DOMAIN}.", "TXT"), record("*.example.com.", "CNAME", GHS)),
        ["DOMAIN_MAPPING_DNS"],
    ),
    "an alias elsewhere": (mapping(), (zone(), record(f"{DOMAIN}.", "CNAME", "x.net.")), ["DOMAIN_MAPPING_DNS"]),
    "an address of somebody else's beside the right ones": (
        mapping(domain="example.com", records=APEX),
        (zone(), record("example.com.", "A", "216.239.32.21", "203.0.113.9")),
        ["DOMAIN_MAPPING_DNS"],
    ),
    "the nearer of two zones": (
        mapping(),
        (zone(), record(f"{DOMAIN}.", "CNAME", GHS), zone("www.example.com.", "own")),
        ["DOMAIN_MAPPING_DNS"],
    ),
    "a load balancer that names it too": (
        mapping(),
        balancer(url_map(hosts=(DOMAIN,))),
        ["DOMAIN_MAPPING_SUPERSEDED"],
    ),
}
UNDECIDED = {
    "a change that was not looked at yet": (
        mapping(status=MappingStatus(conditions=READY, observed_generation=1)),
        ["DOMAIN_MAPPING_RECONCILING"],
    ),
    "no conditions": (mapping(status=MappingStatus(observed_generation=2)), ["DOMAIN_MAPPING_STATE_UNKNOWN"]),
    "a status of the future": (mapping(condition("Ready", "Perhaps")), ["DOMAIN_MAPPING_STATE_UNKNOWN"]),
}


@pytest.mark.parametrize(("subject", "rows"), PASSES.values(), ids=PASSES)
def test_passes(subject: DomainMapping, rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(domain_mapping, subject, *(rows if service() in rows else (*rows, service())), params=DEFAULT)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(("subject", "rows", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: DomainMapping, rows: tuple[Resource, ...], expected: list[str]) -> None:
    found = verdicts(domain_mapping, subject, *(rows if service() in rows else (*rows, service())), params=DEFAULT)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected == [one.code for one in found if not isinstance(one, Proof)]
    assert all(one.fix and one.fix.gcloud and one.evidence[0] == subject.path for one in violations)


@pytest.mark.parametrize(("subject", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_does_not_pass_what_it_cannot_judge(subject: DomainMapping, expected: list[str]) -> None:
    assert codes(domain_mapping, subject, service(), params=DEFAULT) == expected
    (found,) = verdicts(domain_mapping, subject, service(), params=DEFAULT)
    assert isinstance(found, Undecided)


@pytest.mark.parametrize(
    ("made", "since", "severity"),
    [
        pytest.param(JUST_NOW, "", Severity.INFO, id="half an hour old"),
        pytest.param(TODAY, "", Severity.WARNING, id="of this morning"),
        pytest.param(LONG_AGO, "", None, id="months old"),
        pytest.param(LONG_AGO, JUST_NOW, Severity.INFO, id="old, and pending again for half an hour"),
        pytest.param("", "", None, id="of unknown age"),
        pytest.param("2026-11-19T18:00:00Z", "", None, id="a day to the second"),
    ],
)
def test_how_much_a_pending_certificate_weighs_is_a_matter_of_its_age(
    made: str, since: str, severity: Severity | None
) -> None:
    ready, certificate, routable = PENDING
    certificate = msgspec.structs.replace(certificate, last_transition_time=since)
    subject = mapping(ready, certificate, routable, made=made)
    (found,) = verdicts(domain_mapping, subject, service(), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.severity is severity


def test_a_refusal_is_a_failure_however_young() -> None:
    subject = mapping(condition("Ready", "False", "PermissionDenied", "Not yours."), made=JUST_NOW)
    (found,) = verdicts(domain_mapping, subject, service(), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.severity is None
    assert found.message == f"domain-mapping/{DOMAIN} is not ready: Ready is False (PermissionDenied: Not yours)."
    assert found.fix is not None
    assert found.fix.summary.startswith("Verify that you own the domain")


def test_a_pending_certificate_says_how_long_and_what_dns_needs() -> None:
    (found,) = verdicts(domain_mapping, mapping(*PENDING, made=TODAY), service(), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.message == (
        f"domain-mapping/{DOMAIN} is not ready for 16 h: CertificateProvisioned is Unknown (CertificatePending: The"
        " challenge data was not visible)."
    )
    assert found.evidence[1:] == ("CertificateProvisioned=Unknown", "CNAME ghs.googlehosted.com.")
    assert found.fix is not None
    assert found.fix.gcloud == (
        f"gcloud beta run domain-mappings describe --domain={DOMAIN} --region={REGION} --project={PROJECT}",
    )


@pytest.mark.parametrize(
    "ingress", ["INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_NONE"]
)
def test_a_service_that_shuts_the_internet_out_does_not_take_a_mapping(ingress: str) -> None:
    found = verdicts(domain_mapping, mapping(), service(ingress=ingress), params=DEFAULT)[0]
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("CLOUD_RUN_INGRESS", None)


def test_the_records_are_published_by_one_command() -> None:
    subject = mapping(domain="example.com", records=APEX)
    found = verdicts(domain_mapping, subject, service(), zone(), params=DEFAULT)[-1]
    assert isinstance(found, Violation)
    assert found.severity is Severity.WARNING
    assert found.message.startswith("Cloud DNS zone public has no record for example.com; domain-mapping/example.com")
    assert found.fix is not None
    assert found.fix.gcloud[0].startswith(
        "gcloud dns record-sets create example.com. --zone=public --type=A --ttl=300 "
    )
    assert "--rrdatas=216.239.32.21,216.239.34.21,216.239.36.21,216.239.38.21 " in found.fix.gcloud[0]


def judged(services: Partial[Service]) -> list[Verdict]:
    """What is found where neither all record sets nor the URL maps were read."""
    zones = PublicZones(Partial(Table([zone()]), complete=True), Partial(Table(), complete=False))
    unread: Maybe[LoadBalancers] = Maybe(None, ("url-map",))
    return list(domain_mapping(mapping(), services=services, zones=zones, balancers=unread, moment=NOW, params=DEFAULT))


def test_what_was_not_read_of_dns_or_load_balancers_accuses_nobody() -> None:
    _, *gaps = judged(Partial(Table([service()]), complete=False))
    assert [one.message for one in gaps if isinstance(one, Proof)] == [
        f"not all of Cloud DNS was read, so the records of {DOMAIN} are not compared in full",
        f"whether a load balancer names {DOMAIN} too is not known: url-map not read",
    ]


def test_a_service_among_those_that_were_not_read_is_undecided() -> None:
    found, *_ = judged(Partial(Table(), complete=False))
    assert isinstance(found, Undecided)
    assert found.code == "CLOUD_RUN_NOT_READ"


def test_hostile_record_data_stays_one_word_of_the_command() -> None:
    odd = (MappingRecord(type="CNAME", rrdata="x; rm -rf ~"),)
    found = verdicts(domain_mapping, mapping(records=odd), service(), zone(), params=DEFAULT)[-1]
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "--rrdatas='x; rm -rf ~' " in found.fix.gcloud[0]
