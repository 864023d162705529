"""Real answers of Google's APIs, where the folder of recordings stands beside the project: each is read or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from validator.collect.body import checked
from validator.collect.decode import decode
from validator.collect.discovery import Discovery
from validator.collect.errors import ErrorAnswer, MalformedAnswer
from validator.collect.pages import _each_once, _take
from validator.model.kinds import KINDS
from validator.model.network import compute_read
from validator.model.outcome import Outcome
from validator.model.resource import Read, Resource, target
from validator.model.scopes import audited_project

DATA = Path(__file__).parents[3] / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings of real answers beside the project")
FILES = [
    file for folder in ("api", "api-mockgcp", "api-errors", "gcpdiag") for file in DATA.glob(f"{folder}/**/*.json")
]
CALL = target(
    "acme", "us-central1", project="acme", network="vpc", managedZone="zone", parent="projects/acme", router="router"
)
#: What the files of whole projects hold, by the beginning of their names.
DUMPS = {
    "compute-effective-firewalls": "network-firewalls",
    "compute-network-routes": "route",
    "compute-network": "network",
    "compute-subnetworks": "subnet",
    "compute-subnetwork-policy": "",
    "compute-instances": "vm",
    "compute-project": "compute-project",
    "compute-routers-routerStatus": "router-status",
    "compute-routers-us": "router",
    "compute-routers-europe": "router",
    "compute-aggregated-backendServices": "backend-service",
    "compute-backendServices": "backend-service",
    "backendServices": "backend-service",
    "compute-aggregated-forwardingRules": "forwarding-rule",
    "forwardingRules": "forwarding-rule",
    "compute-addresses": "address",
    "compute-negs": "neg",
    "healthChecks": "health-check",
    "regionHealthChecks": "health-check",
    "cloudsql-instances": "sql",
    "cloudrun_services": "run",
    "project": "project",
    "services": "api",
    "locations": "connector-region",
}


#: Beginnings of the names of files that hold a list.
LISTS = ("cloudsql-instances", "compute-instances", "healthChecks")


def held(items: Any) -> int:
    """How many resources a list, or an aggregated one, holds."""
    if not isinstance(items, dict):
        return len(items)
    return sum(len(rows) for scope in items.values() for key, rows in scope.items() if key != "warning")


def kind_of(file: Path) -> type[Resource] | None:
    """The kind that such a file holds one or many of."""
    parts = file.relative_to(DATA).parts
    if parts[0] == "gcpdiag":
        known = sorted((name for name in DUMPS if file.stem.startswith(name)), key=len)
        return KINDS.get(DUMPS[known[-1]]) if known else None
    if parts[0] == "api-errors":
        return KINDS["network"]
    collection = parts[2].partition(".")[0].removeprefix("global").removeprefix("region").lower()
    return next(
        (
            kind
            for kind in KINDS.values()
            for read in kind.KIND.reads
            if read.api == parts[1] and read.method.split(".")[-2].lower() == collection
        ),
        None,
    )


def shapes(kind: type[Resource]) -> Iterator[Read]:
    """The kind's own reads, and the same as a plain list: a recording may be of either method."""
    for read in kind.KIND.reads:
        yield read
        if read.aggregated:
            yield compute_read(read.method.replace("aggregatedList", "list"), read.permission, targets=audited_project)


def read_whole(raw: Any, kind: type[Resource], discovery: Discovery) -> tuple[list[Resource], list[Outcome]]:
    """The resources of a list answer by the first read that it fits, or why it fits none."""
    problems: list[Outcome] = []
    for read in shapes(kind):
        try:
            found, problems = _take(checked(raw, read, discovery.fields(read)), kind, read, CALL)
            found, twice = _each_once(found)
            problems = [*problems, *twice]
        except (MalformedAnswer, ErrorAnswer) as problem:
            problems = [Outcome(message=str(problem))]
        else:
            if found or not problems:
                return found, problems
    return [], problems


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DATA)))
def test_every_recorded_answer_is_read_or_refused_in_words(file: Path, discovery: Discovery) -> None:
    raw = json.loads(file.read_text(encoding="utf-8"))
    # What no kind reads still may come back from a confused server: it must be refused like anything else.
    kind = kind_of(file) or KINDS["network"]
    found, problems = read_whole(raw, kind, discovery)
    if not found and isinstance(raw, dict):
        try:
            found += decode(kind, kind.KIND.reads[0], CALL, "", raw)
        except MalformedAnswer as problem:
            problems.append(Outcome(message=str(problem)))
    assert found or all(problem.message for problem in problems)
    for resource in found:
        assert resource.path


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("gcpdiag/*/compute-effective-firewalls-*.json", 10),
        ("gcpdiag/*/compute-network-default.json", 10),
        ("gcpdiag/*/cloudsql-instances.json", 3),
        ("gcpdiag/*/compute-instances-*.json", 30),
        ("gcpdiag/*/compute-project.json", 14),
        ("gcpdiag/*/compute-routers-routerStatus-*.json", 6),
        ("gcpdiag/*/healthChecks.json", 8),
        ("api/compute/instances.aggregatedList/*.json", 15),
        ("api/compute/instances.get/*.json", 1),
        ("api/compute/healthChecks.get/*.json", 1),
        ("api/compute/networks.list/*.json", 1),
        ("api/redis/instances.list/*.json", 2),
        ("api/compute/firewalls.list/*.json", 0),
        ("api-mockgcp/vpcaccess/connectors.get/*.json", 1),
    ],
)
def test_the_recordings_that_matter_are_read_and_not_refused(pattern: str, least: int, discovery: Discovery) -> None:
    files = sorted(DATA.glob(pattern))
    assert len(files) >= least
    for file in files:
        raw = json.loads(file.read_text(encoding="utf-8"))
        kind = kind_of(file)
        if kind is None:
            continue
        listed = file.parent.name.endswith((".list", "List")) or file.name.startswith(LISTS)
        if listed and raw:
            found, problems = read_whole(raw, kind, discovery)
            assert not problems, file
            assert len(found) == held(raw.get(kind.KIND.reads[0].items, ()))
        elif raw:
            assert decode(kind, kind.KIND.reads[0], CALL, "", raw), file
