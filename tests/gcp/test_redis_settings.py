"""Which variables are taken for Redis, and with which port."""

from __future__ import annotations

import pytest

from tests.builders import redis, redis_cluster, template, variable
from validator.gcp.redis_settings import known_endpoints, settings
from validator.model.redis import DiscoveryEndpoint, PscConnection
from validator.model.run import Container, Template, Variable
from validator.model.table import Table

ADDRESS = "10.0.0.3"
TAKEN = [
    *("REDIS_HOST", "REDISHOST", "redis_host", "redisHost", "REDIS_HOST_1", "REDIS_HOST2", "REDIS_URL", "REDIS_URI"),
    *(
        "APP_REDIS_HOST",
        "REDIS_CACHE_URL",
        "CELERY_REDIS_URL",
        "REDIS_ADDR",
        "REDIS_ADDRESS",
        "REDIS_IP",
        "REDIS_NODES",
    ),
    *("REDIS_ENDPOINT", "REDIS_SERVER", "REDIS_DSN", "REDIS_CONNECTION_STRING", "VALKEY_HOST", "MEMORYSTORE_HOST"),
    *("CACHE_HOST", "APP_CACHE_URL", "CACHEHOST"),
]
IGNORED = [
    *("REDIS", "REDIS_DB", "REDIS_PASSWORD", "REDIS_TTL", "REDIS_PREFIX", "REDIS_SHIP", "REDIS_PORT", "REDIS_BIND"),
    *("CACHE_TTL", "CACHE_SIZE", "CACHE", "MEMCACHE_HOST", "MEMCACHED_HOST", "DB_HOST", "HOST", "URL", "CACHET_HOST"),
]


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_says_where_redis_is(name: str) -> None:
    assert [one.variable.name for one in settings(template(variable(name, ADDRESS)))] == [name]


@pytest.mark.parametrize("name", IGNORED)
def test_a_name_that_does_not(name: str) -> None:
    assert list(settings(template(variable(name, ADDRESS)))) == []


@pytest.mark.parametrize("pattern", ["BROKER", "BROK*", "B?OKER"])
def test_patterns_replace_the_guess(pattern: str) -> None:
    found = settings(template(variable("BROKER", ADDRESS), variable("REDIS_HOST", ADDRESS)), [pattern])
    assert [(one.variable.name, one.certain, one.plain) for one in found] == [("BROKER", True, True)]


PORTS = {
    "none: the default": ([], 6379),
    "the one of the same prefix": ([("REDIS_READ_PORT", "1"), ("REDIS_PORT", "2")], 1),
    "the one of a shorter prefix": ([("REDIS_PORT", "2"), ("PORT", "8080")], 2),
    "not the container's own": ([("PORT", "8080")], 6379),
    "not another prefix's": ([("DB_PORT", "5432"), ("REDIS_WRITE_PORT", "3")], 6379),
    "an empty one: the default": ([("REDIS_PORT", "")], 6379),
}


@pytest.mark.parametrize(("others", "port"), PORTS.values(), ids=PORTS)
def test_the_port_variable(others: list[tuple[str, str]], port: int) -> None:
    made = template(variable("REDIS_READ_HOST", ADDRESS), *(variable(*other) for other in others))
    (setting,) = settings(made)
    assert list(setting.endpoints) == [(ADDRESS, port)]


def test_a_port_in_the_value_beats_the_variable() -> None:
    (setting,) = settings(template(variable("REDIS_HOST", f"{ADDRESS}:7000,{ADDRESS}"), variable("REDIS_PORT", "1")))
    assert list(setting.endpoints) == [(ADDRESS, 7000), (ADDRESS, 1)]


def test_a_port_that_is_not_known_is_none() -> None:
    hidden = Variable(name="REDIS_PORT", withheld=True)
    (setting,) = settings(Template(containers=(Container(env=(variable("REDIS_HOST", ADDRESS), hidden)),)))
    assert list(setting.endpoints) == [(ADDRESS, None)]


def test_where_redis_is() -> None:
    instances = Table([redis(), redis("reads", host="10.6.0.4", read_endpoint="10.6.0.5"), redis("new", host="")])
    cluster = redis_cluster(
        discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3"), DiscoveryEndpoint()),
        psc_connections=(PscConnection(address="10.7.0.3"), PscConnection(address="10.7.0.4"), PscConnection()),
        transit_encryption_mode="TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION",
    )
    assert [str(one) for one in known_endpoints(instances, Table([cluster]))] == [
        "redis/cache at 10.166.204.83:6379",
        "redis/reads at 10.6.0.4:6379",
        "redis/reads at 10.6.0.5:6379",
        "redis-cluster/shards at 10.7.0.3:6379 (TLS)",
        "redis-cluster/shards at 10.7.0.4:6379 (TLS)",
    ]
