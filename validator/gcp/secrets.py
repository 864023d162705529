"""Which version of a secret a reference stands for, and whether that one can be read.

https://cloud.google.com/secret-manager/docs/access-secret-version
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from validator.model.project import Project
from validator.model.secret import Secret, SecretVersion, own_secret
from validator.model.table import Table


class SecretState(enum.StrEnum):
    """Why a reference cannot be read, or cannot be judged."""

    #: The secret is another project's, whose secrets are not read.
    FOREIGN = "SECRET_IN_ANOTHER_PROJECT"
    NOT_FOUND = "SECRET_NOT_FOUND"
    VERSION_NOT_FOUND = "SECRET_VERSION_NOT_FOUND"
    NOT_ENABLED = "SECRET_VERSION_NOT_ENABLED"


class SecretProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a reference: `version` is a number, or as it was asked for where there is none."""

    state: SecretState
    secret: str
    version: str
    #: DISABLED or DESTROYED, of a version that is not enabled.
    found: str = ""
    #: As the reference spells it.
    asked: str = ""

    @property
    def words(self) -> str:
        """The version for a message: "5", or "5 (latest)" where it was asked for by another word."""
        return self.version if self.asked in ("", self.version) else f"{self.version} ({self.asked})"


class SecretVersions:
    """A fact: the secrets of the project with the versions of those that services refer to."""

    def __init__(self, projects: Table[Project], secrets: Iterable[Secret], versions: Iterable[SecretVersion]) -> None:
        self._projects = projects
        self._secrets = {secret.short: secret for secret in secrets}
        self._versions: dict[str, dict[str, SecretVersion]] = {}
        for version in versions:
            self._versions.setdefault(version.secret, {})[version.short] = version

    @classmethod
    def derive(
        cls, *, projects: Table[Project], secrets: Table[Secret], versions: Table[SecretVersion]
    ) -> SecretVersions:
        """From names and states; payloads are never read."""
        return cls(projects, secrets, versions)

    def problem(self, reference: str, version: str, project: str) -> SecretProblem | None:
        """What keeps a service of `project` from reading the version (number, alias or "latest"), or None."""
        name = own_secret(reference, project, self._projects)
        if not name:
            return SecretProblem(state=SecretState.FOREIGN, secret=reference, version=version)
        secret = self._secrets.get(name)
        if secret is None:
            return SecretProblem(state=SecretState.NOT_FOUND, secret=name, version=version)
        meant = self._meant(secret, version)
        if meant is None:
            return SecretProblem(state=SecretState.VERSION_NOT_FOUND, secret=name, version=version)
        if meant.state == "ENABLED":
            return None
        return SecretProblem(
            state=SecretState.NOT_ENABLED, secret=name, version=meant.short, found=meant.state, asked=version
        )

    def _meant(self, secret: Secret, version: str) -> SecretVersion | None:
        """A number, an alias, or "latest": the highest number, even where that one is disabled or destroyed."""
        versions = self._versions.get(secret.short, {})
        if version == "latest":
            return max(versions.values(), key=lambda one: int(one.short), default=None)
        return versions.get(secret.version_aliases.get(version, version))
