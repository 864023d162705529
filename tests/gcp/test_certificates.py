"""Name matching after RFC 9525, and the certificates a proxy shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.balancers import HOST, MANAGER, certificate, managed, manager_certificate, map_entry, mapped_proxy, proxy
from tests.builders import project
from validator.gcp.certificate_health import Margin, ailment, blocked_renewal
from validator.gcp.certificates import Certificates, Held, covers, entry_for, normal, why_not
from validator.gcp.names import Names
from validator.gcp.times import instant
from validator.model.certificate import (
    AttemptInfo,
    ManagedCertificate,
    ManagedSsl,
    ManagerCertificate,
    ProvisioningIssue,
    SslCertificate,
)
from validator.model.resource import Resource
from validator.model.table import Table

COVERED = {
    "the name itself": ("api.example.com", "api.example.com"),
    "any case": ("API.Example.COM", "api.example.com"),
    "a trailing dot on the name asked for": ("api.example.com", "api.example.com."),
    "a wildcard for one label": ("*.example.com", "api.example.com"),
    "a deeper wildcard": ("*.staging.example.com", "api.staging.example.com"),
    "an internationalised name by its A-label": ("xn--bcher-kva.example", "bücher.example"),
    "a wildcard for an A-label": ("*.example.com", "bücher.example.com"),
}
UNCOVERED = {
    "a wildcard for two labels": ("*.example.com", "api.staging.example.com"),
    "a wildcard for its own parent": ("*.example.com", "example.com"),
    "a wildcard of another domain": ("*.example.org", "api.example.com"),
    "a wildcard of a name that merely ends alike": ("*.example.com", "api.anexample.com"),
    "a name that merely ends alike": ("example.com", "api.example.com"),
    "a wildcard inside a label": ("a*.example.com", "api.example.com"),
    "a wildcard before a suffix": ("*pi.example.com", "api.example.com"),
    "a wildcard in the middle": ("api.*.com", "api.example.com"),
    "two wildcards": ("*.*.com", "api.example.com"),
    "a wildcard for every name": ("*", "localhost"),
    "a wildcard below a top-level domain": ("*.com", "example.com"),
    "an address by its own text": ("10.0.0.1", "10.0.0.1"),
    "an address by a wildcard": ("*.0.0.1", "10.0.0.1"),
    "an empty name": ("", "api.example.com"),
    "an empty left-most label": ("*.example.com", ".example.com"),
}


@pytest.mark.parametrize(("pattern", "host"), COVERED.values(), ids=COVERED)
def test_covers(pattern: str, host: str) -> None:
    assert covers(pattern, host)
    assert why_not(pattern, host) == ""


@pytest.mark.parametrize(("pattern", "host"), UNCOVERED.values(), ids=UNCOVERED)
def test_does_not_cover(pattern: str, host: str) -> None:
    assert not covers(pattern, host)
    assert why_not(pattern, host)


@pytest.mark.parametrize(
    ("pattern", "host", "words"),
    [
        ("*.example.com", "api.staging.example.com", "a wildcard stands for exactly one label"),
        ("*.example.com", "example.com", "a wildcard does not stand for example.com itself"),
        ("*.example.com", "10.0.0.1", "an address is never matched by a DNS name"),
        ("f*.example.com", "foo.example.com", "a wildcard counts only as the whole left-most label"),
        ("www.example.com", "api.example.com", "it is another name"),
    ],
)
def test_says_why_not(pattern: str, host: str, words: str) -> None:
    assert why_not(pattern, host) == words


def test_a_name_that_idna_refuses_is_compared_as_it_is() -> None:
    long = "a" * 64 + ".example.com"
    assert normal(long.upper()) == long


ENTRIES = (
    map_entry("exact", "api.example.com"),
    map_entry("wild", "*.example.com"),
    map_entry("primary", "", matcher="PRIMARY"),
)


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("api.example.com", "exact"),
        ("API.example.com.", "exact"),
        ("www.example.com", "wild"),
        ("a.b.example.com", "primary"),
        ("example.com", "primary"),
        ("else.org", "primary"),
    ],
)
def test_the_exact_entry_beats_the_wildcard_beats_the_primary(host: str, entry: str) -> None:
    found = entry_for(ENTRIES, host)
    assert found is not None
    assert found.short == entry


def test_without_a_primary_entry_nothing_answers_another_name() -> None:
    assert entry_for(ENTRIES[:2], "else.org") is None


def certificates(*rows: Resource) -> Certificates:
    def table(kind: type[Resource]) -> Table[Resource]:
        return Table(row for row in rows if isinstance(row, kind))

    return Certificates.derive(
        names=Names({"123456789": "acme"}, "acme"),
        classic=table(SslCertificate),  # type: ignore[arg-type]
        manager=table(ManagerCertificate),  # type: ignore[arg-type]
        entries=table(type(map_entry())),  # type: ignore[arg-type]
    )


def test_a_proxy_shows_its_classic_certificates() -> None:
    shown = certificates(certificate(), certificate("other")).presented(proxy(), HOST)
    assert [held.short for held in shown.held] == ["web"]
    assert (shown.missing, shown.map, shown.entry) == ((), "", None)


def test_a_reference_to_nothing_is_missing() -> None:
    shown = certificates(certificate("other")).presented(proxy(), HOST)
    assert shown.missing == ("projects/acme/global/sslCertificates/web",)


def test_a_map_overrides_the_proxy_s_own_list() -> None:
    shown = certificates(certificate(), manager_certificate(), map_entry()).presented(mapped_proxy(), HOST)
    assert [held.path for held in shown.held] == [f"{MANAGER}/certificates/web"]
    assert shown.map == f"{MANAGER}/certificateMaps/web"


def test_a_map_named_by_project_number_is_the_same_map() -> None:
    numbered = proxy(
        certificate_map="//certificatemanager.googleapis.com/projects/123456789/locations/global/certificateMaps/web"
    )
    assert certificates(manager_certificate(), map_entry()).presented(numbered, HOST).entry == map_entry()
    assert project().number == "123456789"


def test_an_entry_of_another_map_does_not_answer() -> None:
    elsewhere = map_entry(map_name="other")
    assert certificates(manager_certificate(), elsewhere).presented(mapped_proxy(), HOST).entry is None


def test_a_proxy_may_list_certificate_manager_certificates() -> None:
    listed = proxy(ssl_certificates=(f"//certificatemanager.googleapis.com/{MANAGER}/certificates/web",))
    shown = certificates(manager_certificate()).presented(listed, HOST)
    assert [held.classic for held in shown.held] == [False]


NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)
MARGIN = Margin(uploaded_days=14, managed_days=10)


def held(one: Resource) -> Held:
    (found,) = certificates(one).all
    return found


def ends(in_days: float, *, life_days: float = 365.0) -> dict[str, str]:
    end = NOW + dt.timedelta(days=in_days)
    return {"expire_time": end.isoformat(), "creation_timestamp": (end - dt.timedelta(days=life_days)).isoformat()}


def manager_ends(in_days: float) -> dict[str, str]:
    return {"expire_time": (NOW + dt.timedelta(days=in_days)).isoformat()}


def renewing(state: str, reason: str = "", **changes: Any) -> ManagerCertificate:
    """An active Certificate Manager certificate whose last attempt to authorise the domain ended so."""
    attempt = AttemptInfo(domain=HOST, state=state, failure_reason=reason)
    issuance = ManagedCertificate(domains=(HOST,), state="ACTIVE", authorization_attempt_info=(attempt,))
    return manager_certificate(managed=issuance, **changes)


AILING: dict[str, tuple[Resource, str | None]] = {
    "good for months": (certificate(), None),
    "an uploaded one with 15 days left": (certificate(**ends(15)), None),
    "an uploaded one with 13 days left": (certificate(**ends(13)), "CERTIFICATE_EXPIRES_SOON"),
    # Its creation is the upload, not the issue: uploading it again must not make it look young.
    "an uploaded one with 5 days left that was uploaded again an hour ago": (
        certificate(**ends(5, life_days=5.04)),
        "CERTIFICATE_EXPIRES_SOON",
    ),
    "an uploaded Certificate Manager one with 5 days left that was uploaded again an hour ago": (
        manager_certificate(managed=None, create_time=(NOW - dt.timedelta(hours=1)).isoformat(), **manager_ends(5)),
        "CERTIFICATE_EXPIRES_SOON",
    ),
    "a short-lived managed one with a third of its life left": (managed(**ends(4, life_days=12)), None),
    "a short-lived managed one with less": (managed(**ends(3.9, life_days=12)), "CERTIFICATE_EXPIRES_SOON"),
    "an end now": (certificate(**ends(0)), "CERTIFICATE_EXPIRED"),
    "an end in the past": (certificate(**ends(-1)), "CERTIFICATE_EXPIRED"),
    "no end said": (certificate(expire_time=""), "CERTIFICATE_EXPIRY_UNKNOWN"),
    "an end that cannot be read": (certificate(expire_time="soon"), "CERTIFICATE_EXPIRY_UNKNOWN"),
    "a managed one with 11 days left": (managed(**ends(11)), None),
    "a managed one with 9 days left": (managed(**ends(9)), "CERTIFICATE_EXPIRES_SOON"),
    "a managed one that is not issued": (managed(status="PROVISIONING"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one that failed for good": (managed(status="PROVISIONING_FAILED_PERMANENTLY"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one without a status": (certificate(type="MANAGED"), "CERTIFICATE_NOT_ACTIVE"),
    "a managed one whose type is not said": (
        managed(type="SELF_MANAGED", status="PROVISIONING"),
        "CERTIFICATE_NOT_ACTIVE",
    ),
    "a managed one whose renewal failed": (managed(status="RENEWAL_FAILED"), "CERTIFICATE_RENEWAL_FAILED"),
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
    "one whose renewal is under way with 9 days left": (
        renewing("AUTHORIZING", **manager_ends(9)),
        "CERTIFICATE_EXPIRES_SOON",
    ),
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
    "a Certificate Manager one with 9 days left": (manager_certificate(**manager_ends(9)), "CERTIFICATE_EXPIRES_SOON"),
}


@pytest.mark.parametrize(("one", "kind"), AILING.values(), ids=AILING)
def test_what_a_certificate_suffers_from(one: Resource, kind: str | None) -> None:
    found = ailment(held(one), HOST, NOW, MARGIN)
    assert (found.kind if found else None) == kind


BLOCKED = {
    "no attempt said": (manager_certificate(), ""),
    "an attempt that succeeded": (renewing("AUTHORIZED"), ""),
    "an attempt under way": (renewing("AUTHORIZING"), ""),
    "an attempt that failed": (
        renewing("FAILED", "CAA"),
        f"is in force, but its renewal fails ({HOST}: FAILED CAA, its CAA records forbid Google's CA (pki.goog))",
    ),
    "another domain, which blocks the whole certificate": (
        managed(
            managed=ManagedSsl(
                domains=(HOST, "b.org"), status="ACTIVE", domain_status={HOST: "ACTIVE", "b.org": "FAILED_RATE_LIMITED"}
            )
        ),
        "is in force, but its renewal fails (b.org: FAILED_RATE_LIMITED, the CA's rate limit is reached)",
    ),
    "one that is not in force": (
        managed(status="PROVISIONING_FAILED"),
        "",
    ),
}


@pytest.mark.parametrize(("one", "words"), BLOCKED.values(), ids=BLOCKED)
def test_a_certificate_in_force_whose_renewal_fails_is_remarked_on(one: Resource, words: str) -> None:
    found = blocked_renewal(held(one))
    assert (found.words if found else "") == words


def test_the_domain_that_blocks_a_certificate_is_named_with_its_cause() -> None:
    status = {HOST: "ACTIVE", "old.example.com": "FAILED_CAA_FORBIDDEN"}
    one = managed(managed=ManagedSsl(domains=tuple(status), status="PROVISIONING_FAILED", domain_status=status))
    found = ailment(held(one), HOST, NOW, MARGIN)
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
    found = ailment(held(manager_certificate(managed=one, san_dnsnames=())), HOST, NOW, MARGIN)
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
