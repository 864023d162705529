"""domain.dns: which zones and answers count, where several tell of a name or none tells all of it."""

from __future__ import annotations

import msgspec
import pytest

from checks.domain.dns import domain_dns
from tests.balancers import GLOBAL, HOST, certificate, domain, forwarding_rule, proxy, url_map
from tests.checks.domain.test_dns import (
    DELEGATED,
    ELSEWHERE,
    INSIDE,
    OTHER,
    PARAMS,
    SOA_INSIDE,
    STRANGER,
    WEB,
    ZONE,
    named,
    policy,
    reserved,
    with_gap,
)
from tests.dns_rows import ADDRESS, ADDRESS6, SERVERS, looked_up, lookup, private_zone, soa, zone
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.gcp.observed.lookup import Lookup
from validator.model.resource import Resource

#: A load balancer that takes any name, and shows all of them its own certificate.
LEGACY = (
    forwarding_rule("legacy", ip_address=OTHER, target=f"{GLOBAL}/targetHttpsProxies/legacy"),
    url_map("legacy", hosts=()),
    certificate("legacy", "old.example.org"),
)
CHILD_SERVERS = ("ns-cloud-e1.googledomains.com.", "ns-cloud-e2.googledomains.com.")
CHILD = (zone("child", "staging.example.com.", name_servers=CHILD_SERVERS), soa("staging.example.com.", "child"))
TO_CHILD = named(*CHILD_SERVERS, kind="NS", name="staging.example.com.")
INTERNAL = (*INSIDE, private_zone(), SOA_INSIDE, named("10.1.0.9", zone="inside"))


def shown(*references: str) -> Resource:
    """The proxy of the load balancer that takes any name, with these certificates."""
    return proxy("legacy", url_map=f"{GLOBAL}/urlMaps/legacy", ssl_certificates=references)


def geo(*names: str, kind: str = "CNAME") -> Resource:
    """A record set of the host that answers by where it is asked from."""
    items = [{"location": f"region{place}", "rrdatas": [name]} for place, name in enumerate(names)]
    return msgspec.structs.replace(named(kind=kind), rrdatas=(), routing_policy={"geo": {"items": items}})


