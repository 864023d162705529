"""The firewalls of every network that was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from validator.gcp.firewall.fields import Bounds, ranges
from validator.gcp.firewall.managed import has_managed_rules, managed_names, missing_rules
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.placement import Place, Placement
from validator.gcp.firewall.policies import Policy, policies_in_effect
from validator.gcp.firewall.reading import Surroundings
from validator.gcp.names import Names
from validator.headerspace.intervals import Intervals, union
from validator.model.addressgroup import AddressGroup
from validator.model.connector import Connector
from validator.model.firewall import NetworkFirewalls, RegionFirewalls
from validator.model.network import Network
from validator.model.table import Partial, Table

_Placed = tuple[Connector, Place]


class Firewalls:
    """A fact: the firewall of each network, asked by the network's full name."""

    def __init__(self, firewalls: Mapping[str, NetworkFirewall]) -> None:
        self._firewalls = dict(firewalls)

    @classmethod
    def derive(
        cls,
        *,
        effective: Table[NetworkFirewalls],
        regional: Table[RegionFirewalls],
        networks: Table[Network],
        groups: Partial[AddressGroup],
        connectors: Table[Connector],
        placement: Placement,
        names: Names,
    ) -> Firewalls:
        """From the API's effective firewalls and the connectors, whose rules it does not always list."""
        placed = [(connector, placement.connector(connector)) for connector in connectors]
        regions: dict[str, dict[str, RegionFirewalls]] = defaultdict(dict)
        for row in regional:
            regions[names.network(row.network, row.project)][row.location] = row
        orders = {
            names.network(row.path, row.project): row.network_firewall_policy_enforcement_order for row in networks
        }
        somewhere = Surroundings(network="", names=names, groups=_groups(groups, names))
        found = {}
        for answer in effective:
            network = names.network(answer.network, answer.project)
            homes = placement.homes(network)
            around = msgspec.structs.replace(somewhere, network=network, inside=union(homes.values()))
            firewall = _firewall(answer, regions[network], placed, around)
            found[network] = msgspec.structs.replace(firewall, order=orders.get(network, ""), homes=homes)
        return cls(found)

    def of(self, network: str) -> NetworkFirewall | None:
        """The network's firewall; None where it was not read."""
        return self._firewalls.get(network)


def _firewall(
    answer: NetworkFirewalls,
    regional: Mapping[str, RegionFirewalls],
    placed: list[_Placed],
    around: Surroundings,
) -> NetworkFirewall:
    """With what the surroundings know of the network's subnets; the connectors' ranges are added here."""
    here = [(connector, place) for connector, place in placed if place.network == around.network]
    managed = [(connector, place) for connector, place in here if has_managed_rules(connector, place)]
    inside = around.inside | union(place.addresses for _, place in here)
    names = frozenset(rule.name for rule in answer.firewalls)
    googles = frozenset(name for connector, _ in managed for name in managed_names(connector))
    rules = [(rule, RuleKind.CONNECTOR if rule.name in googles else RuleKind.VPC) for rule in answer.firewalls]
    for connector, place in managed:
        rules += [(rule, RuleKind.CONNECTOR) for rule in missing_rules(connector, place, names)]
    return NetworkFirewall(
        network=around.network,
        rules=ordered(rules),
        policies=_policies(answer, regional, msgspec.structs.replace(around, inside=inside)),
        inside=inside,
        carriers=_carriers(here, around.inside, inside),
    )


def _policies(
    answer: NetworkFirewalls, regional: Mapping[str, RegionFirewalls], around: Surroundings
) -> Mapping[str, tuple[Policy, ...]]:
    """A region's own answer has all policies; what only the network's answer has counts there as well."""
    found = {region: policies_in_effect((own, answer), around) for region, own in regional.items()}
    return found | {"": policies_in_effect((answer,), around)}


def _groups(groups: Partial[AddressGroup], names: Names) -> Mapping[str, Bounds]:
    """The groups' addresses by full name, projects by id."""
    around = Surroundings(network="", names=names)
    return {around.group_name(group.name): ranges(group.items) for group in groups}


def _carriers(here: list[_Placed], subnets: Intervals, inside: Intervals) -> Mapping[str, Intervals]:
    """Source tags select instances of the network only, an automatic connector tag that connector's own.

    https://cloud.google.com/compute/docs/reference/rest/v1/firewalls (sourceTags)
    """
    known = {connector.tags[1]: place.addresses for connector, place in here if place.addresses}
    return known | ({"": inside} if subnets else {})
