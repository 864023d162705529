"""redis.endpoint: what a service's variables say, beside the instances that exist."""

from __future__ import annotations

import pytest

from checks.redis.endpoint import RedisEndpoint, redis_endpoint
from tests.builders import PROJECT, REGION, redis, service, template, variable
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Skip, Violation
from validator.model.redis import DiscoveryEndpoint, PscConnection, RedisCluster
from validator.model.resource import Resource
from validator.model.run import Container, Revision, SecretKeyRef, Service, Template, Traffic, ValueSource, Variable

CACHE = redis()
SECURE = redis("secure", host="10.5.0.4", port=6378, transit_encryption_mode="SERVER_AUTHENTICATION")
READS = redis("reads", host="10.6.0.4", read_endpoint="10.6.0.5", read_endpoint_port=6379)
SHARDS = RedisCluster(
    name=f"projects/{PROJECT}/locations/{REGION}/clusters/shards",
    project=PROJECT,
    location=REGION,
    state="ACTIVE",
    discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3", port=6379),),
    psc_connections=(PscConnection(address="10.7.0.4"),),
)
ALL = (CACHE, SECURE, READS, SHARDS)


def serving(*variables: Variable | tuple[str, str]) -> Service:
    made = [one if isinstance(one, Variable) else variable(*one) for one in variables]
    return service(template=template(*made))


def secret(name: str) -> Variable:
    return Variable(name=name, value_source=ValueSource(secret_key_ref=SecretKeyRef(secret="redis")))


def hidden(name: str) -> Variable:
    return Variable(name=name, withheld=True)


