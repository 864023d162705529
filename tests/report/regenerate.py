"""Writes the golden files anew: `python -m tests.report.regenerate`; the reviewer reads the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.report.example import incident, report
from validator.report import json, text

FOLDER = Path(__file__).parent / "golden"
GOLDEN: Mapping[str, Callable[[], str]] = {
    "text-60.txt": lambda: text.render(incident(), width=60, color=False),
    "text-80.txt": lambda: text.render(incident(), width=80, color=False),
    "text-120.txt": lambda: text.render(incident(), width=120, color=False),
    "text-80-color.txt": lambda: text.render(incident(), width=80, color=True),
    "text-80-quiet.txt": lambda: text.render(incident(), width=80, color=False, quiet=True),
    "text-80-verbose.txt": lambda: text.render(incident(), width=80, color=False, verbose=True),
    "text-empty.txt": lambda: text.render(report(empty="no rule was selected"), width=80, color=False),
    "report.json": lambda: json.render(incident()),
}


def main() -> None:
    """Every golden file is as the renderers write it now."""
    FOLDER.mkdir(exist_ok=True)
    for name, rendered in GOLDEN.items():
        (FOLDER / name).write_bytes(rendered().encode())


if __name__ == "__main__":
    main()
