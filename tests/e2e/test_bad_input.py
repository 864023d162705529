"""Whatever is wrong with what was given: one clear message, the right exit code, no traceback, nothing half-written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.gate import COMMAND, ROOT, gate, staging_rules
from validator.snapshot import _digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with rules and a few files that are none."""
    staging_rules(tmp_path)
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    (tmp_path / "no-rules.yaml").write_text("version: 1\nenvironments: {a: {project: acme-a}}\nrules: {}\n")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "folder").mkdir()
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join('*' + chr(97 + i) for _ in range(9))}]\n" for i in range(12)
    )
    (tmp_path / "bomb.yaml").write_text(bomb, encoding="utf-8")
    (tmp_path / "huge.yaml").write_text("# " + "x" * 4_000_000, encoding="utf-8")
    (tmp_path / "typo.yaml").write_text("version: 1\nrules:\n  a:\n    chekc: connector.ready\n", encoding="utf-8")
    (tmp_path / "snap.json").write_text('{"schema": "validate-infra.snapshot/1"}', encoding="utf-8")
    (tmp_path / "key.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param([], "Try it without any project: validate-infra --env demo", id="nothing asked"),
        pytest.param(["--env", "stagin"], "staging", id="unknown environment, with the nearest"),
        pytest.param(["--env", "staging", "--project", "other-project"], "chat-staging", id="two projects"),
        pytest.param(["--project", "Not A Project"], "project", id="no project id"),
        pytest.param(["--env", "demo", "--rules", "missing.yaml"], "missing.yaml", id="missing ruleset"),
        pytest.param(["--env", "demo", "--rules", "folder"], "directory", id="ruleset is a directory"),
        pytest.param(["--env", "demo", "--rules", "binary.yaml"], "binary.yaml", id="binary ruleset"),
        pytest.param(["--env", "demo", "--rules", "empty.yaml"], "empty", id="empty ruleset"),
        pytest.param(["--env", "a", "--rules", "no-rules.yaml"], "judges nothing", id="no rules"),
        pytest.param(["--env", "demo", "--rules", "bomb.yaml"], "bomb.yaml", id="alias bomb"),
        pytest.param(["--env", "demo", "--rules", "huge.yaml"], "huge.yaml", id="huge ruleset"),
        pytest.param(["--project", "acme-a", "--rules", "typo.yaml"], "typo.yaml:4:5", id="typing error"),
        pytest.param(["--env", "staging", "--snapshot", "missing.json"], "missing.json", id="missing snapshot"),
        pytest.param(["--env", "staging", "--snapshot", "folder"], "directory", id="snapshot is a directory"),
        pytest.param(["--env", "staging", "--snapshot", "snap.json"], "damaged", id="damaged snapshot"),
        pytest.param(["--env", "demo", "--check", "redis.endpont"], "redis.endpoint", id="unknown check"),
        pytest.param(["--env", "demo", "--report", "xml"], "unknown format", id="unknown format"),
        pytest.param(["--env", "demo", "--report", "json=folder"], "is a directory", id="report into a directory"),
        pytest.param(["--env", "demo", "--report", "json=no/where.json"], "no folder", id="report into nowhere"),
        pytest.param(["--env", "demo", "--report", "json", "--report", "text"], "stdout", id="two reports on stdout"),
        pytest.param(["--env", "demo", "--checks-dir", "none"], "no such folder", id="no folder of checks"),
        pytest.param(["--env", "staging", "--api-endpoint", "nonsense"], "nonsense", id="no endpoint"),
        pytest.param(["--env", "staging", "--timeout", "0"], "timeout", id="no time"),
        pytest.param(["--env", "staging", "--timeout", "inf"], "timeout", id="endless time"),
        pytest.param(["--env", "staging", "--timeout", "nan"], "timeout", id="no number"),
        pytest.param(["--env", "staging", "--api-endpoint", ""], "--api-endpoint", id="an empty endpoint"),
        pytest.param(["--env", "demo", "--report", f"json={'x' * 5000}"], "too long", id="an endless file name"),
        pytest.param(["--env", "demo", "--checks-dir", "x" * 5000], "no such folder", id="an endless folder name"),
        pytest.param(
            ["--env", "demo", "--report", "json=a", "--report", "text=a"],
            "would overwrite",
            id="two reports in one file",
        ),
        pytest.param(
            ["--env", "staging", "--rules", "rules.yaml", "--report", "json=./rules.yaml"],
            "would overwrite",
            id="a report over the ruleset",
        ),
        pytest.param(["--env", "demo", "--dry-run", "--report", "xml"], "unknown format", id="dry run, unknown format"),
        pytest.param(["--env", "demo", "-q", "-v"], "contradict", id="quiet and verbose"),
        pytest.param(["--env", "staging", "snapshot", "-o", "x"], "goes after the subcommand", id="misplaced option"),
        pytest.param(["snapshot", "--env", "staging", "-o", "folder"], "is a directory", id="snapshot to a directory"),
        pytest.param(["explain", "redis.endpont"], "redis.endpoint", id="explain an unknown check"),
        pytest.param(["nonsense"], "nonsense", id="unknown subcommand"),
    ],
)
def test_what_is_wrong_with_the_invocation_is_said_and_exits_2(
    arguments: list[str], complaint: str, folder: Path
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    ran = gate(*arguments, cwd=folder)
    assert ran.code == 2, ran.err
    assert complaint in ran.err
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_no_credentials_exit_3_with_the_next_command(folder: Path) -> None:
    ran = gate("--env", "staging", cwd=folder, NO_GCE_CHECK="true")
    assert ran.code == 3
    assert "gcloud auth application-default login" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("name", ["gone.json", "key.json", "folder"])
def test_a_credential_file_that_is_none_exits_2_and_is_named(name: str, folder: Path) -> None:
    ran = gate("--env", "staging", cwd=folder, GOOGLE_APPLICATION_CREDENTIALS=str(folder / name), NO_GCE_CHECK="true")
    assert ran.code == 2
    assert name in ran.err
    assert "Traceback" not in ran.err


def test_an_endpoint_where_nobody_answers_exits_3_and_nothing_passes(folder: Path) -> None:
    ran = gate(
        "--env", "staging", "--timeout", "2", "--api-endpoint", "http://127.0.0.1:9", "--report", "json", cwd=folder
    )
    assert ran.code == 3, ran.err
    assert ran.codes("pass") == set()


def test_a_selector_that_matches_nothing_exits_3(folder: Path) -> None:
    (folder / "none.yaml").write_text(
        "version: 1\nrules:\n  a:\n    check: connector.ready\n    subjects: ['connector/none-*']\n", encoding="utf-8"
    )
    ran = gate("--snapshot", str(ROOT / "validator/demo/repaired.json"), "--rules", "none.yaml", cwd=folder)
    assert ran.code == 3
    assert "matches nothing" in ran.out


def test_a_check_that_crashes_is_an_error_and_not_a_pass(folder: Path) -> None:
    file = folder / "checks/house/bad.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        '"""It is well.\n\nWhy: w\nRemediation: r\nReferences: https://example.com\n"""\n'
        "from validator.check import Severity, Verdicts, check\n"
        "from validator.model.connector import Connector\n\n\n"
        "@check(severity=Severity.ERROR)\n"
        "def bad(connector: Connector) -> Verdicts:\n"
        "    raise ValueError(connector.name)\n",
        encoding="utf-8",
    )
    (folder / "own.yaml").write_text("version: 1\nrules:\n  a:\n    check: house.bad\n", encoding="utf-8")
    own = ["--rules", "own.yaml", "--checks-dir", "checks"]
    ran = gate("--snapshot", str(ROOT / "validator/demo/repaired.json"), *own, cwd=folder)
    assert ran.code == 3
    assert "ValueError" in ran.out


