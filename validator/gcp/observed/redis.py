"""What Redis answers to PING: which endpoints are asked, and what came of it."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from validator.gcp.observed.failure import packets_arrived
from validator.gcp.observed.prediction import Flow, predict
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Result
from validator.gcp.redis_places import Endpoint, Known
from validator.gcp.redis_settings import Asked, Setting, settings
from validator.model.endpoints import is_address
from validator.model.environment import Environment
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Kind, Probe, Resource, Target, target
from validator.model.run import Service, Serving, Template
from validator.model.table import Maybe, Table

_HIGHEST_PORT = 65535
_AUTH = {"AUTH_MODE_IAM_AUTH": "iam", "AUTH_MODE_TOKEN_AUTH": "token"}


class RedisFailure(enum.StrEnum):
    """What Redis itself refuses with, beside how connections fail (`Failure`)."""

    NOAUTH = "NOAUTH"
    WRONGPASS = "WRONGPASS"
    #: AUTH was sent to a server that has no password.
    NO_PASSWORD_SET = "NO_PASSWORD_SET"  # noqa: S105 - the name of a failure
    NOPERM = "NOPERM"
    #: The data set is being read into memory.
    LOADING = "LOADING"
    MAX_CLIENTS = "MAX_CLIENTS"
    MASTERDOWN = "MASTERDOWN"
    CLUSTERDOWN = "CLUSTERDOWN"
    #: MOVED or ASK: another node of the cluster is to be asked.
    REDIRECTED = "REDIRECTED"
    ERROR_REPLY = "ERROR_REPLY"


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A host and port at which Redis is asked, and how; equal for all who come there in the same way."""

    host: str
    port: int
    tls: bool = False
    #: PEM of the CAs that known instances tell; "" means those that the machine trusts.
    ca: str = ""
    #: Short name of the one known instance there; "" where there is none, or several: no password is sent then.
    instance: str = ""
    #: What a known instance asks for: "password", "iam" or "token"; "" for nothing, and where it is asked with TLS
    #: although it speaks none, or without TLS although it does: no password may be told there.
    auth: str = ""
    #: Whether no other instance asks for a password.
    only: bool = False
    #: Whether a known instance is there, so that the address means something in its network alone.
    private: bool = False

    def __str__(self) -> str:
        """`10.0.0.3:6378 (TLS)`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}{' (TLS)' if self.tls else ''}"

    def target(self, project: str) -> Target:
        """The probe of it."""
        given = {name: str(getattr(self, name)) for name in ("host", "port", "ca", "instance", "auth")}
        given |= {name: "1" if getattr(self, name) else "" for name in ("tls", "only", "private")}
        return target(project, at=str(self), **given)

    @classmethod
    def of(cls, made: Target) -> Door:
        """The door that a target was made of."""
        given = dict(made.arguments)
        return cls(
            host=given["host"],
            port=int(given["port"]),
            tls=bool(given["tls"]),
            ca=given["ca"],
            instance=given["instance"],
            auth=given["auth"],
            only=bool(given["only"]),
            private=bool(given["private"]),
        )


class Doors:
    """A fact: at which doors Redis is asked, for an instance, a cluster or a setting of a service."""

    def __init__(self, known: Known) -> None:
        """From where Redis answers."""
        self.known = known
        self._locked = {one.redis.path for one in known.endpoints if _auth(one.redis) == "password"}

    @classmethod
    def derive(cls, *, known: Known) -> Doors:
        """From all instances and clusters."""
        return cls(known)

    def of_redis(self, row: RedisInstance | RedisCluster) -> tuple[Door, ...]:
        """One for each of its endpoints."""
        mine = (one for one in self.known.endpoints if one.redis.path == row.path)
        return tuple(dict.fromkeys(self._door(one.host, one.port, tls=one.tls) for one in mine))

    def of_template(self, template: Template) -> Iterator[Door]:
        """Those that the Redis settings of a revision lead to; may repeat."""
        for setting in settings(template):
            yield from filter(None, (self.of_asked(setting, asked) for asked in setting.asked))

    def of_asked(self, setting: Setting, asked: Asked) -> Door | None:
        """Where the setting leads; None for the container itself, an unknown port, and what may be no Redis at all."""
        there = self.known.at(asked.host)
        if not asked.port or asked.port > _HIGHEST_PORT or is_own(asked.host) or not (setting.certain or there):
            return None
        listening = [one for one in there if one.port == asked.port] or there
        tls = any(one.tls for one in listening) if setting.tls is None else setting.tls
        return self._door(asked.host, asked.port, tls=tls)

    def at(self, door: Door) -> tuple[Endpoint, ...]:
        """The known endpoints of the door's address."""
        return self.known.at(door.host)

    def end(self, door: Door) -> str:
        """The one known resource at the door's address, as a path spells it; "" where there is none, or several."""
        there = {one.redis.path: one.redis for one in self.at(door)}.values()
        ends = [f"{one.KIND.noun}/{one.location}/{one.short}" for one in there]
        return ends[0] if len(ends) == 1 else ""

    def _door(self, host: str, port: int, *, tls: bool) -> Door:
        there = {one.redis.path: one.redis for one in self.known.at(host)}.values()
        ca = "\n".join(dict.fromkeys(pem for one in there for pem in _cas(one)))
        bare = Door(host=host, port=port, tls=tls, ca=ca if tls else "", private=bool(there))
        if len(there) != 1:
            return bare
        (owner,) = there
        auth = _auth(owner) if tls == self.known.at(host)[0].tls else ""
        return msgspec.structs.replace(bare, instance=owner.short, auth=auth, only=self._locked == {owner.path})


