"""What the packets of a probe start at, in the model's spelling, and whether that is the service that is judged."""

from __future__ import annotations

import msgspec

from validator.gcp.paths.ends.endpoint import source_of
from validator.model.environment import Environment
from validator.model.run import Service
from validator.model.table import Table


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Of a probe that is judged for a service, or for an instance by itself."""

    #: What `probes.from` says; "" where it says nothing.
    declared: str = ""
    #: The service: "run/backend"; "" for an instance.
    service: str = ""
    #: Whether what is declared is the service.
    itself: bool = False

    @classmethod
    def of(cls, service: Service, services: Table[Service], environment: Environment) -> Origin:
        """For the service, which is spelled with its region only where another has its name."""
        declared = environment.probes.source
        alike = {row.path for row in services.named(service.short)}
        region = f"{service.location}/" if len(alike) > 1 else ""
        return cls(declared=declared, service=f"run/{region}{service.short}", itself=_is(declared, service))

    @property
    def source(self) -> str:
        """What the model is asked about; "" where nobody says."""
        return self.declared or self.service

    @property
    def elsewhere(self) -> bool:
        """Whether the probe is said to have been made from something else than the service."""
        return bool(self.service and self.declared) and not self.itself


def _is(declared: str, service: Service) -> bool:
    try:
        return source_of(declared).selector.matches(service)
    except ValueError:
        return False
