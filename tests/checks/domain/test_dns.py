"""domain.dns: where names lead, by Cloud DNS and by a resolver."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.domain.dns import DomainDns, domain_dns
from tests.balancers import GLOBAL, HOST, backend_service, balancer, domain, forwarding_rule, proxy, url_map
from tests.builders import COMPUTE, PROJECT, REGION, connector, network
from tests.dns_rows import ADDRESS, ADDRESS6, SERVERS, looked_up, lookup, private_zone, record, soa, zone
from tests.judging import ACME, NOW, codes, verdicts
from validator.check import Proof, Severity, Violation
from validator.engine.needs import Supply
from validator.model.dns import DnsRecordSet, DnsZone, PrivateVisibility, ZoneNetwork
from validator.model.domainmapping import DomainMapping, MappingRecord, MappingStatus
from validator.model.environment import Probing
from validator.model.loadbalancer import Backend, PathMatcher, TargetSslProxy
from validator.model.network import Address
from validator.model.resource import Resource
from validator.model.table import Table

PARAMS = DomainDns()
OTHER = "8.34.208.99"
STRANGER = "104.16.1.1"
WEB = balancer(forwarding_rule(ip_address=ADDRESS))
WEB6 = (*WEB, forwarding_rule("https6", ip_address=f"{ADDRESS6}/128", ip_version="IPV6"))
INSIDE = balancer(
    forwarding_rule(
        ip_address="10.1.0.9",
        load_balancing_scheme="INTERNAL_MANAGED",
        network=f"{COMPUTE}projects/acme/global/networks/vpc",
    )
)
ZONE = (zone(), soa())
DELEGATED = lookup("example.com", "NS", *SERVERS)
ELSEWHERE = lookup("example.com", "NS", "ns1.registrar.example", "ns2.registrar.example")
SOA_INSIDE = soa(zone="inside")


def named(*data: str, kind: str = "A", name: str = f"{HOST}.", zone: str = "public") -> Resource:
    """A record set, by default the host's addresses in the public zone."""
    return record(name, kind, *data, zone=zone)


def reserved(address: str, *users: str) -> Address:
    """A reserved external address."""
    return Address(name="spare", project=PROJECT, location="global", address=address, users=users)


def seen_by(network: str, name: str = "inside", dns_name: str = "example.com.") -> Resource:
    """A private zone of another network."""
    seen = PrivateVisibility(networks=(ZoneNetwork(network_url=f"{COMPUTE}projects/acme/global/networks/{network}"),))
    return private_zone(name, dns_name, private_visibility_config=seen)


def policy(**kind: object) -> Resource:
    """The host's A record set with a routing policy."""
    return msgspec.structs.replace(named(), rrdatas=(), routing_policy=kind)


