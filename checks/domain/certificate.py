"""The domain is covered by a certificate in force on the proxy that answers it.

Why:
    A certificate for *.example.com does not cover api.staging.example.com: a wildcard stands for exactly one
    label, although the same pattern in a URL map routes it. The failure is the client's, at the handshake, and
    no log of the service shows it.

Remediation:
    Create a certificate that names the domain (or the wildcard of its own parent, with Certificate Manager and
    a DNS authorisation) and attach it to the proxy, beside the ones that are there.

References:
    https://www.rfc-editor.org/rfc/rfc9525
    https://cloud.google.com/load-balancing/docs/ssl-certificates
    https://cloud.google.com/certificate-manager/docs/certificate-selection-logic
    https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from validator.check import Fix, Moment, Params, Proof, Severity, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificate_health import Ailing, Ailment, Margin, ailment
from validator.gcp.certificates import Certificates, Held, Presented, near_misses
from validator.gcp.loadbalancers import LoadBalancers, Strength
from validator.model.endpoints import is_address
from validator.model.loadbalancer import Domain, TargetHttpsProxy

Days = Annotated[int, Meta(ge=0)]
#: How many of the names that do not cover a domain a message shows.
_SHOWN = 3


class DomainCertificate(Params, frozen=True):
    """How early an end is too near; always at most a third of the certificate's life."""

    #: Of uploaded certificates, which somebody must replace by hand.
    min_days_left: Days = 14
    #: Of managed certificates, which renew themselves about a month before.
    min_days_left_managed: Days = 10


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A domain on one of the proxies that answer it, and what that one shows."""

    host: str
    proxy: TargetHttpsProxy
    shown: Presented
    known: Certificates
    moment: Moment
    margin: Margin

    @property
    def evidence(self) -> tuple[str, ...]:
        """The proxy and everything it shows."""
        entry = (self.shown.entry.path,) if self.shown.entry else (self.shown.map,) if self.shown.map else ()
        return (self.proxy.path, *entry, *(one.path for one in self.shown.held))


@check(severity=Severity.ERROR)
def domain_certificate(
    domain: Domain,
    *,
    balancers: LoadBalancers,
    certificates: Certificates,
    moment: Moment,
    params: DomainCertificate,
) -> Verdicts:
    """Every proxy that is meant for the domain shows a certificate that covers it."""
    fronts = balancers.answering(domain.name)
    if is_address(domain.name) or not fronts:
        yield _unanswered(domain)
        return
    proxies = list(dict.fromkeys(front.proxy for front in fronts))
    judged = {proxy: list(_judge(_ask(domain, proxy, certificates, moment, params))) for proxy in proxies}
    refused = [proxy for proxy, found in judged.items() if not all(isinstance(one, Proof) for one in found)]
    named = fronts[0].way(domain.name).strength > Strength.DEFAULT
    if refused and len(refused) < len(proxies) and not named:
        yield _ambiguous(domain, proxies, refused)
        return
    for found in judged.values():
        yield from found


def _ask(
    domain: Domain, proxy: TargetHttpsProxy, known: Certificates, moment: Moment, params: DomainCertificate
) -> Asked:
    shown = known.presented(proxy, domain.name)
    margin = Margin(uploaded_days=params.min_days_left, managed_days=params.min_days_left_managed)
    return Asked(host=domain.name, proxy=proxy, shown=shown, known=known, moment=moment, margin=margin)


def _unanswered(domain: Domain) -> Violation:
    return Violation(
        code="NO_HTTPS_PROXY",
        message=f"No HTTPS proxy behind a forwarding rule on 443 answers {domain.name}: no certificate covers it.",
        evidence=(f"projects/{domain.project}", domain.path),
        fix=Fix(summary="See the finding of domain.routing: the load balancer comes first."),
    )


def _ambiguous(domain: Domain, proxies: list[TargetHttpsProxy], refused: list[TargetHttpsProxy]) -> Undecided:
    good = ", ".join(proxy.short for proxy in proxies if proxy not in refused)
    bad = ", ".join(proxy.short for proxy in refused)
    message = (
        f"Several proxies answer {domain.name} by default only: {good} with a good certificate, {bad} without one."
    )
    fix = Fix(summary=f"Name {domain.name} in a host rule of the URL map that is meant for it.")
    return Undecided(code="SEVERAL_PROXIES", message=message, evidence=tuple(p.path for p in proxies), fix=fix)


def _judge(asked: Asked) -> Iterator[Verdict]:
    covering = [held for held in asked.shown.held if held.covers(asked.host)]
    if not covering:
        yield from _uncovered(asked)
        return
    entry = asked.shown.entry
    if entry and entry.state == "PENDING":
        message = f"The map entry {entry.short} for {asked.host} is PENDING: it is not served everywhere yet."
        yield Violation(code="CERTIFICATE_MAP_ENTRY_PENDING", message=message, evidence=asked.evidence)
    found = [(held, ailment(held, asked.host, asked.moment, asked.margin)) for held in covering]
    healthy = [held for held, wrong in found if wrong is None]
    for held, wrong in found:
        if wrong and (not healthy or wrong.kind in (Ailing.EXPIRED, Ailing.EXPIRES_SOON)):
            yield _ailing(asked, held, wrong, beside=healthy)
    for held in healthy:
        ends = f" until {held.expires.date().isoformat()}" if held.expires else ""
        yield Proof(message=f"{asked.proxy.short} shows {held.short}{ends}", evidence=(asked.proxy.path, held.path))


def _ailing(asked: Asked, held: Held, wrong: Ailment, *, beside: list[Held]) -> Verdict:
    message = f"Certificate {held.short}, which covers {asked.host} on {asked.proxy.short}, {wrong.words}."
    evidence = (asked.proxy.path, held.path)
    if wrong.kind is Ailing.EXPIRY_UNKNOWN:
        return Undecided(code=wrong.kind, message=message, evidence=evidence)
    severity = Severity.WARNING if beside else None
    fix = Fix(summary=_remedy(held, wrong), gcloud=(_describe(held, asked),))
    return Violation(code=wrong.kind, message=message, evidence=evidence, severity=severity, fix=fix)


def _remedy(held: Held, wrong: Ailment) -> str:
    if wrong.kind is Ailing.NEVER_ISSUED:
        return "Create a Certificate Manager certificate with a DNS authorisation, or name every host outright."
    if held.managed:
        return (
            "Point the domain's A and AAAA records at the load balancer, allow pki.goog in its CAA records, and wait."
        )
    return "Upload the renewed certificate under a new name and attach it instead."


def _describe(held: Held, asked: Asked) -> str:
    where = re.search(r"/(?:regions|locations)/([^/]+)/", held.path)
    place, project = where.group(1) if where else "", f"--project={asked.proxy.project}"
    if held.classic:
        scope = f"--region={place}" if place else "--global"
        return f"gcloud compute ssl-certificates describe {held.short} {scope} {project}"
    return f"gcloud certificate-manager certificates describe {held.short} --location={place} {project}"


def _uncovered(asked: Asked) -> Iterator[Verdict]:
    foreign = [path for path in asked.shown.missing if not path.startswith(f"projects/{asked.proxy.project}/")]
    if foreign:
        message = f"{asked.proxy.short} shows {foreign[0]}, a certificate of another project, which is not read."
        yield Undecided(code="CERTIFICATE_IN_ANOTHER_PROJECT", message=message, evidence=asked.evidence)
        return
    if asked.shown.map and not asked.shown.entry:
        code = "CERTIFICATE_MAP_WITHOUT_ENTRY"
        message = (
            f"The map {_last(asked.shown.map)} of {asked.proxy.short} has no entry for {asked.host},"
            " none for its wildcard and no PRIMARY one: the handshake fails."
        )
    else:
        code = "DOMAIN_NOT_COVERED"
        message = f"{asked.host} is not covered by what {asked.proxy.short} shows: {_near_misses(asked)}."
    unused = [held for held in _elsewhere(asked) if held.classic is not bool(asked.shown.map)]
    hint = f" Certificate {unused[0].short} covers it, but is not attached there." if unused else _overridden(asked)
    yield Violation(
        code=code, message=message + hint, evidence=asked.evidence, fix=_fix(asked, unused[0] if unused else None)
    )


def _elsewhere(asked: Asked) -> list[Held]:
    """Certificates that cover the host, and that this proxy does not show for it."""
    return [held for held in asked.known.all if held.covers(asked.host) and held not in asked.shown.held]


def _overridden(asked: Asked) -> str:
    listed = {_last(text) for text in asked.proxy.ssl_certificates} if asked.shown.map else set()
    found = [held.short for held in _elsewhere(asked) if held.classic and held.short in listed]
    return f" The map overrides the proxy's own certificate {found[0]}, which covers it." if found else ""


def _near_misses(asked: Asked) -> str:
    lost = [f"{_last(path)} does not exist" for path in asked.shown.missing]
    names = near_misses(asked.shown.held, asked.host)
    more = [f"and {len(names) - _SHOWN} other names"] if len(names) > _SHOWN else []
    return "; ".join((*lost, *names[:_SHOWN], *more)) or "it has no certificate"


def _fix(asked: Asked, unused: Held | None) -> Fix:
    proxy = asked.proxy
    if asked.shown.map:
        return _fix_map(asked, unused)
    classic = all("/sslCertificates/" in text for text in proxy.ssl_certificates) and (not unused or unused.classic)
    if not classic or proxy.location not in ("", "global"):
        return Fix(summary=f"Attach a certificate that names {asked.host} to {proxy.short}, beside those it has.")
    name, project = unused.short if unused else _name(asked.host), f"--project={proxy.project}"
    create = f"gcloud compute ssl-certificates create {name} --domains={shlex.quote(asked.host)} --global {project}"
    listed = ",".join((*(_last(text) for text in proxy.ssl_certificates), name))
    attach = f"gcloud compute target-https-proxies update {proxy.short} --ssl-certificates={listed} --global {project}"
    label = _name(asked.host).replace("-", "_")
    return Fix(
        summary=f"Attach a certificate that names {asked.host}; the old ones stay in the list.",
        gcloud=(attach,) if unused else (create, attach),
        terraform=_block(
            f"google_compute_managed_ssl_certificate.{label}",
            f'name = "{_name(asked.host)}"',
            f'managed {{ domains = ["{asked.host}"] }}',
        )
        + f"\n# add google_compute_managed_ssl_certificate.{label}.id to the proxy's ssl_certificates",
    )


def _fix_map(asked: Asked, unused: Held | None) -> Fix:
    host, project = shlex.quote(asked.host), f"--project={asked.proxy.project}"
    name, entry, map_name = unused.short if unused else _name(asked.host), _name(asked.host), _last(asked.shown.map)
    create = f"gcloud certificate-manager certificates create {name} --domains={host} {project}"
    attach = f"--map={map_name} --hostname={host} --certificates={name} {project}"
    return Fix(
        summary=f"Give the map an entry for {asked.host}.",
        gcloud=(
            *(() if unused else (create,)),
            f"gcloud certificate-manager maps entries create {entry} {attach}",
        ),
        terraform=_block(
            f"google_certificate_manager_certificate_map_entry.{entry.replace('-', '_')}",
            f'name         = "{entry}"',
            f'map          = "{map_name}"',
            f'hostname     = "{asked.host}"',
            f"certificates = [google_certificate_manager_certificate.{name.replace('-', '_')}.id]",
        ),
    )


def _block(address: str, *lines: str) -> str:
    kind, _, label = address.partition(".")
    return "\n".join((f'resource "{kind}" "{label}" {{', *(f"  {line}" for line in lines), "}"))


def _name(host: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"cert-{host.lower()}")[:60].strip("-")


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
