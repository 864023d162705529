"""What is out of reach from where."""

from __future__ import annotations

import pytest

from tests.probe.kits import kit


@pytest.mark.parametrize(
    ("address", "inside", "lost"),
    [
        ("10.0.0.3", False, True),
        ("100.64.0.3", False, True),
        ("240.0.0.3", False, True),
        ("fd20::3", False, True),
        ("8.8.8.8", False, False),
        ("2600:1901::1", False, False),
        ("10.0.0.3", True, False),
    ],
    ids=["RFC 1918", "RFC 6598", "class E", "ULA", "public", "public IPv6", "private from inside"],
)
def test_private_addresses_are_out_of_reach_from_outside(
    address: str,
    inside: bool,  # noqa: FBT001 - a column of the table
    lost: bool,  # noqa: FBT001
) -> None:
    assert kit(inside=inside).out_of_reach(address) is lost


@pytest.mark.parametrize("address", ["6.6.6.6", "10.0.0.3"], ids=["public, used privately", "RFC 1918"])
def test_an_address_that_is_known_to_be_in_a_network_is_out_of_reach_from_outside_whatever_its_number(
    address: str,
) -> None:
    """https://cloud.google.com/vpc/docs/subnets#valid-ranges (privately used public addresses)."""
    assert kit(inside=False).out_of_reach(address, private=True)
    assert not kit(inside=True).out_of_reach(address, private=True)
