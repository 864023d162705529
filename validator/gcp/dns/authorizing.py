"""What in DNS would keep an authority from issuing a managed certificate for one of its domains.

https://cloud.google.com/certificate-manager/docs/domain-authorization
https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from validator.gcp.certificates.names import normal
from validator.gcp.dns.answers import Answers, asked_of, cause, mend, same
from validator.gcp.dns.caa import Ruling, rule_on
from validator.gcp.dns.commands import Verb, of_family, record_set, terraform
from validator.gcp.observed.lookup import Lookup
from validator.model.certificate import DnsAuthorization
from validator.model.fix import Fix


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Why the domain cannot be authorised, or may not be."""

    code: str
    #: What was found and what was expected, as a clause behind the domain's name.
    words: str
    fix: Fix
    evidence: tuple[str, ...] = ()
    #: Whether it is proven, rather than not known to be otherwise.
    certain: bool = True


_NOT_ASKED = Obstacle(code="NOT_ASKED", words="not looked up", fix=Fix(summary="Ask again."), certain=False)
#: Below this stand the names that records of DNS authorisations lead to: nobody else can make aliases of them.
_GOOGLES = ".authorize.certificatemanager.goog"


def by_address(domain: str, serving: Mapping[str, str], answers: Answers) -> Iterator[Obstacle]:
    """Of load-balancer authorisation: every address of the domain shows the certificate on 443.

    Args:
        domain: the name in the certificate.
        serving: addresses that show it there, each with its forwarding rule's name.
        answers: what the resolver said.
    """
    asked = answers.addresses(normal(domain))
    yield from _failures([row for row in asked if not row.answered], answers)
    strays = {row: some for row in asked if (some := [text for text in row.records if same(text) not in serving])}
    if strays:
        yield _astray(strays, serving)
    elif any(row.cut for row in asked):
        words = f"{normal(domain)} has more addresses than a probe keeps, so that not all of them were compared"
        fix = Fix(summary=f"Let it have the addresses of the load balancer alone: {', '.join(serving)}.")
        evidence = tuple(row.path for row in asked)
        yield Obstacle(code="DNS_ANSWER_CUT", words=words, fix=fix, evidence=evidence, certain=False)
    if not asked:
        yield _NOT_ASKED
    elif all(row.answered and not row.records for row in asked):
        yield _no_address(asked[0], serving)


def by_record(domain: str, authorization: DnsAuthorization, answers: Answers) -> Iterator[Obstacle]:
    """Of DNS authorisation: the record that it asks for is there, and leads where it must, if by way of others."""
    wanted = authorization.dns_resource_record
    row, expected = answers.of(normal(wanted.name), "CNAME"), normal(wanted.data)
    # Inside, what answers may be a copy of the zone that the authority is never told of.
    sure = not answers.within
    if row is None:
        yield _NOT_ASKED
    elif not row.answered:
        yield from _failures([row], answers)
    elif not row.records:
        words = f"{row.host} CNAME is missing ({cause(row)}); expected {expected}; {asked_of(row)}"
        yield _record("DNS_AUTHORIZATION_MISSING", words, "create", row, authorization, certain=sure)
    elif expected not in (*row.records, *row.chain):
        leads = " → ".join(row.chain or row.records)
        words = f"{row.host} CNAME is {leads}; expected {expected}; {asked_of(row)}"
        followed = "" if _is_followed(row) else f"; whether it leads there in the end is not known ({_unfollowed(row)})"
        certain = sure and not followed
        yield _record("DNS_AUTHORIZATION_DIFFERS", words + followed, "update", row, authorization, certain=certain)
    if normal(domain).removeprefix("*.") != normal(authorization.domain):
        words = f"is authorised as part of {authorization.domain}, which is documented for Media CDN only"
        fix = Fix(summary=f"Give {domain} a DNS authorisation of its own.")
        yield Obstacle(code="DNS_AUTHORIZATION_OF_PARENT", words=words, fix=fix, certain=False)


def _is_followed(row: Lookup) -> bool:
    """Whether nothing further can stand behind the aliases: their end was looked up, or is one of Google's records."""
    return row.records[0].endswith(_GOOGLES) or bool(row.chain and not row.details)


def _unfollowed(row: Lookup) -> str:
    return row.details or "an earlier recording"


def by_caa(domain: str, issuers: tuple[str, ...], answers: Answers) -> Iterator[Obstacle]:
    """CAA records, the closest up the tree, let one of the issuers issue."""
    found, name = rule_on(normal(domain), issuers, answers), normal(domain)
    row = found.row
    if found.ruling is Ruling.DOUBTFUL:
        fix = Fix(summary=f'Let a CAA record say `0 {_tag(name)} "{issuers[0]}"` without conditions.')
        evidence = (row.path,) if row else ()
        yield Obstacle(code="CAA_DOUBTFUL", words=found.doubt, fix=fix, evidence=evidence, certain=False)
    elif found.ruling is Ruling.UNREADABLE and row and answers.doubt(row):
        yield _doubted([row], answers)
    elif found.ruling is Ruling.UNREADABLE and row:
        words = f"the CAA records of {row.host} cannot be read: {cause(row)}; an authority must not issue then"
        fix = Fix(summary=f"{mend(row)} An empty answer will do.", gcloud=(f"dig +trace {shlex.quote(row.host)} CAA",))
        yield Obstacle(code="CAA_UNREADABLE", words=words, fix=fix, evidence=(row.path,))
    elif found.ruling is Ruling.FORBIDDEN and row:
        yield _forbidden(name, row, issuers)


