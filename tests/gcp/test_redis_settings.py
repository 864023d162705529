"""Which variables are taken for Redis, and with which port."""

from __future__ import annotations

import pytest

from tests.builders import template, variable
from validator.gcp.redis_settings import Setting, settings
from validator.model.run import Container, Template, Variable

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


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "BROKER", "CACHE_URL"])
@pytest.mark.parametrize("tls", [True, False])
def test_a_url_of_redis_counts_under_any_name(name: str, *, tls: bool) -> None:
    (found,) = settings(template(Variable(name=name, value=f"{ADDRESS}:6379", tls=tls)))
    assert (found.variable.name, found.certain, asked(found)) == (name, True, [(ADDRESS, 6379)])


def test_a_url_of_redis_that_a_pattern_leaves_out_does_not_count() -> None:
    url = Variable(name="CELERY_BROKER_URL", value=f"{ADDRESS}:6379", tls=False)
    assert list(settings(template(url), ["REDIS_*"])) == []


PORTS = {
    "none: the default": ([], 6379),
    "the one of the same prefix": ([("REDIS_READ_PORT", "1"), ("REDIS_PORT", "2")], 1),
    "the one of a shorter prefix": ([("REDIS_PORT", "2"), ("PORT", "8080")], 2),
    "not the container's own": ([("PORT", "8080")], 6379),
    "not another prefix's": ([("DB_PORT", "5432"), ("REDIS_WRITE_PORT", "3")], 6379),
    "an empty one: the default": ([("REDIS_PORT", "")], 6379),
}


def asked(setting: Setting) -> list[tuple[str, int | None]]:
    return [(one.host, one.port) for one in setting.asked]


@pytest.mark.parametrize(("others", "port"), PORTS.values(), ids=PORTS)
def test_the_port_variable(others: list[tuple[str, str]], port: int) -> None:
    made = template(variable("REDIS_READ_HOST", ADDRESS), *(variable(*other) for other in others))
    (setting,) = settings(made)
    assert asked(setting) == [(ADDRESS, port)]


def test_a_port_in_the_value_beats_the_variable() -> None:
    (setting,) = settings(template(variable("REDIS_HOST", f"{ADDRESS}:7000,{ADDRESS}"), variable("REDIS_PORT", "1")))
    assert asked(setting) == [(ADDRESS, 7000), (ADDRESS, 1)]


def test_a_port_that_is_not_known_is_none() -> None:
    hidden = Variable(name="REDIS_PORT", withheld=True)
    (setting,) = settings(Template(containers=(Container(env=(variable("REDIS_HOST", ADDRESS), hidden)),)))
    assert asked(setting) == [(ADDRESS, None)]


@pytest.mark.parametrize(
    ("others", "assumed"),
    [
        pytest.param([], True, id="no port variable"),
        pytest.param([variable("REDIS_PORT", "")], True, id="an empty one"),
        pytest.param([variable("REDIS_PORT", "6379")], False, id="one that says the default"),
        pytest.param([Variable(name="REDIS_PORT", withheld=True)], False, id="one that is not shown"),
        pytest.param([variable("REDIS_PORT", "10.0.0.3:6379")], False, id="one that is no number"),
    ],
)
def test_a_port_is_assumed_only_where_none_is_set(others: list[Variable], *, assumed: bool) -> None:
    (setting,) = settings(template(variable("REDIS_HOST", ADDRESS), *others))
    assert [one.assumed for one in setting.asked] == [assumed]


def test_a_port_variable_that_is_no_number_is_odd() -> None:
    made = template(variable("REDIS_HOST", ADDRESS), variable("REDIS_PORT", "10.0.0.3:6379"))
    (setting,) = settings(made)
    assert setting.has_odd_port
    assert asked(setting) == [(ADDRESS, None)]


@pytest.mark.parametrize(
    ("scheme", "others", "tls"),
    [
        pytest.param(True, [], True, id="rediss://"),
        pytest.param(False, [], False, id="redis://"),
        pytest.param(None, [], None, id="no scheme"),
        pytest.param(False, ["REDIS_TLS"], None, id="redis:// where another variable may switch TLS on"),
        pytest.param(False, ["CACHE_SSL_CA"], None, id="redis:// beside the CA of a cache"),
        pytest.param(False, ["PGSSLMODE"], False, id="redis:// beside the TLS of something else"),
        pytest.param(True, ["REDIS_TLS"], True, id="rediss:// and a variable of TLS"),
    ],
)
def test_the_scheme_says_whether_clients_speak_tls(*, scheme: bool | None, others: list[str], tls: bool | None) -> None:
    url = Variable(name="REDIS_URL", value=f"{ADDRESS}:6378", tls=scheme)
    (setting,) = settings(template(url, *(Variable(name=name, withheld=True) for name in others)))
    assert setting.tls is tls
