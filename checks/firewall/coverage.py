"""The firewall lets every address of a declared flow through, on every port.

Why: an allow rule that covers half of a connector's range, or that a deny of a lower priority number beats, fails
some instances and not others, and shows up as sporadic timeouts. This check asks the whole flow at once: every
source address, every destination, every port, against all rules of the network in Google's own order, with the tags
a connector really carries. Firewall policies take part where they stand: hierarchical ones and Google's own first,
those of the network before or behind the classic rules, as the network says; a region's own where the subnet is of
that region, and unknown where that region was not read. Ingress rules are asked only where the
destination is a VM of the network: Memorystore and Cloud SQL are not, no ingress rule of yours applies to them. Of
Redis the read endpoint counts as well, of a cluster every endpoint on the service's network and the ports of its
nodes. What a service with egress PRIVATE_RANGES_ONLY sends to other addresses never enters the VPC, so no rule
decides it.

Remediation: create a rule that wins over the one that denies, or narrow that one. Nothing classic wins over a
hierarchical policy: the rule must be in that policy, or in one before it. Egress rules for a connector target its tag
`vpc-connector-REGION-NAME`; policies know no network tags, their rules mean it by its range.

References: https://cloud.google.com/firewall/docs/firewalls
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
https://cloud.google.com/memorystore/docs/redis/networking https://cloud.google.com/memorystore/docs/cluster/networking
https://cloud.google.com/run/docs/configuring/networking-best-practices
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import service_bounds
from validator.gcp.firewall.flows.flow import Asked, Flow, Obstacle, apart, split
from validator.gcp.firewall.flows.goals import NOUNS, Goals
from validator.gcp.firewall.flows.origins import NoOrigin, Origins
from validator.gcp.firewall.flows.share import share
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Action, Decider, Piece, Stage
from validator.gcp.firewall.remedies.policy_remedy import NewPolicyRule
from validator.gcp.firewall.remedies.remedy import NewRule
from validator.gcp.firewall.rules.unread import unread_policies_at
from validator.gcp.firewall.stages import AFTER
from validator.gcp.names import Names
from validator.headerspace.axes import EVERY_SERVICE
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.spelling import spell, spell_packet
from validator.model.connector import Connector
from validator.model.firewall import FirewallPolicy
from validator.model.network import Network
from validator.model.resource import last
from validator.model.run import Service
from validator.model.selector import AddressBlock, Selector
from validator.model.table import Table


class Coverage(Params, frozen=True, kw_only=True):
    """The flow."""

    #: Destination: redis/NAME, redis-cluster/NAME, sql/NAME, subnet/NAME or cidr:RANGE.
    to: str
    #: A name ("tcp", "icmp"), a number, or "all".
    protocol: str = "tcp"
    #: Ports and port ranges ("8000-8080"); default: the instance's own, or all ports of the protocol. With protocol
    #: "all" and no ports everything is asked.
    ports: tuple[int | str, ...] = ()
    #: Network of a cidr: source.
    network: str | None = None
    #: Network tags that every VM of the destination carries; default: not known.
    target_tags: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what could never be judged."""
        if Selector.parse(self.to).noun not in NOUNS:
            raise ValueError(f"`to: {self.to}`: expected one of {', '.join(NOUNS)}")
        if not service_bounds(self.protocol, self._texts).exact:
            raise ValueError(f"protocol {self.protocol!r} with ports {list(self._texts)} cannot be read")

    @property
    def _texts(self) -> tuple[str, ...]:
        return tuple(str(port) for port in self.ports)

    def services(self, default: Intervals) -> Intervals:
        """What is asked: the ports given, else those of the destination within the protocol; of `all`, everything."""
        asked = service_bounds(self.protocol, self._texts).sure
        return asked if self.ports or asked == EVERY_SERVICE else asked & default


class _Known(NamedTuple):
    firewalls: Firewalls
    networks: Table[Network]
    policies: Table[FirewallPolicy]
    names: Names


