"""Reading one call from a server of a test, and calls to read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tests.collect.servers import Answer, FakeTime, said, serving
from validator.collect.discovery import Discovery
from validator.collect.pages import Reader
from validator.collect.transport import Endpoint, make_http
from validator.model.outcome import Reading
from validator.model.resource import Resource, Target, target
from validator.patience import Budget

ACME = target("acme", project="acme")
ANYWHERE = target("acme", "-", parent="projects/acme/locations/-")
CENTRAL = target("acme", "us-central1", parent="projects/acme/locations/us-central1")
NAMED = target("acme", name="projects/acme")
#: What every list of Compute Engine says of itself.
LIST = {"kind": "compute#list"}


@contextlib.contextmanager
def reading(discovery: Discovery, url: str, budget: Budget | None = None) -> Iterator[Callable[..., Reading]]:
    shared = budget or FakeTime().budget(60)
    reader = Reader(discovery, shared)
    with contextlib.closing(make_http(shared, endpoint=Endpoint.parse(url))) as connection:
        yield lambda kind, call=ACME: reader(kind, kind.KIND.reads[0], call, connection)


def read(discovery: Discovery, answer: Any, kind: type[Resource], call: Target = ACME) -> Reading:
    """The reading of a server that always gives this answer."""
    told = answer if callable(answer) or isinstance(answer, Answer) else said(answer)
    with serving(told) as server, reading(discovery, server.url) as go:
        return go(kind, call)


def names(result: Reading) -> list[str]:
    return [item.short for item in result.items]
