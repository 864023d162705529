"""Which networks the machine is in that makes the lookups: their private zones may answer it.

https://cloud.google.com/dns/docs/zones/zones-overview
"""

from __future__ import annotations

from validator.gcp.paths.ends.endpoint import source_of
from validator.gcp.paths.ends.sources import Sources
from validator.model.environment import Environment
from validator.model.table import Maybe


def networks_around(environment: Environment, sources: Maybe[Sources]) -> frozenset[str]:
    """Full names of the networks that the declared source of probes is in; none where that is not known."""
    source = environment.probes.source
    try:
        ways = sources.value.of(source_of(source)) if source and sources.value else ()
    except ValueError:
        return frozenset()
    return frozenset(way.network for way in ways if way.network)
