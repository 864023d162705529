"""`redis.ping` against a real redis-server, and against servers that are none."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

from tests.probe.dns_server import DnsServer
from tests.probe.kits import kit
from tests.probe.redis_server import Server, free_port, running
from tests.probe.tls_server import Serve, closes, drips, listening, resets, says, silent
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.redis import Door, RedisFailure, RedisPing, reached
from validator.model.environment import SecretSource
from validator.probe.kit import Kit
from validator.probe.redis import observe, percentile

SECRET = "hunter2-made-up"
GIVEN = {"VALIDATE_INFRA_REDIS_PASSWORD": SECRET}
PASSWORD: dict[str, Any] = {"instance": "cache", "auth": "password", "only": True}
MAY_NOTHING = ("default", "on", "nopass", "~*", "-@all")


def ping(port: int, tools: Kit | None = None, host: str = "127.0.0.1", **door: Any) -> RedisPing:
    fields: dict[str, Any] = {"host": host, "port": port} | door
    return observe(Door(**fields).target("acme"), tools or kit())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("locked"), "--requirepass", SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("secure"), free_port()
    with running(folder, *tls_options(folder, authority, port), "--requirepass", SECRET, port=port) as server:
        yield server


def tls_options(folder: Path, authority: trustme.CA, port: int, name: str = "127.0.0.1") -> tuple[str, ...]:
    leaf = authority.issue_cert(name)
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    files = ("--tls-cert-file", str(folder / "cert.pem"), "--tls-key-file", str(folder / "key.pem"))
    authorities = ("--tls-ca-cert-file", str(folder / "cert.pem"), "--tls-auth-clients", "no")
    return ("--port", "0", "--tls-port", str(port), *files, *authorities)


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def test_a_server_that_answers_tells_latency_version_role_and_mode(plain: Server) -> None:
    row = ping(plain.port, kit(pings=20))
    assert (row.failure, row.sent, row.answered, row.attempts) == ("", 20, 20, 1)
    assert 0 < row.p50_ms <= row.p99_ms < 2000
    assert (row.role, row.mode, row.address, row.vantage) == ("master", "standalone", "127.0.0.1", "vpc")
    assert row.server_version.count(".") == 2
    assert reached(row) is True


def test_a_name_is_resolved_and_all_its_addresses_are_told(plain: Server) -> None:
    records = {("cache.internal.", "A"): ["127.0.0.1"], ("two.internal.", "A"): ["127.0.0.1", "127.0.0.9"]}
    with DnsServer(records) as resolver:
        tools = kit(resolver=resolver.address)
        one, two = (ping(plain.port, tools, host=f"{name}.internal") for name in ("cache", "two"))
        none = ping(plain.port, tools, host="gone.internal")
    assert (one.failure, one.addresses, one.answered) == ("", ("127.0.0.1",), 10)
    assert len(two.addresses) == 2
    assert (none.failure, none.attempts, reached(none)) == (Failure.NO_NAME, 0, None)


def test_the_password_opens_the_door_of_its_own_instance_only(locked: Server) -> None:
    opened = ping(locked.port, kit(environ=GIVEN), **PASSWORD)
    assert (opened.failure, opened.authenticated, opened.password_from) == ("", True, "$VALIDATE_INFRA_REDIS_PASSWORD")
    nobody: dict[str, Any] = {"instance": "cache"}
    for door in ({}, {"auth": "password"}, nobody, nobody | {"auth": "iam"}, PASSWORD | {"only": False}):
        assert ping(locked.port, kit(environ=GIVEN), **door).failure == RedisFailure.NOAUTH


def test_without_a_password_it_is_missing_and_with_another_it_is_wrong(locked: Server) -> None:
    assert ping(locked.port, **PASSWORD).failure == RedisFailure.NOAUTH
    wrong = ping(locked.port, kit(environ={"VALIDATE_INFRA_REDIS_PASSWORD": "not-it-made-up"}), **PASSWORD)
    assert (wrong.failure, wrong.attempts) == (RedisFailure.WRONGPASS, 1)
    nowhere = ping(locked.port, kit(redis_passwords={"cache": SecretSource(file="/does/not/exist")}), **PASSWORD)
    assert (nowhere.failure, "cannot be read" in nowhere.details) == (RedisFailure.NOAUTH, True)


def test_of_several_instances_with_auth_none_is_sent_what_is_meant_for_one(locked: Server) -> None:
    row = ping(locked.port, kit(environ=GIVEN), **PASSWORD | {"only": False})
    assert (row.failure, row.authenticated, row.password_from) == (
        RedisFailure.NOAUTH, False, "$VALIDATE_INFRA_REDIS_PASSWORD",
    )  # fmt: skip
    assert "probes.redis_passwords" in row.details


def test_a_stranger_with_the_address_of_an_instance_hears_nothing_from_outside() -> None:
    """Networks may use public ranges for themselves: https://cloud.google.com/vpc/docs/subnets#valid-ranges."""
    heard: list[bytes] = []

    def thief(connection: socket.socket) -> None:
        heard.append(connection.recv(1 << 14))
        connection.sendall(b"-NOAUTH Authentication required.\r\n")

    tools = kit(inside=False, environ=GIVEN)
    with listening(thief) as port, DnsServer({("cache.example.", "A"): ["127.0.0.1"]}) as resolver:
        named = kit(inside=False, environ=GIVEN, resolver=resolver.address)
        rows = [ping(port, tools, private=True, **PASSWORD)]
        rows.append(ping(port, named, "cache.example", private=True, **PASSWORD))
    assert {row.failure for row in rows} == {Failure.OUT_OF_REACH}
    assert heard == []


