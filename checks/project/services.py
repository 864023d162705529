"""Every API the environment needs is enabled.

Why:
    A disabled API refuses the deploy half way through, or lets it pass and fails the first request that
    needs it.

Remediation:
    Enable the API in the project and declare it with google_project_service, so that a new environment has it too.

References:
    https://cloud.google.com/service-usage/docs/enable-disable
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from validator.check import Environment, Fix, Params, Proof, Severity, Skip, Table, Verdicts, Violation, check
from validator.model.project import EnabledApi, Project


class Services(Params, frozen=True):
    """Which APIs must be on."""

    #: Service names; "run" is short for "run.googleapis.com".
    services: Annotated[tuple[str, ...], Meta(min_length=1)] = ("compute.googleapis.com", "run.googleapis.com")


@check(severity=Severity.ERROR)
def project_services(
    project: Project, *, environment: Environment, apis: Table[EnabledApi], params: Services
) -> Verdicts:
    """Each named API is in the list of enabled ones."""
    if project.project_id != environment.project:
        reason = f"only the APIs of {environment.project} are read; {project.project_id} is its Shared VPC host"
        yield Skip(code="NOT_THE_AUDITED_PROJECT", message=reason)
        return
    enabled = {api.short for api in apis}
    wanted = list(dict.fromkeys(_full(name) for name in params.services))
    for service in wanted:
        if service not in enabled:
            yield _disabled(service, project)
    yield Proof(message=f"enabled: {', '.join(wanted)}", evidence=(project.path,))


def _full(name: str) -> str:
    return name if "." in name else f"{name}.googleapis.com"


def _disabled(service: str, project: Project) -> Violation:
    label = service.partition(".")[0].replace("-", "_")
    return Violation(
        code="SERVICE_DISABLED",
        message=f"{service} is not enabled in {project.project_id}.",
        evidence=(f"{project.path}/services/{service}",),
        fix=Fix(
            summary=f"Enable {service}.",
            gcloud=(f"gcloud services enable {service} --project={project.project_id}",),
            terraform=(
                f'resource "google_project_service" "{label}" {{\n'
                f'  project = "{project.project_id}"\n'
                f'  service = "{service}"\n'
                "}"
            ),
        ),
    )
