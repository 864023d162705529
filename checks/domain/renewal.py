"""The next renewal of a managed certificate will succeed.

Why:
    Google renews a managed certificate about a month before it ends, and proves each of its domains again. What has
    changed since the first issue (a stale AAAA record, a new CAA record, a deleted CNAME, a proxy that was given
    another certificate) is found out then, and one bad domain blocks the certificate for all of them.

Remediation:
    Point every A and AAAA record of every domain at the load balancer that shows the certificate on port 443, or
    publish the CNAME record of its DNS authorisation; let CAA records permit pki.goog.

References:
    https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs
    https://cloud.google.com/certificate-manager/docs/domain-authorization
    https://cloud.google.com/certificate-manager/docs/how-it-works
    https://cloud.google.com/media-cdn/docs/troubleshooting-certificate-issuance
    https://www.rfc-editor.org/rfc/rfc8659
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from validator.check import (
    Moment,
    Params,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.certificates.held import Held
from validator.gcp.certificates.lifetime import Margin, lifetime
from validator.gcp.dns.authorizing import Obstacle
from validator.gcp.dns.renewing import Renewal, Renewals, listed
from validator.gcp.observed.lookup import Lookup
from validator.model.certificate import ManagerCertificate, SslCertificate


class DomainRenewal(Params, frozen=True):
    """When a renewal that would fail is no longer only a warning: in the time in which Google tries."""

    #: Days before the end …
    error_days: Annotated[int, Meta(ge=0)] = 30
    #: … or that share of the certificate's life, whichever is less.
    error_percent: Annotated[int, Meta(ge=0, le=100)] = 33


@check(severity=Severity.ERROR)
def domain_renewal(
    certificate: SslCertificate | ManagerCertificate,
    *,
    renewals: Renewals,
    lookups: Table[Lookup],
    moment: Moment,
    params: DomainRenewal,
) -> Verdicts:
    """Every domain can be authorised again; a warning only of what has long to live, or is shown to nobody."""
    renewal = renewals.of(certificate, lookups)
    if renewal.moot:
        yield Skip(code="NOT_RENEWED", message=f"{renewal.moot}: there is no renewal to foresee.")
        return
    light = Severity.WARNING if renewal.unused else _light(renewal.held, moment, params)
    found = list(_attachment(renewal, light))
    if not (found and renewal.unused):
        found += _domains(renewal, light)
    yield from found
    if not found:
        yield Proof(message=renewal.proof, evidence=(renewal.held.path, *renewal.authorizations))


def _light(held: Held, moment: Moment, params: DomainRenewal) -> Severity | None:
    """A warning where the certificate in force outlives the days in which Google tries to renew it."""
    margin = Margin(days=params.error_days, percent=params.error_percent).of(lifetime(held))
    lasting = held.serves and held.expires is not None and held.expires - moment > margin
    return Severity.WARNING if lasting else None


def _attachment(renewal: Renewal, light: Severity | None) -> Iterator[Verdict]:
    """What keeps a load balancer from proving any of the domains."""
    if one := renewal.unattached:
        yield _verdict(renewal, one, f"cannot be renewed: {one.words}", light)


def _domains(renewal: Renewal, light: Severity | None) -> Iterator[Verdict]:
    """What stands in the way of domains, told once where it is the same for several."""
    met: dict[Obstacle, list[str]] = {}
    for domain in renewal.domains:
        for one in renewal.obstacles(domain):
            met.setdefault(one, []).append(domain)
    for one, domains in met.items():
        names, others = listed(domains), len(renewal.domains) - len(domains)
        blocks = f", and with it {others} other name{'s' if others > 1 else ''} of the certificate" if others else ""
        certain = f"{names} would not be authorised again{blocks}: {one.words}"
        yield _verdict(renewal, one, certain if one.certain else f"{names}: {one.words}", light)


def _verdict(renewal: Renewal, one: Obstacle, words: str, severity: Severity | None) -> Verdict:
    evidence = (renewal.held.path, *one.evidence)
    if one.certain:
        message = f"{renewal.held.label}: {words}."
        return Violation(code=one.code, message=message, evidence=evidence, fix=one.fix, severity=severity)
    message = f"Whether {renewal.held.label} can be renewed is not known. {words}."
    if renewal.unused:
        return Skip(code=one.code, message=f"{message} Nobody is shown it.", evidence=evidence)
    return Undecided(code=one.code, message=message, evidence=evidence, fix=one.fix)
