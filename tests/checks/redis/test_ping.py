"""redis.ping: rows of the probe, beside instances, services and what the model predicts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.redis.ping import RedisPings, redis_ping
from tests.builders import (
    connector,
    firewalls,
    network,
    project,
    redis,
    redis_cluster,
    rule,
    service,
    tcp,
    template,
    vm,
)
from tests.gcp.paths.worlds import healthy
from tests.judging import ACME, codes, verdicts
from validator.check import Environment, Proof, Skip, Undecided, Violation
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.redis import RedisFailure, RedisPing
from validator.model.environment import Probing
from validator.model.redis import CaCertificate, DiscoveryEndpoint
from validator.model.resource import Resource
from validator.model.run import Container, SecretKeyRef, Service, ValueSource, Variable

CACHE = redis()
LOCKED = redis(auth_enabled=True)
SECURE = redis(port=6378, transit_encryption_mode="SERVER_AUTHENTICATION")
READS = redis(read_endpoint="10.166.204.84", read_endpoint_port=6379)
TWIN = redis("twin", authorized_network="projects/acme/global/networks/other")
SHARDS = redis_cluster(
    discovery_endpoints=(DiscoveryEndpoint(address="10.166.204.83", port=6379),),
    authorization_mode="AUTH_MODE_IAM_AUTH",
)


def row(failure: str = "", host: str = "10.166.204.83", port: int = 6379, **changes: Any) -> RedisPing:
    """What a healthy endpoint answers, or how it failed, seen from inside the VPC."""
    counts = {"sent": 0, "answered": 0} if failure else {"sent": 10, "answered": 10}
    tls = changes.get("tls", False)
    fields: dict[str, Any] = {
        "name": f"{host}:{port}{' (TLS)' if tls else ''}", "project": "acme", "host": host, "port": port,
        "vantage": "vpc", "addresses": (host,), "address": host, "failure": failure, "attempts": 1, "took_s": 10.0,
        "p50_ms": 1.0, "p99_ms": 2.0, "role": "master", "mode": "standalone", "server_version": "7.2.4",
    }  # fmt: skip
    return RedisPing(**(fields | counts | changes))


def named(failure: str = "", **changes: Any) -> RedisPing:
    """The same of a name that leads to the instance's address."""
    at = "10.166.204.83"
    return row(failure, "redis.corp", **({"addresses": (at,), "address": at} | changes))


def asking(*pairs: tuple[str, str], tls: bool | None = None) -> Service:
    made = (Variable(name=name, value=value, tls=tls) for name, value in pairs)
    return service(template=template(*made))


def world(subject: Resource, *rows: Resource) -> tuple[Resource, ...]:
    """The rows and, for a service, a network by which it gets wherever it may go."""
    return healthy(subject, *rows) if isinstance(subject, Service) else (project(), *rows)


def judged(subject: Resource, *rows: Resource, params: RedisPings | None = None, **environment: Any) -> list[str]:
    given = msgspec.structs.replace(ACME, **environment)
    return codes(redis_ping, subject, *world(subject, *rows), params=params or RedisPings(), environment=given)


