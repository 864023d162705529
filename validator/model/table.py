"""A table: every resource of one kind that was read, in one fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from validator.model.resource import Resource

R = TypeVar("R", bound=Resource)
F = TypeVar("F")


class Table(Generic[R]):
    """Immutable; iterates in the order of full names, whatever the order of arrival."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Iterable[R] = ()) -> None:
        self._rows: tuple[R, ...] = tuple(sorted(rows, key=lambda row: row.path))

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        return f"Table({[row.path for row in self._rows]})"

    def named(self, name: str) -> tuple[R, ...]:
        """The rows whose short name is `name`: several where regions or projects repeat it."""
        return tuple(row for row in self._rows if row.short == name)

    def at(self, path: str) -> R | None:
        """The row with this full name, or None."""
        return next((row for row in self._rows if row.path == path), None)


class Partial(Generic[R]):
    """A need of whoever can weigh what is missing: the rows that were read, and whether they are all there are.

    A gap in the kind makes no finding unknown by itself then; only what turns on a row that may be missing.
    """

    __slots__ = ("asked", "complete", "table")

    def __init__(self, table: Table[R], *, complete: bool, asked: bool = True) -> None:
        """The rows, and what is known of those that are not among them.

        Args:
            table: the rows that were read.
            complete: whether they are all there are.
            asked: whether anybody tried to read any; False for a probe that was not to be made.
        """
        self.table = table
        self.complete = complete
        self.asked = asked

    def __iter__(self) -> Iterator[R]:
        return iter(self.table)


class Maybe(Generic[F]):
    """A need of whoever can do without: the fact, or None where something it rests on was not read to the end."""

    __slots__ = ("unread", "value")

    def __init__(self, value: F | None, unread: tuple[str, ...] = ()) -> None:
        """The fact, or what kept it away.

        Args:
            value: the fact.
            unread: nouns of the kinds that were not read to the end, where there is no fact.
        """
        self.value = value
        self.unread = unread
