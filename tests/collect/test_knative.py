"""Lists in Knative's shape, as Cloud Run's older API gives them, are read to the end too."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.collect.reads import CENTRAL, names, read
from tests.collect.servers import Answer, Asked, said
from validator.collect.discovery import Discovery
from validator.model.domainmapping import DomainMapping
from validator.model.outcome import Cause

LIST = {"apiVersion": "domains.cloudrun.com/v1", "kind": "DomainMappingList"}


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery()


def mapping(domain: str) -> dict[str, Any]:
    return {"kind": "DomainMapping", "metadata": {"name": domain}, "spec": {"routeName": "web"}}


def test_the_call_asks_for_many_and_follows_the_token_it_was_given(discovery: Discovery) -> None:
    (source,) = DomainMapping.KIND.reads
    url = "https://run.googleapis.com/v1/projects/acme/locations/us-central1/domainmappings?limit=500"
    assert discovery.url(source, CENTRAL) == f"{url}&alt=json"
    assert discovery.request(source, CENTRAL, "a+b/c==").uri == f"{url}&continue=a%2Bb%2Fc%3D%3D&alt=json"


def test_every_page_is_read(discovery: Discovery) -> None:
    def answer(asked: Asked) -> Answer:
        token = parse_qs(urlsplit(asked.path).query).get("continue", ["0"])[0]
        # Short, empty and missing lists are no end.
        items = {"0": [mapping("a.example.com")], "1": [], "2": None, "3": [mapping("z.example.com")]}[token]
        following = {} if token == "3" else {"continue": str(int(token) + 1)}
        return said({**LIST, "items": items, "metadata": {"resourceVersion": "7", **following}})

    result = read(discovery, answer, DomainMapping, CENTRAL)
    assert result.outcome.complete
    assert names(result) == ["a.example.com", "z.example.com"]


@pytest.mark.parametrize(
    ("answer", "cause", "told"),
    [
        pytest.param({"metadata": {"continue": "again"}}, Cause.MALFORMED, "page token", id="a token that repeats"),
        pytest.param({"metadata": {"continue": 0}}, Cause.MALFORMED, "page token", id="a token that is a number"),
        pytest.param({"metadata": ["continue"]}, Cause.MALFORMED, "a list for metadata", id="metadata that are a list"),
        pytest.param({"metadata": "next"}, Cause.MALFORMED, "a text for metadata", id="metadata that are a text"),
        pytest.param({"items": [{"spec": {}}]}, Cause.MALFORMED, "(without a name)", id="a mapping without metadata"),
        pytest.param(
            {"items": [{"metadata": {"name": {}}, "spec": 1}]}, Cause.MALFORMED, "cannot be read", id="no mapping"
        ),
        pytest.param(
            {"items": [mapping("a")], "unreachable": ["projects/acme/locations/us-east1"]},
            Cause.PARTIAL,
            "missing: us-east1",
            id="a place that could not be reached",
        ),
    ],
)
def test_what_is_not_the_whole_list_is_told(discovery: Discovery, answer: Any, cause: Cause, told: str) -> None:
    result = read(discovery, {**LIST, **answer}, DomainMapping, CENTRAL)
    assert result.outcome.cause is cause
    assert told in result.outcome.message


@pytest.mark.parametrize("metadata", [None, {}, {"continue": ""}, {"continue": None}])
def test_the_last_page_has_no_token(discovery: Discovery, metadata: Any) -> None:
    result = read(discovery, {**LIST, "items": [mapping("a")], "metadata": metadata}, DomainMapping, CENTRAL)
    assert result.outcome.complete
    assert names(result) == ["a"]


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        pytest.param(
            {"status": "Failure", "code": 403, "message": "no", "reason": "Forbidden"},
            Cause.PERMISSION_DENIED,
            id="403",
        ),
        pytest.param({"status": "Failure", "code": 503, "message": "later"}, Cause.UNAVAILABLE, id="503"),
        pytest.param({"status": "Failure", "message": "no"}, Cause.UNAVAILABLE, id="no code"),
        pytest.param({"status": "Failure", "code": "403"}, Cause.UNAVAILABLE, id="a code that is a text"),
        pytest.param({"code": 403}, Cause.PERMISSION_DENIED, id="no status"),
        pytest.param({"status": "Success"}, Cause.MALFORMED, id="a success that is no list"),
    ],
)
def test_an_error_under_a_status_of_success_is_no_empty_list(
    discovery: Discovery, status: dict[str, Any], cause: Cause
) -> None:
    result = read(discovery, {"kind": "Status", "apiVersion": "v1", "metadata": {}, **status}, DomainMapping, CENTRAL)
    assert result.outcome.cause is cause
    assert result.items == ()
