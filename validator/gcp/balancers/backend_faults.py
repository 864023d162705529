"""What keeps requests that a URL map passes on from being answered, from the backend service to what stands behind it.

https://cloud.google.com/load-balancing/docs/backend-service
https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from validator.gcp.balancers.backends import Backends, tags
from validator.gcp.balancers.loadbalancers import Front
from validator.gcp.balancers.scoping import scope_flag
from validator.gcp.balancers.url_masks import resolved
from validator.gcp.observed.trouble import Trouble, Weight
from validator.model.fix import Fix
from validator.model.loadbalancer import Backend, BackendService, NegCloudRun, NetworkEndpointGroup, UrlMap
from validator.model.resource import last
from validator.model.run import Service

#: Groups whose endpoints are listed, and counted by their `size`.
_COUNTED = ("GCE_VM_IP", "GCE_VM_IP_PORT", "NON_GCP_PRIVATE_IP_PORT")
#: What a trouble's words follow ("web" in "web has no backend"), and the trouble.
Found = tuple[str, Trouble]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A host at one of the fronts that answer it."""

    host: str
    front: Front
    backends: Backends


def faults(reference: str, url_map: UrlMap, asked: Asked) -> Iterator[Found]:
    """Everything that is wrong with a backend service, by the URL map's reference to it; of buckets nothing is read."""
    if "/backendBuckets/" in reference:
        return
    balancers = asked.backends.balancers
    path = balancers.full(reference, url_map, "backendServices")
    if backend := balancers.backend(reference, url_map):
        yield from _groups(backend, asked)
    else:
        yield url_map.short, _lost(path, f"backend service {last(path)}", (url_map.path, path), asked)


def _lost(path: str, what: str, evidence: tuple[str, ...], asked: Asked) -> Trouble:
    """What is referred to is not there, or of another project, of which nothing is known."""
    if asked.backends.foreign(path):
        words = f"leads to {path}, a backend of another project, which is not read"
        return Trouble(code="BACKEND_IN_ANOTHER_PROJECT", words=words, weight=Weight.UNKNOWN, evidence=evidence)
    return Trouble(code="BACKEND_NOT_FOUND", words=f"leads to {what}, which does not exist", evidence=evidence)


def _groups(backend: BackendService, asked: Asked) -> Iterator[Found]:
    idle = [words for one in backend.backends if (words := _idle(one, backend, asked.backends))]
    if not backend.backends:
        yield f"Backend service {backend.short}", _none_behind(backend)
    elif len(idle) == len(backend.backends):
        words = f"has no backend that takes requests: {', '.join(idle)}"
        yield f"Backend service {backend.short}", Trouble(code="NO_BACKEND", words=words, evidence=(backend.path,))
    for one in backend.backends:
        if "/networkEndpointGroups/" in one.group:
            yield from _endpoint_group(one.group, backend, asked)
        elif "/instanceGroups/" in one.group:
            yield from _instance_group(one.group, backend, asked)


def _idle(one: Backend, backend: BackendService, backends: Backends) -> str:
    """Why nothing is sent to the backend: "pods has no endpoint"; "" where it may be."""
    group = backends.balancers.group(one.group, backend)
    if group and group.network_endpoint_type == "SERVERLESS":
        return ""
    if one.capacity_scaler == 0:
        return f"{last(one.group)} is drained (capacityScaler 0)"
    if group and group.network_endpoint_type in _COUNTED and group.size == 0:
        return f"{group.short} has no endpoint"
    instances = backends.instance_groups.get(backends.balancers.full(one.group, backend, "instanceGroups"))
    return f"{instances.short} has no instance" if instances and instances.size == 0 else ""


def _none_behind(backend: BackendService) -> Trouble:
    group = "--network-endpoint-group=NEG --network-endpoint-group-region=REGION"
    flags = f"{scope_flag(backend)} {group} --project={backend.project}"
    return Trouble(
        code="NO_BACKEND",
        words="has no backend: it answers 502 or 503 to everybody",
        evidence=(backend.path,),
        fix=Fix(
            summary="Add the serverless network endpoint group of the service.",
            gcloud=(f"gcloud compute backend-services add-backend {backend.short} {flags}",),
            terraform="backend {\n  group = google_compute_region_network_endpoint_group.NAME.id\n}",
        ),
    )


def _instance_group(reference: str, backend: BackendService, asked: Asked) -> Iterator[Found]:
    path = asked.backends.balancers.full(reference, backend, "instanceGroups")
    evidence = (backend.path, path)
    if path in asked.backends.instance_groups:
        return
    if asked.backends.complete or asked.backends.foreign(path):
        yield backend.short, _lost(path, f"instance group {last(path)}", evidence, asked)
    else:
        words = f"leads to instance group {last(path)}, which is not among those that were read; others were not"
        yield (
            backend.short,
            Trouble(code="BACKEND_NOT_READ", words=words, weight=Weight.UNKNOWN, evidence=evidence),
        )


