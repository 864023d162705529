"""Projects, their Shared VPC host, their enabled APIs, and the regions that serverless APIs offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from validator.model.environment import Environment
from validator.model.resource import Kind, Read, Resource, Target, last, target
from validator.model.table import Table


def _xpn_host(environment: Environment) -> Iterator[Target]:
    """Asked only where the environment does not say which project holds the networks."""
    if environment.network_project is None:
        yield target(environment.project, project=environment.project)


class HostProject(Resource, frozen=True, kw_only=True):
    """The Shared VPC host of the audited project; `host` is "" where it has none.

    https://cloud.google.com/compute/docs/reference/rest/v1/projects/getXpnHost
    """

    KIND: ClassVar[Kind] = Kind(
        noun="host-project",
        lives_in_its_api=False,
        reads=(
            Read(
                api="compute",
                version="v1",
                method="projects.getXpnHost",
                permission="compute.projects.get",
                role="roles/compute.networkViewer",
                targets=_xpn_host,
            ),
        ),
    )
    name: str = ""

    @property
    def host(self) -> str:
        """Project id of the host, or ""."""
        return last(self.name)


def _known_projects(environment: Environment, hosts: Table[HostProject]) -> Iterator[Target]:
    named = environment.network_project or next((host.host for host in hosts if host.host), environment.project)
    for project in dict.fromkeys((environment.project, named)):
        yield target(project, name=f"projects/{project}")


class Project(Resource, frozen=True, kw_only=True):
    """A project's id and number: several APIs answer with one where others take the other.

    https://cloud.google.com/resource-manager/reference/rest/v3/projects/get
    """

    KIND: ClassVar[Kind] = Kind(
        noun="project",
        lives_in_its_api=False,
        reads=(
            Read(
                api="cloudresourcemanager",
                version="v3",
                method="projects.get",
                permission="resourcemanager.projects.get",
                role="roles/browser",
                targets=_known_projects,
                each="the project and its Shared VPC host",
            ),
        ),
    )
    project_id: str
    state: str = ""

    @property
    def number(self) -> str:
        """The project number, as text."""
        return last(self.name)

    @property
    def short(self) -> str:
        """A project is called by its id."""
        return self.project_id

    @property
    def path(self) -> str:
        """`projects/ID`."""
        return f"projects/{self.project_id}"


def _enabled(environment: Environment) -> Iterator[Target]:
    yield _list_of(environment.project)


def _enabled_in_host(environment: Environment, hosts: Table[HostProject]) -> Iterator[Target]:
    """One call where the Shared VPC host is another project."""
    named = [environment.network_project] if environment.network_project else [row.host for row in hosts]
    yield from (_list_of(host) for host in named if host and host != environment.project)


def _list_of(project: str) -> Target:
    return target(project, parent=f"projects/{project}", filter="state:ENABLED")


def _enabled_read(targets: Callable[..., Iterable[Target]], each: str = "") -> Read:
    return Read(
        api="serviceusage",
        version="v1",
        method="services.list",
        permission="serviceusage.services.list",
        role="roles/serviceusage.serviceUsageViewer",
        targets=targets,
        items="services",
        each=each,
    )


class EnabledApi(Resource, frozen=True, kw_only=True):
    """An API that is switched on in the audited project.

    https://cloud.google.com/service-usage/docs/reference/rest/v1/services/list
    """

    KIND: ClassVar[Kind] = Kind(
        noun="api",
        lives_in_its_api=False,
        reads=(_enabled_read(_enabled),),
    )
    state: str = ""


class HostApi(EnabledApi, frozen=True, kw_only=True):
    """An API that is switched on in the Shared VPC host project."""

    KIND: ClassVar[Kind] = Kind(
        noun="host-api",
        lives_in_its_api=False,
        reads=(_enabled_read(_enabled_in_host, "the Shared VPC host"),),
    )


def _project_locations(environment: Environment) -> Iterator[Target]:
    """Asked only where the environment does not name its regions."""
    if not environment.regions:
        yield target(environment.project, name=f"projects/{environment.project}")


class ConnectorRegion(Resource, frozen=True, kw_only=True):
    """A region that offers Serverless VPC Access connectors.

    https://cloud.google.com/vpc/docs/reference/vpcaccess/rest/v1/projects.locations/list
    """

    KIND: ClassVar[Kind] = Kind(
        noun="connector-region",
        reads=(
            Read(
                api="vpcaccess",
                version="v1",
                method="projects.locations.list",
                permission="vpcaccess.locations.list",
                role="roles/vpcaccess.viewer",
                targets=_project_locations,
                items="locations",
                never_empty=True,
            ),
        ),
    )
    location_id: str


class RunRegion(Resource, frozen=True, kw_only=True):
    """A region that offers Cloud Run.

    https://cloud.google.com/run/docs/reference/rest/v1/projects.locations/list
    """

    KIND: ClassVar[Kind] = Kind(
        noun="run-region",
        reads=(
            Read(
                api="run",
                version="v1",
                method="projects.locations.list",
                permission="run.locations.list",
                role="roles/run.viewer",
                targets=_project_locations,
                items="locations",
                never_empty=True,
            ),
        ),
    )
    location_id: str


def in_regions(environment: Environment, offered: Iterable[ConnectorRegion | RunRegion]) -> Iterator[Target]:
    """One call for each declared region, else for each that the API offers; `parent` in the method's arguments."""
    project = environment.project
    for region in environment.regions or tuple(row.location_id for row in offered):
        yield target(project, region, parent=f"projects/{project}/locations/{region}")
