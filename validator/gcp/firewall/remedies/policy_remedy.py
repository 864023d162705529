"""A rule to create in a firewall policy, or to change there, as a command and as Terraform.

https://cloud.google.com/sdk/gcloud/reference/compute/network-firewall-policies/rules/create
https://cloud.google.com/sdk/gcloud/reference/compute/firewall-policies/rules/create
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import msgspec

from validator.gcp.firewall.outcome import Decider, Stage
from validator.gcp.firewall.remedies.remedy import quoted, rule_words, spelled
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.spelling import spell_blocks

_PATH = re.compile(r"(?:projects/(?P<project>[^/]+)|locations)/(?:regions/(?P<region>[^/]+)|global)/")
_RESOURCES = {
    Stage.HIERARCHICAL: "google_compute_firewall_policy_rule",
    Stage.GLOBAL: "google_compute_network_firewall_policy_rule",
    Stage.REGIONAL: "google_compute_region_network_firewall_policy_rule",
}


class NewPolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that allows what is missing, before the policy's rule that denies it."""

    #: A rule of the policy it goes to.
    beside: Decider
    priority: int
    direction: str
    services: Intervals
    sources: Intervals = EMPTY
    destinations: Intervals = EMPTY

    @property
    def gcloud(self) -> str:
        """The command that creates it; "" for a policy that is Google's own."""
        flags = {
            "action": "allow",
            "direction": self.direction,
            "layer4-configs": ",".join(rule_words(self.services)),
            "src-ip-ranges": ",".join(spell_blocks(self.sources)),
            "dest-ip-ranges": ",".join(spell_blocks(self.destinations)),
        }
        decider = msgspec.structs.replace(self.beside, priority=self.priority)
        return policy_rule_command("create", decider, *(f"--{flag}={value}" for flag, value in flags.items() if value))

    @property
    def terraform(self) -> str:
        """The same as a resource; "" for a policy that is Google's own."""
        resource = _RESOURCES.get(self.beside.stage)
        if resource is None:
            return ""
        place = {key: value for key, value in _place(self.beside).items() if value}
        policy = self.beside.policy_path.rsplit("/", 1)[-1]
        fields = {"firewall_policy": policy} | place
        lines = [
            f"resource {quoted(resource)} {quoted(f'allow_{self.priority}')} {{",
            *(f"  {key:<15} = {quoted(value)}" for key, value in fields.items()),
            f"  {'priority':<15} = {self.priority}",
            f"  {'direction':<15} = {quoted(self.direction)}",
            f"  {'action':<15} = {quoted('allow')}",
            "  match {",
            *self._match(),
            "  }",
            "}",
        ]
        return "\n".join(lines)

    def _match(self) -> Iterator[str]:
        for key, some in (("src_ip_ranges", self.sources), ("dest_ip_ranges", self.destinations)):
            if some:
                yield f"    {key:<14} = {quoted(list(spell_blocks(some)))}"
        for protocol, ports in spelled(self.services):
            yield "    layer4_configs {"
            yield f"      ip_protocol = {quoted(protocol)}"
            if ports:
                yield f"      ports       = {quoted(ports.split(','))}"
            yield "    }"


def policy_rule_command(verb: str, decider: Decider, *options: str) -> str:
    """The command that does something to a policy's rule; "" where the policy is Google's own, or of no known type."""
    policy = f"--firewall-policy={decider.policy_path.rsplit('/', 1)[-1]}"
    place = _place(decider)
    if decider.stage is Stage.HIERARCHICAL:
        words = ["firewall-policies", "rules", verb, str(decider.priority), policy]
    elif decider.stage in (Stage.GLOBAL, Stage.REGIONAL):
        region = place["region"]
        where = f"--firewall-policy-region={region}" if region else "--global-firewall-policy"
        words = ["network-firewall-policies", "rules", verb, str(decider.priority), policy, where]
        words.append(f"--project={place['project']}")
    else:
        return ""
    return shlex.join(["gcloud", "compute", *words, *options])


def _place(decider: Decider) -> dict[str, str]:
    """Project and region of the policy, "" where it has none."""
    found = _PATH.match(decider.policy_path)
    return {name: (found[name] or "") if found else "" for name in ("project", "region")}
