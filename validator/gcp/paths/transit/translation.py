"""What lets packets with an internal source address out: an address of their own, Cloud NAT, Private Google Access.

https://cloud.google.com/nat/docs/overview https://cloud.google.com/vpc/docs/private-google-access
https://cloud.google.com/nat/docs/nat-product-interactions
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.gcp.attachments import network_words
from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.nat import Gateway, Gateways
from validator.gcp.paths.ends.destination import Destination
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.headerspace.axes import EVERY_SERVICE, V4, V6, services
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_services
from validator.model.fix import Fix
from validator.model.network import Address, Subnetwork
from validator.model.resource import last
from validator.model.table import Table

#: https://cloud.google.com/nat/docs/overview#specifications
_CARRIED = services(6) | services(17) | services(1)
#: Packets, and the public addresses they come from as the internet sees them; None where those are not known.
Sent = tuple[Travel, Intervals | None]


class Translation:
    """A fact: the ways out of each subnet."""

    def __init__(self, names: Names, gateways: Gateways, subnets: Table[Subnetwork], reserved: Table[Address]) -> None:
        self._gateways = gateways
        self._access = {
            names.subnetwork(row.path, row.project, row.location): row.private_ip_google_access for row in subnets
        }
        self._primary = {
            names.subnetwork(row.path, row.project, row.location): readable(row.ip_cidr_range) for row in subnets
        }
        self._reserved = {names.full(row.path, row.project, ""): readable(row.address) for row in reserved}
        self._names = names

    @classmethod
    def derive(
        cls, *, names: Names, gateways: Gateways, subnets: Table[Subnetwork], reserved: Table[Address]
    ) -> Translation:
        """From NAT gateways, their addresses, and the subnets' Private Google Access."""
        return cls(names, gateways, subnets, reserved)

    def translated(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Sent | Trace]:
        """The packets that leave, with the addresses they leave from; traces of those that do not."""
        if own := _own(travel, way):
            words = "leaves with an external address of its own"
            yield travel.hop("NAT", words, way.path, own), way.external
        if rest := travel.packets - own:
            yield from self._natted(travel.part(rest), way, goal)

    def to_google(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """The traces of packets for Google APIs."""
        if own := _own(travel, way):
            step = travel.hop("NAT", "leaves with an external address of its own", way.path, own)
            yield step.deliver("GOOGLE_API", f"{goal.label} receives them.", (goal.path,))
        if rest := travel.packets - own:
            yield self._to_google_inside(travel.part(rest), way, goal)

    def _to_google_inside(self, travel: Travel, way: Exit, goal: Destination) -> Trace:
        """NAT for a subnet turns Private Google Access on as well."""
        access = self._access.get(way.subnet)
        if access or self._serving(way):
            message = f"{goal.label} receives them, by Private Google Access."
            return travel.deliver("GOOGLE_API", message, (way.subnet or way.path,))
        if access is None:
            text = (
                f"Whether Private Google Access is on for the hidden subnet of {way.words} cannot be read, and no "
                f"Cloud NAT serves it, so it is not known whether {goal.label} is reached."
            )
            return travel.stop(Stop(end=End.ABORT, code="UNSUPPORTED", message=text, evidence=(way.path, way.network)))
        return travel.stop(_no_access(way, goal))

    def _natted(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Sent | Trace]:
        """Secondary ranges of a subnet are a NAT's only if it is told so; IPv6 is none's."""
        primary = self._primary.get(way.subnet, V4)
        serving = self._serving(way)
        first = travel.packets & packets(sources=primary)
        second = travel.packets & packets(sources=V4 - primary)
        whole = tuple(one for one in serving if one.takes_secondary(way.subnet))
        some = [one for one in serving if one.takes_secondary(way.subnet) is None]
        lost = travel.packets - first - second
        for part, gateways in ((first, serving), (second, whole)):
            if gateways:
                yield from self._carried(travel.part(part), way, goal, gateways)
            elif some and part is second:
                yield from _unsure(travel.part(part), way, some[0])
            else:
                lost |= part
        if lost:
            yield from self._lost(travel.part(lost), way, goal)

    def _carried(
        self, travel: Travel, way: Exit, goal: Destination, serving: tuple[Gateway, ...]
    ) -> Iterator[Sent | Trace]:
        names = ", ".join(f"{gateway.nat.name} of router/{last(gateway.router)}" for gateway in serving)
        step = travel.hop("NAT", f"Cloud NAT {names}", serving[0].router)
        if lost := step.packets & packets(services=EVERY_SERVICE - _CARRIED):
            message = (
                f"Cloud NAT carries TCP, UDP and ICMP only, not {spell_services(lost.services)} from {way.words} to "
                f"{goal.label}."
            )
            yield step.part(lost).stop(
                Stop(code="CLOUD_NAT_PROTOCOL_UNSUPPORTED", message=message, evidence=(serving[0].router,))
            )
        if kept := step.packets & packets(services=_CARRIED):
            yield step.part(kept), self._addresses(serving)

    def _serving(self, way: Exit) -> tuple[Gateway, ...]:
        return tuple(one for one in self._gateways.at(way.region, way.network) if not one.gap(way.subnet))

    def _addresses(self, serving: tuple[Gateway, ...]) -> Intervals | None:
        """None where Google allocates them, or where one is not among those read."""
        found = [
            self._reserved.get(self._names.full(text, "", ""), EMPTY)
            for gateway in serving
            for text in gateway.nat.nat_ips
        ]
        by_hand = all(gateway.nat.nat_ip_allocate_option == "MANUAL_ONLY" for gateway in serving)
        return union(found) if by_hand and found and all(found) else None

    def _lost(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        if six := travel.packets & packets(sources=V6):
            yield travel.part(six).stop(_no_external_ipv6(way, goal))
        if four := travel.packets - six:
            yield travel.part(four).stop(self._no_address(way, goal))

    def _no_address(self, way: Exit, goal: Destination) -> Stop:
        there = self._gateways.at(way.region, way.network)
        empty = [one for one in there if one.without_addresses and one.lists(way.subnet)]
        gaps = "; ".join(f"{one.nat.name} {one.gap(way.subnet) or 'takes primary ranges only'}" for one in there)
        where = f"{network_words(way.network)} in {way.region or 'its region'}"
        tried = f" ({gaps})" if gaps else ""
        message = (
            f"{way.words} has internal addresses only, and no Cloud NAT on {where} translates them{tried}, so "
            f"{goal.label} is not reached."
        )
        evidence = (way.path, way.network, *(one.router for one in there))
        code = "CLOUD_NAT_NO_ADDRESSES" if empty else "NO_EXTERNAL_ADDRESS"
        return Stop(code=code, message=message, evidence=evidence, mend=_new_nat(way, there))


def _unsure(travel: Travel, way: Exit, gateway: Gateway) -> Iterator[Trace]:
    if travel.packets:
        message = f"NAT {gateway.nat.name} takes some secondary ranges of {last(way.subnet)}; which is not followed."
        yield travel.stop(
            Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(gateway.router, way.subnet))
        )


def _own(travel: Travel, way: Exit) -> Packets:
    """The packets that leave with an external address of the interface's own, of their family."""
    own = travel.packets & packets(sources=way.external & V6)
    return own | (travel.packets & packets(sources=way.translated)) if way.external & V4 else own


def _no_external_ipv6(way: Exit, goal: Destination) -> Stop:
    message = (
        f"{way.words} has internal IPv6 addresses only, which Cloud NAT does not translate, so {goal.label} is not "
        "reached by IPv6."
    )
    mend = Fix(summary="Use IPv4, or a subnet with external IPv6 addresses (--ipv6-access-type=EXTERNAL).")
    return Stop(code="NO_EXTERNAL_ADDRESS", message=message, evidence=(way.path, way.network), mend=mend)


def _new_nat(way: Exit, there: tuple[Gateway, ...]) -> Fix | None:
    """A NAT of the right kind is widened where there is one, else another made."""
    if not way.region:
        return None
    _, project, *_, network = way.network.split("/")
    scope = [f"--region={way.region}", f"--project={project}"]
    fit = next((one for one in there if not one.alien), None)
    if fit is not None:
        return _wider(fit, scope)
    router = ["gcloud", "compute", "routers", "create", "nat-router", f"--network={network}", *scope]
    nat = ["gcloud", "compute", "routers", "nats", "create", "nat", "--router=nat-router"]
    lines = [router, [*nat, "--nat-all-subnet-ip-ranges", "--auto-allocate-nat-external-ips", *scope]]
    summary = "Create a Cloud NAT that serves every subnet of the region."
    return Fix(summary=summary, gcloud=tuple(map(shlex.join, lines)))


def _wider(gateway: Gateway, scope: list[str]) -> Fix:
    """The addresses that it has it keeps: somebody may have admitted them."""
    name = gateway.nat.name
    allocate = ["--auto-allocate-nat-external-ips"] if gateway.without_addresses else []
    words = ["gcloud", "compute", "routers", "nats", "update", name, f"--router={last(gateway.router)}"]
    summary = f"Let NAT {name} serve every subnet of the region{', with addresses' if allocate else ''}."
    return Fix(summary=summary, gcloud=(shlex.join([*words, "--nat-all-subnet-ip-ranges", *allocate, *scope]),))


def _no_access(way: Exit, goal: Destination) -> Stop:
    subnet = last(way.subnet)
    message = (
        f"{way.words} has internal addresses only and subnet {subnet} has Private Google Access off, so {goal.label} "
        "is not reached."
    )
    words = ["gcloud", "compute", "networks", "subnets", "update", subnet, "--enable-private-ip-google-access"]
    scope = [f"--region={way.region}", f"--project={way.subnet.split('/')[1]}"]
    return Stop(
        code="PRIVATE_GOOGLE_ACCESS_DISALLOWED",
        message=message,
        evidence=(way.path, way.subnet, "privateIpGoogleAccess=false"),
        mend=Fix(
            summary="Turn Private Google Access on.",
            gcloud=(shlex.join([*words, *scope]),),
            terraform="private_ip_google_access = true",
        ),
    )
