"""Files that are no rules file, or mean harm, end in one clear message and never in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.samples import ACME, CHECKS, HEAD, TODAY, load, problems
from validator.config.environments import Choice
from validator.config.load import load_rules
from validator.config.problems import ConfigError

LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
DEEP = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} {'[' * 40}*a{n - 1}{']' * 40}\n" for n in range(1, 60))
TOO_MANY = "the file holds more than 50000 values, aliases written out; expected a rules file"
TOO_DEEP = "is nested more than 50 deep; expected a rules file"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ":1:1: the file is empty; expected version: 1 and rules"),
    "comments only": (b"# nothing\n", ":1:1: the file is empty; expected version: 1 and rules"),
    "3 MB": (b"#" * 3_000_000, ": is larger than 2 MiB; expected a rules file"),
    "an image": (b"\x89PNG\r\n\x1a\n", ":1:1: is not UTF-8; expected a YAML text file"),
    "Latin-1 in the middle": (b"version: 1\n# \xe4\n", ":2:3: is not UTF-8; expected a YAML text file"),
    "UTF-16": ("version: 1".encode("utf-16"), ":1:1: is not UTF-8; expected a YAML text file"),
    "NUL bytes": (b"version: 1\n\0\0", ":2:1: control character U+0000; expected a YAML text file"),
    "a terminal escape": (b"a: \x1b[2J", ":1:4: control character U+001B; expected a YAML text file"),
    "deep lists": (b"[" * 10_000, f":1:51: {TOO_DEEP}"),
    "a million open brackets": (b"[" * 1_000_000, f":1:51: {TOO_DEEP}"),
    "deep mappings": (b"{a: " * 10_000, f":1:201: {TOO_DEEP}"),
    "deep block lists": (b"- " * 10_000, f":1:101: {TOO_DEEP}"),
    "depth through aliases": (DEEP.encode(), f":2:19: {TOO_DEEP}"),
    "a long list": (b"- a\n" * 100_000, f":50000:3: {TOO_MANY}"),
    "a billion laughs": (LAUGHS.encode(), f":1:10: {TOO_MANY}"),
    "a value inside itself": (b"a: &x [*x]", ":1:4: contains itself through an alias; expected values that end"),
    "a mapping merged into itself": (
        b"a: &x {<<: *x}",
        ":1:4: contains itself through an alias; expected values that end",
    ),
    "an alias of nothing": (b"a: *x", ":1:4: is not YAML: found undefined alias"),
    "two documents": (b"version: 1\n---\nversion: 1\n", ":2:1: a second YAML document; expected one per file"),
    "a duplicate key": (b"version: 1\nversion: 1\n", ":2:1: key 'version' is given twice, first on line 1"),
    "a nested duplicate key": (b"a: {b: 1,\n  b: 2}", ":2:3: key 'b' is given twice, first on line 1"),
    "a number as a key": (b"1: 2", ":1:1: key '1' is not text; expected text, in quotes if need be"),
    "a boolean as a key": (b"on: 2", ":1:1: key 'on' is not text; expected text, in quotes if need be"),
    "a list as a key": (b"[a]: 2", ":1:1: key is not text; expected text, in quotes if need be"),
    "a Python object": (
        b"a: !!python/object/apply:os.system [id]",
        (
            ":1:4: tag 'tag:yaml.org,2002:python/object/apply:os.system' is not supported; "
            "expected a plain list or mapping"
        ),
    ),
    "a tag of one's own": (
        b"a: !secret x",
        ":1:4: tag '!secret' is not supported; expected plain text, numbers, lists or mappings",
    ),
    "binary": (
        b"a: !!binary aGk=",
        ":1:4: tag 'tag:yaml.org,2002:binary' is not supported; expected plain text, numbers, lists or mappings",
    ),
    "an octal number": (
        b"a: 010",
        ":1:4: '010' is read differently by versions of YAML; expected a decimal number, or quotes",
    ),
    "a port pair that is base sixty": (
        b"a: 22:30",
        ":1:4: '22:30' is read differently by versions of YAML; expected a decimal number, or quotes",
    ),
    "infinity": (
        b"a: .inf",
        ":1:4: '.inf' is read differently by versions of YAML; expected a decimal number, or quotes",
    ),
    "a tab as indentation": (
        b"a:\n\tb: 1",
        ":2:1: is not YAML: found character that cannot start any token ('\\t'); indent with spaces, not tabs",
    ),
    "bad indentation": (
        b"a: b: c",
        (
            ":1:5: is not YAML: mapping values are not allowed in this context;"
            " check the indentation, and quote a text that holds ': '"
        ),
    ),
    "an unquoted sign": (b"a: @x", ":1:4: is not YAML: found character that cannot start any token ('@')"),
}


@pytest.mark.parametrize(("content", "first"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_ends_in_one_message(content: bytes, first: str) -> None:
    assert problems(content) == (f"rules.yaml{first}",)


@given(st.binary(max_size=200) | st.text("[]{}:,-&*!|>'\"#%@ \n\tabc019<~", max_size=80).map(str.encode))
def test_whatever_the_bytes_nothing_but_config_error_is_raised(content: bytes) -> None:
    assert problems(content)


def test_a_message_never_carries_a_control_character() -> None:
    (first, *_) = problems(f'{HEAD}{ACME}rules: {{"r\\e[2J\\n": {{check: "x\\e]0;\\a\\u202e"}}}}')
    assert first.isprintable()


def test_a_long_value_is_shortened() -> None:
    (only,) = problems(f"{HEAD}{ACME}rules: {{r: {{check: {'x' * 5000}}}}}")
    assert len(only) < 200


def test_a_directory_is_no_rules_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path}: is a directory; expected a rules file such as {tmp_path / 'rules.yaml'}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    assert refused(file) == f"{file}: no such file; expected a rules file, --rules names another"


def test_a_path_through_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    file = tmp_path / "plain" / "rules.yaml"
    assert refused(file) == f"{file}: cannot be read: Not a directory"


def test_a_path_with_a_nul_cannot_be_read() -> None:
    assert "cannot be read" in refused(Path("a\0b"))


def refused(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_rules(file, None, CHECKS, choice=Choice(env="staging"), today=TODAY)
    return str(caught.value)


GOOD = f"{HEAD}{ACME}rules:\n  r:\n    check: connector.ready\n    subjects: [connector/x]\n"


def test_a_byte_order_mark_shifts_nothing() -> None:
    assert load(b"\xef\xbb\xbf" + GOOD.encode()) == load(GOOD)


def test_windows_line_ends_shift_nothing() -> None:
    assert load(GOOD.replace("\n", "\r\n")) == load(GOOD)


def test_columns_count_characters_not_bytes() -> None:
    assert problems(f"{HEAD}{ACME}rules: {{r: {{check: connector.ready, '🔥': 1}}}}")[0].startswith("rules.yaml:3:37: ")
    assert problems(f"{HEAD}{ACME}rules: {{'🔥': {{check: nothing}}}}")[1].startswith("rules.yaml:3:22: ")


def test_the_file_is_read_from_disk(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(GOOD)
    ruleset = load_rules(file, None, CHECKS, choice=Choice(env="staging"), today=TODAY)
    assert str(ruleset.rules[0].place) == f"{file}:4:3"
