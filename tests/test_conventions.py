"""What every check, kind and file must keep, so that nothing drifts apart unnoticed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import validator.model.kinds
from validator.engine.loader import LoadedCheck, load_checks
from validator.engine.planner import plan_kinds
from validator.model.kinds import KINDS
from validator.model.resource import Resource

ROOT = Path(__file__).parents[1]
CHECKS = load_checks()
RULES = (ROOT / "rules.yaml").read_text(encoding="utf-8")
#: Ids that once existed and must not come back with another meaning.
RETIRED: frozenset[str] = frozenset()


def sources() -> Iterator[Path]:
    for folder in ("validator", "checks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_every_check_has_its_test_its_stanza_and_its_references(check: LoadedCheck) -> None:
    family, name = check.id.replace("-", "_").split(".")
    assert (ROOT / "tests/checks" / family / f"test_{name}.py").is_file()
    assert re.search(rf"check: {re.escape(check.id)}\b", RULES), "no stanza in rules.yaml shows how to use it"
    assert all(url.startswith("https://") for url in check.references)
    assert check.id not in RETIRED


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_every_check_documents_each_parameter(check: LoadedCheck) -> None:
    from validator.listing import parameter_rows  # noqa: PLC0415 - only where there are parameters

    rows = list(parameter_rows(check.params)) if check.params else []
    assert [name for name, _, _, meaning in rows if not meaning] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_says_where_it_is_read_with_which_permission_and_role(kind: type[Resource]) -> None:
    for read in kind.KIND.reads:
        assert re.fullmatch(r"[a-z]+(\.[A-Za-z]+)+", read.permission)
        assert read.role.startswith("roles/")
    assert kind in plan_kinds([kind]).kinds or not kind.KIND.reads


def test_the_list_of_kinds_is_complete() -> None:
    found = {
        sub
        for sub in _subclasses(Resource)
        if sub.__module__.startswith("validator.model.") and "KIND" in vars(sub) and sub.KIND.reads
    }
    assert found <= set(KINDS.values())
    assert validator.model.kinds.__doc__


def _subclasses(kind: type[Resource]) -> Iterator[type[Resource]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _subclasses(sub)


@pytest.mark.parametrize("word", ["getAuthString", "versions.access", ":access", "privateKey", "auth_string"])
def test_no_call_that_returns_a_secret_exists(word: str) -> None:
    methods = [read.method for kind in KINDS.values() for read in kind.KIND.reads]
    assert not any(word in method for method in methods)


@pytest.mark.parametrize("file", [f for f in sources() if "checks" in f.parts or "gcp" in f.parts], ids=str)
def test_checks_and_cloud_semantics_know_no_clock_no_network_and_no_environment(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
    }
    assert imported.isdisjoint({"os", "time", "socket", "subprocess", "urllib", "http", "random", "pathlib"})
    calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert calls.isdisjoint({"now", "today", "utcnow"})


def test_files_stay_small() -> None:
    lengths = sorted(len(file.read_text(encoding="utf-8").splitlines()) for file in sources())
    assert lengths[len(lengths) // 2] <= 160
    assert lengths[int(len(lengths) * 0.9)] <= 350


def test_the_changelog_names_every_check() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [check for check in CHECKS if f"`{check}`" not in changes] == []
