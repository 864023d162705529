"""The command's probes against real servers on loopback: what answers, what does not, and what must never leak."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gate import asking, gate, staging_rules
from tests.emulator.server import Emulator
from tests.emulator.world import World
from tests.environments.loopback import redis_at
from tests.environments.repaired import repaired
from tests.probe.dns_server import DnsServer
from tests.probe.redis_server import Server, free_port, running

PASSWORD = "c0rrect-h0rse-battery"
PING = ("--check", "redis.ping", "--report", "json")
ZONE = {
    ("api.staging.chat.example.", "A"): ["203.0.113.10"],
    ("app.staging.chat.example.", "A"): ["203.0.113.10"],
    ("chat.example.", "CAA"): ['0 issue "pki.goog"'],
}


def here(port: int) -> World:
    """The estate with its Redis at this port of loopback."""
    return redis_at(("127.0.0.1", port))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with the rules in it; each probe has a second."""
    staging_rules(tmp_path, probes='{resolver: "127.0.0.1:1", budget_s: 1}')
    return tmp_path


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Redis with a password."""
    with running(tmp_path_factory.mktemp("redis"), "--requirepass", PASSWORD) as server:
        yield server


def test_redis_answers_whoever_is_inside_and_has_the_password(folder: Path, redis: Server) -> None:
    with Emulator(here(redis.port)) as google:
        args = ("--env", "staging", "--vantage", "vpc", "--api-endpoint", google.url, *PING)
        ran = gate(*args, cwd=folder, VALIDATE_INFRA_REDIS_PASSWORD=PASSWORD)
    (row,) = [row for row in ran.json["results"] if row["subject"] == "redis/chat-cache"]
    assert (ran.code, row["status"]) == (0, "pass"), ran.out + ran.err
    assert "answers 10 of 10 PINGs" in row["message"]
    assert "seen from inside the VPC" in row["message"]
    assert PASSWORD not in ran.out + ran.err


@pytest.mark.parametrize(
    ("password", "code", "exit_code"),
    [("", "NOAUTH", 3), ("wr0ng-h0rse-battery", "WRONGPASS", 1)],
    ids=["none", "wrong"],
)
def test_a_missing_password_is_no_verdict_and_a_wrong_one_a_failure(
    password: str, code: str, exit_code: int, folder: Path, redis: Server
) -> None:
    given = {"VALIDATE_INFRA_REDIS_PASSWORD": password} if password else {}
    with Emulator(here(redis.port)) as google:
        args = ("--env", "staging", "--api-endpoint", google.url, *PING)
        ran = gate(*args, cwd=folder, VALIDATE_INFRA_VANTAGE="vpc", **given)
    assert ran.code == exit_code, ran.out + ran.err
    assert ("redis-ping", code) in ran.codes("fail", "unknown")
    assert not password or password not in ran.out + ran.err


def test_a_dead_redis_fails_and_says_what_the_model_makes_of_it(folder: Path) -> None:
    with Emulator(here(free_port())) as google:
        ran = gate("--env", "staging", "--vantage", "vpc", "--api-endpoint", google.url, *PING, cwd=folder)
    assert ran.code == 1, ran.out + ran.err
    assert ran.codes("fail") == {("redis-ping", "CONNECTION_REFUSED")}


def test_from_outside_no_packet_goes_to_a_private_address_and_nothing_passes(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Emulator(here(listener.getsockname()[1])) as google:
        ran = gate("--env", "staging", "--api-endpoint", google.url, *PING, cwd=folder)
        listener.settimeout(0.01)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert ran.code == 3, "nothing was judged"
    assert ran.json["summary"]["pass"] == 0
    assert ("redis-ping", "OUT_OF_REACH") in ran.codes("skipped")


def test_probes_are_made_only_where_they_are_asked_for(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Emulator(here(listener.getsockname()[1])) as google:
        args = ("--env", "staging", "--vantage", "vpc", "--api-endpoint", google.url)
        ran = gate(*args, "--check", "redis", "--report", "json", cwd=folder)
        dry = gate(*args, "--check-all", "--dry-run", cwd=folder)
        listener.settimeout(0.01)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert ("redis-ping", "PROBE_NOT_ASKED_FOR") in ran.codes("skipped")
    assert "# probes: real connections, made from inside the VPC" in dry.out
    assert "\nredis.ping  # each endpoint of Redis" in dry.out


def test_a_recording_holds_what_was_observed_and_no_password(folder: Path, redis: Server) -> None:
    chosen = ("--check", "redis.ping")
    given = {"VALIDATE_INFRA_REDIS_PASSWORD": PASSWORD}
    with Emulator(here(redis.port)) as google:
        args = ("--env", "staging", "--vantage", "vpc", "--api-endpoint", google.url)
        recorded = gate("snapshot", *args, *chosen, "-o", "then.json", cwd=folder, **given)
    assert recorded.code == 0, recorded.err
    text = (folder / "then.json").read_text(encoding="utf-8")
    assert PASSWORD not in text
    assert json.loads(text)["environment"]["vantage"] == "vpc"
    again = gate("--env", "staging", "--snapshot", "then.json", *PING, cwd=folder)
    (row,) = [row for row in again.json["results"] if row["subject"] == "redis/chat-cache"]
    assert (again.code, row["status"]) == (0, "pass")
    assert "seen from inside the VPC" in row["message"]


def test_names_are_asked_of_the_resolver_that_the_environment_names(tmp_path: Path) -> None:
    args = ("--env", "staging", "--check", "domain.lookup", "--report", "json")
    with DnsServer(ZONE, broken={"app.staging.chat.example.": "SERVFAIL"}) as server, Emulator(repaired()) as google:
        staging_rules(tmp_path, probes=asking(server, budget_s=2))
        ran = gate(*args, "--api-endpoint", google.url, cwd=tmp_path)
    assert ran.code == 1, ran.out + ran.err
    status = {row["subject"]: row["status"] for row in ran.json["results"]}
    assert status == {"domain/api.staging.chat.example": "pass", "domain/app.staging.chat.example": "fail"}
