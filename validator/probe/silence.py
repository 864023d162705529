"""DNS servers that were found silent: the rest of a run's questions are not waited for."""

from __future__ import annotations

import threading
from collections import Counter

#: Questions without an answer, and none with one, after which a server is not asked again.
_ENOUGH = 4


class Silence:
    """Remembers, by server, whether it has answered anything, and how often it did not; many threads use it at once."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._guard = threading.Lock()
        self._answered: set[str] = set()
        self._unanswered: Counter[str] = Counter()

    def known_of(self, server: str) -> bool:
        """Whether the server is not to be asked again."""
        with self._guard:
            return server not in self._answered and self._unanswered[server] >= _ENOUGH

    def note(self, server: str, *, answered: bool) -> None:
        """What came of a question: whatever was answered, be it a refusal, ends the suspicion for good."""
        with self._guard:
            if answered:
                self._answered.add(server)
            else:
                self._unanswered[server] += 1
