"""A YAML file as plain values that remember where they stand; hostile files end in one clear message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from validator.config.problems import ConfigError, Problems, shown
from validator.config.scalars import Scalar, ScalarError, scalar
from validator.engine.ruleset import Place

_LIMIT_BYTES = 2 * 1024 * 1024
#: Values of a file, aliases written out.
_LIMIT_VALUES = 50_000
_LIMIT_DEPTH = 50
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the file: a scalar, a list of items, or a mapping of texts to items."""

    value: Scalar | tuple[Item, ...] | Mapping[str, Item]
    place: Place
    #: Where its key stands; a list's member stands for itself.
    key: Place
    #: Its key, or its list's key and its position: "ports[1]".
    label: str = ""
    #: A scalar as it is spelled in the file.
    spelling: str = ""

    @property
    def members(self) -> Mapping[str, Item]:
        """What a mapping holds; nothing for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    def plain(self) -> Any:
        """The value without positions."""
        match self.value:
            case Mapping():
                return {key: child.plain() for key, child in self.value.items()}
            case tuple():
                return [child.plain() for child in self.value]
            case _:
                return self.value


def read_document(file: Path, content: bytes | None, problems: Problems) -> Item:
    """The top of the file, or of `content`, which then stands for what the file holds.

    Duplicate keys, odd keys and odd scalars are noted in `problems` and left out of the result.

    Raises:
        ConfigError: no such file, or one that is no YAML text of a sane size.
    """
    text = _text(file, _content(file) if content is None else content)
    try:
        _survey(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        raise ConfigError([_not_yaml(problem, str(file), text)]) from problem
    if root is None:
        raise ConfigError([f"{file}:1:1: the file is empty; expected version: 1 and rules"])
    return _Builder(str(file), problems).item(root)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_LIMIT_BYTES + 1)
    except IsADirectoryError as problem:
        raise ConfigError([f"{file}: is a directory; expected a rules file such as {file / 'rules.yaml'}"]) from problem
    except FileNotFoundError as problem:
        raise ConfigError([f"{file}: no such file; expected a rules file, --rules names another"]) from problem
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise ConfigError([f"{file}: cannot be read: {reason}"]) from problem


def _text(file: Path, content: bytes) -> str:
    if len(content) > _LIMIT_BYTES:
        raise ConfigError([f"{file}: is larger than {_LIMIT_BYTES // 1024**2} MiB; expected a rules file"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig")
        raise ConfigError([f"{_end_of(str(file), before)}: is not UTF-8; expected a YAML text file"]) from problem
    if found := _UNPRINTABLE.search(text):
        where = _end_of(str(file), text[: found.start()])
        raise ConfigError([f"{where}: control character U+{ord(found.group()):04X}; expected a YAML text file"])
    return text


def _end_of(file: str, text: str) -> Place:
    return Place(file, text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _survey(text: str, file: Path) -> None:
    """Refuse what would be costly to build; reads events only, one at a time."""
    depth = values = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > _LIMIT_DEPTH or values > _LIMIT_VALUES:
            raise ConfigError([f"{_place(event, str(file))}: {_too_much(depth)}"])
        if documents > 1:
            raise ConfigError([f"{_place(event, str(file))}: a second YAML document; expected one per file"])


def _too_much(depth: int) -> str:
    if depth > _LIMIT_DEPTH:
        return f"is nested more than {_LIMIT_DEPTH} deep; expected a rules file"
    return f"the file holds more than {_LIMIT_VALUES} values, aliases written out; expected a rules file"


def _place(marked: Any, file: str) -> Place:
    return Place(file, marked.start_mark.line + 1, marked.start_mark.column + 1)


_TAB_HINT = "; indent with spaces, not tabs"
#: What usually lies behind a message of the YAML library.
_HINTS: Mapping[str, str] = {
    "mapping values are not allowed": "; check the indentation, and quote a text that holds ': '",
    "did not find expected ',' or": "; quote a text that holds { } [ ] or ,",
}


def _not_yaml(problem: yaml.MarkedYAMLError, file: str, text: str) -> str:
    mark = problem.problem_mark or problem.context_mark
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1)
    opened = problem.context_mark.line + 1 if problem.context_mark and problem.context else where.line
    since = f", in what begins on line {opened}" if opened != where.line else ""
    sign = text.split("\n")[where.line - 1][where.column - 1 : where.column] if "cannot start" in str(problem) else ""
    said = str(problem.problem or problem)
    hint = (
        _TAB_HINT if sign == "\t" else next((advice for start, advice in _HINTS.items() if said.startswith(start)), "")
    )
    return f"{where}: is not YAML: {said}{sign and f' ({sign!r})'}{since}{hint}"


class _Builder:
    """Builds items from nodes, with aliases written out."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file, self._problems = file, problems
        self._count = 0
        self._open: list[yaml.Node] = []

    def item(self, node: yaml.Node, label: str = "", key: Place | None = None) -> Item:
        place = _place(node, self._file)
        self._guard(node, place)
        self._open.append(node)
        made = Item(
            value=self._value(node, place, label),
            place=place,
            key=key or place,
            label=label,
            spelling=node.value if isinstance(node, yaml.ScalarNode) else "",
        )
        self._open.pop()
        return made

    def _guard(self, node: yaml.Node, place: Place) -> None:
        self._count += 1
        if any(node is outer for outer in self._open):
            raise ConfigError([f"{place}: contains itself through an alias; expected values that end"])
        if self._count > _LIMIT_VALUES or len(self._open) > _LIMIT_DEPTH:
            raise ConfigError([f"{place}: {_too_much(len(self._open))}"])

    def _value(self, node: yaml.Node, place: Place, label: str) -> Scalar | tuple[Item, ...] | dict[str, Item]:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if node.tag not in _COLLECTIONS:
            self._problems.add(place, f"tag {shown(node.tag)} is not supported", expected="a plain list or mapping")
        if isinstance(node, yaml.MappingNode):
            return {**self._merged(node), **self._members(node)}
        return tuple(self.item(child, f"{label}[{n}]") for n, child in enumerate(node.value))

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Scalar:
        try:
            return scalar(node)
        except ScalarError as problem:
            self._problems.add(place, str(problem))
            return None

    def _members(self, node: yaml.MappingNode) -> dict[str, Item]:
        members: dict[str, Item] = {}
        for key, value in node.value:
            place = _place(key, self._file)
            if key.tag == _MERGE:
                continue
            if key.tag != _TEXT:
                spelling = f" {shown(key.value)}" if isinstance(key, yaml.ScalarNode) else ""
                self._problems.add(place, f"key{spelling} is not text", expected="text, in quotes if need be")
            elif key.value in members:
                first = members[key.value].key.line
                self._problems.add(place, f"key {shown(key.value)} is given twice, first on line {first}")
            else:
                members[key.value] = self.item(value, key.value, place)
        return members

    def _merged(self, node: yaml.MappingNode) -> dict[str, Item]:
        merged: dict[str, Item] = {}
        for source in _merge_sources(node):
            if isinstance(source, yaml.MappingNode):
                merged = {**self.item(source).value, **merged}  # type: ignore[dict-item]
            else:
                self._problems.add(_place(source, self._file), "'<<' merges no mapping", expected="an alias of one")
        return merged


def _merge_sources(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    for key, value in node.value:
        if key.tag == _MERGE:
            yield from value.value if isinstance(value, yaml.SequenceNode) else (value,)
