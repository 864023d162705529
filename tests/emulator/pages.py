"""Lists cut into pages with opaque tokens, and the frames of list answers."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulator.answers import Call
from tests.emulator.discovery import document

#: A resource and the scope it is listed under in an aggregated answer ("" in others).
Row = tuple[str, Mapping[str, Any]]


def page_number(call: Call) -> int:
    """The page the call's token asks for; 0 for a token of another request, or of nobody."""
    if not call.token:
        return 1
    try:
        page, seal = json.loads(base64.urlsafe_b64decode(call.token))
    except (binascii.Error, ValueError, TypeError):
        return 0
    return page if isinstance(page, int) and page > 1 and seal == _seal(call) else 0


def listed(call: Call, rows: Sequence[Row], size: int | None, scopes: Sequence[str]) -> dict[str, Any]:
    """The answer with the call's page of the rows; all of them in one where `size` is None."""
    start = (call.page - 1) * (size or 0)
    end = start + size if size else len(rows)
    frame = _frame(call)
    frame |= _aggregated(call, rows[start:end], scopes) if call.method.aggregated else _plain(call, rows[start:end])
    return call.method.followed(frame, _token(call)) if end < len(rows) else frame


def _frame(call: Call) -> dict[str, Any]:
    properties = call.method.properties
    frame: dict[str, Any] = {}
    if default := properties.get("kind", {}).get("default"):
        frame["kind"] = default
    if call.method.knative:
        schema = document(call.method.api, call.method.version)["schemas"][call.method.item]
        frame |= {"kind": f"{schema['id']}List", "metadata": {}}
    if "selfLink" in properties:
        frame |= {"id": call.resource, "selfLink": f"https://www.googleapis.com/{call.path}"}
    return frame


def _plain(call: Call, rows: Sequence[Row]) -> dict[str, Any]:
    return {call.method.items: [body for _, body in rows]} if rows else {}


def _aggregated(call: Call, rows: Sequence[Row], scopes: Sequence[str]) -> dict[str, Any]:
    found = {scope: [body for own, body in rows if own == scope] for scope in scopes}
    key = call.method.scoped_key
    return {call.method.items: {scope: {key: here} if here else _nothing(scope) for scope, here in found.items()}}


def _nothing(scope: str) -> dict[str, Any]:
    message = f"There are no results for scope '{scope}' on this page."
    return {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": message, "data": [{"key": "scope", "value": scope}]}}


def _token(call: Call) -> str:
    return base64.urlsafe_b64encode(json.dumps([call.page + 1, _seal(call)]).encode()).decode()


def _seal(call: Call) -> int:
    """What ties a token to the request that got it."""
    rest = sorted((name, value) for name, value in call.query.items() if name != call.method.token_name)
    return zlib.crc32(json.dumps([call.path, rest]).encode())
