"""Healthy resources of the project `acme`, each field changeable: `connector(state="ERROR")`."""

from __future__ import annotations

from typing import Any, TypeVar

from validator.model.addressgroup import AddressGroup
from validator.model.computeproject import ComputeProject
from validator.model.connector import Connector
from validator.model.firewall import EffectivePolicy, FirewallRule, NetworkFirewalls, Ports, RegionFirewalls
from validator.model.health import HealthCheck, InstanceGroup, NamedPort, Probe
from validator.model.instance import AccessConfig, Instance, ServiceAccount, Tags, VmInterface
from validator.model.loadbalancer import Backend, BackendService, NetworkEndpointGroup
from validator.model.network import Address, Nat, Network, Peering, PrivateConnection, Route, Router, Subnetwork
from validator.model.policyroute import PacketFilter, PolicyRoute
from validator.model.project import Project
from validator.model.redis import PscConfig, RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.routerstatus import LearnedRoute, RouterStatus
from validator.model.run import Container, Service, Template, Traffic, Variable, VpcAccess
from validator.model.sql import IpConfiguration, IpMapping, Settings, SqlInstance

R = TypeVar("R", bound=Resource)
PROJECT, NUMBER, REGION = "acme", "123456789", "us-central1"
ZONE = f"{REGION}-a"
VPC = f"projects/{PROJECT}/global/networks/vpc"
COMPUTE = "https://www.googleapis.com/compute/v1/"


def project(project_id: str = PROJECT, number: str = NUMBER) -> Project:
    """A project with id and number."""
    return Project(name=f"projects/{number}", project_id=project_id, project=project_id, state="ACTIVE")


def compute_project(project_id: str = PROJECT, **changes: Any) -> ComputeProject:
    """What Compute Engine says of the project: it shares no network."""
    fields = {"name": project_id, "project": project_id, "xpn_project_status": "UNSPECIFIED_XPN_PROJECT_STATUS"}
    return _made(ComputeProject, fields, changes)


def network(name: str = "vpc", **changes: Any) -> Network:
    """A custom-mode network."""
    return _made(Network, _compute("global/networks", name), changes)


def subnet(name: str = "apps", **changes: Any) -> Subnetwork:
    """A /24 subnet of the network."""
    fields = {"network": COMPUTE + VPC, "ip_cidr_range": "10.1.0.0/24", "location": REGION}
    return _made(Subnetwork, _compute(f"regions/{REGION}/subnetworks", name) | fields, changes)


def connector(name: str = "staging", region: str = REGION, **changes: Any) -> Connector:
    """A READY connector with a range of its own."""
    fields = {
        "name": f"projects/{PROJECT}/locations/{region}/connectors/{name}",
        "project": PROJECT,
        "location": region,
        "network": "vpc",
        "ip_cidr_range": "10.2.0.0/28",
        "state": "READY",
        "machine_type": "e2-micro",
        "min_instances": 2,
        "max_instances": 10,
        "min_throughput": 200,
        "max_throughput": 1000,
    }
    return _made(Connector, fields, changes)


def redis(name: str = "cache", region: str = REGION, **changes: Any) -> RedisInstance:
    """A READY instance on direct peering at 10.166.204.83:6379."""
    fields = {
        "name": f"projects/{PROJECT}/locations/{region}/instances/{name}",
        "project": PROJECT,
        "location": region,
        "host": "10.166.204.83",
        "port": 6379,
        "authorized_network": VPC,
        "reserved_ip_range": "10.166.204.80/29",
        "state": "READY",
        "tier": "STANDARD_HA",
        "redis_version": "REDIS_7_2",
    }
    return _made(RedisInstance, fields, changes)


def sql(name: str = "db", **changes: Any) -> SqlInstance:
    """A running private instance that insists on TLS."""
    settings = Settings(
        activation_policy="ALWAYS",
        ip_configuration=IpConfiguration(private_network=f"/{VPC}", ssl_mode="ENCRYPTED_ONLY"),
    )
    fields = {
        "name": name,
        "project": PROJECT,
        "location": REGION,
        "state": "RUNNABLE",
        "database_version": "POSTGRES_16",
        "connection_name": f"{PROJECT}:{REGION}:{name}",
        "settings": settings,
        "ip_addresses": (IpMapping(type="PRIVATE", ip_address="10.20.0.3"),),
    }
    return _made(SqlInstance, fields, changes)


def service(name: str = "backend", region: str = REGION, **changes: Any) -> Service:
    """A service on the connector `staging` whose latest revision serves everything."""
    path = f"projects/{PROJECT}/locations/{region}/services/{name}"
    fields = {
        "name": path,
        "project": PROJECT,
        "location": region,
        "ingress": "INGRESS_TRAFFIC_ALL",
        "template": template(),
        "traffic_statuses": (Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=100),),
        "latest_ready_revision": f"{path}/revisions/{name}-00002-abc",
        "latest_created_revision": f"{path}/revisions/{name}-00002-abc",
    }
    return _made(Service, fields, changes)


