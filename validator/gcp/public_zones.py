"""What the public Cloud DNS zones of the project say of a name.

https://cloud.google.com/dns/docs/zones/zones-overview
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from validator.gcp.certificates.names import normal
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.table import Partial

_TYPES = ("A", "AAAA", "CNAME")


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What one zone holds for a name: its addresses or its alias."""

    zone: DnsZone
    rows: tuple[DnsRecordSet, ...]
    #: Whether every record set of the zone was read, so that nothing held is nothing there.
    complete: bool


class PublicZones:
    """A fact: public zones and their record sets, as far as they were read."""

    def __init__(self, zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> None:
        self._zones = tuple(zone for zone in zones if zone.visibility == "public")
        self._complete = records.complete
        #: Whether all of Cloud DNS was read.
        self.complete = zones.complete and records.complete
        self._rows: defaultdict[tuple[str, str, str], list[DnsRecordSet]] = defaultdict(list)
        for row in records:
            self._rows[row.project, row.managed_zone, normal(row.name)].append(row)

    @classmethod
    def derive(cls, *, zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> PublicZones:
        """From what was read of Cloud DNS."""
        return cls(zones, records)

    def of(self, name: str) -> tuple[Published, ...]:
        """What each zone that may answer for the name holds of it; several zones of one name, of which one answers.

        Nothing where no zone that was read holds the name, or where it is delegated further.
        """
        wanted = normal(name)
        fitting = [zone for zone in self._zones if f".{wanted}".endswith(f".{normal(zone.dns_name)}")]
        longest = max((len(zone.dns_name) for zone in fitting), default=0)
        nearest = (zone for zone in fitting if len(zone.dns_name) == longest)
        return tuple(self._held(zone, wanted) for zone in nearest if not self._delegates(zone, wanted))

    def _held(self, zone: DnsZone, name: str) -> Published:
        """The record sets of the name itself, else of the nearest wildcard above it."""
        for tried in (name, *(f"*.{above}" for above in _above(name))):
            if rows := self._rows.get((zone.project, zone.name, tried)):
                kept = tuple(row for row in rows if row.type in _TYPES)
                return Published(zone=zone, rows=kept, complete=self._complete)
        return Published(zone=zone, rows=(), complete=self._complete)

    def _delegates(self, zone: DnsZone, name: str) -> bool:
        """Whether the zone leaves the name, or a part of the tree that it is in, to other name servers."""
        apex = normal(zone.dns_name)
        below = (tried for tried in (name, *_above(name)) if tried.endswith(f".{apex}"))
        return any(row.type == "NS" for tried in below for row in self._rows.get((zone.project, zone.name, tried), ()))


def _above(name: str) -> Iterator[str]:
    """The names above a name, the nearest first."""
    while "." in name:
        name = name.partition(".")[2]
        yield name
