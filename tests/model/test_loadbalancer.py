"""Which DNS names must be served: declared ones, else those of host rules behind an HTTPS proxy."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.balancers import GLOBAL, HOST, forwarding_rule, proxy, url_map
from tests.builders import COMPUTE, PROJECT, REGION
from validator.model.environment import Environment
from validator.model.loadbalancer import Domain, ForwardingRule, TargetHttpsProxy, UrlMap
from validator.model.resource import Resource
from validator.model.table import Table

REGIONAL = f"{COMPUTE}projects/{PROJECT}/regions/{REGION}"


def subjects(*rows: Resource, domains: tuple[str, ...] = ()) -> list[str]:
    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in rows if isinstance(row, kind))

    environment = Environment(project=PROJECT, domains=domains)
    found = Domain.subjects(
        environment=environment,
        url_maps=table(UrlMap),
        proxies=table(TargetHttpsProxy),
        rules=table(ForwardingRule),
    )
    return [domain.path for domain in found]


def regional(**changes: Any) -> dict[str, Any]:
    return {"location": REGION, **changes}


MESH_RULE = forwarding_rule("mesh", load_balancing_scheme="INTERNAL_SELF_MANAGED")
SUBJECTS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "the names and wildcards of a map behind an HTTPS proxy": (
        (proxy(), url_map(hosts=(HOST, "*.example.com", "*-eu.example.com:443", "*"))),
        ["*-eu.example.com", "*.example.com", HOST],
    ),
    "any host, where a map takes nothing else and a forwarding rule leads there": (
        (forwarding_rule(), proxy(), url_map(hosts=("*",))),
        ["*"],
    ),
    "any host of a map without host rules": ((forwarding_rule(), proxy(), url_map(hosts=())), ["*"]),
    "none of a map without host rules that nothing leads to": ((proxy(), url_map(hosts=())), []),
    "none of a service mesh": ((MESH_RULE, proxy(), url_map()), []),
    "none of a service mesh that takes any host": ((MESH_RULE, proxy(), url_map(hosts=())), []),
    "those of a proxy that a load balancer leads to beside a mesh": (
        (MESH_RULE, forwarding_rule(), proxy(), url_map()),
        [HOST],
    ),
    "in lower case, without port and final dot, each once": (
        (proxy(), url_map(hosts=("API.Staging.Example.COM.", f"{HOST}:443"))),
        [HOST],
    ),
    "a reference by another version of the API": (
        (proxy(url_map="https://compute.googleapis.com/compute/beta/projects/acme/global/urlMaps/web"), url_map()),
        [HOST],
    ),
    "a reference by the project's number": (
        (proxy(url_map="projects/123456789/global/urlMaps/web"), url_map()),
        [HOST],
    ),
    "a bare reference": ((proxy(url_map="web"), url_map()), [HOST]),
    "a regional map behind a regional proxy": (
        (
            proxy(**regional(self_link=f"{REGIONAL}/targetHttpsProxies/web", url_map=f"{REGIONAL}/urlMaps/web")),
            url_map(**regional(self_link=f"{REGIONAL}/urlMaps/web")),
        ),
        [HOST],
    ),
    "none of a regional map of the same name as the proxy's global one": (
        (proxy(), url_map(**regional(self_link=f"{REGIONAL}/urlMaps/web"))),
        [],
    ),
    "none of a map behind an HTTP proxy, a mesh or nothing": ((url_map(),), []),
    "none of another map": ((proxy(url_map=f"{GLOBAL}/urlMaps/other"), url_map()), []),
}


@pytest.mark.parametrize(("rows", "expected"), SUBJECTS.values(), ids=SUBJECTS)
def test_without_declared_domains_host_rules_behind_an_https_proxy_name_them(
    rows: tuple[Resource, ...], expected: list[str]
) -> None:
    assert subjects(*rows) == expected


def test_a_declared_domain_is_judged_whatever_the_load_balancers_name() -> None:
    assert subjects(domains=(HOST,)) == [HOST]
    assert subjects(url_map(hosts=("x.org",)), proxy(), domains=(HOST,)) == [HOST]


def test_declared_domains_are_compared_in_lower_case_and_without_final_dot() -> None:
    assert subjects(domains=("API.Staging.Example.COM.", HOST)) == [HOST]


def test_the_headers_a_url_map_adds_are_not_kept() -> None:
    weighted = {"backendService": "web", "headerAction": {"requestHeadersToAdd": [{"headerValue": "hidden"}]}}
    raw = {"name": "web", "defaultRouteAction": {"weightedBackendServices": [weighted], "corsPolicy": {}}}
    kept = msgspec.convert(UrlMap.prepare(raw), UrlMap)
    assert b"hidden" not in msgspec.json.encode(kept)
    assert kept.default_route_action is not None
    assert [part.backend_service for part in kept.default_route_action.weighted_backend_services] == ["web"]


def test_a_name_is_told_from_what_stands_for_many() -> None:
    wild = [Domain(name=name).is_wildcard for name in ("*", "*.example.com", "*-eu.example.com", HOST)]
    assert wild == [True, True, True, False]
