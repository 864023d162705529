"""The fields of a rule against one packet: True, False, or None where that cannot be told."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable

from validator.headerspace.packets import Packet

Answer = bool | None
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipip": 94, "sctp": 132}
#: Not of the internet. https://www.iana.org/assignments/iana-ipv4-special-registry
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4", "2001:db8::/32", "3fff::/20"),
    )
]
_HANDED_OUT = ipaddress.ip_network("2000::/3")


def both(*answers: Answer) -> Answer:
    """Whether all hold."""
    return False if False in answers else None if None in answers else True


def either(*answers: Answer) -> Answer:
    """Whether one holds."""
    return True if True in answers else None if None in answers else False


def within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, blocks: Iterable[str]) -> Answer:
    """Whether one of the blocks, host bits ignored, has the address."""
    return either(*(_in_block(address, text) for text in blocks))


@functools.cache
def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the address is one of the internet."""
    if address.version == 6 and address not in _HANDED_OUT:
        return False
    return not any(address in block for block in _SPECIAL)


def listed_ports(packet: Packet, protocol: str, ports: Iterable[str]) -> Answer:
    """Whether an entry of protocol and ports means the packet."""
    name, texts = protocol.strip().lower(), tuple(ports)
    if name == "all":
        return None if texts else True
    number = _NUMBERS.get(name, int(name) if name.isdigit() else 256)
    if number > 255:
        return None
    if number != packet.protocol:
        return False
    if not texts:
        return True
    return None if packet.port is None else either(*(_port(text, packet.port) for text in texts))


def _port(text: str, port: int) -> Answer:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return None if first > last or last > 65535 else first <= port <= last


def _in_block(address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: str) -> Answer:
    block = _block(text)
    return None if block is None else address in block


@functools.cache
def _block(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
