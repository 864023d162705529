"""A bounded pool of daemon threads, each with an HTTP connection of its own.

httplib2 is not thread-safe, hence one object a thread; daemon threads, so that a server that never stops
dripping cannot hold the process once the time budget is spent (threads of `concurrent.futures` are joined at
exit).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

Result = TypeVar("Result")
Key = TypeVar("Key")


class Connection(Protocol):
    """What a thread works with."""

    def close(self) -> None:
        """Drop the sockets."""


Work = Callable[[Any], Result]


class Pool(Generic[Key, Result]):
    """Runs work on at most `workers` threads; results come back in the order they finish."""

    def __init__(
        self, workers: int, connect: Callable[[], Connection], *, beside: Pool[Key, Result] | None = None
    ) -> None:
        """A pool without threads yet.

        Args:
            workers: how many threads there may be at once.
            connect: makes a thread's connection.
            beside: a pool whose `next` gives this one's results too.
        """
        self._workers = workers
        self._connect = connect
        self._tasks: queue.SimpleQueue[tuple[Key, Work[Result]] | None] = queue.SimpleQueue()
        #: What is finished, of every pool beside this one.
        self.done: queue.SimpleQueue[tuple[Pool[Key, Result], Key, Result | BaseException]] = (
            beside.done if beside else queue.SimpleQueue()
        )
        self._threads: list[threading.Thread] = []
        self.pending = 0

    def submit(self, key: Key, work: Work[Result]) -> None:
        """Queue work; it is called with its thread's connection."""
        self.pending += 1
        self._tasks.put((key, work))
        if len(self._threads) < min(self._workers, self.pending):
            thread = threading.Thread(target=self._serve, daemon=True, name=f"read-{len(self._threads) + 1}")
            self._threads.append(thread)
            thread.start()

    def next(self, timeout_s: float) -> tuple[Key, Result]:
        """The next finished piece of work.

        Raises:
            TimeoutError: nothing finished in time.
            BaseException: whatever the work raised.
        """
        try:
            pool, key, result = self.done.get(timeout=max(timeout_s, 0.001))
        except queue.Empty:
            raise TimeoutError from None
        pool.pending -= 1
        if isinstance(result, BaseException):
            raise result
        return key, result

    def close(self) -> None:
        """End every idle thread, and every other one once it is done; waits only for threads without work.

        A thread that still runs Python code while the interpreter shuts down can crash it, so none is left running
        that could be waited for; `cli` leaves without a shutdown where one is.
        """
        for _ in self._threads:
            self._tasks.put(None)
        if not self.pending:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        connection = None
        while task := self._tasks.get():
            key, work = task
            try:
                connection = connection or self._connect()
                self.done.put((self, key, work(connection)))
            except BaseException as problem:  # noqa: BLE001 - handed to the thread that waits for the result
                self.done.put((self, key, problem))
        if connection is not None:
            connection.close()
