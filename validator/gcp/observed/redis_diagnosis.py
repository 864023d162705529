"""What the answers of a Redis endpoint say: refusals of Redis itself, lost and slow PINGs, a replica for a primary.

https://cloud.google.com/memorystore/docs/redis/about-redis-auth
https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
https://redis.io/docs/latest/develop/reference/clients/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.observed.connection_diagnosis import PREDICTED, connection_trouble, how, unknown
from validator.gcp.observed.prediction import Prediction
from validator.gcp.observed.redis import RedisFailure, RedisPing
from validator.gcp.observed.trouble import Trouble, Weight
from validator.gcp.redis_places import Endpoint
from validator.model.endpoints import is_address
from validator.model.fix import Fix
from validator.model.redis import RedisCluster, RedisInstance


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of the PINGs."""

    #: Share that must be answered, 0..1.
    min_rate: float
    max_p99_ms: float


class _Refusal(msgspec.Struct, frozen=True):
    """Of a refusal by Redis: what was seen, and what to do."""

    seen: str
    remedy: str
    weight: Weight = Weight.FAULT


_FEWER_CLIENTS = "Close idle clients (`timeout`), bound the pools of the services, or take a larger instance."
_REFUSALS: Mapping[str, _Refusal] = MappingProxyType(
    {
        RedisFailure.WRONGPASS: _Refusal(
            "refuses the password from {row.password_from}", "Take the instance's present AUTH string."
        ),
        RedisFailure.NO_PASSWORD_SET: _Refusal(
            "has no password, although the API says that AUTH is on: clients that send one fail",
            "Switch AUTH off and on again, or let the clients send none.",
        ),
        RedisFailure.NOPERM: _Refusal(
            "does not permit PING to this user", "Permit it: clients use PING to keep connections.", Weight.UNKNOWN
        ),
        RedisFailure.LOADING: _Refusal(
            "is still reading its data into memory (LOADING)", "Wait until it is done; look at why it was restarted."
        ),
        RedisFailure.MAX_CLIENTS: _Refusal("has no place for another client (maxclients)", _FEWER_CLIENTS),
        RedisFailure.MASTERDOWN: _Refusal(
            "is a replica that has lost its primary (MASTERDOWN)", "See why the two do not reach each other."
        ),
        RedisFailure.CLUSTERDOWN: _Refusal(
            "is part of a cluster that is down (CLUSTERDOWN)", "See which shard is missing."
        ),
        RedisFailure.REDIRECTED: _Refusal(
            "sends its clients to another node of a cluster",
            "Use a client that follows redirects of a cluster.",
            Weight.UNKNOWN,
        ),
        RedisFailure.ERROR_REPLY: _Refusal("answers PING with an error ({row.details})", "Look at the instance."),
    }
)


def redis_troubles(
    row: RedisPing, there: tuple[Endpoint, ...], limits: Limits, prediction: Prediction
) -> Iterator[Trouble]:
    """Everything that is not as it must be.

    Args:
        row: what the probe saw.
        there: the known endpoints at the address; none for a host that is no known instance.
        limits: what is expected of the PINGs.
        prediction: what the model says of the same packets.
    """
    if len({one.redis.path for one in there}) > 1:
        owners = ", ".join(dict.fromkeys(one.redis.label for one in there))
        words = f"is the address of several, {owners}, in networks of their own: which of them was asked is not known"
        yield Trouble(code="ADDRESS_USED_TWICE", words=words, weight=Weight.UNKNOWN)
    elif not row.answered:
        yield _unanswered(row, there, prediction)
    else:
        yield from _answers(row, there, limits, prediction)


def well(row: RedisPing, there: tuple[Endpoint, ...]) -> str:
    """What an endpoint without troubles showed: "answers 10 of 10 PINGs, p99 1.2 ms, Redis 7.2.4, a primary"."""
    role = {"master": ", a primary", "slave": ", a replica: it refuses writes"}.get(row.role, "")
    mode = "" if row.mode in ("", "standalone") or _clustered(there) else f", part of a {row.mode}"
    version = f", Redis {row.server_version}" if row.server_version else ""
    tls = f", {row.tls_version} ({_trusted(row)})" if row.tls_version else ""
    pings = f"answers {row.answered} of {row.sent} PINGs, p50 {row.p50_ms:.3g} ms, p99 {row.p99_ms:.3g} ms"
    return f"{pings}{version}{role}{mode}{tls}, {how(row)}"


def _trusted(row: RedisPing) -> str:
    named = {"yes": " and names the host", "no": " and does not name the host"}.get(row.names_host, "")
    return f"its certificate leads to the trusted CA{named}"


def _clustered(there: tuple[Endpoint, ...]) -> bool:
    return any(isinstance(one.redis, RedisCluster) for one in there)


