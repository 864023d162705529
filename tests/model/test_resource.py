"""Where a resource is, whoever says so."""

from __future__ import annotations

from typing import Any

import pytest

from validator.model.resource import place, target

SCOPE = target("acme", "-")


@pytest.mark.parametrize(
    ("raw", "key", "location"),
    [
        pytest.param({"name": "projects/acme/locations/us-east1/instances/a"}, "", "us-east1", id="its own name"),
        pytest.param({"name": "a", "region": "https://x/projects/acme/regions/us-east1"}, "", "us-east1", id="a URL"),
        pytest.param({"name": "a", "region": "us-east1"}, "", "us-east1", id="a plain region"),
        pytest.param({"name": "a"}, "regions/us-east1", "us-east1", id="the scope of an aggregated list"),
        pytest.param({"name": "a"}, "global", "global", id="the global scope"),
        pytest.param({"name": "a"}, "", "-", id="the call's location, for want of better"),
        pytest.param({"name": 7, "region": {}}, "", "-", id="fields of the wrong type"),
    ],
)
def test_location(raw: dict[str, Any], key: str, location: str) -> None:
    assert place(raw, SCOPE, key)["location"] == location


def test_the_project_is_the_resources_own_before_the_calls() -> None:
    assert place({"name": "a", "project": "other"}, SCOPE)["project"] == "other"
    assert place({"name": "a"}, SCOPE)["project"] == "acme"
