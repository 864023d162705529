"""The service enters its VPC by a connector or an interface that exists in its own region.

Why: A service without VPC access sends private addresses nowhere; one that names a connector which is gone or in
another region does not start its next revision. Both show as timeouts of Redis or the database.

Remediation: Name a connector of the service's region, or a network and a subnet of at least /26, and never both.

References: https://cloud.google.com/run/docs/configuring/vpc-connectors
https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal

import msgspec

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.names import Names
from validator.gcp.ranges import ipv4
from validator.gcp.sites import ConnectorSites, Site, Subnets
from validator.model.connector import Connector
from validator.model.resource import last
from validator.model.run import NetworkInterface, Service, Serving, Template, VpcAccess
from validator.model.table import Table

_NOT_FOUND = "RESOURCE_CONFIG_NOT_FOUND"
_LARGEST_PREFIX = 26


class ConnectorAttached(Params, frozen=True):
    """How the service must enter the VPC."""

    #: Short name of the connector it must use.
    connector: str | None = None
    #: Network it must enter: a name in the project that holds the networks, or a full name.
    network: str | None = None
    #: Which traffic must enter the VPC.
    egress: Literal["ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"] | None = None
    #: Fail a service without VPC access, instead of skipping it; any of the above does so too.
    required: bool = False

    @property
    def demanded(self) -> bool:
        """Whether a service must have VPC access."""
        return self.required or any(value is not None for value in (self.connector, self.network, self.egress))


class Ways(msgspec.Struct, frozen=True):
    """A fact: what a service's reference to a connector or a network stands for."""

    names: Names
    subnets: Subnets
    sites: ConnectorSites
    connectors: Table[Connector]

    @classmethod
    def derive(cls, *, names: Names, subnets: Subnets, sites: ConnectorSites, connectors: Table[Connector]) -> Ways:
        """From the connectors and the subnets."""
        return cls(names, subnets, sites, connectors)

    def connector(self, path: str) -> Connector | None:
        """The connector with this canonical full name, if it was read."""
        rows = (row for row in self.connectors if self.names.connector(row.path, row.project, row.location) == path)
        return next(rows, None)


@check(severity=Severity.ERROR)
def connector_attached(service: Service, *, serving: Serving, ways: Ways, params: ConnectorAttached) -> Verdicts:
    """Yield a violation for each thing wrong with the VPC access of each revision that serves."""
    for template in serving.of(service):
        access = template.vpc_access
        if access is None or not (access.connector or access.network_interfaces):
            yield _without(service, template, params)
        else:
            found = [*_access(service, access, ways, params), *_egress(service, template, access, params)]
            yield from found or (_proof(service, template, access),)


def _without(service: Service, template: Template, params: ConnectorAttached) -> Violation | Skip:
    where = f"{service.label}{_revision(template)}"
    code, evidence = "VPC_CONNECTOR_NOT_SET", (service.path,)
    if not params.demanded:
        return Skip(code=code, message=f"{where} has no VPC access and none is declared", evidence=evidence)
    message = f"{where} has no VPC access: it reaches no private address. A connector or an interface is declared."
    return Violation(code=code, message=message, evidence=evidence, fix=_fix(service, params))


def _access(service: Service, access: VpcAccess, ways: Ways, params: ConnectorAttached) -> Iterator[Verdict]:
    if access.connector and access.network_interfaces:
        message = f"{service.label} names both a connector and a network interface; exactly one may be set."
        yield _violation(service, "VPC_ACCESS_AMBIGUOUS", message, params, f"connector={access.connector}")
    elif access.connector:
        yield from _connector(service, access.connector, ways, params)
    for interface in () if access.connector else access.network_interfaces:
        yield from _interface(service, interface, ways, params)


def _connector(service: Service, reference: str, ways: Ways, params: ConnectorAttached) -> Iterator[Verdict]:
    path = ways.names.connector(reference, service.project, service.location)
    if params.connector is not None and last(path) != params.connector:
        message = f"{service.label} uses connector {last(path)}, expected {params.connector} as declared."
        yield _violation(service, "VPC_CONNECTOR_UNEXPECTED", message, params, path)
    _, project, _, region, *_ = path.split("/")
    if region != service.location:
        message = f"{service.label} in {service.location} names a connector in {region}; it must be in the same region."
        yield _violation(service, "VPC_CONNECTOR_REGION_MISMATCH", message, params, path)
        return
    row = ways.connector(path)
    if row is not None:
        yield from _network(service, ways, ways.sites.of(row), params)
    elif project == service.project:
        message = f"{service.label} names the connector {last(path)}, which does not exist in {region}."
        yield _violation(service, _NOT_FOUND, message, params, path)
    else:
        message = f"{service.label} uses a connector of project {project}, whose connectors were not read."
        yield Undecided(code=_NOT_FOUND, message=message, evidence=(service.path, path))


