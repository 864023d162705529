"""A domain that Cloud Run itself serves is mapped to a service that takes it, with a certificate and DNS in place.

Why:
    A domain mapping needs a service of its region, records that lead the domain to Google, and a certificate that is
    issued only after that. Until all three are there, the domain fails at the handshake or answers 404, while the
    service's own run.app address works.

Remediation:
    Publish the records the mapping shows, permit the CA in CAA records, and wait: 15 minutes as a rule, a day at most.
    Domain mappings are a preview; Google recommends a global external Application Load Balancer instead.

References:
    https://cloud.google.com/run/docs/mapping-custom-domains
    https://cloud.google.com/run/docs/reference/rest/v1/projects.locations.domainmappings
    https://cloud.google.com/run/docs/securing/ingress
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from validator.check import (
    Fix,
    Maybe,
    Moment,
    Params,
    Partial,
    Proof,
    Severity,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.balancers.mapped_domains import asked_for, leads_nowhere, led_elsewhere
from validator.gcp.dns.published import PublicZones
from validator.gcp.times import instant
from validator.model.dns import DnsZone
from validator.model.domainmapping import DomainMapping, MappingCondition
from validator.model.run import Service

Hours = Annotated[int, Meta(ge=0)]
#: The conditions that `Ready` sums up, in the order in which they come true, with the code of each.
_PARTS = (("DomainRoutable", "DOMAIN_MAPPING_NOT_ROUTABLE"), ("CertificateProvisioned", "DOMAIN_MAPPING_CERTIFICATE"))
_MENDS: Mapping[str, str] = MappingProxyType(
    {
        "CertificatePending": (
            "Publish the records the mapping shows, with no proxy in front and CAA records that permit pki.goog, and"
            " wait."
        ),
        "PermissionDenied": "Verify that you own the domain (gcloud domains verify), and create the mapping again.",
        "RouteMissing": "Deploy the service, or map the domain to one that exists.",
        "RouteNotReady": "Deploy a revision of the service that becomes ready.",
    }
)
_SHUT = ("INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_NONE")


class DomainMapped(Params, frozen=True):
    """How long a new mapping may take."""

    #: Until then nothing is amiss: it is a remark.
    normal_hours: Hours = 1
    #: Until then it is a warning, from then on a failure.
    error_after_hours: Hours = 24


@check(severity=Severity.ERROR)
def domain_mapping(
    mapping: DomainMapping,
    *,
    services: Partial[Service],
    zones: PublicZones,
    balancers: Maybe[LoadBalancers],
    moment: Moment,
    params: DomainMapped,
) -> Verdicts:
    """The service first, then the mapping's own conditions, its DNS, and who else answers the domain."""
    named = services.table.named(mapping.spec.route_name)
    service = next((one for one in named if one.location == mapping.location), None)
    if service:
        yield from _ingress(mapping, service)
        yield from _conditions(mapping, moment, params)
    else:
        yield _no_service(mapping, services)
    if mapping.spec.certificate_mode == "NONE":
        message = f"{mapping.label} has certificate mode NONE: the domain is served as plain HTTP alone."
        evidence = (mapping.path, "certificateMode=NONE")
        fix = Fix(summary="Map it with a certificate.", gcloud=(_command(mapping, "create", _service(mapping)),))
        yield Violation(
            code="DOMAIN_MAPPING_WITHOUT_TLS", message=message, evidence=evidence, severity=Severity.WARNING, fix=fix
        )
    yield from _dns(mapping, zones)
    if balancers.value:
        yield from _superseded(mapping, balancers.value)
    yield from _not_compared(mapping, zones, balancers)


def _no_service(mapping: DomainMapping, services: Partial[Service]) -> Verdict:
    leads = f"{mapping.label} leads to Cloud Run service {mapping.spec.route_name or '(none)'} in {mapping.location}"
    evidence = (mapping.path, f"routeName={mapping.spec.route_name}")
    if not services.complete:
        message = f"{leads}, which is not among those that were read; others were not."
        return Undecided(code="CLOUD_RUN_NOT_READ", message=message, evidence=evidence)
    return Violation(
        code="CLOUD_RUN_NOT_FOUND",
        message=f"{leads}, which does not exist.",
        evidence=evidence,
        fix=Fix(
            summary="Map it to a service of the same region, or delete the mapping.",
            gcloud=(_command(mapping, "create", "--service=SERVICE --force-override"),),
        ),
    )


def _ingress(mapping: DomainMapping, service: Service) -> Iterator[Violation]:
    """A mapping brings requests from the internet, not from a load balancer."""
    if service.ingress in _SHUT:
        where = f"--region={service.location} --project={service.project}"
        yield Violation(
            code="CLOUD_RUN_INGRESS",
            message=f"{service.label} takes no requests from {mapping.label} (ingress {service.ingress}).",
            evidence=(mapping.path, service.path, f"ingress={service.ingress}"),
            fix=Fix(
                summary="Let the internet in, or serve the domain from a load balancer and delete the mapping.",
                gcloud=(f"gcloud run services update {service.short} --ingress=all {where}",),
                terraform='ingress = "INGRESS_TRAFFIC_ALL"',
            ),
        )


