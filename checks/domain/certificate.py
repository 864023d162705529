"""The domain is covered by a certificate in force wherever a client may ask for it.

Why:
    A certificate for *.example.com does not cover api.staging.example.com: a wildcard stands for exactly one
    label, although the same pattern in a URL map routes it. So a wildcard host rule must find the same wildcard in a
    certificate, unless host rules name the hosts outright. The failure is the client's, at the handshake, and
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

from collections.abc import Collection, Iterator

import msgspec

from validator.check import (
    Fix,
    Moment,
    Proof,
    Severity,
    Skip,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
    verdict_of,
)
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.balancers.mappings import MAPPED
from validator.gcp.certificates.commands import describe, drop_list
from validator.gcp.certificates.covering import cover
from validator.gcp.certificates.endpoints import TlsEndpoint, TlsEndpoints
from validator.gcp.certificates.flaws import flaws
from validator.gcp.certificates.health import Ailing, Ailment, ailment, ailment_for_any
from validator.gcp.certificates.held import Held, near_misses
from validator.gcp.certificates.issuance import never_issued
from validator.gcp.certificates.names import below
from validator.gcp.certificates.selection import Certificates, Presented, Proxy
from validator.model.endpoints import is_address
from validator.model.environment import Environment
from validator.model.loadbalancer import ANY_HOST, Domain
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
    #: Whether the environment itself names the domain, rather than a host rule alone.
    declared: bool

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
        """Those of them that cover the host, issued or not; a wildcard is covered by the same wildcard alone."""
        return [held for held in self.at_hand if held.covers(self.host)]

    @property
    def covered_below(self) -> list[str]:
        """Of a wildcard host rule, the names with one label in its place that certificates of the proxy hold."""
        if not self.host.startswith("*"):
            return []
        names = (name for held in self.known.every(self.proxy) for name in held.names)
        return sorted({name for name in names if below(name, self.host)})

    def serves(self, name: str) -> bool:
        """Whether the proxy shows a certificate in force for another name."""
        held = self.known.presented(self.proxy, name).held
        return any(one.covers(name) and not ailment(one, name, self.moment) for one in held)


@check(severity=Severity.ERROR)
def domain_certificate(
    domain: Domain,
    *,
    environment: Environment,
    endpoints: TlsEndpoints,
    balancers: LoadBalancers,
    certificates: Certificates,
    moment: Moment,
) -> Verdicts:
    """Every proxy that is meant for the domain shows a certificate that covers it."""
    if mapping := balancers.mapping(domain.name):
        yield verdict_of(MAPPED, domain.name, (mapping,))
        return
    meant = endpoints.serving(domain.name)
    if domain.name == ANY_HOST:
        yield from _any_host(dict.fromkeys(endpoint.proxy for endpoint in meant), certificates, moment)
        return
    found = list(_named(domain, meant, balancers, certificates, moment, declared=bool(environment.domains)))
    doubt = balancers.perhaps_mapped(domain.name)
    if doubt and any(_refuses(one) for one in found):
        yield verdict_of(doubt, domain.name, (domain.path,))
    else:
        yield from found


def _named(
    domain: Domain,
    meant: tuple[TlsEndpoint, ...],
    balancers: LoadBalancers,
    certificates: Certificates,
    moment: Moment,
    *,
    declared: bool,
) -> Iterator[Verdict]:
    if not any(one.port == 443 or one.url_map is None for one in meant):
        yield _unanswered(domain, balancers)
    judged = {}
    for proxy in dict.fromkeys(endpoint.proxy for endpoint in meant):
        shown = certificates.presented(proxy, domain.name)
        asked = Asked(host=domain.name, proxy=proxy, shown=shown, known=certificates, moment=moment, declared=declared)
        judged[proxy] = list(_judge(asked))
    refused = [proxy for proxy, found in judged.items() if any(_refuses(one) for one in found)]
    if refused and len(refused) < len(judged) and _strangers(domain, meant):
        yield _ambiguous(domain, list(judged), refused)
        return
    for found in judged.values():
        yield from found


def _any_host(proxies: Collection[Proxy], known: Certificates, moment: Moment) -> Iterator[Verdict]:
    """What can be said without a name: that each proxy has a certificate in force."""
    if not proxies:
        yield Skip(code="NO_HTTPS_PROXY", message="no URL map behind a forwarding rule answers any host")
    for proxy in proxies:
        held = known.every(proxy)
        wrong = [found for one in held if (found := ailment_for_any(one, moment))]
        lost = known.presented(proxy, "").foreign
        if not lost and len(wrong) == len(held) and not any(one.kind is Ailing.EXPIRY_UNKNOWN for one in wrong):
            why = "; ".join(f"{one.short} {found.words}" for one, found in zip(held, wrong, strict=True))
            yield Violation(
                code="NO_CERTIFICATE_IN_FORCE",
                message=f"{proxy.short} has no certificate in force for any host: {why or 'it has none at all'}.",
                evidence=(proxy.path, *(one.path for one in held)),
                fix=Fix(summary=f"Attach a certificate for the names that {proxy.short} serves."),
            )
        names = list(dict.fromkeys(name for one in held for name in one.names))
        some = f" It has certificates for {', '.join(names[:_SHOWN])}{' …' if names[_SHOWN:] else ''}." if names else ""
        yield Violation(
            code="ANY_HOST",
            message=f"{proxy.short} takes any host; nothing tells which names it must serve, so none is judged.{some}",
            evidence=(proxy.path,),
            severity=Severity.INFO,
            fix=Fix(summary="Declare them as the `domains` of the environment, or name them in host rules."),
        )


def _refuses(verdict: Verdict) -> bool:
    """Whether the verdict is worse than a remark beside a good certificate."""
    return isinstance(verdict, Undecided) or (isinstance(verdict, Violation) and verdict.severity is None)


def _strangers(domain: Domain, meant: tuple[TlsEndpoint, ...]) -> bool:
    """Whether the endpoints may be different products: not all name it, and they are not one map's (IPv4, IPv6)."""
    return len({one.decider for one in meant}) > 1 and not all(one.names(domain.name) for one in meant)


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
    elif some := asked.covered_below:
        yield _partly(asked, some)
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
        ends = f" until {held.ends}" if held.ends else ""
        yield Proof(message=f"{asked.proxy.short} shows {held.short}{ends}", evidence=(asked.proxy.path, held.path))


