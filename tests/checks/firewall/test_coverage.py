"""firewall.coverage: every address of a flow gets through, or one packet shows that it does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.firewall.coverage import Coverage, coverage
from tests.builders import (
    COMPUTE,
    VPC,
    address_group,
    connector,
    firewalls,
    network,
    project,
    redis,
    redis_cluster,
    region_firewalls,
    rule,
    service,
    sql,
    subnet,
    tcp,
    template,
)
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.firewall import (
    Association,
    EffectivePolicy,
    FirewallPolicy,
    Layer4,
    Matcher,
    PolicyRule,
    Ports,
    SecureTag,
)
from validator.model.network import Peering
from validator.model.redis import (
    ClusterEndpoint,
    ClusterLink,
    DiscoveryEndpoint,
    PscConfig,
    PscConnection,
    RedisCluster,
)
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, VpcAccess
from validator.model.selector import AddressBlock
from validator.model.sql import IpMapping

OTHER = "projects/acme/global/networks/other"
ALL = (Ports(protocol="all"),)
BASE = (project(), network(), subnet(), redis(), sql(), region_firewalls())
DENY = rule("deny-all-egress", denied=ALL, priority=900)
HALF = rule("deny-half", denied=tcp(), priority=900, source_ranges=("10.2.0.8/29",))
TAG = "vpc-connector-us-central1-staging"
DIRECT = VpcAccess(network_interfaces=(NetworkInterface(network="vpc", subnetwork="apps", tags=("backend",)),))
TO_VMS = rule("vms", direction="INGRESS", allowed=tcp("80"), source_ranges=("10.2.0.0/28",))


def policy(*rules: PolicyRule, kind: str = "HIERARCHY", name: str = "guard") -> EffectivePolicy:
    return EffectivePolicy(name=name, display_name=name, type=kind, priority=1000, rules=rules)


def policy_rule(action: str = "deny", priority: int = 100, **match: Any) -> PolicyRule:
    fields: dict[str, Any] = {"dest_ip_ranges": ("0.0.0.0/0",)} | match
    return PolicyRule(
        action=action, direction="EGRESS", priority=priority, rule_name="deny-redis", match=Matcher(**fields)
    )


def tagged(one: PolicyRule) -> PolicyRule:
    return msgspec.structs.replace(one, target_secure_tags=(SecureTag(name="tagValues/1", state="EFFECTIVE"),))


HIERARCHICAL = policy(policy_rule(layer4_configs=(Layer4(ip_protocol="tcp", ports=("6379",)),)))


#: VMs of another region than the connector's.
FAR = subnet(
    "far",
    location="europe-west1",
    ip_cidr_range="10.9.0.0/24",
    self_link=f"{COMPUTE}projects/acme/regions/europe-west1/subnetworks/far",
)
SHUT = policy(
    PolicyRule(action="deny", direction="INGRESS", priority=1, match=Matcher(src_ip_ranges=("0.0.0.0/0",))),
    kind="NETWORK_REGIONAL",
)
FAR_GUARD = FirewallPolicy(
    name="guard", location="europe-west1", project="acme", associations=(Association(attachment_target=COMPUTE + VPC),)
)
FIRST = network(network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL")


def cidr(block: str) -> AddressBlock:
    return AddressBlock(name=block)


def to(where: str = "redis/cache", **changes: object) -> Coverage:
    return msgspec.convert({"to": where, **changes}, Coverage)


def access(**changes: Any) -> VpcAccess:
    """The connector `staging`."""
    fields: dict[str, Any] = {"connector": connector().name, "egress": "PRIVATE_RANGES_ONLY"}
    return VpcAccess(**(fields | changes))


def shards(*, far: bool = False) -> RedisCluster:
    """A cluster with a discovery address, one of Google's endpoints and one of its owner's; `far` adds a network."""
    links = [ClusterLink(psc_connection=PscConnection(address="10.1.0.52", network=VPC))]
    links += [ClusterLink(psc_connection=PscConnection(address="10.50.0.9", network=OTHER))] if far else []
    return redis_cluster(
        discovery_endpoints=(DiscoveryEndpoint(address="10.1.0.50", port=6379, psc_config=PscConfig(network=VPC)),),
        psc_connections=(PscConnection(address="10.1.0.51", network=COMPUTE + VPC),),
        cluster_endpoints=(ClusterEndpoint(connections=tuple(links)),),
    )


PASSES = [
    (
        "VMs of a region that was not read, where no policy of its own is attached",
        connector(),
        (firewalls(), FAR),
        to("subnet/far", ports=[22]),
    ),
    (
        "VMs of another region than that of a policy that denies",
        connector(),
        (FIRST, firewalls(), region_firewalls(SHUT), FAR),
        to("subnet/far", ports=[22]),
    ),
    (
        "VMs here, whatever a policy of another region denies",
        connector(),
        (FIRST, firewalls(), region_firewalls(SHUT, region="europe-west1"), FAR),
        to("subnet/apps", ports=[22]),
    ),
    (
        "a range of addresses that leaves from where no policy denies",
        cidr("10.1.0.0/28"),
        (
            FIRST,
            firewalls(),
            region_firewalls(policy(policy_rule(), kind="NETWORK_REGIONAL"), region="europe-west1"),
            FAR,
        ),
        to("redis/cache", network="vpc"),
    ),
    ("nothing denies egress", connector(), (firewalls(),), to()),
    ("a Cloud Run service on the connector", service(), (firewalls(), connector()), to()),
    (
        "an allow for the connector's tag wins over the deny of everything",
        connector(),
        (firewalls(DENY, rule(priority=800, target_tags=(TAG,), destination_ranges=("10.166.204.83/32",))),),
        to(),
    ),
    (
        "an allow for a Direct VPC interface's tag",
        service(template=template(vpc_access=DIRECT)),
        (firewalls(DENY, rule(priority=800, target_tags=("backend",))),),
        to(),
    ),
    (
        "a hierarchical allow before a classic deny",
        connector(),
        (firewalls(DENY, policies=(policy(policy_rule("allow")),)),),
        to(),
    ),
    (
        "a network policy's deny behind a classic allow",
        connector(),
        (firewalls(rule(), policies=(policy(policy_rule(), kind="NETWORK"),)),),
        to(),
    ),
    (
        "a policy's deny for VMs with a secure tag, which no connector has",
        connector(),
        (firewalls(policies=(policy(tagged(policy_rule())),)),),
        to(),
    ),
    (
        "a policy's deny for an address group without Redis",
        connector(),
        (
            address_group("caches", "10.99.0.0/24"),
            firewalls(
                policies=(
                    policy(
                        policy_rule(
                            dest_ip_ranges=(),
                            dest_address_groups=("projects/acme/locations/global/addressGroups/caches",),
                        )
                    ),
                )
            ),
        ),
        to(),
    ),
    ("a deny of other ports", connector(), (firewalls(rule(denied=tcp("6378"))),), to()),
    ("ingress rules do not apply to Memorystore", connector(), (firewalls(),), to()),
    ("Cloud SQL on its own port", connector(), (firewalls(rule(denied=tcp("3306"))),), to("sql/db")),
    (
        "a Redis cluster at its discovery endpoint, whatever ingress rules say",
        connector(),
        (
            firewalls(rule("closed", direction="INGRESS", denied=ALL, priority=1)),
            redis_cluster(
                discovery_endpoints=(
                    DiscoveryEndpoint(address="10.1.0.9", port=6379, psc_config=PscConfig(network=VPC)),
                )
            ),
        ),
        to("redis-cluster/shards"),
    ),
    ("VMs whose ingress the connector's managed rule admits", connector(), (firewalls(),), to("subnet/apps")),
    ("a range beyond the network", connector(), (firewalls(),), to("cidr:10.200.0.0/16", ports=[443])),
    (
        "a range as source, on its network",
        cidr("10.1.0.0/24"),
        (firewalls(),),
        to(network="vpc"),
    ),
    (
        "a deny for somebody else's service account: a connector runs under Google's",
        connector(),
        (firewalls(rule(denied=ALL, priority=1, target_service_accounts=("vm@acme.iam.gserviceaccount.com",))),),
        to(),
    ),
    (
        "each address of a Redis cluster, on the ports of its nodes too",
        connector(),
        (
            firewalls(
                DENY, rule(priority=800, allowed=tcp("6379", "11000-13047"), destination_ranges=("10.1.0.48/29",))
            ),
            shards(),
        ),
        to("redis-cluster/shards"),
    ),
    (
        "a Redis cluster's endpoint on another network is another client's affair",
        connector(),
        (firewalls(DENY, rule(priority=800, allowed=tcp(), destination_ranges=("10.1.0.48/29",))), shards(far=True)),
        to("redis-cluster/shards"),
    ),
    (
        "the internet, where all traffic enters the VPC",
        service(template=template(vpc_access=access(egress="ALL_TRAFFIC"))),
        (firewalls(), connector()),
        to("cidr:8.8.8.8/32", ports=[443]),
    ),
    (
        "Google's APIs over a Direct VPC interface",
        service(template=template(vpc_access=DIRECT)),
        (firewalls(),),
        to("cidr:199.36.153.8/30", ports=[443]),
    ),
    (
        "a shared address (RFC 6598) enters the VPC",
        service(),
        (firewalls(), connector()),
        to("cidr:100.64.0.0/16", ports=[443]),
    ),
    (
        "a policy of goto_next only",
        connector(),
        (firewalls(policies=(EffectivePolicy(rules=(PolicyRule(action="goto_next"),)),)),),
        to(),
    ),
]
FAILS = [
    (
        "VMs of another region whose own policy denies",
        connector(),
        (FIRST, firewalls(), region_firewalls(SHUT, region="europe-west1"), FAR),
        to("cidr:10.9.0.0/28", ports=[22]),
        ["FIREWALL_RULE"],
    ),
    ("a deny of everything", connector(), (firewalls(DENY),), to(), ["FIREWALL_RULE"]),
    ("a deny of half of the range", connector(), (firewalls(HALF),), to(), ["FIREWALL_RULE"]),
    (
        "an allow for a tag that the connector does not carry",
        connector(),
        (firewalls(DENY, rule(priority=800, target_tags=("cloud-run",))),),
        to(),
        ["FIREWALL_RULE"],
    ),
    ("one of several ports", connector(), (firewalls(rule(denied=tcp("81"))),), to(ports=["80-82"]), ["FIREWALL_RULE"]),
    ("the service's connector is the denied one", service(), (firewalls(DENY), connector()), to(), ["FIREWALL_RULE"]),
    (
        "VMs that nothing admits",
        service(template=template(vpc_access=DIRECT)),
        (firewalls(),),
        to("subnet/apps", ports=[80]),
        ["FIREWALL_RULE"],
    ),
    (
        "a rule that admits one port of two",
        service(template=template(vpc_access=DIRECT)),
        (firewalls(rule("vms", direction="INGRESS", allowed=tcp("80"), source_ranges=("10.1.0.0/24",))),),
        to("subnet/apps", ports=[80, 81]),
        ["FIREWALL_RULE"],
    ),
    ("mail to the internet", connector(), (firewalls(),), to("cidr:8.8.8.8/32", ports=[25]), ["FIREWALL_RULE"]),
    (
        "Redis authorised for another network",
        connector(),
        (firewalls(), redis("far", authorized_network=OTHER)),
        to("redis/far"),
        ["ROUTE_WRONG_NETWORK"],
    ),
    (
        "Redis without an authorised network is on default",
        connector(),
        (firewalls(), redis("far", authorized_network="")),
        to("redis/far"),
        ["ROUTE_WRONG_NETWORK"],
    ),
    (
        "a Redis cluster of which only the discovery port is allowed",
        connector(),
        (firewalls(DENY, rule(priority=800, destination_ranges=("10.1.0.48/29",))), shards()),
        to("redis-cluster/shards"),
        ["FIREWALL_RULE"],
    ),
    (
        "a Redis cluster of which only the discovery address is allowed",
        connector(),
        (firewalls(DENY, rule(priority=800, allowed=tcp(), destination_ranges=("10.1.0.50/32",))), shards()),
        to("redis-cluster/shards"),
        ["FIREWALL_RULE"],
    ),
    (
        "a Redis cluster of which an endpoint registered by its owner is left out",
        connector(),
        (firewalls(DENY, rule(priority=800, allowed=tcp(), destination_ranges=("10.1.0.50/31",))), shards()),
        to("redis-cluster/shards"),
        ["FIREWALL_RULE"],
    ),
    (
        "Redis of which only the primary is allowed, not the read endpoint",
        connector(),
        (
            firewalls(DENY, rule(priority=800, destination_ranges=("10.166.204.83/32",))),
            redis(read_endpoint="10.166.204.84", read_endpoint_port=6379),
        ),
        to(),
        ["FIREWALL_RULE"],
    ),
    (
        "a hierarchical deny before a classic allow",
        connector(),
        (firewalls(rule(priority=1), policies=(HIERARCHICAL,)),),
        to(),
        ["FIREWALL_RULE"],
    ),
    (
        "a network policy's deny that nothing classic comes before",
        connector(),
        (firewalls(policies=(policy(policy_rule(), kind="NETWORK"),)),),
        to(),
        ["FIREWALL_RULE"],
    ),
    (
        "a regional policy's deny",
        connector(),
        (firewalls(), region_firewalls(policy(policy_rule(), kind="NETWORK_REGIONAL"))),
        to(),
        ["FIREWALL_RULE"],
    ),
    ("a destination that does not exist", connector(), (firewalls(),), to("redis/none"), ["RESOURCE_CONFIG_NOT_FOUND"]),
    (
        "a service without VPC access",
        service(template=template(vpc_access=None)),
        (firewalls(),),
        to(),
        ["VPC_CONNECTOR_NOT_SET"],
    ),
    ("a service on a connector that does not exist", service(), (firewalls(),), to(), ["RESOURCE_CONFIG_NOT_FOUND"]),
]
UNDECIDED = [
    (
        "VMs of a region that was not read, where a policy is attached",
        connector(),
        (firewalls(), FAR, FAR_GUARD),
        to("subnet/far", ports=[22]),
        ["FIREWALL_CONFIG_NOT_FOUND"],
    ),
    (
        "a range of addresses in a region that was not read, where a policy is attached",
        cidr("10.9.0.0/28"),
        (firewalls(), FAR, FAR_GUARD),
        to("redis/cache", network="vpc"),
        ["FIREWALL_CONFIG_NOT_FOUND"],
    ),
    (
        "a policy that decides by names",
        connector(),
        (firewalls(policies=(policy(policy_rule(dest_ip_ranges=(), dest_fqdns=("redis.example",))),)),),
        to(),
        ["UNSUPPORTED_FIREWALL_POLICY_RULE"],
    ),
    (
        "a policy without any rule",
        connector(),
        (firewalls(policies=(policy(),)),),
        to(),
        ["FIREWALL_CONFIG_NOT_FOUND"],
    ),
    (
        "inspection of contents",
        connector(),
        (firewalls(policies=(policy(policy_rule("apply_security_profile_group")),)),),
        to(),
        ["L7_INSPECTION"],
    ),
    (
        "an address group that was not read",
        connector(),
        (
            firewalls(
                policies=(
                    policy(
                        policy_rule(
                            dest_ip_ranges=(),
                            dest_address_groups=("projects/acme/locations/global/addressGroups/caches",),
                        )
                    ),
                )
            ),
        ),
        to(),
        ["RESOURCE_CONFIG_NOT_FOUND"],
    ),
    ("a firewall that was not read", connector(), (), to(), ["FIREWALL_CONFIG_NOT_FOUND"]),
    (
        "a service that sends private ranges only, asked about the internet",
        service(),
        (firewalls(), connector()),
        to("cidr:8.8.8.8/32", ports=[443]),
        ["FLOW_NOT_FILTERED"],
    ),
    (
        "a service that does not say what it sends, asked about a range that is public in part",
        service(template=template(vpc_access=access(egress=""))),
        (firewalls(), connector()),
        to("cidr:10.0.0.0/7", ports=[443]),
        ["FLOW_NOT_FILTERED"],
    ),
    (
        "Google's APIs behind a connector that is sent private ranges only",
        service(),
        (firewalls(), connector()),
        to("cidr:199.36.153.8/30", ports=[443]),
        ["FLOW_NOT_FILTERED"],
    ),
    (
        "a deny for a service account that a Direct VPC interface may have",
        service(template=template(vpc_access=DIRECT)),
        (firewalls(rule(denied=ALL, priority=1, target_service_accounts=("vm@acme.iam.gserviceaccount.com",))),),
        to(),
        ["UNKNOWN_TARGET"],
    ),
    (
        "a connector whose subnet is not known",
        connector(network="", ip_cidr_range=""),
        (firewalls(),),
        to(),
        ["SOURCE_RANGE_UNKNOWN"],
    ),
    ("a range without a network", cidr("10.1.0.0/24"), (firewalls(),), to(), ["NETWORK_NOT_GIVEN"]),
    (
        "a range that is not of the network",
        cidr("10.77.0.0/24"),
        (firewalls(),),
        to(network="vpc"),
        ["FLOW_NOT_FILTERED"],
    ),
    (
        "a range with unknown tags",
        cidr("10.1.0.0/24"),
        (firewalls(rule(denied=ALL, target_tags=("db",))),),
        to(network="vpc"),
        ["UNKNOWN_TARGET"],
    ),
    (
        "VMs of unknown tags behind a rule with target tags",
        service(template=template(vpc_access=DIRECT)),
        (
            firewalls(
                rule(
                    "web", direction="INGRESS", allowed=tcp("80"), source_ranges=("10.1.0.0/24",), target_tags=("web",)
                )
            ),
        ),
        to("subnet/apps", ports=[80]),
        ["UNKNOWN_TARGET"],
    ),
    ("a deny that cannot be read", connector(), (firewalls(rule(denied=tcp("x"))),), to(), ["UNREADABLE_RULE"]),
    (
        "Cloud SQL without a private address",
        connector(),
        (firewalls(), sql("public", ip_addresses=(IpMapping(type="PRIMARY", ip_address="34.1.2.3"),))),
        to("sql/public"),
        ["DESTINATION_UNKNOWN"],
    ),
    (
        "Redis that is still created",
        connector(),
        (firewalls(), redis("new", host="", port=0)),
        to("redis/new"),
        ["DESTINATION_UNKNOWN"],
    ),
    ("UDP to Redis has no default port", connector(), (firewalls(),), to(protocol="udp"), ["DESTINATION_UNKNOWN"]),
    (
        "VMs of a peered network",
        connector(),
        (
            network("vpc", peerings=(Peering(network=COMPUTE + OTHER, state="ACTIVE"),)),
            subnet("far", network=OTHER, ip_cidr_range="10.50.0.0/24"),
            firewalls(),
        ),
        to("subnet/far"),
        ["PEERING_NOT_JUDGED"],
    ),
]


def base(rows: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The rows, and of the usual ones those that they do not replace."""
    taken = {row.path for row in rows}
    return (*rows, *(row for row in BASE if row.path not in taken))


