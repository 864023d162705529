"""One connection to Redis by redis-py, over a socket that is ours: bounded in time and bytes, and nothing sent unasked.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import redis.exceptions as said
from redis.connection import Connection, DefaultParser

from validator.gcp.observed.failure import Failure
from validator.gcp.observed.redis import RedisFailure
from validator.probe.connect import BoundSocket, Clock, ConnectError, cut_off

#: Error replies, by how their text begins, and whether another try makes sense.
_REPLIES: Mapping[str, tuple[RedisFailure, bool]] = MappingProxyType(
    {
        "NOAUTH": (RedisFailure.NOAUTH, False),
        "WRONGPASS": (RedisFailure.WRONGPASS, False),
        "ERR invalid password": (RedisFailure.WRONGPASS, False),
        "ERR AUTH <password> called without any password": (RedisFailure.NO_PASSWORD_SET, False),
        "ERR Client sent AUTH, but no password is set": (RedisFailure.NO_PASSWORD_SET, False),
        "NOPERM": (RedisFailure.NOPERM, False),
        "LOADING": (RedisFailure.LOADING, True),
        "ERR max number of clients": (RedisFailure.MAX_CLIENTS, True),
        "MASTERDOWN": (RedisFailure.MASTERDOWN, True),
        "CLUSTERDOWN": (RedisFailure.CLUSTERDOWN, True),
        "MOVED": (RedisFailure.REDIRECTED, False),
        "ASK": (RedisFailure.REDIRECTED, False),
    }
)


class Wire:
    """A connection on which commands are answered one by one."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        """Talk over the connected socket, plain or TLS; `clock` bounds each answer until `allow` says otherwise."""
        self._bound = _RaisingSocket(sock, clock)
        self._connection: Any = _Given(self._bound)
        #: Whether the next answer would be that of the next command: not after one that broke off.
        self.usable = True

    def allow(self, clock: Clock) -> None:
        """Answers may take as long as this from now on."""
        self._bound.bind(clock)

    def ask(self, *words: str) -> Any:
        """The answer to a command, as redis-py decodes it.

        Raises:
            ConnectError: an error reply, something that is no reply, or none.
        """
        try:
            self._connection.send_command(*words)
            return self._connection.read_response()
        except said.ResponseError as problem:
            raise _refused(str(problem)) from None
        except said.RedisError as problem:
            self.usable = False
            raise ConnectError(Failure.GARBAGE, str(problem)) from None
        except (ValueError, OverflowError, RecursionError, MemoryError) as problem:
            # From within redis-py, for what is no RESP.
            self.usable = False
            raise ConnectError(Failure.GARBAGE, type(problem).__name__) from None
        except ConnectError:
            self.usable = False
            raise

    def close(self) -> None:
        """Drop the connection."""
        self._connection.disconnect()
        self._bound.close()


class _Verbatim(DefaultParser):  # type: ignore[misc, valid-type]
    """redis-py's parser, with error replies as they were sent."""

    EXCEPTION_CLASSES: Mapping[str, Any] = MappingProxyType({})


class _Given(Connection):
    """redis-py's connection, on a socket that stands already; it sends nothing by itself."""

    def __init__(self, sock: BoundSocket) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            protocol=2, encoding_errors="replace", decode_responses=True, parser_class=_Verbatim
        )
        self._given = sock

    def on_connect(self) -> None:
        self._parser.on_connect(self)

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - redis-py's
        self.on_connect()

    def _connect(self) -> BoundSocket:
        return self._given


class _RaisingSocket(BoundSocket):
    """Says how the connection broke, instead of what redis-py makes of an OSError."""

    def bind(self, clock: Clock) -> None:
        self._budget = clock

    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            data = super().recv(size, flags)
        except OSError as problem:
            raise cut_off(problem) from None
        if not data:
            raise ConnectError(Failure.CLOSED)
        return data

    def recv_into(self, buffer: bytearray) -> int:
        """As hiredis reads, where it is installed."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def sendall(self, data: bytes) -> None:
        try:
            super().sendall(data)
        except OSError as problem:
            raise cut_off(problem) from None


def _refused(text: str) -> ConnectError:
    for start, (failure, temporary) in _REPLIES.items():
        if text.startswith(start):
            return ConnectError(failure, text, temporary=temporary)
    return ConnectError(RedisFailure.ERROR_REPLY, text)
