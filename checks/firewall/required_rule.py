"""A firewall rule that the house demands exists, is enabled and does at least what it must.

Why: some rules must exist as such, whatever the flow looks like today: a logged deny for auditors, an allow
that an application's runbook relies on. One single rule has to cover every range and port asked for; those that
Google manages for connectors do not count. The check also says when the rule it finds is there but cannot do what
it is meant for: Memorystore and Cloud SQL are not VMs of the network and carry no network tags, so no ingress rule
applies to them; a connector carries exactly the tags `vpc-connector` and `vpc-connector-REGION-NAME`, so an egress
rule for any other tag passes it by.

Remediation: create the rule, or widen the nearest one. For a rule that cannot do what it is meant for, target
the connector's own tag (egress), or remove it: whether Redis is reachable does not depend on it.

References: https://cloud.google.com/firewall/docs/using-firewalls
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
https://cloud.google.com/memorystore/docs/redis/networking
"""

from __future__ import annotations

import shlex
from typing import Annotated, Literal

from msgspec import Meta

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import NONE, Bounds, ranges, service_bounds
from validator.gcp.firewall.match import Compiled
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.remedies.remedy import NewRule
from validator.gcp.firewall.rules.dead import MANAGED_SERVICES, untargeted
from validator.gcp.firewall.rules.required import Requirement, lacks
from validator.gcp.firewall.rules.residents import Serverless
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.headerspace.axes import EVERY_SERVICE
from validator.headerspace.intervals import EMPTY
from validator.model.network import Network

_LAST_PRIORITY = 65535


class RequiredRule(Params, frozen=True, kw_only=True):
    """The least the rule must be."""

    #: Whose packets it judges: those that arrive, or those that leave.
    direction: Literal["ingress", "egress"]
    #: What it does to them.
    action: Literal["allow", "deny"] = "allow"
    #: Source ranges of an ingress rule, destination ranges of an egress rule.
    ranges: tuple[str, ...] = ()
    #: A name ("tcp"), a number, or "all"; default: any will do.
    protocol: str | None = None
    #: Ports and port ranges; default: all of the protocol.
    ports: tuple[int | str, ...] = ()
    #: Tags it must target; a rule without targets covers every tag.
    target_tags: tuple[str, ...] = ()
    #: Whether it must, or must not, log.
    logging: bool | None = None
    #: The highest priority number it may have.
    priority_at_most: Annotated[int, Meta(ge=0, le=_LAST_PRIORITY)] | None = None
    #: Glob that its name must match.
    name: str | None = None
    #: What the rule is meant to serve. For "serverless" (connectors, Cloud Run) and "managed-service" (Memorystore,
    #: Cloud SQL) a rule that cannot have an effect on them gives a warning.
    meant_for: Literal["vm", "serverless", "managed-service"] = "vm"

    def __post_init__(self) -> None:
        """Refuse what could never be judged."""
        if not ranges(self.ranges).exact:
            raise ValueError(f"ranges {list(self.ranges)} cannot be read: expected CIDR such as 10.2.0.0/28")
        if not self._services.exact:
            raise ValueError(f"protocol {self.protocol!r} with ports {list(self.ports)} cannot be read")
        if not self._demands:
            raise ValueError(
                "any rule of this direction would do: demand ranges, ports, target_tags, logging or a name"
            )

    @property
    def _demands(self) -> bool:
        """Whether there is an enabled rule of the direction that is not enough."""
        named = self.name is not None and not is_vague(self.name)
        early = self.priority_at_most is not None and self.priority_at_most < _LAST_PRIORITY
        return bool(
            self.ranges or self._services.sure or self.target_tags or named or early or self.logging is not None
        )

    @property
    def _services(self) -> Bounds:
        if self.protocol is None and not self.ports:
            return NONE
        return service_bounds(self.protocol or "", tuple(str(port) for port in self.ports))

    @property
    def requirement(self) -> Requirement:
        """The parameters as sets."""
        return Requirement(
            direction="INGRESS" if self.direction == "ingress" else "EGRESS",
            action=self.action,
            peers=ranges(self.ranges).sure,
            services=self._services.sure,
            target_tags=self.target_tags,
            logging=self.logging,
            priority_at_most=self.priority_at_most,
            name=self.name,
        )