PASSES: dict[str, tuple[Resource, ...]] = {
    "a routing policy among names, each with a right address": (
        *WEB,
        forwarding_rule("again", ip_address=OTHER),
        *ZONE,
        geo("a.example.com.", "b.example.com."),
        named(ADDRESS, name="a.example.com."),
        named(OTHER, name="b.example.com."),
    ),
    "a routing policy among names that come together again": (
        *WEB,
        *ZONE,
        geo("a.example.com.", "b.example.com."),
        named("lb.example.com.", kind="CNAME", name="a.example.com."),
        named("lb.example.com.", kind="CNAME", name="b.example.com."),
        named(ADDRESS, name="lb.example.com."),
    ),
    "an item of weight 0, which is never answered": (
        *WEB,
        *ZONE,
        policy(wrr={"items": [{"weight": 1, "rrdatas": [ADDRESS]}, {"weight": 0, "rrdatas": [STRANGER]}]}),
    ),
    "the parent zone delegates to the zone below it": (
        *WEB,
        *ZONE,
        named(OTHER),
        TO_CHILD,
        *CHILD,
        named(ADDRESS, zone="child"),
    ),
    "a zone below another that the resolver is led to, whatever the parent zone holds": (
        *WEB,
        *ZONE,
        named(OTHER),
        *CHILD,
        named(ADDRESS, zone="child"),
        *looked_up(ADDRESS),
        lookup("staging.example.com", "NS", *(text.rstrip(".") for text in CHILD_SERVERS)),
    ),
    "the parent zone is not what the world asks, so that what it lacks says nothing": (
        *WEB,
        *ZONE,
        *CHILD,
        named(ADDRESS, zone="child"),
        ELSEWHERE,
        *looked_up(ADDRESS),
    ),
    "an internal load balancer, and a resolver outside that fails": (*INTERNAL, *looked_up(status="SERVFAIL")),
    "a zone that the world asks, with a second provider that the zone names": (
        *WEB,
        *ZONE,
        named(ADDRESS),
        named(*SERVERS, "ns1.second.example.", kind="NS", name="example.com."),
        *looked_up(ADDRESS),
        lookup("example.com", "NS", *SERVERS, "ns1.second.example"),
    ),
}
FAILS: dict[str, tuple[tuple[Resource, ...], list[str]]] = {
    "a load balancer that takes any name, with the certificate of another": (
        (*WEB, *LEGACY, shown(f"{GLOBAL}/sslCertificates/legacy"), *looked_up(OTHER)),
        ["DNS_TO_OTHER_RULE"],
    ),
    "a load balancer that takes any name, with a certificate of another project": (
        (*WEB, *LEGACY, shown(f"{GLOBAL}/sslCertificates/x".replace("acme", "other")), *looked_up(OTHER)),
        ["DNS_TO_UNREAD_CERTIFICATE"],
    ),
    "one name of a routing policy does not exist": (
        (*WEB, *ZONE, geo("lb.example.com.", "gone.example.com."), named(ADDRESS, name="lb.example.com.")),
        ["DNS_DANGLING_ALIAS"],
    ),
    "one name of a routing policy leads elsewhere": (
        (
            *WEB,
            reserved(OTHER),
            *ZONE,
            geo("lb.example.com.", "old.example.com."),
            named(ADDRESS, name="lb.example.com."),
            named(OTHER, name="old.example.com."),
        ),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "one name of a routing policy is not in any zone, and nobody was asked": (
        (*WEB, *ZONE, geo("lb.example.com.", "lb.example.net."), named(ADDRESS, name="lb.example.com.")),
        ["NOT_IN_CLOUD_DNS"],
    ),
    "one name of a routing policy is not in any zone, and a resolver is told another": (
        (
            *WEB,
            *ZONE,
            geo("lb.example.com.", "lb.example.net."),
            named(ADDRESS, name="lb.example.com."),
            *looked_up(ADDRESS),
            DELEGATED,
        ),
        ["DNS_POLICY_NOT_KNOWN"],
    ),
    "one name of a routing policy leads back": (
        (
            *WEB,
            *ZONE,
            geo("lb.example.com.", f"{HOST}."),
            named(ADDRESS, name="lb.example.com."),
            *looked_up(ADDRESS),
            DELEGATED,
        ),
        ["DNS_POLICY_NOT_KNOWN"],
    ),
    "a private zone of every name, which forwards": ((*INSIDE, private_zone("root", ".")), ["NOT_IN_CLOUD_DNS"]),
    "a resolver inside, where a private zone of every name answers": (
        (*WEB, private_zone("root", "."), *looked_up(ADDRESS, vantage="vpc", resolver="169.254.169.254")),
        ["DNS_ASKED_INSIDE"],
    ),
    "a stray A record, and no word of AAAA": (
        (*WEB, reserved(OTHER), *ZONE, named(ADDRESS), lookup(HOST, "A", OTHER)),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "a stray A record, and a failure for AAAA": (
        (*WEB, reserved(OTHER), lookup(HOST, "A", OTHER), lookup(HOST, "AAAA", status="SERVFAIL")),
        ["DNS_TO_IDLE_ADDRESS"],
    ),
    "a right A record, and no word of AAAA": (
        (*WEB, *ZONE, named(ADDRESS), lookup(HOST, "A", ADDRESS), DELEGATED),
        ["DNS_NOT_ASKED"],
    ),
    "more addresses than are kept": (
        (*WEB, lookup(HOST, "A", ADDRESS, cut=True), lookup(HOST, "AAAA")),
        ["DNS_ANSWER_CUT"],
    ),
    "one of four name servers is the zone's": (
        (
            *WEB,
            *ZONE,
            named(ADDRESS),
            *looked_up(ADDRESS),
            lookup("example.com", "NS", SERVERS[0], "ns1.old.example", "ns2.old.example"),
        ),
        ["DNS_ZONE_PARTLY_DELEGATED"],
    ),
    "a zone below another that does not delegate to it": (
        (*WEB, *ZONE, named(OTHER), reserved(OTHER), *CHILD, named(ADDRESS, zone="child")),
        ["DNS_TO_IDLE_ADDRESS", "DNS_ZONE_NOT_DELEGATED"],
    ),
    "an empty zone below another that does not delegate to it and holds the record": (
        (*WEB, *ZONE, named(ADDRESS), *CHILD),
        ["DNS_ZONE_NOT_DELEGATED"],
    ),
    "the parent zone delegates to other name servers": (
        (*WEB, *ZONE, named("ns1.example.net.", kind="NS", name="staging.example.com."), *CHILD),
        ["NOT_IN_CLOUD_DNS", "DNS_ZONE_NOT_DELEGATED"],
    ),
    "the parent zone delegates something between the two": (
        (
            *WEB,
            *ZONE,
            named("ns1.example.net.", kind="NS", name="staging.example.com."),
            zone("deep", f"{HOST}.", name_servers=CHILD_SERVERS),
            soa(f"{HOST}.", "deep"),
        ),
        ["DNS_NAME_NOT_FOUND"],
    ),
    "an internal load balancer, and the public name is the website's": (
        (
            *INTERNAL,
            forwarding_rule("pub", ip_address=OTHER, target=f"{GLOBAL}/targetHttpsProxies/pub"),
            proxy("pub", url_map=f"{GLOBAL}/urlMaps/pub"),
            url_map("pub", hosts=("www.example.com",)),
            *looked_up(OTHER),
        ),
        ["SPLIT_HORIZON"],
    ),
    "an internal load balancer, and the public name is somebody else's": (
        (*INTERNAL, *looked_up("198.51.100.7")),
        ["SPLIT_HORIZON"],
    ),
    "an internal load balancer, and a resolver outside without the name": (
        (*INSIDE, *looked_up(status="NXDOMAIN")),
        ["DNS_ASKED_OUTSIDE"],
    ),
    "an internal load balancer, and a resolver outside that fails though no zone tells": (
        (*INSIDE, *looked_up(status="SERVFAIL")),
        ["DNS_ASKED_OUTSIDE"],
    ),
    "an internal load balancer, and a resolver inside that fails": (
        (*INTERNAL, *looked_up(status="SERVFAIL", vantage="vpc", resolver="169.254.169.254")),
        ["DNS_LOOKUP_FAILED"],
    ),
    "a backup of a routing policy is another project's": (
        (
            *WEB,
            *ZONE,
            policy(
                primaryBackup={
                    "primaryTargets": {"externalEndpoints": [ADDRESS]},
                    "backupGeoTargets": {"items": [{"location": "us-east1", "rrdatas": [STRANGER]}]},
                }
            ),
        ),
        ["DNS_TO_STRANGER"],
    ),
    "a backup of a routing policy is an address that nothing uses": (
        (
            *WEB,
            reserved(OTHER),
            *ZONE,
            policy(geo={"items": [{"rrdatas": [ADDRESS]}, {"rrdatas": [OTHER]}, {"rrdatas": [STRANGER]}]}),
        ),
        ["DNS_TO_IDLE_ADDRESS", "DNS_TO_STRANGER"],
    ),
    "addresses of nobody here, by the zone and by the resolver": (
        (*WEB, *ZONE, named(STRANGER), *looked_up(STRANGER), DELEGATED),
        ["DNS_TO_STRANGER"],
    ),
}


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Resource, ...]) -> None:
    found = verdicts(domain_dns, domain(), *rows, params=PARAMS)
    assert found
    assert all(isinstance(one, Proof) for one in found), found


