"""Which rules `--check` means: families, check ids, rule ids, and globs of either."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Collection, Sequence

import msgspec

from validator.engine.ruleset import Rule


class NoSuchCheckError(LookupError):
    """A name that selects nothing; the message says what comes near."""


def select(
    rules: Sequence[Rule], names: Sequence[str], *, probing: bool = False, checks: Collection[str] = ()
) -> tuple[Rule, ...]:
    """The rules that any of the names means, in the ruleset's order; all of them without names.

    Probes are made for all of them where `probing` says so, else for those that are named outright, as a rule or as a
    check: a family or a glob says too little to open connections for. `checks` are the ids of all there are, for a name
    that no rule of the ruleset uses.

    Raises:
        NoSuchCheckError: a name that no rule, check or family bears.
    """
    for name in names:
        if not any(_means(name, rule) for rule in rules):
            raise NoSuchCheckError(_unused(name) if name in checks else _unknown(name, rules))
    chosen = (rule for rule in rules if not names or any(_means(name, rule) for name in names))
    return tuple(msgspec.structs.replace(rule, probing=probing or _named(rule, names)) for rule in chosen)


def _named(rule: Rule, names: Sequence[str]) -> bool:
    return rule.id in names or rule.check.id in names


def _means(name: str, rule: Rule) -> bool:
    return any(fnmatch.fnmatchcase(word, name) for word in (rule.id, rule.check.id, rule.check.family))


def _unused(check: str) -> str:
    stanza = f"{check.replace('.', '-')}: {{check: {check}, allow_empty: true}}"
    return f"--check {check}: no rule of the ruleset uses this check; give it one, such as\n  {stanza}"


def _unknown(name: str, rules: Sequence[Rule]) -> str:
    words = sorted({word for rule in rules for word in (rule.id, rule.check.id, rule.check.family)})
    near = difflib.get_close_matches(name, words, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; rules of this file: {', '.join(rule.id for rule in rules)}"
    return f"--check {name}: no rule, check or family of that name in the ruleset{hint}"
