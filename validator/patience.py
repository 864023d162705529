"""How long something may take, and how long to wait between two tries of it."""

from __future__ import annotations

from collections.abc import Callable


class Budget:
    """The seconds something may take, counted from its making; safe to share between threads."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        random: Callable[[], float],
        first_s: float = 0.5,
        longest_s: float = 32.0,
    ) -> None:
        """Start the budget.

        Args:
            seconds: what it may take.
            clock: a monotonic clock, seconds.
            sleep: waits that many seconds; `threading.Event().wait` makes the pauses interruptible.
            random: uniform in 0..1.
            first_s: longest pause after the first failed try, seconds; it doubles with each further one.
            longest_s: longest pause that this growing asks for, seconds.
        """
        self.seconds = seconds
        self._clock = clock
        self._random = random
        self._first_s = first_s
        self._longest_s = longest_s
        self._end = clock() + seconds
        self.sleep = sleep

    def remaining(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self._end - self._clock())

    def pause(self, tries: int, retry_after_s: float = 0.0) -> float:
        """Seconds to wait after this many failed tries: full jitter, at least what the server asked for.

        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        # The exponent is capped because 2.0**1024 overflows.
        ceiling = min(self._longest_s, self._first_s * 2.0 ** min(tries - 1, 16))
        # Jitter comes on top of Retry-After too, or all threads come back in the same instant.
        return retry_after_s + self._random() * ceiling
