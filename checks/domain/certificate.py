"""The domain is covered by a certificate in force wherever a client may ask for it.

Why:
    A certificate for *.example.com does not cover api.staging.example.com: a wildcard stands for exactly one
    label, although the same pattern in a URL map routes it. The failure is the client's, at the handshake, and
    no log of the service shows it. How near the certificate's end is, domain.expiry says; what keeps a managed one
    from being issued or renewed, domain.managed-status.

Remediation:
    Create a certificate that names the domain (or the wildcard of its own parent, with Certificate Manager and
    a DNS authorisation) and attach it to the proxy, beside the ones that are there.

References:
    https://www.rfc-editor.org/rfc/rfc9525
    https://cloud.google.com/load-balancing/docs/ssl-certificates
    https://cloud.google.com/certificate-manager/docs/certificate-selection-logic
    https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.check import Fix, Moment, Proof, Severity, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificates.commands import (
    add_entry,
    attach,
    describe,
    drop_list,
    terraform_certificate,
    terraform_entry,
)
from validator.gcp.certificates.endpoints import TlsEndpoint, TlsEndpoints
from validator.gcp.certificates.flaws import flaws
from validator.gcp.certificates.health import Ailing, Ailment, ailment
from validator.gcp.certificates.held import Held, near_misses
from validator.gcp.certificates.selection import Certificates, Presented, Proxy
from validator.gcp.loadbalancers import LoadBalancers
from validator.model.endpoints import is_address
from validator.model.loadbalancer import Domain
from validator.model.resource import last

#: How many of the names that do not cover a domain a message shows.
_SHOWN = 3


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A domain on one of the proxies that answer it, and what that one shows."""

    host: str
    proxy: Proxy
    shown: Presented
    known: Certificates
    moment: Moment

    @property
    def evidence(self) -> tuple[str, ...]:
        """The proxy and everything it shows."""
        entry = (self.shown.entry.path,) if self.shown.entry else (self.shown.map,) if self.shown.map else ()
        return (self.proxy.path, *entry, *(one.path for one in self.shown.held))

    @property
    def at_hand(self) -> tuple[Held, ...]:
        """What the proxy may choose from; of an address no name is asked, so it shows the primary one."""
        return self.shown.selection(self.host).candidates if is_address(self.host) else self.shown.held

    @property
    def covering(self) -> list[Held]:
        """Those of them that cover the host, issued or not."""
        return [held for held in self.at_hand if held.covers(self.host)]


@check(severity=Severity.ERROR)
def domain_certificate(
    domain: Domain, *, endpoints: TlsEndpoints, balancers: LoadBalancers, certificates: Certificates, moment: Moment
) -> Verdicts:
    """Every proxy that is meant for the domain shows a certificate that covers it."""
    meant = endpoints.serving(domain.name)
    if not any(one.port == 443 or one.url_map is None for one in meant):
        yield _unanswered(domain, balancers)
    judged = {}
    for proxy in dict.fromkeys(endpoint.proxy for endpoint in meant):
        shown = certificates.presented(proxy, domain.name)
        asked = Asked(host=domain.name, proxy=proxy, shown=shown, known=certificates, moment=moment)
        judged[proxy] = list(_judge(asked))
    refused = [proxy for proxy, found in judged.items() if any(_refuses(one) for one in found)]
    if refused and len(refused) < len(judged) and _strangers(domain, meant):
        yield _ambiguous(domain, list(judged), refused)
        return
    for found in judged.values():
        yield from found


def _refuses(verdict: Verdict) -> bool:
    """Whether the verdict is worse than a remark beside a good certificate."""
    return isinstance(verdict, Undecided) or (isinstance(verdict, Violation) and verdict.severity is None)


def _strangers(domain: Domain, meant: tuple[TlsEndpoint, ...]) -> bool:
    """Whether the endpoints may be different products: not all name it, and they are not one map's (IPv4, IPv6)."""
    maps = {one.url_map.path if one.url_map else one.proxy.path for one in meant}
    return len(maps) > 1 and not all(one.names(domain.name) for one in meant)


