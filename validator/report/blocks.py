"""The blocks that every text report is made of: header, evidence, remedy. The texts given are already clean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from rich.text import Text

from validator.check import Fix
from validator.engine.findings import Source
from validator.report.layout import continued, flowed, hanging, line_of

INDENT = " " * 6
Block = list[Text]


def headed(version: str, environment: str, project: str, source: Source, *more: str, width: int) -> Block:
    """Who judged what, as of when."""
    moment = source.taken_at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    read = " ".join(filter(None, [source.kind, source.name]))
    tool = f"validate-infra {version}"
    parts = [tool, environment, f"project {project}" if project else "", f"{read}, read {moment}", *more]
    first, *rest = flowed(filter(None, parts), width, gap=" · ")
    return [line_of(first, "bold", word=tool), *map(line_of, rest)]


def proofs(evidence: Iterable[str], width: int) -> Iterator[Text]:
    """A line for each thing that shows it."""
    for text in evidence:
        yield from hanging(f"{INDENT}· ", text, width, "dim")


def remedy(fix: Fix | None, width: int) -> Iterator[Text]:
    """What to do: a sentence, commands to paste, Terraform; nothing without a fix."""
    if not fix:
        return
    yield from hanging(f"{INDENT}Fix: ", fix.summary, width, "bold")
    for command in fix.gcloud:
        lead = "$ "
        for line in continued(command, width - len(INDENT) - len(lead)):
            yield line_of(f"{INDENT}{lead}{line}", "cyan")
            lead = "  "
    for line in fix.terraform.strip("\n").split("\n") if fix.terraform else ():
        yield line_of(f"{INDENT}  {line}", "cyan")