def _conditions(mapping: DomainMapping, moment: Moment, params: DomainMapped) -> Iterator[Verdict]:
    ready, newest = mapping.condition("Ready"), mapping.metadata.generation
    if mapping.status.observed_generation < newest:
        message = f"{mapping.label} was changed, and what is told of it is older than that."
        yield Undecided(code="DOMAIN_MAPPING_RECONCILING", message=message, evidence=(mapping.path,))
    elif ready.status == "True":
        yield Proof(message=f"{mapping.label} is ready, for run/{mapping.spec.route_name}", evidence=(mapping.path,))
    elif ready.status in ("False", "Unknown"):
        yield _not_ready(mapping, ready, moment, params)
    else:
        message = f"{mapping.label} does not say whether it is ready."
        yield Undecided(code="DOMAIN_MAPPING_STATE_UNKNOWN", message=message, evidence=(mapping.path,))


def _not_ready(mapping: DomainMapping, ready: MappingCondition, moment: Moment, params: DomainMapped) -> Violation:
    parts = ((mapping.condition(kind), code) for kind, code in _PARTS)
    unfit = ((one, code) for one, code in parts if one.status in ("False", "Unknown"))
    worst, code = next(unfit, (ready, "DOMAIN_MAPPING_NOT_READY"))
    reason, said = worst.reason or ready.reason, worst.message or ready.message
    since = max(
        filter(None, map(instant, (mapping.metadata.creation_timestamp, worst.last_transition_time))), default=None
    )
    age = moment - since if since else None
    words = ": ".join(filter(None, (reason, said.rstrip("."))))
    waits = f" for {age.total_seconds() / 3600:.0f} h" if age and ready.status == "Unknown" else ""
    return Violation(
        code=code,
        message=f"{mapping.label} is not ready{waits}: {worst.type} is {worst.status}{f' ({words})' if words else ''}.",
        evidence=(mapping.path, f"{worst.type}={worst.status}", *asked_for(mapping)),
        severity=_severity(age, params) if ready.status == "Unknown" else None,
        fix=Fix(
            summary=_MENDS.get(reason, "See what the mapping says, mend it, and create it again if it stays."),
            gcloud=(_command(mapping, "describe"),),
        ),
    )


def _severity(age: dt.timedelta | None, params: DomainMapped) -> Severity | None:
    """How much it weighs that a mapping is still in the making."""
    if age is None or age >= dt.timedelta(hours=params.error_after_hours):
        return None
    return Severity.INFO if age < dt.timedelta(hours=params.normal_hours) else Severity.WARNING


def _dns(mapping: DomainMapping, zones: PublicZones) -> Iterator[Violation]:
    """Records of the public zone that holds the domain, where one does; of several of one name, one answers."""
    held, wanted = zones.of(mapping.domain), ", ".join(asked_for(mapping))
    if not wanted or not held or any(not led_elsewhere(mapping, one) and not leads_nowhere(one) for one in held):
        return
    found = led_elsewhere(mapping, held[0])
    there = f"leads {mapping.domain} elsewhere ({', '.join(found)})" if found else f"has no record for {mapping.domain}"
    yield Violation(
        code="DOMAIN_MAPPING_DNS",
        message=f"Cloud DNS zone {held[0].zone.short} {there}; {mapping.label} asks for {wanted}.",
        evidence=(mapping.path, held[0].zone.path, *(row.path for row in held[0].rows)),
        severity=Severity.WARNING,
        fix=Fix(
            summary="Publish every record the mapping shows, and no others for the name.",
            gcloud=(_publish(mapping, held[0].zone, "update" if found else "create"),),
        ),
    )


def _publish(mapping: DomainMapping, zone: DnsZone, verb: str) -> str:
    first, *others = mapping.status.resource_records
    data = ",".join((first.rrdata, *(one.rrdata for one in others if one.type == first.type)))
    kind, told = shlex.quote(first.type), shlex.quote(data)
    flags = f"--zone={zone.name} --type={kind} --ttl=300 --rrdatas={told} --project={zone.project}"
    return f"gcloud dns record-sets {verb} {shlex.quote(mapping.domain)}. {flags}"


def _superseded(mapping: DomainMapping, balancers: LoadBalancers) -> Iterator[Violation]:
    fronts = [one for one in balancers.fronts if one.external and one.way(mapping.domain).named]
    if fronts and fronts[0].url_map:
        front, url_map = fronts[0], fronts[0].url_map
        yield Violation(
            code="DOMAIN_MAPPING_SUPERSEDED",
            message=(
                f"{mapping.domain} is mapped by Cloud Run and also named by URL map {url_map.short} behind"
                f" {front.rule.label}; DNS leads to one of them, and the other only looks as if it served."
            ),
            evidence=(mapping.path, front.rule.path, url_map.path),
            severity=Severity.WARNING,
            fix=Fix(
                summary="Delete the mapping once DNS leads to the load balancer, or the host rule.",
                gcloud=(_command(mapping, "delete"),),
            ),
        )


def _not_compared(mapping: DomainMapping, zones: PublicZones, balancers: Maybe[LoadBalancers]) -> Iterator[Proof]:
    """What else could have been said of it: enough for a remark, not for a verdict."""
    if not zones.complete:
        message = f"not all of Cloud DNS was read, so the records of {mapping.domain} are not compared in full"
        yield Proof(message=message, evidence=(mapping.path,))
    if balancers.unread:
        unread = ", ".join(balancers.unread)
        message = f"whether a load balancer names {mapping.domain} too is not known: {unread} not read"
        yield Proof(message=message, evidence=(mapping.path,))


def _service(mapping: DomainMapping) -> str:
    return f"--service={mapping.spec.route_name} --force-override"


def _command(mapping: DomainMapping, verb: str, flags: str = "") -> str:
    where = f"--region={mapping.location} --project={mapping.project}"
    words = ("gcloud beta run domain-mappings", verb, f"--domain={shlex.quote(mapping.domain)}", flags, where)
    return " ".join(filter(None, words))
