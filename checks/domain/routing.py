"""Requests for the domain reach a backend: forwarding rule on 443, host rule, backend, service.

Why:
    A domain that no host rule names is answered by the URL map's default, often another product's backend; a
    serverless group that names a service which is gone answers 404 or 502 to everybody.

Remediation:
    Add a forwarding rule on 443 for the HTTPS proxy, a host rule for the domain, and a backend behind it.

References:
    https://cloud.google.com/load-balancing/docs/url-map-concepts
    https://cloud.google.com/load-balancing/docs/https/setup-global-ext-https-serverless
    https://cloud.google.com/run/docs/securing/ingress
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from validator.check import (
    Environment,
    Fix,
    Params,
    Proof,
    Severity,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.loadbalancers import Front, LoadBalancers, Way
from validator.model.loadbalancer import BackendService, Domain, NetworkEndpointGroup, UrlMap
from validator.model.resource import last
from validator.model.run import Service

_RULE = """\
resource "google_compute_global_forwarding_rule" "https" {
  name                  = "https"
  target                = google_compute_target_https_proxy.NAME.id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}"""


class DomainRouting(Params, frozen=True):
    """How the domain may be answered."""

    #: Whether the URL map's default may answer it; else a host rule must name it.
    default_ok: bool = False


class Backends(msgspec.Struct, frozen=True):
    """A fact: what stands behind URL maps, to the Cloud Run service."""

    balancers: LoadBalancers
    services: Table[Service]
    environment: Environment

    @classmethod
    def derive(cls, *, balancers: LoadBalancers, services: Table[Service], environment: Environment) -> Backends:
        """From the load balancers, the services and the regions that are looked at."""
        return cls(balancers, services, environment)

    def foreign(self, path: str) -> bool:
        """Whether the resource is another project's, and so not read."""
        return not path.startswith(f"projects/{self.environment.project}/")


@check(severity=Severity.ERROR)
def domain_routing(domain: Domain, *, backends: Backends, params: DomainRouting) -> Verdicts:
    """Every front that is meant for the domain, from its forwarding rule to the service."""
    fronts = backends.balancers.answering(domain.name)
    if not fronts:
        yield _no_front(domain, backends.balancers)
    # Two forwarding rules (IPv4 and IPv6) in front of one URL map are one finding.
    for front in {front.url_map.path: front for front in reversed(fronts) if front.url_map}.values():
        yield from _front(domain, front, backends, params)


def _no_front(domain: Domain, balancers: LoadBalancers) -> Violation:
    there = ", ".join(sorted({front.rule.short for front in balancers.fronts}))
    found = (
        f"Forwarding rules on 443: {there}, and none of their URL maps answers it."
        if there
        else ("No forwarding rule on 443 leads to an HTTPS proxy.")
    )
    flags = "--global --target-https-proxy=PROXY --ports=443 --load-balancing-scheme=EXTERNAL_MANAGED"
    return Violation(
        code="NO_FORWARDING_RULE",
        message=f"Nothing answers https://{domain.name}. {found}",
        evidence=(f"projects/{domain.project}", domain.path),
        fix=Fix(
            summary="Put a forwarding rule on 443 in front of an HTTPS proxy whose URL map names the domain.",
            gcloud=(f"gcloud compute forwarding-rules create NAME {flags} --project={domain.project}",),
            terraform=_RULE,
        ),
    )


def _front(domain: Domain, front: Front, backends: Backends, params: DomainRouting) -> Iterator[Verdict]:
    url_map, way = front.url_map, front.way(domain.name)
    if url_map is None:
        return  # `answering` returns only fronts whose URL map was found
    if not way.pattern and not params.default_ok:
        yield _only_default(domain, url_map, way)
    if way.lost_matcher:
        message = f"{url_map.short} sends {domain.name} to path matcher {way.lost_matcher}, which it does not have."
        yield Violation(code="PATH_MATCHER_NOT_FOUND", message=message, evidence=(url_map.path,))
    elif not way.services and not way.redirects:
        message = f"{url_map.short} has a host rule for {domain.name}, but sends it nowhere."
        yield Violation(code="NO_BACKEND", message=message, evidence=(url_map.path,))
    for reference in way.services:
        yield from _service(reference, url_map, front, backends)
    by = f"host rule {way.pattern}" if way.pattern else "its default"
    where = ", ".join(last(reference) for reference in way.services) or "a redirect"
    yield Proof(
        message=f"{front.rule.short} answers it by {by} of {url_map.short}: {where}",
        evidence=(front.rule.path, front.proxy.path, url_map.path),
    )


