"""What one invocation asks for, and the machine it runs on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from validator.check import Severity
from validator.model.environment import Vantage


class UsageError(Exception):
    """The invocation itself is wrong: exit 2, nothing was judged."""


class Output(msgspec.Struct, frozen=True):
    """A report to write: format, and file ("" for stdout)."""

    format: str
    file: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The invocation; names as on the command line."""

    env: str | None = None
    project: str | None = None
    regions: tuple[str, ...] = ()
    rules: Path | None = None
    snapshot: str | None = None
    select: tuple[str, ...] = ()
    #: Probes too, not only rules that read configuration.
    check_all: bool = False
    #: Where this machine is, if the invocation says it: it outranks the ruleset.
    vantage: Vantage | None = None
    fail_on: Severity = Severity.ERROR
    api_endpoint: str | None = None
    impersonate: str | None = None
    quota_project: str | None = None
    checks_dirs: tuple[Path, ...] = ()
    #: Seconds for all reads together.
    timeout_s: float = 120.0


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The machine: everything that is not the same on every run."""

    environ: Mapping[str, str]
    now: Callable[[], dt.datetime]
    #: Seconds since some instant, never backwards.
    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    #: Uniform in 0..1.
    random: Callable[[], float]
