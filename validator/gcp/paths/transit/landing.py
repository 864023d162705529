"""Where packets arrive within a network: ingress firewall, then the VM, endpoint or service that has the address.

Ingress rules are for interfaces of VMs. Endpoints of Private Service Connect and managed services are none.
https://cloud.google.com/firewall/docs/firewalls https://cloud.google.com/vpc/docs/private-service-connect
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import network_words
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.party import OUTSIDER, Party
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.paths.ends.occupants import Occupant, Occupants
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.filtering import Gate, filtered
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import packets
from validator.headerspace.spelling import spell_addresses, spell_services

#: A sender on a peered network.
_PEER = msgspec.structs.replace(OUTSIDER, internet=False)


class Landing:
    """A fact: takes packets that a route has brought to a network."""

    def __init__(self, firewalls: Firewalls, machines: Machines, occupants: Occupants) -> None:
        self._firewalls = firewalls
        self._machines = machines
        self._occupants = occupants

    @classmethod
    def derive(cls, *, firewalls: Firewalls, machines: Machines, occupants: Occupants) -> Landing:
        """From VMs, connectors and load balancers of every network."""
        return cls(firewalls, machines, occupants)

    def arrive(self, travel: Travel, way: Exit, goal: Destination, network: str, region: str = "") -> Iterator[Trace]:
        """The traces of packets for addresses of the network's subnets, in a region if that is known."""
        if goal.way is Way.HOST and goal.networks and network not in goal.networks:
            yield travel.stop(_other_network(way, goal, network))
        elif goal.way is Way.PEERING:
            message = f"A subnet of {network_words(network)} has the addresses of {goal.label}, which hides it."
            yield travel.stop(Stop(code="ROUTE_WRONG_NETWORK", message=message, evidence=(network, goal.path)))
        elif goal.way is Way.ENDPOINT:
            yield from self._endpoint(travel, way, goal, network)
        else:
            yield from self._hosts(travel, way, goal, network, region)

    def _endpoint(self, travel: Travel, way: Exit, goal: Destination, network: str) -> Iterator[Trace]:
        step = travel.hop("APPLY_FORWARDING_RULE", f"endpoint of {goal.label} in {network_words(network)}", goal.path)
        if network != way.network:
            yield step.stop(_over_peering(goal.label, way, network))
            return
        for region, some in goal.far_from(network, way.region):
            if met := step.packets & packets(destinations=some):
                yield step.part(met).stop(_other_region(f"The endpoint of {goal.label}", goal.path, region, way))
                step = step.part(step.packets - met)
        if step.packets:
            yield from received(step, goal, "through Private Service Connect")

    def _hosts(self, travel: Travel, way: Exit, goal: Destination, network: str, region: str) -> Iterator[Trace]:
        for some in _by_address(self._occupants.on(network)):
            if met := travel.packets & packets(destinations=some[0].addresses):
                yield from _occupied(travel.part(met), some, way, goal)
                travel = travel.part(travel.packets - met)
        for holder in self._machines.on(network):
            if met := travel.packets & packets(destinations=holder.addresses):
                yield from self._machine(travel.part(met), way, goal, holder)
                travel = travel.part(travel.packets - met)
        if travel.packets:
            target = Party(internet=False, region=region)
            yield from self._anybody(travel, way, goal, network, target)

    def _machine(self, travel: Travel, way: Exit, goal: Destination, holder: Holder) -> Iterator[Trace]:
        row = holder.resource
        for step in self._filtered(travel, way, goal, holder.network, holder.party):
            if isinstance(step, Trace):
                yield step
            elif holder.running:
                message = f"{row.label} on {network_words(holder.network)} receives them."
                yield step.hop("ARRIVE_AT_INSTANCE", row.label, row.path).deliver("INSTANCE", message, (row.path,))
            elif _is_range(goal, row.path):
                message = f"{row.label} is {holder.state}; whatever has its address would receive them."
                yield step.deliver("INSTANCE", message, (row.path,))
            else:
                yield step.stop(holder.stopped)

    def _anybody(self, travel: Travel, way: Exit, goal: Destination, network: str, target: Party) -> Iterator[Trace]:
        """Addresses that nobody is known to have: for a range it counts that whoever has them would be reached."""
        where = spell_addresses(travel.packets.destinations)
        for step in self._filtered(travel, way, goal, network, target):
            if isinstance(step, Trace):
                yield step
            elif goal.label.startswith("host:"):
                message = (
                    f"A subnet of {network_words(network)} has {where}, but nothing is known to have this address."
                )
                yield step.stop(Stop(end=End.ABORT, code="UNKNOWN_IP", message=message, evidence=(network,)))
            else:
                message = f"Whatever has an address of {where} on {network_words(network)} receives them."
                yield step.deliver("INSTANCE", message, (network,))

    def _filtered(
        self, travel: Travel, way: Exit, goal: Destination, network: str, target: Party
    ) -> Iterator[Travel | Trace]:
        """Packets from outside of the network carry nobody's tags: source tags select its own VMs only."""
        sender = way.party if way.network == network else _PEER
        gate = Gate(
            network=network,
            direction="INGRESS",
            target=target,
            sender=sender,
            source=way.words,
            destination=goal.label,
        )
        yield from filtered(travel, gate, self._firewalls)


