"""domain.tls-policy: the SSL policy of proxies that serve."""

from __future__ import annotations

import pytest

from checks.domain.tls_policy import TlsPolicy, domain_tls_policy
from tests.balancers import GLOBAL, forwarding_rule, proxy
from tests.builders import PROJECT
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.loadbalancer import SslPolicy, TargetHttpsProxy, TargetSslProxy
from validator.model.resource import Resource

DEFAULT = TlsPolicy()
GCM = ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
CHACHA = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
RSA = "TLS_RSA_WITH_AES_128_GCM_SHA256"


def policy(profile: str = "MODERN", version: str = "TLS_1_2", *features: str, **changes: object) -> SslPolicy:
    """The global policy `strict`, with these custom cipher suites."""
    fields = {
        "name": "strict",
        "project": PROJECT,
        "location": "global",
        "self_link": f"{GLOBAL}/sslPolicies/strict",
        "profile": profile,
        "min_tls_version": version,
        "custom_features": features,
    }
    return SslPolicy(**(fields | changes))  # type: ignore[arg-type]


def with_policy(reference: str = f"{GLOBAL}/sslPolicies/strict") -> TargetHttpsProxy:
    return proxy(ssl_policy=reference)


PASSES: dict[str, tuple[SslPolicy, TlsPolicy]] = {
    "the least there may be": (policy(), DEFAULT),
    "a stricter profile and a newer version": (policy("RESTRICTED", "TLS_1_3"), DEFAULT),
    "the profile for FIPS": (policy("FIPS_202205"), TlsPolicy(profile="RESTRICTED")),
    "a profile none of whose ciphers is older than TLS 1.2": (policy("RESTRICTED", "TLS_1_0"), DEFAULT),
    "custom ciphers of the profile": (policy("CUSTOM", "TLS_1_2", *GCM, CBC), DEFAULT),
    "custom ciphers of a stricter profile": (
        policy("CUSTOM", "TLS_1_0", *GCM, CHACHA),
        TlsPolicy(profile="RESTRICTED"),
    ),
    "custom ciphers that only the whole answer tells": (policy("CUSTOM", enabled_features=GCM), DEFAULT),
    "anything, where the rule says so": (
        policy("COMPATIBLE", "TLS_1_0"),
        TlsPolicy(min_version="TLS_1_0", profile="COMPATIBLE"),
    ),
}
FAILS: dict[str, tuple[SslPolicy, TlsPolicy, list[str]]] = {
    "an old version": (policy(version="TLS_1_0"), DEFAULT, ["TLS_VERSION"]),
    "a version that is not said, which means the oldest": (policy(version=""), DEFAULT, ["TLS_VERSION"]),
    "a wide profile": (policy("COMPATIBLE"), DEFAULT, ["TLS_PROFILE"]),
    "a profile that is not said, which means the widest": (policy(""), DEFAULT, ["TLS_PROFILE"]),
    "both": (policy("COMPATIBLE", "TLS_1_1"), DEFAULT, ["TLS_VERSION", "TLS_PROFILE"]),
    "one custom cipher without forward secrecy": (policy("CUSTOM", "TLS_1_2", *GCM, RSA), DEFAULT, ["TLS_PROFILE"]),
    "one custom cipher without authentication": (
        policy("CUSTOM", "TLS_1_2", *GCM, CBC),
        TlsPolicy(profile="RESTRICTED"),
        ["TLS_PROFILE"],
    ),
    "custom ciphers that old versions know": (policy("CUSTOM", "TLS_1_0", *GCM, CBC), DEFAULT, ["TLS_VERSION"]),
    "TLS 1.2 where 1.3 is wanted": (policy("RESTRICTED"), TlsPolicy(min_version="TLS_1_3"), ["TLS_VERSION"]),
    "a cipher that FIPS does not approve": (
        policy("CUSTOM", "TLS_1_2", *GCM, CHACHA),
        TlsPolicy(profile="FIPS_202205"),
        ["TLS_PROFILE"],
    ),
}
UNDECIDED: dict[str, tuple[TargetHttpsProxy, tuple[Resource, ...], list[str]]] = {
    "a policy of another project": (
        with_policy("projects/else/global/sslPolicies/strict"),
        (),
        ["SSL_POLICY_IN_ANOTHER_PROJECT"],
    ),
    "a profile of the future": (with_policy(), (policy("QUANTUM"),), ["UNKNOWN_SSL_POLICY"]),
    "a version of the future": (with_policy(), (policy(version="TLS_2_0"),), ["UNKNOWN_SSL_POLICY"]),
    "custom ciphers that are not told": (with_policy(), (policy("CUSTOM"),), ["UNKNOWN_SSL_POLICY"]),
    "a proxy that nothing leads to": (proxy("idle"), (), ["NO_FORWARDING_RULE"]),
}


