"""network.egress finds services without a way out, and NATs without a user."""

from __future__ import annotations

import pytest

from checks.network.egress import Egress, egress
from tests.builders import (
    COMPUTE,
    PROJECT,
    REGION,
    VPC,
    compute_project,
    connector,
    firewalls,
    router,
    rule,
    service,
    subnet,
    template,
    vm,
)
from tests.gcp.paths.worlds import APPS, default_route, healthy
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Violation
from validator.model.computeproject import ComputeProject
from validator.model.connector import ConnectorSubnet
from validator.model.dns import DnsRecordSet, DnsZone, PrivateVisibility, ZoneNetwork
from validator.model.firewall import FirewallRule, Ports
from validator.model.network import Nat, NatSubnetwork, Route, Router
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Service, VpcAccess

STAGING = f"projects/{PROJECT}/locations/{REGION}/connectors/staging"
VIPS = "199.36.153.8/30"
FIXED = f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/addresses/nat-ip"


def sending(egress: str = "ALL_TRAFFIC", **changes: object) -> Service:
    """The service on its connector with this egress setting."""
    fields: dict[str, object] = {"connector": STAGING, "egress": egress} | changes
    return service(template=template(vpc_access=VpcAccess(**fields)))  # type: ignore[arg-type]


def direct() -> Service:
    """The service on an interface of its own, sending everything."""
    interface = NetworkInterface(network="vpc", subnetwork="apps")
    return sending(connector="", network_interfaces=(interface,))


def nat(*listed: str, **changes: object) -> Router:
    """A router whose NAT takes the listed subnets, or every one."""
    rows = tuple(NatSubnetwork(name=COMPUTE + one, source_ip_ranges_to_nat=("ALL_IP_RANGES",)) for one in listed)
    which = "LIST_OF_SUBNETWORKS" if listed else "ALL_SUBNETWORKS_ALL_IP_RANGES"
    fields: dict[str, object] = {"name": "nat", "subnetworks": rows, "source_subnetwork_ip_ranges_to_nat": which}
    return router(nats=(Nat(**(fields | changes)),))  # type: ignore[arg-type]


def deny_all(*allowed: FirewallRule) -> Resource:
    """A firewall that lets nothing out but what the rules allow."""
    everything = (Ports(protocol="all"),)
    deny = rule("deny-all", allowed=(), denied=everything, priority=65000, destination_ranges=("0.0.0.0/0",))
    return firewalls(deny, *allowed)


TO_GOOGLE = rule("allow-google", allowed=(Ports(protocol="tcp", ports=("443",)),), destination_ranges=(VIPS,))
SHUT = Egress(internet=False, google_apis=False)

PASSES: dict[str, tuple[Service, Egress, tuple[Resource, ...], tuple[type[Resource], ...]]] = {
    "everything, over a NAT of all subnets": (sending(), Egress(), (), ()),
    "private ranges only, and no NAT": (sending("PRIVATE_RANGES_ONLY"), Egress(), (), (Router,)),
    "an interface whose subnet the NAT lists": (direct(), Egress(), (nat(APPS),), ()),
    "the internet is denied on purpose": (sending(), Egress(google_apis=False), (deny_all(),), (Router,)),
    "the internet must not be reached, and is not": (sending(), SHUT, (), (Router, Route)),
    "a NAT of a Shared VPC, which others may use": (
        sending("PRIVATE_RANGES_ONLY"), Egress(), (compute_project(xpn_project_status="HOST"),), (),
    ),
    "a NAT of a project of which it is not known whether it shares its VPC": (
        sending("PRIVATE_RANGES_ONLY"), Egress(), (), (ComputeProject,),
    ),
    "a NAT that VMs use": (sending("PRIVATE_RANGES_ONLY"), Egress(), (vm(),), ()),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "params", "others", "without"), PASSES.values(), ids=list(PASSES))
def test_passes(
    subject: Service, params: Egress, others: tuple[Resource, ...], without: tuple[type[Resource], ...]
) -> None:
    found = verdicts(egress, subject, *healthy(subject, *others, without=without), params=params)
    assert {type(one) for one in found} == {Proof}


