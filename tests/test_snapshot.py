"""A recording comes back as it was, or is refused with a message that says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import connector, network, redis, service, sql, subnet, template, variable
from tests.collect.test_collector import World, collect
from tests.judging import ACME
from validator.model.connector import Connector
from validator.model.environment import Environment
from validator.model.firewall import NetworkFirewalls
from validator.model.kinds import KINDS
from validator.model.network import Network, Router, Subnetwork
from validator.model.outcome import Cause, Outcome
from validator.model.redis import RedisInstance
from validator.model.run import Service
from validator.model.sql import SqlInstance
from validator.snapshot import SCHEMA, SnapshotError, _digest, dump, load, rebase

A_READING = {"kind": "run", "call": "c", "target": {"project": "p"}, "outcome": {}}
BODY = ("taken_at", "environment", "kinds", "readings")
EVERYTHING = collect(
    World(
        {
            Connector: (connector(),),
            Network: (network(),),
            Subnetwork: (subnet(),),
            RedisInstance: (redis(),),
            SqlInstance: (sql(),),
            Service: (service(template=template(variable("REDIS_HOST", "10.1.2.3"))),),
            Router: Outcome(cause=Cause.TIMEOUT, message="did not answer"),
        }
    ),
    [Connector, Subnetwork, NetworkFirewalls, RedisInstance, SqlInstance, Service, Router],
)


def saved(tmp_path: Path, text: str) -> str:
    file = tmp_path / "snap.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_recording_comes_back_equal_and_saves_the_same_bytes(tmp_path: Path) -> None:
    back = load(saved(tmp_path, dump(EVERYTHING)))
    assert dump(back) == dump(EVERYTHING)
    assert set(back.readings) == set(EVERYTHING.readings)
    assert back.gaps(type(connector())) == ()


def test_variables_of_the_ruleset_are_not_recorded() -> None:
    named = msgspec.structs.replace(
        EVERYTHING, environment=Environment(project="acme", vars={"password": "hunter2-made-up"})
    )
    assert "hunter2" not in dump(named)


def resealed(**changes: Any) -> str:
    """The recording with changes, and a checksum that fits them."""
    whole = json.loads(dump(EVERYTHING)) | changes
    return json.dumps(whole | {"sha256": _digest({key: whole[key] for key in BODY})})


@pytest.mark.parametrize("noun", sorted({reading.kind for reading in EVERYTHING.readings if reading.outcome.complete}))
def test_a_reading_that_such_a_recording_must_hold_and_does_not_is_a_gap(noun: str, tmp_path: Path) -> None:
    readings = [reading for reading in json.loads(dump(EVERYTHING))["readings"] if reading["kind"] != noun]
    gaps = load(saved(tmp_path, resealed(readings=readings))).gaps(KINDS[noun])
    assert {gap.outcome.cause for gap in gaps} == {Cause.NOT_RECORDED}


def test_a_kind_whose_parents_were_not_recorded_is_a_gap(tmp_path: Path) -> None:
    kinds = sorted(EVERYTHING.kinds - {"network"})
    readings = [reading for reading in json.loads(dump(EVERYTHING))["readings"] if "network" not in reading["kind"]]
    back = load(saved(tmp_path, resealed(kinds=kinds, readings=readings)))
    assert {gap.outcome.cause for gap in back.gaps(NetworkFirewalls)} == {Cause.NOT_RECORDED}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"taken_at": "0001-01-01T00:00:00+23:59"}, id="a moment before time"),
        pytest.param({"taken_at": "2026-11-20T18:00:00"}, id="a moment without a zone"),
        pytest.param(
            {"readings": [{"kind": "run", "call": "c", "target": {"project": "p"}, "outcome": {}, "items": ["x"]}]},
            id="an item that is a text",
        ),
        pytest.param({"readings": ["x"]}, id="a reading that is a text"),
        pytest.param({"kinds": ["starship"]}, id="a kind nobody knows"),
    ],
)
def test_a_recording_that_was_made_up_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"damaged|does not know"):
        load(saved(tmp_path, resealed(**changes)))


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(dump(EVERYTHING)) | changes)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "damaged, not JSON", id="empty"),
        pytest.param(dump(EVERYTHING)[:500], "damaged, not JSON", id="cut off"),
        pytest.param("[" * 100_000, "damaged, not JSON", id="absurdly nested"),
        pytest.param("[]", "not a snapshot", id="a list"),
        pytest.param('{"schema": 3}', "not a snapshot", id="a strange schema"),
        pytest.param(changed(schema="other/1"), "not a snapshot", id="another tool's"),
        pytest.param(changed(schema="validate-infra.snapshot/9"), f"reads '{SCHEMA}'", id="a later version"),
        pytest.param(changed(kinds=[]), "do not match its checksum", id="edited"),
        pytest.param(changed(readings=None), "do not match its checksum", id="without readings"),
    ],
)
def test_a_damaged_recording_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        load(saved(tmp_path, text))
    assert complaint in str(caught.value)
    assert "snap.json: " in str(caught.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x80\x81\xff")
    for name, complaint in (("missing", "No such file"), ("binary", "not text"), (".", "Is a directory")):
        with pytest.raises(SnapshotError, match=complaint):
            load(str(tmp_path / name))


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        (Environment(project="other"), "recorded of project acme, but other is to be judged"),
        (Environment(project="acme", regions=("us-central1", "us-east1")), "of us-central1 only, but us-east1"),
        (Environment(project="acme"), "but every region is to be judged"),
        (
            Environment(project="acme", regions=("us-central1",), network_project="acme-host"),
            "recorded with network project the host the API named, not acme-host",
        ),
    ],
)
def test_a_recording_of_something_else_is_refused(environment: Environment, complaint: str) -> None:
    with pytest.raises(SnapshotError, match=complaint):
        rebase(EVERYTHING, environment, "snap.json")


def test_names_and_domains_of_the_ruleset_apply_to_the_recording() -> None:
    environment = msgspec.structs.replace(ACME, domains=("api.acme.example",))
    assert rebase(EVERYTHING, environment, "snap.json").environment.domains == ("api.acme.example",)
