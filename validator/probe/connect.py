"""What every probe over TCP does first: resolve, stay out of networks that mean nothing here, connect, try again.

`connect` gives a socket or raises `ConnectError`, within the budget. Many probes of one dead endpoint wait for one
of them only. `BoundSocket` keeps whoever reads from the socket within the budget and a number of bytes.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from validator.gcp.observed.failure import TEMPORARY, Failure
from validator.patience import Budget
from validator.probe.kit import Kit
from validator.probe.resolver import Unresolved, addresses_of

#: Characters of what a server or library said that are kept.
_LONGEST_DETAILS = 200
#: Tries that fit into a budget when each SYN stays without an answer.
_TRIES = 3
#: Bytes that a server may send in one connection; the answers that probes ask for have a few thousand.
MOST_BYTES = 1 << 18
_UNRESOLVED = {
    Unresolved.NO_NAME: Failure.NO_NAME,
    Unresolved.NO_ADDRESS: Failure.NO_ADDRESS,
    Unresolved.SERVER_FAILED: Failure.DNS_FAILED,
    Unresolved.TIMED_OUT: Failure.DNS_TIMED_OUT,
    Unresolved.BAD_NAME: Failure.BAD_NAME,
}
#: What routes and filters of this machine answer; EINVAL is what Linux says of a `blackhole` route.
_NO_ROUTE = frozenset(
    (
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EHOSTDOWN,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
        errno.EACCES,
        errno.EPERM,
        errno.EINVAL,
    )
)
#: Addresses of one host that are tried; DNS may hold thousands.
_MOST_ADDRESSES = 64
#: Of several addresses that failed: what one of them answered, before silence, before what is only of this machine.
_GRAVEST = (Failure.REFUSED, Failure.RESET, Failure.TIMED_OUT, Failure.NO_ROUTE)
T = TypeVar("T")


class ConnectError(Exception):
    """A connection that failed, or was cut off; an observation like any other."""

    def __init__(self, failure: str, details: str = "", *, temporary: bool | None = None) -> None:
        """How it failed.

        Args:
            failure: the kind of failure: a `Failure`, or what a protocol above TCP refuses with.
            details: words of a server or library; shortened, and kept printable.
            temporary: whether another try makes sense; by default what the kind of failure says.
        """
        super().__init__(failure)
        self.failure = failure
        self.details = cut(details)
        self.temporary = failure in TEMPORARY if temporary is None else temporary


class Trail(msgspec.Struct, kw_only=True):
    """What it took: filled in by `connect` and `patiently` as they go."""

    #: Connections that were tried, and tries that failed: one of these may be of many addresses.
    attempts: int = 0
    failed: int = 0
    #: Seconds slept between attempts.
    waited_s: float = 0.0
    #: Every address that the host led to.
    addresses: tuple[str, ...] = ()
    #: The address tried last.
    address: str = ""


def cut(text: str) -> str:
    """At most a line of it, without control characters."""
    line = "".join(character if character.isprintable() else " " for character in text[: 2 * _LONGEST_DETAILS])
    return " ".join(line.split())[:_LONGEST_DETAILS]


def connect(host: str, port: int, kit: Kit, budget: Budget, trail: Trail, *, private: bool = False) -> socket.socket:
    """A connected TCP socket, after as many tries as the budget allows.

    Args:
        host: a name or an address.
        port: of the host.
        kit: what the run has at hand.
        budget: the time of the probe.
        trail: is told what it took.
        private: whether the host is known to be in a VPC, whatever its address.

    Raises:
        ConnectError: there is none; one of `out_of_reach` if the address means nothing from here.
    """
    trail.addresses = addresses = _addresses(host, kit, budget, private=private)
    endpoint = f"{','.join(addresses)} {port}"
    with kit.circuit.turn(endpoint, budget.remaining()) as known:
        if known:
            trail.address = addresses[0]
            raise ConnectError(known, "found by another probe of this run, at the same address", temporary=False)

        def once() -> socket.socket:
            try:
                return _any(addresses[:_MOST_ADDRESSES], port, budget, trail)
            except ConnectError as problem:
                kit.circuit.note(endpoint, problem.failure)
                raise

        try:
            return patiently(once, budget, trail)
        except ConnectError as problem:
            kit.circuit.trip(endpoint, problem.failure)
            # All the time there was went into it: whoever asked has none to try again.
            problem.temporary = False
            raise


def patiently(attempt: Callable[[], T], budget: Budget, trail: Trail) -> T:
    """What the attempt gives, tried again with growing pauses while it fails for what may pass and time is left.

    Raises:
        ConnectError: how the last try failed.
    """
    last: ConnectError | None = None
    while True:
        try:
            return attempt()
        except ConnectError as problem:
            # A try that the end of the budget cut short tells less than the one before it.
            last = last if last and budget.remaining() <= 0 else problem
        trail.failed += 1
        pause = budget.pause(trail.failed)
        if not last.temporary or pause >= budget.remaining():
            raise last
        budget.sleep(pause)
        trail.waited_s += pause


def _addresses(host: str, kit: Kit, budget: Budget, *, private: bool) -> tuple[str, ...]:
    """The addresses that can be tried from here.

    Raises:
        ConnectError: the host has none, or none that means anything here.
    """
    found = addresses_of(host, kit.probing.resolver, budget)
    if found.failure:
        raise ConnectError(_UNRESOLVED[found.failure], found.details)
    near = tuple(address for address in found.addresses if not kit.out_of_reach(address, private=private))
    if not near:
        raise ConnectError(Failure.OUT_OF_REACH, ", ".join(found.addresses))
    return near


def _any(addresses: tuple[str, ...], port: int, budget: Budget, trail: Trail) -> socket.socket:
    """A connection with the first address that gives one; silent ones share the time of a try.

    Raises:
        ConnectError: what tells most of how they failed.
    """
    clock = Part(budget, budget.seconds / _TRIES)
    failed: list[ConnectError] = []
    for number, address in enumerate(addresses):
        trail.address = address
        trail.attempts += 1
        try:
            return _once(address, port, clock.remaining() / (len(addresses) - number))
        except ConnectError as problem:
            failed.append(problem)
    raise min(failed, key=lambda one: _GRAVEST.index(Failure(one.failure)))


def _once(address: str, port: int, timeout: float) -> socket.socket:
    if timeout <= 0:
        raise ConnectError(Failure.TIMED_OUT, "no time was left to connect")
    try:
        return socket.create_connection((address, port), timeout=timeout)
    except OSError as problem:
        failure = failure_of_connect(problem)
        raise ConnectError(failure, str(problem) if failure == Failure.NO_ROUTE else "") from None


def failure_of_connect(problem: OSError) -> Failure:
    """What a failed connect means.

    Raises:
        OSError: it is a shortage of this machine and says nothing of the network.
    """
    if isinstance(problem, TimeoutError):
        return Failure.TIMED_OUT
    if isinstance(problem, ConnectionRefusedError):
        return Failure.REFUSED
    if isinstance(problem, ConnectionResetError):
        return Failure.RESET
    if problem.errno in _NO_ROUTE:
        return Failure.NO_ROUTE
    raise problem


class Clock(Protocol):
    """How much time is left: a `Budget`, or a `Part` of one."""

    def remaining(self) -> float:
        """Seconds, never below 0."""


class Part:
    """A part of the time that a budget has left."""

    def __init__(self, budget: Budget, seconds: float | None = None) -> None:
        """Begin the part.

        Args:
            budget: of which it is a part.
            seconds: how long it is; by default a third of what is left now.
        """
        self._budget = budget
        left = budget.remaining()
        self._rest = left - (left / _TRIES if seconds is None else seconds)

    def remaining(self) -> float:
        """Seconds, never below 0."""
        left = self._budget.remaining()
        return max(0.0, min(left, left - self._rest))


class BoundSocket:
    """A connected socket, plain or TLS, that answers within the budget and gives a bounded number of bytes."""

    def __init__(self, sock: socket.socket, budget: Clock, *, most: int = MOST_BYTES) -> None:
        """Bind the socket.

        Args:
            sock: the socket; closed by `close`.
            budget: every operation ends within it, however slowly bytes arrive.
            most: bytes it may give in all.
        """
        self._sock = sock
        self._budget = budget
        self._left = most

    def recv(self, size: int, flags: int = 0) -> bytes:
        """At most `size` bytes, b"" at the end.

        Raises:
            TimeoutError: nothing came before the budget ended.
            ConnectError: the server sends more than anybody asked for.
            OSError: the connection broke.
        """
        self._wait()
        if self._left <= 0:
            raise ConnectError(Failure.GARBAGE, f"more than {MOST_BYTES} bytes")
        data = self._sock.recv(min(size, self._left), flags)
        self._left -= len(data)
        return data

    def sendall(self, data: bytes) -> None:
        """Send everything.

        Raises:
            TimeoutError: it was not taken before the budget ended.
            OSError: the connection broke.
        """
        self._wait()
        self._sock.sendall(data)

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes.

        Raises:
            ConnectError: CLOSED or NO_ANSWER before there were as many, RESET, or GARBAGE for too many in all.
        """
        data = b""
        try:
            while len(data) < size:
                more = self.recv(size - len(data))
                if not more:
                    raise ConnectError(Failure.CLOSED, f"after {len(data)} of {size} bytes")
                data += more
        except OSError as problem:
            raise cut_off(problem) from None
        return data

    def settimeout(self, _seconds: float | None) -> None:
        """Nothing: the budget alone decides."""

    def shutdown(self, how: int) -> None:
        """Say that no more is read or sent."""
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def _wait(self) -> None:
        left = self._budget.remaining()
        if left <= 0:
            raise TimeoutError("the time of the probe is up")
        self._sock.settimeout(left)


def cut_off(problem: OSError) -> ConnectError:
    """How a connection that once stood broke."""
    if isinstance(problem, TimeoutError):
        return ConnectError(Failure.NO_ANSWER)
    broken = isinstance(problem, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
    return ConnectError(Failure.RESET if broken else Failure.CLOSED, str(problem.strerror or problem))
