"""Firewalls as the API says they take effect on a network: classic rules and policies of every level.

A rule field that is not modelled here is remembered by name in `unmodelled`, so that whoever evaluates the
rule can answer "undecided" instead of overlooking a condition.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from validator.model.connector import Connector
from validator.model.environment import Environment
from validator.model.instance import Instance
from validator.model.network import Network, compute_read, read_of_both
from validator.model.resource import Kind, Part, Resource, Target, target
from validator.model.run import Service
from validator.model.table import Table

#: Fields that cannot change which packets a rule or policy matches.
IRRELEVANT = frozenset(
    {
        "associations",
        "creationTimestamp",
        "description",
        "fingerprint",
        "id",
        "kind",
        "packetMirroringRules",
        "params",
        "parent",
        "policySource",
        "region",
        "ruleTupleCount",
        "selfLink",
        "selfLinkWithId",
    }
)


class Ports(Part, frozen=True, kw_only=True):
    """A protocol and its destination ports; no ports means all of them."""

    #: "tcp", "all", or a decimal protocol number.
    protocol: str = msgspec.field(name="IPProtocol", default="")
    ports: tuple[str, ...] = ()


class LogConfig(Part, frozen=True, kw_only=True):
    """Whether matches are logged."""

    enable: bool = False


class FirewallRule(Part, frozen=True, kw_only=True):
    """A classic VPC firewall rule.

    https://cloud.google.com/compute/docs/reference/rest/v1/firewalls
    """

    name: str
    network: str = ""
    #: INGRESS or EGRESS.
    direction: str = "INGRESS"
    #: 0..65535, lower wins; a deny wins a tie.
    priority: int = 1000
    disabled: bool = False
    allowed: tuple[Ports, ...] = ()
    denied: tuple[Ports, ...] = ()
    source_ranges: tuple[str, ...] = ()
    destination_ranges: tuple[str, ...] = ()
    source_tags: tuple[str, ...] = ()
    target_tags: tuple[str, ...] = ()
    source_service_accounts: tuple[str, ...] = ()
    target_service_accounts: tuple[str, ...] = ()
    log_config: LogConfig = LogConfig()
    self_link: str = ""
    #: Names of fields the API sent that are not modelled.
    unmodelled: tuple[str, ...] = ()


class Layer4(Part, frozen=True, kw_only=True):
    """A protocol and ports of a policy rule."""

    ip_protocol: str = ""
    ports: tuple[str, ...] = ()


class SecureTag(Part, frozen=True, kw_only=True):
    """A Resource Manager tag; INEFFECTIVE once it or its network is deleted."""

    name: str = ""
    state: str = ""


class Matcher(Part, frozen=True, kw_only=True):
    """What a policy rule matches.

    https://cloud.google.com/compute/docs/reference/rest/v1/firewallPolicies
    """

    src_ip_ranges: tuple[str, ...] = ()
    dest_ip_ranges: tuple[str, ...] = ()
    layer4_configs: tuple[Layer4, ...] = ()
    src_address_groups: tuple[str, ...] = ()
    dest_address_groups: tuple[str, ...] = ()
    src_fqdns: tuple[str, ...] = ()
    dest_fqdns: tuple[str, ...] = ()
    src_region_codes: tuple[str, ...] = ()
    dest_region_codes: tuple[str, ...] = ()
    src_threat_intelligences: tuple[str, ...] = ()
    dest_threat_intelligences: tuple[str, ...] = ()
    src_network_type: str = ""
    dest_network_type: str = ""
    src_network_context: str = ""
    dest_network_context: str = ""
    src_networks: tuple[str, ...] = ()
    src_secure_tags: tuple[SecureTag, ...] = ()
    unmodelled: tuple[str, ...] = ()


class PolicyRule(Part, frozen=True, kw_only=True):
    """A rule of a firewall policy."""

    #: allow, deny, goto_next or apply_security_profile_group.
    action: str = ""
    direction: str = ""
    #: 0..2147483647, lower wins; the default rules sit at the far end. None where the answer does not tell.
    priority: int | None = None
    disabled: bool = False
    match: Matcher = Matcher()
    rule_name: str = ""
    enable_logging: bool = False
    target_resources: tuple[str, ...] = ()
    target_secure_tags: tuple[SecureTag, ...] = ()
    target_service_accounts: tuple[str, ...] = ()
    target_forwarding_rules: tuple[str, ...] = ()
    target_type: str = ""
    security_profile_group: str = ""
    tls_inspect: bool = False
    unmodelled: tuple[str, ...] = ()


class EffectivePolicy(Part, frozen=True, kw_only=True):
    """A policy as it takes effect on a network."""

    name: str = ""
    short_name: str = ""
    display_name: str = ""
    #: HIERARCHY, NETWORK, NETWORK_REGIONAL, SYSTEM, SYSTEM_GLOBAL or SYSTEM_REGIONAL.
    type: str = ""
    #: Other types than VPC_POLICY are for networks of other hardware; "" where the answer does not tell.
    policy_type: str = ""
    #: Of the association, lower first; several policies may hang on one network. None where the answer does not
    #: tell, as for HIERARCHY.
    priority: int | None = None
    rules: tuple[PolicyRule, ...] = ()
    unmodelled: tuple[str, ...] = ()


class Effective(Resource, frozen=True, kw_only=True):
    """The answer of a getEffectiveFirewalls call; not paged."""

    name: str = ""
    #: Bare name or full path of the network asked about.
    network: str
    firewalls: tuple[FirewallRule, ...] = ()
    firewall_policys: tuple[EffectivePolicy, ...] = ()

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Note in every rule the fields that the model does not know."""
        noted = dict(raw)
        noted["firewalls"] = [_noted(rule, FirewallRule, "allowed", "denied") for rule in raw.get("firewalls", ())]
        noted["firewallPolicys"] = [_noted_policy(policy) for policy in raw.get("firewallPolicys", ())]
        return noted

    @property
    def network_name(self) -> str:
        """The network's bare name."""
        return self.network.rsplit("/", 1)[-1]


