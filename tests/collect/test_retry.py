"""Tests of trying again within a budget."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.collect.servers import FakeTime
from validator.collect.retry import Failure, persist
from validator.model.outcome import Cause, Outcome


def failing(*causes: Cause, wait_s: float = 0.0) -> tuple[Callable[[], str], Callable[[Exception], Failure]]:
    """An attempt that fails with each cause in turn, then gives "done"; and its judge."""
    left = list(causes)

    def attempt() -> str:
        if left:
            raise ValueError(left.pop(0))
        return "done"

    def judge(problem: Exception) -> Failure:
        cause = problem.args[0]
        outcome = Outcome(cause=cause, message=f"failed as {cause.value}", fix="mend it")
        again = cause is not Cause.NOT_FOUND
        return Failure(outcome=outcome, retryable=again, retry_after_s=wait_s)

    return attempt, judge


def test_what_works_at_once_is_not_waited_for() -> None:
    time = FakeTime()
    assert persist(*failing(), time.budget(60)) == "done"
    assert time.slept == []


def test_pauses_double() -> None:
    time = FakeTime()
    assert persist(*failing(*[Cause.UNAVAILABLE] * 4), time.budget(60)) == "done"
    assert time.slept == [0.5, 1.0, 2.0, 4.0]


def test_jitter_reaches_down_to_zero() -> None:
    time = FakeTime()
    assert persist(*failing(Cause.UNAVAILABLE, Cause.UNAVAILABLE), time.budget(60, luck=0.0)) == "done"
    assert time.slept == [0.0, 0.0]


def test_the_pause_stops_growing() -> None:
    time = FakeTime()
    assert persist(*failing(*[Cause.RATE_LIMITED] * 2000), time.budget(10**6)) == "done"
    assert max(time.slept) == 32.0


def test_what_cannot_get_better_is_tried_once() -> None:
    time = FakeTime()
    result = persist(*failing(Cause.NOT_FOUND), time.budget(60))
    assert isinstance(result, Failure)
    assert result.outcome == Outcome(cause=Cause.NOT_FOUND, message="failed as not_found", fix="mend it")
    assert time.slept == []


def test_a_server_that_stays_broken_is_given_up_before_the_budget_ends() -> None:
    time = FakeTime()
    result = persist(*failing(*[Cause.UNAVAILABLE] * 100), time.budget(3600))
    assert isinstance(result, Failure)
    assert result.outcome.cause is Cause.UNAVAILABLE
    assert "tried 5 times" in result.outcome.message
    assert sum(time.slept) < 10


def test_a_rate_limit_is_waited_out_as_long_as_the_budget_lasts() -> None:
    time = FakeTime()
    assert persist(*failing(*[Cause.RATE_LIMITED] * 10), time.budget(3600)) == "done"


def test_retry_after_is_honoured() -> None:
    time = FakeTime()
    assert persist(*failing(Cause.RATE_LIMITED, wait_s=17.0), time.budget(60, luck=0.5)) == "done"
    assert time.slept == [17.25]


@pytest.mark.parametrize("wait_s", [30.0, 1e9], ids=["as long as the budget", "for years"])
def test_a_pause_longer_than_the_budget_ends_the_call_at_once(wait_s: float) -> None:
    time = FakeTime()
    result = persist(*failing(Cause.RATE_LIMITED, wait_s=wait_s), time.budget(30))
    assert isinstance(result, Failure)
    assert result.outcome.cause is Cause.TIMEOUT
    assert "30 s is spent after 1 try; the last one: failed as rate_limited" in result.outcome.message
    assert "--timeout" in result.outcome.fix
    assert time.slept == []


def test_the_end_of_the_budget_names_the_last_error() -> None:
    time = FakeTime()
    result = persist(*failing(*[Cause.CONNECTION] * 9), time.budget(2))
    assert isinstance(result, Failure)
    assert result.outcome.cause is Cause.TIMEOUT
    assert "the last one: failed as connection" in result.outcome.message
    assert result.outcome.fix == "mend it"
    assert sum(time.slept) <= 2


def test_a_spent_budget_asks_nothing() -> None:
    time = FakeTime()
    budget = time.budget(5)
    time.sleep(6)
    asked: list[int] = []
    result = persist(lambda: asked.append(1), lambda _problem: Failure(outcome=Outcome()), budget)
    assert isinstance(result, Failure)
    assert result.outcome.cause is Cause.TIMEOUT
    assert result.outcome.message.startswith("not asked")
    assert asked == []


def test_all_calls_share_one_budget() -> None:
    time = FakeTime()
    budget = time.budget(4)
    assert persist(*failing(Cause.UNAVAILABLE, Cause.UNAVAILABLE, Cause.UNAVAILABLE), budget) == "done"
    result = persist(*failing(Cause.UNAVAILABLE), budget)
    assert isinstance(result, Failure)
    assert result.outcome.cause is Cause.TIMEOUT


def test_an_interruption_passes_through() -> None:
    def attempt() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        persist(attempt, lambda _problem: Failure(outcome=Outcome()), FakeTime().budget(60))
