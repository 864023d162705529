"""Items turned into typed values; every mismatch is noted at the value's own line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Union

import msgspec

from validator.config.document import Item
from validator.config.inspection import Steps, choices_at, fields_at, members_at
from validator.config.problems import Problems, nearest, one_of, shown
from validator.config.scalars import what
from validator.config.stanzas import MEANING

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_EXPECTED = re.compile(r"Expected `([^`]*)`(?:, got `[^`]*`)?(.*)")
_MEANING = {repr(pattern): words for pattern, words in MEANING.items()}
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "date": "a date such as 2027-01-31",
}


class Fields(NamedTuple):
    """The typed values of a mapping's keys; `complete` unless one is wrong, missing or left out."""

    values: Mapping[str, Any]
    complete: bool


def as_is(item: Item) -> Item | None:
    """The item itself: nothing is to be resolved before it is typed."""
    return item


def read_fields(
    item: Item,
    struct: type[Any],
    problems: Problems,
    *,
    resolve: Callable[[Item], Item | None] = as_is,
    noun: str = "key",
) -> Fields:
    """The mapping's values by the struct's field types; unknown and missing keys are noted.

    `resolve` may rewrite a value before it is typed, or leave it out by answering None.
    """
    if not isinstance(item.value, Mapping):
        mismatch(item, "a mapping", problems)
        return Fields({}, complete=False)
    before = problems.count
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    refuse_unknown(item, fields, problems, noun=noun)
    for name in (name for name, field in fields.items() if field.required and name not in item.value):
        problems.add(item.key, f"{shown(item.label)} lacks {shown(name)}" if item.label else f"lacks {shown(name)}")
    known = {name: resolve(child) for name, child in item.value.items() if name in fields}
    typed = {name: read_value(child, fields[name].type, problems) for name, child in known.items() if child}
    complete = problems.count == before and None not in known.values()
    return Fields({fields[name].name: value for name, value in typed.items()}, complete)


def refuse_unknown(item: Item, known: Iterable[str], problems: Problems, *, noun: str = "key") -> None:
    """Note every key of the mapping that is not known, with the nearest that is."""
    names = tuple(known)
    for name, child in item.value.items() if isinstance(item.value, Mapping) else ():
        if name not in names:
            expected = one_of(names, otherwise="")
            problems.add(child.key, f"unknown {noun} {shown(name)}", expected=expected, meant=nearest(name, names))


def read_value(item: Item, kind: Any, problems: Problems) -> Any:
    """The value as the type; None where it is not of it, which is noted."""
    try:
        return msgspec.convert(item.plain(), kind, str_keys=True)
    except msgspec.ValidationError as problem:
        _explain(item, kind, str(problem), problems)
        return None


def mismatch(item: Item, expected: str, problems: Problems) -> None:
    """Note that the value is not what was expected; a scalar that quotes would mend is shown in quotes."""
    found = what(item.value)
    quoted = (
        f' (write "{item.spelling}")' if expected == "text" and item.spelling.isprintable() and item.spelling else ""
    )
    value = f", {shown(item.value)}," if isinstance(item.value, str) else ""
    name = f"{shown(item.label)} is " if item.label else "found "
    problems.add(item.place, f"{name}{found}{value}".rstrip(","), expected=f"{expected}{quoted}")


def _explain(item: Item, kind: Any, text: str, problems: Problems) -> None:
    message, _, path = text.rpartition(" - at `")
    message, path = (message, path) if message else (text, "")
    before, member, _ = path.partition("[...]")
    steps = [name or int(index) for name, index in _STEP.findall(before.rstrip("`"))]
    at = _walk(item, steps)
    if member and isinstance(at.value, Mapping):
        for child in at.value.values():
            read_value(child, Union[*members_at(kind, steps)], problems)
    else:
        _say(at, kind, steps, message, problems)


def _say(at: Item, kind: Any, steps: Steps, message: str, problems: Problems) -> None:
    if _UNKNOWN.fullmatch(message):
        refuse_unknown(at, fields_at(kind, steps), problems)
    elif found := _MISSING.fullmatch(message):
        problems.add(at.place, f"{shown(at.label)} lacks {shown(found[1])}")
    elif message.startswith("Invalid enum value"):
        _wrong_choice(at, choices_at(kind, steps), problems)
    elif found := _EXPECTED.fullmatch(message):
        choices = one_of(choices_at(kind, steps), otherwise="")
        _wrong_type(at, choices or _named(found[1]), found[2].strip(), problems)
    elif message.startswith("Invalid RFC3339 encoded date"):
        problems.add(at.place, f"{shown(at.value)} is no date", expected="YYYY-MM-DD, such as 2027-01-31")
    else:
        problems.add(at.place, f"{shown(at.label)}: {message}" if at.label else message)


def _walk(item: Item, steps: Iterable[str | int]) -> Item:
    for step in steps:
        value: Any = item.value
        try:
            item = value[step]
        except (KeyError, IndexError, TypeError):
            return item
    return item


def _wrong_choice(item: Item, choices: Iterable[str], problems: Problems) -> None:
    known = tuple(choices)
    if not isinstance(item.value, str):
        mismatch(item, one_of(known, otherwise="another value"), problems)
        return
    expected, meant = one_of(known, otherwise="another value"), nearest(item.value, known)
    problems.add(item.place, f"{shown(item.label)} is {shown(item.value)}", expected=expected, meant=meant)


def _named(types: str) -> str:
    names = [name for name in types.split(" | ") if name != "null"]
    return one_of((_WORDS.get(name, name) for name in names if name != "int" or "float" not in names), otherwise=types)


def _wrong_type(item: Item, expected: str, rest: str, problems: Problems) -> None:
    pattern = rest.removeprefix("matching regex ")
    if not rest:
        mismatch(item, expected, problems)
    elif item.value == () and rest.startswith("of length >="):
        problems.add(item.place, f"{shown(item.label)} is an empty list", expected="a member, or no such key")
    else:
        shape = _MEANING.get(pattern, f"{expected} {rest}")
        problems.add(item.place, f"{shown(item.label)} is {shown(item.plain())}", expected=shape)