def _only_default(domain: Domain, url_map: UrlMap, way: Way) -> Violation:
    falls = ", ".join(last(reference) for reference in way.services) or "a redirect"
    scope = f"--region={url_map.location}" if url_map.location not in ("", "global") else "--global"
    hosts = f"--new-hosts={shlex.quote(domain.name)} --path-matcher-name=MATCHER --default-service=BACKEND"
    return Violation(
        code="NO_HOST_RULE",
        message=f"No host rule of {url_map.short} names {domain.name}; it falls to the default, {falls}.",
        evidence=(url_map.path, *(rule for one in url_map.host_rules for rule in one.hosts)),
        fix=Fix(
            summary="Add a host rule, or say `default_ok: true` where the default is meant.",
            gcloud=(
                f"gcloud compute url-maps add-path-matcher {url_map.short} {hosts} {scope} --project={url_map.project}",
            ),
            terraform=f'host_rule {{\n  hosts        = ["{domain.name}"]\n  path_matcher = "MATCHER"\n}}',
        ),
    )


def _service(reference: str, url_map: UrlMap, front: Front, backends: Backends) -> Iterator[Verdict]:
    if "/backendBuckets/" in reference:
        return
    path = backends.balancers.full(reference, url_map, "backendServices")
    backend = backends.balancers.backend(reference, url_map)
    if backend:
        yield from _groups(backend, front, backends)
    elif backends.foreign(path):
        message = f"{url_map.short} leads to {path}, a backend of another project, which is not read."
        yield Undecided(code="BACKEND_IN_ANOTHER_PROJECT", message=message, evidence=(url_map.path, path))
    else:
        message = f"{url_map.short} leads to backend service {last(path)}, which does not exist."
        yield Violation(code="BACKEND_NOT_FOUND", message=message, evidence=(url_map.path, path))


def _groups(backend: BackendService, front: Front, backends: Backends) -> Iterator[Verdict]:
    if not backend.backends:
        scope = f"--region={backend.location}" if backend.location not in ("", "global") else "--global"
        group = "--network-endpoint-group=NEG --network-endpoint-group-region=REGION"
        flags = f"{scope} {group} --project={backend.project}"
        yield Violation(
            code="NO_BACKEND",
            message=f"Backend service {backend.short} has no backend: it answers 502 or 503 to everybody.",
            evidence=(backend.path,),
            fix=Fix(
                summary="Add the serverless network endpoint group of the service.",
                gcloud=(f"gcloud compute backend-services add-backend {backend.short} {flags}",),
                terraform="backend {\n  group = google_compute_region_network_endpoint_group.NAME.id\n}",
            ),
        )
    for one in backend.backends:
        if "/networkEndpointGroups/" in one.group:
            yield from _group(one.group, backend, front, backends)


def _group(reference: str, backend: BackendService, front: Front, backends: Backends) -> Iterator[Verdict]:
    path = backends.balancers.full(reference, backend, "networkEndpointGroups")
    group = backends.balancers.group(reference, backend)
    evidence = (backend.path, path)
    if group:
        yield from _run(group, backend, front, backends)
    elif backends.foreign(path):
        message = f"{backend.short} leads to {path}, a group of another project, which is not read."
        yield Undecided(code="BACKEND_IN_ANOTHER_PROJECT", message=message, evidence=evidence)
    else:
        message = f"{backend.short} leads to endpoint group {last(path)}, which does not exist."
        yield Violation(code="BACKEND_NOT_FOUND", message=message, evidence=evidence)


def _run(group: NetworkEndpointGroup, backend: BackendService, front: Front, backends: Backends) -> Iterator[Verdict]:
    """The Cloud Run service of a serverless group; one with a URL mask names none."""
    name = group.cloud_run.service if group.cloud_run else ""
    if not name:
        return
    evidence = (backend.path, group.path)
    path = f"projects/{group.project}/locations/{group.location}/services/{name}"
    service = next((one for one in backends.services.named(name) if one.location == group.location), None)
    if not backends.environment.wants(group.location):
        message = f"{group.short} leads to {path}, in a region the environment does not list, so it was not read."
        yield Undecided(code="REGION_NOT_READ", message=message, evidence=(*evidence, path))
    elif service is None:
        message = f"{group.short} leads to Cloud Run service {name} in {group.location}, which does not exist."
        yield Violation(code="CLOUD_RUN_NOT_FOUND", message=message, evidence=(*evidence, path))
    elif front.external and service.ingress in ("INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_NONE"):
        yield _shut(service, evidence)


def _shut(service: Service, evidence: tuple[str, ...]) -> Violation:
    flags = f"--ingress=internal-and-cloud-load-balancing --region={service.location} --project={service.project}"
    return Violation(
        code="CLOUD_RUN_INGRESS",
        message=f"{service.label} takes no requests from an external load balancer (ingress {service.ingress}).",
        evidence=(*evidence, service.path, f"ingress={service.ingress}"),
        fix=Fix(
            summary="Let the load balancer in; other requests from the internet stay out.",
            gcloud=(f"gcloud run services update {service.short} {flags}",),
            terraform='ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"',
        ),
    )
