"""Which kinds must be read for a set of rules, in which order, and with which permissions.

All of it follows from annotations, so the plan is known before the first call.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator

import msgspec

from validator.engine.needs import decisive_kinds, kinds_of, kinds_of_all, needs_of
from validator.engine.ruleset import Rule
from validator.model.environment import Environment
from validator.model.resource import Probe, Read, Resource
from validator.model.table import Table


class CollectionPlan(msgspec.Struct, frozen=True):
    """The kinds to read, parents before the kinds whose calls they determine."""

    kinds: tuple[type[Resource], ...]

    @property
    def reads(self) -> Iterator[tuple[type[Resource], Read]]:
        """Every read, with its kind."""
        for kind in self.kinds:
            for read in kind.KIND.reads:
                yield kind, read

    @property
    def probes(self) -> Iterator[Probe]:
        """Every probe."""
        yield from (kind.KIND.probe for kind in self.kinds if kind.KIND.probe)

    def asked(self, environment: Environment) -> Iterator[tuple[type[Resource], Read]]:
        """The reads that will be made: an environment that names its regions and host needs not ask for them."""
        for kind, read in self.reads:
            if set(needs_of(read.targets).values()) != {Environment} or any(read.targets(environment=environment)):
                yield kind, read

    def permissions(self, environment: Environment) -> tuple[str, ...]:
        """The IAM permissions of the reads that will be made, sorted."""
        return tuple(sorted({read.permission for _, read in self.asked(environment)}))


def plan(rules: Iterable[Rule]) -> CollectionPlan:
    """The smallest plan that supplies every rule's subjects and needs."""
    return plan_kinds(kind for rule in rules for kind in kinds_of_rule(rule))


def kinds_of_rule(rule: Rule) -> Iterator[type[Resource]]:
    """The kinds a rule's verdict rests on: its subjects' and its check's needs; may repeat.

    Those of probes only where the rule asks for them; none where it is skipped for want of one.
    """
    if rule.unmade_probes:
        return
    yield from _subject_kinds(rule)
    yield from (kind for kind in rule.check.needs if rule.probing or not kind.KIND.probe)


def decisive_kinds_of_rule(rule: Rule) -> Iterator[type[Resource]]:
    """Those of them of which a gap makes the verdict unknown, whatever the check itself would say."""
    decisive = {*_subject_kinds(rule), *rule.check.decisive_needs}
    yield from (kind for kind in kinds_of_rule(rule) if kind in decisive)


def _subject_kinds(rule: Rule) -> Iterator[type[Resource]]:
    nouns = {selector.noun for selector in rule.subjects}
    for kind in rule.check.subjects:
        if not nouns or kind.KIND.noun in nouns:
            yield from read_kinds(kind)


def read_kinds(kind: type[Resource]) -> Iterator[type[Resource]]:
    """The kinds that must be read for the kind's table: itself, or what it is derived from."""
    if kind.KIND.sources or getattr(kind, "subjects", None):
        yield from kinds_of(Table[kind])  # type: ignore[valid-type]


def plan_kinds(kinds: Iterable[type[Resource]]) -> CollectionPlan:
    """The plan for these kinds and all that their calls depend on."""
    graph: dict[type[Resource], tuple[type[Resource], ...]] = {}
    waiting = list(dict.fromkeys(kinds))
    while waiting:
        kind = waiting.pop()
        if kind not in graph:
            graph[kind] = parents(kind)
            waiting.extend(graph[kind])
    ordered = sorted(graph, key=lambda kind: kind.KIND.noun)
    return CollectionPlan(tuple(graphlib.TopologicalSorter({kind: graph[kind] for kind in ordered}).static_order()))


def decisive_parents(kind: type[Resource]) -> tuple[type[Resource], ...]:
    """Those of the parents that must be read to the end, or a call may be missing; the others are weighed."""
    needs = (need for source in kind.KIND.sources for need in needs_of(source.targets).values())
    return tuple(sorted(set(decisive_kinds(needs)), key=lambda parent: parent.KIND.noun))


def parents(kind: type[Resource]) -> tuple[type[Resource], ...]:
    """The kinds whose tables decide which calls the kind's reads make."""
    found = (parent for source in kind.KIND.sources for parent in kinds_of_all(needs_of(source.targets).values()))
    return tuple(sorted(set(found), key=lambda parent: parent.KIND.noun))
