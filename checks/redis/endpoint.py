"""The service looks for Redis where an existing instance listens.

Why:
    An address that no instance has (a copy from another environment, an instance that was created anew), or
    the port without TLS of an instance with TLS, shows as a timeout of the first command, not of the deploy.

Remediation:
    Take host and port from the instance: google_redis_instance.NAME.host and .port in Terraform, so that they
    follow it. With TLS the port is 6378. A name (redis.internal) is not compared: resolving it is a probe's
    job; a value held in Secret Manager is not compared either, because payloads are never read.

References:
    https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run
    https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
    https://cloud.google.com/run/docs/configuring/services/environment-variables
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator

import msgspec

from validator.check import Fix, Params, Proof, Severity, Skip, Table, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.redis_settings import Endpoint, Setting, known_endpoints, settings
from validator.model.endpoints import is_address, speaks_of_secret
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.run import Service, Serving, Template, Variable

_INTERNAL = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)


class RedisEndpoint(Params, frozen=True):
    """Which variables count, and which instance they must name."""

    #: Short name of the instance or cluster it must be; any existing one without.
    instance: str | None = None
    #: Names or globs of the variables that hold host or URL, instead of those that look like Redis.
    variables: tuple[str, ...] = ()
    #: Fail a service that has none of them, instead of skipping it.
    required: bool = False


class Known(msgspec.Struct, frozen=True):
    """A fact: every address at which Redis answers."""

    endpoints: tuple[Endpoint, ...]

    @classmethod
    def derive(cls, *, instances: Table[RedisInstance], clusters: Table[RedisCluster]) -> Known:
        """From instances and clusters."""
        return cls(known_endpoints(instances, clusters))

    def at(self, host: str) -> tuple[Endpoint, ...]:
        """What answers at the address: several where networks repeat it."""
        return tuple(one for one in self.endpoints if one.host == host)

    @property
    def words(self) -> str:
        """What there is, for a message."""
        return "; ".join(str(one) for one in self.endpoints) or "there is no Redis in this project"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of one service, with what it is judged by."""

    service: Service
    template: Template
    setting: Setting
    known: Known
    params: RedisEndpoint

    @property
    def name(self) -> str:
        """The variable, and the revision where that is an older one."""
        where = f" of revision {self.template.revision}" if self.template.revision else ""
        return f"{self.setting.variable.name}{where}"

    @property
    def evidence(self) -> tuple[str, ...]:
        """The service and the variables as they are."""
        port = self.setting.port
        ports = (f"{port.name}={port.value}",) if port and port.value else ()
        return (self.service.path, f"{self.setting.variable.name}={self.setting.variable.value}", *ports)


@check(severity=Severity.ERROR)
def redis_endpoint(service: Service, *, serving: Serving, known: Known, params: RedisEndpoint) -> Verdicts:
    """Every Redis setting of every revision that serves."""
    found = [
        Judged(service=service, template=template, setting=setting, known=known, params=params)
        for template in serving.of(service)
        for setting in settings(template, params.variables)
    ]
    if not found:
        yield _no_variables(service, params)
    yield from dict.fromkeys(verdict for judged in found for verdict in _judge(judged))


def _no_variables(service: Service, params: RedisEndpoint) -> Verdict:
    looked = ", ".join(params.variables) or "REDIS_HOST, REDIS_URL and the like"
    message = f"{service.label} has no variable that says where Redis is ({looked})."
    if params.required:
        return Violation(code="NO_REDIS_VARIABLES", message=message, evidence=(service.path,))
    return Skip(code="NO_REDIS_VARIABLES", message=message, evidence=(service.path,))


def _judge(judged: Judged) -> Iterator[Verdict]:
    setting = judged.setting
    if unread := _unread(judged, setting.variable):
        yield unread
        return
    if not setting.variable.value:
        yield Violation(
            code="EMPTY_HOST", message=f"{judged.name} is empty.", evidence=judged.evidence, fix=_fix(judged)
        )
    if setting.port and (problem := _unread(judged, setting.port)):
        yield problem
    for host, port in setting.endpoints:
        yield from _endpoint(judged, host, port)


def _unread(judged: Judged, variable: Variable) -> Verdict | None:
    """What a value of which nothing is known makes of the verdict, or None where it is known."""
    if variable.value_source:
        message = f"{variable.name} is held in Secret Manager and not compared: payloads are never read."
        return Skip(code="HELD_IN_SECRET_MANAGER", message=message, evidence=judged.evidence)
    if not variable.withheld:
        return None
    if variable is judged.setting.port:
        message = f"{variable.name} holds something that is no port (the value is not shown)."
        return Violation(code="NOT_A_PORT", message=message, evidence=judged.evidence, fix=_fix(judged))
    if judged.setting.plain and not speaks_of_secret(variable.name):
        message = f"{judged.name} holds something that is no host (the value is not shown)."
        return Violation(code="NOT_A_HOST", message=message, evidence=judged.evidence, fix=_fix(judged))
    message = f"{judged.name} holds a text whose host cannot be told from its secrets, so it was not kept."
    return Undecided(code="VALUE_WITHHELD", message=message, evidence=judged.evidence)


