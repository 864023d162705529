"""Finds the checks: every module below a package or folder must hold exactly one."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import msgspec

from validator.check import CheckFunction, Params, Severity, marked
from validator.engine.needs import NeedError, decisive_kinds, kinds_of_all, needs_of, union_of
from validator.model.resource import Resource

GROUP = "validate_infra.checks"
_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
_SECTION = re.compile(r"^(Why|Remediation|References):\s*", re.MULTILINE)


class LoadError(Exception):
    """A check module that is not one; the message names file and line, and what was expected."""


class LoadedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check with everything its file says about it."""

    #: "connector.range"; underscores of the path become hyphens.
    id: str
    function: CheckFunction
    severity: Severity
    #: The good state in one sentence.
    title: str
    why: str
    remediation: str
    references: tuple[str, ...]
    subjects: tuple[type[Resource], ...]
    params: type[Params] | None
    file: str
    line: int

    @property
    def family(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]

    @property
    def needs(self) -> tuple[type[Resource], ...]:
        """The kinds that are read before the check is called, its subject's own aside."""
        _, *annotations = needs_of(self.function).values()
        return tuple(dict.fromkeys(kinds_of_all(annotations)))

    @property
    def decisive_needs(self) -> tuple[type[Resource], ...]:
        """Those of them that must be read to the end."""
        _, *annotations = needs_of(self.function).values()
        return tuple(dict.fromkeys(decisive_kinds(annotations)))

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes without which it has nothing to say."""
        return tuple(kind.KIND.probe.name for kind in self.decisive_needs if kind.KIND.probe)


def load_checks(folders: Iterable[Path] = ()) -> dict[str, LoadedCheck]:
    """The checks of every package in entry-point group `validate_infra.checks` and of the folders, by id.

    Raises:
        LoadError: a module with no check or several, without its documentation, or with an id that is taken.
    """
    found: dict[str, LoadedCheck] = {}
    for module, name in (*_installed(), *_in_folders(folders)):
        check = _check_of(module, name)
        if check.id in found:
            raise LoadError(f"{check.file}:{check.line}: id {check.id!r} is already taken by {found[check.id].file}")
        found[check.id] = check
    return dict(sorted(found.items()))


def _installed() -> Iterator[tuple[ModuleType, str]]:
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        package = _import(point.value, f"entry point {point.name!r} of group {GROUP}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.ispkg:
                yield _import(info.name, info.name), info.name.removeprefix(f"{package.__name__}.")


def _in_folders(folders: Iterable[Path]) -> Iterator[tuple[ModuleType, str]]:
    for folder in folders:
        if not _is_folder(folder):
            raise LoadError(f"{folder}: no such folder of checks; --checks-dir expects FOLDER/family/name.py")
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            if parts[-1] != "__init__":
                yield _import_file(file, ".".join(parts)), ".".join(parts)


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False


def _import(name: str, what: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as problem:
        raise LoadError(f"{what} cannot be imported: {type(problem).__name__}: {problem}") from problem


def _import_file(file: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"validate_infra_extra.{name}", file)
    if spec is None or spec.loader is None:
        raise LoadError(f"{file}:1: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as problem:
        raise LoadError(f"{file}:1: cannot be imported: {type(problem).__name__}: {problem}") from problem
    return module


def _check_of(module: ModuleType, name: str) -> LoadedCheck:
    file = inspect.getsourcefile(module) or str(module.__file__)
    functions = [value for value in vars(module).values() if inspect.isfunction(value)]
    own = [function for function in functions if marked(function) and function.__module__ == module.__name__]
    if len(own) != 1:
        raise LoadError(f"{file}:1: expected exactly one function marked @check, found {len(own)}")
    (function,) = own
    line = function.__code__.co_firstlineno
    if not _ID.fullmatch(name):
        raise LoadError(f"{file}:1: the path gives the id {name!r}; expected family/name.py in lower case")
    text = _documentation(module, file)
    try:
        subjects, params = _signature(function)
    except NeedError as problem:
        raise LoadError(f"{file}:{line}: {problem}") from problem
    mark = marked(function)
    assert mark is not None  # noqa: S101 - `own` holds marked functions only
    return LoadedCheck(
        id=name.replace("_", "-"),
        function=function,
        severity=mark.severity,
        title=text["title"],
        why=text["Why"],
        remediation=text["Remediation"],
        references=tuple(text["References"].split()),
        subjects=subjects,
        params=params,
        file=file,
        line=line,
    )


def _documentation(module: ModuleType, file: str) -> Mapping[str, str]:
    title, *rest = inspect.cleandoc(module.__doc__ or "").split("\n", 1)
    parts = _SECTION.split(rest[0] if rest else "")
    sections = {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    for wanted in ("Why", "Remediation", "References"):
        if not sections.get(wanted):
            raise LoadError(f"{file}:1: the module's docstring has no section {wanted!r}")
    if not title.endswith("."):
        raise LoadError(f"{file}:1: the docstring's first line must be a sentence that says the good state")
    return {"title": title, **sections}


def _signature(function: CheckFunction) -> tuple[tuple[type[Resource], ...], type[Params] | None]:
    needs = needs_of(function)
    if not needs:
        raise NeedError("a check needs a subject as its first parameter")
    subject, *annotations = needs.values()
    kinds = union_of(subject)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, Resource)):
            raise NeedError(f"the first parameter must be a kind (or a union of kinds), not {kind!r}")
    tuple(kinds_of_all(annotations))
    params = [a for a in annotations if isinstance(a, type) and issubclass(a, Params)]
    return kinds, params[0] if params else None
