"""Cloud Run domain mappings: names that Cloud Run serves by itself, with a certificate of its own.

They are told by the older API alone, in Knative's shape: name and times in `metadata`, what is so in `status`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from msgspec import field

from validator.model.environment import Environment
from validator.model.project import RunRegion, in_regions
from validator.model.resource import Kind, Part, Read, Resource, Target
from validator.model.table import Table

#: The regions that have domain mappings; in any other there is nothing to list, and no promise of how a list fails.
#: https://cloud.google.com/run/docs/mapping-custom-domains#limitations
_OFFERED = frozenset(
    {
        "asia-east1",
        "asia-northeast1",
        "asia-southeast1",
        "europe-north1",
        "europe-west1",
        "europe-west4",
        "us-central1",
        "us-east1",
        "us-east4",
        "us-west1",
    }
)


def _regions(environment: Environment, regions: Table[RunRegion]) -> Iterator[Target]:
    yield from (call for call in in_regions(environment, regions) if call.location in _OFFERED)


class MappingMetadata(Part, frozen=True, kw_only=True):
    """When it was made, and which of its versions is the newest."""

    name: str = ""
    creation_timestamp: str = ""
    generation: int = 0


class MappingSpec(Part, frozen=True, kw_only=True):
    """What was asked for."""

    #: Name of a service of the same region.
    route_name: str = ""
    #: AUTOMATIC, or NONE for plain HTTP alone.
    certificate_mode: str = ""


class MappingCondition(Part, frozen=True, kw_only=True):
    """Ready, CertificateProvisioned or DomainRoutable; `status` is "True", "False" or "Unknown" (not yet)."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""


class MappingRecord(Part, frozen=True, kw_only=True):
    """A DNS record the domain must have; `name` is the part below the apex, "" for the apex itself."""

    name: str = ""
    #: A, AAAA or CNAME.
    type: str = ""
    rrdata: str = ""


class MappingStatus(Part, frozen=True, kw_only=True):
    """What is so."""

    conditions: tuple[MappingCondition, ...] = ()
    #: The newest version that was looked at; conditions speak of it.
    observed_generation: int = 0
    resource_records: tuple[MappingRecord, ...] = ()


class DomainMapping(Resource, frozen=True, kw_only=True):
    """A domain and the Cloud Run service it is mapped to; its short name is the domain.

    https://cloud.google.com/run/docs/reference/rest/v1/projects.locations.domainmappings
    """

    KIND: ClassVar[Kind] = Kind(
        noun="domain-mapping",
        reads=(
            Read(
                api="run",
                version="v1",
                method="projects.locations.domainmappings.list",
                permission="run.domainmappings.list",
                role="roles/run.viewer",
                targets=_regions,
                items="items",
                each="each region that has domain mappings",
            ),
        ),
    )
    metadata: MappingMetadata = field(default_factory=MappingMetadata)
    spec: MappingSpec = field(default_factory=MappingSpec)
    status: MappingStatus = field(default_factory=MappingStatus)

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Give it the full name that newer APIs would: Knative's has the domain alone."""
        parent = f"projects/{raw['project']}/locations/{raw['location']}/domainmappings"
        return raw | {"name": f"{parent}/{raw['metadata']['name']}"}

    @property
    def domain(self) -> str:
        """The name that is mapped."""
        return self.short

    def condition(self, kind: str) -> MappingCondition:
        """The condition of that type; one without a status where the API does not tell it."""
        return next((one for one in self.status.conditions if one.type == kind), MappingCondition(type=kind))
