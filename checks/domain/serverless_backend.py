"""A backend service on Cloud Run asks for nothing that a serverless endpoint group refuses or ignores.

Why:
    Google refuses a timeout, a port name or a health check for a serverless group, but only while a deploy is half
    done; a capacity or session affinity it takes and ignores, so that a group is never drained. The time a request
    may take is Cloud Run's own setting, 60 minutes at most, which is also the load balancer's limit there.

Remediation:
    Leave the setting away, and set the request timeout on the Cloud Run service.

References:
    https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
    https://cloud.google.com/load-balancing/docs/backend-service
    https://cloud.google.com/run/docs/configuring/request-timeout
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from validator.check import Fix, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.balancers.scoping import scope_flag
from validator.gcp.balancers.serverless import Behind, Leading, Serverless
from validator.model.loadbalancer import BackendService, NetworkEndpointGroup
from validator.model.resource import last

#: What the API fills in by itself and takes back without a word: it says nothing of what was asked for.
_DEFAULT_TIMEOUT_S, _DEFAULT_PORT_NAME = 30, "http"
#: Seconds; https://cloud.google.com/run/docs/configuring/request-timeout
_LONGEST_REQUEST_S = 3600.0
_TERRAFORM = {"timeoutSec": "timeout_sec", "portName": "port_name", "healthChecks": "health_checks"}


@check(severity=Severity.ERROR)
def domain_serverless_backend(backend: BackendService, *, serverless: Serverless, leading: Leading) -> Verdicts:
    """What is refused, how the groups go together, and what has no effect; other backend services are skipped."""
    behind = serverless.of(backend)
    groups = [one.group for one in behind if one.group]
    if not groups:
        reason = f"{backend.label} has no serverless endpoint group"
        yield Skip(code="NOT_SERVERLESS", message=reason, evidence=(backend.path,))
        return
    yield from _refused(backend)
    yield from _together(backend, behind, groups)
    yield from _schemes(backend, leading)
    for group in groups:
        yield from _timeout(group, backend, serverless)
    yield from _ignored(backend, behind)
    names = ", ".join(group.short for group in groups)
    yield Proof(message=f"{backend.label} asks nothing of {names} that it cannot have", evidence=(backend.path,))


def _refused(backend: BackendService) -> Iterator[Verdict]:
    """Settings that the API refuses beside a serverless group."""
    if backend.timeout_sec not in (0, _DEFAULT_TIMEOUT_S):
        yield _setting(
            backend,
            "SERVERLESS_TIMEOUT",
            f"timeoutSec={backend.timeout_sec}",
            "a timeout; requests may take 60 minutes there, and what the Cloud Run service allows",
            "--timeout=30s",
        )
    if backend.port_name not in ("", _DEFAULT_PORT_NAME):
        yield _setting(
            backend, "SERVERLESS_PORT_NAME", f"portName={backend.port_name}", "a port name", "--port-name=http"
        )
    if backend.health_checks:
        checks = ", ".join(last(one) for one in backend.health_checks)
        yield _setting(
            backend, "SERVERLESS_HEALTH_CHECK", f"healthChecks={checks}", "a health check", "--no-health-checks"
        )


def _setting(backend: BackendService, code: str, found: str, what: str, flag: str) -> Violation:
    name = found.partition("=")[0]
    return Violation(
        code=code,
        message=f"{backend.label} has {found}, but its serverless endpoint group cannot have {what}.",
        evidence=(backend.path, found),
        fix=Fix(
            summary=f"Leave {name} away.",
            gcloud=(f"gcloud compute backend-services update {backend.short} {flag} {_where(backend)}",),
            terraform=f"# in google_compute_backend_service, remove {_TERRAFORM[name]}",
        ),
    )


def _together(
    backend: BackendService, behind: tuple[Behind, ...], groups: list[NetworkEndpointGroup]
) -> Iterator[Verdict]:
    """One group of each region, of the backend service's own region if it has one, and nothing but such groups."""
    if others := [last(one.backend.group) for one in behind if not one.group]:
        yield _remove(
            backend,
            "SERVERLESS_MIXED",
            f"{backend.label} has the serverless group {groups[0].short} beside {', '.join(others)}; a backend service"
            " holds serverless groups or others, never both.",
            "Give the others a backend service of their own, and tell them apart in the URL map.",
        )
    for region, count in Counter(group.location for group in groups).items():
        if count > 1:
            names = ", ".join(group.short for group in groups if group.location == region)
            yield _remove(
                backend,
                "SERVERLESS_GROUPS_OF_ONE_REGION",
                f"{backend.label} has {count} serverless groups in {region} ({names}); one a region is the most.",
                "Keep one of them; tell services apart in the URL map, or by a group with a URL mask.",
            )
    if backend.location not in ("", "global"):
        for group in groups:
            if group.location != backend.location:
                yield _remove(
                    backend,
                    "SERVERLESS_GROUP_OF_ANOTHER_REGION",
                    f"{backend.label} is of {backend.location}, its serverless group {group.short} of"
                    f" {group.location}; a regional backend service takes groups of its own region only.",
                    "Use a group in the region of the load balancer, or a global load balancer.",
                )


