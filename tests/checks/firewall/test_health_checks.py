"""firewall.health-checks: Google's probes reach the VMs behind a backend service."""

from __future__ import annotations

from typing import Any

import pytest

from checks.firewall.health_checks import health_checks
from tests.builders import (
    COMPUTE,
    PROJECT,
    REGION,
    VPC,
    ZONE,
    backend_service,
    firewalls,
    health_check,
    instance_group,
    neg,
    network,
    project,
    region_firewalls,
    rule,
    subnet,
    tcp,
    vm,
    vm_interface,
)
from tests.judging import codes, verdicts
from validator.check import Proof, Skip, Undecided, Violation
from validator.model.firewall import EffectivePolicy, FirewallRule, Matcher, PolicyRule
from validator.model.health import NamedPort, Probe
from validator.model.instance import AliasRange
from validator.model.loadbalancer import BackendService, ForwardingRule
from validator.model.resource import Resource

BLOCKED = "FIREWALL_BLOCKING_LOAD_BALANCER_BACKEND_HEALTH_CHECK"
BASE = (project(), network(), subnet(), region_firewalls())
MANAGER = f"projects/123456789/zones/{ZONE}/instanceGroupManagers/web"
MEMBER = vm("web-1", "web", created_by=MANAGER)
BYSTANDER = vm("batch", "batch", address="10.1.0.9")
GLOBAL_V4, GLOBAL_V6 = ("35.191.0.0/16", "130.211.0.0/22"), ("2600:2d00:1:b029::/64", "2600:2d00:1:1::/64")
DUAL = vm(
    "web-1",
    "web",
    created_by=MANAGER,
    network_interfaces=(vm_interface(stack_type="IPV4_IPV6", ipv6_address="fd20:1:2::1"),),
)


def probes(*sources: str, **changes: Any) -> FirewallRule:
    fields: dict[str, Any] = {
        "direction": "INGRESS",
        "source_ranges": sources or GLOBAL_V4,
        "allowed": tcp("8080"),
        "target_tags": ("web",),
    }
    return rule("allow-probes", **(fields | changes))


def passthrough(scheme: str = "EXTERNAL", **changes: Any) -> BackendService:
    path = f"projects/{PROJECT}/regions/{REGION}/backendServices/web"
    fields: dict[str, Any] = {"location": REGION, "self_link": COMPUTE + path, "load_balancing_scheme": scheme}
    return backend_service(instance_group(), **(fields | changes))


def forwarding(**changes: Any) -> ForwardingRule:
    fields: dict[str, Any] = {
        "name": "front",
        "project": PROJECT,
        "location": REGION,
        "self_link": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/forwardingRules/front",
        "backend_service": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/backendServices/web",
        "ip_address": "203.0.113.20",
        "ip_version": "IPV4",
    }
    return ForwardingRule(**(fields | changes))


def checking(**probe: Any) -> Resource:
    return health_check(http_health_check=Probe(**probe))


