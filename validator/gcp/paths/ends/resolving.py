"""What a host name means on a network: private zones, names of VMs, Google's own names, or the public internet.

https://cloud.google.com/dns/docs/vpc-name-res-order https://cloud.google.com/compute/docs/internal-dns
https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.dns.zones import Records, bare, data, deepest, networks_of
from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.special import ANY_PUBLIC, GOOGLE_API_VIPS
from validator.headerspace.axes import addresses
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.table import Partial

_VIPS: Mapping[str, Intervals] = MappingProxyType(
    {
        "private.googleapis.com": addresses(("199.36.153.8/30",)),
        "restricted.googleapis.com": addresses(("199.36.153.4/30",)),
    }
)
_GOOGLE = ("googleapis.com", "gcr.io", "pkg.dev", "run.app", "cloudfunctions.net", "accounts.google.com")
_VM = re.compile(r"([a-z0-9-]+)(?:\.([a-z0-9-]+))?\.c\.((?:[a-z0-9.-]+\.)?[a-z0-9-]+)\.internal")
_READS = " and ".join(read.permission for kind in (DnsZone, DnsRecordSet) for read in kind.KIND.reads)
#: CNAMEs that are followed; a longer chain is a loop.
_DEEPEST = 8


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a name resolves to."""

    addresses: Intervals = EMPTY
    #: Where that is from, in words.
    words: str = ""
    #: Whether the name is of one of Google's APIs.
    google: bool = False
    #: Whether the addresses are all that it may have, of which it has one or some.
    one_of_many: bool = False
    stop: Stop | None = None


class Resolver:
    """A fact: looks names up as a VM of a network would."""

    def __init__(
        self, names: Names, machines: Machines, zones: Partial[DnsZone], records: Partial[DnsRecordSet]
    ) -> None:
        self._names = names
        self._machines = machines
        self._zones = tuple(zone for zone in zones if zone.visibility == "private")
        self._complete = zones.complete and records.complete
        self._records = Records(records)

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        machines: Machines,
        zones: Partial[DnsZone],
        records: Partial[DnsRecordSet],
    ) -> Resolver:
        """From private zones and VMs."""
        return cls(names, machines, zones, records)

    def look_up(self, name: str, network: str) -> Answer:
        """The answer on the network; "" where only public DNS is asked."""
        if network and not self._complete:
            # A private zone among those that were not read may say anything of any name.
            message = f"Not every Cloud DNS zone was read ({_READS}), so what {name} means here is not known."
            return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message))
        return self._followed(name, network, _DEEPEST)

    def _followed(self, name: str, network: str, depth: int) -> Answer:
        zone = self._zone(name, network)
        if zone is None:
            return self._elsewhere(name, network)
        if found := self._records.of(zone, name, "A", "AAAA"):
            some = union(readable(text) for row in found for text in data(row))
            return Answer(addresses=some, words=f"record {name} of private zone {zone.short}")
        alias = next((text for row in self._records.of(zone, name, "CNAME") for text in data(row)), "")
        if alias and depth:
            return self._followed(bare(alias), network, depth - 1)
        return _unanswered(name, zone, known=self._records.kept_here(zone) and not alias)

    def _zone(self, name: str, network: str) -> DnsZone | None:
        """The visible zone with the longest name that the name ends with."""
        return deepest((zone for zone in self._zones if network in networks_of(zone, self._names)), name)

    def _elsewhere(self, name: str, network: str) -> Answer:
        unread = bool(network) and network.split("/")[1] not in self._names.read
        if name in _VIPS:
            return Answer(addresses=_VIPS[name], words=f"{name}, Google's own", google=True)
        if any(f".{name}".endswith(f".{google}") for google in _GOOGLE):
            some = ANY_PUBLIC | GOOGLE_API_VIPS if unread else ANY_PUBLIC
            return Answer(addresses=some, words=f"{name}, Google's own", google=True, one_of_many=True)
        if found := _VM.fullmatch(name):
            return self._machine(name, found, network)
        if unread:
            owner = network.split("/")[1]
            message = f"The private zones of {owner}, which the network is of, were not read; one may hold {name}."
            return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message, evidence=(network,)))
        if name.endswith((".internal", ".local")) or "." not in name:
            message = f"No private zone that was read holds {name}, so its address is not known."
            return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message))
        return Answer(addresses=ANY_PUBLIC, words=f"{name}, a public name", one_of_many=True)

    def _machine(self, name: str, found: re.Match[str], network: str) -> Answer:
        """Of a VM's interfaces its name means the first; on other networks than the VM's it is not known."""
        host, zone, project = found.groups()
        held = [one for one in self._machines.on(network) if _is_named(one, host, zone or "", project)]
        if held:
            return Answer(addresses=held[0].addresses, words=f"{held[0].resource.label} by its internal name")
        message = f"{name} is the name of no VM on the network that was read."
        return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message))


def _is_named(holder: Holder, host: str, zone: str, project: str) -> bool:
    row = holder.resource
    named = row.KIND.noun == "vm" and row.short == host and zone in ("", row.location)
    return named and ".".join(reversed(row.project.split(":"))) == project


def _unanswered(name: str, zone: DnsZone, *, known: bool) -> Answer:
    if known:
        message = f"Private zone {zone.short} ({zone.dns_name}) answers for {name} and has no record of it."
        return Answer(stop=Stop(code="DNS_NAME_NOT_FOUND", message=message, evidence=(zone.path,)))
    message = f"Zone {zone.short} ({zone.dns_name}) leaves {name} to other name servers, whose answer is not known."
    return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message, evidence=(zone.path,)))
