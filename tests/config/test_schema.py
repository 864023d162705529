"""The JSON Schema takes what the loader takes, and refuses what an editor can see."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.config.samples import ACME, CHECKS, HEAD, problems
from tests.config.test_load import GOOD
from validator.config.schema import schema
from validator.engine.loader import load_checks

BUNDLED = Path(__file__).parents[2] / "validator" / "rules.yaml"


def document(text: str) -> Any:
    """The text as an editor's YAML reader gives it: dates are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=dt.date.isoformat))


def errors(text: str) -> list[str]:
    """Where the schema of the sample checks finds fault."""
    validator = Draft202012Validator(schema(CHECKS), format_checker=FormatChecker())
    return [error.json_path for error in validator.iter_errors(document(text))]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema(CHECKS))


def test_it_takes_the_good_file() -> None:
    assert errors(GOOD) == []


RULE = f"{HEAD}{ACME}rules: {{r: {{check: "
BAD = {
    "no version": (f"{ACME}rules: {{r: {{check: connector.ready}}}}", "$"),
    "another version": (f"version: 2\n{ACME}rules: {{r: {{check: connector.ready}}}}", "$.version"),
    "no rules": (f"{HEAD}{ACME}rules: {{}}", "$.rules"),
    "an unknown key": (f"{HEAD}{ACME}rules: {{r: {{check: connector.ready}}}}\nextra: 1", "$"),
    "an id that is none": (f"{HEAD}{ACME}rules: {{R: {{check: connector.ready}}}}", "$.rules"),
    "an unknown check": (f"{RULE}connector.redy}}}}", "$.rules.r.check"),
    "an unknown parameter": (f"{RULE}redis.reach, params: {{port: 1, cdir: x}}}}}}", "$.rules.r.params"),
    "a missing parameter": (f"{RULE}redis.reach, params: {{}}}}}}", "$.rules.r.params"),
    "no parameters where one is required": (f"{RULE}redis.reach}}}}", "$.rules.r"),
    "a parameter for a check that takes none": (f"{RULE}connector.ready, params: {{port: 1}}}}}}", "$.rules.r.params"),
    "a parameter of the wrong type": (f"{RULE}redis.reach, params: {{port: x}}}}}}", "$.rules.r.params.port"),
    "a wrong choice": (f"{RULE}redis.reach, params: {{port: 1, mode: x}}}}}}", "$.rules.r.params.mode"),
    "a subject of another kind": (f"{RULE}connector.ready, subjects: ['redis/${{x}}']}}}}", "$.rules.r.subjects[0]"),
    "a severity that is none": (f"{RULE}connector.ready, severity: bad}}}}", "$.rules.r.severity"),
    "a waiver without end": (
        f"{RULE}connector.ready}}}}\nwaivers: [{{rule: r, subject: x, reason: y, owner: z}}]",
        "$.waivers[0]",
    ),
    "a project that is none": (GOOD.replace("acme-staging", "ACME"), "$.environments.staging.project"),
}


@pytest.mark.parametrize(("text", "path"), BAD.values(), ids=BAD)
def test_it_refuses_what_the_loader_refuses(text: str, path: str) -> None:
    assert errors(text) == [path]
    assert problems(text)


def test_a_variable_stands_for_a_number_also_deep_inside() -> None:
    assert errors(f"{RULE}redis.reach, params: {{port: '${{p}}', flows: [{{to: a, port: '${{p}}'}}]}}}}}}") == []


def test_it_takes_the_bundled_rules() -> None:
    checks = load_checks()
    found = Draft202012Validator(schema(checks)).iter_errors(document(BUNDLED.read_text(encoding="utf-8")))
    assert [f"{error.json_path}: {error.message}" for error in found] == []
