"""One spelling for what the APIs spell in five: networks, subnets and connectors by their full names.

Compute answers with URLs, vpcaccess with a bare name, redis with `projects/ID/…`, Cloud SQL with a leading
slash, servicenetworking with the project's *number* (../model tells which). Two names are the same resource
only after both went through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from validator.model.environment import Environment
from validator.model.project import HostProject, Project
from validator.model.scopes import network_project, networked_projects
from validator.model.table import Table

_FULL = re.compile(r"(?:^|/)projects/([^/]+)/(.+)$")


class Names:
    """A fact: canonical full names, with the project's id in place of its number."""

    def __init__(self, ids: Mapping[str, str], home: str, read: Iterable[str] = ()) -> None:
        self._ids = dict(ids)
        #: The project that network names of a ruleset belong to: the Shared VPC host, where there is one.
        self.home = home
        #: The projects whose networks were read: nothing is known to be missing in any other.
        self.read = frozenset((home, *read))

    @classmethod
    def derive(cls, *, environment: Environment, projects: Table[Project], hosts: Table[HostProject]) -> Names:
        """From the audited project and its Shared VPC host."""
        home, read = network_project(environment, hosts), networked_projects(environment, hosts)
        return cls({p.number: p.project_id for p in projects}, home, read)

    def network(self, text: str, project: str) -> str:
        """`projects/ID/global/networks/NAME`; a bare name belongs to `project`; "" stays ""."""
        return self.full(text, project, "global/networks")

    def subnetwork(self, text: str, project: str, region: str) -> str:
        """`projects/ID/regions/REGION/subnetworks/NAME`; a bare name belongs to `project` and `region`."""
        return self.full(text, project, f"regions/{region}/subnetworks")

    def connector(self, text: str, project: str, region: str) -> str:
        """`projects/ID/locations/REGION/connectors/NAME`; a bare name belongs to `project` and `region`."""
        return self.full(text, project, f"locations/{region}/connectors")

    def full(self, text: str, project: str, collection: str) -> str:
        """The canonical full name of a resource given in any of the APIs' spellings."""
        if not text:
            return ""
        if found := _FULL.search(text):
            owner, rest = found.groups()
            return f"projects/{self._ids.get(owner, owner)}/{rest}"
        bare = text.rsplit("/", 1)[-1]
        return f"projects/{project}/{collection}/{bare}"
