"""A second, slow evaluator: one packet at a time, from the rules as the API spells them."""

from __future__ import annotations

import ipaddress
import re

from validator.gcp.firewall.party import Party
from validator.headerspace.packets import Packet
from validator.model.firewall import FirewallRule, Ports

_NUMBERS = {"icmp": "1", "tcp": "6", "udp": "17", "esp": "50", "ah": "51", "ipip": "94", "sctp": "132"}
#: True, False, or None for "cannot be told".
Answer = bool | None


def fate(packet: Packet, rules: list[FirewallRule], direction: str, target: Party, sender: Party) -> str:
    """What becomes of the packet: allow, deny or undecided."""
    ways = set()
    for rule in sorted(rules, key=lambda rule: (rule.priority, bool(rule.allowed) - bool(rule.denied))):
        if rule.disabled or rule.direction != direction:
            continue
        answer = _all(
            _target(rule, target), _source(rule, packet, sender), _destination(rule, packet), _service(rule, packet)
        )
        if rule.unmodelled and answer:
            answer = None
        if answer is False:
            continue
        ways.add("undecided" if bool(rule.allowed) == bool(rule.denied) else "allow" if rule.allowed else "deny")
        if answer:
            break
    else:
        ways.add("deny" if direction == "INGRESS" else "allow")
    return ways.pop() if len(ways) == 1 else "undecided"


def _all(*answers: Answer) -> Answer:
    return False if False in answers else None if None in answers else True


def _any(*answers: Answer) -> Answer:
    return True if True in answers else None if None in answers else False


def _carries(wanted: tuple[str, ...], known: frozenset[str] | None) -> Answer:
    return False if not wanted else None if known is None else any(name in known for name in wanted)


def _target(rule: FirewallRule, target: Party) -> Answer:
    if not rule.target_tags and not rule.target_service_accounts:
        return True
    if rule.target_tags:
        return _carries(rule.target_tags, target.tags)
    return _carries(rule.target_service_accounts, target.service_accounts)


def _source(rule: FirewallRule, packet: Packet, sender: Party) -> Answer:
    ranged = _within(packet.source, rule.source_ranges)
    if rule.direction == "EGRESS":
        return ranged if rule.source_ranges else True
    if rule.source_tags or rule.source_service_accounts:
        unclear: Answer = None
        by_tag = _carries(rule.source_tags, sender.tags)
        by_account = _carries(rule.source_service_accounts, sender.service_accounts)
        return _any(ranged, unclear if sender.direct_vpc else _any(by_tag, by_account))
    return ranged if rule.source_ranges else _unwritten(packet)


def _destination(rule: FirewallRule, packet: Packet) -> Answer:
    if rule.destination_ranges:
        return _within(packet.destination, rule.destination_ranges)
    return _unwritten(packet) if rule.direction == "EGRESS" else True


def _unwritten(packet: Packet) -> Answer:
    return True if packet.source.version == 4 else None


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, texts: tuple[str, ...]) -> Answer:
    answers: list[Answer] = []
    for text in texts:
        try:
            answers.append(address in ipaddress.ip_network(text, strict=False))
        except ValueError:
            answers.append(None)
    return _any(*answers)


def _service(rule: FirewallRule, packet: Packet) -> Answer:
    entries = rule.allowed + rule.denied
    return _any(*(_entry(entry, packet) for entry in entries)) if entries else None


def _entry(entry: Ports, packet: Packet) -> Answer:
    protocol = _NUMBERS.get(entry.protocol.lower(), entry.protocol.lower())
    if protocol == "all":
        return None if entry.ports else True
    if not protocol.isdigit():
        return None
    if int(protocol) != packet.protocol:
        return False
    if not entry.ports:
        return True
    return None if packet.port is None else _any(*(_port(text, packet.port) for text in entry.ports))


def _port(text: str, port: int) -> Answer:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return None if first > last or last > 65535 else first <= port <= last
