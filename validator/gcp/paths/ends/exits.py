"""A way by which packets leave their source, up to the firewall of the network that they enter."""

from __future__ import annotations

import re

import msgspec

from validator.gcp.firewall.party import ANYONE, INTERNET, Party
from validator.gcp.paths.trace import End, Hop
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import ANYWHERE, V4
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.connector import Connector

_REGION = re.compile(r"/(?:regions|locations)/([^/]+)/")


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """A way out."""

    #: Such as "run/backend".
    label: str
    #: Full name of the source.
    path: str
    #: Full name of the network the packets enter; "" where they go straight to the internet.
    network: str = ""
    region: str = ""
    #: Canonical full name of the subnet; "" for a hidden one, or several.
    subnet: str = ""
    #: Every source address; empty where not known.
    addresses: Intervals = EMPTY
    #: Those of them, or others it is translated to, that the internet knows it by.
    external: Intervals = EMPTY
    #: Internal IPv4 addresses that are translated to external ones of its own.
    translated: Intervals = EMPTY
    party: Party = ANYONE
    #: Destinations whose packets leave this way.
    sends: Intervals = ANYWHERE
    hops: tuple[Hop, ...] = ()
    #: The connector on the way.
    connector: Connector | None = None
    #: Why nothing gets past the last hop.
    stop: Stop | None = None

    @property
    def words(self) -> str:
        """`run/backend through connector/staging`."""
        carrier = self.connector.label if self.connector else ""
        return self.label if carrier in ("", self.label) else f"{self.label} through {carrier}"


def direct_exit(label: str, path: str, hops: tuple[Hop, ...], sends: Intervals, words: str) -> Exit:
    """The way of a Cloud Run service past every VPC, from a public address of Google's that changes.

    https://cloud.google.com/run/docs/configuring/networking-best-practices
    """
    hop = Hop(state="SERVERLESS_EXTERNAL_CONNECTION", words=words, resource=path)
    source = PUBLIC & V4
    return Exit(
        label=label, path=path, addresses=source, external=source, party=INTERNET, sends=sends, hops=(*hops, hop)
    )


def nowhere(label: str, path: str, code: str, message: str, end: End = End.DROP) -> Exit:
    """A source from which no packet can leave."""
    return Exit(label=label, path=path, stop=Stop(end=end, code=code, message=message, evidence=(path,)))


def region_of(path: str) -> str:
    """The region in a full name; "" where there is none."""
    found = _REGION.search(path)
    return found.group(1) if found else ""
