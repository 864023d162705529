"""The answers of a resolver, by what was asked."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterable

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
#: Types that every resolver knows; one that answers another type may still not know CAA.
_COMMON = (*ADDRESS_TYPES, "NS", "CNAME")
#: Failures that may be the resolver's own, not the name's.
_MAYBE_RESOLVER = frozenset((Status.SERVFAIL, Status.REFUSED, Status.ERROR, Status.TIMEOUT, Status.MALFORMED))
#: How many domains that have nothing to do with each other fail alike before that is the resolver's doing.
_UNRELATED = 3


class Answers:
    """Lookups by host and type."""

    def __init__(self, rows: Iterable[Lookup], *, asked: bool = False) -> None:
        """The lookups; `asked` where some were to be made, even if each of them went wrong."""
        self._rows = {(row.host, row.type): row for row in rows}
        #: Whether anything was asked.
        self.any = asked or bool(self._rows)
        #: Types of which the resolver answered any question at all: then a failure may be the name's own.
        self._heard = frozenset(row.type for row in self._rows.values() if row.answered)
        #: Failures, by type and status, that most names of the type share.
        self._widespread = _widespread(self._rows.values())
        inside = any(row.vantage == "vpc" for row in self._rows.values())
        #: Whether private zones of a network may have a say: asked from inside, and not of a public resolver.
        self.within = inside and not all(_is_public(row.resolver) for row in self._rows.values())

    def of(self, host: str, kind: str) -> Lookup | None:
        """The answer, None where it was not asked for."""
        return self._rows.get((host, kind))

    def addresses(self, host: str) -> tuple[Lookup, ...]:
        """The answers for A and AAAA, as far as they were asked for."""
        return tuple(row for kind in ADDRESS_TYPES if (row := self.of(host, kind)))

    def settled(self, host: str) -> bool:
        """Whether every address that the resolver has for the host is known."""
        asked = self.addresses(host)
        return len(asked) == len(ADDRESS_TYPES) and all(row.answered and not row.cut for row in asked)

    def doubt(self, row: Lookup) -> str:
        """Why a failure may be the resolver's own and say nothing of the name, in words; "" where it is the name's."""
        if row.status == Status.NO_SERVER:
            return "nobody was asked"
        if row.status not in _MAYBE_RESOLVER:
            return ""
        if not self._heard:
            return "the resolver answered no other question either"
        if row.type not in (*_COMMON, *self._heard):
            return f"the resolver answered no question for {row.type} at all"
        shared = (row.type, row.status) in self._widespread
        return "most names fail alike there, of domains unrelated to each other" if shared else ""


def _widespread(rows: Collection[Lookup]) -> frozenset[tuple[str, str]]:
    """The failures that more than half of the questions of a type met, for domains unrelated to each other."""
    asked = Counter(row.type for row in rows)
    failed: dict[tuple[str, str], list[Lookup]] = {}
    for row in rows:
        if not row.answered:
            failed.setdefault((row.type, row.status), []).append(row)
    return frozenset(
        met
        for met, alike in failed.items()
        if 2 * len(alike) > asked[met[0]] and len({_domain(row.host) for row in alike}) >= _UNRELATED
    )


def _domain(host: str) -> str:
    """The last two labels: domains that share them may be of one zone, whoever has registered them."""
    return ".".join(host.split(".")[-2:])


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
