"""What Google's discovery documents say of the methods that the kinds read.

The documents are those bundled with google-api-python-client; which methods are served follows from
`Kind.reads`, so a new kind is served without a change here.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import googleapiclient

from validator.model.kinds import KINDS
from validator.model.resource import Read

_DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_PLACEHOLDER = re.compile(r"\{\+?(\w+)\}")
_VERSION = re.compile(r"^(?:\w+/)?v\d\w*/")


@dataclass(frozen=True)
class Method:
    """A GET method: where it is asked for, what it takes, and the shape of its answer."""

    api: str
    version: str
    #: Within the document: "projects.locations.connectors.list".
    name: str
    permission: str
    host: str
    #: Matches the whole path below the host; its groups are the arguments in the order of `path_names`.
    pattern: re.Pattern[str]
    path_names: tuple[str, ...]
    query_names: frozenset[str]
    required_names: frozenset[str]
    #: Name of the answer's schema.
    answer: str
    #: Key of the list of resources; "" where the answer is one resource.
    items: str
    aggregated: bool

    @property
    def id(self) -> str:
        """As messages spell it: "compute.networks.list"."""
        return f"{self.api}.{self.name}"

    @property
    def properties(self) -> Mapping[str, Any]:
        """The properties of the answer."""
        found: Mapping[str, Any] = document(self.api, self.version)["schemas"][self.answer].get("properties", {})
        return found

    @property
    def paged(self) -> bool:
        """Whether the answer may come in pages."""
        return self.knative or ("pageToken" in self.query_names and "nextPageToken" in self.properties)

    @property
    def knative(self) -> bool:
        """Whether it lists as Kubernetes does: `limit` and `continue` asked for, `metadata.continue` given."""
        return "continue" in self.query_names

    @property
    def token_name(self) -> str:
        """The argument that asks for a page."""
        return "continue" if self.knative else "pageToken"

    def followed(self, body: Any, token: str) -> Any:
        """An answer with the token of the page that follows."""
        if self.knative:
            return {**body, "metadata": {**body.get("metadata", {}), "continue": token}}
        return {**body, "nextPageToken": token}

    @property
    def scoped_key(self) -> str:
        """Key of the list within each scope of an aggregated answer."""
        return _list_of(self.api, self.version, self.properties[self.items]["additionalProperties"]["$ref"])

    @property
    def item(self) -> str:
        """Name of the schema of one resource."""
        if not self.items:
            return self.answer
        if not self.aggregated:
            return str(self.properties[self.items]["items"]["$ref"])
        scoped = self.properties[self.items]["additionalProperties"]["$ref"]
        schema = document(self.api, self.version)["schemas"][scoped]
        return str(schema["properties"][self.scoped_key]["items"]["$ref"])

    def arguments(self, path: str) -> dict[str, str] | None:
        """The arguments in a path below the host, or None where the path is not this method's."""
        found = self.pattern.fullmatch(path)
        return None if found is None else dict(zip(self.path_names, map(unquote, found.groups()), strict=True))


@functools.cache
def document(api: str, version: str) -> Mapping[str, Any]:
    """The discovery document."""
    found: Mapping[str, Any] = json.loads((_DOCUMENTS / f"{api}.{version}.json").read_text())
    return found


@functools.cache
def served() -> tuple[Method, ...]:
    """Every method that some kind reads."""
    reads = {(read.api, read.version, read.method): read for kind in KINDS.values() for read in kind.KIND.reads}
    return tuple(method_of(read) for read in reads.values())


def method_of(read: Read) -> Method:
    """The method a read names.

    Raises:
        ValueError: it is not a GET.
    """
    source = document(read.api, read.version)
    *resources, last = read.method.split(".")
    described: Any = source
    for name in resources:
        described = described["resources"][name]
    described = described["methods"][last]
    if described["httpMethod"] != "GET":
        raise ValueError(f"{read.api}.{read.method} is a {described['httpMethod']}")
    template = source["servicePath"] + described.get("flatPath", described["path"])
    query = {name: rest for name, rest in described["parameters"].items() if rest["location"] == "query"}
    return Method(
        api=read.api,
        version=read.version,
        name=read.method,
        permission=read.permission,
        host=urlsplit(source["rootUrl"]).netloc,
        pattern=re.compile(_PLACEHOLDER.sub("([^/]+)", template)),
        path_names=tuple(_PLACEHOLDER.findall(template)),
        query_names=frozenset(query),
        required_names=frozenset(name for name, rest in query.items() if rest.get("required")),
        answer=described["response"]["$ref"],
        items=read.items,
        aggregated=read.aggregated,
    )


def resource_path(path: str) -> str:
    """The path without the API's version: "projects/p/global/networks"."""
    return _VERSION.sub("", unquote(path))


def _list_of(api: str, version: str, schema: str) -> str:
    properties = document(api, version)["schemas"][schema]["properties"]
    return str(next(name for name, rest in properties.items() if rest.get("type") == "array"))