def _unanswered(domain: Domain, balancers: LoadBalancers) -> Verdict:
    evidence = (f"projects/{domain.project}", domain.path)
    if is_address(domain.name):
        message = f"No load balancer of the project takes TLS at {domain.name}:443; whoever else does is not read."
        return Undecided(code="ADDRESS_NOT_JUDGED", message=message, evidence=evidence)
    if unseen := balancers.unseen(domain.name):
        message = f"What certificate {domain.name} gets is not known: {unseen.words}."
        fix = Fix(summary="Judge the project whose load balancer answers it; see the finding of domain.routing.")
        return Undecided(code=unseen.code, message=message, evidence=(*evidence, *unseen.evidence), fix=fix)
    return Violation(
        code="NO_HTTPS_PROXY",
        message=f"No HTTPS proxy behind a forwarding rule on 443 answers {domain.name}: no certificate covers it.",
        evidence=evidence,
        fix=Fix(summary="See the finding of domain.routing: the load balancer comes first."),
    )


def _ambiguous(domain: Domain, proxies: list[Proxy], refused: list[Proxy]) -> Undecided:
    good = ", ".join(proxy.short for proxy in proxies if proxy not in refused)
    bad = ", ".join(proxy.short for proxy in refused)
    message = (
        f"Several proxies answer {domain.name}, some by default only: {good} with a good certificate, {bad} without."
    )
    fix = Fix(summary=f"Name {domain.name} in a host rule of the URL map that is meant for it.")
    return Undecided(code="SEVERAL_PROXIES", message=message, evidence=tuple(p.path for p in proxies), fix=fix)


def _judge(asked: Asked) -> Iterator[Verdict]:
    foreign = list(_foreign(asked))
    yield from foreign
    if asked.covering:
        yield from _entry(asked)
        yield from _covered(asked)
    elif is_address(asked.host) and any(held.chain is None for held in asked.at_hand):
        message = (
            f"The API does not give the certificate that {asked.proxy.short} shows, and only that holds addresses."
        )
        yield Undecided(code="ADDRESS_NOT_JUDGED", message=message, evidence=asked.evidence)
    elif not foreign:
        yield _uncovered(asked)
    if asked.shown.map and asked.proxy.ssl_certificates:
        yield _dead_list(asked)


def _foreign(asked: Asked) -> Iterator[Undecided]:
    """Certificates or a map of another project: the proxy may show them, and nothing is known of them."""
    for path in asked.shown.foreign:
        message = f"{asked.proxy.short} shows {path}, which is another project's and not read."
        yield Undecided(code="CERTIFICATE_IN_ANOTHER_PROJECT", message=message, evidence=(*asked.evidence, path))


def _dead_list(asked: Asked) -> Violation:
    names = ", ".join(last(text) for text in asked.proxy.ssl_certificates)
    return Violation(
        code="CERTIFICATE_LIST_OVERRIDDEN",
        message=f"{asked.proxy.short} lists {names}, but its map {last(asked.shown.map)} overrides the list.",
        evidence=(asked.proxy.path, asked.shown.map),
        severity=Severity.INFO,
        fix=Fix(summary="Empty the list, so that nobody counts on it.", gcloud=(drop_list(asked.proxy),)),
    )


def _entry(asked: Asked) -> Iterator[Verdict]:
    entry = asked.shown.entry
    if entry and entry.state == "PENDING":
        message = f"The map entry {entry.short} for {asked.host} is PENDING: it is not served everywhere yet."
        yield Violation(code="CERTIFICATE_MAP_ENTRY_PENDING", message=message, evidence=asked.evidence)
    elif entry and entry.state != "ACTIVE":
        state = entry.state or "in no known state"
        message = f"The map entry {entry.short} for {asked.host} is {state}; expected ACTIVE."
        yield Undecided(code="CERTIFICATE_MAP_ENTRY_STATE", message=message, evidence=asked.evidence)


def _covered(asked: Asked) -> Iterator[Verdict]:
    found = [(held, ailment(held, asked.host, asked.moment)) for held in asked.covering]
    healthy = [held for held, wrong in found if wrong is None]
    for held, wrong in found:
        if wrong and (not healthy or wrong.kind in (Ailing.EXPIRED, Ailing.NOT_YET_VALID)):
            yield _ailing(asked, held, wrong, remark=bool(healthy))
    for held in healthy:
        yield from _flawed(asked, held)
        ends = f" until {held.expires.date().isoformat()}" if held.expires else ""
        yield Proof(message=f"{asked.proxy.short} shows {held.short}{ends}", evidence=(asked.proxy.path, held.path))


