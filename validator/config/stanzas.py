"""The types of rules.yaml: what each stanza may say; the loader and the JSON Schema both follow them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from validator.check import Severity
from validator.model.environment import Probing, Vantage

#: Project ids, domain-scoped ones included ("example.com:web").
#: https://cloud.google.com/resource-manager/docs/creating-managing-projects
PROJECT = r"^(?:[a-z0-9.-]+\.[a-z]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$"
#: "us-central1"; a zone has one more part.
REGION = r"^[a-z]+-[a-z]+[0-9]+$"
#: Names of rules and environments.
NAME = r"^[a-z][a-z0-9-]*$"
#: Names of variables.
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_-]*$"
NOT_BLANK = r"\S"

#: The patterns in a person's words.
MEANING: Mapping[str, str] = MappingProxyType(
    {
        PROJECT: "a project id (6 to 30 lower-case letters, digits and hyphens)",
        REGION: "a region such as us-central1",
        NAME: "a name of lower-case letters, digits and hyphens that begins with a letter",
        VARIABLE: "a name of letters, digits, underscores and hyphens",
        NOT_BLANK: "text that is not blank",
    }
)

ProjectId = Annotated[str, Meta(pattern=PROJECT, description="Project id, not its number.")]
Region = Annotated[str, Meta(pattern=REGION)]
Text = Annotated[str, Meta(pattern=NOT_BLANK)]
Subjects = Annotated[
    tuple[Text, ...],
    Meta(min_length=1, description="KIND/NAME, globs allowed, or cidr:RANGE. Default: every subject of the check."),
]
Names = Annotated[tuple[Text, ...], Meta(min_length=1, description="Environments it is meant for. Default: all.")]


class Stanza(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of the file whose keys are known."""


class EnvironmentStanza(Stanza, frozen=True, kw_only=True):
    """What an environment is: a project, its regions, and the names its rules speak of."""

    project: ProjectId
    regions: Annotated[tuple[Region, ...], Meta(description="Regions to look at. Default: all.")] = ()
    network_project: Annotated[ProjectId, Meta(description="Shared VPC host. Default: asked.")] | UnsetType = UNSET
    domains: Annotated[tuple[Text, ...], Meta(description="Bare DNS names that must be served.")] = ()
    vars: Annotated[dict[str, str | int | float | bool], Meta(description="Values for ${name} in rules.")] = {}
    snapshot: Annotated[Text, Meta(description="A recording that stands for the live one.")] | UnsetType = UNSET
    vantage: Annotated[Vantage, Meta(description="Where probes are made from. Default: outside.")] | UnsetType = UNSET
    probes: Annotated[Probing, Meta(description="How probes are made.")] | UnsetType = UNSET


class RuleStanza(Stanza, frozen=True, kw_only=True):
    """A check with parameters, severity and subjects."""

    check: Annotated[str, Meta(description="Id of a check; `validate-infra checks` lists them.")]
    severity: Annotated[Severity, Meta(description="Default: the check's own.")] | UnsetType = UNSET
    subjects: Subjects | UnsetType = UNSET
    params: Annotated[dict[str, Any], Meta(description="The check's parameters.")] = {}
    environments: Names | UnsetType = UNSET
    allow_empty: Annotated[bool, Meta(description="A selector that matches nothing is a skip, not exit 3.")] = False


class WaiverStanza(Stanza, frozen=True, kw_only=True):
    """A failure that is known and tolerated until a date."""

    rule: Text
    subject: Annotated[Text, Meta(description="Subject or glob, as reports spell it.")]
    reason: Text
    owner: Text
    expires: Annotated[dt.date, Meta(description="The last day on which it waives.")]


class FileStanza(Stanza, frozen=True, kw_only=True):
    """The whole file."""

    version: int
    environments: dict[str, EnvironmentStanza] = {}
    rules: dict[str, RuleStanza]
    waivers: tuple[WaiverStanza, ...] = ()
