"""Tests of answers that no honest API gives: none of them may pass for "there is none" or "that is all"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collect.reads import ACME, ANYWHERE, CENTRAL, LIST, NAMED, names, read
from tests.collect.servers import Answer, said
from validator.collect.decode import decode
from validator.collect.discovery import Discovery
from validator.collect.errors import MalformedAnswer
from validator.model.certificate import CertificateMap
from validator.model.connector import Connector
from validator.model.loadbalancer import UrlMap
from validator.model.network import Address, Network, PrivateConnection
from validator.model.outcome import Cause
from validator.model.project import ConnectorRegion, EnabledApi, Project, RunRegion
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource, Target, target
from validator.model.run import Revision, Service
from validator.model.secret import Secret
from validator.model.sql import SqlInstance


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery()


def nested(levels: int, *, lists: bool = False) -> Any:
    """A value of so many levels."""
    value: Any = 1
    for _ in range(levels):
        value = [value] if lists else {"a": value}
    return value


def raw(text: str) -> Answer:
    """An answer with this text."""
    return Answer(body=text.encode())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(said({}), "of what kind", id="an empty object of an API that names its lists"),
        pytest.param(said({"items": [{"name": "a"}]}), "of what kind", id="a list that does not name itself"),
        pytest.param(said({"kind": None, "items": []}), "of what kind", id="a list that names itself null"),
        pytest.param(said({**LIST, "items": [], "nextPageToken": 0}), "page token", id="zero for the token"),
        pytest.param(said({**LIST, "items": [], "nextPageToken": []}), "page token", id="a list for the token"),
        pytest.param(said({**LIST, "items": [], "nextPageToken": False}), "page token", id="no for the token"),
        pytest.param(said({**LIST, "items": [], "error": "denied"}), "denied", id="an error beside the list"),
        pytest.param(said({**LIST, "error": [{"code": 503}]}), "503", id="errors in a list"),
        pytest.param(said({**LIST, "errors": [{"reason": "backend"}]}), "backend", id="errors in the plural"),
        pytest.param(
            raw('{"kind": "k", "items": [{"name": "a"}], "items": []}'), "items in it twice", id="a key twice"
        ),
        pytest.param(
            raw('{"kind": "k", "items": [{"name": "a", "name": "b"}]}'), "name in it twice", id="a name twice"
        ),
        pytest.param(said({**LIST, "items": [{"name": "a", "x": nested(98)}]}), "deeply", id="a deep resource"),
        pytest.param(said({**LIST, "items": [{"name": nested(400, lists=True)}]}), "deeply", id="a deep name"),
        pytest.param(said({**LIST, "items": [{"name": "a", "x": nested(600)}]}), "deeply", id="a very deep resource"),
        pytest.param(said({**LIST, "items": [], "warning": nested(400)}), "deeply", id="a deep warning"),
    ],
)
def test_a_list_that_cannot_be_honest_is_malformed(discovery: Discovery, answer: Answer, told: str) -> None:
    result = read(discovery, answer, Network)
    assert result.outcome.cause is Cause.MALFORMED
    assert told in result.outcome.message
    assert result.items == ()


def test_an_empty_list_that_names_itself_is_honest(discovery: Discovery) -> None:
    bare: dict[str, Any] = {"items": [], "nextPageToken": None, "error": None}
    for answer in (LIST, LIST | bare):
        assert read(discovery, answer, Network).outcome.complete


def test_what_is_nested_as_deep_as_any_answer_is_read(discovery: Discovery) -> None:
    result = read(discovery, {**LIST, "items": [{"name": "a", "x": nested(90)}]}, Network)
    assert result.outcome.complete
    assert names(result) == ["a"]


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        pytest.param(None, "null for items[regions/a]", id="null"),
        pytest.param({}, "nothing for items[regions/a]", id="neither resources nor a warning"),
        pytest.param([], "a list for items[regions/a]", id="a list"),
    ],
)
def test_a_scope_that_says_nothing_is_malformed(discovery: Discovery, scope: Any, told: str) -> None:
    result = read(discovery, {**LIST, "items": {"regions/a": scope}}, Address)
    assert result.outcome.cause is Cause.MALFORMED
    assert told in result.outcome.message


@pytest.mark.parametrize(
    ("kind", "unfit"),
    [
        pytest.param(RedisInstance, {"name": "a", "port": float("inf")}, id="a number beyond all numbers"),
        pytest.param(RedisInstance, {"name": "a", "port": float("nan")}, id="no number"),
        pytest.param(UrlMap, {"name": "a", "defaultRouteAction": nested(2000)}, id="a bottomless field"),
        pytest.param(RedisInstance, {"name": nested(2000, lists=True)}, id="a bottomless name"),
    ],
)
def test_a_resource_that_breaks_the_decoder_is_malformed(kind: type[Resource], unfit: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer, match=f"gave a {kind.KIND.noun} that cannot be read"):
        decode(kind, kind.KIND.reads[0], ACME, "", unfit)


def test_arithmetic_that_fails_on_a_resource_makes_it_malformed() -> None:
    class Counting(RedisInstance, frozen=True, kw_only=True):
        @classmethod
        def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
            return {**raw, "port": int(raw["port"] / 0)}

    with pytest.raises(MalformedAnswer, match="cannot be read: a: "):
        decode(Counting, Counting.KIND.reads[0], ACME, "", {"name": "a", "port": 1})


REVISION = "projects/acme/locations/us-central1/services/api/revisions/api-1"
GET_REVISION = target("acme", "us-central1", name=REVISION)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(REVISION, id="by the project's id"),
        pytest.param(REVISION.replace("acme", "123"), id="by the project's number"),
    ],
)
def test_a_resource_is_known_by_the_name_it_was_asked_by(discovery: Discovery, name: str) -> None:
    result = read(discovery, {"name": name, "service": "api", "timeout": "9s"}, Revision, GET_REVISION)
    assert result.outcome.complete
    assert [item.path for item in result.items] == [REVISION]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(REVISION.replace("api-1", "api-2"), id="another revision"),
        pytest.param(REVISION.replace("services/api", "services/web"), id="another service's"),
        pytest.param(REVISION.replace("us-central1", "us-east1"), id="another region's"),
        pytest.param("api-1", id="a bare name"),
        pytest.param("projects/acme", id="its project"),
    ],
)
def test_a_resource_that_was_not_asked_for_is_malformed(discovery: Discovery, name: str) -> None:
    result = read(discovery, {"name": name, "service": "api", "timeout": "9s"}, Revision, GET_REVISION)
    assert result.outcome.cause is Cause.MALFORMED
    assert f"where {REVISION} was asked for" in result.outcome.message
    assert result.items == ()


def test_a_project_that_was_not_asked_for_is_malformed(discovery: Discovery) -> None:
    result = read(discovery, {"name": "projects/123", "projectId": "other"}, Project, NAMED)
    assert result.outcome.cause is Cause.MALFORMED
    by_number = read(
        discovery, {"name": "projects/123", "projectId": "acme"}, Project, target("123", name="projects/123")
    )
    assert by_number.outcome.complete


OFF = {"error": {"code": 403, "message": "no", "details": [{"reason": "SERVICE_DISABLED", "metadata": {}}]}}


def test_an_api_that_answers_and_then_is_off_is_answered_in_part(discovery: Discovery) -> None:
    for first in ([{"name": "a"}], []):
        answers = [said({**LIST, "items": first, "nextPageToken": "2"}), said(OFF, 403)]
        result = read(discovery, lambda _asked, answers=answers: answers.pop(0), Network)
        assert result.outcome.cause is Cause.PARTIAL
        assert "compute.googleapis.com is off" in result.outcome.message
        assert result.outcome.fix.startswith("gcloud services enable compute.googleapis.com")
        assert len(result.items) == len(first)


def test_an_api_that_is_off_at_once_is_off(discovery: Discovery) -> None:
    assert read(discovery, said(OFF, 403), Network).outcome.cause is Cause.API_DISABLED


@pytest.mark.parametrize("kind", [ConnectorRegion, RunRegion])
@pytest.mark.parametrize("answer", [{}, {"locations": []}], ids=["nothing", "an empty list"])
def test_no_regions_at_all_is_no_answer(discovery: Discovery, kind: type[Resource], answer: Any) -> None:
    result = read(discovery, answer, kind, NAMED)
    assert result.outcome.cause is Cause.MALFORMED
    assert "where there always are some" in result.outcome.message
    row = {"name": "projects/acme/locations/us-central1", "locationId": "us-central1"}
    assert read(discovery, {"locations": [row]}, kind, NAMED).outcome.complete


HONESTLY_EMPTY: tuple[tuple[type[Resource], Target], ...] = (
    (CertificateMap, target("acme", parent="projects/acme/locations/global")),
    (Connector, CENTRAL),
    (EnabledApi, target("acme", parent="projects/acme")),
    (PrivateConnection, target("acme", parent="services/x", network="projects/1/global/networks/n")),
    (RedisCluster, ANYWHERE),
    (RedisInstance, ANYWHERE),
    (Secret, target("acme", parent="projects/acme")),
    (Service, CENTRAL),
    (SqlInstance, ACME),
)


@pytest.mark.parametrize(("kind", "call"), HONESTLY_EMPTY, ids=lambda value: getattr(value, "__name__", ""))
def test_newer_apis_say_nothing_at_all_where_there_is_nothing(
    discovery: Discovery, kind: type[Resource], call: Target
) -> None:
    result = read(discovery, {}, kind, call)
    assert result.outcome.complete
    assert result.items == ()


TWICE = ["projects/acme/locations/us-central1/instances/a", "projects/acme/locations/us-central1/instances/b"]


def test_a_resource_that_comes_twice_is_kept_once(discovery: Discovery) -> None:
    row = {"name": TWICE[0], "state": "READY"}
    result = read(discovery, {"instances": [row, {"name": TWICE[1]}, row]}, RedisInstance, ANYWHERE)
    assert result.outcome.complete
    assert [item.path for item in result.items] == TWICE


@pytest.mark.parametrize("paged", [False, True], ids=["in one page", "in two pages"])
def test_a_resource_that_comes_twice_and_differs_is_malformed(discovery: Discovery, paged: bool) -> None:  # noqa: FBT001
    first, second = {"name": TWICE[0], "state": "READY"}, {"name": TWICE[0], "state": "REPAIRING"}
    whole = [said({"instances": [first, second]})]
    halves = [said({"instances": [first], "nextPageToken": "2"}), said({"instances": [second]})]
    answers = halves if paged else whole
    result = read(discovery, lambda _asked: answers.pop(0), RedisInstance, ANYWHERE)
    assert result.outcome.cause is Cause.MALFORMED
    assert f"gave {TWICE[0]} twice, differently" in result.outcome.message
