"""Which exceptions are expected, and what message and exit code each becomes."""

from __future__ import annotations

from validator.collect.problems import CollectError
from validator.config.problems import ConfigError
from validator.engine.loader import LoadError
from validator.options import UsageError
from validator.snapshot import SnapshotError

_USAGE = (UsageError, ConfigError, LoadError, SnapshotError)


def explained(problem: Exception) -> tuple[str, int] | None:
    """Message and exit code of an expected problem; None for a defect of the tool.

    2: what was given is wrong and nothing was judged. 3: the environment could not be reached at all.
    """
    if isinstance(problem, _USAGE):
        return str(problem), 2
    if isinstance(problem, CollectError):
        return str(problem), problem.exit_code
    return None
