"""The faults: each a small slip that a tired person makes, in the module it would be made in."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: the text `old`, which stands once in the module, becomes `new`."""

    module: str
    old: str
    new: str
    #: Test files, one of which must fail.
    tests: tuple[str, ...]
    #: What goes wrong.
    slip: str

    @property
    def id(self) -> str:
        """The module's last name and the slip."""
        return f"{self.module.removeprefix('validator.')}: {self.slip}"

    def file(self, root: Path) -> Path:
        """The file of the module."""
        return root / f"{self.module.replace('.', '/')}.py"

    def planted(self, source: str) -> str:
        """The source with the fault in it.

        Raises:
            ValueError: the text to change does not stand there exactly once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.id}: {self.old!r} stands {source.count(self.old)} times, expected once")
        return source.replace(self.old, self.new)


def _mutants(module: str, tests: tuple[str, ...], *slips: tuple[str, str, str]) -> tuple[Mutant, ...]:
    return tuple(Mutant(module=module, slip=slip, old=old, new=new, tests=tests) for slip, old, new in slips)


_SETS = ("tests/headerspace/test_intervals.py", "tests/headerspace/test_packets.py")
_INDEX = ("tests/headerspace/test_line.py", "tests/headerspace/test_sweep.py", "tests/headerspace/test_ordered.py")
_FIREWALL = (
    "tests/gcp/firewall/test_mistakes.py",
    "tests/gcp/firewall/test_network.py",
    "tests/gcp/firewall/test_policies.py",
    "tests/gcp/firewall/test_evaluate.py",
    "tests/gcp/firewall/test_fuzz.py",
)
_PATHS = ("tests/gcp/paths",)

MUTANTS = (
    *_mutants(
        "validator.headerspace.intervals",
        _SETS,
        ("adjacent spans are not merged", "first <= merged[-1][1] + 1", "first <= merged[-1][1]"),
        ("a contained span shortens its container", "max(last, merged[-1][1])", "last"),
        ("spans are taken as they come", "in sorted(spans)", "in spans"),
        ("a clip ends one too early", "max(low, first), min(high, last)", "max(low, first), min(high, last - 1)"),
        ("a clip stops before the last span", "if low > last:", "if low >= last:"),
        ("a difference keeps the last number", "yield first, low - 1", "yield first, low"),
        ("a difference loses the next number", "first = high + 1", "first = high + 2"),
        ("the end of a difference is lost", "if first <= last:\n        yield", "if first < last:\n        yield"),
        ("a span's first number is not in it", "self.spans[at][0] <= number", "self.spans[at][0] < number"),
        ("a span counts one too few", "sum(last - first + 1 for", "sum(last - first for"),
        ("touching at one number is not meeting", "spans[at][0] <= last\n", "spans[at][0] < last\n"),
        ("subset is the other way round", "return not self - other", "return not other - self"),
    ),
    *_mutants(
        "validator.headerspace.product",
        _SETS,
        ("equal rests are not merged", "merged[rest].append(numbers)", "merged[rest] = [numbers]"),
        ("parts are not sorted", "tuple(sorted(found, key=lambda part: part[0].spans))", "tuple(found)"),
        ("what is joined keeps only one rest", "yield both, rest | rests", "yield both, rest"),
        ("what only the right has is lost", "yield others - taken, rests", "yield others & taken, rests"),
        ("a difference takes nothing away", "yield both, rest - rests", "yield both, rest"),
        (
            "parts that touch do not meet",
            "left.spans[0][0] > right.spans[-1][1]",
            "left.spans[0][0] >= right.spans[-1][1]",
        ),
    ),
    *_mutants(
        "validator.headerspace.axes",
        _SETS,
        ("host bits are refused", "ip_network(block, strict=False)", "ip_network(block, strict=True)"),
        ("a range ends one too late", "first + network.num_addresses - 1", "first + network.num_addresses"),
        ("IPv6 lies upon IPv4", "_V6 = 2**32 + 1", "_V6 = 2**32 - 1"),
        ("protocol 256 is one", "if not 0 <= protocol <= 255:", "if not 0 <= protocol <= 256:"),
        ("SCTP has no ports", '{6: "tcp", 17: "udp", 132: "sctp"}', '{6: "tcp", 17: "udp"}'),
    ),
    *_mutants(
        "validator.headerspace.packets",
        _SETS,
        ("families mix", "for family in (V4, V6)", "for family in (V4 | V6, V6)"),
        ("IPv6 is forgotten", "for family in (V4, V6)", "for family in (V4,)"),
    ),
    *_mutants(
        "validator.headerspace.line",
        _INDEX,
        ("a set reaches one number further", "yield last + 1, position, False", "yield last + 2, position, False"),
        (
            "sets that begin inside are missed",
            "self.at(first) | self._entered_between(",
            "self.at(first) & self._entered_between(",
        ),
        (
            "a turn inside a stride is forgotten",
            "self._turns[end - end % _STRIDE : end]",
            "self._turns[end - end % _STRIDE : end - 1]",
        ),
    ),
    *_mutants(
        "validator.headerspace.sweep",
        _INDEX,
        (
            "a box that covers all sources takes nothing",
            "intervals(taken.pop(sources, ()))",
            "intervals(taken.pop(sources, ())[:0])",
        ),
        (
            "a cut ends one too late",
            "found[mask].append((start, numbers[at] - 1))",
            "found[mask].append((start, numbers[at]))",
        ),
    ),
    *_mutants(
        "validator.headerspace.ordered",
        _INDEX,
        ("a box is before itself", "return (1 << position) - 1", "return (2 << position) - 1"),
        (
            "destinations do not count",
            "return found and found & self._destinations.over(box.destinations)",
            "return found",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.fields",
        _FIREWALL,
        ("a protocol number is no protocol", 'int(name) if re.fullmatch(r"\\d{1,3}", name) else -1', "-1"),
        ("the case of a protocol counts", "name = protocol.strip().lower()", "name = protocol.strip()"),
        ("an unreadable range is nothing", "Bounds(sure, ANYWHERE if None in read else sure)", "Bounds(sure, sure)"),
        (
            "a port range backwards is one",
            "first <= last <= 65535",
            "last <= 65535 and (min(first, last), max(first, last))",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.match",
        _FIREWALL,
        (
            "an allow wins a tie",
            "{Action.DENY: 0, None: 1, Action.ALLOW: 2}",
            "{Action.DENY: 2, None: 1, Action.ALLOW: 0}",
        ),
        ("ingress destinationRanges are ignored", "_narrowing(rule.destination_ranges)", "_narrowing(())"),
        ("egress sourceRanges are ignored", "_narrowing(rule.source_ranges)", "_narrowing(())"),
        ("an unmodelled field is ignored", "applies and not one.rule.unmodelled and", "applies and"),
        (
            "an ingress rule with tags only means everybody",
            "if rule.source_ranges else NONE",
            "if rule.source_ranges else NO_RANGE_GIVEN",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.party",
        _FIREWALL,
        (
            "unknown tags are no tags",
            "return None if known is None else not known",
            "return False if known is None else not known",
        ),
        ("Direct VPC sends by tag", "    if party.direct_vpc:\n        return None\n", ""),
        ("one of two kinds of target is enough", "chosen[0] if len(set(chosen)) == 1 else None", "any(chosen)"),
    ),
    *_mutants(
        "validator.gcp.firewall.evaluate",
        _FIREWALL,
        (
            "goto_next ends the search",
            "            self._gone.append(one)\n        elif one.leaning",
            "            self.settled.append(Piece(packets=one.packets, action=Action.ALLOW, decider=match.decider))\n        elif one.leaning",
        ),
        (
            "a doubtful rule decides",
            "elif one.leaning not in (None, action):\n            self._undecided(one.packets, one.decider",
            "elif False:\n            self._undecided(one.packets, one.decider",
        ),
        (
            "a doubtful rule is skipped",
            "yield msgspec.structs.replace(one, leaning=action, decider=decider, doubt=doubt)",
            "yield one",
        ),
        (
            "a doubtful goto_next is skipped",
            "yield msgspec.structs.replace(one, decider=decider, doubt=doubt, maybe_gone=True)",
            "yield one",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.stages",
        _FIREWALL,
        (
            "policies come before classic rules",
            "AFTER: (Stage.CLASSIC, Stage.GLOBAL, Stage.REGIONAL)",
            "AFTER: (Stage.GLOBAL, Stage.REGIONAL, Stage.CLASSIC)",
        ),
        (
            "regional policies come before global ones",
            "BEFORE: (Stage.GLOBAL, Stage.REGIONAL, Stage.CLASSIC)",
            "BEFORE: (Stage.REGIONAL, Stage.GLOBAL, Stage.CLASSIC)",
        ),
        (
            "system policies come first",
            "(Stage.UNPLACED, Stage.HIERARCHICAL, Stage.SYSTEM, *last)",
            "(Stage.UNPLACED, Stage.SYSTEM, Stage.HIERARCHICAL, *last)",
        ),
        (
            "associations are taken as they come",
            "sorted(policies, key=lambda policy: policy.priority or 0)",
            "sorted(policies, key=lambda policy: -(policy.priority or 0))",
        ),
        (
            "hierarchical policies are ranked by a priority they have not",
            "untold = stage is Stage.HIERARCHICAL or None",
            "untold = None",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.policy_rules",
        _FIREWALL,
        ("a secure tag that is gone still selects", 'if tag.state != "INEFFECTIVE"', 'if tag.state != "" or True'),
        (
            "targets of a policy rule are ignored",
            "return False if False in chosen else None",
            "return None if False in chosen else None",
        ),
        ("a disabled policy rule counts", "return not rule.disabled and (", "return ("),
    ),
    *_mutants(
        "validator.gcp.firewall.reading",
        _FIREWALL,
        (
            "a rule for another network applies",
            "chosen = True if True in meant else None if None in meant else False",
            "chosen = True",
        ),
        ("FQDNs match nothing", "parts += [ANY_PART] if side.fqdns else []", "parts += []"),
        (
            "threat lists match nothing",
            "parts += [_SOME_PUBLIC] if side.regions or side.threats else []",
            "parts += []",
        ),
        (
            "a group that was not read is empty",
            "self.groups.get(self.group_name(reference), ANY_PART)",
            "self.groups.get(self.group_name(reference), NONE)",
        ),
    ),
    *_mutants(
        "validator.gcp.firewall.unconditional",
        _FIREWALL,
        ("SMTP gets out", "(packets(destinations=external, services=_SMTP), Action.DENY, _MAIL),", ""),
        ("the metadata server can be blocked", "(packets(destinations=METADATA_SERVER), Action.ALLOW, _METADATA),", ""),
    ),
    *_mutants(
        "validator.gcp.firewall.managed",
        _FIREWALL,
        (
            "a connector of a service project has Google's rules",
            'return place.network.startswith(f"projects/{connector.project}/")',
            "return True",
        ),
        ("listed rules are added again", "if suffix not in ends:", "if suffix:"),
    ),
    *_mutants(
        "validator.gcp.paths.routes",
        _PATHS,
    ),
)
