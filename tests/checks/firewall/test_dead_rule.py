"""firewall.dead-rule: every enabled rule is for somebody who is there."""

from __future__ import annotations

import msgspec
import pytest

from checks.firewall.dead_rule import Idle, dead_rule
from tests.builders import (
    COMPUTE,
    PROJECT,
    VPC,
    allocated_range,
    compute_project,
    connector,
    firewalls,
    network,
    project,
    redis,
    rule,
    service,
    subnet,
    tcp,
    template,
    vm,
    vm_interface,
)
from tests.judging import ACME, codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.connector import Connector
from validator.model.firewall import FirewallRule, Ports
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Revision, Traffic, VpcAccess

BASE = (project(), compute_project(), subnet(), connector())
WEB = vm("web", "web", "https-server", account="web@acme.iam.gserviceaccount.com")
ELSEWHERE = vm(
    "other", "other", network_interfaces=(vm_interface(network=f"{COMPUTE}projects/acme/global/networks/b"),)
)
DIRECT = template(
    vpc_access=VpcAccess(network_interfaces=(NetworkInterface(network="vpc", subnetwork="apps", tags=("cloud-run",)),)),
    service_account="run@acme.iam.gserviceaccount.com",
)


def ingress(name: str = "in", **changes: object) -> FirewallRule:
    fields: dict[str, object] = {"direction": "INGRESS", "source_ranges": ("10.0.0.0/8",), "allowed": tcp("443")}
    return rule(name, **(fields | changes))


def allowing(*globs: str) -> Idle:
    return msgspec.convert({"allow": globs}, Idle)


PASSES: list[tuple[str, tuple[Resource, ...]]] = [
    ("no rule at all", (firewalls(),)),
    ("a rule for everybody", (firewalls(rule(), ingress()), WEB)),
    ("a tag that a VM carries", (firewalls(ingress(target_tags=("web",))), WEB)),
    ("a tag that a stopped VM carries", (firewalls(ingress(target_tags=("web",))), vm("web", "web", status="STOPPED"))),
    ("one tag of several", (firewalls(ingress(target_tags=("gone", "web"))), WEB)),
    ("the tag of every connector", (firewalls(rule(target_tags=("vpc-connector",))),)),
    ("a connector's own tag", (firewalls(rule(target_tags=("vpc-connector-us-central1-staging",))),)),
    ("a tag of a Cloud Run interface", (firewalls(rule(target_tags=("cloud-run",))), service(template=DIRECT))),
    (
        "a service account that a VM runs as",
        (firewalls(ingress(target_service_accounts=("web@acme.iam.gserviceaccount.com",))), WEB),
    ),
    (
        "a service account that a service with an interface runs as",
        (firewalls(rule(target_service_accounts=("run@acme.iam.gserviceaccount.com",))), service(template=DIRECT)),
    ),
    ("a source tag that a VM carries", (firewalls(ingress(source_ranges=(), source_tags=("web",))), WEB)),
    ("a source tag nobody carries beside ranges", (firewalls(ingress(source_tags=("gone",))), WEB)),
    (
        "a source service account that a VM runs as",
        (firewalls(ingress(source_ranges=(), source_service_accounts=("web@acme.iam.gserviceaccount.com",))), WEB),
    ),
    ("a disabled rule", (firewalls(ingress(target_tags=("gone",), disabled=True)), WEB)),
    ("a rule that Google made", (firewalls(ingress("aet-us-central1-x-hcfw", target_tags=("gone",))), WEB)),
    ("an ingress rule to VMs by address", (firewalls(ingress(destination_ranges=("10.1.0.0/24",))), WEB)),
    (
        "an ingress rule to more than a managed service",
        (firewalls(ingress(destination_ranges=("10.0.0.0/8",))), WEB, redis()),
    ),
    ("an egress rule to a managed service", (firewalls(rule(destination_ranges=("10.166.204.80/29",))), WEB, redis())),
    ("a range that cannot be read", (firewalls(ingress(destination_ranges=("10.166/29",))), WEB, redis())),
]
FAILS: list[tuple[str, tuple[Resource, ...]]] = [
    ("a target tag that nobody carries", (firewalls(ingress(target_tags=("gone",))), WEB)),
    ("a tag that only a VM of another network carries", (firewalls(ingress(target_tags=("other",))), WEB, ELSEWHERE)),
    ("a target account that nobody runs as", (firewalls(ingress(target_service_accounts=("a@b",))), WEB)),
    ("a source tag that nobody carries", (firewalls(ingress(source_ranges=(), source_tags=("gone",))), WEB)),
    (
        "a source account that nobody runs as",
        (firewalls(ingress(source_ranges=(), source_service_accounts=("a@b",))), WEB),
    ),
    ("the tag of a connector that is gone", (firewalls(rule(target_tags=("vpc-connector-us-central1-old",))), WEB)),
    ("a deny for nobody", (firewalls(ingress(target_tags=("gone",), allowed=(), denied=tcp("22"))), WEB)),
    ("ingress to the range of a Redis instance", (firewalls(ingress(destination_ranges=("10.166.204.83",))), redis())),
    (
        "ingress to an allocated range",
        (firewalls(ingress(destination_ranges=("10.20.0.0/24",))), allocated_range()),
    ),
    ("egress from the range of a Redis instance", (firewalls(rule(source_ranges=("10.166.204.80/29",))), redis())),
    (
        "a tag on a service that does not serve with an interface",
        (firewalls(rule(target_tags=("cloud-run",))), service(template=template())),
    ),
]