FAILS: dict[str, tuple[Service, Egress, tuple[Resource, ...], tuple[type[Resource], ...], set[str]]] = {
    "no NAT": (sending(), Egress(google_apis=False), (), (Router,), {"NO_EXTERNAL_ADDRESS"}),
    "a NAT that lists subnets, of which the connector's hidden one cannot be": (
        sending(), Egress(google_apis=False), (nat(APPS),), (), {"NO_EXTERNAL_ADDRESS"},
    ),
    "a NAT by hand without addresses": (
        sending(), Egress(google_apis=False), (nat(nat_ip_allocate_option="MANUAL_ONLY"),), (),
        {"CLOUD_NAT_NO_ADDRESSES"},
    ),
    "no default route": (sending(), Egress(google_apis=False), (), (Route,), {"NO_ROUTE"}),
    "a default route for other tags": (
        sending(), Egress(google_apis=False), (default_route(tags=("bastion",)),), (), {"NO_ROUTE"},
    ),
    "the internet is denied but wanted": (
        sending(), Egress(internet=True, google_apis=False), (deny_all(),), (), {"FIREWALL_RULE"},
    ),
    "a deny-all that swallows Google APIs": (direct(), Egress(), (deny_all(),), (), {"FIREWALL_RULE"}),
    "Google APIs without Private Google Access": (
        direct(), Egress(), (subnet(private_ip_google_access=False),), (Router,),
        {"PRIVATE_GOOGLE_ACCESS_DISALLOWED", "NO_EXTERNAL_ADDRESS"},
    ),
    "the internet must not be reached, and is": (sending(), SHUT, (), (), {"INTERNET_REACHED"}),
    "it must not, and private ranges only leave the rest to Google": (
        sending("PRIVATE_RANGES_ONLY"), SHUT, (vm(),), (), {"INTERNET_REACHED"},
    ),
    "a NAT that nobody uses": (sending("PRIVATE_RANGES_ONLY"), Egress(), (), (), {"NAT_NOT_USED"}),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "params", "others", "without", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(
    subject: Service,
    params: Egress,
    others: tuple[Resource, ...],
    without: tuple[type[Resource], ...],
    expected: set[str],
) -> None:
    found = verdicts(egress, subject, *healthy(subject, *others, without=without), params=params)
    assert {one.code for one in found if isinstance(one, Violation)} == expected


def google_zone() -> tuple[Resource, ...]:
    """The private zone that leads Google's names to addresses the network keeps for them."""
    seen_from = PrivateVisibility(networks=(ZoneNetwork(network_url=COMPUTE + VPC),))
    zone = DnsZone(
        name="google", project=PROJECT, dns_name="googleapis.com.", visibility="private",
        private_visibility_config=seen_from,
    )  # fmt: skip
    data = {
        ("googleapis.com.", "SOA"): ("ns.example. admin.example. 1 2 3 4 5",),
        ("*.googleapis.com.", "CNAME"): ("private.googleapis.com.",),
        ("private.googleapis.com.", "A"): tuple(f"199.36.153.{last}" for last in range(8, 12)),
    }
    records = (
        DnsRecordSet(name=name, project=PROJECT, managed_zone="google", type=kind, rrdatas=texts)
        for (name, kind), texts in data.items()
    )
    return (zone, *records)


def test_a_deny_all_with_a_hole_for_google_apis_is_enough_where_names_lead_through_it() -> None:
    rows = healthy(direct(), deny_all(TO_GOOGLE), *google_zone())
    assert codes(egress, direct(), *rows, params=Egress()) == []


def test_a_hole_that_no_name_leads_through_does_not_help() -> None:
    rows = healthy(direct(), deny_all(TO_GOOGLE))
    assert codes(egress, direct(), *rows, params=Egress()) == ["FIREWALL_RULE"]


def test_a_connector_in_a_listed_subnet_gets_out() -> None:
    place = "projects/acme/regions/us-central1/subnetworks/serverless"
    one = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="serverless", project_id=PROJECT))
    own = subnet("serverless", ip_cidr_range="10.8.0.0/28", private_ip_google_access=True)
    assert codes(egress, sending(), *healthy(sending(), one, own, nat(place)), params=Egress()) == []


def test_a_missing_nat_is_shown_with_its_packet_and_its_mend() -> None:
    found = verdicts(egress, sending(), *healthy(sending(), without=(Router,)), params=Egress(google_apis=False))
    (lost,) = [one for one in found if isinstance(one, Violation)]
    assert "backend sends all traffic into the VPC" in lost.message
    assert "no Cloud NAT on vpc" in lost.message
    assert "Packet: 10.2.0.0 → " in lost.message
    assert lost.fix
    assert any("nats create" in line for line in lost.fix.gcloud)


@pytest.mark.parametrize(
    ("addresses", "severity"), [((), Severity.INFO), ((FIXED,), Severity.WARNING)], ids=["automatic", "fixed address"]
)
def test_an_idle_nat_weighs_more_with_a_fixed_address(addresses: tuple[str, ...], severity: Severity) -> None:
    subject = sending("PRIVATE_RANGES_ONLY")
    found = verdicts(egress, subject, *healthy(subject, nat(nat_ips=addresses)), params=Egress())
    (idle,) = [one for one in found if isinstance(one, Violation)]
    assert idle.severity is severity
    assert idle.fix
    assert "--vpc-egress=all-traffic" in idle.fix.gcloud[0]


def test_a_service_without_vpc_access_reaches_the_internet_where_it_must_not() -> None:
    alone = service(template=template(vpc_access=None))
    assert "INTERNET_REACHED" in codes(egress, alone, *healthy(alone), params=SHUT)


def test_a_service_without_vpc_access_is_skipped() -> None:
    alone = service(template=template(vpc_access=None))
    assert codes(egress, alone, *healthy(alone), params=Egress()) == ["VPC_CONNECTOR_NOT_SET"]
