"""Fifty probes, half of which get no answer, beside fifty that all answer: whole commands, in one run.

The gate's `redis.ping` against real Redis servers on loopback, and against sockets that accept and never answer. What
the silent half adds to the command is to stay below the budget of a single probe.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.measure import Measured, measure
from tests.e2e.gate import COMMAND, staging_rules
from tests.emulator.server import Emulator
from tests.environments.loopback import redis_at
from tests.probe.redis_server import free_port, running

_PROBES = 50
_BUDGET_S = 3.0
#: Redis binds to at most 16 addresses.
_MOST_ADDRESSES = 16
Places = list[tuple[str, int]]


class Probing(msgspec.Struct, frozen=True):
    """The commands, and what the silent probes add, as a share of one budget."""

    budget_s: float
    probes: int
    silent: int
    well: Measured
    mixed: Measured
    one: Measured
    ratio: float


def measure_probes() -> Probing:
    """The commands' figures, one after the other."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        half = _PROBES // 2
        well = stack.enter_context(_answering(Path(folder), _PROBES))
        dead = stack.enter_context(_silent(half))
        all_well = _gate(f"{_PROBES} probes, all answered", Path(folder), well)
        mixed = _gate(f"{_PROBES} probes, {half} silent", Path(folder), [*well[:half], *dead])
        one = _gate("1 probe, silent", Path(folder), dead[:1])
        ratio = round((mixed.wall_s_median - all_well.wall_s_median) / _BUDGET_S, 3)
        return Probing(_BUDGET_S, _PROBES, half, all_well, mixed, one, ratio)


def _gate(name: str, folder: Path, places: Places) -> Measured:
    rules = staging_rules(folder, probes=f'{{resolver: "127.0.0.1:1", budget_s: {_BUDGET_S}, pings: 3}}')
    with Emulator(redis_at(*places, auth=False)) as google:
        command = [str(COMMAND), "--env", "staging", "--rules", str(rules), "--api-endpoint", google.url]
        return measure(name, [*command, "--vantage", "vpc", "--check", "redis.ping"], runs=3)


@contextlib.contextmanager
def _answering(folder: Path, count: int) -> Iterator[Places]:
    """Real servers, each on as many addresses as it binds to."""
    port, hosts = free_port(), [f"127.0.1.{number}" for number in range(1, count + 1)]
    with contextlib.ExitStack() as stack:
        for first in range(0, count, _MOST_ADDRESSES):
            own = folder / f"redis-{first}"
            own.mkdir()
            some = hosts[first : first + _MOST_ADDRESSES]
            stack.enter_context(running(own, "--bind", *some, "--protected-mode", "no", port=port, host=some[0]))
        yield [(host, port) for host in hosts]


@contextlib.contextmanager
def _silent(count: int) -> Iterator[Places]:
    """Sockets that take connections and say nothing."""
    with contextlib.ExitStack() as stack:
        places: Places = []
        for number in range(1, count + 1):
            listener = stack.enter_context(socket.create_server((f"127.0.2.{number}", 0), backlog=64))
            places.append(listener.getsockname()[:2])
        yield places
