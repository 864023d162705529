"""A right rules file becomes a ruleset for the chosen environment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.config.samples import ACME, CHECKS, HEAD, Flow, ReachParams, load, problems
from validator.check import Severity
from validator.config.problems import ConfigError
from validator.engine.ruleset import Place, Rule, RuleSet, Waiver
from validator.model.environment import Environment
from validator.model.selector import Selector

GOOD = """\
version: 1
environments:
  staging: &base
    project: acme-staging
    regions: [us-central1, europe-west1]
    network_project: example.com:acme-host
    vars: {name: core, port: 6379, strict: true}
    domains: ["api.${env}.acme.example", WWW.acme.example, www.acme.example]
    snapshot: staging.json
  production:
    <<: *base
    project: acme-production
    vars: {name: main, range: 10.0.0.0/8}
rules:
  connector-up:
    check: connector.ready
  redis-up:
    check: redis.reach
    severity: warning
    subjects: ["redis/${name}-*", "cidr:10.0.0.0/8"]
    params: {port: "${port}", flows: [{to: "${name}:$${x}"}], strict: "${strict}", until: 2027-01-31}
    environments: [staging]
    allow_empty: true
waivers:
  - {rule: redis-up, subject: "redis/old-*", reason: OPS-12, owner: net@acme.example, expires: 2020-01-31}
  - {rule: redis-up, subject: "redis/old-*", reason: OPS-12, owner: net@acme.example, expires: "2028-11-20"}
