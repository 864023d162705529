"""firewall.required-rule: one enabled rule does at least what the house demands."""

from __future__ import annotations

import msgspec
import pytest

from checks.firewall.required_rule import RequiredRule, required_rule
from tests.builders import VPC, connector, firewalls, network, project, rule, service, subnet, template
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.firewall import LogConfig, Ports
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, VpcAccess

BASE = (project(), subnet(), connector())
INGRESS = rule(
    "allow-redis-ingress",
    direction="INGRESS",
    source_ranges=("10.2.0.0/28",),
    target_tags=("redis", "memorystore"),
)
EGRESS = rule("allow-redis-egress", destination_ranges=("10.166.204.80/29",), target_tags=("cloud-run",))
AUDIT = rule("audit", denied=(Ports(protocol="all"),), priority=65000, log_config=LogConfig(enable=True))
DIRECT = VpcAccess(network_interfaces=(NetworkInterface(network="vpc", subnetwork="apps", tags=("cloud-run",)),))


def want(direction: str = "ingress", /, **changes: object) -> RequiredRule:
    return msgspec.convert({"direction": direction, **changes}, RequiredRule)


REDIS: dict[str, object] = {"ranges": ["10.2.0.0/28"], "protocol": "tcp", "ports": [6379]}
PASSES = [
    ("the rule as demanded", (firewalls(INGRESS),), want(**REDIS, target_tags=["redis"])),
    (
        "ranges that together cover the demanded one",
        (firewalls(rule(direction="INGRESS", source_ranges=("10.2.0.0/29", "10.2.0.8/29"))),),
        want(**REDIS),
    ),
    (
        "a wider rule by protocol number and port range",
        (
            firewalls(
                rule(
                    direction="INGRESS",
                    source_ranges=("10.0.0.0/8",),
                    allowed=(Ports(protocol="6", ports=("6000-7000",)),),
                )
            ),
        ),
        want(**REDIS),
    ),
    (
        "a rule without targets covers every tag",
        (firewalls(rule(direction="INGRESS", source_ranges=("10.2.0.0/28",))),),
        want(**REDIS, target_tags=["redis"]),
    ),
    ("a logged deny", (firewalls(AUDIT),), want("egress", action="deny", logging=True, protocol="all")),
    ("the right name", (firewalls(AUDIT),), want("egress", action="deny", name="aud*")),
    ("the priority at most", (firewalls(AUDIT),), want("egress", action="deny", priority_at_most=65000)),
    (
        "an egress tag that a Cloud Run interface carries",
        (firewalls(EGRESS), service(template=template(vpc_access=DIRECT))),
        want("egress", protocol="tcp", ports=[6379], meant_for="serverless"),
    ),
    (
        "an egress rule for the connector's own tag",
        (firewalls(rule(target_tags=("vpc-connector",))),),
        want("egress", protocol="tcp", ports=[6379], meant_for="serverless"),
    ),
    (
        "a live rule beside a dead one",
        (firewalls(EGRESS, rule("live")),),
        want("egress", meant_for="serverless", protocol="tcp", ports=["6379"]),
    ),
]
FAILS = [
    ("no rule at all", (firewalls(),), want(**REDIS)),
    ("a disabled rule", (firewalls(rule(direction="INGRESS", disabled=True)),), want(protocol="tcp", ports=[6379])),
    ("the other direction", (firewalls(EGRESS),), want("ingress", protocol="tcp", ports=[6379])),
    ("the other action", (firewalls(AUDIT),), want("egress", protocol="all")),
    ("half of the range", (firewalls(rule(direction="INGRESS", source_ranges=("10.2.0.0/29",))),), want(**REDIS)),
    (
        "two rules that only together would do",
        (
            firewalls(
                rule("a", direction="INGRESS", source_ranges=("10.2.0.0/29",)),
                rule("b", direction="INGRESS", source_ranges=("10.2.0.8/29",)),
            ),
        ),
        want(**REDIS),
    ),
    ("one port of two", (firewalls(INGRESS),), want(**(REDIS | {"ports": [6379, 6380]}))),
    ("a rule for other tags", (firewalls(INGRESS),), want(**REDIS, target_tags=["web"])),
    ("no logging", (firewalls(INGRESS),), want(**REDIS, logging=True)),
    ("logging that must not be", (firewalls(AUDIT),), want("egress", action="deny", logging=False)),
    ("a priority too late", (firewalls(INGRESS),), want(**REDIS, priority_at_most=999)),
    ("another name", (firewalls(INGRESS),), want(**REDIS, name="corp-*")),
    ("a rule by source tag only", (firewalls(rule(direction="INGRESS", source_tags=("web",))),), want(**REDIS)),
    (
        "a rule that destination ranges narrow",
        (
            firewalls(
                rule(direction="INGRESS", source_ranges=("10.2.0.0/28",), destination_ranges=("10.9.0.0/24",)),
            ),
        ),
        want(**REDIS),
    ),
    (
        "a rule with a field that is not understood",
        (firewalls(rule(direction="INGRESS", source_ranges=("10.2.0.0/28",), unmodelled=("x",))),),
        want(**REDIS),
    ),
    (
        "a rule for service accounts",
        (firewalls(rule(direction="INGRESS", source_ranges=("10.2.0.0/28",), target_service_accounts=("a@b",))),),
        want(**REDIS),
    ),
]


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in PASSES], ids=[c[0] for c in PASSES])
def test_passes(rows: tuple[Resource, ...], params: RequiredRule) -> None:
    (found,) = verdicts(required_rule, network(), *BASE, *rows, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in FAILS], ids=[c[0] for c in FAILS])