@pytest.mark.parametrize(("given", "params"), PASSES.values(), ids=PASSES)
def test_passes(given: SslPolicy, params: TlsPolicy) -> None:
    (found,) = verdicts(domain_tls_policy, with_policy(), given, forwarding_rule(), params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(("given", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(given: SslPolicy, params: TlsPolicy, expected: list[str]) -> None:
    found = verdicts(domain_tls_policy, with_policy(), given, forwarding_rule(), params=params)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected == [one.code for one in found if not isinstance(one, Proof)]
    assert all(one.fix and one.fix.gcloud and one.evidence[0] == with_policy().path for one in violations)


@pytest.mark.parametrize(("subject", "rows", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_does_not_pass_what_it_cannot_judge(
    subject: TargetHttpsProxy, rows: tuple[Resource, ...], expected: list[str]
) -> None:
    found = verdicts(domain_tls_policy, subject, *rows, forwarding_rule(), params=DEFAULT)
    assert [one.code for one in found if not isinstance(one, Proof)] == expected
    assert not any(isinstance(one, Violation | Proof) for one in found)


def test_without_a_policy_the_default_is_named_with_the_commands_to_mend_it() -> None:
    (found,) = verdicts(domain_tls_policy, proxy(), forwarding_rule(), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.message == (
        "target-https-proxy/web has no SSL policy: Google's default takes TLS 1.0 and the profile COMPATIBLE; at least"
        " TLS_1_2 and MODERN are expected."
    )
    assert found.fix is not None
    assert found.fix.gcloud == (
        "gcloud compute ssl-policies create POLICY --profile=MODERN --min-tls-version=1.2 --global --project=acme",
        "gcloud compute target-https-proxies update web --ssl-policy=POLICY --global --project=acme",
    )


def test_the_default_passes_where_the_rule_allows_it() -> None:
    params = TlsPolicy(min_version="TLS_1_0", profile="COMPATIBLE")
    assert codes(domain_tls_policy, proxy(), forwarding_rule(), params=params) == []


def test_a_policy_that_does_not_exist_is_a_fault() -> None:
    (found,) = verdicts(domain_tls_policy, with_policy(), forwarding_rule(), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.message.endswith("has SSL policy projects/acme/global/sslPolicies/strict, which does not exist.")


def test_a_regional_proxy_has_a_regional_policy_by_its_bare_name() -> None:
    region = {"location": "us-central1"}
    link = f"projects/{PROJECT}/regions/us-central1"
    regional = proxy(ssl_policy="strict", self_link=f"{link}/targetHttpsProxies/web", **region)
    rule = forwarding_rule(target=f"{link}/targetHttpsProxies/web", **region)
    own = policy("COMPATIBLE", self_link=f"{link}/sslPolicies/strict", **region)
    (found,) = verdicts(domain_tls_policy, regional, own, policy(), rule, params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert (
        "ssl-policies update strict --profile=MODERN --min-tls-version=1.2 --region=us-central1 " in found.fix.gcloud[0]
    )


def test_tls_1_3_is_created_with_the_only_profile_that_takes_it() -> None:
    (found,) = verdicts(domain_tls_policy, proxy(), forwarding_rule(), params=TlsPolicy(min_version="TLS_1_3"))
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "--profile=RESTRICTED --min-tls-version=1.3" in found.fix.gcloud[0]


def test_a_proxy_of_a_service_mesh_is_left_alone() -> None:
    mesh = forwarding_rule(load_balancing_scheme="INTERNAL_SELF_MANAGED")
    assert codes(domain_tls_policy, proxy(), mesh, params=DEFAULT) == ["NO_FORWARDING_RULE"]


def test_what_the_future_brings_is_undecided_and_says_what_was_found() -> None:
    (found,) = verdicts(domain_tls_policy, with_policy(), policy("QUANTUM"), forwarding_rule(), params=DEFAULT)
    assert isinstance(found, Undecided)
    assert "profile QUANTUM from TLS_1_2 on" in found.message


def test_an_ssl_proxy_is_judged_like_an_https_proxy() -> None:
    link = f"{GLOBAL}/targetSslProxies/tls"
    bare = TargetSslProxy(name="tls", project=PROJECT, self_link=link)
    rule = forwarding_rule("tls", target=link)
    (found,) = verdicts(domain_tls_policy, bare, rule, params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert found.fix.gcloud[1] == "gcloud compute target-ssl-proxies update tls --ssl-policy=POLICY --project=acme"
    kept = TargetSslProxy(name="tls", project=PROJECT, self_link=link, ssl_policy=f"{GLOBAL}/sslPolicies/strict")
    assert codes(domain_tls_policy, kept, policy(), rule, params=DEFAULT) == []
