"""How a read ended. Anything but complete means: what depends on it is unknown, never passed."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from validator.model.resource import Resource, Target


class Cause(enum.StrEnum):
    """Why a read is or is not complete."""

    COMPLETE = "complete"
    #: The API is off in the project, and the project's own list of enabled APIs agrees: there is nothing to read.
    ABSENT = "absent"
    API_DISABLED = "api_disabled"
    PERMISSION_DENIED = "permission_denied"
    UNAUTHENTICATED = "unauthenticated"
    QUOTA_PROJECT = "quota_project"
    RATE_LIMITED = "rate_limited"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    UNAVAILABLE = "unavailable"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    PARTIAL = "partial"
    #: The read that lists its parents did not complete, so it could not be asked.
    PARENT = "parent"
    #: A probe itself went wrong, whatever the network did.
    PROBE_CRASHED = "probe_crashed"
    #: The snapshot was taken for rules that did not need this kind.
    NOT_RECORDED = "not_recorded"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cause, what was found in words, and the next command to run."""

    cause: Cause = Cause.COMPLETE
    message: str = ""
    fix: str = ""
    #: Id or number of the project in which a disabled API is off, as the API named it; "" once a run is over.
    consumer: str = ""

    @property
    def complete(self) -> bool:
        """Whether the table can be trusted to hold everything there is."""
        return self.cause in (Cause.COMPLETE, Cause.ABSENT)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One call (all its pages): what was asked, how it ended, what it gave."""

    kind: str
    #: "compute.networks.list"
    call: str
    target: Target
    outcome: Outcome = Outcome()
    items: tuple[Resource, ...] = ()

    @property
    def words(self) -> str:
        """The call as a person reads it: "compute.networks.list of acme-host", "probe.redis.ping of 10.0.0.3:6379"."""
        where = f"{self.target.project}/{self.target.location}" if self.target.location else self.target.project
        return f"{self.call} of {dict(self.target.arguments).get('at') or where}"

    def order(self) -> tuple[Any, ...]:
        """A key that does not depend on the order of arrival."""
        return (self.kind, self.call, self.target)
