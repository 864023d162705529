"""The emulator: `http://127.0.0.1:PORT/<original host>/<original path>?query` answered from a described world.

with Emulator(repaired(), Trouble(fault("silence"), "redis.*"), page_size=1) as google:
    run("--api-endpoint", google.url)
    assert google.verbs == {"GET"}
"""

from __future__ import annotations

import os
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.emulator.answers import Answer, Call, Manner
from tests.emulator.discovery import resource_path, served
from tests.emulator.faults import Trouble
from tests.emulator.pages import page_number
from tests.emulator.store import Store
from tests.emulator.world import World

_LOST = Answer(404, b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", {"Content-Type": "text/html"})
_NOT_ALLOWED = Answer(405, b"this emulator only reads\n", {"Content-Type": "text/plain", "Allow": "GET"})


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    verb: str
    #: The API's own host and the path below it.
    host: str
    path: str
    query: Mapping[str, str]
    #: By lower-case name.
    headers: Mapping[str, str]
    #: Id of the method, such as "compute.networks.list"; "" where no kind reads such a path.
    call: str


class Emulator:
    """Serves from entering to leaving a `with` block.

    Args:
        world: what there is.
        troubles: faults and the calls they strike; the first that strikes counts.
        page_size: resources a page, of every list that can be paged; None for all in one.
        delay_s: seconds each call takes.

    Raises:
        Misfit: the world holds a resource that the API could not send.
    """

    def __init__(self, world: World, *troubles: Trouble, page_size: int | None = None, delay_s: float = 0) -> None:
        self._store = Store(world, page_size)
        self._troubles = troubles
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._seen: Counter[tuple[str, frozenset[tuple[str, str]]]] = Counter()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What `--api-endpoint` takes."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Everything that came so far, in the order of arrival."""
        with self._lock:
            return tuple(self._requests)

    @property
    def verbs(self) -> set[str]:
        """The HTTP methods that came."""
        return {request.verb for request in self.requests}

    @property
    def calls(self) -> Counter[str]:
        """How often each method was called, by id; "" counts what no kind reads."""
        return Counter(request.call for request in self.requests)

    def answer(self, verb: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Record one request and answer it."""
        split = urlsplit(target)
        host, _, path = split.path.removeprefix("/").partition("/")
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        call = self._call(host, path, query)
        with self._lock:
            self._requests.append(Request(verb, host, path, query, headers, call.method.id if call else ""))
        if verb != "GET":
            return _NOT_ALLOWED
        if call is None:
            return _LOST
        time.sleep(self._delay_s)
        return self._served(call)

    def _served(self, call: Call) -> Answer:
        struck = next((trouble for trouble in self._troubles if trouble.strikes(call)), None)
        return struck.fault.answer(call, self._store.answer) if struck else self._store.answer(call)

    def _call(self, host: str, path: str, query: Mapping[str, str]) -> Call | None:
        for method in served():
            arguments = method.arguments(path) if method.host == host else None
            if arguments is not None:
                project, number = self._project(path, query)
                everything = {**arguments, **query}
                call = Call(method, path, everything, query, project, number, attempt=self._attempt(path, query))
                return replace(call, page=page_number(call))
        return None

    def _attempt(self, path: str, query: Mapping[str, str]) -> int:
        with self._lock:
            key = (path, frozenset(query.items()))
            self._seen[key] += 1
            return self._seen[key]

    def _project(self, path: str, query: Mapping[str, str]) -> tuple[str, str]:
        """Id and number of the project that the path names, else the query's network: that one only by number."""
        projects = self._store.world.projects
        named = resource_path(path)
        spoken = re.match(r"projects/([^/]+)", named if named.startswith("projects/") else query.get("network", ""))
        word = spoken.group(1) if spoken else ""
        by_number = {number: project for project, number in projects.items()}
        project = by_number.get(word, word if named.startswith("projects/") else "")
        return (project, projects[project]) if project in projects else ("", "0")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.emulator = emulator
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._open[request]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the emulator."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every connection, also those a client keeps for later, and wait for their threads."""
        self.closing.set()
        with self._lock:
            waiting = dict(self._open)
        for connection, thread in waiting.items():
            _shut(connection)
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.emulator.answer(self.command, self.path, headers))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: requests are recorded."""

    def _send(self, answer: Answer) -> None:
        match answer.manner:
            case Manner.RESET:
                self._reset()
            case Manner.SILENT:
                self.server.closing.wait()
                self.close_connection = True
            case Manner.TRUNCATED:
                self._write(answer, answer.body[: len(answer.body) // 2])
                self.close_connection = True
            case Manner.WHOLE:
                self._write(answer, answer.body)

    def _write(self, answer: Answer, body: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Close without a goodbye: no data, and RST instead of FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