SECOND = subnet(
    "second",
    ip_cidr_range="10.3.0.0/24",
    self_link=f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/subnetworks/second",
)
BROAD = vm(
    "web-1",
    "web",
    created_by=MANAGER,
    network_interfaces=(
        vm_interface(alias_ip_ranges=(AliasRange(ip_cidr_range="10.60.0.0/24"),)),
        vm_interface(name="nic1", subnetwork=SECOND.self_link, network_ip="10.3.0.2"),
    ),
)
WEB = backend_service(instance_group())
NEG = backend_service(neg())
GROUP = (instance_group(), health_check(), MEMBER)
PASSES: list[tuple[str, BackendService, tuple[Resource, ...]]] = [
    ("a rule for the probes' ranges and the port", WEB, (firewalls(probes()), *GROUP)),
    ("every address of the ranges by two rules", WEB, (firewalls(probes(GLOBAL_V4[0]), probes(GLOBAL_V4[1])), *GROUP)),
    ("a rule for everybody", WEB, (firewalls(probes("0.0.0.0/0", target_tags=(), allowed=tcp())), *GROUP)),
    ("other VMs of the zone without a rule", WEB, (firewalls(probes()), *GROUP, BYSTANDER)),
    (
        "an unmanaged group when every VM of the zone is open",
        WEB,
        (firewalls(probes(target_tags=())), instance_group(), health_check(), BYSTANDER, vm("web-1", "web")),
    ),
    ("the default port", WEB, (firewalls(probes(allowed=tcp("80"))), instance_group(), checking(), MEMBER)),
    (
        "the serving port, by name",
        WEB,
        (firewalls(probes()), instance_group(), checking(port_specification="USE_SERVING_PORT"), MEMBER),
    ),
    (
        "a port by name",
        WEB,
        (firewalls(probes()), instance_group(), checking(port_name="http"), MEMBER),
    ),
    ("a NEG whose VMs are all open", NEG, (firewalls(probes()), neg(), health_check(), MEMBER)),
    (
        "a NEG's serving port with all ports open",
        NEG,
        (firewalls(probes(allowed=tcp())), neg(), checking(port_specification="USE_SERVING_PORT"), MEMBER),
    ),
    (
        "a member of another managed group of the zone without a rule",
        WEB,
        (firewalls(probes()), *GROUP, vm("db-1", "db", created_by=MANAGER.replace("/web", "/db"))),
    ),
    (
        "a NEG's VM of another subnet",
        NEG,
        (
            firewalls(probes()),
            neg(),
            health_check(),
            MEMBER,
            subnet("other", ip_cidr_range="10.9.0.0/24"),
            vm("x", network_interfaces=(vm_interface(subnetwork=subnet("other").path, network_ip="10.9.0.5"),)),
        ),
    ),
    (
        "IPv6 of a regional proxy",
        backend_service(instance_group(), location=REGION, ip_address_selection_policy="IPV6_ONLY"),
        (firewalls(probes(GLOBAL_V6[0])), instance_group(), health_check(), DUAL),
    ),
    ("a NEG's VM of another zone", NEG, (firewalls(probes()), neg(), health_check(), MEMBER, vm("x", location="b-c"))),
    ("a stopped VM of the zone", NEG, (firewalls(probes()), neg(), health_check(), MEMBER, vm("x", status="STOPPED"))),
    (
        "an external passthrough load balancer's own ranges",
        passthrough(),
        (firewalls(probes("35.191.0.0/16", "209.85.152.0/22", "209.85.204.0/22")), *GROUP, forwarding()),
    ),
    (
        "a passthrough load balancer's address as destination",
        passthrough("INTERNAL"),
        (firewalls(probes(destination_ranges=("10.1.0.77",))), *GROUP, forwarding(ip_address="10.1.0.77")),
    ),
    (
        "IPv6 where the load balancer prefers it",
        backend_service(instance_group(), ip_address_selection_policy="PREFER_IPV6"),
        (firewalls(probes(), probes(*GLOBAL_V6)), instance_group(), health_check(), DUAL),
    ),
    (
        "IPv6 of a passthrough load balancer",
        passthrough(),
        (
            firewalls(probes("2600:1901:8001::/48")),
            instance_group(),
            health_check(),
            DUAL,
            forwarding(ip_version="IPV6", ip_address="2600:1900:4000::/96"),
        ),
    ),
]
PASSES += [
    (
        "no rule for aliases and further interfaces, where a group's probes do not go",
        WEB,
        (firewalls(probes(destination_ranges=("10.1.0.0/24",))), instance_group(), health_check(), BROAD, SECOND),
    ),
]
FAILS: list[tuple[str, BackendService, tuple[Resource, ...]]] = [
    ("no rule at all", WEB, (firewalls(), *GROUP)),
    ("one of the ranges only", WEB, (firewalls(probes("35.191.0.0/16")), *GROUP)),
    ("half of a range", WEB, (firewalls(probes("35.191.0.0/17", "130.211.0.0/22")), *GROUP)),
    ("another port", WEB, (firewalls(probes(allowed=tcp("80"))), *GROUP)),
    ("another tag", WEB, (firewalls(probes(target_tags=("batch",))), *GROUP, BYSTANDER)),
    ("a deny before it", WEB, (firewalls(probes(allowed=(), denied=tcp(), priority=1), probes()), *GROUP)),
    ("a source tag", WEB, (firewalls(rule("t", direction="INGRESS", source_tags=("web",), allowed=tcp())), *GROUP)),
    (
        "a source service account",
        WEB,
        (firewalls(rule("a", direction="INGRESS", source_service_accounts=("a@b",), allowed=tcp())), *GROUP),
    ),
    ("a group that says it is empty and is not", WEB, (firewalls(), instance_group(size=0), health_check(), MEMBER)),
    (
        "one of the IPv6 ranges of a global proxy",
        backend_service(instance_group(), ip_address_selection_policy="IPV6_ONLY"),
        (firewalls(probes(GLOBAL_V6[0])), instance_group(), health_check(), DUAL),
    ),
    ("a disabled rule", WEB, (firewalls(probes(disabled=True)), *GROUP)),
    ("one member of two", WEB, (firewalls(probes()), *GROUP, vm("web-2", created_by=MANAGER, address="10.1.0.6"))),
    (
        "every VM that may be in an unmanaged group",
        WEB,
        (firewalls(probes(target_tags=("db",))), instance_group(), health_check(), BYSTANDER, vm("web-1", "web")),
    ),
    ("a NEG all of whose VMs are shut", NEG, (firewalls(), neg(), health_check(), MEMBER, BYSTANDER)),
    (
        "a NEG's serving port with every port shut",
        NEG,
        (firewalls(), neg(), checking(port_specification="USE_SERVING_PORT"), MEMBER),
    ),
    ("a proxy's ranges for an external passthrough load balancer", passthrough(), (firewalls(probes()), *GROUP)),
    (
        "the VM's address as destination behind a passthrough load balancer",
        passthrough("INTERNAL"),
        (firewalls(probes(destination_ranges=("10.1.0.5",))), *GROUP, forwarding(ip_address="10.1.0.77")),
    ),
    (
        "IPv4 only where the load balancer prefers IPv6",
        backend_service(instance_group(), ip_address_selection_policy="PREFER_IPV6"),
        (firewalls(probes()), instance_group(), health_check(), DUAL),
    ),
    (
        "a service account instead of the tag",
        WEB,
        (firewalls(probes(target_tags=(), target_service_accounts=("a@b",))), *GROUP),
    ),
]
UNDECIDED: list[tuple[str, BackendService, tuple[Resource, ...], str]] = [
    (
        "an unmanaged group of whose candidates one is open",
        WEB,
        (firewalls(probes()), instance_group(), health_check(), BYSTANDER, vm("web-1", "web")),
        "MEMBERS_UNKNOWN",
    ),
    (
        "a NEG's serving port with some ports open",
        NEG,
        (firewalls(probes()), neg(), checking(port_specification="USE_SERVING_PORT"), MEMBER),
        "HEALTH_CHECK_PORT_UNKNOWN",
    ),
    (
        "a NEG whose endpoints may be the aliases, which alone are open",
        NEG,
        (firewalls(probes(destination_ranges=("10.60.0.0/24",))), neg(), health_check(), BROAD, SECOND),
        "ENDPOINTS_UNKNOWN",
    ),
    (
        "a managed group whose VMs are stopped, beside another VM that is open",
        WEB,
        (
            firewalls(probes(target_tags=("batch",))),
            instance_group(),
            health_check(),
            vm("web-1", "web", created_by=MANAGER, status="TERMINATED"),
            BYSTANDER,
        ),
        "NO_BACKEND_READ",
    ),
    (
        "a NEG with a port by name",
        NEG,
        (firewalls(), neg(), checking(port_name="http"), MEMBER),
        "HEALTH_CHECK_PORT_UNKNOWN",
    ),
    (
        "gRPC without a port",
        WEB,
        (firewalls(), instance_group(), health_check(type="GRPC", http_health_check=None), MEMBER),
        "HEALTH_CHECK_PORT_UNKNOWN",
    ),
    (
        "a port that is none",
        WEB,
        (firewalls(), instance_group(), checking(port=70000), MEMBER),
        "HEALTH_CHECK_PORT_UNKNOWN",
    ),
    ("a health check that was not read", WEB, (firewalls(), instance_group(), MEMBER), "RESOURCE_CONFIG_NOT_FOUND"),
    ("a group that was not read", WEB, (firewalls(), health_check(), MEMBER), "RESOURCE_CONFIG_NOT_FOUND"),
    ("no VM read", WEB, (firewalls(), instance_group(), health_check()), "NO_BACKEND_READ"),
    ("a firewall that was not read", WEB, GROUP, "FIREWALL_CONFIG_NOT_FOUND"),
    (
        "a member without an IPv6 address",
        backend_service(instance_group(), ip_address_selection_policy="IPV6_ONLY"),
        (firewalls(probes()), *GROUP),
        "LOAD_BALANCER_BACKEND_IP_VERSION_MISMATCH",
    ),
]
SKIPPED: list[tuple[str, BackendService, tuple[Resource, ...], str]] = [
    ("no backend", backend_service(), (firewalls(),), "NO_PROBES"),
    ("no health check", backend_service(instance_group(), health_checks=()), (firewalls(), *GROUP), "NO_PROBES"),
    ("an empty group", WEB, (firewalls(), instance_group(size=0), health_check(), BYSTANDER), "NO_PROBES"),
    (
        "a serverless group",
        NEG,
        (firewalls(), neg(network_endpoint_type="SERVERLESS", network="", subnetwork="")),
        "NO_VM_BACKENDS",
    ),
    ("an internet group", NEG, (firewalls(), neg(network_endpoint_type="INTERNET_FQDN_PORT")), "NO_VM_BACKENDS"),
]


