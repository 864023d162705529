"""Secret Manager: names and states of secrets and their versions. Payloads are never asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from msgspec import field

from validator.model.environment import Environment
from validator.model.project import Project
from validator.model.resource import Kind, Read, Resource, Target, last, target
from validator.model.run import Service, Serving
from validator.model.table import Table


def _project(environment: Environment) -> Iterator[Target]:
    yield target(environment.project, parent=f"projects/{environment.project}")


class Secret(Resource, frozen=True, kw_only=True):
    """A secret's name and aliases.

    https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets
    """

    KIND: ClassVar[Kind] = Kind(
        noun="secret",
        reads=(
            Read(
                api="secretmanager",
                version="v1",
                method="projects.secrets.list",
                permission="secretmanager.secrets.list",
                role="roles/secretmanager.viewer",
                targets=_project,
                items="secrets",
            ),
        ),
    )
    #: Alias to version number.
    version_aliases: Mapping[str, str] = field(default_factory=dict)


def own_secret(reference: str, project: str, projects: Table[Project]) -> str:
    """The bare name of a secret of `project`, from "name" or "projects/ID-or-number/secrets/name"; "" if another's."""
    if "/" not in reference:
        return reference
    numbers = {row.number for row in projects if row.project_id == project}
    owner = reference.removeprefix("projects/").split("/")[0]
    return last(reference) if owner == project or owner in numbers else ""


def _referenced(
    environment: Environment,
    projects: Table[Project],
    secrets: Table[Secret],
    services: Table[Service],
    serving: Serving,
) -> Iterator[Target]:
    """Only secrets that exist and that a service refers to: a project may hold thousands of others."""
    wanted = {
        own_secret(reference, environment.project, projects)
        for service in services
        for template in serving.known(service)
        for reference, _ in template.secrets
    }
    for secret in secrets:
        if secret.short in wanted:
            yield target(secret.project, parent=f"projects/{secret.project}/secrets/{secret.short}")


class SecretVersion(Resource, frozen=True, kw_only=True):
    """A version of a secret that a service refers to; its `short` is the number."""

    KIND: ClassVar[Kind] = Kind(
        noun="secret-version",
        reads=(
            Read(
                api="secretmanager",
                version="v1",
                method="projects.secrets.versions.list",
                permission="secretmanager.versions.list",
                role="roles/secretmanager.viewer",
                targets=_referenced,
                items="versions",
                each="each secret a service refers to",
            ),
        ),
    )
    #: ENABLED, DISABLED or DESTROYED.
    state: str = ""

    @property
    def secret(self) -> str:
        """Bare name of the secret."""
        return self.name.partition("/secrets/")[2].partition("/")[0]