GEO = policy(geo={"items": [{"location": "us-east1", "rrdatas": [ADDRESS]}, {"location": "eu", "rrdatas": [OTHER]}]})
SECOND = (
    forwarding_rule("other", ip_address=OTHER, target=f"{GLOBAL}/targetHttpsProxies/other"),
    proxy("other", url_map=f"{GLOBAL}/urlMaps/other"),
)
TO_GONE = (PathMatcher(name="all", default_service=f"{GLOBAL}/backendServices/gone"),)
MAPPING = DomainMapping(
    name=f"projects/{PROJECT}/locations/{REGION}/domainmappings/{HOST}",
    project=PROJECT,
    location=REGION,
    status=MappingStatus(resource_records=(MappingRecord(type="CNAME", rrdata="ghs.googlehosted.com."),)),
)
GHS = ("ghs.googlehosted.com",)
PASSES: dict[str, tuple[Resource, ...]] = {
    "a mapped domain that is an alias of Cloud Run's front": (MAPPING, *looked_up("142.250.1.121", chain=GHS)),
    "a mapped domain at the addresses of every mapping": (
        MAPPING,
        *looked_up("216.239.32.21", "2001:4860:4802:32::15"),
    ),
    "a mapped domain in a zone": (MAPPING, *ZONE, named("216.239.32.21")),
    "a domain that a load balancer takes as any, but that DNS leads to Cloud Run": (
        *balancer(forwarding_rule(ip_address=ADDRESS), url_map(hosts=())),
        MAPPING,
        *looked_up("142.250.1.121", chain=GHS),
    ),
    "a domain that a load balancer takes as any, though a mapping is left over": (
        *balancer(forwarding_rule(ip_address=ADDRESS), url_map(hosts=())),
        MAPPING,
        *looked_up(ADDRESS),
    ),
    "the zone's A record alone": (*WEB, *ZONE, named(ADDRESS)),
    "the resolver alone": (*WEB, *looked_up(ADDRESS)),
    "both, and the zone is the one the world asks": (*WEB, *ZONE, named(ADDRESS), *looked_up(ADDRESS), DELEGATED),
    "A and AAAA, however the IPv6 address is spelled": (
        *WEB6,
        *ZONE,
        named(ADDRESS),
        named("2600:1901:0:1:0:0:0:0", kind="AAAA"),
    ),
    "a wildcard record": (*WEB, *ZONE, named(ADDRESS, name="*.staging.example.com.")),
    "an alias within the zone": (
        *WEB,
        *ZONE,
        named("lb.example.com.", kind="CNAME"),
        named(ADDRESS, name="lb.example.com."),
    ),
    "an alias to elsewhere, which the resolver follows": (
        *WEB,
        *ZONE,
        named("lb.example.net.", kind="CNAME"),
        *looked_up(ADDRESS, chain=("lb.example.net",)),
    ),
    "a routing policy of right addresses only": (
        *WEB,
        forwarding_rule("again", ip_address=OTHER),
        *ZONE,
        GEO,
    ),
    "a name in another load balancer without host rules": (
        *WEB,
        *SECOND,
        url_map("other", hosts=()),
        *ZONE,
        named(OTHER),
    ),
    "a name in another load balancer with a backend service of its own in front of the same group": (
        *WEB,
        *SECOND,
        url_map("other", hosts=(), default_service=f"{GLOBAL}/backendServices/again"),
        backend_service("again"),
        *ZONE,
        named(OTHER),
    ),
    "delegated to a zone of its own, the closest": (
        *WEB,
        *ZONE,
        zone("staging", "staging.example.com."),
        soa("staging.example.com.", "staging"),
        named(ADDRESS, zone="staging"),
        named(*SERVERS, kind="NS", name="staging.example.com."),
        named(OTHER),
    ),
    "two zones of one name, of which the world asks the right one": (
        *WEB,
        *ZONE,
        named(ADDRESS),
        zone("old", name_servers=("ns-cloud-b1.googledomains.com.",)),
        soa(zone="old"),
        named(OTHER, zone="old"),
        *looked_up(ADDRESS),
        DELEGATED,
    ),
    "name servers by names of one's own": (
        *WEB,
        *ZONE,
        named("ns1.example.com.", kind="NS", name="example.com."),
        named(ADDRESS),
        *looked_up(ADDRESS),
        lookup("example.com", "NS", "ns1.example.com"),
    ),
    "an internal load balancer in a private zone": (
        *INSIDE,
        private_zone(),
        SOA_INSIDE,
        named("10.1.0.9", zone="inside"),
        *looked_up(status="NXDOMAIN"),
    ),
    "an internal load balancer, looked up inside": (
        *INSIDE,
        *looked_up("10.1.0.9", vantage="vpc", resolver="10.1.0.53"),
    ),
    "both load balancers, each where it is reached": (
        *WEB,
        forwarding_rule("inside", ip_address="10.1.0.9", load_balancing_scheme="INTERNAL_MANAGED"),
        *ZONE,
        named(ADDRESS),
        private_zone(),
        SOA_INSIDE,
        named("10.1.0.9", zone="inside"),
    ),
    "a resolver inside repeats a private zone, and the public one is right": (
        *WEB,
        *ZONE,
        named(ADDRESS),
        private_zone(),
        SOA_INSIDE,
        named(ADDRESS, zone="inside"),
        *looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254"),
    ),
    "a private zone of another name": (*WEB, *ZONE, named(ADDRESS), private_zone(dns_name="example.net.")),
    "an SSL proxy whose certificate covers it": (
        *balancer(
            forwarding_rule(ip_address=ADDRESS, target=f"{GLOBAL}/targetSslProxies/tls"),
            url_map(hosts=("www.example.com",)),
        ),
        TargetSslProxy(
            name="tls",
            project=PROJECT,
            location="global",
            self_link=f"{GLOBAL}/targetSslProxies/tls",
            ssl_certificates=(f"{GLOBAL}/sslCertificates/web",),
        ),
        *looked_up(ADDRESS),
    ),
}
FAILS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a mapped domain at a stranger": ((MAPPING, *looked_up(STRANGER)), ["DNS_NOT_TO_CLOUD_RUN"]),
    "a mapped domain of which one address is a stranger's": (
        (MAPPING, *looked_up("216.239.32.21", STRANGER)),
        ["DNS_NOT_TO_CLOUD_RUN"],
    ),
    "a mapped domain in a zone, at a stranger": ((MAPPING, *ZONE, named(STRANGER)), ["DNS_NOT_TO_CLOUD_RUN"]),
    "a mapped domain at an address of Google that no mapping has": (
        (MAPPING, *looked_up("142.250.1.121")),
        ["DNS_TO_GOOGLE"],
    ),
    "a mapped domain that cannot be looked up": (
        (MAPPING, *looked_up(status="SERVFAIL")),
        ["DNS_LOOKUP_FAILED"],
    ),
    "a mapped domain without an address": ((MAPPING, *looked_up()), ["DNS_NAME_NOT_FOUND"]),
    "a mapped domain that a zone lacks": ((MAPPING, *ZONE), ["DNS_NAME_NOT_FOUND"]),
    "a mapped domain of which nobody tells": ((MAPPING,), ["NOT_IN_CLOUD_DNS"]),
    "at a load balancer that takes any name, beside one that names it, and leads it elsewhere": (
        (
            *WEB,
            *SECOND,
            url_map("other", hosts=(), default_service=f"{GLOBAL}/backendServices/gone"),
            *ZONE,
            named(OTHER),
        ),
        ["DNS_TO_OTHER_RULE"],
    ),
    "at a load balancer that takes any name and whose backend service is drained": (
        (
            *WEB,
            *SECOND,
            url_map("other", hosts=(), default_service=f"{GLOBAL}/backendServices/again"),
            backend_service("again", backends=(Backend(group="backend", capacity_scaler=0),)),
            *ZONE,
            named(OTHER),
        ),
        ["DNS_TO_OTHER_RULE"],
    ),
    "at a load balancer with a wider host rule, beside one that names it, and leads it elsewhere": (
        (
            *WEB,
            *SECOND,
            url_map("other", hosts=("*.example.com",), path_matchers=TO_GONE),
            *ZONE,
            named(OTHER),
        ),
        ["DNS_TO_OTHER_RULE"],
    ),
    "a stale AAAA record beside the right A record": (
        (*WEB, *ZONE, named(ADDRESS), named(ADDRESS6, kind="AAAA")),
        ["DNS_TO_OTHER_ADDRESS"],
    ),
    "the same, seen by the resolver": ((*WEB, *looked_up(ADDRESS, ADDRESS6)), ["DNS_TO_OTHER_ADDRESS"]),
    "another load balancer, which has host rules for others": (
        (*WEB, *SECOND, url_map("other", hosts=("www.example.org",)), *ZONE, named(OTHER)),
        ["DNS_TO_OTHER_RULE"],
    ),
    "a forwarding rule on another port alone": (
        (*WEB, forwarding_rule("http", ip_address=OTHER, port_range="80-80"), *looked_up(OTHER)),
        ["DNS_TO_OTHER_RULE"],
    ),
    "a reserved address that nothing uses": ((*WEB, reserved(OTHER), *looked_up(OTHER)), ["DNS_TO_IDLE_ADDRESS"]),
    "a reserved address of a VM": (
        (*WEB, reserved(OTHER, f"{COMPUTE}projects/acme/zones/us-central1-a/instances/old"), *looked_up(OTHER)),
        ["DNS_TO_OTHER_ADDRESS"],
    ),
    "something that takes any name on 443": (
        (*WEB, forwarding_rule("tcp", ip_address=OTHER, target=f"{GLOBAL}/targetTcpProxies/tcp"), *looked_up(OTHER)),
        ["DNS_TO_OPAQUE_RULE"],
    ),
    "only addresses of nobody here: a CDN, or lost": (
        (*WEB, *looked_up(STRANGER, "104.16.2.2")),
        ["DNS_TO_STRANGER"],
    ),
    "one answer of a routing policy": ((*WEB, reserved(OTHER), *ZONE, GEO), ["DNS_TO_IDLE_ADDRESS"]),
    "a target whose health is checked": (
        (
            *WEB,
            reserved(OTHER),
            *ZONE,
            policy(wrr={"items": [{"healthCheckedTargets": {"internalLoadBalancers": [{"ipAddress": OTHER}]}}]}),
        ),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "a routing policy that names nothing known": ((*WEB, *ZONE, policy(new={"targets": ["x"]})), ["NOT_IN_CLOUD_DNS"]),
    "a zone without the name": ((*WEB, *ZONE, named(ADDRESS, name="www.example.com.")), ["DNS_NAME_NOT_FOUND"]),
    "a name that exists with another type keeps the wildcard away": (
        (*WEB, *ZONE, named('"x"', kind="TXT"), named(ADDRESS, name="*.staging.example.com.")),
        ["DNS_NAME_NOT_FOUND"],
    ),
    "a name below an existing one is not the wildcard's": (
        (
            *WEB,
            *ZONE,
            named(ADDRESS, name="*.example.com."),
            named(ADDRESS, name="www.staging.example.com."),
        ),
        ["DNS_NAME_NOT_FOUND"],
    ),
    "a resolver without the name": ((*WEB, *looked_up(status="NXDOMAIN")), ["DNS_NAME_NOT_FOUND"]),
    "a resolver with the name alone": ((*WEB, *looked_up()), ["DNS_NAME_NOT_FOUND"]),
    "an alias to a name the zone does not have": (
        (*WEB, *ZONE, named("gone.example.com.", kind="CNAME")),
        ["DNS_DANGLING_ALIAS"],
    ),
    "an alias to a name the resolver does not find": (
        (*WEB, *looked_up(status="NXDOMAIN", chain=("gone.example.net",))),
        ["DNS_DANGLING_ALIAS"],
    ),
    "a zone the world does not ask, and names lead elsewhere": (
        (*WEB, *ZONE, named(ADDRESS), *looked_up(OTHER), ELSEWHERE, reserved(OTHER)),
        ["DNS_TO_IDLE_ADDRESS", "DNS_ZONE_NOT_DELEGATED"],
    ),
    "a zone the world does not ask, though names lead right": (
        (*WEB, *ZONE, named(OTHER), *looked_up(ADDRESS), ELSEWHERE),
        ["DNS_ZONE_NOT_DELEGATED"],
    ),
    "a zone nobody asks, because there is no delegation at all": (
        (*WEB, *ZONE, named(ADDRESS), *looked_up(status="NXDOMAIN"), lookup("example.com", "NS", status="NXDOMAIN")),
        ["DNS_NAME_NOT_FOUND", "DNS_ZONE_NOT_DELEGATED"],
    ),
    "the zone was changed, and the resolver remembers": (
        (*WEB, *ZONE, named(ADDRESS), *looked_up(OTHER), DELEGATED, reserved(OTHER)),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "the zone was broken, and the resolver does not know yet": (
        (*WEB, *ZONE, *looked_up(ADDRESS), DELEGATED),
        ["DNS_NAME_NOT_FOUND"],
    ),
    "two zones of one name that differ": (
        (*WEB, *ZONE, named(ADDRESS), zone("old"), soa(zone="old"), named(OTHER, zone="old")),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "a private zone that leads elsewhere": (
        (*WEB, *ZONE, named(ADDRESS), private_zone(), SOA_INSIDE, named("10.9.9.9", zone="inside")),
        ["SPLIT_HORIZON"],
    ),
    "a private zone that hides the name": (
        (*WEB, *ZONE, named(ADDRESS), private_zone(), SOA_INSIDE),
        ["SPLIT_HORIZON"],
    ),
    "an internal load balancer that the private zone does not name": (
        (*INSIDE, private_zone(), SOA_INSIDE, named("10.9.9.9", zone="inside")),
        ["DNS_TO_STRANGER"],
    ),
    "a private zone of the network without the name": ((*INSIDE, private_zone(), SOA_INSIDE), ["DNS_NAME_NOT_FOUND"]),
    "a private zone of another network": (
        (*INSIDE, seen_by("dev"), SOA_INSIDE, named("10.1.0.9", zone="inside"), *looked_up(status="NXDOMAIN")),
        ["DNS_ASKED_OUTSIDE"],
    ),
    "a private zone that forwards": ((*INSIDE, private_zone()), ["NOT_IN_CLOUD_DNS"]),
    "a resolver inside, where a private zone answers": (
        (
            *WEB,
            private_zone(),
            SOA_INSIDE,
            named(ADDRESS, zone="inside"),
            *looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254"),
        ),
        ["DNS_ASKED_INSIDE"],
    ),
    "no zone, and nobody was asked": (WEB, ["NOT_IN_CLOUD_DNS"]),
    "an alias to elsewhere, and nobody was asked": (
        (*WEB, *ZONE, named("lb.example.net.", kind="CNAME")),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "left to other name servers, and nobody was asked": (
        (*WEB, *ZONE, named("ns1.example.net.", kind="NS", name="staging.example.com."), named(OTHER)),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "an alias record, and nobody was asked": (
        (*WEB, *ZONE, named("x.example.net.", kind="ALIAS")),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "aliases in a circle": (
        (
            *WEB,
            *ZONE,
            named("b.example.com.", kind="CNAME"),
            named(f"{HOST}.", kind="CNAME", name="b.example.com."),
        ),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "the resolver failed": ((*WEB, *looked_up(status="SERVFAIL")), ["DNS_LOOKUP_FAILED"]),
    "the resolver failed for AAAA, whatever the zone says": (
        (*WEB, *ZONE, named(ADDRESS), lookup(HOST, "A", ADDRESS), lookup(HOST, "AAAA", status="SERVFAIL")),
        ["DNS_LOOKUP_FAILED"],
    ),
    "nothing serves it": ((proxy(), url_map(), *looked_up(ADDRESS)), ["NO_FORWARDING_RULE"]),
    "nothing serves it, and it leads to an address that nothing uses": (
        (proxy(), url_map(), reserved(ADDRESS), *looked_up(ADDRESS)),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "nothing serves it, and its alias leads to nothing": (
        (proxy(), url_map(), *looked_up(status="NXDOMAIN", chain=("gone.example.net",))),
        ["DNS_DANGLING_ALIAS"],
    ),
    "another project may serve it": (looked_up(ADDRESS), ["FRONTEND_NOT_READ"]),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Resource, ...]) -> None:
    assert codes(domain_dns, domain(), *rows, params=PARAMS) == []
    assert all(isinstance(found, Proof) for found in verdicts(domain_dns, domain(), *rows, params=PARAMS))
    assert verdicts(domain_dns, domain(), *rows, params=PARAMS)


@pytest.mark.parametrize(("rows", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_dns, domain(), *rows, params=PARAMS) == expected


def with_gap(gap: type[Resource], *rows: Resource, asked: bool = True) -> list[str]:
    """The codes where the kind was not read to the end; `asked` is whether anybody tried."""

    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in (domain(), *rows) if isinstance(row, kind))

    supply = Supply(
        ACME,
        NOW,
        table,
        complete=lambda kind: kind is not gap,
        asked=lambda kind: asked and (kind is gap or kind.KIND.probe is None or len(table(kind)) > 0),
    )
    arguments = supply.arguments(domain_dns, domain=None, params=PARAMS)
    del arguments["domain"]
    found = domain_dns(domain(), **arguments)
    return [one.code for one in found if not isinstance(one, Proof)]


@pytest.mark.parametrize("gap", [DnsZone, DnsRecordSet])
def test_zones_that_were_not_all_read_prove_nothing(gap: type[Resource]) -> None:
    assert with_gap(gap, *WEB, *ZONE, named(ADDRESS)) == ["DNS_NOT_READ"]
    assert with_gap(gap, *WEB, *ZONE, named(OTHER)) == ["DNS_NOT_READ"]
    assert with_gap(gap, *WEB, *ZONE, named(OTHER), *looked_up(ADDRESS)) == []
    assert with_gap(gap, *INSIDE, *looked_up(status="NXDOMAIN")) == ["DNS_NOT_READ"]


def test_addresses_that_were_not_all_read_are_not_called_idle() -> None:
    assert with_gap(Address, *WEB, *looked_up(ADDRESS, OTHER)) == ["DNS_TO_OTHER_ADDRESS"]
    assert with_gap(Address, *WEB, *looked_up(OTHER)) == ["DNS_TO_STRANGER"]


def test_a_lookup_of_which_half_is_missing_tells_nothing() -> None:
    assert codes(domain_dns, domain(), *WEB, lookup(HOST, "A", ADDRESS), params=PARAMS) != []


def test_an_address_has_no_records() -> None:
    assert codes(domain_dns, domain("203.0.113.7"), params=PARAMS) == ["NOT_A_NAME"]


@pytest.mark.parametrize("name", ["*", "*.example.com"])
def test_names_that_nothing_tells_are_not_judged(name: str) -> None:
    assert codes(domain_dns, domain(name), params=PARAMS) == ["WILDCARD_NAME"]


def test_a_declared_proxy_may_stand_in_front() -> None:
    proxied = DomainDns(proxies=("104.16.0.0/13", "2606:4700::/32"))
    rows = (*WEB, *looked_up(STRANGER, "2606:4700::6810:1"))
    (found,) = verdicts(domain_dns, domain(), *rows, params=proxied)
    assert isinstance(found, Proof)
    assert f"{STRANGER} (a declared proxy)" in found.message
    assert codes(domain_dns, domain(), *WEB, *looked_up("8.8.8.8"), params=proxied) == ["DNS_TO_STRANGER"]


@pytest.mark.parametrize("text", ["104.16.0.0/99", "cloudflare", "104.16.1.1/13"])
def test_a_proxy_that_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("/")[0]):
        DomainDns(proxies=(text,))


def test_a_stray_address_is_shown_with_who_has_it_and_how_to_mend_it() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS), named(ADDRESS6, kind="AAAA"))
    (found,) = verdicts(domain_dns, domain(), *rows, params=PARAMS)
    assert isinstance(found, Violation)
    assert found.message == (
        f"Public zone public leads {HOST} to {ADDRESS6}, which belongs to nothing of this project; it is served at"
        f" {ADDRESS} (https)."
    )
    assert found.fix is not None
    assert found.fix.gcloud == (f"gcloud dns record-sets delete {HOST}. --type=AAAA --zone=public --project=acme",)


def test_a_missing_name_is_published_at_every_address_of_the_load_balancer() -> None:
    (found,) = verdicts(domain_dns, domain(), *WEB6, *ZONE, params=PARAMS)
    assert isinstance(found, Violation)
    assert found.fix is not None
    flags = "--ttl=300 --zone=public --project=acme"
    assert found.fix.gcloud == (
        f"gcloud dns record-sets create {HOST}. --type=A --rrdatas={ADDRESS} {flags}",
        f"gcloud dns record-sets create {HOST}. --type=AAAA --rrdatas={ADDRESS6} {flags}",
    )


def test_a_zone_that_the_world_does_not_ask_weighs_less_where_names_lead_right() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS), ELSEWHERE)
    *_, leftover = verdicts(domain_dns, domain(), *rows, *looked_up(ADDRESS), params=PARAMS)
    *_, broken = verdicts(domain_dns, domain(), *rows, *looked_up(status="NXDOMAIN"), params=PARAMS)
    assert isinstance(leftover, Violation)
    assert isinstance(broken, Violation)
    assert (leftover.severity, broken.severity) == (Severity.WARNING, None)
    assert "that is ns1.registrar.example, ns2.registrar.example, and its own name servers are ns-cloud-a1" in (
        leftover.message
    )


def test_a_split_horizon_is_a_remark_that_names_the_networks() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS), private_zone(), SOA_INSIDE, named("10.9.9.9", zone="inside"))
    *_, found = verdicts(domain_dns, domain(), *rows, params=PARAMS)
    assert isinstance(found, Violation)
    assert found.severity is Severity.INFO
    assert found.message == (
        f"On vpc, private zone inside leads {HOST} to 10.9.9.9; it is served at {ADDRESS} (https)."
    )


