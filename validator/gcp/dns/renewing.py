"""How a managed certificate proves its domains when it is renewed: where it is attached, and what DNS must say.

https://cloud.google.com/certificate-manager/docs/domain-authorization
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from validator.gcp.certificates.held import Held, held_of
from validator.gcp.certificates.issuance import never_issued
from validator.gcp.certificates.names import normal
from validator.gcp.certificates.uses import CertificateUses, Use
from validator.gcp.dns.answers import Answers, same
from validator.gcp.dns.authorizing import Obstacle, by_address, by_caa, by_record
from validator.gcp.dns.vantage import networks_around
from validator.gcp.dns.zones import is_within, networks_of
from validator.gcp.names import Names
from validator.gcp.observed.lookup import Lookup
from validator.gcp.paths.ends.sources import Sources
from validator.model.certificate import DnsAuthorization, ManagerCertificate, SslCertificate
from validator.model.dns import DnsZone
from validator.model.environment import Environment
from validator.model.fix import Fix
from validator.model.loadbalancer import ForwardingRule
from validator.model.table import Maybe, Partial, Table

#: Compute Engine's certificates, and Certificate Manager's global ones, come from Google or else from Let's Encrypt.
#: https://cloud.google.com/certificate-manager/docs/how-it-works
_GOOGLE, _EITHER = ("pki.goog",), ("pki.goog", "letsencrypt.org")
_PROXIES = ("/targetHttpsProxies/", "/targetSslProxies/")


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate's next renewal."""

    held: Held
    #: The names it is asked for, as the API has them.
    domains: tuple[str, ...]
    issuers: tuple[str, ...]
    answers: Answers
    #: DNS authorisations by full name, None for one that was not found; empty where the load balancer proves domains.
    authorizations: Mapping[str, DnsAuthorization | None]
    #: Public addresses that show it on 443, each with its forwarding rule's name.
    serving: Mapping[str, str]
    use: Use
    #: Private zones that may have answered instead of the public ones.
    shadowing: tuple[str, ...]

    @property
    def moot(self) -> str:
        """Why Google will not renew it, whatever DNS says; "" where it will try."""
        if not self.held.managed:
            return f"{self.held.label} was uploaded"
        if self.held.private or not self.domains:
            return f"{self.held.label} is issued by a private authority"
        return f"{self.held.label} {why}" if (why := never_issued(self.held)) else ""

    @property
    def unused(self) -> bool:
        """Whether nobody is shown it, so that nobody is hurt by its end."""
        return self.use.unused

    @property
    def unattached(self) -> Obstacle | None:
        """Why no load balancer can prove anything; None where one can, or need not."""
        if self.authorizations or self.serving:
            return None
        fix = Fix(summary="Attach it to an HTTPS or SSL proxy behind an external forwarding rule on port 443.")
        if self.use.unused:
            return Obstacle(code="CERTIFICATE_NOT_ATTACHED", words=self.use.words, fix=fix)
        proxies = [user for user in self.use.users if any(kind in user for kind in _PROXIES)]
        if self.use.certain and proxies == list(self.use.users):
            words = "no external forwarding rule on port 443 leads to a proxy that has it"
            return Obstacle(code="CERTIFICATE_NOT_ON_443", words=words, fix=fix, evidence=self.use.users)
        words = f"what shows it was not read ({', '.join(self.use.users) or 'proxies, maps or forwarding rules'})"
        return Obstacle(code="ATTACHMENT_NOT_READ", words=words, fix=fix, evidence=self.use.users, certain=False)

    @property
    def proof(self) -> str:
        """Why it will be renewed."""
        how = "the records of its DNS authorisations are there"
        if not self.authorizations:
            how = f"every address is one that shows it on 443 ({', '.join(self.serving)})"
        return f"{listed(self.domains)}: {how}, and CAA records permit {' or '.join(self.issuers)}"

    def obstacles(self, domain: str) -> Iterator[Obstacle]:
        """What would keep the domain from being authorised, or may do."""
        zones = [zone for zone in self.shadowing if is_within(normal(domain), normal(zone))]
        if zones and self.answers.within:
            which = ", ".join(filter(None, zones)) or "not all of which were read"
            words = f"it was looked up inside the VPC, where a private zone may answer ({which})"
            fix = Fix(summary="Look names up where authorities do: `probes: {resolver: 8.8.8.8}` in the environment.")
            yield Obstacle(code="LOOKED_UP_INSIDE", words=words, fix=fix, certain=False)
            return
        if self.authorizations or domain.startswith("*."):
            yield from self._by_record(domain)
        elif self.serving:
            yield from by_address(domain, self.serving, self.answers)
        yield from by_caa(domain, self.issuers, self.answers)

    def _by_record(self, domain: str) -> Iterator[Obstacle]:
        wanted = normal(domain).removeprefix("*.")
        found = [one for one in self.authorizations.values() if one and is_within(wanted, normal(one.domain))]
        if found:
            yield from by_record(domain, max(found, key=lambda one: len(one.domain)), self.answers)
            return
        lost = [path for path, one in self.authorizations.items() if one is None]
        code, words = "DNS_AUTHORIZATION_MISSING", "none of its DNS authorisations is for it"
        if lost:
            code, words = "DNS_AUTHORIZATION_NOT_READ", f"{', '.join(lost)} was not found among those that were read"
        fix = Fix(summary=f"Create a DNS authorisation for {wanted}, and a certificate that names it.")
        yield Obstacle(code=code, words=words, fix=fix, evidence=tuple(self.authorizations), certain=not lost)


