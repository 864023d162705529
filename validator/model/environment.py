"""The environment under judgement, as rules.yaml or the command line declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """A project, the regions that matter, and the names its rules speak of."""

    #: "" where only `--project` was given.
    name: str = ""
    project: str
    #: Regions to look at; empty means every region the APIs offer.
    regions: tuple[str, ...] = ()
    #: Shared VPC host project; None means: ask the API.
    network_project: str | None = None
    #: DNS names that must be served.
    domains: tuple[str, ...] = ()
    #: Values for `${name}` in rules; scalars.
    vars: Mapping[str, Any] = msgspec.field(default_factory=dict)
    #: An embedded or recorded environment that stands for the live one.
    snapshot: str | None = None

    def wants(self, location: str) -> bool:
        """Whether resources of this location are within the declared regions."""
        return (
            not self.regions
            or location in ("", "global", "-")
            or any(location == region or location.startswith(f"{region}-") for region in self.regions)
        )
