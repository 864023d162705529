"""What a disabled API means, judged once everything is read: absence, another project's matter, or still unknown.

One refusal proves nothing, since it may speak of another project than the one that was asked about. Which project
it speaks of is known for sure only when the project's number is, so all of this waits for the end of a run: then it
does not depend on which answer came first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from validator.collect.explain import disabled, is_other
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.project import EnabledApi, Project
from validator.model.resource import Resource


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What tells of disabled APIs, as far as it was read."""

    #: Project, as it was asked about, to its id and number.
    names: Mapping[str, Collection[str]]
    #: Project to the services that are on in it, where that list was read to the end.
    enabled: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, project: str, projects: Iterable[Reading], apis: Collection[Reading]) -> Known:
        """From the readings of the projects and of the lists of enabled APIs; `project` is the audited one."""
        names: dict[str, set[str]] = {project: {project}}
        for reading in (*projects, *apis):
            asked = reading.target.project
            names.setdefault(asked, {asked}).update(name for item in reading.items for name in _names(item))
        whole = (reading for reading in apis if reading.outcome.complete)
        enabled = {reading.target.project: frozenset(item.short for item in reading.items) for reading in whole}
        return cls(names=names, enabled=enabled)


def settled(reading: Reading, kind: type[Resource], known: Known) -> Reading:
    """The reading; one of a disabled API with its final outcome, in which nothing is left to be found out."""
    outcome = reading.outcome
    if outcome.cause is not Cause.API_DISABLED:
        return reading
    project = reading.target.project
    service = f"{reading.call.partition('.')[0]}.googleapis.com"
    other = is_other(outcome.consumer, known.names.get(project, {project}))
    if other is False and not reading.items and _is_absent(service, project, kind, known):
        told = Outcome(cause=Cause.ABSENT, message=f"{service} is not enabled in {project}")
    elif outcome.consumer and other is not None:
        told = disabled(service, project, outcome.consumer, other=other)
    else:
        told = outcome
    return msgspec.structs.replace(reading, outcome=msgspec.structs.replace(told, consumer=""))


def _is_absent(service: str, project: str, kind: type[Resource], known: Known) -> bool:
    """Whether there can be none of the kind: it needs the API, and the project's own list does not hold that."""
    return kind.KIND.lives_in_its_api and project in known.enabled and service not in known.enabled[project]


def _names(item: Resource) -> tuple[str, ...]:
    if isinstance(item, Project):
        return (item.project_id, item.number)
    # "projects/123/services/run.googleapis.com": the list names its project by number.
    parts = item.name.split("/")
    return (parts[1],) if isinstance(item, EnabledApi) and parts[0] == "projects" else ()
