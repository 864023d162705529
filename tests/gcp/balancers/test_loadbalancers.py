"""Which fronts are meant for a host, and what may answer it though it is not read."""

from __future__ import annotations

import pytest

from tests.balancers import GLOBAL, GROUPS, HOST, backend_service, forwarding_rule, neg, proxy, url_map
from tests.builders import COMPUTE, REGION, project
from tests.dns_rows import ADDRESS, TO_CLOUD_RUN, record, soa, zone
from tests.gcp.certificates.facts import derived
from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.balancers.mappings import PERHAPS_MAPPED
from validator.model.dns import DnsRecordSet
from validator.model.domainmapping import DomainMapping
from validator.model.resource import Resource


def balancers(*rows: Resource) -> LoadBalancers:
    return derived(LoadBalancers, project(), *rows)


def second(name: str, url_map_name: str, scheme: str = "EXTERNAL_MANAGED") -> tuple[Resource, ...]:
    target = f"{GLOBAL}/targetHttpsProxies/{name}"
    return (
        forwarding_rule(name, target=target, load_balancing_scheme=scheme),
        proxy(name, url_map=f"{GLOBAL}/urlMaps/{url_map_name}"),
    )


WEB = (forwarding_rule(), proxy())
MESH = "INTERNAL_SELF_MANAGED"
MAPPING = DomainMapping(name=f"projects/acme/locations/{REGION}/domainmappings/{HOST}", project="acme", location=REGION)
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
    "an internal one by its default, where no external one answers": (
        (*second("inner", "web", "INTERNAL_MANAGED"), url_map(hosts=())),
        ["inner"],
    ),
    "the external one by its default, not the internal one by its": (
        (*WEB, url_map(hosts=()), *second("inner", "inner", "INTERNAL_MANAGED"), url_map("inner", hosts=())),
        ["https"],
    ),
    "the internal one that names it, not the external one that would not refuse it": (
        (*WEB, url_map(hosts=("x.org",)), *second("inner", "inner", "INTERNAL_MANAGED"), url_map("inner")),
        ["inner"],
    ),
    "both, where the internal one names it and the external one takes any host": (
        (*WEB, url_map(hosts=()), *second("inner", "inner", "INTERNAL_MANAGED"), url_map("inner")),
        ["inner", "https"],
    ),
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
    "none of a service mesh": ((*second("mesh", "mesh", MESH), url_map("mesh")), []),
    "the load balancer's, not the mesh's on the same proxy": (
        (*WEB, forwarding_rule("mesh", load_balancing_scheme=MESH), url_map()),
        ["https"],
    ),
    "none for what Cloud Run itself serves and nothing is meant to take": (
        (*WEB, url_map(hosts=("x.org",)), MAPPING),
        [],
    ),
    "the one that takes any host, though Cloud Run may serve it": ((*WEB, url_map(hosts=()), MAPPING), ["https"]),
    "none where DNS leads a host that one takes to Cloud Run": ((*WEB, url_map(hosts=()), MAPPING, *TO_CLOUD_RUN), []),
    "the one that names what Cloud Run serves as well": ((*WEB, url_map(), MAPPING), ["https"]),
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


SSL_PROXY = forwarding_rule("tls", target=f"{GLOBAL}/targetSslProxies/tls", ip_protocol="TCP")
HTTP = forwarding_rule("http", target=f"{GLOBAL}/targetHttpProxies/web", port_range="80-80")
UNSEEN: dict[str, tuple[tuple[Resource, ...], str]] = {
    "nothing at all: another project's load balancer may lead here": ((), "FRONTEND_NOT_READ"),
    "backends of another project's load balancer": ((backend_service(), neg()), "FRONTEND_NOT_READ"),
    "an internal HTTP load balancer is not where the internet arrives": (
        (forwarding_rule(target=HTTP.target, port_range="80-80", load_balancing_scheme="INTERNAL_MANAGED"),),
        "FRONTEND_NOT_READ",
    ),
    "a Private Service Connect endpoint is no load balancer": (
        (forwarding_rule(target="projects/x/regions/r/serviceAttachments/s", load_balancing_scheme=""),),
        "FRONTEND_NOT_READ",
    ),
    "an SSL proxy on 443": ((SSL_PROXY,), "NOT_AN_HTTPS_PROXY"),
    "a passthrough load balancer on 443": (
        (forwarding_rule("k8s", target="", port_range="", ports=("80", "443"), load_balancing_scheme="EXTERNAL"),),
        "NOT_AN_HTTPS_PROXY",
    ),
    "an SSL proxy beside an HTTPS proxy that refuses the host": (
        (SSL_PROXY, *WEB, url_map(hosts=(), default_service="")),
        "NOT_AN_HTTPS_PROXY",
    ),
    "UDP on 443": ((forwarding_rule("quic", target="", ip_protocol="UDP"),), "FRONTEND_NOT_READ"),
    "an SSL proxy, where an HTTPS proxy names the host": ((SSL_PROXY, proxy(), url_map()), ""),
    "an external HTTP load balancer: the front is here, and without TLS": ((HTTP,), ""),
    "nothing but Cloud Run's own mapping of the host": ((MAPPING,), ""),
    "an HTTPS proxy without forwarding rule": ((proxy(), url_map()), ""),
    "an HTTPS proxy that refuses the host": ((*WEB, url_map(hosts=(), default_service="")), ""),
}