def test_fails(rows: tuple[Resource, ...], params: RequiredRule) -> None:
    assert codes(required_rule, network(), *BASE, *rows, params=params) == ["FIREWALL_RULE_MISSING"]


def test_undecided_where_the_firewall_was_not_read() -> None:
    (found,) = verdicts(required_rule, network(), *BASE, params=want(**REDIS))
    assert isinstance(found, Undecided)
    assert found.code == "FIREWALL_CONFIG_NOT_FOUND"


def test_a_failure_names_the_nearest_rule_and_what_it_lacks() -> None:
    half = rule("half", direction="INGRESS", source_ranges=("10.2.0.0/29",))
    (found,) = verdicts(required_rule, network(), *BASE, firewalls(AUDIT, half), params=want(**REDIS, logging=True))
    assert isinstance(found, Violation)
    assert found.message == (
        "no enabled ingress allow rule does what is required; the nearest is half, but its source ranges lack "
        "10.2.0.8/29, and its logging is off"
    )
    assert found.evidence == (VPC, "rule half")
    assert found.fix
    assert "--source-ranges=10.2.0.0/28" in found.fix.gcloud[0]
    assert found.fix.gcloud[0].endswith("--enable-logging")


def test_no_rule_open_to_everybody_is_proposed() -> None:
    (found,) = verdicts(required_rule, network(), *BASE, firewalls(), params=want(protocol="tcp", ports=[6379]))
    assert isinstance(found, Violation)
    assert found.fix
    assert found.fix.gcloud == ()


def test_ingress_to_memorystore_by_tag_is_a_warning() -> None:
    params = want(**REDIS, target_tags=["redis"], meant_for="managed-service")
    (found,) = verdicts(required_rule, network(), *BASE, firewalls(INGRESS), params=params)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("DEAD_RULE", Severity.WARNING)
    assert found.message == (
        "rule allow-redis-ingress exists but has no effect on what it is meant for: target tags redis, memorystore: "
        "Memorystore and Cloud SQL are no VMs of this network and carry no network tags"
    )
    assert "targetTags=redis,memorystore" in found.evidence


def test_egress_for_a_tag_no_connector_carries_is_a_warning() -> None:
    params = want("egress", protocol="tcp", ports=[6379], meant_for="serverless")
    (found,) = verdicts(required_rule, network(), *BASE, firewalls(EGRESS), params=params)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("DEAD_RULE", Severity.WARNING)
    assert "no connector or Cloud Run interface carries it; VMs are not looked at" in found.message
    assert found.fix
    assert "vpc-connector-REGION-NAME" in found.fix.summary


def test_a_rule_for_vms_is_never_called_dead() -> None:
    (found,) = verdicts(
        required_rule, network(), *BASE, firewalls(EGRESS), params=want("egress", protocol="tcp", ports=[6379])
    )
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    "bad",
    [
        {"ranges": ["10.2.0.0/40"], "protocol": "tcp"},
        {"protocol": "quic"},
        {"ports": [80]},
        {"protocol": "tcp", "ports": ["9-1"]},
        {"protocol": "tcp", "priority_at_most": 70000},
    ],
)
def test_parameters_that_could_never_be_judged_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"direction": "ingress", **bad}, RequiredRule)


@pytest.mark.parametrize(
    "vague",
    [
        {},
        {"action": "deny"},
        {"meant_for": "serverless"},
        {"name": "*"},
        {"name": "?*"},
        {"priority_at_most": 65535},
        {"ranges": []},
    ],
)
def test_parameters_that_any_rule_would_satisfy_are_refused(vague: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match="any rule of this direction would do"):
        msgspec.convert({"direction": "ingress", **vague}, RequiredRule)
