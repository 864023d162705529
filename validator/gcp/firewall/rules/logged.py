"""Rules of every kind as far as their logging goes: what they match in outline, and whether they log it.

https://cloud.google.com/firewall/docs/firewall-rules-logging
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.firewall.fields import (
    EVERYWHERE,
    NO_RANGE_GIVEN,
    NONE,
    Bounds,
    protocols_and_ports,
    ranges,
    service_bounds,
)
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import EVERY_SERVICE, V4, V6, services
from validator.headerspace.intervals import Intervals
from validator.model.firewall import (
    EffectivePolicy,
    FirewallRule,
    Matcher,
    NetworkFirewalls,
    PolicyRule,
    RegionFirewalls,
)

#: Connections of other protocols are never logged.
_LOGGABLE = services(6) | services(17)
#: Policies that people make; the others are Google's.
_OWN = frozenset({"HIERARCHY", "NETWORK", "NETWORK_REGIONAL"})
#: The four rules that end every policy, made with it.
#: https://cloud.google.com/firewall/docs/network-firewall-policies#predefined
_FIRST_PREDEFINED = 2**31 - 4
#: The rules that Google makes with a connector.
_GOOGLES = "aet-"


class LoggedRule(msgspec.Struct, frozen=True, kw_only=True):
    """An enabled rule that can log."""

    #: Bare for a classic rule, "POLICY/NAME" or "POLICY/PRIORITY" for one of a policy.
    name: str
    #: "rule allow-ssh", or "rule 1000 of policy guard".
    words: str
    #: INGRESS or EGRESS.
    direction: str
    #: "allow" or "deny"; what hands on for inspection allows.
    action: str
    logs: bool
    sources: Bounds
    #: The command that switches logging on, and the lines that do it in Terraform.
    command: str
    terraform: str

    @property
    def open_to_internet(self) -> bool | None:
        """Whether it lets in half of the internet or more; None where its sources cannot be read."""
        if (self.direction, self.action) != ("INGRESS", "allow"):
            return False
        sure, possible = _is_wide(self.sources.sure), _is_wide(self.sources.possible)
        return sure if sure == possible else None


def logged_rules(whole: Iterable[NetworkFirewalls], regional: Iterable[RegionFirewalls]) -> Iterator[LoggedRule]:
    """The rules of one network that can log, each once: classic ones, then those of policies."""
    answers = tuple(whole)
    for answer in answers:
        yield from (_classic(rule, answer.project) for rule in answer.firewalls if _can_log(rule))
    seen: set[str] = set()
    for row in (*answers, *regional):
        region = row.location if isinstance(row, RegionFirewalls) else ""
        for policy in row.firewall_policys:
            for rule in _of_policy(policy, row.project, region):
                if rule.command not in seen:
                    seen.add(rule.command)
                    yield rule


def _can_log(rule: FirewallRule) -> bool:
    reach = protocols_and_ports((*rule.allowed, *rule.denied)).possible
    return not rule.disabled and not rule.name.startswith(_GOOGLES) and bool(reach & _LOGGABLE)


def _classic(rule: FirewallRule, project: str) -> LoggedRule:
    others = bool(rule.source_tags or rule.source_service_accounts)
    given = ranges(rule.source_ranges) if rule.source_ranges else NONE if others else NO_RANGE_GIVEN
    words = ["gcloud", "compute", "firewall-rules", "update", rule.name, f"--project={project}", "--enable-logging"]
    return LoggedRule(
        name=rule.name,
        words=f"rule {rule.name}",
        direction="EGRESS" if rule.direction == "EGRESS" else "INGRESS",
        action="deny" if rule.denied else "allow",
        logs=rule.log_config.enable,
        sources=given,
        command=shlex.join(words),
        terraform='log_config {\n  metadata = "INCLUDE_ALL_METADATA"\n}',
    )


def _of_policy(policy: EffectivePolicy, project: str, region: str) -> Iterator[LoggedRule]:
    """What hands over to the next stage cannot log, and what ends a policy came with it."""
    for rule in policy.rules if policy.type in _OWN else ():
        final = rule.action in ("", "goto_next") or (rule.priority or 0) >= _FIRST_PREDEFINED
        if not rule.disabled and not final and _services(rule.match).possible & _LOGGABLE:
            yield _policy_rule(rule, policy, project, region)


def _policy_rule(rule: PolicyRule, policy: EffectivePolicy, project: str, region: str) -> LoggedRule:
    shown = policy.display_name or policy.short_name or policy.name
    return LoggedRule(
        name=f"{shown}/{rule.rule_name or rule.priority}",
        words=f"rule {rule.rule_name or rule.priority} of policy {shown}",
        direction=rule.direction,
        action="deny" if rule.action == "deny" else "allow",
        logs=rule.enable_logging,
        sources=_sources(rule.match),
        command=shlex.join(_update(rule, policy, project, region)),
        terraform="enable_logging = true",
    )


def _update(rule: PolicyRule, policy: EffectivePolicy, project: str, region: str) -> list[str]:
    """https://cloud.google.com/sdk/gcloud/reference/compute/network-firewall-policies/rules/update ."""
    what = [
        "rules",
        "update",
        "PRIORITY" if rule.priority is None else str(rule.priority),
        f"--firewall-policy={policy.name}",
        "--enable-logging",
    ]
    if policy.type == "HIERARCHY":
        return ["gcloud", "compute", "firewall-policies", *what]
    regional = policy.type == "NETWORK_REGIONAL"
    where = f"--firewall-policy-region={region}" if regional else "--global-firewall-policy"
    return ["gcloud", "compute", "network-firewall-policies", *what, where, f"--project={project}"]


def _services(match: Matcher) -> Bounds:
    found = NONE
    for one in match.layer4_configs:
        found |= service_bounds(one.ip_protocol, one.ports)
    return found if match.layer4_configs else Bounds(EVERY_SERVICE, EVERY_SERVICE)


def _sources(match: Matcher) -> Bounds:
    """The ranges. Sources of a rule are alternatives; those by name are few, only countries may be half of the world.

    https://cloud.google.com/firewall/docs/firewall-policies-rule-details#sources
    """
    inside = {match.src_network_type, match.src_network_context} & {"NON_INTERNET", "INTRA_VPC", "VPC_NETWORKS"}
    if inside:
        return NONE
    given = ranges(match.src_ip_ranges)
    if match.src_region_codes or match.unmodelled:
        return Bounds(given.sure, EVERYWHERE.possible)
    named = (
        match.src_address_groups,
        match.src_fqdns,
        match.src_threat_intelligences,
        match.src_networks,
        match.src_secure_tags,
    )
    return given if match.src_ip_ranges or any(named) else EVERYWHERE


def _is_wide(sources: Intervals) -> bool:
    """Half of the public addresses of either family, or more."""
    return any(2 * (sources & PUBLIC & family).size >= (PUBLIC & family).size for family in (V4, V6))
