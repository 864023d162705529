"""Packets on the internet: what they reach at public addresses, and what never answers there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.gcp.attachments import network_words
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import readable
from validator.gcp.firewall.outcome import Action
from validator.gcp.firewall.party import INTERNET
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.paths.ends.sql import PROXY
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.filtering import Gate, Verdict, stop_of, verdicts
from validator.gcp.paths.transit.landing import received
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.gcp.special import GOOGLE_API_VIPS, PUBLIC
from validator.headerspace.axes import V4, V6
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.headerspace.packets import NO_PACKETS, Packets, packets
from validator.headerspace.spelling import spell_addresses, spell_blocks
from validator.model.fix import Fix
from validator.model.network import Subnetwork
from validator.model.table import Table

_NO_ADDRESS = {"REDIS_INSTANCE": "REDIS_INSTANCE_NO_EXTERNAL_IP", "REDIS_CLUSTER": "REDIS_CLUSTER_NO_EXTERNAL_IP"}


class Public:
    """A fact: takes packets on the internet."""

    def __init__(self, firewalls: Firewalls, machines: Machines, reused: Intervals) -> None:
        self._firewalls = firewalls
        self._machines = machines
        self._reused = reused

    @classmethod
    def derive(cls, *, firewalls: Firewalls, machines: Machines, subnets: Table[Subnetwork]) -> Public:
        """From what has an external address, and from subnets with privately used public addresses."""
        ranges = (text for row in subnets for text in (row.ip_cidr_range, *row.secondary_ranges))
        return cls(firewalls, machines, readable(*ranges) & PUBLIC & V4)

    def google(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """The traces of packets for Google's APIs; the addresses for private access are not on the internet.

        https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
        """
        vips = travel.packets & packets(destinations=GOOGLE_API_VIPS)
        if vips:
            message = (
                f"Whether {way.words} gets to {goal.label} past every VPC is not documented: no route leads there."
            )
            why = Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(way.path, goal.path))
            yield travel.part(vips).stop(why)
        if rest := travel.packets - vips:
            yield travel.part(rest).deliver("GOOGLE_API", f"{goal.label} receives them.", (goal.path,))

    def unroutable(self, travel: Travel, way: Exit, goal: Destination) -> Stop:
        """Why packets for a private address are lost on the internet."""
        where = spell_addresses(travel.packets.destinations)
        message = (
            f"{goal.label} ({where}) has no public address, and {way.words} sends these packets over the internet."
        )
        evidence = (way.path, goal.path)
        if not _is_outside(way):
            return Stop(code="PRIVATE_TRAFFIC_TO_INTERNET", message=message, evidence=evidence)
        family = "IPV4" if travel.packets.destinations & V4 else "IPV6"
        code = _NO_ADDRESS.get(goal.target, f"NO_ROUTE_FROM_INTERNET_TO_PRIVATE_{family}_ADDRESS")
        return Stop(code=code, message=message, evidence=evidence)

    def arrive(self, travel: Travel, way: Exit, goal: Destination, known_as: Intervals | None) -> Iterator[Trace]:
        """The traces of packets for public addresses; `known_as` is where they come from, None: not known."""
        if goal.admits is not None:
            yield from self._admitted(travel, way, goal, known_as)
            return
        if goal.way is Way.HOST:
            for holder in self._machines.known_as(travel.packets.destinations):
                met = travel.packets & packets(destinations=holder.external)
                yield from self._machine(travel.part(met), way, goal, holder, known_as)
                travel = travel.part(travel.packets - met)
            if met := travel.packets & packets(destinations=self._not_public(goal)):
                yield travel.part(met).stop(self._privately_used(travel.part(met), way, goal))
                travel = travel.part(travel.packets - met)
        if travel.packets:
            yield _beyond(travel, way, goal)

    def _not_public(self, goal: Destination) -> Intervals:
        """Addresses that mean a host on a network for certain, or may do so, though the internet has them as well."""
        return goal.addresses if goal.networks else self._reused

    def _privately_used(self, travel: Travel, way: Exit, goal: Destination) -> Stop:
        if goal.networks:
            return self.unroutable(travel, way, goal)
        where = spell_addresses(travel.packets.destinations)
        message = (
            f"{way.words} sends packets for {where} over the internet, but a subnet uses these public addresses "
            f"privately, so it is not known whom {goal.label} means."
        )
        return Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(way.path, goal.path))

    def _admitted(self, travel: Travel, way: Exit, goal: Destination, known_as: Intervals | None) -> Iterator[Trace]:
        """Authorized networks decide on every port but the proxy's, where clients show who they are."""
        proxied = travel.packets & packets(services=PROXY)
        if proxied:
            yield from received(travel.part(proxied), goal, "at its public address, through the connectors' port")
        rest = travel.packets - proxied
        for trace in received(travel.part(rest), goal, "at its public address") if rest else ():
            yield trace if trace.end is not End.DELIVER else self._authorized(trace, travel, way, goal, known_as)

    def _authorized(
        self, trace: Trace, travel: Travel, way: Exit, goal: Destination, known_as: Intervals | None
    ) -> Trace:
        admits = goal.admits or EMPTY
        sources = _seen(travel, way, known_as)
        if sources <= admits:
            return trace
        seen = "addresses that are not fixed" if known_as is None else spell_addresses(sources)
        listed = spell_addresses(admits) if admits else "nobody"
        message = f"{way.words} comes to {goal.label} from {seen}, but its authorized networks admit {listed}."
        sure = not sources & goal.may_admit
        why = Stop(
            end=End.DROP if sure else End.ABORT,
            code="CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS",
            message=message,
            evidence=(goal.path, f"authorizedNetworks={listed}"),
            mend=_admitting(goal, goal.may_admit, known_as),
        )
        return travel.part(trace.packets).stop(why)

    def _machine(
        self, travel: Travel, way: Exit, goal: Destination, holder: Holder, known_as: Intervals | None
    ) -> Iterator[Trace]:
        """The firewall sees the internal address of an interface, and of the packets what the internet sees."""
        gate = Gate(
            network=holder.network,
            direction="INGRESS",
            target=holder.party,
            sender=INTERNET,
            source=way.words,
            destination=goal.label,
        )
        as_sent = _is_outside(way)
        inside = holder.addresses & (V4 if travel.packets.destinations & V4 else V6)
        asked = packets(_seen(travel, way, known_as), inside, travel.packets.services)
        found = verdicts(asked, gate, self._firewalls)
        for verdict in found:
            met = travel.packets & (_as_sent(verdict) if as_sent else _sure(verdict, found))
            if met:
                yield self._judged(travel.part(met), verdict, gate, holder, asked)
                travel = travel.part(travel.packets - met)
        if travel.packets:
            message = f"{goal.label} takes them from some of the addresses that {way.words} may have, not from all."
            yield travel.stop(Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(holder.network,)))

    def _judged(self, travel: Travel, verdict: Verdict, gate: Gate, holder: Holder, asked: Packets) -> Trace:
        words = f"{verdict.action} by {verdict.deciders[0]} on {network_words(holder.network)}"
        step = travel.hop("APPLY_INGRESS_FIREWALL_RULE", words, holder.network)
        row = holder.resource
        if verdict.action is not Action.ALLOW:
            return step.stop(stop_of(verdict, gate, asked, self._firewalls))
        if holder.running:
            return step.deliver("INSTANCE", f"{row.label} receives them at its external address.", (row.path,))
        return step.stop(holder.stopped)


