"""Each fault does to a call what its name says."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.emulator.client import Redirected, pages
from tests.emulator.discovery import Method, served
from tests.emulator.faults import ALL_FAULTS, Fault, Trouble, fault, faults_for, switched_off
from tests.emulator.server import Emulator
from tests.environments.repaired import repaired
from validator.model.kinds import KINDS
from validator.model.resource import Read, Target, target

PROJECT = "chat-staging"
NETWORKS = (KINDS["network"].KIND.reads[0], target(PROJECT, project=PROJECT))
SUBNETS = (KINDS["subnet"].KIND.reads[0], target(PROJECT, project=PROJECT))
REDIS = (KINDS["redis"].KIND.reads[0], target(PROJECT, parent=f"projects/{PROJECT}/locations/-"))
SQL = (KINDS["sql"].KIND.reads[0], target(PROJECT, project=PROJECT))
PATH = f"/compute.googleapis.com/compute/v1/projects/{PROJECT}/global/networks"
Asked = tuple[Read, Target]
BOTH = pytest.mark.parametrize("asked", [NETWORKS, REDIS], ids=["legacy", "modern"])


@dataclass
class Told:
    """What a client was told: the pages that came, and the error that ended them."""

    answers: list[dict[str, Any]]
    error: HttpError | None = None

    @property
    def body(self) -> Any:
        assert self.error is not None
        return json.loads(self.error.content)["error"]

    @property
    def reasons(self) -> list[str]:
        found = [detail["reason"] for detail in self.body.get("details", ()) if "reason" in detail]
        return found + [one["reason"] for one in self.body.get("errors", ())]


def told(asked: Asked, *troubles: Trouble, page_size: int | None = None, timeout_s: float = 5) -> Told:
    with Emulator(repaired(), *troubles, page_size=page_size) as google:
        client = Redirected(google.url, timeout_s)
        answers: list[dict[str, Any]] = []
        try:
            for answer in pages(client, *asked):
                answers.append(answer)
                assert len(answers) < 10, "the pages do not end"
        except HttpError as error:
            return Told(answers, error)
        finally:
            client.close()
        return Told(answers)


@BOTH
@pytest.mark.parametrize(
    ("name", "status", "word", "metadata"),
    [
        ("permission-denied", 403, "IAM_PERMISSION_DENIED", {"permission"}),
        ("service-disabled", 403, "SERVICE_DISABLED", {"service", "consumer"}),
        ("rate-limited-error-info", 403, "RATE_LIMIT_EXCEEDED", {"service", "quota_limit"}),
        ("quota-project-denied", 403, "USER_PROJECT_DENIED", {"service", "consumer"}),
        ("unauthenticated", 401, "ACCESS_TOKEN_EXPIRED", {"service"}),
    ],
)
def test_an_error_info_names_the_reason(asked: Asked, name: str, status: int, word: str, metadata: set[str]) -> None:
    refusal = told(asked, Trouble(fault(name)))
    assert refusal.error is not None
    assert (refusal.error.status_code, refusal.reasons) == (status, [word])
    assert metadata <= refusal.body["details"][0]["metadata"].keys()


def test_a_missing_permission_names_permission_and_resource() -> None:
    metadata = told(REDIS, Trouble(fault("permission-denied"))).body["details"][0]["metadata"]
    assert metadata == {"permission": "redis.instances.list", "resource": f"projects/{PROJECT}/locations/-/instances"}


@pytest.mark.parametrize(
    ("name", "reason", "message"),
    [
        (
            "permission-denied-legacy",
            "forbidden",
            "Required 'compute.networks.list' permission for 'projects/chat-staging'",
        ),
        ("service-disabled-legacy", "accessNotConfigured", "has not been used in project 411000000001 before or it is"),
        ("rate-limited-legacy", "rateLimitExceeded", "Rate Limit Exceeded"),
    ],
)
def test_the_older_envelope_names_the_reason(name: str, reason: str, message: str) -> None:
    refusal = told(NETWORKS, Trouble(fault(name)))
    assert refusal.error is not None
    assert (refusal.error.status_code, refusal.reasons, "details" in refusal.body) == (403, [reason], False)
    assert message in refusal.body["message"]


@BOTH
@pytest.mark.parametrize(
    ("name", "message"),
    [("permission-denied-bare", "does not have permission"), ("service-disabled-bare", "or it is disabled")],
)
def test_a_bare_refusal_gives_words_only(asked: Asked, name: str, message: str) -> None:
    refusal = told(asked, Trouble(fault(name)))
    assert refusal.reasons == []
    assert message in refusal.body["message"]


@BOTH
@pytest.mark.parametrize(
    ("name", "status"), [("not-found", 404), ("bad-request", 400), ("internal-error", 500), ("unavailable", 503)]
)
def test_a_status_comes_in_the_envelope_of_the_api(asked: Asked, name: str, status: int) -> None:
    refusal = told(asked, Trouble(fault(name)))
    assert refusal.error is not None
    assert refusal.error.status_code == status
    assert ("errors" in refusal.body) == (asked is NETWORKS)
    assert ("status" in refusal.body) == (asked is REDIS)


def test_too_many_requests_say_when_to_come_back() -> None:
    refusal = told(REDIS, Trouble(fault("rate-limited-429")))
    assert refusal.error is not None
    assert (refusal.error.status_code, refusal.error.resp["retry-after"]) == (429, "1")
    assert refusal.body["status"] == "RESOURCE_EXHAUSTED"


def test_a_reset_connection_is_reset() -> None:
    with pytest.raises(ConnectionResetError):
        told(NETWORKS, Trouble(fault("connection-reset")))


def test_silence_lasts_until_the_client_gives_up() -> None:
    with pytest.raises(TimeoutError):
        told(NETWORKS, Trouble(fault("silence")), timeout_s=0.2)


def test_a_truncated_body_is_shorter_than_announced() -> None:
    with pytest.raises(http.client.IncompleteRead):
        told(NETWORKS, Trouble(fault("truncated-body")))


@pytest.mark.parametrize("name", ["malformed-json", "empty-body", "html-page"])
def test_a_body_that_is_no_json_comes_with_status_200(name: str) -> None:
    with Emulator(repaired(), Trouble(fault(name))) as google:
        answer = google.answer("GET", PATH, {})
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_json_of_another_shape_comes_with_status_200() -> None:
    with Emulator(repaired(), Trouble(fault("json-list"))) as google:
        assert google.answer("GET", PATH, {}).json == []
    for name, value in (("items-a-text", "none"), ("items-of-texts", ["none"])):
        (answer,) = told(NETWORKS, Trouble(fault(name))).answers
        assert answer["items"] == value


@BOTH
def test_a_missing_page_is_promised_and_not_found(asked: Asked) -> None:
    lost = told(asked, Trouble(fault("missing-page")))
    assert lost.error is not None
    assert (len(lost.answers), lost.error.status_code) == (1, 404)


def test_a_repeated_token_leads_to_the_same_page_for_ever() -> None:
    with pytest.raises(AssertionError, match="do not end"):
        told(NETWORKS, Trouble(fault("repeated-page-token")))


def test_an_unreachable_location_is_named_beside_the_items() -> None:
    (answer,) = told(REDIS, Trouble(fault("unreachable"))).answers
    assert answer["unreachable"] == ["us-east1"]
    assert len(answer["instances"]) == 1


def test_an_unreachable_scope_loses_what_is_in_it() -> None:
    (named,) = told(SUBNETS, Trouble(fault("unreachables"))).answers
    assert named["unreachables"] == ["projects/chat-staging/regions/us-central1"]
    assert "regions/us-central1" not in named["items"]
    (warned,) = told(SUBNETS, Trouble(fault("scope-unreachable"))).answers
    assert warned["items"]["regions/us-central1"]["warning"]["code"] == "UNREACHABLE"
    assert "subnetworks" not in warned["items"]["regions/us-central1"]


def test_a_partial_success_warns_at_the_top() -> None:
    (answer,) = told(NETWORKS, Trouble(fault("partial-success"))).answers
    assert answer["warning"]["code"] == "PARTIAL_SUCCESS"


def test_cloud_sql_warns_of_a_region() -> None:
    (answer,) = told(SQL, Trouble(fault("region-unreachable"))).answers
    assert answer["warnings"][0] | {"message": ""} == {
        "code": "REGION_UNREACHABLE",
        "region": "us-east1",
        "message": "",
    }


def test_redis_puts_a_placeholder_for_a_region() -> None:
    (answer,) = told(REDIS, Trouble(fault("placeholder"))).answers
    assert [row["name"].rsplit("/", 1)[-1] for row in answer["instances"]] == ["chat-cache", "-"]
    assert "could not be reached" in answer["instances"][1]["statusMessage"]


def test_a_fault_strikes_only_the_first_attempts() -> None:
    with Emulator(repaired(), Trouble(fault("unavailable"), attempts=2)) as google:
        path = "/redis.googleapis.com/v1/projects/chat-staging/locations/-/instances"
        assert [google.answer("GET", path, {}).status for _ in range(3)] == [503, 503, 200]


def test_a_fault_strikes_only_the_page_it_is_meant_for() -> None:
    broken = told(NETWORKS, Trouble(fault("internal-error"), page=2), page_size=1)
    assert broken.error is not None
    assert (len(broken.answers), broken.error.status_code) == (1, 500)


def test_a_fault_strikes_only_the_calls_it_is_meant_for() -> None:
    other = Trouble(fault("not-found"), "compute.*", where="aggregated")
    assert told(NETWORKS, other).error is None
    assert told(SUBNETS, other).error is not None


def test_faults_have_names_of_their_own_and_a_call_to_happen_to() -> None:
    assert len({one.name for one in ALL_FAULTS}) == len(ALL_FAULTS)
    for one in ALL_FAULTS:
        assert any(one.applies(method) for method in served()), one


@pytest.mark.parametrize("method", served(), ids=lambda method: method.id)
def test_every_call_can_fail_in_every_way_that_any_call_can(method: Method) -> None:
    universal = {one.name for one in ALL_FAULTS if all(one.applies(each) for each in served())}
    assert len(universal) == 19
    assert universal <= {one.name for one in faults_for(method)}


@pytest.mark.parametrize("struck", ALL_FAULTS, ids=str)
def test_no_fault_leaves_the_honest_answer_as_it_was(struck: Fault) -> None:
    asked = {
        "compute.networks.list": PATH,
        "compute.subnetworks.aggregatedList": PATH.replace("global/networks", "aggregated/subnetworks"),
        "redis.projects.locations.instances.list": f"/redis.googleapis.com/v1/projects/{PROJECT}/locations/-/instances",
        "sqladmin.instances.list": f"/sqladmin.googleapis.com/v1/projects/{PROJECT}/instances",
    }
    compared = 0
    with Emulator(repaired()) as honest, Emulator(repaired(), Trouble(struck)) as troubled:
        for method in served():
            if method.id in asked and struck.applies(method):
                compared += 1
                assert troubled.answer("GET", asked[method.id], {}) != honest.answer("GET", asked[method.id], {})
    assert compared


def test_an_api_that_is_switched_off_refuses_and_is_not_listed() -> None:
    listing = (KINDS["api"].KIND.reads[0], target(PROJECT, parent=f"projects/{PROJECT}", filter="state:ENABLED"))
    off = switched_off("redis")
    assert told(REDIS, *off).reasons == ["SERVICE_DISABLED"]
    assert told(NETWORKS, *off).error is None
    (before,), (after,) = told(listing).answers, told(listing, *off).answers
    gone = [row for row in before["services"] if row not in after["services"]]
    assert [row["name"].rsplit("/", 1)[-1] for row in gone] == ["redis.googleapis.com"]
    assert after["services"]
