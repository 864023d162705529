"""The domain resolves, from where it was asked.

Why:
    A name that does not resolve is down, whatever stands behind it. No such name, a name without an address, a zone
    whose delegation or signatures are broken and a resolver that does not answer look alike to a client, and are
    mended in different places.

Remediation:
    Publish an A record (and AAAA, where the load balancer has an IPv6 address), or mend what the finding names:
    delegation, DNSSEC, name servers, aliases.

References:
    https://cloud.google.com/dns/docs/troubleshooting
    https://www.rfc-editor.org/rfc/rfc2308
    https://www.rfc-editor.org/rfc/rfc8020
    https://www.rfc-editor.org/rfc/rfc8914
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.check import (
    Fix,
    Maybe,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
    verdict_of,
)
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.certificates.names import normal
from validator.gcp.dns.answers import ADDRESS_TYPES, Answers, asked_of, cause, mend
from validator.gcp.dns.commands import record_set, terraform
from validator.gcp.observed.lookup import Lookup, Status
from validator.gcp.observed.trouble import WILDCARD
from validator.model.endpoints import is_address
from validator.model.loadbalancer import Domain


@check(severity=Severity.ERROR)
def domain_lookup(domain: Domain, *, lookups: Table[Lookup], balancers: Maybe[LoadBalancers]) -> Verdicts:
    """A and AAAA together: one of them leads to an address, and neither question fails."""
    if is_address(domain.name):
        yield Skip(code="NOT_A_NAME", message=f"{domain.name} is an address: there is nothing to look up.")
        return
    if domain.is_wildcard:
        yield verdict_of(WILDCARD, domain.name)
        return
    answers = Answers(lookups)
    asked = answers.addresses(normal(domain.name))
    if len(asked) < len(ADDRESS_TYPES):
        yield Undecided(code="NOT_ASKED", message=f"{domain.name} was not asked for.", evidence=(domain.path,))
    elif not any(row.records for row in asked) and _is_out_of_reach(domain, answers, balancers):
        yield _out_of_reach(domain, asked)
    else:
        yield from _judge(domain, asked, answers)


def _judge(domain: Domain, asked: tuple[Lookup, ...], answers: Answers) -> Iterator[Verdict]:
    failed = [row for row in asked if not row.answered]
    if failed:
        yield from _failures(failed, answers)
    elif not any(row.records for row in asked):
        yield _nothing(domain, asked)
    elif Status.NXDOMAIN in {row.status for row in asked}:
        yield _contradiction(domain, asked)
    else:
        yield _proof(asked)


def _is_out_of_reach(domain: Domain, answers: Answers, balancers: Maybe[LoadBalancers]) -> bool:
    """Whether only networks of the VPC reach it, and it was asked outside, where nobody need know it."""
    known = balancers.value
    if known is None or answers.within or known.unseen(domain.name):
        return False
    fronts = known.answering(domain.name)
    return bool(fronts) and all(front.way(domain.name).claimed and not front.external for front in fronts)


def _out_of_reach(domain: Domain, asked: tuple[Lookup, ...]) -> Skip:
    row = asked[0]
    message = (
        f"{domain.name} is served by internal load balancers alone, and was asked of {asked_of(row)}, where no answer"
        f" says nothing ({', '.join(f'{one.type}: {one.status}' for one in asked)}); see 'Probes' in the README for how"
        " to ask from inside."
    )
    return Skip(code="OUT_OF_REACH", message=message, evidence=tuple(one.path for one in asked))


def _failures(failed: list[Lookup], answers: Answers) -> Iterator[Verdict]:
    """One finding for both questions where they failed alike."""
    by_status: dict[str, list[Lookup]] = {}
    for row in failed:
        by_status.setdefault(row.status, []).append(row)
    for status, rows in by_status.items():
        row, kinds = rows[0], " and ".join(one.type for one in rows)
        message = f"{row.host} {kinds}: {cause(row)}; {asked_of(row)}."
        evidence = tuple(one.path for one in rows)
        if doubt := answers.doubt(row):
            said = f"{doubt[:1].upper()}{doubt[1:]}, so this says nothing of the name."
            fix = Fix(summary="Ask a resolver that answers: `probes: {resolver: 8.8.8.8}` in the environment.")
            yield Undecided(code="DNS_RESOLVER_SILENT", message=f"{message} {said}", evidence=evidence, fix=fix)
        else:
            fix = Fix(summary=mend(row), gcloud=(f"dig +trace {shlex.quote(row.host)} {row.type}",))
            yield Violation(code=f"DNS_{status}", message=message, evidence=evidence, fix=fix)


def _nothing(domain: Domain, asked: tuple[Lookup, ...]) -> Violation:
    row = asked[0]
    evidence = tuple(one.path for one in asked)
    via = f", which it is an alias of by way of {' → '.join(row.chain)}," if row.chain else ""
    if Status.NXDOMAIN in {one.status for one in asked}:
        message = f"{row.end}{via} does not exist (NXDOMAIN); {asked_of(row)}."
        code = "DNS_DANGLING_ALIAS" if row.chain else "DNS_NXDOMAIN"
        return Violation(code=code, message=f"{domain.name}: {message}", evidence=evidence, fix=_publish(domain))
    message = f"{domain.name}: {row.end}{via} exists, but has neither A nor AAAA records; {asked_of(row)}."
    return Violation(code="DNS_NODATA", message=message, evidence=evidence, fix=_publish(domain))


def _contradiction(domain: Domain, asked: tuple[Lookup, ...]) -> Violation:
    kinds = {row.status: row.type for row in asked}
    message = (
        f"{domain.name} has {kinds[Status.NOERROR]} records, yet asked for {kinds[Status.NXDOMAIN]} there is no such"
        f" name (NXDOMAIN); resolvers that believe it lose both. {asked_of(asked[0])}."
    )
    fix = Fix(summary="Let the zone's name servers answer without records (NODATA) for a type that the name has not.")
    evidence = tuple(row.path for row in asked)
    return Violation(code="DNS_CONTRADICTION", message=message, evidence=evidence, fix=fix)


def _publish(domain: Domain) -> Fix:
    return Fix(
        summary="Publish the address of the load balancer in the zone that the world asks.",
        gcloud=(record_set("create", domain.name, "A", ["ADDRESS"]),),
        terraform=terraform(domain.name, "A", "ADDRESS"),
    )


def _proof(asked: tuple[Lookup, ...]) -> Proof:
    addresses = ", ".join(text for row in asked for text in row.records)
    row = asked[0]
    via = f" by way of {' → '.join(row.chain)}" if row.chain else ""
    return Proof(
        message=f"{row.host} leads to {addresses}{via}; {asked_of(row)}",
        evidence=tuple(one.path for one in asked),
    )