@pytest.mark.parametrize(("backend", "rows"), [pytest.param(b, rows, id=case) for case, b, rows in PASSES])
def test_passes(backend: BackendService, rows: tuple[Resource, ...]) -> None:
    assert codes(health_checks, backend, *BASE, *rows) == []


@pytest.mark.parametrize(("backend", "rows"), [pytest.param(b, rows, id=case) for case, b, rows in FAILS])
def test_fails(backend: BackendService, rows: tuple[Resource, ...]) -> None:
    assert codes(health_checks, backend, *BASE, *rows) == [BLOCKED]


@pytest.mark.parametrize(
    ("backend", "rows", "code"), [pytest.param(b, rows, code, id=case) for case, b, rows, code in UNDECIDED]
)
def test_undecided(backend: BackendService, rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(health_checks, backend, *BASE, *rows)
    assert isinstance(found, Undecided)
    assert found.code == code


@pytest.mark.parametrize(
    ("backend", "rows", "code"), [pytest.param(b, rows, code, id=case) for case, b, rows, code in SKIPPED]
)
def test_skipped(backend: BackendService, rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(health_checks, backend, *BASE, *rows)
    assert isinstance(found, Skip)
    assert found.code == code


def only(backend: BackendService, *rows: Resource) -> Violation:
    (found,) = verdicts(health_checks, backend, *BASE, *rows)
    assert isinstance(found, Violation)
    return found


def test_the_report_shows_a_packet_what_drops_it_and_the_rule_to_create() -> None:
    found = only(WEB, firewalls(), *GROUP)
    assert found.message == (
        "probes of health-check/http do not reach vm/web-1 behind instance-group/web: 35.191.0.0 → 10.1.0.5 tcp:8080 "
        "is dropped by implied deny of all ingress (priority 65535)"
    )
    assert found.evidence == (instance_group().path, health_check().path, VPC, MEMBER.path)
    assert found.fix is not None
    (line,) = found.fix.gcloud
    assert line == (
        f"gcloud compute firewall-rules create allow-health-checks-web --project={PROJECT} --network=vpc "
        "--direction=INGRESS --priority=1000 --action=ALLOW --rules=tcp:8080 "
        "--source-ranges=35.191.0.0/16,130.211.0.0/22 --target-tags=web"
    )
    assert 'source_ranges = ["35.191.0.0/16", "130.211.0.0/22"]' in found.fix.terraform


def test_each_address_family_gets_a_rule_of_its_own() -> None:
    both = backend_service(instance_group(), ip_address_selection_policy="PREFER_IPV6")
    found = only(both, firewalls(), instance_group(), health_check(), DUAL)
    assert found.fix is not None
    assert [":" in line.partition("--source-ranges=")[2].partition(" ")[0] for line in found.fix.gcloud] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("kind", "field", "port"),
    [
        ("TCP", "tcp_health_check", 80),
        ("HTTPS", "https_health_check", 443),
        ("HTTP2", "http2_health_check", 443),
        ("SSL", "ssl_health_check", 443),
        ("GRPC", "grpc_health_check", 9000),
        ("GRPC_WITH_TLS", "grpc_tls_health_check", 9000),
    ],
)
def test_each_type_of_check_has_its_port(kind: str, field: str, port: int) -> None:
    probe = Probe(port=port if port == 9000 else 0)
    fields: dict[str, Any] = {"type": kind, "http_health_check": Probe(port=1), field: probe}
    check = health_check(**fields)
    for opened, expected in ((port, []), (port + 1, [BLOCKED])):
        rows = (firewalls(probes(allowed=tcp(str(opened)))), instance_group(), check, MEMBER)
        assert codes(health_checks, WEB, *BASE, *rows) == expected


def test_a_named_port_that_the_group_lacks_leaves_nowhere_to_probe() -> None:
    group = instance_group(named_ports=(NamedPort(name="https", port=8443),))
    found = only(WEB, firewalls(probes()), group, checking(port_specification="USE_SERVING_PORT"), MEMBER)
    assert found.code == "BACKEND_SERVICE_NAMED_PORT_NOT_DEFINED"
    assert found.message == "health-check/http has nowhere to probe: instance-group/web has no port named http"


@pytest.mark.parametrize("sources", [("35.191.0.0/17",), ()], ids=["half of a range", "every source"])
def test_what_the_firewall_leaves_open_is_passed_on_with_its_reason(sources: tuple[str, ...]) -> None:
    match = Matcher(src_ip_ranges=sources, unmodelled=("srcMoonPhase",))
    guard = EffectivePolicy(
        name="g", type="NETWORK", rules=(PolicyRule(action="deny", direction="INGRESS", priority=1, match=match),)
    )
    first = network(network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL")
    rows = (project(), first, subnet(), firewalls(probes(), policies=(guard,)), region_firewalls(guard), *GROUP)
    (found,) = verdicts(health_checks, WEB, *rows)
    assert isinstance(found, Undecided)
    assert "whether probes of health-check/http reach vm/web-1 behind instance-group/web is not known" in found.message


def test_the_pass_says_from_where_to_where() -> None:
    (found,) = verdicts(health_checks, WEB, *BASE, firewalls(probes()), *GROUP)
    assert isinstance(found, Proof)
    assert found.message == (
        "probes from 35.191.0.0/16, 130.211.0.0/22 reach tcp:8080 of vm/web-1 behind instance-group/web"
    )


def test_each_group_is_judged_by_itself() -> None:
    two = backend_service(instance_group(), neg(network_endpoint_type="SERVERLESS"))
    rows = (firewalls(), *GROUP, neg(network_endpoint_type="SERVERLESS"))
    assert codes(health_checks, two, *BASE, *rows) == [BLOCKED, "NO_VM_BACKENDS"]


def test_a_neg_of_addresses_alone_has_no_aliases_in_it() -> None:
    addresses = neg(network_endpoint_type="GCE_VM_IP")
    backend = backend_service(addresses)
    rows = (firewalls(probes(destination_ranges=("10.60.0.0/24",))), addresses, health_check(), BROAD, SECOND)
    assert codes(health_checks, backend, *BASE, *rows) == [BLOCKED]


def test_an_empty_managed_group_is_not_probed_though_its_vms_are_stopped() -> None:
    stopped = vm("web-1", "web", created_by=MANAGER, status="TERMINATED")
    rows = (firewalls(), instance_group(size=0), health_check(), stopped)
    assert codes(health_checks, WEB, *BASE, *rows) == ["NO_PROBES"]
