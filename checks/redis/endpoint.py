"""The service looks for Redis where an existing instance listens, on a network that reaches it.

Why:
    An address that no instance has (a copy from another environment, an instance that was created anew), the
    port without TLS of an instance with TLS, or a connector on another VPC network, shows as a timeout of the
    first command, not of the deploy.

Remediation:
    Take host and port from the instance: google_redis_instance.NAME.host and .port in Terraform, so that they
    follow it. With TLS the port is 6378. Let the service enter the network the instance is authorized on: VPC
    peering is not transitive. A name (redis.internal) is not compared: resolving it is a probe's job; a value
    held in Secret Manager is not compared either, because payloads are never read.

References:
    https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run
    https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
    https://cloud.google.com/memorystore/docs/redis/networking
    https://cloud.google.com/run/docs/configuring/services/environment-variables
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import msgspec

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.attachments import network_words
from validator.gcp.redis_places import DEFAULT_PORT, Endpoint, Known
from validator.gcp.redis_remedy import network_command, network_terraform, variables_command, variables_terraform
from validator.gcp.redis_roads import Seats, Surroundings
from validator.gcp.redis_settings import Asked, Setting, settings
from validator.model.endpoints import is_address, speaks_of_secret
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


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of one service, with what it is judged by."""

    service: Service
    template: Template
    setting: Setting
    around: Surroundings
    params: RedisEndpoint

    @property
    def known(self) -> Known:
        """Where Redis answers."""
        return self.around.known

    @property
    def seats(self) -> Seats:
        """Where the revision enters a VPC."""
        return self.around.seats(self.service, self.template.vpc_access)

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
def redis_endpoint(service: Service, *, serving: Serving, around: Surroundings, params: RedisEndpoint) -> Verdicts:
    """Every Redis setting of every revision that serves."""
    found = [
        Judged(service=service, template=template, setting=setting, around=around, params=params)
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
    for asked in setting.asked:
        yield from _endpoint(judged, asked)


def _unread(judged: Judged, variable: Variable) -> Verdict | None:
    """What a value of which nothing is known makes of the verdict, or None where it is known."""
    if variable.value_source:
        message = f"{variable.name} is held in Secret Manager and not compared: payloads are never read."
        return Skip(code="HELD_IN_SECRET_MANAGER", message=message, evidence=judged.evidence)
    if variable is judged.setting.port and judged.setting.has_odd_port:
        message = f"{variable.name} is {variable.value}, which is no port."
        return Violation(code="NOT_A_PORT", message=message, evidence=judged.evidence, fix=_fix(judged))
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


def _endpoint(judged: Judged, asked: Asked) -> Iterator[Verdict]:
    host = asked.host
    if _is_loopback(host):
        yield _loopback(judged, host)
    elif not is_address(host):
        message = f"{judged.name} is the name {host}; which address it has is not known from configuration."
        yield Skip(code="HOST_NAME_NOT_COMPARED", message=message, evidence=judged.evidence)
    elif found := judged.known.at(host):
        yield from _matched(judged, found, asked)
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
    address = ipaddress.ip_address(host)
    if maybe := _maybe(judged, address):
        code, hint = maybe
        message = f"{judged.name} is {host}, which no Redis that was read has. {hint}"
        fix = Fix(summary="If so, name in `variables` those that mean Memorystore; if not, set it from the instance.")
        return Undecided(code=code, message=message, evidence=judged.evidence, fix=fix)
    message = f"{judged.name} is {host}, an address no Redis has. What exists: {judged.known.words}."
    inside = any(address in network for network in _INTERNAL)
    code = "UNKNOWN_INTERNAL_ADDRESS" if inside else "UNKNOWN_EXTERNAL_ADDRESS"
    return Violation(code=code, message=message, evidence=judged.evidence, fix=_fix(judged))


def _maybe(judged: Judged, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> tuple[str, str] | None:
    """Code and words for what else may be meant; nothing else where the instance is declared."""
    if not judged.setting.certain:
        return "MAYBE_NOT_REDIS", "It may be another kind of cache."
    return None if judged.params.instance else judged.around.maybe(judged.setting, address)


def _matched(judged: Judged, found: tuple[Endpoint, ...], asked: Asked) -> Iterator[Verdict]:
    wanted = judged.params.instance
    meant = [one for one in found if wanted in (None, one.redis.short)]
    if not meant:
        message = f"{judged.name} is {found[0]}, not {wanted}. What exists: {judged.known.words}."
        yield Violation(code="ANOTHER_REDIS", message=message, evidence=judged.evidence, fix=_fix(judged))
        return
    near = [one for one in meant if judged.seats.reach(one)] or meant
    match = next((one for one in near if asked.port in (None, one.port)), near[0])
    problems = (*_port(judged, match, asked), *_tls(judged, match), *_roads(judged, match))
    yield from problems
    yield from _region(judged, match)
    if not problems:
        yield Proof(message=f"{judged.name} is {match}", evidence=(judged.service.path, match.redis.path))


def _port(judged: Judged, match: Endpoint, asked: Asked) -> Iterator[Violation]:
    if asked.port in (None, match.port):
        return
    message = f"{judged.name} is {match}, but the service asks for port {asked.port}."
    if asked.assumed:
        what = "no port is set" if judged.setting.port or not judged.setting.plain else "no port variable is set"
        message = (
            f"{judged.name} is {match.redis.label}, but {what}: clients use {DEFAULT_PORT} by default, "
            f"the instance listens on {match.port}{' (TLS)' if match.tls else ''}."
        )
    yield _mismatch("REDIS_PORT", message, judged, match)


def _tls(judged: Judged, match: Endpoint) -> Iterator[Violation]:
    if judged.setting.tls in (None, match.tls):
        return
    said, listens = ("over TLS", "without TLS") if judged.setting.tls else ("without TLS", "with TLS only")
    message = f"{judged.name} is a URL {said}, but {match.redis.label} listens {listens}."
    yield _mismatch("REDIS_TLS", message, judged, match)


def _mismatch(code: str, message: str, judged: Judged, match: Endpoint) -> Violation:
    evidence = (*judged.evidence, match.redis.path)
    return Violation(code=code, message=message, evidence=evidence, fix=_fix(judged, match))


def _roads(judged: Judged, match: Endpoint) -> Iterator[Verdict]:
    for gap in judged.seats.gaps(match):
        message = f"{judged.name} is {match}, {gap.words}."
        evidence = (judged.service.path, match.redis.path, *gap.evidence)
        if gap.certain:
            yield Violation(code=gap.code, message=message, evidence=evidence, fix=_entry(judged, match))
        else:
            yield Undecided(code=gap.code, message=message, evidence=evidence)


def _entry(judged: Judged, match: Endpoint) -> Fix | None:
    """How the service enters a network of the endpoint: by a connector that leads there, else by an interface."""
    if not match.networks:
        return None
    service, network = judged.service, match.networks[0]
    connector = judged.around.entry(match, service.location)
    way = connector.label if connector else "an interface in it or a connector on it"
    return Fix(
        summary=f"Let {service.label} enter {network_words(network)}, by {way}.",
        gcloud=(network_command(service, network, connector),),
        terraform=network_terraform(network, connector),
    )


def _region(judged: Judged, match: Endpoint) -> Iterator[Violation]:
    service, redis = judged.service, match.redis
    if service.location and redis.location not in ("", service.location):
        yield Violation(
            code="REDIS_IN_ANOTHER_REGION",
            message=f"{redis.label} is in {redis.location}, {service.label} in {service.location}.",
            evidence=(service.path, redis.path),
            severity=Severity.WARNING,
        )


def _fix(judged: Judged, meant: Endpoint | None = None) -> Fix:
    target = meant or _candidate(judged)
    if target is None:
        return Fix(
            summary="Find the instance the service should use, and set the variable from its host and port.",
            gcloud=(f"gcloud redis instances list --region=- --project={judged.service.project}",),
        )
    setting = judged.setting
    missing = "" if setting.port or target.port == DEFAULT_PORT else f" The client must be told port {target.port} too."
    return Fix(
        summary=f"Let {setting.variable.name} lead to {target}.{missing if setting.plain else ''}",
        gcloud=(variables_command(judged.service, setting, target),) if setting.plain else (),
        terraform=variables_terraform(setting, target),
    )


def _candidate(judged: Judged) -> Endpoint | None:
    """The endpoint that can only be meant: the named instance's, or the only one in the service's region."""
    wanted, region = judged.params.instance, judged.service.location
    near = [one for one in judged.known.endpoints if one.redis.location == region]
    fitting = [one for one in judged.known.endpoints if one.redis.short == wanted] if wanted else near
    return fitting[0] if len({one.redis.path for one in fitting}) == 1 else None
