"""How the packets of Cloud Run leave: revision, egress setting, then connector or network interface.

https://cloud.google.com/run/docs/configuring/vpc-connectors https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
https://cloud.google.com/run/docs/configuring/networking-best-practices
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import network_words
from validator.gcp.egress import sent_to_vpc
from validator.gcp.firewall.fields import readable
from validator.gcp.firewall.party import connector_party, interface_party
from validator.gcp.names import Names
from validator.gcp.paths.ends.exits import Exit, direct_exit, nowhere
from validator.gcp.paths.ends.ready import Ready
from validator.gcp.paths.trace import End, Hop
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.sites import ConnectorSites, Site, Subnets, create_command, delete_command
from validator.gcp.special import GOOGLE_API_VIPS, PUBLIC
from validator.headerspace.axes import ANYWHERE
from validator.model.connector import Connector
from validator.model.fix import Fix
from validator.model.resource import last
from validator.model.run import NetworkInterface, Service, Template, VpcAccess
from validator.model.table import Table

#: The smallest subnet that Cloud Run takes addresses from. https://cloud.google.com/run/docs/configuring/vpc-direct-vpc
_SMALLEST = 2 ** (32 - 26)
_BLOCK = 16


class Serverless:
    """A fact: the ways out of every connector and of every Cloud Run service."""

    def __init__(
        self, names: Names, subnets: Subnets, sites: ConnectorSites, rows: Table[Connector], serving: Ready
    ) -> None:
        self._names = names
        self._subnets = subnets
        self._sites = sites
        self._connectors = {names.connector(row.path, row.project, row.location): row for row in rows}
        self._serving = serving

    @classmethod
    def derive(
        cls, *, names: Names, subnets: Subnets, sites: ConnectorSites, connectors: Table[Connector], serving: Ready
    ) -> Serverless:
        """From connectors, subnets and the revisions that serve."""
        return cls(names, subnets, sites, connectors, serving)

    def of_connector(self, row: Connector) -> Exit:
        """The way through a connector, for whoever uses it."""
        site = self._sites.of(row)
        where = f" on {network_words(site.network)}" if site.network else ""
        hop = Hop(
            state="ARRIVE_AT_VPC_CONNECTOR",
            words=f"{row.short} ({row.state or 'state unknown'}) with {site.cidr or 'an unknown range'}{where}",
            resource=row.path,
        )
        return Exit(
            label=row.label,
            path=row.path,
            network=site.network,
            region=row.location,
            subnet=site.subnet,
            addresses=readable(site.cidr),
            party=connector_party(row),
            hops=(hop,),
            connector=row,
            stop=_connector_stop(row, site),
        )

    def of_service(self, service: Service) -> Iterator[Exit]:
        """Every different way, of all revisions that serve."""
        found: dict[Exit, None] = {}
        for template, stop in self._serving.of(service):
            found |= dict.fromkeys(self._revision(service, template, stop))
        yield from found

    def _revision(self, service: Service, template: Template, stop: Stop | None) -> Iterator[Exit]:
        name = template.revision or last(service.latest_ready_revision) or "the latest revision"
        hop = Hop(state="START_FROM_CLOUD_RUN_REVISION", words=f"{name} of {service.label}", resource=service.path)
        if stop:
            yield Exit(label=service.label, path=service.path, hops=(hop,), stop=stop)
            return
        for way in self._accesses(service, template.vpc_access):
            yield msgspec.structs.replace(way, label=service.label, path=service.path, hops=(hop, *way.hops))

    def _accesses(self, service: Service, access: VpcAccess | None) -> Iterator[Exit]:
        if access is None or not (access.connector or access.network_interfaces):
            words = "the service has no VPC access, so it leaves for the internet with a public address of Google's"
            yield direct_exit(service.label, service.path, (), PUBLIC | GOOGLE_API_VIPS, words)
            yield _not_set(service)
            return
        sent = sent_to_vpc(access)
        ways = [self._through(service, access.connector)] if access.connector else []
        ways += [self._interface(service, interface) for interface in access.network_interfaces]
        for way in ways:
            yield msgspec.structs.replace(way, sends=sent)
        if past := ANYWHERE - sent:
            words = (
                "egress PRIVATE_RANGES_ONLY: leaves for the internet, past the VPC, with a public address of Google's"
            )
            yield direct_exit(service.label, service.path, (), past, words)

    def _through(self, service: Service, reference: str) -> Exit:
        path = self._names.connector(reference, service.project, service.location)
        row = self._connectors.get(path)
        if row is None:
            own = path.startswith(f"projects/{service.project}/")
            what = "does not exist" if own else "is in a project that was not read"
            message = f"{service.label} uses connector {last(path)}, which {what}."
            end = End.DROP if own else End.ABORT
            return nowhere(service.label, service.path, "RESOURCE_CONFIG_NOT_FOUND", message, end)
        way = self.of_connector(row)
        if row.location == service.location or way.stop:
            return way
        message = (
            f"{service.label} runs in {service.location}, but {row.label} is in {row.location}: they must share one."
        )
        stop = Stop(code="VPC_CONNECTOR_REGION_MISMATCH", message=message, evidence=(service.path, row.path))
        return msgspec.structs.replace(way, stop=stop)

    def _interface(self, service: Service, interface: NetworkInterface) -> Exit:
        site = self._subnets.of_interface(interface, service)
        where = network_words(site.network) if site.network else "an unknown network"
        hop = Hop(
            state="DIRECT_VPC_EGRESS_CONNECTION",
            words=f"subnet {last(site.subnet) or 'unknown'} ({site.cidr or 'range unknown'}) of {where}",
            resource=site.subnet or service.path,
        )
        return Exit(
            label=service.label,
            path=service.path,
            network=site.network,
            region=service.location,
            subnet=site.subnet,
            addresses=readable(site.cidr),
            party=interface_party(interface, service.location),
            hops=(hop,),
            stop=_interface_stop(service, site),
        )


def _unplaced(label: str, path: str, site: Site) -> Stop | None:
    if site.network and readable(site.cidr):
        return None
    gone = site.gap == "missing"
    what = f"its subnet {last(site.subnet)} does not exist" if gone else "its network or its range could not be read"
    return Stop(
        end=End.DROP if gone else End.ABORT,
        code="RESOURCE_CONFIG_NOT_FOUND" if gone else "NETWORK_CONFIG_NOT_FOUND",
        message=f"It is not known where {label} stands: {what}.",
        evidence=(path, *filter(None, (site.subnet,))),
    )


def _connector_stop(row: Connector, site: Site) -> Stop | None:
    if row.state == "READY":
        return _unplaced(row.label, row.path, site)
    recreate = Fix(
        summary="A connector in state ERROR does not recover: delete it and create it again.",
        gcloud=(delete_command(row), create_command(row)),
    )
    return Stop(
        code="VPC_CONNECTOR_NOT_RUNNING",
        message=f"{row.label} is {row.state or 'in no known state'}; it carries packets only while it is READY.",
        evidence=(row.path, f"state={row.state}"),
        mend=recreate if row.state == "ERROR" else None,
    )


def _interface_stop(service: Service, site: Site) -> Stop | None:
    if stop := _unplaced(f"the interface of {service.label}", service.path, site):
        return stop
    if readable(site.cidr).size >= _SMALLEST:
        return _nearly_full(service, site)
    message = (
        f"Subnet {last(site.subnet)} ({site.cidr}) is too small for {service.label}: Direct VPC egress needs a /26 or "
        "a larger one, of which it takes 16 addresses at a time."
    )
    return Stop(code="NO_SERVERLESS_IP_RANGES", message=message, evidence=(service.path, site.subnet))


def _nearly_full(service: Service, site: Site) -> Stop | None:
    """Instances that run keep their addresses; the next one, or the next revision, may get none."""
    if site.free is None or site.free >= _BLOCK:
        return None
    message = (
        f"Subnet {last(site.subnet)} ({site.cidr}) has {site.free} free addresses, fewer than the {_BLOCK} that Cloud "
        f"Run takes at a time, so new instances of {service.label} may get none."
    )
    evidence = (service.path, site.subnet, f"totalFreeIp={site.free}")
    mend = Fix(summary="Give the service a larger subnet, or free addresses of this one.")
    return Stop(end=End.ABORT, code="NO_SERVERLESS_IP_RANGES", message=message, evidence=evidence, mend=mend)


def _not_set(service: Service) -> Exit:
    words = ["gcloud", "run", "services", "update", service.short, "--network=NETWORK", "--subnet=SUBNET"]
    where = [f"--region={service.location}", f"--project={service.project}"]
    mend = Fix(
        summary="Give the service an interface in the VPC network, or a connector.",
        gcloud=(shlex.join([*words, *where]),),
        terraform='vpc_access {\n  network_interfaces {\n    network    = "NETWORK"\n    subnetwork = "SUBNET"\n  }\n}',
    )
    stop = Stop(
        code="VPC_CONNECTOR_NOT_SET",
        message=f"{service.label} has neither a connector nor a VPC interface, so it reaches no private address.",
        evidence=(service.path, "vpcAccess is unset"),
        mend=mend,
    )
    return Exit(
        label=service.label,
        path=service.path,
        addresses=PUBLIC,
        sends=ANYWHERE - PUBLIC - GOOGLE_API_VIPS,
        stop=stop,
    )
