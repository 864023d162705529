"""The report for a person: the gravest last, nothing said twice, nothing a terminal would obey."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.report.example import finding, incident, report
from validator.check import Fix, Severity
from validator.engine.findings import Finding, Report, Status
from validator.report.layout import continued
from validator.report.text import render

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def plain(*findings: Finding, width: int = 80, verbose: bool = False, quiet: bool = False, **fields: object) -> str:
    """The report of the findings without colour."""
    return render(report(*findings, **fields), width=width, color=False, verbose=verbose, quiet=quiet)


def starts(text: str) -> list[str]:
    """The first word of every line that is not indented, the header aside."""
    words = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith(" ")]
    return [word for word in words if word.isupper()]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_only_commands_are_wider_than_asked(width: int, *, verbose: bool) -> None:
    text = render(incident(), width=width, color=False, verbose=verbose)
    fixes = [found.fix for found in incident().findings if found.fix]
    kept_whole = {line for fix in fixes for line in (*fix.gcloud, *fix.terraform.splitlines())}
    wide = [line.strip().removeprefix("$ ").removesuffix(" \\") for line in text.splitlines() if cell_len(line) > width]
    assert [part for part in wide if not any(part in line for line in kept_whole)] == []


@pytest.mark.parametrize("width", [20, 60, 80, 200])
@pytest.mark.parametrize(
    "command",
    [
        "gcloud run services update api --region=r --update-env-vars=REDIS_HOST=10.0.0.1 --project=acme",
        "gcloud x --a=1",
        "gcloud x --filter='a --b' --project=acme --and-more-that-does-not-fit=12345678901234567890123456789",
    ],
)
def test_a_command_over_several_lines_is_the_same_command_to_a_shell(command: str, width: int) -> None:
    lines = continued(command, width)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(command)
    assert all(line.endswith(" \\") for line in lines[:-1])


def test_what_failed_comes_last_and_errors_after_warnings() -> None:
    text = plain(
        finding(Status.FAIL, severity=Severity.ERROR, rule="grave"),
        finding(Status.FAIL, severity=Severity.INFO, rule="light"),
        finding(Status.FAIL, severity=Severity.WARNING, rule="odd"),
        finding(Status.ERROR),
        finding(Status.UNKNOWN),
        finding(Status.WAIVED),
        finding(Status.SKIPPED),
        finding(Status.PASS),
    )
    assert starts(text) == ["PASS", "SKIP", "WAIVED", "UNKNOWN", "ERROR", "FAIL", "FAIL", "FAIL", "WHY"]
    assert text.index("info  light") < text.index("warning  odd") < text.index("error  grave")


def test_a_pass_without_a_message_says_the_good_state() -> None:
    assert "PASS  a-rule  network/n  A declared network exists." in plain(
        finding(rule="a-rule", check="network.exists", subject="network/n")
    )


def test_a_pass_is_one_line_however_long() -> None:
    text = plain(finding(message="word " * 50, rule="a-rule"))
    (line,) = [line for line in text.splitlines() if line.startswith("PASS")]
    assert line.endswith("…")
    assert text.count("word") == line.count("word")


def test_commands_and_snippets_are_never_broken() -> None:
    command, snippet = "gcloud " + "x" * 300, 'a "b" {\n  c = "' + "y" * 300 + '"\n}\n'
    text = plain(finding(Status.FAIL, fix=Fix(summary="s", gcloud=(command,), terraform=snippet)), width=60)
    assert f"\n      $ {command}\n" in text
    assert "".join(f"        {line}\n" for line in snippet.splitlines()) in text


def test_one_refused_read_is_said_once_with_all_it_concerns() -> None:
    cause = {"code": "PERMISSION_DENIED", "message": "not known: secrets were refused"}
    found = [finding(Status.UNKNOWN, rule="run-ready", subject=f"run/s{n}", **cause) for n in range(20)]
    more = cause | {"message": "not known: secrets were refused (and 2 more reads)"}
    text = plain(*found, finding(Status.UNKNOWN, rule="other", evidence=("a read", "another"), **more), width=200)

    assert text.count("secrets were refused") == 1
    assert "UNKNOWN  21 findings  PERMISSION_DENIED\n" in text
    assert "      - run-ready: run/s0, run/s1, " in text
    assert "      - other: vm/a\n      · a read\n      · another\n" in text
    assert "21 unknown → UNKNOWN (exit 3)" in text


@pytest.mark.parametrize("difference", [{"code": "B"}, {"message": "b"}, {"fix": Fix(summary="b")}])
def test_different_causes_stay_apart(difference: dict[str, Any]) -> None:
    same = {"code": "A", "message": "a", "fix": Fix(summary="a")}
    text = plain(finding(Status.UNKNOWN, **same), finding(Status.UNKNOWN, **(same | difference)))
    assert starts(text) == ["UNKNOWN", "UNKNOWN"]


def test_verbose_says_everything_one_by_one() -> None:
    long = " ".join(f"word{n}" for n in range(40))
    text = plain(
        finding(message=long, evidence=("seen/here",)),
        finding(Status.UNKNOWN, message="m"),
        finding(Status.UNKNOWN, message="m", rule="other"),
        finding(Status.SKIPPED, code="OTHER_ENVIRONMENT", message="meant for prod, not for staging", subject="*"),
        verbose=True,
    )
    assert "word39" in text
    assert "· seen/here" in text
    assert starts(text).count("UNKNOWN") == 2
    assert "SKIP  some-rule  *  meant for prod, not for staging" in text


def test_quiet_leaves_problems_and_the_summary() -> None:
    text = render(incident(), width=80, color=False, quiet=True)
    assert set(starts(text)) == {"UNKNOWN", "ERROR", "FAIL"}
    assert text.startswith("validate-infra 0.1.0 · staging"), "what was judged, and when, is part of any verdict"
    assert text.endswith("→ FAIL (exit 1)\n")


def test_quiet_and_all_well_is_the_header_and_one_line() -> None:
    header, verdict = plain(finding(), quiet=True).split("\n\n")
    assert header.startswith("validate-infra 0.1.0")
    assert verdict == "1 passed → PASS (exit 0)\n"


def test_rules_of_other_environments_are_named_together() -> None:
    rows = [finding(Status.SKIPPED, rule=f"r{n}", code="OTHER_ENVIRONMENT", message="meant for prod") for n in range(9)]
    text = plain(finding(), *rows)
    assert "SKIP  9 rules meant for other environments: r0, r1, r2, r3, r4, r5, r6, r7, r8\n" in text
    assert starts(text) == ["PASS", "SKIP"]


def test_a_skip_says_its_whole_reason() -> None:
    reason = " ".join(f"reason{n}" for n in range(20))
    text = plain(finding(Status.SKIPPED, message=reason))
    assert " ".join(text.split()).count(reason) == 1


@pytest.mark.parametrize(
    ("what", "last"),
    [
        pytest.param(report(finding(), finding()), "2 passed → PASS (exit 0)", id="all passed"),
        pytest.param(
            report(finding(Status.FAIL), finding(Status.FAIL, severity=Severity.WARNING)),
            "1 failed, 1 warning → FAIL (exit 1)",
            id="a warning below --fail-on goes by its name",
        ),
        pytest.param(
            report(finding(Status.FAIL, severity=Severity.WARNING), finding(), fail_on=Severity.WARNING),
            "1 failed, 1 passed → FAIL (exit 1)",
            id="a warning that fails the run is called failed",
        ),
        pytest.param(
            report(finding(Status.FAIL, severity=Severity.INFO), finding(Status.FAIL, severity=Severity.WARNING)),
            "1 warning, 1 info → PASS (exit 0)",
            id="warnings alone pass",
        ),
        pytest.param(
            report(finding(Status.SKIPPED)), "nothing judged, 1 skipped → UNKNOWN (exit 3)", id="only skipped"
        ),
        pytest.param(
            report(finding(), empty="connector/x* matches nothing"),
            "UNKNOWN  connector/x* matches nothing\n1 passed → UNKNOWN (exit 3)",
            id="a selector that matched nothing",
        ),
    ],
)
def test_the_last_line_counts_and_gives_the_exit_code(what: Report, last: str) -> None:
    assert render(what, width=80, color=False).endswith(f"\n{last}\n")


def test_the_reason_of_an_empty_run_is_said_even_quietly() -> None:
    text = plain(empty="no rule was selected", quiet=True)
    assert text.endswith("\n\nUNKNOWN  no rule was selected\nnothing judged → UNKNOWN (exit 3)\n")


def test_the_failed_checks_can_be_read_up() -> None:
    text = plain(*(finding(Status.FAIL, check=check) for check in ("redis.ready", "a.b", "redis.ready")))
    assert "\nWHY   validate-infra explain a.b redis.ready\n" in text


def test_notes_stand_before_the_summary() -> None:
    assert plain(finding(), notes=("one", "two")).endswith("\nNOTE  one\nNOTE  two\n\n1 passed → PASS (exit 0)\n")


def test_colour_only_adds() -> None:
    colored, bare = (render(incident(), width=80, color=color) for color in (True, False))
    assert ESCAPES.sub("", colored) == bare
    assert "\x1b[1;31mFAIL\x1b[0m" in colored
    assert "\x1b" not in bare


@pytest.mark.parametrize("color", [True, False])
def test_colour_does_not_depend_on_the_process(monkeypatch: pytest.MonkeyPatch, *, color: bool) -> None:
    expected = render(incident(), width=80, color=color)
    for name, value in {"NO_COLOR" if color else "FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "20"}.items():
        monkeypatch.setenv(name, value)
    assert render(incident(), width=80, color=color) == expected


HOSTILE = st.text(st.sampled_from("\x1b\x9b[2J\r\n\u2028\u202e :#[]/ab\ud800東{}%"), max_size=30)


def hostile(text: str, status: Status, fix: Fix) -> Report:
    """A report that says the text everywhere."""
    bad = {"rule": text, "subject": text, "code": text, "message": text, "evidence": (text,), "fix": fix}
    return report(
        finding(status, **bad), environment=text, project=text, titles={"some.check": text}, notes=(text,), empty=text
    )


@given(HOSTILE, st.sampled_from(Status), st.booleans())
def test_hostile_text_only_prints(text: str, status: Status, verbose: bool) -> None:  # noqa: FBT001
    what = hostile(text, status, Fix(summary=text, gcloud=(text,), terraform=text))
    shown, colored = (render(what, width=40, color=color, verbose=verbose) for color in (False, True))
    assert all(line.isprintable() for line in shown.split("\n"))
    assert not re.search(r"^\s*::|##\[", shown, re.MULTILINE)
    assert ESCAPES.sub("", colored) == shown


@given(HOSTILE, st.sampled_from(Status), st.sampled_from([40, 80]), st.booleans())
def test_hostile_text_keeps_to_the_width(text: str, status: Status, width: int, verbose: bool) -> None:  # noqa: FBT001
    shown = render(hostile(text, status, Fix(summary=text)), width=width, color=False, verbose=verbose)
    assert [line for line in shown.split("\n") if cell_len(line) > width] == []


@pytest.mark.parametrize("attack", ["::error::x", "x\n::error::x", "x\r::set-output name=a::b", "##[error]x"])
def test_no_workflow_command_gets_through(attack: str) -> None:
    fix = Fix(summary=attack, gcloud=(attack,), terraform=attack)
    text = plain(finding(Status.FAIL, rule=attack, message=attack, evidence=(attack,), fix=fix), width=40)
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##[" not in text


def test_square_brackets_are_text() -> None:
    assert "[bold red]x[/] :warning:" in plain(finding(Status.FAIL, message="[bold red]x[/] :warning:"))


def test_commands_that_were_shown_already_are_referred_to() -> None:
    mend = Fix(summary="move it.", gcloud=("gcloud move it",))
    rows = [finding(Status.FAIL, rule=rule, code="LOST", fix=mend) for rule in ("a-first", "b-second")]
    text = plain(*rows)
    assert text.count("gcloud move it") == 1
    assert text.index("gcloud move it") < text.index("move it (as for a-first vm/a above)")


def test_how_many_probes_could_not_be_made_from_here_is_told_even_quietly() -> None:
    rows = [finding(), finding(Status.SKIPPED, code="OUT_OF_REACH", rule="ping")]
    assert "1 skipped, 1 of them out of reach from here" in plain(*rows)