def test_reports_go_to_files_whole_and_only_the_report_goes_to_stdout(folder: Path) -> None:
    ran = gate("--env", "demo", "--report", "text", "--report", "json=out.json", cwd=folder)
    assert ran.code == 1
    assert ran.err == ""
    assert (folder / "out.json").read_text(encoding="utf-8").startswith("{")
    assert ran.out.splitlines()[-1].endswith("(exit 1)")


def test_a_rules_file_that_is_a_broken_link_is_told_and_not_replaced_by_the_bundled_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").symlink_to("gone.yaml")
    ran = gate("--snapshot", "embedded:repaired", cwd=tmp_path)
    assert ran.code == 2
    assert "rules.yaml" in ran.err


def test_what_a_check_prints_does_not_get_into_the_report(folder: Path) -> None:
    file = folder / "checks/house/talks.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        '"""It is well.\n\nWhy: w\nRemediation: r\nReferences: https://example.com\n"""\n'
        "from validator.check import Proof, Severity, Verdicts, check\n"
        "from validator.model.connector import Connector\n\nprint('on import')\n\n\n"
        "@check(severity=Severity.ERROR)\n"
        "def talks(connector: Connector) -> Verdicts:\n"
        "    print('while judging')\n"
        "    yield Proof(message=connector.state)\n",
        encoding="utf-8",
    )
    (folder / "own.yaml").write_text("version: 1\nrules:\n  a:\n    check: house.talks\n", encoding="utf-8")
    own = ["--rules", "own.yaml", "--checks-dir", "checks", "--report", "json"]
    ran = gate("--snapshot", "embedded:repaired", *own, cwd=folder)
    assert ran.code == 0
    assert ran.json["summary"]["pass"] == 1
    assert ran.err.split("\n") == ["on import", "while judging", ""]


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-", "</dev/null"])
def test_closed_streams_change_nothing_of_the_exit_code(closed: str, tmp_path: Path) -> None:
    assert shell(f"{COMMAND} --env demo {closed}", tmp_path).returncode == 1
    assert shell(f"{COMMAND} --env demo-repaired {closed}", tmp_path).returncode == 0