def received(travel: Travel, goal: Destination, words: str) -> Iterator[Trace]:
    """What the destination makes of packets that come to it."""
    for refusal in goal.refusals:
        if met := travel.packets & refusal.packets:
            yield travel.part(met).stop(refusal.stop)
            travel = travel.part(travel.packets - met)
    if travel.packets:
        yield travel.deliver(goal.target, f"{goal.label} receives them {words}.", (goal.path,))


def _is_range(goal: Destination, path: str) -> bool:
    """Whether the way is what is asked about, and not who is there at this moment."""
    return goal.path != path and not goal.label.startswith("host:") and goal.addresses.size > 1


def _other_network(way: Exit, goal: Destination, network: str) -> Stop:
    there = " or ".join(map(network_words, goal.networks))
    message = (
        f"{way.words} reaches these addresses on {network_words(network)}, but {goal.label} has them on {there}, which "
        "it does not get to."
    )
    evidence = (way.path, goal.path, f"arrives on={network}", *(f"expected on={one}" for one in goal.networks))
    return Stop(code="ROUTE_WRONG_NETWORK", message=message, evidence=evidence)


def _over_peering(label: str, way: Exit, network: str) -> Stop:
    message = (
        f"{label} is an endpoint of Private Service Connect in {network_words(network)}; {way.words} is on "
        f"{network_words(way.network)}, and no endpoint is reached over a peering."
    )
    return Stop(code="PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK", message=message, evidence=(network, way.network))


def _other_region(words: str, path: str, region: str, way: Exit) -> Stop:
    message = f"{words} is in {region} without global access, but {way.words} is in {way.region}."
    evidence = (path, way.path, "allowGlobalAccess=false")
    return Stop(code="FORWARDING_RULE_REGION_MISMATCH", message=message, evidence=evidence)


def _by_address(occupants: tuple[Occupant, ...]) -> tuple[tuple[Occupant, ...], ...]:
    """Several forwarding rules may share an address, each for ports of its own."""
    found: dict[Intervals, tuple[Occupant, ...]] = {}
    for one in occupants:
        found[one.addresses] = (*found.get(one.addresses, ()), one)
    return tuple(found.values())


def _occupied(travel: Travel, rules: tuple[Occupant, ...], way: Exit, goal: Destination) -> Iterator[Trace]:
    """Each packet goes to the first rule that takes it; what none takes is dropped."""
    for rule in rules:
        if met := travel.packets & packets(services=rule.services):
            yield _taken(travel.hop("APPLY_FORWARDING_RULE", rule.words, rule.path, met), rule, way, goal)
            travel = travel.part(travel.packets - met)
    if travel.packets:
        names = ", ".join(rule.words for rule in rules)
        ports = spell_services(travel.packets.services)
        message = f"Packets for {goal.label} reach {names}, which does not take {ports}."
        evidence = tuple(f"{rule.path} takes {spell_services(rule.services)}" for rule in rules)
        step = travel.hop("APPLY_FORWARDING_RULE", names, rules[0].path)
        yield step.stop(Stop(code="FORWARDING_RULE_MISMATCH", message=message, evidence=evidence))


def _taken(step: Travel, rule: Occupant, way: Exit, goal: Destination) -> Trace:
    if rule.endpoint and rule.network != way.network:
        return step.stop(_over_peering(rule.words, way, rule.network))
    if rule.region and way.region and rule.region != way.region:
        return step.stop(_other_region(rule.words, rule.path, rule.region, way))
    if not rule.endpoint:
        message = f"Packets for {goal.label} reach {rule.words}; its backends are not followed."
        return step.stop(Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=(rule.path,)))
    if rule.accepted is not True:
        message = f"{rule.words} is not connected: its status is {rule.status or 'not known'}."
        end = End.DROP if rule.accepted is False else End.ABORT
        return step.stop(Stop(end=end, code="PSC_CONNECTION_NOT_ACCEPTED", message=message, evidence=(rule.path,)))
    return step.deliver(rule.target, f"{rule.words} receives them.", (rule.path,))
