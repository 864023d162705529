"""The environment under judgement, as rules.yaml or the command line declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Vantage = Literal["vpc", "outside"]


class SecretSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a password is to be taken from when it is needed; never the password itself."""

    env: Annotated[str, Meta(description="Name of an environment variable.")] = ""
    file: Annotated[str, Meta(description="Path of a file; its first line counts.")] = ""


class Probing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How probes are made."""

    budget_s: Annotated[float, Meta(ge=0.1, le=600, description="Seconds for each probe, retries included.")] = 10.0
    pings: Annotated[int, Meta(ge=1, le=10_000, description="PINGs to each Redis endpoint.")] = 10
    resolver: Annotated[str, Meta(description="DNS server, ADDRESS[:PORT]. Default: this machine's own.")] = ""
    ca_file: Annotated[
        str, Meta(description="PEM file of further CAs that the load balancers' certificates chain to.")
    ] = ""
    source: Annotated[
        str, Meta(description="What this machine is to the network model: connector/NAME, run/NAME, vm/NAME …")
    ] = msgspec.field(name="from", default="")
    redis_passwords: Annotated[
        dict[str, SecretSource], Meta(description="Instance name or glob to where its AUTH string is taken from.")
    ] = msgspec.field(default_factory=dict)


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
    #: Whether this machine is declared to be inside the network.
    vantage: Vantage = "outside"
    probes: Probing = Probing()

    @property
    def inside(self) -> bool:
        """Whether probes of private addresses make sense from here."""
        return self.vantage == "vpc"

    def wants(self, location: str) -> bool:
        """Whether resources of this location are within the declared regions."""
        return (
            not self.regions
            or location in ("", "global", "-")
            or any(location == region or location.startswith(f"{region}-") for region in self.regions)
        )
