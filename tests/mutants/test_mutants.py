"""Every planted fault is caught by the tests that are there to catch it, and the same tests pass without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
TESTS_FAILED = 1
LEAST = 30


def run(mutant: Mutant) -> subprocess.CompletedProcess[str]:
    """The tests that must fail, with the fault in place."""
    options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-p", "tests.mutants.plant"]
    return subprocess.run(  # noqa: S603 - our own interpreter and tests
        [sys.executable, "-B", "-m", "pytest", *options, *mutant.tests],
        cwd=ROOT,
        env={**os.environ, "MUTANT": mutant.id},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_planted_fault_is_caught(mutant: Mutant) -> None:
    done = run(mutant)
    assert done.returncode == TESTS_FAILED, f"{mutant.id} ({mutant.old!r} → {mutant.new!r}): {done.stdout[-2000:]}"


def test_there_are_many_and_each_is_another() -> None:
    assert len(MUTANTS) >= LEAST
    assert len({mutant.id for mutant in MUTANTS}) == len({(m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_fault_changes_the_code_it_names(mutant: Mutant) -> None:
    source = mutant.file(ROOT).read_text(encoding="utf-8")
    compile(mutant.planted(source), str(mutant.file(ROOT)), "exec")
