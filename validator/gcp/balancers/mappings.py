"""The domains that Cloud Run serves by itself, without a load balancer of the project.

https://cloud.google.com/run/docs/mapping-custom-domains
"""

from __future__ import annotations

from collections.abc import Iterable

from validator.gcp.certificates.names import normal
from validator.gcp.observed.trouble import Trouble, Weight
from validator.model.domainmapping import DomainMapping
from validator.model.fix import Fix
from validator.model.table import Partial

#: What is told of a domain with a mapping, where a load balancer's part is asked for.
MAPPED = Trouble(
    code="DOMAIN_MAPPED",
    words="is served by Cloud Run itself, without a load balancer; see domain.mapping",
    weight=Weight.SKIP,
)
#: What is told of a domain that no load balancer serves as it should, where not every mapping was read.
PERHAPS_MAPPED = Trouble(
    code="DOMAIN_MAPPINGS_NOT_READ",
    words="is not named by any URL map, and Cloud Run itself may serve it: not every domain mapping was read",
    weight=Weight.UNKNOWN,
    fix=Fix(summary="Grant roles/run.viewer, or name the domain in a host rule."),
)


class MappedDomains:
    """A fact: the domain mappings, as far as they were read."""

    def __init__(self, mappings: Iterable[DomainMapping], *, complete: bool) -> None:
        self._paths = {normal(mapping.domain): mapping.path for mapping in mappings}
        #: Whether these are all.
        self.complete = complete

    @classmethod
    def derive(cls, *, mappings: Partial[DomainMapping]) -> MappedDomains:
        """From the mappings of every region that was read."""
        return cls(mappings, complete=mappings.complete)

    def of(self, host: str) -> str:
        """Full name of the mapping of this very domain; "" where there is none that was read."""
        return self._paths.get(normal(host), "")