def is_own(host: str) -> bool:
    """Whether the host is whoever asks, so that a probe would ask another machine than the service does."""
    if not is_address(host):
        return host == "localhost" or host.endswith(".localhost")
    address = ipaddress.ip_address(host)
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified or address.is_link_local


def _cas(one: RedisInstance | RedisCluster) -> tuple[str, ...]:
    return tuple(ca.cert for ca in one.server_ca_certs if ca.cert) if isinstance(one, RedisInstance) else ()


def _auth(one: RedisInstance | RedisCluster) -> str:
    if isinstance(one, RedisCluster):
        return _AUTH.get(one.authorization_mode, "")
    return "password" if one.auth_enabled else ""


def _targets(
    *,
    environment: Environment,
    doors: Doors,
    instances: Table[RedisInstance],
    clusters: Table[RedisCluster],
    services: Table[Service],
    serving: Serving,
    paths: Maybe[Paths],
) -> Iterator[Target]:
    found = [door for row in (*instances, *clusters) for door in doors.of_redis(row)]
    found += [door for row in services for template in serving.known(row) for door in doors.of_template(template)]
    for door in dict.fromkeys(found):
        told = door if _may_be_told(door, doors, paths, environment) else msgspec.structs.replace(door, auth="")
        yield told.target(environment.project)


def _may_be_told(door: Door, doors: Doors, paths: Maybe[Paths], environment: Environment) -> bool:
    """Whether a password may be sent there: not to who has the address in a network that the instance is not in.

    The chain of the instance's own CA shows that before a password is sent.
    """
    source = environment.probes.source
    if door.auth != "password" or door.ca or not source:
        return True
    flow = Flow(source=source, to=doors.end(door), host=door.host, port=door.port)
    return predict(flow, paths, environment).result is not Result.UNREACHABLE


class RedisPing(Resource, frozen=True, kw_only=True):
    """What one endpoint answered; `name` is its host and port."""

    KIND: ClassVar[Kind] = Kind(
        noun="redis-ping",
        probe=Probe(
            name="redis.ping",
            targets=_targets,
            each="each endpoint of Redis instances and clusters, and each that a service's variables name",
        ),
    )
    host: str = ""
    port: int = 0
    tls: bool = False
    #: Name of the known instance that was expected there.
    instance: str = ""
    #: Where the probe was: "vpc" or "outside".
    vantage: str = ""
    #: The addresses that the host led to, and the one that was asked.
    addresses: tuple[str, ...] = ()
    address: str = ""
    #: A `Failure` or `RedisFailure`: the last one; "" where nothing failed.
    failure: str = ""
    #: What a server or a library said of it.
    details: str = ""
    attempts: int = 0
    #: Seconds slept between attempts, and in all.
    waited_s: float = 0.0
    took_s: float = 0.0
    #: PINGs that were to be sent, those that were, those that were answered, and how long that took.
    wanted: int = 0
    sent: int = 0
    answered: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    #: How long one more PING stayed without an answer until the time was up: neither sent nor lost, as counted above.
    cut_ms: float = 0.0
    #: "TLSv1.3".
    tls_version: str = ""
    #: Why the chain could not be verified although TLS was spoken; "" where it was, or there is no TLS.
    unverified: str = ""
    #: Whether the certificate names the host: "yes", "no", or "" where it names nothing, or there is none.
    names_host: str = ""
    #: Whether AUTH was sent and accepted, and where a password was to be taken from: "$REDIS_AUTH" or a path.
    authenticated: bool = False
    password_from: str = ""
    server_version: str = ""
    #: "master" or "slave".
    role: str = ""
    #: "standalone", "cluster" or "sentinel".
    mode: str = ""

    @property
    def rate(self) -> float:
        """Share of the PINGs that were answered, 0..1."""
        return self.answered / self.sent if self.sent else 0.0

    @property
    def own(self) -> bool:
        """Whether a name led to nothing but the machine that asked."""
        return not is_address(self.host) and bool(self.addresses) and all(map(is_own, self.addresses))


def spoke(row: RedisPing) -> bool:
    """Whether a Redis was heard, be it by a refusal."""
    return row.answered > 0 or row.failure in tuple(RedisFailure)


def reached(row: RedisPing) -> bool | None:
    """Whether packets came there and back on TCP; None where the row tells nothing of that."""
    if row.own:
        return None
    return True if row.answered else packets_arrived(row.failure)
