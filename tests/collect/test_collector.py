"""The scheduler: children right after their parents, each call once, no answer ever taken for an empty one."""

from __future__ import annotations

import functools
import io
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

import msgspec
import pytest

from tests.builders import NUMBER, PROJECT, REGION, connector, network, project, redis, services_peering
from tests.judging import ACME, NOW
from validator.collect.collector import Collector, Hands
from validator.collect.pool import Pool
from validator.engine.planner import plan_kinds
from validator.model.connector import Connector
from validator.model.dns import DnsZone
from validator.model.environment import Environment
from validator.model.firewall import NetworkFirewalls
from validator.model.inventory import Inventory
from validator.model.network import Network, PrivateConnection
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.project import EnabledApi, HostApi, HostProject, Project
from validator.model.redis import RedisInstance
from validator.model.resource import Kind, Probe, Read, Resource, Target, target
from validator.model.run import Revision, Service
from validator.model.table import Maybe, Table

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
        return Reading(kind=kind.KIND.noun, call=read.call, target=target, outcome=outcome, items=items)


def collect(world: World, kinds: Iterable[type[Resource]], budget: Budget | None = None) -> Inventory:
    hands = reading(world, Pool(8, io.StringIO))
    return Collector(ACME, NOW, hands, budget=budget or Budget()).collect(plan_kinds(kinds))


def reading(world: World, pool: Pool[Any, Reading]) -> Hands:
    """Hands that read from the world, and have nothing to probe."""
    return Hands(read=world.read, pool=pool, probe=_no_probe, probes=pool)


def _no_probe(_kind: type[Resource], probe: Probe, _target: Target) -> Reading:
    raise AssertionError(probe)


def test_children_are_asked_for_each_parent_and_parents_only_once() -> None:
    world = World({Network: (network("a"), network("b"))})
    inventory = collect(world, [NetworkFirewalls, Network])
    methods = [method for method, _ in world.asked]
    assert methods.count("networks.list") == 1
    assert methods.count("networks.getEffectiveFirewalls") == 2
    assert not inventory.gaps(NetworkFirewalls)


def test_networks_come_from_the_project_and_its_shared_vpc_host() -> None:
    world = World({HostProject: (HostProject(name="acme-host", project=PROJECT),)})
    collect(world, [Network])
    assert {target.project for method, target in world.asked if method == "networks.list"} == {PROJECT, "acme-host"}


def test_private_connections_are_asked_for_by_the_number_of_each_networks_own_project() -> None:
    rows: dict[type[Resource], Answer] = {
        HostProject: (HostProject(name="acme-host", project=PROJECT),),
        Project: (project(), project("acme-host", "42")),
        Network: (
            network(peerings=PEERED),
            network("shared", project="acme-host", peerings=PEERED),
            network("lonely"),
        ),
    }
    world = World(rows)
    collect(world, [PrivateConnection])
    asked = {
        t.project: dict(t.arguments)["network"] for method, t in world.asked if method == "services.connections.list"
    }
    assert asked == {
        PROJECT: f"projects/{NUMBER}/global/networks/vpc",
        "acme-host": "projects/42/global/networks/shared",
    }


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
    hands = reading(world, Pool(2, io.StringIO))
    inventory = Collector(environment, NOW, hands, budget=Budget()).collect(plan_kinds([Network]))
    assert not inventory.gaps(HostProject)
    assert [row.name for row in inventory.table(Network)] == ["vpc"]


def test_declared_regions_are_asked_without_listing_locations_first() -> None:
    world = World({})
    collect(world, [Connector])
    assert [(method, target.location) for method, target in world.asked] == [
        ("projects.locations.connectors.list", REGION)
    ]


PEERED = (services_peering(),)
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


@pytest.mark.parametrize(
    ("listed", "cause"),
    [
        ((HostApi(name="projects/2/services/run.googleapis.com", project="host", state="ENABLED"),), Cause.ABSENT),
        (
            (HostApi(name="projects/2/services/dns.googleapis.com", project="host", state="ENABLED"),),
            Cause.API_DISABLED,
        ),
        (Outcome(cause=Cause.PERMISSION_DENIED, message="was refused"), Cause.API_DISABLED),
    ],
    ids=["the host's list agrees", "it does not", "it cannot be read"],
)
def test_an_api_that_is_off_in_the_shared_vpc_host_is_absence_if_the_hosts_list_agrees(
    listed: Answer, cause: Cause
) -> None:
    class OffInHost(World):
        def read(self, kind: type[Resource], read: Read, target: Target, connection: Any) -> Reading:
            reading = super().read(kind, read, target, connection)
            off = kind is DnsZone and target.project == "host"
            return msgspec.structs.replace(reading, outcome=off_in("2")) if off else reading

    host = HostProject(name="host", project=PROJECT)
    inventory = collect(OffInHost({HostProject: (host,), HostApi: listed, DnsZone: ()}), [DnsZone])
    causes = {
        reading.target.project: reading.outcome.cause for reading in inventory.readings if reading.kind == "dns-zone"
    }
    assert causes == {PROJECT: Cause.COMPLETE, "host": cause}


