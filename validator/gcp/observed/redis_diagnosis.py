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
from validator.gcp.observed.prediction import UNASKED, Prediction
from validator.gcp.observed.redis import RedisFailure, RedisPing, spoke
from validator.gcp.observed.trouble import Trouble, Weight
from validator.gcp.paths.trace import Result
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


_STRANGER = "so that another server may answer there"
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
        there: the known endpoints at the address, to which a name may have led; none where no instance is known.
        limits: what is expected of the PINGs.
        prediction: what the model says of the same packets.
    """
    if len({one.redis.path for one in there}) > 1:
        owners = ", ".join(dict.fromkeys(one.redis.label for one in there))
        words = f"is the address of several, {owners}, in networks of their own: which of them was asked is not known"
        yield Trouble(code="ADDRESS_USED_TWICE", words=words, weight=Weight.UNKNOWN)
    elif row.own:
        words = f"leads to {', '.join(row.addresses)}, which is the machine itself, here that of the probe"
        yield Trouble(code="LOOPBACK_ADDRESS", words=words, weight=Weight.SKIP)
    elif there and there[0].tls and not row.tls and spoke(row):
        words = f"answers in clear, although the API says that it speaks TLS alone, {_STRANGER}, {how(row)}"
        fix = Fix(summary="See what answers at the address; connect with TLS (rediss://).", gcloud=_look(there))
        yield Trouble(code="NOT_TLS", words=words, fix=fix)
    elif row.answered and not row.authenticated and _wants_secret(there):
        words = f"answers without a password, although the API says that AUTH is on, {_STRANGER}, {how(row)}"
        fix = Fix(summary="See what answers at the address, and whether AUTH is on.", gcloud=_look(there))
        yield Trouble(code=RedisFailure.NO_PASSWORD_SET, words=words, fix=fix)
    elif not row.answered and not _stopped(row, limits):
        yield _unanswered(row, there, prediction)
    else:
        yield from _answers(row, there, limits, prediction)


def lost_from(service: str, prediction: Prediction) -> Trouble | None:
    """Why answers that a machine got are not those that the service gets; None where nothing says so.

    Args:
        service: as the model knows it: "run/backend".
        prediction: what the model says of the service's own packets.
    """
    if not prediction.lost:
        return None
    some = "" if prediction.result is Result.UNREACHABLE else " some of"
    words = (
        f"answers the machine that probed, but the model says that{some} the packets of {service} are lost"
        f" ({prediction.code}): see network.path"
    )
    fix = Fix(summary="Trace the path of the service hop by hop.", gcloud=(prediction.trace,))
    return Trouble(code="LOST_FROM_SERVICE", words=words, weight=Weight.UNKNOWN, fix=prediction.mend or fix)


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


def _wants_secret(there: tuple[Endpoint, ...]) -> bool:
    owner = there[0].redis if there else None
    return isinstance(owner, RedisInstance) and owner.auth_enabled


def _clustered(there: tuple[Endpoint, ...]) -> bool:
    return any(isinstance(one.redis, RedisCluster) for one in there)


def _unanswered(row: RedisPing, there: tuple[Endpoint, ...], prediction: Prediction) -> Trouble:
    look = _look(there)
    if not row.failure:
        return _no_time_left(f"answered at the very end of the time, {how(row)}")
    if row.failure == RedisFailure.NOAUTH:
        return _noauth(row, there)
    if row.failure == RedisFailure.WRONGPASS:
        look = _auth_string(there) or look
    if refusal := _REFUSALS.get(row.failure):
        words, fix = f"{refusal.seen.format(row=row)}, {how(row)}", Fix(summary=refusal.remedy, gcloud=look)
        return Trouble(code=row.failure, words=words, weight=refusal.weight, fix=fix)
    at_nobodys_address = row.failure in PREDICTED and is_address(row.host) and not there
    found = _strayed(row) if at_nobodys_address else connection_trouble(row, prediction, look)
    return found or unknown(row)


def _strayed(row: RedisPing) -> Trouble | None:
    """To open a way to an address that nobody has would mend nothing: what the model says of it is left out."""
    remark = "and no Redis of the project has this address: see redis.endpoint"
    fix = Fix(summary="Let the variable lead to an instance that exists; the finding of redis.endpoint names them.")
    found = connection_trouble(row, UNASKED, (), remark)
    return found and msgspec.structs.replace(found, fix=fix)


def _no_time_left(words: str) -> Trouble:
    fix = Fix(summary="Raise probes.budget_s, or lower probes.pings.")
    return Trouble(code="NO_TIME_LEFT", words=words, weight=Weight.UNKNOWN, fix=fix)


def _noauth(row: RedisPing, there: tuple[Endpoint, ...]) -> Trouble:
    """It answers, and wants a secret that the probe was not given: that is no fault, and no pass.

    Where nobody could give the probe what it would need, it is not asked for more than that it is there and speaks.
    """
    owner = there[0].redis if there else None
    fix, weight = None, Weight.UNKNOWN
    if isinstance(owner, RedisCluster):
        why, weight = "wants a token of IAM, and this probe logs in to no cluster", Weight.SKIP
    elif owner is None:
        why, weight = "wants a password, and none is sent to a host that is no instance of the project", Weight.SKIP
    elif not owner.auth_enabled:
        why = "wants a password, although the API says that AUTH is off"
    elif row.tls != there[0].tls:
        why = "wants a password, and none is sent over TLS to an instance that has no TLS by what the API says"
    elif not is_address(row.host):
        itself = _judged_itself(row, there)
        why, weight = f"wants a password, which is sent to no name{itself}", Weight.SKIP if itself else weight
    elif row.password_from:
        why, fix = f"wants a password: {row.details}", _give_password(owner, there)
    else:
        why, fix = "wants a password (AUTH), and none was given", _give_password(owner, there)
    return Trouble(code="NOAUTH", words=f"answers, but {why}, {how(row)}", weight=weight, fix=fix)


def _give_password(row: RedisInstance, there: tuple[Endpoint, ...]) -> Fix:
    return Fix(
        summary=(
            f"Give the probe this AUTH string by probes.redis_passwords, as {{{row.short}: {{file: FILE}}}};"
            " VALIDATE_INFRA_REDIS_PASSWORD_FILE does it where no other instance has AUTH."
        ),
        gcloud=tuple(f"{command} > FILE" for command in _auth_string(there)),
    )


def _auth_string(there: tuple[Endpoint, ...]) -> tuple[str, ...]:
    """The command that shows the instance's AUTH string."""
    owners = dict.fromkeys(one.redis for one in there if isinstance(one.redis, RedisInstance))
    return tuple(
        f"gcloud redis instances get-auth-string {row.short} --region={row.location} --project={row.project}"
        " --format='value(authString)'"
        for row in owners
    )


