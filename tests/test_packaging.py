"""What is installed is whole, and starting it loads only what the path at hand needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_a_wheel_holds_the_bundled_rules_the_demo_and_the_checks(tmp_path: Path) -> None:
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "__pycache__", "tests", "docs")
    shutil.copytree(ROOT, source, symlinks=True, ignore=ignored)
    built = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    done = subprocess.run(built, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        assert wheel.read("validator/rules.yaml") == (ROOT / "rules.yaml").read_bytes()
    assert {"validator/demo/incident.json", "validator/demo/repaired.json", "validator/py.typed"} <= names
    assert {"checks/connector/range.py", "checks/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests", "bench", "tools"))]


def imported(*arguments: str) -> set[str]:
    """The top-level modules that a command has loaded when it is done."""
    code = (
        "import sys\n"
        "from validator.cli import main\n"
        f"try: main({list(arguments)!r}, prog_name='validate-infra')\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("snapshot", "--help")])
def test_help_and_version_load_neither_the_api_client_nor_anything_heavy(arguments: tuple[str, ...]) -> None:
    loaded = imported(*arguments)
    assert "validator" in loaded
    assert loaded.isdisjoint({"googleapiclient", "google", "httplib2", "redis", "rich", "msgspec", "yaml"})


def test_the_offline_gate_loads_no_api_client_and_the_json_report_no_renderer() -> None:
    loaded = imported("--env", "demo", "--report", "json")
    assert "checks" in loaded
    assert loaded.isdisjoint({"googleapiclient", "google", "httplib2", "redis", "rich"})
