"""Whole-process measurement: wall seconds and peak memory of finished child processes.

A bare interpreter starts each command: a process's peak memory counts what it held before it became the command, so
a large parent would hide a small child's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence

import msgspec

_LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.fork()
if not child:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
figures = (time.perf_counter() - start, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
print('{"wall_s": %f, "peak_mib": %f, "exit_code": %d}' % figures)
"""


class Sample(msgspec.Struct, frozen=True):
    """One finished run."""

    wall_s: float
    peak_mib: float
    exit_code: int


class Measured(msgspec.Struct, frozen=True):
    """Several runs of one command."""

    name: str
    runs: int
    wall_s_min: float
    wall_s_median: float
    wall_s_max: float
    peak_mib: float
    exit_code: int


def measure(
    name: str, command: Sequence[str], *, runs: int = 5, warmup: int = 1, environ: Mapping[str, str] | None = None
) -> Measured:
    """The command's figures over several runs after a warm-up.

    Raises:
        RuntimeError: the runs did not all end with the same exit code.
    """
    samples = [run(command, environ) for _ in range(warmup + runs)][warmup:]
    codes = {sample.exit_code for sample in samples}
    if len(codes) != 1:
        raise RuntimeError(f"{name}: exit codes differ between runs: {sorted(codes)}")
    walls = sorted(sample.wall_s for sample in samples)
    return Measured(
        name=name,
        runs=runs,
        wall_s_min=round(walls[0], 4),
        wall_s_median=round(statistics.median(walls), 4),
        wall_s_max=round(walls[-1], 4),
        peak_mib=round(max(sample.peak_mib for sample in samples), 1),
        exit_code=codes.pop(),
    )


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Sample:
    """One run, its output thrown away; the kernel's own accounting of the finished process."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    told = subprocess.run(  # noqa: S603 - our own commands, no shell
        launcher, stdout=subprocess.PIPE, check=True, env={**os.environ, **(environ or {})}
    ).stdout
    return msgspec.json.decode(told, type=Sample)
