"""`validate-infra path` against the emulated project and the embedded demo: hops, verdict, exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.gate import Ran, gate, staging_rules
from tests.emulator.faults import ALL_FAULTS, Trouble
from tests.emulator.server import Emulator
from tests.emulator.world import World
from tests.environments.incident import faulty, incident
from tests.environments.network import firewall, tcp
from tests.environments.repaired import repaired
from validator.report.path import json as path_json

TO_REDIS = ("--from", "run/chat-api", "--to", "redis/chat-cache")


def path(world: World, folder: Path, *arguments: str, trouble: tuple[Trouble, ...] = ()) -> tuple[Ran, Emulator]:
    """What the command says of the live environment."""
    staging_rules(folder)
    with Emulator(world, *trouble) as google:
        ran = gate("path", "--env", "staging", "--api-endpoint", google.url, *arguments, cwd=folder)
    return ran, google


def document(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    jsonschema.Draft202012Validator(path_json.schema()).validate(found)
    return found


def test_a_path_that_arrives_is_shown_hop_by_hop(tmp_path: Path) -> None:
    ran, google = path(repaired(), tmp_path, *TO_REDIS)
    assert ran.code == 0, ran.err
    seconds = [line.split()[1] for line in ran.out.splitlines() if line.strip()[:1].isdigit()]
    assert [word for word in seconds if word.isupper()] == [
        "START_FROM_CLOUD_RUN_REVISION", "ARRIVE_AT_VPC_CONNECTOR", "APPLY_EGRESS_FIREWALL_RULE", "APPLY_ROUTE",
    ]  # fmt: skip
    assert "DELIVER  REDIS_INSTANCE" in ran.out
    assert ran.out.splitlines()[-1] == "run/chat-api → redis/chat-cache: REACHABLE, every packet arrives (exit 0)"
    assert google.verbs == {"GET"}


def half_denied() -> World:
    """The repaired estate, in which a rule takes the upper half of the connector's range."""
    deny = {"denied": tcp("6379"), "sourceRanges": ["10.2.0.8/29"], "priority": 10}
    return repaired().including(firewall("staging-vpc", "deny-half", **deny))


BROKEN = {
    "the incident's connector": (incident(), "GOOGLE_MANAGED_SERVICE_NO_PEERING", "UNREACHABLE"),
    "no egress rule": (faulty("firewall"), "FIREWALL_RULE", "UNREACHABLE"),
    "half of the range is denied": (half_denied(), "FIREWALL_RULE", "AMBIGUOUS"),
}


@pytest.mark.parametrize(("world", "code", "result"), BROKEN.values(), ids=list(BROKEN))
def test_a_path_that_does_not_arrive_names_hop_packet_and_mend(
    world: World, code: str, result: str, tmp_path: Path
) -> None:
    ran, _ = path(world, tmp_path, *TO_REDIS, "--report", "json")
    found = document(ran)
    lost = [part for part in found["traces"] if part["end"] == "DROP"]
    assert (ran.code, found["exit_code"], found["result"]) == (1, 1, result)
    assert [part["code"] for part in lost] == [code]
    assert lost[0]["packet"]["destination"] == "10.166.204.83"
    assert lost[0]["fix"]["summary"]


def test_the_half_that_is_denied_is_told_exactly(tmp_path: Path) -> None:
    ran, _ = path(half_denied(), tmp_path, *TO_REDIS, "--report", "json")
    parts = {part["end"]: part["boxes"][0]["sources"] for part in document(ran)["traces"]}
    assert parts == {"DELIVER": ["10.2.0.0/29"], "DROP": ["10.2.0.8/29"]}


@pytest.mark.parametrize(
    "call", ["compute.routes.list", "compute.networks.getEffectiveFirewalls", "redis.projects.locations.instances.list"]
)
def test_a_read_that_failed_leaves_the_path_open_and_is_named(call: str, tmp_path: Path) -> None:
    denied = next(fault for fault in ALL_FAULTS if fault.name == "permission-denied")
    ran, google = path(repaired(), tmp_path, *TO_REDIS, trouble=(Trouble(denied, call),))
    assert ran.code == 3, ran.out
    assert f"UNKNOWN not known: {call}" in " ".join(ran.out.split())
    assert "UNDETERMINED" in ran.out.splitlines()[-1]
    assert google.verbs == {"GET"}


def test_zones_that_cannot_be_read_do_not_matter_to_an_address(tmp_path: Path) -> None:
    denied = next(fault for fault in ALL_FAULTS if fault.name == "permission-denied")
    trouble = (Trouble(denied, "dns.managedZones.list"),)
    assert path(repaired(), tmp_path, *TO_REDIS, trouble=trouble)[0].code == 0
    by_name = ("--from", "run/chat-worker", "--to", "host:storage.googleapis.com:443")
    assert path(repaired(), tmp_path, *by_name, trouble=trouble)[0].code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--from", "run/chat-worker", "--to", "redis/chat-cache"), 0),
        (("--from", "run/chat-worker", "--to", "internet", "--port", "443"), 0),
        (("--from", "run/chat-worker", "--to", "host:api.openai.com:443"), 0),
        (("--from", "run/chat-api", "--to", "redis/chat-cache", "--protocol", "all"), 1),
        (("--from", "connector/chat-connector", "--to", "sql/chat-db"), 1),
        (("--from", "cidr:10.1.0.0/24", "--network", "staging-vpc", "--to", "run/chat-api"), 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_demo_traces_without_any_project(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    assert gate("path", "--env", "demo", *arguments, cwd=tmp_path).code == code


def test_a_dry_run_makes_no_call(tmp_path: Path) -> None:
    ran, google = path(repaired(), tmp_path, *TO_REDIS, "--dry-run")
    assert (ran.code, google.requests) == (0, ())
    assert "networkconnectivity.googleapis.com" in ran.out


def test_a_path_is_the_same_in_a_recording(tmp_path: Path) -> None:
    ran, _ = path(repaired(), tmp_path, *TO_REDIS, "--report", "json")
    again = gate("path", "--env", "demo-repaired", *TO_REDIS, "--report", "json", cwd=tmp_path)
    assert document(ran)["traces"] == document(again)["traces"]
