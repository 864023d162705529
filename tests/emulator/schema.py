"""Google's discovery schemas as JSON Schema, strict: what the API could not send is refused."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tests.emulator.discovery import document

_FORMATS = {
    "int64": {"pattern": r"^-?\d+$"},
    "uint64": {"pattern": r"^\d+$"},
    "google-datetime": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
    "google-duration": {"pattern": r"^-?\d+(\.\d+)?s$"},
}


class Misfit(ValueError):  # noqa: N818 - the word is what it is
    """A resource that the API could not send; the message names the resource and the field."""


def fit(api: str, version: str, schema: str, body: Any, label: str) -> None:
    """Refuse a body that does not fit the schema.

    Raises:
        Misfit: with every unfit field.
    """
    problems = sorted(validator(api, version, schema).iter_errors(body), key=lambda problem: problem.json_path)
    if problems:
        fields = "; ".join(f"{problem.json_path.removeprefix('$.')}: {problem.message}" for problem in problems)
        raise Misfit(f"{label} is no {schema} of {api} {version}: {fields}")


@functools.cache
def validator(api: str, version: str, schema: str) -> Draft202012Validator:
    """A validator of one schema of a discovery document."""
    return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": _definitions(api, version)})


@functools.cache
def _definitions(api: str, version: str) -> Mapping[str, Any]:
    schemas = document(api, version)["schemas"]
    return {name: _converted(schema) for name, schema in schemas.items()}


def _converted(node: Mapping[str, Any]) -> Any:
    if "$ref" in node:
        return {"$ref": f"#/$defs/{node['$ref']}"}
    match node["type"]:
        case "any":
            return True
        case "object":
            return _object(node)
        case "array":
            return {"type": "array", "items": _converted(node["items"])}
        case simple:
            enum = {"enum": node["enum"]} if "enum" in node else {}
            return {"type": simple} | enum | _FORMATS.get(node.get("format", ""), {})


def _object(node: Mapping[str, Any]) -> dict[str, Any]:
    rest = node.get("additionalProperties")
    return {
        "type": "object",
        "properties": {name: _converted(child) for name, child in node.get("properties", {}).items()},
        "additionalProperties": _converted(rest) if rest else False,
    }
