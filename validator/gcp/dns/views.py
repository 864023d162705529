"""What a name leads to by each source that can tell: Cloud DNS's public zones, private ones, and a resolver.

https://cloud.google.com/dns/docs/zones/zones-overview
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.dns.answers import ADDRESS_TYPES, Answers, asked_of, same
from validator.gcp.dns.zones import Records, bare, data, deepest, networks_of
from validator.gcp.names import Names
from validator.gcp.observed.lookup import Status
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.loadbalancer import ForwardingRule
from validator.model.table import Partial

#: CNAMEs that are followed; a longer chain is a loop.
_DEEPEST = 8


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of a name."""

    #: Who says so, in words.
    source: str
    #: Every address that may be answered, as they are compared; empty where there is none.
    addresses: tuple[str, ...] = ()
    #: An alias on the way that leads to a name that does not exist; "" for none.
    lost_alias: str = ""
    #: Whether the source leaves the answer to somebody else, so that it is not known.
    open: bool = False
    #: The zone whose records these are; None of a resolver.
    zone: DnsZone | None = None
    #: Full names of the networks that see it; empty for all the world.
    networks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is an address."""
        return bool(self.addresses)


class Zones:
    """A fact: Cloud DNS's zones and records of the project and its Shared VPC host."""

    def __init__(self, names: Names, zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> None:
        self._names = names
        #: Whether all of it was read: a zone that was not may hold a name, or a part of one that was.
        self.complete = zones.complete and records.complete
        self._public = tuple(zone for zone in zones if zone.visibility != "private")
        self._private = tuple(zone for zone in zones if zone.visibility == "private")
        self._records = Records(records)

    @classmethod
    def derive(cls, *, names: Names, zones: Partial[DnsZone], records: Partial[DnsRecordSet]) -> Zones:
        """From zones and records."""
        return cls(names, zones, records)

    def public(self, name: str) -> tuple[View, ...]:
        """What each public zone says that is the closest to the name: several may be of the same domain."""
        closest = deepest(self._public, name)
        same_name = [zone for zone in self._public if closest and bare(zone.dns_name) == bare(closest.dns_name)]
        return tuple(self._view(zone, name, f"public zone {zone.short}", self._public) for zone in same_name)

    def private(self, name: str) -> tuple[View, ...]:
        """What the networks are told that see a private zone of the name."""
        seers: dict[DnsZone, list[str]] = {}
        for network in sorted({network for zone in self._private for network in networks_of(zone, self._names)}):
            zone = deepest((one for one in self._private if network in networks_of(one, self._names)), name)
            if zone:
                seers.setdefault(zone, []).append(network)
        views = []
        for zone, networks in seers.items():
            visible = [one for one in self._private if set(networks) <= set(networks_of(one, self._names))]
            view = self._view(zone, name, f"private zone {zone.short}", visible)
            views.append(msgspec.structs.replace(view, networks=tuple(networks)))
        return tuple(views)

    def _view(self, zone: DnsZone, name: str, source: str, zones: Iterable[DnsZone]) -> View:
        return self._followed(View(source=source, zone=zone), zone, name, tuple(zones), _DEEPEST)

    def _followed(self, view: View, zone: DnsZone, name: str, zones: tuple[DnsZone, ...], depth: int) -> View:
        """The view of the name in the zone, following aliases through those zones."""
        view = msgspec.structs.replace(view, evidence=(*view.evidence, zone.path))
        if self._records.delegated(zone, name) or self._records.of(zone, name, "ALIAS") or not depth:
            return msgspec.structs.replace(view, open=True)
        if rows := self._records.of(zone, name, "A", "AAAA"):
            found, evidence = _addresses(rows), (*view.evidence, *_paths(rows))
            # A routing policy may name its targets in a way that is not known here.
            return msgspec.structs.replace(view, addresses=found, open=not found, evidence=evidence)
        if rows := self._records.of(zone, name, "CNAME"):
            view = msgspec.structs.replace(view, evidence=(*view.evidence, *_paths(rows)))
            return self._aliased(view, bare(next(data(rows[0]), "")), zones, depth)
        return msgspec.structs.replace(view, open=not self._records.kept_here(zone))

    def _aliased(self, view: View, target: str, zones: tuple[DnsZone, ...], depth: int) -> View:
        zone = deepest(zones, target)
        if not zone or not target:
            return msgspec.structs.replace(view, open=True)
        end = self._followed(view, zone, target, zones, depth - 1)
        lost = not end.found and not end.open and not end.lost_alias
        return msgspec.structs.replace(end, lost_alias=target) if lost else end

    def is_seen_by(self, view: View, rule: ForwardingRule) -> bool:
        """Whether the view is that of the network that the forwarding rule is in; of one without, of any network."""
        return not rule.network or self._names.network(rule.network, rule.project) in view.networks

    def delegation(self, zone: DnsZone, answers: Answers) -> bool | None:
        """Whether the world asks the zone's own name servers; None where that is not known."""
        apex = bare(zone.dns_name)
        row = answers.of(apex, "NS")
        if row is None or not row.answered or answers.within or not zone.name_servers:
            return None
        # Names of one's own for Google's servers stand in the zone's NS record set alone.
        renamed = (text for found in self._records.of(zone, apex, "NS") for text in data(found))
        return not {bare(server) for server in (*zone.name_servers, *renamed)}.isdisjoint(row.records)


def resolved(name: str, answers: Answers) -> View | None:
    """What the resolver says; None where it was not asked, or could not tell."""
    asked = answers.addresses(name)
    if len(asked) < len(ADDRESS_TYPES) or not all(row.answered for row in asked):
        return None
    gone = next((row for row in asked if row.chain and row.status == Status.NXDOMAIN), None)
    return View(
        source=asked_of(asked[0]),
        addresses=tuple(sorted(same(text) for row in asked for text in row.records)),
        lost_alias=gone.end if gone else "",
        evidence=tuple(row.path for row in asked),
    )


def _addresses(rows: Iterable[DnsRecordSet]) -> tuple[str, ...]:
    return tuple(sorted({same(text) for row in rows for text in data(row)}))


def _paths(rows: Iterable[DnsRecordSet]) -> Iterator[str]:
    return (row.path for row in rows)