PASSES: dict[str, tuple[Resource, ...]] = {
    "an instance that answers every PING": (CACHE, row()),
    "both endpoints of an instance, the read endpoint by a replica": (
        READS, row(), row(host="10.166.204.84", role="slave"),
    ),
    "an instance over TLS with its own CA": (SECURE, row(port=6378, tls=True, tls_version="TLSv1.3")),
    "a certificate that names another host, as Memorystore's do": (
        SECURE, row(port=6378, tls=True, tls_version="TLSv1.3", names_host="no"),
    ),
    "a cluster": (SHARDS, row(mode="cluster")),
    "a service that asks for an instance": (asking(("REDIS_HOST", "10.166.204.83")), CACHE, row()),
    "a service that names its port": (
        asking(("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "6379")), CACHE, row(),
    ),
    "a service that asks for a Redis of its own by name": (
        asking(("REDIS_HOST", "cache.internal")), row(host="cache.internal"),
    ),
    "a replica that is no instance": (
        asking(("REDIS_HOST", "cache.internal")), row(host="cache.internal", role="slave"),
    ),
    "a version and a role that are not told": (CACHE, row(role="", mode="", server_version="")),
    "an older failure that was got over": (CACHE, row(failure="LOADING", sent=10, answered=10)),
    "an instance with AUTH that was given its password": (LOCKED, row(authenticated=True)),
    "a name that leads to an instance": (asking(("REDIS_HOST", "redis.corp")), CACHE, named()),
    "all PINGs that were to be sent": (CACHE, row(wanted=10)),
}  # fmt: skip


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Resource, ...]) -> None:
    assert judged(*rows) == []


