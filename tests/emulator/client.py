"""The real google-api-python-client on an emulator, and a plain reader of kinds for the emulator's own tests."""

from __future__ import annotations

import datetime as dt
import functools
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httplib2
import msgspec
from googleapiclient.discovery import build

from validator.engine.needs import Supply
from validator.model.environment import Environment
from validator.model.resource import Read, Resource, Target, place
from validator.model.table import Table

NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)


class Redirected(httplib2.Http):  # type: ignore[misc]
    """Sends every request to the emulator, the API's own host in front of the path."""

    def __init__(self, endpoint: str, timeout_s: float = 5) -> None:
        super().__init__(timeout=timeout_s)
        self._endpoint = endpoint

    def request(self, uri: str, *args: Any, **kwargs: Any) -> Any:
        """As httplib2 does it, elsewhere."""
        return super().request(f"{self._endpoint}/{uri.removeprefix('https://')}", *args, **kwargs)


@functools.cache
def service(api: str, version: str) -> Any:
    """The client of an API, from the bundled discovery document."""
    return build(api, version, http=httplib2.Http(), static_discovery=True)


def pages(http: httplib2.Http, read: Read, target: Target) -> Iterator[dict[str, Any]]:
    """Every page of one call, each page token followed."""
    *resources, method = read.method.split(".")
    resource = service(read.api, read.version)
    for name in resources:
        resource = getattr(resource, f"{name}_" if keyword.iskeyword(name) else name)()
    ask = getattr(resource, method)
    # The client follows only tokens named as Google names them; Knative's lists are left to its callers.
    following = getattr(resource, f"{method}_next", lambda _request, answer: _continued(ask, target, answer))
    request = ask(**dict(target.arguments))
    while request is not None:
        answer = request.execute(http=http)
        yield answer
        request = following(request, answer)


def _continued(ask: Any, target: Target, answer: dict[str, Any]) -> Any:
    token = answer.get("metadata", {}).get("continue")
    return ask(**dict(target.arguments), **{"continue": token}) if token else None


def items(read: Read, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource of an answer with the scope it stands in ("" outside aggregated answers)."""
    if not read.items:
        yield "", answer
    elif read.aggregated:
        for scope, inside in answer[read.items].items():
            rows = next((rows for key, rows in inside.items() if key != "warning"), ())
            yield from ((scope, row) for row in rows)
    else:
        yield from (("", row) for row in answer.get(read.items, ()))


@dataclass
class Reader:
    """Reads kinds through the real client, parents first, and decodes them as the product's models."""

    http: httplib2.Http
    environment: Environment
    #: Noun to what was read.
    tables: dict[str, Table[Any]] = field(default_factory=dict)

    def table(self, kind: type[Resource]) -> Table[Any]:
        """Every resource of the kind."""
        noun = kind.KIND.noun
        if noun not in self.tables:
            self.tables[noun] = Table(self._rows(kind))
        return self.tables[noun]

    def _rows(self, kind: type[Resource]) -> Iterator[Resource]:
        for read in kind.KIND.reads:
            supply = Supply(self.environment, NOW, self.table)
            for target in read.targets(**supply.arguments(read.targets)):
                for answer in pages(self.http, read, target):
                    yield from (_decoded(kind, read, target, *found) for found in items(read, answer))


def _decoded(kind: type[Resource], read: Read, target: Target, scope: str, raw: dict[str, Any]) -> Resource:
    injected = {name: value for name, value in target.arguments if name in read.inject}
    placed = place(raw | injected, target, scope)
    return msgspec.convert(kind.prepare(placed), kind, strict=False)
