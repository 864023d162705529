"""The firewalls of every network that was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from validator.gcp.firewall.managed import has_managed_rules, managed_names, missing_rules
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.placement import Place, Placement
from validator.gcp.names import Names
from validator.headerspace.intervals import Intervals, union
from validator.model.connector import Connector
from validator.model.firewall import NetworkFirewalls, RegionFirewalls
from validator.model.table import Table

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
        connectors: Table[Connector],
        placement: Placement,
        names: Names,
    ) -> Firewalls:
        """From the API's effective firewalls and the connectors, whose rules it does not always list."""
        placed = [(connector, placement.connector(connector)) for connector in connectors]
        regions: dict[str, dict[str, RegionFirewalls]] = defaultdict(dict)
        for row in regional:
            regions[names.network(row.network, row.project)][row.location] = row
        networks = {names.network(row.network, row.project): row for row in effective}
        return cls(
            {
                network: _firewall(network, row, regions[network], placed, placement.inside(network))
                for network, row in networks.items()
            }
        )

    def of(self, network: str) -> NetworkFirewall | None:
        """The network's firewall; None where it was not read."""
        return self._firewalls.get(network)


def _firewall(
    network: str,
    answer: NetworkFirewalls,
    regional: Mapping[str, RegionFirewalls],
    placed: list[_Placed],
    subnets: Intervals,
) -> NetworkFirewall:
    here = [(connector, place) for connector, place in placed if place.network == network]
    managed = [(connector, place) for connector, place in here if has_managed_rules(connector, place)]
    inside = subnets | union(place.addresses for _, place in here)
    names = frozenset(rule.name for rule in answer.firewalls)
    googles = frozenset(name for connector, _ in managed for name in managed_names(connector))
    rules = [(rule, RuleKind.CONNECTOR if rule.name in googles else RuleKind.VPC) for rule in answer.firewalls]
    for connector, place in managed:
        rules += [(rule, RuleKind.CONNECTOR) for rule in missing_rules(connector, place, names)]
    return NetworkFirewall(
        network=network,
        rules=ordered(rules),
        answer=answer,
        regional=dict(regional),
        inside=inside,
        carriers=_carriers(here, subnets, inside),
    )


def _carriers(here: list[_Placed], subnets: Intervals, inside: Intervals) -> Mapping[str, Intervals]:
    """Source tags select instances of the network only, an automatic connector tag that connector's own.

    https://cloud.google.com/compute/docs/reference/rest/v1/firewalls (sourceTags)
    """
    known = {connector.tags[1]: place.addresses for connector, place in here if place.addresses}
    return known | ({"": inside} if subnets else {})
