"""How long random tests run: briefly and always the same in `make test`, long and with a seed in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def thorough(examples: int) -> settings:
    """So many fixed examples; under `make fuzz` as many random ones as VALIDATE_INFRA_FUZZ says."""
    wanted = os.environ.get("VALIDATE_INFRA_FUZZ", "")
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    if not wanted:
        return settings(max_examples=examples, derandomize=True, deadline=None, suppress_health_check=slow)
    return settings(
        max_examples=int(wanted), derandomize=False, database=None, deadline=None, suppress_health_check=slow
    )
