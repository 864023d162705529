"""The calls that several kinds share: one per project, per region, per network.

Each function's keyword annotations are what it needs to know first, so the planner can order the reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.model.environment import Environment
from validator.model.project import HostProject
from validator.model.resource import Target, target
from validator.model.table import Table


def audited_project(environment: Environment) -> Iterator[Target]:
    """One call about the project itself, `project` in the method's arguments."""
    yield target(environment.project, project=environment.project)


def network_project(environment: Environment, hosts: Table[HostProject]) -> str:
    """The project that network names of a ruleset belong to: the Shared VPC host, where there is one."""
    if environment.network_project:
        return environment.network_project
    return next((host.host for host in hosts if host.host), environment.project)


def networked_projects(environment: Environment, hosts: Table[HostProject]) -> tuple[str, ...]:
    """The audited project and its Shared VPC host: a service project may hold networks of its own besides."""
    return tuple(dict.fromkeys((environment.project, network_project(environment, hosts))))


def both_projects(environment: Environment, hosts: Table[HostProject]) -> Iterator[Target]:
    """One call about the audited project and one about the Shared VPC host, where that is another."""
    for project in networked_projects(environment, hosts):
        yield target(project, project=project)


def any_location(environment: Environment) -> Iterator[Target]:
    """One call with the documented location wildcard `-`."""
    yield target(environment.project, "-", parent=f"projects/{environment.project}/locations/-")
