"""A proxy that serves negotiates no outdated TLS: an SSL policy sets version and ciphers.

Why:
    Without a policy Google's load balancers still take TLS 1.0 and ciphers without forward secrecy, so that any
    client gets through; auditors (PCI DSS) and Mozilla's intermediate profile ask for TLS 1.2 at least.

Remediation:
    Create an SSL policy with the profile MODERN or RESTRICTED and a minimum of TLS 1.2, and attach it to the proxy.
    Connections that are open stay as they are.

References:
    https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
    https://cloud.google.com/load-balancing/docs/use-ssl-policies
    https://wiki.mozilla.org/Security/Server_Side_TLS
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.balancers.scoping import scope_flag
from validator.gcp.balancers.ssl_policies import (
    PROFILES,
    VERSIONS,
    Offer,
    Profile,
    SslPolicies,
    TlsProxy,
    Version,
    offer,
)
from validator.model.loadbalancer import SslPolicy, TargetHttpsProxy, TargetSslProxy


class TlsPolicy(Params, frozen=True):
    """The least a proxy must ask of clients."""

    #: The oldest version that may be negotiated.
    min_version: Version = "TLS_1_2"
    #: The widest profile; a CUSTOM policy must keep within its cipher suites.
    profile: Profile = "MODERN"


@check(severity=Severity.WARNING)
def domain_tls_policy(
    proxy: TargetHttpsProxy | TargetSslProxy, *, policies: SslPolicies, params: TlsPolicy
) -> Verdicts:
    """The policy exists, and its version and profile are at least those of the rule."""
    path, policy = policies.name(proxy), policies.of(proxy)
    if not policies.serves(proxy):
        reason = f"no forwarding rule leads to {proxy.label}"
        yield Skip(code="NO_FORWARDING_RULE", message=reason, evidence=(proxy.path,))
    elif not path:
        yield from _default(proxy, params)
    elif policy:
        yield from _judge(proxy, policy, params)
    else:
        yield _not_found(proxy, path, params)


def _default(proxy: TlsProxy, params: TlsPolicy) -> Iterator[Verdict]:
    if (params.min_version, params.profile) == ("TLS_1_0", "COMPATIBLE"):
        yield Proof(message=f"{proxy.label} is on Google's default, which the rule allows", evidence=(proxy.path,))
        return
    yield Violation(
        code="NO_SSL_POLICY",
        message=(
            f"{proxy.label} has no SSL policy: Google's default takes TLS 1.0 and the profile COMPATIBLE; at least"
            f" {params.min_version} and {params.profile} are expected."
        ),
        evidence=(proxy.path, "sslPolicy="),
        fix=_attach(proxy, params),
    )


def _not_found(proxy: TlsProxy, path: str, params: TlsPolicy) -> Verdict:
    evidence = (proxy.path, path)
    if not path.startswith(f"projects/{proxy.project}/"):
        message = f"{proxy.label} has SSL policy {path}, which is another project's and not read."
        return Undecided(code="SSL_POLICY_IN_ANOTHER_PROJECT", message=message, evidence=evidence)
    message = f"{proxy.label} has SSL policy {path}, which does not exist."
    return Violation(code="SSL_POLICY_NOT_FOUND", message=message, evidence=evidence, fix=_attach(proxy, params))


def _judge(proxy: TlsProxy, policy: SslPolicy, params: TlsPolicy) -> Iterator[Verdict]:
    found = offer(policy)
    evidence = (
        proxy.path,
        policy.path,
        f"minTlsVersion={policy.min_tls_version}",
        f"profile={policy.profile}",
        *found.features,
    )
    if not (found.version and found.profile):
        message = (
            f"{proxy.label} has SSL policy {policy.short} of profile {policy.profile} from {policy.min_tls_version} on,"
            " of which this tool does not know what it lets clients negotiate."
        )
        yield Undecided(code="UNKNOWN_SSL_POLICY", message=message, evidence=evidence)
        return
    too_old = VERSIONS.index(found.version) < VERSIONS.index(params.min_version)
    too_wide = PROFILES.index(found.profile) < PROFILES.index(params.profile)
    if too_old:
        message = f"{proxy.label} takes {found.version} (SSL policy {policy.short}); expected is {params.min_version}."
        yield Violation(code="TLS_VERSION", message=message, evidence=evidence, fix=_update(policy, params))
    if too_wide:
        yield Violation(
            code="TLS_PROFILE",
            message=f"{proxy.label} offers {_ciphers(policy, found)}; at least {params.profile} is expected.",
            evidence=evidence,
            fix=_update(policy, params),
        )
    if not (too_old or too_wide):
        words = f"{found.version} or newer, profile {policy.profile or 'COMPATIBLE'}"
        yield Proof(message=f"{proxy.label} takes {words}", evidence=(proxy.path, policy.path))


def _ciphers(policy: SslPolicy, found: Offer) -> str:
    if found.features:
        return f"cipher suites of the profile {found.profile} (CUSTOM SSL policy {policy.short})"
    return f"the profile {found.profile} (SSL policy {policy.short})"


def _attach(proxy: TlsProxy, params: TlsPolicy) -> Fix:
    where = f"{scope_flag(proxy)} --project={proxy.project}"
    # There are no regional SSL proxies, so gcloud takes no scope for them.
    own = f"--project={proxy.project}" if isinstance(proxy, TargetSslProxy) else where
    return Fix(
        summary="Create an SSL policy and attach it; clients that speak nothing newer are refused from then on.",
        gcloud=(
            f"gcloud compute ssl-policies create POLICY {_flags(params)} {where}",
            f"gcloud compute {_group(proxy)} update {proxy.short} --ssl-policy=POLICY {own}",
        ),
        terraform=f"{_terraform(params)}\n# in the proxy: ssl_policy = google_compute_ssl_policy.tls.id",
    )


def _group(proxy: TlsProxy) -> str:
    return "target-ssl-proxies" if isinstance(proxy, TargetSslProxy) else "target-https-proxies"


def _update(policy: SslPolicy, params: TlsPolicy) -> Fix:
    where = f"{scope_flag(policy)} --project={policy.project}"
    return Fix(
        summary="Tighten the policy; every proxy that has it changes with it.",
        gcloud=(f"gcloud compute ssl-policies update {policy.short} {_flags(params)} {where}",),
        terraform=_terraform(params),
    )


def _flags(params: TlsPolicy) -> str:
    """Only RESTRICTED goes with TLS 1.3, only TLS 1.2 with FIPS_202205."""
    version = params.min_version.removeprefix("TLS_").replace("_", ".")
    return f"--profile={_profile(params)} --min-tls-version={version}"


def _terraform(params: TlsPolicy) -> str:
    fields = ('name            = "tls"', f'profile         = "{_profile(params)}"')
    lines = (*fields, f'min_tls_version = "{params.min_version}"')
    return 'resource "google_compute_ssl_policy" "tls" {\n' + "".join(f"  {line}\n" for line in lines) + "}"


def _profile(params: TlsPolicy) -> str:
    return "RESTRICTED" if params.min_version == "TLS_1_3" else params.profile