@pytest.mark.parametrize(("subject", "rows", "params"), [c[1:] for c in PASSES], ids=[c[0] for c in PASSES])
def test_passes(subject: Resource, rows: tuple[Resource, ...], params: Coverage) -> None:
    found = verdicts(coverage, subject, *base(rows), params=params)
    assert found
    assert all(isinstance(verdict, Proof) for verdict in found)


@pytest.mark.parametrize(("subject", "rows", "params", "wanted"), [c[1:] for c in FAILS], ids=[c[0] for c in FAILS])
def test_fails(subject: Resource, rows: tuple[Resource, ...], params: Coverage, wanted: list[str]) -> None:
    found = [one for one in verdicts(coverage, subject, *base(rows), params=params) if not isinstance(one, Proof)]
    assert all(isinstance(one, Violation) for one in found)
    assert codes(coverage, subject, *base(rows), params=params) == wanted


@pytest.mark.parametrize(
    ("subject", "rows", "params", "wanted"), [c[1:] for c in UNDECIDED], ids=[c[0] for c in UNDECIDED]
)
def test_undecided(subject: Resource, rows: tuple[Resource, ...], params: Coverage, wanted: list[str]) -> None:
    found = [one for one in verdicts(coverage, subject, *base(rows), params=params) if not isinstance(one, Proof)]
    assert [type(one) for one in found] == [Undecided] * len(wanted)
    assert codes(coverage, subject, *base(rows), params=params) == wanted


