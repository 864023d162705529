"""Which exceptions are expected, and what message and exit code each becomes."""

from __future__ import annotations

import traceback
from pathlib import Path

from validator.collect.problems import CollectError
from validator.config.problems import ConfigError
from validator.engine.loader import LoadError
from validator.options import UsageError
from validator.report.clean import clean, inert
from validator.snapshot import SnapshotError

_USAGE = (UsageError, ConfigError, LoadError, SnapshotError)


def explained(problem: BaseException) -> tuple[str, int]:
    """Message and exit code of a problem; what comes from outside is shown harmless.

    2: what was given is wrong and nothing was judged. 3: the environment could not be reached at all, the report could
    not be written, or the tool itself is at fault: in none of these is anything proven.
    """
    if isinstance(problem, _USAGE):
        return _shown(str(problem)), 2
    if isinstance(problem, CollectError):
        return _shown(str(problem)), problem.exit_code
    if isinstance(problem, OSError):
        return _shown(f"cannot go on: {problem.strerror or problem}"), 3
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    said = "".join(traceback.format_exception_only(problem)).strip()
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return _shown(f"a defect of this tool, nothing was judged: {said} ({place}); -v shows where it arose"), 3


def _shown(message: str) -> str:
    return "\n".join(inert(clean(line)) for line in message.splitlines())
