"""DNS leads the domain to the forwarding rules that serve it, and nowhere else.

Why:
    A name with a right A record and a stale AAAA record fails for everybody on IPv6 and for nobody in the office. A
    zone that is edited but not delegated changes nothing. An address that was let go, or an alias to a name that is
    gone, belongs to whoever takes it next, with your name on it.

Remediation:
    Point every A and AAAA record at an address of the load balancer, delete those that lead elsewhere, and let the
    parent zone name the zone's own name servers. Name the ranges of a CDN that stands in front with `proxies`.

References:
    https://cloud.google.com/dns/docs/set-up-dns-records-domain-name
    https://cloud.google.com/dns/docs/update-name-servers
    https://cloud.google.com/dns/docs/best-practices-dangling
    https://cloud.google.com/dns/docs/zones/zones-overview
    https://cloud.google.com/dns/docs/routing-policies-overview
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from validator.check import (
    Fix,
    Params,
    Partial,
    Proof,
    Severity,
    Skip,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.names import normal
from validator.gcp.dns.answers import ADDRESS_TYPES, Answers, cause
from validator.gcp.dns.commands import of_family, record_set, terraform
from validator.gcp.dns.holders import Holders, Holding
from validator.gcp.dns.question import Question
from validator.gcp.dns.views import View, Zones
from validator.gcp.dns.zones import bare
from validator.gcp.loadbalancers import LoadBalancers
from validator.gcp.observed.lookup import Lookup
from validator.model.dns import DnsZone
from validator.model.endpoints import is_address
from validator.model.loadbalancer import Domain, ForwardingRule
from validator.model.resource import last

_CODES = {Holding.IDLE: "DNS_TO_IDLE_ADDRESS", Holding.PROXY: "DNS_TO_OTHER_RULE"}


class DomainDns(Params, frozen=True):
    """Who else may stand in front of the load balancers."""

    #: Ranges of a CDN or proxy of another party, such as "104.16.0.0/13": an address among them is no stray.
    proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        for text in self.proxies:
            ipaddress.ip_network(text)


@check(severity=Severity.ERROR)
def domain_dns(
    domain: Domain,
    *,
    endpoints: TlsEndpoints,
    balancers: LoadBalancers,
    holders: Holders,
    zones: Zones,
    lookups: Partial[Lookup],
    params: DomainDns,
) -> Verdicts:
    """Every answer that any source gives for the domain is an address that serves it."""
    if is_address(domain.name):
        yield Skip(code="NOT_A_NAME", message=f"{domain.name} is an address: no name leads to it.")
        return
    asked = Question(
        name=normal(domain.name),
        rules=_serving(domain, endpoints, balancers),
        zones=zones,
        answers=Answers(lookups),
        proxies=tuple(ipaddress.ip_network(text) for text in params.proxies),
    )
    if not asked.rules:
        yield from _unserved(asked, holders, balancers)
        return
    found = list(dict.fromkeys(verdict for view in asked.deciding() for verdict in _judge(asked, view, holders)))
    found = found or list(_open(asked))
    yield from found or (_proof(asked, view) for view in asked.deciding() if view.found)
    yield from _beside(asked, clean=not found)


def _serving(domain: Domain, endpoints: TlsEndpoints, balancers: LoadBalancers) -> tuple[ForwardingRule, ...]:
    """Those that are meant for the domain, and those whose URL map has no host rules: they are meant for any."""
    meant = [one.rule for one in endpoints.serving(domain.name) if one.rule.answers(443)]
    claimed = [front.rule for front in balancers.fronts if front.way(domain.name).claimed]
    return tuple(dict.fromkeys((*meant, *claimed)))


def _judge(asked: Question, view: View, holders: Holders) -> Iterator[Verdict]:
    """Each address of the view that is not right, or that there is none."""
    if view.lost_alias:
        yield _dangling(asked, view)
    elif not view.found and not view.open:
        yield _missing(asked, view)
    strays = asked.strays(view)
    for text in strays:
        yield _stray(asked, view, text, holders, alone=len(strays) == len(view.addresses))


def _stray(asked: Question, view: View, text: str, holders: Holders, *, alone: bool) -> Verdict:
    holder, right = holders.of(text), _spelled(asked, view)
    message = (
        f"{_where(view)} leads {asked.name} to {text}, which {holder.words}; it is served at {right or 'nothing'}."
    )
    evidence, fix = (*view.evidence, *holder.evidence), _correct(asked, view, text)
    if holder.holding is Holding.OPAQUE:
        return Undecided(code="DNS_TO_OPAQUE_RULE", message=message, evidence=evidence, fix=fix)
    if holder.holding is Holding.STRANGER and alone:
        # All of them may be a CDN's, which fetches from the load balancer; beside an address of one's own none is.
        known = Fix(summary="Name the CDN's ranges in the rule's `proxies`, or point the records here.")
        return Undecided(code="DNS_TO_STRANGER", message=message, evidence=evidence, fix=known)
    code = _CODES.get(holder.holding, "DNS_TO_OTHER_ADDRESS")
    return Violation(code=code, message=message, evidence=evidence, fix=fix)


def _dangling(asked: Question, view: View) -> Violation:
    message = (
        f"{_where(view)} leads {asked.name} to {view.lost_alias}, which does not exist: whoever can make that name"
        " takes the domain over."
    )
    command = record_set("delete", asked.name, "CNAME", zone=view.zone)
    fix = Fix(summary="Delete the alias, or let it lead to a name that is yours.", gcloud=(command,))
    return Violation(code="DNS_DANGLING_ALIAS", message=message, evidence=view.evidence, fix=fix)


def _missing(asked: Question, view: View) -> Violation:
    right = asked.right(view)
    message = f"{_where(view)} has no address for {asked.name}; it is served at {_spelled(asked, view)}."
    kinds = [kind for kind in ADDRESS_TYPES if of_family(right, kind)]
    commands = (record_set("create", asked.name, kind, of_family(right, kind), view.zone) for kind in kinds)
    some = next(iter(right), "ADDRESS")
    fix = Fix(
        summary="Publish the address of the load balancer.",
        gcloud=tuple(commands),
        terraform=terraform(asked.name, "AAAA" if ":" in some else "A", some),
    )
    return Violation(code="DNS_NAME_NOT_FOUND", message=message, evidence=view.evidence, fix=fix)


def _correct(asked: Question, view: View, text: str) -> Fix:
    kind = "AAAA" if ":" in text else "A"
    if family := of_family(asked.right(view), kind):
        command = record_set("update", asked.name, kind, family, view.zone)
        return Fix(summary="Point the record at the load balancer, and nowhere else.", gcloud=(command,))
    summary = f"Delete the {kind} record: the load balancer has no address of that family."
    return Fix(summary=summary, gcloud=(record_set("delete", asked.name, kind, zone=view.zone),))


def _spelled(asked: Question, view: View) -> str:
    return ", ".join(f"{address} ({name})" for address, name in asked.right(view).items())


def _where(view: View) -> str:
    if not view.networks:
        return view.source[:1].upper() + view.source[1:]
    return f"On {', '.join(last(network) for network in view.networks)}, {view.source}"


def _proof(asked: Question, view: View) -> Proof:
    right = asked.right(view)
    told = ", ".join(f"{text} ({right.get(text, 'a declared proxy')})" for text in view.addresses)
    return Proof(message=f"{_where(view)} leads to {told}", evidence=view.evidence)


def _beside(asked: Question, *, clean: bool) -> Iterator[Violation]:
    """Zones that nobody asks, and private zones that say something else to some networks."""
    if zone := asked.undelegated():
        yield _undelegated(asked, zone, clean=clean)
    for view in asked.aside():
        told = (
            f"leads {asked.name} to {', '.join(view.addresses)}" if view.found else f"has no address for {asked.name}"
        )
        message = f"{_where(view)} {told}; it is served at {_spelled(asked, view)}."
        yield Violation(code="SPLIT_HORIZON", message=message, evidence=view.evidence, severity=Severity.INFO)


def _undelegated(asked: Question, zone: DnsZone, *, clean: bool) -> Violation:
    row = asked.answers.of(bare(zone.dns_name), "NS")
    asks = ", ".join(row.records) if row and row.records else "nobody"
    servers = ", ".join(bare(server) for server in zone.name_servers)
    return Violation(
        code="DNS_ZONE_NOT_DELEGATED",
        message=(
            f"Public zone {zone.short} is not what the world asks for {zone.dns_name}: that is {asks}, and its own name"
            f" servers are {servers}. What it holds has no effect."
        ),
        evidence=(zone.path, *((row.path,) if row else ())),
        # Where names lead right all the same, the zone is a leftover, or yet to be put in force.
        severity=Severity.WARNING if clean else None,
        fix=Fix(
            summary="Name the zone's own servers at the registrar or in the parent zone, or delete the zone.",
            gcloud=(f"gcloud dns managed-zones describe {zone.short} --project={zone.project}",),
        ),
    )


def _unserved(asked: Question, holders: Holders, balancers: LoadBalancers) -> Iterator[Verdict]:
    """Nothing here serves it; what it leads to can be dangling all the same."""
    found: dict[Verdict, None] = {}
    for view in asked.deciding():
        idle = [text for text in view.addresses if holders.of(text).holding is Holding.IDLE]
        found |= dict.fromkeys(_stray(asked, view, text, holders, alone=False) for text in idle)
        found |= {_dangling(asked, view): None} if view.lost_alias else {}
    yield from found
    if unseen := balancers.unseen(asked.name):
        message = f"Where {asked.name} must lead is not known: {unseen.words}."
        yield Undecided(code=unseen.code, message=message, evidence=(asked.name, *unseen.evidence))
    elif not found:
        message = f"No forwarding rule on 443 serves {asked.name}; see the finding of domain.routing."
        yield Skip(code="NO_FORWARDING_RULE", message=message)


def _open(asked: Question) -> Iterator[Verdict]:
    """What keeps the domain from passing though nothing is wrong: a failed question, or no source that tells."""
    failed = [row for row in asked.answers.addresses(asked.name) if not row.answered]
    settled = any(view.found for view in asked.deciding())
    if failed:
        message = f"Where {asked.name} leads is not known: {failed[0].type}: {cause(failed[0])}; see domain.lookup."
        yield Undecided(code="DNS_LOOKUP_FAILED", message=message, evidence=tuple(row.path for row in failed))
    elif not settled and not asked.zones.complete:
        message = f"Where {asked.name} leads is not known: not every Cloud DNS zone was read, and no resolver tells."
        fix = Fix(summary="Grant roles/dns.reader, or ask a resolver with --check-all.")
        yield Undecided(code="DNS_NOT_READ", message=message, evidence=(asked.name,), fix=fix)
    elif not settled and asked.answers.addresses(asked.name):
        yield _asked_there(asked)
    elif not settled:
        message = f"No Cloud DNS zone of the project settles where {asked.name} leads; --check-all asks the resolver."
        yield Skip(code="NOT_IN_CLOUD_DNS", message=message)


def _asked_there(asked: Question) -> Undecided:
    """It was asked on the side that does not know."""
    if asked.internal:
        message = f"Only networks of the VPC reach {asked.name}, and no private zone tells where it leads there."
        fix = Fix(summary="Ask from inside, with --check-all --vantage vpc.")
        return Undecided(code="DNS_ASKED_OUTSIDE", message=message, evidence=(asked.name,), fix=fix)
    message = f"Inside the VPC a private zone answers for {asked.name}; where the internet is led was not asked."
    fix = Fix(summary="Ask a public resolver: `probes: {resolver: 8.8.8.8}` in the environment.")
    return Undecided(code="DNS_ASKED_INSIDE", message=message, evidence=(asked.name,), fix=fix)
