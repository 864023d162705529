"""Run the installed command as a pipeline would: another process, a scrubbed environment, its own folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.probe.dns_server import DnsServer

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("validate-infra")
_DECLARED = """
  staging:
    project: chat-staging
    regions: [us-central1]
    vars: {network: staging-vpc, connector: chat-connector, redis: chat-cache}
    domains: [api.staging.chat.example, app.staging.chat.example]
    probes: """
#: No test asks the machine's own resolver; nobody listens here.
_NO_RESOLVER = '{resolver: "127.0.0.1:1"}'


def asking(server: DnsServer, **settings: float) -> str:
    """Settings of probes that ask this DNS server."""
    return json.dumps({"resolver": server.address, **settings})


def staging_rules(folder: Path, probes: str = _NO_RESOLVER) -> Path:
    """The repository's own rules, with the demo's environment as a live one named `staging`, probed like this."""
    text = (ROOT / "rules.yaml").read_text(encoding="utf-8")
    text = text.replace("\nenvironments:\n", f"\nenvironments:{_DECLARED}{probes}\n", 1)
    text = text.replace("environments: [demo", "environments: [staging, demo")
    file = folder / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    return file


class Ran:
    """What the command said and did."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self) -> dict[str, Any]:
        """The JSON report on stdout."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    def codes(self, *statuses: str, severity: str = "") -> set[tuple[str, str]]:
        """(rule, code) of the results with these statuses, and of this severity if one is given."""
        rows = [row for row in self.json["results"] if row["status"] in statuses]
        return {(row["rule"], row["code"]) for row in rows if severity in ("", row["severity"])}


def gate(*arguments: str, cwd: Path, **environ: str) -> Ran:
    """The command's exit code, report and messages."""
    scrubbed = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **environ}
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [str(COMMAND), *arguments], cwd=cwd, env=scrubbed, capture_output=True, text=True, check=False, timeout=120
    )
    return Ran(done)
