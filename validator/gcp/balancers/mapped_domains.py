"""Whether DNS leads a mapped domain to Cloud Run.

https://cloud.google.com/run/docs/mapping-custom-domains#dns_update
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from validator.gcp.certificates.names import normal
from validator.gcp.dns.published import Published
from validator.model.dns import DnsRecordSet
from validator.model.domainmapping import DomainMapping

#: What every mapping of a subdomain is told to be an alias of, and the addresses every mapping of an apex is told of.
_FRONT = "ghs.googlehosted.com"
_ADDRESSES = frozenset(
    text for n in (32, 34, 36, 38) for text in (f"216.239.{n}.21", str(ipaddress.ip_address(f"2001:4860:4802:{n}::15")))
)


def asked_for(mapping: DomainMapping) -> tuple[str, ...]:
    """The records the domain must have, in words: "CNAME ghs.googlehosted.com."."""
    return tuple(f"{record.type} {record.rrdata}" for record in mapping.status.resource_records)


def led_elsewhere(mapping: DomainMapping, published: Published) -> tuple[str, ...]:
    """Records of the domain that lead elsewhere, in words; what a routing policy decides is not judged."""
    good = {_FRONT, *_ADDRESSES, *(_plain(record.rrdata) for record in mapping.status.resource_records)}
    return tuple(
        f"{row.type} {data}"
        for row in published.rows
        if not row.routing_policy
        for data in row.rrdatas
        if _plain(data) not in good
    )


def leads_nowhere(published: Published) -> bool:
    """Whether the zone is known to hold neither addresses nor an alias for the domain."""
    return published.complete and not _any(published.rows)


def _any(rows: Iterable[DnsRecordSet]) -> bool:
    return any(row.rrdatas or row.routing_policy for row in rows)


def _plain(data: str) -> str:
    """An address or a name as it is compared."""
    try:
        return str(ipaddress.ip_address(data.strip()))
    except ValueError:
        return normal(data)