"""
ONE = HEAD + ACME + "rules: {r: {check: connector.ready}}\n"


def test_the_good_file_is_loaded_whole() -> None:
    waiver = {"rule": "redis-up", "subject": "redis/old-*", "reason": "OPS-12", "owner": "net@acme.example"}
    assert load(GOOD) == RuleSet(
        file="rules.yaml",
        environment=Environment(
            name="staging",
            project="acme-staging",
            regions=("us-central1", "europe-west1"),
            network_project="example.com:acme-host",
            domains=("api.staging.acme.example", "www.acme.example"),
            vars={"name": "core", "port": 6379, "strict": True},
            snapshot="staging.json",
        ),
        rules=(
            Rule(
                id="connector-up",
                check=CHECKS["connector.ready"],
                severity=Severity.ERROR,
                params=None,
                place=Place("rules.yaml", 15, 3),
            ),
            Rule(
                id="redis-up",
                check=CHECKS["redis.reach"],
                severity=Severity.WARNING,
                params=ReachParams(port=6379, flows=(Flow(to="core:${x}"),), strict=True, until=dt.date(2027, 1, 31)),
                subjects=(Selector("redis", "core-*"), Selector("cidr", "10.0.0.0/8")),
                environments=("staging",),
                allow_empty=True,
                place=Place("rules.yaml", 17, 3),
            ),
        ),
        waivers=(
            Waiver(**waiver, expires=dt.date(2020, 1, 31), place=Place("rules.yaml", 25, 5)),
            Waiver(**waiver, expires=dt.date(2028, 11, 20), place=Place("rules.yaml", 26, 5)),
        ),
        declared=("staging", "production"),
        vars={"name": "core", "port": "6379", "strict": "true", "project": "acme-staging", "env": "staging"},
    )


def test_a_merged_environment_keeps_what_it_does_not_say_itself() -> None:
    environment = load(GOOD, env="production").environment
    assert (environment.project, environment.regions) == ("acme-production", ("us-central1", "europe-west1"))
    assert environment.domains[0] == "api.production.acme.example"


def test_a_rule_not_meant_for_the_environment_is_kept_but_not_filled_in() -> None:
    rule = load(GOOD, env="production").rules[1]
    assert (rule.id, rule.params, rule.meant_for("production")) == ("redis-up", None, False)


def test_a_rule_not_meant_for_the_environment_has_its_parameters_where_no_variable_decides_them() -> None:
    text = ONE.replace("connector.ready", "redis.reach, environments: [staging], params: {port: 1}")
    assert load(text, env=None, project="acme-other").rules[0].params == ReachParams(port=1)


@pytest.mark.parametrize(
    ("stanza", "expected"),
    [
        ("check: redis.reech", "unknown check"),
        ("check: redis.reach", "lacks 'port'"),
        ("check: redis.reach, params: {port: '${p}', nope: '${q}'}", "unknown parameter 'nope'"),
        ("check: redis.reach, params: {port: '${p}', retries: x}", "'retries' is text"),
        ("check: redis.reach, params: {port: 1}, subjects: ['vm/${x}']", "does not judge 'vm/${x}'"),
        ("check: redis.reach, params: {port: 1}, severity: bad", "'severity' is 'bad'"),
        ("check: redis.reach, params: {port: 1}, extra: bad", "unknown key 'extra'"),
    ],
)
def test_a_rule_not_meant_for_the_environment_is_still_judged_by_its_structure(stanza: str, expected: str) -> None:
    text = f"{HEAD}{ACME}rules: {{r: {{{stanza}, environments: [staging]}}}}"
    (only,) = problems(text, env=None, project="acme-other")
    assert expected in only


@pytest.mark.parametrize("spelling", ["'${port}'", "6379", "&p 6379"])
def test_a_text_that_is_one_variable_takes_its_type(spelling: str) -> None:
    text = f"{HEAD}{ACME}rules: {{r: {{check: redis.reach, params: {{port: {spelling}}}}}}}"
    assert load(text).rules[0].params == ReachParams(port=6379)


@pytest.mark.parametrize(
    ("spelling", "filled"),
    [
        ("${name}", "core"),
        ("${name}-${port}", "core-6379"),
        ("${project}/${env}", "acme-staging/staging"),
        ("$${name}", "${name}"),
        ("$name {name} $", "$name {name} $"),
        ("a$${b}${name}", "a${b}core"),
    ],
)
def test_references_are_filled_in(spelling: str, filled: str) -> None:
    text = f"{HEAD}{ACME}rules: {{r: {{check: redis.reach, params: {{port: 1, cidr: '{spelling}'}}}}}}"
    assert load(text).rules[0].params == ReachParams(port=1, cidr=filled)


@pytest.mark.parametrize(
    ("spelling", "value"), [("true", True), ("false", False), ("True", True), ("on", True), ("no", False)]
)
def test_a_boolean_is_what_it_says(spelling: str, *, value: bool) -> None:
    text = ONE.replace("connector.ready", f"connector.ready, allow_empty: {spelling}")
    assert load(text).rules[0].allow_empty is value


@pytest.mark.parametrize(("expires", "refused"), [("2030-03-01", False), ("2030-03-02", True)])
def test_two_years_from_a_leap_day_end_on_the_first_of_march(expires: str, *, refused: bool) -> None:
    waiver = f"waivers: [{{rule: r, subject: x/y, reason: OPS-12, owner: me, expires: {expires}}}]"
    assert bool(problems(ONE + waiver, today=dt.date(2028, 2, 29))) is refused


def test_a_boolean_inside_a_text_is_written_as_yaml_does() -> None:
    rules = "rules: {r: {check: redis.reach, params: {port: 1, cidr: 'is-${name}'}}}"
    assert load(HEAD + ACME.replace("core", "true") + rules).rules[0].params == ReachParams(port=1, cidr="is-true")


def test_a_variable_may_be_the_kind_of_a_subject() -> None:
    text = ONE.replace("connector.ready", "connector.ready, subjects: ['${name}/x']")
    assert load(text.replace("core", "connector")).rules[0].subjects == (Selector("connector", "x"),)
    (only,) = problems(text.replace("core", "redis"))
    assert only == "rules.yaml:3:48: connector.ready does not judge 'redis/x'; expected connector/NAME"


def test_a_value_is_not_filled_in_twice() -> None:
    text = ACME.replace("core", "'$x{port}'")
    rules = "rules: {r: {check: redis.reach, params: {port: 1, cidr: '${name}'}}}"
    assert load(HEAD + text + rules).rules[0].params == ReachParams(port=1, cidr="$x{port}")


def test_a_severity_may_be_a_variable() -> None:
    text = ONE.replace("connector.ready", "connector.ready, severity: '${name}'").replace("core", "info")
    assert load(text).rules[0].severity is Severity.INFO


def test_a_subject_written_twice_is_judged_once() -> None:
    text = ONE.replace("connector.ready", "connector.ready, subjects: [connector/core, 'connector/${name}']")
    assert load(text).rules[0].subjects == (Selector("connector", "core"),)


def test_a_project_alone_needs_no_environment() -> None:
    ruleset = load(
        "version: 1\nrules: {r: {check: connector.ready}}", env=None, project="acme-other", regions=("us-east1",)
    )
    assert ruleset.environment == Environment(project="acme-other", regions=("us-east1",))


@pytest.mark.parametrize("reference", ["name", "env"])
def test_a_project_alone_has_no_variables_but_itself(reference: str) -> None:
    text = ONE.replace("connector.ready", f"connector.ready, subjects: ['connector/${{{reference}}}']")
    assert problems(text, env=None, project="acme-other") == (
        (
            f"rules.yaml:3:48: unknown variable '{reference}' in a run with --project alone (variables need --env); "
            "expected project"
        ),
    )


@pytest.mark.parametrize(
    ("options", "regions"),
    [
        ({}, ("us-central1", "europe-west1")),
        ({"regions": ("europe-west1",)}, ("europe-west1",)),
        ({"project": "acme-staging"}, ("us-central1", "europe-west1")),
    ],
)
def test_regions_of_the_command_line_narrow(options: dict[str, Any], regions: tuple[str, ...]) -> None:
    assert load(GOOD, **options).environment.regions == regions


def test_regions_of_the_command_line_fill_in_where_none_is_declared() -> None:
    text = ONE.replace("regions: [us-central1], ", "")
    assert load(text, regions=("us-east1", "us-east1")).environment.regions == ("us-east1",)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"env": "stagin"}, "--env 'stagin' is not declared; expected production or staging; did you mean 'staging'?"),
        ({"env": ""}, "--env '' is not declared; expected production or staging"),
        ({"env": None}, "no environment is chosen; expected --env production or staging, or --project ID"),
        (
            {"project": "acme-production"},
            (
                "--env staging is project acme-staging, but --project says 'acme-production'; "
                "expected one of the two options"
            ),
        ),
        (
            {"regions": ("us-central2",)},
            (
                "--region 'us-central2' is not among the regions of --env staging; "
                "expected europe-west1 or us-central1; did you mean 'us-central1'?"
            ),
        ),
        (
            {"env": None, "project": "123456"},
            "--project '123456' is not valid; expected a project id (6 to 30 lower-case letters, digits and hyphens)",
        ),
        (
            {"regions": ("us-central1-a",)},
            "--region 'us-central1-a' is not valid; expected a region such as us-central1",
        ),
    ],
)
def test_a_wrong_choice_is_refused(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(GOOD, **options)
    assert str(caught.value) == f"rules.yaml:2:1: {expected}"
