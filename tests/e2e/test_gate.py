"""The command against the emulated project: the incident fails on each of its faults, the repair passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.gate import asking, gate, staging_rules
from tests.emulator.server import Emulator
from tests.environments.describe import HOST_PROJECT, PROJECT
from tests.environments.incident import faulty, incident
from tests.environments.network import default_network, firewall, open_default_rules, tcp
from tests.environments.repaired import repaired
from tests.environments.shared_vpc import shared_vpc
from tests.environments.zone import zone_server

INCIDENT = {
    ("one-network", "ROUTE_WRONG_NETWORK"),
    ("chat-reaches-redis", "GOOGLE_MANAGED_SERVICE_NO_PEERING"),
    ("firewall-lets-chat-through", "FIREWALL_RULE"),
    ("implied-paths", "GOOGLE_MANAGED_SERVICE_NO_PEERING"),
    ("redis-endpoint", "UNKNOWN_INTERNAL_ADDRESS"),
    ("domain-certificate", "CERTIFICATE_CANNOT_BE_ISSUED"),
    ("managed-certificates", "CERTIFICATE_CANNOT_BE_ISSUED"),
    ("deprecated-names", "DEPRECATED_DOMAIN"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with the rules in it."""
    staging_rules(tmp_path)
    return tmp_path


def test_the_incident_fails_on_each_of_its_faults(folder: Path) -> None:
    with Emulator(incident()) as google, zone_server(incident()) as server:
        staging_rules(folder, probes=asking(server))
        ran = gate("--env", "staging", "--check-all", "--api-endpoint", google.url, "--report", "json", cwd=folder)
    assert ran.code == 1, ran.err
    assert ran.codes("fail") >= INCIDENT
    assert ran.codes("unknown", "error") == set()
    assert google.verbs == {"GET"}


def test_the_repair_passes_with_warnings_for_the_two_rules_that_only_look_useful(folder: Path) -> None:
    with Emulator(repaired()) as google, zone_server(repaired()) as server:
        staging_rules(folder, probes=asking(server))
        ran = gate("--env", "staging", "--check-all", "--api-endpoint", google.url, "--report", "json", cwd=folder)
    failed = [row for row in ran.json["results"] if row["status"] == "fail"]
    assert ran.code == 0, ran.out
    assert {(row["rule"], row["severity"]) for row in failed} == {
        ("redis-ingress-rule", "warning"),
        ("cloud-run-egress-rule", "warning"),
        ("dead-rules", "warning"),
        # Nothing is on the network `default`.
        ("dead-rules", "info"),
        ("shadowed-rules", "warning"),
    }
    dead = [row["evidence"][1] for row in failed if row["code"] == "DEAD_RULE" and row["rule"] == "dead-rules"]
    assert sorted(dead) == ["rule allow-cloud-run-egress", "rule allow-redis-ingress"]
    assert ran.json["verdict"] == "pass"
    assert google.verbs == {"GET"}


def test_warnings_fail_the_run_where_asked_to(folder: Path) -> None:
    with Emulator(repaired()) as google:
        ran = gate("--env", "staging", "--fail-on", "warning", "--api-endpoint", google.url, cwd=folder)
    assert ran.code == 1
    assert "exit 1" in ran.out.splitlines()[-1]


def test_small_pages_give_the_same_report(folder: Path) -> None:
    reports = []
    for size in (None, 1):
        with Emulator(incident(), page_size=size) as google:
            ran = gate("--env", "staging", "--api-endpoint", google.url, "--report", "json", cwd=folder)
        reports.append(ran.json["results"])
    assert reports[0] == reports[1]


def test_a_service_project_of_a_shared_vpc_is_judged_with_its_own_networks_and_those_of_the_host(folder: Path) -> None:
    with Emulator(shared_vpc()) as google:
        ran = gate("--env", "staging", "--api-endpoint", google.url, "--report", "json", cwd=folder)
    assert ran.codes("unknown", "error") == set(), ran.out
    asked = {request.path.split("/")[3] for request in google.requests if request.call == "compute.networks.list"}
    assert asked == {PROJECT, HOST_PROJECT}


