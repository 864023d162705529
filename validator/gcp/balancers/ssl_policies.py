"""What TLS a proxy accepts: its SSL policy, or Google's default where it has none.

https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from validator.gcp.balancers.scoping import beside
from validator.gcp.names import Names
from validator.model.loadbalancer import MESH, ForwardingRule, SslPolicy, TargetHttpsProxy, TargetSslProxy
from validator.model.table import Table

#: From the weakest to the strictest.
VERSIONS = ("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3")
#: From the weakest to the strictest, each a subset of the one before.
PROFILES = ("COMPATIBLE", "MODERN", "RESTRICTED", "FIPS_202205")
Version = Literal["TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"]
Profile = Literal["COMPATIBLE", "MODERN", "RESTRICTED", "FIPS_202205"]
TlsProxy = TargetHttpsProxy | TargetSslProxy


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy lets clients negotiate; "" where this tool does not know the policy's word for it."""

    version: str
    #: The strictest of `PROFILES` that holds every cipher suite of the policy.
    profile: str
    #: Cipher suites of a CUSTOM policy.
    features: tuple[str, ...] = ()


class SslPolicies:
    """A fact: which proxies serve, and their SSL policies."""

    def __init__(self, names: Names, policies: Table[SslPolicy], rules: Table[ForwardingRule]) -> None:
        self._names = names
        self._policies = {names.full(row.path, row.project, ""): row for row in policies}
        self._served = frozenset(
            names.full(rule.target, rule.project, beside(rule, "targetHttpsProxies"))
            for rule in rules
            # Traffic Director's own proxies end no TLS by such a policy.
            if rule.load_balancing_scheme != MESH
        )

    @classmethod
    def derive(cls, *, names: Names, policies: Table[SslPolicy], rules: Table[ForwardingRule]) -> SslPolicies:
        """From the policies of the project and its forwarding rules."""
        return cls(names, policies, rules)

    def serves(self, proxy: TlsProxy) -> bool:
        """Whether a forwarding rule leads to the proxy."""
        return self._names.full(proxy.path, proxy.project, "") in self._served

    def name(self, proxy: TlsProxy) -> str:
        """Canonical full name of the proxy's policy; "" where it has none."""
        return self._names.full(proxy.ssl_policy, proxy.project, beside(proxy, "sslPolicies"))

    def of(self, proxy: TlsProxy) -> SslPolicy | None:
        """The proxy's policy, if there is one of that name."""
        return self._policies.get(self.name(proxy))


def offer(policy: SslPolicy) -> Offer:
    """What the policy lets clients negotiate.

    Authenticated ciphers came with TLS 1.2, so a policy with no others admits nothing older, whatever it says.
    https://www.rfc-editor.org/rfc/rfc5288
    """
    features = (policy.enabled_features or policy.custom_features) if policy.profile == "CUSTOM" else ()
    named = policy.profile or "COMPATIBLE"
    profile = _holding(features) if named == "CUSTOM" else named if named in PROFILES else ""
    said = policy.min_tls_version or "TLS_1_0"
    version = said if said in VERSIONS else ""
    if version in ("TLS_1_0", "TLS_1_1") and profile in ("RESTRICTED", "FIPS_202205"):
        version = "TLS_1_2"
    return Offer(version=version, profile=profile, features=features)


def _holding(features: Iterable[str]) -> str:
    """The strictest profile that holds all the cipher suites; "" where none is told."""
    weakest = [_profile_of(feature) for feature in features]
    return min(weakest, key=PROFILES.index, default="")


def _profile_of(suite: str) -> str:
    """Forward secrecy makes a cipher suite MODERN, with an authenticated cipher it is RESTRICTED; GCM alone is FIPS."""
    if not suite.startswith(("TLS_ECDHE_", "TLS_AES_", "TLS_CHACHA20_")):
        return "COMPATIBLE"
    if "_CHACHA20_" in suite:
        return "RESTRICTED"
    return "FIPS_202205" if "_GCM_" in suite else "MODERN"
