"""The ends of a path as people spell them."""

from __future__ import annotations

import re

import pytest

from validator.gcp.paths.ends.endpoint import Endpoint, destination_of, source_of
from validator.gcp.paths.paths import Question
from validator.headerspace.axes import services
from validator.headerspace.intervals import EMPTY

SPELLINGS = [
    ("run/backend", Endpoint(noun="run", name="backend")),
    ("run/us-central1/backend", Endpoint(noun="run", name="us-central1/backend")),
    ("redis-cluster/shards", Endpoint(noun="redis-cluster", name="shards")),
    ("internet", Endpoint(noun="internet")),
    ("cidr:10.0.0.0/8", Endpoint(noun="cidr", name="10.0.0.0/8")),
    ("cidr:2001:db8::/32", Endpoint(noun="cidr", name="2001:db8::/32")),
    ("host:api.openai.com:443", Endpoint(noun="host", name="api.openai.com", port=443)),
    ("host:10.1.0.5:80", Endpoint(noun="host", name="10.1.0.5", port=80)),
    ("host:[2001:4860:4860::8888]:443", Endpoint(noun="host", name="2001:4860:4860::8888", port=443)),
    ("host:redis:6379", Endpoint(noun="host", name="redis", port=6379)),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS, ids=[text for text, _ in SPELLINGS])
def test_a_spelling_is_read_and_written_back(text: str, expected: Endpoint) -> None:
    assert Endpoint.parse(text) == expected
    assert str(Endpoint.parse(text)) == text


def test_the_case_and_the_last_dot_of_a_host_do_not_matter() -> None:
    assert str(Endpoint.parse("host:API.OpenAI.com.:443")) == "host:api.openai.com:443"


REFUSALS = [
    ("", "expected KIND/NAME"),
    ("backend", "expected KIND/NAME"),
    ("internets", "expected KIND/NAME"),
    ("bucket/x", "'bucket' is no kind of resource"),
    ("run/", "expected KIND/NAME"),
    ("cidr:10.0.0.1/8", "did you mean cidr:10.0.0.0/8?"),
    ("cidr:ten", "expected such as cidr:10.0.0.0/8"),
    ("cidr:", "expected such as cidr:10.0.0.0/8"),
    ("cidr:fe80::1%eth0", "expected such as cidr:10.0.0.0/8"),
    ("host:[fe80::1%eth0]:80", "names no host"),
    ("host:api.openai.com", "has no port"),
    ("host:api.openai.com:0", "has no port"),
    ("host:api.openai.com:65536", "has no port"),
    ("host:api.openai.com:https", "has no port"),
    ("host:a..b:443", "names no host"),
    ("host:-a.b:443", "names no host"),
    ("host:a b:443", "names no host"),
    ("host::443", "names no host"),
]


@pytest.mark.parametrize(("text", "words"), REFUSALS, ids=[text or "nothing" for text, _ in REFUSALS])
def test_what_is_no_end_is_refused_with_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Endpoint.parse(text)


@pytest.mark.parametrize("text", ["network/vpc", "secret/key", "host:8.8.8.8:53"])
def test_what_no_path_starts_at_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no path starts at"):
        source_of(text)


def test_what_no_path_ends_at_is_refused() -> None:
    with pytest.raises(
        ValueError, match="no path ends at 'network/vpc': expected one of redis/NAME, redis-cluster/NAME, sql/NAME"
    ):
        destination_of("network/vpc")


def test_a_question_asks_for_the_destinations_own_ports_within_the_protocol() -> None:
    own = services(6, [(6379, 6379)])

    assert Question.parse("run/a", "redis/b").services(own) == own
    assert Question.parse("run/a", "redis/b", "udp").services(own) == services(17)
    assert Question.parse("run/a", "redis/b", ports=("80", "8000-8080")).services(own) == services(
        6, [(80, 80), (8000, 8080)]
    )
    assert Question.parse("run/a", "vm/b", "all").services(EMPTY).size > services(6).size


@pytest.mark.parametrize(
    ("protocol", "ports"),
    [("tcp", ("x",)), ("nonsense", ()), ("icmp", ("80",)), ("tcp", ("70000",)), ("tcp", ("",)), ("", ())],
)
def test_a_question_that_cannot_be_read_is_refused(protocol: str, ports: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Question.parse("run/a", "redis/b", protocol, ports)


def test_the_port_of_a_host_counts_for_every_protocol_with_ports() -> None:
    own = services(6, [(443, 443)])

    assert Question.parse("run/a", "host:a.example:443").services(own) == own
    assert Question.parse("run/a", "host:a.example:443", "udp").services(own) == services(17, [(443, 443)])
    assert Question.parse("run/a", "host:a.example:443", "icmp").services(own) == services(1)


def test_a_host_has_one_port() -> None:
    with pytest.raises(ValueError, match="names its port already: leave port 80 out"):
        Question.parse("run/a", "host:a.example:443", ports=("80",))
