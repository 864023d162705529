"""Where passwords come from and whom they are for; what is out of reach from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probe.kits import kit
from validator.model.environment import SecretSource

USUAL = {"VALIDATE_INFRA_REDIS_PASSWORD": "usual-pass"}


def test_without_any_source_there_is_no_password() -> None:
    assert kit().redis_password("cache") is None


def test_a_host_that_is_no_known_instance_is_never_given_one() -> None:
    assert kit(environ=USUAL, redis_passwords={"*": SecretSource(env="ANY")}).redis_password("") is None


def test_the_usual_variable_serves_every_instance() -> None:
    password = kit(environ=USUAL).redis_password("cache")
    assert password is not None
    assert (password.text, password.source, password.problem) == ("usual-pass", "$VALIDATE_INFRA_REDIS_PASSWORD", "")


def test_the_instances_own_source_goes_before_a_glob_and_before_the_usual_one() -> None:
    sources = {"c*": SecretSource(env="GLOB"), "cache": SecretSource(env="OWN")}
    at_hand = kit(environ={**USUAL, "GLOB": "of-a-glob", "OWN": "its-own"}, redis_passwords=sources)
    found = {name: at_hand.redis_password(name) for name in ("cache", "carts", "queue")}
    assert {name: one.text for name, one in found.items() if one} == {
        "cache": "its-own",
        "carts": "of-a-glob",
        "queue": "usual-pass",
    }


@pytest.mark.parametrize(
    ("content", "text", "problem"),
    [
        (b"from-a-file\n", "from-a-file", ""),
        (b"from-a-file\r\nsecond line", "from-a-file", ""),
        (b"", "", "is empty"),
        (b"\xff\xfe\x00", "", "cannot be read: it is no text"),
        (None, "", "cannot be read: No such file or directory"),
    ],
    ids=["a line", "only the first line counts", "empty", "no text", "no file"],
)
def test_a_file_gives_its_first_line_or_the_reason_why_not(
    content: bytes | None, text: str, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "auth"
    if content is not None:
        file.write_bytes(content)
    password = kit(environ={"VALIDATE_INFRA_REDIS_PASSWORD_FILE": str(file)}).redis_password("cache")
    assert password is not None
    assert (password.text, password.problem) == (text, f"{file} {problem}" if problem else "")


def test_a_variable_that_is_not_set_is_told() -> None:
    password = kit(redis_passwords={"*": SecretSource(env="REDIS_AUTH")}).redis_password("cache")
    assert password is not None
    assert password.problem == "$REDIS_AUTH is not set"


def test_no_representation_shows_a_password_and_none_is_left_in_what_others_said() -> None:
    at_hand = kit(environ=USUAL)
    password = at_hand.redis_password("cache")
    assert password is not None
    assert "usual-pass" not in f"{password!r} {password}"
    assert password.hidden_in("ERR usual-pass is wrong") == "ERR *** is wrong"


@pytest.mark.parametrize(
    ("address", "inside", "lost"),
    [
        ("10.0.0.3", False, True),
        ("100.64.0.3", False, True),
        ("240.0.0.3", False, True),
        ("fd20::3", False, True),
        ("8.8.8.8", False, False),
        ("2600:1901::1", False, False),
        ("10.0.0.3", True, False),
    ],
    ids=["RFC 1918", "RFC 6598", "class E", "ULA", "public", "public IPv6", "private from inside"],
)
def test_private_addresses_are_out_of_reach_from_outside(
    address: str,
    inside: bool,  # noqa: FBT001 - a column of the table
    lost: bool,  # noqa: FBT001
) -> None:
    assert kit(inside=inside).out_of_reach(address) is lost