def _unanswered(row: RedisPing, there: tuple[Endpoint, ...], prediction: Prediction) -> Trouble:
    look = _look(there)
    if not row.failure:
        return Trouble(
            code="NO_TIME_LEFT", words=f"answered at the very end of the time, {how(row)}", weight=Weight.UNKNOWN
        )
    if row.failure == RedisFailure.NOAUTH:
        return _noauth(row, there)
    if refusal := _REFUSALS.get(row.failure):
        words, fix = f"{refusal.seen.format(row=row)}, {how(row)}", Fix(summary=refusal.remedy, gcloud=look)
        return Trouble(code=row.failure, words=words, weight=refusal.weight, fix=fix)
    found = connection_trouble(row, prediction, look) or unknown(row)
    return _at_nobodys_address(found) if row.failure in PREDICTED and is_address(row.host) and not there else found


def _at_nobodys_address(trouble: Trouble) -> Trouble:
    """To open a way there would mend nothing."""
    words = f"{trouble.words}; no Redis of the project has this address, see redis.endpoint"
    fix = Fix(summary="Let the variable lead to an instance that exists; the finding of redis.endpoint names them.")
    return msgspec.structs.replace(trouble, words=words, fix=fix)


def _noauth(row: RedisPing, there: tuple[Endpoint, ...]) -> Trouble:
    """It answers, and wants a secret that the probe was not given: that is no fault, and no pass."""
    owner = there[0].redis if there else None
    fix = None
    if isinstance(owner, RedisCluster):
        why = "wants a token of IAM, and this probe logs in to no cluster"
    elif owner is None:
        why = "wants a password, and none is sent to a host that is no instance of the project"
    elif row.password_from:
        why = f"wants a password: {row.details}"
    elif not owner.auth_enabled:
        why = "wants a password, although the API says that AUTH is off"
    else:
        why, fix = "wants a password (AUTH), and none was given", _give_password(owner)
    return Trouble(code="NOAUTH", words=f"answers, but {why}, {how(row)}", weight=Weight.UNKNOWN, fix=fix)


def _give_password(row: RedisInstance) -> Fix:
    where = f"--region={row.location} --project={row.project}"
    return Fix(
        summary="Give the probe the AUTH string by VALIDATE_INFRA_REDIS_PASSWORD_FILE, or by probes.redis_passwords.",
        gcloud=(f"gcloud redis instances get-auth-string {row.short} {where} --format='value(authString)' > FILE",),
    )


def _answers(row: RedisPing, there: tuple[Endpoint, ...], limits: Limits, prediction: Prediction) -> Iterator[Trouble]:
    pings = f"answered {row.answered} of {row.sent} PINGs"
    if row.rate < limits.min_rate:
        last = f"; the last one that failed: {_last(row, prediction)}" if row.failure else ""
        words = f"{pings}, at least {limits.min_rate:.0%} are expected{last}, {how(row)}"
        fix = Fix(summary="See whether it was restarted, failed over or ran out of clients.", gcloud=_look(there))
        yield Trouble(code="PINGS_LOST", words=words, fix=fix)
    if row.p99_ms > limits.max_p99_ms:
        words = (
            f"{pings} with a p99 of {row.p99_ms:.4g} ms (p50 {row.p50_ms:.4g} ms),"
            f" at most {limits.max_p99_ms:.4g} ms are expected, {how(row)}"
        )
        fix = Fix(summary="Look at slow commands, at its CPU, and at the connector's.", gcloud=_look(there))
        yield Trouble(code="PINGS_SLOW", words=words, fix=fix)
    if row.role == "slave" and (primary := _primary(row, there)):
        words = f"is the primary endpoint of {primary.label}, but a replica answers there: it refuses writes (READONLY)"
        fix = Fix(summary="If a failover does not end, ask Google's support.", gcloud=_look(there))
        yield Trouble(code="READONLY_REPLICA", words=words, fix=fix)
    yield from _doubts(row)


def _last(row: RedisPing, prediction: Prediction) -> str:
    found = connection_trouble(row, prediction, ())
    return found.code if found else str(row.failure)


def _primary(row: RedisPing, there: tuple[Endpoint, ...]) -> RedisInstance | None:
    owner = there[0].redis if there else None
    return owner if isinstance(owner, RedisInstance) and owner.host.lower() == row.host else None


def _doubts(row: RedisPing) -> Iterator[Trouble]:
    """Why answers do not settle it."""
    if row.unverified:
        words = f"answers over TLS, but whether its certificate is to be trusted is not known: {row.unverified}"
        yield Trouble(code="CERTIFICATE_NOT_VERIFIED", words=words, weight=Weight.UNKNOWN)
    if len(row.addresses) > 1:
        words = f"has {len(row.addresses)} addresses, of which only {row.address} was asked"
        yield Trouble(code="SEVERAL_ADDRESSES", words=words, weight=Weight.UNKNOWN)


def _look(there: tuple[Endpoint, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_describe(one.redis) for one in there))


def _describe(row: RedisInstance | RedisCluster) -> str:
    group = "clusters" if isinstance(row, RedisCluster) else "instances"
    return f"gcloud redis {group} describe {row.short} --region={row.location} --project={row.project}"
