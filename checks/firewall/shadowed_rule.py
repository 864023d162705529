"""Every firewall rule decides something that would not be decided so without it.

Why: a rule that can never decide a packet, because earlier rules together take all it matches, is usually a mistake:
the deny that was meant to hold is overruled, or the allow somebody relies on comes too late. A rule behind which the
next ones say the same of every packet is only clutter, and a trap for whoever edits those. Both are proved, not
compared as text: over every packet, for every tag and service account that a VM may carry at either end, with
firewall policies in their order and the implied rules; and any of the rules reported can go, or all of them. What
cannot be read for certain shadows nothing. Rules that change nothing are a remark only, and none at all where the
rule logs, since the implied rules do not. Disabled rules, rules of firewall policies and rules that Google makes for
connectors and GKE clusters are not judged.

Remediation: if the rule is meant to hold, give it a lower priority number than the rules that take its packets, or
narrow those. Else delete it.

References: https://cloud.google.com/firewall/docs/firewalls#priority_order_for_firewall_rules
https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
https://cloud.google.com/network-intelligence-center/docs/firewall-insights/concepts/insights-categories-states
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from validator.check import Fix, Params, Proof, Severity, Skip, Table, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.match import Compiled
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Action, Decider, RuleKind
from validator.gcp.firewall.rules.entries import is_clear
from validator.gcp.firewall.rules.shadow import Idle, idle_rules
from validator.gcp.firewall.rules.unread import unread_policies
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.model.firewall import FirewallPolicy
from validator.model.network import Network

#: What begins the names of rules that Google makes with connectors and GKE clusters.
#: https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules
_GOOGLES = ("aet-", "gke-", "k8s-", "k8s2-")
#: How many rules a message names.
_MOST = 4


class Accepted(Params, frozen=True, kw_only=True):
    """The rules that may be idle."""

    #: Names of rules that are there with intent, as globs: a deny that spells the implied one out.
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would judge nothing."""
        if vague := [glob for glob in self.allow if is_vague(glob)]:
            raise ValueError(f"allow {vague} accepts whatever there is: expected names such as deny-*")


@check(severity=Severity.WARNING)
def shadowed_rule(
    network: Network, *, firewalls: Firewalls, policies: Table[FirewallPolicy], names: Names, params: Accepted
) -> Verdicts:
    """Report each rule that decides nothing, and remark on each that changes nothing."""
    path = names.network(network.path, network.project)
    firewall = firewalls.of(path)
    if firewall is None:
        message = f"the effective firewall of {network.label} was not read"
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(path,))
        return
    ours = [one for one in firewall.rules if _is_judged(one, params)]
    kept = frozenset(one.rule.name for one in firewall.rules) - {one.rule.name for one in ours}
    found = idle_rules(firewall, kept)
    elsewhere = tuple(unread_policies(firewall, policies, names))
    yield from (_shadowed(path, one) for one in found if one.shadowed)
    redundant = [one for one in found if not one.shadowed]
    if redundant and elsewhere:
        yield _untold(path, redundant, elsewhere)
    else:
        yield from (_redundant(path, one) for one in redundant)
    if not found:
        yield Proof(message=_proof(network, firewall, ours), evidence=(path,))


def _is_judged(one: Compiled, params: Accepted) -> bool:
    name = one.rule.name
    accepted = name.startswith(_GOOGLES) or any(fnmatchcase(name, glob) for glob in params.allow)
    return one.kind is RuleKind.VPC and not accepted


def _proof(network: Network, firewall: NetworkFirewall, ours: Sequence[Compiled]) -> str:
    clear = sum(is_clear(one) for one in ours)
    said = f"{clear} of {len(firewall.rules)} enabled rules of {network.label} were judged"
    return f"{said}, and without each of them something would change"


def _shadowed(path: str, found: Idle) -> Violation:
    return Violation(
        code="SHADOWED_RULE",
        message=f"rule {found.rule.rule.name} (priority {found.rule.rule.priority}) never decides a packet: "
        f"all it matches is taken before it by {_listed(found.by)}",
        evidence=_evidence(path, found),
        fix=_fix(path, found, "give it a lower priority number than those if it is meant to hold, else delete it"),
    )


def _untold(path: str, found: Sequence[Idle], elsewhere: Sequence[str]) -> Skip:
    """What earlier rules take they take anywhere; what comes after a rule depends on the region's policies."""
    rules = [one.rule.rule.name for one in found]
    return Skip(
        code="FIREWALL_CONFIG_NOT_FOUND",
        message=f"whether anything would change without {_some(rules)} cannot be told: firewall policies are attached "
        f"in regions that were not read: {_some(elsewhere)}",
        evidence=(path, *(f"rule {name}" for name in rules)),
    )


def _redundant(path: str, found: Idle) -> Violation:
    action = "allowed" if found.rule.action is Action.ALLOW else "denied"
    return Violation(
        code="REDUNDANT_RULE",
        message=f"rule {found.rule.rule.name} (priority {found.rule.rule.priority}) changes nothing: without it, all "
        f"it decides is {action} just the same by {_listed(found.by)}",
        evidence=_evidence(path, found),
        fix=_fix(path, found, "delete it, or accept it by name with `allow` if it is to stand there"),
        severity=Severity.INFO,
    )


def _fix(path: str, found: Idle, summary: str) -> Fix:
    _, project, *_ = path.split("/")
    command = shlex.join(
        ["gcloud", "compute", "firewall-rules", "delete", found.rule.rule.name, f"--project={project}"]
    )
    return Fix(summary=summary, gcloud=(command,))


def _evidence(path: str, found: Idle) -> tuple[str, ...]:
    rule = found.rule.rule
    own = (path, f"rule {rule.name}", f"priority={rule.priority}")
    return (*own, *(_named(decider) for decider in found.by))


def _named(decider: Decider) -> str:
    classic = decider.kind in (RuleKind.VPC, RuleKind.CONNECTOR)
    return decider.policy_path or (f"rule {decider.name}" if classic else decider.name)


def _listed(some: Sequence[Decider]) -> str:
    return _some([str(one) for one in some])


def _some(words: Sequence[str]) -> str:
    more = [f"{len(words) - _MOST} more"] if len(words) > _MOST else []
    return ", ".join([*words[:_MOST], *more])
