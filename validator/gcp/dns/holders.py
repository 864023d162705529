"""Who has an address, as far as the project's load balancers and reserved addresses tell."""

from __future__ import annotations

import enum

import msgspec

from validator.gcp.dns.answers import same
from validator.model.loadbalancer import ForwardingRule
from validator.model.network import Address
from validator.model.resource import last
from validator.model.table import Partial, Table


class Holding(enum.Enum):
    """What an address is to the project."""

    #: A forwarding rule to an HTTP or HTTPS proxy, which can be followed to the names it serves.
    PROXY = enum.auto()
    #: Another forwarding rule: what stands behind it may serve any name.
    OPAQUE = enum.auto()
    #: Reserved, and used by something else: a VM, a NAT.
    USED = enum.auto()
    #: Reserved, and used by nothing.
    IDLE = enum.auto()
    #: Nobody's here: another project's, another company's, or let go.
    STRANGER = enum.auto()


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """What an address is, by full names and in words that go on behind "which"."""

    holding: Holding
    words: str
    evidence: tuple[str, ...] = ()


class Holders:
    """A fact: forwarding rules and reserved addresses by address."""

    def __init__(self, rules: Table[ForwardingRule], addresses: Partial[Address]) -> None:
        self._rules: dict[str, list[ForwardingRule]] = {}
        for rule in rules:
            self._rules.setdefault(same(rule.ip_address), []).append(rule)
        self._reserved = {same(one.address): one for one in addresses if not one.prefix_length or ":" in one.address}
        self._complete = addresses.complete

    @classmethod
    def derive(cls, *, rules: Table[ForwardingRule], addresses: Partial[Address]) -> Holders:
        """From forwarding rules and addresses; a gap among the latter leaves more addresses to strangers."""
        return cls(rules, addresses)

    def of(self, address: str) -> Holder:
        """Who has the address."""
        if rules := self._rules.get(address):
            return _of_rules(rules)
        one = self._reserved.get(address)
        if one is None:
            partly = "" if self._complete else " among those that were read"
            return Holder(holding=Holding.STRANGER, words=f"belongs to nothing of this project{partly}")
        if one.users:
            words = f"is reserved address {one.short}, used by {', '.join(last(user) for user in one.users)}"
            return Holder(holding=Holding.USED, words=words, evidence=(one.path, *one.users))
        words = f"is reserved address {one.short}, which nothing uses"
        return Holder(holding=Holding.IDLE, words=words, evidence=(one.path,))


def _of_rules(rules: list[ForwardingRule]) -> Holder:
    opaque = [rule for rule in rules if rule.answers(443) and not _is_http(rule)]
    shown = opaque or rules
    words = ", ".join(f"forwarding rule {rule.short} ({_ports(rule)})" for rule in shown)
    holding = Holding.OPAQUE if opaque else Holding.PROXY
    return Holder(holding=holding, words=f"belongs to {words}", evidence=tuple(rule.path for rule in shown))


def _is_http(rule: ForwardingRule) -> bool:
    return "/targetHttpProxies/" in rule.target or "/targetHttpsProxies/" in rule.target


def _ports(rule: ForwardingRule) -> str:
    first, _, end = rule.port_range.partition("-")
    return "all ports" if rule.all_ports else ", ".join(rule.ports) or (first if first == end else rule.port_range)
