"""Packet sets in words short enough for a message: `10.2.0.0/28 → 10.166.204.83 tcp:6379`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from validator.headerspace.axes import ANYWHERE, EVERY_SERVICE, PORTED, address_at, by_protocol
from validator.headerspace.intervals import Intervals, Span
from validator.headerspace.packets import Packet, Packets

_NAMES = {1: "icmp", 47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 94: "ipip"} | PORTED
#: Of 256 protocols: with more than these a set is told by what it lacks.
_MOST = 128


def spell(some: Packets, limit: int = 3) -> str:
    """The boxes of the set, `limit` of them; "nothing" for the empty set."""
    boxes = (
        f"{spell_addresses(b.sources)} → {spell_addresses(b.destinations)} {spell_services(b.services)}"
        for b in some.boxes()
    )
    return _listed(boxes, limit, "; ") or "nothing"


def spell_packet(packet: Packet) -> str:
    """One packet, such as `10.2.0.3 → 10.166.204.83 tcp:6379`."""
    port = "" if packet.port is None else f":{packet.port}"
    return f"{packet.source} → {packet.destination} {spell_protocol(packet.protocol)}{port}"


def spell_protocol(number: int) -> str:
    """The protocol's usual name, else "protocol 112"."""
    return _NAMES.get(number, f"protocol {number}")


def spell_addresses(some: Intervals, limit: int = 4) -> str:
    """Ranges as CIDR blocks where they are one, else FIRST-LAST; "any" for all addresses of both families."""
    if some == ANYWHERE:
        return "any"
    return _listed((_block(span) for span in some), limit, ", ")


def spell_services(some: Intervals, limit: int = 4) -> str:
    """Protocols with their ports, such as `tcp:22,3389`; "all" for every service."""
    if some == EVERY_SERVICE:
        return "all"
    missing = EVERY_SERVICE - some
    if sum(1 for _ in by_protocol(some)) > _MOST:
        return f"all but {spell_services(missing, limit)}"
    return _listed((_service(*each) for each in by_protocol(some)), limit, " ")


def spell_ports(spans: Iterable[Span]) -> str:
    """Port spans, such as `22,1000-2000`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def spell_blocks(some: Intervals) -> tuple[str, ...]:
    """The addresses as the fewest CIDR blocks, single ones with /32 or /128."""
    return tuple(str(block) for span in some for block in _blocks(span))


def _block(span: Span) -> str:
    if span[0] == span[1]:
        return str(address_at(span[0]))
    blocks = _blocks(span)
    return str(blocks[0]) if len(blocks) == 1 else f"{address_at(span[0])}-{address_at(span[1])}"


def _blocks(span: Span) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return list(ipaddress.summarize_address_range(address_at(span[0]), address_at(span[1])))


def _service(protocol: int, ports: tuple[Span, ...] | None) -> str:
    name = spell_protocol(protocol)
    return name if ports is None else f"{name}:{spell_ports(ports)}"


def _listed(words: Iterable[str], limit: int, between: str) -> str:
    every = list(words)
    shown = every[:limit]
    return between.join([*shown, f"and {len(every) - limit} more"] if len(every) > limit else shown)
