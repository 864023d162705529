"""Cloud DNS zones and their record sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from validator.model.resource import Kind, Part, Read, Resource, Target, target
from validator.model.scopes import both_projects
from validator.model.table import Table


class ZoneNetwork(Part, frozen=True, kw_only=True):
    """A network that sees a private zone."""

    network_url: str = ""


class PrivateVisibility(Part, frozen=True, kw_only=True):
    """Who sees a private zone."""

    networks: tuple[ZoneNetwork, ...] = ()


class DnsZone(Resource, frozen=True, kw_only=True):
    """A managed zone.

    https://cloud.google.com/dns/docs/reference/rest/v1/managedZones
    """

    KIND: ClassVar[Kind] = Kind(
        noun="dns-zone",
        reads=(
            Read(
                api="dns",
                version="v1",
                method="managedZones.list",
                permission="dns.managedZones.list",
                role="roles/dns.reader",
                # Private zones of a Shared VPC usually stand in the host project.
                targets=both_projects,
                items="managedZones",
                each="the project and its Shared VPC host",
            ),
        ),
    )
    #: With its trailing dot.
    dns_name: str = ""
    #: public or private.
    visibility: str = "public"
    name_servers: tuple[str, ...] = ()
    private_visibility_config: PrivateVisibility | None = None

    @property
    def path(self) -> str:
        """Zones are unique within a project."""
        return f"projects/{self.project}/managedZones/{self.name}"


def _each_zone(zones: Table[DnsZone]) -> Iterator[Target]:
    for zone in zones:
        yield target(zone.project, project=zone.project, managedZone=zone.name)


class DnsRecordSet(Resource, frozen=True, kw_only=True):
    """A record set; its name ends with a dot. A routing policy replaces `rrdatas`."""

    KIND: ClassVar[Kind] = Kind(
        noun="dns-record",
        reads=(
            Read(
                api="dns",
                version="v1",
                method="resourceRecordSets.list",
                permission="dns.resourceRecordSets.list",
                role="roles/dns.reader",
                targets=_each_zone,
                items="rrsets",
                inject=("managedZone",),
                each="each zone",
            ),
        ),
    )
    managed_zone: str = ""
    type: str = ""
    #: Seconds.
    ttl: int = 0
    rrdatas: tuple[str, ...] = ()
    routing_policy: dict[str, Any] | None = None

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Drop TXT data, also a routing policy's: people keep verification tokens there."""
        return {**raw, "rrdatas": [], "routingPolicy": None} if raw.get("type") == "TXT" else raw

    @property
    def path(self) -> str:
        """Zone, name and type identify it."""
        return f"projects/{self.project}/managedZones/{self.managed_zone}/rrsets/{self.name}/{self.type}"
