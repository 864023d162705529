"""`sql.connect` against servers that speak the first packets of PostgreSQL and MySQL, and TLS behind them."""

from __future__ import annotations

import datetime as dt
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from tests.probe.kits import kit
from tests.probe.redis_server import free_port
from tests.probe.tls_server import Serve, certified, closes, drips, listening, resets, says, silent, tls
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.sql import Gate, SqlConnection, SqlFailure, reached
from validator.probe.kit import Kit
from validator.probe.sql import observe

AUTHORITY = trustme.CA()
PEM = AUTHORITY.cert_pem.bytes().decode()
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def leaf(**options: Any) -> trustme.LeafCert:
    return AUTHORITY.issue_cert("db.example", **options)


def postgres(answer: bytes = b"S", certificate: trustme.LeafCert | None = None) -> Serve:
    def serve(connection: socket.socket) -> None:
        if connection.recv(8) != SSL_REQUEST:
            return
        connection.sendall(answer)
        tls(certified(certificate or leaf()))(connection)

    return serve


def greeting(flags: int = 0xFFFF, version: bytes = b"8.0.31-google", protocol: int = 10) -> bytes:
    body = bytes((protocol,)) + version + b"\0" + struct.pack("<I8sxHBHH", 7, b"n" * 8, flags, 45, 2, 0xFFFF)
    return packet(body)


def packet(body: bytes, number: int = 0) -> bytes:
    return len(body).to_bytes(3, "little") + bytes((number,)) + body


def mysql(first: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(first)
        asked = connection.recv(36)
        well_formed = len(asked) == 36 and asked[:4] == b"\x20\0\0\1" and asked[5] & 0x08
        if well_formed:
            tls(certified(leaf()))(connection)

    return serve


def connect(port: int, protocol: str, tools: Kit | None = None, ca: str = PEM) -> SqlConnection:
    gate = Gate(host="127.0.0.1", port=port, protocol=protocol, ca=ca)
    return observe(gate.target("acme"), tools or kit())


SPEAKS: dict[str, tuple[Serve, str]] = {
    "PostgreSQL": (postgres(), "postgres"),
    "MySQL": (mysql(greeting()), "mysql"),
}


@pytest.mark.parametrize(("serve", "protocol"), SPEAKS.values(), ids=list(SPEAKS))
def test_a_database_that_speaks_tls_with_its_own_ca(serve: Serve, protocol: str) -> None:
    with listening(serve) as port:
        row = connect(port, protocol)
    assert (row.failure, row.unverified, row.connected, row.attempts) == ("", "", True, 1)
    assert row.tls_version in ("TLSv1.2", "TLSv1.3")
    assert len(row.fingerprint) == 64
    assert dt.datetime.fromisoformat(row.not_after).tzinfo
    assert row.connect_ms > 0
    assert reached(row) is True


def test_no_more_than_tcp_is_tried_where_the_protocol_is_not_known() -> None:
    with listening(silent) as port:
        row = connect(port, "")
    assert (row.failure, row.connected, row.tls_version) == ("", True, "")


def test_where_no_ca_is_known_the_chain_is_not_verified() -> None:
    with listening(postgres()) as port:
        row = connect(port, "postgres", ca="")
    assert (row.failure, row.unverified) == ("", "no CA of it is known")


FAILS: dict[str, tuple[Serve, str, str]] = {
    "no TLS in PostgreSQL": (postgres(b"N"), "postgres", SqlFailure.NO_TLS),
    "an error of PostgreSQL": (postgres(b"E"), "postgres", SqlFailure.ERROR_REPLY),
    "another letter": (postgres(b"X"), "postgres", Failure.GARBAGE),
    "plain text after S": (says(b"Shello, world"), "postgres", Failure.NOT_TLS),
    "a certificate that is over": (
        postgres(certificate=leaf(not_after=LONG_AGO)), "postgres", Failure.CERTIFICATE_EXPIRED,
    ),
    "a certificate of another CA": (
        postgres(certificate=trustme.CA().issue_cert("db.example")), "postgres", Failure.CA_WRONG,
    ),
    "no TLS in MySQL": (mysql(greeting(0xF7FF)), "mysql", SqlFailure.NO_TLS),
    "too many connections": (
        mysql(packet(b"\xff" + struct.pack("<H", 1040) + b"Too many")), "mysql", SqlFailure.TOO_MANY_CONNECTIONS,
    ),
    "a host that is refused": (
        mysql(packet(b"\xff" + struct.pack("<H", 1130) + b"Host not allowed")), "mysql", SqlFailure.HOST_REFUSED,
    ),
    "another error of MySQL": (mysql(packet(b"\xff\x01\x02?")), "mysql", SqlFailure.ERROR_REPLY),
    "another protocol version": (mysql(greeting(protocol=9)), "mysql", Failure.GARBAGE),
    "a greeting without an end": (mysql(packet(b"\x0a" + b"x" * 90)), "mysql", Failure.GARBAGE),
    "a short greeting": (mysql(packet(b"\x0a8.0\0abc")), "mysql", Failure.GARBAGE),
    "an empty packet": (mysql(packet(b"")), "mysql", Failure.GARBAGE),
    "a packet of 16 MB, it says": (mysql(b"\xff\xff\xff\0" + b"x" * 100), "mysql", Failure.GARBAGE),
    "a packet out of order": (mysql(packet(b"\x0a8.0\0", 3)), "mysql", Failure.GARBAGE),
    "MySQL that never speaks": (silent, "mysql", Failure.NO_ANSWER),
    "PostgreSQL that never answers": (silent, "postgres", Failure.NO_ANSWER),
    "a reset": (resets, "postgres", Failure.RESET),
    "an end": (closes, "postgres", Failure.CLOSED),
    "one byte at a time": (drips(greeting(), 0.05), "mysql", Failure.NO_ANSWER),
    "one byte of TLS at a time": (drips(b"S\x16\x03\x03\x40" + b"\0" * 90, 0.05), "postgres", Failure.NO_ANSWER),
    "a web server": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "postgres", Failure.GARBAGE),
}  # fmt: skip


