"""`${name}` in rules: the environment's own values, so that one rule serves every environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from validator.config.document import Item
from validator.config.problems import Problems, nearest, one_of, shown
from validator.config.stanzas import VARIABLE
from validator.model.environment import Environment

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
#: Known in every environment.
BUILTIN = ("env", "project")


class Variables(msgspec.Struct, frozen=True):
    """The values that `${name}` stands for in one environment."""

    values: Mapping[str, Any]
    #: How messages call the environment.
    called: str

    @classmethod
    def of(cls, environment: Environment) -> Variables:
        """The environment's variables, `${project}` and, where it has a name, `${env}`."""
        name = environment.name
        builtin = {"project": environment.project} | ({"env": name} if name else {})
        called = f"environment {shown(name)}" if name else "a run with --project alone (variables need --env)"
        return cls({**environment.vars, **builtin}, called)

    def fill(self, item: Item, problems: Problems) -> Item | None:
        """The item with every reference replaced; None where one cannot be, which is noted.

        A text that is one reference takes the variable's type; `$${` is a literal `${`.
        """
        before = problems.count
        filled = self._filled(item, problems)
        return filled if problems.count == before else None

    def _filled(self, item: Item, problems: Problems) -> Item:
        match item.value:
            case Mapping():
                value: Any = {key: self._filled(child, problems) for key, child in item.value.items()}
            case tuple():
                value = tuple(self._filled(child, problems) for child in item.value)
            case str():
                value = self._text(item, item.value, problems)
            case _:
                return item
        return msgspec.structs.replace(item, value=value)

    def _text(self, item: Item, text: str, problems: Problems) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole and whole[1] is not None:
            return self._value(item, whole, problems)
        return _REFERENCE.sub(lambda found: written(self._value(item, found, problems)), text)

    def _value(self, item: Item, found: re.Match[str], problems: Problems) -> Any:
        name, closed = found[1], found[2]
        if name is None:
            return "${"
        if not closed or not re.fullmatch(VARIABLE, name):
            problems.add(
                item.place,
                f"{shown(item.value)} holds no variable's name after ${{",
                expected="${name}, or $${ for a literal ${",
            )
        elif name not in self.values:
            expected = one_of(self.values, otherwise="a variable of the environment")
            problems.add(
                item.place,
                f"unknown variable {shown(name)} in {self.called}",
                expected=expected,
                meant=nearest(name, self.values),
            )
        return self.values.get(name, "")


def written(value: Any) -> str:
    """The value as it stands inside a text; booleans as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def without_references(item: Item) -> Item | None:
    """The item, or None where its value depends on a variable."""
    return None if _refers(item) else item


def _refers(item: Item) -> bool:
    match item.value:
        case Mapping():
            return any(_refers(child) for child in item.value.values())
        case tuple():
            return any(_refers(child) for child in item.value)
        case str():
            return "${" in item.value
        case _:
            return False
