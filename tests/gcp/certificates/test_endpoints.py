"""Where clients meet TLS, and which of the endpoints are meant for a name."""

from __future__ import annotations

import pytest

from tests.balancers import (
    GLOBAL,
    HOST,
    balancer,
    certificate,
    forwarding_rule,
    mapped_proxy,
    proxy,
    ssl_proxy,
    ssl_rule,
    url_map,
)
from tests.builders import REGION
from tests.gcp.certificates.facts import derived
from validator.gcp.certificates.endpoints import TlsEndpoint, TlsEndpoints
from validator.model.domainmapping import DomainMapping
from validator.model.loadbalancer import TargetSslProxy
from validator.model.resource import Resource

SSL = (ssl_rule(), ssl_proxy())
ELSEWHERE = (
    forwarding_rule("high", target=f"{GLOBAL}/targetHttpsProxies/high", port_range="8443-8443"),
    proxy("high", url_map=f"{GLOBAL}/urlMaps/high"),
)
MAPPING = DomainMapping(name=f"projects/acme/locations/{REGION}/domainmappings/{HOST}", project="acme", location=REGION)
NONE_IN_FRONT = (url_map(hosts=(), default_service=""),)

#: The forwarding rules, with their ports, that are meant for the host.
SERVING: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "the HTTPS front on 443": ((), ["https:443"]),
    "IPv4 and IPv6": ((forwarding_rule("https6", ip_version="IPV6"),), ["https:443", "https6:443"]),
    "a front on another port whose map names it": ((*ELSEWHERE, url_map("high")), ["https:443", "high:8443"]),
    "not one on another port that merely would not refuse it": (
        (*ELSEWHERE, url_map("high", hosts=())),
        ["https:443"],
    ),
    "the only front, though on another port": (
        (forwarding_rule(port_range="", ports=("9443", "8443")),),
        ["https:8443"],
    ),
    "not an SSL proxy where an URL map names it": (SSL, ["https:443"]),
    "an SSL proxy whose certificate covers it, beside a map that merely would not refuse it": (
        (*SSL, url_map(hosts=())),
        ["https:443", "tls:443"],
    ),
    "an SSL proxy whose certificate covers it, where nothing else answers it": ((*SSL, *NONE_IN_FRONT), ["tls:443"]),
    "an SSL proxy on the port of a mail server": (
        (ssl_rule(port_range="993-993"), ssl_proxy(), *NONE_IN_FRONT),
        ["tls:993"],
    ),
    "not an SSL proxy whose certificate is for other names": (
        (*SSL, *NONE_IN_FRONT, certificate("web", "x.org")),
        [],
    ),
    "none for what Cloud Run itself serves": ((MAPPING, *SSL, *NONE_IN_FRONT), []),
    "the front that names what Cloud Run serves as well": ((MAPPING,), ["https:443"]),
    "not one that was not found": ((ssl_rule(), *NONE_IN_FRONT), []),
}


def spoken(endpoints: tuple[TlsEndpoint, ...]) -> list[str]:
    return [f"{one.rule.short}:{one.port}" for one in endpoints]


@pytest.mark.parametrize(("instead", "expected"), SERVING.values(), ids=SERVING)
def test_which_endpoints_are_meant_for_a_host(instead: tuple[Resource, ...], expected: list[str]) -> None:
    assert spoken(derived(TlsEndpoints, *balancer(*instead)).serving(HOST)) == expected


def test_any_host_is_served_by_all_that_take_any_on_whatever_port() -> None:
    found = derived(TlsEndpoints, *balancer(url_map(hosts=(HOST, "*")), *ELSEWHERE, url_map("high", hosts=())))
    assert spoken(found.serving("*")) == ["https:443", "high:8443"]
    assert derived(TlsEndpoints, *balancer(*SSL)).serving("*") == ()


def test_ssl_proxies_that_were_not_read_are_none() -> None:
    found = derived(TlsEndpoints, *balancer(*NONE_IN_FRONT, ssl_rule()), unread=(TargetSslProxy,))
    assert found.serving(HOST) == ()


AT: dict[str, tuple[tuple[Resource, ...], str, int, list[str]]] = {
    "an IPv4 address": ((forwarding_rule(ip_address="203.0.113.7"),), "203.0.113.7", 443, ["https:443"]),
    "another address": ((forwarding_rule(ip_address="203.0.113.7"),), "203.0.113.8", 443, []),
    "another port": ((forwarding_rule(ip_address="203.0.113.7"),), "203.0.113.7", 8443, []),
    "a port inside of a range": (
        (forwarding_rule(ip_address="203.0.113.7", port_range="1-65535"),),
        "203.0.113.7",
        8443,
        ["https:8443"],
    ),
    "an IPv6 address, however it is spelt": (
        (forwarding_rule(ip_address="2001:db8:0:0::7/96"),),
        "[2001:DB8::7]",
        443,
        ["https:443"],
    ),
    "an SSL proxy's address": (
        (ssl_rule(ip_address="203.0.113.9", port_range="993-993"), ssl_proxy()),
        "203.0.113.9",
        993,
        ["tls:993"],
    ),
    "one address in two networks": (
        (
            forwarding_rule(ip_address="10.0.0.9", load_balancing_scheme="INTERNAL_MANAGED"),
            forwarding_rule("other", ip_address="10.0.0.9", load_balancing_scheme="INTERNAL_MANAGED"),
        ),
        "10.0.0.9",
        443,
        ["https:443", "other:443"],
    ),
}


@pytest.mark.parametrize(("instead", "address", "port", "expected"), AT.values(), ids=AT)
def test_what_is_at_an_address(instead: tuple[Resource, ...], address: str, port: int, expected: list[str]) -> None:
    assert spoken(derived(TlsEndpoints, *balancer(*instead)).at(address, port)) == expected


def test_an_address_is_served_by_whatever_has_it() -> None:
    found = derived(TlsEndpoints, *balancer(forwarding_rule(ip_address="203.0.113.7")))
    assert spoken(found.serving("203.0.113.7")) == ["https:443"]
    assert found.serving("203.0.113.8") == ()


def test_an_endpoint_says_what_it_answers() -> None:
    found = derived(TlsEndpoints, *balancer(forwarding_rule(ip_address="203.0.113.7")))
    (endpoint,) = found.serving(HOST)
    assert endpoint.address == "203.0.113.7"
    assert [one.short for one in found.selection(endpoint, HOST).candidates] == ["web"]
    (refusing,) = derived(TlsEndpoints, *balancer(mapped_proxy())).serving(HOST)
    assert derived(TlsEndpoints, *balancer(mapped_proxy())).selection(refusing, HOST).refused


def test_cloud_run_may_serve_a_mapped_host_that_no_url_map_names() -> None:
    assert derived(TlsEndpoints, *balancer(url_map(hosts=()), MAPPING)).perhaps_mapped(HOST)
    assert not derived(TlsEndpoints, *balancer(MAPPING)).perhaps_mapped(HOST)
    assert not derived(TlsEndpoints, *balancer(url_map(hosts=()))).perhaps_mapped(HOST)
