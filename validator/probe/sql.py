"""Connects to a database as its clients do, up to the end of the TLS handshake, and leaves before logging in.

MySQL counts clients that leave there and, after 100 in a row from one host, refuses that host until somebody logs in
from it (max_connect_errors); a probe adds one or a few.
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from validator.gcp.observed.failure import Failure
from validator.gcp.observed.sql import Gate, SqlConnection, SqlFailure
from validator.model.resource import Target
from validator.probe.connect import BoundSocket, ConnectError, Part, Trail, connect, cut_off, patiently
from validator.probe.kit import Kit
from validator.probe.trust import secure

#: The code that stands where PostgreSQL's start-up packet has a version.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
#: The longest greeting of MySQL that is read.
_LONGEST_PACKET = 1 << 12
_GREETING, _ERROR = 10, 0xFF
_CLIENT_SSL, _PROTOCOL_41, _SECURE_CONNECTION = 0x800, 0x200, 0x8000
_UTF8MB4, _LARGEST_ANSWER = 45, 1 << 24
#: MySQL's errors before a greeting: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
_ERRORS = {
    1040: SqlFailure.TOO_MANY_CONNECTIONS,
    1203: SqlFailure.TOO_MANY_CONNECTIONS,
    1129: SqlFailure.HOST_REFUSED,
    1130: SqlFailure.HOST_REFUSED,
}


def observe(target: Target, kit: Kit) -> SqlConnection:
    """What the address answers, within the budget; a failed connection is an answer too."""
    gate, budget, trail = Gate.of(target), kit.budget(), Trail()
    facts: dict[str, Any] = {}
    problem: ConnectError | None = None

    def once() -> None:
        begun = kit.clock()
        waited = trail.waited_s
        sock = connect(gate.host, gate.port, kit, budget, trail, private=True)
        facts["connected"] = True
        facts["connect_ms"] = round((kit.clock() - begun - (trail.waited_s - waited)) * 1000, 3)
        with sock:
            _talk(gate, sock, Part(budget), facts)

    try:
        patiently(once, budget, trail)
    except ConnectError as found:
        problem = found
    return SqlConnection(
        name=str(gate),
        project=target.project,
        host=gate.host,
        port=gate.port,
        protocol=gate.protocol,
        vantage=kit.vantage,
        failure=str(problem.failure) if problem else "",
        details=problem.details if problem else "",
        attempts=trail.attempts,
        waited_s=round(trail.waited_s, 3),
        took_s=round(budget.seconds - budget.remaining(), 3),
        **facts,
    )


def _talk(gate: Gate, sock: socket.socket, clock: Part, facts: dict[str, Any]) -> None:
    """Agree on TLS in the words of the protocol, and go through its handshake.

    Raises:
        ConnectError: either fails.
    """
    agree = _AGREE.get(gate.protocol)
    if agree is None:
        return
    agree(BoundSocket(sock, clock))
    secured = secure(sock, gate.host, clock, ca=gate.ca, verify=bool(gate.ca))
    facts |= {
        "tls_version": secured.version,
        "fingerprint": secured.fingerprint,
        "not_after": secured.not_after,
        "unverified": secured.unverified,
    }
    secured.sock.close()


def _agree_postgres(sock: BoundSocket) -> None:
    """One byte answers: S for yes, N for no, E for an error from before TLS was known."""
    _send(sock, _SSL_REQUEST)
    answer = sock.read(1)
    if answer == b"S":
        return
    if answer == b"N":
        raise ConnectError(SqlFailure.NO_TLS)
    if answer == b"E":
        raise ConnectError(SqlFailure.ERROR_REPLY, "an error in answer to the request for TLS")
    raise ConnectError(Failure.GARBAGE, f"{_shown(answer)} in answer to the request for TLS, where S or N was expected")


def _agree_mysql(sock: BoundSocket) -> None:
    """The server speaks first, and says what it can."""
    header = sock.read(4)
    length = int.from_bytes(header[:3], "little")
    if not 1 <= length <= _LONGEST_PACKET or header[3]:
        raise ConnectError(Failure.GARBAGE, f"{_shown(header)} where a greeting of MySQL was expected")
    payload = sock.read(length)
    if payload[0] == _ERROR:
        raise _error(payload)
    if payload[0] != _GREETING:
        raise ConnectError(Failure.GARBAGE, f"protocol version {payload[0]} where a greeting of MySQL was expected")
    if not _capabilities(payload) & _CLIENT_SSL:
        raise ConnectError(SqlFailure.NO_TLS)
    flags = _CLIENT_SSL | _PROTOCOL_41 | _SECURE_CONNECTION
    body = struct.pack("<IIB23x", flags, _LARGEST_ANSWER, _UTF8MB4)
    _send(sock, struct.pack("<I", len(body) | 1 << 24) + body)


def _shown(data: bytes) -> str:
    """Bytes as a person reads them: the text that they are, else their numbers."""
    text = data.decode("ascii", errors="replace")
    return f'"{text}"' if text.isascii() and text.isprintable() else f"the bytes {data.hex(' ')}"


def _capabilities(greeting: bytes) -> int:
    """The lower half of the capability flags, behind version, thread id (4), nonce (8) and a filler.

    Raises:
        ConnectError: the greeting ends before them.
    """
    _, end, rest = greeting[1:].partition(b"\0")
    if not end or len(rest) < 15:  # noqa: PLR2004 - up to the end of the flags
        raise ConnectError(Failure.GARBAGE, "a greeting of MySQL that ends too early")
    return int.from_bytes(rest[13:15], "little")


def _error(payload: bytes) -> ConnectError:
    """An error packet before any login: code, and a text without a state."""
    code = int.from_bytes(payload[1:3], "little")
    failure = _ERRORS.get(code, SqlFailure.ERROR_REPLY)
    temporary = failure == SqlFailure.TOO_MANY_CONNECTIONS
    return ConnectError(failure, f"{code}: {payload[3:].decode(errors='replace')}", temporary=temporary)


def _send(sock: BoundSocket, data: bytes) -> None:
    try:
        sock.sendall(data)
    except OSError as problem:
        raise cut_off(problem) from None


_AGREE: dict[str, Callable[[BoundSocket], None]] = {"postgres": _agree_postgres, "mysql": _agree_mysql}
