"""The flows that a Cloud Run revision implies: variables that lead to a known address, and mounted Cloud SQL instances.

https://cloud.google.com/run/docs/configuring/services/environment-variables
https://cloud.google.com/sql/docs/postgres/connect-run
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from validator.gcp.redis_places import Known
from validator.gcp.redis_settings import is_numeric, settings
from validator.gcp.sql_ports import CONNECTOR_PORT, default_port
from validator.model.endpoints import split_endpoint
from validator.model.instance import Instance
from validator.model.resource import Resource
from validator.model.run import Container, Template, Variable
from validator.model.sql import SqlInstance
from validator.model.table import Table

_HOST_ENDING = re.compile(
    r"(HOSTNAMES?|HOSTS?|IPS?|ADDR(?:ESS(?:ES)?)?|ENDPOINTS?|SERVERS?|UR[LI]S?|DSN)(?P<number>_?\d*)$"
)


class Implied(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that the revision will use."""

    #: As a path spells its end: "redis/us-central1/cache".
    to: str
    #: Which of its addresses; "" for all.
    address: str = ""
    port: int
    #: What says so: "REDIS_HOST=10.1.2.3".
    because: str


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A mounted Cloud SQL instance that is not among those read."""

    instance: str
    because: str
    #: Whether it would be, if it existed: it is named in the project's own list.
    certain: bool


class ImpliedFlows:
    """A fact: what the revisions of Cloud Run services will talk to, as far as configuration tells."""

    def __init__(self, known: Known, databases: Table[SqlInstance], machines: Table[Instance]) -> None:
        self._known = known
        self._databases = {row.connection_name: row for row in databases if row.connection_name}
        self._owners = dict(_owners(databases, machines))

    @classmethod
    def derive(cls, *, known: Known, databases: Table[SqlInstance], machines: Table[Instance]) -> ImpliedFlows:
        """From Redis, Cloud SQL and VMs, whose addresses variables may hold."""
        return cls(known, databases, machines)

    def of(self, template: Template, project: str) -> tuple[Implied | Missing, ...]:
        """Each flow once; a variable whose value is hidden, or leads elsewhere, implies nothing that is known."""
        found = (*self._redis(template), *self._addresses(template), *self._mounts(template, project))
        return tuple({_key(one): one for one in reversed(found)}.values())[::-1]

    def _redis(self, template: Template) -> Iterator[Implied]:
        for setting in settings(template):
            for asked in setting.asked:
                if asked.port and (ends := self._known.at(asked.host)):
                    because = f"{setting.variable.name}={setting.variable.value}"
                    yield _to(ends[0].redis, asked.port, because, asked.host)

    def _addresses(self, template: Template) -> Iterator[Implied]:
        for container in template.containers:
            for variable in container.env:
                yield from self._of_variable(variable, container)

    def _of_variable(self, variable: Variable, container: Container) -> Iterator[Implied]:
        for part in filter(None, variable.value.split(",")):
            host, port = split_endpoint(part)
            owner = self._owners.get(host)
            if owner is None or not is_numeric(host):
                continue
            usual = default_port(owner) if isinstance(owner, SqlInstance) else 0
            if found := port or _port_beside(variable, container) or usual:
                yield _to(owner, found, f"{variable.name}={variable.value}", host)

    def _mounts(self, template: Template, project: str) -> Iterator[Implied | Missing]:
        for volume in template.volumes:
            for name in volume.cloud_sql_instance.instances if volume.cloud_sql_instance else ():
                because = f"volume {volume.name} mounts {name}"
                if row := self._databases.get(name):
                    # With a public address the built-in proxy connects outside of any VPC.
                    if not _has_public(row):
                        yield _to(row, CONNECTOR_PORT, because)
                else:
                    yield Missing(instance=name, because=because, certain=name.split(":")[0] == project)


def _key(one: Implied | Missing) -> tuple[str, str, int]:
    return (one.to, one.address, one.port) if isinstance(one, Implied) else (one.instance, "", 0)


def _to(row: Resource, port: int, because: str, address: str = "") -> Implied:
    end = f"{row.KIND.noun}/{row.location or row.project}/{row.short}"
    return Implied(to=end, address=address, port=port, because=because)


def _owners(databases: Table[SqlInstance], machines: Table[Instance]) -> Iterator[tuple[str, SqlInstance | Instance]]:
    for machine in machines:
        yield from ((interface.network_ip, machine) for interface in machine.network_interfaces if interface.network_ip)
    for row in databases:
        yield from ((one.ip_address, row) for one in row.ip_addresses if one.type == "PRIVATE" and one.ip_address)


def _has_public(row: SqlInstance) -> bool:
    return row.settings.ip_configuration.ipv4_enabled or any(one.type == "PRIMARY" for one in row.ip_addresses)


def _port_beside(variable: Variable, container: Container) -> int:
    """DB_PORT for DB_HOST; 0 where there is none that is a number."""
    name = variable.name.upper()
    wanted = _HOST_ENDING.sub(lambda found: f"PORT{found['number']}", name)
    for other in container.env:
        if other.name.upper() == wanted != name and other.value.isdecimal():
            return int(other.value)
    return 0
