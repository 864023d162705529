"""Address groups: named lists of ranges that rules of firewall policies refer to.

https://cloud.google.com/firewall/docs/address-groups-firewall-policies
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar

from validator.model.environment import Environment
from validator.model.firewall import Effective, NetworkFirewalls, RegionFirewalls
from validator.model.resource import Kind, Read, Resource, Target, target
from validator.model.table import Table

#: A group is referred to by its name, with or without the API's host before it.
_NAME = re.compile(r"(projects|organizations)/([^/]+)/locations/([^/]+)/addressGroups/[^/]+$")


def group_name(reference: str) -> str:
    """The full name in a rule's reference: "projects/p/locations/global/addressGroups/g"; "" in what is none."""
    found = _NAME.search(reference)
    return found.group() if found else ""


def _referenced(*tables: Table[NetworkFirewalls] | Table[RegionFirewalls]) -> Iterator[str]:
    answers: tuple[Effective, ...] = tuple(answer for table in tables for answer in table)
    for policy in (policy for answer in answers for policy in answer.firewall_policys):
        for rule in policy.rules:
            yield from (*rule.match.src_address_groups, *rule.match.dest_address_groups)


def _groups_of(owner: str) -> Callable[..., Iterator[Target]]:
    """One call for each group of a project, or of an organization, that a rule in effect refers to."""

    def targets(
        environment: Environment, effective: Table[NetworkFirewalls], regional: Table[RegionFirewalls]
    ) -> Iterator[Target]:
        for name in sorted({group_name(reference) for reference in _referenced(effective, regional)}):
            kind, holder, location = found.groups() if (found := _NAME.fullmatch(name)) else ("", "", "")
            if kind == owner:
                yield target(holder if kind == "projects" else environment.project, location, name=name)

    return targets


def _get(owner: str) -> Read:
    return Read(
        api="networksecurity",
        version="v1",
        method=f"{owner}.locations.addressGroups.get",
        permission="networksecurity.addressGroups.get",
        role="roles/compute.networkUser",
        targets=_groups_of(owner),
        each=f"each address group of {owner} that a firewall policy refers to",
    )


class AddressGroup(Resource, frozen=True, kw_only=True):
    """A group, by its full name. One that could not be read has no row: who meets its name must answer "not known".

    https://cloud.google.com/firewall/docs/reference/network-security/rest/v1/projects.locations.addressGroups
    """

    KIND: ClassVar[Kind] = Kind(
        noun="address-group",
        lives_in_its_api=False,
        reads=(_get("projects"), _get("organizations")),
    )
    #: IPV4 or IPV6.
    type: str = ""
    #: Addresses and ranges, CIDR.
    items: tuple[str, ...] = ()