def test_a_full_disk_is_no_proven_failure(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} --env demo >/dev/full", tmp_path)
    assert done.returncode == 3
    assert done.stderr == "validate-infra: cannot go on: No space left on device\n"


def test_a_report_through_a_link_to_the_open_stdout_reaches_it(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/proc/self/fd/1")
    done = shell(f"{COMMAND} --env demo --report json=out --report text=own.txt >caught.json", tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "caught.json").read_text(encoding="utf-8").startswith("{")


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603, S607


def test_text_from_a_recording_cannot_act_on_the_terminal(folder: Path) -> None:
    text = (ROOT / "validator/demo/repaired.json").read_text(encoding="utf-8")
    whole = json.loads(text)
    whole["environment"]["project"] = "x\x1b]0;pwned\x07\n::error::x"
    body = {key: whole[key] for key in ("taken_at", "environment", "kinds", "readings")}
    (folder / "hostile.json").write_text(json.dumps(whole | {"sha256": _digest(body)}), encoding="utf-8")
    ran = gate("--env", "staging", "--snapshot", "hostile.json", cwd=folder)
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert not [line for line in ran.err.splitlines() if line.startswith("::")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "run/chat-api", "--to", "internet", "--network", "x"), "--network says where a cidr: source is"),
        (("--from", "run/chat-api", "--to", "host:a.example:443", "--port", "80"), "names its port already"),
        (("--from", "run/chat-api", "--to", "internet", "--protocol", ""), "protocol '' cannot be read"),
        (("--from", "run/chat-api", "--to", "internet", "--port", ""), "port '' cannot be read"),
        (("--from", "cidr:10.0.0.1/8", "--to", "internet"), "did you mean cidr:10.0.0.0/8?"),
        (("--from", "network/vpc", "--to", "internet"), "expected one of run/NAME, connector/NAME"),
    ],
    ids=["a network beside a service", "two ports", "no protocol", "no port", "host bits", "no source"],
)
def test_a_path_question_that_cannot_be_meant_is_refused(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = gate("path", "--env", "demo", *words, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
