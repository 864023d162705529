"""The scheduler: children right after their parents, each call once, no answer ever taken for an empty one."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from tests.builders import PROJECT, REGION, connector, network, redis
from tests.judging import ACME, NOW
from validator.collect.collector import Collector
from validator.collect.pool import Pool
from validator.engine.planner import plan_kinds
from validator.model.connector import Connector
from validator.model.firewall import NetworkFirewalls
from validator.model.inventory import Inventory
from validator.model.network import Network, PrivateConnection
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.project import EnabledApi, HostProject
from validator.model.redis import RedisInstance
from validator.model.resource import Read, Resource, Target

Answer = tuple[Resource, ...] | Outcome


class Budget:
    """A total time that is never spent, or already is."""

    def __init__(self, seconds: float = 30) -> None:
        self.seconds = seconds

    def remaining(self) -> float:
        return self.seconds


class World:
    """Answers calls from a table of kinds; remembers what was asked."""

    def __init__(self, answers: dict[type[Resource], Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Target]] = []
        self._lock = threading.Lock()

    def read(self, kind: type[Resource], read: Read, target: Target, _connection: Any) -> Reading:
        with self._lock:
            self.asked.append((read.method, target))
        answer = self.answers.get(kind, ())
        outcome = answer if isinstance(answer, Outcome) else Outcome()
        items = () if isinstance(answer, Outcome) else answer
        call = f"{read.api}.{read.method}"
        return Reading(kind=kind.KIND.noun, call=call, target=target, outcome=outcome, items=items)


def collect(world: World, kinds: Iterable[type[Resource]], budget: Budget | None = None) -> Inventory:
    pool: Pool[Any, Reading] = Pool(8, object)
    return Collector(ACME, NOW, world.read, pool, budget=budget or Budget()).collect(plan_kinds(kinds))


def test_children_are_asked_for_each_parent_and_parents_only_once() -> None:
    world = World({Network: (network("a"), network("b"))})
    inventory = collect(world, [NetworkFirewalls, Network])
    methods = [method for method, _ in world.asked]
    assert methods.count("networks.list") == 1
    assert methods.count("networks.getEffectiveFirewalls") == 2
    assert not inventory.gaps(NetworkFirewalls)


def test_networks_come_from_the_shared_vpc_host() -> None:
    world = World({HostProject: (HostProject(name="acme-host", project=PROJECT),)})
    collect(world, [Network])
    (target,) = [target for method, target in world.asked if method == "networks.list"]
    assert target.project == "acme-host"


def test_a_parent_that_was_not_read_leaves_a_gap_in_its_children() -> None:
    denied = Outcome(cause=Cause.PERMISSION_DENIED, message="was refused", fix="grant it")
    inventory = collect(World({Network: denied}), [NetworkFirewalls])
    (gap,) = inventory.gaps(NetworkFirewalls)
    assert gap.outcome.cause is Cause.PARENT
    assert "compute.networks.list of acme was refused" in gap.outcome.message
    assert gap.outcome.fix == "grant it"


def test_a_kind_without_calls_is_complete_and_its_children_follow() -> None:
    environment = msgspec.structs.replace(ACME, network_project=PROJECT)
    world = World({Network: (network(),)})
    pool: Pool[Any, Reading] = Pool(2, object)
    inventory = Collector(environment, NOW, world.read, pool, budget=Budget()).collect(plan_kinds([Network]))
    assert not inventory.gaps(HostProject)
    assert [row.name for row in inventory.table(Network)] == ["vpc"]


def test_declared_regions_are_asked_without_listing_locations_first() -> None:
    world = World({})
    collect(world, [Connector])
    assert [(method, target.location) for method, target in world.asked] == [
        ("projects.locations.connectors.list", REGION)
    ]


DISABLED = Outcome(cause=Cause.API_DISABLED, message="redis.googleapis.com is disabled", fix="enable it")


def enabled(*names: str) -> tuple[EnabledApi, ...]:
    return tuple(EnabledApi(name=f"projects/1/services/{name}", project=PROJECT, state="ENABLED") for name in names)


def test_a_disabled_api_is_absence_only_if_the_list_of_enabled_ones_agrees() -> None:
    inventory = collect(World({RedisInstance: DISABLED, EnabledApi: enabled("run.googleapis.com")}), [RedisInstance])
    assert not inventory.gaps(RedisInstance)
    (reading,) = [r for r in inventory.readings if r.kind == "redis"]
    assert reading.outcome.cause is Cause.ABSENT


def test_a_disabled_api_that_the_list_calls_enabled_stays_unknown() -> None:
    inventory = collect(World({RedisInstance: DISABLED, EnabledApi: enabled("redis.googleapis.com")}), [RedisInstance])
    assert [gap.outcome.cause for gap in inventory.gaps(RedisInstance)] == [Cause.API_DISABLED]


def test_a_disabled_api_stays_unknown_when_the_list_cannot_be_read() -> None:
    denied = Outcome(cause=Cause.PERMISSION_DENIED, message="was refused")
    inventory = collect(World({RedisInstance: DISABLED, EnabledApi: denied}), [RedisInstance])
    assert [gap.outcome.cause for gap in inventory.gaps(RedisInstance)] == [Cause.API_DISABLED]


def test_enabled_apis_are_not_read_unless_something_is_disabled() -> None:
    world = World({RedisInstance: (redis(),)})
    collect(world, [RedisInstance])
    assert [method for method, _ in world.asked] == ["projects.locations.instances.list"]


def test_when_the_time_is_up_everything_unanswered_and_everything_behind_it_is_unknown() -> None:
    release = threading.Event()

    class Stuck(World):
        def read(self, kind: type[Resource], read: Read, target: Target, connection: Any) -> Reading:
            if kind is Network:
                release.wait(30)
            return super().read(kind, read, target, connection)

    inventory = collect(Stuck({}), [NetworkFirewalls, PrivateConnection, Connector], Budget(0.2))
    release.set()
    assert {gap.outcome.cause for gap in inventory.gaps(Network)} == {Cause.TIMEOUT}
    assert {gap.outcome.cause for gap in inventory.gaps(NetworkFirewalls)} == {Cause.TIMEOUT}
    assert not inventory.gaps(Connector)


def test_the_order_of_arrival_does_not_show() -> None:
    answers: dict[type[Resource], Answer] = {
        Network: (network("b"), network("a")),
        Connector: (connector(),),
    }
    first = collect(World(answers), [NetworkFirewalls, Connector])
    second = collect(World(dict(reversed(answers.items()))), [Connector, NetworkFirewalls])
    assert first == second


def test_what_the_work_raises_reaches_the_caller() -> None:
    pool: Pool[str, None] = Pool(1, object)

    def fail(_connection: object) -> None:
        raise RuntimeError("a defect")

    pool.submit("key", fail)
    with pytest.raises(RuntimeError, match="a defect"):
        pool.next(10)
