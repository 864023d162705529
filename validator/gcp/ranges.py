"""Which IPv4 ranges of a VPC network are in use and by whom, and which ranges Google keeps for itself.

Routes learnt over BGP are not in `routes.list` and so not here.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from validator.gcp.names import Names
from validator.gcp.sites import ConnectorSites, Site
from validator.model.connector import Connector
from validator.model.network import Address, Network, Route, Subnetwork
from validator.model.redis import RedisInstance
from validator.model.resource import Resource
from validator.model.table import Table

Use = Literal[
    "subnet", "secondary range", "static route", "subnet route", "peering route", "allocated range", "address",
    "Redis range", "connector", "auto-mode range",
]  # fmt: skip

#: Ranges no subnet may have. https://cloud.google.com/vpc/docs/subnets#prohibited-ranges
PROHIBITED = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "199.36.153.4/30",
            "199.36.153.8/30",
        ),
    )
)
#: Cloud SQL's docker bridge: a client with an address in it gets no answer from a private address.
#: https://cloud.google.com/sql/docs/postgres/private-ip
DOCKER_BRIDGE = ipaddress.IPv4Network("172.17.0.0/16")
#: Where an auto-mode network puts its subnets, also those of regions to come.
#: https://cloud.google.com/vpc/docs/subnets#ip-ranges
AUTO_MODE = ipaddress.IPv4Network("10.128.0.0/9")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A range in use on a network."""

    use: Use
    #: Full name of the resource that uses it.
    owner: str
    #: The range as the API spells it.
    text: str
    #: None where the text is no range.
    block: ipaddress.IPv4Network | None


class Ranges:
    """A fact: the claims on each network, by the network's canonical full name."""

    def __init__(self, claims: Iterable[tuple[str, Claim]]) -> None:
        self._claims: defaultdict[str, list[Claim]] = defaultdict(list)
        for network, claim in claims:
            self._claims[network].append(claim)

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        connectors: ConnectorRanges,
        subnets: Table[Subnetwork],
        routes: Table[Route],
        addresses: Table[Address],
        redis: Table[RedisInstance],
        networks: Table[Network],
    ) -> Ranges:
        """From everything on a network that takes a range; a connector stands for its own subnet."""
        blocks = (*connectors.claims, *_subnets(subnets, names, connectors))
        known = {(network, claim.block) for network, claim in blocks}
        routed = (pair for pair in _routes(routes, names) if not _mirrors(pair, known))
        return cls((*blocks, *routed, *_addresses(addresses, names), *_redis(redis, names), *_auto(networks, names)))

    def on(self, network: str) -> tuple[Claim, ...]:
        """The claims on the network, IPv4 only."""
        return tuple(self._claims.get(network, ()))


class Populated:
    """A fact: the ranges in which hosts answer that are not read one by one, and those of the project's own Redis."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._claims = tuple(claims)

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        connectors: ConnectorRanges,
        subnets: Table[Subnetwork],
        addresses: Table[Address],
        redis: Table[RedisInstance],
    ) -> Populated:
        """From subnets, allocated ranges and direct peering; a connector's own subnet holds nothing but connectors."""
        found = (*_redis(redis, names), *_subnets(subnets, names, connectors), *_addresses(addresses, names))
        return cls(claim for _, claim in found if claim.use != "address")

    def around(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Claim | None:
        """The range that holds the address, on whichever network; the range of a Redis instance before all others."""
        return next((claim for claim in self._claims if claim.block and address in claim.block), None)


class ConnectorRanges:
    """A fact: the ranges that connectors occupy, and the subnets that are nothing but a connector's."""

    def __init__(self, placed: Iterable[tuple[Connector, Site]]) -> None:
        pairs = tuple(placed)
        self.claims = tuple(pair for row, site in pairs for pair in _claim("connector", row, site.network, site.cidr))
        self._subnets = frozenset(site.subnet for _, site in pairs if site.subnet)
        self._hidden = frozenset((network, claim.block) for network, claim in self.claims)

    @classmethod
    def derive(cls, *, connectors: Table[Connector], sites: ConnectorSites) -> ConnectorRanges:
        """From all connectors and where they stand."""
        return cls((row, sites.of(row)) for row in connectors)

    def owns(self, path: str, short: str, network: str, block: ipaddress.IPv4Network | None) -> bool:
        """Whether the subnet holds a connector, or is the hidden one (`aet-…`) that came with it.

        https://cloud.google.com/run/docs/configuring/vpc-connectors
        """
        return path in self._subnets or (short.startswith("aet-") and (network, block) in self._hidden)


def ipv4(text: str) -> ipaddress.IPv4Network | None:
    """The block a CIDR stands for, host bits dropped; None where it is no IPv4 range."""
    try:
        return ipaddress.IPv4Network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _claim(use: Use, row: Resource, network: str, text: str) -> Iterator[tuple[str, Claim]]:
    """The claim, unless there is no range, no network, or the range is IPv6 and can overlap nothing here."""
    if network and text and ":" not in text:
        yield network, Claim(use=use, owner=row.path, text=text, block=ipv4(text))


def _subnets(subnets: Table[Subnetwork], names: Names, connectors: ConnectorRanges) -> Iterator[tuple[str, Claim]]:
    for row in subnets:
        network = names.network(row.network, row.project)
        path = names.subnetwork(row.path, row.project, row.location)
        if not connectors.owns(path, row.short, network, ipv4(row.ip_cidr_range)):
            yield from _claim("subnet", row, network, row.ip_cidr_range)
        for secondary in row.secondary_ip_ranges:
            yield from _claim("secondary range", row, network, secondary.ip_cidr_range)


def _routes(routes: Table[Route], names: Names) -> Iterator[tuple[str, Claim]]:
    """Every route but the default ones, which any subnet is more specific than."""
    for row in routes:
        block = ipv4(row.dest_range)
        if block is None or block.prefixlen:
            yield from _claim(_route_use(row), row, names.network(row.network, row.project), row.dest_range)


def _route_use(row: Route) -> Use:
    if row.next_hop_peering:
        return "peering route"
    return "subnet route" if row.next_hop_network else "static route"


def _mirrors(pair: tuple[str, Claim], known: set[tuple[str, ipaddress.IPv4Network | None]]) -> bool:
    """Whether it is the route of a subnet that is already counted."""
    network, claim = pair
    return claim.use == "subnet route" and (network, claim.block) in known


def _addresses(addresses: Table[Address], names: Names) -> Iterator[tuple[str, Claim]]:
    """Allocated ranges, and the global endpoints for Google APIs that live outside every subnet."""
    for row in addresses:
        network = names.network(row.network, row.project)
        if row.purpose == "VPC_PEERING":
            yield from _claim("allocated range", row, network, f"{row.address}/{row.prefix_length or '?'}")
        elif row.purpose == "PRIVATE_SERVICE_CONNECT":
            yield from _claim("address", row, network, f"{row.address}/32")


def _redis(redis: Table[RedisInstance], names: Names) -> Iterator[tuple[str, Claim]]:
    """Ranges of directly peered instances; under private services access the fields name an allocated range."""
    for row in redis:
        if row.connect_mode != "PRIVATE_SERVICE_ACCESS":
            network = names.network(row.authorized_network or "default", row.project)
            for text in (row.reserved_ip_range, row.secondary_ip_range):
                if ipv4(text):
                    yield from _claim("Redis range", row, network, text)


def _auto(networks: Table[Network], names: Names) -> Iterator[tuple[str, Claim]]:
    for row in networks:
        if row.auto_create_subnetworks:
            yield from _claim("auto-mode range", row, names.network(row.path, row.project), str(AUTO_MODE))
