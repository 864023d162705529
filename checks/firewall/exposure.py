"""Nothing listed is open to the internet.

Why: a database, a cache or a remote shell that the whole internet may knock at is found within minutes. The
check asks the rules for packets, not for the text 0.0.0.0/0: two halves of the address space, `all` protocols,
a rule without ports, a protocol number and IPv6 ::/0 count the same, and a rule that a deny of a lower priority
number always beats does not count. Only rules are judged: whether a VM with an external address is there is not
looked at. Ranges from which only Google sends (health checks, IAP, serverless infrastructure) are not the internet.
The rules that every new project's network `default` comes with are a warning as long as nobody changed them.

Remediation: narrow the rule's source ranges to those who need it, use IAP TCP forwarding (35.235.240.0/20) for
remote shells, or accept the rule by name with `allow` where it is meant. Delete the rules of the network `default`.

References: https://cloud.google.com/firewall/docs/firewalls https://cloud.google.com/iap/docs/using-tcp-forwarding
https://cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc
https://www.iana.org/assignments/iana-ipv4-special-registry
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.defaults import is_untouched_default
from validator.gcp.firewall.exposed import Exposure, exposures
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import Bounds, ranges, service_bounds
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.globs import is_vague
from validator.gcp.names import Names
from validator.gcp.special import GOOGLE_SENDERS, PUBLIC
from validator.headerspace.intervals import union
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_addresses, spell_packet, spell_services
from validator.model.firewall import FirewallPolicy
from validator.model.network import Network
from validator.model.table import Table


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
    #: Globs of rule names that are open with intent.
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
    elif undecided := _unsettled(network, firewall, policies, names):
        yield undecided
    else:
        yield from _judged(network, firewall, params)


def _unsettled(
    network: Network, firewall: NetworkFirewall, policies: Table[FirewallPolicy], names: Names
) -> Undecided | None:
    """Why the classic rules do not have the last word, if so."""
    evidence = (firewall.network,)
    if doubt := firewall.beyond("INGRESS"):
        return Undecided(code=doubt.code, message=f"{network.label}: {doubt.text}", evidence=evidence)
    if elsewhere := tuple(_unread_policies(firewall, policies, names)):
        message = f"{network.label}: regional firewall policies are attached: {', '.join(elsewhere)}"
        return Undecided(code="UNSUPPORTED_FIREWALL_POLICY_RULE", message=message, evidence=evidence)
    return None


def _judged(network: Network, firewall: NetworkFirewall, params: Openings) -> Verdicts:
    path, found = firewall.network, tuple(exposures(firewall, params.asked))
    untouched = {one.rule.name for one in firewall.rules if is_untouched_default(one, path)}
    accepted = {one.decider.name for one in found if any(fnmatchcase(one.decider.name, glob) for glob in params.allow)}
    remarks = [_remark(path, one, untouched) for one in found if one.decider.name not in accepted]
    yield from remarks or (_proof(network, firewall, params, accepted),)


def _remark(path: str, found: Exposure, untouched: set[str]) -> Violation | Undecided:
    if found.doubt:
        return _undecided(path, found)
    return _left_over(path, found) if found.decider.name in untouched else _open(path, found)


def _proof(network: Network, firewall: NetworkFirewall, params: Openings, accepted: set[str]) -> Proof:
    ingress = [rule for rule in firewall.listed() if rule.direction != "EGRESS"]
    but = f", but for what is accepted: {', '.join(sorted(accepted))}" if accepted else ""
    asked = spell_services(params.asked.services)
    message = f"none of {len(ingress)} ingress rules of {network.label} lets the internet reach {asked}{but}"
    return Proof(message=message, evidence=(firewall.network,))


def _unread_policies(firewall: NetworkFirewall, policies: Table[FirewallPolicy], names: Names) -> Iterator[str]:
    """Regional policies on the network in regions whose effective firewall was not asked for."""
    for policy in policies:
        attached = {names.network(one.attachment_target, policy.project) for one in policy.associations}
        regional = policy.location not in ("", "global") and policy.location not in firewall.regional
        if regional and policy.policy_type in ("", "VPC_POLICY") and firewall.network in attached:
            yield f"{policy.short} ({policy.location})"


def _service(text: str) -> Bounds:
    protocol, _, ports = text.partition(":")
    return service_bounds(protocol, tuple(ports.split(",")) if ports else ())


def _open(path: str, found: Exposure) -> Violation:
    who = f"VMs with {', '.join(found.targets)}" if found.targets else "every VM of the network"
    return Violation(
        code="OPEN_TO_INTERNET",
        message=f"{found.decider} lets the internet reach {_what(found)} on {who}: {_example(found)}",
        evidence=_evidence(path, found),
        fix=Fix(
            summary="let in only those who need it: for remote shells IAP's range, else your own ranges",
            gcloud=(_command(path, "update", found.decider.name, "--source-ranges=35.235.240.0/20"),),
            terraform='source_ranges = ["35.235.240.0/20"]',
        ),
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
    return path, f"rule {found.decider.name}", f"sources {spell_addresses(found.packets.sources)}"


def _command(path: str, verb: str, rule: str, *options: str) -> str:
    _, project, *_ = path.split("/")
    return shlex.join(["gcloud", "compute", "firewall-rules", verb, rule, f"--project={project}", *options])


def _undecided(path: str, found: Exposure) -> Undecided:
    code, text = (found.doubt.code, found.doubt.text) if found.doubt else ("UNREADABLE_RULE", "")
    message = f"{found.decider} may let the internet reach {spell_services(found.packets.services)}: {text}"
    return Undecided(code=code, message=message, evidence=(path, f"rule {found.decider.name}"))
