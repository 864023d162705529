"""A circuit breaker over all probes of a run: who was found silent is not waited for again.

https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
"""

from __future__ import annotations

import threading
from collections import defaultdict


class Circuit:
    """Remembers, by endpoint, how a first probe failed; those that come meanwhile wait for it instead of trying too."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._open: dict[str, str] = {}
        self._guard = threading.Lock()

    def turn(self, endpoint: str) -> threading.Lock:
        """The lock to hold while the endpoint is tried, so that others learn from it."""
        with self._guard:
            return self._locks[endpoint]

    def opened(self, endpoint: str) -> str:
        """Why the endpoint is not to be tried again; "" where nothing speaks against it."""
        return self._open.get(endpoint, "")

    def trip(self, endpoint: str, why: str) -> None:
        """Let nobody wait for the endpoint again in this run."""
        self._open[endpoint] = why
