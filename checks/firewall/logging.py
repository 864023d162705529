"""Firewall rules that must leave a trace of what they decide do log.

Why: when something is blocked, or somebody got in, the firewall's log is the only record of who and when. By default
every deny rule must log, and every rule that lets in half of the internet or more. Judged are enabled classic rules
and the rules of hierarchical, global and regional policies in the regions looked at. What cannot log is left out: rules
that hand over to the next stage (`goto_next`), those that every policy ends with, rules for protocols other than TCP
and UDP, Google's own (`aet-…` of connectors, system policies), and the implied rules: where denied traffic is to be
seen, write a deny rule that logs. Packets of Cloud Run over Direct VPC egress are never logged, whatever the rule
says. Logs cost by volume: an egress deny of everything may write a lot.

Remediation: switch logging on for the rule, or name it in `allow`.

References: https://cloud.google.com/firewall/docs/firewall-rules-logging
https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from validator.check import Fix, Params, Proof, Severity, Table, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.rules.logged import LoggedRule, logged_rules
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.model.firewall import NetworkFirewalls, RegionFirewalls
from validator.model.network import Network


class Logged(Params, frozen=True, kw_only=True):
    """Which rules must log."""

    #: What the rules do that must log.
    actions: tuple[Literal["allow", "deny"], ...] = ("deny",)
    #: Whose packets those rules judge.
    directions: tuple[Literal["ingress", "egress"], ...] = ("ingress", "egress")
    #: Whether rules that let in half of the internet or more must log as well.
    open_to_internet: bool = True
    #: Names of rules that must log whatever they do, as globs; a policy's rule is POLICY/NAME or POLICY/PRIORITY.
    names: tuple[str, ...] = ()
    #: Names of rules that need not log, as globs.
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never fail."""
        demands = (self.actions and self.directions) or self.open_to_internet or self.names
        if not demands:
            raise ValueError("no rule would have to log: give actions and directions, open_to_internet or names")
        if vague := [glob for glob in self.allow if is_vague(glob)]:
            raise ValueError(f"allow {vague} accepts whatever there is: expected names such as noisy-*")


@check(severity=Severity.INFO)
def logging(
    network: Network,
    *,
    effective: Table[NetworkFirewalls],
    regional: Table[RegionFirewalls],
    names: Names,
    params: Logged,
) -> Verdicts:
    """Report each rule that must log and does not."""
    path = names.network(network.path, network.project)
    whole = [row for row in effective if names.network(row.network, row.project) == path]
    regions = [row for row in regional if names.network(row.network, row.project) == path]
    if not whole:
        message = f"the effective firewall of {network.label} was not read"
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(path,))
        return
    wanted = [(rule, _must(rule, params)) for rule in logged_rules(whole, regions)]
    for rule, must in wanted:
        if not rule.logs and must is not False:
            yield _silent(path, rule) if must else _unclear(path, rule)
    logging_ones = sum(1 for rule, must in wanted if must)
    message = f"all {logging_ones} rules of {network.label} that must log do"
    yield Proof(message=message, evidence=(path,))


def _must(rule: LoggedRule, params: Logged) -> bool | None:
    """Whether the rule must log; None where its sources do not say."""
    if _named(rule, params.allow):
        return False
    demanded = rule.action in params.actions and rule.direction.lower() in params.directions
    if demanded or _named(rule, params.names):
        return True
    return rule.open_to_internet if params.open_to_internet else False


def _named(rule: LoggedRule, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(rule.name, glob) for glob in globs)


def _silent(path: str, rule: LoggedRule) -> Violation:
    what = f"{rule.direction.lower()} {rule.action}" + (" open to the internet" if rule.open_to_internet else "")
    return Violation(
        code="LOGGING_OFF",
        message=f"{rule.words} ({what}) does not log",
        evidence=(path, rule.words),
        fix=Fix(summary="switch its logging on", gcloud=(rule.command,), terraform=rule.terraform),
    )


def _unclear(path: str, rule: LoggedRule) -> Undecided:
    return Undecided(
        code="UNKNOWN_SOURCE",
        message=f"{rule.words} does not log, and whether it is open to the internet its sources do not say",
        evidence=(path, rule.words),
        fix=Fix(summary="switch its logging on, or name it in `allow`", gcloud=(rule.command,)),
    )
