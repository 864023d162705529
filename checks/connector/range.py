"""The connector's range is a free /28 of its network.

Why: A connector whose range overlaps another subnet, a route, an allocated range or Redis sends its replies to the
wrong place, or is refused when it is created: after the deploy began, not before.

Remediation: A connector's range cannot be changed. Choose a /28 that nothing on the network uses, create a connector
with it, move the services over, and delete the old one.

References: https://cloud.google.com/run/docs/configuring/vpc-connectors
https://cloud.google.com/vpc/docs/subnets#prohibited-ranges
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.attachments import sql_seat
from validator.gcp.names import Names
from validator.gcp.ranges import DOCKER_BRIDGE, PROHIBITED, Claim, Ranges, ipv4
from validator.gcp.sites import ConnectorSites, Site, replacement
from validator.model.connector import Connector
from validator.model.network import Network
from validator.model.sql import SqlInstance
from validator.model.table import Table


class ConnectorRange(Params, frozen=True):
    """What the range must be, and where it must stay out of."""

    #: The declared range, such as "10.2.0.0/28".
    cidr: str | None = None
    #: Ranges it must not touch, such as those of the office or of another cloud.
    forbidden: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        for text in (self.cidr, *self.forbidden):
            if text is not None:
                ipaddress.IPv4Network(text)


@check(severity=Severity.ERROR)
def connector_range(
    connector: Connector,
    *,
    names: Names,
    sites: ConnectorSites,
    ranges: Ranges,
    networks: Table[Network],
    databases: Table[SqlInstance],
    params: ConnectorRange,
) -> Verdicts:
    """Yield one violation for each thing wrong with the range and for each thing it overlaps."""
    site = sites.of(connector)
    if gap := _gap(connector, site, names):
        yield gap
        return
    block = ipv4(site.cidr)
    if block is None:
        message = f"{connector.label} has the range {site.cidr!r}, which is no IPv4 range; expected a /28."
        yield _violation(connector, site, "CONNECTOR_RANGE_INVALID", message)
        return
    found: list[Verdict] = [*_shape(connector, site, block, params), *_reserved(connector, site, block, params)]
    found += _network(connector, site, {names.network(row.path, row.project) for row in networks})
    found += _overlaps(connector, site, block, ranges.on(site.network))
    if any(site.network in sql_seat(row, names).networks for row in databases):
        found += _bridge(connector, site, block)
    yield from found or (_proof(connector, site, len(ranges.on(site.network))),)


def _gap(connector: Connector, site: Site, names: Names) -> Verdict | None:
    """Why the range cannot be judged at all, if so."""
    if site.gap == "missing":
        message = f"{connector.label} is placed in the subnet {site.subnet}, which does not exist."
        return _violation(connector, site, "RESOURCE_CONFIG_NOT_FOUND", message)
    if site.gap == "unnamed":
        message = f"{connector.label} names neither a network nor a subnet, so what its range overlaps is not known."
        return Undecided(code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(connector.path,))
    where = site.network or site.subnet
    if where.split("/")[1] not in names.read:
        read = " and ".join(sorted(names.read))
        message = f"{connector.label} stands on {where}, but networks were read in project {read} only."
        fix = Fix(summary="Declare the project that holds the network as network_project of the environment.")
        return Undecided(code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(connector.path, where), fix=fix)
    return None


def _shape(
    connector: Connector, site: Site, block: ipaddress.IPv4Network, params: ConnectorRange
) -> Iterator[Violation]:
    if site.cidr.partition("/")[0] != str(block.network_address):
        message = f"{connector.label} has the range {site.cidr}, whose host bits are set; the block is {block}."
        yield _violation(connector, site, "CONNECTOR_RANGE_INVALID", message)
    if block.prefixlen != 28:
        message = f"{connector.label} has the range {site.cidr}; a connector takes a /28, neither more nor less."
        yield _violation(connector, site, "CONNECTOR_RANGE_NOT_A_28", message)
    if params.cidr is not None and block != ipaddress.IPv4Network(params.cidr):
        message = f"{connector.label} has the range {site.cidr}, expected {params.cidr} as declared."
        yield _violation(connector, site, "CONNECTOR_RANGE_UNEXPECTED", message)


def _reserved(
    connector: Connector, site: Site, block: ipaddress.IPv4Network, params: ConnectorRange
) -> Iterator[Violation]:
    for taken in PROHIBITED:
        if block.overlaps(taken):
            message = f"{connector.label} uses {site.cidr}, which overlaps {taken}: Google allows no subnet there."
            yield _violation(connector, site, "CONNECTOR_RANGE_PROHIBITED", message)
    for text in params.forbidden:
        if block.overlaps(ipaddress.IPv4Network(text)):
            message = f"{connector.label} uses {site.cidr}, which overlaps {text}, declared as forbidden."
            yield _violation(connector, site, "CONNECTOR_RANGE_FORBIDDEN", message)


def _network(connector: Connector, site: Site, existing: set[str]) -> Iterator[Violation]:
    if site.network not in existing:
        message = f"{connector.label} stands on the network {site.network}, which does not exist."
        yield _violation(connector, site, "NETWORK_CONFIG_NOT_FOUND", message)


def _overlaps(
    connector: Connector, site: Site, block: ipaddress.IPv4Network, claims: tuple[Claim, ...]
) -> Iterator[Verdict]:
    for claim in claims:
        if claim.block is None:
            message = f"{claim.owner} has the range {claim.text!r}, which cannot be compared with {site.cidr}."
            yield Undecided(code="CONNECTOR_RANGE_OVERLAP", message=message, evidence=(connector.path, claim.owner))
        elif claim.owner != connector.path and block.overlaps(claim.block):
            yield _overlap(connector, site, block, claim)


def _overlap(connector: Connector, site: Site, block: ipaddress.IPv4Network, claim: Claim) -> Violation:
    """A wider static route is a remark only: the connector's subnet route is more specific and wins.

    https://cloud.google.com/vpc/docs/routes#subnet-routes
    """
    of = f"{claim.text} ({claim.use} of {claim.owner.rsplit('/', 1)[-1]})"
    message = f"{connector.label} uses {site.cidr}, which overlaps {of} on network {site.network.rsplit('/', 1)[-1]}."
    wider = claim.use == "static route" and claim.block is not None and claim.block.prefixlen < block.prefixlen
    if wider:
        message += " What lies behind that route within the connector's range cannot be reached any more."
    severity = Severity.WARNING if wider else None
    return _violation(connector, site, "CONNECTOR_RANGE_OVERLAP", message, claim.owner, severity=severity)


def _bridge(connector: Connector, site: Site, block: ipaddress.IPv4Network) -> Iterator[Violation]:
    if block.overlaps(DOCKER_BRIDGE):
        message = (
            f"{connector.label} uses {site.cidr}, within {DOCKER_BRIDGE}, which Cloud SQL uses inside: "
            "instances on this network do not answer it on their private address."
        )
        yield _violation(connector, site, "CONNECTOR_RANGE_PROHIBITED", message, severity=Severity.WARNING)


def _violation(
    connector: Connector, site: Site, code: str, message: str, *others: str, severity: Severity | None = None
) -> Violation:
    evidence = (connector.path, f"range={site.cidr}", *others)
    return Violation(code=code, message=message, evidence=evidence, fix=_fix(connector, site), severity=severity)


def _fix(connector: Connector, site: Site) -> Fix:
    return Fix(
        summary="A connector's range cannot be changed: create another with a /28 that nothing on the network uses, "
        "move each SERVICE on it over, and delete the old one last.",
        gcloud=replacement(connector, network=site.network),
        terraform='resource "google_vpc_access_connector" "main" {\n  ip_cidr_range = "FREE_RANGE/28"\n}',
    )


def _proof(connector: Connector, site: Site, claims: int) -> Proof:
    network = site.network.rsplit("/", 1)[-1]
    others = claims - 1
    message = (
        f"{connector.label} has the /28 {site.cidr} of network {network}; it overlaps none of {others} other ranges"
    )
    return Proof(message=message, evidence=(connector.path, f"range={site.cidr}"))
