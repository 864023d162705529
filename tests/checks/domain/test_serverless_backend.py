"""domain.serverless-backend: what a serverless endpoint group refuses or ignores."""

from __future__ import annotations

import msgspec
import pytest

from checks.domain.serverless_backend import domain_serverless_backend
from tests.balancers import GLOBAL, GROUPS, backend_service, balancer, forwarding_rule, neg
from tests.builders import COMPUTE, PROJECT, REGION, service, template
from tests.judging import codes, verdicts
from validator.check import Partial, Proof, Severity, Skip, Table, Undecided, Violation
from validator.gcp.balancers.serverless import Leading, Serverless
from validator.gcp.names import Names
from validator.model.loadbalancer import Backend, BackendService, TargetHttpProxy
from validator.model.resource import Resource

ZONAL = f"{COMPUTE}projects/{PROJECT}/zones/{REGION}-a/networkEndpointGroups/pods"
FAR = neg("far", location="europe-west1", self_link=f"{GROUPS}/far".replace(REGION, "europe-west1"))


def backend(**changes: object) -> BackendService:
    return backend_service(**({"load_balancing_scheme": "EXTERNAL_MANAGED"} | changes))  # type: ignore[arg-type]


def on(*groups: str, **changes: object) -> BackendService:
    return backend(backends=tuple(Backend(group=group) for group in groups), **changes)


def own(**changes: object) -> Backend:
    return Backend(group=f"{GROUPS}/backend", **changes)  # type: ignore[arg-type]


def regional(*groups: str) -> BackendService:
    link = f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/backendServices/web"
    return on(*groups, location=REGION, self_link=link)