def _remove(backend: BackendService, code: str, message: str, summary: str) -> Violation:
    group = "--network-endpoint-group=GROUP --network-endpoint-group-region=REGION"
    command = f"gcloud compute backend-services remove-backend {backend.short} {group} {_where(backend)}"
    evidence = (backend.path, *(one.group for one in backend.backends))
    return Violation(code=code, message=message, evidence=evidence, fix=Fix(summary=summary, gcloud=(command,)))


def _schemes(backend: BackendService, leading: Leading) -> Iterator[Verdict]:
    """Whether each forwarding rule in front of it is of its load balancing scheme.

    A classic one may lead to EXTERNAL_MANAGED: that is how one is migrated.
    https://cloud.google.com/load-balancing/docs/https/migrate-to-global
    """
    own = backend.load_balancing_scheme or "EXTERNAL"
    where = _where(backend)
    for rule in leading.to(backend):
        scheme = rule.load_balancing_scheme or "EXTERNAL"
        if own != scheme and (scheme, own) != ("EXTERNAL", "EXTERNAL_MANAGED"):
            yield Violation(
                code="LOAD_BALANCING_SCHEME",
                message=f"{backend.label} is of scheme {own}, but {rule.label}, which leads to it, of {scheme}.",
                evidence=(backend.path, rule.path),
                fix=Fix(
                    summary=f"Create a backend service of scheme {scheme} with the same group, and let the map use it.",
                    gcloud=(f"gcloud compute backend-services create NAME --load-balancing-scheme={scheme} {where}",),
                    terraform=f'load_balancing_scheme = "{scheme}"',
                ),
            )


def _timeout(group: NetworkEndpointGroup, backend: BackendService, serverless: Serverless) -> Iterator[Verdict]:
    """Whether the Cloud Run service lets requests take longer than it and the load balancer can."""
    service = serverless.service(group)
    if serverless.is_unread(group):
        message = f"How long {group.short}, behind {backend.short}, lets requests take is not known: not all was read."
        yield Undecided(code="CLOUD_RUN_NOT_READ", message=message, evidence=(backend.path, group.path))
    seconds = _seconds(service.template.timeout) if service else 0.0
    if service and seconds > _LONGEST_REQUEST_S:
        flags = f"--timeout=3600 --region={service.location} --project={service.project}"
        yield Violation(
            code="CLOUD_RUN_TIMEOUT",
            message=(
                f"{service.label}, behind {backend.short}, lets requests take {seconds:.0f} s; after 3600 s Cloud Run"
                " and the load balancer end them."
            ),
            evidence=(backend.path, group.path, service.path, f"timeout={service.template.timeout}"),
            fix=Fix(
                summary="Set at most an hour, and split or resume what takes longer.",
                gcloud=(f"gcloud run services update {service.short} {flags}",),
                terraform='timeout = "3600s"',
            ),
        )


def _seconds(text: str) -> float:
    """The seconds in "300s"; 0 where there are none."""
    try:
        return float(text.removesuffix("s"))
    except ValueError:
        return 0.0


def _ignored(backend: BackendService, behind: tuple[Behind, ...]) -> Iterator[Verdict]:
    """Settings that are taken and have no effect: there is no capacity, and no instance to come back to."""
    settings = [
        *(f"balancingMode={one.backend.balancing_mode}" for one in behind if _has_mode(one)),
        *(f"capacityScaler={one.backend.capacity_scaler:g}" for one in behind if _has_capacity(one)),
        *((f"sessionAffinity={backend.session_affinity}",) if backend.session_affinity not in ("", "NONE") else ()),
    ]
    if settings:
        listed = ", ".join(dict.fromkeys(settings))
        yield Violation(
            code="SERVERLESS_SETTING_WITHOUT_EFFECT",
            message=f"{backend.label} has {listed}, which does nothing for a serverless endpoint group.",
            evidence=(backend.path, *dict.fromkeys(settings)),
            severity=Severity.WARNING,
            fix=Fix(
                summary="Leave it away; to take a region out, remove its group, and shift shares on the service.",
                gcloud=(
                    f"gcloud compute backend-services update {backend.short} --session-affinity=NONE {_where(backend)}",
                ),
            ),
        )


def _has_mode(one: Behind) -> bool:
    return bool(one.group) and one.backend.balancing_mode not in ("", "UTILIZATION")


def _has_capacity(one: Behind) -> bool:
    return bool(one.group) and one.backend.capacity_scaler not in (None, 1.0)


def _where(backend: BackendService) -> str:
    return f"{scope_flag(backend)} --project={backend.project}"
