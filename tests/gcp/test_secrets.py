"""Which version a reference stands for."""

from __future__ import annotations

import pytest

from tests.builders import project
from validator.gcp.secrets import SecretState, SecretVersions
from validator.model.secret import Secret, SecretVersion
from validator.model.table import Table

PATH = "projects/123456789/secrets/db"
STATES = ["ENABLED", *["DISABLED"] * 8, "DESTROYED", "ENABLED"]
KNOWN = SecretVersions(
    Table([project()]),
    [Secret(name=PATH, version_aliases={"prod": "1", "lost": "99", "off": "2"}), Secret(name=f"{PATH}-empty")],
    [SecretVersion(name=f"{PATH}/versions/{number}", state=state) for number, state in enumerate(STATES, 1)],
)
CASES: dict[str, tuple[str, str, SecretState | None, str]] = {
    "the latest is the highest by number, not by text": ("db", "latest", None, ""),
    "a number": ("db", "1", None, ""),
    "an alias": ("db", "prod", None, ""),
    "the project by number": ("projects/123456789/secrets/db", "1", None, ""),
    "a disabled number": ("db", "2", SecretState.NOT_ENABLED, "DISABLED"),
    "a destroyed number": ("db", "10", SecretState.NOT_ENABLED, "DESTROYED"),
    "an alias of a disabled version": ("db", "off", SecretState.NOT_ENABLED, "DISABLED"),
    "an alias of nothing": ("db", "lost", SecretState.VERSION_NOT_FOUND, ""),
    "an unknown word": ("db", "test", SecretState.VERSION_NOT_FOUND, ""),
    "no versions": ("db-empty", "latest", SecretState.VERSION_NOT_FOUND, ""),
    "no such secret": ("other", "latest", SecretState.NOT_FOUND, ""),
    "another project's secret of the same name": ("projects/else/secrets/db", "1", SecretState.FOREIGN, ""),
}


@pytest.mark.parametrize(("reference", "version", "state", "found"), CASES.values(), ids=CASES)
def test_what_keeps_a_service_from_reading(reference: str, version: str, state: SecretState | None, found: str) -> None:
    problem = KNOWN.problem(reference, version, "acme")
    assert (problem.state if problem else None, problem.found if problem else "") == (state, found)


def test_a_version_is_said_with_the_word_that_was_asked_for() -> None:
    alias, number = KNOWN.problem("db", "off", "acme"), KNOWN.problem("db", "2", "acme")
    assert alias is not None
    assert number is not None
    assert (alias.words, number.words) == ("2 (off)", "2")