PASSES: dict[str, tuple[BackendService, tuple[Resource, ...]]] = {
    "nothing but a group": (backend(), ()),
    "what the API fills in by itself": (
        backend(timeout_sec=30, port_name="http", session_affinity="NONE", protocol="HTTPS"),
        (),
    ),
    "the balancing mode and capacity that the API fills in": (
        backend(backends=(own(balancing_mode="UTILIZATION", capacity_scaler=1.0),)),
        (),
    ),
    "a group in each of two regions": (on(f"{GROUPS}/backend", FAR.self_link), (FAR,)),
    "a regional service with a group of its region": (regional(f"{GROUPS}/backend"), ()),
    "an hour for a request": (backend(), (service(template=template(timeout="3600s")),)),
    "no time given": (backend(), (service(template=template(timeout="")),)),
    "a classic forwarding rule while it is migrated": (
        backend(),
        balancer(forwarding_rule(load_balancing_scheme="EXTERNAL"), backend()),
    ),
    "a forwarding rule of its own scheme": (backend(), balancer(backend())),
}
FAILS: dict[str, tuple[BackendService, tuple[Resource, ...], list[str]]] = {
    "a timeout of a day": (backend(timeout_sec=86400), (), ["SERVERLESS_TIMEOUT"]),
    "a timeout of a second": (backend(timeout_sec=1), (), ["SERVERLESS_TIMEOUT"]),
    "a port name": (backend(port_name="web"), (), ["SERVERLESS_PORT_NAME"]),
    "a health check": (
        backend(health_checks=(f"{GLOBAL}/healthChecks/web",)),
        (),
        ["SERVERLESS_HEALTH_CHECK"],
    ),
    "everything that is refused": (
        backend(timeout_sec=60, port_name="web", health_checks=("web",)),
        (),
        ["SERVERLESS_TIMEOUT", "SERVERLESS_PORT_NAME", "SERVERLESS_HEALTH_CHECK"],
    ),
    "VMs beside it": (
        on(f"{GROUPS}/backend", f"projects/{PROJECT}/zones/{REGION}-a/instanceGroups/vms"),
        (),
        ["SERVERLESS_MIXED"],
    ),
    "another kind of endpoint group beside it": (
        on(f"{GROUPS}/backend", ZONAL),
        (neg("pods", self_link=ZONAL, network_endpoint_type="GCE_VM_IP_PORT", cloud_run=None),),
        ["SERVERLESS_MIXED"],
    ),
    "two groups of one region": (
        on(f"{GROUPS}/backend", f"{GROUPS}/other"),
        (neg("other"),),
        ["SERVERLESS_GROUPS_OF_ONE_REGION"],
    ),
    "a regional service with a group elsewhere": (
        regional(FAR.self_link),
        (FAR,),
        ["SERVERLESS_GROUP_OF_ANOTHER_REGION"],
    ),
    "an internal forwarding rule before an external service": (
        backend(),
        balancer(forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED"), backend()),
        ["LOAD_BALANCING_SCHEME"],
    ),
    "a new forwarding rule before a classic service": (
        backend(load_balancing_scheme="EXTERNAL"),
        balancer(backend(load_balancing_scheme="EXTERNAL")),
        ["LOAD_BALANCING_SCHEME"],
    ),
    "more than an hour for a request": (
        backend(),
        (service(template=template(timeout="86400s")),),
        ["CLOUD_RUN_TIMEOUT"],
    ),
    "a group that is to be drained": (
        backend(backends=(own(capacity_scaler=0.0),)),
        (),
        ["SERVERLESS_SETTING_WITHOUT_EFFECT"],
    ),
    "a balancing mode": (
        backend(backends=(own(balancing_mode="RATE"),)),
        (),
        ["SERVERLESS_SETTING_WITHOUT_EFFECT"],
    ),
    "session affinity": (
        backend(session_affinity="GENERATED_COOKIE"),
        (),
        ["SERVERLESS_SETTING_WITHOUT_EFFECT"],
    ),
}
SKIPPED: dict[str, tuple[BackendService, tuple[Resource, ...]]] = {
    "VMs": (on(f"projects/{PROJECT}/zones/{REGION}-a/instanceGroups/vms", timeout_sec=86400), ()),
    "no backend at all": (on(timeout_sec=86400), ()),
    "an endpoint group of another kind": (
        on(ZONAL, timeout_sec=86400),
        (neg("pods", self_link=ZONAL, network_endpoint_type="GCE_VM_IP_PORT", cloud_run=None),),
    ),
    "a group that does not exist, which domain.routing tells": (on(f"{GROUPS}/gone", timeout_sec=86400), ()),
}


@pytest.mark.parametrize(("subject", "rows"), PASSES.values(), ids=PASSES)
def test_passes(subject: BackendService, rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(domain_serverless_backend, subject, neg(), *rows)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(("subject", "rows", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: BackendService, rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_serverless_backend, subject, neg(), *rows) == expected
    for one in verdicts(domain_serverless_backend, subject, neg(), *rows):
        assert isinstance(one, Violation | Proof)
        if isinstance(one, Violation):
            assert (one.evidence[0], one.fix and bool(one.fix.gcloud)) == (subject.path, True)


@pytest.mark.parametrize(("subject", "rows"), SKIPPED.values(), ids=SKIPPED)
def test_leaves_others_alone(subject: BackendService, rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(domain_serverless_backend, subject, neg(), *rows)
    assert isinstance(found, Skip)


def test_a_refused_setting_is_shown_with_the_command_that_takes_it_away() -> None:
    found = verdicts(domain_serverless_backend, backend(timeout_sec=86400), neg())[0]
    assert isinstance(found, Violation)
    assert found.severity is None
    assert found.message.startswith("backend-service/web has timeoutSec=86400, but its serverless endpoint group ")
    assert found.evidence == (f"projects/{PROJECT}/global/backendServices/web", "timeoutSec=86400")
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud compute backend-services update web --timeout=30s --global --project=acme",)
    assert found.fix.terraform == "# in google_compute_backend_service, remove timeout_sec"


def test_what_has_no_effect_is_a_warning_told_once() -> None:
    groups = (own(balancing_mode="RATE", capacity_scaler=0.5), own(balancing_mode="RATE", capacity_scaler=0.5))
    found = verdicts(domain_serverless_backend, backend(backends=groups, session_affinity="CLIENT_IP"), neg())[-2]
    assert isinstance(found, Violation)
    assert found.severity is Severity.WARNING
    assert "has balancingMode=RATE, capacityScaler=0.5, sessionAffinity=CLIENT_IP, which" in found.message


def test_a_plain_http_front_leads_to_it_as_well() -> None:
    http = TargetHttpProxy(
        name="plain", project=PROJECT, self_link=f"{GLOBAL}/targetHttpProxies/plain", url_map=f"{GLOBAL}/urlMaps/web"
    )
    inside = forwarding_rule(
        "plain", target=http.self_link, port_range="80-80", load_balancing_scheme="INTERNAL_MANAGED"
    )
    rows = [row for row in balancer(backend()) if not isinstance(row, type(inside))]
    assert codes(domain_serverless_backend, backend(), *rows, http, inside) == ["LOAD_BALANCING_SCHEME"]


def test_a_time_that_cannot_be_read_is_not_judged() -> None:
    odd = msgspec.structs.replace(service(), template=template(timeout="soon"))
    assert codes(domain_serverless_backend, backend(), neg(), odd) == []


def test_a_service_among_those_that_were_not_read_is_undecided() -> None:
    names = Names({}, PROJECT)
    facts = [Serverless(names, Table([neg()]), Partial(Table(rows), complete=False)) for rows in ([], [service()])]
    found = [list(domain_serverless_backend(backend(), serverless=fact, leading=Leading(names, {}))) for fact in facts]
    assert [type(verdict[0]) for verdict in found] == [Undecided, Proof]
