"""Where Google's health check probes come from, and where on a backend they go.

https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
https://cloud.google.com/load-balancing/docs/firewall-rules
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validator.headerspace.axes import V4, V6, addresses, services
from validator.headerspace.intervals import EMPTY, Intervals, union
from validator.model.health import HealthCheck, InstanceGroup, Probe
from validator.model.loadbalancer import BackendService, ForwardingRule, NetworkEndpointGroup

_COMMON = addresses(("35.191.0.0/16", "130.211.0.0/22"))
_COMMON_V6 = addresses(("2600:2d00:1:b029::/64",))
_GLOBAL_V6 = addresses(("2600:2d00:1:b029::/64", "2600:2d00:1:1::/64"))
_PASSTHROUGH = addresses(("35.191.0.0/16", "209.85.152.0/22", "209.85.204.0/22"))
_PASSTHROUGH_V6 = addresses(("2600:1901:8001::/48",))
#: The port a check without one probes. https://cloud.google.com/compute/docs/reference/rest/v1/healthChecks
_DEFAULT_PORTS = {"TCP": 80, "HTTP": 80, "SSL": 443, "HTTPS": 443, "HTTP2": 443}
_TCP = 6

Group = InstanceGroup | NetworkEndpointGroup


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """TCP services that a check probes on a backend; why they cannot be told if so."""

    services: Intervals = EMPTY
    #: Whether it is one of these, and not each.
    any_of: bool = False
    doubt: str = ""
    #: Whether the group lacks the named port that is probed, so that no probe can be sent.
    undefined: bool = False


def is_passthrough(service: BackendService) -> bool:
    """Whether packets, probes among them, come to the backends under the load balancer's own address.

    A regional backend service of scheme EXTERNAL is a passthrough load balancer's, a global one a proxy's.
    """
    regional = service.location not in ("", "global")
    scheme = service.load_balancing_scheme
    return scheme in ("INTERNAL", "EXTERNAL_PASSTHROUGH") or (scheme == "EXTERNAL" and regional)


def probe_sources(service: BackendService, rules: Iterable[ForwardingRule]) -> Intervals:
    """The addresses probes of the service's backends come from, in the families that it sends.

    `rules` are the forwarding rules that lead to the service itself, as a passthrough load balancer's do.
    """
    return _sources(service) & _families(service, tuple(rules))


def probed_ports(check: HealthCheck, service: BackendService, group: Group) -> Ports:
    """Where the check knocks on the group's backends."""
    probe = check.probe or Probe()
    if probe.port_specification == "USE_SERVING_PORT":
        return _serving(service, group)
    if probe.port_specification == "USE_NAMED_PORT" or (probe.port_name and not probe.port):
        return _named(probe.port_name, group)
    port = probe.port or _DEFAULT_PORTS.get(check.type, 0)
    return _tcp(port) if port else Ports(doubt=f"{check.label} of type {check.type or '(none)'} names no port")


def _sources(service: BackendService) -> Intervals:
    if is_passthrough(service) and service.load_balancing_scheme != "INTERNAL":
        return _PASSTHROUGH | _PASSTHROUGH_V6
    worldwide = service.load_balancing_scheme == "EXTERNAL_MANAGED" and service.location in ("", "global")
    return _COMMON | (_GLOBAL_V6 if worldwide else _COMMON_V6)


def _families(service: BackendService, rules: tuple[ForwardingRule, ...]) -> Intervals:
    if is_passthrough(service):
        found = [V6 if rule.ip_version == "IPV6" else V4 for rule in rules]
        return union(found) if found else V4
    return {"IPV6_ONLY": V6, "PREFER_IPV6": V4 | V6}.get(service.ip_address_selection_policy, V4)


def _serving(service: BackendService, group: Group) -> Ports:
    if isinstance(group, InstanceGroup):
        return _named(service.port_name, group)
    # Each endpoint may have a port of its own, and no GET tells which.
    return Ports(services=services(_TCP), any_of=True)


def _named(name: str, group: Group) -> Ports:
    named = group.named_ports if isinstance(group, InstanceGroup) else ()
    found = [one.port for one in named if one.name == name]
    if not found:
        lacking = isinstance(group, InstanceGroup)
        return Ports(doubt=f"{group.label} has no port named {name or '(nothing)'}", undefined=lacking)
    return Ports(services=union(_tcp(port).services for port in found))


def _tcp(port: int) -> Ports:
    try:
        return Ports(services=services(_TCP, [(port, port)]))
    except ValueError as problem:
        return Ports(doubt=str(problem))
