"""The answers of a resolver, by what was asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from validator.gcp.observed.lookup import Lookup, Status
from validator.model.endpoints import split_endpoint

#: What to do about each failure to find out.
_MENDS = {
    Status.SERVFAIL: "Mend the zone: its name servers do not answer, or its DNSSEC signatures do not fit the DS record"
    " that the parent holds.",
    Status.REFUSED: "Let the parent zone name the name servers that hold the zone: others refuse to answer for it.",
    Status.ERROR: "Ask the operator of the name servers: they do not understand the question.",
    Status.TIMEOUT: "Let the zone's name servers answer on UDP and TCP port 53, or delegate to ones that do.",
    Status.MALFORMED: "Let the zone's name servers answer with DNS messages.",
    Status.CNAME_LOOP: "Let the last alias lead to a name with addresses.",
    Status.BADNAME: "Correct the name: labels of 1 to 63 characters, 253 in all.",
    Status.NO_SERVER: "Name a DNS server in the environment: `probes: {resolver: 8.8.8.8}`.",
}
_CAUSES = {
    Status.SERVFAIL: "the resolver could not find out (SERVFAIL): a broken delegation, or DNSSEC that does not fit",
    Status.REFUSED: "the question was refused (REFUSED)",
    Status.ERROR: "the answer was an error",
    Status.TIMEOUT: "no answer that could be read came in time",
    Status.MALFORMED: "what came back is no DNS answer",
    Status.CNAME_LOOP: "its aliases lead to each other, or never end",
    Status.BADNAME: "it is no name that DNS could be asked for",
    Status.NO_SERVER: "this machine names no DNS server",
    Status.NXDOMAIN: "there is no such name (NXDOMAIN)",
    Status.NODATA: "the name exists without such a record",
}
#: The types of records that hold addresses.
ADDRESS_TYPES = ("A", "AAAA")
#: Failures that may be the resolver's own, not the name's.
_MAYBE_RESOLVER = frozenset((Status.SERVFAIL, Status.REFUSED, Status.ERROR, Status.TIMEOUT, Status.MALFORMED))


class Answers:
    """Lookups by host and type."""

    def __init__(self, rows: Iterable[Lookup]) -> None:
        self._rows = {(row.host, row.type): row for row in rows}
        #: Whether the resolver answered anything at all: then a failure is the name's own.
        self.heard = any(row.answered for row in self._rows.values())
        #: Whether it was asked from inside the VPC.
        self.inside = any(row.vantage == "vpc" for row in self._rows.values())
        #: Whether private zones of a network may have a say: asked from inside, and not of a public resolver.
        self.within = self.inside and not all(_is_public(row.resolver) for row in self._rows.values())

    def of(self, host: str, kind: str) -> Lookup | None:
        """The answer, None where it was not asked for."""
        return self._rows.get((host, kind))

    def addresses(self, host: str) -> tuple[Lookup, ...]:
        """The answers for A and AAAA, as far as they were asked for."""
        return tuple(row for kind in ADDRESS_TYPES if (row := self.of(host, kind)))

    def blames_resolver(self, row: Lookup) -> bool:
        """Whether a failure says nothing of the name, as far as can be told from here."""
        return row.status == Status.NO_SERVER or (row.status in _MAYBE_RESOLVER and not self.heard)


def cause(row: Lookup) -> str:
    """Why there is no record, in words, with what the server said of a failure."""
    words = _CAUSES.get(Status(row.status), row.status)
    return f"{words} ({row.details})" if row.details and not row.answered else words


def mend(row: Lookup) -> str:
    """What to do about a failure to find out."""
    return _MENDS.get(Status(row.status), "Publish the record.")


def asked_of(row: Lookup) -> str:
    """Who was asked, and from where: "8.8.8.8, asked from outside the VPC"."""
    where = "inside the VPC" if row.vantage == "vpc" else "outside the VPC"
    return f"{row.resolver or 'the resolver'} (asked from {where})"


def _is_public(server: str) -> bool:
    """Whether the server is named by a public address, with or without a port."""
    try:
        host, _ = split_endpoint(server)
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def same(address: str) -> str:
    """An address as it is compared: shortest spelling, and of a forwarding rule's IPv6 range its first address."""
    try:
        return str(ipaddress.ip_address(address.partition("/")[0]))
    except ValueError:
        return address
