"""DNS leads the domain to the forwarding rules, or the Cloud Run mapping, that serve it, and nowhere else.

Why:
    A name with a right A record and a stale AAAA record fails for everybody on IPv6 and for nobody in the office. A
    zone that is edited but not delegated changes nothing. An address that was let go, or an alias to a name that is
    gone, belongs to whoever takes it next, with your name on it.

Remediation:
    Point every A and AAAA record at an address of the load balancer, delete those that lead elsewhere, and let the
    parent zone name the zone's own name servers. Name the ranges of a CDN that stands in front, and the addresses of
    load balancers of yours in other projects, with `proxies`.

References:
    https://cloud.google.com/dns/docs/set-up-dns-records-domain-name
    https://cloud.google.com/dns/docs/update-name-servers
    https://cloud.google.com/dns/docs/best-practices-dangling
    https://cloud.google.com/dns/docs/zones/zones-overview
    https://cloud.google.com/dns/docs/routing-policies-overview
"""

from __future__ import annotations

import ipaddress
import shlex
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
    verdict_of,
)
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.balancers.mapped_domains import asked_for, is_googles
from validator.gcp.balancers.mappings import MappedDomains
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.names import normal
from validator.gcp.certificates.selection import Certificates
from validator.gcp.dns.answers import ADDRESS_TYPES, Answers, cause
from validator.gcp.dns.commands import of_family, record_set, terraform
from validator.gcp.dns.holders import Holders, Holding
from validator.gcp.dns.question import Question
from validator.gcp.dns.serving import served
from validator.gcp.dns.views import View, Zones
from validator.gcp.dns.zones import bare
from validator.gcp.observed.lookup import Lookup
from validator.gcp.observed.trouble import WILDCARD
from validator.model.dns import DnsZone
from validator.model.domainmapping import DomainMapping
from validator.model.endpoints import is_address
from validator.model.loadbalancer import Domain
from validator.model.resource import last

_PRESUMED = "Whether the world asks this zone was not looked up; --check-all does that."
_CODES = {Holding.IDLE: "DNS_TO_IDLE_ADDRESS", Holding.PROXY: "DNS_TO_OTHER_RULE"}


class DomainDns(Params, frozen=True):
    """Who else may stand in front of the load balancers, or beside them."""

    #: Ranges of a CDN or proxy of another party, such as "104.16.0.0/13", or of other load balancers of yours that
    #: serve the same names, such as "34.120.1.1/32": an address among them is no stray.
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
    certificates: Certificates,
    holders: Holders,
    zones: Zones,
    mapped: MappedDomains,
    lookups: Partial[Lookup],
    params: DomainDns,
) -> Verdicts:
    """Every answer that any source gives for the domain is an address that serves it."""
    if is_address(domain.name):
        yield Skip(code="NOT_A_NAME", message=f"{domain.name} is an address: no name leads to it.")
        return
    if domain.is_wildcard:
        yield verdict_of(WILDCARD, domain.name)
        return
    asked = Question(
        name=normal(domain.name),
        served=served(domain.name, endpoints, balancers, certificates),
        zones=zones,
        answers=Answers(lookups, asked=lookups.asked),
        proxies=tuple(ipaddress.ip_network(text) for text in params.proxies),
        mapping=mapped.of(domain.name),
    )
    if not asked.served.rules:
        yield from _unserved(asked, holders, balancers)
        return
    found = list(dict.fromkeys(verdict for view in asked.deciding() for verdict in _judge(asked, view, holders)))
    found += _foreign(asked, holders)
    found = found or list(_open(asked))
    yield from found or (_proof(asked, view) for view in asked.deciding() if view.found)
    yield from _beside(asked, clean=not found)


def _judge(asked: Question, view: View, holders: Holders) -> Iterator[Verdict]:
    """Each address of the view that is not right, or that there is none; those of others are told together."""
    if view.lost_alias:
        yield _dangling(asked, view)
    elif not view.found and not view.open:
        yield _missing(asked, view)
    foreign = _strangers(asked, view, holders)
    for text in asked.strays(view):
        if text not in foreign:
            yield _stray(asked, view, text, holders)


