"""run.ready: readiness, ingress, timeout, CPU boost, secrets."""

from __future__ import annotations

from typing import Any

import pytest

from checks.run.ready import RunReady, run_ready
from tests.builders import project, service
from tests.judging import codes, verdicts
from validator.check import Proof, Violation
from validator.model.resource import Resource
from validator.model.run import (
    Condition,
    Container,
    Resources,
    Revision,
    SecretItem,
    SecretKeyRef,
    SecretVolume,
    Service,
    Template,
    Traffic,
    ValueSource,
    Variable,
    Volume,
)
from validator.model.secret import Secret, SecretVersion

OK = Condition(type="Ready", state="CONDITION_SUCCEEDED")
OLD, NEW = "backend-00001-old", "backend-00002-abc"


def ready(**changes: Any) -> Service:
    return service(**({"terminal_condition": OK} | changes))


def with_template(**changes: Any) -> Service:
    return ready(template=Template(**({"timeout": "300s"} | changes)))


def reading(secret: str, version: str = "latest") -> Service:
    source = ValueSource(secret_key_ref=SecretKeyRef(secret=secret, version=version))
    return with_template(containers=(Container(env=(Variable(name="PASSWORD", value_source=source),)),))


def mounting(secret: str, *versions: str) -> Service:
    items = tuple(SecretItem(version=version) for version in versions)
    return with_template(volumes=(Volume(secret=SecretVolume(secret=secret, items=items)),))


def secret(*states: str, name: str = "db", **aliases: str) -> list[Resource]:
    path = f"projects/123456789/secrets/{name}"
    versions = [SecretVersion(name=f"{path}/versions/{n}", state=state) for n, state in enumerate(states, 1)]
    return [Secret(name=path, project="acme", version_aliases=aliases), *versions, project()]


def boosted(*, on: bool) -> Service:
    return with_template(containers=(Container(name="sidecar"), Container(resources=Resources(startup_cpu_boost=on))))