def _tag(name: str) -> str:
    return "issuewild" if name.startswith("*.") else "issue"


def _forbidden(name: str, row: Lookup, issuers: tuple[str, ...]) -> Obstacle:
    """The records may be those of another name, which the name is an alias of."""
    more = f'0 {_tag(name)} "{issuers[0]}"'
    via = f", which {row.host} is an alias of," if row.chain else ""
    words = f"the CAA records of {row.end}{via} ({', '.join(row.records)}) forbid {' and '.join(issuers)} to issue"
    fix = Fix(
        summary=f"Add `{more}` to the CAA records of {row.end}.",
        gcloud=(record_set("update", row.end, "CAA", (*row.records, more)),),
    )
    return Obstacle(code="CAA_FORBIDDEN", words=words, fix=fix, evidence=(row.path,))


def _failures(failed: list[Lookup], answers: Answers) -> Iterator[Obstacle]:
    """One for all questions that failed alike."""
    by_status: dict[str, list[Lookup]] = {}
    for row in failed:
        by_status.setdefault(row.status, []).append(row)
    for rows in by_status.values():
        row = rows[0]
        if answers.doubt(row):
            yield _doubted(rows, answers)
            continue
        words = f"{row.host} {_types(rows)} cannot be looked up: {cause(row)}"
        fix = Fix(summary=mend(row), gcloud=(f"dig +trace {shlex.quote(row.host)} {row.type}",))
        evidence = tuple(one.path for one in rows)
        yield Obstacle(code="DNS_LOOKUP_FAILED", words=words, fix=fix, evidence=evidence)


def _doubted(rows: list[Lookup], answers: Answers) -> Obstacle:
    """What is the resolver's doing; it names no name, so that it is told once for all names that met it."""
    row = rows[0]
    words = f"{_types(rows)} cannot be looked up ({row.status}), and {answers.doubt(row)}; {asked_of(row)}"
    fix = Fix(summary="Ask a resolver that answers: `probes: {resolver: 8.8.8.8}` in the environment.")
    return Obstacle(code="DNS_RESOLVER_SILENT", words=words, fix=fix, certain=False)


def _types(rows: Iterable[Lookup]) -> str:
    return " and ".join(row.type for row in rows)


def _astray(strays: Mapping[Lookup, list[str]], serving: Mapping[str, str]) -> Obstacle:
    there = ", ".join(f"{address} ({name})" for address, name in serving.items())
    kinds = [f"{row.type} record{'s' if len(some) > 1 else ''} {', '.join(some)}" for row, some in strays.items()]
    first = next(iter(strays))
    # Inside, a private zone may say what the authority outside is never told.
    sure = first.vantage != "vpc" or all(_is_public(text) for some in strays.values() for text in some)
    fixes = [_point(row, serving) for row in strays]
    return Obstacle(
        code="ADDRESS_WITHOUT_CERTIFICATE",
        words=(
            f"{' and '.join(kinds)}: not where the certificate is shown on port 443, which is {there};"
            f" {asked_of(first)}"
        ),
        fix=Fix(
            summary=" ".join(dict.fromkeys(one.summary for one in fixes)),
            gcloud=tuple(line for one in fixes for line in one.gcloud),
        ),
        evidence=tuple(row.path for row in strays),
        certain=sure,
    )


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _no_address(row: Lookup, serving: Mapping[str, str]) -> Obstacle:
    end = f" ({row.host} is an alias of it)" if row.chain else ""
    words = f"{row.end}{end} has no address: {cause(row)}; {asked_of(row)}"
    return Obstacle(code="NO_RESOLVED_IPS", words=words, fix=_point(row, serving), evidence=(row.path,))


def _point(row: Lookup, serving: Mapping[str, str]) -> Fix:
    """Point the name's records of this family at what shows the certificate, or take them away."""
    if family := of_family(serving, row.type):
        return Fix(
            summary=f"Point every {row.type} record where the certificate is shown, and nowhere else.",
            gcloud=(record_set("update", row.end, row.type, family),),
        )
    return Fix(
        summary=f"Take the {row.type} records away, or give the load balancer an address of that family.",
        gcloud=(record_set("delete", row.end, row.type),),
    )


def _record(
    code: str, words: str, verb: Verb, row: Lookup, authorization: DnsAuthorization, *, certain: bool
) -> Obstacle:
    wanted = authorization.dns_resource_record
    fix = Fix(
        summary="Publish the record of the DNS authorisation in the zone that the world asks, and leave it there.",
        gcloud=(record_set(verb, wanted.name, "CNAME", [wanted.data]),),
        terraform=terraform(wanted.name, "CNAME", wanted.data),
    )
    return Obstacle(code=code, words=words, fix=fix, evidence=(authorization.path, row.path), certain=certain)
