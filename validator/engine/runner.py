"""Runs rules over an inventory. The one place that calls checks, and the one that catches what they raise."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec

from validator.check import Fix, Proof, Severity, Skip, Undecided, Verdict, Violation
from validator.engine.findings import Finding, Status
from validator.engine.needs import needs_of, supply
from validator.engine.planner import read_kinds
from validator.engine.ruleset import Rule
from validator.model.inventory import Inventory
from validator.model.outcome import Reading
from validator.model.resource import Resource
from validator.model.selector import AddressBlock, Selector
from validator.model.table import Table


def judge(rules: Iterable[Rule], inventory: Inventory) -> tuple[Finding, ...]:
    """Every finding of every rule, in an order that depends on nothing but what was found."""
    court = _Court(inventory)
    found = (finding for rule in rules for finding in court.judge(rule))
    return tuple(sorted(dict.fromkeys(found), key=Finding.order))


class _Court:
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._environment = inventory.environment
        self._supply = supply(inventory)

    def judge(self, rule: Rule) -> Iterator[Finding]:
        """The findings of one rule."""
        if not rule.meant_for(self._environment.name):
            where = ", ".join(rule.environments)
            here = self._environment.name or f"--project {self._environment.project}"
            reason = f"meant for {where}, not for {here}"
            yield _finding(rule, "*", Status.SKIPPED, code="OTHER_ENVIRONMENT", message=reason)
            return
        if rule.unmade_probes:
            probes = ", ".join(rule.unmade_probes)
            reason = f"needs real connections ({probes}): --check-all makes them, or --check {rule.id}"
            yield _finding(rule, "*", Status.SKIPPED, code="PROBE_NOT_ASKED_FOR", message=reason)
            return
        selectors = rule.subjects or tuple(Selector(kind.KIND.noun, "*") for kind in rule.check.subjects)
        found = {selector: self._rows(rule, selector) for selector in selectors}
        for selector, rows in found.items():
            yield from self._unmatched(rule, selector, rows, others=any(found.values()))
        subjects = list({row.path: row for rows in found.values() for row in rows}.values())
        labels = Counter(row.label for row in subjects)
        for row in subjects:
            where = row.location or row.project
            label = row.label if labels[row.label] == 1 else f"{row.KIND.noun}/{where}/{row.short}"
            yield from self._unless_partial(rule, type(row), list(self._verdict(rule, row, label)))

    def _rows(self, rule: Rule, selector: Selector) -> tuple[Resource, ...]:
        if selector.noun == AddressBlock.KIND.noun:
            named = selector.pattern != "*"
            return (AddressBlock(name=selector.pattern, project=self._environment.project),) if named else ()
        kind = next(kind for kind in rule.check.subjects if kind.KIND.noun == selector.noun)
        table: Table[Any] = self._supply.value(Table[kind])  # type: ignore[valid-type]
        rows = (row for row in table if selector.matches(row))
        return tuple(row for row in rows if selector.exact or self._environment.wants(row.location))

    def _unmatched(
        self, rule: Rule, selector: Selector, rows: tuple[Resource, ...], *, others: bool
    ) -> Iterator[Finding]:
        """What a selector that matched nothing, or whose kind was not read to the end, makes of the verdict."""
        gaps = tuple(gap for kind in rule.check.subjects if kind.KIND.noun == selector.noun for gap in self._gaps(kind))
        if gaps and not (rows and selector.exact):
            yield _unknown(rule, str(selector), gaps)
        elif rows or (others and not rule.subjects):
            return
        elif selector.exact:
            yield _missing(rule, selector, self._where, narrowed=bool(self._environment.regions))
        elif rule.allow_empty:
            reason = f"there is no {selector} in {self._where}"
            yield _finding(rule, str(selector), Status.SKIPPED, code="NO_SUBJECTS", message=reason)
        else:
            reason = (
                f"{selector} matches nothing in {self._where}, so nothing was judged; allow_empty: true permits that"
            )
            yield _finding(rule, str(selector), Status.UNKNOWN, code="NO_SUBJECTS", message=reason)

    @property
    def _where(self) -> str:
        """The project, and the regions where others were not looked at: absence is said of no more than that."""
        regions = self._environment.regions
        only = f" ({', '.join(regions)} only)" if regions else ""
        return f"{self._environment.project}{only}"

    def _unless_partial(self, rule: Rule, kind: type[Resource], found: list[Finding]) -> Iterator[Finding]:
        """What fails is proven; but nothing passes whose own kind was not read to the end."""
        gaps = self._gaps(kind)
        for finding in found:
            passes = finding.status in (Status.PASS, Status.SKIPPED)
            yield _unknown(rule, finding.subject, gaps) if gaps and passes else finding

    def _gaps(self, kind: type[Resource]) -> tuple[Reading, ...]:
        return tuple(gap for read in read_kinds(kind) for gap in self._inventory.gaps(read))

    def _verdict(self, rule: Rule, row: Resource, label: str) -> Iterator[Finding]:
        gaps = tuple(gap for kind in rule.check.decisive_needs for gap in self._inventory.gaps(kind))
        if gaps:
            yield _unknown(rule, label, gaps)
            return
        function = rule.check.function
        subject = next(iter(needs_of(function)))
        given = {name: rule.params for name, need in needs_of(function).items() if need is rule.check.params}
        try:
            arguments = self._supply.arguments(function, **{subject: row}, **given)
            del arguments[subject]
            verdicts = [_sound(verdict) for verdict in function(row, **arguments)]
        except (Exception, SystemExit, GeneratorExit) as problem:  # noqa: BLE001 - a check is a plug-in: never a pass
            yield _crashed(rule, label, problem)
            return
        yield from _findings(rule, label, verdicts)


def _sound(verdict: object) -> Verdict:
    """The verdict with every field of its declared type: structs do not look at what they are made of.

    Raises:
        TypeError: it is none.
        msgspec.ValidationError: a field is of another type.
    """
    if isinstance(verdict, Violation | Undecided | Skip | Proof) and type(verdict) in get_args(Verdict):
        return msgspec.convert(msgspec.to_builtins(verdict), type(verdict))
    raise TypeError(f"yielded {type(verdict).__name__}; expected Violation, Undecided, Skip or Proof")


def _findings(rule: Rule, label: str, verdicts: list[Verdict]) -> Iterator[Finding]:
    proofs = [verdict for verdict in verdicts if isinstance(verdict, Proof)]
    others = [verdict for verdict in verdicts if not isinstance(verdict, Proof)]
    if not others:
        evidence = tuple(dict.fromkeys(text for proof in proofs for text in proof.evidence))
        message = "; ".join(proof.message for proof in proofs)
        yield _finding(rule, label, Status.PASS, message=message, evidence=evidence)
    for verdict in others:
        yield _from_verdict(rule, label, verdict)


def _from_verdict(rule: Rule, label: str, verdict: Violation | Undecided | Skip) -> Finding:
    status = {Violation: Status.FAIL, Undecided: Status.UNKNOWN, Skip: Status.SKIPPED}[type(verdict)]
    own = verdict.severity if isinstance(verdict, Violation) else None
    severity = min(rule.severity, own or rule.severity, key=lambda severity: severity.rank)
    return _finding(
        rule,
        label,
        status,
        severity=severity,
        code=verdict.code,
        message=verdict.message,
        evidence=verdict.evidence,
        fix=None if isinstance(verdict, Skip) else verdict.fix,
    )


def _missing(rule: Rule, selector: Selector, where: str, *, narrowed: bool) -> Finding:
    """A resource named outright that does not exist is a failure, and a grave one: nothing was judged."""
    message = f"{selector} does not exist in {where}, although rule {rule.id} names it"
    regions = ", or the regions of the environment" if narrowed else ""
    fix = Fix(summary=f"Correct the name in rule {rule.id} ({rule.place}){regions}, or create it.")
    return _finding(
        rule,
        str(selector),
        Status.FAIL,
        severity=Severity.ERROR,
        code="RESOURCE_CONFIG_NOT_FOUND",
        message=message,
        fix=fix,
    )


def _unknown(rule: Rule, label: str, gaps: tuple[Reading, ...]) -> Finding:
    first, *rest = {gap.order(): gap for gap in sorted(gaps, key=Reading.order)}.values()
    more = f" (and {len(rest)} more reads)" if len(rest) > 1 else " (and 1 more read)" if rest else ""
    return _finding(
        rule,
        label,
        Status.UNKNOWN,
        code=first.outcome.cause.upper(),
        message=f"not known: {first.words} {first.outcome.message}{more}",
        evidence=tuple(f"{gap.words}: {gap.outcome.cause}" for gap in (first, *rest)),
        fix=_mend(first.outcome.fix),
    )


def _mend(fix: str) -> Fix | None:
    """The next command, to paste, where the remedy of a read is one; else the remedy in words."""
    if fix.startswith("gcloud "):
        return Fix(summary="Then run again.", gcloud=(fix,))
    return Fix(summary=fix) if fix else None


def _crashed(rule: Rule, label: str, problem: BaseException) -> Finding:
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    said = "".join(traceback.format_exception_only(problem)).strip()
    message = f"check {rule.check.id} crashed: {said} ({frame.filename}:{frame.lineno})"
    fix = Fix(
        summary=f"This is a defect of the check ({rule.check.file}), not of your environment; report it to its author."
    )
    return _finding(rule, label, Status.ERROR, code="CHECK_CRASHED", message=message, fix=fix)


def _finding(
    rule: Rule,
    subject: str,
    status: Status,
    *,
    severity: Severity | None = None,
    code: str = "",
    message: str = "",
    evidence: tuple[str, ...] = (),
    fix: Fix | None = None,
) -> Finding:
    return Finding(
        rule=rule.id,
        check=rule.check.id,
        severity=severity or rule.severity,
        subject=subject,
        status=status,
        code=code,
        message=message,
        evidence=evidence,
        fix=fix,
    )
