"""The resources in an answer, and what the answer says it leaves out.

Each API says "this is not all" in its own way: `unreachable`, `unreachables`, `warning`, a warning per scope of an
aggregated list, Cloud SQL's `warnings`, Memorystore's placeholders named `…/instances/-`.
https://google.aip.dev/217, https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks/aggregatedList
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from validator.collect.errors import MalformedAnswer
from validator.collect.words import clean
from validator.model.resource import Read, last

Json = dict[str, Any]

#: The one warning that only says a scope is empty.
_HARMLESS = "NO_RESULTS_ON_PAGE"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page: each resource with its scope's key ("regions/us-central1"; "" where not aggregated), and the gaps."""

    found: tuple[tuple[str, Json], ...]
    #: What is left out, each as "us-east1" or "us-east1: why".
    gaps: tuple[str, ...] = ()


def page(answer: Json, read: Read) -> Page:
    """What one page holds and lacks.

    Raises:
        MalformedAnswer: a list or an object is expected where something else stands.
    """
    gaps = [*_unreachable(answer), *_warning(answer.get("warning"), "answer"), *_sql_warnings(answer)]
    if not read.items:
        return Page(found=(("", answer),), gaps=tuple(gaps))
    _object(answer.get("metadata"), "metadata")
    held = answer.get(read.items)
    rows = list(_aggregated(held, gaps)) if read.aggregated else [("", row) for row in _objects(held, read.items)]
    kept = [(scope, row) for scope, row in rows if not _is_placeholder(row)]
    gaps += [_placeholder_words(row) for _, row in rows if _is_placeholder(row)]
    return Page(found=tuple(kept), gaps=tuple(gaps))


def next_token(answer: Json, read: Read) -> object:
    """The token of the next page as the answer gives it, "" or None on the last; Knative's lists keep it in `metadata`.

    https://cloud.google.com/run/docs/reference/rest/v1/ListMeta
    """
    metadata = answer.get("metadata") if read.items else None
    if isinstance(metadata, dict) and "continue" in metadata:
        return metadata["continue"]
    return answer.get("nextPageToken")


def _aggregated(held: object, gaps: list[str]) -> Iterator[tuple[str, Json]]:
    for scope, content in _object(held, "items").items():
        # A scope holds its resources, or a warning that there are none.
        for key, value in _filled(content, f"items[{scope}]").items():
            if key == "warning":
                gaps.extend(_warning(value, last(scope)))
            else:
                yield from ((scope, row) for row in _objects(value, f"items[{scope}].{key}"))


def _unreachable(answer: Json) -> Iterator[str]:
    for key in ("unreachable", "unreachables"):
        for name in _list(answer.get(key), key):
            yield clean(last(str(name)), 80)


def _warning(value: object, where: str) -> Iterator[str]:
    warning = _object(value, "warning")
    code = warning.get("code")
    if warning and code != _HARMLESS:
        yield clean(f"{where}: {code or 'warning'} {warning.get('message', '')}", 160)


def _sql_warnings(answer: Json) -> Iterator[str]:
    for warning in _objects(answer.get("warnings"), "warnings"):
        words = f"{warning.get('region') or 'answer'}: {warning.get('code', 'warning')} {warning.get('message', '')}"
        yield clean(words, 160)


def _is_placeholder(row: Json) -> bool:
    name = row.get("name")
    return isinstance(name, str) and name.endswith("/-")


def _placeholder_words(row: Json) -> str:
    """The region in "projects/p/locations/us-east1/instances/-", and why."""
    parts = str(row["name"]).split("/")
    region = parts[parts.index("locations") + 1] if "locations" in parts else "a region"
    return clean(f"{region}: {row.get('statusMessage') or 'unreachable'}", 160)


def _object(value: object, where: str) -> Json:
    return {} if value is None else _required(value, where)


def _filled(value: object, where: str) -> Json:
    found = _required(value, where)
    if not found:
        raise MalformedAnswer(f"gave nothing for {clean(where, 80)}, neither resources nor that there are none")
    return found


def _required(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise MalformedAnswer(f"gave {_kind(value)} for {clean(where, 80)}, where an object is expected")
    return value


def _objects(value: object, where: str) -> Iterator[Json]:
    for index, row in enumerate(_list(value, where)):
        yield _required(row, f"{where}[{index}]")


def _list(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedAnswer(f"gave {_kind(value)} for {clean(where, 80)}, where a list is expected")
    return value


def _kind(value: object) -> str:
    words = {"dict": "an object", "list": "a list", "str": "a text", "bool": "a truth value", "NoneType": "null"}
    return words.get(type(value).__name__, "a number")
