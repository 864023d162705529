"""The only way out: GET requests, within the run's time budget, to Google or to a given endpoint.

Layers of one thread's connection, outermost first: `ReadOnlyHttp` (refuses every method but GET, redirects, says
who asks), `google_auth_httplib2.AuthorizedHttp` (token), `TimedHttp` (sockets). Tokens are fetched by google-auth
over connections of its own, a POST to the token endpoint that carries no request of ours: see credentials.py.
"""

from __future__ import annotations

import functools
import http.client
import io
import ipaddress
import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import google_auth_httplib2
import httplib2
import msgspec

import validator
from validator.patience import Budget

#: Longest silence of a server, seconds; the budget may allow less.
PATIENCE_S = 30.0
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})


class ReadOnlyViolation(RuntimeError):  # noqa: N818 - it is a violation of ours, not an error of theirs
    """Something tried to send a request that is not a plain GET: a bug, and nothing was sent."""


class Http(Protocol):
    """What googleapiclient and google-auth call."""

    def request(self, uri: str, method: str = "GET", **rest: Any) -> tuple[httplib2.Response, bytes]:
        """The response and its body."""

    def close(self) -> None:
        """Drop all connections."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where requests go instead of to Google: `URL/<original host>/<original path>`."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From `--api-endpoint`.

        Raises:
            ValueError: not a base URL, or one that would carry a token in the clear; says what was expected.
        """
        try:
            parts = urlsplit(text)
            parts.port  # noqa: B018 - reading it is what checks it
        except ValueError as problem:
            raise ValueError(f"{text!r} is no URL: {problem}") from problem
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{text!r} is no endpoint: expected a URL such as http://127.0.0.1:8080")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(
                "an endpoint has no user name, query or fragment: expected a URL such as http://127.0.0.1:8080"
            )
        endpoint = cls(text.rstrip("/"))
        if parts.scheme == "http" and not endpoint.loopback:
            raise ValueError(f"{text!r} would carry credentials in the clear: use https, or a loopback address")
        return endpoint

    @property
    def loopback(self) -> bool:
        """Whether it is this machine: then no credentials are needed, and none are sent."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def moved(self, uri: str) -> str:
        """The URI under this endpoint."""
        return f"{self.url}/{uri.partition('://')[2]}"


class ReadOnlyHttp:
    """Sends GET requests and nothing else; not thread-safe, like httplib2."""

    def __init__(self, inner: Http, endpoint: Endpoint | None) -> None:
        self._inner = inner
        self._endpoint = endpoint

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **_rest: object,
    ) -> tuple[httplib2.Response, bytes]:
        """The response and its body; redirects are not followed.

        Raises:
            ReadOnlyViolation: the request is no plain GET.
        """
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        # Empty is what googleapiclient hands over as the body of a GET.
        if method != "GET" or body or _OVERRIDES & sent.keys():
            raise ReadOnlyViolation(f"refused to send {method} {uri.partition('?')[0]}: this tool only reads")
        # Google compresses only for user agents that say gzip.
        sent["user-agent"] = f"validate-infra/{validator.__version__} (gzip)"
        target = self._endpoint.moved(uri) if self._endpoint else uri
        return self._inner.request(target, "GET", headers=sent)

    def close(self) -> None:
        """Drop all connections."""
        self._inner.close()


class TimedHttp:
    """httplib2 whose every wait ends within its patience, also against a server that drips; not thread-safe."""

    def __init__(self, patience: Callable[[], float], *, proxies: bool = True) -> None:
        """Ready to connect.

        Args:
            patience: seconds a single wait may take from now; 0 means the time is up.
            proxies: whether the environment's proxies are used.
        """
        self._patience = patience
        self._http = httplib2.Http(**({} if proxies else {"proxy_info": None}))
        self._http.follow_redirects = False
        self._types = {
            "http": _timed(httplib2.HTTPConnectionWithTimeout, patience),
            "https": _timed(httplib2.HTTPSConnectionWithTimeout, patience),
        }

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_rest: object,
    ) -> tuple[httplib2.Response, bytes]:
        """The response and its whole body.

        Raises:
            TimeoutError: the patience ran out; name look-up alone is bounded by the system's resolver.
            OSError, http.client.HTTPException, httplib2.HttpLib2Error: the connection failed.
        """
        self._set_timeouts(_positive(self._patience()))
        connection = self._types[urlsplit(uri).scheme]
        try:
            answer = self._http.request(uri, method, body=body, headers=dict(headers or {}), connection_type=connection)
        except BaseException:
            # A half-read answer must not be taken for the beginning of the next one.
            self.close()
            raise
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        """Drop all connections."""
        self._http.close()
        self._http.connections.clear()

    def _set_timeouts(self, seconds: float) -> None:
        self._http.timeout = seconds
        for connection in self._http.connections.values():
            # For connecting anew; what is read from an open socket is timed in _TimedReads.
            connection.timeout = seconds


def make_http(budget: Budget, *, endpoint: Endpoint | None = None, credentials: object | None = None) -> ReadOnlyHttp:
    """A connection for one thread.

    Args:
        budget: of the whole run.
        endpoint: where requests go instead of to Google.
        credentials: what `credentials()` gives; None sends requests without a token.
    """
    loopback = endpoint is not None and endpoint.loopback
    timed = TimedHttp(lambda: min(PATIENCE_S, budget.remaining()), proxies=not loopback)
    if credentials is None or loopback:
        return ReadOnlyHttp(timed, endpoint)
    return ReadOnlyHttp(google_auth_httplib2.AuthorizedHttp(credentials, http=timed), endpoint)


def _timed(base: type[Any], patience: Callable[[], float]) -> type[Any]:
    """The connection type with answers that watch the time; httplib2 tells http and https apart by subclass."""

    class Timed(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.response_class = functools.partial(_TimedResponse, patience=patience)

    return Timed


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, patience: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReads(raw, sock, patience))


class _TimedReads(io.RawIOBase):
    """A socket's bytes; each wait for more takes at most the patience left at that moment.

    A socket's own timeout starts anew with every byte, so a server that drips would never meet it.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, patience: Callable[[], float]) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_positive(self._patience()))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise TimeoutError("the time is up")
    return seconds
