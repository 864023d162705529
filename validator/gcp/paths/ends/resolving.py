"""What a host name means on a network: private zones, names of VMs, Google's own names, or the public internet.

https://cloud.google.com/dns/docs/vpc-name-res-order https://cloud.google.com/compute/docs/internal-dns
https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from validator.gcp.dns.aliases import Ending, Trail
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
        visible = [zone for zone in self._zones if network in networks_of(zone, self._names)]
        trail = Trail(self._records, lambda target: _holder(visible, target))
        endings = trail.endings(_holder(visible, name), name)
        return _united([self._answer(end, network) for end in endings], name)

    def _answer(self, end: Ending, network: str) -> Answer:
        if end.zone is None:
            return self._elsewhere(end.name, network)
        if end.open or not end.rows:
            return _unanswered(end.name, end.zone, known=not end.open)
        some = union(readable(text) for row in end.rows for text in data(row))
        return Answer(addresses=some, words=f"record {end.name} of private zone {end.zone.short}")

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


def _holder(zones: Iterable[DnsZone], name: str) -> DnsZone | None:
    """The zone with the longest name that the name ends with; the names of VMs are Google's unless it is longer still.

    https://cloud.google.com/dns/docs/vpc-name-res-order
    """
    zone, machine = deepest(zones, name), _VM.fullmatch(name)
    internal = f"c.{machine.group(3)}.internal" if machine else ""
    return None if zone and machine and len(bare(zone.dns_name)) < len(internal) else zone


def _united(answers: Sequence[Answer], name: str) -> Answer:
    """What a name means that several answers may be given for, by where it is asked from or by chance."""
    first = next((one for one in answers if one.stop), answers[0])
    if first.stop or len(answers) == 1:
        return first
    if len({one.one_of_many for one in answers}) > 1:
        message = f"{name} leads to private addresses and to public names, as a routing policy chooses."
        return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message))
    return Answer(
        addresses=union(one.addresses for one in answers),
        words=", ".join(one.words for one in answers),
        google=all(one.google for one in answers),
        one_of_many=first.one_of_many,
    )


def _unanswered(name: str, zone: DnsZone, *, known: bool) -> Answer:
    if known:
        message = f"Private zone {zone.short} ({zone.dns_name}) answers for {name} and has no record of it."
        return Answer(stop=Stop(code="DNS_NAME_NOT_FOUND", message=message, evidence=(zone.path,)))
    message = (
        f"Zone {zone.short} ({zone.dns_name}) does not say what {name} is: it leaves it to other name servers or to a"
        " policy that is not known, or its aliases never end."
    )
    return Answer(stop=Stop(end=End.ABORT, code="UNKNOWN_IP", message=message, evidence=(zone.path,)))