def _flawed(asked: Asked, held: Held) -> Iterator[Violation]:
    for flaw in flaws(held, asked.moment):
        yield Violation(
            code=flaw.code,
            message=f"Certificate {held.short}, which covers {asked.host} on {asked.proxy.short}, {flaw.words}.",
            evidence=(asked.proxy.path, held.path),
            severity=None if flaw.fatal else Severity.WARNING,
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
    if held.ends_with:
        return "Upload it again under a new name with the intermediates that its authority gives out now."
    if held.managed:
        return "See the finding of domain.managed-status for what keeps it from being issued or renewed."
    if wrong.kind is Ailing.NOT_YET_VALID:
        return "Attach one that is valid now beside it."
    return "Upload the renewed certificate under a new name and attach it instead."


def _partly(asked: Asked, some: list[str]) -> Verdict:
    """A remark where nobody declares the wildcard, and each name below it that a certificate holds is served."""
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    message = (
        f"The host rule {asked.host} takes every name of its kind, but what {asked.proxy.short} shows covers"
        f" {', '.join(some[:_SHOWN])}{more} only; whether others are used is not known."
    )
    fix = Fix(
        summary=f"Declare the names that are used as the `domains` of the environment; or attach a certificate for"
        f" *.{asked.host.partition('.')[2]}, or let host rules name the hosts outright."
    )
    code = "WILDCARD_PARTLY_COVERED"
    if asked.declared or not all(map(asked.serves, some)):
        return Undecided(code=code, message=message, evidence=asked.evidence, fix=fix)
    return Violation(code=code, message=message, evidence=asked.evidence, severity=Severity.INFO, fix=fix)


def _uncovered(asked: Asked) -> Violation:
    if asked.shown.map and not asked.shown.entry:
        code = "CERTIFICATE_MAP_WITHOUT_ENTRY"
        wider = "" if asked.host.startswith("*") else ", none for its wildcard"
        message = (
            f"The map {last(asked.shown.map)} of {asked.proxy.short} has no entry for {asked.host}{wider} and no"
            " PRIMARY one: the handshake fails."
        )
    else:
        code = "DOMAIN_NOT_COVERED"
        message = f"{asked.host} is not covered by what {asked.proxy.short} shows: {_near_misses(asked)}."
    unused = [held for held in _elsewhere(asked) if held.classic is not bool(asked.shown.map)]
    hint = f" Certificate {unused[0].short} covers it, but is not attached there." if unused else _overridden(asked)
    fix = cover(asked.proxy, asked.shown.map, asked.host, unused[0] if unused else None)
    return Violation(code=code, message=message + hint, evidence=asked.evidence, fix=fix)


def _elsewhere(asked: Asked) -> list[Held]:
    """Certificates that cover the host, and that this proxy does not show for it."""
    fit = (held for held in asked.known.all if held.covers(asked.host) and not never_issued(held))
    return [held for held in fit if held not in asked.shown.held]


def _overridden(asked: Asked) -> str:
    listed = {last(text) for text in asked.proxy.ssl_certificates} if asked.shown.map else set()
    found = [held.short for held in _elsewhere(asked) if held.classic and held.short in listed]
    return f" The map overrides the proxy's own certificate {found[0]}, which covers it." if found else ""


def _near_misses(asked: Asked) -> str:
    lost = [f"{last(path)} does not exist" for path in asked.shown.missing]
    names = near_misses(asked.shown.held, asked.host)
    more = [f"and {len(names) - _SHOWN} other names"] if len(names) > _SHOWN else []
    return "; ".join((*lost, *names[:_SHOWN], *more)) or "it has no certificate"
