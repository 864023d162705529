"""The environments of a rules file, and the one that the command line chooses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from validator.config.document import Item, read_document
from validator.config.domains import bare_domain
from validator.config.probing import check_probing, without_bare_passwords
from validator.config.problems import ConfigError, Problems, nearest, one_of, shown
from validator.config.stanzas import MEANING, NAME, PROJECT, REGION, VARIABLE, EnvironmentStanza
from validator.config.typed import mismatch, read_fields
from validator.config.variables import BUILTIN, Variables
from validator.engine.ruleset import Place
from validator.model.environment import Environment


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says about the environment to judge."""

    env: str | None = None
    project: str | None = None
    #: Narrows the environment's regions; empty leaves them.
    regions: tuple[str, ...] = ()


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """The environments there are; one that is declared wrongly is None, so that its name is still known."""

    environments: Mapping[str, Environment | None]
    place: Place


def declares(file: Path, name: str) -> bool:
    """Whether the ruleset declares an environment of this name; one that cannot be read declares none."""
    try:
        top = read_document(file, None, Problems())
    except ConfigError:
        return False
    environments = top.members.get("environments")
    return environments is not None and name in environments.members


def read_environments(item: Item | None, top: Place, problems: Problems) -> Declared:
    """The environments by name."""
    environments: dict[str, Environment | None] = {}
    if item is None:
        return Declared(environments=environments, place=top)
    if not isinstance(item.value, Mapping):
        mismatch(item, "a mapping of names to environments", problems)
        return Declared(environments=environments, place=item.key)
    for name, child in item.value.items():
        if not re.fullmatch(NAME, name):
            problems.add(child.key, f"{shown(name)} is no name of an environment", expected=MEANING[NAME])
        environments[name] = _environment(name, child, problems)
    return Declared(environments=environments, place=item.key)


def choose(choice: Choice, declared: Declared, problems: Problems) -> Environment | None:
    """The environment to judge; None where the choice is wrong, which is noted."""
    before = problems.count
    for text in _wrong_options(choice):
        problems.add(declared.place, text)
    chosen = _named(choice, declared, problems)
    if chosen is None or problems.count > before:
        return None
    return _narrowed(chosen, choice, declared.place, problems)


def _environment(name: str, item: Item, problems: Problems) -> Environment | None:
    item = without_bare_passwords(item, problems)
    fields = read_fields(item, EnvironmentStanza, problems)
    _refuse_bad_variables(item, problems)
    if probes := fields.values.get("probes"):
        check_probing(item.members["probes"], probes, problems)
    if not fields.complete:
        return None
    made = Environment(name=name, **fields.values)
    domains = tuple(_domains(item, Variables.of(made), problems))
    return msgspec.structs.replace(made, domains=tuple(dict.fromkeys(domains)))


def _refuse_bad_variables(item: Item, problems: Problems) -> None:
    given = item.members.get("vars")
    for name, value in given.members.items() if given else ():
        if name in BUILTIN:
            problems.add(value.key, f"variable {shown(name)} is built in", expected="another name")
        elif not re.fullmatch(VARIABLE, name):
            problems.add(value.key, f"{shown(name)} is no name of a variable", expected=MEANING[VARIABLE])
        if isinstance(value.value, str) and "${" in value.value:
            problems.add(value.place, f"variable {shown(name)} refers to another variable", expected="a plain value")


def _domains(item: Item, variables: Variables, problems: Problems) -> Iterator[str]:
    listed: Any = item.members.get("domains")
    for member in listed.value if listed else ():
        filled = variables.fill(member, problems)
        if filled is None:
            continue
        text = str(filled.value)
        bare = bare_domain(text)
        if bare == text.lower():
            yield bare
        else:
            expected = f"the bare name{f' {shown(bare)}' if bare else ', such as api.acme.example'}"
            if text.startswith("*."):
                expected = "names that clients ask for, such as api.acme.example: a wildcard is none"
            problems.add(member.place, f"{shown(text)} is no DNS name", expected=expected)


def _wrong_options(choice: Choice) -> Iterator[str]:
    if choice.project is not None and not re.fullmatch(PROJECT, choice.project):
        yield f"--project {shown(choice.project)} is not valid; expected {MEANING[PROJECT]}"
    for region in choice.regions:
        if not re.fullmatch(REGION, region):
            yield f"--region {shown(region)} is not valid; expected {MEANING[REGION]}"


def _named(choice: Choice, declared: Declared, problems: Problems) -> Environment | None:
    names = one_of(declared.environments, otherwise="--project ID, as the file declares no environment")
    if choice.env is None and choice.project is None:
        problems.add(declared.place, "no environment is chosen", expected=_ways(declared))
        return None
    if choice.env is None:
        return Environment(project=choice.project or "")
    if choice.env not in declared.environments:
        meant = nearest(choice.env, declared.environments)
        problems.add(declared.place, f"--env {shown(choice.env)} is not declared", expected=names, meant=meant)
        return None
    chosen = declared.environments[choice.env]
    if chosen and choice.project not in (None, chosen.project):
        found = f"--env {choice.env} is project {chosen.project}, but --project says {shown(choice.project)}"
        problems.add(declared.place, found, expected="one of the two options")
    return chosen


def _ways(declared: Declared) -> str:
    names = one_of(declared.environments, otherwise="")
    return f"--env {names}, or --project ID" if names else "--project ID, as the file declares no environment"


def _narrowed(chosen: Environment, choice: Choice, place: Place, problems: Problems) -> Environment | None:
    strange = [region for region in choice.regions if chosen.regions and region not in chosen.regions]
    for region in strange:
        found = f"--region {shown(region)} is not among the regions of --env {chosen.name}"
        expected = one_of(chosen.regions, otherwise="a declared region")
        problems.add(place, found, expected=expected, meant=nearest(region, chosen.regions))
    if strange:
        return None
    return msgspec.structs.replace(chosen, regions=tuple(dict.fromkeys(choice.regions)) or chosen.regions)
