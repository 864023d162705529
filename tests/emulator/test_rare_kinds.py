"""Kinds of which the healthy estate has nothing: served and decoded where there is something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.client import Reader, Redirected
from tests.emulator.server import Emulator
from tests.emulator.world import Described, World
from tests.environments.describe import (
    COMPUTE,
    PROJECT,
    REGION,
    compute,
    located,
    named,
    network_link,
    regional,
    worldwide,
)
from tests.environments.edge import certificate_link
from tests.environments.network import VPC
from tests.environments.repaired import repaired
from validator.model.addressgroup import AddressGroup
from validator.model.certificate import DnsAuthorization
from validator.model.domainmapping import DomainMapping
from validator.model.environment import Environment
from validator.model.health import HealthCheck, InstanceGroup
from validator.model.loadbalancer import TargetSslProxy
from validator.model.policyroute import PolicyRoute
from validator.model.routerstatus import RouterStatus

OWN, ORG = f"projects/{PROJECT}/locations/global/addressGroups", "organizations/720/locations/global/addressGroups"
ROUTER = f"{regional('routers')}/edge"


def world() -> World:
    match = {"srcAddressGroups": [f"{OWN}/offices", f"{ORG}/partners"], "layer4Configs": []}
    rule = {"action": "allow", "direction": "INGRESS", "priority": 10, "match": match}
    link = {"name": "it", "attachmentTarget": network_link(PROJECT, VPC)}
    tunnel = f"{COMPUTE}{regional('vpnTunnels')}/office"
    vpc = network_link(PROJECT, VPC)
    learned = {"destRange": "192.168.0.0/16", "priority": 100, "nextHopIp": "169.254.0.2", "routeType": "BGP"}
    return repaired().including(
        compute("firewall-policy", worldwide("firewallPolicies"), "web", rules=[rule], associations=[link]),
        named("address-group", OWN, "offices", type="IPV4", items=["198.51.100.0/24"]),
        named("address-group", ORG, "partners", type="IPV6", items=["2001:db8::/32"]),
        compute("router", regional("routers"), "edge", network=vpc, interfaces=[{"linkedVpnTunnel": tunnel}]),
        Described("learned-route", f"{ROUTER}/bestRoutes", {"network": vpc, **learned}),
        named(
            "policy-route",
            f"projects/{PROJECT}/locations/global/policyBasedRoutes",
            "via-appliance",
            network=f"projects/{PROJECT}/global/networks/{VPC}",
            filter={"protocolVersion": "IPV4", "srcRange": "10.1.0.0/24", "ipProtocol": "TCP"},
            priority=200,
            nextHopIlbIp="10.1.0.99",
            virtualMachine={"tags": ["chat-worker"]},
        ),
        mapping("www.chat.example", {"type": "CNAME", "name": "www", "rrdata": "ghs.googlehosted.com."}),
        mapping("chat.example", {"type": "A", "rrdata": "216.239.32.21"}),
        named(
            "dns-authorization",
            located("dnsAuthorizations", "global"),
            "chat",
            domain="chat.example",
            dnsResourceRecord={"name": "_acme-challenge.chat.example.", "type": "CNAME", "data": "x.auth.example."},
        ),
        compute("health-check", worldwide("healthChecks"), "web", type="HTTPS", httpsHealthCheck={"port": 8443}),
        compute("instance-group", f"projects/{PROJECT}/zones/{REGION}-a/instanceGroups", "web", network=vpc, size=1),
        compute(
            "target-ssl-proxy",
            worldwide("targetSslProxies"),
            "tls",
            service=f"{COMPUTE}{worldwide('backendServices')}/chat-api",
            proxyHeader="NONE",
            sslCertificates=[certificate_link("chat-staging-2026")],
        ),
    )


def mapping(domain: str, *records: dict[str, str]) -> Described:
    """A Cloud Run domain mapping, in Knative's shape."""
    made = {"creationTimestamp": "2026-11-20T10:00:00.000000Z", "generation": 1, "namespace": "411000000001"}
    conditions = [{"type": "Ready", "status": "Unknown", "reason": "CertificatePending", "message": "Waiting."}]
    body = {
        "apiVersion": "domains.cloudrun.com/v1",
        "kind": "DomainMapping",
        "metadata": {"name": domain, **made},
        "spec": {"routeName": "chat-web", "certificateMode": "AUTOMATIC"},
        "status": {"conditions": conditions, "observedGeneration": 1, "resourceRecords": list(records)},
    }
    return Described("domain-mapping", located("domainmappings"), body)


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Emulator(world()) as google, closing(Redirected(google.url)) as http:
        yield Reader(http, Environment(name="staging", project=PROJECT, regions=(REGION,)))


