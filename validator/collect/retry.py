"""Try again within one time budget that all calls of a run share.

`google.api_core.retry` does not fit: it neither honours Retry-After nor shares one deadline between calls,
and its clock and its sleep cannot be handed in. `HttpRequest.execute(num_retries=…)` misses rate limits in the
newer error envelope (it looks at `status`, which says PERMISSION_DENIED there).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from validator.model.outcome import Cause, Outcome
from validator.patience import Budget

T = TypeVar("T")

#: Tries of a call whose failure may not be temporary; a rate limit is waited out as long as the budget lasts.
_TRIES = 5
_RATE_FIX = (
    "run again with a larger --timeout, or ask for more quota: https://console.cloud.google.com/iam-admin/quotas"
)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt failed, whether another may succeed, and how long the server asked to wait."""

    outcome: Outcome
    retryable: bool = False
    retry_after_s: float = 0.0


def persist(attempt: Callable[[], T], judge: Callable[[Exception], Failure], budget: Budget) -> T | Failure:
    """The result of the first attempt that works, else the failure that ended the trying.

    `judge` turns an exception into a failure; whatever it raises itself passes through.
    """
    tries, last = 0, Failure(outcome=Outcome(cause=Cause.TIMEOUT, message="nothing was asked"))
    while budget.remaining() > 0:
        tries += 1
        try:
            return attempt()
        except Exception as problem:  # noqa: BLE001 - judge() tells what it is, and raises what is a bug
            last = judge(problem)
        if not last.retryable or (tries >= _TRIES and last.outcome.cause is not Cause.RATE_LIMITED):
            return _final(last, tries)
        pause = budget.pause(tries, last.retry_after_s)
        if pause >= budget.remaining():
            break
        budget.sleep(pause)
    return _out_of_time(last, tries, budget)


def _final(last: Failure, tries: int) -> Failure:
    if tries == 1:
        return last
    told = msgspec.structs.replace(last.outcome, message=f"{last.outcome.message} (tried {tries} times)")
    return msgspec.structs.replace(last, outcome=told)


def _out_of_time(last: Failure, tries: int, budget: Budget) -> Failure:
    limit = f"the time budget of {budget.seconds:g} s is spent"
    if not tries:
        message, fix = f"not asked: {limit}", "run again with a larger --timeout"
    else:
        times = "1 try" if tries == 1 else f"{tries} tries"
        message = f"{limit} after {times}; the last one: {last.outcome.message}"
        limited = last.outcome.cause is Cause.RATE_LIMITED
        fix = _RATE_FIX if limited else last.outcome.fix or "run again with a larger --timeout"
    return Failure(outcome=Outcome(cause=Cause.TIMEOUT, message=message, fix=fix))
