"""Cloud Run services and the revisions that serve, without the values of their variables.

Of a variable's value only hosts and ports survive (`endpoints.shown`); whatever else it held is dropped
before the resource exists in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from validator.model.endpoints import redact_variable
from validator.model.environment import Environment
from validator.model.project import RunRegion, in_regions
from validator.model.resource import Kind, Part, Read, Resource, Target, last, target
from validator.model.table import Table


def _regions(environment: Environment, regions: Table[RunRegion]) -> Iterator[Target]:
    yield from in_regions(environment, regions)


class SecretKeyRef(Part, frozen=True, kw_only=True):
    """A secret and the version (a number, an alias or "latest") a variable is filled from."""

    secret: str = ""
    version: str = "latest"


class ValueSource(Part, frozen=True, kw_only=True):
    """Where a variable's value comes from when it is not literal."""

    secret_key_ref: SecretKeyRef | None = None


class Variable(Part, frozen=True, kw_only=True):
    """An environment variable; `value` holds hosts and ports only, comma-separated."""

    name: str = ""
    value: str = ""
    value_source: ValueSource | None = None
    #: True where a literal value existed of which nothing may be shown.
    withheld: bool = False
    #: Whether `value` was a URL of Redis over TLS (rediss://) or without (redis://); None for anything else.
    tls: bool | None = None


class Resources(Part, frozen=True, kw_only=True):
    """CPU behaviour of a container."""

    startup_cpu_boost: bool = False
    cpu_idle: bool = False


class Container(Part, frozen=True, kw_only=True):
    """A container of a revision, without image, command and arguments."""

    name: str = ""
    env: tuple[Variable, ...] = ()
    resources: Resources = Resources()


class NetworkInterface(Part, frozen=True, kw_only=True):
    """Direct VPC egress. Network alone means the subnet of the same name in the region."""

    network: str = ""
    subnetwork: str = ""
    tags: tuple[str, ...] = ()


class VpcAccess(Part, frozen=True, kw_only=True):
    """How traffic enters a VPC: through a connector or a network interface, never both."""

    connector: str = ""
    #: "" counts as PRIVATE_RANGES_ONLY.
    egress: str = ""
    network_interfaces: tuple[NetworkInterface, ...] = ()


class SecretItem(Part, frozen=True, kw_only=True):
    """A version of a mounted secret."""

    path: str = ""
    version: str = "latest"


class SecretVolume(Part, frozen=True, kw_only=True):
    """A secret mounted as files."""

    secret: str = ""
    items: tuple[SecretItem, ...] = ()


class CloudSqlVolume(Part, frozen=True, kw_only=True):
    """Cloud SQL instances mounted as sockets: "project:region:instance"."""

    instances: tuple[str, ...] = ()


class Volume(Part, frozen=True, kw_only=True):
    """A volume of a revision."""

    name: str = ""
    secret: SecretVolume | None = None
    cloud_sql_instance: CloudSqlVolume | None = None


class Template(Part, frozen=True, kw_only=True):
    """What a revision runs with."""

    revision: str = ""
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    vpc_access: VpcAccess | None = None
    service_account: str = ""
    #: Seconds with an s: "300s".
    timeout: str = ""

    @property
    def variables(self) -> Iterator[Variable]:
        """Every environment variable of every container."""
        for container in self.containers:
            yield from container.env

    @property
    def secrets(self) -> Iterator[tuple[str, str]]:
        """(secret, version) of every secret a variable or a volume refers to."""
        for variable in self.variables:
            if variable.value_source and variable.value_source.secret_key_ref:
                ref = variable.value_source.secret_key_ref
                yield ref.secret, ref.version or "latest"
        for volume in self.volumes:
            if volume.secret:
                for version in {item.version for item in volume.secret.items} or {"latest"}:
                    yield volume.secret.secret, version or "latest"


class Condition(Part, frozen=True, kw_only=True):
    """A readiness condition; state CONDITION_SUCCEEDED, _PENDING, _RECONCILING or _FAILED."""

    type: str = ""
    state: str = ""
    reason: str = ""
    revision_reason: str = ""
    message: str = ""


class Traffic(Part, frozen=True, kw_only=True):
    """A share of the traffic; `revision` is "" for the latest ready one."""

    type: str = ""
    revision: str = ""
    percent: int = 0
    tag: str = ""


def _redact_containers(raw: dict[str, Any]) -> dict[str, Any]:
    containers = raw.get("containers")
    if not isinstance(containers, list):
        return raw
    return raw | {"containers": [_redact_container(container) for container in containers]}


