"""A described environment: projects and the resources in them, as data that a test changes one thing of.

repaired().changed("connector/chat-connector", network="default").without("firewall/staging-allow-redis")
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulator.discovery import Method, method_of
from validator.model.kinds import KINDS
from validator.model.network import compute_read
from validator.model.scopes import audited_project

#: Resources that no kind reads on their own: they take effect through others.
_EXTRA = {
    "firewall": compute_read("firewalls.list", "", targets=audited_project),
    "learned-route": compute_read("routes.list", "", targets=audited_project),
    "hierarchical-policy": compute_read("firewallPolicies.list", "", targets=audited_project),
}


@dataclass(frozen=True)
class Described:
    """One resource: the noun of its kind, the collection it is found in, and the API's own JSON."""

    noun: str
    #: Without the API's version: "projects/chat-staging/global/networks".
    collection: str
    body: Mapping[str, Any]

    @property
    def source(self) -> Method:
        """A method that answers with such a resource: it knows the schema."""
        return _source(self.noun)

    @property
    def name(self) -> str:
        """The last segment of its path."""
        knative = self.body.get("metadata", {}).get("name")
        own = self.body.get("projectId") or self.body.get("name") or knative or self.body.get("network", "")
        return str(own).rsplit("/", 1)[-1]

    @property
    def label(self) -> str:
        """`noun/name`."""
        return f"{self.noun}/{self.name}"

    def answers(self, label: str) -> bool:
        """Whether the label means it: "subnet/apps", or with more of its path "subnet/us-east1/subnetworks/default"."""
        noun, _, rest = label.partition("/")
        kind = f"/{self.body['type']}" if self.noun == "dns-record" else ""
        return noun == self.noun and f"/{self.collection}/{self.name}{kind}".endswith(f"/{rest}")


@dataclass(frozen=True)
class World:
    """Everything an emulator knows. Each method gives a new world."""

    #: Project id to number.
    projects: Mapping[str, str]
    regions: tuple[str, ...]
    resources: tuple[Described, ...]
    #: Service project to its Shared VPC host.
    hosts: Mapping[str, str] = field(default_factory=dict)

    def one(self, label: str) -> Described:
        """The resource of this label.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [described for described in self.resources if described.answers(label)]
        if len(found) != 1:
            raise LookupError(f"{label} means {[f'{d.noun}/{d.collection}/{d.name}' for d in found] or 'nothing'}")
        return found[0]

    def changed(self, label: str, **fields: Any) -> World:
        """With these fields of one resource; None removes a field, a function is given the old value."""
        old = self.one(label)
        body = _with(old.body, fields)
        return self._mapped(lambda each: replace(each, body=body) if each is old else each)

    def without(self, *labels: str) -> World:
        """Without these resources."""
        gone = [self.one(label) for label in labels]
        return replace(self, resources=tuple(each for each in self.resources if each not in gone))

    def including(self, *described: Described) -> World:
        """With these resources as well."""
        return replace(self, resources=(*self.resources, *described))

    def with_variable(self, service: str, variable: str, value: str) -> World:
        """With a literal environment variable of a service's first container set or added."""

        def set_in(template: Mapping[str, Any]) -> Mapping[str, Any]:
            first, *others = template["containers"]
            env = {each["name"]: each for each in first["env"]} | {variable: {"name": variable, "value": value}}
            return {**template, "containers": [{**first, "env": list(env.values())}, *others]}

        return self.changed(f"run/{service}", template=set_in)

    def _mapped(self, change: Callable[[Described], Described]) -> World:
        return replace(self, resources=tuple(change(each) for each in self.resources))


def _with(body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    new = dict(body)
    for name, value in fields.items():
        new[name] = value(body[name]) if callable(value) else value
    return {name: value for name, value in new.items() if value is not None}


@functools.cache
def _source(noun: str) -> Method:
    return method_of(_EXTRA[noun] if noun in _EXTRA else KINDS[noun].KIND.reads[0])