def _answers(row: RedisPing, there: tuple[Endpoint, ...], limits: Limits, prediction: Prediction) -> Iterator[Trouble]:
    pings = f"answered {row.answered} of {row.sent} PINGs"
    stopped = _stopped(row, limits)
    if row.rate < limits.min_rate or stopped:
        last = f"; the last one that failed: {_last(row, prediction)}" if row.failure else ""
        last += f"; one more had no answer after {row.cut_ms:.0f} ms" if stopped else ""
        words = f"{pings}, at least {limits.min_rate:.0%} are expected{last}, {how(row)}"
        fix = Fix(summary="See whether it was restarted, failed over or ran out of clients.", gcloud=_look(there))
        yield Trouble(code="PINGS_LOST", words=words, fix=fix)
    elif row.sent < row.wanted:
        yield _no_time_left(f"{pings}, and then the time was up: {row.wanted} were to be sent, {how(row)}")
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
    yield from _doubts(row, there)


def _stopped(row: RedisPing, limits: Limits) -> bool:
    """Whether the time was up only after a PING had stayed without an answer for longer than it may."""
    return row.cut_ms > limits.max_p99_ms


def _last(row: RedisPing, prediction: Prediction) -> str:
    found = connection_trouble(row, prediction, ())
    return found.code if found else str(row.failure)


def _primary(row: RedisPing, there: tuple[Endpoint, ...]) -> RedisInstance | None:
    owner = there[0].redis if there else None
    return owner if isinstance(owner, RedisInstance) and owner.host.lower() in (row.host, row.address) else None


def _judged_itself(row: RedisPing, there: tuple[Endpoint, ...]) -> str:
    """That a name leads to an endpoint that is asked by its address too, with its CA and its password; "" elsewhere."""
    fitting = [one.redis for one in there if (one.port, one.tls) == (row.port, row.tls)]
    if is_address(row.host) or not fitting:
        return ""
    return f": it leads to {row.address}, which is judged by itself as {fitting[0].label}"


def _doubts(row: RedisPing, there: tuple[Endpoint, ...]) -> Iterator[Trouble]:
    """Why answers do not settle it."""
    if row.unverified and _clustered(there):
        # Nothing that anybody declares would mend it.
        words = f"answers {row.answered} of {row.sent} PINGs over TLS; whose certificate that is, was not verified:"
        yield Trouble(
            code="CERTIFICATE_NOT_VERIFIED", words=f"{words} the CA of clusters is not read", weight=Weight.SKIP
        )
    elif row.unverified and (itself := _judged_itself(row, there)):
        words = f"answers {row.answered} of {row.sent} PINGs over TLS; its certificate was not verified{itself}"
        yield Trouble(code="CERTIFICATE_NOT_VERIFIED", words=words, weight=Weight.SKIP)
    elif row.unverified:
        words = f"answers over TLS, but whether its certificate is to be trusted is not known: {row.unverified}"
        yield Trouble(code="CERTIFICATE_NOT_VERIFIED", words=words, weight=Weight.UNKNOWN)
    if len(row.addresses) > 1:
        pings = f"answered {row.answered} of {row.sent} PINGs"
        words = f"{pings} at {row.address}; its {len(row.addresses) - 1} other addresses were not asked"
        yield Trouble(code="SEVERAL_ADDRESSES", words=words, weight=Weight.SKIP)


def _look(there: tuple[Endpoint, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_describe(one.redis) for one in there))


def _describe(row: RedisInstance | RedisCluster) -> str:
    group = "clusters" if isinstance(row, RedisCluster) else "instances"
    return f"gcloud redis {group} describe {row.short} --region={row.location} --project={row.project}"
