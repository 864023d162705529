"""Every planted fault is caught by the tests that are there to catch it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.plant import ROOT

LEAST = 30


def test_every_planted_fault_is_caught() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutants.plant"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"{len(MUTANTS)} of {len(MUTANTS)} planted faults were caught"


def test_there_are_many_and_each_is_another() -> None:
    assert len(MUTANTS) >= LEAST
    assert len({mutant.id for mutant in MUTANTS}) == len({(m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_fault_changes_the_code_it_names(mutant: Mutant) -> None:
    source = mutant.file(ROOT).read_text(encoding="utf-8")
    compile(mutant.planted(source), str(mutant.file(ROOT)), "exec")
