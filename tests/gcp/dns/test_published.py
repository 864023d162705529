"""What public zones hold of a name, where one of them is below another."""

from __future__ import annotations

import pytest

from tests.dns_rows import ADDRESS, record, soa, zone
from validator.gcp.dns.published import PublicZones
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.resource import Resource
from validator.model.table import Partial, Table

NAME = "api.staging.example.com"
SERVERS = ("ns-cloud-e1.googledomains.com.", "ns-cloud-e2.googledomains.com.")
BOTH = (
    zone(),
    soa(),
    zone("child", "staging.example.com.", name_servers=SERVERS),
    soa("staging.example.com.", "child"),
    record(f"{NAME}.", "A", ADDRESS, zone="child"),
)
ANSWERING: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "the parent zone does not delegate": (BOTH, ["public"]),
    "the parent zone delegates to it": ((*BOTH, record("staging.example.com.", "NS", *SERVERS)), ["child"]),
    "the parent zone delegates to others": ((*BOTH, record("staging.example.com.", "NS", "ns1.example.net.")), []),
    "the parent zone's records were not read": ((BOTH[0], *BOTH[2:]), ["child"]),
    "no zone above it": (BOTH[2:], ["child"]),
    "a zone of another domain": ((zone("other", "example.org."), soa("example.org.", "other")), []),
}


@pytest.mark.parametrize(("rows", "expected"), ANSWERING.values(), ids=list(ANSWERING))
def test_the_zone_that_answers_is_the_closest_that_is_delegated_to(
    rows: tuple[Resource, ...], expected: list[str]
) -> None:
    zones = Table(row for row in rows if isinstance(row, DnsZone))
    records = Table(row for row in rows if isinstance(row, DnsRecordSet))
    found = PublicZones(Partial(zones, complete=True), Partial(records, complete=True)).of(NAME)
    assert [one.zone.name for one in found] == expected
