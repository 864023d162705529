"""Policy-based routes: which packets they take before any other route is looked at.

https://cloud.google.com/vpc/docs/policy-based-routes
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.firewall.fields import service_bounds
from validator.gcp.names import Names
from validator.gcp.paths.routing.candidate import Candidate, Steering, block
from validator.headerspace.axes import ANYWHERE, V4, V6
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.packets import Packets, packets
from validator.model.policyroute import PolicyRoute
from validator.model.table import Table


def steerings(policies: Table[PolicyRoute], names: Names) -> Iterator[tuple[str, int, Steering]]:
    """Network, place in the order of evaluation, and what is steered; those for VLAN attachments alone left out."""
    for row in policies:
        if row.interconnect_attachment is not None and row.virtual_machine is None:
            continue
        priority = row.priority
        tags = row.virtual_machine.tags if row.virtual_machine else ()
        steered = Steering(packets=_filtered(row), tags=tags, route=_steered(row))
        # Of equal priorities Google picks one: the one that takes packets elsewhere is the one to reckon with.
        yield names.network(row.network, row.project), 2 * priority + (steered.route is None), steered


def _filtered(row: PolicyRoute) -> Packets:
    """The packets it is for: where a field cannot be read, all that may be meant, or none if it changes nothing."""
    family = V6 if row.filter.protocol_version == "IPV6" else V4
    bounds = service_bounds(row.filter.ip_protocol or "all", ())
    unread = EMPTY if row.next_hop_other_routes else family
    sources, destinations = (_range(text, family, unread) for text in (row.filter.src_range, row.filter.dest_range))
    return packets(sources, destinations, bounds.sure if row.next_hop_other_routes else bounds.possible)


def _range(text: str, family: Intervals, unread: Intervals) -> Intervals:
    if not text:
        return family
    found = block(text)
    return found[0] if found else unread


def _steered(row: PolicyRoute) -> Candidate | None:
    if row.next_hop_other_routes == "DEFAULT_ROUTING":
        return None
    return Candidate(
        name=row.short,
        path=row.path,
        kind="POLICY_BASED",
        destinations=ANYWHERE,
        text=row.filter.dest_range or "any destination",
        length=0,
        priority=row.priority,
        next_hop="load balancer",
        target=row.next_hop_ilb_ip,
    )
