"""Nothing listed is open to the internet.

Why: a database, a cache or a remote shell that the whole internet may knock at is found within minutes. The
check asks the rules for packets, not for the text 0.0.0.0/0: two halves of the address space, `all` protocols,
a rule without ports, a protocol number and IPv6 ::/0 count the same, and a rule that a deny of a lower priority
number always beats does not count. Only rules are judged: whether a VM with an external address is there is not
looked at. Ranges from which only Google sends (health checks, IAP, serverless infrastructure) are not the internet.

Remediation: narrow the rule's source ranges to those who need it, use IAP TCP forwarding (35.235.240.0/20) for
remote shells, or accept the rule by name with `allow` where it is meant.

References: https://cloud.google.com/firewall/docs/firewalls https://cloud.google.com/iap/docs/using-tcp-forwarding
https://www.iana.org/assignments/iana-ipv4-special-registry
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase

from validator.check import Fix, Params, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.exposed import Exposure, exposures
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import Bounds, ranges, service_bounds
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.names import Names
from validator.gcp.special import GOOGLE_SENDERS, PUBLIC
from validator.headerspace.intervals import union
from validator.headerspace.packets import packets
from validator.headerspace.spelling import spell_addresses, spell_packet, spell_services
from validator.model.firewall import FirewallPolicy
from validator.model.network import Network
from validator.model.table import Table


class Openings(Params, frozen=True, kw_only=True):
    """What must not be open, and what may be."""

    #: Protocol, or protocol and ports: "tcp:22", "udp:161-162", "icmp".
    ports: tuple[str, ...] = (
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
    if doubt := firewall.beyond("INGRESS"):
        yield Undecided(code=doubt.code, message=f"{network.label}: {doubt.text}", evidence=(path,))
        return
    if elsewhere := tuple(_unread_policies(firewall, policies, names)):
        message = f"{network.label}: regional firewall policies are attached: {', '.join(elsewhere)}"
        yield Undecided(code="UNSUPPORTED_FIREWALL_POLICY_RULE", message=message, evidence=(path,))
        return
    sources = PUBLIC - GOOGLE_SENDERS - ranges(params.sources_allowed).sure
    asked = packets(sources=sources, services=union(_service(text).sure for text in params.ports))
    for found in exposures(firewall, asked):
        if not any(fnmatchcase(found.decider.name, glob) for glob in params.allow):
            yield _undecided(path, found) if found.doubt else _open(path, found)


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
    what, where = spell_services(found.packets.services), spell_addresses(found.packets.sources)
    return Violation(
        code="OPEN_TO_INTERNET",
        message=f"{found.decider} lets the internet reach {what} on {who}: {spell_packet(found.packets.witness)}",
        evidence=(path, f"rule {found.decider.name}", f"sources {where}"),
        fix=_narrower(path, found.decider.name),
    )


def _narrower(path: str, rule: str) -> Fix:
    _, project, *_ = path.split("/")
    command = ["gcloud", "compute", "firewall-rules", "update", rule, f"--project={project}"]
    return Fix(
        summary="let in only those who need it: for remote shells IAP's range, else your own ranges",
        gcloud=(shlex.join([*command, "--source-ranges=35.235.240.0/20"]),),
        terraform='source_ranges = ["35.235.240.0/20"]',
    )


def _undecided(path: str, found: Exposure) -> Undecided:
    code, text = (found.doubt.code, found.doubt.text) if found.doubt else ("UNREADABLE_RULE", "")
    message = f"{found.decider} may let the internet reach {spell_services(found.packets.services)}: {text}"
    return Undecided(code=code, message=message, evidence=(path, f"rule {found.decider.name}"))