def _strangers(asked: Question, view: View, holders: Holders) -> tuple[str, ...]:
    """Addresses of nobody here, where they may be meant.

    All of them may be a CDN's, which fetches from the load balancer; beside an address of one's own none is, unless a
    routing policy chooses among them: then they may be load balancers of another project.
    """
    strays = asked.strays(view)
    meant = view.varies or len(strays) == len(view.addresses)
    return tuple(text for text in strays if meant and holders.of(text).holding is Holding.STRANGER)


def _foreign(asked: Question, holders: Holders) -> Iterator[Undecided]:
    """One for the domain where every source names the same addresses."""
    by_addresses: dict[tuple[str, ...], list[View]] = {}
    for view in asked.deciding():
        if foreign := _strangers(asked, view, holders):
            by_addresses.setdefault(foreign, []).append(view)
    for foreign, views in by_addresses.items():
        where = " and ".join((_where(views[0]), *(one.source for one in views[1:])))
        lead, have = ("lead" if len(views) > 1 else "leads"), holders.of(foreign[0]).words
        belong = have if len(foreign) == 1 else have.replace("belongs", "belong", 1)
        yield Undecided(
            code="DNS_TO_STRANGER",
            message=(
                f"{where} {lead} {asked.name} to {', '.join(foreign)}, which {belong}; it is served at"
                f" {_spelled(asked, views[0]) or 'nothing'}."
            ),
            evidence=tuple(dict.fromkeys(text for view in views for text in view.evidence)),
            fix=Fix(
                summary="Name the ranges of the CDN, or of load balancers of yours in other projects, in the rule's"
                " `proxies`; or point the records here."
            ),
        )


def _stray(asked: Question, view: View, text: str, holders: Holders) -> Verdict:
    holder, right = holders.of(text), _spelled(asked, view)
    message = (
        f"{_where(view)} leads {asked.name} to {text}, which {holder.words}; it is served at {right or 'nothing'}."
    )
    evidence, fix = (*view.evidence, *holder.evidence), _correct(asked, view, text)
    if holder.holding is Holding.OPAQUE:
        return Undecided(code="DNS_TO_OPAQUE_RULE", message=message, evidence=evidence, fix=fix)
    if asked.doubtful(text):
        message = f"{message} It takes any name there, with a certificate that was not read."
        return Undecided(code="DNS_TO_UNREAD_CERTIFICATE", message=message, evidence=evidence, fix=fix)
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
    """An error, unless the zone may be one that nobody asks."""
    right, presumed = asked.right(view), asked.presumed(view)
    kinds = [kind for kind in ADDRESS_TYPES if of_family(right, kind)]
    commands = (record_set("create", asked.name, kind, of_family(right, kind), view.zone) for kind in kinds)
    some = next(iter(right), "ADDRESS")
    return Violation(
        code="DNS_NAME_NOT_FOUND",
        message=(
            f"{_where(view)} has no address for {asked.name}; it is served at {_spelled(asked, view)}."
            f"{' ' + _PRESUMED if presumed else ''}"
        ),
        evidence=view.evidence,
        severity=Severity.WARNING if presumed else None,
        fix=Fix(
            summary="Publish the address of the load balancer.",
            gcloud=tuple(commands),
            terraform=terraform(asked.name, "AAAA" if ":" in some else "A", some),
        ),
    )


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
    told = ", ".join(f"{text} ({asked.server(view, text)})" for text in view.addresses)
    presumed = ", if that zone is the one the world asks" if asked.presumed(view) else ""
    return Proof(message=f"{_where(view)} leads to {told}{presumed}", evidence=view.evidence)


