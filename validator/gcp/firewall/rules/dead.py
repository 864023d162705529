"""Why a classic firewall rule can have no effect: nobody is there whom it is for, or whom it is about.

https://cloud.google.com/firewall/docs/firewalls
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.firewall.rules.residents import Community
from validator.headerspace.axes import addresses
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.firewall import FirewallRule

#: https://cloud.google.com/memorystore/docs/redis/networking https://cloud.google.com/sql/docs/postgres/private-ip
MANAGED_SERVICES = "Memorystore and Cloud SQL are no VMs of this network and carry no network tags"
_MANAGED_NAME = re.compile(r"redis|memorystore|memcache|valkey|cloud-?sql|alloydb|postgres|mysql", re.IGNORECASE)
_SERVERLESS_NAME = re.compile(r"cloud-?run|serverless|cloud-?functions?|connector", re.IGNORECASE)
_CONNECTOR_TAG = re.compile(r"vpc-connector-([a-z]+-[a-z]+\d+)-.+")
#: Tags of VMs that come and go by themselves: nodes of GKE, workers of Dataflow.
#: https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules
#: https://cloud.google.com/dataflow/docs/guides/routes-firewall
_PASSING = re.compile(r"gke-.*|dataflow")


class ManagedRange(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses behind a peering, where a managed service answers."""

    #: Full name of the instance or the allocated range.
    owner: str
    addresses: Intervals


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule has no effect, and what to do instead."""

    reason: str
    advice: str
    #: The rule's field that shows it: "targetTags=web".
    evidence: str
    #: Whether those it is for come and go by themselves, so that nobody there today says little.
    passing: bool = False
    #: Whether it is so whoever else stands on the network.
    certain: bool = False
    #: A tag somebody carries that may be the one that was meant; "" without any.
    instead: str = ""


def why_dead(rule: FirewallRule, community: Community, managed: Iterable[ManagedRange] = ()) -> Dead | None:
    """The first reason for which the rule matches no packet of anybody; None where it may match some."""
    reasons = (*_by_range(rule, managed), *_by_target(rule, community), *_by_source(rule, community))
    return next(iter(reasons), None)


def nodes_hidden(rules: Iterable[FirewallRule], community: Community) -> bool:
    """Whether there are rules of a GKE cluster and none of its nodes: those of Autopilot are not listed as VMs.

    https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-overview
    """
    clusters = any(rule.name.startswith("gke-") for rule in rules)
    return clusters and not any(tag.startswith("gke-") for tag in community.tags)


def untargeted(tags: Iterable[str], carried: frozenset[str]) -> bool:
    """Whether there are target tags and nobody carries one of them."""
    wanted = frozenset(tags)
    return bool(wanted) and wanted.isdisjoint(carried)


def unread_region(rule: FirewallRule, regions: tuple[str, ...]) -> str:
    """The region of a connector that the rule names by its tag, where connectors of that region were not read."""
    for tag in (*rule.target_tags, *rule.source_tags):
        found = _CONNECTOR_TAG.fullmatch(tag)
        if found and regions and found.group(1) not in regions:
            return found.group(1)
    return ""


def _by_range(rule: FirewallRule, managed: Iterable[ManagedRange]) -> Iterator[Dead]:
    """Packets to and from a managed service pass this network's peering, not a VM's interface of it."""
    ingress = rule.direction != "EGRESS"
    field, texts = ("destinationRanges", rule.destination_ranges) if ingress else ("sourceRanges", rule.source_ranges)
    own = _readable(texts)
    for one in managed if own else ():
        if own <= one.addresses:
            yield Dead(
                reason=f"{field} {', '.join(texts)} are addresses of {one.owner}, and {rule.direction.lower()} rules "
                "apply to VMs of this network only, never to a managed service",
                advice=_EGRESS_DECIDES,
                evidence=f"{field}={','.join(texts)}",
                certain=True,
            )


def _by_target(rule: FirewallRule, community: Community) -> Iterator[Dead]:
    if untargeted(rule.target_tags, community.tags):
        yield _tagless(rule, community)
    accounts = rule.target_service_accounts
    if untargeted(accounts, community.service_accounts):
        yield Dead(
            reason=f"nobody on the network runs as {_any_of(accounts)}",
            advice="name the service account that its VMs run as, or delete the rule",
            evidence=f"targetServiceAccounts={','.join(accounts)}",
        )


def _by_source(rule: FirewallRule, community: Community) -> Iterator[Dead]:
    """Sources are alternatives: ranges, or tags, or service accounts; one that can match is enough."""
    tags, accounts = rule.source_tags, rule.source_service_accounts
    if rule.direction == "EGRESS" or rule.source_ranges or not (tags or accounts):
        return
    if community.tags.isdisjoint(tags) and community.service_accounts.isdisjoint(accounts):
        field, named = ("sourceTags", tags) if tags else ("sourceServiceAccounts", accounts)
        yield Dead(
            reason=f"it lets in or keeps out only who {'carries' if tags else 'runs as'} {_any_of(named)}, and nobody "
            "on the network does",
            advice="name a tag or service account that its senders have, or their ranges, or delete the rule",
            evidence=f"{field}={','.join(named)}",
            passing=all(_PASSING.fullmatch(tag) for tag in tags) and not accounts,
            instead=_similar(tags, community),
        )


def _tagless(rule: FirewallRule, community: Community) -> Dead:
    tags, instead = rule.target_tags, _similar(rule.target_tags, community)
    reason, advice = f"nobody on the network carries {_any_of(tags)}", "put the tag on the VMs it is for, or delete it"
    if rule.direction != "EGRESS" and any(_MANAGED_NAME.search(tag) for tag in tags):
        reason, advice = f"{reason}; {MANAGED_SERVICES}", _EGRESS_DECIDES
    elif any(_SERVERLESS_NAME.search(tag) for tag in tags):
        reason = f"{reason}; a connector carries exactly vpc-connector and vpc-connector-REGION-NAME"
        advice = "target the connector's own tag, or set the tag on the service's Direct VPC egress"
        instead = instead or _only_connector(community)
    return Dead(
        reason=reason,
        advice=advice,
        evidence=f"targetTags={','.join(tags)}",
        passing=all(_PASSING.fullmatch(tag) for tag in tags),
        instead=instead,
    )


_EGRESS_DECIDES = (
    "delete the rule: whether the service is reached depends on peering, routes and the egress rules of its clients"
)


def _similar(tags: tuple[str, ...], community: Community) -> str:
    """The carried tag that one of these is nearest to, as a slip of the pen would be."""
    near = (difflib.get_close_matches(tag, sorted(community.tags), n=1, cutoff=0.8) for tag in tags)
    return next((found[0] for found in near if found), "")


def _only_connector(community: Community) -> str:
    """The tag that the one connector of the network has to itself; "" where there is another number of them."""
    own = [tag for one in community.residents for tag in one.tags if _CONNECTOR_TAG.fullmatch(tag)]
    return own[0] if len(own) == 1 else ""


def _any_of(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _readable(texts: tuple[str, ...]) -> Intervals:
    """The ranges; empty where one of them cannot be read, so that nothing is said of it."""
    try:
        return addresses(texts)
    except ValueError:
        return EMPTY
