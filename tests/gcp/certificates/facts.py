"""Facts from literal resources, the way the engine derives them."""

from __future__ import annotations

from typing import Any, TypeVar

from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.model.resource import Resource
from validator.model.table import Table

F = TypeVar("F")


def derived(fact: type[F], *rows: Resource, unread: tuple[type[Resource], ...] = ()) -> F:
    """The fact when `rows` is all there is; of the kinds `unread`, more may exist."""

    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in rows if isinstance(row, kind))

    found: F = Supply(ACME, NOW, table, lambda kind: kind not in unread).value(fact)
    return found
