"""Records the embedded demo environments from the emulator: `make recordings`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.e2e.gate import staging_rules
from tests.emulator.server import Emulator
from tests.emulator.world import World
from tests.environments.incident import incident
from tests.environments.observations import Observations
from tests.environments.repaired import repaired
from tests.judging import NOW
from validator.app import Session, this_machine
from validator.model.inventory import Inventory
from validator.options import Machine, Options
from validator.output import write_file
from validator.snapshot import dump

#: By name: what there is, and whether the connector reaches private addresses.
WORLDS: Mapping[str, tuple[Callable[[], World], bool]] = MappingProxyType(
    {"incident": (incident, False), "repaired": (repaired, True)}
)
_DEMO = Path(__file__).parents[2] / "validator/demo"


def main() -> int:
    """Write both recordings."""
    for name in WORLDS:
        inventory = recorded(name)
        write_file(_DEMO / f"{name}.json", dump(inventory))
        print(f"recorded {name}: {len(inventory.readings)} reads")  # noqa: T201 - a tool
    return 0


def recorded(name: str) -> Inventory:
    """An estate as of the evening of the outage, probed by a job on the connector, which then reached nothing."""
    world, reaches = WORLDS[name]
    real = this_machine({})
    machine = Machine(environ={}, now=lambda: NOW, monotonic=real.monotonic, sleep=real.sleep, random=real.random)
    with Emulator(world()) as google, tempfile.TemporaryDirectory() as folder:
        rules = staging_rules(Path(folder), probes="{from: connector/chat-connector}")
        options = Options(env="staging", rules=rules, api_endpoint=google.url, check_all=True, vantage="vpc")
        inventory, _ = Session(options, machine, Observations(world(), reaches=reaches)).inventory()
        return inventory


if __name__ == "__main__":
    sys.exit(main())
