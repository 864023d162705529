"""How the firewall engine grows: one family of generated rules at one size, measured in a process of its own.

    python -m bench.scale FAMILY COUNT [partition]

prints one JSON object. Beside the engine's times stand ratios taken in the same process: the same answers by looking at
every rule for every packet, and by the solver z3, at a size that it can do.
"""

from __future__ import annotations

import ipaddress
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bench import solver
from bench.rulesets import rules
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.party import Party
from validator.gcp.firewall.rules.shadow import idle_rules
from validator.headerspace.axes import V4, addresses, services
from validator.headerspace.packets import EVERY_PACKET, Packet, packets
from validator.model.firewall import FirewallRule

_NETWORK = "projects/bench/global/networks/vpc"
#: A VM of one tier, and a sender that no tag selects.
_TARGET = Party(tags=frozenset({"tier-0"}), service_accounts=frozenset(), secure_tags=frozenset(), internet=False)
_SENDER = Party(tags=frozenset(), service_accounts=frozenset(), secure_tags=frozenset(), internet=False)
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}
_PACKETS = 20
#: As many rules as z3 settles in seconds.
_FOR_Z3 = 250
T = TypeVar("T")


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """One family at one size; seconds of processor time, and ratios of them to the engine's for the same answers."""

    family: str
    rules: int
    #: Texts to number sets.
    compile_s: float
    #: (a) One coverage query: the first, which builds the index, and one after it.
    first_query_s: float
    query_s: float
    #: (b) The partition of every packet; None where it was not asked for.
    partition_s: float | None
    pieces: int | None
    #: (c) All rules that are shadowed, and all that change nothing.
    idle_s: float
    shadowed: int
    redundant: int
    peak_mib: float
    #: One packet by looking at every rule, against one query; z3 against the engine on the first `z3_rules`.
    naive_ratio: float
    z3_rules: int
    z3_ratio: float


def main() -> int:
    """Measure what the arguments name, print it."""
    family, count, *more = sys.argv[1:]
    print(msgspec.json.encode(measure_scale(family, int(count), partition="partition" in more)).decode())
    return 0


def measure_scale(family: str, count: int, *, partition: bool) -> Scale:
    """The figures of one family at one size.

    Raises:
        RuntimeError: naive evaluation or z3 gives another answer than the engine.
    """
    given = rules(family, count)
    firewall, compile_s = timed(lambda: firewall_of(given))
    asked = packets(addresses(["10.2.0.0/28"]), addresses(["203.0.113.7"]), services(6, [(443, 443)]))
    query = lambda: firewall.judge(asked, direction="INGRESS", target=_TARGET, sender=_SENDER)  # noqa: E731
    _, first_query_s = timed(query)
    _, query_s = timed(query)
    idle, idle_s = timed(lambda: idle_rules(firewall))
    parts, partition_s = timed(lambda: _partition(firewall)) if partition else (None, None)
    peak_mib = _peak_mib()
    return Scale(
        family=family,
        rules=count,
        compile_s=round(compile_s, 4),
        first_query_s=round(first_query_s, 4),
        query_s=round(query_s, 5),
        partition_s=None if partition_s is None else round(partition_s, 3),
        pieces=parts,
        idle_s=round(idle_s, 3),
        shadowed=sum(one.shadowed for one in idle),
        redundant=sum(not one.shadowed for one in idle),
        peak_mib=round(peak_mib, 1),
        naive_ratio=_naive_ratio(firewall, given),
        z3_rules=_FOR_Z3,
        z3_ratio=_z3_ratio(given[:_FOR_Z3]),
    )


def firewall_of(given: Sequence[FirewallRule]) -> NetworkFirewall:
    """A network with just these rules, whose VMs have IPv4 addresses."""
    return NetworkFirewall(network=_NETWORK, rules=ordered((rule, RuleKind.VPC) for rule in given), carriers={"": V4})


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and the seconds of processor time it took: other work on the machine does not count."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _peak_mib() -> float:
    """Of this process alone where Linux tells it; `getrusage` counts what the parent held, too."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _partition(firewall: NetworkFirewall) -> int:
    return len(firewall.judge(EVERY_PACKET, direction="INGRESS", target=_TARGET, sender=_SENDER).pieces)


def _naive_ratio(firewall: NetworkFirewall, given: Sequence[FirewallRule]) -> float:
    dice = random.Random(11)  # noqa: S311 - the same packets every time
    sample = [_drawn(dice, given) for _ in range(_PACKETS)]
    slow, slow_s = timed(lambda: [_naive(packet, given) for packet in sample])
    fast, fast_s = timed(lambda: [_judged(firewall, packet) for packet in sample])
    if slow != fast:
        raise RuntimeError(f"naive evaluation gives {slow}, the engine {fast}")
    return round(slow_s / fast_s, 3)


def _drawn(dice: random.Random, given: Sequence[FirewallRule]) -> Packet:
    """A packet that some rule matches."""
    rule = dice.choice(given)
    (entry,) = rule.allowed + rule.denied
    protocol = _NUMBERS.get(entry.protocol, 6)
    port = int(dice.choice(entry.ports).split("-")[0]) if entry.ports else dice.randrange(2**16)
    source = ipaddress.ip_network(dice.choice(rule.source_ranges))[0]
    destination = ipaddress.ip_network(dice.choice(rule.destination_ranges or ("10.9.0.0/16",)))[-1]
    return Packet(source, destination, protocol, None if protocol == 1 else port)


def _judged(firewall: NetworkFirewall, packet: Packet) -> str:
    ports = None if packet.port is None else [(packet.port, packet.port)]
    asked = packets(addresses([packet.source]), addresses([packet.destination]), services(packet.protocol, ports))
    (piece,) = firewall.judge(asked, direction="INGRESS", target=_TARGET, sender=_SENDER).pieces
    return str(piece.action)


def _naive(packet: Packet, given: Sequence[FirewallRule]) -> str:
    for rule in given:
        if _matches(rule, packet):
            return "allow" if rule.allowed else "deny"
    return "deny"


def _matches(rule: FirewallRule, packet: Packet) -> bool:
    (entry,) = rule.allowed + rule.denied
    aimed = not rule.target_tags or not _TARGET.tags or not _TARGET.tags.isdisjoint(rule.target_tags)
    spoken = entry.protocol == "all" or _NUMBERS[entry.protocol] == packet.protocol
    return (
        aimed
        and spoken
        and (not entry.ports or any(_holds(text, packet.port) for text in entry.ports))
        and any(packet.source in ipaddress.ip_network(text) for text in rule.source_ranges)
        and (
            not rule.destination_ranges
            or any(packet.destination in ipaddress.ip_network(text) for text in rule.destination_ranges)
        )
    )


def _holds(text: str, port: int | None) -> bool:
    first, _, last = text.partition("-")
    return port is not None and int(first) <= port <= int(last or first)


def _z3_ratio(given: Sequence[FirewallRule]) -> float:
    firewall = firewall_of(given)
    idle, fast_s = timed(lambda: idle_rules(firewall))
    names, slow_s = timed(lambda: solver.shadowed(given))
    ours = [one.rule.rule.name for one in idle if one.shadowed]
    if names != ours:
        raise RuntimeError(f"z3 finds {names} shadowed, the engine {ours}")
    return round(slow_s / fast_s, 1)


if __name__ == "__main__":
    sys.exit(main())
