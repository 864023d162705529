"""What a connector needs of the firewall for itself, in its own project and in a service project."""

from __future__ import annotations

import pytest

from tests.builders import COMPUTE, connector, firewalls, network, project, region_firewalls, rule, subnet, tcp
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.plumbing import NEEDS, Plumbing
from validator.gcp.paths.transit.travel import Stop
from validator.model.connector import Connector, ConnectorSubnet
from validator.model.environment import Environment
from validator.model.firewall import FirewallRule, Ports
from validator.model.resource import Resource
from validator.model.table import Table

HOST = "projects/host/global/networks/shared"
PROBES = ("35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22")
CONTROL = (*tcp("667"), Ports(protocol="udp", ports=("665-666",)), Ports(protocol="icmp"))
SERVERLESS, PROBING = "VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED", "VPC_CONNECTOR_HEALTH_CHECK_TRAFFIC_BLOCKED"


def faults(row: Connector, *rows: Resource, environment: Environment = ACME) -> tuple[Stop, ...] | None:
    everything = (project(), network(), row, *rows)
    supply = Supply(environment, NOW, lambda kind: Table(one for one in everything if isinstance(one, kind)))
    plumbing: Plumbing = supply.value(Plumbing)
    return plumbing.faults(row)


def shared(*rules: FirewallRule) -> tuple[Stop, ...] | None:
    """A connector of a service project, in a subnet of the host project's network, with these rules there."""
    placed = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="serverless", project_id="host"))
    where = subnet(
        "serverless",
        project="host",
        self_link=f"{COMPUTE}projects/host/regions/us-central1/subnetworks/serverless",
        network=COMPUTE + HOST,
        ip_cidr_range="10.7.0.0/28",
    )
    return faults(
        placed, where, firewalls(*rules, network=HOST, project="host"), region_firewalls(network=HOST, project="host")
    )


def to_it(name: str, sources: tuple[str, ...], allowed: tuple[Ports, ...], **changes: object) -> FirewallRule:
    fields: dict[str, object] = {"direction": "INGRESS", "target_tags": ("vpc-connector",), "network": COMPUTE + HOST}
    return rule(name, source_ranges=sources, allowed=allowed, **(fields | changes))


def deny(**changes: object) -> FirewallRule:
    fields: dict[str, object] = {
        "direction": "INGRESS",
        "denied": (Ports(protocol="all"),),
        "source_ranges": ("0.0.0.0/0",),
    }
    return rule("deny", **(fields | changes))


CASES: list[tuple[str, tuple[FirewallRule, ...], list[str]]] = [
    ("Google's own rules suffice", (), []),
    ("a deny of all ingress after them changes nothing", (deny(priority=101),), []),
    ("a deny of all ingress at their priority wins", (deny(priority=100),), [SERVERLESS, PROBING]),
    ("a deny of all egress after them changes nothing", (rule("out", denied=tcp(), priority=101),), []),
    ("a deny of all egress before them wins", (rule("out", denied=tcp(), priority=99),), [SERVERLESS]),
    ("a deny of one probing address is a fault", (deny(priority=9, source_ranges=("35.191.7.7/32",)),), [PROBING]),
    ("a deny for another tag changes nothing", (deny(priority=9, target_tags=("web",)),), []),
    ("a deny of another port changes nothing", (deny(priority=9, denied=tcp("668")),), []),
    (
        "an allow before the deny mends it",
        (
            deny(priority=90),
            rule("first", priority=80, direction="INGRESS", allowed=CONTROL, source_ranges=("0.0.0.0/0",)),
        ),
        [],
    ),
]


@pytest.mark.parametrize(("rules", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_connector_of_the_networks_own_project(rules: tuple[FirewallRule, ...], expected: list[str]) -> None:
    found = faults(connector(), firewalls(*rules), region_firewalls())

    assert found is not None
    assert [fault.code for fault in found] == expected
    assert all(fault.end is End.DROP for fault in found)


def test_a_connector_of_a_service_project_has_no_rules_of_googles() -> None:
    found = shared()

    assert found is not None
    assert [fault.code for fault in found] == [SERVERLESS, PROBING]
    assert "the host project must" in found[0].message


def test_a_connector_of_a_service_project_is_content_with_explicit_rules() -> None:
    serverless = ("35.199.224.0/19",)
    explicit = (
        to_it("serverless-to-connector", serverless, CONTROL),
        to_it("health-checks", PROBES, tcp("667")),
        to_it("connector-to-serverless", (), CONTROL, direction="EGRESS", destination_ranges=serverless),
    )

    assert shared(*explicit) == ()
    for position, lacking in enumerate(explicit[:2]):
        rest = [one for one in explicit if one is not lacking]
        found = shared(*rest)
        assert found is not None
        assert [fault.code for fault in found] == [(SERVERLESS, PROBING)[position]]


def test_the_fault_says_who_denies_what_and_how_to_mend_it() -> None:
    found = faults(connector(), firewalls(deny(priority=50, source_ranges=("130.211.0.0/22",))), region_firewalls())

    assert found is not None
    (fault,) = found
    assert fault.message == (
        "connector/staging on vpc (project acme) does not get health checks: 130.211.0.0/22 → 10.2.0.0/28 tcp:667 is "
        "denied by rule deny (priority 50), so the connector may stop carrying packets."
    )
    assert fault.evidence[0] == connector().path
    assert "deny by rule deny (priority 50)" in fault.evidence
    assert fault.mend is not None
    (line,) = fault.mend.gcloud
    assert "--priority=49" in line
    assert "--rules=tcp:667" in line
    assert "--source-ranges=35.191.0.0/16,130.211.0.0/22" in line
    assert "--target-tags=vpc-connector-us-central1-staging" in line


def test_a_firewall_that_was_not_read_leaves_every_need_undecided() -> None:
    found = faults(connector())

    assert found is not None
    assert [(fault.end, fault.code) for fault in found] == [(End.ABORT, "FIREWALL_CONFIG_NOT_FOUND")] * len(NEEDS)


def test_a_connector_of_unknown_place_cannot_be_judged() -> None:
    assert faults(connector(network="", ip_cidr_range="")) is None
