"""From a rules file to a ruleset for one environment, or every reason why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from validator.config.document import Item, read_document
from validator.config.environments import Choice, choose, read_environments
from validator.config.problems import Problems, shown
from validator.config.rules import Context, read_rules
from validator.config.stanzas import FileStanza
from validator.config.typed import mismatch, refuse_unknown
from validator.config.variables import Variables, written
from validator.config.waivers import read_waivers
from validator.engine.loader import LoadedCheck
from validator.engine.ruleset import Rule, RuleSet

_KEYS = FileStanza.__struct_fields__
_VERSION = 1


def load_rules(
    file: Path,
    content: bytes | None,
    checks: Mapping[str, LoadedCheck],
    *,
    choice: Choice,
    today: dt.date,
) -> RuleSet:
    """The ruleset of the file (or of `content`, shown as the file's) for the chosen environment.

    Raises:
        ConfigError: the file, the choice, or both are wrong; the message has a line for each problem.
    """
    problems = Problems()
    top = read_document(file, content, problems)
    problems.raise_any()
    parts = _parts(top, problems)
    declared = read_environments(parts.get("environments"), top.place, problems)
    environment = choose(choice, declared, problems)
    context = Context(checks=checks, environments=tuple(declared.environments), chosen=environment)
    rules = tuple(_rules(parts.get("rules"), top, context, problems))
    ids = parts["rules"].value if "rules" in parts else ()
    waivers = tuple(read_waivers(parts.get("waivers"), tuple(ids) if isinstance(ids, Mapping) else (), today, problems))
    problems.raise_any()
    assert environment is not None  # noqa: S101 - else `choose` has noted why
    return RuleSet(
        file=str(file),
        environment=environment,
        rules=rules,
        waivers=waivers,
        declared=tuple(declared.environments),
        vars={name: written(value) for name, value in Variables.of(environment).values.items()},
    )


def _parts(top: Item, problems: Problems) -> Mapping[str, Item]:
    if not isinstance(top.value, Mapping):
        mismatch(top, "a mapping with version and rules", problems)
        problems.raise_any()
        return {}
    refuse_unknown(top, _KEYS, problems)
    version = top.value.get("version")
    if version is None:
        problems.add(top.place, "the file lacks 'version'", expected=f"version: {_VERSION}")
    elif version.value is True or version.value != _VERSION:
        problems.add(version.place, f"version is {shown(version.value)}", expected=f"version: {_VERSION}")
    return top.value


def _rules(item: Item | None, top: Item, context: Context, problems: Problems) -> Iterable[Rule]:
    if item is None:
        problems.add(
            top.place, "the file has no 'rules': an empty ruleset judges nothing", expected="at least one rule"
        )
        return ()
    return read_rules(item, context, problems)