ANY = RunReady()
ENABLED = ["ENABLED"]
PASSES = {
    "a ready service": (ready(), [], ANY),
    "readiness among the conditions only": (service(conditions=(OK,)), [], ANY),
    "the declared ingress": (ready(), [], RunReady(ingress="all")),
    "an unset ingress, which is all": (ready(ingress=""), [], RunReady(ingress="all")),
    "ingress through the load balancer": (
        ready(ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"),
        [],
        RunReady(ingress="internal-and-cloud-load-balancing"),
    ),
    "the declared timeout": (ready(), [], RunReady(timeout_s=300, min_timeout_s=300, max_timeout_s=300)),
    "an unset timeout, which is 300 s": (with_template(timeout=""), [], RunReady(timeout_s=300)),
    "CPU boost of one container": (boosted(on=True), [], RunReady(startup_cpu_boost=True)),
    "no CPU boost as declared": (boosted(on=False), [], RunReady(startup_cpu_boost=False)),
    "the latest version is enabled": (reading("db"), secret("DESTROYED", "ENABLED"), ANY),
    "more than nine versions, the highest by number enabled": (
        reading("db"),
        secret(*["DISABLED"] * 10, "ENABLED"),
        ANY,
    ),
    "a numbered version though the latest is disabled": (reading("db", "1"), secret("ENABLED", "DISABLED"), ANY),
    "an alias of an enabled version": (reading("db", "prod"), secret("ENABLED", "DISABLED", prod="1"), ANY),
    "a full name with the project's number": (reading("projects/123456789/secrets/db"), secret(*ENABLED), ANY),
    "a full name with the project's id": (reading("projects/acme/secrets/db"), secret(*ENABLED), ANY),
    "a mounted secret": (mounting("projects/123456789/secrets/db", "1"), secret(*ENABLED), ANY),
    "a mounted secret without items, which is the latest": (mounting("db"), secret("DISABLED", "ENABLED"), ANY),
}
FAILED = Condition(
    type="Ready", state="CONDITION_FAILED", revision_reason="HEALTH_CHECK_CONTAINER_ERROR", message="did not listen."
)
HALF = {"latest_created_revision": "backend-00003-new", "terminal_condition": FAILED}
FAILS = {
    "the newest revision failed": (ready(**HALF), [], ANY, ["CLOUD_RUN_REVISION_NOT_READY"]),
    "the newest revision is not the ready one, whatever the condition says": (
        ready(latest_created_revision="backend-00003-new"),
        [],
        ANY,
        ["CLOUD_RUN_REVISION_NOT_READY"],
    ),
    "no revision ever became ready": (
        ready(latest_ready_revision="", terminal_condition=FAILED),
        [],
        ANY,
        ["CLOUD_RUN_REVISION_NOT_READY"],
    ),
    "the route failed": (ready(terminal_condition=FAILED), [], ANY, ["CLOUD_RUN_REVISION_NOT_READY"]),
    "open though declared internal": (ready(), [], RunReady(ingress="internal"), ["CLOUD_RUN_INGRESS"]),
    "shut though declared open": (
        ready(ingress="INGRESS_TRAFFIC_NONE"),
        [],
        RunReady(ingress="all"),
        ["CLOUD_RUN_INGRESS"],
    ),
    "an ingress of the future": (
        ready(ingress="INGRESS_TRAFFIC_MARS"),
        [],
        RunReady(ingress="all"),
        ["CLOUD_RUN_INGRESS"],
    ),
    "another timeout": (ready(), [], RunReady(timeout_s=3600), ["CLOUD_RUN_TIMEOUT"]),
    "too short a timeout": (ready(), [], RunReady(min_timeout_s=301), ["CLOUD_RUN_TIMEOUT"]),
    "too long a timeout": (ready(), [], RunReady(max_timeout_s=299), ["CLOUD_RUN_TIMEOUT"]),
    "no CPU boost though declared": (boosted(on=False), [], RunReady(startup_cpu_boost=True), ["CLOUD_RUN_CPU_BOOST"]),
    "CPU boost though declared off": (boosted(on=True), [], RunReady(startup_cpu_boost=False), ["CLOUD_RUN_CPU_BOOST"]),
    "a secret that does not exist": (reading("other"), secret(*ENABLED), ANY, ["SECRET_NOT_FOUND"]),
    "a secret without versions": (reading("db"), secret(), ANY, ["SECRET_VERSION_NOT_FOUND"]),
    "a version that does not exist": (reading("db", "7"), secret(*ENABLED), ANY, ["SECRET_VERSION_NOT_FOUND"]),
    "an alias that does not exist": (reading("db", "prod"), secret(*ENABLED), ANY, ["SECRET_VERSION_NOT_FOUND"]),
    "an alias of a version that does not exist": (
        reading("db", "prod"),
        secret(*ENABLED, prod="3"),
        ANY,
        ["SECRET_VERSION_NOT_FOUND"],
    ),
    "the latest version is disabled though an older one is enabled": (
        reading("db"),
        secret("ENABLED", "DISABLED"),
        ANY,
        ["SECRET_VERSION_NOT_ENABLED"],
    ),
    "a destroyed version": (reading("db", "1"), secret("DESTROYED", "ENABLED"), ANY, ["SECRET_VERSION_NOT_ENABLED"]),
    "a mounted version that is disabled": (
        mounting("db", "1", "2"),
        secret("DISABLED", "ENABLED"),
        ANY,
        ["SECRET_VERSION_NOT_ENABLED"],
    ),
}
CHANGING = Condition(type="Ready", state="CONDITION_RECONCILING", reason="DEPLOYING")
UNDECIDED = {
    "a deploy in progress": (
        ready(latest_created_revision="backend-00003-new", terminal_condition=CHANGING),
        [],
        ["CLOUD_RUN_RECONCILING"],
    ),
    "no condition at all": (service(), [], ["CLOUD_RUN_STATE_UNKNOWN"]),
    "a secret of another project": (
        reading("projects/else/secrets/db"),
        secret(*ENABLED),
        ["SECRET_IN_ANOTHER_PROJECT"],
    ),
    "a secret of another project by number": (
        reading("projects/42/secrets/db"),
        secret(*ENABLED),
        ["SECRET_IN_ANOTHER_PROJECT"],
    ),
}


@pytest.mark.parametrize(("subject", "rows", "params"), PASSES.values(), ids=PASSES)
def test_passes(subject: Service, rows: list[Resource], params: RunReady) -> None:
    (proof,) = verdicts(run_ready, subject, *rows, *serving(subject), params=params)
    assert isinstance(proof, Proof)


def serving(subject: Service) -> list[Resource]:
    """The revisions that serve beside the newest, as the engine reads them before it calls the check."""
    paths = [f"{subject.path}/revisions/{name}" for name in subject.other_revisions if name != OLD]
    return [Revision(name=path) for path in paths]


@pytest.mark.parametrize(("subject", "rows", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: Service, rows: list[Resource], params: RunReady, expected: list[str]) -> None:
    found = verdicts(run_ready, subject, *rows, *serving(subject), params=params)
    violations = [one for one in found if isinstance(one, Violation)]
    assert [one.code for one in violations] == expected
    assert all(one.fix and one.fix.gcloud and subject.path in one.evidence for one in violations)


@pytest.mark.parametrize(("subject", "rows", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_leaves_undecided(subject: Service, rows: list[Resource], expected: list[str]) -> None:
    everything = (*rows, *serving(subject))
    assert codes(run_ready, subject, *everything, params=ANY) == expected
    assert not any(isinstance(one, Violation) for one in verdicts(run_ready, subject, *everything, params=ANY))


def first(subject: Service, *rows: Resource, params: RunReady = ANY) -> Violation:
    found = verdicts(run_ready, subject, *rows, *serving(subject), params=params)[0]
    assert isinstance(found, Violation)
    return found


def test_a_failed_revision_is_named_with_its_reason_and_with_what_serves_instead() -> None:
    assert first(ready(**HALF)).message == (
        "run/backend: the newest revision backend-00003-new did not become ready; backend-00002-abc is the last"
        " that did (HEALTH_CHECK_CONTAINER_ERROR: did not listen)."
    )


def test_a_disabled_latest_version_is_named_with_the_command_that_enables_it() -> None:
    found = first(reading("db"), *secret("ENABLED", "DISABLED"))
    assert found.message == "run/backend refers to version 2 (latest) of secret db, which is DISABLED, not ENABLED."
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud secrets versions enable 2 --secret=db --project=acme",)


def test_a_destroyed_version_cannot_be_enabled_again() -> None:
    found = first(reading("db"), *secret("DESTROYED"))
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud secrets versions add db --data-file=- --project=acme",)


def test_the_fix_of_the_ingress_uses_each_tool_s_own_word() -> None:
    found = first(ready(), params=RunReady(ingress="internal-and-cloud-load-balancing"))
    assert found.fix is not None
    assert "--ingress=internal-and-cloud-load-balancing" in found.fix.gcloud[0]
    assert found.fix.terraform == 'ingress = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"'


def test_an_older_revision_that_still_serves_is_judged_too() -> None:
    subject = ready(traffic_statuses=(Traffic(revision=OLD, percent=1), Traffic(revision=NEW, percent=99)))
    old = Revision(name=f"{subject.path}/revisions/{OLD}", timeout="60s")
    found = first(subject, old, params=RunReady(min_timeout_s=300))
    assert found.message == f"run/backend (revision {OLD}) ends requests after 60 s, declared is at least 300 s."