@pytest.mark.parametrize(("serve", "protocol", "failure"), FAILS.values(), ids=list(FAILS))
def test_fails_within_the_budget(serve: Serve, protocol: str, failure: str) -> None:
    begun = time.monotonic()
    with listening(serve) as port:
        row = connect(port, protocol, kit(budget_s=0.3, random=lambda: 1.0))
        took = time.monotonic() - begun
    assert (row.failure, row.connected) == (failure, True)
    assert took < 1
    assert row.details.isprintable()
    assert len(row.details) <= 200


@pytest.mark.parametrize(
    ("said", "shown"),
    [(b"H", '"H" in answer to the request for TLS, where S or N was expected'), (b"\xff", "the bytes ff in answer")],
)
def test_what_came_back_is_told_in_words(said: bytes, shown: str) -> None:
    with listening(postgres(said)) as port:
        row = connect(port, "postgres")
    assert row.details.startswith(shown)


def test_a_ca_that_is_no_text_is_told() -> None:
    with listening(postgres()) as port:
        row = connect(port, "postgres", ca="k\N{LATIN SMALL LETTER E WITH ACUTE}y")
    assert (row.failure, row.unverified) == ("", "the CA that the API tells is no certificate")


def test_nobody_is_there() -> None:
    row = connect(free_port(), "postgres", kit(budget_s=0.2, random=lambda: 1.0))
    assert (row.failure, row.connected, reached(row)) == (Failure.REFUSED, False, True)


def test_from_outside_it_is_not_connected_to() -> None:
    row = connect(5432, "postgres", kit(inside=False))
    assert (row.failure, row.attempts, row.vantage, reached(row)) == (Failure.OUT_OF_REACH, 0, "outside", None)


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 3
