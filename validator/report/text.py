"""The report for a person: what failed comes last, because that is where a terminal and a build log end.

Every line starts with a status word or is indented below one, so that `grep FAIL` works. Colour only adds to the
words. No line is wider than asked for except commands and Terraform, which must survive copying.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
from rich.cells import cell_len
from rich.text import Text

from validator.check import Severity
from validator.engine.findings import Finding, Report, Status
from validator.report.blocks import INDENT, Block, headed, proofs, remedy
from validator.report.clean import cleaned
from validator.report.layout import cut, flowed, hanging, line_of, padded, printed

_NARROWEST = 40
#: Below this a message says nothing any more and is left out of a row.
_SHORTEST_MESSAGE = 16
#: The engine counts further failed reads in the message; the evidence names them all.
_MORE_READS = re.compile(r" \(and \d+ more reads?\)$")

_STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "bold magenta",
    Status.ERROR: "bold magenta",
    Status.SKIPPED: "dim",
    Status.WAIVED: "cyan",
}
#: Reasons for which a rule is skipped whole, as a line that names all such rules says them.
_WHOLE = {
    "OTHER_ENVIRONMENT": "meant for other environments",
    "PROBE_NOT_ASKED_FOR": "not judged without real connections, which --check-all makes",
}
_FAILURE_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_VERDICT_STYLES = {"pass": "bold green", "fail": "bold red", "unknown": "bold magenta"}


class _Page(msgspec.Struct, frozen=True):
    report: Report
    width: int
    verbose: bool

    def of(self, *statuses: Status) -> list[Finding]:
        """The findings of these statuses, in the report's order."""
        return [finding for finding in self.report.findings if finding.status in statuses]


def render(report: Report, *, width: int, color: bool, verbose: bool = False, quiet: bool = False) -> str:
    """The report as lines of at most `width` cells (40 at the least), ending in a line feed.

    `verbose` gives every finding its whole message and its evidence, one by one; `quiet` leaves only the header, what
    failed, what could not be decided, and the summary line.
    """
    page = _Page(cleaned(report), max(width, _NARROWEST), verbose)
    around = [_header(page)] if quiet else [_header(page), _passed(page), _skipped(page), _waived(page)]
    notes = [] if quiet else [_explanations(page), _notes(page)]
    blocks = filter(None, [*around, *_undecided(page), *_failures(page), *notes, _summary(page)])
    lines = [line for block in blocks for line in (Text(), *block)]
    return printed(lines[1:], color=color)


def _header(page: _Page) -> Block:
    report = page.report
    return headed(report.version, report.environment, report.project, report.source, report.rules, width=page.width)


def _passed(page: _Page) -> Block:
    return _table(page, page.of(Status.PASS), whole=page.verbose)


def _skipped(page: _Page) -> Block:
    """A row for each skip; rules that are skipped whole for one reason are named together."""
    found = page.of(Status.SKIPPED)
    whole = {} if page.verbose else {code: _rules_of(found, code) for code in _WHOLE}
    named = {rule for rules in whole.values() for rule in rules}
    rows = _table(page, [finding for finding in found if finding.rule not in named], whole=True)
    for code, rules in whole.items():
        # By name: whoever copied a ruleset must see which of its rules do not judge their environment.
        said = f"{_count(len(rules), 'rule')} {_WHOLE[code]}: {', '.join(rules)}"
        rows += _one_skip(said, page.width) if rules else []
    return rows


def _rules_of(found: list[Finding], code: str) -> list[str]:
    return sorted({finding.rule for finding in found if finding.code == code})


def _one_skip(said: str, width: int) -> Block:
    first, *rest = hanging("SKIP  ", said, width)
    return [line_of(first.plain, _STYLES[Status.SKIPPED], word="SKIP"), *rest]


def _waived(page: _Page) -> Block:
    return _table(page, page.of(Status.WAIVED), whole=True)


