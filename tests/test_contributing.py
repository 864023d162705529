"""The example of CONTRIBUTING.md is real: its three blocks, and nothing else, add a check."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with the example's file, test and stanza."""
    for folder in ("validator", "checks", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("setup.cfg", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, tmp_path / file)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    check, test, stanza = re.findall(r"```(?:python|yaml)\n(.*?)```", text, re.DOTALL)
    (tmp_path / "checks/redis/replicas.py").write_text(check, encoding="utf-8")
    (tmp_path / "tests/checks/redis/test_replicas.py").write_text(test, encoding="utf-8")
    rules = (ROOT / "rules.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(rules.replace("\nrules:\n", f"\nrules:\n{stanza}\n", 1), encoding="utf-8")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(project), "COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_example_passes_its_tests_and_the_conventions(project: Path) -> None:
    # The page of checks and the changelog are written at the release, so their conventions are left out.
    tests = ["tests/checks/redis/test_replicas.py", "tests/test_conventions.py"]
    ran = run(project, "-m", "pytest", "-n0", "-p", "no:cacheprovider", *tests, "-k", "replicas")
    assert ran.returncode == 0, ran.stdout
    assert "passed" in ran.stdout


def test_the_gate_judges_by_it_and_plans_no_call_for_it_that_others_do_not_make(project: Path) -> None:
    gate = ["-m", "validator", "--env", "demo-repaired", "--rules", "rules.yaml"]
    judged = run(project, *gate, "--check", "redis-replicas")
    assert "REDIS_TOO_FEW_REPLICAS" in judged.stdout
    assert "gcloud redis instances update chat-cache --region=us-central1 --project=chat-staging" in judged.stdout
    asked = ["permissions", "--env", "demo", "--rules", "rules.yaml", "--check", "redis.replicas"]
    planned = run(project, "-m", "validator", *asked)
    assert "redis.instances.list" in planned.stdout
    assert "compute." not in planned.stdout
