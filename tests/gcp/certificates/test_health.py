"""Whether a certificate that covers a name is in force for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.balancers import HOST, certificate, managed, manager_certificate
from tests.gcp.certificates.facts import derived
from tests.judging import NOW
from tests.pems import self_signed, through, through_intermediate
from validator.gcp.certificates.health import ailment
from validator.gcp.certificates.held import Held
from validator.gcp.certificates.selection import Certificates
from validator.gcp.times import instant
from validator.model.certificate import (
    AttemptInfo,
    ManagedCertificate,
    ManagedSsl,
    ManagerCertificate,
    ProvisioningIssue,
)
from validator.model.resource import Resource


def held(one: Resource) -> Held:
    (found,) = derived(Certificates, one).all
    return found


def ends(in_days: float) -> dict[str, str]:
    return {"expire_time": (NOW + dt.timedelta(days=in_days)).isoformat()}


def renewing(state: str, reason: str = "", **changes: Any) -> ManagerCertificate:
    """An active Certificate Manager certificate whose last attempt to authorise the domain ended so."""
    attempt = AttemptInfo(domain=HOST, state=state, failure_reason=reason)
    issuance = ManagedCertificate(domains=(HOST,), state="ACTIVE", authorization_attempt_info=(attempt,))
    return manager_certificate(managed=issuance, **changes)


ISSUED = through_intermediate(HOST)
LATER, LONG_AGO = NOW + dt.timedelta(days=2), NOW - dt.timedelta(days=900)
EXPIRED_ISSUER = through(HOST, start=LONG_AGO, end=NOW - dt.timedelta(days=30))
AILING: dict[str, tuple[Resource, str | None]] = {
    "good for months": (certificate(), None),
    "an end in a day, which domain.expiry speaks of": (certificate(**ends(1)), None),
    "an end now": (certificate(**ends(0)), "CERTIFICATE_EXPIRED"),
    "an end in the past": (certificate(**ends(-1)), "CERTIFICATE_EXPIRED"),
    "no end said": (certificate(expire_time=""), "CERTIFICATE_EXPIRY_UNKNOWN"),
    "no end said but by the PEM": (certificate(expire_time="", certificate=ISSUED), None),
    "an end that cannot be read": (certificate(expire_time="soon"), "CERTIFICATE_EXPIRY_UNKNOWN"),
    "a PEM that is not valid yet": (
        certificate(certificate=self_signed(HOST, start=LATER)),
        "CERTIFICATE_NOT_YET_VALID",
    ),
    "an issuer that is over": (certificate(certificate=EXPIRED_ISSUER, **ends(80)), "CERTIFICATE_EXPIRED"),
    "an issuer that is over, of a certificate that a private authority renews": (
        manager_certificate(
            managed=ManagedCertificate(domains=(HOST,), state="ACTIVE", issuance_config="own"),
            pem_certificate=EXPIRED_ISSUER,
        ),
        "CERTIFICATE_EXPIRED",
    ),
    "an issuer that is over in what Google's own authority issued, which is Google's to mend": (
        managed(certificate=EXPIRED_ISSUER),
        None,
    ),
    "an issuer that is not valid yet": (
        certificate(certificate=through(HOST, start=LATER, end=LATER + dt.timedelta(days=900))),
        "CERTIFICATE_NOT_YET_VALID",
    ),
    "a root that is over": (certificate(certificate=ISSUED + self_signed(days=1, start=LONG_AGO)), None),
    "a managed one that is not issued": (managed(status="PROVISIONING"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one that failed for good": (managed(status="PROVISIONING_FAILED_PERMANENTLY"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one without a status": (certificate(type="MANAGED"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one whose type is not said": (
        managed(type="SELF_MANAGED", status="PROVISIONING"),
        "CERTIFICATE_NOT_ACTIVE",
    ),
    "a managed one whose renewal failed, which serves until its end": (managed(status="RENEWAL_FAILED"), None),
    "a managed classic one with a wildcard": (managed("web", "*.staging.example.com"), "CERTIFICATE_CANNOT_BE_ISSUED"),
    "a wildcard beside the name, which blocks all": (managed("web", HOST, "*.a.org"), "CERTIFICATE_CANNOT_BE_ISSUED"),
    "an uploaded wildcard": (certificate("web", "*.staging.example.com"), None),
    "a managed wildcard of Certificate Manager": (manager_certificate("web", "*.staging.example.com"), None),
    "one that is issued without the domain": (
        managed(subject_alternative_names=("www.example.com",)),
        "CERTIFICATE_NOT_ACTIVE",
    ),
    "an active one of which the domain is not, and whose issued names are not said": (
        managed(
            managed=ManagedSsl(domains=(HOST,), status="ACTIVE", domain_status={HOST: "FAILED_NOT_VISIBLE"}),
            subject_alternative_names=(),
        ),
        "CERTIFICATE_NOT_ACTIVE",
    ),
    "an active one issued for the domain, though its renewal does not find it": (
        managed(managed=ManagedSsl(domains=(HOST,), status="ACTIVE", domain_status={HOST: "FAILED_NOT_VISIBLE"})),
        None,
    ),
    "an active one issued for the domain, whose renewal is under way": (renewing("AUTHORIZING"), None),
    "an active one issued for the domain, whose renewal failed": (renewing("FAILED", "CONFIG"), None),
    "one whose renewal is under way, issued without the domain": (
        renewing("AUTHORIZING", san_dnsnames=("www.example.com",)),
        "CERTIFICATE_NOT_ACTIVE",
    ),
    "an active one of which another domain is not": (
        managed(
            managed=ManagedSsl(domains=(HOST, "b.org"), status="ACTIVE", domain_status={HOST: "ACTIVE", "b.org": "X"})
        ),
        None,
    ),
    "a Certificate Manager one in force": (manager_certificate(), None),
    "a Certificate Manager one that failed": (manager_certificate(state="FAILED"), "CERTIFICATE_NOT_ACTIVE"),
    "a Certificate Manager one without a state": (manager_certificate(state=""), "CERTIFICATE_NOT_ACTIVE"),
    "an uploaded Certificate Manager one": (manager_certificate(managed=None), None),
    "a Certificate Manager one whose PEM shows that only its renewal is under way": (
        manager_certificate(state="PROVISIONING", pem_certificate=ISSUED),
        None,
    ),
    "a classic one that is called failed though it is in force": (
        managed(status="PROVISIONING_FAILED", certificate=ISSUED),
        None,
    ),
    "a Certificate Manager one before its first issue": (
        manager_certificate(state="PROVISIONING"),
        "CERTIFICATE_NOT_ACTIVE",
    ),
}


@pytest.mark.parametrize(("one", "kind"), AILING.values(), ids=AILING)
def test_what_a_certificate_suffers_from(one: Resource, kind: str | None) -> None:
    found = ailment(held(one), HOST, NOW)
    assert (found.kind if found else None) == kind


def test_the_issuer_that_is_over_is_named() -> None:
    found = ailment(held(certificate(certificate=EXPIRED_ISSUER, **ends(80))), HOST, NOW)
    assert found is not None
    assert found.words == "expired on 2026-10-21 with its issuer CN=middle"


def test_the_domain_that_blocks_a_certificate_is_named_with_its_cause() -> None:
    status = {HOST: "ACTIVE", "old.example.com": "FAILED_CAA_FORBIDDEN"}
    one = managed(managed=ManagedSsl(domains=tuple(status), status="PROVISIONING_FAILED", domain_status=status))
    found = ailment(held(one), HOST, NOW)
    assert found is not None
    assert found.words == (
        "is PROVISIONING_FAILED, not ACTIVE"
        " (old.example.com: FAILED_CAA_FORBIDDEN, its CAA records forbid Google's CA (pki.goog))"
    )


def test_certificate_manager_says_what_failed() -> None:
    attempt = AttemptInfo(domain=HOST, state="FAILED", failure_reason="CONFIG")
    issue = ProvisioningIssue(reason="AUTHORIZATION_ISSUE", details="no CNAME")
    one = ManagedCertificate(
        domains=(HOST,), state="PROVISIONING", authorization_attempt_info=(attempt,), provisioning_issue=issue
    )
    found = ailment(held(manager_certificate(managed=one, san_dnsnames=())), HOST, NOW)
    assert found is not None
    assert f"{HOST}: FAILED CONFIG" in found.words
    assert "AUTHORIZATION_ISSUE no CNAME" in found.words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-20T18:00:00Z", NOW),
        ("2026-11-20T10:00:00.000-08:00", NOW),
        ("2026-11-20T18:00:00.000000000Z", NOW),
        ("2026-11-20T18:00:00", NOW),
        ("", None),
        ("tomorrow", None),
    ],
)
def test_instants(text: str, found: dt.datetime | None) -> None:
    assert instant(text) == found
