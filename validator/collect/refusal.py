"""An error answer of a Google API, in whichever of the two envelopes it came.

Legacy (compute, sql): `{"error": {"code", "message", "errors": [{"domain", "reason", "message"}]}}`; the newer one:
`{"error": {"code", "message", "status", "details": [{"@type": …ErrorInfo, "reason", "metadata"}]}}`; some carry both.
https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from validator.collect.words import clean

_DISABLED = re.compile(r"has not been used in project (\S+) before or it is disabled")
_PROJECT = re.compile(r"(?:projects/|project_number:|project:)?([\w.:-]+)")
_REQUIRED = re.compile(r"(?:Required|Permission|permission) '([\w.]+)'")
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What an error answer says; texts are cleaned."""

    status: int
    #: Of every ErrorInfo, then of every legacy error: "SERVICE_DISABLED", "rateLimitExceeded".
    reasons: tuple[str, ...] = ()
    #: google.rpc code: "PERMISSION_DENIED".
    rpc: str = ""
    message: str = ""
    #: Of the first ErrorInfo: service, consumer, permission, resource, quota_unit …
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)
    retry_after_s: float = 0.0
    #: Whether it is a Google API's error envelope at all; a proxy's page is not.
    genuine: bool = False

    @property
    def disabled(self) -> bool:
        """Whether it says, in any way, that an API is off."""
        words = {"SERVICE_DISABLED", "accessNotConfigured"}
        return bool(words.intersection(self.reasons) or _DISABLED.search(self.message))

    @property
    def consumer(self) -> str:
        """Id or number of the project that was charged for the call, where the answer names it."""
        found = _PROJECT.fullmatch(self.metadata.get("consumer", "")) or _DISABLED.search(self.message)
        return found[1] if found else ""

    @property
    def permission(self) -> str:
        """The IAM permission that is missing, where the answer names it."""
        found = _REQUIRED.search(self.message)
        return self.metadata.get("permission") or (found[1] if found else "")


def refusal(status: int, content: bytes, headers: Mapping[str, str], now: dt.datetime | None = None) -> Refusal:
    """The error answer, decoded; whatever cannot be decoded is left out.

    Args:
        status: HTTP status.
        content: the body.
        headers: with names in lower case.
        now: for a Retry-After that names a moment; without it the `date` header counts.
    """
    waited = _retry_after(headers, now)
    error = _envelope(content)
    if error is None:
        return Refusal(status=status, message=clean(_text(content)), retry_after_s=waited)
    details = [part for part in _list(error.get("details")) if isinstance(part, dict)]
    infos = [part for part in details if isinstance(part.get("reason"), str)]
    legacy = [part for part in _list(error.get("errors")) if isinstance(part, dict)]
    return Refusal(
        status=status,
        reasons=tuple(clean(part["reason"], 80) for part in (*infos, *legacy) if isinstance(part.get("reason"), str)),
        rpc=clean(error.get("status", ""), 80),
        message=clean(error.get("message", "")),
        metadata=_metadata(infos),
        retry_after_s=waited or _retry_delay(details),
        genuine=True,
    )


def _envelope(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    # Batch-like endpoints answer with a list of one.
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(content: bytes) -> str:
    # A page's markup says nothing to a person; its words may ("407 Proxy Authentication Required").
    return re.sub(r"<[^>]*>", " ", content[:4000].decode("utf-8", "replace"))


def _metadata(infos: list[dict[str, Any]]) -> dict[str, str]:
    found = infos[0].get("metadata") if infos else None
    if not isinstance(found, dict):
        return {}
    return {key: clean(value, 200) for key, value in found.items() if isinstance(value, str)}


def _retry_delay(details: list[dict[str, Any]]) -> float:
    for part in details:
        if found := _DELAY.fullmatch(str(part.get("retryDelay", ""))):
            return float(found[1])
    return 0.0


def _retry_after(headers: Mapping[str, str], now: dt.datetime | None) -> float:
    """Seconds to wait; the header is a number of seconds or a moment (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])
    moment, base = _moment(value), now or _moment(headers.get("date", ""))
    return max(0.0, (moment - base).total_seconds()) if moment and base else 0.0


def _moment(text: str) -> dt.datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
