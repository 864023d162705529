"""Which variables of a service say where its Redis is, and where Redis really is.

Names such as REDIS_HOST, REDISHOST, CACHE_REDIS_URL and VALKEY_ADDR; the port stands in the value or in a
variable of the same prefix. https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from validator.model.endpoints import split_endpoint
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.run import Container, Template, Variable
from validator.model.table import Table

DEFAULT_PORT = 6379
_MEMCACHED_PORT = 11211
_CERTAIN = re.compile(r"REDIS|VALKEY|MEMORYSTORE")
_GUESSED = re.compile(r"(?:^|_)CACHE(?:_|HOST|ADDR|URL|$)")
_ENDPOINT = re.compile(
    r"(?P<stem>.*_|.*REDIS|.*VALKEY|.*MEMORYSTORE|.*CACHE)?"
    r"(?P<ending>HOSTNAMES?|HOSTS?|IPS?|ADDR(?:ESS(?:ES)?)?|ENDPOINTS?|SERVERS?|NODES?|UR[LI]S?|DSN|CONNECTION(?:_?STRING)?)"
    r"(?P<number>_?\d+)?"
)
_PLAIN = re.compile(r"HOSTNAMES?|HOSTS?|IPS?|ADDR(?:ESS(?:ES)?)?")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that says where Redis is, with the one that says its port, where there is one."""

    variable: Variable
    port: Variable | None = None
    #: Whether the name alone says Redis; CACHE_HOST may as well be Memcached.
    certain: bool = True
    #: Whether nothing but a host belongs into it: REDIS_HOST, unlike REDIS_URL.
    plain: bool = True

    @property
    def endpoints(self) -> Iterator[tuple[str, int | None]]:
        """Every host and port of the value; None where the port is set in a way that cannot be read."""
        for part in filter(None, self.variable.value.split(",")):
            host, port = split_endpoint(part)
            yield host, port or self._own_port

    @property
    def _own_port(self) -> int | None:
        if self.port and self.port.value.isdigit():
            return int(self.port.value)
        return None if self.port and (self.port.value or is_hidden(self.port)) else DEFAULT_PORT


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An address and port at which an instance or a cluster answers."""

    redis: RedisInstance | RedisCluster
    host: str
    port: int

    @property
    def tls(self) -> bool:
        """Whether it wants TLS."""
        return self.redis.transit_encryption_mode.endswith("SERVER_AUTHENTICATION")

    def __str__(self) -> str:
        """`redis/cache at 10.0.0.3:6379`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.redis.label} at {host}:{self.port}{' (TLS)' if self.tls else ''}"


def settings(template: Template, patterns: Iterable[str] = ()) -> Iterator[Setting]:
    """The Redis settings of every container; `patterns` (variable names or globs) replace the guess by name."""
    wanted = tuple(patterns)
    for container in template.containers:
        yield from _of(container, wanted)


def _of(container: Container, patterns: tuple[str, ...]) -> Iterator[Setting]:
    ports = {variable.name.upper(): variable for variable in container.env}
    for variable in container.env:
        name = variable.name.upper()
        named = any(fnmatch.fnmatchcase(variable.name, pattern) for pattern in patterns)
        found = _ENDPOINT.fullmatch(name)
        certain = named or bool(_CERTAIN.search(name))
        if not (named if patterns else found and (certain or _GUESSED.search(name))):
            continue
        setting = Setting(
            variable=variable,
            port=_port_of(found, ports) if found else None,
            certain=certain,
            plain=not found or bool(_PLAIN.fullmatch(found["ending"])),
        )
        given = variable.value or is_hidden(variable) or setting.plain
        if given and (setting.certain or _may_be_redis(setting)):
            yield setting


def is_hidden(variable: Variable) -> bool:
    """Whether the variable has a value that is not known here."""
    return variable.withheld or variable.value_source is not None


def _port_of(found: re.Match[str], variables: Mapping[str, Variable]) -> Variable | None:
    """REDIS_READ_PORT for REDIS_READ_HOST, else REDIS_PORT."""
    stem, number = found["stem"] or "", found["number"] or ""
    while stem:
        for name in (f"{stem}PORT{number}", f"{stem}PORT"):
            if name in variables:
                return variables[name]
        stem = stem[: stem.rstrip("_").rfind("_") + 1]
    return None


def _may_be_redis(setting: Setting) -> bool:
    """Whether a CACHE_HOST is worth a look: an address, and not at Memcached's port."""
    found = list(setting.endpoints)
    return bool(found) and all(port != _MEMCACHED_PORT and is_numeric(host) for host, port in found)


def is_numeric(host: str) -> bool:
    """Whether the host is an address rather than a name."""
    return ":" in host or re.fullmatch(r"[0-9.]+", host) is not None


def known_endpoints(instances: Table[RedisInstance], clusters: Table[RedisCluster]) -> tuple[Endpoint, ...]:
    """Every address at which Redis answers in the project."""
    found = [*(e for one in instances for e in _of_instance(one)), *(e for one in clusters for e in _of_cluster(one))]
    return tuple(dict.fromkeys(found))


def _of_instance(one: RedisInstance) -> Iterator[Endpoint]:
    if one.host:
        yield Endpoint(redis=one, host=one.host.lower(), port=one.port or DEFAULT_PORT)
    if one.read_endpoint:
        port = one.read_endpoint_port or one.port or DEFAULT_PORT
        yield Endpoint(redis=one, host=one.read_endpoint.lower(), port=port)


def _of_cluster(one: RedisCluster) -> Iterator[Endpoint]:
    for discovery in one.discovery_endpoints:
        if discovery.address:
            yield Endpoint(redis=one, host=discovery.address.lower(), port=discovery.port or DEFAULT_PORT)
    for connection in one.psc_connections:
        if connection.address:
            yield Endpoint(redis=one, host=connection.address.lower(), port=DEFAULT_PORT)
