"""Nothing listed is open to the internet.

Why: a database, a cache or a remote shell that the whole internet may knock at is found within minutes. The check
asks the rules for packets, not for the text 0.0.0.0/0: two halves of the address space, `all` protocols, a rule
without ports, a protocol number and IPv6 ::/0 count the same, and a rule that a deny of a lower priority number
always beats does not count. Hierarchical, global and regional firewall policies count as much as classic rules, in
the order in which the network evaluates them, region by region. Only rules are judged: whether a VM with an
external address is there is not looked at. Ranges from which only Google sends (health checks, IAP, serverless
infrastructure) are not the internet, nor are the network's own subnets, whose addresses may be public elsewhere. The
rules that every new project's network `default` comes with are a warning as long as nobody changed them.

Remediation: narrow the rule's source ranges to those who need it, use IAP TCP forwarding (35.235.240.0/20) for
remote shells, or accept the rule by name with `allow` where it is meant. Delete the rules of the network `default`.

References: https://cloud.google.com/firewall/docs/firewalls https://cloud.google.com/iap/docs/using-tcp-forwarding
https://cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc
https://www.iana.org/assignments/iana-ipv4-special-registry
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import Bounds, ranges, service_bounds
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Decider
from validator.gcp.firewall.remedies.policy_remedy import policy_rule_command
from validator.gcp.firewall.rules.defaults import is_untouched_default
from validator.gcp.firewall.rules.exposed import Exposure, exposures
from validator.gcp.firewall.rules.unread import unread_policies
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.gcp.special import GOOGLE_SENDERS, PUBLIC
from validator.headerspace.intervals import union
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_addresses, spell_packet, spell_services
from validator.model.firewall import FirewallPolicy
from validator.model.network import Network
from validator.model.table import Table

#: From where IAP forwards TCP. https://cloud.google.com/iap/docs/using-tcp-forwarding
_IAP = "35.235.240.0/20"


class Openings(Params, frozen=True, kw_only=True):
    """What must not be open, and what may be."""

    #: Protocol, or protocol and ports: "tcp:22", "udp:161-162", "icmp".
    ports: Annotated[tuple[str, ...], Meta(min_length=1)] = (
        "tcp:22",
        "tcp:1433",
        "tcp:3306",
        "tcp:3389",
        "tcp:5432",
        "tcp:6379",
        "tcp:9200",
        "tcp:11211",
        "tcp:27017",
    )
    #: Globs of rule names that are open with intent; POLICY/NAME, or POLICY/PRIORITY, for rules of policies.
    allow: tuple[str, ...] = ()
    #: Public ranges that may get in, CIDR.
    sources_allowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never be judged."""
        if unreadable := [text for text in self.ports if not _service(text).exact]:
            raise ValueError(f"ports {unreadable} cannot be read: expected such as tcp:22 or udp:161-162")
        if not ranges(self.sources_allowed).exact:
            raise ValueError(f"sources_allowed {list(self.sources_allowed)} cannot be read: expected CIDR")
        if not self.asked:
            raise ValueError(f"sources_allowed {list(self.sources_allowed)} is the whole internet: nothing is judged")
        if vague := [glob for glob in self.allow if is_vague(glob)]:
            raise ValueError(f"allow {vague} accepts whatever there is: expected names such as bastion-*")

    @property
    def asked(self) -> Packets:
        """What must not get in."""
        sources = PUBLIC - GOOGLE_SENDERS - ranges(self.sources_allowed).sure
        return packets(sources=sources, services=union(_service(text).sure for text in self.ports))


@check(severity=Severity.ERROR)
def exposure(
    network: Network,
    *,
    firewalls: Firewalls,
    policies: Table[FirewallPolicy],
    names: Names,
    params: Openings,
) -> Verdicts:
    """Report every rule by which the internet gets at a listed port of some VM."""
    path = names.network(network.path, network.project)
    firewall = firewalls.of(path)
    if firewall is None:
        message = f"the effective firewall of {network.label} was not read"
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(path,))
        return
    # Nobody on the internet answers to an address of the network's own subnets, public or not.
    found = tuple(exposures(firewall, params.asked - packets(sources=firewall.inside)))
    accepted = {one.decider.label for one in found if _accepted(one.decider, params)}
    remarks = [
        *_unread(network, firewall, policies, names),
        *_remarks(firewall, (one for one in found if one.decider.label not in accepted)),
    ]
    yield from remarks or (_proof(network, firewall, params, accepted),)


def _unread(
    network: Network, firewall: NetworkFirewall, policies: Table[FirewallPolicy], names: Names
) -> Iterator[Undecided]:
    if elsewhere := tuple(unread_policies(firewall, policies, names)):
        message = (
            f"{network.label}: firewall policies are attached in regions that were not read: {', '.join(elsewhere)}"
        )
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(firewall.network,))


