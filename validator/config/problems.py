"""What is wrong with a rules file, said with file, line and column, all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from validator.engine.ruleset import Place

_SHOWN_PROBLEMS = 20
_SHOWN_CHARACTERS = 60
_SHOWN_OPTIONS = 12


class ConfigError(Exception):
    """One or several problems; each line reads `FILE:LINE:COL: what was found; expected …`."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Problems:
    """Collects the problems of one file, so that a person mends them in one go."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], None] = {}
        #: How often one was noted, repetitions included.
        self.count = 0

    def add(self, place: Place, found: str, *, expected: str = "", meant: str = "") -> None:
        """Note a problem: what was found, what was expected, the nearest valid spelling."""
        hints = (f"; expected {expected}" if expected else "", f"; did you mean {shown(meant)}?" if meant else "")
        self._found[place, found + "".join(hints)] = None
        self.count += 1

    def raise_any(self) -> None:
        """Do nothing if there are none.

        Raises:
            ConfigError: the problems in the order of the file, the first twenty of them.
        """
        if not self._found:
            return
        lines = [f"{place}: {text}" for place, text in sorted(self._found)]
        rest = len(lines) - _SHOWN_PROBLEMS
        raise ConfigError([*lines[:_SHOWN_PROBLEMS], *([f"… and {rest} more"] if rest > 0 else [])])


def shown(value: Any) -> str:
    """The value in quotes, on one line, shortened, without control characters."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…{text[0]}"


#: Words that are close to an option by their letters, and mean another.
_SAME = {"inside": "vpc"}


def nearest(word: str, options: Iterable[str]) -> str:
    """The option that was probably meant, or ""."""
    known = sorted(options)
    if (meant := _SAME.get(word.lower(), word.lower())) in known:
        return meant
    close = difflib.get_close_matches(word, known, n=1)
    starting = [option for option in known if option.startswith(word) or word.startswith(option)]
    return close[0] if close else starting[0] if len(starting) == 1 and word else ""


def one_of(options: Iterable[str], *, otherwise: str) -> str:
    """The options as words (`a, b or c`); `otherwise` where there are none or too many to read."""
    known = sorted(options)
    if not 0 < len(known) <= _SHOWN_OPTIONS:
        return otherwise
    return " or ".join(filter(None, (", ".join(known[:-1]), known[-1])))
