"""Who waits for whom."""

from __future__ import annotations

import contextlib

from validator.probe.circuit import Circuit


def test_nobody_waits_for_an_endpoint_that_has_answered() -> None:
    """Hundreds of names may lead to one address: in single file they would run out of time."""
    circuit = Circuit()
    with circuit.turn("here", 1):
        pass
    with circuit.turn("here", 0) as first, circuit.turn("here", 0) as second:
        assert (first, second) == ("", "")


def test_whoever_comes_while_an_endpoint_is_tried_the_first_time_waits() -> None:
    circuit = Circuit()
    with circuit.turn("here", 1):
        circuit.note("here", "REFUSED")
        with circuit.turn("here", 0) as second:
            assert second == "REFUSED"


def test_a_failure_is_told_to_all_who_come_later() -> None:
    circuit = Circuit()
    with contextlib.suppress(TimeoutError), circuit.turn("here", 1):
        circuit.trip("here", "TIMED_OUT")
        raise TimeoutError
    with circuit.turn("here", 0) as known:
        assert known == "TIMED_OUT"
