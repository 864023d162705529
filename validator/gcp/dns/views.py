"""What a name leads to by each source that can tell: Cloud DNS's public zones, private ones, and a resolver.

https://cloud.google.com/dns/docs/zones/zones-overview
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from validator.gcp.dns.aliases import Ending, Trail
from validator.gcp.dns.answers import Answers, asked_of, same
from validator.gcp.dns.delegation import Delegation
from validator.gcp.dns.vantage import networks_around
from validator.gcp.dns.zones import Records, data, deepest, networks_of
from validator.gcp.names import Names
from validator.gcp.observed.lookup import Status
from validator.gcp.paths.ends.sources import Sources
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.environment import Environment
from validator.model.loadbalancer import ForwardingRule
from validator.model.table import Maybe, Partial


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of a name."""

    #: Who says so, in words.
    source: str
    #: Every address that may be answered, as they are compared; empty where there is none.
    addresses: tuple[str, ...] = ()
    #: An alias on the way that leads to a name that does not exist; "" for none.
    lost_alias: str = ""
    #: Whether the source leaves the answer, or a part of it, to somebody else, so that it is not known.
    open: bool = False
    #: Whether a routing policy chooses among answers, so that one who asks is not told all of them.
    varies: bool = False
    #: The zone whose records these are; None of a resolver.
    zone: DnsZone | None = None
    #: Full names of the networks that see it; empty for all the world.
    networks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    #: Of a resolver, the names that aliases lead to on the way.
    aliases: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is an address."""
        return bool(self.addresses)


class Zones:
    """A fact: Cloud DNS's zones and records of the project and its Shared VPC host."""

    def __init__(
        self, names: Names, zones: Partial[DnsZone], records: Partial[DnsRecordSet], *, around: frozenset[str]
    ) -> None:
        self._names = names
        self._around = around
        #: Whether all of it was read: a zone that was not may hold a name, or a part of one that was.
        self.complete = zones.complete and records.complete
        self._private = tuple(zone for zone in zones if zone.visibility == "private")
        self._records = Records(records)
        #: Which of the public zones are asked.
        self.delegation = Delegation((zone for zone in zones if zone.visibility != "private"), self._records)

    @classmethod
    def derive(
        cls,
        *,
        environment: Environment,
        names: Names,
        zones: Partial[DnsZone],
        records: Partial[DnsRecordSet],
        sources: Maybe[Sources],
    ) -> Zones:
        """From zones and records, and the networks that lookups inside are made from."""
        return cls(names, zones, records, around=networks_around(environment, sources))

    def public(self, name: str, answers: Answers) -> tuple[View, ...]:
        """What each public zone says that is the closest to the name: several may be of the same domain."""
        return tuple(self._outside(zone, name, answers) for zone in self.delegation.standing(name, answers).closest)

    def _outside(self, zone: DnsZone, name: str, answers: Answers) -> View:
        source = f"public zone {zone.short}"
        return self._view(zone, name, source, lambda target: self.delegation.holder(target, answers, zone))

    def private(self, name: str) -> tuple[View, ...]:
        """What the networks are told that see a private zone of the name."""
        seers: dict[DnsZone, list[str]] = {}
        for network in sorted({network for zone in self._private for network in networks_of(zone, self._names)}):
            zone = deepest((one for one in self._private if network in networks_of(one, self._names)), name)
            if zone:
                seers.setdefault(zone, []).append(network)
        return tuple(self._inside(zone, name, tuple(networks)) for zone, networks in seers.items())

    def _inside(self, zone: DnsZone, name: str, networks: tuple[str, ...]) -> View:
        visible = [one for one in self._private if set(networks) <= set(networks_of(one, self._names))]
        view = self._view(zone, name, f"private zone {zone.short}", lambda target: deepest(visible, target))
        return msgspec.structs.replace(view, networks=networks)

    def _view(self, zone: DnsZone, name: str, source: str, holder: Callable[[str], DnsZone | None]) -> View:
        endings = Trail(self._records, holder).endings(zone, name)
        lost = [end.name for end in endings if end.name != name and not (end.rows or end.open)]
        rows = {row.path: row for end in endings for row in (*end.via, *end.rows)}
        zones = {one.path: one for one in (zone, *(end.zone for end in endings if end.zone))}
        return View(
            source=source,
            addresses=tuple(sorted({text for end in endings for text in _addresses(end)})),
            lost_alias=next(iter(lost), ""),
            open=any(end.open for end in endings),
            varies=any(row.routing_policy for row in rows.values()),
            zone=zone,
            evidence=(*zones, *rows),
        )

    def may_answer_probes(self, view: View) -> bool:
        """Whether lookups inside may be told the view: of any network, where it is not known which they are made in."""
        return not self._around or not self._around.isdisjoint(view.networks)

    def is_seen_by(self, view: View, rule: ForwardingRule) -> bool:
        """Whether the view is that of the network that the forwarding rule is in; of one without, of any network."""
        return not rule.network or self._names.network(rule.network, rule.project) in view.networks


def resolved(name: str, answers: Answers) -> View | None:
    """What the resolver says, open where it could not tell all of it; None where it told nothing."""
    asked = answers.addresses(name)
    told = tuple(row for row in asked if row.answered)
    if not told:
        return None
    gone = next((row for row in told if row.chain and row.status == Status.NXDOMAIN), None)
    return View(
        source=asked_of(told[0]),
        addresses=tuple(sorted(same(text) for row in told for text in row.records)),
        lost_alias=gone.end if gone else "",
        open=not answers.settled(name),
        evidence=tuple(row.path for row in asked),
        aliases=tuple(dict.fromkeys(name for row in told for name in row.chain)),
    )


def _addresses(end: Ending) -> Iterable[str]:
    return (same(text) for row in end.rows for text in data(row))