@pytest.mark.parametrize("kind", [Project, HostProject, PrivateConnection])
def test_what_does_not_live_in_an_api_is_not_absent_because_that_is_off(kind: type[Resource]) -> None:
    answers: dict[type[Resource], Answer] = {
        Network: (network(peerings=PEERED),),
        EnabledApi: enabled("run.googleapis.com"),
    }
    inventory = collect(World(answers | {kind: DISABLED}), [kind])
    assert [gap.outcome.cause for gap in inventory.gaps(kind)] == [Cause.API_DISABLED]


def test_no_connection_is_asked_for_where_no_network_carries_its_peering() -> None:
    inventory = collect(World({Network: (network(),), PrivateConnection: DISABLED}), [PrivateConnection])
    assert not inventory.gaps(PrivateConnection)


def test_a_connection_is_asked_for_also_where_the_number_is_not_known() -> None:
    answers: dict[type[Resource], Answer] = {
        Network: (network("a", peerings=PEERED), network("b", peerings=PEERED)),
        Project: DISABLED,
    }
    world = World(answers | {EnabledApi: enabled("run.googleapis.com")})
    inventory = collect(world, [PrivateConnection])
    assert [method for method, _ in world.asked].count("services.connections.list") == 2
    assert Cause.PARENT in {gap.outcome.cause for gap in inventory.gaps(PrivateConnection)}


def test_a_disabled_api_that_gave_something_first_is_not_absent() -> None:
    class HalfWay(World):
        def read(self, kind: type[Resource], read: Read, target: Target, connection: Any) -> Reading:
            reading = super().read(kind, read, target, connection)
            return msgspec.structs.replace(reading, outcome=DISABLED) if kind is RedisInstance else reading

    answers: dict[type[Resource], Answer] = {RedisInstance: (redis(),), EnabledApi: enabled("run.googleapis.com")}
    inventory = collect(HalfWay(answers), [RedisInstance])
    assert [gap.outcome.cause for gap in inventory.gaps(RedisInstance)] == [Cause.API_DISABLED]


def off_in(consumer: str) -> Outcome:
    """The outcome of a disabled API, in the project that the server named."""
    return msgspec.structs.replace(DISABLED, consumer=consumer)


NAMELESS = (EnabledApi(name="services/run.googleapis.com", project=PROJECT, state="ENABLED"),)


@pytest.mark.parametrize(
    ("consumer", "listed", "cause"),
    [
        pytest.param("1", enabled("run.googleapis.com"), Cause.ABSENT, id="the project's number, known from the list"),
        pytest.param(PROJECT, enabled("run.googleapis.com"), Cause.ABSENT, id="the project's id"),
        pytest.param("999", enabled("run.googleapis.com"), Cause.QUOTA_PROJECT, id="another number"),
        pytest.param("payer", enabled("run.googleapis.com"), Cause.QUOTA_PROJECT, id="another id"),
        pytest.param("1", NAMELESS, Cause.API_DISABLED, id="a number, and the project's is not known"),
        pytest.param("1", (), Cause.API_DISABLED, id="a number, and the list is empty"),
        pytest.param("1", enabled("redis.googleapis.com"), Cause.API_DISABLED, id="the list calls it enabled"),
    ],
)
def test_a_disabled_api_speaks_of_the_project_that_it_names(
    consumer: str, listed: tuple[EnabledApi, ...], cause: Cause
) -> None:
    inventory = collect(World({RedisInstance: off_in(consumer), EnabledApi: listed}), [RedisInstance])
    (reading,) = [r for r in inventory.readings if r.kind == "redis"]
    assert reading.outcome.cause is cause
    assert reading.outcome.consumer == ""


class Ordered(Pool[Any, Reading]):
    """Answers one call at a time, those that `late` ranks higher after all others."""

    def __init__(self, late: Callable[[Any], int]) -> None:
        super().__init__(1, io.StringIO)
        self._late = late
        self._queued: list[tuple[Any, Callable[[Any], Reading]]] = []

    def submit(self, key: Any, work: Callable[[Any], Reading]) -> None:
        self._queued.append((key, work))

    def next(self, timeout_s: float) -> tuple[Any, Reading]:
        first = min(self._queued, key=lambda task: self._late(task[0]))
        self._queued.remove(first)
        key, work = first
        return key, work(timeout_s)