def _endpoint_group(reference: str, backend: BackendService, asked: Asked) -> Iterator[Found]:
    balancers = asked.backends.balancers
    path = balancers.full(reference, backend, "networkEndpointGroups")
    group = balancers.group(reference, backend)
    if not group:
        yield backend.short, _lost(path, f"endpoint group {last(path)}", (backend.path, path), asked)
    elif group.network_endpoint_type == "SERVERLESS":
        yield from _serverless(group, (backend.path, group.path), asked)


def _serverless(group: NetworkEndpointGroup, evidence: tuple[str, ...], asked: Asked) -> Iterator[Found]:
    if group.cloud_run is None:
        yield group.short, _other_product(group, evidence)
    elif run := resolved(group.cloud_run, asked.host):
        yield from _cloud_run(run, group, evidence, asked)
    else:
        mask = group.cloud_run.url_mask
        words = (
            f"takes the Cloud Run service for {asked.host} from the URL ({mask}), which the host alone does not tell"
        )
        shown = (*evidence, f"urlMask={mask}")
        yield group.short, Trouble(code="URL_MASK_NOT_RESOLVED", words=words, weight=Weight.UNKNOWN, evidence=shown)


def _other_product(group: NetworkEndpointGroup, evidence: tuple[str, ...]) -> Trouble:
    """What is neither proven nor refuted: the services of other products are not read."""
    engine, function = group.app_engine, group.cloud_function
    if engine:
        what = f"App Engine ({engine.service or engine.url_mask or 'default'})"
    elif function:
        what = f"a function of the first generation ({function.function or function.url_mask})"
    else:
        words = "leads to a serverless product that this tool does not know"
        return Trouble(code="SERVERLESS_UNKNOWN", words=words, weight=Weight.UNKNOWN, evidence=evidence)
    words = f"leads to {what}, whose existence is not read"
    return Trouble(code="SERVERLESS_NOT_READ", words=words, weight=Weight.SKIP, evidence=evidence)


def _cloud_run(
    run: NegCloudRun, group: NetworkEndpointGroup, evidence: tuple[str, ...], asked: Asked
) -> Iterator[Found]:
    path = f"projects/{group.project}/locations/{group.location}/services/{run.service}"
    service = asked.backends.service(run.service, group.location)
    if not asked.backends.environment.wants(group.location):
        words = f"leads to {path}, in a region the environment does not list, so it was not read"
        shown = (*evidence, path)
        yield group.short, Trouble(code="REGION_NOT_READ", words=words, weight=Weight.UNKNOWN, evidence=shown)
    elif service is None:
        words = f"leads to Cloud Run service {run.service} in {group.location}, which does not exist"
        yield group.short, Trouble(code="CLOUD_RUN_NOT_FOUND", words=words, evidence=(*evidence, path))
    else:
        if run.tag and run.tag not in tags(service):
            yield group.short, _no_tag(run.tag, service, evidence)
        if asked.front.external and service.ingress in ("INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_NONE"):
            yield service.label, _shut(service, evidence)


def _no_tag(tag: str, service: Service, evidence: tuple[str, ...]) -> Trouble:
    known = tags(service)
    there = f"it has {', '.join(known)}" if known else "it has none"
    flags = f"--update-tags={shlex.quote(tag)}=REVISION --region={service.location} --project={service.project}"
    return Trouble(
        code="CLOUD_RUN_TAG_NOT_FOUND",
        words=f"leads to tag {tag} of {service.label}, which has no such tag; {there}",
        evidence=(*evidence, service.path, f"tag={tag}"),
        fix=Fix(
            summary="Give the revision that is meant this tag, or let the group name another.",
            gcloud=(f"gcloud run services update-traffic {service.short} {flags}",),
            terraform=f'traffic {{\n  revision = "REVISION"\n  tag      = "{tag}"\n}}',
        ),
    )


def _shut(service: Service, evidence: tuple[str, ...]) -> Trouble:
    flags = f"--ingress=internal-and-cloud-load-balancing --region={service.location} --project={service.project}"
    return Trouble(
        code="CLOUD_RUN_INGRESS",
        words=f"takes no requests from an external load balancer (ingress {service.ingress})",
        evidence=(*evidence, service.path, f"ingress={service.ingress}"),
        fix=Fix(
            summary="Let the load balancer in; other requests from the internet stay out.",
            gcloud=(f"gcloud run services update {service.short} {flags}",),
            terraform='ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"',
        ),
    )
