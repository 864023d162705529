"""Requests for the domain reach a backend: forwarding rule on 443, host rule, backend, service.

Why:
    A domain that no host rule names is answered by the URL map's default, often another product's backend (only
    a map without any host rule means its default for every host); a serverless group that names a service or a
    tag which is gone answers 404 or 502 to everybody, and so does a backend service whose groups are empty or drained;
    a redirect to HTTPS on the HTTPS front leads back to itself. What port 80 of the same address serves without a
    redirect passes in the clear, cookies included.

Remediation:
    Add a forwarding rule on 443 for the HTTPS proxy, a host rule for the domain, and a backend behind it. Give the
    HTTP proxy a URL map that redirects to HTTPS, or take its forwarding rule away.

References:
    https://cloud.google.com/load-balancing/docs/url-map-concepts
    https://cloud.google.com/load-balancing/docs/https/setup-global-ext-https-serverless
    https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect
    https://cloud.google.com/load-balancing/docs/https/setup-cross-project-backend-service-backend-bucket
    https://cloud.google.com/run/docs/securing/ingress
    https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.check import (
    Fix,
    Params,
    Proof,
    Severity,
    Skip,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
    verdict_of,
)
from validator.gcp.balancers.backend_faults import Asked, faults
from validator.gcp.balancers.backends import Backends
from validator.gcp.balancers.loadbalancers import Front, LoadBalancers
from validator.gcp.balancers.mappings import MAPPED
from validator.gcp.balancers.plain_http import PlainFront, PlainFronts, left_plain
from validator.gcp.balancers.redirects import circle
from validator.gcp.balancers.scoping import scope_flag
from validator.gcp.balancers.url_maps import Step, Way, steps
from validator.model.loadbalancer import ANY_HOST, Domain, TargetHttpsProxy, UrlMap
from validator.model.resource import last

_RULE = """\
resource "google_compute_global_forwarding_rule" "https" {
  name                  = "https"
  target                = google_compute_target_https_proxy.NAME.id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}"""


class DomainRouting(Params, frozen=True):
    """How the domain may be answered."""

    #: Whether the default of a URL map with host rules, or of an internal load balancer, may answer it; else a
    #: host rule must name it.
    default_ok: bool = False
    #: Whether port 80 may serve it too, as for an application that sends clients on to HTTPS itself.
    http_ok: bool = False


@check(severity=Severity.ERROR)
def domain_routing(domain: Domain, *, backends: Backends, plain: PlainFronts, params: DomainRouting) -> Verdicts:
    """Every front that is meant for the domain, from its forwarding rule to the service; then port 80 beside it."""
    balancers = backends.balancers
    if mapping := balancers.mapping(domain.name):
        yield verdict_of(MAPPED, domain.name, (mapping,))
        return
    found = list(_judge(domain, backends, plain, params))
    fails = any(isinstance(one, Violation) and one.severity is None for one in found)
    if fails and (doubt := balancers.perhaps_mapped(domain.name)):
        yield verdict_of(doubt, domain.name, (domain.path,))
    else:
        yield from found


def _judge(domain: Domain, backends: Backends, plain: PlainFronts, params: DomainRouting) -> Iterator[Verdict]:
    fronts = backends.balancers.answering(domain.name)
    if not fronts:
        yield _no_front(domain, backends.balancers)
        return
    # Of a map that is asked for no name in particular nothing can be named.
    may_default = params.default_ok or domain.name == ANY_HOST
    if not may_default:
        yield from _only_inside(domain, fronts, backends)
    # Two forwarding rules (IPv4 and IPv6) in front of one URL map are one finding.
    chosen = list({front.url_map.path: front for front in reversed(fronts) if front.url_map}.values())
    for front in chosen:
        if not may_default:
            yield from _by_default(domain, front, chosen)
        yield from _front(domain, front, backends)
    if not params.http_ok:
        yield from _plain(domain, fronts, plain)


def _no_front(domain: Domain, balancers: LoadBalancers) -> Verdict:
    evidence = (f"projects/{domain.project}", domain.path)
    if domain.name == ANY_HOST:
        return Skip(code="NO_FORWARDING_RULE", message="no forwarding rule on 443 takes any host", evidence=evidence)
    if unseen := balancers.unseen(domain.name):
        message = f"What answers https://{domain.name} is not known: {unseen.words}."
        fix = Fix(
            summary="Judge the project whose load balancer answers it, or put an HTTPS proxy in front of it here."
        )
        return Undecided(code=unseen.code, message=message, evidence=(*evidence, *unseen.evidence), fix=fix)
    waiting = balancers.naming(domain.name)
    flags = f"{_target(waiting)} --ports=443 --load-balancing-scheme=EXTERNAL_MANAGED"
    return Violation(
        code="NO_FORWARDING_RULE",
        message=f"Nothing answers https://{domain.name}. {_what_is_there(balancers, waiting)}",
        evidence=evidence,
        fix=Fix(
            summary="Put a forwarding rule on 443 in front of an HTTPS proxy whose URL map names the domain.",
            gcloud=(f"gcloud compute forwarding-rules create NAME {flags} --project={domain.project}",),
            terraform=_RULE,
        ),
    )


def _target(waiting: tuple[TargetHttpsProxy, ...]) -> str:
    if not waiting:
        return "--global --target-https-proxy=PROXY"
    proxy, where = waiting[0].short, waiting[0].location
    scope = "--global" if where in ("", "global") else f"--region={where} --target-https-proxy-region={where}"
    return f"{scope} --target-https-proxy={proxy}"


def _what_is_there(balancers: LoadBalancers, waiting: tuple[TargetHttpsProxy, ...]) -> str:
    if waiting:
        return f"HTTPS proxy {waiting[0].short} has a map that names it, but no forwarding rule on 443 leads there."
    there = ", ".join(sorted({front.rule.short for front in balancers.fronts}))
    if there:
        return f"Forwarding rules on 443: {there}, and none of their URL maps answers it."
    return "No forwarding rule on 443 leads to an HTTPS proxy."


def _plain(domain: Domain, fronts: tuple[Front, ...], plain: PlainFronts) -> Iterator[Violation]:
    """What port 80 of an external front's address serves in the clear; once for each URL map."""
    beside = [one for front in fronts if front.external for one in plain.beside(front.rule)]
    for one in {one.url_map.path: one for one in beside}.values():
        if found := left_plain(one, domain.name):
            yield _in_the_clear(domain, one, found)