@pytest.mark.parametrize(("rows", "expected"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Resource, ...], expected: list[str]) -> None:
    assert codes(domain_dns, domain(), *rows, params=PARAMS) == expected


def test_a_stray_address_fails_whatever_else_was_not_asked() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS), reserved(OTHER))
    assert with_gap(Lookup, *rows, lookup(HOST, "A", OTHER)) == ["DNS_TO_IDLE_ADDRESS"]


def test_a_gap_among_the_questions_keeps_from_passing_unless_the_name_was_answered() -> None:
    rows = (*WEB, *ZONE, named(ADDRESS))
    assert with_gap(Lookup, *rows, lookup(HOST, "A", ADDRESS)) == ["DNS_NOT_ASKED"]
    assert with_gap(Lookup, *rows, lookup("example.com", "CAA")) == ["DNS_NOT_ASKED"]
    assert with_gap(Lookup, *rows, *looked_up(ADDRESS)) == []
    assert with_gap(Lookup, *rows) == ["DNS_NOT_ASKED"], "each probe went wrong"
    assert with_gap(Lookup, *rows, asked=False) == [], "probes were not asked for"


def test_a_name_that_a_zone_lacks_is_a_warning_while_nobody_knows_who_asks_the_zone() -> None:
    (alone,) = verdicts(domain_dns, domain(), *WEB, *ZONE, params=PARAMS)
    asked, _ = verdicts(domain_dns, domain(), *WEB, *ZONE, *looked_up(status="NXDOMAIN"), DELEGATED, params=PARAMS)
    assert isinstance(alone, Violation)
    assert isinstance(asked, Violation)
    assert (alone.severity, asked.severity) == (Severity.WARNING, None)
    assert alone.message.endswith("Whether the world asks this zone was not looked up; --check-all does that.")


