"""What the public Cloud DNS zones of the project say of a name.

https://cloud.google.com/dns/docs/zones/zones-overview
"""

from __future__ import annotations

import msgspec

from validator.gcp.certificates.names import normal
from validator.gcp.dns.answers import Answers
from validator.gcp.dns.delegation import Delegation
from validator.gcp.dns.zones import Records
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
        self._read = records.complete
        #: Whether all of Cloud DNS was read.
        self.complete = zones.complete and records.complete
        self._records = Records(records)
        self._delegation = Delegation((zone for zone in zones if zone.visibility == "public"), self._records)

    @classmethod
    def derive(cls, *, zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> PublicZones:
        """From what was read of Cloud DNS."""
        return cls(zones, records)

    def of(self, name: str) -> tuple[Published, ...]:
        """What each zone that may answer for the name holds of it; several zones of one name, of which one answers.

        Nothing where no zone that was read holds the name, or where it is delegated further.
        """
        wanted = normal(name)
        closest = self._delegation.standing(wanted, Answers(())).closest
        return tuple(self._held(zone, wanted) for zone in closest if not self._records.delegated(zone, wanted))

    def _held(self, zone: DnsZone, name: str) -> Published:
        rows = self._records.of(zone, name, *_TYPES)
        return Published(zone=zone, rows=tuple(rows), complete=self._read)
