"""Addresses of a network that are no VM's: endpoints of Private Service Connect and internal load balancers.

https://cloud.google.com/vpc/docs/private-service-connect https://cloud.google.com/load-balancing/docs/internal
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validator.gcp.firewall.fields import readable, service_bounds
from validator.gcp.names import Names
from validator.headerspace.axes import EVERY_SERVICE
from validator.headerspace.intervals import Intervals
from validator.model.loadbalancer import ForwardingRule
from validator.model.table import Table

#: Bundles of Google APIs that a global endpoint may lead to.
#: https://cloud.google.com/vpc/docs/about-accessing-google-apis-endpoints
_BUNDLES = {"all-apis": "PSC_GOOGLE_API", "vpc-sc": "PSC_VPC_SC"}


class Occupant(msgspec.Struct, frozen=True, kw_only=True):
    """An address with something behind it that no firewall rule for VMs concerns."""

    #: Full name of the forwarding rule.
    path: str
    words: str
    network: str
    addresses: Intervals
    #: What it takes.
    services: Intervals
    #: Region whose clients alone reach it; "" where all do.
    region: str = ""
    #: Whether it is an endpoint of Private Service Connect, else a load balancer.
    endpoint: bool
    #: DeliverInfo.target of an endpoint.
    target: str = ""
    status: str = ""

    @property
    def is_google(self) -> bool:
        """Whether Google's APIs are behind it."""
        return self.endpoint and self.target in _BUNDLES.values()

    @property
    def accepted(self) -> bool | None:
        """Whether the endpoint is connected; None where that is not told. Endpoints of Google APIs always are."""
        if self.is_google:
            return True
        return self.status == "ACCEPTED" if self.status else None


class Occupants:
    """A fact: the occupants of each network."""

    def __init__(self, occupants: Iterable[Occupant]) -> None:
        self.rows = tuple(occupants)

    @classmethod
    def derive(cls, *, names: Names, forwarding_rules: Table[ForwardingRule]) -> Occupants:
        """From the forwarding rules with an address inside a network."""
        return cls(_occupant(row, names) for row in forwarding_rules if row.network and readable(row.ip_address))

    def on(self, network: str) -> tuple[Occupant, ...]:
        """Those on the network."""
        return tuple(one for one in self.rows if one.network == network)


def _occupant(row: ForwardingRule, names: Names) -> Occupant:
    endpoint = not row.load_balancing_scheme
    what = "endpoint" if endpoint else "internal load balancer"
    return Occupant(
        path=row.path,
        words=f"{what} {row.short} ({row.ip_address})",
        network=names.network(row.network, row.project),
        addresses=readable(row.ip_address),
        services=EVERY_SERVICE if endpoint else _taken(row),
        region=row.client_region,
        endpoint=endpoint,
        target=_BUNDLES.get(row.target.rsplit("/", 1)[-1], "PSC_PUBLISHED_SERVICE"),
        status=row.psc_connection_status,
    )


def _taken(row: ForwardingRule) -> Intervals:
    """Everything where a field cannot be read: then nothing is known to be refused.

    https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts
    """
    if row.ip_protocol in ("", "L3_DEFAULT"):
        return EVERY_SERVICE
    ports = () if row.all_ports else (*row.ports, *filter(None, (row.port_range,)))
    return service_bounds(row.ip_protocol, ports).possible
