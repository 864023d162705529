"""The fields of a rule as number sets, with bounds where a text cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from validator.headerspace.axes import ANYWHERE, EVERY_SERVICE, PORTED, V4, addresses, services
from validator.headerspace.intervals import EMPTY, Intervals, Span, union
from validator.model.firewall import Ports

#: https://cloud.google.com/compute/docs/reference/rest/v1/firewalls (allowed[].IPProtocol), and IANA's numbers.
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipip": 94, "sctp": 132}
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class Bounds(msgspec.Struct, frozen=True):
    """A set known from below and above: members for sure, and all that may be members."""

    sure: Intervals
    possible: Intervals

    @property
    def exact(self) -> bool:
        """Whether nothing is in doubt."""
        return self.sure == self.possible

    def __or__(self, other: Bounds) -> Bounds:
        return Bounds(self.sure | other.sure, self.possible | other.possible)

    def __and__(self, other: Bounds) -> Bounds:
        return Bounds(self.sure & other.sure, self.possible & other.possible)


NONE = Bounds(EMPTY, EMPTY)
#: What the API stores as 0.0.0.0/0 when no range is given; whether IPv6 is meant too is left open.
NO_RANGE_GIVEN = Bounds(V4, ANYWHERE)
EVERYWHERE = Bounds(ANYWHERE, ANYWHERE)
#: Addresses of which nothing is known.
ANY_PART = Bounds(EMPTY, ANYWHERE)


def ranges(texts: Iterable[str]) -> Bounds:
    """The addresses of CIDR texts, host bits ignored; one that cannot be read may mean any address."""
    read = [_block(text) for text in texts]
    sure = union(block for block in read if block)
    return Bounds(sure, ANYWHERE if None in read else sure)


def readable(*texts: str) -> Intervals:
    """The addresses of those texts that are addresses or ranges; the others are left out."""
    return ranges(texts).sure


def protocols_and_ports(entries: Iterable[Ports]) -> Bounds:
    """The services of a rule's `allowed` or `denied` list."""
    found = NONE
    for entry in entries:
        found |= service_bounds(entry.protocol, entry.ports)
    return found


def service_bounds(protocol: str, ports: Iterable[str]) -> Bounds:
    """The services of one protocol, by name or number, and its ports; no ports means all of them.

    An unknown name may mean any service; a port text that cannot be read, or ports of a protocol without
    them, any service of the protocol.
    """
    texts = tuple(ports)
    name = protocol.strip().lower()
    if name == "all":
        return Bounds(EMPTY if texts else EVERY_SERVICE, EVERY_SERVICE)
    number = PROTOCOLS.get(name, int(name) if re.fullmatch(r"\d{1,3}", name) else -1)
    if not 0 <= number <= 255:  # noqa: PLR2004 - the protocol field of an IP packet is one byte
        return Bounds(EMPTY, EVERY_SERVICE)
    return _ported(number, texts) if texts else Bounds(services(number), services(number))


def port_span(text: str) -> Span | None:
    """First and last port of "22" or "20-25"; None where the text is neither."""
    found = _PORTS.fullmatch(text.strip())
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if first <= last <= 65535 else None  # noqa: PLR2004


def _block(text: str) -> Intervals | None:
    try:
        return addresses((text,))
    except ValueError:
        return None


def _ported(number: int, texts: tuple[str, ...]) -> Bounds:
    if number not in PORTED:
        return Bounds(EMPTY, services(number))
    spans = [port_span(text) for text in texts]
    sure = services(number, [span for span in spans if span])
    return Bounds(sure, services(number) if None in spans else sure)
