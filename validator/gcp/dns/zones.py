"""Zones of Cloud DNS and their records, looked up as a name server does.

https://cloud.google.com/dns/docs/zones/zones-overview https://www.rfc-editor.org/rfc/rfc4592
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from validator.gcp.names import Names
from validator.model.dns import DnsRecordSet, DnsZone

#: Keys of a routing policy under which answers stand: record data, and targets whose health is checked.
_LISTS, _SINGLE = ("rrdatas", "externalEndpoints"), "ipAddress"


def bare(text: str) -> str:
    """A name as it is compared here: lower case, without the final dot."""
    return text.lower().removesuffix(".")


def covers(zone: DnsZone, name: str) -> bool:
    """Whether the name is the zone's own or below it; every name is below that of the root, "."."""
    return is_within(name, bare(zone.dns_name))


def is_within(name: str, above: str) -> bool:
    """Whether the name is `above` or below it; "" is above every name."""
    return not above or f".{name}".endswith(f".{above}")


def deepest(zones: Iterable[DnsZone], name: str) -> DnsZone | None:
    """Of the zones the one with the longest name that the name ends with."""
    return max((zone for zone in zones if covers(zone, name)), key=lambda zone: len(zone.dns_name), default=None)


def networks_of(zone: DnsZone, names: Names) -> tuple[str, ...]:
    """Full names of the networks that see a private zone."""
    config = zone.private_visibility_config
    return tuple(names.network(one.network_url, zone.project) for one in (config.networks if config else ()))


def data(row: DnsRecordSet) -> Iterator[str]:
    """The record's data, of a routing policy every answer it may give: an item of weight 0 is never chosen.

    https://cloud.google.com/dns/docs/routing-policies-overview
    """
    yield from row.rrdatas
    yield from _within(row.routing_policy or {})


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("weight") == 0:
            return
        for key, inner in value.items():
            if key in _LISTS and isinstance(inner, list):
                yield from (text for text in inner if isinstance(text, str))
            elif key == _SINGLE and isinstance(inner, str):
                yield inner
            else:
                yield from _within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(inner)


class Records:
    """Record sets by zone."""

    def __init__(self, records: Iterable[DnsRecordSet]) -> None:
        self._rows = {(row.project, row.managed_zone, bare(row.name), row.type): row for row in records}
        #: Every name that has a record, or has one below it.
        self._names = {(project, zone, above) for project, zone, name, _ in self._rows for above in _with_parents(name)}

    def of(self, zone: DnsZone, name: str, *types: str) -> list[DnsRecordSet]:
        """The record sets of these types that answer for the name: its own, else those of the wildcard above it."""
        owner = self._owner(zone, name)
        return [row for kind in types if (row := self._rows.get((zone.project, zone.name, owner, kind)))]

    def _owner(self, zone: DnsZone, name: str) -> str:
        """The name itself where it exists; else the wildcard directly below its closest parent that does."""
        for above in _with_parents(name):
            if (zone.project, zone.name, above) in self._names:
                return name if above == name else f"*.{above}"
        return "*"

    def kept_here(self, zone: DnsZone) -> bool:
        """Whether its records are Cloud DNS's own: a forwarding or peering zone has none, not even an SOA."""
        return (zone.project, zone.name, bare(zone.dns_name), "SOA") in self._rows

    def delegated(self, zone: DnsZone, name: str) -> DnsRecordSet | None:
        """The record set by which the zone leaves the name, or a parent of it, to other name servers."""
        apex = bare(zone.dns_name)
        below = [above for above in _with_parents(name) if above != apex and is_within(above, apex)]
        found = (self._rows.get((zone.project, zone.name, above, "NS")) for above in below)
        return next((row for row in found if row), None)


def _with_parents(name: str) -> Iterator[str]:
    """The name, and each above it."""
    while name:
        yield name
        name = name.partition(".")[2]
