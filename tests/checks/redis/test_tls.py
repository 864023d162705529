"""redis.tls: the mode and the CAs."""

from __future__ import annotations

import pytest

from checks.redis.tls import RedisTls, redis_tls
from tests.builders import redis, redis_cluster
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.redis import CaCertificate, RedisCluster, RedisInstance

DEFAULT, REQUIRED = RedisTls(), RedisTls(required=True)
FAR, NEAR, PAST = "2034-01-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"


def secure(*ends: str) -> RedisInstance:
    """An instance with TLS, and CAs with these ends."""
    authorities = tuple(CaCertificate(create_time="2024-01-01T00:00:00Z", expire_time=end) for end in ends)
    return redis(transit_encryption_mode="SERVER_AUTHENTICATION", port=6378, server_ca_certs=authorities)


def cluster(mode: str) -> RedisCluster:
    return redis_cluster(transit_encryption_mode=f"TRANSIT_ENCRYPTION_MODE_{mode}")


PASSES = {
    "no TLS where nothing asks for it": (redis(), DEFAULT),
    "no TLS, said in so many words": (redis(transit_encryption_mode="DISABLED"), DEFAULT),
    "a cluster without TLS": (cluster("DISABLED"), DEFAULT),
    "TLS and a young CA": (secure(FAR), REQUIRED),
    "an old CA beside a young one": (secure(PAST, FAR), DEFAULT),
    "a cluster with TLS, where that is required": (cluster("SERVER_AUTHENTICATION"), REQUIRED),
    "two young CAs": (secure(FAR, "2033-01-01T00:00:00Z"), DEFAULT),
}
FAILS: dict[str, tuple[RedisInstance | RedisCluster, RedisTls, list[str]]] = {
    "no TLS though required": (redis(), REQUIRED, ["REDIS_TLS"]),
    "a cluster without TLS though required": (cluster("DISABLED"), REQUIRED, ["REDIS_TLS"]),
    "the only CA near its end": (secure(NEAR), DEFAULT, ["CERTIFICATE_EXPIRES_SOON"]),
    "the only CA past its end": (secure(PAST), DEFAULT, ["CERTIFICATE_EXPIRED"]),
    "every CA past its end": (secure(PAST, "2026-10-01T00:00:00Z"), DEFAULT, ["CERTIFICATE_EXPIRED"]),
    "one past, the next near": (secure(NEAR, PAST), DEFAULT, ["CERTIFICATE_EXPIRES_SOON"]),
    "one near, the next young: clients must change over": (secure(FAR, NEAR), DEFAULT, ["CERTIFICATE_ROTATION"]),
}
UNDECIDED: dict[str, tuple[RedisInstance | RedisCluster, list[str]]] = {
    "TLS without any CA": (secure(), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a CA without an end": (secure(""), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a CA without an end beside a young one": (secure(FAR, "soon"), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a mode of the future": (redis(transit_encryption_mode="MUTUAL"), ["UNKNOWN_TLS_MODE"]),
}


@pytest.mark.parametrize(("subject", "params"), PASSES.values(), ids=PASSES)
def test_passes(subject: RedisInstance | RedisCluster, params: RedisTls) -> None:
    (found,) = verdicts(redis_tls, subject, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(("subject", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: RedisInstance | RedisCluster, params: RedisTls, expected: list[str]) -> None:
    found = [one for one in verdicts(redis_tls, subject, params=params) if not isinstance(one, Proof)]
    assert [one.code for one in found] == expected
    assert all(isinstance(one, Violation) and one.fix and one.fix.gcloud for one in found)


@pytest.mark.parametrize(("subject", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_does_not_pass_what_it_cannot_judge(subject: RedisInstance | RedisCluster, expected: list[str]) -> None:
    assert codes(redis_tls, subject, params=REQUIRED) == expected
    (found,) = verdicts(redis_tls, subject, params=REQUIRED)
    assert isinstance(found, Undecided | Skip)


def test_the_ca_of_a_cluster_is_said_not_to_be_judged() -> None:
    secured = cluster("SERVER_AUTHENTICATION")
    assert codes(redis_tls, secured, params=DEFAULT) == ["CLUSTER_CA_NOT_READ"]
    (proof,) = verdicts(redis_tls, secured, params=REQUIRED)
    assert proof.message == (
        "redis-cluster/shards has TLS on; its CA is not among what a list of clusters tells, so its end is not judged"
    )


def test_only_an_end_that_is_past_is_an_error() -> None:
    for subject, severity in (
        (secure(PAST), None),
        (secure(NEAR), Severity.WARNING),
        (secure(NEAR, FAR), Severity.WARNING),
    ):
        found = next(one for one in verdicts(redis_tls, subject, params=DEFAULT) if isinstance(one, Violation))
        assert found.severity is severity


def test_the_change_over_names_both_ends() -> None:
    found = verdicts(redis_tls, secure(NEAR, FAR), params=DEFAULT)[-1]
    assert isinstance(found, Violation)
    assert found.message == (
        "redis/cache has a CA that expires on 2026-12-01, in 10 days; clients need the newer one, good until"
        " 2034-01-01, by then."
    )


def test_tls_is_created_as_each_product_spells_it() -> None:
    for subject, mode in ((redis(), "SERVER_AUTHENTICATION"), (cluster("DISABLED"), "server-authentication")):
        (found,) = verdicts(redis_tls, subject, params=REQUIRED)
        assert isinstance(found, Violation)
        assert found.fix is not None
        assert f"create NAME --transit-encryption-mode={mode} --region=us-central1" in found.fix.gcloud[0]
        assert found.fix.terraform.endswith('SERVER_AUTHENTICATION"')
