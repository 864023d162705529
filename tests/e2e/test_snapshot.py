"""A recording gives what the live run gave, byte for byte apart from times and source, and holds no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.gate import ROOT, asking, gate, staging_rules
from tests.emulator.faults import Trouble, fault
from tests.emulator.server import Emulator
from tests.environments import record
from tests.environments.incident import incident
from tests.environments.platform import SECRETS
from tests.environments.repaired import repaired
from tests.environments.shared_vpc import shared_vpc
from tests.environments.zone import zone_server
from validator.snapshot import dump

WORLDS = {"incident": incident, "repaired": repaired, "shared_vpc": shared_vpc}


def timeless(report: str) -> str:
    """The JSON report without its source."""
    parsed = json.loads(report)
    del parsed["source"]
    return json.dumps(parsed)


@pytest.mark.parametrize("world", WORLDS)
def test_a_recording_is_judged_like_the_live_project(world: str, tmp_path: Path) -> None:
    described = WORLDS[world]()
    with Emulator(described) as google, zone_server(described) as server:
        staging_rules(tmp_path, probes=asking(server))
        at = ["--env", "staging", "--api-endpoint", google.url, "--check-all"]
        live = gate(*at, "--report", "json", cwd=tmp_path)
        made = gate("snapshot", *at, "-o", "snap.json", cwd=tmp_path)
    offline = gate("--env", "staging", "--check-all", "--snapshot", "snap.json", "--report", "json", cwd=tmp_path)
    assert made.code == 0, made.err
    assert (offline.code, timeless(offline.out)) == (live.code, timeless(live.out))


def test_what_could_not_be_read_is_recorded_as_such(tmp_path: Path) -> None:
    staging_rules(tmp_path)
    refused = Trouble(fault("permission-denied"), "redis.*")
    with Emulator(repaired(), refused) as google:
        at = ["--env", "staging", "--api-endpoint", google.url]
        live = gate(*at, "--report", "json", cwd=tmp_path)
        made = gate("snapshot", *at, "-o", "snap.json", cwd=tmp_path)
    offline = gate("--env", "staging", "--snapshot", "snap.json", "--report", "json", cwd=tmp_path)
    assert (live.code, made.code, offline.code) == (3, 3, 3)
    assert "not recorded: redis.projects.locations.instances.list" in made.err
    assert timeless(offline.out) == timeless(live.out)


def test_no_secret_of_the_environment_reaches_the_recording_or_the_report(tmp_path: Path) -> None:
    staging_rules(tmp_path)
    served = json.dumps([dict(described.body) for described in incident().resources])
    assert all(secret in served for secret in SECRETS.values())
    with Emulator(incident()) as google:
        at = ["--env", "staging", "--api-endpoint", google.url]
        report = gate(*at, "--report", "json", "-v", cwd=tmp_path)
        text = gate(*at, "-v", cwd=tmp_path)
        gate("snapshot", *at, "-o", "snap.json", cwd=tmp_path)
    everything = report.out + text.out + text.err + (tmp_path / "snap.json").read_text(encoding="utf-8")
    assert [secret for secret in SECRETS.values() if secret in everything] == []


@pytest.mark.parametrize("name", record.WORLDS)
def test_the_embedded_recordings_are_what_the_emulator_gives_today(name: str) -> None:
    embedded = json.loads((ROOT / f"validator/demo/{name}.json").read_text(encoding="utf-8"))
    assert embedded == json.loads(dump(record.recorded(name))), "run make recordings"
