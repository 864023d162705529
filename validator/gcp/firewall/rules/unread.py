"""Firewall policies that take effect on a network where nobody looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.names import Names
from validator.headerspace.intervals import Intervals
from validator.model.firewall import FirewallPolicy


def unread_policies(firewall: NetworkFirewall, policies: Iterable[FirewallPolicy], names: Names) -> Iterator[str]:
    """Regional policies on the network in regions whose effective firewall was not asked for: "guard (us-east1)"."""
    yield from (f"{policy.short} ({policy.location})" for policy in _unread(firewall, policies, names))


def unread_policies_at(
    ends: Intervals, firewall: NetworkFirewall, policies: Iterable[FirewallPolicy], names: Names
) -> Iterator[str]:
    """Those of them in regions where one of the addresses is of a subnet."""
    for policy in _unread(firewall, policies, names):
        if policy.location in firewall.homes and ends.meets(firewall.homes[policy.location]):
            yield f"{policy.short} ({policy.location})"


def _unread(firewall: NetworkFirewall, policies: Iterable[FirewallPolicy], names: Names) -> Iterator[FirewallPolicy]:
    for policy in policies:
        attached = {names.network(one.attachment_target, policy.project) for one in policy.associations}
        regional = policy.location not in ("", "global") and policy.location not in firewall.regions
        if regional and policy.policy_type in ("", "VPC_POLICY") and firewall.network in attached:
            yield policy