def _endpoint(judged: Judged, host: str, port: int | None) -> Iterator[Verdict]:
    if _is_loopback(host):
        yield _loopback(judged, host)
    elif not is_address(host):
        message = f"{judged.name} is the name {host}; which address it has is not known from configuration."
        yield Skip(code="HOST_NAME_NOT_COMPARED", message=message, evidence=judged.evidence)
    elif found := judged.known.at(host):
        yield from _matched(judged, found, port)
    else:
        yield _stranger(judged, host)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    return is_address(host) and (ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified)


def _loopback(judged: Judged, host: str) -> Verdict:
    if len(judged.template.containers) > 1:
        message = f"{judged.name} is {host}: a sidecar may answer there, which configuration does not tell."
        return Skip(code="LOOPBACK_WITH_SIDECAR", message=message, evidence=judged.evidence)
    message = f"{judged.name} is {host}, the service's own container. Redis is elsewhere: {judged.known.words}."
    return Violation(code="LOOPBACK_ADDRESS", message=message, evidence=judged.evidence, fix=_fix(judged))


def _stranger(judged: Judged, host: str) -> Verdict:
    message = f"{judged.name} is {host}, an address no Redis has. What exists: {judged.known.words}."
    if not judged.setting.certain:
        hint = " It may be another kind of cache; name the variables that mean Redis in `variables`."
        return Undecided(code="MAYBE_NOT_REDIS", message=message + hint, evidence=judged.evidence)
    address = ipaddress.ip_address(host)
    inside = any(address in network for network in _INTERNAL)
    code = "UNKNOWN_INTERNAL_ADDRESS" if inside else "UNKNOWN_EXTERNAL_ADDRESS"
    return Violation(code=code, message=message, evidence=judged.evidence, fix=_fix(judged))


def _matched(judged: Judged, found: tuple[Endpoint, ...], port: int | None) -> Iterator[Verdict]:
    wanted = judged.params.instance
    meant = [one for one in found if wanted in (None, one.redis.short)]
    if not meant:
        message = f"{judged.name} is {found[0]}, not {wanted}. What exists: {judged.known.words}."
        yield Violation(code="ANOTHER_REDIS", message=message, evidence=judged.evidence, fix=_fix(judged))
        return
    match = next((one for one in meant if port in (None, one.port)), None)
    if match is None:
        message = f"{judged.name} is {meant[0]}, but the service asks for port {port}."
        evidence = (*judged.evidence, meant[0].redis.path)
        yield Violation(code="REDIS_PORT", message=message, evidence=evidence, fix=_fix(judged, meant[0]))
        return
    if judged.service.location and match.redis.location not in ("", judged.service.location):
        message = (
            f"{match.redis.label} is in {match.redis.location}, {judged.service.label} in {judged.service.location}."
        )
        evidence = (judged.service.path, match.redis.path)
        severity = Severity.WARNING
        yield Violation(code="REDIS_IN_ANOTHER_REGION", message=message, evidence=evidence, severity=severity)
    yield Proof(message=f"{judged.name} is {match}", evidence=(judged.service.path, match.redis.path))


def _fix(judged: Judged, meant: Endpoint | None = None) -> Fix:
    target = meant or _candidate(judged)
    if target is None:
        return Fix(
            summary="Find the instance the service should use, and set the variable from its host and port.",
            gcloud=(f"gcloud redis instances list --region=- --project={judged.service.project}",),
        )
    name, port = judged.setting.variable.name, judged.setting.port
    if not judged.setting.plain:
        return Fix(summary=f"Let {name} lead to {target}.", terraform=_terraform(judged, target))
    values = f"{name}={target.host}" + (f",{port.name}={target.port}" if port else "")
    missing = "" if port or target.port == 6379 else f" The client must be told port {target.port} too."
    where = f"--region={judged.service.location} --project={judged.service.project}"
    command = f"gcloud run services update {judged.service.short} {where} --update-env-vars={shlex.quote(values)}"
    return Fix(
        summary=f"Let {name} lead to {target}.{missing}",
        gcloud=(command,),
        terraform=_terraform(judged, target),
    )


def _candidate(judged: Judged) -> Endpoint | None:
    """The endpoint that can only be meant: the named instance's, or the only one in the service's region."""
    wanted, region = judged.params.instance, judged.service.location
    near = [one for one in judged.known.endpoints if one.redis.location == region]
    fitting = [one for one in judged.known.endpoints if one.redis.short == wanted] if wanted else near
    return fitting[0] if len({one.redis.path for one in fitting}) == 1 else None


def _terraform(judged: Judged, target: Endpoint) -> str:
    if isinstance(target.redis, RedisCluster):
        source = f"google_redis_cluster.{_identifier(target.redis)}.discovery_endpoints[0]"
        host, port = f"{source}.address", f"{source}.port"
    else:
        source = f"google_redis_instance.{_identifier(target.redis)}"
        host, port = f"{source}.host", f"{source}.port"
    if not judged.setting.plain:
        scheme = "rediss" if target.tls else "redis"
        return _env(judged.setting.variable.name, f'"{scheme}://${{{host}}}:${{{port}}}"')
    blocks = [_env(judged.setting.variable.name, host)]
    blocks += [_env(judged.setting.port.name, port)] if judged.setting.port else []
    return "\n".join(blocks)


def _env(name: str, value: str) -> str:
    return f'env {{\n  name  = "{name}"\n  value = {value}\n}}'


def _identifier(redis: RedisInstance | RedisCluster) -> str:
    return redis.short.replace("-", "_")
