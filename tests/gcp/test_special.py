"""Addresses with a meaning of their own, in words and as rules say them."""

from __future__ import annotations

import pytest

from validator.gcp.special import ANY_PUBLIC, spell_place, widened
from validator.headerspace.axes import V4, V6, addresses
from validator.headerspace.intervals import Intervals

TEN = addresses(("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (ANY_PUBLIC, "any public address"),
        (ANY_PUBLIC & V4, "any public address"),
        (ANY_PUBLIC & V6, "any public address"),
        (TEN, "10.0.0.0/8"),
        (addresses(("8.8.8.8",)), "8.8.8.8"),
        (TEN & V6, ""),
    ],
    ids=["both families", "IPv4", "IPv6", "a range", "an address", "nothing"],
)
def test_the_internet_is_called_by_name(some: Intervals, words: str) -> None:
    assert spell_place(some) == words


def test_only_the_whole_internet_of_a_family_is_widened() -> None:
    assert widened(ANY_PUBLIC & V4) == V4
    assert widened(ANY_PUBLIC & V4 | TEN) == V4
    assert widened(ANY_PUBLIC) == V4 | V6
    assert widened(TEN) == TEN
    less = (ANY_PUBLIC & V4) - addresses(("8.8.8.8",))
    assert widened(less) == less
