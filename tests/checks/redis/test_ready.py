"""redis.ready: state, tier, version, AUTH and TLS."""

from __future__ import annotations

import msgspec
import pytest

from checks.redis.ready import Ready, redis_ready
from tests.builders import PROJECT, REGION, redis
from tests.judging import codes, verdicts
from validator.check import Violation
from validator.model.redis import PscConnection, RedisCluster, RedisInstance

TLS = "SERVER_AUTHENTICATION"


def cluster(**changes: object) -> RedisCluster:
    base = RedisCluster(
        name=f"projects/{PROJECT}/locations/{REGION}/clusters/shards", project=PROJECT, location=REGION, state="ACTIVE"
    )
    return msgspec.structs.replace(base, **changes)


PASSES = {
    "a ready instance of which nothing is declared": (redis(), Ready()),
    "the declared tier": (redis(), Ready(tier="STANDARD_HA")),
    "exactly the lowest version": (redis(), Ready(min_version="7.2")),
    "a newer version": (redis(), Ready(min_version="6.10")),
    "a major version alone": (redis(), Ready(min_version="7")),
    "AUTH as declared": (redis(auth_enabled=True), Ready(auth=True)),
    "no AUTH as declared": (redis(), Ready(auth=False)),
    "TLS as declared": (redis(transit_encryption_mode=TLS), Ready(tls=True)),
    "an active cluster": (cluster(), Ready()),
    "a cluster with a connected endpoint": (
        cluster(psc_connections=(PscConnection(psc_connection_status="PSC_CONNECTION_STATUS_ACTIVE"),)),
        Ready(),
    ),
    "a cluster with IAM authorisation": (cluster(authorization_mode="AUTH_MODE_IAM_AUTH"), Ready(auth=True)),
    "a cluster with TLS": (cluster(transit_encryption_mode=f"TRANSIT_ENCRYPTION_MODE_{TLS}"), Ready(tls=True)),
}
FAILS = {
    "an instance that is being created": (redis(state="CREATING"), Ready(), ["REDIS_INSTANCE_NOT_RUNNING"]),
    "an instance under repair": (redis(state="REPAIRING"), Ready(), ["REDIS_INSTANCE_NOT_RUNNING"]),
    "an instance of no known state": (redis(state=""), Ready(), ["REDIS_INSTANCE_NOT_RUNNING"]),
    "a suspended instance": (
        redis(suspension_reasons=("CUSTOMER_MANAGED_KEY_ISSUE",)),
        Ready(),
        ["REDIS_INSTANCE_NOT_RUNNING"],
    ),
    "a cluster with an endpoint that is gone": (
        cluster(
            psc_connections=(
                PscConnection(address="10.1.0.50", psc_connection_status="PSC_CONNECTION_STATUS_NOT_FOUND"),
            )
        ),
        Ready(),
        ["GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT"],
    ),
    "a cluster that is being deleted": (cluster(state="DELETING"), Ready(), ["REDIS_CLUSTER_NOT_RUNNING"]),
    "another tier": (redis(tier="BASIC"), Ready(tier="STANDARD_HA"), ["REDIS_TIER"]),
    "an older version": (redis(redis_version="REDIS_6_X"), Ready(min_version="7.0"), ["REDIS_VERSION"]),
    "version 7.2 where 7.10 is wanted": (redis(), Ready(min_version="7.10"), ["REDIS_VERSION"]),
    "no AUTH though declared": (redis(), Ready(auth=True), ["REDIS_AUTH"]),
    "AUTH though declared off": (redis(auth_enabled=True), Ready(auth=False), ["REDIS_AUTH"]),
    "no TLS though declared": (redis(), Ready(tls=True), ["REDIS_TLS"]),
    "TLS though declared off": (redis(transit_encryption_mode=TLS), Ready(tls=False), ["REDIS_TLS"]),
    "a cluster without TLS though declared": (
        cluster(transit_encryption_mode="TRANSIT_ENCRYPTION_MODE_DISABLED"),
        Ready(tls=True),
        ["REDIS_TLS"],
    ),
    "a cluster without authorisation though declared": (
        cluster(authorization_mode="AUTH_MODE_DISABLED"),
        Ready(auth=True),
        ["REDIS_AUTH"],
    ),
    "everything at once": (
        redis(state="UPDATING", tier="BASIC"),
        Ready(tier="STANDARD_HA", auth=True, tls=True),
        ["REDIS_INSTANCE_NOT_RUNNING", "REDIS_TIER", "REDIS_AUTH", "REDIS_TLS"],
    ),
}


@pytest.mark.parametrize(("subject", "params"), PASSES.values(), ids=PASSES)
def test_passes(subject: RedisInstance | RedisCluster, params: Ready) -> None:
    assert codes(redis_ready, subject, params=params) == []


@pytest.mark.parametrize(("subject", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: RedisInstance | RedisCluster, params: Ready, expected: list[str]) -> None:
    found = verdicts(redis_ready, subject, params=params)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected
    assert all(one.evidence[0] == subject.path and one.fix is not None for one in violations)


@pytest.mark.parametrize("params", [Ready(tier="BASIC"), Ready(min_version="7")])
def test_a_cluster_is_not_passed_for_what_its_api_does_not_tell(params: Ready) -> None:
    assert codes(redis_ready, cluster(), params=params) == ["NOT_AN_INSTANCE"]


def test_a_suspension_says_its_reason() -> None:
    subject = redis(suspension_reasons=("CUSTOMER_MANAGED_KEY_ISSUE",), status_message="key is disabled")
    violation = verdicts(redis_ready, subject, params=Ready())[0]
    assert isinstance(violation, Violation)
    assert violation.message == (
        "redis/cache is READY, suspended for CUSTOMER_MANAGED_KEY_ISSUE, not READY (key is disabled)."
    )


def test_the_upgrade_is_a_command_to_paste() -> None:
    violation = verdicts(redis_ready, redis(redis_version="REDIS_6_X"), params=Ready(min_version="7.0"))[0]
    assert isinstance(violation, Violation)
    assert violation.fix is not None
    assert violation.fix.gcloud == (
        "gcloud redis instances upgrade cache --redis-version=redis_7_0 --region=us-central1 --project=acme",
    )


@pytest.mark.parametrize("text", ["", "latest", "seven", "7.x"])
def test_a_version_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"min_version": text}, Ready)
