"""The Redis instance is running and set up as declared.

Why:
    An instance that is being created, repaired or suspended refuses connections; one without AUTH or TLS
    where the clients expect them refuses their handshake.

Remediation:
    Wait for a change in progress to end, lift the reason of a suspension, and bring tier, version, AUTH and
    TLS of the instance in line with what the rule declares. TLS and tier cannot be changed in place.

References:
    https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances
    https://cloud.google.com/memorystore/docs/cluster/reference/rest/v1/projects.locations.clusters
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from validator.check import Fix, Params, Proof, Severity, Skip, Verdict, Verdicts, Violation, check
from validator.model.redis import RedisCluster, RedisInstance

#: Statuses of an endpoint that carries traffic; a status that is not told proves nothing against it.
_CONNECTED = ("", "PSC_CONNECTION_STATUS_UNSPECIFIED", "PSC_CONNECTION_STATUS_ACTIVE")


class Ready(Params, frozen=True):
    """What the instance must be beside running; what is not given is not judged."""

    #: "BASIC" or "STANDARD_HA"; clusters have no tier.
    tier: str | None = None
    #: The lowest version that will do: "7.0"; clusters do not tell theirs.
    min_version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)*$")] | None = None
    #: Whether clients must authenticate.
    auth: bool | None = None
    #: Whether clients must speak TLS.
    tls: bool | None = None


@check(severity=Severity.ERROR)
def redis_ready(redis: RedisInstance | RedisCluster, *, params: Ready) -> Verdicts:
    """State first, then each declared setting."""
    yield from _state(redis)
    if isinstance(redis, RedisInstance):
        yield from _tier_and_version(redis, params)
    elif params.tier or params.min_version:
        reason = f"{redis.label} is a cluster: it has no tier, and its API does not tell its version"
        yield Skip(code="NOT_AN_INSTANCE", message=reason, evidence=(redis.path,))
    if isinstance(redis, RedisCluster):
        yield from _endpoints(redis)
    yield from _switch(redis, "AUTH", wanted=params.auth, found=_has_auth(redis))
    yield from _switch(redis, "TLS", wanted=params.tls, found=_has_tls(redis))
    yield Proof(message=f"{redis.label} is {redis.state}", evidence=(redis.path,))


def _state(redis: RedisInstance | RedisCluster) -> Iterator[Verdict]:
    cluster = isinstance(redis, RedisCluster)
    wanted = "ACTIVE" if cluster else "READY"
    reasons = ", ".join(redis.suspension_reasons) if isinstance(redis, RedisInstance) else ""
    if redis.state == wanted and not reasons:
        return
    why = f", suspended for {reasons}" if reasons else ""
    said = f" ({redis.status_message})" if isinstance(redis, RedisInstance) and redis.status_message else ""
    group = "redis clusters" if cluster else "redis instances"
    yield Violation(
        code="REDIS_CLUSTER_NOT_RUNNING" if cluster else "REDIS_INSTANCE_NOT_RUNNING",
        message=f"{redis.label} is {redis.state or 'in no known state'}{why}, not {wanted}{said}.",
        evidence=(redis.path, f"state={redis.state}"),
        fix=Fix(
            summary="See what it waits for; a suspension for a customer-managed key ends when the key is usable again.",
            gcloud=(f"gcloud {group} describe {redis.short} --region={redis.location} --project={redis.project}",),
        ),
    )


def _endpoints(cluster: RedisCluster) -> Iterator[Verdict]:
    """A cluster is reached through Private Service Connect endpoints in the clients' network, and only through them.

    https://cloud.google.com/memorystore/docs/cluster/networking
    """
    for link in cluster.psc_connections:
        if link.psc_connection_status in _CONNECTED:
            continue
        where = link.address or link.forwarding_rule or "one"
        yield Violation(
            code="GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
            message=f"{cluster.label} has an endpoint, {where}, that is not connected: {link.psc_connection_status}.",
            evidence=(cluster.path, f"network={link.network}", f"forwardingRule={link.forwarding_rule}"),
            fix=Fix(
                summary="Delete the endpoint's entry and let the service connection policy, or you, create it anew."
            ),
        )


def _tier_and_version(redis: RedisInstance, params: Ready) -> Iterator[Verdict]:
    if params.tier and redis.tier != params.tier:
        yield Violation(
            code="REDIS_TIER",
            message=f"{redis.label} has tier {redis.tier or 'unknown'}, not {params.tier}.",
            evidence=(redis.path, f"tier={redis.tier}"),
            fix=Fix(
                summary="Create an instance of the declared tier and move over: the tier cannot be changed.",
                terraform=f'tier = "{params.tier}"',
            ),
        )
    if params.min_version and _numbers(redis.redis_version) < _numbers(params.min_version):
        found = redis.redis_version or "an unknown version"
        target = "redis_" + "_".join(str(number) for number in _numbers(params.min_version))
        yield Violation(
            code="REDIS_VERSION",
            message=f"{redis.label} runs {found}, older than {params.min_version}.",
            evidence=(redis.path, f"redisVersion={redis.redis_version}"),
            fix=Fix(
                summary="Upgrade it; the connection drops for a moment.",
                gcloud=(_gcloud(redis, "upgrade", f"--redis-version={target}"),),
                terraform=f'redis_version = "{target.upper()}"',
            ),
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"[0-9]+", version))


def _has_auth(redis: RedisInstance | RedisCluster) -> bool:
    if isinstance(redis, RedisInstance):
        return redis.auth_enabled
    return redis.authorization_mode in ("AUTH_MODE_IAM_AUTH", "AUTH_MODE_TOKEN_AUTH")


def _has_tls(redis: RedisInstance | RedisCluster) -> bool:
    return redis.transit_encryption_mode.endswith("SERVER_AUTHENTICATION")


def _switch(redis: RedisInstance | RedisCluster, what: str, *, wanted: bool | None, found: bool) -> Iterator[Verdict]:
    if wanted is None or wanted is found:
        return
    yield Violation(
        code=f"REDIS_{what}",
        message=f"{redis.label} has {what} {_word(found)}, declared is {_word(wanted)}.",
        evidence=(redis.path, _setting(redis, what)),
        fix=_switch_fix(redis, what, wanted=wanted),
    )


def _setting(redis: RedisInstance | RedisCluster, what: str) -> str:
    if what == "TLS":
        return f"transitEncryptionMode={redis.transit_encryption_mode}"
    if isinstance(redis, RedisInstance):
        return f"authEnabled={str(redis.auth_enabled).lower()}"
    return f"authorizationMode={redis.authorization_mode}"


def _word(on: bool) -> str:  # noqa: FBT001 - a word for a switch
    return "on" if on else "off"


def _switch_fix(redis: RedisInstance | RedisCluster, what: str, *, wanted: bool) -> Fix:
    if isinstance(redis, RedisCluster):
        return Fix(summary=f"Create a cluster with {what} {_word(wanted)} and move over: it cannot be changed.")
    if what == "TLS":
        mode = "SERVER_AUTHENTICATION" if wanted else "DISABLED"
        return Fix(
            summary="Create an instance with the declared TLS mode and move over: it cannot be changed in place.",
            terraform=f'transit_encryption_mode = "{mode}"',
        )
    flag = "--enable-auth" if wanted else "--no-enable-auth"
    return Fix(
        summary=f"Switch AUTH {_word(wanted)}; clients must send the AUTH string from then on.",
        gcloud=(_gcloud(redis, "update", flag),),
        terraform=f"auth_enabled = {str(wanted).lower()}",
    )


def _gcloud(redis: RedisInstance, verb: str, flag: str) -> str:
    return f"gcloud redis instances {verb} {redis.short} {flag} --region={redis.location} --project={redis.project}"
