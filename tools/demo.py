"""Judges the embedded incident and its repair with the installed command, as a pipeline would."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

_ACTS = (
    ("demo", 1, "The evening of the outage: every chat request died with “Redis ping timeout after 10.0s”."),
    ("demo-repaired", 0, "The same project, repaired."),
)


def main() -> int:
    """0 if both acts end as the story says."""
    return max(_act(*act) for act in _ACTS)


def _act(environment: str, expected: int, story: str) -> int:
    command = [str(Path(sys.executable).with_name("validate-infra")), "--env", environment, "--check-all"]
    width = min(shutil.get_terminal_size((80, 24)).columns, 80)
    print(f"\n{textwrap.fill(story, width)}\n$ validate-infra {' '.join(command[1:])}\n", flush=True)
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - our own command, no shell
    deploys = "deploys" if code == 0 else "stops here"
    print(f"\n{'─' * width}\nexit code {code}: a pipeline with this gate {deploys}.", flush=True)
    if code != expected:
        print(f"expected exit code {expected}", file=sys.stderr)
    return int(code != expected)


if __name__ == "__main__":
    sys.exit(main())
