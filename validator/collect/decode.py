"""A resource out of an API's JSON: placed, redacted, typed; or a sentence about why it is none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import msgspec

from validator.collect.errors import MalformedAnswer
from validator.collect.words import clean
from validator.model.resource import Read, Resource, Target, last, place

Json = dict[str, Any]

#: What reshaping and typing raise at an object that is not of the kind.
_UNFIT = (
    msgspec.ValidationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def prepare_decoding(kinds: Iterable[type[Resource]]) -> None:
    """Build what msgspec needs to decode the kinds; to be called before threads decode any.

    It is built at a type's first use, and not atomically: two threads that come first at once crash the interpreter.
    """
    for kind in kinds:
        with contextlib.suppress(msgspec.ValidationError):
            msgspec.convert({}, kind, strict=False)


def decode(kind: type[Resource], read: Read, target: Target, scope: str, raw: Json) -> tuple[Resource, ...]:
    """The resource; none where the whole answer is the resource and is empty, as for a project without a host.

    Args:
        kind: what it becomes.
        read: how it was read; tells which arguments of the call belong into it.
        target: the call.
        scope: "regions/us-central1" in an aggregated list, else "".
        raw: the API's JSON.

    Raises:
        MalformedAnswer: it does not fit the kind; names the resource and the field.
    """
    try:
        placed = place(_without_nulls(raw), target, scope) | _injected(read, target, raw)
        resource = msgspec.convert(kind.prepare(placed), kind, strict=False)
    except _UNFIT as problem:
        name = clean(raw["name"], 120) if isinstance(raw.get("name"), str) else "(without a name)"
        raise MalformedAnswer(f"gave a {kind.KIND.noun} that cannot be read: {name}: {clean(problem)}") from problem
    return () if not raw and not read.inject else (_as_asked(resource, read, target),)


def _as_asked(resource: Resource, read: Read, target: Target) -> Resource:
    """The one resource that was asked for, under the name it was asked by: answers may have the project's number.

    Raises:
        MalformedAnswer: it is another one.
    """
    asked = dict(target.arguments).get("name", "")
    if read.items or not asked:
        return resource
    inside = _inside_project(asked)
    if inside and inside == _inside_project(resource.name):
        return msgspec.structs.replace(resource, name=asked, self_link="")
    # A project itself: asked for by its id or number, answered with both.
    if not inside and last(asked) in (resource.short, last(resource.name)):
        return resource
    raise MalformedAnswer(f"gave {clean(resource.name, 120)}, where {asked} was asked for")


def _inside_project(name: str) -> str:
    """Such as "locations/l/services/s" of "projects/p/locations/l/services/s"."""
    return name.partition("projects/")[2].partition("/")[2]


def _injected(read: Read, target: Target, raw: Json) -> Json:
    """Arguments that the answer does not repeat."""
    return {name: value for name, value in target.arguments if name in read.inject and not raw.get(name)}


def _without_nulls(raw: Json) -> Json:
    """The object without nulls: each stands for its field's default.

    https://protobuf.dev/programming-guides/json/
    """
    return {key: _clear(value) for key, value in raw.items() if value is not None}


def _clear(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_nulls(value)
    return [_clear(one) for one in value] if isinstance(value, list) else value
