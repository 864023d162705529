"""Where packets are bound: its addresses, how it is reached, and what it refuses."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.headerspace.axes import services
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.headerspace.packets import EVERY_PACKET, Packets, packets
from validator.headerspace.spelling import spell_services
from validator.model.fix import Fix
from validator.model.resource import Resource

TCP = services(6)


class Way(enum.StrEnum):
    """How something is reached."""

    #: In a network of Google's, over the peering with the one network it serves.
    PEERING = "peering"
    #: By endpoints of Private Service Connect, each in one network.
    ENDPOINT = "endpoint"
    #: As a host, or a range of hosts, on a network.
    HOST = "host"
    #: By a public address.
    PUBLIC = "public"
    #: As one of Google's APIs.
    GOOGLE_API = "google api"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that the destination itself does not take."""

    packets: Packets
    code: str
    message: str
    end: End = End.DROP
    evidence: tuple[str, ...] = ()
    mend: Fix | None = None

    @property
    def stop(self) -> Stop:
        """The end of such packets."""
        return Stop(code=self.code, message=self.message, end=self.end, evidence=self.evidence, mend=self.mend)


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One thing packets are bound for."""

    #: Such as "redis/cache".
    label: str
    #: Full name.
    path: str
    way: Way
    #: DeliverInfo.target.
    target: str
    addresses: Intervals = EMPTY
    #: (network, addresses) where it depends on the network what it is reached by.
    endpoints: tuple[tuple[str, Intervals], ...] = ()
    #: (network, region, addresses) of endpoints that only clients in that region reach.
    regional: tuple[tuple[str, str, Intervals], ...] = ()
    #: What it answers on; asked where the question names no port.
    services: Intervals = TCP
    #: Full names of the only networks from which it is reached; empty where that is not limited or not known.
    networks: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    #: Of what is reached over a peering: whether that is the one of private services access.
    private_services: bool = False
    #: The addresses by which the internet knows a host, if other ones.
    external: Intervals = EMPTY
    #: Public addresses that are let in for certain, and all that may be; None where all are.
    admits: Intervals | None = None
    may_admit: Intervals = EMPTY
    #: Why nothing can arrive, whatever the way.
    stop: Stop | None = None
    #: Whether `addresses` are all that it may turn out to have, of which it has one or some.
    one_of_many: bool = False

    def reached_from(self, network: str) -> Intervals:
        """Its addresses as seen from a network."""
        if not self.endpoints:
            return self.addresses
        return union(some for place, some in self.endpoints if place in (network, ""))

    def asked_from(self, network: str, region: str) -> Intervals:
        """The same, without endpoints that only clients of other regions reach, if there are others."""
        found = self.reached_from(network) or self.addresses
        return found - union(some for _, some in self.far_from(network, region)) or found

    def far_from(self, network: str, region: str) -> Iterator[tuple[str, Intervals]]:
        """Region and addresses of endpoints in the network that clients in this region do not reach."""
        for there, place, some in self.regional:
            if there == network and region not in ("", place):
                yield place, some


def port(number: int) -> Intervals:
    """The TCP port; empty for 0, that is not known, and for what is no port."""
    return services(6, [(number, number)]) if 0 < number < 65536 else EMPTY  # noqa: PLR2004 - a port is 16 bits wide


def resting(
    row: Resource, code: str, found: str, wanted: str, *, sure: bool = True, mend: Fix | None = None
) -> Refusal:
    """That nothing answers for certain, or may not, since the resource is not in the state in which it does."""
    so = "so it answers nobody" if sure else "in which it may answer or not"
    message = f"{row.label} is {found or 'in no known state'}, not {wanted}, {so}."
    end = End.DROP if sure else End.ABORT
    evidence = (row.path, f"state={found}")
    return Refusal(packets=EVERY_PACKET, code=code, message=message, end=end, evidence=evidence, mend=mend)


def other_ports(row: Resource, own: Intervals, code: str, message: str, *evidence: str, end: End = End.DROP) -> Refusal:
    """That TCP ports other than its own are not served."""
    return Refusal(
        packets=packets(services=TCP - own),
        code=code,
        message=f"{message}.",
        end=end,
        evidence=(row.path, f"answers on {spell_services(own)}", *evidence),
        mend=Fix(summary=f"Let clients use {spell_services(own)}.") if own else None,
    )


def no_address(label: str, path: str, state: str, code: str = "RESOURCE_CONFIG_NOT_FOUND") -> Stop:
    """That there is nothing to send packets to."""
    message = f"{label} has no address that packets could be sent to (its state is {state or 'not known'})."
    return Stop(code=code, message=message, evidence=(path, f"state={state}"))
