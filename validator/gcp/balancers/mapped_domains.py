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
#: Ranges of Google's own services, not of its customers, that serve the web: https://www.gstatic.com/ipranges/goog.json
_GOOGLES = tuple(
    map(
        ipaddress.ip_network,
        (
            "64.233.160.0/19",
            "74.125.0.0/16",
            "108.177.0.0/17",
            "142.250.0.0/15",
            "172.217.0.0/16",
            "172.253.0.0/16",
            "173.194.0.0/16",
            "192.178.0.0/15",
            "209.85.128.0/17",
            "216.58.192.0/19",
            "216.239.32.0/19",
            "2001:4860::/32",
            "2404:6800::/32",
            "2607:f8b0::/32",
            "2800:3f0::/32",
            "2a00:1450::/32",
            "2c0f:fb50::/32",
        ),
    )
)


def asked_for(mapping: DomainMapping) -> tuple[str, ...]:
    """The records the domain must have, in words: "CNAME ghs.googlehosted.com."."""
    return tuple(f"{record.type} {record.rrdata}" for record in mapping.status.resource_records)


def is_right(mapping: DomainMapping, data: str) -> bool:
    """Whether an address, or the name of an alias, is one that the mapping asks for or every mapping may have."""
    good = {_FRONT, *_ADDRESSES, *(_plain(record.rrdata) for record in mapping.status.resource_records)}
    return _plain(data) in good


def is_googles(address: str) -> bool:
    """Whether the address is one of Google's own services, as those are that an alias to Cloud Run may end at."""
    return any(ipaddress.ip_address(address) in block for block in _GOOGLES)


def led_elsewhere(mapping: DomainMapping, published: Published) -> tuple[str, ...]:
    """Records of the domain that lead elsewhere, in words; what a routing policy decides is not judged."""
    return tuple(
        f"{row.type} {data}"
        for row in published.rows
        if not row.routing_policy
        for data in row.rrdatas
        if not is_right(mapping, data)
    )


def is_led_there(mapping: DomainMapping, published: Published) -> bool:
    """Whether the zone is known to hold records of the domain that lead to Cloud Run, and no others."""
    policy = any(row.routing_policy for row in published.rows)
    return published.complete and _any(published.rows) and not policy and not led_elsewhere(mapping, published)


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
