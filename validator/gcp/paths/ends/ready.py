"""Which revisions of a Cloud Run service serve, and whether they are ready.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.model.run import Revision, Service, Serving, Template
from validator.model.table import Table


class Ready:
    """A fact: the templates a service serves with, and for each why its revision is not ready."""

    def __init__(self, serving: Serving, revisions: Table[Revision]) -> None:
        self._serving = serving
        self._failed = {
            row.path: condition.message or condition.reason or condition.state
            for row in revisions
            for condition in row.conditions
            if condition.type == "Ready" and condition.state == "CONDITION_FAILED"
        }

    @classmethod
    def derive(cls, *, serving: Serving, revisions: Table[Revision]) -> Ready:
        """From the revisions that serve."""
        return cls(serving, revisions)

    def of(self, service: Service) -> Iterator[tuple[Template, Stop | None]]:
        """Each template once."""
        try:
            templates = self._serving.of(service)
        except LookupError as problem:
            yield service.template, Stop(end=End.ABORT, code="RESOURCE_CONFIG_NOT_FOUND", message=f"{problem}.")
            return
        for template in templates:
            yield template, self._stop(service, template)

    def _stop(self, service: Service, template: Template) -> Stop | None:
        reason = self._failed.get(f"{service.path}/revisions/{template.revision}")
        what = f"Revision {template.revision} of {service.label}, which gets traffic or has a tag, is not ready"
        if not service.latest_ready_revision and not template.revision:
            condition = service.terminal_condition
            reason = (condition and (condition.message or condition.reason)) or "no revision of it has become ready"
            what = f"{service.label} serves nothing that could send"
        if not reason:
            return None
        message = f"{what}: {reason.rstrip('.')}."
        return Stop(code="CLOUD_RUN_REVISION_NOT_READY", message=message, evidence=(service.path,))