def test_a_healthy_service_project_of_a_shared_vpc_passes(tmp_path: Path) -> None:
    with Emulator(shared_vpc()) as google:
        ran = gate("--project", PROJECT, "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 0, ran.out
    assert ran.codes("fail", "unknown", "error") == set()


def test_apis_that_are_off_in_the_host_project_leave_nothing_open(tmp_path: Path) -> None:
    off = [f"api/{HOST_PROJECT}/services/{name}.googleapis.com" for name in ("dns", "networkconnectivity")]
    with Emulator(shared_vpc().without(*off)) as google:
        ran = gate("--project", PROJECT, "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 0, ran.out
    assert google.calls["serviceusage.services.list"] == 2


def test_a_network_of_the_service_project_itself_is_judged_too(tmp_path: Path) -> None:
    opened = firewall("default", "anybody", direction="INGRESS", allowed=tcp("22"), sourceRanges=["0.0.0.0/0"])
    with Emulator(shared_vpc().including(*default_network(), opened)) as google:
        ran = gate("--project", PROJECT, "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 1, ran.out
    assert ran.codes("fail", "unknown", "error") == {
        ("internet-exposure", "OPEN_TO_INTERNET"),
        ("dead-rules", "EMPTY_NETWORK"),
    }


def test_a_connector_on_a_network_of_the_service_project_itself_is_judged(tmp_path: Path) -> None:
    world = shared_vpc().including(*default_network())
    moved = world.changed("connector/chat-connector", subnet=None, network="default", ipCidrRange="10.8.0.0/28")
    with Emulator(moved) as google:
        ran = gate("--project", PROJECT, "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert [row["status"] for row in ran.json["results"] if row["rule"] == "connector-range"] == ["pass"], ran.out
    assert ran.codes("unknown", "error") == set()


def test_the_rules_of_an_untouched_default_network_are_warnings(tmp_path: Path) -> None:
    with Emulator(repaired().including(*open_default_rules())) as google:
        ran = gate("--project", PROJECT, "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    failed = [row for row in ran.json["results"] if row["status"] == "fail" and row["rule"] == "internet-exposure"]
    assert ran.code == 0, ran.out
    assert [(row["rule"], row["severity"], row["evidence"][1]) for row in failed] == [
        ("internet-exposure", "warning", "rule default-allow-rdp"),
        ("internet-exposure", "warning", "rule default-allow-ssh"),
    ]


def test_the_bundled_rules_judge_a_project_by_its_name_alone(tmp_path: Path) -> None:
    with Emulator(repaired()) as google:
        ran = gate("--project", "chat-staging", "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 0, ran.out
    assert ran.codes("unknown", "error") == set()
    assert ran.json["environment"] == ""


def test_a_connector_on_another_network_than_redis_fails_by_the_projects_name_alone(tmp_path: Path) -> None:
    with Emulator(faulty("connector-network")) as google:
        ran = gate("--project", "chat-staging", "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 1, ran.out
    no_peering = "GOOGLE_MANAGED_SERVICE_NO_PEERING"
    assert ran.codes("fail", severity="error") == {("redis-endpoint", no_peering), ("implied-paths", no_peering)}
    (failed,) = [row for row in ran.json["results"] if (row["rule"], row["status"]) == ("redis-endpoint", "fail")]
    assert failed["subject"] == "run/chat-api"
    assert failed["message"] == (
        "REDIS_HOST is redis/chat-cache at 10.166.204.83:6379, reached from staging-vpc (project chat-staging) only, "
        "but run/chat-api is on default (project chat-staging) through connector/chat-connector."
    )


def test_a_service_without_vpc_access_does_not_come_to_redis(tmp_path: Path) -> None:
    world = repaired().with_variable("chat-web", "REDIS_HOST", "10.166.204.83")
    with Emulator(world) as google:
        ran = gate("--project", "chat-staging", "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 1, ran.out
    assert ran.codes("fail", severity="error") == {
        ("redis-endpoint", "VPC_CONNECTOR_NOT_SET"),
        ("implied-paths", "VPC_CONNECTOR_NOT_SET"),
    }


def test_redis_behind_an_inactive_peering_fails_by_the_projects_name_alone(tmp_path: Path) -> None:
    def inactive(old: list[dict[str, str]]) -> list[dict[str, str]]:
        return [each | ({"state": "INACTIVE"} if each["name"].startswith("redis-peer-") else {}) for each in old]

    with Emulator(repaired().changed("network/staging-vpc", peerings=inactive)) as google:
        ran = gate("--project", "chat-staging", "--api-endpoint", google.url, "--report", "json", cwd=tmp_path)
    assert ran.code == 1, ran.out
    no_peering = "GOOGLE_MANAGED_SERVICE_NO_PEERING"
    assert ran.codes("fail", severity="error") == {("redis-peered", no_peering), ("implied-paths", no_peering)}


def test_a_kind_no_selected_rule_needs_is_not_read(folder: Path) -> None:
    with Emulator(repaired()) as google:
        gate("--env", "staging", "--check", "sql", "--api-endpoint", google.url, cwd=folder)
    assert {call.partition(".")[0] for call in google.calls} <= {"sqladmin", "compute", "cloudresourcemanager"}
    assert "compute.firewalls.list" not in google.calls


def test_each_call_is_made_once(folder: Path) -> None:
    with Emulator(repaired()) as google:
        gate("--env", "staging", "--api-endpoint", google.url, cwd=folder)
    asked = [(request.host, request.path, tuple(sorted(request.query.items()))) for request in google.requests]
    assert len(asked) == len(set(asked))


def test_a_dry_run_makes_no_call_and_says_what_it_would_have_made(folder: Path) -> None:
    with Emulator(repaired()) as google:
        ran = gate("--env", "staging", "--dry-run", "--api-endpoint", google.url, cwd=folder)
    assert google.requests == ()
    assert ran.code == 0
    assert "/compute/v1/projects/chat-staging/global/networks" in ran.out
    assert "vpcaccess.connectors.list" in ran.out


OWN_DEMO = """
version: 1
environments:
  demo: {project: chat-staging, regions: [us-central1], snapshot: "embedded:incident"}
rules:
  mine: {check: connector.ready}
"""


def test_a_demo_of_ones_own_is_judged_by_ones_own_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(OWN_DEMO, encoding="utf-8")
    ran = gate("--env", "demo", "--report", "json", cwd=tmp_path)
    assert (ran.json["rules"], {row["rule"] for row in ran.json["results"]}) == ("rules rules.yaml", {"mine"})


@pytest.mark.parametrize("text", ["version: 1\nrules: {}\n", "not: [yaml", ""], ids=["no demo", "no YAML", "empty"])
def test_rules_that_declare_no_demo_leave_it_to_the_bundled_ones(text: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    assert gate("--env", "demo", "--report", "json", cwd=tmp_path).json["rules"] == "bundled rules"


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    broken = gate("--env", "demo", "--check-all", "--report", "json", cwd=tmp_path)
    mended = gate("--env", "demo-repaired", "--check-all", "--report", "json", cwd=tmp_path)
    assert (broken.code, mended.code) == (1, 0)
    assert broken.codes("fail") >= INCIDENT
