"""A loopback HTTP server that answers as a test says and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from validator.patience import Budget


class Asked(msgspec.Struct, frozen=True):
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    #: The client's port: one connection, one port.
    peer: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to send back; `announced` is the Content-Length where it is to be wrong."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    announced: int | None = None


def said(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body."""
    return Answer(body=json.dumps(body).encode(), status=status, headers=headers)


class Server:
    """A running server."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One write an answer: two would wait for a delayed acknowledgement.
            wbufsize = -1

            def serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length), self.client_address[1])
                outer.asked.append(asked)
                told = answer(asked)
                self.send_response(told.status)
                for name, value in {"Content-Type": "application/json", **told.headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(told.body) if told.announced is None else told.announced))
                self.end_headers()
                self.wfile.write(told.body)
                self.close_connection = told.announced is not None

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve  # noqa: N815 - http.server's names

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def serving(answer: Callable[[Asked], Answer] | Answer) -> Iterator[Server]:
    """A server for the block."""
    server = Server(answer if callable(answer) else lambda _asked: answer)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def talking(speech: bytes, drip: bytes = b"", every_s: float = 0.02) -> Iterator[str]:
    """The URL of a server that answers a connection with these bytes, then with `drip` again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(speech)
            while not stop.wait(every_s):
                connection.sendall(drip)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.close()


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self.now += seconds

    def budget(self, seconds: float, luck: float = 1.0) -> Budget:
        """A budget on this clock whose jitter is always `luck`."""
        return Budget(seconds, clock=lambda: self.now, sleep=self.sleep, random=lambda: luck)
