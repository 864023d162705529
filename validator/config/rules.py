"""The rules of a file: each with its check, typed parameters and parsed subjects."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from validator.check import Params
from validator.config.document import Item
from validator.config.problems import Problems, nearest, one_of, shown
from validator.config.stanzas import MEANING, NAME, RuleStanza
from validator.config.typed import Fields, mismatch, read_fields, refuse_unknown
from validator.config.variables import Variables, without_references
from validator.engine.loader import LoadedCheck
from validator.engine.ruleset import Rule
from validator.model.environment import Environment
from validator.model.selector import Selector

Resolve = Callable[[Item], Item | None]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What rules may refer to."""

    checks: Mapping[str, LoadedCheck]
    #: Names of the environments there are.
    environments: Collection[str]
    #: None where the choice itself went wrong; rules are then judged by their structure.
    chosen: Environment | None


def read_rules(item: Item, context: Context, problems: Problems) -> Iterator[Rule]:
    """Every rule that is right; what is wrong with the others is noted."""
    if item.value is None or item.value == {}:
        problems.add(item.key, "'rules' is empty: an empty ruleset judges nothing", expected="at least one rule")
        return
    if not isinstance(item.value, Mapping):
        mismatch(item, "a mapping of ids to rules", problems)
        return
    for name, child in item.value.items():
        if not re.fullmatch(NAME, name):
            problems.add(child.key, f"{shown(name)} is no id of a rule", expected=MEANING[NAME])
        if rule := _rule(name, child, context, problems):
            yield rule


def _rule(name: str, item: Item, context: Context, problems: Problems) -> Rule | None:
    resolve = _resolver(item, context, problems)
    fields = read_fields(item, RuleStanza, problems, resolve=resolve)
    parts: Mapping[str, Item] = item.value if isinstance(item.value, Mapping) else {}
    _refuse_unknown_environments(parts.get("environments"), context.environments, problems)
    check = _check(parts.get("check"), context.checks, problems)
    if check is None:
        return None
    subjects = tuple(dict.fromkeys(_subjects(parts.get("subjects"), check, resolve, problems)))
    return Rule(
        id=name,
        check=check,
        severity=fields.values.get("severity") or check.severity,
        params=_params(parts.get("params"), item, check, resolve, problems),
        subjects=subjects,
        environments=tuple(fields.values.get("environments") or ()),
        allow_empty=bool(fields.values.get("allow_empty")),
        place=item.key,
    )


def _resolver(item: Item, context: Context, problems: Problems) -> Resolve:
    """How the rule's values are filled in: with the chosen environment's variables, where it is meant for it."""
    environment = context.chosen
    if environment is None or not _meant_for(item, environment.name):
        return without_references
    variables = Variables.of(environment)
    return lambda value: variables.fill(value, problems)


def _meant_for(item: Item, environment: str) -> bool:
    parts: Mapping[str, Item] = item.value if isinstance(item.value, Mapping) else {}
    listed = parts.get("environments")
    return listed is None or environment in [member.value for member in _list(listed)]


def _list(item: Item | None) -> tuple[Item, ...]:
    return item.value if item and isinstance(item.value, tuple) else ()


def _refuse_unknown_environments(item: Item | None, known: Collection[str], problems: Problems) -> None:
    for member in _list(item):
        if isinstance(member.value, str) and member.value not in known:
            expected = one_of(known, otherwise="none, the file declares no environment")
            meant = nearest(member.value, known)
            problems.add(member.place, f"unknown environment {shown(member.value)}", expected=expected, meant=meant)


def _check(item: Item | None, checks: Mapping[str, LoadedCheck], problems: Problems) -> LoadedCheck | None:
    if item is None or not isinstance(item.value, str):
        return None
    if item.value not in checks:
        expected = one_of(checks, otherwise="an id that `validate-infra checks` lists")
        meant = nearest(item.value, checks)
        problems.add(item.place, f"unknown check {shown(item.value)}", expected=expected, meant=meant)
    return checks.get(item.value)


def _subjects(item: Item | None, check: LoadedCheck, resolve: Resolve, problems: Problems) -> Iterator[Selector]:
    for member in _list(item):
        if not isinstance(member.value, str) or _wrong_noun(member, member.value, check, problems):
            continue
        filled = resolve(member)
        if filled is None:
            continue
        if "$" in str(filled.value):
            # No resource is called so: a shell's spelling of a variable.
            problems.add(member.place, f"{shown(filled.value)} holds a $", expected="a variable as ${name}")
            continue
        try:
            selector = Selector.parse(str(filled.value))
        except ValueError as problem:
            reason = f": {problem}" if str(filled.value).startswith("cidr:") else ""
            problems.add(member.place, f"{shown(filled.value)} is no subject{reason}", expected=_expected(check))
            continue
        if selector.noun not in _nouns(check):
            problems.add(member.place, f"{check.id} does not judge {shown(filled.value)}", expected=_expected(check))
        yield selector


def _wrong_noun(item: Item, text: str, check: LoadedCheck, problems: Problems) -> bool:
    """Whether the text before the name, which no variable decides, is not a kind that the check judges."""
    noun = re.split("[/:]", text, maxsplit=1)[0]
    if "${" in noun or noun in _nouns(check):
        return False
    meant = nearest(noun, _nouns(check))
    spelled = f"{meant}{text[len(noun) :]}" if meant else ""
    if noun == text and len(_nouns(check)) == 1:
        spelled = f"{_nouns(check)[0]}/{text}"
    problems.add(item.place, f"{check.id} does not judge {shown(text)}", expected=_expected(check), meant=spelled)
    return True


def _nouns(check: LoadedCheck) -> tuple[str, ...]:
    return tuple(kind.KIND.noun for kind in check.subjects)


def _expected(check: LoadedCheck) -> str:
    return one_of(("cidr:RANGE" if noun == "cidr" else f"{noun}/NAME" for noun in _nouns(check)), otherwise="a subject")


def _params(item: Item | None, rule: Item, check: LoadedCheck, resolve: Resolve, problems: Problems) -> Params | None:
    given = item or Item(value={}, place=rule.key, key=rule.key, label="params")
    if check.params is None:
        refuse_unknown(given, (), problems, noun=f"parameter: {check.id} takes none, not")
        return None
    fields = read_fields(
        msgspec.structs.replace(given, key=rule.key), check.params, problems, resolve=resolve, noun="parameter"
    )
    return _built(check.params, fields, given, problems) if fields.complete else None


def _built(params: type[Params], fields: Fields, given: Item, problems: Problems) -> Params | None:
    try:
        return params(**fields.values)
    except (ValueError, TypeError) as problem:
        problems.add(given.place, f"'params': {problem}")
        return None
