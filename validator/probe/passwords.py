"""Passwords of Redis instances: whose each is, taken once a run from a variable or a file, and shown nowhere.

Memorystore makes an AUTH string of its own for each instance, so that one source serves one instance.
https://cloud.google.com/memorystore/docs/redis/about-redis-auth
"""

from __future__ import annotations

import fnmatch
import os
import re
import select
import stat
import threading
import time
from collections.abc import Mapping

import msgspec

from validator.model.environment import SecretSource

#: Where a password is taken from if the environment says nothing of it.
VARIABLE = "VALIDATE_INFRA_REDIS_PASSWORD"
FILE_VARIABLE = f"{VARIABLE}_FILE"
#: Bytes of a file in which its first line must end.
_LONGEST = 1 << 16
_SHORTEST_SECRET = 4
_WILD = re.compile(r"\[[^]]*\]|[*?]")
_SEVERAL = "serves one instance alone, and several want AUTH: give each its own by probes.redis_passwords"


class Password:
    """A secret that no representation shows; only whoever sends it asks for the text."""

    __slots__ = ("problem", "source", "text")

    def __init__(self, *, text: str = "", source: str, problem: str = "") -> None:
        """The password.

        Args:
            text: the secret itself; "" where there is none.
            source: where it was taken from, for messages: "$REDIS_AUTH" or a path; the key that says so where there is
                none, since whoever takes one for the other puts the password itself where its name belongs.
            problem: why there is none.
        """
        self.text = text
        self.source = source
        self.problem = problem

    def __repr__(self) -> str:
        """The source alone."""
        return f"Password(from {self.source})"

    def hidden_in(self, said: str) -> str:
        """The text of a server or library without the secret, should it repeat it."""
        return said.replace(self.text, "***") if len(self.text) >= _SHORTEST_SECRET else said


class Passwords:
    """The passwords of one run; many threads ask at once, and each source is read once: a pipe gives it only once."""

    def __init__(self) -> None:
        """None is taken before somebody asks for it."""
        self._taken: dict[SecretSource, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def find(
        self,
        instance: str,
        given: Mapping[str, SecretSource],
        environ: Mapping[str, str],
        *,
        only: bool,
        wait_s: float,
    ) -> Password | None:
        """The password for the instance of this name; None where nothing says where to take it from.

        A source that is named and gives none is an empty password with the reason.

        Args:
            instance: its short name.
            given: by name or glob, where to take it from; of several globs the one that spells most of the name counts.
            environ: environment variables.
            only: whether no other instance wants a password, so that the usual variables are this one's.
            wait_s: how long a pipe is waited for, seconds.
        """
        own, usual = _named(instance, given), _usual(environ)
        if not own and usual and not only:
            return Password(source=usual.key, problem=f"{usual.key} {_SEVERAL}")
        place = own or usual
        if not place:
            return None
        text, reason = self._once(place.source, environ, wait_s)
        return Password(text=text, source=place.shown) if text else Password(source=place.key, problem=place.no(reason))

    def _once(self, source: SecretSource, environ: Mapping[str, str], wait_s: float) -> tuple[str, str]:
        """The text, or "" and why there is none."""
        with self._lock:
            if source not in self._taken:
                self._taken[source] = _of_variable(source.env, environ) if source.env else _of_file(source.file, wait_s)
            return self._taken[source]


class _Place(msgspec.Struct, frozen=True):
    """A source, and the key or variable that names it."""

    source: SecretSource
    key: str

    @property
    def shown(self) -> str:
        """The source by what it is called, once it gave a password."""
        return f"${self.source.env}" if self.source.env else self.source.file

    def no(self, reason: str) -> str:
        """That it gives none."""
        if self.shown == self.key:
            return f"{self.key} {reason}"
        return f"the {'variable' if self.source.env else 'file'} that {self.key} names {reason}"


def _named(instance: str, given: Mapping[str, SecretSource]) -> _Place | None:
    fitting = [pattern for pattern in given if fnmatch.fnmatchcase(instance, pattern)]
    best = min(fitting, key=lambda one: (one != instance, -len(_WILD.sub("", one)), one), default=None)
    if best is None:
        return None
    return _Place(given[best], f"probes.redis_passwords.{best}.{'env' if given[best].env else 'file'}")


def _usual(environ: Mapping[str, str]) -> _Place | None:
    if VARIABLE in environ:
        return _Place(SecretSource(env=VARIABLE), f"${VARIABLE}")
    file = environ.get(FILE_VARIABLE)
    return _Place(SecretSource(file=file), f"${FILE_VARIABLE}") if file else None


def _of_variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    text = environ.get(name, "").rstrip("\r\n")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "", "cannot be read: it is no text"
    return text, "is not set"


def _of_file(file: str, wait_s: float) -> tuple[str, str]:
    try:
        return _first_line(file, wait_s), "is empty"
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else _said(problem)
        return "", f"cannot be read: {reason}"


def _said(problem: ValueError) -> str:
    return "it is no text" if isinstance(problem, UnicodeError) else str(problem)


def _first_line(file: str, wait_s: float) -> str:
    """The first line of a file, or of a pipe if something comes out of it in time.

    Raises:
        OSError: it cannot be opened or read.
        ValueError: it is neither, or its line no text or too long; the message says which.
    """
    # Without blocking, or a pipe that nobody writes to would never be opened.
    number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(number).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise ValueError("it is no file")
        line, end, _ = _read(number, wait_s).partition(b"\n")
    finally:
        os.close(number)
    if not end and len(line) > _LONGEST:
        raise ValueError("its first line is longer than 64 KiB")
    return line.decode("utf-8-sig").rstrip("\r")


def _read(number: int, wait_s: float) -> bytes:
    """What comes up to the end, to a first line, or to more than a line may have.

    Raises:
        ValueError: neither came in time.
    """
    data, end = b"", time.monotonic() + wait_s
    waiter = select.poll()
    waiter.register(number, select.POLLIN)
    while b"\n" not in data and len(data) <= _LONGEST:
        if not waiter.poll(max(0.0, end - time.monotonic()) * 1000):
            raise ValueError("nothing came out of it in time")
        more = os.read(number, _LONGEST + 1 - len(data))
        if not more:
            break
        data += more
    return data
