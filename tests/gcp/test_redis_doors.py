"""Which endpoints `redis.ping` and `sql.connect` ask, each once, and what is recorded of it."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from tests.builders import connector, network, project, redis, redis_cluster, service, sql, template, variable
from tests.collect.test_collector import Budget, World
from tests.gcp.paths.worlds import healthy
from tests.judging import ACME, NOW
from tests.probe.kits import kit
from validator.collect.collector import Collector, Hands
from validator.collect.pool import Pool
from validator.engine.needs import Supply
from validator.engine.planner import plan_kinds
from validator.gcp.observed import redis as observed_redis
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.redis import Door, Doors, RedisPing, is_own
from validator.gcp.observed.sql import Gate, SqlConnection, gates
from validator.model.environment import Probing
from validator.model.project import Project, RunRegion
from validator.model.redis import CaCertificate, DiscoveryEndpoint, RedisInstance
from validator.model.resource import Resource, Target
from validator.model.run import Service, Variable
from validator.model.sql import IpMapping, Settings, SqlCa, SqlInstance
from validator.model.table import Table
from validator.probe.prober import Prober
from validator.snapshot import dump, load

CA = (CaCertificate(cert="PEM 1"), CaCertificate(cert=""), CaCertificate(cert="PEM 2"))
SECURE = redis(port=6378, transit_encryption_mode="SERVER_AUTHENTICATION", server_ca_certs=CA, auth_enabled=True)


def targets(kind: type[Resource], *rows: Resource, source: str = "") -> list[Target]:
    environment = msgspec.structs.replace(ACME, probes=Probing(source=source))
    supply = Supply(environment, NOW, lambda some: Table(row for row in (project(), *rows) if isinstance(row, some)))
    (asked,) = kind.KIND.sources
    return list(asked.targets(**supply.arguments(asked.targets)))


def doors(*rows: Resource, source: str = "") -> list[Door]:
    return [Door.of(made) for made in targets(RedisPing, *rows, source=source)]


def asking(host: str, name: str = "backend", **changes: object) -> Service:
    return service(name, template=template(Variable(name="REDIS_URL", value=host, **changes)))  # type: ignore[arg-type]


def test_an_instance_is_asked_at_each_endpoint_with_all_that_the_api_says() -> None:
    assert doors(redis(read_endpoint="10.166.204.84")) == [
        Door(host="10.166.204.83", port=6379, instance="cache", private=True),
        Door(host="10.166.204.84", port=6379, instance="cache", private=True),
    ]
    assert doors(SECURE) == [
        Door(
            host="10.166.204.83",
            port=6378,
            tls=True,
            ca="PEM 1\nPEM 2",
            instance="cache",
            auth="password",
            only=True,
            private=True,
        )
    ]


@pytest.mark.parametrize(
    ("instance", "tls"),
    [(SECURE, False), (redis(auth_enabled=True), True)],
    ids=["in clear to one that speaks TLS", "over TLS to one that speaks none"],
)
def test_a_password_is_for_a_door_that_is_as_the_api_says(instance: RedisInstance, tls: bool) -> None:  # noqa: FBT001
    other = [door for door in doors(instance, asking(f"10.166.204.83:{instance.port}", tls=tls)) if door.tls is tls]
    assert [(door.instance, door.auth) for door in other] == [("cache", "")]


def test_no_password_is_for_an_address_that_the_declared_source_finds_another_server_at() -> None:
    locked = redis(auth_enabled=True, server_ca_certs=CA)
    secure = msgspec.structs.replace(locked, transit_encryption_mode="SERVER_AUTHENTICATION")
    away = (connector("away", network="other"), network("other"))

    def auth(instance: RedisInstance, source: str) -> str:
        (door,) = doors(*healthy(instance, *away), source=source)
        return door.auth

    assert auth(locked, "connector/away") == ""
    assert auth(locked, "connector/staging") == "password"
    assert auth(locked, "") == "password"
    assert auth(locked, "connector/misspelt") == "password"
    # The chain of its own CA shows who answers, before a password is sent.
    assert auth(secure, "connector/away") == "password"


def test_which_of_several_instances_the_usual_password_is_for_is_not_told() -> None:
    other = redis("other", host="10.166.204.91", auth_enabled=True)
    assert [(door.instance, door.only) for door in doors(SECURE, other)] == [("cache", False), ("other", False)]
    open_ = redis("other", host="10.166.204.91", read_endpoint="10.166.204.92")
    assert [door.only for door in doors(SECURE, open_)] == [True, False, False]


@pytest.mark.parametrize(
    ("mode", "auth"), [("AUTH_MODE_IAM_AUTH", "iam"), ("AUTH_MODE_TOKEN_AUTH", "token"), ("AUTH_MODE_DISABLED", "")]
)
def test_a_cluster_is_asked_as_it_authorises(mode: str, auth: str) -> None:
    cluster = redis_cluster(discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3"),), authorization_mode=mode)
    assert doors(cluster) == [Door(host="10.7.0.3", port=6379, instance="shards", auth=auth, private=True)]


def test_services_that_ask_for_an_instance_are_asked_for_with_it() -> None:
    twenty = [asking("10.166.204.83:6379", f"s{number}") for number in range(20)]
    assert len(doors(redis(), *twenty)) == 1
    assert len(doors(redis(), *twenty, asking("10.166.204.83", tls=False))) == 1


def test_a_service_that_says_tls_is_believed() -> None:
    both = doors(redis(), asking("10.166.204.83:6379", tls=True))
    assert [(door.tls, door.instance) for door in both] == [(False, "cache"), (True, "cache")]


def test_a_service_that_does_not_say_is_asked_as_the_instance_is() -> None:
    assert [door.tls for door in doors(SECURE, asking("10.166.204.83:6378"))] == [True]
    assert [(door.port, door.tls) for door in doors(SECURE, asking("10.166.204.83"))] == [(6378, True), (6379, True)]


def test_a_host_that_is_no_instance_is_asked_without_a_password() -> None:
    assert doors(asking("cache.internal:6390")) == [Door(host="cache.internal", port=6390)]


def test_of_two_instances_at_one_address_neither_is_sent_a_password() -> None:
    twins = doors(SECURE, redis("twin", auth_enabled=True))
    assert [(door.port, door.instance, door.auth) for door in twins] == [(6378, "", ""), (6379, "", "")]
    assert all(door.private for door in twins)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0.0.0.0", "[::1]:6379", "169.254.169.254", "a.localhost", "[::ffff:127.0.0.1]:6379"],  # noqa: S104
)
def test_what_means_the_container_itself_is_not_asked(host: str) -> None:
    assert doors(asking(host)) == []
    assert is_own(host.removesuffix(":6379").strip("[]"))


def test_a_port_that_is_none_is_not_asked() -> None:
    assert doors(asking("10.9.9.9:70000")) == []


def test_what_may_be_another_cache_is_asked_only_where_an_instance_is() -> None:
    guess = service(template=template(variable("CACHE_HOST", "10.166.204.83")))
    assert doors(guess) == []
    assert len(doors(redis(), guess)) == 1


def test_a_door_and_a_gate_come_back_from_their_targets() -> None:
    door = Door(host="fd00::1", port=6378, tls=True, ca="PEM", instance="cache", auth="password", private=True)
    assert Door.of(msgspec.structs.replace(door, only=True).target("acme")).only
    assert Door.of(door.target("acme")) == door
    assert str(door) == "[fd00::1]:6378 (TLS)"
    gate = Gate(host="fd00::2", port=5432, protocol="postgres", ca="PEM")
    assert (Gate.of(gate.target("acme")), str(gate)) == (gate, "[fd00::2]:5432")


def test_an_endpoint_is_told_as_a_path_spells_it() -> None:
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), redis()) if isinstance(row, kind)))
    found: Doors = supply.value(Doors)
    assert found.end(Door(host="10.166.204.83", port=6379)) == "redis/us-central1/cache"
    assert found.end(Door(host="10.9.9.9", port=6379)) == ""


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (sql(server_ca_cert=SqlCa(cert="PEM")), [Gate(host="10.20.0.3", port=5432, protocol="postgres", ca="PEM")]),
        (sql(database_version="MYSQL_8_0"), [Gate(host="10.20.0.3", port=3306, protocol="mysql")]),
        (
            sql(database_version="SQLSERVER_2022_WEB", server_ca_cert=SqlCa(cert="PEM")),
            [Gate(host="10.20.0.3", port=1433)],
        ),
        (sql(settings=Settings(connector_enforcement="REQUIRED")), [Gate(host="10.20.0.3", port=3307)]),
        (sql(database_version="ORACLE_23"), []),
        (sql(ip_addresses=(IpMapping(type="PRIMARY", ip_address="34.1.2.3"),)), []),
        (sql(ip_addresses=()), []),
    ],
    ids=["PostgreSQL", "MySQL", "SQL Server", "connectors required", "unknown", "public only", "none"],
)
def test_an_instance_of_cloud_sql_is_asked_at_its_private_address(row: SqlInstance, expected: list[Gate]) -> None:
    assert list(gates(row)) == expected
    assert [Gate.of(made) for made in targets(SqlConnection, row)] == expected


def test_what_was_observed_comes_back_from_a_recording(tmp_path: Path) -> None:
    secret = "hunter2-made-up"
    tools = kit(inside=False, environ={"VALIDATE_INFRA_REDIS_PASSWORD": secret})
    world = World(
        {
            Project: (project(),),
            RedisInstance: (SECURE,),
            SqlInstance: (sql(),),
            RunRegion: (RunRegion(name="us-central1", location_id="us-central1", project="acme"),),
            Service: (asking("10.9.9.9:6390"),),
        }
    )
    pool: Pool[object, object] = Pool(4, io.StringIO)
    hands = Hands(read=world.read, pool=pool, probe=Prober(tools), probes=pool)  # type: ignore[arg-type]
    plan = plan_kinds([RedisPing, SqlConnection])
    inventory = Collector(ACME, NOW, hands, budget=Budget()).collect(plan)
    pool.close()
    text = dump(inventory)
    file = tmp_path / "snap.json"
    file.write_text(text, encoding="utf-8")
    back = load(str(file))
    assert secret not in text
    assert dump(back) == text
    for kind in (RedisPing, SqlConnection):
        assert back.table(kind) == inventory.table(kind)
        assert not back.gaps(kind)
    assert {row.failure for row in back.table(RedisPing)} >= {Failure.OUT_OF_REACH}
    assert observed_redis.reached(next(iter(back.table(RedisPing)))) is None


def test_a_row_holds_no_more_than_its_fields_whatever_a_recording_claims() -> None:
    raw = msgspec.to_builtins(RedisPing(name="10.0.0.3:6379", project="acme")) | {"password": "x"}
    assert "password" not in msgspec.to_builtins(msgspec.convert(raw, RedisPing))
