"""Firewall policies that take effect on a network where nobody looked."""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.names import Names
from validator.model.firewall import FirewallPolicy
from validator.model.table import Table


def unread_policies(firewall: NetworkFirewall, policies: Table[FirewallPolicy], names: Names) -> Iterator[str]:
    """Regional policies on the network in regions whose effective firewall was not asked for: "guard (us-east1)"."""
    for policy in policies:
        attached = {names.network(one.attachment_target, policy.project) for one in policy.associations}
        regional = policy.location not in ("", "global") and policy.location not in firewall.regions
        if regional and policy.policy_type in ("", "VPC_POLICY") and firewall.network in attached:
            yield f"{policy.short} ({policy.location})"