def test_a_failure_shows_packet_share_rule_and_mend() -> None:
    (found,) = verdicts(coverage, connector(), *base((firewalls(HALF),)), params=to())
    assert isinstance(found, Violation)
    assert found.message == (
        "connector/staging to redis/cache: 10.2.0.8 → 10.166.204.83 tcp:6379 is denied by rule deny-half "
        "(priority 900); denied are 8 of 16 source addresses"
    )
    assert found.evidence[:3] == (VPC, connector().path, redis().path)
    assert found.fix
    (command,) = found.fix.gcloud
    assert command == (
        "gcloud compute firewall-rules create allow-connector-staging-to-redis-cache-egress --project=acme "
        "--network=vpc --direction=EGRESS --priority=899 --action=ALLOW --rules=tcp:6379 "
        f"--destination-ranges=10.166.204.83/32 --target-tags={TAG}"
    )
    assert f'target_tags = ["{TAG}"]' in found.fix.terraform
    assert 'ports    = ["6379"]' in found.fix.terraform


def remedied(*rows: Resource) -> Violation:
    (found,) = verdicts(coverage, connector(), *base(rows), params=to())
    assert isinstance(found, Violation)
    assert found.fix
    return found


def test_nothing_classic_mends_what_a_hierarchical_policy_denies() -> None:
    found = remedied(firewalls(rule(priority=0), policies=(HIERARCHICAL,)))
    assert found.message == (
        "connector/staging to redis/cache: 10.2.0.0 → 10.166.204.83 tcp:6379 is denied by rule deny-redis of policy "
        "guard (hierarchical, priority 100); denied are all 16 source addresses"
    )
    assert found.evidence[-1] == "locations/global/firewallPolicies/guard"
    assert found.fix
    assert found.fix.summary == (
        "no classic rule wins over it: allow it in policy guard, by a rule of priority 99 before rule deny-redis of "
        "policy guard (hierarchical, priority 100)"
    )
    (command,) = found.fix.gcloud
    assert command == (
        "gcloud compute firewall-policies rules create 99 --firewall-policy=guard --action=allow --direction=EGRESS "
        "--layer4-configs=tcp:6379 --src-ip-ranges=10.2.0.0/28 --dest-ip-ranges=10.166.204.83/32"
    )
    assert found.fix.terraform == (
        'resource "google_compute_firewall_policy_rule" "allow_99" {\n'
        '  firewall_policy = "guard"\n'
        "  priority        = 99\n"
        '  direction       = "EGRESS"\n'
        '  action          = "allow"\n'
        "  match {\n"
        '    src_ip_ranges  = ["10.2.0.0/28"]\n'
        '    dest_ip_ranges = ["10.166.204.83/32"]\n'
        "    layer4_configs {\n"
        '      ip_protocol = "tcp"\n'
        '      ports       = ["6379"]\n'
        "    }\n"
        "  }\n"
        "}"
    )


