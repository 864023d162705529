"""Words fit the cells of a terminal, and none is lost."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from validator.report.layout import continued, cut, line_of, wrapped


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        pytest.param("one two three", 8, ["one two", "three"], id="a line breaks at a space"),
        pytest.param("at projects/p/x", 10, ["at", "projects/", "p/x"], id="a long name breaks after a slash"),
        pytest.param("projects/p/x y", 10, ["projects/", "p/x y"], id="and goes on"),
        pytest.param("abcdefghij", 4, ["abcd", "efgh", "ij"], id="a word without slashes breaks anywhere"),
        pytest.param("東京東京", 4, ["東京", "東京"], id="a wide character takes two cells"),
        pytest.param("open to ::/0 now", 8, ["open", "to ::/0", "now"], id="no line starts with two colons"),
        pytest.param("", 8, [], id="nothing is no line"),
    ],
)
def test_text_wraps(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


@given(st.text(st.sampled_from("ab/: 東")), st.integers(min_value=2, max_value=12))
def test_wrapping_fits_and_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.text(st.sampled_from("ab/: 東")), st.integers(min_value=6, max_value=40))
@example("::22222222222222", 16)
@example("22222222222222::2222222222222222", 14)
def test_wrapping_leaves_room_to_disarm_a_line_that_starts_with_two_colons(text: str, width: int) -> None:
    shown = [line_of(line).plain for line in wrapped(text, width)]
    assert [line for line in shown if cell_len(line) > width] == []


@given(st.text(st.sampled_from("ab 東"), max_size=20), st.integers(min_value=2, max_value=12))
def test_a_cut_says_that_it_cut(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert shown == text or shown.endswith("…")


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        pytest.param("g run --a=1 --b=2", ["g run \\", "  --a=1 \\", "  --b=2"], id="before each flag"),
        pytest.param(
            "g run --a='*.x --no' --b=2", ["g run \\", "  --a='*.x --no' \\", "  --b=2"], id="never within quotes"
        ),
        pytest.param('g run --a="x" --b=2', ['g run --a="x" --b=2'], id="not at all where quotes are hard to tell"),
        pytest.param("g run --a=it's --b=2", ["g run --a=it's --b=2"], id="nor where one is open"),
    ],
)
def test_a_command_breaks_where_a_shell_puts_it_together_again(command: str, lines: list[str]) -> None:
    assert continued(command, 9) == lines


@given(st.lists(st.sampled_from(["--a", "--b='x y --z'", "word", "'*.q'"]), max_size=6))
def test_a_broken_command_is_the_same_command(words: list[str]) -> None:
    joined = " ".join(["g", *words])
    again = "\n".join(continued(joined, 12)).replace(" \\\n", " ")
    assert shlex.split(again) == shlex.split(joined)