@check(severity=Severity.ERROR)
def required_rule(
    network: Network,
    *,
    firewalls: Firewalls,
    serverless: Serverless,
    names: Names,
    params: RequiredRule,
) -> Verdicts:
    """Find one rule that satisfies, the live ones first."""
    path = names.network(network.path, network.project)
    firewall = firewalls.of(path)
    if firewall is None:
        message = f"the effective firewall of {network.label} was not read"
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(path,))
        return
    wanted = params.requirement
    own = [one for one in firewall.rules if one.kind is RuleKind.VPC]
    found = [one for one in own if not lacks(one, wanted)]
    if not found:
        yield _missing(path, own, wanted)
        return
    carried = serverless.tags_on(path)
    reasons = {one.rule.name: _dead(one, params, carried) for one in found}
    alive = [name for name, reason in reasons.items() if not reason]
    if alive:
        yield Proof(message=f"{network.label} has rule {alive[0]}", evidence=(path,))
    else:
        yield _useless(path, found[0], reasons[found[0].rule.name])


def _missing(path: str, own: list[Compiled], wanted: Requirement) -> Violation:
    nearest = min(own, key=lambda one: len(lacks(one, wanted)), default=None)
    hint = f"; the nearest is {nearest.rule.name}, but {', and '.join(lacks(nearest, wanted))}" if nearest else ""
    return Violation(
        code="FIREWALL_RULE_MISSING",
        message=f"no enabled {wanted.direction.lower()} {wanted.action} rule does what is required{hint}",
        evidence=(path, *((f"rule {nearest.rule.name}",) if nearest else ())),
        fix=_creation(path, wanted),
    )


def _creation(path: str, wanted: Requirement) -> Fix:
    """A rule without ranges would be open to everybody, so none is proposed where none were demanded."""
    if not wanted.peers:
        return Fix(summary="create the rule, or change the nearest one")
    egress = wanted.direction == "EGRESS"
    rule = NewRule(
        about=(wanted.direction, *(wanted.target_tags or ("required",))),
        network=path,
        direction=wanted.direction,
        priority=1000 if wanted.priority_at_most is None else min(1000, wanted.priority_at_most),
        action=wanted.action,
        services=wanted.services or EVERY_SERVICE,
        source_ranges=EMPTY if egress else wanted.peers,
        destination_ranges=wanted.peers if egress else EMPTY,
        target_tags=wanted.target_tags,
        logging=bool(wanted.logging),
    )
    return Fix(summary="create the rule", gcloud=(rule.gcloud,), terraform=rule.terraform)


def _dead(one: Compiled, params: RequiredRule, carried: frozenset[str]) -> str:
    """Why the rule has no effect on what it is meant for; "" where it may have one."""
    tags = ", ".join(one.rule.target_tags)
    if params.meant_for == "managed-service" and one.rule.direction == "INGRESS":
        about = f"target tags {tags}: " if tags else ""
        return f"{about}{MANAGED_SERVICES}"
    if params.meant_for != "vm" and untargeted(one.rule.target_tags, carried):
        return f"target tags {tags}: no connector or Cloud Run interface carries it; VMs are not looked at"
    return ""


def _useless(path: str, one: Compiled, reason: str) -> Violation:
    rule = one.rule
    _, project, *_ = path.split("/")
    mend = (
        "target the connector's tag vpc-connector-REGION-NAME, or remove the rule"
        if rule.direction == "EGRESS"
        else "remove the rule; whether the service is reachable depends on peering, routes and egress rules"
    )
    return Violation(
        code="DEAD_RULE",
        message=f"rule {rule.name} exists but has no effect on what it is meant for: {reason}",
        evidence=(path, f"rule {rule.name}", f"targetTags={','.join(rule.target_tags)}"),
        fix=Fix(summary=mend, gcloud=(_describe(rule.name, project),)),
        severity=Severity.WARNING,
    )


def _describe(name: str, project: str) -> str:
    return f"gcloud compute firewall-rules describe {shlex.quote(name)} --project={shlex.quote(project)}"