def test_the_rule_proposed_for_the_policy_mends_it() -> None:
    mend = policy_rule(
        "allow",
        99,
        src_ip_ranges=("10.2.0.0/28",),
        dest_ip_ranges=("10.166.204.83/32",),
        layer4_configs=(Layer4(ip_protocol="tcp", ports=("6379",)),),
    )
    guard = policy(*HIERARCHICAL.rules, mend)
    assert codes(coverage, connector(), *base((firewalls(policies=(guard,)),)), params=to()) == []


def test_a_priority_that_is_taken_is_not_proposed() -> None:
    guard = policy(*HIERARCHICAL.rules, policy_rule("goto_next", 99, dest_ip_ranges=("10.99.0.0/24",)))
    fix = remedied(firewalls(policies=(guard,))).fix
    assert fix
    assert "rules create 98 " in fix.gcloud[0]


def test_before_a_policys_default_rule_a_usual_priority_is_proposed() -> None:
    fix = remedied(firewalls(policies=(policy(policy_rule(priority=2147483647)),))).fix
    assert fix
    assert "rules create 1000 " in fix.gcloud[0]


def test_nothing_can_be_put_before_a_policys_first_rule() -> None:
    fix = remedied(firewalls(policies=(policy(policy_rule(priority=0)),))).fix
    assert fix
    assert fix.gcloud == ()
    assert fix.summary.startswith("nothing can be put before rule deny-redis of policy guard")


