"""project.services: what is enabled, and what the audited project is."""

from __future__ import annotations

import msgspec
import pytest

from checks.project.services import Services, project_services
from tests.builders import project
from tests.judging import codes, verdicts
from validator.check import Proof, Violation
from validator.model.project import EnabledApi


def api(service: str) -> EnabledApi:
    return EnabledApi(name=f"projects/123456789/services/{service}", project="acme", state="ENABLED")


BOTH = (api("compute.googleapis.com"), api("run.googleapis.com"))

PASSES = {
    "the default APIs are enabled": (BOTH, Services()),
    "more than asked for is enabled": ((*BOTH, api("redis.googleapis.com")), Services()),
    "a short name stands for the API": (BOTH, Services(services=("run",))),
}
FAILS = {
    "nothing is enabled": ((), Services(), ["SERVICE_DISABLED"] * 2),
    "one of two is missing": (BOTH[:1], Services(), ["SERVICE_DISABLED"]),
    "an API whose name merely starts the same": (
        (api("runapps.googleapis.com"),),
        Services(services=("run",)),
        ["SERVICE_DISABLED"],
    ),
}


@pytest.mark.parametrize(("rows", "params"), PASSES.values(), ids=PASSES)
def test_passes(rows: tuple[EnabledApi, ...], params: Services) -> None:
    assert codes(project_services, project(), *rows, params=params) == []


@pytest.mark.parametrize(("rows", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(rows: tuple[EnabledApi, ...], params: Services, expected: list[str]) -> None:
    assert codes(project_services, project(), *rows, params=params) == expected


def test_the_failure_names_the_api_and_the_command() -> None:
    violation, proof = verdicts(project_services, project(), *BOTH, params=Services(services=("vpcaccess", "run")))
    assert isinstance(violation, Violation)
    assert violation.message == "vpcaccess.googleapis.com is not enabled in acme."
    assert violation.evidence == ("projects/acme/services/vpcaccess.googleapis.com",)
    assert violation.fix is not None
    assert violation.fix.gcloud == ("gcloud services enable vpcaccess.googleapis.com --project=acme",)
    assert 'service = "vpcaccess.googleapis.com"' in violation.fix.terraform
    assert isinstance(proof, Proof)


def test_the_host_project_is_skipped() -> None:
    assert codes(project_services, project("acme-host", "42"), params=Services()) == ["NOT_THE_AUDITED_PROJECT"]


def test_a_list_of_nothing_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"services": []}, Services)
