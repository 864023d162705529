"""Credentials that many threads share: one of them fetches a token, the others wait and use it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any

import google.auth.exceptions
import google_auth_httplib2
import httplib2
from google.auth.transport import Request

from validator.collect.transport import PATIENCE_S, TimedHttp
from validator.patience import Budget

#: As Any, because google-auth is only half typed.
_unreachable: Any = google.auth.exceptions.TransportError


class TokenRequest(Request):
    """How google-auth reaches token endpoints and the metadata server: a new connection each time, within the budget.

    `google_auth_httplib2.Request` alone ignores timeouts, and lets socket errors through that google-auth does
    not expect, such as "connection refused" where it looks for a metadata server.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_rest: object,
    ) -> Any:
        """google-auth's view of the response.

        Raises:
            TransportError: no answer.
        """
        limit = min(PATIENCE_S, timeout or PATIENCE_S)
        connection = TimedHttp(lambda: min(limit, self._budget.remaining()))
        try:
            return google_auth_httplib2.Request(connection)(url, method=method, body=body, headers=headers)
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as problem:
            raise _unreachable(problem) from problem
        finally:
            connection.close()


class Account:
    """Duck-typed credentials for `AuthorizedHttp`: thread-safe, and refreshed once for all."""

    def __init__(self, inner: Any, request: TokenRequest) -> None:
        self._inner = inner
        self._request = request
        self._lock = threading.Lock()
        self._generation = 0
        self._used = threading.local()

    @property
    def member(self) -> str:
        """The caller as IAM spells it, or "" where only the server knows."""
        name = getattr(self._inner, "service_account_email", None)
        return f"serviceAccount:{name}" if isinstance(name, str) and "@" in name else ""

    @property
    def quota_project(self) -> str:
        """The project that calls are charged to, or "" for the credentials' own."""
        return getattr(self._inner, "quota_project_id", None) or ""

    def before_request(self, _request: object, _method: str, _url: str, headers: MutableMapping[str, str]) -> None:
        """Put the token, and the project to charge, into the headers; fetch a token if there is none that is valid.

        google-auth's own `before_request` would also look up the account's regional access boundary: a call over
        the network that this tool has no use for.
        """
        with self._lock:
            if not self._inner.valid:
                self._renew()
            self._used.generation = self._generation
            self._inner.apply(headers)

    def refresh(self, _request: object = None) -> None:
        """Fetch a new token, unless another thread did since this one's last request (which was answered 401)."""
        with self._lock:
            if getattr(self._used, "generation", self._generation) == self._generation:
                self._renew()
            self._used.generation = self._generation

    def _renew(self) -> None:
        self._inner.refresh(self._request)
        self._generation += 1
