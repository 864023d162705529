"""A recorded environment: the API's own JSON per kind and call, redacted, with each read's outcome.

Judging a recording gives what judging the live environment gave: both are decoded by the same code. The
format is documented in docs/snapshot.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.resources
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from validator import __version__
from validator.engine.needs import Supply
from validator.engine.planner import parents
from validator.gcp.kinds import KINDS
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Resource, Target

SCHEMA = "validate-infra.snapshot/1"
EMBEDDED = "embedded:"
_FAMILY = SCHEMA.partition("/")[0]
_NOT_HELD = Outcome(cause=Cause.NOT_RECORDED, message="is not in this recording", fix="record it again")
_LIMIT_BYTES = 512 * 1024 * 1024


class SnapshotError(Exception):
    """A recording that cannot be judged; the message names the file, what was found and what to do."""


class _Recording(msgspec.Struct, frozen=True, kw_only=True):
    taken_at: dt.datetime
    environment: Environment
    kinds: list[str]
    readings: list[dict[str, Any]]


def dump(inventory: Inventory) -> str:
    """The inventory as a snapshot file's text; the same inventory gives the same text."""
    body = {
        "taken_at": inventory.taken_at.isoformat(),
        "environment": _builtins(_shareable(inventory.environment)),
        "kinds": sorted(inventory.kinds),
        "readings": [_dumped(reading) for reading in sorted(inventory.readings, key=Reading.order)],
    }
    head = {"schema": SCHEMA, "tool": {"name": "validate-infra", "version": __version__}}
    return json.dumps({**head, **body, "sha256": _digest(body)}, indent=1, ensure_ascii=True) + "\n"


def _shareable(environment: Environment) -> Environment:
    """The environment without what is only of use, or only anybody's business, on the machine it was read from."""
    probes = msgspec.structs.replace(environment.probes, redis_passwords={})
    return msgspec.structs.replace(environment, vars={}, snapshot=None, probes=probes)


def load(name: str) -> Inventory:
    """The inventory that a file, or an embedded recording ("embedded:incident"), holds.

    Raises:
        SnapshotError: missing, unreadable, damaged, of another version, or not a snapshot at all.
    """
    text = _embedded(name) if name.startswith(EMBEDDED) else _file(Path(name))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise SnapshotError(f"{name}: damaged, not JSON ({problem}); record it again") from None
    recording = _checked(name, raw)
    known = sorted(set(recording.kinds) - set(KINDS))
    if known:
        raise SnapshotError(f"{name}: holds kinds this version does not know: {', '.join(known)}; upgrade the tool")
    inventory = Inventory(
        environment=recording.environment,
        taken_at=recording.taken_at,
        kinds=frozenset(recording.kinds),
        readings=tuple(_loaded(name, index, raw) for index, raw in enumerate(recording.readings)),
    )
    missing = tuple(gap for noun in sorted(inventory.kinds) for gap in _missing(inventory, KINDS[noun]))
    return msgspec.structs.replace(inventory, readings=(*inventory.readings, *missing))


def rebase(inventory: Inventory, environment: Environment, name: str) -> Inventory:
    """The recording under the names the ruleset gives its environment.

    Raises:
        SnapshotError: it was recorded of another project, network project, or of fewer regions.
    """
    recorded = inventory.environment
    if recorded.project != environment.project:
        wanted = environment.project
        raise SnapshotError(f"{name}: recorded of project {recorded.project}, but {wanted} is to be judged")
    missing = sorted(set(environment.regions) - set(recorded.regions)) if recorded.regions else []
    if missing or (recorded.regions and not environment.regions):
        regions = ", ".join(recorded.regions)
        wanted = ", ".join(missing) or "every region"
        raise SnapshotError(f"{name}: recorded of {regions} only, but {wanted} is to be judged; record it again")
    if environment.network_project not in (None, recorded.network_project):
        found = recorded.network_project or "the host the API named"
        raise SnapshotError(f"{name}: recorded with network project {found}, not {environment.network_project}")
    settled = msgspec.structs.replace(
        environment,
        network_project=recorded.network_project,
        vantage=recorded.vantage,
        probes=recorded.probes,
    )
    return msgspec.structs.replace(inventory, environment=settled)


