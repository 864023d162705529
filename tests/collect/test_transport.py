"""Tests of the way out: GET only, where it goes, how long it waits."""

from __future__ import annotations

import contextlib
import http.client
import random
import threading
import time
from collections.abc import Iterator

import pytest

import validator
from tests.collect.servers import Answer, said, serving, talking
from validator.collect.transport import Endpoint, ReadOnlyHttp, ReadOnlyViolation, TimedHttp, make_http
from validator.patience import Budget

GOOGLE = "https://compute.googleapis.com/compute/v1/projects/acme/global/networks?maxResults=500&alt=json"


def real(seconds: float = 5.0) -> Budget:
    return Budget(seconds, clock=time.monotonic, sleep=time.sleep, random=random.random)


@contextlib.contextmanager
def to(url: str, seconds: float = 5.0) -> Iterator[ReadOnlyHttp]:
    with contextlib.closing(make_http(real(seconds), endpoint=Endpoint.parse(url))) as connection:
        yield connection


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", ""])
def test_any_method_but_get_is_refused_before_anything_is_sent(method: str) -> None:
    with serving(Answer()) as server, to(server.url) as connection:
        with pytest.raises(ReadOnlyViolation, match="only reads"):
            connection.request(GOOGLE, method)
        assert server.asked == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [("a=1", {}), (None, {"X-HTTP-Method-Override": "DELETE"})],
    ids=["a GET with a body", "a GET that asks for another method"],
)
def test_a_disguised_write_is_refused(body: str | None, headers: dict[str, str]) -> None:
    with serving(Answer()) as server, to(server.url) as connection:
        with pytest.raises(ReadOnlyViolation):
            connection.request(GOOGLE, "GET", body=body, headers=headers)
        assert server.asked == []


def test_a_violation_does_not_show_the_query() -> None:
    with pytest.raises(ReadOnlyViolation) as caught:
        make_http(real()).request("https://redis.googleapis.com/v1/x?token=s3cret", "POST")
    assert "s3cret" not in str(caught.value)


def test_an_endpoint_changes_the_url_and_nothing_else() -> None:
    with serving(said({"kind": "compute#networkList"})) as server, to(f"{server.url}/emulated/") as connection:
        response, body = connection.request(GOOGLE, headers={"accept": "application/json"})
    (asked,) = server.asked
    assert (response.status, body) == (200, b'{"kind": "compute#networkList"}')
    assert asked.method == "GET"
    assert asked.path == (
        "/emulated/compute.googleapis.com/compute/v1/projects/acme/global/networks?maxResults=500&alt=json"
    )
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["user-agent"] == f"validate-infra/{validator.__version__} (gzip)"
    assert "authorization" not in asked.headers


def test_redirects_are_not_followed() -> None:
    with serving(Answer(status=302, headers={"Location": "/elsewhere"})) as server, to(server.url) as connection:
        response, _ = connection.request(GOOGLE)
        assert response.status == 302
        assert len(server.asked) == 1


def test_one_connection_serves_many_requests() -> None:
    with serving(said({})) as server, to(server.url) as connection:
        for _ in range(3):
            connection.request(GOOGLE)
        assert len(server.asked) == 3
        assert len({asked.peer for asked in server.asked}) == 1


def test_a_server_that_never_answers_ends_with_the_budget() -> None:
    with talking(b"") as url, to(url, 0.2) as connection:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.request(GOOGLE)
        assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    ("speech", "drip"),
    [(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "), (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")],
    ids=["the body drips", "the headers drip"],
)
def test_a_server_that_drips_ends_with_the_budget(speech: bytes, drip: bytes) -> None:
    with talking(speech, drip) as url, to(url, 0.3) as connection:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.request(GOOGLE)
        assert time.monotonic() - begun < 1.5


def test_nothing_is_sent_once_the_budget_is_spent() -> None:
    with serving(Answer()) as server, to(server.url, 0.0) as connection:
        with pytest.raises(TimeoutError):
            connection.request(GOOGLE)
        assert server.asked == []


def test_a_reused_connection_gets_the_patience_of_the_moment() -> None:
    patience = [5.0]
    release = threading.Event()

    def answer(_asked: object) -> Answer:
        if len(server.asked) > 1:
            release.wait(3)
        return said({})

    with serving(answer) as server:
        connection = TimedHttp(lambda: patience[0], proxies=False)
        connection.request(server.url)
        patience[0] = 0.2
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.request(server.url)
        assert time.monotonic() - begun < 1.5
        release.set()


def test_a_truncated_answer_is_an_error_and_does_not_spoil_the_next() -> None:
    answers = [Answer(body=b'{"items": [', announced=500), said({"ok": True})]
    with serving(lambda _asked: answers.pop(0)) as server, to(server.url) as connection:
        with pytest.raises(http.client.IncompleteRead):
            connection.request(GOOGLE)
        _, body = connection.request(GOOGLE)
    assert body == b'{"ok": true}'


def test_a_half_read_answer_leaves_no_connection_behind() -> None:
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as url:
        connection = TimedHttp(lambda: 0.2, proxies=False)
        with pytest.raises(TimeoutError):
            connection.request(url)
        assert connection._http.connections == {}


def test_a_loopback_endpoint_is_not_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(said({})) as server, to(server.url) as connection:
        assert connection.request(GOOGLE)[0].status == 200


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9:1/", True),
        ("http://localhost:80/base", True),
        ("http://[::1]:8080", True),
        ("https://proxy.acme.example", False),
        ("https://10.0.0.1:8443/x", False),
    ],
)
def test_endpoints_that_are_accepted(text: str, loopback: bool) -> None:  # noqa: FBT001 - a table's column
    assert Endpoint.parse(text).loopback is loopback


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("127.0.0.1:8080", "expected a URL"),
        ("ftp://127.0.0.1", "expected a URL"),
        ("http://", "expected a URL"),
        ("http://127.0.0.1:notaport", "is no URL"),
        ("http://[::1", "is no URL"),
        ("http://127.0.0.1/?a=b", "query"),
        ("http://user:secret@127.0.0.1/", "user name"),
        ("http://proxy.acme.example", "in the clear"),
        ("http://localhost.acme.example", "in the clear"),
    ],
)
def test_endpoints_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Endpoint.parse(text)
    assert "secret" not in str(caught.value)
