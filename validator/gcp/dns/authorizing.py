"""What in DNS would keep an authority from issuing a managed certificate for one of its domains.

https://cloud.google.com/certificate-manager/docs/domain-authorization
https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator, Mapping

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


def by_address(domain: str, serving: Mapping[str, str], answers: Answers) -> Iterator[Obstacle]:
    """Of load-balancer authorisation: every address of the domain shows the certificate on 443.

    Args:
        domain: the name in the certificate.
        serving: addresses that show it there, each with its forwarding rule's name.
        answers: what the resolver said.
    """
    asked = answers.addresses(normal(domain))
    for row in asked:
        if not row.answered:
            yield _failed(row, answers)
        elif strays := [text for text in row.records if same(text) not in serving]:
            yield _astray(row, strays, serving)
    if not asked:
        fix = Fix(summary="Ask again.")
        yield Obstacle(code="NOT_ASKED", words="was not looked up", fix=fix, certain=False)
    elif all(row.answered and not row.records for row in asked):
        yield _no_address(asked[0], serving)


def by_record(domain: str, authorization: DnsAuthorization, answers: Answers) -> Iterator[Obstacle]:
    """Of DNS authorisation: the record that it asks for is there, and as it must be."""
    wanted = authorization.dns_resource_record
    row, expected = answers.of(normal(wanted.name), "CNAME"), normal(wanted.data)
    if row is None:
        fix = Fix(summary="Ask again.")
        yield Obstacle(code="NOT_ASKED", words=f"{wanted.name} was not looked up", fix=fix, certain=False)
    elif not row.answered:
        yield _failed(row, answers)
    elif not row.records:
        words = f"{row.host} CNAME is missing ({cause(row)}); expected {expected}"
        yield _record("DNS_AUTHORIZATION_MISSING", words, "create", row, authorization)
    elif row.records != (expected,):
        words = f"{row.host} CNAME is {', '.join(row.records)}; expected {expected}"
        yield _record("DNS_AUTHORIZATION_DIFFERS", words, "update", row, authorization)
    if normal(domain).removeprefix("*.") != normal(authorization.domain):
        words = f"is authorised as part of {authorization.domain}, which is documented for Media CDN only"
        fix = Fix(summary=f"Give {domain} a DNS authorisation of its own.")
        yield Obstacle(code="DNS_AUTHORIZATION_OF_PARENT", words=words, fix=fix, certain=False)


def by_caa(domain: str, issuers: tuple[str, ...], answers: Answers) -> Iterator[Obstacle]:
    """CAA records, the closest up the tree, let one of the issuers issue."""
    found, name = rule_on(normal(domain), issuers, answers), normal(domain)
    row = found.row
    if found.ruling is Ruling.DOUBTFUL:
        fix = Fix(summary=f'Let a CAA record say `0 {_tag(name)} "{issuers[0]}"` without conditions.')
        evidence = (row.path,) if row else ()
        yield Obstacle(code="CAA_DOUBTFUL", words=found.doubt, fix=fix, evidence=evidence, certain=False)
    elif found.ruling is Ruling.UNREADABLE and row:
        words = f"the CAA records of {row.host} cannot be read: {cause(row)}; an authority must not issue then"
        fix = Fix(summary=f"{mend(row)} An empty answer will do.", gcloud=(f"dig +trace {shlex.quote(row.host)} CAA",))
        sure = not answers.blames_resolver(row)
        yield Obstacle(code="CAA_UNREADABLE", words=words, fix=fix, evidence=(row.path,), certain=sure)
    elif found.ruling is Ruling.FORBIDDEN and row:
        yield _forbidden(name, row, issuers)


def _tag(name: str) -> str:
    return "issuewild" if name.startswith("*.") else "issue"


def _forbidden(name: str, row: Lookup, issuers: tuple[str, ...]) -> Obstacle:
    more = f'0 {_tag(name)} "{issuers[0]}"'
    words = f"the CAA records of {row.host} ({', '.join(row.records)}) forbid {' and '.join(issuers)} to issue"
    fix = Fix(
        summary=f"Add `{more}` to the CAA records of {row.host}.",
        gcloud=(record_set("update", row.host, "CAA", (*row.records, more)),),
    )
    return Obstacle(code="CAA_FORBIDDEN", words=words, fix=fix, evidence=(row.path,))


def _failed(row: Lookup, answers: Answers) -> Obstacle:
    fix = Fix(summary=mend(row), gcloud=(f"dig +trace {shlex.quote(row.host)} {row.type}",))
    words = f"{row.host} {row.type} cannot be looked up: {cause(row)}"
    sure = not answers.blames_resolver(row)
    return Obstacle(code="DNS_LOOKUP_FAILED", words=words, fix=fix, evidence=(row.path,), certain=sure)


def _astray(row: Lookup, strays: list[str], serving: Mapping[str, str]) -> Obstacle:
    there = ", ".join(f"{address} ({name})" for address, name in serving.items())
    words = f"{row.type} record{'s' if len(strays) > 1 else ''} {', '.join(strays)}: not where the certificate is"
    # Inside, a private zone may say what the authority outside is never told.
    sure = row.vantage != "vpc" or all(_is_public(text) for text in strays)
    return Obstacle(
        code="ADDRESS_WITHOUT_CERTIFICATE",
        words=f"{words} shown on port 443, which is {there}; {asked_of(row)}",
        fix=_point(row, serving),
        evidence=(row.path,),
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


def _record(code: str, words: str, verb: Verb, row: Lookup, authorization: DnsAuthorization) -> Obstacle:
    wanted = authorization.dns_resource_record
    fix = Fix(
        summary="Publish the record of the DNS authorisation in the zone that the world asks, and leave it there.",
        gcloud=(record_set(verb, wanted.name, "CNAME", [wanted.data]),),
        terraform=terraform(wanted.name, "CNAME", wanted.data),
    )
    return Obstacle(code=code, words=words, fix=fix, evidence=(authorization.path, row.path))