PASSES = {
    "host and port of an instance": [("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "6379")],
    "a host alone, at the default port": [("REDIS_HOST", "10.166.204.83")],
    "Google's own spelling": [("REDISHOST", "10.166.204.83"), ("REDISPORT", "6379")],
    "a URL": [("REDIS_URL", "10.166.204.83:6379")],
    "an address with its port": [("REDIS_ADDR", "10.166.204.83:6379")],
    "the port with TLS": [("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "6378")],
    "the read endpoint": [("REDIS_READ_HOST", "10.6.0.5"), ("REDIS_PORT", "6379")],
    "a port of its own for the reads": [
        ("REDIS_READ_HOST", "10.6.0.5"),
        ("REDIS_READ_PORT", "6379"),
        ("REDIS_PORT", "1"),
    ],
    "a cluster's discovery endpoint": [("REDIS_ADDRESS", "10.7.0.3:6379")],
    "a cluster's Private Service Connect address": [("VALKEY_HOST", "10.7.0.4")],
    "a list of nodes": [("REDIS_NODES", "10.7.0.3:6379,10.7.0.4:6379")],
    "numbered variables": [("REDIS_HOST_1", "10.5.0.4"), ("REDIS_PORT_1", "6378"), ("REDIS_PORT", "6379")],
    "other Redis settings beside it": [("REDIS_HOST", "10.166.204.83"), hidden("REDIS_PASSWORD"), hidden("REDIS_TTL")],
    "a cache that is Redis": [("CACHE_HOST", "10.166.204.83")],
    "an empty URL beside a host": [("REDIS_HOST", "10.166.204.83"), ("REDIS_URL", "")],
}
FAILS = {
    "an address that no instance has": ([("REDIS_HOST", "10.0.0.9")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "a public address that no instance has": ([("REDIS_HOST", "34.1.2.3")], ["UNKNOWN_EXTERNAL_ADDRESS"]),
    "a stale address in a URL": ([("REDIS_URL", "10.0.0.9:6379")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "the plain port of an instance with TLS": (
        [("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "6379")],
        ["REDIS_PORT"],
    ),
    "no port for an instance with TLS": ([("REDIS_HOST", "10.5.0.4")], ["REDIS_PORT"]),
    "an empty port for an instance with TLS": ([("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "")], ["REDIS_PORT"]),
    "the TLS port of an instance without TLS": ([("REDIS_URL", "10.166.204.83:6378")], ["REDIS_PORT"]),
    "one wrong node among right ones": ([("REDIS_NODES", "10.7.0.3:6379,10.9.9.9:6379")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "the container itself": ([("REDIS_HOST", "localhost")], ["LOOPBACK_ADDRESS"]),
    "a loopback address": ([("REDIS_URL", "127.0.0.1:6379")], ["LOOPBACK_ADDRESS"]),
    "an IPv6 loopback address": ([("REDIS_HOST", "::1")], ["LOOPBACK_ADDRESS"]),
    "a text that is no host": ([hidden("REDIS_HOST")], ["NOT_A_HOST"]),
    "a text that is no port": ([("REDIS_HOST", "10.166.204.83"), hidden("REDIS_PORT")], ["NOT_A_PORT"]),
    "an empty host": ([("REDIS_HOST", "")], ["EMPTY_HOST"]),
    "two variables, both wrong": (
        [("REDIS_HOST", "10.0.0.9"), ("SESSION_REDIS_URL", "10.0.0.8:6379")],
        ["UNKNOWN_INTERNAL_ADDRESS"] * 2,
    ),
}
UNDECIDED = {
    "a name": ([("REDIS_HOST", "redis.acme.internal")], ["HOST_NAME_NOT_COMPARED"]),
    "a value in Secret Manager": ([secret("REDIS_URL")], ["HELD_IN_SECRET_MANAGER"]),
    "a port in Secret Manager": ([("REDIS_HOST", "10.5.0.4"), secret("REDIS_PORT")], ["HELD_IN_SECRET_MANAGER"]),
    "a URL of which nothing could be kept": ([hidden("REDIS_URL")], ["VALUE_WITHHELD"]),
    "a host of which nothing was kept because its name speaks of a secret": (
        [hidden("SESSION_REDIS_HOST")],
        ["VALUE_WITHHELD"],
    ),
    "a cache that may be Memcached": ([("CACHE_HOST", "10.0.0.9")], ["MAYBE_NOT_REDIS"]),
    "no variable at all": ([], ["NO_REDIS_VARIABLES"]),
    "variables that are no endpoints": ([hidden("CACHE_TTL"), hidden("REDIS_PASSWORD")], ["NO_REDIS_VARIABLES"]),
    "Memcached": ([("CACHE_HOST", "10.0.0.9"), ("CACHE_PORT", "11211")], ["NO_REDIS_VARIABLES"]),
    "Memcached by name": ([("MEMCACHE_HOST", "10.0.0.9")], ["NO_REDIS_VARIABLES"]),
    "a cache of web pages": ([("CACHE_URL", "cdn.example.com")], ["NO_REDIS_VARIABLES"]),
    "an empty URL alone": ([("REDIS_URL", "")], ["NO_REDIS_VARIABLES"]),
}


@pytest.mark.parametrize("variables", PASSES.values(), ids=PASSES)
def test_passes(variables: list[Variable | tuple[str, str]]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert found
    assert all(isinstance(one, Proof) for one in found)


@pytest.mark.parametrize(("variables", "expected"), FAILS.values(), ids=FAILS)
def test_fails(variables: list[Variable | tuple[str, str]], expected: list[str]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert [one.code for one in found if isinstance(one, Violation)] == expected


@pytest.mark.parametrize(("variables", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_never_passes_what_cannot_be_compared(variables: list[Variable | tuple[str, str]], expected: list[str]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert [one.code for one in found if not isinstance(one, Proof)] == expected
    assert not any(isinstance(one, Violation) for one in found)


def test_the_stale_address_is_shown_beside_what_exists_with_the_command() -> None:
    subject = serving(("REDIS_HOST", "10.0.0.9"), ("REDIS_PORT", "6379"))
    (violation,) = verdicts(redis_endpoint, subject, CACHE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.message == (
        "REDIS_HOST is 10.0.0.9, an address no Redis has. What exists: redis/cache at 10.166.204.83:6379."
    )
    assert violation.evidence == (subject.path, "REDIS_HOST=10.0.0.9", "REDIS_PORT=6379")
    assert violation.fix is not None
    (command,) = violation.fix.gcloud
    assert command.startswith("gcloud run services update backend --region=us-central1 --project=acme ")
    assert command.endswith(" --update-env-vars=REDIS_HOST=10.166.204.83,REDIS_PORT=6379")
    assert "value = google_redis_instance.cache.host" in violation.fix.terraform


def test_no_command_sets_a_host_that_is_only_one_of_several() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.0.0.9")), *ALL, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.fix is not None
    assert violation.fix.gcloud == ("gcloud redis instances list --region=- --project=acme",)


def test_a_url_is_never_overwritten_by_a_command_because_it_may_hold_a_password() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_URL", "10.0.0.9:6379")), SECURE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.fix is not None
    assert violation.fix.gcloud == ()
    assert (
        '"rediss://${google_redis_instance.secure.host}:${google_redis_instance.secure.port}"'
        in violation.fix.terraform
    )


def test_a_project_without_redis_says_so() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.0.0.9")), params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert "there is no Redis in this project" in violation.message


def test_the_proof_says_which_instance_it_is() -> None:
    (proof,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.166.204.83")), *ALL, params=RedisEndpoint())
    assert proof == Proof(
        message="REDIS_HOST is redis/cache at 10.166.204.83:6379", evidence=(service().path, CACHE.path)
    )


def test_the_named_instance_must_be_the_one() -> None:
    subject = serving(("REDIS_HOST", "10.166.204.83"))
    assert codes(redis_endpoint, subject, *ALL, params=RedisEndpoint(instance="cache")) == []
    assert codes(redis_endpoint, subject, *ALL, params=RedisEndpoint(instance="secure")) == ["ANOTHER_REDIS"]


def test_named_variables_replace_the_guess() -> None:
    subject = serving(("BROKER", "10.0.0.9"), ("REDIS_HOST", "10.0.0.8"))
    found = verdicts(redis_endpoint, subject, *ALL, params=RedisEndpoint(variables=("BROK*",)))
    assert [one.message.split(",")[0] for one in found] == ["BROKER is 10.0.0.9"]


def test_a_service_without_variables_fails_where_they_are_required() -> None:
    (found,) = verdicts(redis_endpoint, serving(), params=RedisEndpoint(required=True))
    assert isinstance(found, Violation)


def test_another_region_is_a_warning() -> None:
    far = redis("far", region="europe-west1")
    found = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.166.204.83")), far, params=RedisEndpoint())
    (violation,) = [one for one in found if isinstance(one, Violation)]
    assert (violation.code, violation.severity) == ("REDIS_IN_ANOTHER_REGION", Severity.WARNING)


def test_a_sidecar_may_answer_at_localhost() -> None:
    containers = (Container(name="app", env=(variable("REDIS_HOST", "localhost"),)), Container(name="redis"))
    (found,) = verdicts(redis_endpoint, service(template=Template(containers=containers)), params=RedisEndpoint())
    assert isinstance(found, Skip)


def test_ports_are_not_borrowed_from_another_container() -> None:
    app = Container(name="app", env=(variable("REDIS_HOST", "10.5.0.4"),))
    other = Container(name="other", env=(variable("REDIS_PORT", "6378"),))
    subject = service(template=Template(containers=(app, other)))
    assert codes(redis_endpoint, subject, SECURE, params=RedisEndpoint()) == ["REDIS_PORT"]


def test_an_older_revision_that_still_serves_is_judged() -> None:
    path = service().path
    subject = service(
        template=template(variable("REDIS_HOST", "10.166.204.83")),
        traffic_statuses=(Traffic(revision="backend-00001-old", percent=10), Traffic(percent=90)),
    )
    old: Resource = Revision(
        name=f"{path}/revisions/backend-00001-old",
        containers=(Container(env=(variable("REDIS_HOST", "10.0.0.9"),)),),
    )
    found = verdicts(redis_endpoint, subject, CACHE, old, params=RedisEndpoint())
    (violation,) = [one for one in found if isinstance(one, Violation)]
    assert violation.message.startswith("REDIS_HOST of revision backend-00001-old is 10.0.0.9")


def test_the_value_of_a_withheld_variable_is_not_in_the_message() -> None:
    (violation,) = verdicts(redis_endpoint, serving(hidden("REDIS_HOST")), CACHE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.message == "REDIS_HOST holds something that is no host (the value is not shown)."
    assert violation.evidence == (service().path, "REDIS_HOST=")
