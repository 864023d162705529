"""Names that were given up appear nowhere: load balancers, certificates, domain mappings, Cloud DNS, variables.

Why:
    A domain that is let go can be registered by somebody else; what still answers for it, trusts it or calls
    it then belongs to that somebody. Until then it fails the renewal of every certificate that lists it.

Remediation:
    Remove the name from the place each finding names, and deploy.

References:
    https://cloud.google.com/load-balancing/docs/url-map-concepts
    https://cloud.google.com/load-balancing/docs/ssl-certificates
    https://cloud.google.com/run/docs/configuring/services/environment-variables
    https://cloud.google.com/dns/docs/best-practices-dangling
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from validator.check import (
    Environment,
    Params,
    Partial,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.certificates.names import normal
from validator.gcp.certificates.selection import Certificates
from validator.model.certificate import CertificateMapEntry, DnsAuthorization
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.domainmapping import DomainMapping
from validator.model.endpoints import split_endpoint
from validator.model.loadbalancer import NetworkEndpointGroup, Redirect, RouteAction, UrlMap
from validator.model.project import Project
from validator.model.run import Service, Serving, Variable

Name = Annotated[str, Meta(min_length=1)]
_PLACEHOLDER = re.compile(r"<[a-z]+>")
#: Types whose data end with a name: "10 mail.example.com.".
_LEADING = ("ALIAS", "CNAME", "MX", "NS", "PTR", "SRV")


class DomainDeprecated(Params, frozen=True):
    """Which names must be gone."""

    #: Exact names, or "*.old.example.com" for everything below one.
    names: Annotated[tuple[Name, ...], Meta(min_length=1)]


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A name and the place it stands in."""

    name: str
    #: "host rule of url-map/web".
    place: str
    path: str


class Mentions(msgspec.Struct, frozen=True):
    """A fact: every DNS name the project's configuration speaks of, and what of it cannot be read."""

    all: tuple[Mention, ...]
    #: Variables whose values are not known: no host, or held in Secret Manager.
    unread: int
    #: Nouns of the kinds that were not read to the end, so that more of them may name it.
    gaps: tuple[str, ...]

    @classmethod
    def derive(
        cls,
        *,
        url_maps: Table[UrlMap],
        certificates: Certificates,
        entries: Table[CertificateMapEntry],
        services: Table[Service],
        serving: Serving,
        groups: Partial[NetworkEndpointGroup],
        mappings: Partial[DomainMapping],
        authorizations: Partial[DnsAuthorization],
        zones: Partial[DnsZone],
        records: Partial[DnsRecordSet],
    ) -> Mentions:
        """From load balancers, certificates of both kinds, the variables that serve or will, mappings and DNS."""
        partly = (
            (NetworkEndpointGroup, groups.complete),
            (DomainMapping, mappings.complete),
            (DnsAuthorization, authorizations.complete),
            (DnsZone, zones.complete),
            (DnsRecordSet, records.complete),
        )
        variables = [found for service in services for found in _variables(service, serving)]
        found = (
            *_from_url_maps(url_maps),
            *_from_certificates(certificates),
            *(Mention(name=e.hostname, place=f"Map entry {e.short}", path=e.path) for e in entries if e.hostname),
            *(mention for service, variable in variables for mention in _from_variable(service, variable)),
            *_from_masks(groups),
            *(Mention(name=m.domain, place=f"Domain mapping {m.short}", path=m.path) for m in mappings),
            *(
                Mention(name=one.domain, place=f"DNS authorisation {one.short}", path=one.path)
                for one in authorizations
            ),
            *_from_dns(zones, records),
        )
        hidden = [v for _, v in variables if v.withheld or v.value_source]
        gaps = tuple(kind.KIND.noun for kind, complete in partly if not complete)
        return cls(tuple(dict.fromkeys(found)), len(hidden), gaps)


@check(severity=Severity.WARNING)
def domain_deprecated(
    project: Project, *, environment: Environment, mentions: Mentions, params: DomainDeprecated
) -> Verdicts:
    """One violation for each place that names one of them."""
    if project.project_id != environment.project:
        reason = f"only {environment.project} is searched; {project.project_id} is its Shared VPC host"
        yield Skip(code="NOT_THE_AUDITED_PROJECT", message=reason)
        return
    for mention in mentions.all:
        if pattern := _meant(mention.name, params.names):
            listed = "" if pattern == mention.name else f" ({pattern})"
            yield Violation(
                code="DEPRECATED_DOMAIN",
                message=f"{mention.place} still names {mention.name}, which was given up{listed}.",
                evidence=(mention.path,),
            )
    if mentions.gaps:
        message = f"Whether others name one of them is not known: {', '.join(mentions.gaps)} not read to the end."
        yield Undecided(code="NOT_ALL_SEARCHED", message=message, evidence=(project.path,))
    unread = f"; {mentions.unread} variables hold no host or a secret and were not searched" if mentions.unread else ""
    yield Proof(message=f"{len(mentions.all)} names were searched{unread}", evidence=(project.path,))


