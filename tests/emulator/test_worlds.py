"""Described worlds: what is refused, and what can be changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.schema import Misfit
from tests.emulator.store import Store
from tests.emulator.world import World
from tests.environments.repaired import repaired


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: repaired().changed("connector/chat-connector", netwrok="x"),
            ["connector/chat-connector is no Connector of vpcaccess v1", "'netwrok' was unexpected"],
            id="a property that does not exist",
        ),
        pytest.param(
            lambda: repaired().changed("redis/chat-cache", port="6379"),
            ["redis/chat-cache", "port: '6379' is not of type 'integer'"],
            id="a value of the wrong type",
        ),
        pytest.param(
            lambda: repaired().changed("connector/chat-connector", state="ready"),
            ["connector/chat-connector", "state: 'ready' is not one of"],
            id="a value outside the enum",
        ),
        pytest.param(
            lambda: repaired().changed("run/chat-web", template={"containers": [{"env": [{"nme": "A"}]}]}),
            ["run/chat-web", "template.containers[0].env[0]: Additional properties"],
            id="a property deep inside",
        ),
        pytest.param(
            lambda: repaired().changed("firewall/staging-deny-all-egress", labels={"a": "b"}),
            ["firewall/staging-deny-all-egress is no Firewall of compute v1", "'labels' was unexpected"],
            id="labels on a firewall rule, which has none",
        ),
        pytest.param(
            lambda: repaired().changed("certificate/chat-staging-2026", id=12),
            ["certificate/chat-staging-2026", "id: 12 is not of type 'string'"],
            id="a 64-bit number that is not a string",
        ),
        pytest.param(
            lambda: repaired().changed("redis/chat-cache", createTime="yesterday"),
            ["redis/chat-cache", "createTime: 'yesterday' does not match"],
            id="a time that is none",
        ),
    ],
)
def test_a_resource_that_the_api_could_not_send_is_refused_by_name_and_field(
    make: Callable[[], World], words: list[str]
) -> None:
    with pytest.raises(Misfit) as refusal:
        Store(make())
    for word in words:
        assert word in str(refusal.value)


def test_two_resources_of_one_name_are_refused() -> None:
    world = repaired()
    with pytest.raises(ValueError, match="redis/chat-cache is described twice"):
        Store(world.including(world.one("redis/chat-cache")))


def test_one_field_changes_and_the_old_world_stays() -> None:
    before = repaired()
    after = before.changed("connector/chat-connector", network="default")
    assert before.one("connector/chat-connector").body["network"] == "staging-vpc"
    expected = {**before.one("connector/chat-connector").body, "network": "default"}
    assert after.one("connector/chat-connector").body == expected
    assert len(after.resources) == len(before.resources)


def test_none_removes_a_field_and_a_function_is_given_the_old_value() -> None:
    world = repaired().changed("redis/chat-cache", authorizedNetwork=None, memorySizeGb=lambda old: old + 1)
    body = world.one("redis/chat-cache").body
    assert ("authorizedNetwork" in body, body["memorySizeGb"]) == (False, 6)


def test_a_variable_is_replaced_in_its_place_or_added_at_the_end() -> None:
    world = repaired().with_variable("chat-api", "REDIS_HOST", "10.0.0.1").with_variable("chat-api", "NEW", "1")
    env = world.one("run/chat-api").body["template"]["containers"][0]["env"]
    assert (env[0], env[-1]) == ({"name": "REDIS_HOST", "value": "10.0.0.1"}, {"name": "NEW", "value": "1"})


@pytest.mark.parametrize(
    ("label", "words"), [("redis/nothing", "means nothing"), ("subnet/default", "us-east1/subnetworks/default")]
)
def test_a_label_that_means_none_or_several_is_refused(label: str, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        repaired().one(label)


@pytest.mark.parametrize(
    ("label", "collection"),
    [
        ("subnet/us-east1/subnetworks/default", "projects/chat-staging/regions/us-east1/subnetworks"),
        ("dns-record/chat.example./TXT", "projects/chat-staging/managedZones/chat-example/rrsets"),
        ("api/redis.googleapis.com", "projects/chat-staging/services"),
        ("project/chat-staging", "projects"),
    ],
)
def test_a_label_may_give_more_of_the_path(label: str, collection: str) -> None:
    assert repaired().one(label).collection == collection
