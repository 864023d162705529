"""Every address that is meant for the domain shows clients the certificate that the configuration predicts.

Why:
    Configuration says which certificate a client ought to get; only a handshake shows which one it does get, whether
    its chain is one that clients trust, and which protocol versions are taken. Each address of a load balancer is tried
    by itself, IPv4 and IPv6, whatever DNS answers today. An address that cannot be connected to says nothing of its
    certificate, and is told apart.

Remediation:
    Of an address that does not answer, look at its forwarding rule. Replace a certificate that clients refuse, upload
    one without its intermediates again with them, and give a proxy that takes old protocols an SSL policy.

References:
    https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
    https://cloud.google.com/certificate-manager/docs/certificate-selection-logic
    https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
    https://www.rfc-editor.org/rfc/rfc9525
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from validator.check import Moment, Params, Proof, Severity, Skip, Table, Verdicts, check, verdict_of
from validator.gcp.balancers.ssl_policies import Version
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.lifetime import Margin
from validator.gcp.observed.handshake import Endpoint, Handshake, endpoints_of
from validator.gcp.observed.handshake_diagnosis import Demands, shown, troubles
from validator.gcp.observed.trouble import WILDCARD, Trouble, Weight
from validator.model.loadbalancer import Domain


class DomainHandshake(Params, frozen=True):
    """What an address must show."""

    #: Days that the certificate must still be good for.
    min_days_left: Annotated[int, Meta(ge=0)] = 10
    #: The same as a share of its whole life; the smaller of the two counts.
    min_percent_left: Annotated[int, Meta(ge=0, le=100)] = 15
    #: The oldest protocol version that may be taken; older ones beside it are a warning.
    min_version: Version = "TLS_1_2"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint, what is wrong with it, and what it shows if nothing is."""

    endpoint: Endpoint
    troubles: tuple[Trouble, ...]
    shown: str = ""


@check(severity=Severity.ERROR)
def domain_handshake(
    domain: Domain,
    *,
    handshakes: Table[Handshake],
    endpoints: TlsEndpoints,
    moment: Moment,
    params: DomainHandshake,
) -> Verdicts:
    """Each address by itself; what is well of the others is told beside what is not."""
    rows = {row.name: row for row in handshakes}
    margin = Margin(params.min_days_left, params.min_percent_left)
    demands = Demands(moment=moment, margin=margin, min_version=params.min_version)
    if domain.is_wildcard:
        yield verdict_of(WILDCARD, domain.name)
        return
    meant = endpoints_of(domain.name, endpoints)
    if not meant:
        words = f"no load balancer of the project is meant for {domain.name}; see domain.routing"
        yield Skip(code="NOTHING_TO_CONNECT_TO", message=words, evidence=(domain.path,))
    judged = [_judge(one, rows.get(one.at), endpoints, demands) for one in meant]
    well = "; ".join(f"{one.endpoint.socket} {one.shown}" for one in judged if not one.troubles)
    for one in judged:
        foreign = endpoints.perhaps_mapped(domain.name) or (bool(well) and _may_be_foreign(one.endpoint, meant))
        for trouble in one.troubles:
            told = _beside(_doubted(trouble) if foreign else trouble, well)
            yield verdict_of(told, one.endpoint.at, one.endpoint.evidence)
        if not one.troubles:
            yield Proof(message=f"{one.endpoint.socket} {one.shown}", evidence=one.endpoint.evidence)


def _judge(endpoint: Endpoint, row: Handshake | None, known: TlsEndpoints, demands: Demands) -> Judged:
    if row is None or len(endpoint.fronts) > 1:
        return Judged(endpoint=endpoint, troubles=(_untold(endpoint),))
    selection = known.selection(endpoint.fronts[0], endpoint.host)
    found = tuple(troubles(row, endpoint, selection, demands))
    return Judged(endpoint=endpoint, troubles=found, shown="" if found else shown(row, selection))


def _untold(endpoint: Endpoint) -> Trouble:
    if len(endpoint.fronts) > 1:
        words = "is the address of several load balancers in networks of their own: which of them answered is not known"
        return Trouble(code="ADDRESS_USED_TWICE", words=words, weight=Weight.UNKNOWN)
    because = "" if endpoint.address else ": the forwarding rule has no address yet"
    return Trouble(code="NOT_PROBED", words=f"was not connected to{because}", weight=Weight.UNKNOWN)


def _may_be_foreign(endpoint: Endpoint, meant: tuple[Endpoint, ...]) -> bool:
    """Whether it takes the name by default only, as those of other URL maps do that may be other products."""
    deciders = {front.decider for one in meant for front in one.fronts}
    return len(deciders) > 1 and not any(front.names(endpoint.host) for front in endpoint.fronts)


def _doubted(trouble: Trouble) -> Trouble:
    if trouble.weight is not Weight.FAULT:
        return trouble
    words = f"{trouble.words}; no host rule there names the domain, so that it may not be meant for it"
    return msgspec.structs.replace(trouble, words=words, weight=Weight.UNKNOWN)


def _beside(trouble: Trouble, well: str) -> Trouble:
    """The trouble, with what is well of the other addresses."""
    words = f"{trouble.words}. Meanwhile {well}" if well else trouble.words
    return msgspec.structs.replace(trouble, words=words)