def test_a_password_that_nobody_asks_for_is_not_sent(plain: Server) -> None:
    row = ping(plain.port, kit(environ=GIVEN), **PASSWORD)
    assert (row.failure, row.authenticated) == ("", False)


def test_tls_with_the_instances_own_ca(secure: Server, authority: trustme.CA) -> None:
    row = ping(secure.port, kit(environ=GIVEN), tls=True, ca=pem(authority), **PASSWORD)
    assert (row.failure, row.unverified, row.authenticated, row.names_host) == ("", "", True, "yes")
    assert row.tls_version in ("TLSv1.2", "TLSv1.3")


def test_a_chain_of_another_ca_gets_no_password(secure: Server) -> None:
    row = ping(secure.port, kit(environ=GIVEN), tls=True, ca=pem(trustme.CA()), **PASSWORD)
    assert (row.failure, row.authenticated, row.attempts) == (Failure.CA_WRONG, False, 1)


@pytest.mark.parametrize("ca", ["", "no certificate", "k\N{LATIN SMALL LETTER E WITH ACUTE}y"])
def test_where_no_ca_is_known_it_is_said_and_no_password_is_sent(secure: Server, ca: str) -> None:
    row = ping(secure.port, kit(environ=GIVEN), tls=True, ca=ca, **PASSWORD)
    assert (row.failure, row.authenticated) == (RedisFailure.NOAUTH, False)
    assert row.unverified
    assert "could not be verified" in row.details


def test_a_certificate_that_names_another_host_is_told_and_passes_by_its_chain(
    tmp_path: Path, authority: trustme.CA
) -> None:
    port = free_port()
    with running(tmp_path, *tls_options(tmp_path, authority, port, "cache.example"), port=port):
        row = ping(port, tls=True, ca=pem(authority))
    assert (row.failure, row.names_host) == ("", "no")


def test_tls_on_the_plain_port_and_the_reverse(plain: Server, secure: Server, authority: trustme.CA) -> None:
    assert ping(plain.port, tls=True, ca=pem(authority)).failure == Failure.NOT_TLS
    assert ping(secure.port).failure == Failure.WANTS_TLS


