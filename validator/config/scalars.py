"""YAML scalars, read only where every version of YAML reads them alike."""

from __future__ import annotations

import datetime as dt
import math
import re

import yaml

Scalar = str | int | float | bool | dt.date | None

_PREFIX = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


class ScalarError(ValueError):
    """A scalar that readers of YAML disagree about, or of a type that a rules file has no use for."""


def scalar(node: yaml.ScalarNode) -> Scalar:
    """The value of the scalar; numbers are decimal, dates have no time.

    Raises:
        ScalarError: the message says what it is and how to write it.
    """
    text = str(node.value)
    match node.tag.removeprefix(_PREFIX):
        case "str" | "value":
            return text
        case "null":
            return None
        case "bool" if text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        case "int" | "float":
            return _number(text)
        case "timestamp":
            return _date(text)
        case _:
            raise ScalarError(f"tag {node.tag!r} is not supported; expected plain text, numbers, lists or mappings")


def what(value: object) -> str:
    """The kind of a YAML value in a person's words: "a boolean"."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (dt.date, "a date"),
        (dict, "a mapping"),
        (tuple, "a list"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "nothing")


def _number(text: str) -> int | float:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    raise ScalarError(f"{text!r} is read differently by versions of YAML; expected a decimal number, or quotes")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise ScalarError(f"{text!r} is no date; expected YYYY-MM-DD, or quotes if text is meant") from problem
