"""The two number lines packets live on: addresses of both families, and services (protocol and port)."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from validator.headerspace.intervals import Intervals, Span, intervals

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: IPv6 starts one number past the end of IPv4, so that no span runs from one family into the other.
_V6 = 2**32 + 1
V4 = intervals([(0, 2**32 - 1)])
V6 = intervals([(_V6, _V6 + 2**128 - 1)])
ANYWHERE = V4 | V6

#: Protocols whose packets have a destination port; of every other protocol there is one service.
PORTED = {6: "tcp", 17: "udp", 132: "sctp"}
_PORTS = 2**16


def _starts() -> tuple[int, ...]:
    starts = [0]
    for protocol in range(256):
        starts.append(starts[-1] + (_PORTS if protocol in PORTED else 1))
    return tuple(starts)


#: Where each protocol's services start on the line, and at the end where the line ends.
_START = _starts()
EVERY_SERVICE = intervals([(0, _START[-1] - 1)])


def addresses(blocks: Iterable[Network | Address | str]) -> Intervals:
    """The addresses of ranges such as "10.2.0.0/28" (host bits are ignored) and single addresses.

    Raises:
        ValueError: a text that is neither.
    """
    return intervals(_address_span(block) for block in blocks)


def _address_span(block: Network | Address | str) -> Span:
    network = ipaddress.ip_network(block, strict=False)
    offset = _V6 if network.version == 6 else 0  # noqa: PLR2004
    first = offset + int(network.network_address)
    return first, first + network.num_addresses - 1


def address_at(number: int) -> Address:
    """The address that stands at a place of the line."""
    return ipaddress.IPv6Address(number - _V6) if number >= _V6 else ipaddress.IPv4Address(number)


def services(protocol: int, ports: Iterable[Span] | None = None) -> Intervals:
    """The services of a protocol 0..255: those of the port spans, or all of them.

    Raises:
        ValueError: no such protocol or port, or ports given for a protocol that has none.
    """
    if not 0 <= protocol <= 255:  # noqa: PLR2004
        raise ValueError(f"{protocol} is no protocol number: expected 0 to 255")
    start = _START[protocol]
    if ports is None:
        return intervals([(start, _START[protocol + 1] - 1)])
    if protocol not in PORTED:
        raise ValueError(f"protocol {protocol} has no ports")
    return intervals((start + _port(first), start + _port(last)) for first, last in ports)


def _port(number: int) -> int:
    if not 0 <= number < _PORTS:
        raise ValueError(f"{number} is no port: expected 0 to 65535")
    return number


def protocol_of(service: int) -> int:
    """The protocol of a service."""
    return bisect_right(_START, service) - 1


def port_of(service: int) -> int | None:
    """The destination port of a service; None where its protocol has none."""
    protocol = protocol_of(service)
    return service - _START[protocol] if protocol in PORTED else None


def by_protocol(chosen: Intervals) -> Iterator[tuple[int, tuple[Span, ...] | None]]:
    """Each protocol of the services with its port spans; None stands for every port, or for none to have."""
    touched = {number for first, last in chosen for number in range(protocol_of(first), protocol_of(last) + 1)}
    for protocol in sorted(touched):
        whole, start = services(protocol), _START[protocol]
        here = chosen & whole
        yield protocol, None if here == whole else tuple((a - start, b - start) for a, b in here)
