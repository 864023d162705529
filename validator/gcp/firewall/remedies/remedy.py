"""A firewall rule to create, as a command and as Terraform."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator

import msgspec

from validator.headerspace.axes import EVERY_SERVICE, by_protocol
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.spelling import spell_blocks, spell_ports, spell_protocol

#: https://cloud.google.com/compute/docs/naming-resources
_LONGEST = 63


class NewRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that allows what is missing."""

    #: Words its name is made of.
    about: tuple[str, ...]
    #: Full name.
    network: str
    direction: str
    priority: int = 1000
    action: str = "allow"
    services: Intervals = EVERY_SERVICE
    source_ranges: Intervals = EMPTY
    destination_ranges: Intervals = EMPTY
    target_tags: tuple[str, ...] = ()
    logging: bool = False

    @property
    def name(self) -> str:
        """A legal name: lower case, digits and hyphens, at most 63."""
        words = re.sub(r"[^a-z0-9]+", "-", "-".join((self.action, *self.about)).lower()).strip("-")
        if len(words) <= _LONGEST:
            return words
        # Two rules whose names are cut at the same place must not be taken for one.
        tail = hashlib.sha256(repr((words, self.services.spans, self.priority)).encode()).hexdigest()[:6]
        return f"{words[: _LONGEST - 7].strip('-')}-{tail}"

    @property
    def gcloud(self) -> str:
        """The command that creates it.

        https://cloud.google.com/sdk/gcloud/reference/compute/firewall-rules/create
        """
        _, project, *_, network = self.network.split("/")
        flags = {
            "project": project,
            "network": network,
            "direction": self.direction,
            "priority": str(self.priority),
            "action": self.action.upper(),
            "rules": ",".join(rule_words(self.services)),
            "source-ranges": ",".join(spell_blocks(self.source_ranges)),
            "destination-ranges": ",".join(spell_blocks(self.destination_ranges)),
            "target-tags": ",".join(self.target_tags),
        }
        given = [f"--{flag}={value}" for flag, value in flags.items() if value]
        enabled = ["--enable-logging"] if self.logging else []
        return shlex.join(["gcloud", "compute", "firewall-rules", "create", self.name, *given, *enabled])

    @property
    def terraform(self) -> str:
        """The same as a google_compute_firewall."""
        _, project, *_, network = self.network.split("/")
        lists = {
            "source_ranges": spell_blocks(self.source_ranges),
            "destination_ranges": spell_blocks(self.destination_ranges),
            "target_tags": self.target_tags,
        }
        lines = [
            f'resource "google_compute_firewall" {quoted(self.name.replace("-", "_"))} {{',
            f"  name      = {quoted(self.name)}",
            f"  project   = {quoted(project)}",
            f"  network   = {quoted(network)}",
            f"  direction = {quoted(self.direction)}",
            f"  priority  = {self.priority}",
            *(f"  {key} = {quoted(list(values))}" for key, values in lists.items() if values),
            *_blocks(self.action, self.services),
            *(['  log_config {\n    metadata = "INCLUDE_ALL_METADATA"\n  }'] if self.logging else []),
            "}",
        ]
        return "\n".join(lines)


def rule_words(services: Intervals) -> Iterator[str]:
    """The services as gcloud takes them: "tcp:22", "icmp"."""
    for protocol, ports in spelled(services):
        yield from (f"{protocol}:{port}" for port in ports.split(",")) if ports else (protocol,)


def spelled(services: Intervals) -> Iterator[tuple[str, str]]:
    """Protocol as the API spells it, and its ports."""
    if services == EVERY_SERVICE:
        yield "all", ""
        return
    named = ("tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip")
    for number, ports in by_protocol(services):
        name = spell_protocol(number)
        yield name if name in named else str(number), spell_ports(ports or ())


def quoted(value: str | list[str]) -> str:
    """An HCL literal: JSON's, with template marks made harmless."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _blocks(action: str, services: Intervals) -> Iterator[str]:
    for protocol, ports in spelled(services):
        lines = [f"  {action} {{", f"    protocol = {quoted(protocol)}"]
        if ports:
            lines.append(f"    ports    = {quoted(ports.split(','))}")
        yield "\n".join([*lines, "  }"])
