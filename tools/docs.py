"""Generates docs/checks.md, docs/rules.schema.json and what the README shows of commands; `--check` only compares."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from click.testing import CliRunner

from validator.cli import main as command
from validator.config.schema import schema
from validator.engine.loader import LoadedCheck, load_checks
from validator.engine.planner import plan_kinds, read_kinds
from validator.listing import parameter_rows, spelling

_ROOT = Path(__file__).parents[1]
_EXAMPLE = ("path", "--env", "demo", "--from", "run/chat-api", "--to", "redis/chat-cache")
_PROBE = ("--env", "demo", "--check", "redis.ping", "-q")
_PRINTED = {
    name: re.compile(rf"(?<=<!-- {name} -->\n```text\n).*?(?=```\n<!-- /{name} -->)", re.DOTALL)
    for name in ("help", "path", "probe")
}


def main(arguments: list[str]) -> int:
    """0 when every generated file is, or now is, in step with the code."""
    stale = [path for path, text in _generated().items() if _read(path) != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(_ROOT)} is out of step with the code: run make docs", file=sys.stderr)
        return int(bool(stale))
    for path in stale:
        path.write_text(_generated()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(_ROOT)}")
    return 0


def _generated() -> Mapping[Path, str]:
    checks = load_checks()
    readme = _ROOT / "README.md"
    return {
        _ROOT / "docs/checks.md": "\n".join(_page(checks)) + "\n",
        _ROOT / "docs/rules.schema.json": json.dumps(schema(checks), indent=2) + "\n",
        readme: _with_output(_read(readme)),
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _with_output(readme: str) -> str:
    """The README with what the commands in it print now."""
    help_text = CliRunner().invoke(command, ["--help"], terminal_width=80, prog_name="validate-infra").output
    for name, arguments in (("path", _EXAMPLE), ("probe", _PROBE)):
        printed = CliRunner(env={"COLUMNS": "90"}).invoke(command, arguments).stdout
        readme = _PRINTED[name].sub(printed.replace("\\", r"\\"), readme)
    return _PRINTED["help"].sub(lambda _: help_text, readme)


def _page(checks: Mapping[str, LoadedCheck]) -> Iterator[str]:
    yield "# Checks\n"
    yield "Generated from the docstrings under `checks/` by `make docs`.\n"
    yield "| check | default severity | the state it wants |"
    yield "|---|---|---|"
    for check in checks.values():
        yield f"| [`{check.id}`](#{check.id.replace('.', '')}) | {check.severity} | {check.title} |"
    for check in checks.values():
        yield from _section(check)


def _section(check: LoadedCheck) -> Iterator[str]:
    yield f"\n## {check.id}\n"
    yield f"{check.title}\n"
    yield f"**Why.** {check.why}\n"
    yield f"**Remediation.** {check.remediation}\n"
    if probes := check.probes:
        yield f"**Probes.** {', '.join(f'`{probe}`' for probe in probes)}: made with `--check-all`, or by name.\n"
    yield f"**Subjects.** {', '.join(f'`{spelling(kind)}`' for kind in check.subjects)}\n"
    if check.params:
        yield "| parameter | type | default | meaning |"
        yield "|---|---|---|---|"
        for name, kind, default, meaning in parameter_rows(check.params):
            yield f"| `{name}` | {kind.replace('|', chr(92) + '|')} | {default} | {meaning} |"
        yield ""
    own = [kind for subject in check.subjects for kind in read_kinds(subject)]
    reads = {f"`{read.permission}`" for _, read in plan_kinds((*own, *check.needs)).reads}
    yield f"**Permissions.** {', '.join(sorted(reads)) or 'none'}\n"
    yield "**References.** " + " ".join(f"<{url}>" for url in check.references)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