def _table(page: _Page, found: list[Finding], *, whole: bool) -> Block:
    """A row a finding; messages that do not fit are cut, or stand `whole` below their row."""
    rule = max((cell_len(finding.rule) for finding in found), default=0)
    subject = max((cell_len(finding.subject) for finding in found), default=0)
    columns = (min(rule, page.width * 30 // 100), min(subject, page.width * 34 // 100))
    return [line for finding in found for line in _row(page, finding, columns, whole=whole)]


def _row(page: _Page, finding: Finding, columns: tuple[int, int], *, whole: bool) -> Iterator[Text]:
    word = _word(finding)
    # The subject has a column of its own; a message that begins with it need not say it twice.
    said = finding.message.removeprefix(f"{finding.subject} ") or page.report.titles.get(finding.check, "")
    names = f"{word}  {padded(finding.rule, columns[0])}  {padded(finding.subject, columns[1])}  "
    room = page.width - cell_len(names)
    fits = cell_len(said) <= room if whole else room >= _SHORTEST_MESSAGE
    row = names + cut(said, room) if fits else names.rstrip()
    yield line_of(cut(row, page.width), _STYLES[finding.status], word=word)
    if whole and not fits:
        yield from hanging(INDENT, said, page.width)
    if page.verbose:
        yield from proofs(finding.evidence, page.width)


def _undecided(page: _Page) -> Iterator[Block]:
    found = page.of(Status.UNKNOWN) + page.of(Status.ERROR)
    return (_undecided_block(page, group) for group in _groups(page, found))


def _groups(page: _Page, found: Iterable[Finding]) -> Iterable[list[Finding]]:
    """Findings of one cause together: a refused read leaves many rules undecided and is said once."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(found):
        cause = (finding.status, finding.code, _gist(finding.message), finding.fix)
        groups.setdefault(number if page.verbose else cause, []).append(finding)
    return groups.values()


def _undecided_block(page: _Page, group: list[Finding]) -> Block:
    first, *others = group
    names = [_count(len(group), "finding")] if others else [first.rule, first.subject]
    evidence = dict.fromkeys(text for finding in group for text in finding.evidence)
    return [
        *_headline(page, _word(first), [*names, first.code], _STYLES[first.status]),
        *hanging(INDENT, _gist(first.message) if others else first.message, page.width),
        *(_concerned(page, group) if others else ()),
        *proofs(evidence, page.width),
        *remedy(first.fix, page.width),
    ]


def _gist(message: str) -> str:
    return _MORE_READS.sub("", message)


def _concerned(page: _Page, group: list[Finding]) -> Iterator[Text]:
    for rule in dict.fromkeys(finding.rule for finding in group):
        subjects = dict.fromkeys(finding.subject for finding in group if finding.rule == rule)
        yield from hanging(f"{INDENT}- ", f"{rule}: {', '.join(subjects)}", page.width)


def _failures(page: _Page) -> Iterator[Block]:
    """One block a failure, the gravest at the end; a remedy that was shown already is only referred to."""
    shown: dict[tuple[tuple[str, ...], str], Finding] = {}
    for finding in sorted(page.of(Status.FAIL), key=lambda finding: finding.severity.rank):
        first = shown.setdefault(_steps(finding), finding)
        names = [finding.severity.value, finding.rule, finding.subject, finding.code]
        yield [
            *_headline(page, _word(finding), names, _FAILURE_STYLES[finding.severity]),
            *hanging(INDENT, finding.message, page.width),
            *proofs(finding.evidence, page.width),
            *_remedy(page, finding, first),
        ]


def _steps(finding: Finding) -> tuple[tuple[str, ...], str]:
    """What is to be pasted."""
    return (finding.fix.gcloud, finding.fix.terraform) if finding.fix else ((), "")


def _remedy(page: _Page, finding: Finding, first: Finding) -> Iterator[Text]:
    """The remedy; without what is to be pasted where `first` has shown it."""
    if finding.fix and any(_steps(finding)) and first is not finding:
        said = f"{finding.fix.summary.rstrip('.')} (as for {first.rule} {first.subject} above)"
        yield from hanging(f"{INDENT}Fix: ", said, page.width, "bold")
    else:
        yield from remedy(finding.fix, page.width)


def _headline(page: _Page, word: str, names: list[str], style: str) -> Block:
    lead = f"{word}  "
    first, *rest = flowed(filter(None, names), page.width - len(lead), gap="  ") or [""]
    return [line_of(lead + first, style, word=word), *(line_of(INDENT + line) for line in rest)]


def _explanations(page: _Page) -> Block:
    """Where to read why each failed rule exists and how to mend what it found."""
    checks = sorted({finding.check for finding in page.of(Status.FAIL)})
    return hanging("WHY   ", f"validate-infra explain {' '.join(checks)}", page.width) if checks else []


def _notes(page: _Page) -> Block:
    return [line for note in page.report.notes for line in hanging("NOTE  ", note, page.width)]


def _summary(page: _Page) -> Block:
    report = page.report
    style = _VERDICT_STYLES[report.verdict]
    *counts, last = _counts(report)
    parts = [*(f"{count}," for count in counts), last, f"→ {report.verdict.upper()} (exit {report.exit_code})"]
    return [
        *(hanging("UNKNOWN  ", report.empty, page.width) if report.empty else ()),
        *(line_of(line, style) for line in flowed(parts, page.width, gap=" ")),
    ]


def _counts(report: Report) -> Iterator[str]:
    """What there is of each outcome, the gravest first; failures below `--fail-on` go by their severity's name."""
    of = report.summary
    failures = [finding.severity for finding in report.findings if finding.status is Status.FAIL]
    lighter = [severity for severity in failures if severity.rank < report.fail_on.rank]
    warnings = lighter.count(Severity.WARNING)
    if of[Status.SKIPPED] == len(report.findings):
        yield "nothing judged"
    counts = {
        "failed": len(failures) - len(lighter),
        "warning" if warnings == 1 else "warnings": warnings,
        "info": lighter.count(Severity.INFO),
        "crashed": of[Status.ERROR],
        "unknown": of[Status.UNKNOWN],
        "waived": of[Status.WAIVED],
        "passed": of[Status.PASS],
        "skipped": of[Status.SKIPPED],
    }
    yield from (f"{number} {name}" for name, number in counts.items() if number)
    if lost := sum(finding.code == "OUT_OF_REACH" for finding in report.findings):
        yield f"{lost} of them out of reach from here"


def _word(finding: Finding) -> str:
    """The status as the first column says it."""
    return "SKIP" if finding.status is Status.SKIPPED else finding.status.upper()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
