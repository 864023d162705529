"""Where a host goes in a URL map, and which fronts are meant for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.balancers import GLOBAL, GROUPS, HOST, backend_service, forwarding_rule, neg, proxy, url_map
from tests.builders import COMPUTE, REGION
from validator.gcp.loadbalancers import LoadBalancers, Strength, Way, matches, way
from validator.gcp.names import Names
from validator.model.loadbalancer import (
    BackendService,
    ForwardingRule,
    HostRule,
    NetworkEndpointGroup,
    PathMatcher,
    PathRule,
    RouteRule,
    TargetHttpsProxy,
    UrlMap,
)
from validator.model.resource import Resource
from validator.model.table import Table

MATCHES = {
    "the name": ("api.example.com", "api.example.com", True),
    "any case": ("API.example.com", "api.EXAMPLE.com", True),
    "a port in the pattern": ("api.example.com:443", "api.example.com", True),
    "a wildcard for one label": ("*.example.com", "api.example.com", True),
    "a wildcard for several labels": ("*.example.com", "api.staging.example.com", True),
    "a wildcard for nothing but the dot": ("*.example.com", "example.com", False),
    "a wildcard before a hyphen": ("*-staging.example.com", "api-staging.example.com", True),
    "a wildcard of another ending": ("*.example.com", "api.example.org", False),
    "the dots of a pattern are dots": ("*.example.com", "apixexample.com", False),
    "any host": ("*", "whatever.org", True),
    "another name": ("www.example.com", "api.example.com", False),
}


@pytest.mark.parametrize(("pattern", "host", "yes"), MATCHES.values(), ids=MATCHES)
def test_host_rule_patterns(pattern: str, host: str, *, yes: bool) -> None:
    assert matches(pattern, host) is yes


def hosts(*patterns: str, **changes: Any) -> UrlMap:
    """A URL map with a matcher of its own for each pattern, which leads to a service of the same number."""
    rules = tuple(HostRule(hosts=(pattern,), path_matcher=f"m{n}") for n, pattern in enumerate(patterns))
    matchers = tuple(PathMatcher(name=f"m{n}", default_service=f"s{n}") for n in range(len(patterns)))
    return url_map(**({"host_rules": rules, "path_matchers": matchers, "default_service": "default"} | changes))


WAYS = {
    "the exact name beats every wildcard": (("*", "*.example.com", "a.b.example.com"), "s2", Strength.EXACT),
    "the longest wildcard beats the shorter one": (("*.b.example.com", "*.example.com"), "s0", Strength.WILDCARD),
    "a wildcard beats any host": (("*", "*.example.com"), "s1", Strength.WILDCARD),
    "any host is as weak as the default": (("*",), "s0", Strength.DEFAULT),
    "no rule falls to the default": (("x.example.com",), "default", Strength.DEFAULT),
}


@pytest.mark.parametrize(("patterns", "service", "strength"), WAYS.values(), ids=WAYS)
def test_which_host_rule_answers(patterns: tuple[str, ...], service: str, strength: Strength) -> None:
    found = way(hosts(*patterns), "a.b.example.com")
    assert (found.services, found.strength) == ((service,), strength)


def test_a_map_without_default_does_not_answer() -> None:
    assert way(hosts(default_service=""), "a.example.com") == Way(strength=Strength.NONE)


def test_a_default_may_be_a_redirect_or_a_route() -> None:
    redirect = way(hosts(default_service="", default_url_redirect={"httpsRedirect": True}), "a.example.com")
    assert (redirect.redirects, redirect.services, redirect.strength) == (True, (), Strength.DEFAULT)
    action = {"weightedBackendServices": [{"backendService": "b1", "weight": 1}, {"backendService": "b2"}]}
    assert way(hosts(default_service="", default_route_action=action), "a.example.com").services == ("b1", "b2")


def test_every_service_of_the_path_matcher_is_listed_once() -> None:
    matcher = PathMatcher(
        name="all",
        default_service="a",
        path_rules=(PathRule(paths=("/x",), service="b"), PathRule(paths=("/y",), service="a")),
        route_rules=(
            RouteRule(priority=1, route_action={"weightedBackendServices": [{"backendService": "c"}]}),
            RouteRule(priority=2, url_redirect={"pathRedirect": "/"}),
        ),
    )
    found = way(url_map(path_matchers=(matcher,)), HOST)
    assert found == Way(strength=Strength.EXACT, pattern=HOST, services=("a", "b", "c"), redirects=True)


@pytest.mark.parametrize(
    "action", [None, {}, {"weightedBackendServices": None}, {"weightedBackendServices": ["x", {}]}]
)
def test_a_route_action_of_another_shape_names_no_service(action: dict[str, Any] | None) -> None:
    matcher = PathMatcher(name="all", default_route_action=action)
    assert way(url_map(path_matchers=(matcher,)), HOST).services == ()


def test_a_path_matcher_that_is_not_there_is_reported() -> None:
    assert way(url_map(path_matchers=()), HOST).lost_matcher == "all"


def balancers(*rows: Resource) -> LoadBalancers:
    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in rows if isinstance(row, kind))

    return LoadBalancers.derive(
        names=Names({"123456789": "acme"}, "acme"),
        rules=table(ForwardingRule),
        proxies=table(TargetHttpsProxy),
        url_maps=table(UrlMap),
        backends=table(BackendService),
        groups=table(NetworkEndpointGroup),
    )


def second(name: str, url_map_name: str, scheme: str = "EXTERNAL_MANAGED") -> tuple[Resource, ...]:
    target = f"{GLOBAL}/targetHttpsProxies/{name}"
    return (
        forwarding_rule(name, target=target, load_balancing_scheme=scheme),
        proxy(name, url_map=f"{GLOBAL}/urlMaps/{url_map_name}"),
    )


WEB = (forwarding_rule(), proxy())
ANSWERING: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a front whose map names it": ((*WEB, url_map()), ["https"]),
    "a front whose map would not refuse it": ((*WEB, url_map(hosts=())), ["https"]),
    "the one that names it, not the one that would not refuse it": (
        (*WEB, url_map(), *second("other", "other"), url_map("other", hosts=())),
        ["https"],
    ),
    "the exact name, not the wildcard": (
        (*WEB, url_map(hosts=("*.example.com",)), *second("other", "other"), url_map("other")),
        ["other"],
    ),
    "two forwarding rules of one proxy": ((*WEB, forwarding_rule("https6"), url_map()), ["https", "https6"]),
    "two maps that name it": ((*WEB, url_map(), *second("other", "other"), url_map("other")), ["https", "other"]),
    "an internal one that names it, where no external one is": (
        (*second("inner", "web", "INTERNAL_MANAGED"), url_map()),
        ["inner"],
    ),
    "no internal one by its default": ((*second("inner", "web", "INTERNAL_MANAGED"), url_map(hosts=())), []),
    "the external one, where both name it": (
        (*WEB, *second("inner", "web", "INTERNAL_MANAGED"), url_map()),
        ["https"],
    ),
    "none where the map is missing": (WEB, []),
    "none where the proxy is missing": ((forwarding_rule(), url_map()), []),
    "none on another port": ((forwarding_rule(port_range="80-80"), proxy(), url_map()), []),
    "a range of ports around 443": ((forwarding_rule(port_range="1-65535"), proxy(), url_map()), ["https"]),
    "none for an HTTP proxy": (
        (forwarding_rule(target=f"{GLOBAL}/targetHttpProxies/web"), proxy(), url_map()),
        [],
    ),
    "nothing at all": ((), []),
}


@pytest.mark.parametrize(("rows", "expected"), ANSWERING.values(), ids=ANSWERING)
def test_which_fronts_are_meant_for_a_host(rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert [front.rule.short for front in balancers(*rows).answering(HOST)] == expected


def test_references_are_resolved_whatever_their_spelling() -> None:
    partial = forwarding_rule(target="projects/123456789/global/targetHttpsProxies/web")
    beta = proxy(url_map="https://compute.googleapis.com/compute/beta/projects/acme/global/urlMaps/web")
    assert len(balancers(partial, beta, url_map()).answering(HOST)) == 1


def test_a_regional_proxy_is_not_the_global_one_of_the_same_name() -> None:
    regional = proxy(
        self_link=f"{COMPUTE}projects/acme/regions/{REGION}/targetHttpsProxies/web", location=REGION, url_map="x"
    )
    assert balancers(forwarding_rule(), regional, url_map()).answering(HOST) == ()


def test_backends_and_groups_are_found_by_their_references() -> None:
    found = balancers(url_map(), backend_service(), neg())
    assert found.backend(f"{GLOBAL}/backendServices/web", url_map()) == backend_service()
    assert found.backend(f"{GLOBAL}/backendServices/gone", url_map()) is None
    assert found.group(f"{GROUPS}/backend", backend_service()) == neg()
    assert found.group(f"{GROUPS}/gone", backend_service()) is None
