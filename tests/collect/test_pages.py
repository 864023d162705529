"""Tests of reading one call to its end, against a real server."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.collect.reads import ACME, ANYWHERE, CENTRAL, LIST, NAMED, names, read, reading
from tests.collect.servers import Answer, Asked, FakeTime, said, serving, talking
from validator.collect import pages
from validator.collect.discovery import Discovery
from validator.collect.transport import ReadOnlyViolation
from validator.model.certificate import ManagerCertificate
from validator.model.connector import Connector
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.firewall import NetworkFirewalls
from validator.model.loadbalancer import BackendService, ForwardingRule
from validator.model.network import Address, Network, PrivateConnection, Route, Router, Subnetwork
from validator.model.outcome import Cause
from validator.model.project import EnabledApi, HostProject, Project
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource, Target, target
from validator.model.run import Service
from validator.model.sql import SqlInstance
from validator.patience import Budget

REAL = Path(__file__).parents[3] / "shared" / "data" / "api"


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery()


def test_one_page(discovery: Discovery) -> None:
    result = read(discovery, {**LIST, "items": [{"name": "a"}, {"name": "b"}]}, Network)
    assert (result.kind, result.call, result.target) == ("network", "compute.networks.list", ACME)
    assert result.outcome.complete
    assert names(result) == ["a", "b"]
    assert {item.project for item in result.items} == {"acme"}


def test_pages_are_read_until_the_token_is_empty_whatever_the_count(discovery: Discovery) -> None:
    def answer(asked: Asked) -> Answer:
        token = parse_qs(urlsplit(asked.path).query).get("pageToken", ["0"])[0]
        number = int(token)
        # Short, empty and missing lists are all no end.
        items = {0: [{"name": "a"}], 1: [], 2: None, 3: [{"name": "z"}]}[number]
        following = str(number + 1) if number < 3 else ""
        return said({**LIST, "items": items, "nextPageToken": following})

    result = read(discovery, answer, Network)
    assert result.outcome.complete
    assert names(result) == ["a", "z"]


def test_a_token_that_repeats_does_not_go_on_for_ever(discovery: Discovery) -> None:
    result = read(discovery, {**LIST, "items": [{"name": "a"}], "nextPageToken": "again"}, Network)
    assert result.outcome.cause is Cause.MALFORMED
    assert "page token" in result.outcome.message
    assert names(result) == ["a"]


def test_tokens_that_never_repeat_end_too(discovery: Discovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 5)
    count = iter(range(100))
    result = read(discovery, lambda _asked: said({**LIST, "items": [], "nextPageToken": str(next(count))}), Network)
    assert result.outcome.cause is Cause.MALFORMED
    assert "more than 5 pages" in result.outcome.message


def test_a_page_that_fails_half_way_fails_the_read_and_keeps_what_came(discovery: Discovery) -> None:
    answers = [said({**LIST, "items": [{"name": "a"}], "nextPageToken": "2"}), said({"error": {"code": 403}}, 403)]
    result = read(discovery, lambda _asked: answers.pop(0), Network)
    assert result.outcome.cause is Cause.PERMISSION_DENIED
    assert names(result) == ["a"]


def test_a_very_long_page_token_is_still_a_get(discovery: Discovery) -> None:
    token = "t" * 5000
    answers = [said({**LIST, "items": [], "nextPageToken": token}), said({**LIST, "items": [{"name": "a"}]})]
    with serving(lambda _asked: answers.pop(0)) as server, reading(discovery, server.url) as go:
        assert names(go(Network)) == ["a"]
        assert [asked.method for asked in server.asked] == ["GET", "GET"]
        assert token in server.asked[1].path


def test_an_aggregated_list_is_placed_by_its_scopes(discovery: Discovery) -> None:
    scopes = {
        "regions/us-central1": {"subnetworks": [{"name": "a"}]},
        "regions/us-east1": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "none"}},
    }
    result = read(discovery, {**LIST, "items": scopes}, Subnetwork)
    assert result.outcome.complete
    assert [(item.short, item.location) for item in result.items] == [("a", "us-central1")]


@pytest.mark.parametrize(
    ("kind", "call", "answer", "told"),
    [
        pytest.param(
            Subnetwork,
            ACME,
            {**LIST, "items": {"regions/a": {"subnetworks": [{"name": "x"}]}}, "unreachables": ["regions/b"]},
            "b",
            id="unreachables of an aggregated list",
        ),
        pytest.param(
            Subnetwork,
            ACME,
            {
                **LIST,
                "items": {
                    "regions/a": {"subnetworks": [{"name": "x"}]},
                    "regions/b": {"warning": {"code": "UNREACHABLE"}},
                },
            },
            "b: UNREACHABLE",
            id="a scope's own warning",
        ),
        pytest.param(
            Network,
            ACME,
            {**LIST, "items": [{"name": "x"}], "warning": {"code": "PARTIAL_SUCCESS", "message": "some"}},
            "PARTIAL_SUCCESS some",
            id="a warning of the whole answer",
        ),
        pytest.param(
            Network,
            ACME,
            {**LIST, "items": [{"name": "x"}], "warning": {"message": "odd"}},
            "odd",
            id="a warning without a code",
        ),
        pytest.param(
            RedisInstance,
            ANYWHERE,
            {"instances": [{"name": "projects/p/locations/a/instances/x"}], "unreachable": ["projects/p/locations/b"]},
            "missing: b",
            id="unreachable of Memorystore",
        ),
        pytest.param(
            RedisInstance,
            ANYWHERE,
            {
                "instances": [
                    {"name": "projects/p/locations/a/instances/x"},
                    {"name": "projects/p/locations/b/instances/-", "statusMessage": "no answer"},
                ]
            },
            "b: no answer",
            id="a placeholder of Memorystore",
        ),
        pytest.param(
            SqlInstance,
            ACME,
            {
                **LIST,
                "items": [{"name": "x"}],
                "warnings": [{"code": "REGION_UNREACHABLE", "region": "b", "message": "down"}],
            },
            "b: REGION_UNREACHABLE down",
            id="warnings of Cloud SQL",
        ),
        pytest.param(
            Service,
            CENTRAL,
            {"services": [{"name": "projects/p/locations/a/services/x"}], "unreachable": ["b"]},
            "missing: b",
            id="unreachable of Cloud Run",
        ),
    ],
)
def test_a_partial_answer_is_never_complete(
    discovery: Discovery, kind: type[Resource], call: Target, answer: Any, told: str
) -> None:
    result = read(discovery, answer, kind, call)
    assert result.outcome.cause is Cause.PARTIAL
    assert told in result.outcome.message
    assert names(result) == ["x"]


def test_gaps_of_several_pages_are_told_together(discovery: Discovery) -> None:
    answers = [
        said({"instances": [], "unreachable": ["a"], "nextPageToken": "2"}),
        said({"instances": [], "unreachable": ["b"]}),
    ]
    message = read(discovery, lambda _asked: answers.pop(0), RedisInstance, ANYWHERE).outcome.message
    assert "missing: a" in message
    assert "missing: b" in message


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(Answer(body=b"<html>hello</html>"), "not JSON", id="a page"),
        pytest.param(Answer(body=b""), "not JSON", id="nothing"),
        pytest.param(Answer(body=b'{"items": ['), "not JSON", id="half of it"),
        pytest.param(Answer(body=b'{"a": "\xff"}'), "not UTF-8", id="no UTF-8"),
        pytest.param(Answer(body=b'{"a":' * 100_000), "deeply", id="bottomless"),
        pytest.param(said([]), "JSON object", id="a list"),
        pytest.param(said(None), "JSON object", id="null"),
        pytest.param(said("items"), "JSON object", id="a text"),
        pytest.param(Answer(status=204, body=b""), "HTTP 204", id="204"),
        pytest.param(said({"login": "please"}), "none of the fields", id="an object of something else"),
        pytest.param(said({**LIST, "items": {"a": 1}}), "a list is expected", id="an object for the list"),
        pytest.param(said({**LIST, "items": ["a"]}), "items[0]", id="a text for a resource"),
        pytest.param(said({**LIST, "items": [None]}), "items[0]", id="null for a resource"),
        pytest.param(said({**LIST, "items": [{"name": "a"}, {"id": "1"}]}), "`name`", id="a resource without a name"),
        pytest.param(
            said({**LIST, "items": [{"name": "a", "peerings": "x"}]}), "a: Expected `array`", id="a text for a field"
        ),
        pytest.param(said({**LIST, "items": [], "warning": []}), "warning", id="a list for the warning"),
        pytest.param(said({**LIST, "items": [], "nextPageToken": 5}), "page token", id="a number for the token"),
        pytest.param(Answer(body=b'{"items": []}', announced=99), "cut off", id="shorter than announced"),
        pytest.param(
            Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "unpacked", id="not packed as it says"
        ),
    ],
)
def test_a_malformed_answer_is_never_complete(discovery: Discovery, answer: Answer, told: str) -> None:
    result = read(discovery, answer, Network)
    assert result.outcome.cause is Cause.MALFORMED
    assert told in result.outcome.message


def test_the_good_neighbours_of_a_malformed_resource_are_kept(discovery: Discovery) -> None:
    result = read(discovery, {**LIST, "items": [{"name": "a"}, {"name": "b", "peerings": 7}, {"name": "c"}]}, Network)
    assert result.outcome.cause is Cause.MALFORMED
    assert "gave a network that cannot be read: b:" in result.outcome.message
    assert "$.peerings" in result.outcome.message
    assert names(result) == ["a", "c"]


def test_an_error_under_a_status_of_success_is_an_error(discovery: Discovery) -> None:
    result = read(discovery, {"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}}, Network)
    assert result.outcome.cause is Cause.PERMISSION_DENIED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refusal_is_never_complete(discovery: Discovery, status: int) -> None:
    result = read(discovery, said({"error": {"code": status, "message": "no"}}, status), Network)
    assert not result.outcome.complete
    assert result.items == ()


def test_a_hiccup_is_tried_again(discovery: Discovery) -> None:
    answers = [
        said({}, 503),
        said({"error": {"code": 429}}, 429, Retry_After="3"),
        said({**LIST, "items": [{"name": "a"}]}),
    ]
    clock = FakeTime()
    with serving(lambda _asked: answers.pop(0)) as server, reading(discovery, server.url, clock.budget(60)) as go:
        assert names(go(Network)) == ["a"]
    assert clock.slept == [0.5, 4.0]


def test_nobody_listening_is_a_connection_failure(discovery: Discovery) -> None:
    with serving(said({})) as server:
        url = server.url
    with reading(discovery, url) as go:
        result = go(Network)
    assert result.outcome.cause is Cause.CONNECTION


def test_a_server_that_never_answers_costs_the_budget_and_no_more(discovery: Discovery) -> None:
    budget = Budget(0.3, clock=time.monotonic, sleep=time.sleep, random=lambda: 0.0)
    begun = time.monotonic()
    with talking(b"") as url, reading(discovery, url, budget) as go:
        result = go(Network)
    assert result.outcome.cause is Cause.TIMEOUT
    assert "0.3 s is spent" in result.outcome.message
    assert time.monotonic() - begun < 2


def test_a_resource_that_is_the_whole_answer(discovery: Discovery) -> None:
    result = read(discovery, {"name": "projects/123", "projectId": "acme", "state": "ACTIVE"}, Project, NAMED)
    assert [(item.short, item.number) for item in result.items if isinstance(item, Project)] == [("acme", "123")]


def test_no_shared_vpc_host_is_no_item(discovery: Discovery) -> None:
    result = read(discovery, {}, HostProject)
    assert result.outcome.complete
    assert result.items == ()


def test_an_empty_project_is_malformed(discovery: Discovery) -> None:
    assert read(discovery, {}, Project, NAMED).outcome.cause is Cause.MALFORMED


def test_a_network_without_any_rule_is_still_an_answer(discovery: Discovery) -> None:
    call = target("acme", project="acme", network="web")
    result = read(discovery, {}, NetworkFirewalls, call)
    assert result.outcome.complete
    assert [item.network for item in result.items if isinstance(item, NetworkFirewalls)] == ["web"]


def test_arguments_that_the_answer_does_not_repeat_are_kept(discovery: Discovery) -> None:
    call = target("acme", project="acme", managedZone="zone-1")
    rows: dict[str, list[dict[str, Any]]] = {"rrsets": [{"name": "a.example.", "type": "A", "rrdatas": ["10.0.0.1"]}]}
    (row,) = read(discovery, rows, DnsRecordSet, call).items
    assert isinstance(row, DnsRecordSet)
    assert row.managed_zone == "zone-1"
    rows["rrsets"][0]["managedZone"] = "their-own"
    (row,) = read(discovery, rows, DnsRecordSet, call).items
    assert isinstance(row, DnsRecordSet)
    assert row.managed_zone == "their-own"


def test_a_call_that_cannot_be_built_is_an_outcome(discovery: Discovery) -> None:
    result = read(discovery, {}, Connector, target("acme", parent="nonsense"))
    assert result.outcome.cause is Cause.BAD_REQUEST


def test_a_bug_surfaces(discovery: Discovery) -> None:
    class Writing(Discovery):
        def request(self, *args: Any) -> Any:
            request = discovery.request(*args)
            request.method = "POST"
            return request

    with serving(said({})) as server, reading(Writing(), server.url) as go, pytest.raises(ReadOnlyViolation):
        go(Network)
    assert server.asked == []


REAL_LISTS: dict[str, tuple[type[Resource], Target]] = {
    "certificatemanager/certificates.list": (ManagerCertificate, CENTRAL),
    "compute/addresses.aggregatedList": (Address, ACME),
    "compute/backendServices.aggregatedList": (BackendService, ACME),
    "compute/forwardingRules.aggregatedList": (ForwardingRule, ACME),
    "compute/networks.getEffectiveFirewalls": (NetworkFirewalls, target("acme", project="acme", network="n")),
    "compute/networks.list": (Network, ACME),
    "compute/routers.aggregatedList": (Router, ACME),
    "compute/routes.list": (Route, ACME),
    "compute/subnetworks.aggregatedList": (Subnetwork, ACME),
    "dns/managedZones.list": (DnsZone, ACME),
    "dns/rrsets.list": (DnsRecordSet, target("acme", project="acme", managedZone="z")),
    "redis/clusters.list": (RedisCluster, ANYWHERE),
    "redis/instances.list": (RedisInstance, ANYWHERE),
    "run/services.list": (Service, CENTRAL),
    "servicenetworking/connections.list": (
        PrivateConnection,
        target("acme", parent="services/servicenetworking.googleapis.com", network="projects/1/global/networks/n"),
    ),
    "serviceusage/services.list": (EnabledApi, target("acme", parent="projects/acme")),
    "sqladmin/instances.list": (SqlInstance, ACME),
}


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared real answers are not here")
def test_real_answers_are_read_or_refused_with_the_place(discovery: Discovery) -> None:
    current: list[bytes] = []
    with serving(lambda _asked: Answer(body=current[0])) as server, reading(discovery, server.url) as go:
        for folder, (kind, call) in REAL_LISTS.items():
            files = sorted((REAL / folder).glob("*.json"))
            assert files, folder
            for file in files:
                current[:] = [file.read_bytes()]
                result = go(kind, call)
                # One page of several, which this server repeats; or Cloud Run's v1, read as if it were v2.
                body = json.loads(current[0])
                whole = not body.get("nextPageToken") and "apiVersion" not in body
                assert result.outcome.cause is (Cause.COMPLETE if whole else Cause.MALFORMED), (file, result.outcome)
                assert len(result.items) == _count(body, kind) or not whole, file


def _count(body: Any, kind: type[Resource]) -> int:
    """How many resources an answer holds."""
    (how,) = kind.KIND.reads
    held = body.get(how.items) or () if how.items else [body]
    lists = [part for scope in held.values() for part in scope.values()] if isinstance(held, dict) else [held]
    return sum(len(part) for part in lists if isinstance(part, list))