def _interface(
    service: Service, interface: NetworkInterface, ways: Ways, params: ConnectorAttached
) -> Iterator[Verdict]:
    if params.connector is not None:
        message = f"{service.label} uses a network interface, expected connector {params.connector} as declared."
        yield _violation(service, "VPC_CONNECTOR_UNEXPECTED", message, params)
    site = ways.subnets.of_interface(interface, service)
    if site.gap:
        yield _gap(service, interface, site, params)
        return
    region = site.subnet.split("/")[3]
    if region != service.location:
        message = f"{service.label} in {service.location} has an interface in a subnet of {region}; regions must match."
        yield _violation(service, "SUBNET_REGION_MISMATCH", message, params, site.subnet)
    named = ways.names.network(interface.network, service.project)
    if named and named != site.network:
        message = f"{service.label} names network {last(named)}, but its subnet is on {last(site.network)}."
        yield _violation(service, "ROUTE_WRONG_NETWORK", message, params, site.subnet)
    yield from _size(service, site, params)
    yield from _network(service, ways, site, params)


def _gap(service: Service, interface: NetworkInterface, site: Site, params: ConnectorAttached) -> Verdict:
    if site.gap == "unread":
        message = f"{service.label} uses the subnet {site.subnet}, whose project's subnets were not read."
        return Undecided(code=_NOT_FOUND, message=message, evidence=(service.path, site.subnet))
    if site.gap == "unnamed":
        message = f"{service.label} has a network interface with neither network nor subnet."
        return _violation(service, _NOT_FOUND, message, params)
    message = f"{service.label} uses the subnet {site.subnet}, which does not exist."
    if not interface.subnetwork:
        message += " No subnet is named, so Cloud Run takes the one called like the network."
    return _violation(service, _NOT_FOUND, message, params, site.subnet)


def _size(service: Service, site: Site, params: ConnectorAttached) -> Iterator[Verdict]:
    """Instances take addresses in blocks of 16, about twice as many as run.

    https://cloud.google.com/run/docs/configuring/networking-best-practices
    """
    block = ipv4(site.cidr)
    if block is None:
        message = f"The subnet {site.subnet} has the range {site.cidr!r}, which is no IPv4 range."
        yield Undecided(code="NO_SERVERLESS_IP_RANGES", message=message, evidence=(service.path, site.subnet))
    elif block.prefixlen > _LARGEST_PREFIX:
        message = (
            f"{service.label} uses the subnet {last(site.subnet)} of {site.cidr}; Cloud Run needs a /26 or larger."
        )
        yield _violation(service, "NO_SERVERLESS_IP_RANGES", message, params, site.subnet)


def _network(service: Service, ways: Ways, site: Site, params: ConnectorAttached) -> Iterator[Verdict]:
    if params.network is None:
        return
    wanted = ways.names.network(params.network, ways.names.home)
    if not site.network:
        message = f"{service.label}: it is not known which network it enters, as its subnet was not found or read."
        yield Undecided(code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(service.path, site.subnet))
    elif site.network != wanted:
        message = f"{service.label} enters network {last(site.network)}, expected {last(wanted)} as declared."
        yield _violation(service, "ROUTE_WRONG_NETWORK", message, params, site.network, f"expected={wanted}")


def _egress(service: Service, template: Template, access: VpcAccess, params: ConnectorAttached) -> Iterator[Violation]:
    mode = access.egress if access.egress == "ALL_TRAFFIC" else "PRIVATE_RANGES_ONLY"
    if params.egress is not None and mode != params.egress:
        where = f"{service.label}{_revision(template)}"
        message = f"{where} sends {mode} into the VPC, expected {params.egress} as declared."
        yield _violation(service, "VPC_EGRESS_UNEXPECTED", message, params, f"egress={access.egress}")


def _revision(template: Template) -> str:
    return f" (revision {template.revision})" if template.revision else ""


def _violation(service: Service, code: str, message: str, params: ConnectorAttached, *others: str) -> Violation:
    return Violation(code=code, message=message, evidence=(service.path, *others), fix=_fix(service, params))


def _fix(service: Service, params: ConnectorAttached) -> Fix:
    egress = (params.egress or "PRIVATE_RANGES_ONLY").lower().replace("_", "-")
    words = ["gcloud", "run", "services", "update", service.short]
    scope = [f"--region={service.location}", f"--project={service.project}"]
    options = [f"--vpc-connector={params.connector or 'CONNECTOR'}", f"--vpc-egress={egress}"]
    return Fix(
        summary="Deploy the service with a connector of its own region, or with a network and a subnet, not both.",
        gcloud=(shlex.join([*words, *scope, *options]),),
        terraform=(
            "vpc_access {\n  connector = google_vpc_access_connector.main.id\n"
            f'  egress    = "{params.egress or "PRIVATE_RANGES_ONLY"}"\n}}'
        ),
    )


def _proof(service: Service, template: Template, access: VpcAccess) -> Proof:
    way = f"connector {last(access.connector)}" if access.connector else "a network interface"
    message = f"{service.label}{_revision(template)} enters the VPC by {way}"
    return Proof(message=message, evidence=(service.path,))
