"""Two made-up checks and a loader call, for the tests of rules.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from validator.check import CheckFunction, Params, Severity, Verdict
from validator.config.environments import Choice
from validator.config.load import load_rules
from validator.config.problems import ConfigError
from validator.engine.loader import LoadedCheck
from validator.engine.ruleset import RuleSet
from validator.model.connector import Connector
from validator.model.redis import RedisInstance
from validator.model.resource import Resource
from validator.model.selector import AddressBlock

TODAY = dt.date(2026, 11, 20)
HEAD = "version: 1\n"
ACME = "environments: {staging: {project: acme-staging, regions: [us-central1], vars: {name: core, port: 6379}}}\n"


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to, on which port."""

    to: str
    port: int = 443


class ReachParams(Params, frozen=True, kw_only=True):
    """One field of every shape."""

    port: int
    cidr: str | None = None
    flows: tuple[Flow, ...] = ()
    mode: Literal["fast", "slow"] = "fast"
    strict: bool = False
    ratio: float = 1.0
    labels: dict[str, int] = msgspec.field(default_factory=dict)
    until: dt.date | None = None
    retries: Annotated[int, Meta(ge=0, le=5)] = 0
    least: int = 1
    most: int = 9

    def __post_init__(self) -> None:
        """Refuse bounds that cross."""
        if self.least > self.most:
            raise ValueError(f"least {self.least} is above most {self.most}")


def _judge(_subject: Resource) -> Iterator[Verdict]:
    yield from ()


def loaded(check_id: str, *subjects: type[Resource], params: type[Params] | None = None) -> LoadedCheck:
    """A check as the loader would give it."""
    function: CheckFunction = _judge
    return LoadedCheck(
        id=check_id,
        function=function,
        severity=Severity.ERROR,
        title=f"{check_id} is well.",
        why="-",
        remediation="-",
        references=(),
        subjects=subjects,
        params=params,
        file="made-up.py",
        line=1,
    )


CHECKS = {
    check.id: check
    for check in (
        loaded("connector.ready", Connector),
        loaded("redis.reach", RedisInstance, AddressBlock, params=ReachParams),
    )
}


def load(text: str | bytes, **options: Any) -> RuleSet:
    """The ruleset of the text for `--env staging`, unless options say otherwise."""
    content = text.encode() if isinstance(text, str) else text
    today: dt.date = options.pop("today", TODAY)
    choice = Choice(**({"env": "staging"} | options))
    return load_rules(Path("rules.yaml"), content, CHECKS, choice=choice, today=today)


def problems(text: str | bytes, **options: Any) -> tuple[str, ...]:
    """Every problem of the text; none if it loads."""
    try:
        load(text, **options)
    except ConfigError as found:
        return found.problems
    return ()
