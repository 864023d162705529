"""What a type allows somewhere inside it: the keys of a nested struct, the members of an enum."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

#: A path into a value: keys and positions.
Steps = Sequence[str | int]


def fields_at(kind: Any, steps: Steps) -> tuple[str, ...]:
    """The keys that a struct at this path may have."""
    structs = (found for found in types_at(kind, steps) if _is_a(found, msgspec.Struct))
    return tuple(field.encode_name for struct in structs for field in msgspec.structs.fields(struct))


def choices_at(kind: Any, steps: Steps) -> tuple[str, ...]:
    """The values that an enum or literal at this path may have."""
    choices: list[object] = []
    for found in types_at(kind, steps):
        if _is_a(found, enum.Enum):
            choices += [member.value for member in found]
        elif typing.get_origin(found) is Literal:
            choices += typing.get_args(found)
    return tuple(str(choice) for choice in choices)


def types_at(kind: Any, steps: Steps) -> Iterator[Any]:
    """Every type that a value at this path may have, unions taken apart."""
    if typing.get_origin(kind) is typing.Annotated:
        yield from types_at(typing.get_args(kind)[0], steps)
    elif typing.get_origin(kind) in (typing.Union, types.UnionType):
        for member in typing.get_args(kind):
            yield from types_at(member, steps)
    elif not steps:
        yield kind
    else:
        for inner in _inside(kind, steps[0]):
            yield from types_at(inner, steps[1:])


def members_at(kind: Any, steps: Steps) -> tuple[Any, ...]:
    """The types of the values of a mapping at this path whose keys are free."""
    found = (mapping for mapping in types_at(kind, steps) if _is_mapping(mapping))
    return tuple(argument for mapping in found for argument in typing.get_args(mapping)[1:])


def _inside(kind: Any, step: str | int) -> Iterator[Any]:
    arguments = typing.get_args(kind)
    if _is_a(kind, msgspec.Struct):
        yield from (field.type for field in msgspec.structs.fields(kind) if field.encode_name == step)
    elif _is_mapping(kind):
        yield from arguments[1:]
    elif isinstance(step, int) and arguments:
        fixed = typing.get_origin(kind) is tuple and Ellipsis not in arguments
        yield arguments[step] if fixed and step < len(arguments) else arguments[0]


def _is_a(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _is_mapping(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)
