"""The number lines: what is on them, and what is refused."""

from __future__ import annotations

import pytest

from validator.headerspace.axes import address_at, addresses, by_protocol, services


@pytest.mark.parametrize("text", ["10.0.0.5/24", "10.0.0.0/24", "10.0.0.255/24"])
def test_host_bits_are_ignored(text: str) -> None:
    assert addresses((text,)) == addresses(("10.0.0.0/24",))


def test_both_families_are_on_one_line_and_apart() -> None:
    last, first = addresses(("255.255.255.255",)), addresses(("::",))
    assert not last & first
    assert len((last | first).spans) == 2
    assert [str(address_at(some.least)) for some in (last, first)] == ["255.255.255.255", "::"]


@pytest.mark.parametrize("protocol", [-1, 256])
def test_a_protocol_is_one_byte(protocol: int) -> None:
    with pytest.raises(ValueError, match="no protocol number"):
        services(protocol)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_is_two_bytes(port: int) -> None:
    with pytest.raises(ValueError, match="no port"):
        services(6, [(port, port)])


@pytest.mark.parametrize("protocol", [0, 1, 47, 255])
def test_a_protocol_without_ports_takes_none(protocol: int) -> None:
    assert list(by_protocol(services(protocol))) == [(protocol, None)]
    with pytest.raises(ValueError, match="has no ports"):
        services(protocol, [(1, 1)])


@pytest.mark.parametrize("protocol", [6, 17, 132])
def test_a_protocol_with_ports_has_all_of_them(protocol: int) -> None:
    assert services(protocol, [(0, 65535)]) == services(protocol)
    assert list(by_protocol(services(protocol, [(0, 0), (65535, 65535)]))) == [(protocol, ((0, 0), (65535, 65535)))]