def _beside(asked: Question, *, clean: bool) -> Iterator[Violation]:
    """Zones that nobody asks, or not everybody, and what some networks are told that is something else."""
    for zone in asked.undelegated():
        yield _undelegated(asked, zone, clean=clean)
    for zone in asked.public_zones():
        if others := asked.zones.delegation.others(zone, asked.answers):
            yield _partly_delegated(asked, zone, others)
    for view in asked.aside():
        told = (
            f"leads {asked.name} to {', '.join(view.addresses)}" if view.found else f"has no address for {asked.name}"
        )
        message = f"{_where(view)} {told}; it is served at {_spelled(asked, view)}."
        yield Violation(code="SPLIT_HORIZON", message=message, evidence=view.evidence, severity=Severity.INFO)


def _undelegated(asked: Question, zone: DnsZone, *, clean: bool) -> Violation:
    row = asked.answers.of(bare(zone.dns_name), "NS")
    servers = ", ".join(map(bare, zone.name_servers))
    known = row is not None and row.answered
    if row and known:
        asks = ", ".join(row.records) or "nobody"
        why = f"is not what the world asks for {zone.dns_name}: that is {asks}, and its own name servers are {servers}"
    else:
        why = f"has name servers ({servers}) that no public zone above {zone.dns_name} delegates to"
    return Violation(
        code="DNS_ZONE_NOT_DELEGATED",
        message=f"Public zone {zone.short} {why}. What it holds has no effect.",
        evidence=(zone.path, *((row.path,) if row else ())),
        # Where names lead right all the same, the zone is a leftover, or yet to be put in force.
        severity=Severity.WARNING if clean or not known else None,
        fix=_delegate(zone, "Name the zone's own servers at the registrar or in the parent zone, or delete the zone."),
    )


def _partly_delegated(asked: Question, zone: DnsZone, others: tuple[str, ...]) -> Violation:
    row = asked.answers.of(bare(zone.dns_name), "NS")
    return Violation(
        code="DNS_ZONE_PARTLY_DELEGATED",
        message=(
            f"The world asks {', '.join(others)} for {zone.dns_name} too, beside name servers of public zone"
            f" {zone.short}: what those answer was not compared, and names may lead elsewhere by chance."
        ),
        evidence=(zone.path, *((row.path,) if row else ())),
        severity=Severity.WARNING,
        fix=_delegate(zone, "Take the others away at the registrar or in the parent zone; or name them in the zone."),
    )


def _delegate(zone: DnsZone, summary: str) -> Fix:
    return Fix(summary=summary, gcloud=(f"gcloud dns managed-zones describe {zone.short} --project={zone.project}",))


def _unserved(asked: Question, holders: Holders, balancers: LoadBalancers) -> Iterator[Verdict]:
    """Nothing here serves it; what it leads to can be dangling all the same."""
    found: dict[Verdict, None] = {}
    for view in asked.deciding():
        strays = asked.strays(view)
        idle = [text for text in strays if holders.of(text).holding is Holding.IDLE]
        found |= dict.fromkeys(_stray(asked, view, text, holders) for text in idle)
        found |= {_dangling(asked, view): None} if view.lost_alias else {}
        others = tuple(text for text in strays if text not in idle)
        if asked.mapping and (others or not (view.found or view.open or view.lost_alias)):
            found[_not_to_cloud_run(asked, asked.mapping, view, others)] = None
    yield from found
    if unseen := balancers.unseen(asked.name):
        message = f"Where {asked.name} must lead is not known: {unseen.words}."
        yield Undecided(code=unseen.code, message=message, evidence=(asked.name, *unseen.evidence))
    elif not found and asked.mapping:
        unknown = list(_open(asked))
        yield from unknown or (_proof(asked, view) for view in asked.deciding() if view.found)
    elif not found:
        message = f"No forwarding rule on 443 serves {asked.name}; see the finding of domain.routing."
        yield Skip(code="NO_FORWARDING_RULE", message=message)


