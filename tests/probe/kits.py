"""What probes have at hand, for tests: real time, no dice, and whatever else a test says."""

from __future__ import annotations

import time
from typing import Any

from validator.model.environment import Probing
from validator.probe.kit import Kit


def kit(*, inside: bool = True, budget_s: float = 2.0, **given: Any) -> Kit:
    """A kit inside the VPC; `given` are fields of the kit (environ, clock, sleep …) or settings of the environment."""
    settings = {name: given.pop(name) for name in Probing.__struct_fields__ if name in given}
    fields: dict[str, Any] = {"clock": time.monotonic, "sleep": time.sleep, "random": lambda: 0.0, "environ": {}}
    return Kit(probing=Probing(budget_s=budget_s, **settings), inside=inside, **(fields | given))