def _in_the_clear(domain: Domain, front: PlainFront, found: tuple[str, ...]) -> Violation:
    where = f"{scope_flag(front.proxy)} --project={front.proxy.project}"
    return Violation(
        code="HTTP_NOT_REDIRECTED",
        message=(
            f"http://{domain.name} on {front.rule.ip_address} is answered by {', '.join(found)} ({front.rule.short},"
            f" {front.url_map.short}); a redirect to HTTPS is expected, or nothing."
        ),
        evidence=(front.rule.path, front.proxy.path, front.url_map.path),
        severity=Severity.WARNING,
        fix=Fix(
            summary="Give the HTTP proxy a URL map that redirects; or say `http_ok: true` where the application does.",
            gcloud=(f"gcloud compute target-http-proxies update {front.proxy.short} --url-map=REDIRECT {where}",),
            terraform="default_url_redirect {\n  https_redirect = true\n  strip_query    = false\n}",
        ),
    )


def _only_inside(domain: Domain, fronts: tuple[Front, ...], backends: Backends) -> Iterator[Undecided]:
    """A declared name that internal maps name and an external one merely would not refuse: meant, or lost?"""
    outside = [one for one in backends.balancers.fronts if one.external and one.way(domain.name).strength]
    if fronts and outside and not any(one.external for one in fronts) and backends.declares(domain.name):
        rules = f"internal {fronts[0].rule.short} names {domain.name}, external {outside[0].rule.short} does not"
        message = f"Who is meant to reach it is not known: {rules}, and answers it by its default."
        fix = Fix(
            summary="Add a host rule to the external URL map, or say `default_ok: true` where the name is internal."
        )
        evidence = (fronts[0].rule.path, outside[0].rule.path)
        yield Undecided(code="NAMED_INTERNALLY_ONLY", message=message, evidence=evidence, fix=fix)