def _redact_container(container: Any) -> Any:
    if not isinstance(container, dict) or not isinstance(container.get("env"), list):
        return container
    return container | {"env": [redact_variable(variable) for variable in container["env"]]}


class Service(Resource, frozen=True, kw_only=True):
    """A Cloud Run service. Its template describes the *next* revision, not always the one that serves.

    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
    """

    KIND: ClassVar[Kind] = Kind(
        noun="run",
        reads=(
            Read(
                api="run",
                version="v2",
                method="projects.locations.services.list",
                permission="run.services.list",
                role="roles/run.viewer",
                targets=_regions,
                items="services",
                each="each region",
            ),
        ),
    )
    #: INGRESS_TRAFFIC_ALL, _INTERNAL_ONLY or _INTERNAL_LOAD_BALANCER.
    ingress: str = ""
    template: Template = Template()
    traffic: tuple[Traffic, ...] = ()
    traffic_statuses: tuple[Traffic, ...] = ()
    latest_ready_revision: str = ""
    latest_created_revision: str = ""
    terminal_condition: Condition | None = None
    conditions: tuple[Condition, ...] = ()
    reconciling: bool = False
    uri: str = ""
    custom_audiences: tuple[str, ...] = ()

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Drop the values of variables, all but their hosts and ports."""
        template = raw.get("template")
        return raw | {"template": _redact_containers(template)} if isinstance(template, dict) else raw

    @property
    def template_serves(self) -> bool:
        """Whether the template describes every revision that gets traffic."""
        return self.latest_created_revision == self.latest_ready_revision and not self.other_revisions

    @property
    def other_revisions(self) -> tuple[str, ...]:
        """Short names of revisions that get traffic and are not the template's."""
        newest = last(self.latest_ready_revision) if self.latest_created_revision == self.latest_ready_revision else ""
        return tuple(name for name in dict.fromkeys(self.serving) if name and name != newest)

    @property
    def serving(self) -> tuple[str, ...]:
        """Short names of the revisions that get traffic; the latest ready one where nothing says otherwise."""
        latest = last(self.latest_ready_revision)
        named = tuple(last(t.revision) or latest for t in self.traffic_statuses if t.percent or t.tag)
        return named or (latest,)


def _serving_revisions(services: Table[Service]) -> Iterator[Target]:
    for service in services:
        for path in _older_paths(service):
            yield target(service.project, service.location, name=path)


class Revision(Resource, frozen=True, kw_only=True):
    """A revision that gets traffic though the service's template has moved on.

    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions
    """

    KIND: ClassVar[Kind] = Kind(
        noun="revision",
        reads=(
            Read(
                api="run",
                version="v2",
                method="projects.locations.services.revisions.get",
                permission="run.revisions.get",
                role="roles/run.viewer",
                targets=_serving_revisions,
                each="each revision that serves beside the latest",
            ),
        ),
    )
    service: str = ""
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    vpc_access: VpcAccess | None = None
    service_account: str = ""
    timeout: str = ""
    conditions: tuple[Condition, ...] = ()

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Drop the values of variables, all but their hosts and ports."""
        return _redact_containers(raw)

    @property
    def template(self) -> Template:
        """The revision in the shape of a service's template."""
        return Template(
            revision=self.short,
            containers=self.containers,
            volumes=self.volumes,
            vpc_access=self.vpc_access,
            service_account=self.service_account,
            timeout=self.timeout,
        )


class Serving:
    """A fact: what each service really serves with, newest template or older revisions."""

    def __init__(self, revisions: Table[Revision]) -> None:
        self._revisions = {revision.path: revision for revision in revisions}

    @classmethod
    def derive(cls, *, revisions: Table[Revision]) -> Serving:
        """From the revisions that serve beside the latest."""
        return cls(revisions)

    def of(self, service: Service) -> tuple[Template, ...]:
        """The templates that get traffic, one a revision; the service's own where nothing serves yet.

        Raises:
            LookupError: a revision that serves was not read; nothing may be said of the service then.
        """
        for path in _older_paths(service):
            if path not in self._revisions:
                raise LookupError(f"{path} gets traffic and was not read")
        return self.known(service)

    def known(self, service: Service) -> tuple[Template, ...]:
        """The same without what was not read: enough to ask for more, never to judge by."""
        older = tuple(self._revisions[path].template for path in _older_paths(service) if path in self._revisions)
        latest_serves = last(service.latest_ready_revision) in service.serving
        newest = service.latest_created_revision == service.latest_ready_revision and latest_serves
        return ((service.template,) if newest or not older else ()) + older


def _older_paths(service: Service) -> tuple[str, ...]:
    return tuple(f"{service.path}/revisions/{name}" for name in service.other_revisions)