class Renewals:
    """A fact: how each certificate proves its domains."""

    def __init__(
        self,
        names: Names,
        uses: CertificateUses,
        rules: Iterable[ForwardingRule],
        authorizations: Iterable[DnsAuthorization],
        zones: Partial[DnsZone],
        *,
        networks: frozenset[str],
    ) -> None:
        self._names = names
        self._uses = uses
        self._rules = tuple(rules)
        self._authorizations = {names.full(one.path, one.project, ""): one for one in authorizations}
        private = (zone for zone in zones if zone.visibility == "private")
        seen = (one for one in private if not networks or networks.intersection(networks_of(one, names)))
        #: "" is above every name: any may have a private zone where not all were read.
        self._shadowing = tuple(sorted({zone.dns_name for zone in seen})) if zones.complete else ("",)

    @classmethod
    def derive(
        cls,
        *,
        environment: Environment,
        names: Names,
        uses: CertificateUses,
        rules: Table[ForwardingRule],
        authorizations: Table[DnsAuthorization],
        zones: Partial[DnsZone],
        sources: Maybe[Sources],
    ) -> Renewals:
        """From where certificates are used, DNS authorisations, and the private zones that the machine of probes sees.

        All of them where it is not declared what that is to the network, or that was not read.
        """
        around = networks_around(environment, sources)
        return cls(names, uses, rules, authorizations, zones, networks=around)

    def of(self, one: SslCertificate | ManagerCertificate, lookups: Iterable[Lookup]) -> Renewal:
        """The renewal of a certificate of either kind."""
        held = held_of(one, self._names)
        use, managed = self._uses.of(held), one.managed
        both = held.classic or (isinstance(one, ManagerCertificate) and _falls_back(one))
        return Renewal(
            held=held,
            domains=managed.domains if managed else (),
            issuers=_EITHER if both else _GOOGLE,
            answers=Answers(lookups),
            authorizations=self._named(one) if isinstance(one, ManagerCertificate) else {},
            serving=self._serving(use),
            use=use,
            shadowing=self._shadowing,
        )

    def _named(self, one: ManagerCertificate) -> dict[str, DnsAuthorization | None]:
        named = one.managed.dns_authorizations if one.managed else ()
        paths = [self._names.full(text, one.project, "") for text in named]
        return {path: self._authorizations.get(path) for path in paths}

    def _serving(self, use: Use) -> dict[str, str]:
        """An authority reaches public addresses alone."""
        return {
            same(rule.ip_address): rule.short
            for rule in self._rules
            if rule.answers(443)
            and rule.external
            and self._names.full(rule.target, rule.project, "global/targetHttpsProxies") in use.users
        }


def listed(domains: Sequence[str]) -> str:
    """The first of them: "a.example, b.example, c.example and 4 more"."""
    return ", ".join(domains[:3]) + (f" and {len(domains) - 3} more" if domains[3:] else "")


def _falls_back(one: ManagerCertificate) -> bool:
    return one.location in ("", "global") and one.scope in ("", "DEFAULT")
