"""How near a CA's end is."""

from __future__ import annotations

import pytest

from tests.judging import NOW
from validator.gcp.certificates.ca_expiry import End, remaining


@pytest.mark.parametrize(
    ("created", "expires", "end"),
    [
        pytest.param("", "", End.UNKNOWN, id="not told"),
        pytest.param("", "soon", End.UNKNOWN, id="told in words"),
        pytest.param("", "2026-11-20T18:00:00Z", End.PAST, id="this very second"),
        pytest.param("", "2026-11-20T18:00:01.123456789Z", End.NEAR, id="in a second"),
        pytest.param("", "2026-12-20T17:59:59Z", End.NEAR, id="within thirty days"),
        pytest.param("", "2026-12-20T18:00:00Z", End.FAR, id="in thirty days"),
        pytest.param("2026-11-10T18:00:00Z", "2026-12-10T18:00:00Z", End.FAR, id="two thirds of a short life"),
        pytest.param("2026-10-20T18:00:00Z", "2026-11-25T18:00:00Z", End.NEAR, id="the end of a short life"),
        pytest.param("2027-01-01T00:00:00Z", "2026-12-01T00:00:00Z", End.NEAR, id="made after its own end"),
    ],
)
def test_the_end_is_near_from_thirty_days_or_a_third_of_the_life_before_it(
    created: str, expires: str, end: End
) -> None:
    assert remaining(created, expires, NOW, 30).end is end


def test_what_is_left_is_told_in_days() -> None:
    found = remaining("", "2026-12-01T06:00:00+02:00", NOW, 30)
    assert (found.days, found.day) == (10, "2026-12-01")
    assert remaining("", "", NOW, 30).day == "an unknown day"
