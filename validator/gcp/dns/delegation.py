"""Which of the public zones the world asks for a name, as far as parent zones and a resolver tell.

https://cloud.google.com/dns/docs/dns-delegation https://cloud.google.com/dns/docs/update-name-servers
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validator.gcp.dns.answers import Answers
from validator.gcp.dns.zones import Records, bare, covers, data
from validator.model.dns import DnsZone


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The public zones above a name."""

    #: Those of the longest domain that may be asked; several where they are of one domain.
    closest: tuple[DnsZone, ...] = ()
    #: Those of longer domains, none of which is asked.
    passed_over: tuple[DnsZone, ...] = ()


class Delegation:
    """Public zones and their name servers."""

    def __init__(self, zones: Iterable[DnsZone], records: Records) -> None:
        self._zones = tuple(zones)
        self._records = records

    def standing(self, name: str, answers: Answers) -> Standing:
        """The zones that answer for the name, unless they leave it to others."""
        passed: list[DnsZone] = []
        domains = self._domains(name)
        for place, zones in enumerate(domains):
            closest = tuple(zone for zone in zones if self._linked(zone, domains[place + 1 :], answers) is not False)
            if closest:
                return Standing(closest=closest, passed_over=tuple(passed))
            passed += zones
        return Standing(passed_over=tuple(passed))

    def holder(self, name: str, answers: Answers, first: DnsZone) -> DnsZone | None:
        """The zone that answers for a name, `first` where it is one of several."""
        closest = self.standing(name, answers).closest
        return first if first in closest else next(iter(closest), None)

    def linked(self, zone: DnsZone, answers: Answers) -> bool | None:
        """Whether those who ask the zones above it are led to it; None where neither those nor a resolver tell."""
        domains = self._domains(bare(zone.dns_name))
        return self._linked(zone, domains[1:], answers)

    def asked(self, zone: DnsZone, answers: Answers) -> bool | None:
        """Whether the resolver is led to the zone's own name servers; None where that is not known."""
        row = answers.of(bare(zone.dns_name), "NS")
        if row is None or not row.answered or answers.within or not zone.name_servers:
            return None
        met = not self._servers(zone).isdisjoint(row.records)
        return None if row.cut and not met else met

    def others(self, zone: DnsZone, answers: Answers) -> tuple[str, ...]:
        """Name servers that the world asks beside the zone's own, and that the zone does not name either."""
        row = answers.of(bare(zone.dns_name), "NS")
        if row is None or not self.asked(zone, answers):
            return ()
        return tuple(text for text in row.records if text not in self._servers(zone))

    def _domains(self, name: str) -> list[list[DnsZone]]:
        """The zones above a name, by domain, the longest first."""
        found: dict[str, list[DnsZone]] = {}
        for zone in self._zones:
            if covers(zone, name):
                found.setdefault(bare(zone.dns_name), []).append(zone)
        return [found[domain] for domain in sorted(found, key=len, reverse=True)]

    def _linked(self, zone: DnsZone, above: list[list[DnsZone]], answers: Answers) -> bool | None:
        asked = self.asked(zone, answers)
        if asked is not None:
            return asked
        for parents in above:
            told = {self._leads(one, zone) for one in parents if self._linked(one, [], answers) is not False}
            if told:
                return True if True in told else None if None in told else False
        return None

    def _leads(self, parent: DnsZone, zone: DnsZone) -> bool | None:
        """Whether the parent zone delegates to the zone; None where it delegates to something between the two."""
        apex = bare(zone.dns_name)
        row = self._records.delegated(parent, apex)
        if row is None:
            return None if not self._records.kept_here(parent) else False
        if bare(row.name) != apex:
            return None
        return not zone.name_servers or not self._servers(zone).isdisjoint(map(bare, data(row)))

    def _servers(self, zone: DnsZone) -> frozenset[str]:
        """Its own, and those of its NS record set, where names of one's own for Google's servers stand."""
        renamed = (text for row in self._records.of(zone, bare(zone.dns_name), "NS") for text in data(row))
        return frozenset(bare(server) for server in (*zone.name_servers, *renamed))