def test_groups_of_the_project_and_of_its_organization_are_read_by_their_full_names(reader: Reader) -> None:
    assert {group.name: (group.type, group.items) for group in reader.table(AddressGroup)} == {
        f"{OWN}/offices": ("IPV4", ("198.51.100.0/24",)),
        f"{ORG}/partners": ("IPV6", ("2001:db8::/32",)),
    }


def test_a_group_that_is_gone_is_not_found() -> None:
    gone = world().without("address-group/partners")
    with Emulator(gone) as google, closing(Redirected(google.url)) as http:
        reader = Reader(http, Environment(name="staging", project=PROJECT, regions=(REGION,)))
        with pytest.raises(HttpError) as refusal:
            reader.table(AddressGroup)
    assert refusal.value.status_code in (403, 404)


def test_policy_routes_are_read_with_their_filter_and_targets(reader: Reader) -> None:
    (route,) = reader.table(PolicyRoute)
    assert (route.filter.src_range, route.priority, route.next_hop_ilb_ip) == ("10.1.0.0/24", 200, "10.1.0.99")
    assert route.virtual_machine is not None
    assert route.virtual_machine.tags == ("chat-worker",)


def test_what_a_router_has_learned_is_read(reader: Reader) -> None:
    (status,) = reader.table(RouterStatus)
    assert (status.name, [route.dest_range for route in status.best_routes]) == ("edge", ["192.168.0.0/16"])


def test_health_checks_and_instance_groups_are_read(reader: Reader) -> None:
    (check,), (group,) = reader.table(HealthCheck), reader.table(InstanceGroup)
    assert check.probe is not None
    assert (check.probe.port, group.size, group.location) == (8443, 1, f"{REGION}-a")


def test_domain_mappings_are_read_with_their_conditions_and_records(reader: Reader) -> None:
    apex, www = reader.table(DomainMapping)
    assert www.path == f"projects/{PROJECT}/locations/{REGION}/domainmappings/www.chat.example"
    assert (www.domain, www.label, www.location) == ("www.chat.example", "domain-mapping/www.chat.example", REGION)
    assert (www.spec.route_name, www.condition("Ready").reason) == ("chat-web", "CertificatePending")
    assert www.condition("DomainRoutable").status == ""
    assert [(record.name, record.type, record.rrdata) for record in apex.status.resource_records] == [
        ("", "A", "216.239.32.21")
    ]


def test_a_list_in_knatives_shape_is_the_same_in_pages_of_one(reader: Reader) -> None:
    with Emulator(world(), page_size=1) as google, closing(Redirected(google.url)) as http:
        paged = Reader(http, reader.environment)
        assert paged.table(DomainMapping) == reader.table(DomainMapping)
    asked = [request for request in google.requests if request.call == "run.projects.locations.domainmappings.list"]
    assert [bool(request.query.get("continue")) for request in asked] == [False, True]


def test_ssl_proxies_are_read_with_their_certificates(reader: Reader) -> None:
    (proxy,) = reader.table(TargetSslProxy)
    assert proxy.path == f"projects/{PROJECT}/global/targetSslProxies/tls"
    assert proxy.ssl_certificates == (certificate_link("chat-staging-2026"),)


def test_dns_authorizations_are_read_with_the_record_to_publish(reader: Reader) -> None:
    (one,) = reader.table(DnsAuthorization)
    record = one.dns_resource_record
    assert (one.domain, record.name, record.data) == (
        "chat.example",
        "_acme-challenge.chat.example.",
        "x.auth.example.",
    )
