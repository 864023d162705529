"""Tests of telling causes apart: every disguise of a refusal, every way a connection breaks."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google.auth.exceptions
import httplib2
import pytest

from validator.collect.discovery import UnknownMethodError
from validator.collect.errors import ErrorAnswer, MalformedAnswer, classify
from validator.collect.explain import Caller, is_other
from validator.collect.refusal import refusal
from validator.collect.retry import Failure
from validator.collect.transport import ReadOnlyViolation
from validator.model.connector import Connector
from validator.model.network import Network
from validator.model.outcome import Cause
from validator.model.resource import target

#: As Any, because google-auth is only half typed.
unreachable: Any = google.auth.exceptions.TransportError
not_renewed: Any = google.auth.exceptions.RefreshError
REAL = Path(__file__).parents[3] / "shared" / "data" / "api-errors"
NETWORKS = Network.KIND.reads[0]
ACME = target("acme", project="acme")
GATE = Caller(member="serviceAccount:gate@acme.iam.gserviceaccount.com")
OFF = "Redis API has not been used in project {} before or it is disabled. Enable it by visiting https://x then retry."


def refused(status: int, body: Any, caller: Caller = GATE, headers: Mapping[str, str] | None = None) -> Failure:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classify(ErrorAnswer(refusal(status, content, headers or {})), NETWORKS, ACME, caller)


def legacy(code: int, reason: str, message: str = "No.", **more: Any) -> Any:
    errors = [{"domain": "global", "reason": reason, "message": message}]
    return {"error": {"code": code, "message": message, "errors": errors, **more}}


def modern(code: int, status: str, reason: str = "", message: str = "No.", **metadata: str) -> Any:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}
    return {"error": {"code": code, "status": status, "message": message, "details": [info] if reason else []}}


@pytest.mark.parametrize(
    ("status", "body", "cause", "retryable"),
    [
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "SERVICE_DISABLED", service="x", consumer="projects/123"),
            Cause.API_DISABLED,
            False,
            id="the API is off in the project, by its number",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "SERVICE_DISABLED", consumer="projects/acme"),
            Cause.API_DISABLED,
            False,
            id="the API is off in the project, by its id",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "SERVICE_DISABLED", consumer="projects/payer"),
            Cause.QUOTA_PROJECT,
            False,
            id="the API is off in the project that is charged",
        ),
        pytest.param(
            403, legacy(403, "accessNotConfigured", OFF.format(123)), Cause.API_DISABLED, False, id="off, legacy word"
        ),
        pytest.param(
            403, legacy(403, "forbidden", OFF.format(123)), Cause.API_DISABLED, False, id="off, behind `forbidden`"
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", message=OFF.format(123)),
            Cause.API_DISABLED,
            False,
            id="off, by its message alone",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", message=OFF.format("payer")),
            Cause.QUOTA_PROJECT,
            False,
            id="off elsewhere, by its message alone",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", permission="p"),
            Cause.PERMISSION_DENIED,
            False,
            id="no permission",
        ),
        pytest.param(403, legacy(403, "forbidden"), Cause.PERMISSION_DENIED, False, id="no permission, legacy"),
        pytest.param(
            403, modern(403, "PERMISSION_DENIED"), Cause.PERMISSION_DENIED, False, id="no permission, no reason"
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            Cause.PERMISSION_DENIED,
            False,
            id="the token's scopes",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "USER_PROJECT_DENIED", consumer="projects/q"),
            Cause.QUOTA_PROJECT,
            False,
            id="may not charge the quota project",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "BILLING_DISABLED"),
            Cause.PERMISSION_DENIED,
            False,
            id="billing is off",
        ),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "SECURITY_POLICY_VIOLATED"),
            Cause.PERMISSION_DENIED,
            False,
            id="a service perimeter",
        ),
        pytest.param(
            403, legacy(403, "rateLimitExceeded"), Cause.RATE_LIMITED, True, id="rate limit in its first disguise"
        ),
        pytest.param(403, legacy(403, "userRateLimitExceeded"), Cause.RATE_LIMITED, True, id="rate limit, per user"),
        pytest.param(
            403,
            modern(403, "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED"),
            Cause.RATE_LIMITED,
            True,
            id="rate limit in its second disguise",
        ),
        pytest.param(
            429, modern(429, "RESOURCE_EXHAUSTED"), Cause.RATE_LIMITED, True, id="rate limit in its third disguise"
        ),
        pytest.param(429, b"slow down", Cause.RATE_LIMITED, True, id="429 without an envelope"),
        pytest.param(403, legacy(403, "quotaExceeded"), Cause.RATE_LIMITED, False, id="a daily quota"),
        pytest.param(
            429,
            modern(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_unit="1/d/{project}"),
            Cause.RATE_LIMITED,
            False,
            id="a daily quota, by its unit",
        ),
        pytest.param(401, legacy(401, "authError"), Cause.UNAUTHENTICATED, False, id="401"),
        pytest.param(401, b"", Cause.UNAUTHENTICATED, False, id="401 without a body"),
        pytest.param(404, legacy(404, "notFound"), Cause.NOT_FOUND, False, id="404"),
        pytest.param(404, b"<html>404</html>", Cause.NOT_FOUND, False, id="404 of something else"),
        pytest.param(400, modern(400, "INVALID_ARGUMENT"), Cause.BAD_REQUEST, False, id="400"),
        pytest.param(400, modern(400, "FAILED_PRECONDITION"), Cause.BAD_REQUEST, False, id="400, precondition"),
        pytest.param(409, modern(409, "ABORTED"), Cause.UNAVAILABLE, True, id="409, aborted"),
        pytest.param(408, b"", Cause.UNAVAILABLE, True, id="408"),
        pytest.param(500, modern(500, "INTERNAL"), Cause.UNAVAILABLE, True, id="500"),
        pytest.param(503, legacy(503, "backendError"), Cause.UNAVAILABLE, True, id="503"),
        pytest.param(502, b"<html>Bad Gateway</html>", Cause.UNAVAILABLE, True, id="502 of a proxy"),
        pytest.param(501, b"", Cause.UNAVAILABLE, False, id="501"),
        pytest.param(302, b"", Cause.CONNECTION, False, id="a redirect, such as a login page's"),
        pytest.param(403, b"\xff\xfe", Cause.PERMISSION_DENIED, False, id="403 with a body of bytes"),
        pytest.param(403, b"[" * 100_000, Cause.PERMISSION_DENIED, False, id="403 with a bottomless body"),
        pytest.param(
            403, [modern(403, "x", "SERVICE_DISABLED")], Cause.API_DISABLED, False, id="an envelope in a list"
        ),
        pytest.param(
            403,
            {"error": {"details": [1, {"reason": 2}], "errors": {"reason": 3}, "message": 4, "status": []}},
            Cause.PERMISSION_DENIED,
            False,
            id="an envelope of wrong types",
        ),
    ],
)
def test_refusals(status: int, body: Any, cause: Cause, retryable: bool) -> None:  # noqa: FBT001 - a table's column
    failure = refused(status, body)
    assert (failure.outcome.cause, failure.retryable) == (cause, retryable)
    assert failure.outcome.message


@pytest.mark.parametrize(
    ("body", "message", "fix"),
    [
        pytest.param(
            modern(403, "x", "IAM_PERMISSION_DENIED", permission="compute.networks.get"),
            "permission compute.networks.get is missing on acme",
            "gcloud projects add-iam-policy-binding acme --member=serviceAccount:gate@acme.iam.gserviceaccount.com "
            "--role=roles/compute.networkViewer",
            id="the permission that the server names",
        ),
        pytest.param(
            legacy(403, "forbidden", "Required 'compute.networks.list' permission for 'projects/acme'"),
            "permission compute.networks.list is missing on acme (the server said: Required",
            "add-iam-policy-binding acme",
            id="the permission in the message",
        ),
        pytest.param(
            modern(403, "PERMISSION_DENIED"),
            "permission compute.networks.list is missing",
            "add-iam-policy-binding acme",
            id="the permission of the read where the server names none",
        ),
        pytest.param(
            modern(403, "x", "SERVICE_DISABLED", consumer="projects/acme"),
            "compute.googleapis.com is off in acme",
            "gcloud services enable compute.googleapis.com --project acme",
            id="the API to enable",
        ),
        pytest.param(
            modern(403, "x", "SERVICE_DISABLED", consumer="projects/123"),
            "compute.googleapis.com is off in project 123",
            "gcloud services enable compute.googleapis.com --project 123",
            id="the API to enable, by a number that may be the project's",
        ),
        pytest.param(
            modern(403, "x", "SERVICE_DISABLED", consumer="projects/payer"),
            "off in project payer, which the call was charged to; that says nothing about acme",
            "--quota-project acme",
            id="the project that is charged",
        ),
        pytest.param(
            modern(403, "x", "USER_PROJECT_DENIED", consumer="projects/q"),
            "may not charge calls to project q",
            "add-iam-policy-binding q --member=serviceAccount:gate@acme.iam.gserviceaccount.com "
            "--role=roles/serviceusage.serviceUsageConsumer",
            id="the right to charge",
        ),
        pytest.param(
            modern(403, "x", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "scopes", "--scopes=", id="the scopes to ask for"
        ),
        pytest.param(
            modern(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="ReadRequestsPerMinutePerProject"),
            "ReadRequestsPerMinutePerProject of compute.googleapis.com",
            "quotas?project=acme",
            id="the quota",
        ),
    ],
)
def test_the_message_says_what_and_the_fix_how(body: Any, message: str, fix: str) -> None:
    outcome = refused(403, body).outcome
    assert message in outcome.message
    assert fix in outcome.fix


@pytest.mark.parametrize(
    ("charged", "names", "other"),
    [
        pytest.param("", {"acme"}, False, id="none is named"),
        pytest.param("acme", {"acme"}, False, id="the same id"),
        pytest.param("123", {"acme", "123"}, False, id="the known number"),
        pytest.param("payer", {"acme"}, True, id="another id"),
        pytest.param("999", {"acme", "123"}, True, id="another number"),
        pytest.param("999", {"acme"}, None, id="a number, where only the id is known"),
        pytest.param("acme", {"123"}, None, id="an id, where only the number is known"),
        pytest.param("999", {"123"}, True, id="another number than the one that was asked about"),
    ],
)
def test_whether_a_charged_project_is_another(charged: str, names: set[str], other: object) -> None:
    assert is_other(charged, names) is other


def test_a_refusal_keeps_the_project_that_it_names() -> None:
    outcome = refused(403, modern(403, "x", "SERVICE_DISABLED", consumer="projects/999")).outcome
    assert (outcome.cause, outcome.consumer) == (Cause.API_DISABLED, "999")


REMEDIES = [
    modern(403, "x", "SERVICE_DISABLED"),
    modern(403, "x", "SERVICE_DISABLED", consumer="projects/123"),
    modern(403, "x", "SERVICE_DISABLED", consumer="projects/payer"),
    modern(403, "x", "USER_PROJECT_DENIED", consumer="projects/q"),
    modern(403, "x", "USER_PROJECT_DENIED"),
    modern(403, "x", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    modern(403, "x", "BILLING_DISABLED"),
    modern(403, "x", "SECURITY_POLICY_VIOLATED"),
    modern(403, "x", "IAM_PERMISSION_DENIED"),
    modern(401, "UNAUTHENTICATED"),
    modern(429, "RESOURCE_EXHAUSTED"),
    modern(500, "INTERNAL"),
]


@pytest.mark.parametrize("caller", [GATE, Caller(), Caller(quota_project="payer")], ids=["known", "unknown", "charged"])
@pytest.mark.parametrize(
    "body", REMEDIES, ids=lambda body: str(body["error"].get("details") or body["error"]["status"])
)
def test_a_remedy_that_starts_as_a_command_is_one_command_and_no_more(body: Any, caller: Caller) -> None:
    fix = refused(body["error"]["code"], body, caller).outcome.fix
    if fix.startswith("gcloud "):
        assert re.fullmatch(r"gcloud [\w./:=@'-]+(?: [\w./:=@'-]+)*", fix)
        assert not {"or", "and", "then"}.intersection(fix.split())


def test_some_remedies_are_commands_and_that_of_the_scopes_is_none() -> None:
    fixes = [refused(body["error"]["code"], body).outcome.fix for body in REMEDIES]
    assert sum(fix.startswith("gcloud ") for fix in fixes) >= 5
    assert refused(403, modern(403, "x", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")).outcome.fix.startswith("log in with: ")


def test_an_unknown_caller_is_left_to_the_reader_to_fill_in() -> None:
    assert "user:YOU@EXAMPLE.COM" in refused(403, legacy(403, "forbidden"), Caller()).outcome.fix


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        pytest.param({"retry-after": "7"}, {}, 7.0, id="seconds"),
        pytest.param(
            {"retry-after": "Fri, 20 Nov 2026 18:00:09 GMT", "date": "Fri, 20 Nov 2026 18:00:00 GMT"},
            {},
            9.0,
            id="a date",
        ),
        pytest.param({"retry-after": "soon"}, {}, 0.0, id="nonsense"),
        pytest.param({"retry-after": "-5"}, {}, 0.0, id="the past"),
        pytest.param({}, {"error": {"details": [{"retryDelay": "3.5s"}]}}, 3.5, id="RetryInfo"),
        pytest.param({}, {"error": {"details": [{"retryDelay": "x"}]}}, 0.0, id="a broken RetryInfo"),
    ],
)
def test_how_long_the_server_asks_to_wait(headers: dict[str, str], body: Any, seconds: float) -> None:
    assert refused(429, body, headers=headers).retry_after_s == seconds


@pytest.mark.parametrize(
    ("problem", "cause", "retryable"),
    [
        (TimeoutError("timed out"), Cause.TIMEOUT, True),
        (socket.timeout("timed out"), Cause.TIMEOUT, True),  # noqa: UP041 - the old spelling is what libraries raise
        (ConnectionResetError(104, "reset"), Cause.CONNECTION, True),
        (ConnectionRefusedError(111, "refused"), Cause.CONNECTION, True),
        (http.client.RemoteDisconnected("closed"), Cause.CONNECTION, True),
        (http.client.BadStatusLine("x"), Cause.CONNECTION, True),
        (http.client.IncompleteRead(b"x" * 50, 9), Cause.MALFORMED, True),
        (httplib2.ServerNotFoundError("Unable to find the server"), Cause.CONNECTION, True),
        (httplib2.ProxiesUnavailableError("Proxy support missing"), Cause.CONNECTION, False),
        (httplib2.FailedToDecompressContent("x", {}, b""), Cause.MALFORMED, False),
        (ssl.SSLError(1, "bad record"), Cause.CONNECTION, True),
        (ssl.SSLCertVerificationError(1, "self-signed"), Cause.CONNECTION, False),
        (OSError(101, "Network is unreachable"), Cause.CONNECTION, True),
        (unreachable("x"), Cause.CONNECTION, True),
        (not_renewed("invalid_grant"), Cause.UNAUTHENTICATED, False),
        (not_renewed("backend", retryable=True), Cause.UNAUTHENTICATED, True),
        (json.JSONDecodeError("Expecting value", "<html>", 0), Cause.MALFORMED, False),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), Cause.MALFORMED, False),
        (RecursionError("deep"), Cause.MALFORMED, False),
        (MalformedAnswer("gave nonsense"), Cause.MALFORMED, False),
        (UnknownMethodError("compute v1 has no method x"), Cause.BAD_REQUEST, False),
        (TypeError("Missing required parameter"), Cause.BAD_REQUEST, False),
        (ArithmeticError("what"), Cause.MALFORMED, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_broken_connections(problem: Exception, cause: Cause, retryable: bool) -> None:  # noqa: FBT001
    failure = classify(problem, NETWORKS, ACME)
    assert (failure.outcome.cause, failure.retryable) == (cause, retryable)
    assert failure.outcome.message
    assert not failure.outcome.complete


def test_a_bug_is_not_an_outcome() -> None:
    with pytest.raises(ReadOnlyViolation):
        classify(ReadOnlyViolation("refused to send POST"), NETWORKS, ACME)


@pytest.mark.parametrize(
    "secret",
    [
        "ya29.a0AfH6SMBx-secret",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
        "1//0gabcdefghijklmn",
        "Bearer abcdefghijklmnop",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_in_a_servers_words_are_not_repeated(secret: str) -> None:
    told = refused(403, legacy(403, "forbidden", f"no: {secret} is bad")).outcome.message
    assert "[redacted]" in told
    assert secret[-8:] not in told
    broken = classify(not_renewed(f"bad {secret}"), NETWORKS, ACME).outcome.message
    assert secret[-8:] not in broken


def test_a_hostile_message_is_one_short_plain_line() -> None:
    told = refused(403, legacy(403, "forbidden", "\x1b[31mred\x07\r\n\u202eevil\u2028" + "A" * 10**6)).outcome.message
    assert told.isprintable()
    assert len(told) < 500


def test_a_hostile_consumer_stays_out_of_the_command() -> None:
    body = modern(403, "x", "SERVICE_DISABLED", consumer="projects/x;rm -rf ~")
    outcome = refused(403, body).outcome
    assert "rm -rf" not in outcome.fix + outcome.message


def test_a_hostile_permission_stays_out_of_the_command() -> None:
    body = modern(403, "x", "IAM_PERMISSION_DENIED", permission="p; curl evil")
    assert "evil" not in refused(403, body).outcome.fix


def test_the_remedy_quotes_what_the_user_gave() -> None:
    read = Connector.KIND.reads[0]
    body = json.dumps(legacy(403, "forbidden")).encode()
    failure = classify(ErrorAnswer(refusal(403, body, {})), read, target("a b;c"), GATE)
    assert "'a b;c'" in failure.outcome.fix


EXPECTED = {400: {Cause.BAD_REQUEST}, 404: {Cause.NOT_FOUND}, 409: {Cause.BAD_REQUEST}, 500: {Cause.UNAVAILABLE}}


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared real answers are not here")
def test_every_real_error_body_has_a_sensible_cause() -> None:
    files = sorted(REAL.glob("*/*.json"))
    assert files
    for file in files:
        content = file.read_bytes()
        failure = refused(int(file.name[:3]), content)
        off = b"has not been used in project" in content
        expected = EXPECTED.get(int(file.name[:3]), {Cause.API_DISABLED, Cause.QUOTA_PROJECT} if off else set())
        assert failure.outcome.cause in (expected or {Cause.PERMISSION_DENIED}), file
        assert failure.outcome.message, file
        assert failure.retryable is (failure.outcome.cause is Cause.UNAVAILABLE), file
