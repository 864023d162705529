"""What `checks`, `explain` and `permissions` print: the checks' own words, and what a plan asks for."""

from __future__ import annotations

import difflib
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from validator.check import Params
from validator.engine.loader import LoadedCheck
from validator.engine.planner import CollectionPlan, plan_kinds, read_kinds
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.outcome import Cause
from validator.model.resource import Resource
from validator.model.selector import AddressBlock
from validator.options import UsageError
from validator.report.clean import clean, inert

_WIDTH = 80


def checks_text(checks: Mapping[str, LoadedCheck]) -> str:
    """A line a check: id, default severity, title; a probe is marked."""
    wide = max(map(len, checks))
    rows = (
        textwrap.fill(
            f"{check.title}{' (a probe)' if check.probes else ''}",
            _WIDTH,
            initial_indent=f"{check.id:{wide}}  {check.severity:7}  ",
            subsequent_indent=" " * (wide + 11),
        )
        for check in checks.values()
    )
    return "\n".join(rows) + "\n"


def explain_text(name: str, checks: Mapping[str, LoadedCheck]) -> str:
    """Everything a check's file says of it, its parameters, and what it reads.

    Raises:
        UsageError: no check of that id.
    """
    check = checks.get(name)
    if check is None:
        family = [found.id for found in checks.values() if found.family == name]
        near = difflib.get_close_matches(name, checks, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "validate-infra checks lists them all"
        if family:
            hint = f"it is a family: {', '.join(family)}"
        raise UsageError(f"there is no check {name!r}; {hint}")
    return "\n".join(_explained(check)) + "\n"


def permissions_text(plan: CollectionPlan, environment: Environment) -> str:
    """The permissions, the predefined roles that hold them, and the APIs that must be enabled."""
    reads = [read for _, read in plan.asked(environment)]
    lines = ["# IAM permissions"]
    lines += plan.permissions(environment)
    lines += ["", "# predefined roles that hold them", *sorted({read.role for read in reads})]
    lines += ["", "# APIs", *sorted({read.service for read in reads})]
    return "\n".join(lines) + "\n"


def spelling(kind: type[Resource]) -> str:
    """How a subject of the kind is named in rules.yaml."""
    return "cidr:RANGE" if kind is AddressBlock else f"{kind.KIND.noun}/NAME"


def parameter_rows(params: type[Params]) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default ("required" without one) and meaning of each parameter; the meaning is its `#:` comment."""
    documented = msgspec.json.schema(params)["$defs"][params.__name__]
    meanings = _comments(params)
    for name, field in documented["properties"].items():
        required = name in documented.get("required", ())
        default = "required" if required else f"default {json.dumps(field.get('default'))}"
        yield name, _type(field), default, meanings.get(name, "")


def _comments(params: type[Params]) -> Mapping[str, str]:
    """The `#:` comments above each field: documentation at the field, as everywhere in the code."""
    found: dict[str, str] = {}
    said: list[str] = []
    for line in map(str.strip, inspect.getsource(params).splitlines()):
        if line.startswith("#:"):
            said.append(line.removeprefix("#:").strip())
        elif field := re.match(r"(\w+):", line):
            found[field.group(1)] = " ".join(said)
            said = []
        else:
            said = []
    return found


def recorded_lines(inventory: Inventory, target: Path) -> Iterator[str]:
    """What a recording holds and, cause by cause, what it does not."""
    gaps = [reading for reading in inventory.readings if not reading.outcome.complete]
    roots = [gap for gap in gaps if gap.outcome.cause is not Cause.PARENT]
    for gap in roots:
        mend = f" ({gap.outcome.fix})" if gap.outcome.fix else ""
        yield inert(clean(f"not recorded: {gap.words} {gap.outcome.message}{mend}"))
    if dependents := len(gaps) - len(roots):
        yield f"not recorded: {dependents} more reads that depend on these"
    calls, project = len(inventory.readings), inventory.environment.project
    whole = "incomplete: rules that need the rest will be unknown" if gaps else "complete"
    yield f"recorded {calls - len(gaps)} of {calls} reads of {project} in {target} ({whole})"


def _explained(check: LoadedCheck) -> Iterator[str]:
    yield f"{check.id} ({check.severity})"
    yield check.title
    if probes := check.probes:
        yield f"Needs real connections ({', '.join(probes)}): --check-all makes them, or --check {check.id}."
    for heading, text in (("Why", check.why), ("Remediation", check.remediation)):
        yield f"\n{heading}"
        yield textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False)
    yield "\nSubjects"
    yield "  " + ", ".join(spelling(kind) for kind in check.subjects)
    if check.params:
        yield "\nParameters"
        yield from _parameters(check.params)
    yield "\nReads"
    yield from _reads(check)
    yield "\nReferences"
    yield from (f"  {url}" for url in check.references)


def _parameters(params: type[Params]) -> Iterator[str]:
    for name, kind, default, meaning in parameter_rows(params):
        yield f"  {name}: {kind} ({default})"
        if meaning:
            yield textwrap.fill(meaning, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _type(field: Mapping[str, object]) -> str:
    options = field.get("anyOf")
    if isinstance(options, list):
        return " or ".join(_type(option) for option in options)
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))  # type: ignore[call-overload]
    items = field.get("items")
    inner = f" of {_type(items)}" if isinstance(items, Mapping) and items else ""
    return f"{field.get('type', 'any')}{inner}"


def _reads(check: LoadedCheck) -> Iterator[str]:
    own = (kind for subject in check.subjects for kind in read_kinds(subject))
    plan = plan_kinds((*own, *check.needs))
    for _, read in plan.reads:
        each = f", {read.each}" if read.each else ""
        yield f"  {read.call} ({read.permission}{each})"
    yield from (f"  {probe.call} (a real connection, {probe.each})" for probe in plan.probes)