def test_googles_own_policy_cannot_be_changed() -> None:
    fix = remedied(firewalls(), region_firewalls(policy(policy_rule(), kind="SYSTEM_REGIONAL"))).fix
    assert fix
    assert fix.gcloud == ()
    assert "Google's own" in fix.summary


PLACES = [
    (
        "NETWORK",
        "--firewall-policy=guard --global-firewall-policy --project=acme",
        "google_compute_network_firewall_policy_rule",
    ),
    (
        "NETWORK_REGIONAL",
        "--firewall-policy=guard --firewall-policy-region=us-central1 --project=acme",
        "google_compute_region_network_firewall_policy_rule",
    ),
]


@pytest.mark.parametrize(("kind", "where", "resource"), PLACES)
def test_a_policy_of_the_network_is_named_with_its_place(kind: str, where: str, resource: str) -> None:
    fix = remedied(firewalls(), region_firewalls(policy(policy_rule(), kind=kind))).fix
    assert fix
    assert fix.summary.startswith("allow it in policy guard, by a rule of priority 99 before ")
    assert fix.gcloud[0].startswith(f"gcloud compute network-firewall-policies rules create 99 {where} --action=allow ")
    assert fix.terraform.startswith(f'resource "{resource}"')


def test_the_proposed_rule_mends_it() -> None:
    mend = rule("mend", priority=899, allowed=tcp("6379"), destination_ranges=("10.166.204.83/32",), target_tags=(TAG,))
    assert codes(coverage, connector(), *base((firewalls(HALF, mend),)), params=to()) == []


