"""Every fault that is planted."""

from __future__ import annotations

from tests.mutants.firewall import FIREWALL
from tests.mutants.mutant import Mutant
from tests.mutants.names import NAMES
from tests.mutants.packet_sets import PACKET_SETS
from tests.mutants.paths import PATHS
from tests.mutants.probes import PROBES

MUTANTS: tuple[Mutant, ...] = (*PACKET_SETS, *FIREWALL, *PATHS, *NAMES, *PROBES)
