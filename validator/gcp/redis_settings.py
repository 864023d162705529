"""Which variables of a service say where its Redis is.

Names such as REDIS_HOST, REDISHOST, CACHE_REDIS_URL and VALKEY_ADDR, and any whose value is a URL of Redis; the
port stands in the value or in a variable of the same prefix.
https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from validator.gcp.redis_places import DEFAULT_PORT
from validator.model.endpoints import split_endpoint
from validator.model.run import Container, Template, Variable

_MEMCACHED_PORT = 11211
_CERTAIN = re.compile(r"REDIS|VALKEY|MEMORYSTORE")
_GUESSED = re.compile(r"(?:^|_)CACHE(?:_|HOST|ADDR|URL|$)")
_ENDPOINT = re.compile(
    r"(?P<stem>.*_|.*REDIS|.*VALKEY|.*MEMORYSTORE|.*CACHE)?"
    r"(?P<ending>HOSTNAMES?|HOSTS?|IPS?|ADDR(?:ESS(?:ES)?)?|ENDPOINTS?|SERVERS?|NODES?|UR[LI]S?|DSN|CONNECTION(?:_?STRING)?)"
    r"(?P<number>_?\d+)?"
)
_ABOUT_TLS = re.compile(r"TLS|SSL")
_VALKEY = re.compile(r"VALKEY|MEMORYSTORE")
_PLAIN = re.compile(r"HOSTNAMES?|HOSTS?|IPS?|ADDR(?:ESS(?:ES)?)?")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A host and a port that a setting leads to."""

    host: str
    #: None where the port is set in a way that cannot be read.
    port: int | None
    #: Whether no port is set anywhere, so that clients take their default.
    assumed: bool = False


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that says where Redis is, with the one that says its port, where there is one."""

    variable: Variable
    port: Variable | None = None
    #: Whether the name alone says Redis; CACHE_HOST may as well be Memcached.
    certain: bool = True
    #: Whether nothing but a host belongs into it: REDIS_HOST, unlike REDIS_URL.
    plain: bool = True
    #: Whether clients are told to speak TLS: by the scheme of a URL; None where nothing, or something else, says so.
    tls: bool | None = None

    @property
    def asked(self) -> Iterator[Asked]:
        """Every host and port of the value."""
        for part in filter(None, self.variable.value.split(",")):
            host, port = split_endpoint(part)
            given = port or self._own_port
            open_ = given is None and not self._has_port
            yield Asked(host=host, port=DEFAULT_PORT if open_ else given, assumed=open_)

    @property
    def maybe_valkey(self) -> bool:
        """Whether the name may speak of Memorystore for Valkey, whose instances are not read."""
        return _VALKEY.search(self.variable.name.upper()) is not None

    @property
    def has_odd_port(self) -> bool:
        """Whether the port's variable shows something that is no number."""
        return self.port is not None and bool(self.port.value) and self._own_port is None

    @property
    def _has_port(self) -> bool:
        return self.port is not None and bool(self.port.value or is_hidden(self.port))

    @property
    def _own_port(self) -> int | None:
        found = re.fullmatch(r"[0-9]{1,5}", self.port.value) if self.port else None
        return int(found.group()) if found else None


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
        certain = named or variable.tls is not None or bool(_CERTAIN.search(name))
        if not (named if patterns else variable.tls is not None or (found and (certain or _GUESSED.search(name)))):
            continue
        setting = Setting(
            variable=variable,
            port=_port_of(found, ports) if found else None,
            certain=certain,
            plain=not found or bool(_PLAIN.fullmatch(found["ending"])),
            tls=_tls(variable, container),
        )
        given = variable.value or is_hidden(variable) or setting.plain
        if given and (setting.certain or _may_be_redis(setting)):
            yield setting


def _tls(variable: Variable, container: Container) -> bool | None:
    """What the URL's scheme says of TLS; a plain one says nothing where another variable may switch TLS on."""
    names = [other.name.upper() for other in container.env if other is not variable]
    switched = any(_ABOUT_TLS.search(name) and (_CERTAIN.search(name) or _GUESSED.search(name)) for name in names)
    return None if switched and not variable.tls else variable.tls


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
    found = list(setting.asked)
    return bool(found) and all(one.port != _MEMCACHED_PORT and is_numeric(one.host) for one in found)


def is_numeric(host: str) -> bool:
    """Whether the host is an address rather than a name."""
    return ":" in host or re.fullmatch(r"[0-9.]+", host) is not None
