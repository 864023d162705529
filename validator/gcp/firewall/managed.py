"""The rules Google creates with a connector, and recreates where the API does not list them.

https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#firewall-rules-vpc-access
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.gcp.firewall.placement import Place
from validator.headerspace.spelling import spell_blocks
from validator.model.connector import Connector
from validator.model.firewall import FirewallRule, Ports

_HEALTH = ("35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22")
_SERVERLESS = ("35.199.224.0/19",)
_OPEN = (Ports(protocol="tcp", ports=("667",)), Ports(protocol="udp", ports=("665-666",)), Ports(protocol="icmp"))
_CLOSED = (Ports(protocol="tcp", ports=("1-666", "668-65535")), Ports(protocol="udp", ports=("1-664", "667-65535")))
_ANY = (Ports(protocol="tcp"), Ports(protocol="udp"), Ports(protocol="icmp"))
SUFFIXES = ("hcfw", "rsgfw", "earfw", "egrfw", "sbntfw", "tagfw")


def has_managed_rules(connector: Connector, place: Place) -> bool:
    """Whether Google creates rules for it: not for a connector of a service project on a Shared VPC."""
    return place.network.startswith(f"projects/{connector.project}/")


def managed_names(connector: Connector) -> frozenset[str]:
    """Every spelling under which the API may list the connector's rules."""
    regions = {connector.location, connector.location.replace("-", "")}
    names = {connector.short, connector.short.replace("-", "--")}
    return frozenset(f"aet-{r}-{n}-{suffix}" for r in regions for n in names for suffix in SUFFIXES)


def missing_rules(connector: Connector, place: Place, listed: Iterable[str]) -> Iterator[FirewallRule]:
    """The connector's rules that are not among the listed names, in any spelling."""
    ends = {name.rsplit("-", 1)[-1] for name in managed_names(connector).intersection(listed)}
    for suffix, rule in _rules(connector, place):
        if suffix not in ends:
            yield rule


def _rules(connector: Connector, place: Place) -> Iterator[tuple[str, FirewallRule]]:
    tag = connector.tags[1]
    blocks = spell_blocks(place.addresses)

    def rule(suffix: str, **fields: object) -> tuple[str, FirewallRule]:
        name = f"aet-{connector.location}-{connector.short}-{suffix}"
        return suffix, FirewallRule(name=name, network=place.network, **fields)  # type: ignore[arg-type]

    to_it = {"direction": "INGRESS", "priority": 100, "target_tags": (tag,)}
    from_it = {"direction": "EGRESS", "priority": 100, "target_tags": (tag,)}
    yield rule("hcfw", allowed=_OPEN[:1], source_ranges=_HEALTH, **to_it)
    yield rule("rsgfw", allowed=_OPEN, source_ranges=_SERVERLESS, **to_it)
    yield rule("earfw", allowed=_OPEN, destination_ranges=_SERVERLESS, **from_it)
    yield rule("egrfw", denied=_CLOSED, destination_ranges=_SERVERLESS, **from_it)
    yield rule("tagfw", allowed=_ANY, source_tags=(tag,))
    if blocks:
        yield rule("sbntfw", allowed=_ANY, source_ranges=blocks)
