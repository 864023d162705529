"""One path for programs keeps its promised shape."""

from __future__ import annotations

import json as stdlib
from typing import Any

import jsonschema
import pytest

from tests.report.path.example import answer, delivered, dropped, gap, stopped
from validator.report.path import json
from validator.report.path.answer import Answer

VALIDATOR = jsonschema.Draft202012Validator(json.schema())


def rendered(what: Answer) -> dict[str, Any]:
    """The document, checked against the schema."""
    document: dict[str, Any] = stdlib.loads(json.render(what))
    VALIDATOR.validate(document)
    return document


def test_the_document_has_the_promised_fields_in_order() -> None:
    document = rendered(answer(dropped(), delivered()))
    assert list(document) == [
        "schema", "tool", "environment", "project", "source", "origin", "destination", "result", "exit_code",
        "packets", "traces", "gaps",
    ]  # fmt: skip
    assert list(document["traces"][0]) == [
        "packets", "boxes", "count", "packet", "hops", "end", "code", "message", "evidence", "fix",
    ]  # fmt: skip
    assert (document["schema"], document["origin"]) == ("validate-infra.path/1", "run/chat-api")


def test_every_part_is_counted_and_shown() -> None:
    document = rendered(answer(dropped(), delivered()))
    assert (document["result"], document["exit_code"]) == ("AMBIGUOUS", 1)
    assert document["packets"] == "10.2.0.0/28 → 10.166.204.83 tcp:6379"
    assert [(part["end"], part["count"], part["packet"]["source"]) for part in document["traces"]] == [
        ("DELIVER", 8, "10.2.0.0"),
        ("DROP", 8, "10.2.0.8"),
    ]
    to_redis = [{"protocol": 6, "ports": ["6379"]}]
    assert document["traces"][1]["boxes"] == [
        {"sources": ["10.2.0.8/29"], "destinations": ["10.166.204.83/32"], "services": to_redis}
    ]
    assert document["traces"][1]["packet"] == {
        "source": "10.2.0.8", "destination": "10.166.204.83", "protocol": 6, "port": 6379,
    }  # fmt: skip


def test_a_question_without_packets_says_why() -> None:
    (part,) = rendered(answer(stopped()))["traces"]
    assert (part["packets"], part["count"], part["packet"], part["code"]) == (
        "nothing", 0, None, "RESOURCE_CONFIG_NOT_FOUND",
    )  # fmt: skip


def test_an_unread_api_leaves_it_open() -> None:
    document = rendered(answer(delivered(), gaps=(gap(),)))
    assert (document["result"], document["exit_code"]) == ("UNDETERMINED", 3)
    assert document["gaps"][0]["call"] == "compute.routes.list"
    assert document["gaps"][0]["fix"]["gcloud"][0].startswith("gcloud projects add-iam-policy-binding")


@pytest.mark.parametrize(("field", "value"), [("exit_code", 2), ("result", "OK"), ("traces", None), ("schema", "x/1")])
def test_the_schema_refuses_another_shape(field: str, value: object) -> None:
    assert not VALIDATOR.is_valid(rendered(answer(delivered())) | {field: value})
