"""Calls as Google's own client builds them, from the discovery documents bundled with it: no network.

`returnPartialSuccess` is sent where a method has the parameter *and* its answer has a field that lists what could
not be reached: then one region that is down costs that region, not the whole list, and partial.py sees it. Where
the answer has no such field the parameter could only hide a gap, so the call is left to fail. Clients from 2.201.0
on do not have the parameter at all.
"""

from __future__ import annotations

import json
import keyword
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from validator.collect.transport import ReadOnlyViolation
from validator.model.resource import Read, Target

_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
#: `limit` and `continue` are Knative's words. https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services/list
_SIZES = ("maxResults", "pageSize", "limit")
_TOKENS = ("pageToken", "continue")
#: Compute's and most others' maximum. https://cloud.google.com/compute/docs/reference/rest/v1/networks/list
_PAGE = 500
#: APIs whose maximum is another one: above 200 Service Usage refuses; the rest take more, in fewer calls.
#: https://cloud.google.com/service-usage/docs/reference/rest/v1/services/list
_PAGES: Mapping[str, int] = {"serviceusage": 200, "redis": 1000, "certificatemanager": 1000, "sqladmin": 1000}
_UNREACHABLE = frozenset({"unreachable", "unreachables"})


class UnknownMethodError(LookupError):
    """The installed client has no such API or method."""


class Discovery:
    """Discovery documents and the calls they describe; one object a run, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._collections: dict[tuple[str, str, str], Any] = {}

    def request(self, read: Read, target: Target, page_token: str = "") -> Any:
        """The `googleapiclient.http.HttpRequest` of the call's page with that token; "" is the first.

        Raises:
            UnknownMethodError: the installed client has no such method.
            ReadOnlyViolation: the method is no GET.
            TypeError: an argument is missing or does not fit the method.
        """
        described = self._method(read)
        if described["httpMethod"] != "GET":
            raise ReadOnlyViolation(f"{read.api}.{read.method} is {described['httpMethod']}: this tool only reads")
        path, _, name = read.method.rpartition(".")
        method = getattr(self._collection(read, path), name)
        named = next((name for name in _TOKENS if name in described.get("parameters", {})), _TOKENS[0])
        token = {named: page_token} if page_token else {}
        return method(**dict(target.arguments), **self._options(read, described), **token)

    def url(self, read: Read, target: Target) -> str:
        """The URL of the call's first page."""
        return str(self.request(read, target).uri)

    def fields(self, read: Read) -> frozenset[str]:
        """The fields an answer of the method can have."""
        document = self._document(read.api, read.version)
        schema = document["schemas"][self._method(read)["response"]["$ref"]]
        return frozenset(schema.get("properties", ()))

    def scopes(self, reads: Iterable[Read]) -> tuple[str, ...]:
        """The least OAuth scopes that cover the reads: read-only ones where every method takes one.

        Where any method takes `cloud-platform` alone, that is all of them: it covers the rest.
        """
        accepted = [frozenset(self._method(read)["scopes"]) for read in reads]
        if frozenset({_PLATFORM}) in accepted:
            return (_PLATFORM,)
        chosen = sorted({min(choices, key=_breadth) for choices in accepted}, key=_breadth)
        for scope in tuple(chosen):
            others = frozenset(chosen) - {scope}
            if all(choices & others for choices in accepted):
                chosen.remove(scope)
        return tuple(sorted(chosen))

    def _options(self, read: Read, described: Mapping[str, Any]) -> dict[str, Any]:
        parameters = described.get("parameters", {})
        options: dict[str, Any] = {name: _PAGES.get(read.api, _PAGE) for name in _SIZES if name in parameters}
        if "returnPartialSuccess" in parameters and self.fields(read) & _UNREACHABLE:
            options["returnPartialSuccess"] = True
        if read.views and "views" in parameters:
            options["views"] = read.views
        return options

    def _method(self, read: Read) -> Mapping[str, Any]:
        node = self._document(read.api, read.version)
        *path, name = read.method.split(".")
        try:
            for part in path:
                node = node["resources"][part]
            return node["methods"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise UnknownMethodError(f"{read.api} {read.version} has no method {read.method}") from None

    def _document(self, api: str, version: str) -> Mapping[str, Any]:
        with self._lock:
            if (api, version) not in self._documents:
                self._documents[api, version] = _load(api, version)
            return self._documents[api, version]

    def _collection(self, read: Read, path: str) -> Any:
        """The client's object that has the method, such as `service.projects().locations()`."""
        document = self._document(read.api, read.version)
        with self._lock:
            key = (read.api, read.version, path)
            if key not in self._collections:
                self._collections[key] = self._descend(document, key)
            return self._collections[key]

    def _descend(self, document: Mapping[str, Any], key: tuple[str, str, str]) -> Any:
        api, version, path = key
        if not path:
            return _client(document)
        above, _, name = path.rpartition(".")
        parent = (api, version, above)
        if parent not in self._collections:
            self._collections[parent] = self._descend(document, parent)
        # The client's names for what Python reserves end in "_": `global_`.
        return getattr(self._collections[parent], f"{name}_" if keyword.iskeyword(name) else name)()


def _breadth(scope: str) -> tuple[bool, bool, str]:
    """Orders scopes: read-only before writing, one API's before the whole platform's."""
    writes = not scope.endswith(("readonly", "read-only"))
    return (writes, scope.startswith(_PLATFORM), scope)


def _load(api: str, version: str) -> Mapping[str, Any]:
    # Half a second of imports that `--help` and the offline gate must not pay, here and below.
    from googleapiclient.discovery_cache import get_static_doc  # noqa: PLC0415

    text = get_static_doc(api, version)
    if text is None:
        raise UnknownMethodError(f"the installed google-api-python-client does not know {api} {version}")
    return json.loads(text)  # type: ignore[no-any-return]


def _client(document: Mapping[str, Any]) -> Any:
    """What `discovery.build(static_discovery=True)` makes, without parsing the document a second time."""
    from googleapiclient.discovery import build_from_document  # noqa: PLC0415

    # Any object will do: every request is sent over its own thread's connection.
    return build_from_document(document, http=object())