@check(severity=Severity.ERROR)
def coverage(
    subject: Connector | Service | AddressBlock,
    *,
    firewalls: Firewalls,
    origins: Origins,
    goals: Goals,
    networks: Table[Network],
    policies: Table[FirewallPolicy],
    names: Names,
    params: Coverage,
) -> Verdicts:
    """Judge every way from the subject to every destination meant."""
    known = _Known(firewalls=firewalls, networks=networks, policies=policies, names=names)
    ends = goals.find(params.to)
    if not ends:
        message = f"{params.to} does not exist, so nothing can reach it"
        yield Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=(params.to,))
    tags = None if params.target_tags is None else frozenset(params.target_tags)
    for origin in origins.of(subject, params.network or ""):
        for goal in ends:
            if isinstance(origin, NoOrigin):
                yield _no_origin(origin)
                break
            flow = Flow(origin=origin, goal=goal, services=params.services(goal.services), target_tags=tags)
            yield from _judged(flow, known)


def _no_origin(gap: NoOrigin) -> Violation | Undecided:
    kind = Violation if gap.certain else Undecided
    return kind(code=gap.code, message=gap.message, evidence=gap.evidence)


def _judged(flow: Flow, known: _Known) -> Verdicts:
    distance = apart(flow, known.networks)
    if distance is None:
        yield from _filtered(flow, known)
        return
    remedy = Fix(summary="Bring both onto one network; network.consistency names what must move, and how.")
    yield msgspec.structs.replace(_said(distance), fix=remedy)
    # Moving the source mends nothing where the next firewall waits: say so now, not after the next deploy.
    network = flow.goal.networks[0]
    moved = msgspec.structs.replace(flow, origin=msgspec.structs.replace(flow.origin, network=network))
    for verdict in _filtered(moved, known):
        if isinstance(verdict, Violation):
            yield msgspec.structs.replace(verdict, message=f"also after a move to {last(network)}: {verdict.message}")


def _filtered(flow: Flow, known: _Known) -> Verdicts:
    asked = split(flow, known.firewalls)
    if isinstance(asked, Obstacle):
        yield _said(asked)
        return
    for one in asked:
        firewall = known.firewalls.of(one.network)
        yield from _unread(flow, one, firewall, known)
        yield from _verdicts(flow, one, firewall)


def _unread(flow: Flow, asked: Asked, firewall: NetworkFirewall | None, known: _Known) -> Iterator[Undecided]:
    """A packet may be at a VM whose region has policies that nobody looked at."""
    if firewall is None or asked.region:
        return
    if elsewhere := tuple(unread_policies_at(asked.ends, firewall, known.policies, known.names)):
        message = (
            f"{flow.origin.label} to {flow.goal.label}: {asked.direction.lower()} is filtered by firewall policies in "
            f"regions that were not read: {', '.join(elsewhere)}"
        )
        yield Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=(asked.network,))


def _said(obstacle: Obstacle) -> Violation | Undecided:
    kind = Violation if obstacle.certain else Undecided
    return kind(code=obstacle.code, message=obstacle.message, evidence=obstacle.evidence)


def _verdicts(flow: Flow, asked: Asked, firewall: NetworkFirewall | None) -> Verdicts:
    denied, undecided = asked.partition.of(Action.DENY), asked.partition.of(Action.UNDECIDED)
    if denied:
        yield _violation(flow, asked, denied, firewall)
    for piece in undecided:
        yield _undecided(flow, asked, piece)
    if not denied and not undecided:
        deciders = ", ".join(dict.fromkeys(str(piece.decider) for piece in asked.partition.pieces))
        where = f"{asked.direction.lower()} on {asked.network.rsplit('/', 1)[-1]}"
        yield Proof(message=f"{spell(asked.packets)} allowed, {where}, by {deciders}", evidence=(asked.network,))