def test_an_expired_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    leaf = authority.issue_cert("127.0.0.1", not_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    port = free_port()
    options = tls_options(tmp_path, authority, port)
    leaf.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    with running(tmp_path, *options, port=port):
        assert ping(port, tls=True, ca=pem(authority)).failure == Failure.CERTIFICATE_EXPIRED


def test_out_of_clients(tmp_path: Path) -> None:
    with running(tmp_path, "--maxclients", "1") as server, held(server):
        row = ping(server.port, kit(budget_s=0.4, random=lambda: 1.0))
    assert row.failure == RedisFailure.MAX_CLIENTS
    assert "max number of clients" in row.details


@contextlib.contextmanager
def held(server: Server) -> Iterator[None]:
    """The one place of a server taken."""
    while True:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
            sock.sendall(b"PING\r\n")
            with contextlib.suppress(ConnectionResetError):
                if sock.recv(7) == b"+PONG\r\n":
                    yield
                    return


def test_loading(tmp_path: Path) -> None:
    with running(tmp_path, "--enable-debug-command", "yes") as server:
        server.command("DEBUG", "POPULATE", "4000", "key", "100")
        assert server.command("SAVE") == b"+OK\r\n"
    # 200 µs for each of 4,000 keys: it takes longer to load than the probe has time.
    slow = ("--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024")
    with running(tmp_path, *slow) as server:
        row = ping(server.port, kit(budget_s=0.3, random=lambda: 1.0))
    assert (row.failure, row.answered) == (RedisFailure.LOADING, 0)


def test_loading_that_ends_within_the_budget_is_waited_for(tmp_path: Path) -> None:
    with running(tmp_path, "--enable-debug-command", "yes") as server:
        server.command("DEBUG", "POPULATE", "1000", "key", "100")
        server.command("SAVE")
    slow = ("--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024")
    with running(tmp_path, *slow) as server:
        row = ping(server.port, kit(budget_s=5, random=lambda: 0.05))
    assert (row.failure, row.answered) == ("", 10)


def test_a_replica_says_so(tmp_path: Path, plain: Server) -> None:
    with running(tmp_path, "--replicaof", f"127.0.0.1 {plain.port}") as server:
        assert (ping(server.port).role, ping(server.port).failure) == ("slave", "")


def test_a_node_of_a_cluster_says_so(tmp_path: Path) -> None:
    with running(tmp_path, "--cluster-enabled", "yes") as server:
        assert ping(server.port).mode == "cluster"


def test_a_user_that_may_not_ask_info_still_pings(tmp_path: Path) -> None:
    with running(tmp_path, "--user", *MAY_NOTHING, "+ping") as server:
        row = ping(server.port)
    assert (row.failure, row.answered, row.server_version, row.role) == ("", 10, "", "")


def test_a_user_that_may_not_ping(tmp_path: Path) -> None:
    with running(tmp_path, "--user", *MAY_NOTHING) as server:
        assert ping(server.port).failure == RedisFailure.NOPERM


def test_a_server_that_is_killed_in_the_middle_loses_pings(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        clock = Interrupting(server.kill, after=24)
        row = ping(server.port, kit(budget_s=0.4, random=lambda: 1.0, pings=100, clock=clock))
    assert 0 < row.answered < row.sent == 100
    assert row.failure in (Failure.CLOSED, Failure.RESET, Failure.REFUSED)
    assert (row.rate < 1, reached(row)) == (True, True)


class Interrupting:
    """The real clock, which does something once it was read a number of times."""

    def __init__(self, action: Callable[[], None], after: int) -> None:
        self._action = action
        self._left = after

    def __call__(self) -> float:
        self._left -= 1
        if self._left == 0:
            self._action()
        return time.monotonic()


def every(seconds: float) -> Serve:
    """Answers each command after so long."""

    def serve(connection: socket.socket) -> None:
        while asked := connection.recv(1 << 14):
            time.sleep(seconds)
            connection.sendall(b"+PONG\r\n" if b"PING" in asked else b"-ERR no\r\n")

    return serve


def test_pings_for_which_there_was_no_time_are_not_lost() -> None:
    with listening(every(0.02)) as port:
        row = ping(port, kit(budget_s=0.3, pings=200))
    assert (row.wanted, row.failure) == (200, "")
    assert 0 < row.sent == row.answered < 20
    assert 0 <= row.cut_ms < 100


def test_a_server_that_does_not_tell_of_itself_in_time_is_pinged_on_another_connection() -> None:
    def reserved(connection: socket.socket) -> None:
        while asked := connection.recv(1 << 14):
            if b"PING" not in asked:
                connection.recv(1)
                return
            connection.sendall(b"+PONG\r\n")

    with listening(reserved) as port:
        row = ping(port, kit(budget_s=0.5))
    assert (row.failure, row.sent, row.answered, row.attempts, row.role) == ("", 10, 10, 2, "")


def test_a_server_that_stops_in_the_middle_leaves_one_ping_without_an_answer() -> None:
    def stops(connection: socket.socket) -> None:
        for _ in range(6):
            connection.sendall(b"+PONG\r\n" if b"PING" in connection.recv(1 << 14) else b"-ERR no\r\n")
        connection.recv(1 << 14)
        connection.recv(1)

    with listening(stops) as port:
        row = ping(port, kit(budget_s=0.3))
    assert (row.sent, row.answered, row.wanted) == (2, 2, 10)
    assert 100 < row.cut_ms <= 300


def test_a_server_that_comes_back_is_pinged_on(tmp_path: Path) -> None:
    begun = time.monotonic()
    with running(tmp_path) as server:
        row = ping(server.port, kit(pings=50, clock=Interrupting(lambda: drop_clients(server), after=30)))
    assert (row.sent, row.answered) == (50, 49)
    assert time.monotonic() - begun < 5


def drop_clients(server: Server) -> None:
    server.command("CLIENT", "KILL", "TYPE", "normal")


NOT_REDIS: dict[str, tuple[Serve, Failure | RedisFailure]] = {
    "accepts and never answers": (silent, Failure.NO_ANSWER),
    "resets": (resets, Failure.RESET),
    "closes": (closes, Failure.CLOSED),
    "one byte at a time": (drips(b"+PONG\r\n" * 99, 0.05), Failure.NO_ANSWER),
    "a web server": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.GARBAGE),
    "a greeting": (says(b"+OK smtp ready\r\n"), Failure.GARBAGE),
    "random bytes": (says(bytes(range(128, 256)) + b"\r\n"), Failure.GARBAGE),
    "no number where one is due": (says(b"$abc\r\n"), Failure.GARBAGE),
    "a number without end": (says(b":" + b"9" * 5000 + b"\r\n"), Failure.GARBAGE),
    "lists without end": (says(b"*1\r\n" * 20_000), Failure.GARBAGE),
    "a gigabyte, it says": (says(b"$1000000000\r\n" + b"x" * 1_000_000), Failure.GARBAGE),
    "a line without end": (says(b"+" + b"x" * 1_000_000), Failure.GARBAGE),
    "a string longer than any memory": (says(b"$99999999999999999999\r\n"), Failure.GARBAGE),
    "a redirect": (says(b"-MOVED 1234 10.0.0.9:6379\r\n"), RedisFailure.REDIRECTED),
    "a redirect to nowhere": (says(b"-MOVED\r\n"), RedisFailure.REDIRECTED),
    "a cluster that is down": (says(b"-CLUSTERDOWN The cluster is down\r\n"), RedisFailure.CLUSTERDOWN),
    "another error": (says(b"-DENIED Redis is running in protected mode\r\n"), RedisFailure.ERROR_REPLY),
    "control characters": (says(b"-ERR \x1b[31m\x07\r\n"), RedisFailure.ERROR_REPLY),
}


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(("serve", "failure"), NOT_REDIS.values(), ids=list(NOT_REDIS))
def test_what_is_no_redis_is_told_within_the_budget(serve: Serve, failure: str, tls: bool) -> None:  # noqa: FBT001
    begun = time.monotonic()
    with listening(serve) as port:
        row = ping(port, kit(budget_s=0.5, random=lambda: 0.5), tls=tls)
        took = time.monotonic() - begun
    assert took < 1
    assert row.answered == 0
    assert row.failure == failure if not tls else row.failure
    assert len(row.details) <= 200
    assert row.details.isprintable()


def test_a_refusal_is_tried_again_and_stays_one() -> None:
    row = ping(free_port(), kit(budget_s=0.3, random=lambda: 0.1))
    assert row.failure == Failure.REFUSED
    assert row.attempts > 1
    assert 0 < row.waited_s <= 0.3


def test_from_outside_a_private_address_is_not_connected_to(plain: Server) -> None:
    row = ping(plain.port, kit(inside=False))
    assert (row.failure, row.vantage, row.attempts, row.sent) == (Failure.OUT_OF_REACH, "outside", 0, 0)


ECHOES: dict[str, list[bytes]] = {
    "an error that repeats the command": [b"-NOAUTH first\r\n", b"-ERR %s\r\n"],
    "a reply that is none": [b"-NOAUTH first\r\n", b"%s\r\n"],
    "a version": [b"-NOAUTH first\r\n", b"+OK\r\n", b"+PONG\r\n", b"+redis_version:7.%s\r\n", b"+role:%s\r\n"],
    "an answer to PING": [b"-NOAUTH first\r\n", b"+OK\r\n", b"+%s\r\n"],
}


@pytest.mark.parametrize("secret", [SECRET, "7", "päss'\"\\word"], ids=["usual", "one digit", "to be escaped"])
@pytest.mark.parametrize("replies", ECHOES.values(), ids=list(ECHOES))
def test_a_server_that_repeats_the_password_does_not_get_it_into_the_row(
    replies: list[bytes], secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    def serve(connection: socket.socket) -> None:
        for reply in replies:
            connection.recv(1 << 14)
            connection.sendall(reply.replace(b"%s", secret.encode()))
        connection.recv(1)

    caplog.set_level(logging.DEBUG)
    tools = kit(budget_s=0.3, random=lambda: 1.0, environ={"VALIDATE_INFRA_REDIS_PASSWORD": secret})
    with listening(serve) as port:
        row = ping(port, tools, **PASSWORD)
    texts = [row.details, row.server_version, row.role, row.mode, row.unverified, row.tls_version, row.names_host]
    assert not any(secret in text or ascii(secret)[1:-1] in text for text in texts)
    if len(secret) > 1:
        assert secret not in f"{row!r}{msgspec.json.encode(row).decode()}{caplog.text}{tools!r}"


def test_twenty_names_of_one_dead_address_wait_once() -> None:
    port, tools, begun = free_port(), kit(budget_s=0.5, random=lambda: 0.2), time.monotonic()
    rows: list[RedisPing] = []
    doors = [Door(host="127.0.0.1", port=port, instance=f"i{number}") for number in range(20)]
    threads = [
        threading.Thread(target=lambda one=door: rows.append(observe(one.target("acme"), tools))) for door in doors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 1.5
    assert {row.failure for row in rows} == {Failure.REFUSED}
    assert sum(row.attempts > 0 for row in rows) == 1
    late = observe(Door(host="127.0.0.1", port=port, instance="late").target("acme"), tools)
    assert (late.failure, late.attempts, late.took_s < 0.1) == (Failure.REFUSED, 0, True)


@pytest.mark.parametrize(
    ("seconds", "percent", "expected"),
    [([], 99, 0.0), ([0.001], 50, 1.0), ([0.001, 0.002], 50, 1.0), ([0.001] * 99 + [1.0], 99, 1.0)],
)
def test_percentiles_are_those_of_the_nearest_rank(seconds: list[float], percent: int, expected: float) -> None:
    assert percentile(seconds, percent) == expected
