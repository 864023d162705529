"""Every enabled firewall rule is for somebody, and about somebody, who is there.

Why: a rule for a tag that nobody carries looks like a safeguard, or like the rule that lets the service through, and
does nothing. Most are slips: a tag misspelt, a tag put on a Cloud Run service that uses a connector (a connector
carries exactly `vpc-connector` and `vpc-connector-REGION-NAME`), an ingress rule for Memorystore or Cloud SQL (they
are behind a peering: no ingress rule of the network ever applies to them), the leftovers of what was deleted.
Looked at are the VMs of the project and its Shared VPC host, running or not, its connectors, and the Direct VPC
interfaces of the Cloud Run revisions that serve. Instance templates, Cloud Run jobs and worker pools are not looked
at; accept rules that are for them with `allow`. Two kinds of rules are passed over, and said to be: on a Shared VPC,
where VMs of other service projects cannot be seen, or beside a GKE cluster without a node to be seen (Autopilot),
those that are for nobody who can; and those for a connector of a region that the environment does not declare. A tag
of GKE nodes (`gke-…`) or Dataflow workers that nobody carries is only remarked on, since they come and go; so are the
rules of a network with nothing on it. Rules of firewall policies and those that Google makes for connectors are not
judged.

Remediation: correct the tag, service account or range; or delete the rule. For a managed service write the egress
rule of its clients instead.

References: https://cloud.google.com/firewall/docs/firewalls
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
https://cloud.google.com/memorystore/docs/redis/networking
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase

from validator.check import (
    Environment,
    Fix,
    Params,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.firewall.rules.dead import Dead, ManagedRange, nodes_hidden, unread_region, why_dead
from validator.gcp.firewall.rules.residents import Community, Residents
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.gcp.ranges import Ranges
from validator.headerspace.axes import addresses
from validator.model.firewall import FirewallRule, NetworkFirewalls
from validator.model.network import Network

#: What begins the names of the rules that Google makes with a connector.
#: https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
_GOOGLES = "aet-"
#: How many rules a message names.
_MOST = 5


class Idle(Params, frozen=True, kw_only=True):
    """The rules that may lie idle."""

    #: Names of rules that may have no effect, as globs: for VMs yet to be made, for Cloud Run jobs.
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would judge nothing."""
        if vague := [glob for glob in self.allow if is_vague(glob)]:
            raise ValueError(f"allow {vague} accepts whatever there is: expected names such as batch-*")


@check(severity=Severity.WARNING)
def dead_rule(
    network: Network,
    *,
    effective: Table[NetworkFirewalls],
    residents: Residents,
    ranges: Ranges,
    names: Names,
    environment: Environment,
    params: Idle,
) -> Verdicts:
    """Report each rule that can match no packet of anybody there."""
    path = names.network(network.path, network.project)
    answers = [answer for answer in effective if names.network(answer.network, answer.project) == path]
    if not answers:
        message = f"the effective firewall of {network.label} was not read"
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(path,))
        return
    rules = [rule for answer in answers for rule in answer.firewalls if _judged(rule, params)]
    community = residents.on(path)
    if rules and not community.residents and not community.shared:
        yield _empty(path, rules)
        return
    managed = tuple(_managed(path, ranges))
    dead = [(rule, found) for rule in rules if (found := why_dead(rule, community, managed))]
    unseen = _unseen(rules, community)
    reasons = {rule.name: _who_else(rule, found, unseen, environment) for rule, found in dead}
    yield from (_dead(path, rule, found, community) for rule, found in dead if not reasons[rule.name])
    for reason in dict.fromkeys(filter(None, reasons.values())):
        yield _passed_over(path, [rule for rule, _ in dead if reasons[rule.name] == reason], reason, community)
    if not dead:
        yield _proof(path, network, rules, community)


def _judged(rule: FirewallRule, params: Idle) -> bool:
    accepted = rule.name.startswith(_GOOGLES) or any(fnmatchcase(rule.name, glob) for glob in params.allow)
    return not rule.disabled and not accepted


