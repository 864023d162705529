r"""Makes text from the cloud harmless: what a terminal or a build log would obey becomes visible, as `\x1b`.

GitHub's runner takes a line as a command when it starts with `::` after leading spaces, and when `##[` stands
anywhere in it (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs). Azure Pipelines
and TeamCity read `##vso[` and `##teamcity[` alike.
"""

from __future__ import annotations

import re

import msgspec

from validator.check import Fix
from validator.engine.findings import Finding, Report

#: Characters that print as nothing although Unicode counts them as letters or marks.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_COMMAND_ANYWHERE = re.compile(r"##(?=\w*\[)")
_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)")


def cleaned(report: Report) -> Report:
    """The same report with every text harmless; only Terraform snippets keep their line breaks."""
    return msgspec.structs.replace(
        report,
        version=clean(report.version),
        environment=clean(report.environment),
        project=clean(report.project),
        source=msgspec.structs.replace(report.source, kind=clean(report.source.kind), name=clean(report.source.name)),
        findings=tuple(map(_finding, report.findings)),
        rules=clean(report.rules),
        titles={check: clean(title) for check, title in report.titles.items()},
        notes=tuple(map(clean, report.notes)),
        empty=clean(report.empty),
    )


def clean(text: str) -> str:
    r"""One line of text in which nothing acts: controls, direction marks and line breaks show as `\x1b`, `\u202e`.

    Everything Python itself would not print raw is escaped (`str.isprintable`), spaces other than U+0020 included,
    so that two names that look the same are the same.
    """
    visible = "".join(char if char.isprintable() else _escape(char) for char in text)
    shown = _INVISIBLE.sub(lambda found: _escape(found[0]), visible)
    return _COMMAND_ANYWHERE.sub(r"#\\x23", shown)


def clean_block(text: str) -> str:
    """The same for text of several lines, whose line feeds stay."""
    return "\n".join(map(clean, text.split("\n")))


def clean_fix(fix: Fix) -> Fix:
    """The remedy, its Terraform in several lines as it was."""
    return Fix(
        summary=clean(fix.summary),
        gcloud=tuple(map(clean, fix.gcloud)),
        terraform=clean_block(fix.terraform),
    )


def inert(line: str) -> str:
    r"""The line, never starting with `::`: its first colon shows as `\x3a` if it did."""
    return _COMMAND_AT_START.sub(r"\1\\x3a", line)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _finding(finding: Finding) -> Finding:
    return msgspec.structs.replace(
        finding,
        rule=clean(finding.rule),
        check=clean(finding.check),
        subject=clean(finding.subject),
        code=clean(finding.code),
        message=clean(finding.message),
        evidence=tuple(map(clean, finding.evidence)),
        fix=clean_fix(finding.fix) if finding.fix else None,
    )
