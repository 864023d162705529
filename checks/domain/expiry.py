"""A certificate does not expire before somebody, or Google, has had the time to replace it.

Why:
    An uploaded certificate ends on its day, or with an intermediate of its chain that ends before it, and with it
    every connection to its names; nothing renews it. Google renews its own about a month before their end, so one that
    is nearer than that was not renewed. Certificates live ever shorter, so the margins are the smaller of a number of
    days and a share of the life.

Remediation:
    Upload the renewed certificate under a new name, attach it beside the old one, and then remove the old one. Of a
    managed certificate, mend what domain.managed-status names.

References:
    https://cloud.google.com/load-balancing/docs/ssl-certificates/self-managed-certs
    https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs
    https://cloud.google.com/certificate-manager/docs/certificates
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Meta

from validator.check import Fix, Moment, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificates.commands import describe
from validator.gcp.certificates.held import Held, held_of
from validator.gcp.certificates.lifetime import Margin, lifetime
from validator.gcp.certificates.uses import CertificateUses, Use
from validator.gcp.names import Names
from validator.model.certificate import ManagerCertificate, SslCertificate

Days = Annotated[int, Meta(ge=0)]
Percent = Annotated[int, Meta(ge=0, le=100)]


class Expiry(Params, frozen=True):
    """How much must be left; of days and percent of the whole life, the smaller counts."""

    #: Days; less is a failure of an uploaded certificate.
    min_days_left: Days = 14
    #: The same as a share of its life.
    min_percent_left: Percent = 15
    #: Days; less is a warning about an uploaded certificate.
    warning_days_left: Days = 21
    #: The same as a share of its life.
    warning_percent_left: Percent = 25
    #: Days; less is a failure of a managed certificate, since its renewal is overdue then.
    managed_days_left: Days = 10
    #: The same as a share of its life.
    managed_percent_left: Percent = 15


@check(severity=Severity.ERROR)
def domain_expiry(
    certificate: SslCertificate | ManagerCertificate,
    *,
    names: Names,
    uses: CertificateUses,
    moment: Moment,
    params: Expiry,
) -> Verdicts:
    """Over, about to be over, or good for a while; what nobody is shown is but a remark."""
    held = held_of(certificate, names)
    if not held.serves:
        reason = f"{held.label} is not issued yet; see domain.managed-status"
        yield Skip(code="CERTIFICATE_NOT_ISSUED", message=reason, evidence=(held.path,))
    elif held.expires is None:
        message = f"{held.label} does not say when it expires."
        yield Undecided(code="CERTIFICATE_EXPIRY_UNKNOWN", message=message, evidence=(held.path,))
    else:
        yield _judge(held, held.expires, uses.of(held), moment, params)


def _judge(held: Held, expires: dt.datetime, use: Use, moment: Moment, params: Expiry) -> Verdict:
    left = expires - moment
    if left <= dt.timedelta():
        return _violation(held, use, "CERTIFICATE_EXPIRED", f"expired on {held.ends}", Severity.ERROR)
    if severity := _severity(held, left, params):
        late = ", and its renewal is overdue" if held.managed else ""
        return _violation(
            held, use, "CERTIFICATE_EXPIRES_SOON", f"expires on {held.ends}, in {left.days} days{late}", severity
        )
    return Proof(message=f"{held.label} is good until {held.ends}", evidence=(held.path,))


def _severity(held: Held, left: dt.timedelta, params: Expiry) -> Severity | None:
    """How grave it is that no more is left; None where it is enough."""
    life = lifetime(held)
    if held.managed:
        overdue = Margin(params.managed_days_left, params.managed_percent_left).of(life)
        return Severity.ERROR if left < overdue else None
    if left < Margin(params.min_days_left, params.min_percent_left).of(life):
        return Severity.ERROR
    return Severity.WARNING if left < Margin(params.warning_days_left, params.warning_percent_left).of(life) else None


def _violation(held: Held, use: Use, code: str, words: str, severity: Severity) -> Violation:
    loose = f"; nothing shows it: {use.words}" if use.unused else ""
    lighter = Severity.INFO if use.unused else severity
    return Violation(
        code=code,
        message=f"{held.label} {words}{loose}.",
        evidence=(held.path, *use.users),
        severity=None if lighter is Severity.ERROR else lighter,
        fix=Fix(summary=_remedy(held, use), gcloud=(describe(held),)),
    )


def _remedy(held: Held, use: Use) -> str:
    if use.unused:
        return "Delete it, or attach a new one where it was meant."
    if held.ends_with:
        return "Upload the certificate again with the intermediates that its authority gives out now."
    if held.managed:
        return "Mend what domain.managed-status says of its renewal."
    return "Upload the renewed certificate under a new name and attach it instead."