def rank(late: tuple[type[Resource], ...], asked: Any) -> int:
    """Where the call comes among the late kinds; before them all if it is of none."""
    return late.index(asked[0]) + 1 if asked[0] in late else 0


def slower(location: str, asked: Any) -> int:
    """Calls of the location after all others."""
    return int(asked[2].location == location)


def collect_in_order(
    world: World, kinds: Iterable[type[Resource]], late: Callable[[Any], int], environment: Environment = ACME
) -> Inventory:
    return Collector(environment, NOW, reading(world, Ordered(late)), budget=Budget()).collect(plan_kinds(kinds))


@pytest.mark.parametrize("consumer", [NUMBER, "999", "payer", PROJECT, ""])
def test_what_a_disabled_api_means_does_not_depend_on_the_order_of_arrival(consumer: str) -> None:
    answers: dict[type[Resource], Answer] = {
        HostProject: off_in(consumer),
        Project: (project(),),
        RedisInstance: off_in(consumer),
        Connector: off_in(consumer),
        EnabledApi: (EnabledApi(name="services/run.googleapis.com", project=PROJECT, state="ENABLED"),),
    }
    kinds: list[type[Resource]] = [RedisInstance, Connector, PrivateConnection, NetworkFirewalls, Project]
    held: tuple[type[Resource], ...] = (HostProject, Project, RedisInstance, Connector, EnabledApi)
    first, *others = (
        collect_in_order(World(answers), kinds, functools.partial(rank, order))
        for order in itertools.permutations(held)
    )
    assert all(other == first for other in others)


def test_the_gap_that_is_named_does_not_depend_on_the_order_of_arrival() -> None:
    class Refusing(World):
        def read(self, kind: type[Resource], read: Read, target: Target, connection: Any) -> Reading:
            reading = super().read(kind, read, target, connection)
            told = Outcome(cause=Cause.PERMISSION_DENIED, message=f"was refused in {target.location}")
            return msgspec.structs.replace(reading, outcome=told) if kind is Service else reading

    environment = msgspec.structs.replace(ACME, regions=("us-central1", "us-east1"))
    told = [
        collect_in_order(Refusing({}), [Revision], functools.partial(slower, slow), environment).gaps(Revision)
        for slow in environment.regions
    ]
    assert told[0] == told[1]
    assert "was refused in us-central1" in told[0][0].outcome.message


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
    pool: Pool[str, None] = Pool(1, io.StringIO)

    def fail(_connection: object) -> None:
        raise RuntimeError("a defect")

    pool.submit("key", fail)
    with pytest.raises(RuntimeError, match="a defect"):
        pool.next(10)


class Wide(msgspec.Struct, frozen=True):
    """A fact about networks."""

    count: int

    @classmethod
    def derive(cls, *, networks: Table[Network]) -> Wide:
        return cls(len(networks))


def _of_each_connector(connectors: Table[Connector], wide: Maybe[Wide]) -> Iterator[Target]:
    for row in connectors:
        yield target(PROJECT, at=row.short, networks=str(wide.value.count if wide.value else 0))


class Echo(Resource, frozen=True, kw_only=True):
    """What a made-up probe of a connector gives."""

    KIND: ClassVar[Kind] = Kind(noun="echo", probe=Probe(name="connector.echo", targets=_of_each_connector))


@pytest.mark.parametrize(
    ("refused", "gaps"),
    [(Network, []), (Connector, [Cause.PARENT])],
    ids=["what the probe can do without", "what says which probes to make"],
)
def test_a_gap_above_a_probe_counts_only_where_a_call_may_be_missing_for_it(
    refused: type[Resource], gaps: list[Cause]
) -> None:
    denied = Outcome(cause=Cause.PERMISSION_DENIED, message="was refused")
    world = World({Connector: (connector("web"),), Network: (network(),), refused: denied})
    pool: Pool[Any, Reading] = Pool(8, io.StringIO)

    def probe(kind: type[Resource], probe: Probe, asked: Target) -> Reading:
        return Reading(kind=kind.KIND.noun, call=probe.call, target=asked, items=(Echo(name="web"),))

    hands = Hands(read=world.read, pool=pool, probe=probe, probes=Pool(2, io.StringIO, beside=pool))
    inventory = Collector(ACME, NOW, hands, budget=Budget()).collect(plan_kinds([Echo]))
    assert [gap.outcome.cause for gap in inventory.gaps(Echo)] == gaps
    assert len(inventory.table(Echo)) == (0 if gaps else 1)