@pytest.mark.parametrize("rows", [pytest.param(rows, id=case) for case, rows in PASSES])
def test_passes(rows: tuple[Resource, ...]) -> None:
    assert codes(dead_rule, network(), *BASE, *rows, params=Idle()) == []


@pytest.mark.parametrize("rows", [pytest.param(rows, id=case) for case, rows in FAILS])
def test_fails(rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(dead_rule, network(), *BASE, *rows, params=Idle())
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("DEAD_RULE", None)


def only(*rows: Resource, **kwargs: object) -> Violation:
    (found,) = verdicts(dead_rule, network(), *BASE, *rows, params=Idle(), **kwargs)  # type: ignore[arg-type]
    assert isinstance(found, Violation)
    return found


def test_the_report_says_what_the_rule_was_for_who_was_looked_at_and_what_to_do() -> None:
    found = only(firewalls(ingress("allow-web", target_tags=("wbe-frontend",))), WEB, service(template=DIRECT))
    assert found.message == (
        "rule allow-web, meant to allow tcp:443 from 10.0.0.0/8, has no effect: nobody on the network carries "
        "wbe-frontend; looked at 1 VM, 1 connector, 1 Cloud Run interface"
    )
    assert found.evidence == (VPC, "rule allow-web", "targetTags=wbe-frontend")
    assert found.fix is not None
    assert found.fix.gcloud == (f"gcloud compute firewall-rules delete allow-web --project={PROJECT}",)


def test_a_slip_of_the_pen_is_told_from_a_leftover() -> None:
    found = only(firewalls(ingress("allow-web", target_tags=("http-server",))), WEB)
    assert "(did you mean https-server?)" in found.message
    assert found.fix is not None
    assert found.fix.gcloud == (
        f"gcloud compute firewall-rules update allow-web --project={PROJECT} --target-tags=https-server",
    )


def test_ingress_for_redis_by_tag_is_explained() -> None:
    found = only(firewalls(ingress("allow-redis", target_tags=("redis", "memorystore"), allowed=tcp("6379"))), WEB)
    assert "Memorystore and Cloud SQL are no VMs of this network and carry no network tags" in found.message
    assert found.fix is not None
    assert "egress rules of its clients" in found.fix.summary


def test_ingress_for_redis_by_address_names_the_instance() -> None:
    found = only(firewalls(ingress("allow-redis", destination_ranges=("10.166.204.83/32",))), redis())
    assert f"are addresses of projects/{PROJECT}/locations/us-central1/instances/cache" in found.message
    assert found.evidence[2] == "destinationRanges=10.166.204.83/32"


def test_a_tag_for_cloud_run_behind_a_connector_is_told_the_connectors_tags() -> None:
    found = only(firewalls(rule("run-egress", target_tags=("cloud-run",))), WEB)
    assert "a connector carries exactly vpc-connector and vpc-connector-REGION-NAME" in found.message
    assert "(did you mean vpc-connector-us-central1-staging?)" in found.message
    assert found.fix is not None
    assert found.fix.gcloud[0].endswith("--target-tags=vpc-connector-us-central1-staging")


def test_with_two_connectors_none_of_them_is_guessed() -> None:
    found = only(firewalls(rule("run-egress", target_tags=("cloud-run",))), WEB, connector("second"))
    assert "did you mean" not in found.message


@pytest.mark.parametrize("tag", ["gke-web-1a2b3c4d-node", "dataflow"])
def test_what_comes_and_goes_is_only_remarked_on(tag: str) -> None:
    assert only(firewalls(ingress(target_tags=(tag,))), WEB).severity is Severity.INFO


def test_a_network_with_nothing_on_it_is_remarked_on_once() -> None:
    bare = (project(), compute_project(), subnet())
    rules = firewalls(rule("a"), ingress("b", target_tags=("x",)))
    (found,) = verdicts(dead_rule, network(), *bare, rules, ELSEWHERE, params=Idle())
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("EMPTY_NETWORK", Severity.INFO)
    assert found.evidence == (VPC, "rule a", "rule b")


def test_rules_may_be_accepted_by_name() -> None:
    rows = (firewalls(ingress("job-egress", target_tags=("x",)), ingress("web", target_tags=("y",))), WEB)
    (found,) = verdicts(dead_rule, network(), *BASE, *rows, params=allowing("job-*"))
    assert "rule web" in found.evidence


def test_a_connector_that_cannot_be_placed_may_be_on_any_network() -> None:
    astray: Connector = connector("astray", network="")
    rows = (firewalls(rule(target_tags=("vpc-connector-us-central1-astray",))), WEB, astray)
    assert codes(dead_rule, network(), *BASE, *rows, params=Idle()) == []


def test_a_tag_counts_on_any_revision_that_serves_and_on_no_other() -> None:
    old = Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", revision="backend-00001-old", percent=100)
    revision = Revision(
        name=f"{service().path}/revisions/backend-00001-old",
        project=PROJECT,
        location="us-central1",
        vpc_access=DIRECT.vpc_access,
    )
    rules = firewalls(rule(target_tags=("cloud-run",)))
    serving = service(traffic_statuses=(old,))
    assert codes(dead_rule, network(), *BASE, rules, serving, revision, params=Idle()) == []
    bare = msgspec.structs.replace(revision, vpc_access=None)
    next_one = service(template=DIRECT, traffic_statuses=(old,))
    assert codes(dead_rule, network(), *BASE, rules, next_one, bare, params=Idle()) == ["DEAD_RULE"]


def test_an_effective_firewall_that_was_not_read_leaves_all_undecided() -> None:
    (found,) = verdicts(dead_rule, network(), *BASE, WEB, params=Idle())
    assert isinstance(found, Undecided)
    assert (found.code, found.evidence) == ("FIREWALL_CONFIG_NOT_FOUND", (VPC,))


def test_a_rule_for_a_connector_of_a_region_that_was_not_read_is_passed_over_aloud() -> None:
    rows = (firewalls(rule(target_tags=("vpc-connector-us-east1-old",)), rule("b", target_tags=("x",))), WEB)
    dead, passed_over = verdicts(dead_rule, network(), *BASE, *rows, params=Idle())
    assert isinstance(dead, Violation)
    assert isinstance(passed_over, Skip)
    assert (passed_over.code, passed_over.evidence) == ("TARGETS_NOT_READ", (VPC, "rule rule"))
    assert "connectors of us-east1 were not read" in passed_over.message


def test_beside_a_cluster_without_a_node_to_be_seen_other_tags_may_be_its_nodes() -> None:
    rules = firewalls(
        ingress("gke-web-1a2b-vms", target_tags=("gke-web-1a2b-node",)), ingress("b", target_tags=("batch",))
    )
    remark, passed_over = verdicts(dead_rule, network(), *BASE, rules, WEB, params=Idle())
    assert isinstance(remark, Violation)
    assert (remark.severity, remark.evidence[1]) == (Severity.INFO, "rule gke-web-1a2b-vms")
    assert isinstance(passed_over, Skip)
    assert passed_over.evidence == (VPC, "rule b")
    assert "a GKE cluster has rules here and no node to be seen" in passed_over.message


def test_beside_a_cluster_with_nodes_other_tags_are_decided() -> None:
    rules = firewalls(ingress("gke-web-1a2b-vms", target_tags=("gke-web-1a2b-node",)), ingress("b", target_tags=("x",)))
    assert codes(dead_rule, network(), *BASE, rules, vm("n", "gke-web-1a2b-node"), params=Idle()) == ["DEAD_RULE"]


def test_with_every_region_read_a_connector_tag_of_any_region_is_decided() -> None:
    everywhere = msgspec.structs.replace(ACME, regions=())
    rows = (firewalls(rule(target_tags=("vpc-connector-us-east1-old",))), WEB)
    assert codes(dead_rule, network(), *BASE, *rows, params=Idle(), environment=everywhere) == ["DEAD_RULE"]


def test_on_a_shared_vpc_others_may_carry_the_tag_but_nobody_is_a_managed_service() -> None:
    host = compute_project(xpn_project_status="HOST")
    rules = firewalls(
        ingress("a", target_tags=("gone",)), ingress("b", destination_ranges=("10.166.204.83",)), rule("c")
    )
    found = verdicts(dead_rule, network(), project(), host, subnet(), connector(), rules, redis(), params=Idle())
    assert [type(one) for one in found] == [Violation, Skip]
    assert found[0].evidence[1] == "rule b"
    assert found[1].evidence == (VPC, "rule a")
    assert "VMs of other service projects may stand on this Shared VPC network" in found[1].message


def test_the_pass_says_who_was_looked_at() -> None:
    rows = (firewalls(rule(), ingress(allowed=(Ports(protocol="icmp"),))), WEB)
    (found,) = verdicts(dead_rule, network(), *BASE, *rows, params=Idle())
    assert isinstance(found, Proof)
    assert found.message == (
        "each of 2 rules of network/vpc is for somebody among 1 VM, 1 connector, 0 Cloud Run interfaces"
    )


def test_to_accept_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="accepts whatever there is"):
        Idle(allow=("*",))
