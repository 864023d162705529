"""A certificate that Google manages is issued, and nothing stands in the way of its renewal.

Why:
    A managed certificate is issued only once every one of its domains is authorised: its DNS leads to the load
    balancer (or holds the record of its DNS authorisation) and its CAA records permit Google's CA. One bad domain
    blocks all of them. That it takes an hour is normal; that it takes three days is not.

Remediation:
    Attach the certificate to a proxy behind a forwarding rule, mend DNS of the domain that is named, and wait.
    A certificate that has failed for good is never tried again: create another under a new name.

References:
    https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs
    https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
    https://cloud.google.com/certificate-manager/docs/troubleshooting
    https://cloud.google.com/certificate-manager/docs/domain-authorization
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from validator.check import Fix, Moment, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificates.commands import authorize_by_dns, create_again, describe
from validator.gcp.certificates.held import Held, held_of
from validator.gcp.certificates.issuance import SHOWN, blocking, failing, hindrances, never_issued
from validator.gcp.certificates.uses import CertificateUses, Use
from validator.gcp.names import Names
from validator.model.certificate import ManagerCertificate, SslCertificate

Hours = Annotated[int, Meta(ge=0)]
#: Nothing more comes of these: Google tries no further.
_GIVEN_UP = ("PROVISIONING_FAILED_PERMANENTLY", "FAILED", "RENEWAL_FAILED")
_STATES = ("ACTIVE", "PROVISIONING", "PROVISIONING_FAILED", *_GIVEN_UP)


class ManagedStatus(Params, frozen=True):
    """How long the first issue may take, counted from the creation of the certificate."""

    #: So long it is as it should be.
    normal_hours: Hours = 1
    #: From then on it is a warning, before that a remark.
    warning_after_hours: Hours = 24
    #: From then on it is a failure.
    error_after_hours: Hours = 72


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A managed certificate, who shows it, and its age."""

    held: Held
    use: Use
    #: None where the API does not say.
    age: dt.timedelta | None

    @property
    def detached(self) -> bool:
        """Whether it waits to be attached: without DNS authorisations, only a load balancer proves its domains."""
        return self.use.unused and not self.held.dns_authorized and not self.held.private

    @property
    def obstacles(self) -> str:
        """Everything that stands in the way, in words."""
        loose = f"nothing shows it: {self.use.words}" if self.detached else ""
        return "; ".join(filter(None, (blocking(self.held), loose)))


@check(severity=Severity.ERROR)
def domain_managed_status(
    certificate: SslCertificate | ManagerCertificate,
    *,
    names: Names,
    uses: CertificateUses,
    moment: Moment,
    params: ManagedStatus,
) -> Verdicts:
    """Its state first; of one that is in force, how its renewal goes."""
    held = held_of(certificate, names)
    if not held.managed:
        reason = f"{held.label} was uploaded: nothing issues or renews it"
        yield Skip(code="CERTIFICATE_UPLOADED", message=reason, evidence=(held.path,))
        return
    age = moment - held.created if held.created else None
    judged = Judged(held=held, use=uses.of(held), age=age)
    if never := never_issued(held):
        yield _violation(judged, "CERTIFICATE_CANNOT_BE_ISSUED", never)
    elif held.state not in _STATES:
        message = f"{held.label} is {held.state or 'in no known state'}, which says nothing of its issue."
        yield Undecided(code="CERTIFICATE_STATE_UNKNOWN", message=message, evidence=(held.path,))
    elif held.serves:
        yield from _renewal(judged, moment)
    else:
        yield from _first_issue(judged, params)


def _renewal(judged: Judged, moment: Moment) -> Iterator[Verdict]:
    held = judged.held
    if held.expires and held.expires <= moment:
        words = f"is {held.state}, but expired on {held.ends}: it was not renewed{_because(judged)}"
        yield _violation(judged, "CERTIFICATE_RENEWAL_FAILED", words)
        return
    if held.state in _GIVEN_UP:
        words = f"could not be renewed{_because(judged)}; it serves until it expires"
        yield _violation(judged, "CERTIFICATE_RENEWAL_FAILED", words)
    elif failing(held):
        words = f"is in force, but its renewal fails{_because(judged)}"
        yield _violation(judged, "CERTIFICATE_RENEWAL_BLOCKED", words, Severity.WARNING)
    yield Proof(message=f"{held.label} is in force", evidence=(held.path, *judged.use.users))


def _first_issue(judged: Judged, params: ManagedStatus) -> Iterator[Verdict]:
    since = f" for {_spoken(judged.age)}" if judged.age is not None else ", nobody says since when"
    words = f"is {judged.held.state}{since}{_because(judged)}"
    if judged.held.state in _GIVEN_UP:
        yield _violation(judged, "CERTIFICATE_FAILED_FOR_GOOD", words)
    elif judged.age is not None and judged.age < dt.timedelta(hours=params.normal_hours):
        yield Proof(message=f"{judged.held.label} {words}: that is normal", evidence=(judged.held.path,))
    else:
        yield _violation(judged, "CERTIFICATE_NOT_ISSUED", words, _by_age(judged.age, params))


def _by_age(age: dt.timedelta | None, params: ManagedStatus) -> Severity | None:
    """The lighter severity of one that is young; None for one whose age is grave or not known."""
    if age is None or age >= dt.timedelta(hours=params.error_after_hours):
        return None
    return Severity.WARNING if age >= dt.timedelta(hours=params.warning_after_hours) else Severity.INFO


def _because(judged: Judged) -> str:
    return f" ({judged.obstacles})" if judged.obstacles else ""


def _spoken(age: dt.timedelta) -> str:
    hours = age // dt.timedelta(hours=1)
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _violation(judged: Judged, code: str, words: str, severity: Severity | None = None) -> Violation:
    """What nobody is shown is a warning at most."""
    return Violation(
        code=code,
        message=f"{judged.held.label} {words}.",
        evidence=(judged.held.path, *judged.use.users),
        severity=severity or (Severity.WARNING if judged.use.unused else None),
        fix=_fix(judged),
    )


def _fix(judged: Judged) -> Fix:
    held = judged.held
    if never_issued(held):
        summary = "Let Certificate Manager issue it, with a DNS authorisation; or name every host outright."
        return Fix(summary=summary, gcloud=authorize_by_dns(held))
    attach = ["Attach it to a proxy behind a forwarding rule."] if judged.detached else []
    mends = [one.mend for one in hindrances(held)[:SHOWN] if one.mend]
    lost = held.state in _GIVEN_UP
    anew = ["Then create it again under a new name and put that one in its place."] if lost else []
    return Fix(
        summary=" ".join((*attach, *mends, *anew)) or "Look which of its domains is not authorised.",
        gcloud=(describe(held), *((create_again(held),) if lost else ())),
    )
