"""Which templates of a service serve, and that no value of a variable survives."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.builders import service
from validator.model.run import Revision, Service, Serving, Traffic
from validator.model.table import Table

PATH = service().path
NEW, OLD = "backend-00002-abc", "backend-00001-old"
LATEST = Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=100)


def revision(name: str) -> Revision:
    return Revision(name=f"{PATH}/revisions/{name}", timeout="60s")


def served(subject: Service, *rows: Revision) -> list[str]:
    return [template.revision or "own" for template in Serving(Table(rows)).of(subject)]


BROKEN = {"latest_created_revision": f"{PATH}/revisions/backend-00003-new"}
CASES: dict[str, tuple[dict[str, Any], tuple[str, ...], list[str]]] = {
    "all traffic on the latest": ({}, (), ["own"]),
    "no traffic said": ({"traffic_statuses": ()}, (), ["own"]),
    "the latest by its name": ({"traffic_statuses": (Traffic(revision=NEW, percent=100),)}, (), ["own"]),
    "the latest by its full name": (
        {"traffic_statuses": (Traffic(revision=f"{PATH}/revisions/{NEW}", percent=1),)},
        (),
        ["own"],
    ),
    "everything on an older one": ({"traffic_statuses": (Traffic(revision=OLD, percent=100),)}, (OLD,), [OLD]),
    "a part on an older one": (
        {"traffic_statuses": (LATEST, Traffic(revision=OLD, percent=10))},
        (OLD,),
        ["own", OLD],
    ),
    "an older one by its tag only": (
        {"traffic_statuses": (LATEST, Traffic(revision=OLD, tag="v1"))},
        (OLD,),
        ["own", OLD],
    ),
    "an older one without traffic": ({"traffic_statuses": (LATEST, Traffic(revision=OLD))}, (), ["own"]),
    "the newest one failed, so the last ready one serves": (BROKEN, (NEW,), [NEW]),
    "nothing was ever ready": ({"latest_ready_revision": ""} | BROKEN, (), ["own"]),
}


@pytest.mark.parametrize(("changes", "others", "templates"), CASES.values(), ids=CASES)
def test_other_revisions_and_what_serves(
    changes: dict[str, Any], others: tuple[str, ...], templates: list[str]
) -> None:
    subject = service(**changes)
    assert subject.other_revisions == others
    assert served(subject, revision(OLD), revision(NEW)) == templates
    assert subject.template_serves is (templates == ["own"] and "latest_created_revision" not in changes)


def test_a_revision_is_taken_from_its_own_service() -> None:
    subject = service(traffic_statuses=(Traffic(revision=OLD, percent=100),))
    other = Revision(name=f"{PATH}-2/revisions/{OLD}")
    assert served(subject, other, revision(OLD)) == [OLD]


def test_a_revision_that_was_not_read_is_never_skipped_in_silence() -> None:
    subject = service(traffic_statuses=(LATEST, Traffic(revision=OLD, percent=90)))
    serving = Serving(Table([revision(NEW)]))
    with pytest.raises(LookupError, match=f"{OLD} gets traffic and was not read"):
        serving.of(subject)
    assert [template.revision or "own" for template in serving.known(subject)] == ["own"]


RAW = {
    "name": PATH,
    "template": {
        "containers": [
            {
                "name": "app",
                "image": "gcr.io/acme/app",
                "args": ["--password=hunter2"],
                "command": ["run", "hunter2"],
                "env": [
                    {"name": "REDIS_URL", "value": "redis://u:hunter2@10.1.2.3:6379/0"},
                    {"name": "API_KEY", "value": "hunter2"},
                    {"name": "DB", "valueSource": {"secretKeyRef": {"secret": "db", "version": "3"}}},
                ],
            }
        ],
        "annotations": {"note": "hunter2"},
    },
}


def test_no_secret_reaches_memory_or_a_recording() -> None:
    once = Service.prepare(RAW)
    decoded = msgspec.convert(once, Service)
    written = msgspec.json.encode(decoded)
    assert b"hunter2" not in written
    assert [(v.name, v.value, v.withheld) for v in decoded.template.variables] == [
        ("REDIS_URL", "10.1.2.3:6379", False),
        ("API_KEY", "", True),
        ("DB", "", False),
    ]
    assert list(decoded.template.secrets) == [("db", "3")]
    again = msgspec.convert(Service.prepare(json.loads(written)), Service)
    assert again == decoded


def test_a_revision_is_redacted_as_a_service_is() -> None:
    raw = {"name": f"{PATH}/revisions/{OLD}", "containers": RAW["template"]["containers"]}  # type: ignore[index]
    assert b"hunter2" not in msgspec.json.encode(msgspec.convert(Revision.prepare(raw), Revision))


@pytest.mark.parametrize(
    "raw", [{"name": "a"}, {"name": "a", "template": None}, {"name": "a", "template": {"containers": 1}}]
)
def test_an_unexpected_shape_is_left_to_the_decoder(raw: dict[str, Any]) -> None:
    assert Service.prepare(raw) == raw
