"""Commands that change record sets.

https://cloud.google.com/sdk/gcloud/reference/dns/record-sets
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Literal

from validator.model.dns import DnsZone

Verb = Literal["create", "update", "delete"]


def record_set(verb: Verb, name: str, kind: str, data: Iterable[str] = (), zone: DnsZone | None = None) -> str:
    """The command for the record set of this name and type; ZONE stands for a zone that is not known."""
    listed = ",".join(shlex.quote(text) for text in data)
    flags = [
        f"--type={kind}",
        *([f"--rrdatas={listed}"] if listed else []),
        *(["--ttl=300"] if verb == "create" else []),
    ]
    where = f"--zone={zone.short} --project={zone.project}" if zone else "--zone=ZONE"
    return f"gcloud dns record-sets {verb} {shlex.quote(name.removesuffix('.') + '.')} {' '.join(flags)} {where}"


def of_family(addresses: Iterable[str], kind: str) -> list[str]:
    """Those of the addresses that a record of type A or AAAA can hold."""
    return [text for text in addresses if (":" in text) is (kind == "AAAA")]


def terraform(name: str, kind: str, data: str) -> str:
    """A record set with this one record."""
    return "\n".join(
        (
            'resource "google_dns_record_set" "NAME" {',
            f'  name         = "{name.removesuffix(".")}."',
            f'  type         = "{kind}"',
            "  ttl          = 300",
            "  managed_zone = google_dns_managed_zone.ZONE.name",
            f'  rrdatas      = ["{data}"]',
            "}",
        )
    )