def test_a_pass_by_zones_and_resolver_names_both() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS), *looked_up(ADDRESS), DELEGATED)
    assert [found.message for found in verdicts(domain_dns, domain(), *rows, params=PARAMS)] == [
        f"Public zone public leads to {ADDRESS} (https)",
        f"8.8.8.8 (asked from outside the VPC) leads to {ADDRESS} (https)",
    ]


def test_a_mapped_domain_that_leads_elsewhere_is_a_warning_where_nobody_knows_who_asks_the_zone() -> None:
    for rows, severity in (((*ZONE, named(STRANGER)), Severity.WARNING), (looked_up(STRANGER), None)):
        (found,) = verdicts(domain_dns, domain(), MAPPING, *rows, params=PARAMS)
        assert isinstance(found, Violation)
        assert found.severity is severity
        assert f"to {STRANGER}; domain-mapping/{HOST} asks for CNAME ghs.googlehosted.com." in found.message


def test_a_declared_proxy_may_stand_before_a_mapped_domain() -> None:
    behind = DomainDns(proxies=("104.16.0.0/13",))
    assert codes(domain_dns, domain(), MAPPING, *looked_up(STRANGER), params=behind) == []


def test_a_private_zone_of_a_network_that_the_probe_is_not_in_has_no_say() -> None:
    inside = looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254")
    rows = (*WEB, connector(), network(), seen_by("other"), SOA_INSIDE, named(ADDRESS, zone="inside"), *inside)
    probing = msgspec.structs.replace(ACME, probes=Probing(source="connector/staging"))
    assert codes(domain_dns, domain(), *rows, params=PARAMS) == ["DNS_ASKED_INSIDE"]
    assert codes(domain_dns, domain(), *rows, params=PARAMS, environment=probing) == []
    own = (*rows, private_zone("own"))
    assert codes(domain_dns, domain(), *own, params=PARAMS, environment=probing) == ["DNS_ASKED_INSIDE"]