def _remarks(firewall: NetworkFirewall, found: Iterable[Exposure]) -> Iterator[Violation | Undecided]:
    untouched = {one.decider for one in firewall.rules if is_untouched_default(one, firewall.network)}
    yield from (_remark(firewall, one, untouched) for one in found)


def _accepted(decider: Decider, params: Openings) -> bool:
    return any(fnmatchcase(decider.label, glob) for glob in params.allow)


def _remark(firewall: NetworkFirewall, found: Exposure, untouched: set[Decider]) -> Violation | Undecided:
    elsewhere = found.regions == ("",) and bool(firewall.regions)
    if found.doubt or elsewhere:
        return _undecided(firewall, found)
    if found.decider in untouched:
        return _left_over(firewall.network, found)
    return _open(firewall, found)


def _proof(network: Network, firewall: NetworkFirewall, params: Openings, accepted: set[str]) -> Proof:
    ingress = [rule for rule in firewall.listed() if rule.direction != "EGRESS"]
    every = {policy.path: policy.name for some in firewall.policies.values() for policy in some}
    attached = f" and {len(every)} firewall polic{'y' if len(every) == 1 else 'ies'}" if every else ""
    but = f", but for what is accepted: {', '.join(sorted(accepted))}" if accepted else ""
    verb = "let" if attached else "lets"
    asked = spell_services(params.asked.services)
    message = (
        f"none of {len(ingress)} ingress rules{attached} of {network.label} {verb} the internet reach {asked}{but}"
    )
    return Proof(message=message, evidence=(firewall.network, *every))


def _service(text: str) -> Bounds:
    protocol, _, ports = text.partition(":")
    return service_bounds(protocol, tuple(ports.split(",")) if ports else ())


def _open(firewall: NetworkFirewall, found: Exposure) -> Violation:
    who = f"VMs with {', '.join(found.targets)}" if found.targets else "every VM of the network"
    read = {*firewall.regions, ""}
    where = "" if read <= set(found.regions) else f" in {', '.join(region for region in found.regions if region)}"
    return Violation(
        code="OPEN_TO_INTERNET",
        message=f"{found.decider} lets the internet reach {_what(found)} on {who}{where}: {_example(found)}",
        evidence=_evidence(firewall.network, found),
        fix=_narrowing(firewall.network, found.decider),
    )


def _narrowing(path: str, decider: Decider) -> Fix:
    summary = "let in only those who need it: for remote shells IAP's range, else your own ranges"
    if decider.policy:
        command = policy_rule_command("update", decider, f"--src-ip-ranges={_IAP}")
        if not command:
            return Fix(summary=f"the policy {decider.policy} is Google's own: turn off what it was made for")
        return Fix(
            summary=f"in policy {decider.policy}, {summary}",
            gcloud=(command,),
            terraform=f'match {{\n  src_ip_ranges = ["{_IAP}"]\n}}',
        )
    return Fix(
        summary=summary,
        gcloud=(_command(path, "update", decider.name, f"--source-ranges={_IAP}"),),
        terraform=f'source_ranges = ["{_IAP}"]',
    )


def _left_over(path: str, found: Exposure) -> Violation:
    """A rule Google made: a warning, since no VM may ever have been put behind it."""
    return Violation(
        code="OPEN_TO_INTERNET",
        message=(
            f"{found.decider}, which the network came with, lets the internet reach {_what(found)} on every VM "
            f"that is put there: {_example(found)}"
        ),
        evidence=_evidence(path, found),
        fix=Fix(
            summary="delete the rule, or the network where nothing uses it",
            gcloud=(_command(path, "delete", found.decider.name),),
        ),
        severity=Severity.WARNING,
    )


def _what(found: Exposure) -> str:
    return spell_services(found.packets.services)


def _example(found: Exposure) -> str:
    return spell_packet(found.packets.witness)


def _evidence(path: str, found: Exposure) -> tuple[str, ...]:
    return path, *_rule(found.decider), f"sources {spell_addresses(found.packets.sources)}"


def _rule(decider: Decider) -> tuple[str, ...]:
    return f"rule {decider.label}", *((decider.policy_path,) if decider.policy_path else ())


def _command(path: str, verb: str, rule: str, *options: str) -> str:
    _, project, *_ = path.split("/")
    return shlex.join(["gcloud", "compute", "firewall-rules", verb, rule, f"--project={project}", *options])


def _undecided(firewall: NetworkFirewall, found: Exposure) -> Undecided:
    evidence = (firewall.network, *_rule(found.decider))
    what = f"let the internet reach {_what(found)}"
    if found.doubt:
        message = f"{found.decider} may {what}: {found.doubt.text}"
        return Undecided(code=found.doubt.code, message=message, evidence=evidence)
    read = ", ".join(firewall.regions)
    message = f"{found.decider} may {what} on VMs outside of {read}: no other region's effective firewall was read"
    return Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=evidence)
