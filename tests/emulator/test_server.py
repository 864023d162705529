"""The emulator as a server: verbs, records, connections, pages, delay, several clients at once."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import time
from collections.abc import Iterator

import pytest

from tests.emulator.server import Emulator
from tests.environments.repaired import repaired

NETWORKS = "/compute.googleapis.com/compute/v1/projects/chat-staging/global/networks"


@pytest.fixture
def google() -> Iterator[Emulator]:
    with Emulator(repaired()) as emulator:
        yield emulator


def ask(
    google: Emulator, *paths: str, verb: str = "GET", body: str | None = None, **headers: str
) -> list[tuple[int, str]]:
    """Status and body of each path, over one connection."""
    connection = http.client.HTTPConnection(google.url.removeprefix("http://"), timeout=5)
    answers = []
    for path in paths:
        connection.request(verb, path, body, headers)
        response = connection.getresponse()
        answers.append((response.status, response.read().decode()))
    connection.close()
    return answers


def test_it_answers_several_requests_on_one_connection(google: Emulator) -> None:
    answers = ask(google, NETWORKS, NETWORKS, NETWORKS)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert [row["name"] for row in json.loads(answers[0][1])["items"]] == ["staging-vpc", "default"]


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_whatever_is_no_get_is_refused_and_recorded(verb: str, google: Emulator) -> None:
    ((status, _),) = ask(google, NETWORKS, verb=verb, body='{"name": "x"}')
    assert status == 405
    assert google.verbs == {verb}
    assert google.calls == {"compute.networks.list": 1}


def test_it_records_host_path_query_and_headers(google: Emulator) -> None:
    ask(google, f"{NETWORKS}?maxResults=5", **{"X-Goog-User-Project": "chat-billing"})
    (request,) = google.requests
    assert (request.verb, request.call, request.host) == ("GET", "compute.networks.list", "compute.googleapis.com")
    assert (request.path, request.query) == ("compute/v1/projects/chat-staging/global/networks", {"maxResults": "5"})
    assert request.headers["x-goog-user-project"] == "chat-billing"


def test_what_no_kind_reads_is_not_found_and_counted(google: Emulator) -> None:
    secret = "/secretmanager.googleapis.com/v1/projects/chat-staging/secrets/db-password/versions/3:access"
    auth = "/redis.googleapis.com/v1/projects/chat-staging/locations/us-central1/instances/chat-cache/authString"
    assert [status for status, _ in ask(google, secret, auth, "/", "/nowhere.example/")] == [404, 404, 404, 404]
    assert google.calls == {"": 4}


def test_two_versions_of_an_api_are_told_apart_on_one_host(google: Emulator) -> None:
    host = "/run.googleapis.com"
    ask(
        google,
        f"{host}/v1/projects/chat-staging/locations",
        f"{host}/v2/projects/chat-staging/locations/us-central1/services",
    )
    assert set(google.calls) == {"run.projects.locations.list", "run.projects.locations.services.list"}


def test_pages_are_cut_to_the_smaller_of_what_is_asked_and_what_is_given() -> None:
    routes = NETWORKS.replace("networks", "routes")
    with Emulator(repaired(), page_size=3) as google:
        (_, few), (_, many) = ask(google, f"{routes}?maxResults=2", f"{routes}?maxResults=100")
    assert [len(json.loads(page)["items"]) for page in (few, many)] == [2, 3]
    assert "nextPageToken" in json.loads(many)


def test_a_token_is_good_for_the_request_that_got_it_only() -> None:
    routes = NETWORKS.replace("networks", "routes")
    with Emulator(repaired(), page_size=1) as google:
        token = json.loads(ask(google, NETWORKS)[0][1])["nextPageToken"]
        own, others = ask(google, f"{NETWORKS}?pageToken={token}", f"{routes}?pageToken={token}")
    assert (own[0], others[0]) == (200, 400)
    assert "Invalid value for field 'pageToken'" in others[1]


def test_lists_without_paging_stay_whole() -> None:
    path = "/servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
    with Emulator(repaired(), page_size=1) as google:
        ((_, text),) = ask(google, f"{path}?network=projects/411000000001/global/networks/staging-vpc")
    assert list(json.loads(text)) == ["connections"]


def test_each_call_takes_its_delay_and_calls_go_on_side_by_side() -> None:
    with Emulator(repaired(), delay_s=0.2) as google, concurrent.futures.ThreadPoolExecutor(8) as pool:
        start = time.monotonic()
        statuses = [status for answers in pool.map(lambda _: ask(google, NETWORKS), range(8)) for status, _ in answers]
        took = time.monotonic() - start
    assert statuses == [200] * 8
    assert 0.2 <= took < 8 * 0.2
    assert len(google.requests) == 8


def test_leaving_ends_connections_that_a_client_keeps() -> None:
    with Emulator(repaired()) as google:
        connection = http.client.HTTPConnection(google.url.removeprefix("http://"), timeout=5)
        connection.request("GET", NETWORKS)
        connection.getresponse().read()
        kept = connection.sock
    assert kept is not None
    assert kept.recv(1) == b""
    connection.close()
