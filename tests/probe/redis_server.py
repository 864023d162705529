"""A real redis-server on loopback, as a process that ends with the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

BINARY = shutil.which("redis-server")
_PATIENCE_S = 10.0


class Server(msgspec.Struct, frozen=True):
    """A running redis-server."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()

    def command(self, *words: str) -> bytes:
        """The raw answer to one inline command, over a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE_S) as sock:
            sock.sendall(" ".join(words).encode() + b"\r\n")
            return sock.recv(1 << 16)


def require_redis() -> None:
    """Skip where redis-server is not installed; fail there in CI, where it must be."""
    if BINARY is None:
        reason = "redis-server is not installed (Debian: apt-get install redis-server): its probe is NOT tested"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@contextlib.contextmanager
def running(folder: Path, *options: str, port: int = 0, host: str = "127.0.0.1", wait: bool = True) -> Iterator[Server]:
    """A server with these options ("--requirepass x"), once it takes connections; with its files in `folder`."""
    require_redis()
    assert BINARY
    own = port or free_port()
    usual = ["--bind", host, "--dir", str(folder), "--save", "", "--logfile", str(folder / "redis.log")]
    listening = [] if "--tls-port" in options else ["--port", str(own)]
    process = subprocess.Popen([BINARY, *listening, *usual, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - the one that is installed
    try:
        if wait:
            wait_for(own, process, host)
        yield Server(own, process)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], host: str = "127.0.0.1") -> None:
    """Return once somebody takes connections at the port."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError(f"redis-server does not listen on {port}")
