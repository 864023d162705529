"""Where a name's aliases end, through the zones that whoever asks would be led through.

https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2 https://cloud.google.com/dns/docs/routing-policies-overview
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from validator.gcp.dns.zones import Records, bare, data
from validator.model.dns import DnsRecordSet, DnsZone

#: CNAMEs that are followed in a row; a longer chain is a loop.
_DEEPEST = 8


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """One name that the aliases of another lead to; the name itself where there are none."""

    name: str
    #: The zone that holds it, or the last one on the way where `open`; None where no zone holds it.
    zone: DnsZone | None
    #: The record sets that hold its addresses.
    rows: tuple[DnsRecordSet, ...] = ()
    #: The record sets of the aliases that led here, in order.
    via: tuple[DnsRecordSet, ...] = ()
    #: Whether it is not known what is there: other name servers are asked, aliases never end, data is not understood.
    open: bool = False


class Trail:
    """Follows aliases, all of them where a routing policy holds several, each name once."""

    def __init__(self, records: Records, holder: Callable[[str], DnsZone | None]) -> None:
        """A trail through some zones.

        Args:
            records: every record set.
            holder: the zone among those that are asked that a name is in.
        """
        self._records = records
        self._holder = holder

    def endings(self, zone: DnsZone | None, name: str) -> tuple[Ending, ...]:
        """Where the name ends that this zone holds; at least one."""
        return tuple(self._endings(zone, name, (), (name,), {name}))

    def _endings(
        self,
        zone: DnsZone | None,
        name: str,
        via: tuple[DnsRecordSet, ...],
        path: tuple[str, ...],
        seen: set[str],
    ) -> Iterator[Ending]:
        aliases = self._aliases(zone, name) if zone else ()
        if not aliases:
            yield self._ending(zone, name, via)
        for row in aliases:
            for target in dict.fromkeys(map(bare, data(row))):
                if target in path or len(path) > _DEEPEST:
                    yield Ending(name=target, zone=zone, via=(*via, row), open=True)
                elif target not in seen:
                    seen.add(target)
                    yield from self._endings(self._holder(target), target, (*via, row), (*path, target), seen)

    def _aliases(self, zone: DnsZone, name: str) -> tuple[DnsRecordSet, ...]:
        """The CNAME record set of the name, where it has one with something in it and nothing goes before it."""
        if self._left(zone, name) or self._records.of(zone, name, "A", "AAAA"):
            return ()
        return tuple(row for row in self._records.of(zone, name, "CNAME") if any(data(row)))

    def _left(self, zone: DnsZone, name: str) -> bool:
        """Whether the zone leaves the name to others: to other name servers, or to a name that Google resolves."""
        return bool(self._records.delegated(zone, name) or self._records.of(zone, name, "ALIAS"))

    def _ending(self, zone: DnsZone | None, name: str, via: tuple[DnsRecordSet, ...]) -> Ending:
        if zone is None:
            return Ending(name=name, zone=None, via=via, open=True)
        if self._left(zone, name):
            return Ending(name=name, zone=zone, via=via, open=True)
        rows = tuple(self._records.of(zone, name, "A", "AAAA"))
        if rows:
            # A routing policy may name its targets in a way that is not known here.
            return Ending(name=name, zone=zone, rows=rows, via=via, open=not all(any(data(row)) for row in rows))
        held = self._records.kept_here(zone) and not self._records.of(zone, name, "CNAME")
        return Ending(name=name, zone=zone, via=via, open=not held)