FAILS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "nothing answers": ((CACHE, row(Failure.TIMED_OUT)), "CONNECTION_TIMED_OUT"),
    "nothing listens": ((CACHE, row(Failure.REFUSED)), "CONNECTION_REFUSED"),
    "a reset": ((CACHE, row(Failure.RESET)), "CONNECTION_RESET"),
    "an end": ((CACHE, row(Failure.CLOSED)), "CONNECTION_CLOSED"),
    "connected without an answer": ((CACHE, row(Failure.NO_ANSWER)), "NO_ANSWER"),
    "another protocol": ((CACHE, row(Failure.GARBAGE)), "PROTOCOL_MISMATCH"),
    "TLS on the plain port": (
        (asking(("REDIS_URL", "10.166.204.83:6379"), tls=True), CACHE, row(Failure.NOT_TLS, tls=True)), "NOT_TLS",
    ),
    "plain text on the TLS port": (
        (asking(("REDIS_URL", "10.166.204.83:6378"), tls=False), SECURE, row(Failure.WANTS_TLS, port=6378)),
        "WANTS_TLS",
    ),
    "a certificate of another CA": (
        (SECURE, row(Failure.CA_WRONG, port=6378, tls=True)), "CERTIFICATE_AUTHORITY_UNKNOWN",
    ),
    "a certificate that is over": (
        (SECURE, row(Failure.CERTIFICATE_EXPIRED, port=6378, tls=True)), "CERTIFICATE_EXPIRED",
    ),
    "a handshake that fails": ((SECURE, row(Failure.TLS_FAILED, port=6378, tls=True)), "TLS_HANDSHAKE_FAILED"),
    "a name that does not exist": (
        (asking(("REDIS_HOST", "cache.internal")), row(Failure.NO_NAME, "cache.internal")), "NAME_NOT_FOUND",
    ),
    "a name without an address": (
        (asking(("REDIS_HOST", "cache.internal")), row(Failure.NO_ADDRESS, "cache.internal")), "NAME_WITHOUT_ADDRESS",
    ),
    "another password": ((LOCKED, row(RedisFailure.WRONGPASS, password_from="$REDIS_AUTH")), "WRONGPASS"),
    "an answer without a password, although AUTH is on": ((LOCKED, row()), "NO_PASSWORD_SET"),
    "the same by a name that leads there": (
        (asking(("REDIS_HOST", "redis.corp")), LOCKED, named()), "NO_PASSWORD_SET",
    ),
    "an answer in clear, although the API says TLS": (
        (asking(("REDIS_URL", "10.166.204.83:6378"), tls=False), SECURE, row(port=6378)), "NOT_TLS",
    ),
    "an answer in clear by a name that leads there": (
        (asking(("REDIS_URL", "redis.corp:6378"), tls=False), SECURE, named(port=6378)), "NOT_TLS",
    ),
    "a refusal in clear, although the API says TLS": (
        (asking(("REDIS_URL", "10.166.204.83:6378"), tls=False), SECURE, row(RedisFailure.NOAUTH, port=6378)),
        "NOT_TLS",
    ),
    "a replica at the primary endpoint, by name": (
        (asking(("REDIS_HOST", "redis.corp")), CACHE, named(role="slave")), "READONLY_REPLICA",
    ),
    "a password nobody set": ((LOCKED, row(RedisFailure.NO_PASSWORD_SET)), "NO_PASSWORD_SET"),
    "loading": ((CACHE, row(RedisFailure.LOADING)), "LOADING"),
    "out of clients": ((CACHE, row(RedisFailure.MAX_CLIENTS)), "MAX_CLIENTS"),
    "a replica without its primary": ((CACHE, row(RedisFailure.MASTERDOWN)), "MASTERDOWN"),
    "a cluster that is down": ((SHARDS, row(RedisFailure.CLUSTERDOWN)), "CLUSTERDOWN"),
    "an error for an answer": ((CACHE, row(RedisFailure.ERROR_REPLY, details="DENIED")), "ERROR_REPLY"),
    "one PING of ten lost": ((CACHE, row(Failure.CLOSED, sent=10, answered=9)), "PINGS_LOST"),
    "one PING without an answer until the time was up": (
        (CACHE, row(wanted=10, sent=3, answered=3, cut_ms=8000.0)), "PINGS_LOST",
    ),
    "not even the first PING answered until the time was up": (
        (CACHE, row(wanted=10, sent=0, answered=0, cut_ms=8000.0)), "PINGS_LOST",
    ),
    "PINGs that take too long": ((CACHE, row(p99_ms=2000.1)), "PINGS_SLOW"),
    "a replica at the primary endpoint": ((CACHE, row(role="slave")), "READONLY_REPLICA"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "code"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(redis_ping, rows[0], *world(*rows), params=RedisPings())
    assert isinstance(found, Violation)
    assert found.code == code
    assert found.fix
    assert "from inside the VPC" in found.message or code == "READONLY_REPLICA"
    assert rows[0].path in found.evidence


UNKNOWN: dict[str, tuple[tuple[Resource, ...], str]] = {
    "an instance that was not probed": ((CACHE,), "NOT_PROBED"),
    "AUTH without a password": ((LOCKED, row(RedisFailure.NOAUTH)), "NOAUTH"),
    "AUTH with a source that gives no password": (
        (LOCKED, row(RedisFailure.NOAUTH, password_from="$A", details="$A is not set")), "NOAUTH",
    ),
    "PINGs for which there was no time": ((CACHE, row(wanted=200, sent=45, answered=45, cut_ms=9.0)), "NO_TIME_LEFT"),
    "an address that the routes of a machine inside do not lead to": ((CACHE, row(Failure.NO_ROUTE)), "NO_ROUTE"),
    "an answer that the service itself does not get": (
        (asking(("REDIS_HOST", "10.166.204.83")), connector(network="other"), network("other"), row()),
        "LOST_FROM_SERVICE",
    ),
    "AUTH although the API says it is off": ((CACHE, row(RedisFailure.NOAUTH)), "NOAUTH"),
    "a user that may not PING": ((CACHE, row(RedisFailure.NOPERM)), "NOPERM"),
    "a redirect": ((CACHE, row(RedisFailure.REDIRECTED)), "REDIRECTED"),
    "a failure of a later version": ((CACHE, row("SOMETHING_NEW")), "UNKNOWN_FAILURE"),
    "no time left for PINGs": ((CACHE, row(sent=0, answered=0)), "NO_TIME_LEFT"),
    "a DNS server that fails": (
        (asking(("REDIS_HOST", "cache.internal")), row(Failure.DNS_FAILED, "cache.internal")), "DNS_FAILED",
    ),
    "a DNS server that is silent": (
        (asking(("REDIS_HOST", "cache.internal")), row(Failure.DNS_TIMED_OUT, "cache.internal")), "DNS_TIMED_OUT",
    ),
    "a certificate that nothing could verify": (
        (SECURE, row(port=6378, tls=True, unverified="self-signed certificate")), "CERTIFICATE_NOT_VERIFIED",
    ),
    "AUTH at a name that leads to a port that the instance has not": (
        (asking(("REDIS_URL", "redis.corp:7000")), LOCKED, named(RedisFailure.NOAUTH, port=7000)), "NOAUTH",
    ),
    "AUTH over TLS of an instance that has no TLS": (
        (asking(("REDIS_URL", "10.166.204.83:6379"), tls=True), LOCKED, row(RedisFailure.NOAUTH, tls=True)), "NOAUTH",
    ),
    "two instances of one address": ((CACHE, TWIN, row()), "ADDRESS_USED_TWICE"),
    "two instances of one address that is silent": ((CACHE, TWIN, row(Failure.TIMED_OUT)), "ADDRESS_USED_TWICE"),
    "a time-out seen from outside": (
        (asking(("REDIS_HOST", "203.0.113.9")), row(Failure.TIMED_OUT, "203.0.113.9", vantage="outside")),
        "CONNECTION_TIMED_OUT",
    ),
    "a value that was not kept": (
        (service(template=template(Variable(name="REDIS_URL", withheld=True))),), "VALUE_WITHHELD",
    ),
    "a port that is none": (
        (asking(("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "lots")), CACHE), "NOT_A_PORT",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "code"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_is_not_known(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(redis_ping, rows[0], *world(*rows), params=RedisPings())
    assert isinstance(found, Undecided)
    assert found.code == code


SECRET_HOST = Variable(name="REDIS_HOST", value_source=ValueSource(secret_key_ref=SecretKeyRef(secret="redis")))
SKIPS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "a private address from outside": ((CACHE, row(Failure.OUT_OF_REACH, vantage="outside")), "OUT_OF_REACH"),
    "a private name from outside": (
        (asking(("REDIS_HOST", "cache.internal")), row(Failure.NO_NAME, "cache.internal", vantage="outside")),
        "NAME_NOT_FOUND",
    ),
    "an address family that a machine outside has not": ((CACHE, row(Failure.NO_ROUTE, vantage="outside")), "NO_ROUTE"),
    "a cluster with IAM authentication": ((SHARDS, row(RedisFailure.NOAUTH)), "NOAUTH"),
    "a cluster over TLS, whose CA is not read": (
        (
            msgspec.structs.replace(SHARDS, transit_encryption_mode="TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"),
            row(tls=True, tls_version="TLSv1.3", unverified="self-signed certificate in certificate chain"),
        ),
        "CERTIFICATE_NOT_VERIFIED",
    ),
    "a name that leads to the container itself": (
        (asking(("REDIS_HOST", "cache.internal")), row(host="cache.internal", addresses=("127.0.0.1", "::1"))),
        "LOOPBACK_ADDRESS",
    ),
    "a name that leads to the container itself, where nothing listens": (
        (asking(("REDIS_HOST", "cache.internal")), row("REFUSED", "cache.internal", addresses=("::ffff:127.0.0.1",))),
        "LOOPBACK_ADDRESS",
    ),
    "a stranger that wants a password": (
        (asking(("REDIS_HOST", "10.9.9.9")), row(RedisFailure.NOAUTH, "10.9.9.9")), "NOAUTH",
    ),
    "a hosted Redis that wants a password": (
        (asking(("REDIS_URL", "r.example:6379"), tls=True), row(RedisFailure.NOAUTH, "r.example", tls=True)), "NOAUTH",
    ),
    "a name that leads to an instance with AUTH": (
        (asking(("REDIS_HOST", "redis.corp")), LOCKED, named(RedisFailure.NOAUTH)), "NOAUTH",
    ),
    "a name that leads to an instance over TLS, whose certificate only its own CA verifies": (
        (
            asking(("REDIS_URL", "redis.corp:6378"), tls=True), SECURE,
            named(port=6378, tls=True, unverified="self-signed"),
        ),
        "CERTIFICATE_NOT_VERIFIED",
    ),
    "one of several addresses": (
        (asking(("REDIS_HOST", "cache.internal")), row(host="cache.internal", addresses=("10.0.0.1", "10.0.0.2"))),
        "SEVERAL_ADDRESSES",
    ),
    "one of several addresses, of which some are the machine itself": (
        (asking(("REDIS_HOST", "cache.internal")), row(host="cache.internal", addresses=("127.0.0.1", "10.0.0.2"))),
        "SEVERAL_ADDRESSES",
    ),
    "an instance without an address": ((redis(host="", state="CREATING"),), "NO_ADDRESS"),
    "a service without Redis": ((asking(("MODE", "fast")),), "NO_REDIS_VARIABLES"),
    "a host held in a secret": ((service(template=template(SECRET_HOST)),), "HELD_IN_SECRET_MANAGER"),
    "the container itself": ((asking(("REDIS_HOST", "127.0.0.1")),), "LOOPBACK_ADDRESS"),
    "the container itself, spelled as IPv6": ((asking(("REDIS_HOST", "[::ffff:127.0.0.1]")),), "LOOPBACK_ADDRESS"),
    "the container itself by name": ((asking(("REDIS_HOST", "localhost")),), "LOOPBACK_ADDRESS"),
    "what may be another cache": ((asking(("CACHE_HOST", "10.9.9.9")),), "MAYBE_NOT_REDIS"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "code"), SKIPS.values(), ids=list(SKIPS))
def test_is_skipped(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(redis_ping, rows[0], *world(*rows), params=RedisPings())
    assert isinstance(found, Skip)
    assert found.code == code


def test_from_outside_the_reason_says_how_to_be_inside() -> None:
    (found,) = verdicts(redis_ping, CACHE, project(), row(Failure.OUT_OF_REACH, vantage="outside"), params=RedisPings())
    assert "vantage: vpc" in found.message
    assert "'Probes' in the README" in found.message


def test_thresholds_are_parameters() -> None:
    lost, slow = row(Failure.RESET, sent=10, answered=9), row(p99_ms=5.0)
    assert judged(CACHE, lost, params=RedisPings(min_success_rate=0.9)) == []
    assert judged(CACHE, slow, params=RedisPings(max_p99_ms=4.9)) == ["PINGS_SLOW"]


@pytest.mark.parametrize("bad", [{"min_success_rate": 0}, {"min_success_rate": 1.1}, {"max_p99_ms": 0}, {"pings": 3}])
def test_parameters_without_a_meaning_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, RedisPings)


def test_each_endpoint_is_judged_and_one_setting_of_two_revisions_once() -> None:
    assert judged(READS, row(Failure.REFUSED), row(Failure.REFUSED, "10.166.204.84")) == ["CONNECTION_REFUSED"] * 2
    twice = template()
    same = Variable(name="REDIS_HOST", value="10.166.204.83")
    containers = (Container(name="app", env=(same,)), Container(name="worker", env=(same,)))
    both = service(template=msgspec.structs.replace(twice, containers=containers))
    assert judged(both, CACHE, row(Failure.REFUSED)) == ["CONNECTION_REFUSED"]


def message(subject: Resource, *rows: Resource, source: str = "") -> Violation:
    probes = msgspec.structs.replace(ACME.probes, source=source)
    environment: Environment = msgspec.structs.replace(ACME, probes=probes)
    (found,) = verdicts(redis_ping, subject, *rows, params=RedisPings(), environment=environment)
    assert isinstance(found, Violation)
    return found


def test_a_time_out_is_set_beside_what_the_model_predicts_for_the_service() -> None:
    backend, silent = asking(("REDIS_HOST", "10.166.204.83")), row(Failure.TIMED_OUT)
    broken = message(backend, *healthy(backend, connector(network="other"), network("other")), silent)
    assert "the model predicts it from run/backend: GOOGLE_MANAGED_SERVICE_NO_PEERING" in broken.message
    well = message(backend, *healthy(backend), silent)
    assert "every packet from run/backend arrives: look at saturation" in well.message
    assert well.fix
    assert well.fix.gcloud[0] == (
        "validate-infra path --env=staging --from=run/backend --to=redis/us-central1/cache --port=6379"
    )


def test_a_service_whose_name_is_used_in_two_regions_is_spelled_with_its_region() -> None:
    backend = asking(("REDIS_HOST", "10.166.204.83"))
    other = service(name=backend.name.replace("us-central1", "us-east1"), location="us-east1")
    found = message(backend, *healthy(backend, other), row(Failure.TIMED_OUT))
    assert "every packet from run/us-central1/backend arrives" in found.message


def test_a_source_that_does_not_exist_is_no_reason_for_silence() -> None:
    """A slip in `probes.from` must not turn what is broken into what is expected."""
    backend = asking(("REDIS_HOST", "10.166.204.83"))
    found = message(backend, *healthy(backend), row(Failure.TIMED_OUT), source="connector/stagng")
    assert found.code == "CONNECTION_TIMED_OUT"
    assert "probes.from is wrong: connector/stagng does not exist; there is connector/staging" in found.message
    assert "predicts" not in found.message


def test_without_a_source_no_command_is_shown_that_would_not_run() -> None:
    found = message(CACHE, *healthy(CACHE), row(Failure.TIMED_OUT))
    assert found.fix
    assert [command.split()[0] for command in found.fix.gcloud] == ["gcloud"]


def test_the_declared_source_is_what_the_model_is_asked_about() -> None:
    found = message(CACHE, *healthy(CACHE), row(Failure.TIMED_OUT), source="connector/staging")
    assert "every packet from connector/staging arrives" in found.message
    without = message(CACHE, *healthy(CACHE), row(Failure.TIMED_OUT))
    assert "probes.from" in without.message


def test_a_proof_says_what_was_seen_and_from_where() -> None:
    (found,) = verdicts(redis_ping, CACHE, project(), row(), params=RedisPings())
    assert isinstance(found, Proof)
    assert found.message == (
        "redis/cache at 10.166.204.83:6379 answers 10 of 10 PINGs, p50 1 ms, p99 2 ms, Redis 7.2.4, a primary, "
        "seen from inside the VPC"
    )


@pytest.mark.parametrize(
    "seen",
    [row(RedisFailure.NOAUTH), row(RedisFailure.NOAUTH, password_from="$A", details="$A is not set")],
    ids=["no source", "a source without a password"],
)
def test_a_password_that_is_missing_can_be_got_and_given(seen: RedisPing) -> None:
    (found,) = verdicts(redis_ping, LOCKED, project(), seen, params=RedisPings())
    assert isinstance(found, Undecided)
    assert found.fix
    assert "VALIDATE_INFRA_REDIS_PASSWORD_FILE" in found.fix.summary
    assert "probes.redis_passwords" in found.fix.summary
    assert "get-auth-string cache" in found.fix.gcloud[0]


def test_a_password_that_is_wrong_can_be_compared() -> None:
    (found,) = verdicts(redis_ping, LOCKED, project(), row(RedisFailure.WRONGPASS), params=RedisPings())
    assert isinstance(found, Violation)
    assert found.fix
    assert "gcloud redis instances get-auth-string cache --region=us-central1" in found.fix.gcloud[0]


def test_slow_pings_are_slow_also_where_the_time_did_not_suffice_for_all() -> None:
    assert judged(CACHE, row(wanted=10, sent=4, answered=4, p99_ms=2500.0)) == ["NO_TIME_LEFT", "PINGS_SLOW"]


def test_a_proof_says_where_it_was_asked_from_if_that_is_not_the_service() -> None:
    backend = asking(("REDIS_HOST", "10.166.204.83"))
    from_where = {"connector/staging": True, "run/backend": False, "run/us-central1/backend": False, "": False}
    for source, told in from_where.items():
        there = msgspec.structs.replace(ACME, probes=Probing(source=source))
        (found,) = verdicts(redis_ping, backend, *healthy(backend, row()), params=RedisPings(), environment=there)
        assert isinstance(found, Proof)
        assert (f", asked from {source}" in found.message) == told


def test_whoever_probes_as_the_service_itself_gets_what_it_gets() -> None:
    """There a wrong model is what network.prediction speaks of; of an instance, somebody else may be in its place."""
    backend = asking(("REDIS_HOST", "10.166.204.83"))
    there = msgspec.structs.replace(ACME, probes=Probing(source="run/backend"))
    rows = healthy(backend, connector(network="other"), network("other"), row())
    assert codes(redis_ping, backend, *rows, params=RedisPings(), environment=there) == ["ANSWERED_BY_A_STRANGER"]
    own = asking(("REDIS_HOST", "10.3.0.9"))
    rows_of_own = healthy(own, connector(network="other"), network("other"), row(host="10.3.0.9"))
    assert codes(redis_ping, own, *rows_of_own, params=RedisPings(), environment=there) == []
    (found,) = verdicts(redis_ping, backend, *rows, params=RedisPings())
    assert "the packets of run/backend are lost (GOOGLE_MANAGED_SERVICE_NO_PEERING)" in found.message


def test_silence_at_an_address_that_nobody_has_is_not_mended_by_opening_a_way_there() -> None:
    asked = asking(("REDIS_HOST", "10.166.204.99"))
    silent = row("TIMED_OUT", host="10.166.204.99")
    (found,) = verdicts(redis_ping, asked, *healthy(asked, silent), params=RedisPings())
    assert isinstance(found, Violation)
    assert found.message == (
        "REDIS_HOST=10.166.204.99:6379 does not answer, and no Redis of the project has this address: see "
        "redis.endpoint; every attempt to connect timed out, seen from inside the VPC."
    )
    assert found.fix is not None
    assert found.fix.gcloud == ()


def test_silence_towards_a_machine_that_the_model_cuts_off_is_not_that_of_a_service_with_a_way_of_its_own() -> None:
    asked = asking(("REDIS_HOST", "10.166.204.83"))
    away = (connector("away", network="other"), network("other"))
    rows = healthy(asked, row("TIMED_OUT"), *away)
    there = msgspec.structs.replace(ACME, probes=Probing(source="connector/away"))
    (found,) = verdicts(redis_ping, asked, *rows, params=RedisPings(), environment=there)
    assert isinstance(found, Skip)
    assert found.code == "PROBED_FROM_ELSEWHERE"
    assert found.message == (
        "redis/cache at 10.166.204.83:6379 stays silent towards connector/away, where the probe ran, and the model "
        "predicts that (GOOGLE_MANAGED_SERVICE_NO_PEERING); for the packets of run/backend itself it predicts an "
        "answer: probe from where that service is."
    )
    # The instance itself has no other way to be asked, and the service none that is told.
    assert codes(redis_ping, CACHE, *rows, params=RedisPings(), environment=there) == ["CONNECTION_TIMED_OUT"]
    assert codes(redis_ping, asked, *rows, params=RedisPings()) == ["CONNECTION_TIMED_OUT"]


STRANGERS: dict[str, tuple[Resource, RedisPing]] = {
    "an instance that answers": (CACHE, row()),
    "an instance with AUTH that took the password": (LOCKED, row(authenticated=True)),
    "an instance with AUTH that wants none": (LOCKED, row()),
    "an instance that refuses the password": (LOCKED, row(RedisFailure.WRONGPASS)),
    "an instance that is loading": (CACHE, row(RedisFailure.LOADING)),
    "a setting of a service": (asking(("REDIS_HOST", "10.166.204.83")), row()),
    "a name that leads to an instance": (asking(("REDIS_HOST", "redis.corp")), named()),
}


@pytest.mark.parametrize(("subject", "seen"), STRANGERS.values(), ids=list(STRANGERS))
def test_who_answers_where_the_model_sees_no_way_may_be_somebody_else(subject: Resource, seen: RedisPing) -> None:
    rows = healthy(subject, seen, connector("away", network="other"), network("other"))
    there = msgspec.structs.replace(ACME, probes=Probing(source="connector/away"))
    (found,) = verdicts(redis_ping, subject, *rows, params=RedisPings(), environment=there)
    assert isinstance(found, Undecided)
    assert found.code == "ANSWERED_BY_A_STRANGER"
    assert "packets from connector/away never get to this instance (GOOGLE_MANAGED_SERVICE_NO_PEERING)" in found.message
    near = msgspec.structs.replace(ACME, probes=Probing(source="connector/staging"))
    assert codes(redis_ping, subject, *rows, params=RedisPings(), environment=near) != ["ANSWERED_BY_A_STRANGER"]


def test_a_chain_of_the_instances_own_ca_shows_who_answers() -> None:
    secure = msgspec.structs.replace(SECURE, server_ca_certs=(CaCertificate(cert="PEM"),))
    seen = row(port=6378, tls=True, tls_version="TLSv1.3")
    there = msgspec.structs.replace(ACME, probes=Probing(source="connector/away"))
    away = (connector("away", network="other"), network("other"))
    rows = healthy(secure, seen, *away)
    assert codes(redis_ping, secure, *rows, params=RedisPings(), environment=there) == []
    unverified = msgspec.structs.replace(seen, unverified="the CA that the API tells is no certificate")
    rows = healthy(secure, unverified, *away)
    assert codes(redis_ping, secure, *rows, params=RedisPings(), environment=there) == ["ANSWERED_BY_A_STRANGER"]


def test_an_answer_in_clear_is_wrong_at_any_port_of_an_instance_with_tls() -> None:
    asked = asking(("REDIS_URL", "10.166.204.83:6379"), tls=False)
    assert judged(asked, SECURE, row()) == ["NOT_TLS", "LOST_FROM_SERVICE"]


def test_a_name_is_judged_by_itself_as_the_instance_that_it_leads_to() -> None:
    asked = asking(("REDIS_HOST", "redis.corp"))
    rows = healthy(asked, LOCKED, named(RedisFailure.NOAUTH))
    (found,) = verdicts(redis_ping, asked, *rows, params=RedisPings())
    assert found.message == (
        "REDIS_HOST=redis.corp:6379 answers, but wants a password, which is sent to no name: it leads to"
        " 10.166.204.83, which is judged by itself as redis/cache, seen from inside the VPC."
    )


def test_of_an_endpoint_that_only_the_service_speaks_of_a_probe_from_elsewhere_leaves_a_question() -> None:
    asked = asking(("REDIS_HOST", "10.1.0.9"))
    rules = (
        rule("in", direction="INGRESS", source_ranges=("0.0.0.0/0",), allowed=tcp()),
        rule("out", allowed=(), denied=tcp("6379"), source_ranges=("10.2.1.0/28",), priority=10),
    )
    away = connector("away", ip_cidr_range="10.2.1.0/28")
    rows = healthy(asked, row("TIMED_OUT", "10.1.0.9"), vm("cache", address="10.1.0.9"), firewalls(*rules), away)
    there = msgspec.structs.replace(ACME, probes=Probing(source="connector/away"))
    (found,) = verdicts(redis_ping, asked, *rows, params=RedisPings(), environment=there)
    assert isinstance(found, Undecided)
    assert found.code == "PROBED_FROM_ELSEWHERE"
