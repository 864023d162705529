"""Words fit the cells of a terminal, and none is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from validator.report.layout import cut, wrapped


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


@given(st.text(st.sampled_from("ab 東"), max_size=20), st.integers(min_value=2, max_value=12))
def test_a_cut_says_that_it_cut(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert shown == text or shown.endswith("…")
