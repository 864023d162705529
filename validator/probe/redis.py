"""PINGs one Redis endpoint as a client would, and tells apart what can go wrong on the way.

The first PING goes out before AUTH: a password is sent only to a server that speaks Redis, asks for it, and stands
where a known instance does.
https://redis.io/docs/latest/commands/ping/ https://redis.io/docs/latest/commands/auth/
"""

from __future__ import annotations

import contextlib
import math
import re
import socket
from collections.abc import Sequence
from typing import Any

from validator.gcp.observed.failure import Failure
from validator.gcp.observed.redis import Door, RedisFailure, RedisPing
from validator.model.resource import Target
from validator.patience import Budget
from validator.probe.connect import Clock, ConnectError, Part, Trail, connect, patiently
from validator.probe.kit import Kit
from validator.probe.passwords import Password
from validator.probe.redis_wire import Wire
from validator.probe.trust import Secured, secure

#: What it looks like, among other things, to speak TLS to a plain port, or plain text to one with TLS.
_MAYBE_THE_OTHER_WAY = frozenset(
    (Failure.CLOSED, Failure.RESET, Failure.NO_ANSWER, Failure.GARBAGE, Failure.NOT_TLS, Failure.TLS_FAILED)
)
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}")
_ROLES = {"master": "master", "slave": "slave", "replica": "slave"}
_MODES = ("standalone", "cluster", "sentinel")


def observe(target: Target, kit: Kit) -> RedisPing:
    """What the endpoint answers, within the budget; a failed connection is an answer too."""
    return _Conversation(Door.of(target), kit).row(target.project)