def _managed(path: str, ranges: Ranges) -> Iterator[ManagedRange]:
    """The ranges of managed services on the network, an instance's own before an allocated one."""
    for use in ("Redis range", "allocated range"):
        for claim in ranges.on(path):
            if claim.use == use and claim.block:
                yield ManagedRange(owner=claim.owner, addresses=addresses((claim.block,)))


def _unseen(rules: list[FirewallRule], community: Community) -> str:
    """Who may be on the network without having been read; "" for nobody."""
    if community.shared:
        return "VMs of other service projects may stand on this Shared VPC network"
    return "a GKE cluster has rules here and no node to be seen" if nodes_hidden(rules, community) else ""


def _who_else(rule: FirewallRule, found: Dead, unseen: str, environment: Environment) -> str:
    """Who may bring the rule to life though nobody who was read does; "" for nobody."""
    if found.certain:
        return ""
    if region := unread_region(rule, environment.regions):
        return f"connectors of {region} were not read"
    # What comes and goes is remarked on, seen or not.
    return unseen if not found.passing or "Shared" in unseen else ""


def _dead(path: str, rule: FirewallRule, found: Dead, community: Community) -> Violation:
    hint = f" (did you mean {found.instead}?)" if found.instead else ""
    looked = "" if found.certain else f"; looked at {community.words}"
    return Violation(
        code="DEAD_RULE",
        message=f"rule {rule.name}, meant to {_purpose(rule)}, has no effect: {found.reason}{hint}{looked}",
        evidence=(path, f"rule {rule.name}", found.evidence),
        fix=Fix(summary=found.advice, gcloud=(_command(path, rule, found),)),
        severity=Severity.INFO if found.passing else None,
    )


def _command(path: str, rule: FirewallRule, found: Dead) -> str:
    if found.instead:
        field = "--target-tags" if found.evidence.startswith("target") else "--source-tags"
        return _gcloud(path, "update", rule, f"{field}={found.instead}")
    return _gcloud(path, "delete", rule)


def _gcloud(path: str, verb: str, rule: FirewallRule, *options: str) -> str:
    _, project, *_ = path.split("/")
    return shlex.join(["gcloud", "compute", "firewall-rules", verb, rule.name, f"--project={project}", *options])


def _purpose(rule: FirewallRule) -> str:
    """What the rule was written for: "allow tcp:6379 from 10.2.0.0/28"."""
    action, ports = ("deny", rule.denied) if rule.denied else ("allow", rule.allowed)
    services = " ".join(f"{one.protocol}:{','.join(one.ports)}" if one.ports else one.protocol for one in ports)
    if rule.direction == "EGRESS":
        return f"{action} {services} to {', '.join(rule.destination_ranges) or 'anywhere'}"
    senders = (*rule.source_ranges, *rule.source_tags, *rule.source_service_accounts)
    return f"{action} {services} from {', '.join(senders) or 'anywhere'}"


def _empty(path: str, rules: list[FirewallRule]) -> Violation:
    return Violation(
        code="EMPTY_NETWORK",
        message=f"no VM, connector or Cloud Run interface is seen on the network, so none of its {len(rules)} rules "
        f"has an effect: {_listed(rules)}",
        evidence=(path, *(f"rule {rule.name}" for rule in rules)),
        fix=Fix(summary="delete the network, or at least its rules, unless something is to come"),
        severity=Severity.INFO,
    )


def _passed_over(path: str, rules: list[FirewallRule], reason: str, community: Community) -> Skip:
    return Skip(
        code="TARGETS_NOT_READ",
        message=f"among {community.words} is nobody for {_listed(rules)}, but {reason}",
        evidence=(path, *(f"rule {rule.name}" for rule in rules)),
    )


def _proof(path: str, network: Network, rules: list[FirewallRule], community: Community) -> Proof:
    message = f"each of {len(rules)} rules of {network.label} is for somebody among {community.words}"
    return Proof(message=message, evidence=(path,))


def _listed(rules: list[FirewallRule]) -> str:
    shown = ", ".join(rule.name for rule in rules[:_MOST])
    return f"{shown} and {len(rules) - _MOST} more" if len(rules) > _MOST else shown
