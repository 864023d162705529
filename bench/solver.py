"""Shadowed rules by z3, from the rules' own texts: a second opinion, and a measure of what the engine spares."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import z3

from validator.model.firewall import FirewallRule, Ports

_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}


def shadowed(given: Sequence[FirewallRule]) -> list[str]:
    """Names of the rules of which, for each of their targets, no packet is left by those before them."""
    source, destination, port = z3.BitVec("source", 32), z3.BitVec("destination", 32), z3.BitVec("port", 16)
    protocol = z3.BitVec("protocol", 8)
    targets = sorted({tag for rule in given for tag in rule.target_tags} | {""})
    rest: dict[str, Any] = defaultdict(lambda: z3.SolverFor("QF_BV"))
    found = []
    for rule in given:
        (entry,) = rule.allowed + rule.denied
        matched = z3.And(
            _within(source, rule.source_ranges),
            _within(destination, rule.destination_ranges) if rule.destination_ranges else z3.BoolVal(val=True),
            _speaks(entry, protocol, port),
        )
        if not any(_is_satisfied(rest[target], matched) for target in rule.target_tags or ("",)):
            found.append(rule.name)
        for target in rule.target_tags or targets:
            rest[target].add(z3.Not(matched))
    return found


def _is_satisfied(rest: Any, matched: Any) -> bool:
    rest.push()
    rest.add(matched)
    answer = bool(rest.check() == z3.sat)
    rest.pop()
    return answer


def _within(address: Any, texts: Iterable[str]) -> Any:
    blocks = [ipaddress.ip_network(text) for text in texts]
    return z3.Or([z3.And(z3.UGE(address, int(block[0])), z3.ULE(address, int(block[-1]))) for block in blocks])


def _speaks(entry: Ports, protocol: Any, port: Any) -> Any:
    if entry.protocol == "all":
        return z3.BoolVal(val=True)
    spans = [text.partition("-")[::2] for text in entry.ports] or [("0", "65535")]
    held = [z3.And(z3.UGE(port, int(first)), z3.ULE(port, int(last or first))) for first, last in spans]
    return z3.And(protocol == _NUMBERS[entry.protocol], z3.Or(held))