class _Conversation:
    """Everything said to one endpoint."""

    def __init__(self, door: Door, kit: Kit) -> None:
        self._door = door
        self._kit = kit
        # Before the time begins: a password that comes out of a pipe may take a while.
        self._password = kit.redis_password(door.instance, only=door.only) if door.auth == "password" else None
        self._budget: Budget = kit.budget()
        self._trail = Trail()
        #: Whether the server was told the password: from then on none of its words are kept, whatever they spell.
        self._told = False
        self._unverified = ""
        self._facts: dict[str, Any] = {}
        self._sent = 0
        self._cut_s = 0.0
        self._latencies: list[float] = []
        self._asked_the_other_way = False

    def row(self, project: str) -> RedisPing:
        """The whole conversation."""
        problem = self._talk()
        took = self._budget.seconds - self._budget.remaining()
        return RedisPing(
            name=str(self._door),
            project=project,
            host=self._door.host,
            port=self._door.port,
            tls=self._door.tls,
            instance=self._door.instance,
            vantage=self._kit.vantage,
            addresses=self._trail.addresses,
            address=self._trail.address,
            failure=str(problem.failure) if problem else "",
            details=self._shown(problem.details) if problem else "",
            attempts=self._trail.attempts,
            waited_s=round(self._trail.waited_s, 3),
            took_s=round(took, 3),
            wanted=self._kit.probing.pings,
            sent=self._sent,
            answered=len(self._latencies),
            p50_ms=percentile(self._latencies, 50),
            p99_ms=percentile(self._latencies, 99),
            cut_ms=round(self._cut_s * 1000, 3),
            unverified=self._unverified,
            password_from=self._password.source if self._password else "",
            **self._facts,
        )

    def _talk(self) -> ConnectError | None:
        """The last failure, or None where there was none at all."""
        try:
            wire = patiently(self._open, self._budget, self._trail)
        except ConnectError as problem:
            return problem
        wire.allow(Part(self._budget))
        self._facts |= self._about(wire)
        return self._ping_all(wire)

    def _open(self) -> Wire:
        """A connection on which a PING was answered.

        Raises:
            ConnectError: there is none.
        """
        try:
            return self._first_contact()
        except ConnectError as problem:
            if problem.failure == Failure.CA_WRONG and not self._door.ca:
                # Whether to trust such a certificate is for whoever knows its CA; whether it answers is seen without.
                self._unverified = problem.details or "no CA of it is known"
                return self._first_contact()
            if problem.failure in _MAYBE_THE_OTHER_WAY and not self._asked_the_other_way:
                self._asked_the_other_way = True
                if other := self._the_other_way():
                    raise other from None
            raise

    def _first_contact(self) -> Wire:
        sock = self._connected()
        clock = Part(self._budget)
        if self._door.tls:
            secured = self._secured(sock, clock)
            sock, self._unverified = secured.sock, secured.unverified and (self._unverified or secured.unverified)
            self._facts |= {"tls_version": secured.version, "names_host": secured.names_host}
        wire = Wire(sock, clock)
        try:
            self._greet(wire)
        except BaseException:
            wire.close()
            raise
        return wire

    def _connected(self) -> socket.socket:
        door = self._door
        return connect(door.host, door.port, self._kit, self._budget, self._trail, private=door.private)

    def _secured(self, sock: socket.socket, clock: Clock) -> Secured:
        return secure(sock, self._door.host, clock, ca=self._door.ca, verify=not self._unverified)

    def _greet(self, wire: Wire) -> None:
        try:
            pong(wire)
        except ConnectError as problem:
            if problem.failure != RedisFailure.NOAUTH or self._password is None:
                raise
            self._authenticate(wire, self._password)
            pong(wire)

    def _authenticate(self, wire: Wire, password: Password) -> None:
        if self._unverified:
            raise ConnectError(RedisFailure.NOAUTH, "no password is sent to a server that could not be verified")
        if password.problem:
            raise ConnectError(RedisFailure.NOAUTH, password.problem)
        self._told = True
        wire.ask("AUTH", password.text)
        self._facts["authenticated"] = True

    def _the_other_way(self) -> ConnectError | None:
        """What is wrong, where a plain PING is answered on the TLS port, or a TLS handshake on the plain one."""
        with contextlib.suppress(ConnectError):
            sock = self._connected()
            clock = Part(self._budget)
            if not self._door.tls:
                secure(sock, self._door.host, clock, ca="", verify=False).sock.close()
                return ConnectError(Failure.WANTS_TLS)
            if _speaks_redis(Wire(sock, clock)):
                return ConnectError(Failure.NOT_TLS)
        return None

    def _about(self, wire: Wire) -> dict[str, str]:
        """Version, role and mode, as far as the server tells them."""
        told = {**_info(wire, "server"), **_info(wire, "replication")}
        version = _VERSION.match(told.get("redis_version", ""))
        found = version.group() if version else ""
        secret = self._password.text if self._password else ""
        return {
            "server_version": "" if secret and secret in found else found,
            "role": _ROLES.get(told.get("role", "") or _role(wire), ""),
            "mode": told["redis_mode"] if told.get("redis_mode") in _MODES else "",
        }

    def _ping_all(self, first: Wire) -> ConnectError | None:
        """The last failure of all PINGs; after one that failed the next has a connection of its own."""
        last: ConnectError | None = None
        wire, wanted = self._kept(first), self._kit.probing.pings
        while self._sent < wanted and (left := self._budget.remaining()) > 0:
            try:
                wire = wire or patiently(self._first_contact, self._budget, self._trail)
                self._latencies.append(self._timed(wire))
            except ConnectError as problem:
                if self._is_cut(problem):
                    self._cut_s = left
                    break
                last = problem
                if wire is None:
                    # Nobody is there any more to send the others to.
                    self._sent = wanted
                    break
                wire = self._kept(wire)
            self._sent += 1
        if wire:
            wire.close()
        return last

    @staticmethod
    def _kept(wire: Wire) -> Wire | None:
        """The connection, if more can be asked on it."""
        if wire.usable:
            return wire
        wire.close()
        return None

    def _is_cut(self, problem: ConnectError) -> bool:
        """Whether it was the end of the time that kept an answer from coming."""
        return problem.failure in (Failure.NO_ANSWER, Failure.TIMED_OUT) and self._budget.remaining() <= 0

    def _timed(self, wire: Wire) -> float:
        """Seconds until the answer."""
        wire.allow(self._budget)
        begun = self._kit.clock()
        pong(wire)
        return self._kit.clock() - begun

    def _shown(self, details: str) -> str:
        if self._told:
            return ""
        return self._password.hidden_in(details) if self._password else details


def percentile(seconds: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile, in milliseconds; 0 of nothing."""
    if not seconds:
        return 0.0
    rank = math.ceil(len(seconds) * percent / 100)
    return round(sorted(seconds)[rank - 1] * 1000, 3)


def pong(wire: Wire) -> None:
    """Ask for a PONG and get it.

    Raises:
        ConnectError: something else came back, or nothing.
    """
    answer = wire.ask("PING")
    if answer != "PONG":
        raise ConnectError(Failure.GARBAGE, f"{str(answer)[:50]!r} in answer to PING")


def _speaks_redis(wire: Wire) -> bool:
    """Whether a PING is answered, be it by a refusal of Redis."""
    try:
        pong(wire)
    except ConnectError as problem:
        return problem.failure in tuple(RedisFailure)
    finally:
        wire.close()
    return True


def _info(wire: Wire, section: str) -> dict[str, str]:
    """A section of INFO; empty where the server does not tell it."""
    try:
        told = wire.ask("INFO", section)
    except ConnectError:
        return {}
    lines = (line.partition(":") for line in str(told).splitlines())
    return {name: value.strip() for name, _, value in lines}


def _role(wire: Wire) -> str:
    try:
        told = wire.ask("ROLE")
    except ConnectError:
        return ""
    return str(told[0]) if isinstance(told, list) and told else ""
