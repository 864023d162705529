"""Text from the cloud neither moves the cursor, nor hides, nor commands a build."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.example import TAKEN, finding, report
from validator.check import Fix
from validator.engine.findings import Source, Status
from validator.report.clean import clean, clean_block, cleaned, inert

BIDI = ["\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("\x1b[31mred", r"\x1b[31mred", id="an escape sequence"),
        pytest.param("a\x9b2Jb", r"a\x9b2Jb", id="the one-byte control sequence introducer"),
        pytest.param("a\rPASS\n\tb\x00\x7f", r"a\rPASS\n\tb\x00\x7f", id="control characters and line breaks"),
        pytest.param("a\x85b\u2028c\u2029d", r"a\x85b\u2028c\u2029d", id="line breaks of Unicode"),
        pytest.param("a\u200bb\u200dc\ufeffd\u2060e\u00adf", r"a\u200bb\u200dc\ufeffd\u2060e\xadf", id="no width"),
        pytest.param("a\ufe0fb\u3164c\U000e0041", r"a\ufe0fb\u3164c\U000e0041", id="letters and marks nobody sees"),
        pytest.param("a\u00a0b\u2003c", r"a\xa0b\u2003c", id="spaces that are not the space"),
        pytest.param("a\ud800b", r"a\ud800b", id="half a surrogate pair, which no stream could write"),
        pytest.param("##[command]x", r"#\x23[command]x", id="a workflow command that needs no line start"),
        pytest.param("a ###vso[task.x]", r"a ##\x23vso[task.x]", id="the same of Azure Pipelines"),
        pytest.param("Prüfung → 東京 [red]x[/red] %s {0}", "Prüfung → 東京 [red]x[/red] %s {0}", id="plain text stays"),
    ],
)
def test_what_would_act_is_shown_instead(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@pytest.mark.parametrize("char", BIDI)
def test_direction_marks_are_shown(char: str) -> None:
    assert clean(f"a{char}b") == f"a\\u{ord(char):04x}b"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_but_printing_characters_and_spaces_is_left(text: str) -> None:
    left = clean(text)
    assert left.isprintable()
    assert not {unicodedata.category(char) for char in left} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean(left) == left
    assert "##[" not in left
    assert "##vso[" not in left


def test_a_snippet_keeps_its_line_feeds_only() -> None:
    assert clean_block("a {\n  b\r\n\x1b}") == "a {\n  b\\r\n\\x1b}"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("   ::error::x", r"   \x3a:error::x"),
        (":::x", r"\x3a::x"),
        ("a ::error::x", "a ::error::x"),
    ],
)
def test_no_line_starts_as_a_command(line: str, shown: str) -> None:
    assert inert(line) == shown


def test_every_text_of_a_report_is_cleaned() -> None:
    bad, shown = "\x1b", r"\x1b"
    fix = Fix(summary=bad, gcloud=(bad,), terraform=f"{bad}\n{bad}")
    texts = {"rule": bad, "check": bad, "subject": bad, "code": bad, "message": bad, "evidence": (bad,)}
    before = report(
        finding(Status.FAIL, **texts, fix=fix),
        version=bad,
        environment=bad,
        project=bad,
        source=Source(kind=bad, name=bad, taken_at=TAKEN),
        titles={"some.check": bad},
        notes=(bad,),
        empty=bad,
    )

    after = cleaned(before)

    found = after.findings[0]
    assert (found.rule, found.check, found.subject, found.code, found.message) == (shown,) * 5
    assert found.evidence == (shown,)
    assert found.fix == Fix(summary=shown, gcloud=(shown,), terraform=f"{shown}\n{shown}")
    assert (after.version, after.environment, after.project, after.empty) == (shown,) * 4
    assert (after.source.kind, after.source.name, after.notes, after.titles) == (
        shown,
        shown,
        (shown,),
        {"some.check": shown},
    )
