"""Calls as the emulator understands them, answers as it sends them, and the error bodies of Google's APIs.

There are two envelopes: the legacy one of Compute Engine, Cloud SQL and Cloud DNS, with `errors[].reason`, and
the one of all newer APIs, with `status` and `details`. https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulator.discovery import Method, resource_path

_LEGACY = frozenset({"compute", "sqladmin", "dns"})


class Manner(enum.Enum):
    """How an answer reaches the client."""

    WHOLE = enum.auto()
    #: The announced length is larger than what comes.
    TRUNCATED = enum.auto()
    #: The connection is reset before a byte of the answer.
    RESET = enum.auto()
    #: Nothing comes for as long as the emulator runs.
    SILENT = enum.auto()


@dataclass(frozen=True)
class Answer:
    """Status, body and headers, and how they are sent."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json; charset=UTF-8"})
    manner: Manner = Manner.WHOLE

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Call:
    """One request for a method that is served."""

    method: Method
    #: Path below the host.
    path: str
    #: Arguments in the path and in the query, by the method's own names.
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    #: Project the call is about, by id; "" where it names none that is described.
    project: str
    number: str
    #: 1 for the first page; 0 for a token that this emulator did not give out.
    page: int = 1
    #: How often this very request has come, this time included.
    attempt: int = 1

    @property
    def legacy(self) -> bool:
        """Whether the API speaks the older error envelope."""
        return self.method.api in _LEGACY

    @property
    def resource(self) -> str:
        """The path without the API's version."""
        return resource_path(self.path)

    @property
    def token(self) -> str:
        """The page token, or ""."""
        return self.query.get(self.method.token_name, "")

    def without_token(self) -> Call:
        """The same call for the first page."""
        query = {name: value for name, value in self.query.items() if name != self.method.token_name}
        return replace(self, query=query, page=1)


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer with this JSON."""
    answer = Answer(status, json.dumps(body, indent=1).encode())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(answer, headers={**answer.headers, **named})


def refused(call: Call, status: int, message: str, *, reason: str, word: str, info: Any = None) -> Answer:
    """An error in the envelope of the call's API; `info` is the metadata of an ErrorInfo, else there is none."""
    return legacy(status, reason, message) if call.legacy else modern(status, word, message, info)


def legacy(status: int, reason: str, message: str, domain: str = "global") -> Answer:
    """The older envelope."""
    one = {"message": message, "domain": domain, "reason": reason}
    return as_json({"error": {"code": status, "message": message, "errors": [one]}}, status)


def modern(status: int, word: str, message: str, info: tuple[str, Mapping[str, str]] | None = None) -> Answer:
    """The newer envelope; `info` is the reason and metadata of an ErrorInfo."""
    error: dict[str, Any] = {"code": status, "message": message, "status": word}
    if info:
        reason, metadata = info
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": dict(metadata)}]
    return as_json({"error": error}, status)


def not_found(call: Call) -> Answer:
    """404."""
    message = f"The resource '{call.resource}' was not found"
    return refused(call, 404, message, reason="notFound", word="NOT_FOUND")


def invalid(call: Call, what: str) -> Answer:
    """400."""
    return refused(call, 400, what, reason="invalid", word="INVALID_ARGUMENT")


def denied(call: Call) -> Answer:
    """403 for want of the permission, as newer APIs say it: they hide whether the resource exists."""
    permission, resource = call.method.permission, f"//{call.method.host}/{call.resource}"
    message = f"Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    metadata = {"permission": permission, "resource": call.resource}
    return modern(403, "PERMISSION_DENIED", message, ("IAM_PERMISSION_DENIED", metadata))


def disabled_message(call: Call) -> str:
    """The words for an API that is not enabled."""
    link = f"https://console.developers.google.com/apis/api/{call.method.host}/overview?project={call.number}"
    return (
        f"{call.method.api} API has not been used in project {call.number} before or it is disabled. Enable it by "
        f"visiting {link} then retry. If you enabled this API recently, wait a few minutes for the action to "
        "propagate to our systems and retry."
    )


def disabled(call: Call) -> Answer:
    """403 for an API that is not enabled."""
    metadata = {"service": call.method.host, "consumer": f"projects/{call.number}"}
    return modern(403, "PERMISSION_DENIED", disabled_message(call), ("SERVICE_DISABLED", metadata))
