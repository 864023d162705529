"""A circuit breaker over all probes of a run: who was found silent is not waited for again.

https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator

from validator.gcp.observed.failure import Failure


class Circuit:
    """Remembers, by endpoint, how a first probe failed; those that come meanwhile wait for it instead of trying too."""

    def __init__(self) -> None:
        """A circuit that knows nothing of anybody yet."""
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._open: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._answered: set[str] = set()
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def turn(self, endpoint: str, patience_s: float) -> Iterator[str]:
        """How those before failed, after no more than the patience; "" where it is the caller's turn to try.

        Nobody else has the turn before the block ends, until one has ended well: from then on nobody waits.
        """
        if endpoint in self._answered:
            yield ""
            return
        with self._guard:
            lock = self._locks[endpoint]
        if not lock.acquire(timeout=patience_s):
            yield self._seen.get(endpoint, Failure.TIMED_OUT)
            return
        try:
            yield self._open.get(endpoint, "")
            self._answered.add(endpoint)
        finally:
            lock.release()

    def note(self, endpoint: str, failure: str) -> None:
        """Remember a try that failed, for those who cannot wait until the last one."""
        self._seen[endpoint] = failure

    def trip(self, endpoint: str, failure: str) -> None:
        """Let nobody wait for the endpoint again in this run."""
        self._open[endpoint] = failure
