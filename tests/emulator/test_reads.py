"""Every read of every kind, by the real client, against described environments."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.client import Reader, Redirected, items, pages
from tests.emulator.discovery import method_of
from tests.emulator.schema import validator
from tests.emulator.server import Emulator
from tests.emulator.world import World
from tests.environments.describe import compute, network_link, regional, worldwide
from tests.environments.incident import FAULTS, faulty, incident
from tests.environments.platform import SECRETS
from tests.environments.repaired import repaired
from tests.environments.shared_vpc import shared_vpc
from validator.engine.needs import Supply
from validator.model.connector import Connector
from validator.model.environment import Environment
from validator.model.firewall import NetworkFirewalls, RegionFirewalls
from validator.model.kinds import KINDS
from validator.model.network import PrivateConnection, Subnetwork
from validator.model.resource import target
from validator.model.secret import SecretVersion

STAGING = Environment(name="staging", project="chat-staging", regions=("us-central1",))
ANYWHERE = Environment(project="chat-staging")
READ_KINDS = [kind for kind in KINDS.values() if kind.KIND.reads]
#: Kinds of which the healthy estate has nothing.
EMPTY = {
    "host-api",
    "address-group",
    "certificate-map",
    "certificate-map-entry",
    "dns-authorization",
    "domain-mapping",
    "firewall-policy",
    "health-check",
    "instance-group",
    "manager-certificate",
    "policy-route",
    "redis-cluster",
    "revision",
    "router-status",
    "target-ssl-proxy",
}


@pytest.fixture
def reader_of() -> Iterator[Callable[..., Reader]]:
    emulators: list[Emulator] = []
    clients: list[Redirected] = []

    def made(world: World, environment: Environment = ANYWHERE, page_size: int | None = None) -> Reader:
        emulators.append(Emulator(world, page_size=page_size).__enter__())
        clients.append(Redirected(emulators[-1].url))
        return Reader(clients[-1], environment)

    yield made
    for client in clients:
        client.close()
    for emulator in emulators:
        emulator.__exit__(None, None, None)


def described(world: World, noun: str) -> set[str]:
    return {each.name for each in world.resources if each.noun == noun}


def test_every_kind_of_the_repaired_estate_is_served_and_decoded_without_loss(
    reader_of: Callable[..., Reader],
) -> None:
    world = repaired()
    reader = reader_of(world)
    for kind in READ_KINDS:
        noun, table = kind.KIND.noun, reader.table(kind)
        if noun not in {
            "network-firewalls",
            "region-firewalls",
            "host-project",
            "secret-version",
            "private-connection",
        }:
            assert {row.short for row in table} == {name.rsplit("/", 1)[-1] for name in described(world, noun)}, noun
        assert (not table) == (noun in EMPTY), noun


@pytest.mark.parametrize("make", [incident, shared_vpc, *(functools.partial(faulty, name) for name in FAULTS)])
def test_every_environment_is_served_and_decoded(make: Callable[[], World], reader_of: Callable[..., Reader]) -> None:
    reader = reader_of(make(), STAGING)
    empty = {kind.KIND.noun for kind in READ_KINDS if not reader.table(kind)}
    # Only a project of a Shared VPC has a host, whose APIs are listed.
    assert empty == (EMPTY - {"host-api"} if make is shared_vpc else EMPTY) | {"run-region", "connector-region"}


def test_a_list_in_pages_of_one_gives_the_same_items_as_in_one_page(reader_of: Callable[..., Reader]) -> None:
    whole, paged = reader_of(repaired()), reader_of(repaired(), page_size=1)
    for kind in READ_KINDS:
        assert paged.table(kind) == whole.table(kind), kind.KIND.noun


def test_every_answer_fits_its_own_schema(reader_of: Callable[..., Reader]) -> None:
    reader = reader_of(repaired(), STAGING, page_size=2)
    for kind in READ_KINDS:
        for read in kind.KIND.reads:
            method = method_of(read)
            for call in read.targets(**Supply(STAGING, None, reader.table).arguments(read.targets)):  # type: ignore[arg-type]
                for answer in pages(reader.http, read, call):
                    problems = list(validator(read.api, read.version, method.answer).iter_errors(answer))
                    assert not problems, (method.id, problems)


def test_no_secret_value_survives_decoding(reader_of: Callable[..., Reader]) -> None:
    reader = reader_of(repaired())
    kept = "".join(repr(row) for kind in READ_KINDS for row in reader.table(kind))
    raw = json.dumps([each.body for each in repaired().resources], default=dict)
    for secret in SECRETS.values():
        assert secret in raw
        assert secret not in kept


def test_an_aggregated_list_groups_by_scope_and_warns_of_empty_ones(reader_of: Callable[..., Reader]) -> None:
    (read,) = Subnetwork.KIND.reads
    (answer,) = pages(reader_of(repaired()).http, read, target("chat-staging", project="chat-staging"))
    scopes = answer["items"]
    assert list(scopes) == ["global", "regions/us-central1", "regions/us-east1", "regions/europe-west1"]
    assert scopes["global"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
    names = {row["name"] for row in scopes["regions/us-central1"]["subnetworks"]}
    assert names == {"staging-apps", "staging-run", "default"}


def test_effective_firewalls_hold_the_rules_of_their_own_network_only(reader_of: Callable[..., Reader]) -> None:
    tables = {row.network_name: row for row in reader_of(repaired(), STAGING).table(NetworkFirewalls)}
    assert {rule.name for rule in tables["default"].firewalls} == {"default-allow-internal", "default-deny-all-egress"}
    assert "staging-allow-connector-redis-egress" in {rule.name for rule in tables["staging-vpc"].firewalls}
    assert not any(rule.unmodelled for row in tables.values() for rule in row.firewalls)


def test_policies_take_effect_on_the_networks_and_regions_they_are_attached_to(
    reader_of: Callable[..., Reader],
) -> None:
    reader = reader_of(with_policies(repaired()), STAGING)
    by_network = {row.network_name: [p.type for p in row.firewall_policys] for row in reader.table(NetworkFirewalls)}
    by_region = {row.network_name: [p.type for p in row.firewall_policys] for row in reader.table(RegionFirewalls)}
    assert by_network == {"default": ["HIERARCHY"], "staging-vpc": ["HIERARCHY", "NETWORK"]}
    assert by_region == {"default": ["HIERARCHY"], "staging-vpc": ["HIERARCHY", "NETWORK", "NETWORK_REGIONAL"]}


def with_policies(world: World) -> World:
    rule = {"action": "deny", "direction": "EGRESS", "priority": 10, "match": {"destIpRanges": ["0.0.0.0/0"]}}
    link = {"name": "it", "attachmentTarget": network_link("chat-staging", "staging-vpc"), "priority": 7}
    attached = {"rules": [rule], "associations": [link]}
    return world.including(
        compute("hierarchical-policy", "locations/global/firewallPolicies", "42", shortName="org", rules=[rule]),
        compute("firewall-policy", worldwide("firewallPolicies"), "everywhere", **attached),
        compute("firewall-policy", regional("firewallPolicies"), "here", **attached),
        compute("firewall-policy", worldwide("firewallPolicies"), "idle", rules=[rule]),
    )


def test_a_shared_vpc_is_read_from_its_host(reader_of: Callable[..., Reader]) -> None:
    reader = reader_of(shared_vpc(), STAGING)
    assert [row.path for row in reader.table(KINDS["network"])] == ["projects/chat-net-host/global/networks/shared-vpc"]
    assert [row.network for row in reader.table(PrivateConnection)] == [
        "projects/411000000002/global/networks/shared-vpc"
    ]
    (connector,) = reader.table(Connector)
    assert (connector.network, connector.subnet.name) == ("", "connector-subnet")


def test_only_versions_of_referenced_secrets_are_asked_for(reader_of: Callable[..., Reader]) -> None:
    versions = reader_of(repaired(), STAGING).table(SecretVersion)
    assert {row.secret for row in versions} == {"openai-api-key", "jwt-signing-key", "db-password"}
    assert {row.short: row.state for row in versions if row.secret == "openai-api-key"} == {
        "1": "DISABLED",
        "2": "ENABLED",
    }


@pytest.mark.parametrize(
    ("noun", "arguments", "status", "words"),
    [
        ("network", {"project": "nobody"}, 404, "was not found"),
        ("redis", {"parent": "projects/nobody/locations/-"}, 403, "may not exist"),
        ("connector", {"parent": "projects/chat-staging/locations/mars-north1"}, 403, "may not exist"),
        ("run", {"parent": "projects/chat-staging/locations/-"}, 400, "wildcard"),
        ("dns-record", {"project": "chat-staging", "managedZone": "nothing"}, 404, "was not found"),
        ("network-firewalls", {"project": "chat-staging", "network": "nothing"}, 404, "was not found"),
        ("network", {"project": "chat-staging", "pageToken": "bm9uc2Vuc2U="}, 400, "pageToken"),
        ("network", {"project": "chat-staging", "orderBy": "name"}, 400, "unmodelled ['orderBy']"),
    ],
)
def test_what_google_refuses_is_refused(
    noun: str, arguments: dict[str, str], status: int, words: str, reader_of: Callable[..., Reader]
) -> None:
    (read,) = KINDS[noun].KIND.reads
    with pytest.raises(HttpError) as refusal:
        list(pages(reader_of(repaired()).http, read, target("chat-staging", **arguments)))
    assert refusal.value.status_code == status
    assert words in json.dumps(json.loads(refusal.value.content)["error"])


def test_an_api_that_is_not_enabled_is_refused_as_such(reader_of: Callable[..., Reader]) -> None:
    http = reader_of(repaired().without("api/redis.googleapis.com")).http
    (read,) = KINDS["redis"].KIND.reads
    with pytest.raises(HttpError, match="SERVICE_DISABLED") as refusal:
        list(pages(http, read, target("chat-staging", parent="projects/chat-staging/locations/-")))
    (info,) = json.loads(refusal.value.content)["error"]["details"]
    assert info["metadata"] == {"service": "redis.googleapis.com", "consumer": "projects/411000000001"}


def test_a_private_connection_answers_to_the_project_number_only(reader_of: Callable[..., Reader]) -> None:
    http, (read,) = reader_of(repaired()).http, PrivateConnection.KIND.reads
    service = {"parent": "services/servicenetworking.googleapis.com"}
    numbered = target("chat-staging", network="projects/411000000001/global/networks/staging-vpc", **service)
    assert len([row for answer in pages(http, read, numbered) for row in items(read, answer)]) == 1
    with pytest.raises(HttpError):
        list(pages(http, read, target("chat-staging", network="projects/chat-staging/global/networks/x", **service)))


def test_kinds_without_a_read_are_left_to_the_engine() -> None:
    assert [kind.KIND.noun for kind in KINDS.values() if not kind.KIND.reads] == ["domain"]


def test_resources_are_found_by_project_number_as_well(reader_of: Callable[..., Reader]) -> None:
    http, (read,) = reader_of(repaired()).http, Connector.KIND.reads
    for project in ("chat-staging", "411000000001"):
        (answer,) = pages(http, read, target(project, parent=f"projects/{project}/locations/us-central1"))
        assert [row["name"].rsplit("/", 1)[-1] for _, row in items(read, answer)] == ["chat-connector"]