def _not_to_cloud_run(asked: Question, mapping: DomainMapping, view: View, others: tuple[str, ...]) -> Verdict:
    """A mapped domain that leads elsewhere, or nowhere; an alias that its provider follows may show Google's own."""
    wanted, presumed = ", ".join(asked_for(mapping)).removesuffix("."), asked.presumed(view)
    told = f"leads {asked.name} to {', '.join(others)}" if others else f"has no address for {asked.name}"
    message = (
        f"{_where(view)} {told}; {mapping.label} asks for"
        f" {wanted or 'records that it does not tell yet'}.{' ' + _PRESUMED if presumed else ''}"
    )
    where = f"--region={mapping.location} --project={mapping.project}"
    fix = Fix(
        summary="Publish every record the mapping shows, and no others for the name; name the ranges of a CDN that"
        " stands in front in the rule's `proxies`; or delete the mapping if it is a leftover.",
        gcloud=(f"gcloud beta run domain-mappings describe --domain={shlex.quote(asked.name)} {where}",),
    )
    evidence = (mapping.path, *view.evidence)
    if others and all(map(is_googles, others)):
        return Undecided(code="DNS_TO_GOOGLE", message=message, evidence=evidence, fix=fix)
    code, severity = "DNS_NOT_TO_CLOUD_RUN" if others else "DNS_NAME_NOT_FOUND", Severity.WARNING if presumed else None
    return Violation(code=code, message=message, evidence=evidence, severity=severity, fix=fix)


def _open(asked: Question) -> Iterator[Verdict]:
    """What keeps the domain from passing though nothing is wrong: a question without an answer, or no source."""
    settled = any(view.found and not view.open for view in asked.deciding())
    if asked.consulted and not asked.answers.settled(asked.name):
        yield _unanswered(asked)
    elif partial := [view for view in asked.deciding() if view.open and view.varies and asked.consulted]:
        yield _policy(asked, partial[0])
    elif not settled and not asked.zones.complete:
        message = f"Where {asked.name} leads is not known: not every Cloud DNS zone was read, and no resolver tells."
        fix = Fix(summary="Grant roles/dns.reader, or ask a resolver with --check-all.")
        yield Undecided(code="DNS_NOT_READ", message=message, evidence=(asked.name,), fix=fix)
    elif not settled:
        yield _unsettled(asked)


def _unanswered(asked: Question) -> Undecided:
    """The resolver's word counts, and it is not known, or not all of it."""
    rows = asked.answers.addresses(asked.name)
    failed = [row for row in rows if not row.answered]
    code, why = "DNS_NOT_ASKED", "not every question of it was asked"
    if failed:
        code, why = "DNS_LOOKUP_FAILED", f"{failed[0].type}: {cause(failed[0])}; see domain.lookup"
    elif any(row.cut for row in rows):
        code, why = "DNS_ANSWER_CUT", "it has more addresses than a probe keeps"
    evidence = tuple(row.path for row in failed or rows)
    return Undecided(code=code, message=f"Where {asked.name} leads is not known: {why}.", evidence=evidence)


def _policy(asked: Question, view: View) -> Undecided:
    message = (
        f"{_where(view)} chooses where {asked.name} leads by a routing policy, of which not every answer is known: a"
        " resolver is told only one of them."
    )
    fix = Fix(summary="Let every answer of the policy be an address, or a name in a zone of the project.")
    return Undecided(code="DNS_POLICY_NOT_KNOWN", message=message, evidence=view.evidence, fix=fix)


def _unsettled(asked: Question) -> Verdict:
    """No source tells: nobody was asked, or only on the side that does not know."""
    if not asked.answers.addresses(asked.name):
        message = f"No Cloud DNS zone of the project settles where {asked.name} leads; --check-all asks the resolver."
        return Skip(code="NOT_IN_CLOUD_DNS", message=message)
    if asked.internal:
        message = (
            f"Only networks of the VPC reach {asked.name}, no private zone tells where it leads there, and it was asked"
            " outside; see 'Probes' in the README for how to ask from inside."
        )
        return Skip(code="DNS_ASKED_OUTSIDE", message=message)
    message = f"Inside the VPC a private zone answers for {asked.name}; where the internet is led was not asked."
    fix = Fix(summary="Ask a public resolver: `probes: {resolver: 8.8.8.8}` in the environment.")
    return Undecided(code="DNS_ASKED_INSIDE", message=message, evidence=(asked.name,), fix=fix)
