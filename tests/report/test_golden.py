"""What a person and a program read, byte for byte."""

from __future__ import annotations

import pytest

from tests.report.regenerate import FOLDER, GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_a_report_reads_as_reviewed(name: str) -> None:
    rendered = GOLDEN[name]()
    assert rendered == (FOLDER / name).read_bytes().decode(), "python -m tests.report.regenerate, then read the diff"


def test_every_golden_file_is_compared() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(GOLDEN)
