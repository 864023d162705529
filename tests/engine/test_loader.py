"""The loader takes exactly one documented check a module, and says what is wrong with anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.loader import LoadError, load_checks

GOOD = '''"""The thing is well.

Why: because.
Remediation: mend it.
References: https://example.com/a https://example.com/b
"""
from validator.check import Severity, Verdicts, Violation, check
from validator.model.connector import Connector

@check(severity=Severity.WARNING)
def thing(connector: Connector) -> Verdicts:
    if connector.state == "ERROR":
        yield Violation(code="X", message="bad")
'''


def write(folder: Path, text: str, name: str = "house/thing.py") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_folder_of_checks_joins_the_built_in_ones(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "house/our_thing.py")
    checks = load_checks([tmp_path])
    mine = checks["house.our-thing"]
    assert (mine.title, mine.severity, mine.family) == ("The thing is well.", "warning", "house")
    assert mine.references == ("https://example.com/a", "https://example.com/b")
    assert "connector.range" in checks


def test_built_in_checks_are_sorted_by_id() -> None:
    assert list(load_checks()) == sorted(load_checks())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(GOOD.replace("@check(severity=Severity.WARNING)", ""), "found 0", id="no check"),
        pytest.param(GOOD + GOOD.partition('"""\n')[2].replace("def thing", "def other"), "found 2", id="two checks"),
        pytest.param(GOOD.replace("Why: because.", ""), "no section 'Why'", id="no why"),
        pytest.param(GOOD.replace("The thing is well.", "Thing"), "must be a sentence", id="no sentence"),
        pytest.param(GOOD.replace("connector: Connector", "connector: int"), "must be a kind", id="no kind"),
        pytest.param(GOOD.replace("connector: Connector", "connector"), "has no annotation", id="no annotation"),
        pytest.param(
            GOOD.replace("connector: Connector", "connector: Connector, *, what: str"), "is no need", id="no need"
        ),
        pytest.param("raise RuntimeError('boom')", "RuntimeError: boom", id="import fails"),
        pytest.param("def (", "SyntaxError", id="syntax error"),
        pytest.param("raise SystemExit(0)", "SystemExit: 0", id="leaves the process"),
        pytest.param(
            "class Odd:\n    def __getattr__(self, name):\n        raise RuntimeError(name)\nodd = Odd()\n",
            "found 0",
            id="a strange global",
        ),
    ],
)
def test_a_module_that_is_no_check_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(LoadError) as caught:
        load_checks([tmp_path])
    assert str(caught.value).startswith(f"{file}:")
    assert complaint in str(caught.value)


def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "connector/range.py")
    with pytest.raises(LoadError, match=r"id 'connector\.range' is already taken by .*range\.py"):
        load_checks([tmp_path])


def test_a_path_that_makes_no_id_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "loose.py")
    with pytest.raises(LoadError, match=r"expected family/name\.py"):
        load_checks([tmp_path])


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no such folder of checks"):
        load_checks([tmp_path / "none"])