@pytest.mark.parametrize(("rows", "code"), UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_read_and_may_answer_a_host(rows: tuple[Resource, ...], code: str) -> None:
    found = balancers(*rows).unseen(HOST)
    assert (found.code if found else "") == code


def test_an_ssl_proxy_is_named() -> None:
    found = balancers(SSL_PROXY).unseen(HOST)
    assert found is not None
    assert found.words == "forwarding rule tls takes 443 to targetSslProxies/tls, which is not looked into"
    assert found.evidence == (SSL_PROXY.path, SSL_PROXY.target)


def test_proxies_that_name_a_host_are_found_without_forwarding_rule() -> None:
    assert balancers(proxy(), url_map()).naming(HOST) == (proxy(),)
    assert balancers(proxy(), url_map(hosts=())).naming(HOST) == ()


def test_any_host_is_answered_by_all_that_take_any() -> None:
    found = balancers(
        *WEB, url_map(hosts=(HOST, "*")), *second("other", "other", "INTERNAL_MANAGED"), url_map("other", hosts=())
    )
    assert [front.rule.short for front in found.answering("*")] == ["https", "other"]
    assert balancers(*WEB, url_map()).answering("*") == ()


def test_a_wildcard_is_answered_by_its_own_rule_before_a_wider_one() -> None:
    found = balancers(
        *WEB,
        url_map(hosts=("*.example.com",)),
        *second("other", "other"),
        url_map("other", hosts=("*.eu.example.com",)),
    )
    assert [front.rule.short for front in found.answering("*.eu.example.com")] == ["other"]
    assert [front.rule.short for front in found.answering("*.us.example.com")] == ["https"]


def test_a_proxy_of_a_service_mesh_names_nothing() -> None:
    assert balancers(*second("mesh", "mesh", MESH), url_map("mesh")).naming(HOST) == ()


def test_the_mapping_that_serves_a_host_is_told_unless_a_load_balancer_takes_the_host() -> None:
    other, any_host = url_map(hosts=("x.org",)), url_map(hosts=())
    assert balancers(*WEB, other, MAPPING).mapping(HOST) == MAPPING.path
    assert balancers(*WEB, url_map(), MAPPING).mapping(HOST) == ""
    assert balancers(*WEB, any_host, MAPPING).mapping(HOST) == ""
    assert balancers(*WEB, any_host, MAPPING, *TO_CLOUD_RUN).mapping(HOST) == MAPPING.path
    assert balancers(*WEB, any_host).mapping(HOST) == ""


def test_what_a_load_balancer_takes_may_be_mapped_unless_dns_tells() -> None:
    def doubt(*rows: Resource, unread: tuple[type[Resource], ...] = ()) -> str:
        found = derived(LoadBalancers, *WEB, *rows, unread=unread).perhaps_mapped(HOST)
        return found.code if found else ""

    any_host, here = url_map(hosts=()), forwarding_rule(ip_address=ADDRESS)
    assert doubt(any_host, MAPPING) == "DOMAIN_MAPPED_TOO"
    assert doubt(any_host, MAPPING, here, zone(), soa(), record(f"{HOST}.", "A", ADDRESS)) == ""
    assert doubt(any_host, MAPPING, here, zone(), soa(), record(f"{HOST}.", "A", "8.34.208.99")) == "DOMAIN_MAPPED_TOO"
    led_here = (here, zone(), soa(), record(f"{HOST}.", "A", ADDRESS))
    assert doubt(any_host, MAPPING, *led_here, unread=(DnsRecordSet,)) == "DOMAIN_MAPPED_TOO"
    assert doubt(any_host) == ""


def test_a_mapping_that_was_not_read_may_serve_what_no_url_map_names() -> None:
    unread = derived(LoadBalancers, *WEB, url_map(hosts=("x.org",)), unread=(DomainMapping,))
    assert unread.perhaps_mapped(HOST) == PERHAPS_MAPPED
    assert unread.perhaps_mapped("x.org") is None
    assert balancers().perhaps_mapped(HOST) is None