def _violation(flow: Flow, asked: Asked, denied: tuple[Piece, ...], firewall: NetworkFirewall | None) -> Violation:
    piece = denied[0]
    deciders = tuple(dict.fromkeys(str(one.decider) for one in denied))
    paths = tuple(dict.fromkeys(one.decider.policy_path for one in denied if one.decider.policy_path))
    others = f" and {len(deciders) - 1} more" if len(deciders) > 1 else ""
    return Violation(
        code="FIREWALL_RULE",
        message=(
            f"{flow.origin.label} to {flow.goal.label}: {spell_packet(piece.packets.witness)} is denied by "
            f"{piece.decider}{others}; denied are {share(asked.partition.denied, asked.packets)}"
        ),
        evidence=(asked.network, flow.origin.path, flow.goal.path, *(f"denied by {name}" for name in deciders), *paths),
        fix=_fix(flow, asked, denied, firewall),
    )


def _fix(flow: Flow, asked: Asked, denied: tuple[Piece, ...], firewall: NetworkFirewall | None) -> Fix:
    """A rule in the first place where something is denied wins over everything that is denied later."""
    first = denied[0].decider
    same = [piece.decider for piece in denied if piece.decider.policy_path == first.policy_path]
    lowest = min((one.priority for one in same if one.priority is not None), default=None)
    if lowest is None:
        return Fix(summary="Google blocks this traffic whatever the rules say; use another port or protocol")
    if first.policy:
        policy = firewall.policy(first.policy_path) if firewall else None
        free = policy.free_priority(lowest) if policy else None
        late = firewall is not None and first.stage in (Stage.GLOBAL, Stage.REGIONAL) and firewall.order == AFTER
        return _policy_fix(asked, first, free, "" if late else "no classic rule wins over it: ")
    if lowest == 0:
        return Fix(summary=f"nothing wins over {first}: change that rule or give it a higher number")
    egress = asked.direction == "EGRESS"
    tags = (flow.origin.party.tags if egress else flow.target_tags) or frozenset()
    automatic = [tag for tag in tags if tag.startswith("vpc-connector-")]
    rule = NewRule(
        about=(flow.origin.label, "to", flow.goal.label, asked.direction),
        network=asked.network,
        direction=asked.direction,
        priority=min(lowest - 1, 1000),
        services=asked.packets.services,
        source_ranges=EMPTY if egress and tags else asked.packets.sources,
        destination_ranges=asked.packets.destinations if egress else EMPTY,
        target_tags=tuple(automatic or sorted(tags)),
    )
    summary = f"allow it by an {asked.direction.lower()} rule of priority {rule.priority}, which wins"
    return Fix(summary=summary, gcloud=(rule.gcloud,), terraform=rule.terraform)


def _policy_fix(asked: Asked, first: Decider, priority: int | None, why: str) -> Fix:
    """Where a classic rule would come too late, the policy itself must allow it; elsewhere it is the plainest place."""
    if priority is None:
        return Fix(summary=f"nothing can be put before {first}: change that rule or give it a higher number")
    rule = NewPolicyRule(
        beside=first,
        priority=priority,
        direction=asked.direction,
        services=asked.packets.services,
        sources=asked.packets.sources,
        destinations=asked.packets.destinations,
    )
    if not rule.gcloud:
        return Fix(summary=f"{first} is Google's own: turn off what its policy was made for, or use another port")
    return Fix(
        summary=f"{why}allow it in policy {first.policy}, by a rule of priority {priority} before {first}",
        gcloud=(rule.gcloud,),
        terraform=rule.terraform,
    )


def _undecided(flow: Flow, asked: Asked, piece: Piece) -> Undecided:
    code, text = (piece.doubt.code, piece.doubt.text) if piece.doubt else ("UNREADABLE_RULE", "its effect is unknown")
    part, path = share(piece.packets, asked.packets), piece.decider.policy_path
    return Undecided(
        code=code,
        message=f"{flow.origin.label} to {flow.goal.label}: {part} left undecided by {piece.decider}: {text}",
        evidence=(asked.network, f"undecided: {spell(piece.packets)}", *([path] if path else [])),
    )
