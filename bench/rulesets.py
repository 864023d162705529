"""Generated firewall rules: the same name, size and seed always give the same rules.

`acl`, `fw` and `ipc` imitate the families of ClassBench (Taylor and Turner, 2007; https://doi.org/10.1109/TNET.2007.893156):
prefixes that nest, few distinct ports, and the share of wildcards that makes `fw` the hard one. `real` imitates what
projects have: few tags, rules with many ranges, hardly a deny.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from validator.model.firewall import FirewallRule, Ports

FAMILIES = ("acl", "fw", "ipc", "real")
_WELL_KNOWN = (20, 21, 22, 23, 25, 53, 80, 110, 111, 119, 123, 135, 139, 143, 161, 389, 443, 445, 500, 514)
_ANYWHERE = ("0.0.0.0/0",)
_TAGS = tuple(f"tier-{number}" for number in range(12))


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of one family, each 0..1, and the prefix lengths of what is no wildcard."""

    any_source: float
    any_destination: float
    source_lengths: tuple[int, ...]
    destination_lengths: tuple[int, ...]
    any_protocol: float
    any_port: float
    port_range: float
    denies: float


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "acl": Style(
            any_source=0.06,
            any_destination=0.01,
            source_lengths=(16, 20, 24, 24, 26, 28, 32, 32),
            destination_lengths=(24, 26, 28, 30, 32, 32, 32, 32),
            any_protocol=0.05,
            any_port=0.25,
            port_range=0.12,
            denies=0.3,
        ),
        "fw": Style(
            any_source=0.45,
            any_destination=0.35,
            source_lengths=(16, 20, 24, 26, 28, 32, 32),
            destination_lengths=(16, 20, 24, 28, 32, 32),
            any_protocol=0.08,
            any_port=0.2,
            port_range=0.3,
            denies=0.4,
        ),
        "ipc": Style(
            any_source=0.14,
            any_destination=0.1,
            source_lengths=(12, 16, 18, 20, 22, 24, 28, 32, 32),
            destination_lengths=(12, 16, 18, 20, 22, 24, 28, 32, 32),
            any_protocol=0.1,
            any_port=0.35,
            port_range=0.15,
            denies=0.35,
        ),
    }
)


def rules(family: str, count: int, seed: int = 7) -> tuple[FirewallRule, ...]:
    """That many ingress rules in the order of evaluation; every priority occurs once.

    Raises:
        KeyError: no such family.
    """
    dice = random.Random(f"{family} {count} {seed}")  # noqa: S311 - the same rules every time
    if family == "real":
        return tuple(_real(dice, number) for number in range(count))
    make = _Maker(dice, STYLES[family], count)
    return tuple(make.rule(number) for number in range(count))


class _Maker:
    def __init__(self, dice: random.Random, style: Style, count: int) -> None:
        self._dice = dice
        self._style = style
        #: Rules speak again and again of the same hosts, and of the prefixes around them.
        self._hosts = [_host(dice) for _ in range(max(4, count // 3))]
        self._ports = [*_WELL_KNOWN, *(dice.randrange(1024, 65536) for _ in range(60))]

    def rule(self, number: int) -> FirewallRule:
        style, dice = self._style, self._dice
        denies = dice.random() < style.denies
        sources = self._prefix(style.any_source, style.source_lengths)
        # From anywhere to anywhere stands at the end of a real set, if at all: it would shadow all that follows.
        wildcards = style.any_destination if sources != _ANYWHERE else 0
        return FirewallRule(
            name=f"rule-{number}",
            priority=number,
            source_ranges=sources,
            destination_ranges=self._prefix(wildcards, style.destination_lengths),
            **_said((self._service(),), denies=denies),
        )

    def _prefix(self, wildcards: float, lengths: Sequence[int]) -> tuple[str, ...]:
        if self._dice.random() < wildcards:
            return _ANYWHERE
        return (_block(self._hosts[int(len(self._hosts) * self._dice.random() ** 2)], self._dice.choice(lengths)),)

    def _service(self) -> Ports:
        style, dice = self._style, self._dice
        if dice.random() < style.any_protocol:
            return Ports(protocol="all")
        protocol = dice.choice(("tcp", "tcp", "tcp", "tcp", "udp", "udp", "icmp"))
        drawn = dice.random()
        if protocol == "icmp" or drawn < style.any_port:
            return Ports(protocol=protocol)
        if drawn < style.any_port + style.port_range:
            return Ports(protocol=protocol, ports=(_port_range(dice),))
        return Ports(protocol=protocol, ports=(str(dice.choice(self._ports)),))


def _said(entries: tuple[Ports, ...], *, denies: bool) -> dict[str, Any]:
    return {"denied" if denies else "allowed": entries}


def _real(dice: random.Random, number: int) -> FirewallRule:
    """A rule of an ordinary project: some of its own or its partners' ranges to one tier, few ports."""
    ranges = tuple(dict.fromkeys(_usual(dice) for _ in range(dice.choice((1, 1, 2, 3, 5, 8, 12, 20)))))
    ports = dice.choice((("443",), ("22",), ("80", "443"), ("5432",), ("6379",), ("8000-9000",), ("3306", "33060"), ()))
    entry = Ports(protocol=dice.choice(("tcp", "tcp", "tcp", "tcp", "udp")), ports=ports)
    denies = dice.random() < 0.06  # noqa: PLR2004
    tags = (dice.choice(_TAGS),) if dice.random() < 0.9 else ()  # noqa: PLR2004
    return FirewallRule(
        name=f"rule-{number}", priority=number, source_ranges=ranges, target_tags=tags, **_said((entry,), denies=denies)
    )


def _usual(dice: random.Random) -> str:
    length = dice.choice((20, 24, 24, 26, 28, 29, 32, 32))
    if dice.random() < 0.7:  # noqa: PLR2004
        return _block(int(ipaddress.IPv4Address("10.0.0.0")) + dice.randrange(2**24), length)
    return _block(dice.randrange(2**32), length)


def _host(dice: random.Random) -> int:
    """Half of the hosts stand near others, so that short prefixes hold many."""
    return dice.randrange(2**32) if dice.random() < 0.5 else (203 << 24) + dice.randrange(2**20)  # noqa: PLR2004


def _block(host: int, length: int) -> str:
    return str(ipaddress.IPv4Network((host, length), strict=False))


def _port_range(dice: random.Random) -> str:
    usual = ("1024-65535", "0-1023", "6000-6063", "33434-33523", "137-139")
    if dice.random() < 0.6:  # noqa: PLR2004
        return dice.choice(usual)
    first = dice.randrange(65000)
    return f"{first}-{min(65535, first + dice.randrange(2, 5000))}"
