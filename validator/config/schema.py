"""The JSON Schema of rules.yaml, made from the stanzas' types and the loaded checks' parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from validator.check import Params
from validator.config.stanzas import NAME, VARIABLE, FileStanza, RuleStanza
from validator.engine.loader import LoadedCheck

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFS = "#/$defs/{name}"
_VARIABLE = {"$ref": "#/$defs/Variable"}
#: What narrows a text, so that a variable would not fit it.
_LIMITS = {"pattern", "format", "minLength", "maxLength", "contentEncoding"}
#: What is said about a value, whatever it may be.
_REMARKS = ("title", "description", "default")

Json = dict[str, Any]


def schema(checks: Mapping[str, LoadedCheck]) -> Json:
    """The schema (draft 2020-12): an editor completes the parameters of whatever check a rule names."""
    refs, filled = _fillable(tuple(dict.fromkeys(check.params for check in checks.values() if check.params)))
    (top,), plain = msgspec.json.schema_components((FileStanza,), ref_template=_REFS)
    rule = {**filled.pop("RuleStanza"), "allOf": [_branch(check, refs) for check in checks.values()]}
    rule["properties"] |= {"check": {**plain["RuleStanza"]["properties"]["check"], "enum": list(checks)}}
    return {
        "$schema": _DIALECT,
        "title": "rules.yaml of validate-infra",
        **top,
        "$defs": {**plain, **filled, "RuleStanza": rule, "FileStanza": _file(plain["FileStanza"]), **_own()},
    }


def _fillable(params: Collection[type[Params]]) -> tuple[dict[type[Params], Json], dict[str, Json]]:
    """References to the types' definitions, and these definitions, with `${name}` allowed for every scalar."""
    refs, definitions = msgspec.json.schema_components((*params, RuleStanza), ref_template=_REFS)
    return dict(zip(params, refs, strict=False)), {name: _filled(shape) for name, shape in definitions.items()}


def _filled(shape: Json) -> Json:
    match shape:
        case {"anyOf": [*members]}:
            return {**shape, "anyOf": [*(_containers(member) for member in members), _VARIABLE]}
        case {"type": "object" | "array"} | {"$ref": _}:
            return _containers(shape)
        case {"type": "string", **rest} if not rest.keys() & _LIMITS:
            return shape
        case {"type": _} | {"enum": _} | {"const": _}:
            remarks = {name: shape[name] for name in _REMARKS if name in shape}
            leaf = {name: value for name, value in shape.items() if name not in _REMARKS}
            return {**remarks, "anyOf": [leaf, _VARIABLE]}
        case _:
            return shape


def _containers(shape: Json) -> Json:
    inner: Json = {}
    for name in ("items", "additionalProperties"):
        if isinstance(shape.get(name), dict):
            inner[name] = _filled(shape[name])
    if "properties" in shape:
        inner["properties"] = {name: _filled(member) for name, member in shape["properties"].items()}
    if "prefixItems" in shape:
        inner["prefixItems"] = [_filled(member) for member in shape["prefixItems"]]
    return {**shape, **inner}


def _branch(check: LoadedCheck, refs: Mapping[type[Params], Json]) -> Json:
    nouns = "|".join(sorted(re.escape(kind.KIND.noun) for kind in check.subjects))
    params: Json = refs[check.params] if check.params else {"maxProperties": 0}
    then: Json = {
        "description": check.title,
        "properties": {"params": params, "subjects": {"items": {"pattern": rf"^(?:(?:{nouns})[/:].|[^/:]*\$\{{)"}}},
    }
    if check.params and any(field.required for field in msgspec.structs.fields(check.params)):
        then["required"] = ["params"]
    return {"if": {"properties": {"check": {"const": check.id}}, "required": ["check"]}, "then": then}


def _file(shape: Json) -> Json:
    """What the types do not say: the one version there is, the spelling of names, at least one rule."""
    members = shape["properties"]
    named = {"propertyNames": {"pattern": NAME}}
    changed = {
        "version": {"const": 1},
        "environments": {**members["environments"], **named},
        "rules": {**members["rules"], **named, "minProperties": 1},
    }
    return {**shape, "properties": {**members, **changed}}


def _own() -> Json:
    name = VARIABLE.strip("^$")
    text = "A variable of the environment, or text around one."
    return {"Variable": {"description": text, "type": "string", "pattern": rf"\$\{{{name}\}}"}}
