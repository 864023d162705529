"""Redis speaks TLS where it must, and the CA its clients verify is good for long enough.

Why:
    Without TLS the AUTH string and all data pass in the clear. With it, clients verify the instance's own CA, which
    they were given once: those that do not hold the next one when the old one ends can no longer connect.

Remediation:
    TLS cannot be switched on in place: create an instance with it and move over. Download the CA anew when a second
    one appears, and give clients both until the old one has ended.

References:
    https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
    https://cloud.google.com/memorystore/docs/redis/manage-in-transit-encryption
    https://cloud.google.com/memorystore/docs/cluster/about-in-transit-encryption
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from validator.check import Fix, Moment, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificates.ca_expiry import End, Remaining, remaining
from validator.model.redis import RedisCluster, RedisInstance


class RedisTls(Params, frozen=True):
    """Whether clients must speak TLS, and how early the end of a CA is too near."""

    #: Whether an instance without TLS is a fault.
    required: bool = False
    #: At most a third of the CA's life.
    min_days_left: Annotated[int, Meta(ge=0)] = 30


@check(severity=Severity.ERROR)
def redis_tls(redis: RedisInstance | RedisCluster, *, moment: Moment, params: RedisTls) -> Verdicts:
    """The mode, and of instances with TLS every CA; the API tells those of a cluster one by one only."""
    mode = redis.transit_encryption_mode.removeprefix("TRANSIT_ENCRYPTION_MODE_")
    if mode in ("", "UNSPECIFIED", "DISABLED"):
        yield _off(redis, params)
    elif mode != "SERVER_AUTHENTICATION":
        message = f"{redis.label} has TLS mode {mode}, of which this tool does not know what it asks of clients."
        evidence = (redis.path, f"transitEncryptionMode={mode}")
        yield Undecided(code="UNKNOWN_TLS_MODE", message=message, evidence=evidence)
    elif isinstance(redis, RedisCluster):
        yield _cluster(redis, params)
    else:
        yield from _authorities(redis, moment, params)


def _cluster(redis: RedisCluster, params: RedisTls) -> Verdict:
    """A cluster with TLS on: that is all a rule asks that requires TLS; how long its CA is good is not judged."""
    reason = f"{redis.label} has TLS on; its CA is not among what a list of clusters tells"
    if params.required:
        return Proof(message=f"{reason}, so its end is not judged", evidence=(redis.path,))
    return Skip(code="CLUSTER_CA_NOT_READ", message=reason, evidence=(redis.path,))


def _off(redis: RedisInstance | RedisCluster, params: RedisTls) -> Verdict:
    if not params.required:
        return Proof(message=f"{redis.label} has TLS off, and the rule does not ask for it", evidence=(redis.path,))
    return Violation(
        code="REDIS_TLS",
        message=f"{redis.label} has TLS off; SERVER_AUTHENTICATION is declared.",
        evidence=(redis.path, f"transitEncryptionMode={redis.transit_encryption_mode}"),
        fix=Fix(
            summary="Create one with TLS and move over: it cannot be switched on in place.",
            gcloud=(_create(redis),),
            terraform=f'transit_encryption_mode = "{_mode_name(redis)}"',
        ),
    )


def _create(redis: RedisInstance | RedisCluster) -> str:
    where = f"--region={redis.location} --project={redis.project}"
    if isinstance(redis, RedisCluster):
        return f"gcloud redis clusters create NAME --transit-encryption-mode=server-authentication {where}"
    return f"gcloud redis instances create NAME --transit-encryption-mode=SERVER_AUTHENTICATION {where}"


def _mode_name(redis: RedisInstance | RedisCluster) -> str:
    prefix = "TRANSIT_ENCRYPTION_MODE_" if isinstance(redis, RedisCluster) else ""
    return f"{prefix}SERVER_AUTHENTICATION"


def _authorities(redis: RedisInstance, moment: Moment, params: RedisTls) -> Iterator[Verdict]:
    """Each CA by its end: the last of them decides, the others only concern clients who hold no newer one."""
    lives = [remaining(one.create_time, one.expire_time, moment, params.min_days_left) for one in redis.server_ca_certs]
    known = sorted((left for left in lives if left.expires), key=lambda left: left.expires or moment)
    evidence = (redis.path, *(f"serverCaCerts.expireTime={one.expire_time}" for one in redis.server_ca_certs))
    if not known or len(known) < len(lives):
        message = f"{redis.label} has TLS on and does not say when {'one of its CAs' if lives else 'its CA'} expires."
        yield Undecided(code="CERTIFICATE_EXPIRY_UNKNOWN", message=message, evidence=evidence)
        return
    *older, newest = known
    yield _newest(redis, newest, evidence)
    if newest.end is End.FAR:
        yield from (_older(redis, left, newest, evidence) for left in older if left.end is End.NEAR)


def _newest(redis: RedisInstance, left: Remaining, evidence: tuple[str, ...]) -> Verdict:
    if left.end is End.FAR:
        return Proof(message=f"{redis.label} has TLS on, with a CA until {left.day}", evidence=evidence)
    if left.end is End.PAST:
        message = f"{redis.label} has TLS on, and its CA expired on {left.day}: clients that verify it are failing."
        return Violation(code="CERTIFICATE_EXPIRED", message=message, evidence=evidence, fix=_download(redis))
    return Violation(
        code="CERTIFICATE_EXPIRES_SOON",
        message=f"{redis.label} has TLS on, and its newest CA expires on {left.day}, in {left.days} days.",
        evidence=evidence,
        severity=Severity.WARNING,
        fix=_download(redis),
    )


def _older(redis: RedisInstance, left: Remaining, newest: Remaining, evidence: tuple[str, ...]) -> Violation:
    return Violation(
        code="CERTIFICATE_ROTATION",
        message=(
            f"{redis.label} has a CA that expires on {left.day}, in {left.days} days; clients need the newer one, good"
            f" until {newest.day}, by then."
        ),
        evidence=evidence,
        severity=Severity.WARNING,
        fix=_download(redis),
    )


def _download(redis: RedisInstance) -> Fix:
    where = f"--region={redis.location} --project={redis.project}"
    return Fix(
        summary="Give every client all the CAs the instance shows; Google adds the next one well before the end.",
        gcloud=(f"gcloud redis instances describe {redis.short} --format='value(serverCaCerts[].cert)' {where}",),
    )
