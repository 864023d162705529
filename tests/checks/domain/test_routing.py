"""domain.routing: from the forwarding rule to the Cloud Run service."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.domain.routing import DomainRouting, domain_routing
from tests.balancers import (
    GLOBAL,
    HOST,
    action,
    backend_service,
    balancer,
    domain,
    forwarding_rule,
    neg,
    proxy,
    redirect,
    url_map,
)
from tests.builders import COMPUTE, REGION, instance_group, service
from tests.dns_rows import ADDRESS, TO_CLOUD_RUN, record, soa, zone
from tests.gcp.certificates.facts import derived
from tests.judging import ACME, codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.gcp.balancers.backends import Backends
from validator.gcp.balancers.plain_http import PlainFronts
from validator.model.domainmapping import DomainMapping
from validator.model.health import InstanceGroup
from validator.model.loadbalancer import (
    Backend,
    ForwardingRule,
    HostRule,
    NegAppEngine,
    NegCloudFunction,
    NegCloudRun,
    NetworkEndpointGroup,
    PathMatcher,
    PathRule,
    RouteAction,
    TargetHttpProxy,
)
from validator.model.resource import Resource
from validator.model.run import Traffic

NAMED = DomainRouting()
ANYHOW = DomainRouting(default_ok=True)


def matcher(**changes: object) -> Resource:
    """The URL map with another path matcher."""
    return url_map(path_matchers=(PathMatcher(name="all", **changes),))  # type: ignore[arg-type]


def tagged(*tags: str) -> Resource:
    """The service with these traffic tags."""
    return service(
        traffic_statuses=(
            Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=100),
            *(Traffic(revision="backend-00001-old", tag=tag) for tag in tags),
        )
    )


def other(*, hosts: tuple[str, ...], scheme: str = "EXTERNAL_MANAGED") -> tuple[Resource, ...]:
    """A second load balancer on the same backend."""
    target = f"{GLOBAL}/targetHttpsProxies/other"
    return (
        forwarding_rule("other", target=target, load_balancing_scheme=scheme),
        proxy("other", url_map=f"{GLOBAL}/urlMaps/other"),
        url_map("other", hosts=hosts),
    )


def pods(name: str = "pods", **changes: object) -> NetworkEndpointGroup:
    """A zonal group behind the backend service."""
    link = f"{COMPUTE}projects/acme/zones/us-central1-a/networkEndpointGroups/{name}"
    fields = {"network_endpoint_type": "GCE_VM_IP_PORT", "cloud_run": None, "self_link": link, "location": "z"}
    return neg(name, **(fields | changes))


def behind(*groups: NetworkEndpointGroup | InstanceGroup, scalers: tuple[float, ...] = ()) -> Resource:
    """The backend service on these groups, each with its capacity scaler where they are given."""
    given = scalers or (None,) * len(groups)
    pairs = zip(groups, given, strict=True)
    return backend_service(backends=tuple(Backend(group=one.self_link, capacity_scaler=at) for one, at in pairs))


def split(**weights: int) -> RouteAction:
    """A route action that splits requests among backend services."""
    shares = [{"backendService": f"{GLOBAL}/backendServices/{name}", "weight": at} for name, at in weights.items()]
    return action({"weightedBackendServices": shares})


TWO_PODS = (pods(size=0), pods("more", size=1))
TWO_GROUPS = (instance_group("vms"), instance_group("old"))
TO_HTTPS = redirect({"httpsRedirect": True})
INTERNAL = forwarding_rule(load_balancing_scheme="INTERNAL_MANAGED")
PASSES: dict[str, tuple[tuple[Resource, ...], DomainRouting]] = {
    "a host rule, a backend, a service": ((), NAMED),
    "a wildcard host rule, however deep": ((url_map(hosts=("*.example.com",)),), NAMED),
    "the host rule for any host": ((url_map(hosts=("*",)),), NAMED),
    "the default, where that is meant": ((url_map(hosts=("x.org",)),), ANYHOW),
    "the default of a map without host rules, which is meant for every host": ((url_map(hosts=()),), NAMED),
    "an internal load balancer that names it": ((INTERNAL,), NAMED),
    "an internal load balancer by its default, where that is meant": ((INTERNAL, url_map(hosts=())), ANYHOW),
    "a tag that gets traffic": (
        (neg(cloud_run=NegCloudRun(service="backend", tag="green")), tagged("green", "blue")),
        NAMED,
    ),
    "a tag of a service whose traffic is not reported yet": (
        (
            neg(cloud_run=NegCloudRun(service="backend", tag="green")),
            service(traffic=(Traffic(tag="green"),), traffic_statuses=()),
        ),
        NAMED,
    ),
    "a redirect": ((matcher(default_url_redirect=redirect({"hostRedirect": "www.example.com"})),), NAMED),
    "a backend bucket": ((matcher(default_service=f"{GLOBAL}/backendBuckets/site"),), NAMED),
    "a group that takes the service from the host": (
        (neg(cloud_run=NegCloudRun(url_mask="<service>.staging.example.com")), service("api")),
        NAMED,
    ),
    "a zonal group with endpoints": ((pods(size=2),), NAMED),
    "a zonal group whose size is not said": ((pods(),), NAMED),
    "an empty zonal group beside a filled one": ((behind(pods(size=0), pods("more", size=1)), *TWO_PODS), NAMED),
    "an instance group": ((behind(instance_group("vms")), instance_group("vms")), NAMED),
    "a drained instance group beside one that is not": (
        (behind(instance_group("vms"), instance_group("old"), scalers=(1.0, 0.0)), *TWO_GROUPS),
        NAMED,
    ),
    "a capacity that has no effect on a serverless group": (
        (backend_service(backends=(Backend(group=neg().self_link, capacity_scaler=0.0),)),),
        NAMED,
    ),
    "a service of weight zero that does not exist, beside one that gets everything": (
        (matcher(default_route_action=split(web=1, gone=0)),),
        NAMED,
    ),
    "a redirect to another path of the same host": (
        (matcher(default_url_redirect=redirect({"prefixRedirect": "/app"})),),
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
    "an HTTP proxy on 443": (
        (forwarding_rule(target=f"{GLOBAL}/targetHttpProxies/web"),),
        NAMED,
        ["NO_FORWARDING_RULE"],
    ),
    "an internal load balancer whose host rules do not name it": (
        (INTERNAL, url_map(hosts=("x.org",))),
        NAMED,
        ["NO_HOST_RULE"],
    ),
    "a tag the service does not have": (
        (neg(cloud_run=NegCloudRun(service="backend", tag="green")), tagged("blue")),
        NAMED,
        ["CLOUD_RUN_TAG_NOT_FOUND"],
    ),
    "a tag that was asked for and is not in force": (
        (
            neg(cloud_run=NegCloudRun(service="backend", tag="green")),
            service(traffic=(Traffic(tag="green"),)),
        ),
        NAMED,
        ["CLOUD_RUN_TAG_NOT_FOUND"],
    ),
    "a tag the service does not have, and a service that shuts the load balancer out": (
        (
            neg(cloud_run=NegCloudRun(service="backend", tag="green")),
            service(ingress="INGRESS_TRAFFIC_INTERNAL_ONLY"),
        ),
        NAMED,
        ["CLOUD_RUN_TAG_NOT_FOUND", "CLOUD_RUN_INGRESS"],
    ),
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
                default_route_action=action(
                    {"weightedBackendServices": [{"backendService": f"{GLOBAL}/backendServices/gone", "weight": 1}]}
                ),
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
    "a redirect to HTTPS where HTTPS is": ((matcher(default_url_redirect=TO_HTTPS),), NAMED, ["REDIRECT_LOOP"]),
    "a redirect of one path to the same host": (
        (
            matcher(
                default_service=f"{GLOBAL}/backendServices/web",
                path_rules=(PathRule(paths=("/a/*",), url_redirect=redirect({"hostRedirect": HOST})),),
            ),
        ),
        NAMED,
        ["REDIRECT_LOOP"],
    ),
    "the map of port 80 on port 443": (
        (url_map(hosts=(), default_service="", default_url_redirect=TO_HTTPS),),
        NAMED,
        ["REDIRECT_LOOP"],
    ),
    "a group that takes a service from the host that does not exist": (
        (neg(cloud_run=NegCloudRun(url_mask="<service>.staging.example.com")),),
        NAMED,
        ["CLOUD_RUN_NOT_FOUND"],
    ),
    "a group that takes a tag from the host that does not exist": (
        (neg(cloud_run=NegCloudRun(service="backend", url_mask="<tag>.staging.example.com")), tagged("green")),
        NAMED,
        ["CLOUD_RUN_TAG_NOT_FOUND"],
    ),
    "an empty zonal group": ((behind(pods(size=0)), pods(size=0)), NAMED, ["NO_BACKEND"]),
    "an empty instance group": (
        (behind(instance_group("vms")), instance_group("vms", size=0)),
        NAMED,
        ["NO_BACKEND"],
    ),
    "groups that are all drained": (
        (behind(instance_group("vms"), instance_group("old"), scalers=(0.0, 0.0)), *TWO_GROUPS),
        NAMED,
        ["NO_BACKEND"],
    ),
    "an instance group that does not exist": ((behind(instance_group("vms")),), NAMED, ["BACKEND_NOT_FOUND"]),
    "services of weight zero alone": (
        (matcher(default_route_action=split(web=0)),),
        NAMED,
        ["NO_BACKEND"],
    ),
    "services of weight zero alone on one path": (
        (
            matcher(
                default_service=f"{GLOBAL}/backendServices/web",
                path_rules=(PathRule(paths=("/a/*",), route_action=split(web=0)),),
            ),
        ),
        NAMED,
        ["NO_BACKEND"],
    ),
    "the default, with a broken backend": (
        (url_map(hosts=("x.org",)), backend_service(backends=())),
        NAMED,
        ["NO_HOST_RULE", "NO_BACKEND"],
    ),
    "the default of a map without host rules, with a broken backend": (
        (url_map(hosts=()), backend_service(backends=())),
        NAMED,
        ["NO_BACKEND"],
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
    "an instance group of another project": (
        (backend_service(backends=(Backend(group="projects/else/zones/z/instanceGroups/g"),)),),
        ["BACKEND_IN_ANOTHER_PROJECT"],
    ),
    "a group that takes the service from the path": (
        (neg(cloud_run=NegCloudRun(url_mask=f"{HOST}/<service>")),),
        ["URL_MASK_NOT_RESOLVED"],
    ),
    "a group that takes the service from another host": (
        (neg(cloud_run=NegCloudRun(url_mask="<service>.example.org")),),
        ["URL_MASK_NOT_RESOLVED"],
    ),
    "a serverless group of no known product": ((neg(cloud_run=None),), ["SERVERLESS_UNKNOWN"]),
    "an internal load balancer by its default: perhaps the external one is gone": (
        (INTERNAL, url_map(hosts=())),
        ["INTERNAL_DEFAULT"],
    ),
    "one map without host rules beside one whose host rules do not name it": (
        (url_map(hosts=("x.org",)), *other(hosts=())),
        ["SEVERAL_LOAD_BALANCERS"],
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
    assert first(forwarding_rule(port_range="80")).message == (
        f"Nothing answers https://{HOST}. HTTPS proxy web has a map that names it, but no forwarding rule on 443 leads"
        " there."
    )
    assert "No forwarding rule on 443" in first(forwarding_rule(port_range="80"), url_map(hosts=())).message


def test_the_fix_names_the_proxy_that_waits_for_a_forwarding_rule() -> None:
    fix = first(forwarding_rule(port_range="80")).fix
    assert fix is not None
    assert "--target-https-proxy=web " in fix.gcloud[0]


ABSENT: dict[str, tuple[tuple[Resource, ...], str]] = {
    "no load balancer at all": ((backend_service(), neg(), service()), "FRONTEND_NOT_READ"),
    "a target SSL proxy on 443": (
        (forwarding_rule("tls", target=f"{GLOBAL}/targetSslProxies/tls"),),
        "NOT_AN_HTTPS_PROXY",
    ),
}


@pytest.mark.parametrize(("rows", "code"), ABSENT.values(), ids=ABSENT)
@pytest.mark.parametrize("params", [NAMED, ANYHOW], ids=["named", "anyhow"])
def test_a_front_that_is_not_read_is_undecided_and_never_a_pass(
    rows: tuple[Resource, ...], code: str, params: DomainRouting
) -> None:
    (found,) = verdicts(domain_routing, domain(), *rows, params=params)
    assert isinstance(found, Undecided)
    assert found.code == code
    assert found.message.startswith(f"What answers https://{HOST} is not known: ")
    assert found.fix is not None


SPLIT = (*balancer(INTERNAL), *other(hosts=("x.org",)))


def test_an_internal_name_is_judged_where_it_is_named_though_an_external_default_would_take_it() -> None:
    assert codes(domain_routing, domain(), *SPLIT, params=NAMED) == []


def test_a_declared_name_may_have_lost_its_external_host_rule() -> None:
    declared = msgspec.structs.replace(ACME, domains=(HOST,))
    assert codes(domain_routing, domain(), *SPLIT, params=NAMED, environment=declared) == ["NAMED_INTERNALLY_ONLY"]
    assert codes(domain_routing, domain(), *SPLIT, params=ANYHOW, environment=declared) == []


def test_a_tag_that_is_not_there_is_named_with_those_that_are() -> None:
    found = first(neg(cloud_run=NegCloudRun(service="backend", tag="green")), tagged("blue", "canary"))
    assert found.message == "backend leads to tag green of run/backend, which has no such tag; it has blue, canary."
    assert found.evidence[-1] == "tag=green"
    assert found.fix is not None
    assert found.fix.gcloud == (
        "gcloud run services update-traffic backend --update-tags=green=REVISION --region=us-central1 --project=acme",
    )


def test_two_forwarding_rules_of_one_map_are_one_finding() -> None:
    found = verdicts(
        domain_routing, domain(), *balancer(forwarding_rule("https6"), backend_service(backends=())), params=NAMED
    )
    assert [one.code for one in found if isinstance(one, Violation)] == ["NO_BACKEND"]


def test_a_map_with_a_redirect_can_be_judged_beside_another() -> None:
    rules = (HostRule(hosts=(HOST,), path_matcher="all"),)
    redirecting = url_map(
        host_rules=rules,
        path_matchers=(PathMatcher(name="all", default_url_redirect=redirect({"hostRedirect": "www.example.com"})),),
    )
    (found,) = verdicts(domain_routing, domain(), *balancer(redirecting), params=NAMED)
    assert isinstance(found, Proof)
    assert found.message == f"https answers it by host rule {HOST} of web: a redirect"


IP = "203.0.113.10"
BACKEND = f"{GLOBAL}/backendServices/web"


def with_plain(**map_fields: object) -> tuple[Resource, ...]:
    """The load balancer, and an HTTP one on the same address whose URL map is changed so; else it serves the same."""
    plain = TargetHttpProxy(
        name="plain",
        project="acme",
        location="global",
        self_link=f"{GLOBAL}/targetHttpProxies/plain",
        url_map=f"{GLOBAL}/urlMaps/plain",
    )
    rule = forwarding_rule("http", target=plain.self_link, port_range="80-80", ip_address=IP)
    return balancer(forwarding_rule(ip_address=IP), plain, rule, url_map("plain", **map_fields))  # type: ignore[arg-type]


def rules_of(*rules: PathRule, **default: object) -> dict[str, object]:
    return {"path_matchers": (PathMatcher(name="all", path_rules=rules, **default),)}  # type: ignore[arg-type]


def test_a_loop_is_told_with_its_front() -> None:
    found = first(matcher(default_url_redirect=TO_HTTPS))
    assert found.message == (
        f"web redirects https://{HOST} to itself: https takes HTTPS, and the redirect names neither another host nor"
        " another path."
    )
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud compute target-https-proxies update web --url-map=MAP --global --project=acme",)


def test_why_no_group_takes_requests_is_told() -> None:
    drained = behind(instance_group("vms"), pods(size=0), scalers=(0.0, 1.0))
    found = first(drained, instance_group("vms"), pods(size=0))
    assert found.message == (
        "Backend service web has no backend that takes requests: vms is drained (capacityScaler 0), pods has no"
        " endpoint."
    )


@pytest.mark.parametrize(
    ("product", "told"),
    [
        ({"app_engine": NegAppEngine(service="api")}, "App Engine (api)"),
        ({"app_engine": NegAppEngine()}, "App Engine (default)"),
        (
            {"cloud_function": NegCloudFunction(url_mask="/<function>")},
            "function of the first generation (/<function>)",
        ),
    ],
)
def test_another_serverless_product_is_neither_proven_nor_a_fault(product: dict[str, Any], told: str) -> None:
    skip, proof = verdicts(domain_routing, domain(), *balancer(neg(cloud_run=None, **product)), params=NAMED)
    assert isinstance(skip, Skip)
    assert told in skip.message
    assert isinstance(proof, Proof)  # beside a skip it makes no pass


def backends_without(kind: type[Resource], *rows: Resource) -> list[str]:
    """The codes where not every resource of the kind was read."""
    world = balancer(*rows)
    backends, plain = derived(Backends, *world, unread=(kind,)), derived(PlainFronts, *world)
    found = domain_routing(domain(), backends=backends, plain=plain, params=NAMED)
    return [one.code for one in found if not isinstance(one, Proof)]


def test_an_instance_group_that_was_not_read_may_exist() -> None:
    assert backends_without(InstanceGroup, behind(instance_group("vms"))) == ["BACKEND_NOT_READ"]
    assert backends_without(InstanceGroup) == []


MAPPING = DomainMapping(name=f"projects/acme/locations/{REGION}/domainmappings/{HOST}", project="acme", location=REGION)


#: A zone in which Cloud DNS leads the host to the load balancer.
TO_BALANCER = (forwarding_rule(ip_address=ADDRESS), zone(), soa(), record(f"{HOST}.", "A", ADDRESS))


def test_what_a_load_balancer_takes_is_judged_though_a_mapping_is_left_over() -> None:
    world = balancer(url_map(hosts=()), backend_service(backends=()), MAPPING)
    assert codes(domain_routing, domain(), *world, params=NAMED) == ["DOMAIN_MAPPED_TOO"]
    assert codes(domain_routing, domain(), *balancer(*world, *TO_BALANCER), params=NAMED) == ["NO_BACKEND"]
    assert codes(domain_routing, domain(), *world, *TO_CLOUD_RUN, params=NAMED) == ["DOMAIN_MAPPED"]
    assert codes(domain_routing, domain(), *balancer(url_map(hosts=()), MAPPING), params=NAMED) == []


def test_what_cloud_run_itself_serves_is_another_check_s() -> None:
    for world in ((), (*balancer(url_map(hosts=())), *TO_CLOUD_RUN), balancer(url_map(hosts=("x.org",)))):
        (found,) = verdicts(domain_routing, domain(), *world, MAPPING, params=NAMED)
        assert isinstance(found, Skip)
        assert (found.code, found.evidence) == ("DOMAIN_MAPPED", (MAPPING.path,))
    assert codes(domain_routing, domain(), *balancer(MAPPING, backend_service(backends=())), params=NAMED) == [
        "NO_BACKEND"
    ]


def test_a_mapping_that_was_not_read_may_serve_what_no_host_rule_names() -> None:
    assert backends_without(DomainMapping, url_map(hosts=("x.org",))) == ["DOMAIN_MAPPINGS_NOT_READ"]
    assert backends_without(DomainMapping, backend_service(backends=())) == ["NO_BACKEND"]
    assert backends_without(DomainMapping) == []


EU = "*.eu.staging.example"
ALL_HOSTS: dict[str, tuple[str, tuple[Resource, ...], list[str]]] = {
    "a wildcard that leads to a service": (EU, (url_map(hosts=(EU,)),), []),
    "a wildcard whose backend is empty": (EU, (url_map(hosts=(EU,)), backend_service(backends=())), ["NO_BACKEND"]),
    "a wildcard that is taken by a wider one": (EU, (url_map(hosts=("*.example",)),), []),
    "a wildcard whose services the host names": (
        EU,
        (url_map(hosts=(EU,)), neg(cloud_run=NegCloudRun(url_mask="<service>.eu.staging.example"))),
        ["URL_MASK_NOT_RESOLVED"],
    ),
    "any host by a default": ("*", (url_map(hosts=()),), []),
    "any host by a default, beside a map that names some": ("*", (url_map(hosts=()), *other(hosts=("x.org",))), []),
    "any host, inside": ("*", (url_map(hosts=()), INTERNAL), []),
    "any host, sent back to itself": (
        "*",
        (url_map(hosts=(), default_service="", default_url_redirect=TO_HTTPS),),
        ["REDIRECT_LOOP"],
    ),
    "any host, on another port": (
        "*",
        (url_map(hosts=()), forwarding_rule(port_range="8443-8443")),
        ["NO_FORWARDING_RULE"],
    ),
    "any host, to nothing": ("*", (url_map(hosts=("*",)), backend_service(backends=())), ["NO_BACKEND"]),
}


@pytest.mark.parametrize(("host", "instead", "expected"), ALL_HOSTS.values(), ids=ALL_HOSTS)
def test_what_stands_for_many_hosts(host: str, instead: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_routing, domain(host), *balancer(*instead), params=NAMED) == expected


CHALLENGE = PathRule(paths=("/.well-known/acme-challenge/*",), service=BACKEND)
CLOSED: dict[str, tuple[Resource, ...]] = {
    "no HTTP proxy at all": balancer(forwarding_rule(ip_address=IP)),
    "a map that redirects everything": with_plain(hosts=(), default_service="", default_url_redirect=TO_HTTPS),
    "a host rule that redirects": with_plain(**rules_of(default_url_redirect=TO_HTTPS)),
    "a redirect to https under another name": with_plain(
        **rules_of(default_url_redirect=redirect({"httpsRedirect": True, "hostRedirect": "www.example.com"}))
    ),
    "challenges of a certificate authority beside a redirect": with_plain(
        **rules_of(CHALLENGE, default_url_redirect=TO_HTTPS)
    ),
    "a map that knows neither the host nor a default": with_plain(hosts=("x.org",), default_service=""),
    "an HTTP load balancer on another address": tuple(
        msgspec.structs.replace(row, ip_address="203.0.113.99") if row.name == "http" else row for row in with_plain()
    ),
    "an HTTP proxy on another port than 80": tuple(
        msgspec.structs.replace(row, port_range="8080-8080") if row.name == "http" else row for row in with_plain()
    ),
    "forwarding rules that have no address yet": tuple(
        msgspec.structs.replace(row, ip_address="") if isinstance(row, ForwardingRule) else row for row in with_plain()
    ),
    "an internal load balancer": tuple(
        msgspec.structs.replace(row, load_balancing_scheme="INTERNAL_MANAGED")
        if isinstance(row, ForwardingRule)
        else row
        for row in with_plain()
    ),
}
IN_THE_CLEAR: dict[str, tuple[tuple[Resource, ...], str]] = {
    "the same as on 443": (with_plain(), "web"),
    "a default that serves": (with_plain(hosts=()), "web"),
    "one path of several": (
        with_plain(**rules_of(CHALLENGE, PathRule(paths=("/api/*",), service=BACKEND), default_url_redirect=TO_HTTPS)),
        "web",
    ),
    "a path beside the challenges in one rule": (
        with_plain(
            **rules_of(PathRule(paths=("/.well-known/*", "/login"), service=BACKEND), default_url_redirect=TO_HTTPS)
        ),
        "web",
    ),
    "a bucket": (with_plain(**rules_of(default_service=f"{GLOBAL}/backendBuckets/site")), "site"),
    "a redirect that stays in the clear": (
        with_plain(**rules_of(default_url_redirect=redirect({"hostRedirect": "www.example.com"}))),
        "a redirect to http://www.example.com",
    ),
}


@pytest.mark.parametrize("rows", CLOSED.values(), ids=CLOSED)
def test_port_80_passes_closed_or_redirected(rows: tuple[Resource, ...]) -> None:
    assert codes(domain_routing, domain(), *rows, params=ANYHOW) == []


@pytest.mark.parametrize(("rows", "answer"), IN_THE_CLEAR.values(), ids=IN_THE_CLEAR)
def test_what_port_80_serves_is_a_warning(rows: tuple[Resource, ...], answer: str) -> None:
    found = [one for one in verdicts(domain_routing, domain(), *rows, params=NAMED) if not isinstance(one, Proof)]
    (one,) = found
    assert isinstance(one, Violation)
    assert (one.code, one.severity) == ("HTTP_NOT_REDIRECTED", Severity.WARNING)
    assert one.message == (
        f"http://{HOST} on {IP} is answered by {answer} (http, plain); a redirect to HTTPS is expected, or nothing."
    )
    assert codes(domain_routing, domain(), *rows, params=DomainRouting(http_ok=True)) == []


def test_the_fix_names_the_http_proxy() -> None:
    fix = next(
        one for one in verdicts(domain_routing, domain(), *with_plain(), params=NAMED) if isinstance(one, Violation)
    ).fix
    assert fix is not None
    assert fix.gcloud == ("gcloud compute target-http-proxies update plain --url-map=REDIRECT --global --project=acme",)


WWW = "www.example.com"


def hosts(**sent: PathMatcher) -> Resource:
    """The URL map that takes each host by a matcher of its own: `api` is the host, `www` another."""
    named = {"api": HOST, "www": WWW, "old": "old.example.com"}
    rules = tuple(HostRule(hosts=(named[key],), path_matcher=key) for key in sent)
    return url_map(hosts=(), host_rules=rules, path_matchers=tuple(sent.values()))


def to(name: str, host: str, *rules: PathRule, **changes: Any) -> PathMatcher:
    """A matcher that redirects to the host, keeping the rest of the URL."""
    return PathMatcher(name=name, default_url_redirect=redirect({"hostRedirect": host, **changes}), path_rules=rules)


SERVED = PathMatcher(name="www", default_service=BACKEND)
#: Worlds, and the hosts that the message shows: none where requests arrive.
ROUND: dict[str, tuple[tuple[Resource, ...], str]] = {
    "a host and another that sends back": (
        (hosts(api=to("api", WWW), www=to("www", HOST)),),
        f"{HOST} → {WWW} → {HOST}",
    ),
    "another one that sends to itself": ((hosts(api=to("api", WWW), www=to("www", WWW)),), f"{HOST} → {WWW} → {WWW}"),
    "by way of a third": (
        (hosts(api=to("api", WWW), www=to("www", "old.example.com"), old=to("old", HOST)),),
        f"{HOST} → {WWW} → old.example.com → {HOST}",
    ),
    "two load balancers": (
        (
            hosts(api=to("api", WWW)),
            *other(hosts=()),
            url_map(
                "other",
                host_rules=(HostRule(hosts=(WWW,), path_matcher="www"),),
                path_matchers=(to("www", HOST),),
            ),
        ),
        f"{HOST} → {WWW} → {HOST}",
    ),
    "another one that is served": ((hosts(api=to("api", WWW), www=SERVED),), ""),
    "another one that sends back to one page": (
        (hosts(api=to("api", WWW), www=to("www", HOST, pathRedirect="/welcome")),),
        "",
    ),
    "another one that sends to a port of its own": (
        (hosts(api=to("api", WWW), www=to("www", f"{HOST}:8443")),),
        "",
    ),
    "another one whose every path is served": (
        (hosts(api=to("api", WWW), www=to("www", HOST, PathRule(paths=("/*",), service=BACKEND))),),
        "",
    ),
    "another one that only the default would send back, so that DNS may lead it elsewhere": (
        (url_map(hosts=(), default_service="", default_url_redirect=redirect({"hostRedirect": WWW})),),
        "",
    ),
    "another one that only a wildcard names": (
        (url_map(hosts=("*.example.com",), path_matchers=(to("all", WWW),)),),
        "",
    ),
    "a stranger": ((hosts(api=to("api", "www.example.net")),), ""),
}


@pytest.mark.parametrize(("instead", "expected"), ROUND.values(), ids=ROUND)
def test_redirects_from_host_to_host(instead: tuple[Resource, ...], expected: str) -> None:
    found = [
        one.message
        for one in verdicts(domain_routing, domain(), *balancer(*instead), params=NAMED)
        if not isinstance(one, Proof)
    ]
    assert found == ([f"https://{HOST} is redirected in a circle: {expected}."] if expected else [])


def test_a_declared_host_is_followed_though_no_host_rule_names_it() -> None:
    declared = msgspec.structs.replace(ACME, domains=(HOST, WWW))
    world = balancer(url_map(hosts=(), default_service="", default_url_redirect=redirect({"hostRedirect": WWW})))
    assert codes(domain_routing, domain(), *world, params=NAMED, environment=declared) == ["REDIRECT_LOOP"]
