"""The service's newest revision is ready, and every secret it refers to can be read.

Why:
    A revision that did not become ready leaves the old one serving: the deploy looks done and is not. A secret
    without an enabled version stops every new instance, minutes or days after the change that caused it.

Remediation:
    Read the reason of the failed revision, mend it and deploy again; add or enable the secret's version; set
    ingress, timeout and CPU boost as declared.

References:
    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
    https://cloud.google.com/run/docs/configuring/services/secrets
    https://cloud.google.com/run/docs/securing/ingress
    https://cloud.google.com/run/docs/configuring/request-timeout
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, assert_never

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.secrets import SecretProblem, SecretState, SecretVersions
from validator.model.resource import last
from validator.model.run import Condition, Service, Serving, Template

Ingress = Literal["all", "internal", "internal-and-cloud-load-balancing"]
_INGRESS = {
    "INGRESS_TRAFFIC_ALL": "all",
    "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": "internal-and-cloud-load-balancing",
    "INGRESS_TRAFFIC_NONE": "none",
    # https://cloud.google.com/run/docs/securing/ingress: the default
    "INGRESS_TRAFFIC_UNSPECIFIED": "all",
    "": "all",
}
#: Seconds; https://cloud.google.com/run/docs/configuring/request-timeout
_DEFAULT_TIMEOUT_S = 300.0


class RunReady(Params, frozen=True):
    """What the service must be beside ready; what is not given is not judged."""

    #: Who may call it, as gcloud spells it.
    ingress: Ingress | None = None
    #: Request timeout in seconds, exactly.
    timeout_s: int | None = None
    #: Request timeout in seconds, at least.
    min_timeout_s: int | None = None
    #: Request timeout in seconds, at most.
    max_timeout_s: int | None = None
    #: Whether a container has startup CPU boost; a declared boost may be any container's.
    startup_cpu_boost: bool | None = None


@check(severity=Severity.ERROR)
def run_ready(service: Service, *, serving: Serving, secrets: SecretVersions, params: RunReady) -> Verdicts:
    """Readiness, ingress, and per revision that serves: timeout, CPU boost, secrets."""
    yield from _readiness(service)
    yield from _ingress(service, params.ingress)
    templates = serving.of(service)
    for template in templates:
        yield from _timeout(service, template, params)
        yield from _boost(service, template, wanted=params.startup_cpu_boost)
    references = sorted({reference for template in templates for reference in template.secrets})
    for secret, version in references:
        if problem := secrets.problem(secret, version, service.project):
            yield _secret(service, problem)
    ready, count = last(service.latest_ready_revision), len(references)
    yield Proof(
        message=f"{ready} is ready, {count} secret references exist and are enabled",
        evidence=(service.path,),
    )


def _readiness(service: Service) -> Iterator[Verdict]:
    condition = service.terminal_condition or next((c for c in service.conditions if c.type == "Ready"), Condition())
    newest, ready = last(service.latest_created_revision), last(service.latest_ready_revision)
    state = condition.state.removeprefix("CONDITION_")
    evidence = (service.path, f"latestCreatedRevision={newest}", f"latestReadyRevision={ready}", f"state={state}")
    where = f"--region={service.location} --project={service.project}"
    if state in ("PENDING", "RECONCILING"):
        message = f"{service.label} is being changed: revision {newest} is not ready yet{_said(condition)}."
        yield Undecided(code="CLOUD_RUN_RECONCILING", message=message, evidence=evidence)
    elif state == "FAILED" or not ready or newest != ready:
        yield Violation(
            code="CLOUD_RUN_REVISION_NOT_READY",
            message=_not_ready(service, newest, ready) + f"{_said(condition)}.",
            evidence=evidence,
            fix=Fix(
                summary="Read its logs, mend the reason and deploy again.",
                gcloud=(f"gcloud run revisions describe {newest or 'REVISION'} {where}",),
            ),
        )
    elif state != "SUCCEEDED":
        message = f"{service.label} does not say whether it is ready (state {state or 'missing'})."
        yield Undecided(code="CLOUD_RUN_STATE_UNKNOWN", message=message, evidence=evidence)


def _not_ready(service: Service, newest: str, ready: str) -> str:
    if not ready:
        return f"{service.label}: no revision ever became ready, the newest is {newest or 'missing'}"
    if newest == ready:
        return f"{service.label} is not ready, though its newest revision {newest} is"
    return f"{service.label}: the newest revision {newest} did not become ready; {ready} is the last that did"


def _said(condition: Condition) -> str:
    said = ": ".join(filter(None, (condition.revision_reason or condition.reason, condition.message)))
    return f" ({said.rstrip('.')})" if said else ""


def _ingress(service: Service, wanted: Ingress | None) -> Iterator[Verdict]:
    found = _INGRESS.get(service.ingress, service.ingress)
    if wanted and found != wanted:
        yield Violation(
            code="CLOUD_RUN_INGRESS",
            message=f"{service.label} takes requests from {found}, declared is {wanted}.",
            evidence=(service.path, f"ingress={service.ingress}"),
            fix=Fix(
                summary="Set the declared ingress.",
                gcloud=(_update(service, f"--ingress={wanted}"),),
                terraform=f'ingress = "{next(api for api, word in _INGRESS.items() if word == wanted)}"',
            ),
        )


def _timeout(service: Service, template: Template, params: RunReady) -> Iterator[Verdict]:
    found = _seconds(template.timeout)
    if params.timeout_s is not None and found != params.timeout_s:
        yield _wrong_timeout(service, template, found, "exactly", params.timeout_s)
    if params.min_timeout_s is not None and found < params.min_timeout_s:
        yield _wrong_timeout(service, template, found, "at least", params.min_timeout_s)
    if params.max_timeout_s is not None and found > params.max_timeout_s:
        yield _wrong_timeout(service, template, found, "at most", params.max_timeout_s)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)s", text)
    return float(found.group(1)) if found else _DEFAULT_TIMEOUT_S


def _wrong_timeout(service: Service, template: Template, found: float, how: str, wanted: int) -> Violation:
    return Violation(
        code="CLOUD_RUN_TIMEOUT",
        message=f"{_who(service, template)} ends requests after {found:g} s, declared is {how} {wanted} s.",
        evidence=(service.path, f"timeout={template.timeout}"),
        fix=Fix(
            summary="Set the declared request timeout.",
            gcloud=(_update(service, f"--timeout={wanted}"),),
            terraform=f'template {{\n  timeout = "{wanted}s"\n}}',
        ),
    )


def _boost(service: Service, template: Template, *, wanted: bool | None) -> Iterator[Verdict]:
    found = any(container.resources.startup_cpu_boost for container in template.containers)
    if wanted is None or found is wanted:
        return
    yield Violation(
        code="CLOUD_RUN_CPU_BOOST",
        message=f"{_who(service, template)} has startup CPU boost {_word(on=found)}, declared is {_word(on=wanted)}.",
        evidence=(service.path, f"startupCpuBoost={str(found).lower()}"),
        fix=Fix(
            summary=f"Switch startup CPU boost {_word(on=wanted)}.",
            gcloud=(_update(service, "--cpu-boost" if wanted else "--no-cpu-boost"),),
            terraform=f"resources {{\n  startup_cpu_boost = {str(wanted).lower()}\n}}",
        ),
    )


def _word(*, on: bool) -> str:
    return "on" if on else "off"


def _who(service: Service, template: Template) -> str:
    return f"{service.label} (revision {template.revision})" if template.revision else service.label


def _secret(service: Service, problem: SecretProblem) -> Verdict:
    path = f"projects/{service.project}/secrets/{problem.secret}"
    who, named = service.label, f"secret {problem.secret}"
    match problem.state:
        case SecretState.FOREIGN:
            message = f"{who} refers to {named}, of another project, whose secrets are not read."
            return Undecided(code=problem.state, message=message, evidence=(service.path, problem.secret))
        case SecretState.NOT_FOUND:
            message, step = f"{who} refers to {named}, which does not exist.", f"create {problem.secret} --data-file=-"
        case SecretState.VERSION_NOT_FOUND:
            message = f"{who} refers to version {problem.version} of {named}, which does not exist."
            step = f"versions add {problem.secret} --data-file=-"
        case SecretState.NOT_ENABLED:
            message = f"{who} refers to version {problem.words} of {named}, which is {problem.found}, not ENABLED."
            enable = f"versions enable {problem.version} --secret={problem.secret}"
            step = enable if problem.found == "DISABLED" else f"versions add {problem.secret} --data-file=-"
        case never:
            assert_never(never)
    return Violation(
        code=problem.state,
        message=message,
        evidence=(service.path, path),
        fix=Fix(
            summary="Give the secret an enabled version; new instances do not start before.",
            gcloud=(f"gcloud secrets {step} --project={service.project}",),
        ),
    )


def _update(service: Service, flag: str) -> str:
    return f"gcloud run services update {service.short} {flag} --region={service.location} --project={service.project}"