class NetworkFirewalls(Effective, frozen=True, kw_only=True):
    """Hierarchical policies, global network policies and classic rules of one network; no regional ones.

    https://cloud.google.com/compute/docs/reference/rest/v1/networks/getEffectiveFirewalls
    """

    KIND: ClassVar[Kind]

    @property
    def path(self) -> str:
        """The network's name, with the call's."""
        return f"projects/{self.project}/global/networks/{self.network_name}/getEffectiveFirewalls"


class RegionFirewalls(Effective, frozen=True, kw_only=True):
    """What takes effect on one network in one region, regional policies included.

    https://cloud.google.com/compute/docs/reference/rest/v1/regionNetworkFirewallPolicies/getEffectiveFirewalls
    """

    KIND: ClassVar[Kind]

    @property
    def path(self) -> str:
        """The network's and region's names, with the call's."""
        network = f"projects/{self.project}/global/networks/{self.network_name}"
        return f"{network}/regions/{self.location}/getEffectiveFirewalls"


class Association(Part, frozen=True, kw_only=True):
    """Where a policy is attached."""

    name: str = ""
    attachment_target: str = ""
    priority: int = 1000


class FirewallPolicy(Resource, frozen=True, kw_only=True):
    """A global or regional network firewall policy of the project or of its Shared VPC host."""

    KIND: ClassVar[Kind] = Kind(
        noun="firewall-policy",
        reads=(
            read_of_both("networkFirewallPolicies.aggregatedList", "compute.firewallPolicies.list", aggregated=True),
        ),
    )
    associations: tuple[Association, ...] = ()
    policy_type: str = "VPC_POLICY"
    policy_source: str = ""


def _each_network(networks: Table[Network]) -> Iterator[Target]:
    for network in networks:
        yield target(network.project, project=network.project, network=network.name)


def _each_network_and_region(
    environment: Environment,
    networks: Table[Network],
    connectors: Table[Connector],
    services: Table[Service],
    instances: Table[Instance],
) -> Iterator[Target]:
    """Regions where traffic can start or end: declared ones, else those that hold a connector, a service or a VM."""
    used = {row.location for row in (*connectors, *services)} | {vm.region for vm in instances if vm.region}
    for network in networks:
        for region in environment.regions or sorted(used):
            full = f"projects/{network.project}/global/networks/{network.name}"
            yield target(network.project, region, project=network.project, region=region, network=full)


NetworkFirewalls.KIND = Kind(
    noun="network-firewalls",
    reads=(
        compute_read(
            "networks.getEffectiveFirewalls",
            "compute.networks.getEffectiveFirewalls",
            targets=_each_network,
            items="",
            inject=("network",),
            each="each network",
        ),
    ),
)
RegionFirewalls.KIND = Kind(
    noun="region-firewalls",
    reads=(
        compute_read(
            "regionNetworkFirewallPolicies.getEffectiveFirewalls",
            "compute.networks.getRegionEffectiveFirewalls",
            targets=_each_network_and_region,
            items="",
            inject=("network",),
            each="each network and region",
        ),
    ),
)


def _noted(raw: Any, model: type[Part], *within: str) -> Any:
    """The fields the model knows, and the names of the others; also of those inside of the lists named `within`."""
    if not isinstance(raw, Mapping):
        return raw
    infos = _fields(model)
    strange = {key for key in raw if key not in infos and key not in IRRELEVANT}
    strange |= {f"{name}.{key}" for name in within for key in _strange_inside(raw.get(name), infos[name].type)}
    kept = {key: value for key, value in raw.items() if key in infos}
    already = raw.get("unmodelled", ())
    return kept | ({"unmodelled": sorted({*already, *strange})} if strange or already else {})


@functools.cache
def _fields(model: type[Part]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """By name on the wire; remembered, since a project may have thousands of rules."""
    return {info.encode_name: info for info in msgspec.structs.fields(model)}


def _strange_inside(entries: Any, model: Any) -> Iterator[str]:
    """Names that no part of such a list has in the model: `tuple[Part, ...]`."""
    part, *_ = model.__args__
    known = _fields(part)
    for entry in entries if isinstance(entries, (list, tuple)) else ():
        yield from (key for key in entry if key not in known) if isinstance(entry, Mapping) else ()


def _noted_policy(raw: Any) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    noted = _noted(raw, EffectivePolicy)
    return noted | ({"rules": [_noted_policy_rule(rule) for rule in noted["rules"]]} if noted.get("rules") else {})


def _noted_policy_rule(raw: Any) -> Any:
    noted = _noted(raw, PolicyRule, "targetSecureTags")
    if isinstance(noted, Mapping) and "match" in noted:
        return {**noted, "match": _noted(noted["match"], Matcher, "layer4Configs", "srcSecureTags")}
    return noted
