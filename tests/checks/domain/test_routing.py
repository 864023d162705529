"""domain.routing: from the forwarding rule to the Cloud Run service."""

from __future__ import annotations

import pytest

from checks.domain.routing import DomainRouting, domain_routing
from tests.balancers import GLOBAL, HOST, backend_service, balancer, domain, forwarding_rule, neg, proxy, url_map
from tests.builders import service
from tests.judging import codes, verdicts
from validator.check import Proof, Violation
from validator.model.loadbalancer import Backend, HostRule, NegCloudRun, PathMatcher
from validator.model.resource import Resource

NAMED = DomainRouting()
ANYHOW = DomainRouting(default_ok=True)


def matcher(**changes: object) -> Resource:
    """The URL map with another path matcher."""
    return url_map(path_matchers=(PathMatcher(name="all", **changes),))  # type: ignore[arg-type]


PASSES: dict[str, tuple[tuple[Resource, ...], DomainRouting]] = {
    "a host rule, a backend, a service": ((), NAMED),
    "a wildcard host rule, however deep": ((url_map(hosts=("*.example.com",)),), NAMED),
    "the host rule for any host": ((url_map(hosts=("*",)),), NAMED),
    "the default, where that is meant": ((url_map(hosts=()),), ANYHOW),
    "a redirect": ((matcher(default_url_redirect={"hostRedirect": "www.example.com"}),), NAMED),
    "a backend bucket": ((matcher(default_service=f"{GLOBAL}/backendBuckets/site"),), NAMED),
    "a group that takes the service from the URL": (
        (neg(cloud_run=NegCloudRun(url_mask="<service>.example.com")),),
        NAMED,
    ),
    "a group of another kind": ((neg(network_endpoint_type="GCE_VM_IP_PORT", cloud_run=None),), NAMED),
    "an instance group": (
        (backend_service(backends=(Backend(group="projects/acme/zones/us-central1-a/instanceGroups/vms"),)),),
        NAMED,
    ),
    "a service for the load balancer alone": ((service(ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"),), NAMED),
    "another load balancer whose default is broken": (
        (
            forwarding_rule("other", target=f"{GLOBAL}/targetHttpsProxies/other"),
            proxy("other", url_map=f"{GLOBAL}/urlMaps/other"),
            url_map("other", hosts=(), default_service=f"{GLOBAL}/backendServices/gone"),
        ),
        NAMED,
    ),
}
FAILS: dict[str, tuple[tuple[Resource, ...], DomainRouting, list[str]]] = {
    "no forwarding rule on 443": ((forwarding_rule(port_range="80-80"),), NAMED, ["NO_FORWARDING_RULE"]),
    "no host rule": ((url_map(hosts=("www.example.com",)),), NAMED, ["NO_HOST_RULE"]),
    "no host rule at all, and no default": (
        (url_map(hosts=(), default_service=""),),
        ANYHOW,
        ["NO_FORWARDING_RULE"],
    ),
    "a host rule whose path matcher is missing": ((url_map(path_matchers=()),), NAMED, ["PATH_MATCHER_NOT_FOUND"]),
    "a path matcher that leads nowhere": ((matcher(),), NAMED, ["NO_BACKEND"]),
    "a backend service that does not exist": (
        (matcher(default_service=f"{GLOBAL}/backendServices/gone"),),
        NAMED,
        ["BACKEND_NOT_FOUND"],
    ),
    "one path of several to a backend that does not exist": (
        (
            matcher(
                default_service=f"{GLOBAL}/backendServices/web",
                default_route_action={
                    "weightedBackendServices": [{"backendService": f"{GLOBAL}/backendServices/gone", "weight": 1}]
                },
            ),
        ),
        NAMED,
        ["BACKEND_NOT_FOUND"],
    ),
    "a backend service without backends": ((backend_service(backends=()),), NAMED, ["NO_BACKEND"]),
    "a group that does not exist": ((backend_service("web", "gone"),), NAMED, ["BACKEND_NOT_FOUND"]),
    "a service that does not exist": (
        (neg(cloud_run=NegCloudRun(service="gone")),),
        NAMED,
        ["CLOUD_RUN_NOT_FOUND"],
    ),
    "a service that shuts the load balancer out": (
        (service(ingress="INGRESS_TRAFFIC_INTERNAL_ONLY"),),
        NAMED,
        ["CLOUD_RUN_INGRESS"],
    ),
    "the default, with a broken backend": (
        (url_map(hosts=()), backend_service(backends=())),
        NAMED,
        ["NO_HOST_RULE", "NO_BACKEND"],
    ),
}
UNDECIDED: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a backend of another project": (
        (matcher(default_service="projects/else/global/backendServices/web"),),
        ["BACKEND_IN_ANOTHER_PROJECT"],
    ),
    "a group of another project": (
        (backend_service(backends=(Backend(group="projects/else/regions/r/networkEndpointGroups/g"),)),),
        ["BACKEND_IN_ANOTHER_PROJECT"],
    ),
    "a service in a region that was not read": ((neg(location="europe-west1"),), ["REGION_NOT_READ"]),
}


@pytest.mark.parametrize(("instead", "params"), PASSES.values(), ids=PASSES)
def test_passes(instead: tuple[Resource, ...], params: DomainRouting) -> None:
    found = verdicts(domain_routing, domain(), *balancer(*instead), params=params)
    assert len(found) == 1
    assert isinstance(found[0], Proof)


@pytest.mark.parametrize(("instead", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(instead: tuple[Resource, ...], params: DomainRouting, expected: list[str]) -> None:
    found = verdicts(domain_routing, domain(), *balancer(*instead), params=params)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected
    assert all(one.evidence and one.message.endswith(".") for one in violations)


@pytest.mark.parametrize(("instead", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_leaves_undecided(instead: tuple[Resource, ...], expected: list[str]) -> None:
    found = verdicts(domain_routing, domain(), *balancer(*instead), params=NAMED)
    assert codes(domain_routing, domain(), *balancer(*instead), params=NAMED) == expected
    assert not any(isinstance(one, Violation) for one in found)


def first(*instead: Resource) -> Violation:
    found = verdicts(domain_routing, domain(), *balancer(*instead), params=NAMED)[0]
    assert isinstance(found, Violation)
    return found


def test_a_name_without_host_rule_is_shown_where_it_falls_to() -> None:
    found = first(url_map(hosts=("www.example.com",)))
    assert found.message == f"No host rule of web names {HOST}; it falls to the default, web."
    assert found.evidence == ("projects/acme/global/urlMaps/web", "www.example.com")
    assert found.fix is not None
    assert found.fix.gcloud[0].startswith(f"gcloud compute url-maps add-path-matcher web --new-hosts={HOST} ")
    assert f'hosts        = ["{HOST}"]' in found.fix.terraform


def test_a_service_in_another_region_than_its_group_does_not_exist_for_it() -> None:
    (found,) = [
        one
        for one in verdicts(
            domain_routing,
            domain(),
            *balancer(neg(cloud_run=NegCloudRun(service="far"))),
            service("far", "europe-west1"),
            params=NAMED,
        )
        if isinstance(one, Violation)
    ]
    assert found.message == "backend leads to Cloud Run service far in us-central1, which does not exist."


def test_what_is_there_is_listed_where_nothing_answers() -> None:
    assert "Forwarding rules on 443: https" in first(url_map(hosts=("x.org",), default_service="")).message
    assert "No forwarding rule on 443" in first(forwarding_rule(port_range="80")).message


def test_two_forwarding_rules_of_one_map_are_one_finding() -> None:
    found = verdicts(
        domain_routing, domain(), *balancer(forwarding_rule("https6"), backend_service(backends=())), params=NAMED
    )
    assert [one.code for one in found if isinstance(one, Violation)] == ["NO_BACKEND"]


def test_a_map_with_a_redirect_can_be_judged_beside_another() -> None:
    rules = (HostRule(hosts=(HOST,), path_matcher="all"),)
    redirecting = url_map(
        host_rules=rules, path_matchers=(PathMatcher(name="all", default_url_redirect={"httpsRedirect": True}),)
    )
    (found,) = verdicts(domain_routing, domain(), *balancer(redirecting), params=NAMED)
    assert isinstance(found, Proof)
    assert found.message == f"https answers it by host rule {HOST} of web: a redirect"