def test_a_pass_by_a_zone_alone_says_that_it_may_not_be_asked() -> None:
    (found,) = verdicts(domain_dns, domain(), *WEB, *ZONE, named(ADDRESS), params=PARAMS)
    assert isinstance(found, Proof)
    assert found.message == f"Public zone public leads to {ADDRESS} (https), if that zone is the one the world asks"


def test_other_name_servers_and_passed_over_zones_are_warnings_that_name_them() -> None:
    servers = lookup("example.com", "NS", SERVERS[0], "ns1.old.example")
    *_, partly = verdicts(
        domain_dns, domain(), *WEB, *ZONE, named(ADDRESS), *looked_up(ADDRESS), servers, params=PARAMS
    )
    *_, passed = verdicts(domain_dns, domain(), *WEB, *ZONE, named(ADDRESS), *CHILD, params=PARAMS)
    assert isinstance(partly, Violation)
    assert isinstance(passed, Violation)
    assert (partly.severity, passed.severity) == (Severity.WARNING, Severity.WARNING)
    assert partly.message.startswith("The world asks ns1.old.example for example.com. too, beside name servers of")
    assert "name servers (ns-cloud-e1.googledomains.com, ns-cloud-e2.googledomains.com) that no public zone above" in (
        passed.message
    )


def test_addresses_of_a_cdn_are_one_finding_that_names_the_parameter() -> None:
    rows = (*WEB, *ZONE, named(STRANGER, "104.16.2.2"), *looked_up(STRANGER, "104.16.2.2"), DELEGATED)
    (found,) = verdicts(domain_dns, domain(), *rows, params=PARAMS)
    assert isinstance(found, Undecided)
    assert found.message == (
        f"Public zone public and 8.8.8.8 (asked from outside the VPC) lead {HOST} to {STRANGER}, 104.16.2.2, which"
        f" belong to nothing of this project; it is served at {ADDRESS} (https)."
    )
    assert found.fix is not None
    assert "`proxies`" in found.fix.summary


def test_a_split_horizon_outside_names_who_was_asked() -> None:
    (found,) = [
        one
        for one in verdicts(domain_dns, domain(), *INTERNAL, *looked_up("198.51.100.7", ADDRESS6), params=PARAMS)
        if isinstance(one, Violation)
    ]
    assert found.severity is Severity.INFO
    assert found.message.startswith(f"8.8.8.8 (asked from outside the VPC) leads {HOST} to 198.51.100.7")
