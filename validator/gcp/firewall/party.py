"""The two ends of a flow as firewall rules see them, and whether a rule's selectors mean them."""

from __future__ import annotations

import msgspec

from validator.gcp.firewall.outcome import Doubt
from validator.model.connector import Connector
from validator.model.firewall import FirewallRule
from validator.model.run import NetworkInterface


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a flow; tags and service accounts are None where not known, empty where there are none."""

    tags: frozenset[str] | None = None
    service_accounts: frozenset[str] | None = None
    #: Values of Resource Manager tags ("tagValues/123"), which rules of firewall policies select by.
    secure_tags: frozenset[str] | None = None
    #: Whether its packets come over the internet; None where that is not known.
    internet: bool | None = None
    #: Its tags select it as a target of egress rules, but as a source of ingress rules the effect is undefined.
    direct_vpc: bool = False
    #: Region of the end; "" where it may be in any.
    region: str = ""


#: An end of which nothing is known.
ANYONE = Party()
#: A sender outside of the network: no network tag and no service account selects it; a secure tag may, on a VM of a
#: peered network. https://cloud.google.com/firewall/docs/tags-firewalls-overview
OUTSIDER = Party(tags=frozenset(), service_accounts=frozenset())
#: A sender on the internet: nothing at all selects it.
INTERNET = Party(tags=frozenset(), service_accounts=frozenset(), secure_tags=frozenset(), internet=True)


def connector_party(connector: Connector) -> Party:
    """A connector: its two automatic tags; Google runs its instances, under no service account of a customer.

    Nobody can bind a secure tag to them.
    https://cloud.google.com/vpc/docs/configure-serverless-vpc-access
    """
    return Party(
        tags=frozenset(connector.tags),
        service_accounts=frozenset(),
        secure_tags=frozenset(),
        internet=False,
        region=connector.location,
    )


def interface_party(interface: NetworkInterface, region: str) -> Party:
    """A Direct VPC egress interface with its network tags; secure tags cannot be bound to one.

    https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations
    """
    return Party(
        tags=frozenset(interface.tags), secure_tags=frozenset(), internet=False, direct_vpc=True, region=region
    )


def selects(wanted: tuple[str, ...], known: frozenset[str] | None) -> bool | None:
    """Whether the end carries one of the wanted names; None where its names are not known."""
    if not wanted:
        return False
    return None if known is None else not known.isdisjoint(wanted)


def targets(rule: FirewallRule, party: Party) -> bool | None:
    """Whether the rule is for this end; None where its tags or service accounts are not known."""
    chosen = [
        selects(wanted, known)
        for wanted, known in (
            (rule.target_tags, party.tags),
            (rule.target_service_accounts, party.service_accounts),
        )
        if wanted
    ]
    if not chosen:
        return True
    return chosen[0] if len(set(chosen)) == 1 else None


def sends(rule: FirewallRule, party: Party) -> bool | None:
    """Whether a source tag or source service account of the rule selects this end; None where not known."""
    wanted = (rule.source_tags, rule.source_service_accounts)
    if not any(wanted):
        return False
    if party.direct_vpc:
        return None
    chosen = {selects(rule.source_tags, party.tags), selects(rule.source_service_accounts, party.service_accounts)}
    return True if True in chosen else None if None in chosen else False


def source_doubt(party: Party) -> Doubt:
    """Why it cannot be told whether a source tag selects this end."""
    if party.direct_vpc:
        return Doubt(
            "INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS",
            "it selects sources by tag or service account, which is undefined for Direct VPC egress",
        )
    return Doubt("UNKNOWN_SOURCE", "it selects sources by tags or service accounts that are not known here")
