"""The domains that Cloud Run serves by itself, without a load balancer of the project.

https://cloud.google.com/run/docs/mapping-custom-domains
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from validator.gcp.balancers.mapped_domains import is_led_there
from validator.gcp.certificates.names import normal
from validator.gcp.dns.answers import same
from validator.gcp.dns.published import PublicZones, Published
from validator.gcp.dns.zones import data
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


def either(mapping: str) -> Trouble:
    """What is told of a domain with a mapping that a load balancer takes too, and does not serve as it should."""
    return Trouble(
        code="DOMAIN_MAPPED_TOO",
        words=f"may be served by a load balancer that takes any host or by Cloud Run itself ({mapping}): only DNS tells"
        " them apart, and the load balancer would not serve it as it should",
        weight=Weight.UNKNOWN,
        evidence=(mapping,),
        fix=Fix(summary="Delete the mapping if it is a leftover, or give the load balancer host rules for its names."),
    )


class MappedDomains:
    """A fact: the domain mappings, as far as they were read, and where public zones lead their domains."""

    def __init__(self, mappings: Iterable[DomainMapping], zones: PublicZones, *, complete: bool) -> None:
        self._mappings = {normal(mapping.domain): mapping for mapping in mappings}
        self._zones = zones
        #: Whether these are all.
        self.complete = complete

    @classmethod
    def derive(cls, *, mappings: Partial[DomainMapping], zones: PublicZones) -> MappedDomains:
        """From the mappings of every region that was read."""
        return cls(mappings, zones, complete=mappings.complete)

    def of(self, host: str) -> DomainMapping | None:
        """The mapping of this very domain; None where there is none that was read."""
        return self._mappings.get(normal(host))

    def is_led_here(self, host: str) -> bool:
        """Whether each zone that may answer for a mapped domain leads it to Cloud Run, and there is one."""
        mapping, held = self.of(host), self._held(host)
        return bool(mapping and held) and all(mapping and is_led_there(mapping, one) for one in held)

    def is_led_to(self, host: str, addresses: Collection[str]) -> bool:
        """Whether each zone that may answer for the domain leads it to these addresses alone, and there is one."""
        told = [{same(text) for row in one.rows for text in data(row)} for one in self._held(host)]
        return bool(told) and all(one and one.issubset(addresses) for one in told)

    def _held(self, host: str) -> tuple[Published, ...]:
        """Nothing where a zone or a record that was not read may say something else."""
        return self._zones.of(host) if self._zones.complete else ()
