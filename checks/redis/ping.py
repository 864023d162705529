"""Redis answers PING, quickly and every time, where instances listen and where services look for it.

Why:
    Configuration cannot show that Redis answers: it may be out of clients, reading its data, or behind a connector
    that is saturated, and a client sees the same time-out each time. The probe resolves, connects, speaks TLS with the
    instance's own CA, sends AUTH where it was given the password of a known instance, and then PINGs; what went wrong
    is told apart and set beside what the network model says of the same packets.

Remediation:
    Mend what the finding names. A time-out that the model predicts is mended in the network; one that it does not
    predict is saturation, or a probe that ran elsewhere than the services do: run it on their connector, and declare
    so (`vantage: vpc`, `probes.from`). Passwords come from environment variables or files, never from arguments.

References:
    https://cloud.google.com/memorystore/docs/redis/troubleshoot-issues
    https://cloud.google.com/memorystore/docs/redis/connect-redis-instance-cloud-run
    https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
    https://cloud.google.com/memorystore/docs/redis/about-redis-auth
    https://redis.io/docs/latest/commands/ping/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from validator.check import (
    Environment,
    Maybe,
    Params,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    check,
    verdict_of,
)
from validator.gcp.observed.connection_diagnosis import PREDICTED, stranger
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.origin import Origin
from validator.gcp.observed.prediction import UNASKED, Flow, Prediction, predict
from validator.gcp.observed.redis import Door, Doors, RedisPing, is_own, spoke
from validator.gcp.observed.redis_diagnosis import Limits, lost_from, redis_troubles, well
from validator.gcp.observed.trouble import Trouble, Weight
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Result
from validator.gcp.redis_settings import Setting, settings
from validator.model.endpoints import is_address
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.run import Service, Serving, Template, Variable

Subject = RedisInstance | RedisCluster | Service


class RedisPings(Params, frozen=True):
    """What is expected of the PINGs; how many there are, and in what time, is the environment's `probes`."""

    #: Share of the PINGs that must be answered, 0 to 1.
    min_success_rate: Annotated[float, Meta(gt=0, le=1)] = 1.0
    #: Milliseconds within which 99 of 100 PINGs must be answered, connecting not counted.
    max_p99_ms: Annotated[float, Meta(gt=0)] = 2000


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What probes saw, and what it is judged by."""

    rows: dict[tuple[str, int, bool], RedisPing]
    doors: Doors
    paths: Maybe[Paths]
    environment: Environment
    origin: Origin
    limits: Limits

    def prediction(self, door: Door, source: str) -> Prediction:
        """What the model says of packets from there."""
        flow = Flow(source=source, to=self.doors.end(door), host=door.host, port=door.port)
        return predict(flow, self.paths, self.environment)


@check(severity=Severity.ERROR)
def redis_ping(
    subject: Subject,
    *,
    pings: Table[RedisPing],
    doors: Doors,
    services: Table[Service],
    serving: Serving,
    paths: Maybe[Paths],
    environment: Environment,
    params: RedisPings,
) -> Verdicts:
    """Every endpoint of an instance or a cluster, or every setting of a service."""
    own = Origin(declared=environment.probes.source)
    seen = Seen(
        rows={(row.host, row.port, row.tls): row for row in pings},
        doors=doors,
        paths=paths,
        environment=environment,
        origin=Origin.of(subject, services, environment) if isinstance(subject, Service) else own,
        limits=Limits(min_rate=params.min_success_rate, max_p99_ms=params.max_p99_ms),
    )
    if isinstance(subject, Service):
        yield from _service(subject, serving.of(subject), seen)
        return
    found = doors.of_redis(subject)
    if not found:
        reason = f"{subject.label} has no address yet; see redis.ready"
        yield Skip(code="NO_ADDRESS", message=reason, evidence=(subject.path,))
    for door in found:
        yield from _judged(subject, door, "", seen)


def _service(service: Service, templates: tuple[Template, ...], seen: Seen) -> Verdicts:
    found = [setting for template in templates for setting in settings(template)]
    if not found:
        reason = f"{service.label} has no variable that says where Redis is"
        yield Skip(code="NO_REDIS_VARIABLES", message=reason, evidence=(service.path,))
    verdicts = (verdict for setting in found for verdict in _setting(service, setting, seen))
    yield from dict.fromkeys(verdicts)


def _setting(service: Service, setting: Setting, seen: Seen) -> Iterator[Verdict]:
    variable = setting.variable
    evidence = (service.path, f"{variable.name}={variable.value}")
    for hidden in filter(None, (variable, setting.port)):
        yield from _hidden(hidden, evidence)
    for asked in setting.asked:
        if door := seen.doors.of_asked(setting, asked):
            yield from _judged(service, door, f"{variable.name}={door}", seen)
        elif asked.port and is_own(asked.host):
            reason = f"{variable.name} is {asked.host}, the service's own container, which no probe can ask"
            yield Skip(code="LOOPBACK_ADDRESS", message=reason, evidence=evidence)
        elif asked.port:
            reason = f"{variable.name} is {asked.host}, which may be another kind of cache, and was not probed"
            yield Skip(code="MAYBE_NOT_REDIS", message=reason, evidence=evidence)
        elif not (setting.port and (setting.port.value_source or setting.port.withheld)):
            message = f"{variable.name} is {asked.host}, at a port that is none, and was not probed."
            yield Undecided(code="NOT_A_PORT", message=message, evidence=evidence)


def _hidden(variable: Variable, evidence: tuple[str, ...]) -> Iterator[Verdict]:
    """A host or port that is not known here cannot be probed."""
    if variable.value_source:
        reason = f"{variable.name} is held in Secret Manager and not probed: payloads are never read"
        yield Skip(code="HELD_IN_SECRET_MANAGER", message=reason, evidence=evidence)
    elif variable.withheld:
        message = f"{variable.name} holds a text whose host cannot be told from its secrets, so it was not probed."
        yield Undecided(code="VALUE_WITHHELD", message=message, evidence=evidence)


def _judged(subject: Subject, door: Door, setting: str, seen: Seen) -> Iterator[Verdict]:
    row = seen.rows.get((door.host, door.port, door.tls))
    met = _met(row, door) if row else door
    there = seen.doors.at(met)
    mine = (str(one) for one in there if (one.host, one.port, one.tls) == (door.host, door.port, door.tls))
    label = next(mine, setting or f"{subject.label} at {door}")
    evidence = tuple(dict.fromkeys((subject.path, *(one.redis.path for one in there), *filter(None, (setting,)))))
    if row is None:
        yield Undecided(code="NOT_PROBED", message=f"{label} was not probed.", evidence=evidence)
        return
    prediction = seen.prediction(door, seen.origin.source) if row.failure in PREDICTED else UNASKED
    if trouble := _elsewhere(row, door, prediction, seen) or _stranger(row, met, seen):
        yield verdict_of(trouble, label, evidence)
        return
    found = (*redis_troubles(row, there, seen.limits, prediction), *_own(row, door, seen))
    yield from (verdict_of(trouble, label, evidence) for trouble in found)
    if not found:
        asked = f", asked from {seen.origin.declared}" if seen.origin.elsewhere else ""
        yield Proof(message=f"{label} {well(row, there)}{asked}", evidence=evidence)


def _met(row: RedisPing, door: Door) -> Door:
    """The door at the address that answered, where a name led there."""
    return door if is_address(door.host) or not spoke(row) else msgspec.structs.replace(door, host=row.address)


def _stranger(row: RedisPing, door: Door, seen: Seen) -> Trouble | None:
    """Why an answer at the address of an instance need not be the instance's; a chain of its own CA proves that."""
    source = seen.environment.probes.source
    proven = row.tls_version and door.ca and not row.unverified
    if not source or proven or not spoke(row) or not seen.doors.end(door):
        return None
    return stranger(source, seen.prediction(door, source))