def test_nothing_wins_over_a_deny_of_priority_zero() -> None:
    (found,) = verdicts(coverage, connector(), *base((firewalls(rule("top", denied=ALL, priority=0)),)), params=to())
    assert isinstance(found, Violation)
    assert found.fix
    assert found.fix.gcloud == ()
    assert "rule top (priority 0)" in found.fix.summary


def test_the_proof_names_the_rules() -> None:
    (found,) = verdicts(coverage, connector(), *base((firewalls(rule("let-redis")),)), params=to())
    assert isinstance(found, Proof)
    assert found.message == (
        "10.2.0.0/28 → 10.166.204.83 tcp:6379 allowed, egress on vpc, by rule let-redis (priority 1000)"
    )


def test_a_hostile_name_stays_one_word_of_the_command() -> None:
    evil = connector(name="x; rm -rf ~", ip_cidr_range="10.2.0.0/28")
    (found,) = verdicts(coverage, evil, *base((firewalls(DENY),)), params=to())
    assert isinstance(found, Violation)
    assert found.fix
    assert "'--target-tags=vpc-connector-us-central1-x; rm -rf ~'" in found.fix.gcloud[0]


@pytest.mark.parametrize(
    "bad",
    [{"to": "vm/x"}, {"to": "run/backend"}, {"to": "redis/c", "ports": [70000]}, {"to": "redis/c", "protocol": "quic"}],
)
def test_parameters_that_could_never_be_judged_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, Coverage)


