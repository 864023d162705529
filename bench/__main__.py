"""`make bench`: start-up, the offline gate, and the live gate at several delays a call, kept as JSON.

The floor of a live run is its longest chain of dependent calls times the delay; the last column shows how far above
it the tool stays, as a ratio taken in the same run: live / (chain x delay + live without delay).
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.measure import Measured, measure
from tests.e2e.gate import COMMAND, staging_rules
from tests.emulator.server import Emulator
from tests.environments.incident import incident
from validator import __version__
from validator.app import Session, this_machine
from validator.engine.planner import CollectionPlan, parents
from validator.model.resource import Resource
from validator.options import Options

_DELAYS_S = (0.0, 0.05, 0.1)
_KEEP = Path(__file__).parent / "results/latest.json"


class Live(msgspec.Struct, frozen=True):
    """The live gate at one delay."""

    delay_s: float
    chain: int
    calls: int
    measured: Measured
    ratio: float


class Results(msgspec.Struct, frozen=True):
    """Everything one run of the bench measured, and where."""

    version: str
    taken_at: dt.datetime
    machine: dict[str, str]
    commands: list[Measured]
    live: list[Live]


def main() -> int:
    """Measure, print, keep."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        rules = staging_rules(Path(folder))
        commands = _commands()
        _print(commands)
        live = _live(rules)
    machine = {"python": platform.python_version(), "system": platform.platform(), "cpus": str(os.cpu_count())}
    results = Results(__version__, dt.datetime.now(dt.UTC), machine, commands, live)
    _KEEP.parent.mkdir(exist_ok=True)
    _KEEP.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    print(f"\nkept in {_KEEP.parent.name}/{_KEEP.name}; {machine}")
    return 0


def _commands() -> list[Measured]:
    gate = str(COMMAND)
    return [
        measure("python -c pass", [sys.executable, "-c", "pass"]),
        measure("--version", [gate, "--version"]),
        measure("--help", [gate, "--help"]),
        measure("offline gate, demo", [gate, "--env", "demo", "--check-all"]),
        measure("offline gate, demo, JSON", [gate, "--env", "demo", "--check-all", "--report", "json"]),
    ]


def _live(rules: Path) -> list[Live]:
    found: list[Live] = []
    for delay_s in _DELAYS_S:
        with Emulator(incident(), delay_s=delay_s) as google:
            options = Options(env="staging", rules=rules, api_endpoint=google.url)
            command = [str(COMMAND), "--env", "staging", "--rules", str(rules), "--api-endpoint", google.url]
            measured = measure(f"live gate, {delay_s * 1000:.0f} ms a call", command)
            runs = 1 + measured.runs
            calls = len(google.requests) // runs
            chain = longest_chain(Session(options, this_machine({})).plan, set(google.calls))
        base = found[0].measured.wall_s_median if found else measured.wall_s_median
        ratio = measured.wall_s_median / (chain * delay_s + base)
        found.append(Live(delay_s, chain, calls, measured, round(ratio, 3)))
        _print([measured], f"{calls} calls, chain {chain}, ratio {ratio:.3f}")
    return found


def longest_chain(plan: CollectionPlan, called: set[str]) -> int:
    """The most calls of which each must wait for the one before; kinds that needed no call count nothing."""

    def depth(kind: type[Resource]) -> int:
        own = any(f"{read.api}.{read.method}" in called for read in kind.KIND.reads)
        return own + max(map(depth, parents(kind)), default=0)

    return max(map(depth, plan.kinds))


def _print(rows: Sequence[Measured], remark: str = "") -> None:
    for row in rows:
        times = f"{row.wall_s_min:6.3f} {row.wall_s_median:6.3f} {row.wall_s_max:6.3f} s"
        print(f"{row.name:28} {times}  {row.peak_mib:6.1f} MiB  exit {row.exit_code}  {remark}", flush=True)


if __name__ == "__main__":
    print(f"{'':28} {'min':>6} {'median':>6} {'max':>6}    peak memory")
    sys.exit(main())
