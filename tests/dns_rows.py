"""Answers of a resolver and records of Cloud DNS, each field changeable."""

from __future__ import annotations

from typing import Any

from tests.balancers import HOST
from tests.builders import COMPUTE, PROJECT, VPC
from validator.gcp.observed.lookup import Lookup, Status, upwards
from validator.model.certificate import DnsAuthorization, DnsResourceRecord
from validator.model.dns import DnsRecordSet, DnsZone, PrivateVisibility, ZoneNetwork

#: The address that the load balancer of `tests.balancers` has where a test gives it one, and its IPv6 one.
ADDRESS, ADDRESS6 = "8.34.208.10", "2600:1901:0:1::"
SERVERS = tuple(f"ns-cloud-a{n}.googledomains.com" for n in range(1, 5))


def lookup(host: str, kind: str, *records: str, status: str = "", **changes: Any) -> Lookup:
    """What a resolver said from outside; without records and status, that the name has none of that type."""
    fields: dict[str, Any] = {
        "name": f"{host} {kind}",
        "project": PROJECT,
        "host": host,
        "type": kind,
        "records": records,
        "status": status or (Status.NOERROR if records else Status.NODATA),
        "ttl": 60,
        "resolver": "8.8.8.8",
        "vantage": "outside",
    }
    return Lookup(**(fields | changes))


def looked_up(*addresses: str, host: str = HOST, **changes: Any) -> tuple[Lookup, ...]:
    """A and AAAA of the host."""
    v4, v6 = ([text for text in addresses if (":" in text) is six] for six in (False, True))
    return lookup(host, "A", *v4, **changes), lookup(host, "AAAA", *v6, **changes)


def caa(*records: str, at: str = "", host: str = HOST, **changes: Any) -> tuple[Lookup, ...]:
    """The CAA records of the host and of every name above it: `records` at the one named, none at the others."""
    where = at or host.removeprefix("*.")
    return tuple(
        lookup(name, "CAA", *records, **changes) if name == where else lookup(name, "CAA") for name in upwards(host)
    )


def zone(name: str = "public", dns_name: str = "example.com.", **changes: Any) -> DnsZone:
    """A public zone on Google's name servers."""
    fields: dict[str, Any] = {
        "name": name,
        "project": PROJECT,
        "dns_name": dns_name,
        "name_servers": tuple(f"{server}." for server in SERVERS),
    }
    return DnsZone(**(fields | changes))


def private_zone(name: str = "inside", dns_name: str = "example.com.", **changes: Any) -> DnsZone:
    """A private zone that the network `vpc` sees."""
    seen = PrivateVisibility(networks=(ZoneNetwork(network_url=COMPUTE + VPC),))
    fields: dict[str, Any] = {"visibility": "private", "name_servers": (), "private_visibility_config": seen}
    return zone(name, dns_name, **(fields | changes))


def record(name: str, kind: str, *data: str, zone: str = "public", **changes: Any) -> DnsRecordSet:
    """A record set of the zone; `name` with its final dot."""
    fields: dict[str, Any] = {
        "name": name,
        "project": PROJECT,
        "managed_zone": zone,
        "type": kind,
        "ttl": 300,
        "rrdatas": data,
    }
    return DnsRecordSet(**(fields | changes))


def soa(name: str = "example.com.", zone: str = "public") -> DnsRecordSet:
    """The record that a zone has whose records are Cloud DNS's own."""
    return record(name, "SOA", "ns-cloud-a1.googledomains.com. x. 1 21600 3600 259200 300", zone=zone)


def authorization(domain: str = HOST, data: str = "", name: str = "auth", location: str = "global") -> DnsAuthorization:
    """A DNS authorisation with its record."""
    kept = DnsResourceRecord(
        name=f"_acme-challenge.{domain}.", type="CNAME", data=data or f"{name}.5.authorize.certificatemanager.goog."
    )
    return DnsAuthorization(
        name=f"projects/{PROJECT}/locations/{location}/dnsAuthorizations/{name}",
        project=PROJECT,
        location=location,
        domain=domain,
        dns_resource_record=kept,
    )


#: A zone in which Cloud DNS leads the host to Cloud Run, as domain mappings ask for.
TO_CLOUD_RUN = (zone(), soa(), record(f"{HOST}.", "CNAME", "ghs.googlehosted.com."))