def test_a_deny_that_waits_on_the_right_network_is_said_before_the_move() -> None:
    deny = rule("deny-all", network=OTHER, direction="EGRESS", priority=65000, denied=tcp())
    found = verdicts(
        coverage,
        connector(),
        *BASE,
        network("other"),
        firewalls(),
        firewalls(deny, network=OTHER),
        region_firewalls(network=OTHER),
        redis("far", authorized_network=OTHER),
        params=to("redis/far"),
    )
    wrong_network, waiting = found
    assert isinstance(wrong_network, Violation)
    assert isinstance(waiting, Violation)
    assert (wrong_network.code, waiting.code) == ("ROUTE_WRONG_NETWORK", "FIREWALL_RULE")
    assert waiting.message.startswith(
        "also after a move to other: connector/staging to redis/far: 10.2.0.0 → 10.166.204.83"
    )
    assert waiting.fix is not None
    assert "--network=other" in waiting.fix.gcloud[0]


def test_what_goes_past_the_vpc_is_named() -> None:
    rows = base((firewalls(), connector()))
    (found,) = verdicts(coverage, service(), *rows, params=to("cidr:10.0.0.0/7", ports=[443]))
    assert isinstance(found, Undecided)
    assert found.message == (
        "connector/staging to cidr:10.0.0.0/7: with egress PRIVATE_RANGES_ONLY packets to 11.0.0.0/8 go straight to "
        "the internet instead of through vpc, whose rules do not apply to them"
    )
    assert "egress=PRIVATE_RANGES_ONLY" in found.evidence


def test_every_destination_of_redis_is_proven() -> None:
    replicated = redis(read_endpoint="10.166.204.84", read_endpoint_port=6379)
    found = verdicts(coverage, connector(), *base((firewalls(), replicated)), params=to())
    assert [one.message.split(" ")[2] for one in found if isinstance(one, Proof)] == ["10.166.204.83", "10.166.204.84"]


def test_all_protocols_are_all_of_them_not_the_instances_own() -> None:
    opened = rule("redis", allowed=tcp("6379"), destination_ranges=("10.166.204.83/32",), priority=800)
    rows = (*BASE, firewalls(opened, DENY))
    assert codes(coverage, connector(), *rows, params=to()) == []
    assert codes(coverage, connector(), *rows, params=to(protocol="all")) == ["FIREWALL_RULE"]
