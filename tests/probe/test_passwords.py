"""Where passwords come from, whom they are for, and what a source may not do to the run."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from tests.probe.kits import kit
from validator.model.environment import SecretSource
from validator.probe.passwords import Password, Passwords

USUAL = {"VALIDATE_INFRA_REDIS_PASSWORD": "usual-pass"}


def of_file(file: str | Path, wait_s: float = 2.0) -> Password:
    found = Passwords().find("cache", {}, {"VALIDATE_INFRA_REDIS_PASSWORD_FILE": str(file)}, only=True, wait_s=wait_s)
    assert found is not None
    return found


def test_without_any_source_there_is_no_password() -> None:
    assert kit().redis_password("cache", only=True) is None


def test_a_host_that_is_no_known_instance_is_never_given_one() -> None:
    at_hand = kit(environ=USUAL, redis_passwords={"*": SecretSource(env="ANY")})
    assert at_hand.redis_password("", only=True) is None


def test_from_outside_there_is_no_password_for_anybody() -> None:
    assert kit(inside=False, environ=USUAL).redis_password("cache", only=True) is None


def test_the_usual_variable_serves_the_only_instance_that_wants_one() -> None:
    password = kit(environ=USUAL).redis_password("cache", only=True)
    assert password is not None
    assert (password.text, password.source, password.problem) == ("usual-pass", "$VALIDATE_INFRA_REDIS_PASSWORD", "")


@pytest.mark.parametrize("name", ["VALIDATE_INFRA_REDIS_PASSWORD", "VALIDATE_INFRA_REDIS_PASSWORD_FILE"])
def test_the_usual_source_is_sent_to_none_of_several_instances(name: str) -> None:
    """The AUTH string is one of Memorystore's own making for each instance."""
    password = kit(environ={name: "of-which"}).redis_password("cache", only=False)
    assert password is not None
    assert (password.text, "probes.redis_passwords" in password.problem) == ("", True)


def test_the_instances_own_source_goes_before_a_glob_and_before_the_usual_one() -> None:
    sources = {"c*": SecretSource(env="GLOB"), "cache": SecretSource(env="OWN")}
    at_hand = kit(environ={**USUAL, "GLOB": "of-a-glob", "OWN": "its-own"}, redis_passwords=sources)
    found = {name: at_hand.redis_password(name, only=True) for name in ("cache", "carts", "queue")}
    assert {name: one.text for name, one in found.items() if one} == {
        "cache": "its-own",
        "carts": "of-a-glob",
        "queue": "usual-pass",
    }


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("*", "c*", "chat-*"), "chat-*"),
        (("c*", "chat-*"), "chat-*"),
        (("*-cache", "c*"), "*-cache"),
        (("chat-cach?", "chat-*"), "chat-cach?"),
        (("[a-z][a-z][a-z]*", "ch*"), "ch*"),
        (("chat-cache", "chat-cach?"), "chat-cache"),
    ],
)
def test_of_several_globs_the_one_that_spells_most_of_the_name_counts(patterns: tuple[str, ...], expected: str) -> None:
    sources = {pattern: SecretSource(env=f"OF{number}") for number, pattern in enumerate(patterns)}
    environ = {f"OF{number}": pattern for number, pattern in enumerate(patterns)}
    password = kit(environ=environ, redis_passwords=sources).redis_password("chat-cache", only=True)
    assert password is not None
    assert password.text == expected