def _beyond(travel: Travel, way: Exit, goal: Destination) -> Trace:
    if _is_outside(way):
        message = f"Both {way.label} and {goal.label} are on the internet: no configuration decides between them."
        return travel.stop(Stop(end=End.ABORT, code="UNSUPPORTED", message=message))
    words = (
        "They arrive on the internet." if goal.label == "internet" else f"{goal.label} receives them over the internet."
    )
    return travel.deliver("INTERNET", words, (goal.path,))


def _seen(travel: Travel, way: Exit, known_as: Intervals | None) -> Intervals:
    """The sources as the internet sees them: of what a NAT or Google translates, any public one unless it is known."""
    if _is_outside(way):
        return travel.packets.sources
    return PUBLIC & V4 if known_as is None else known_as


def _is_outside(way: Exit) -> bool:
    return bool(way.hops) and way.hops[0].state == "START_FROM_INTERNET"


def _as_sent(verdict: Verdict) -> Packets:
    """The packets of the verdict before their destination was translated."""
    found = NO_PACKETS
    for box in verdict.packets.boxes():
        found |= packets(sources=box.sources, services=box.services)
    return found


def _sure(verdict: Verdict, every: tuple[Verdict, ...]) -> Packets:
    """Services whose packets have this fate whatever public address they come from."""
    others = union(other.packets.services for other in every if other.action is not verdict.action)
    return packets(services=verdict.packets.services - others)


def _admitting(goal: Destination, admits: Intervals, known_as: Intervals | None) -> Fix:
    """The command replaces the whole list, so it repeats what is admitted already."""
    if known_as is None:
        return Fix(
            summary="Connect by a Cloud SQL connector or the Auth Proxy (port 3307), which need no authorized network; "
            "or send from fixed addresses, through the VPC and a Cloud NAT with addresses given by hand."
        )
    _, project, _, name = goal.path.split("/")
    blocks = ",".join(spell_blocks(admits | known_as))
    words = ["gcloud", "sql", "instances", "patch", name, f"--authorized-networks={blocks}", f"--project={project}"]
    return Fix(summary="Admit the addresses of the NAT.", gcloud=(shlex.join(words),))
