"""Where a host goes in a URL map."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.balancers import HOST, action, redirect, url_map
from validator.gcp.balancers.url_maps import Strength, Way, backends, matches, steps, way
from validator.model.loadbalancer import HostRule, PathMatcher, PathRule, RouteRule, UrlMap

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
    "a wildcard for a wildcard of its own": ("*.example.com", "*.example.com", True),
    "a wildcard for a deeper wildcard": ("*.example.com", "*.eu.example.com", True),
    "a wildcard for a higher wildcard": ("*.eu.example.com", "*.example.com", False),
    "a name for a wildcard": ("api.example.com", "*.example.com", False),
    "any host for any host": ("*", "*", True),
    "a wildcard for any host": ("*.example.com", "*", False),
    "a wildcard for what no host name holds": ("*.example.com", "a_b/c.example.com", False),
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
    assert way(hosts(default_service=""), "a.example.com").strength is Strength.NONE


def test_a_map_without_host_rules_is_meant_for_every_host() -> None:
    assert way(hosts(), "a.example.com") == Way(strength=Strength.DEFAULT, services=("default",), catch_all=True)
    assert not way(hosts("x.example.com"), "a.example.com").catch_all


def test_a_default_may_be_a_redirect_or_a_route() -> None:
    sent = way(hosts(default_service="", default_url_redirect=redirect({"httpsRedirect": True})), "a.example.com")
    assert (sent.redirects, sent.services, sent.strength) == (True, (), Strength.DEFAULT)
    split = action({"weightedBackendServices": [{"backendService": "b1", "weight": 1}, {"backendService": "b2"}]})
    assert way(hosts(default_service="", default_route_action=split), "a.example.com").services == ("b1", "b2")


def test_a_service_of_weight_zero_gets_nothing() -> None:
    split = action(
        {"weightedBackendServices": [{"backendService": "b1", "weight": 1}, {"backendService": "b2", "weight": 0}]}
    )
    both = hosts(default_service="", default_route_action=split)
    assert way(both, "a.example.com").services == ("b1",)
    assert backends(both) == ("b1", "b2")
    assert not any(step.drained for step in steps(both, "a.example.com"))


def test_a_default_whose_services_all_have_weight_zero_answers_with_nothing_behind_it() -> None:
    none = action({"weightedBackendServices": [{"backendService": "b1", "weight": 0}]})
    drained = hosts(default_service="", default_route_action=none)
    assert way(drained, "a.example.com") == Way(strength=Strength.DEFAULT, catch_all=True)
    assert [step.drained for step in steps(drained, "a.example.com")] == [True]


#: A redirect in the API's own words, and whether it leads to where it came from.
LOOPS: dict[str, tuple[dict[str, Any], bool]] = {
    "to HTTPS": ({"httpsRedirect": True}, True),
    "to nothing in particular": ({}, True),
    "to the same host": ({"hostRedirect": "API.staging.example.com."}, True),
    "to the same host and its port": ({"hostRedirect": f"{HOST}:443"}, True),
    "to the same host without the query": ({"stripQuery": True}, True),
    "to another port": ({"hostRedirect": f"{HOST}:8443"}, False),
    "to another host": ({"hostRedirect": "www.example.com"}, False),
    "to another path": ({"pathRedirect": "/new"}, False),
    "to another prefix": ({"prefixRedirect": "/new"}, False),
}


@pytest.mark.parametrize(("raw", "yes"), LOOPS.values(), ids=LOOPS)
def test_which_redirect_loops(raw: dict[str, Any], *, yes: bool) -> None:
    (step,) = steps(hosts(default_service="", default_url_redirect=redirect(raw)), HOST)
    assert step.loops(HOST) is yes


def test_a_redirect_may_take_off_the_query_that_it_was_for() -> None:
    sent = RouteRule(url_redirect=redirect({"stripQuery": True}))
    rules = PathMatcher(name="all", default_service="a", route_rules=(sent,))
    assert [step.loops(HOST) for step in steps(url_map(path_matchers=(rules,)), HOST)] == [False, False]


def test_five_thousand_wildcards_are_tried_in_a_moment() -> None:
    """Well below the time that as many compiled expressions would take."""
    many = url_map(hosts=tuple(f"*.w{number}.example.com" for number in range(5000)))
    started = time.process_time()
    assert way(many, "a.w4999.example.com").pattern == "*.w4999.example.com"
    assert time.process_time() - started < 0.25


def test_every_service_of_the_path_matcher_is_listed_once() -> None:
    matcher = PathMatcher(
        name="all",
        default_service="a",
        path_rules=(PathRule(paths=("/x",), service="b"), PathRule(paths=("/y",), service="a")),
        route_rules=(
            RouteRule(priority=1, route_action=action({"weightedBackendServices": [{"backendService": "c"}]})),
            RouteRule(priority=2, url_redirect=redirect({"pathRedirect": "/"})),
        ),
    )
    found = way(url_map(path_matchers=(matcher,)), HOST)
    assert found == Way(strength=Strength.EXACT, pattern=HOST, services=("a", "b", "c"), redirects=True)


def test_a_path_matcher_that_is_not_there_is_reported() -> None:
    assert way(url_map(path_matchers=()), HOST).lost_matcher == "all"