def template(*variables: Variable, **changes: Any) -> Template:
    """A revision on the connector, with these environment variables."""
    fields: dict[str, Any] = {
        "containers": (Container(name="app", env=variables),),
        "vpc_access": VpcAccess(
            connector=f"projects/{PROJECT}/locations/{REGION}/connectors/staging", egress="PRIVATE_RANGES_ONLY"
        ),
        "timeout": "300s",
    }
    return Template(**(fields | changes))


def variable(name: str, value: str) -> Variable:
    """A literal environment variable, as it survives the edge."""
    return Variable(name=name, value=value)


def route(name: str = "custom", **changes: Any) -> Route:
    """A static route of the network, through a VPN tunnel."""
    fields = {
        "network": COMPUTE + VPC,
        "dest_range": "192.168.0.0/16",
        "route_type": "STATIC",
        "next_hop_vpn_tunnel": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/vpnTunnels/office",
    }
    return _made(Route, _compute("global/routes", name) | fields, changes)


def allocated_range(name: str = "services", **changes: Any) -> Address:
    """A range allocated for private services access of the network."""
    fields = {
        "network": COMPUTE + VPC,
        "address": "10.20.0.0",
        "prefix_length": 16,
        "address_type": "INTERNAL",
        "purpose": "VPC_PEERING",
        "status": "RESERVED",
    }
    return _made(Address, _compute("global/addresses", name) | fields, changes)


def private_connection(network: str = "vpc", **changes: Any) -> PrivateConnection:
    """The network's connection to Google's services over the range `services`."""
    fields = {
        "name": "",
        "project": PROJECT,
        "network": f"projects/{NUMBER}/global/networks/{network}",
        "peering": "servicenetworking-googleapis-com",
        "service": "services/servicenetworking.googleapis.com",
        "reserved_peering_ranges": ("services",),
    }
    return _made(PrivateConnection, fields, changes)


def services_peering(**changes: Any) -> Peering:
    """The active peering that a private connection rides on."""
    fields: dict[str, Any] = {
        "name": "servicenetworking-googleapis-com",
        "state": "ACTIVE",
        "exchange_subnet_routes": True,
    }
    return Peering(**(fields | changes))


