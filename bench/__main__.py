"""`make bench`: whole commands, and the firewall engine on generated rules, printed and kept as JSON.

    python -m bench [commands | probes | rules]

measures one part only, which is printed and not kept. Commands are start-up, the offline gate, and the live gate at
several delays a call. Probes are fifty at once, half of which get no answer, beside one that gets none.

The floor of a live run is its longest chain of dependent calls times the delay; the last column shows how far above
it the tool stays, as a ratio taken in the same run: live / (chain x delay + live without delay).
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bench.measure import Measured, measure
from bench.probing import Probing, measure_probes
from bench.rulesets import FAMILIES
from bench.scale import Scale
from tests.e2e.gate import COMMAND, staging_rules
from tests.emulator.server import Emulator
from tests.environments.incident import incident
from validator import __version__
from validator.app import Session, this_machine
from validator.engine.planner import CollectionPlan, parents
from validator.model.resource import Resource
from validator.options import Options

_DELAYS_S = (0.0, 0.05, 0.1)
_SIZES = (1000, 2000, 4000, 8000)
#: The partition of every packet is measured at the next size only where this one took less.
_PATIENCE_S = 2.0
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
    probing: Probing | None
    rules: list[Scale]
    #: Per family, how many times as long (c) takes at the largest size as at the smallest.
    growth: dict[str, float]


def main(part: str = "") -> int:
    """Measure, print; keep what is whole."""
    commands, live = _measure_commands() if part in ("", "commands") else ([], [])
    probing = _measure_probes() if part in ("", "probes") else None
    scales = [one for family in FAMILIES for one in _scales(family)] if part in ("", "rules") else []
    growth = {family: _growth([one for one in scales if one.family == family]) for family in FAMILIES if scales}
    print(*(f"{family}: {times:.1f} times as long for 8 times the rules" for family, times in growth.items()), sep="\n")
    if part:
        return 0
    machine = {"python": platform.python_version(), "system": platform.platform(), "cpus": str(os.cpu_count())}
    results = Results(__version__, dt.datetime.now(dt.UTC), machine, commands, live, probing, scales, growth)
    _KEEP.parent.mkdir(exist_ok=True)
    _KEEP.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    print(f"\nkept in {_KEEP.parent.name}/{_KEEP.name}; {machine}")
    return 0


def _measure_commands() -> tuple[list[Measured], list[Live]]:
    print(f"{'':28} {'min':>6} {'median':>6} {'max':>6}    peak memory")
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            commands = _commands()
            _print(commands)
            return commands, _live(staging_rules(Path(folder)))
        finally:
            os.chdir(before)


def _measure_probes() -> Probing:
    found = measure_probes()
    _print([found.well, found.one])
    _print([found.mixed], f"the silent ones add {found.ratio:.2f} of one budget of {found.budget_s:g} s")
    return found


def _scales(family: str) -> Iterator[Scale]:
    """The family at each size, each in a process of its own."""
    print(
        f"\n{family:6}{'(a) query':>20}{'(b) partition':>16}{'(c) idle':>10}{'':>26}{'peak':>10}{'naive':>8}{'z3':>8}"
    )
    partition = True
    for size in _SIZES:
        command = [sys.executable, "-m", "bench.scale", family, str(size), *(["partition"] if partition else [])]
        root = Path(__file__).parents[1]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=root).stdout  # noqa: S603 - our own
        one = msgspec.json.decode(told, type=Scale)
        partition = one.partition_s is not None and one.partition_s < _PATIENCE_S
        _print_scale(one)
        yield one


def _growth(scales: Sequence[Scale]) -> float:
    return round(scales[-1].idle_s / scales[0].idle_s, 1)


def _print_scale(one: Scale) -> None:
    whole = "-" if one.partition_s is None else f"{one.partition_s:.2f} s"
    query = f"{one.first_query_s:.3f} s, {one.query_s * 1000:.2f} ms"
    found = f"{one.shadowed} + {one.redundant} of {one.rules}"
    ratios = f"{one.naive_ratio:7.1f}x{one.z3_ratio:7.1f}x"
    print(
        f"{one.rules:6}{query:>20}{whole:>16}{one.idle_s:8.2f} s{found:>26}{one.peak_mib:6.0f} MiB{ratios}", flush=True
    )


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
    sys.exit(main(*sys.argv[1:2]))