def _flawed(asked: Asked, held: Held) -> Iterator[Violation]:
    for flaw in flaws(held):
        yield Violation(
            code=flaw.code,
            message=f"Certificate {held.short}, which covers {asked.host} on {asked.proxy.short}, {flaw.words}.",
            evidence=(asked.proxy.path, held.path),
            severity=Severity.WARNING,
            fix=Fix(summary=flaw.mend, gcloud=(describe(held),)),
        )


def _ailing(asked: Asked, held: Held, wrong: Ailment, *, remark: bool) -> Verdict:
    message = f"Certificate {held.short}, which covers {asked.host} on {asked.proxy.short}, {wrong.words}."
    evidence = (asked.proxy.path, held.path)
    if wrong.kind is Ailing.EXPIRY_UNKNOWN:
        return Undecided(code=wrong.kind, message=message, evidence=evidence)
    severity = Severity.WARNING if remark else None
    fix = Fix(summary=_remedy(held, wrong), gcloud=(describe(held),))
    return Violation(code=wrong.kind, message=message, evidence=evidence, severity=severity, fix=fix)


def _remedy(held: Held, wrong: Ailment) -> str:
    if wrong.kind is Ailing.NEVER_ISSUED:
        return "Create a Certificate Manager certificate with a DNS authorisation, or name every host outright."
    if held.managed:
        return "See the finding of domain.managed-status for what keeps it from being issued or renewed."
    if wrong.kind is Ailing.NOT_YET_VALID:
        return "Attach one that is valid now beside it."
    return "Upload the renewed certificate under a new name and attach it instead."


def _uncovered(asked: Asked) -> Violation:
    if asked.shown.map and not asked.shown.entry:
        code = "CERTIFICATE_MAP_WITHOUT_ENTRY"
        message = (
            f"The map {last(asked.shown.map)} of {asked.proxy.short} has no entry for {asked.host},"
            " none for its wildcard and no PRIMARY one: the handshake fails."
        )
    else:
        code = "DOMAIN_NOT_COVERED"
        message = f"{asked.host} is not covered by what {asked.proxy.short} shows: {_near_misses(asked)}."
    unused = [held for held in _elsewhere(asked) if held.classic is not bool(asked.shown.map)]
    hint = f" Certificate {unused[0].short} covers it, but is not attached there." if unused else _overridden(asked)
    fix = _fix(asked, unused[0] if unused else None)
    return Violation(code=code, message=message + hint, evidence=asked.evidence, fix=fix)


def _elsewhere(asked: Asked) -> list[Held]:
    """Certificates that cover the host, and that this proxy does not show for it."""
    return [held for held in asked.known.all if held.covers(asked.host) and held not in asked.shown.held]


def _overridden(asked: Asked) -> str:
    listed = {last(text) for text in asked.proxy.ssl_certificates} if asked.shown.map else set()
    found = [held.short for held in _elsewhere(asked) if held.classic and held.short in listed]
    return f" The map overrides the proxy's own certificate {found[0]}, which covers it." if found else ""


def _near_misses(asked: Asked) -> str:
    lost = [f"{last(path)} does not exist" for path in asked.shown.missing]
    names = near_misses(asked.shown.held, asked.host)
    more = [f"and {len(names) - _SHOWN} other names"] if len(names) > _SHOWN else []
    return "; ".join((*lost, *names[:_SHOWN], *more)) or "it has no certificate"


def _fix(asked: Asked, unused: Held | None) -> Fix:
    proxy, there = asked.proxy, unused.short if unused else ""
    if asked.shown.map:
        name = last(asked.shown.map)
        return Fix(
            summary=f"Give the map an entry for {asked.host}.",
            gcloud=add_entry(name, proxy.project, asked.host, there),
            terraform=terraform_entry(name, asked.host, there),
        )
    classic = all("/sslCertificates/" in text for text in proxy.ssl_certificates) and (not unused or unused.classic)
    if not classic or proxy.location not in ("", "global") or is_address(asked.host):
        return Fix(summary=f"Attach a certificate that names {asked.host} to {proxy.short}, beside those it has.")
    return Fix(
        summary=f"Attach a certificate that names {asked.host}; the old ones stay in the list.",
        gcloud=attach(proxy, asked.host, there),
        terraform=terraform_certificate(asked.host),
    )