def _own(row: RedisPing, door: Door, seen: Seen) -> Iterator[Trouble]:
    """That the service itself does not get the answers that the machine of the probe got."""
    if not row.answered or row.own or seen.origin.itself or not seen.origin.service:
        return
    if trouble := lost_from(seen.origin.service, seen.prediction(door, seen.origin.service)):
        yield trouble


def _elsewhere(row: RedisPing, door: Door, prediction: Prediction, seen: Seen) -> Trouble | None:
    """Why silence towards the machine that probed is not the service's, where the model sends the two other ways.

    A known instance is judged by itself for the same silence, so that nothing more is to be said of the service; of
    any other endpoint this is the only answer, and none must not look like one.
    """
    if row.failure != Failure.TIMED_OUT or not seen.origin.elsewhere:
        return None
    own = seen.prediction(door, seen.origin.service)
    if prediction.result is not Result.UNREACHABLE or own.result is not Result.REACHABLE:
        return None
    words = (
        f"stays silent towards {seen.origin.source}, where the probe ran, and the model predicts that"
        f" ({prediction.code}); for the packets of {seen.origin.service} itself it predicts an answer: probe from"
        " where that service is"
    )
    weight = Weight.SKIP if seen.doors.at(door) else Weight.UNKNOWN
    return Trouble(code="PROBED_FROM_ELSEWHERE", words=words, weight=weight)
