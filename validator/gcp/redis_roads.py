"""How a service comes to Redis: which networks it enters, why that is not enough, and what else it may have meant.

VPC peering is not transitive, and Memorystore is peered to one network only.
https://cloud.google.com/memorystore/docs/redis/networking
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import Carriers, Seat, network_words
from validator.gcp.ranges import Populated
from validator.gcp.redis_places import Endpoint, Known
from validator.gcp.redis_settings import Setting
from validator.model.connector import Connector
from validator.model.redis import RedisCluster
from validator.model.resource import last
from validator.model.run import Service, VpcAccess


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Why a service does not come to an endpoint."""

    #: Connectivity Tests' word for what a packet dies of.
    code: str
    #: Goes on after a comma: "but run/web has no VPC access".
    words: str
    #: False where it is only not known whether it does.
    certain: bool = True
    evidence: tuple[str, ...] = ()


class Surroundings(msgspec.Struct, frozen=True):
    """A fact: where Redis answers, how services enter a VPC, and what else has addresses there."""

    known: Known
    carriers: Carriers
    populated: Populated

    @classmethod
    def derive(cls, *, known: Known, carriers: Carriers, populated: Populated) -> Surroundings:
        """From Redis, connectors, subnets and allocated ranges."""
        return cls(known, carriers, populated)

    def seats(self, service: Service, access: VpcAccess | None) -> Seats:
        """Where a revision of the service with this VPC access enters a VPC."""
        return Seats(tuple(self.carriers.service(service, access)))

    def entry(self, endpoint: Endpoint, region: str) -> Connector | None:
        """A connector of the region that leads to the endpoint."""
        return next(self.carriers.connectors(endpoint.networks, region), None)

    def maybe(self, setting: Setting, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> tuple[str, str] | None:
        """Code and words for what else may answer at an address that no Redis has; None where nothing can."""
        claim = self.populated.around(address)
        if claim and claim.use == "Redis range":
            return None
        if setting.maybe_valkey:
            return "MAYBE_VALKEY", "It may be Memorystore for Valkey, whose instances are not read."
        if claim is None:
            return None
        where = f"{claim.use} {last(claim.owner)} ({claim.text})"
        hosts = "" if claim.use == "allocated range" else "a VM, a load balancer or "
        return "MAYBE_ANOTHER_HOST", f"It lies in {where}, so it may be {hosts}another project's instance."


class Seats(msgspec.Struct, frozen=True):
    """The seats of one revision: one, save where its VPC access is ambiguous."""

    seats: tuple[Seat, ...]

    def reach(self, endpoint: Endpoint) -> bool:
        """Whether one of them is on a network from which the endpoint is reached."""
        return any(set(seat.networks) & set(endpoint.networks) for seat in self.seats)

    def gaps(self, endpoint: Endpoint) -> Iterator[Gap]:
        """Why none of them is."""
        for seat in () if self.reach(endpoint) else self.seats:
            yield _gap(seat, endpoint)


def _gap(seat: Seat, endpoint: Endpoint) -> Gap:
    service = seat.resource.label
    if seat.aside:
        words = f"but {service} {seat.aside}: it reaches no private address"
        return Gap(code="VPC_CONNECTOR_NOT_SET", words=words, evidence=(f"networks={','.join(endpoint.networks)}",))
    if seat.doubt or not endpoint.networks:
        reason = seat.doubt or f"{endpoint.redis.label} tells no network of this address"
        words = f"but it is not known whether {service} gets there: {reason}"
        return Gap(code="NETWORK_CONFIG_NOT_FOUND", words=words, certain=False)
    there, here = (", ".join(map(network_words, networks)) for networks in (endpoint.networks, seat.networks))
    cluster = isinstance(endpoint.redis, RedisCluster)
    return Gap(
        code="GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT" if cluster else "GOOGLE_MANAGED_SERVICE_NO_PEERING",
        words=f"reached from {there} only, but {service} is on {here}{seat.way}",
        evidence=(*filter(None, (seat.through,)), f"{seat.setting}={','.join(seat.networks)}"),
    )
