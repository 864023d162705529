"""Compute Engine VMs: where they stand on networks, and what firewall rules and routes select them by.

https://cloud.google.com/compute/docs/reference/rest/v1/instances
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import field

from validator.model.network import read_of_both
from validator.model.resource import Kind, Part, Resource

_CREATED_BY = "created-by"


class AccessConfig(Part, frozen=True, kw_only=True):
    """An external address of an interface; `nat_ip` is "" while the VM is stopped and its address ephemeral."""

    #: ONE_TO_ONE_NAT, or DIRECT_IPV6.
    type: str = ""
    nat_ip: str = field(name="natIP", default="")
    external_ipv6: str = ""


class AliasRange(Part, frozen=True, kw_only=True):
    """Further addresses of an interface, CIDR."""

    ip_cidr_range: str = ""
    #: "" where they are of the subnet's primary range.
    subnetwork_range_name: str = ""


class VmInterface(Part, frozen=True, kw_only=True):
    """A network interface; `nic0` is the primary one."""

    name: str = ""
    network: str = ""
    subnetwork: str = ""
    network_ip: str = field(name="networkIP", default="")
    #: IPV4_ONLY, IPV4_IPV6 or IPV6_ONLY.
    stack_type: str = ""
    ipv6_address: str = ""
    access_configs: tuple[AccessConfig, ...] = ()
    ipv6_access_configs: tuple[AccessConfig, ...] = ()
    alias_ip_ranges: tuple[AliasRange, ...] = ()


class Tags(Part, frozen=True, kw_only=True):
    """Network tags; each selects the VM on every network it has an interface in."""

    items: tuple[str, ...] = ()


class ServiceAccount(Part, frozen=True, kw_only=True):
    """What the VM runs as."""

    email: str = ""


class Instance(Resource, frozen=True, kw_only=True):
    """A VM of the project or of its Shared VPC host; a stopped one is there too, since it may be started again.

    Nothing of its metadata survives but who made it: metadata holds secrets.
    """

    KIND: ClassVar[Kind] = Kind(
        noun="vm",
        reads=(read_of_both("instances.aggregatedList", "compute.instances.list", aggregated=True),),
    )
    #: RUNNING, TERMINATED (that is: stopped), SUSPENDED, STAGING …
    status: str = ""
    network_interfaces: tuple[VmInterface, ...] = ()
    tags: Tags = Tags()
    service_accounts: tuple[ServiceAccount, ...] = ()
    can_ip_forward: bool = False
    #: Such as "projects/NUMBER/zones/z/instanceGroupManagers/g"; "" for a VM that no group made.
    created_by: str = ""

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Drop the metadata, but for the name of the instance group manager that made the VM."""
        kept = {key: value for key, value in raw.items() if key != "metadata"}
        maker = _created_by(raw.get("metadata"))
        return kept | ({"createdBy": maker} if maker else {})

    @property
    def network_tags(self) -> frozenset[str]:
        """The tags that firewall rules and routes may select it by."""
        return frozenset(self.tags.items)

    @property
    def accounts(self) -> frozenset[str]:
        """E-mail addresses of its service accounts, of which there is one at most."""
        return frozenset(account.email for account in self.service_accounts if account.email)

    @property
    def zone(self) -> str:
        """The zone it is in: "us-central1-a"."""
        return self.location

    @property
    def region(self) -> str:
        """The region it is in: "us-central1"."""
        return self.location.rpartition("-")[0]


def _created_by(metadata: object) -> str:
    items = metadata.get("items") if isinstance(metadata, Mapping) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("key") == _CREATED_BY:
            return str(item.get("value", ""))
    return ""