def router(name: str = "router", **changes: Any) -> Router:
    """A router of the network with a public NAT."""
    fields = {
        "network": COMPUTE + VPC,
        "location": REGION,
        "nats": (Nat(name="nat", source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES"),),
    }
    return _made(Router, _compute(f"regions/{REGION}/routers", name) | fields, changes)


def redis_cluster(name: str = "shards", **changes: Any) -> RedisCluster:
    """An active cluster with endpoints in the network."""
    fields = {
        "name": f"projects/{PROJECT}/locations/{REGION}/clusters/{name}",
        "project": PROJECT,
        "location": REGION,
        "state": "ACTIVE",
        "psc_configs": (PscConfig(network=VPC),),
    }
    return _made(RedisCluster, fields, changes)


def rule(name: str = "rule", **changes: Any) -> FirewallRule:
    """An enabled classic rule that allows tcp:6379 out to everywhere."""
    fields: dict[str, Any] = {"name": name, "network": COMPUTE + VPC, "direction": "EGRESS"}
    if not changes.keys() & {"allowed", "denied"}:
        fields["allowed"] = tcp("6379")
    return FirewallRule(**(fields | changes))


def tcp(*ports: str) -> tuple[Ports, ...]:
    """TCP with these ports; all of them without any."""
    return (Ports(protocol="tcp", ports=ports),)


def firewalls(*rules: FirewallRule, policies: tuple[EffectivePolicy, ...] = (), **changes: Any) -> NetworkFirewalls:
    """The effective firewall of the network; regional answers come from `region_firewalls`."""
    fields = {"network": VPC, "project": PROJECT, "firewalls": rules, "firewall_policys": policies}
    return NetworkFirewalls(**(fields | changes))


def region_firewalls(*policies: EffectivePolicy, region: str = REGION, **changes: Any) -> RegionFirewalls:
    """The effective firewall of the network in a region: here only its policies."""
    fields = {"network": VPC, "project": PROJECT, "location": region, "firewall_policys": policies}
    return RegionFirewalls(**(fields | changes))


def vm(name: str = "worker", *tags: str, account: str = "", address: str = "10.1.0.5", **changes: Any) -> Instance:
    """A running VM in subnet `apps`, with these network tags, as this service account, without an external address."""
    fields = {
        "location": ZONE,
        "status": "RUNNING",
        "network_interfaces": (vm_interface(network_ip=address),),
        "tags": Tags(items=tags),
        "service_accounts": (ServiceAccount(email=account),) if account else (),
    }
    return _made(Instance, _compute(f"zones/{ZONE}/instances", name) | fields, changes)


def vm_interface(external: str = "", **changes: Any) -> VmInterface:
    """An interface in subnet `apps`, with this external address if any."""
    fields: dict[str, Any] = {
        "name": "nic0",
        "network": COMPUTE + VPC,
        "subnetwork": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/subnetworks/apps",
        "network_ip": "10.1.0.5",
        "access_configs": (AccessConfig(type="ONE_TO_ONE_NAT", nat_ip=external),) if external else (),
    }
    return VmInterface(**(fields | changes))


def address_group(name: str = "offices", *items: str, **changes: Any) -> AddressGroup:
    """A global IPv4 group of the project."""
    fields = {
        "name": f"projects/{PROJECT}/locations/global/addressGroups/{name}",
        "project": PROJECT,
        "location": "global",
        "type": "IPV4",
        "items": items or ("198.51.100.0/24",),
    }
    return _made(AddressGroup, fields, changes)


def policy_route(name: str = "via-appliance", **changes: Any) -> PolicyRoute:
    """Sends everything for 10.50.0.0/16, from every VM of the network, to a load balancer's address."""
    fields = {
        "name": f"projects/{PROJECT}/locations/global/policyBasedRoutes/{name}",
        "project": PROJECT,
        "location": "global",
        "network": COMPUTE + VPC,
        "filter": PacketFilter(src_range="0.0.0.0/0", dest_range="10.50.0.0/16", protocol_version="IPV4"),
        "next_hop_ilb_ip": "10.1.0.99",
    }
    return _made(PolicyRoute, fields, changes)


def router_status(*learned: LearnedRoute, name: str = "router", **changes: Any) -> RouterStatus:
    """What the router has learned, by BGP; nothing without arguments."""
    fields = {
        "name": name,
        "project": PROJECT,
        "location": REGION,
        "network": COMPUTE + VPC,
        "best_routes": learned,
        "best_routes_for_router": learned,
    }
    return _made(RouterStatus, fields, changes)


def learned_route(dest_range: str = "192.168.0.0/16", **changes: Any) -> LearnedRoute:
    """A route learned by BGP from the other end of a VPN tunnel."""
    fields: dict[str, Any] = {
        "network": COMPUTE + VPC,
        "dest_range": dest_range,
        "priority": 100,
        "route_type": "BGP",
        "route_status": "ACTIVE",
        "next_hop_ip": "169.254.10.2",
        "next_hop_vpn_tunnel": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/vpnTunnels/office",
    }
    return LearnedRoute(**(fields | changes))


def health_check(name: str = "http", **changes: Any) -> HealthCheck:
    """A global HTTP check of port 8080."""
    fields = {"location": "global", "type": "HTTP", "http_health_check": Probe(port=8080)}
    return _made(HealthCheck, _compute("global/healthChecks", name) | fields, changes)


def instance_group(name: str = "web", **changes: Any) -> InstanceGroup:
    """A zonal group of two VMs in subnet `apps`, whose port `http` is 8080."""
    fields = {
        "location": ZONE,
        "network": COMPUTE + VPC,
        "subnetwork": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/subnetworks/apps",
        "zone": f"{COMPUTE}projects/{PROJECT}/zones/{ZONE}",
        "named_ports": (NamedPort(name="http", port=8080),),
        "size": 2,
    }
    return _made(InstanceGroup, _compute(f"zones/{ZONE}/instanceGroups", name) | fields, changes)


def neg(name: str = "pods", **changes: Any) -> NetworkEndpointGroup:
    """A zonal NEG of addresses and ports in subnet `apps`."""
    fields = {
        "location": ZONE,
        "network_endpoint_type": "GCE_VM_IP_PORT",
        "network": COMPUTE + VPC,
        "subnetwork": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/subnetworks/apps",
        "default_port": 8080,
    }
    return _made(NetworkEndpointGroup, _compute(f"zones/{ZONE}/networkEndpointGroups", name) | fields, changes)


def backend_service(*groups: Resource, name: str = "web", **changes: Any) -> BackendService:
    """An external HTTP backend service on these groups, probed by health check `http`."""
    fields = {
        "location": "global",
        "backends": tuple(Backend(group=COMPUTE + group.path) for group in groups),
        "protocol": "HTTP",
        "port_name": "http",
        "health_checks": (f"{COMPUTE}projects/{PROJECT}/global/healthChecks/http",),
        "load_balancing_scheme": "EXTERNAL_MANAGED",
    }
    return _made(BackendService, _compute("global/backendServices", name) | fields, changes)


def _compute(collection: str, name: str) -> dict[str, Any]:
    path = f"projects/{PROJECT}/{collection}/{name}"
    return {"name": name, "project": PROJECT, "self_link": COMPUTE + path}


def _made(kind: type[R], fields: dict[str, Any], changes: dict[str, Any]) -> R:
    return kind(**(fields | changes))
