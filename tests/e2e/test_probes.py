"""The command's probes against real servers on loopback: what answers, what does not, and what must never leak."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.e2e.gate import asking, gate, staging_rules
from tests.emulator.server import Emulator
from tests.emulator.world import World
from tests.environments.edge import API, APP
from tests.environments.loopback import redis_at
from tests.environments.repaired import repaired
from tests.probe.dns_server import DnsServer
from tests.probe.redis_server import Server, free_port, running
from tests.probe.tls_server import certified, listening, tls

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


def behind(port: int, pem: str) -> World:
    """The estate with its load balancer at this port of loopback, and an uploaded certificate."""
    uploaded = {"type": "SELF_MANAGED", "managed": None, "certificate": pem}
    world = repaired().changed("certificate/chat-staging-2026", **uploaded, expireTime="2099-01-01T00:00:00.000-08:00")
    return world.changed("forwarding-rule/chat-https", IPAddress="127.0.0.1", portRange=f"{port}-{port}")


@pytest.mark.parametrize(
    ("same", "expected"),
    [(True, (0, set())), (False, (1, {("domain-handshake", "CERTIFICATE_NOT_AS_PREDICTED")}))],
    ids=["the one that the configuration holds", "another one of the same names"],
)
def test_the_certificate_that_is_shown_is_compared_with_the_one_that_is_configured(
    same: bool,  # noqa: FBT001 - a column of the table
    expected: tuple[int, set[tuple[str, str]]],
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    shown, other = (authority.issue_cert(API, APP) for _ in range(2))
    configured = "".join(pem.bytes().decode() for pem in (shown if same else other).cert_chain_pems)
    with listening(tls(certified(shown))) as port, Emulator(behind(port, configured)) as google:
        staging_rules(tmp_path, probes='{resolver: "127.0.0.1:1", ca_file: ca.pem}')
        args = ("--env", "staging", "--vantage", "vpc", "--check", "domain.handshake", "--report", "json")
        ran = gate(*args, "--api-endpoint", google.url, cwd=tmp_path)
    assert (ran.code, ran.codes("fail", "unknown", "error")) == expected, ran.out + ran.err


def test_a_file_of_authorities_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    staging_rules(tmp_path, probes='{resolver: "127.0.0.1:1", ca_file: internal.pem}')
    with Emulator(repaired()) as google:
        args = ("--env", "staging", "--api-endpoint", google.url)
        ran = gate(*args, "--check-all", cwd=tmp_path)
    assert (ran.code, google.requests) == (2, ())
    assert f"probes.ca_file internal.pem cannot be read in {tmp_path}: No such file or directory" in ran.err


def test_a_check_that_no_rule_uses_is_answered_with_the_rule_to_write(tmp_path: Path) -> None:
    demo = "{project: chat-staging, regions: [us-central1], snapshot: 'embedded:incident'}"
    rules = f"version: 1\nenvironments: {{demo: {demo}}}\nrules: {{mine: {{check: connector.ready}}}}\n"
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    ran = gate("--env", "demo", "--check", "redis.ping", cwd=tmp_path)
    assert ran.code == 2
    assert "redis-ping: {check: redis.ping, allow_empty: true}" in ran.err
    asked = gate("--env", "demo", "--check-all", "--vantage", "vpc", cwd=tmp_path)
    assert "no rule judged here makes a probe, so --check-all made none" in " ".join(asked.out.split())
    assert "--vantage has no say in a recording" in asked.out
