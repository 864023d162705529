"""domain.expiry: how near the end of each certificate is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from checks.domain.expiry import Expiry, domain_expiry
from tests.balancers import HOST, certificate, forwarding_rule, managed, manager_certificate, proxy
from tests.judging import NOW, codes, verdicts
from tests.pems import self_signed, through
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.certificate import ManagedIdentity, ManagerCertificate, SslCertificate

Certificate = SslCertificate | ManagerCertificate
DEFAULT = Expiry()
FRONT = (forwarding_rule(), proxy())


def day(days: float) -> str:
    return (NOW + dt.timedelta(days=days)).isoformat()


def uploaded(left: float, life: int | None = None, **changes: Any) -> SslCertificate:
    """An uploaded certificate with so many days left, of so many where its PEM tells."""
    pem = self_signed(days=life, start=NOW + dt.timedelta(days=left - life)) if life else ""
    return certificate(expire_time=day(left), certificate=pem, **changes)


def issued_below(left: float) -> SslCertificate:
    """An uploaded certificate with 80 days left, whose issuer has so many."""
    pem = through(HOST, start=NOW - dt.timedelta(days=900), end=NOW + dt.timedelta(days=left))
    return certificate(expire_time=day(80), certificate=pem)


def by_google(left: float, life: float) -> SslCertificate:
    """A managed certificate with so many days left, made when its life began."""
    return managed(expire_time=day(left), creation_timestamp=day(left - life))


PASSES: dict[str, Certificate] = {
    "an uploaded one with 22 days left": uploaded(22),
    "one of 90 days with 22 left": uploaded(22, 90),
    "one of 47 days with a quarter left": uploaded(12, 47),
    "one of 6 days with two left": uploaded(2, 6),
    "a managed one with 11 days left": by_google(11, 90),
    "a managed one of 47 days with 8 left": by_google(8, 47),
    "a managed one whose renewal failed, but is far from its end": managed(
        status="RENEWAL_FAILED", expire_time=day(25), creation_timestamp=day(-65)
    ),
    "a Certificate Manager one": manager_certificate(expire_time=day(60)),
    "a workload's identity of a day, which Google renews": manager_certificate(
        managed=None,
        managed_identity=ManagedIdentity(identity="spiffe://pool", state="ACTIVE"),
        create_time=day(-0.5),
        expire_time=day(0.5),
    ),
}
FAILS: dict[str, tuple[Certificate, str, Severity | None]] = {
    "an end now": (uploaded(0), "CERTIFICATE_EXPIRED", None),
    "an end in the past": (uploaded(-1), "CERTIFICATE_EXPIRED", None),
    "a managed one that expired": (by_google(-1, 90), "CERTIFICATE_EXPIRED", None),
    "an uploaded one with 20 days left": (uploaded(20), "CERTIFICATE_EXPIRES_SOON", Severity.WARNING),
    "an uploaded one with 13 days left": (uploaded(13), "CERTIFICATE_EXPIRES_SOON", None),
    "one of 90 days with 20 left": (uploaded(20, 90), "CERTIFICATE_EXPIRES_SOON", Severity.WARNING),
    "one of 90 days with 13 left": (uploaded(13, 90), "CERTIFICATE_EXPIRES_SOON", None),
    "one of 47 days with 11 left": (uploaded(11, 47), "CERTIFICATE_EXPIRES_SOON", Severity.WARNING),
    "one of 47 days with 7 left": (uploaded(7, 47), "CERTIFICATE_EXPIRES_SOON", None),
    # Its creation is the upload, not the issue: uploading it again must not make it look young.
    "one with 5 days left that was uploaded again an hour ago": (
        uploaded(5, creation_timestamp=day(-1 / 24)),
        "CERTIFICATE_EXPIRES_SOON",
        None,
    ),
    "a managed one of 90 days with 9 left": (by_google(9, 90), "CERTIFICATE_EXPIRES_SOON", None),
    "a managed one of 47 days with 7 left": (by_google(7, 47), "CERTIFICATE_EXPIRES_SOON", None),
    "an end that only the PEM tells": (
        certificate(expire_time="", certificate=self_signed(days=40, start=NOW - dt.timedelta(days=36))),
        "CERTIFICATE_EXPIRES_SOON",
        None,
    ),
    "an issuer that is over": (issued_below(-30), "CERTIFICATE_EXPIRED", None),
    "an issuer with two days left": (issued_below(2), "CERTIFICATE_EXPIRES_SOON", None),
    "a Certificate Manager one that was uploaded": (
        manager_certificate(managed=None, expire_time=day(5)),
        "CERTIFICATE_EXPIRES_SOON",
        None,
    ),
}
UNUSED = "; nothing shows it: no proxy and no certificate map refers to it."


def with_front(one: Certificate) -> list[Any]:
    """What is found of a certificate that the proxy `web` shows."""
    shown = one.path if isinstance(one, ManagerCertificate) else one.self_link
    front = (forwarding_rule(), proxy(ssl_certificates=(shown,)))
    return verdicts(domain_expiry, one, *front, params=DEFAULT)


@pytest.mark.parametrize("one", PASSES.values(), ids=PASSES)
def test_passes(one: Certificate) -> None:
    (proof,) = with_front(one)
    assert isinstance(proof, Proof)
    assert " is good until 20" in proof.message


@pytest.mark.parametrize(("one", "code", "severity"), FAILS.values(), ids=FAILS)
def test_fails(one: Certificate, code: str, severity: Severity | None) -> None:
    (found,) = with_front(one)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == (code, severity)
    assert found.message.endswith(".")
    assert found.fix is not None
    assert found.fix.gcloud


@pytest.mark.parametrize("one", [certificate(expire_time=""), certificate(expire_time="soon")], ids=["none", "no time"])
def test_an_end_that_is_not_told_is_left_undecided(one: Certificate) -> None:
    (found,) = with_front(one)
    assert isinstance(found, Undecided)
    assert found.code == "CERTIFICATE_EXPIRY_UNKNOWN"


@pytest.mark.parametrize("one", [managed(status="PROVISIONING"), manager_certificate(state="FAILED")], ids=str)
def test_one_that_is_not_issued_yet_is_another_check_s(one: Certificate) -> None:
    (found,) = with_front(one)
    assert isinstance(found, Skip)
    assert found.code == "CERTIFICATE_NOT_ISSUED"


@pytest.mark.parametrize("left", [-1, 5, 20])
def test_what_nothing_shows_is_a_remark(left: float) -> None:
    (found,) = verdicts(domain_expiry, uploaded(left, name="spare"), *FRONT, params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.severity is Severity.INFO
    assert found.message.endswith(UNUSED)


def test_the_message_says_the_day_and_whose_turn_it_is() -> None:
    (mine,), (google_s,) = with_front(uploaded(5)), with_front(by_google(5, 90))
    assert mine.message == "certificate/web expires on 2026-11-25, in 5 days."
    assert google_s.message == "certificate/web expires on 2026-11-25, in 5 days, and its renewal is overdue."
    assert mine.evidence == ("projects/acme/global/sslCertificates/web", "projects/acme/global/targetHttpsProxies/web")
    assert mine.fix.gcloud == ("gcloud compute ssl-certificates describe web --global --project=acme",)


def test_the_issuer_that_ends_first_is_named_and_what_to_upload() -> None:
    (over,), (soon,) = with_front(issued_below(-30)), with_front(issued_below(2))
    assert over.message == "certificate/web expired on 2026-10-21 with its issuer CN=middle."
    assert soon.message == "certificate/web expires on 2026-11-22 with its issuer CN=middle, in 2 days."
    assert soon.fix.summary.startswith("Upload the certificate again with the intermediates that its authority")


def test_the_margins_can_be_declared() -> None:
    wide = Expiry(min_days_left=40, min_percent_left=100)
    assert codes(domain_expiry, uploaded(39), *FRONT, params=wide) == ["CERTIFICATE_EXPIRES_SOON"]
    none = Expiry(min_days_left=0, warning_days_left=0)
    assert codes(domain_expiry, uploaded(1), *FRONT, params=none) == []