@pytest.mark.parametrize(
    ("content", "text", "problem"),
    [
        (b"from-a-file\n", "from-a-file", ""),
        (b"from-a-file\r\nsecond line", "from-a-file", ""),
        (b"\xef\xbb\xbffrom-a-file\r\n", "from-a-file", ""),
        (b"secret\n" + b"x" * 200_000, "secret", ""),
        (b"", "", "is empty"),
        (b"\n", "", "is empty"),
        (b"\xff\xfe\x00", "", "cannot be read: it is no text"),
        (b"x" * 200_000, "", "cannot be read: its first line is longer than 64 KiB"),
        (None, "", "cannot be read: No such file or directory"),
    ],
    ids=[
        "a line", "only the first line counts", "a byte order mark", "much behind the first line", "empty",
        "an empty line", "no text", "a line without end", "no file",
    ],
)  # fmt: skip
def test_a_file_gives_its_first_line_or_the_reason_why_not(
    content: bytes | None, text: str, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "auth"
    if content is not None:
        file.write_bytes(content)
    password = of_file(file)
    named = "the file that $VALIDATE_INFRA_REDIS_PASSWORD_FILE names"
    assert (password.text, password.problem) == (text, f"{named} {problem}" if problem else "")
    assert password.source == (str(file) if text else "$VALIDATE_INFRA_REDIS_PASSWORD_FILE")


@pytest.mark.parametrize("file", ["/dev/zero", "/"])
def test_what_is_no_file_is_not_read(file: str) -> None:
    assert "cannot be read: it is no file" in of_file(file).problem


def test_a_pipe_that_nobody_writes_to_is_not_waited_for_long(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    begun = time.monotonic()
    password = of_file(tmp_path / "pipe", wait_s=0.1)
    assert "nothing came out of it in time" in password.problem
    assert time.monotonic() - begun < 1


def test_a_pipe_whose_writer_is_late_is_waited_for(tmp_path: Path) -> None:
    """`<(gcloud …)` takes a second or two."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(b"from-a-pipe\n"))
    writer.start()
    assert of_file(tmp_path / "pipe").text == "from-a-pipe"
    writer.join()


def test_a_pipe_gives_every_probe_of_a_run_the_same_password() -> None:
    """What a shell makes of `<(...)` can be read once."""
    read, write = os.pipe()
    os.write(write, b"from-a-pipe\n")
    os.close(write)
    at_hand = kit(environ={"VALIDATE_INFRA_REDIS_PASSWORD_FILE": f"/dev/fd/{read}"})
    found: list[Password | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(at_hand.redis_password("cache", only=True))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(read)
    assert [one.text for one in found if one] == ["from-a-pipe"] * 8


def test_a_variable_that_is_not_set_is_told() -> None:
    password = kit(redis_passwords={"*": SecretSource(env="REDIS_AUTH")}).redis_password("cache", only=True)
    assert password is not None
    assert password.problem == "the variable that probes.redis_passwords.*.env names is not set"


@pytest.mark.parametrize("key", ["env", "file"])
def test_what_gives_no_password_is_told_by_its_key_since_it_may_be_the_password_itself(key: str) -> None:
    """Who mistakes the name for the value writes the value there."""
    at_hand = kit(redis_passwords={"cache": SecretSource(**{key: "hunter2-made-up"})})
    password = at_hand.redis_password("cache", only=True)
    assert password is not None
    assert (password.text, password.source) == ("", f"probes.redis_passwords.cache.{key}")
    assert f"that {password.source} names" in password.problem
    assert "hunter2" not in f"{password} {password.problem}"


@pytest.mark.parametrize("only", [True, False])
def test_a_password_where_the_usual_files_name_belongs_is_not_repeated(only: bool) -> None:  # noqa: FBT001
    at_hand = kit(environ={"VALIDATE_INFRA_REDIS_PASSWORD_FILE": "hunter2-made-up"})
    password = at_hand.redis_password("cache", only=only)
    assert password is not None
    assert "hunter2" not in f"{password} {password.problem} {password.source}"


def test_one_source_for_two_names_is_told_by_the_key_of_each() -> None:
    sources = {"cache": SecretSource(env="NONE"), "queue": SecretSource(env="NONE")}
    at_hand = kit(redis_passwords=sources)
    found = [at_hand.redis_password(name, only=True) for name in sources]
    assert [one.source for one in found if one] == [f"probes.redis_passwords.{name}.env" for name in sources]


def test_a_variable_that_is_no_text_is_told() -> None:
    at_hand = kit(environ={"VALIDATE_INFRA_REDIS_PASSWORD": "abc\udcff"})
    password = at_hand.redis_password("cache", only=True)
    assert password is not None
    assert (password.text, password.problem) == ("", "$VALIDATE_INFRA_REDIS_PASSWORD cannot be read: it is no text")


def test_no_representation_shows_a_password_and_none_is_left_in_what_others_said() -> None:
    at_hand = kit(environ=USUAL)
    password = at_hand.redis_password("cache", only=True)
    assert password is not None
    assert "usual-pass" not in f"{password!r} {password} {at_hand!r} {at_hand.passwords!r}"
    assert password.hidden_in("ERR usual-pass is wrong") == "ERR *** is wrong"
