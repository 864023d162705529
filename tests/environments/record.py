"""Records the embedded demo environments from the emulator: `make recordings`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.e2e.gate import staging_rules
from tests.emulator.server import Emulator
from tests.environments.incident import incident
from tests.environments.repaired import repaired
from tests.judging import NOW
from validator.app import Session, this_machine
from validator.options import Machine, Options
from validator.output import write_file
from validator.snapshot import dump

_DEMO = Path(__file__).parents[2] / "validator/demo"


def main() -> int:
    """Write both recordings, as of the evening of the outage."""
    real = this_machine({})
    machine = Machine(environ={}, now=lambda: NOW, monotonic=real.monotonic, sleep=real.sleep, random=real.random)
    for name, world in (("incident", incident()), ("repaired", repaired())):
        with Emulator(world) as google, tempfile.TemporaryDirectory() as folder:
            options = Options(env="staging", rules=staging_rules(Path(folder)), api_endpoint=google.url)
            inventory, _ = Session(options, machine).inventory()
        write_file(_DEMO / f"{name}.json", dump(inventory))
        print(f"recorded {name}: {len(inventory.readings)} reads")  # noqa: T201 - a tool
    return 0


if __name__ == "__main__":
    sys.exit(main())