def _by_default(domain: Domain, front: Front, chosen: list[Front]) -> Iterator[Verdict]:
    """Whether a default may answer the domain though nothing says so."""
    url_map, way = front.url_map, front.way(domain.name)
    if url_map is None or way.pattern:
        return
    fix = Fix(summary=f"Add a host rule for {domain.name} where it is meant, or say `default_ok: true`.")
    if way.catch_all:
        if not front.external:
            message = f"Only internal {front.rule.short} answers {domain.name}, by the default of {url_map.short}."
            inside = (front.rule.path, url_map.path)
            yield Undecided(code="INTERNAL_DEFAULT", message=message, evidence=inside, fix=fix)
        return
    rivals = [one for one in chosen if one.way(domain.name).claimed]
    if not rivals:
        yield _only_default(domain, url_map, way)
        return
    whole = rivals[0].rule
    message = (
        f"No host rule of {url_map.short} names {domain.name}; {whole.short} takes any host. Only DNS tells them apart."
    )
    evidence = (front.rule.path, whole.path, url_map.path)
    yield Undecided(code="SEVERAL_LOAD_BALANCERS", message=message, evidence=evidence, fix=fix)


def _front(domain: Domain, front: Front, backends: Backends) -> Iterator[Verdict]:
    url_map, way = front.url_map, front.way(domain.name)
    if url_map is None:
        return  # `answering` returns only fronts whose URL map was found
    known = steps(url_map, domain.name)
    if way.lost_matcher:
        message = f"{url_map.short} sends {domain.name} to path matcher {way.lost_matcher}, which it does not have."
        yield Violation(code="PATH_MATCHER_NOT_FOUND", message=message, evidence=(url_map.path,))
    elif not (way.services or way.redirects or any(step.drained for step in known)):
        message = f"{url_map.short} has a host rule for {domain.name}, but sends it nowhere."
        yield Violation(code="NO_BACKEND", message=message, evidence=(url_map.path,))
    for step in known:
        yield from _step(domain, step, front, url_map)
        yield from _circle(domain, step, front, backends)
    asked = Asked(host=domain.name, front=front, backends=backends)
    for reference in way.services:
        yield from (verdict_of(trouble, label) for label, trouble in faults(reference, url_map, asked))
    by = f"host rule {way.pattern}" if way.pattern else "its default"
    where = ", ".join(last(reference) for reference in way.services) or "a redirect"
    yield Proof(
        message=f"{front.rule.short} answers it by {by} of {url_map.short}: {where}",
        evidence=(front.rule.path, front.proxy.path, url_map.path),
    )


def _step(domain: Domain, step: Step, front: Front, url_map: UrlMap) -> Iterator[Violation]:
    """A redirect to where the request came from, or weights of 0 alone."""
    paths = f" ({', '.join(step.paths)})" if step.paths else ""
    if step.loops(domain.name):
        where = f"{scope_flag(front.proxy)} --project={front.proxy.project}"
        yield Violation(
            code="REDIRECT_LOOP",
            message=(
                f"{url_map.short} redirects https://{domain.name}{paths} to itself: {front.rule.short} takes HTTPS, and"
                " the redirect names neither another host nor another path."
            ),
            evidence=(front.rule.path, front.proxy.path, url_map.path),
            fix=Fix(
                summary="Give the HTTPS proxy a URL map that leads to backends; a redirect to HTTPS is for port 80.",
                gcloud=(f"gcloud compute target-https-proxies update {front.proxy.short} --url-map=MAP {where}",),
            ),
        )
    if step.drained:
        idle = ", ".join(map(last, step.weightless))
        yield Violation(
            code="NO_BACKEND",
            message=f"{url_map.short} splits {domain.name}{paths} among backend services of weight 0 only: {idle}.",
            evidence=(url_map.path, *step.weightless),
            fix=Fix(summary="Give the one that is meant a weight."),
        )


def _circle(domain: Domain, step: Step, front: Front, backends: Backends) -> Iterator[Violation]:
    """A redirect to another host that leads back, by way of others or none."""
    if hosts := circle(step, domain.name, front, backends):
        paths = f" ({', '.join(step.paths)})" if step.paths else ""
        yield Violation(
            code="REDIRECT_LOOP",
            message=f"https://{domain.name}{paths} is redirected in a circle: {' → '.join(hosts)}.",
            evidence=(front.rule.path, *((front.url_map.path,) if front.url_map else ())),
            fix=Fix(summary=f"Let one of the hosts lead to a backend: {', '.join(dict.fromkeys(hosts))}."),
        )


def _only_default(domain: Domain, url_map: UrlMap, way: Way) -> Violation:
    falls = ", ".join(last(reference) for reference in way.services) or "a redirect"
    scope = scope_flag(url_map)
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
