"""The peerings of each network, with the network at the other end.

https://cloud.google.com/vpc/docs/vpc-peering
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validator.gcp.names import Names
from validator.model.network import SERVICES_PEERING, Network, Peering
from validator.model.table import Table

#: Names of peerings that are certainly not of a directly peered Redis.
_OTHERS = (SERVICES_PEERING, "filestore-peer-", "gke-")
#: How those of one are named as a rule.
_USUAL = "redis-peer-"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a peering."""

    #: Canonical full names of both networks; `peer` may be of a project that cannot be read.
    network: str
    peer: str
    peering: Peering

    @property
    def active(self) -> bool:
        """Whether packets cross it."""
        return self.peering.state == "ACTIVE"


class Peerings:
    """A fact: every peering."""

    def __init__(self, links: Iterable[Link], own: Iterable[str] = ()) -> None:
        self._own = frozenset(own)
        self._links = {(link.network, link.peering.name): link for link in links}

    @classmethod
    def derive(cls, *, names: Names, networks: Table[Network]) -> Peerings:
        """From the networks."""
        links = (
            Link(
                network=names.network(row.path, row.project),
                peer=names.network(peering.network, row.project),
                peering=peering,
            )
            for row in networks
            for peering in row.peerings
        )
        return cls(links, names.read)

    def named(self, network: str, name: str) -> Link | None:
        """The network's peering of this name."""
        return self._links.get((network, name))

    def tenants(self, network: str, *, private_services: bool) -> tuple[Link, ...]:
        """The peerings that may lead to Google's network of a managed service.

        That of private services access has a name of its own; directly peered services have others, not promised ones.
        https://cloud.google.com/vpc/docs/configure-private-services-access
        """
        found = (link for (own, _), link in self._links.items() if own == network)
        if private_services:
            return tuple(link for link in found if link.peering.name.startswith(SERVICES_PEERING))
        return tuple(link for link in found if not link.peering.name.startswith(_OTHERS) and self._foreign(link.peer))

    def unlikely(self, link: Link) -> bool:
        """Whether one that may lead to a directly peered service has a name that another has more of a right to."""
        rivals = self.tenants(link.network, private_services=False)
        usual = [rival for rival in rivals if rival.peering.name.startswith(_USUAL)]
        return link in rivals and bool(usual) and link not in usual

    def _foreign(self, peer: str) -> bool:
        """Whether the network is of a project that is not the user's own."""
        return peer.partition("projects/")[2].partition("/")[0] not in self._own

    def between(self, network: str, others: Iterable[str]) -> Link | None:
        """An active peering of the network with one of the others."""
        there = frozenset(others)
        found = (link for (own, _), link in self._links.items() if own == network and link.peer in there)
        return next((link for link in found if link.active), None)
