"""The pool: bounded, one connection a thread, nothing left behind."""

from __future__ import annotations

import io
import threading

import pytest

from validator.collect.pool import Pool


def test_each_thread_has_a_connection_of_its_own_and_closes_it_at_the_end() -> None:
    others = set(threading.enumerate())
    made: list[io.StringIO] = []
    both = threading.Barrier(2)

    def connect() -> io.StringIO:
        made.append(io.StringIO())
        return made[-1]

    def work(connection: io.StringIO) -> int:
        both.wait(10)
        return id(connection)

    pool: Pool[str, int] = Pool(2, connect)
    for key in "ab":
        pool.submit(key, work)
    used = {pool.next(10)[1] for _ in "ab"}
    threads = set(threading.enumerate()) - others
    pool.close()
    for thread in threads:
        thread.join(10)
    assert len(used) == len(threads) == 2
    assert not any(thread.is_alive() for thread in threads)
    assert all(connection.closed for connection in made)


def test_no_more_threads_than_workers() -> None:
    pool: Pool[int, str] = Pool(3, io.StringIO)
    for number in range(20):
        pool.submit(number, lambda _: threading.current_thread().name)
    names = {pool.next(10)[1] for _ in range(20)}
    pool.close()
    assert len(names) <= 3


def test_time_that_runs_out_is_said() -> None:
    pool: Pool[int, None] = Pool(1, io.StringIO)
    with pytest.raises(TimeoutError):
        pool.next(0.01)
