"""What a kind of resource is: its shape, where it is read from, and the permission of that read.

A kind is a frozen struct whose fields are the API's own (camelCase on the wire). Only fields named here
survive the edge: what is not modelled is neither kept in memory nor written into a snapshot, so a secret
that some API returns in a field nobody asked for goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import msgspec

_PATH = re.compile(r"(?:projects|folders|organizations)/.+$")


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A nested piece of a resource (a NAT of a router, a container of a service)."""


class Target(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One call of a read: the arguments of the API method, and the scope its answer speaks for."""

    project: str
    location: str = ""
    #: Arguments of the discovery method, such as (("parent", "projects/p/locations/us-central1"),).
    arguments: tuple[tuple[str, str], ...] = ()


def target(project: str, location: str = "", /, **arguments: str) -> Target:
    """The call with these method arguments, speaking for `project` and `location`."""
    return Target(project=project, location=location, arguments=tuple(sorted(arguments.items())))


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the resources of a kind come from: calls that follow from what is read of other kinds."""

    #: Function from `Environment`, `Table[Kind]` and fact keyword inputs to the calls to make.
    targets: Callable[..., Iterable[Target]]
    #: What one target stands for in a dry run, such as "each network".
    each: str = ""

    @property
    def call(self) -> str:
        """What a call of it is named by in messages and recordings."""
        raise NotImplementedError


class Probe(Source, frozen=True, kw_only=True):
    """A real connection whose result is a resource; made only where a rule that needs the kind asks for probes."""

    #: Such as "redis.ping".
    name: str

    @property
    def call(self) -> str:
        """Such as "probe.redis.ping"."""
        return f"probe.{self.name}"


class Read(Source, frozen=True, kw_only=True):
    """How a kind is read: a GET method of a discovery document, its targets, and what it needs."""

    #: Discovery name and version, such as "compute", "v1".
    api: str
    version: str
    #: Method within the document, such as "projects.locations.connectors.list".
    method: str
    #: IAM permission of the call, such as "vpcaccess.connectors.list".
    permission: str
    #: Predefined role that holds it, for the remedy of a refusal.
    role: str
    #: Key of the list of resources in the answer; "" where the answer is itself the one resource.
    items: str = ""
    #: Whether `items` is a mapping of scopes ("regions/us-central1": {...: [resources]}).
    aggregated: bool = False
    #: Whether there always is at least one such resource, so that an answer without any cannot be honest.
    never_empty: bool = False
    #: Arguments of the call that are copied into each resource, where the answer does not repeat them.
    inject: tuple[str, ...] = ()
    #: Extra parts of each resource to ask for, where the client at hand knows such a parameter: "WITH_UTILIZATION".
    views: str = ""

    @property
    def service(self) -> str:
        """The API's service name, as enabled per project: "vpcaccess.googleapis.com"."""
        return f"{self.api}.googleapis.com"

    @property
    def call(self) -> str:
        """Such as "compute.networks.list"."""
        return f"{self.api}.{self.method}"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a kind in selectors and messages, and every read, or the probe, that fills its table."""

    #: Singular noun that starts a subject: "connector" in "connector/staging".
    noun: str
    reads: tuple[Read, ...] = ()
    probe: Probe | None = None
    #: Whether such resources exist only while the API they are read from is on: then an API that is off means that
    #: there are none. False for what lives elsewhere and is only told of by that API, such as a project.
    lives_in_its_api: bool = True

    @property
    def sources(self) -> tuple[Source, ...]:
        """The reads and the probe; none for a kind that is derived from others."""
        return (*self.reads, *((self.probe,) if self.probe else ()))


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of every kind: an API resource and the scope in which it was read."""

    KIND: ClassVar[Kind]

    #: The API's own name: bare ("web") or full ("projects/p/locations/l/connectors/c").
    name: str
    #: Project and location of the read (or of the resource, where the API says so).
    project: str = ""
    location: str = ""
    self_link: str = ""

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """The API's JSON, reshaped or redacted before it is decoded; idempotent."""
        return raw

    @property
    def short(self) -> str:
        """The last segment of the name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def path(self) -> str:
        """The canonical full name, such as "projects/p/regions/r/subnetworks/s"."""
        for text in (self.self_link, self.name):
            if found := _PATH.search(text):
                return found.group()
        where = f"locations/{self.location}/" if self.location else ""
        return f"projects/{self.project}/{where}{self.KIND.noun}s/{self.name}"

    @property
    def label(self) -> str:
        """The subject spelling: "connector/staging"."""
        return f"{self.KIND.noun}/{self.short}"


def last(text: str) -> str:
    """The last segment of a URL or path."""
    return text.rsplit("/", 1)[-1]


def place(raw: Mapping[str, Any], scope: Target, aggregated_key: str = "") -> dict[str, Any]:
    """The raw resource with `project` and `location` filled from its own fields or its read's scope."""
    own = raw.get("zone") or raw.get("region")
    if isinstance(own, str) and own:
        location = last(own)
    elif aggregated_key:
        location = last(aggregated_key)
    else:
        # A list over all locations ("-") is the scope of resources that each name their own.
        location = _location_of(raw) or scope.location
    placed = dict(raw)
    placed["project"] = raw["project"] if isinstance(raw.get("project"), str) else scope.project
    placed["location"] = location
    return placed


def _location_of(raw: Mapping[str, Any]) -> str:
    name = raw.get("name")
    found = re.search(r"/(?:locations|regions|zones)/([^/]+)/", name) if isinstance(name, str) else None
    return found.group(1) if found else ""