def _missing(inventory: Inventory, kind: type[Resource]) -> Iterator[Reading]:
    """Gaps for the calls that such a recording must hold and does not: an older tool made fewer, or it was edited."""
    own = [reading for reading in inventory.readings if reading.kind == kind.KIND.noun]
    if any(not reading.outcome.complete for reading in own):
        return
    held = {(reading.call, reading.target) for reading in own}
    supply = Supply(inventory.environment, inventory.taken_at, inventory.table)
    unknown = [parent for parent in parents(kind) if parent.KIND.noun not in inventory.kinds]
    for source in kind.KIND.sources:
        wanted = () if unknown else source.targets(**supply.arguments(source.targets))
        for target in (Target(project=inventory.environment.project),) if unknown else wanted:
            if (source.call, target) not in held:
                yield Reading(kind=kind.KIND.noun, call=source.call, target=target, outcome=_NOT_HELD)


def _dumped(reading: Reading) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "call": reading.call,
        "target": _builtins(reading.target),
        "outcome": _builtins(reading.outcome),
        "items": [_builtins(item) for item in sorted(reading.items, key=lambda item: item.path)],
    }


def _builtins(value: Any) -> Any:
    return msgspec.to_builtins(value, str_keys=True)


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _embedded(name: str) -> str:
    folder = importlib.resources.files("validator.demo")
    file = folder / f"{name.removeprefix(EMBEDDED)}.json"
    if not file.is_file():
        raise SnapshotError(f"{name}: no such embedded recording")
    return file.read_text(encoding="utf-8")


def _file(path: Path) -> str:
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise SnapshotError(f"{path}: larger than {_LIMIT_BYTES >> 20} MiB, which no recording is")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SnapshotError(f"{path}: damaged, not text; expected a file of validate-infra snapshot -o") from None
    except OSError as problem:
        raise SnapshotError(f"{path}: cannot be read: {problem.strerror}") from None


def _checked(name: str, raw: Any) -> _Recording:
    schema = raw.get("schema") if isinstance(raw, Mapping) else None
    if not isinstance(schema, str) or schema.partition("/")[0] != _FAMILY:
        raise SnapshotError(f"{name}: not a snapshot; expected a file from: validate-infra snapshot -o FILE")
    if schema != SCHEMA:
        raise SnapshotError(f"{name}: is of version {schema!r}, this validate-infra reads {SCHEMA!r}; record it again")
    body = {key: raw.get(key) for key in ("taken_at", "environment", "kinds", "readings")}
    if raw.get("sha256") != _digest(body):
        raise SnapshotError(f"{name}: damaged: its contents do not match its checksum; record it again")
    try:
        recording = msgspec.convert(body, _Recording)
    except msgspec.ValidationError as problem:
        raise SnapshotError(f"{name}: damaged: {problem}; record it again") from None
    try:
        moment = recording.taken_at.astimezone(dt.UTC) if recording.taken_at.tzinfo else None
    except OverflowError:
        moment = None
    if moment is None:
        raise SnapshotError(f"{name}: damaged: taken_at is no moment with a time zone; record it again")
    return msgspec.structs.replace(recording, taken_at=moment)


def _loaded(name: str, index: int, raw: Mapping[str, Any]) -> Reading:
    try:
        kind = KINDS[raw["kind"]]
        return Reading(
            kind=raw["kind"],
            call=str(raw["call"]),
            target=msgspec.convert(raw["target"], Target),
            outcome=msgspec.convert(raw["outcome"], Outcome),
            items=tuple(_items(kind, raw["items"])),
        )
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as problem:
        raise SnapshotError(f"{name}: damaged: readings[{index}]: {problem}; record it again") from None


def _items(kind: type[Resource], items: Iterable[dict[str, Any]]) -> Iterable[Resource]:
    for item in items:
        yield msgspec.convert(kind.prepare(item), kind, strict=False)