def _meant(name: str, patterns: Iterable[str]) -> str:
    """The pattern that means the name, or ""; a wildcard means everything below, however deep."""
    plain = normal(name)
    for pattern in patterns:
        wanted = normal(pattern)
        if plain == wanted or (wanted.startswith("*.") and plain.endswith(wanted[1:])):
            return pattern
    return ""


def _from_url_maps(url_maps: Table[UrlMap]) -> Iterator[Mention]:
    for url_map in url_maps:
        for host in (host for rule in url_map.host_rules for host in rule.hosts):
            place = f"A host rule of {url_map.label}"
            yield Mention(name=host.partition(":")[0], place=place, path=url_map.path)
        for what, host in _sent_on(url_map):
            yield Mention(name=host.partition(":")[0], place=f"A {what} of {url_map.label}", path=url_map.path)


def _sent_on(url_map: UrlMap) -> Iterator[tuple[str, str]]:
    """("redirect" or "rewrite", host), wherever the map names one."""
    for redirect, action in _steps(url_map):
        if redirect and redirect.host_redirect:
            yield "redirect", redirect.host_redirect
        if action and action.url_rewrite and action.url_rewrite.host_rewrite:
            yield "rewrite", action.url_rewrite.host_rewrite


def _steps(url_map: UrlMap) -> Iterator[tuple[Redirect | None, RouteAction | None]]:
    """Redirect and route action of the map, of each path matcher and of each of their rules."""
    yield url_map.default_url_redirect, url_map.default_route_action
    for matcher in url_map.path_matchers:
        yield matcher.default_url_redirect, matcher.default_route_action
        for path in matcher.path_rules:
            yield path.url_redirect, path.route_action
        for route in matcher.route_rules:
            yield route.url_redirect, route.route_action


def _from_masks(groups: Partial[NetworkEndpointGroup]) -> Iterator[Mention]:
    """Hosts of URL masks; a placeholder in one is a wildcard: "<service>.old.example.com"."""
    for group in groups:
        for product in (group.cloud_run, group.app_engine, group.cloud_function):
            host = product.url_mask.partition("/")[0] if product else ""
            if host:
                name = _PLACEHOLDER.sub("*", host)
                yield Mention(name=name, place=f"The URL mask of {group.label}", path=group.path)


def _from_dns(zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> Iterator[Mention]:
    """Zones of the name, record sets of the name, and those that lead to it."""
    for zone in zones:
        yield Mention(name=zone.dns_name.rstrip("."), place=f"DNS zone {zone.short}", path=zone.path)
    own = {(zone.project, zone.name, zone.dns_name) for zone in zones}
    for row in records:
        place = f"The {row.type} record of {row.name.rstrip('.')} in DNS zone {row.managed_zone}"
        # What every zone has of itself says no more than the zone does.
        if row.type not in ("NS", "SOA") or (row.project, row.managed_zone, row.name) not in own:
            yield Mention(name=row.name.rstrip("."), place=place, path=row.path)
        for data in row.rrdatas if row.type in _LEADING else ():
            yield Mention(name=data.rsplit(" ", 1)[-1].rstrip("."), place=place, path=row.path)


def _from_certificates(certificates: Certificates) -> Iterator[Mention]:
    for held in certificates.all:
        for name in held.names:
            yield Mention(name=name, place=f"Certificate {held.short}", path=held.path)


def _variables(service: Service, serving: Serving) -> Iterator[tuple[Service, Variable]]:
    """Those of every revision that serves and of the template, which the next one will be made of."""
    for template in dict.fromkeys((*serving.of(service), service.template)):
        for variable in template.variables:
            yield service, variable


def _from_variable(service: Service, variable: Variable) -> Iterator[Mention]:
    for endpoint in filter(None, variable.value.split(",")):
        place = f"Variable {variable.name} of {service.label}"
        yield Mention(name=split_endpoint(endpoint)[0], place=place, path=service.path)
