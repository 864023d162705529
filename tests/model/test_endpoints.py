"""The edge where secrets stop: what is kept of a variable, and that nothing else is."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.model.endpoints import is_address, redact_variable, shown, split_endpoint

KEPT = {
    "a Redis URL without its login": ("REDIS_URL", "redis://user:secret@10.1.2.3:6379/0", "10.1.2.3:6379"),
    "a login without a user": ("REDIS_URL", "rediss://:hunter2@10.1.2.3:6378", "10.1.2.3:6378"),
    "an at sign in the password": ("REDIS_URL", "redis://u:p@ss@10.1.2.3:6379/0", "10.1.2.3:6379"),
    "a comma in the password": ("REDIS_URL", "redis://u:pa,ss@10.1.2.3:6379/0", "10.1.2.3:6379"),
    "a colon in the password": ("REDIS_URL", "redis://u:a:b:c@10.1.2.3/0", "10.1.2.3"),
    "a password of other scripts": ("REDIS_URL", "redis://u:пароль🔑@10.1.2.3:6379", "10.1.2.3:6379"),
    "an IPv6 host in a URL": ("REDIS_URL", "redis://u:p@[2001:db8::1]:6379/0", "[2001:db8::1]:6379"),
    "several hosts behind one login": (
        "MONGO_URL",
        "mongodb://u:p@h1.acme.dev:1,h2.acme.dev:2/x",
        "h1.acme.dev:1,h2.acme.dev:2",
    ),
    "a list of URLs with one login": (
        "REDIS_URLS",
        "redis://u:p@10.0.0.1:1, redis://u:p@10.0.0.2:2",
        "10.0.0.1:1,10.0.0.2:2",
    ),
    "a list of URLs without logins": ("REDIS_URLS", "redis://10.0.0.1:1,redis://10.0.0.2:2", "10.0.0.1:1,10.0.0.2:2"),
    "a JDBC URL": ("DB_URL", "jdbc:postgresql://10.0.0.3:5432/db?user=u&password=hunter2", "10.0.0.3:5432"),
    "a URL under a name that says nothing": (
        "BACKEND",
        "https://API.Old.Example.com/v1?key=hunter2",
        "api.old.example.com",
    ),
    "a webhook without its path": ("HOOK_URL", "https://hooks.example.com/services/T0/B0/hunter2", "hooks.example.com"),
    "a plain address": ("REDIS_HOST", "10.1.2.3", "10.1.2.3"),
    "an address under any name": ("UPSTREAM", "10.1.2.3:80", "10.1.2.3:80"),
    "a bare IPv6 address": ("REDIS_HOST", "2001:db8::1", "2001:db8::1"),
    "white space around": ("REDIS_HOST", "  10.1.2.3\n", "10.1.2.3"),
    "a name of one word where the variable says host": ("REDIS_HOST", "cache", "cache"),
    "a name of one word in Google's own spelling": ("REDISHOST", "cache", "cache"),
    "a numbered host": ("REDIS_HOST_2", "cache-2", "cache-2"),
    "a domain under any name": ("ORIGIN", "*.example.com", "*.example.com"),
    "an internationalised domain": ("ORIGIN", "shop.xn--p1ai", "shop.xn--p1ai"),
    "a list": ("REDIS_NODES", "10.0.0.1:6379, 10.0.0.2:6379", "10.0.0.1:6379,10.0.0.2:6379"),
    "localhost": ("BACKEND", "http://localhost:8080/", "localhost:8080"),
    "a port": ("REDIS_PORT", "6379", "6379"),
    "a port in Google's own spelling": ("REDISPORT", "6379", "6379"),
    "an address though the name speaks of a secret": ("PRIVATE_REDIS_HOST", "10.0.0.3", "10.0.0.3"),
    "a domain though the name speaks of a token": ("TOKEN_URL", "https://auth.example.com/t", "auth.example.com"),
    "a Cloud Run host": ("API_URL", "https://backend-abc123xyz0-uc.a.run.app", "backend-abc123xyz0-uc.a.run.app"),
}


@pytest.mark.parametrize(("name", "value", "kept"), KEPT.values(), ids=KEPT)
def test_keeps_hosts_and_ports(name: str, value: str, kept: str) -> None:
    assert shown(name, value) == kept


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
BASE64 = base64.b64encode(b"a very secret secret").decode()
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n"

DROPPED = {
    "a key in two parts that reads like a domain": ("FOO", "0123456789abcdef0123456789abcdef.abcdef"),
    "a slash in the password hides where it ends": ("REDIS_URL", "redis://u:1234/hunter2@10.1.2.3:6379"),
    "a question mark in the password": ("REDIS_URL", "redis://u:1234?hunter2@10.1.2.3:6379"),
    "a hash in the password": ("REDIS_URL", "redis://u:1234#hunter2@10.1.2.3:6379"),
    "a password that imitates a list of URLs": ("REDIS_URL", "redis://u:1234,redis://hunter2@10.1.2.3"),
    "a password that imitates a host and a list": ("REDIS_URL", "redis://u:x@hunter2,redis://y@10.1.2.3"),
    "a login without a host": ("REDIS_URL", "redis://user:hunter2"),
    "a password behind an IPv6 zone": ("REDIS_HOST", "::1%hunter2"),
    "a password behind an IPv6 zone in brackets": ("REDIS_HOST", "[fe80::1%hunter2]:6379"),
    "a scheme in front of a password": ("DB_PASSWORD", "abc://hunter2"),
    "a scheme in front of a dotted password": ("DB_PASSWORD", "abc://correct.horse.battery"),
    "a dotted password": ("DB_PWD", "correct.horse.battery"),
    "a dotted user": ("DB_USER", "john.doe"),
    "a login in one word": ("DB_CREDENTIALS", "john.doe:1234"),
    "a word though the name ends like a host": ("SECRET_SERVER", "hunter2"),
    "a word and a number likewise": ("TOKEN_ENDPOINT", "hunter2:1234"),
    "a login in a list of hosts": ("REDIS_NODES", "10.0.0.1,u:hunter2@10.0.0.2"),
    "a JWT": ("AUTH_HEADER", JWT),
    "a JWT where a host should be": ("API_ENDPOINT", JWT),
    "a JWT as the host of a URL": ("API_URL", f"https://{JWT}/"),
    "a hexadecimal key where a host should be": ("UPSTREAM_SERVER", HEX),
    "a UUID where a host should be": ("UPSTREAM_SERVER", "550e8400-e29b-41d4-a716-446655440000"),
    "a key of all sorts of characters": ("UPSTREAM_HOST", "Zx81kQpL09vB"),
    "a key as the host of a URL": ("UPSTREAM_URL", "https://Zx81kQpL09vBhunter2"),
    "a vendor's token": ("SLACK_ENDPOINT", "xoxb-123456-hunter2"),
    "base64": ("SETTINGS", BASE64),
    "a private key": ("SIGNER", PRIVATE_KEY),
    "a word where the variable does not say host": ("MODE", "hunter2"),
    "a word where a URL should be": ("WEBHOOK_URL", "hunter2"),
    "a word behind a scheme under any name": ("DATABASE", "postgres://u:p@hunter2:5432/x"),
    "a keyword DSN": ("DATABASE_DSN", "host=10.0.0.1 user=u password=hunter2"),
    "an ADO connection string": ("DB_CONNECTION", "Server=tcp:db.example.com,1433;User Id=u;Password=hunter2"),
    "a StackExchange.Redis string": ("REDIS_CONNECTION", "10.0.0.1:6379,password=hunter2,ssl=True"),
    "settings behind a host": ("DB_URL", "sqlserver://db.example.com:1433;user=u;password=hunter2"),
    "JSON": ("CONFIG", json.dumps({"host": "10.0.0.1", "password": "hunter2"})),
    "a list of which one part is no host": ("REDIS_NODES", "10.0.0.1,hunter2 "),
    "an e-mail address": ("CONTACT", "someone@example.com"),
    "a terminal escape": ("REDIS_HOST", "\x1b[31m10.0.0.1"),
    "a second line": ("REDIS_HOST", "10.0.0.1\nhunter2"),
    "a NUL": ("REDIS_HOST", "10.0.0.1\0hunter2"),
    "200 kB": ("REDIS_HOST", "a" * 200_000),
    "200 kB of hosts": ("REDIS_NODES", "10.0.0.1," * 22_000 + "10.0.0.1"),
    "a port that is none": ("REDIS_PORT", "70000"),
    "a number where a host should be": ("REDIS_HOST", "31337"),
    "a port under a secret's name": ("PIN", "1234"),
    "an address under a secret's name": ("SECRET_KEY", "2001:db8:1:2:3:4:5:6"),
    "digits of another script": ("REDIS_PORT", "٦٣٧٩"),
}


@pytest.mark.parametrize(("name", "value"), DROPPED.values(), ids=DROPPED)
def test_drops_what_may_be_a_secret(name: str, value: str) -> None:
    kept = redact_variable({"name": name, "value": value})
    assert kept == {"name": name, "withheld": True}


@pytest.mark.parametrize(("name", "value"), [case[:2] for case in (*KEPT.values(), *DROPPED.values())])
def test_what_passed_the_edge_passes_it_again_unchanged(name: str, value: str) -> None:
    once = redact_variable({"name": name, "value": value})
    assert redact_variable(once) == once


SECRET = "kv9QzT7hunter2"
NAMES = ["REDIS_URL", "REDIS_HOST", "DATABASE", "API_ENDPOINT", "DB_PASSWORD", "X", "REDIS_PORT", "URL", "SERVERS"]
GLUE = st.text(alphabet="@:/?#,;=% \n[]\\.-_&+éß🔑1a", max_size=6)


@given(
    name=st.sampled_from(NAMES),
    scheme=st.sampled_from(["redis://", "rediss://u:", "jdbc:mysql://u:", "", "user=", "a,redis://u:"]),
    before=GLUE,
    after=GLUE,
    tail=st.sampled_from(["@10.0.0.1:6379/0", "@h,redis://x@10.0.0.1", "", "@[::1]:1", "?a=b", "/0"]),
)
def test_no_secret_survives_whatever_stands_around_it(
    name: str, scheme: str, before: str, after: str, tail: str
) -> None:
    once = redact_variable({"name": name, "value": f"{scheme}{before}{SECRET}{after}{tail}"})
    assert SECRET.lower() not in json.dumps(once).lower()
    assert redact_variable(once) == once


@given(name=st.sampled_from(NAMES), value=st.text(max_size=60))
def test_the_edge_is_idempotent_for_any_text(name: str, value: str) -> None:
    once = redact_variable({"name": name, "value": value})
    assert redact_variable(once) == once
    assert once.get("value", "").isprintable()


@pytest.mark.parametrize(
    ("value", "tls"),
    [
        pytest.param("redis://:hunter2@10.0.0.1:6378/0", {"tls": False}, id="redis://"),
        pytest.param("rediss://:hunter2@10.0.0.1:6378", {"tls": True}, id="rediss://"),
        pytest.param("VALKEYS://10.0.0.1", {"tls": True}, id="a scheme in capitals"),
        pytest.param("rediss://10.0.0.1:1,rediss://10.0.0.2:2", {"tls": True}, id="a list of one mind"),
        pytest.param("rediss://10.0.0.1:1,redis://10.0.0.2:2", {}, id="a list of two minds"),
        pytest.param("https://10.0.0.1", {}, id="another scheme"),
        pytest.param("10.0.0.1:6378", {}, id="no scheme"),
    ],
)
def test_of_a_scheme_it_is_kept_whether_redis_is_spoken_to_over_tls(value: str, tls: dict[str, bool]) -> None:
    kept = redact_variable({"name": "REDIS_URLS", "value": value})
    assert {key: found for key, found in kept.items() if key == "tls"} == tls
    assert redact_variable(kept) == kept


@pytest.mark.parametrize("tls", [SECRET, 1, None, [SECRET]])
def test_what_is_noted_of_a_scheme_is_never_a_text(tls: object) -> None:
    kept = redact_variable({"name": "REDIS_URL", "value": "10.0.0.1:6379", "tls": tls})
    assert kept == {"name": "REDIS_URL", "value": "10.0.0.1:6379"}


def test_nothing_is_noted_of_a_value_that_is_dropped() -> None:
    kept = redact_variable({"name": "MODE", "value": "redis://hunter2"})
    assert kept == {"name": "MODE", "withheld": True}


def test_a_reference_to_a_secret_is_kept() -> None:
    source = {"secretKeyRef": {"secret": "redis-url", "version": "latest"}}
    assert redact_variable({"name": "REDIS_URL", "valueSource": source}) == {"name": "REDIS_URL", "valueSource": source}


def test_fields_the_edge_does_not_know_are_dropped() -> None:
    assert redact_variable({"name": "A", "value": "10.0.0.1", "note": SECRET}) == {"name": "A", "value": "10.0.0.1"}


@pytest.mark.parametrize("value", [12345, [SECRET], {"x": SECRET}, True])
def test_a_value_that_is_no_text_is_withheld(value: object) -> None:
    assert redact_variable({"name": "A", "value": value}) == {"name": "A", "withheld": True}


@pytest.mark.parametrize("raw", [{"name": "A"}, {"name": "A", "value": ""}, {"name": "A", "value": None}])
def test_an_empty_value_is_not_marked_as_withheld(raw: dict[str, object]) -> None:
    assert redact_variable(raw) == {"name": "A"}


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("10.0.0.1:6379", ("10.0.0.1", 6379)),
        ("10.0.0.1", ("10.0.0.1", None)),
        ("[2001:db8::1]:6379", ("2001:db8::1", 6379)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("Cache.Example.com.:1", ("cache.example.com", 1)),
    ],
)
def test_an_endpoint_is_a_host_and_a_port(text: str, split: tuple[str, int | None]) -> None:
    assert split_endpoint(text) == split


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("10.0.0.1", True),
        ("[::1]", True),
        ("::1", True),
        ("::1%eth0", False),
        ("[[::1]]", False),
        ("10.0.0.256", False),
    ],
)
def test_an_address_is_told_from_a_name(text: str, *, yes: bool) -> None:
    assert is_address(text) is yes
