"""domain.managed-status: whether Google issues and renews its certificates, and what keeps it from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import trustme

from checks.domain.managed_status import ManagedStatus, domain_managed_status
from tests.balancers import (
    HOST,
    certificate,
    forwarding_rule,
    managed,
    manager_certificate,
    map_entry,
    mapped_proxy,
    proxy,
)
from tests.judging import NOW, codes, verdicts
from tests.pems import chain_of
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.certificate import (
    AddressTrouble,
    AttemptInfo,
    CnameTrouble,
    ManagedCertificate,
    ManagedIdentity,
    ManagedSsl,
    ManagerCertificate,
    ProvisioningIssue,
    SslCertificate,
    Troubleshooting,
    UsedBy,
)

Certificate = SslCertificate | ManagerCertificate
DEFAULT = ManagedStatus()
FRONT = (forwarding_rule(), proxy())
BY_DNS = {"dns_authorizations": ("projects/acme/locations/global/dnsAuthorizations/x",)}
MAPPED = (forwarding_rule(), mapped_proxy(), map_entry())


def ago(hours: float) -> str:
    return (NOW - dt.timedelta(hours=hours)).isoformat()


def classic(status: str, domains: dict[str, str] | None = None, hours: float = 100, **changes: Any) -> SslCertificate:
    """A managed classic certificate that was made so many hours ago, with the status of each domain."""
    told = domains or {HOST: status}
    ssl = ManagedSsl(domains=tuple(told), status=status, domain_status=told)
    issued = {} if status in ("ACTIVE", "RENEWAL_FAILED") else {"subject_alternative_names": (), "expire_time": ""}
    return managed("web", *told, managed=ssl, **({"creation_timestamp": ago(hours)} | issued | changes))


def manager(
    state: str, *attempts: AttemptInfo, hours: float = 100, issuance: dict[str, Any] | None = None, **changes: Any
) -> ManagerCertificate:
    """A Certificate Manager certificate that was made so many hours ago, with its attempts to authorise."""
    fields: dict[str, Any] = {"domains": (HOST,), "state": state, "authorization_attempt_info": attempts}
    return manager_certificate(
        managed=ManagedCertificate(**(fields | (issuance or {}))), create_time=ago(hours), **changes
    )


def attempt(reason: str, *issues: str, domain: str = HOST, **trouble: Any) -> AttemptInfo:
    """A failed attempt to authorise the domain."""
    shot = Troubleshooting(issues=issues, **trouble) if issues else None
    return AttemptInfo(domain=domain, state="FAILED", failure_reason=reason, troubleshooting=shot)


def judged(one: Certificate, *rows: Any, params: ManagedStatus = DEFAULT) -> list[Any]:
    around = rows or (FRONT if isinstance(one, SslCertificate) else MAPPED)
    return verdicts(domain_managed_status, one, *around, params=params)


ISSUED = chain_of(trustme.CA(), HOST)
LIMITED = ProvisioningIssue(reason="RATE_LIMITED", details="too many")
UNAUTHORIZED = ProvisioningIssue(reason="AUTHORIZATION_ISSUE", details="no")
PASSES: dict[str, Certificate] = {
    "an active classic one": classic("ACTIVE"),
    "an active one of Certificate Manager": manager("ACTIVE"),
    "an active one whose renewal is under way": manager("ACTIVE", AttemptInfo(domain=HOST, state="AUTHORIZING")),
    "one whose renewal is under way, in force by its PEM": manager(
        "PROVISIONING", pem_certificate=chain_of(trustme.CA(), HOST)
    ),
    "one that Compute calls failed, in force by its PEM with every domain authorised": managed(
        managed=ManagedSsl(domains=(HOST,), status="PROVISIONING_FAILED", domain_status={HOST: "ACTIVE"}),
        certificate=ISSUED,
    ),
    "one that was made 59 minutes ago": classic("PROVISIONING", hours=59 / 60),
    "one that was made just now, before its DNS": classic("PROVISIONING", {HOST: "FAILED_NOT_VISIBLE"}, hours=0.1),
    "one of Certificate Manager that was made just now": manager("PROVISIONING", hours=0.5),
    "a workload's identity": manager_certificate(
        managed=None, managed_identity=ManagedIdentity(identity="spiffe://pool", state="ACTIVE")
    ),
}
FAILS: dict[str, tuple[Certificate, str, Severity | None]] = {
    "two hours of provisioning": (classic("PROVISIONING", hours=2), "CERTIFICATE_NOT_ISSUED", Severity.INFO),
    "a day of it": (classic("PROVISIONING", hours=24), "CERTIFICATE_NOT_ISSUED", Severity.WARNING),
    "three days of it": (classic("PROVISIONING", hours=72), "CERTIFICATE_NOT_ISSUED", None),
    "provisioning since nobody knows when": (
        classic("PROVISIONING", creation_timestamp=""),
        "CERTIFICATE_NOT_ISSUED",
        None,
    ),
    "three days of it at Certificate Manager": (manager("PROVISIONING", hours=73), "CERTIFICATE_NOT_ISSUED", None),
    "one that failed and is tried again": (
        classic("PROVISIONING_FAILED", {HOST: "FAILED_NOT_VISIBLE"}),
        "CERTIFICATE_NOT_ISSUED",
        None,
    ),
    "one that failed and is young": (classic("PROVISIONING_FAILED", hours=3), "CERTIFICATE_NOT_ISSUED", Severity.INFO),
    "one that failed for good, however young": (
        classic("PROVISIONING_FAILED_PERMANENTLY", hours=0.5),
        "CERTIFICATE_FAILED_FOR_GOOD",
        None,
    ),
    "one that Certificate Manager gave up": (manager("FAILED", hours=2), "CERTIFICATE_FAILED_FOR_GOOD", None),
    "a renewal that failed": (classic("RENEWAL_FAILED"), "CERTIFICATE_RENEWAL_FAILED", None),
    "a renewal that Certificate Manager gave up": (
        manager("FAILED", pem_certificate=chain_of(trustme.CA(), HOST)),
        "CERTIFICATE_RENEWAL_FAILED",
        None,
    ),
    "one in force, of which a domain fails": (
        classic("ACTIVE", {HOST: "ACTIVE", "b.org": "FAILED_CAA_FORBIDDEN"}),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "one of Certificate Manager in force, of which a domain fails": (
        manager("ACTIVE", attempt("CAA")),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "one in force whose renewal Certificate Manager's authority limits": (
        manager("PROVISIONING", issuance={"provisioning_issue": LIMITED}, pem_certificate=ISSUED),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "the same, with every domain authorised": (
        manager(
            "PROVISIONING",
            AttemptInfo(domain=HOST, state="AUTHORIZED"),
            issuance={"provisioning_issue": LIMITED},
            pem_certificate=ISSUED,
        ),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "a workload's identity in force that is authorised no more": (
        manager_certificate(
            managed=None,
            managed_identity=ManagedIdentity(
                identity="spiffe://pool", state="PROVISIONING", provisioning_issue=UNAUTHORIZED
            ),
            pem_certificate=ISSUED,
        ),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "one that Compute calls failed, in force by its PEM, of whose domains nothing is said": (
        managed(
            managed=ManagedSsl(domains=(HOST,), status="PROVISIONING_FAILED"),
            certificate=ISSUED,
        ),
        "CERTIFICATE_RENEWAL_BLOCKED",
        Severity.WARNING,
    ),
    "an active one that is over": (
        classic("ACTIVE", expire_time=ago(24)),
        "CERTIFICATE_RENEWAL_FAILED",
        None,
    ),
    "an active one of Certificate Manager that is over": (
        manager("ACTIVE", expire_time=ago(24)),
        "CERTIFICATE_RENEWAL_FAILED",
        None,
    ),
    "a wildcard of Compute's, however young": (
        classic("PROVISIONING", {"*.example.com": "PROVISIONING"}, hours=0.1),
        "CERTIFICATE_CANNOT_BE_ISSUED",
        None,
    ),
}
#: What is told of a domain, and what is advised.
CAUSES: dict[str, tuple[Certificate, str, str]] = {
    "DNS leads elsewhere": (
        classic("PROVISIONING", {HOST: "FAILED_NOT_VISIBLE"}),
        f"{HOST}: FAILED_NOT_VISIBLE, its DNS does not lead to this load balancer",
        f"For {HOST}, point every A and AAAA record at the load balancer",
    ),
    "CAA could not be read": (
        classic("PROVISIONING", {HOST: "FAILED_CAA_CHECKING"}),
        "its CAA records could not be read",
        "let the domain's name servers answer questions for CAA records",
    ),
    "CAA forbids": (
        classic("PROVISIONING", {HOST: "FAILED_CAA_FORBIDDEN"}),
        "its CAA records forbid Google's CA (pki.goog)",
        'add a CAA record `0 issue "pki.goog"`',
    ),
    "too many": (
        classic("PROVISIONING", {HOST: "FAILED_RATE_LIMITED"}),
        "the CA's rate limit is reached",
        "wait, and ask for fewer certificates",
    ),
    "a status that is new": (classic("PROVISIONING", {HOST: "FAILED_NEWLY"}), f"({HOST}: FAILED_NEWLY)", "Look which"),
    "Certificate Manager's CAA": (
        manager("PROVISIONING", attempt("CAA")),
        "FAILED CAA, its CAA records forbid",
        "pki.goog",
    ),
    "Certificate Manager's rate limit": (manager("PROVISIONING", attempt("RATE_LIMITED")), "rate limit", "wait"),
    "its configuration by load balancer": (
        manager("PROVISIONING", attempt("CONFIG")),
        "its DNS does not lead",
        "A and AAAA",
    ),
    "its configuration by DNS authorisation": (
        manager("PROVISIONING", attempt("CONFIG"), issuance=BY_DNS),
        "the CNAME record of its DNS authorisation is not there",
        "publish the CNAME record",
    ),
    "a CNAME record with another value": (
        manager(
            "PROVISIONING",
            attempt(
                "CONFIG",
                "CNAME_MISMATCH",
                cname=CnameTrouble(name="_acme-challenge.x.", expected_data="a.authorize.", resolved_data=("b.", "c.")),
            ),
        ),
        "_acme-challenge.x. leads to b. → c., not to a.authorize.",
        "publish _acme-challenge.x. CNAME a.authorize.",
    ),
    "no CNAME record": (
        manager(
            "PROVISIONING",
            attempt("CONFIG", "CNAME_MISMATCH", cname=CnameTrouble(name="_acme-challenge.x.", expected_data="a.")),
        ),
        "_acme-challenge.x. leads to nothing, not to a.",
        "publish _acme-challenge.x. CNAME a.",
    ),
    "a CNAME record that nobody tells": (
        manager("PROVISIONING", attempt("CONFIG", "CNAME_MISMATCH")),
        "the CNAME record of its DNS authorisation",
        "publish the CNAME record",
    ),
    "an address where it is not attached": (
        manager(
            "PROVISIONING",
            attempt(
                "CONFIG",
                "RESOLVED_TO_NOT_SERVING",
                ips=AddressTrouble(resolved=("192.0.2.1", "203.0.113.7"), serving=("203.0.113.7",)),
            ),
        ),
        "its DNS leads to 192.0.2.1, where the certificate is not attached",
        "point every A and AAAA record at 203.0.113.7 and nowhere else",
    ),
    "port 443 that is not open": (
        manager(
            "PROVISIONING",
            attempt(
                "CONFIG",
                "RESOLVED_TO_SERVING_ON_ALT_PORTS",
                ips=AddressTrouble(resolved=("203.0.113.7",), serving_on_alt_ports=("203.0.113.7",)),
            ),
        ),
        "its DNS leads to 203.0.113.7, where the certificate is attached, but not on port 443",
        "put a forwarding rule on port 443",
    ),
    "no address, and not attached": (
        manager("PROVISIONING", attempt("CONFIG", "NO_RESOLVED_IPS", "CERTIFICATE_NOT_ATTACHED")),
        "it has no A or AAAA record; the certificate is attached to no load balancer",
        "attach it to the proxy that serves the domain",
    ),
    "an issue that is new": (
        manager("PROVISIONING", attempt("CAA", "NEW_ISSUE")),
        "its CAA records forbid",
        "pki.goog",
    ),
    "what the API adds": (
        manager(
            "PROVISIONING",
            issuance={"provisioning_issue": ProvisioningIssue(reason="RATE_LIMITED", details="try in a week")},
        ),
        "RATE_LIMITED try in a week",
        "Look which of its domains",
    ),
}


@pytest.mark.parametrize("one", PASSES.values(), ids=PASSES)
def test_passes(one: Certificate) -> None:
    (proof,) = judged(one)
    assert isinstance(proof, Proof)


@pytest.mark.parametrize(("one", "code", "severity"), FAILS.values(), ids=FAILS)
def test_fails(one: Certificate, code: str, severity: Severity | None) -> None:
    found = judged(one)[0]
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == (code, severity)
    assert found.message.endswith(".")


@pytest.mark.parametrize(("one", "cause", "mend"), CAUSES.values(), ids=CAUSES)
def test_cause_and_mend_are_told(one: Certificate, cause: str, mend: str) -> None:
    found = judged(one)[0]
    assert cause in found.message
    assert mend in found.fix.summary


def test_of_many_domains_the_first_are_told() -> None:
    many = {f"{number}.example.com": "FAILED_NOT_VISIBLE" for number in range(100, 200)}
    found = judged(classic("PROVISIONING_FAILED", many))[0]
    assert "102.example.com" in found.message
    assert "103.example.com" not in found.message
    assert "and 97 more domains" in found.message
    assert found.fix.summary.count("For ") == 3


LOOSE: dict[str, tuple[Certificate, tuple[Any, ...], str]] = {
    "a classic one that nothing refers to": (
        classic("PROVISIONING"),
        (forwarding_rule(), mapped_proxy()),
        "nothing shows it: no proxy and no certificate map refers to it",
    ),
    "one on a proxy without forwarding rule": (
        classic("PROVISIONING"),
        (proxy(),),
        "nothing shows it: web has it, but no forwarding rule leads there",
    ),
    "one in a map that no proxy has": (
        manager("PROVISIONING"),
        (forwarding_rule(), proxy(), map_entry()),
        "nothing shows it: certificate map web has it, but no proxy has that map",
    ),
}


@pytest.mark.parametrize(("one", "rows", "words"), LOOSE.values(), ids=LOOSE)
def test_one_that_waits_to_be_attached_is_told_so_and_at_most_a_warning(
    one: Certificate, rows: tuple[Any, ...], words: str
) -> None:
    found = judged(one, *rows)[0]
    assert found.severity is Severity.WARNING
    assert words in found.message
    assert found.fix.summary.startswith("Attach it to a proxy behind a forwarding rule.")


def test_with_dns_authorisations_nothing_waits_to_be_attached() -> None:
    one = manager("PROVISIONING", issuance=BY_DNS)
    assert "nothing shows it" not in judged(one, forwarding_rule(), proxy())[0].message


def test_media_cdn_shows_one_too() -> None:
    cache = "//networkservices.googleapis.com/projects/acme/locations/global/edgeCacheServices/media"
    found = judged(manager("PROVISIONING", used_by=(UsedBy(name=cache),)), forwarding_rule(), proxy())[0]
    assert (found.severity, "nothing shows it" in found.message) == (None, False)


def test_a_state_that_is_not_told_is_left_undecided() -> None:
    for one in (classic("", {}), manager(""), manager("STATE_UNSPECIFIED")):
        (found,) = judged(one)
        assert isinstance(found, Undecided)
        assert found.code == "CERTIFICATE_STATE_UNKNOWN"


def test_uploaded_ones_are_nobody_s_to_issue() -> None:
    for one in (certificate(), manager_certificate(managed=None)):
        (found,) = judged(one)
        assert isinstance(found, Skip)


def test_what_is_given_up_is_created_again() -> None:
    found = judged(classic("PROVISIONING_FAILED_PERMANENTLY", {HOST: "FAILED_RATE_LIMITED"}))[0]
    told = f"({HOST}: FAILED_RATE_LIMITED, the CA's rate limit is reached)"
    assert found.message == f"certificate/web is PROVISIONING_FAILED_PERMANENTLY for 4 days {told}."
    assert found.fix.gcloud == (
        "gcloud compute ssl-certificates describe web --global --project=acme",
        f"gcloud compute ssl-certificates create web-2 --domains={HOST} --global --project=acme",
    )
    by_dns = judged(manager("FAILED", issuance=BY_DNS))[0]
    assert by_dns.fix.gcloud[1] == (
        f"gcloud certificate-manager certificates create web-2 --domains={HOST}"
        " --dns-authorizations=AUTHORIZATIONS --location=global --project=acme"
    )


def test_a_wildcard_is_left_to_certificate_manager() -> None:
    found = judged(classic("PROVISIONING", {"*.example.com": "PROVISIONING", "example.com": "PROVISIONING"}))[0]
    proof, create = found.fix.gcloud
    named = "dns-authorizations create cert-example-com --domain=example.com --project=acme"
    assert proof == f"gcloud certificate-manager {named}"
    flags = "--domains='*.example.com,example.com' --dns-authorizations=cert-example-com --project=acme"
    assert create == f"gcloud certificate-manager certificates create web-2 {flags}"


def test_the_ages_can_be_declared() -> None:
    slow = ManagedStatus(normal_hours=200)
    assert codes(domain_managed_status, classic("PROVISIONING"), *FRONT, params=slow) == []
    quick = ManagedStatus(normal_hours=0, warning_after_hours=0, error_after_hours=1)
    assert judged(classic("PROVISIONING", hours=2), params=quick)[0].severity is None


def test_what_is_active_and_over_is_not_called_in_force() -> None:
    found = judged(classic("ACTIVE", expire_time=ago(24)))
    assert found[0].message == "certificate/web is ACTIVE, but expired on 2026-11-19: it was not renewed."
    assert not any("in force" in one.message for one in found)


def test_the_issue_of_a_renewal_is_told() -> None:
    found = judged(manager("PROVISIONING", issuance={"provisioning_issue": LIMITED}, pem_certificate=ISSUED))[0]
    assert found.message == "manager-certificate/web is in force, but its renewal fails (RATE_LIMITED too many)."
