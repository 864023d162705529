"""What a function needs, read off its annotations: the one declaration that plans, permits and supplies.

A need is `Table[Kind]`; `Partial[Kind]`, for whoever can weigh what was not read; a fact, that is a class with a
`derive` classmethod whose own annotations are needs; `Maybe[Fact]`, for whoever can do without; `Environment`; or
`Moment`. Functions that fan a read out into
calls declare their needs the same way.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from validator.check import Params
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.resource import Resource
from validator.model.table import Maybe, Partial, Table


class NeedError(TypeError):
    """An annotation that is no need; names the function and the parameter."""


@functools.cache
def needs_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Parameter names and annotations of the function, `self`/`cls` and the return value aside.

    Remembered, since annotations never change and a run asks a thousand times.

    Raises:
        NeedError: a parameter without an annotation, or one whose annotation cannot be resolved.
    """
    try:
        hints = typing.get_type_hints(function)
        names = inspect.signature(function).parameters
    except (NameError, TypeError, ValueError) as problem:
        raise NeedError(f"{_where(function)}: {problem}") from problem
    for name in names:
        if name not in hints:
            raise NeedError(f"{_where(function)}: parameter {name!r} has no annotation")
    return MappingProxyType({name: hints[name] for name in names})


def kinds_of(annotation: Any) -> tuple[type[Resource], ...]:
    """Every kind that must be read to supply the annotation, through facts."""
    return _kinds(annotation, (Table, Partial))


def kinds_of_all(annotations: Any) -> Iterator[type[Resource]]:
    """The kinds of several annotations; may repeat."""
    for annotation in annotations:
        yield from kinds_of(annotation)


def decisive_kinds(annotations: Any) -> Iterator[type[Resource]]:
    """Those of the kinds that must be read to the end: a gap in another is weighed by whoever needs it."""
    for annotation in annotations:
        yield from _kinds(annotation, (Table,))


@functools.cache
def _kinds(annotation: Any, wanted: tuple[Any, ...]) -> tuple[type[Resource], ...]:
    if kind := table_kind(annotation):
        derived = getattr(kind, "subjects", None)
        if derived is not None:
            return _of_needs(derived, wanted)
        return (kind,) if typing.get_origin(annotation) in wanted else ()
    if fact := maybe_fact(annotation):
        return _kinds(fact, wanted) if Partial in wanted else ()
    if derive := getattr(annotation, "derive", None):
        return _of_needs(derive, wanted)
    if not _is_given(annotation):
        raise NeedError(
            f"{annotation!r} is no need: expected Table[Kind], Partial[Kind], a fact, Maybe[Fact], Environment, Moment "
            "or Params"
        )
    return ()


def _of_needs(function: Callable[..., Any], wanted: tuple[Any, ...]) -> tuple[type[Resource], ...]:
    found = (kind for need in needs_of(function).values() for kind in _kinds(need, wanted))
    return tuple(dict.fromkeys(found))


def table_kind(annotation: Any) -> type[Resource] | None:
    """The kind of a `Table[Kind]` or `Partial[Kind]`, else None."""
    if typing.get_origin(annotation) not in (Table, Partial):
        return None
    (kind,) = typing.get_args(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, Resource) else None


def maybe_fact(annotation: Any) -> Any:
    """The fact of a `Maybe[Fact]`, else None."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Maybe else None


def union_of(annotation: Any) -> tuple[Any, ...]:
    """The members of `A | B`, or the annotation alone."""
    return typing.get_args(annotation) or (annotation,)


class Supply:
    """Hands functions what they need from one inventory; each fact is derived once."""

    def __init__(
        self,
        environment: Environment,
        moment: dt.datetime,
        table: Callable[[type[Resource]], Table[Any]],
        complete: Callable[[type[Resource]], bool] = lambda _kind: True,
        asked: Callable[[type[Resource]], bool] = lambda _kind: True,
    ) -> None:
        self._given = {Environment: environment, dt.datetime: moment}
        self._table = table
        self._complete = complete
        self._asked = asked
        self._known: dict[Any, Any] = {}

    def arguments(self, function: Callable[..., Any], **given: Any) -> dict[str, Any]:
        """The keyword arguments for a call, `given` ones as they are."""
        return {name: given[name] if name in given else self.value(need) for name, need in needs_of(function).items()}

    def value(self, annotation: Any) -> Any:
        """The table, fact, environment or moment the annotation asks for."""
        if annotation not in self._known:
            self._known[annotation] = self._derive(annotation)
        return self._known[annotation]

    def _derive(self, annotation: Any) -> Any:
        if kind := table_kind(annotation):
            derived = getattr(kind, "subjects", None)
            table = self._table(kind) if derived is None else derived(**self.arguments(derived))
            if typing.get_origin(annotation) is Table:
                return table
            return Partial(table, complete=self._complete(kind), asked=self._asked(kind))
        if annotation in self._given:
            return self._given[annotation]
        if fact := maybe_fact(annotation):
            unread = tuple(kind.KIND.noun for kind in _kinds(fact, (Table,)) if not self._complete(kind))
            return Maybe(None, unread) if unread else Maybe(self.value(fact))
        return annotation.derive(**self.arguments(annotation.derive))


def supply(inventory: Inventory) -> Supply:
    """A supply from everything that was read of an environment."""
    return Supply(
        inventory.environment,
        inventory.taken_at,
        inventory.table,
        complete=lambda kind: not inventory.gaps(kind),
        asked=lambda kind: kind.KIND.noun in inventory.kinds,
    )


def _is_given(annotation: Any) -> bool:
    return annotation in (Environment, dt.datetime) or (isinstance(annotation, type) and issubclass(annotation, Params))


def _where(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", function))
