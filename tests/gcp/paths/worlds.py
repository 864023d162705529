"""Healthy environments of builders, and the traces through them."""

from __future__ import annotations

from tests.builders import (
    COMPUTE,
    PROJECT,
    REGION,
    VPC,
    allocated_range,
    compute_project,
    connector,
    firewalls,
    network,
    private_connection,
    project,
    redis,
    redis_cluster,
    region_firewalls,
    route,
    router,
    rule,
    service,
    services_peering,
    sql,
    subnet,
    tcp,
    template,
    vm,
    vm_interface,
)
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Reach
from validator.headerspace.intervals import Intervals
from validator.model.dns import DnsRecordSet, DnsZone, PrivateVisibility, ZoneNetwork
from validator.model.firewall import FirewallRule, NetworkFirewalls
from validator.model.instance import AccessConfig, VmInterface
from validator.model.loadbalancer import ForwardingRule
from validator.model.network import Address, Nat, Peering, Route
from validator.model.redis import DiscoveryEndpoint, PscConfig, PscConnection, RedisCluster
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Service, VpcAccess
from validator.model.sql import AuthorizedNetwork, IpConfiguration, IpMapping, Settings, SqlInstance, SqlPsc
from validator.model.table import Table

GATEWAY = f"{COMPUTE}projects/{PROJECT}/global/gateways/default-internet-gateway"
TENANT = f"{COMPUTE}projects/h3f9a1c2b4d5e6f70-tp/global/networks/redis-411000000001"
APPS = f"projects/{PROJECT}/regions/{REGION}/subnetworks/apps"


def paths(*rows: Resource) -> Paths:
    """The fact when the rows are all there is."""
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    found: Paths = supply.value(Paths)
    return found


def trace(
    source: str, destination: str, *rows: Resource, services: Intervals | None = None, network: str = ""
) -> Reach:
    return paths(*rows).trace(source, destination, services, network)


def codes(reach: Reach) -> list[tuple[str, str]]:
    """End and code of every trace, in order, each once."""
    return list(dict.fromkeys((str(one.end), one.code) for one in reach.traces))


def redis_peering(**changes: object) -> Peering:
    fields: dict[str, object] = {"name": "redis-peer-411000000001", "network": TENANT, "state": "ACTIVE"}
    return Peering(**(fields | {"exchange_subnet_routes": True} | changes))  # type: ignore[arg-type]


def redis_route(**changes: object) -> Route:
    return imported("peering-route-9b1d", "10.166.204.80/29", "redis-peer-411000000001", **changes)


def services_route(**changes: object) -> Route:
    return imported("peering-route-52c7", "10.20.0.0/24", "servicenetworking-googleapis-com", **changes)


def imported(name: str, cidr: str, peering: str, **changes: object) -> Route:
    """A route that a peering brings."""
    fields: dict[str, object] = {"dest_range": cidr, "priority": 0, "route_type": "", "next_hop_vpn_tunnel": ""}
    return route(name, **(fields | {"next_hop_peering": peering} | changes))


def default_route(**changes: object) -> Route:
    fields: dict[str, object] = {"dest_range": "0.0.0.0/0", "next_hop_gateway": GATEWAY, "next_hop_vpn_tunnel": ""}
    return route("default-route-vpc", **(fields | changes))


def healthy(*others: Resource, without: tuple[type[Resource], ...] = ()) -> tuple[Resource, ...]:
    """A network with everything: a row of a kind given in `without` or repeated in `others` by path is left out."""
    google = TENANT.replace("redis-411000000001", "servicenetworking")
    rows: tuple[Resource, ...] = (
        compute_project(),
        network(peerings=(redis_peering(), services_peering(network=google))),
        subnet(private_ip_google_access=True),
        connector(),
        service(),
        redis(),
        redis_route(),
        services_route(),
        default_route(),
        router(),
        allocated_range(),
        private_connection(),
        firewalls(),
        region_firewalls(),
    )
    taken = {other.path for other in others}
    return (*others, *(row for row in rows if row.path not in taken and not isinstance(row, without)))


def all_traffic() -> Service:
    """The service, sending everything through its connector."""
    path = connector().name
    return service(template=template(vpc_access=VpcAccess(connector=path, egress="ALL_TRAFFIC")))


def direct(*tags: str, egress: str = "", subnetwork: str = APPS) -> Service:
    """The service, with an interface in a subnet."""
    interface = NetworkInterface(network=VPC, subnetwork=subnetwork, tags=tags)
    return service(template=template(vpc_access=VpcAccess(network_interfaces=(interface,), egress=egress)))


def shards(where: str = VPC, status: str = "PSC_CONNECTION_STATUS_ACTIVE", first: str = "10.1.0.20") -> RedisCluster:
    """A cluster with two endpoints in a network."""
    last = first[:-1] + str(int(first[-1]) + 1)
    links = [PscConnection(address=text, network=where, psc_connection_status=status) for text in (first, last)]
    discovery = DiscoveryEndpoint(address=first, port=6379, psc_config=PscConfig(network=where))
    configs = (PscConfig(network=where),)
    return redis_cluster(psc_configs=configs, psc_connections=tuple(links), discovery_endpoints=(discovery,))


ATTACHMENT = "projects/h8-tp/regions/us-central1/serviceAttachments/a-db"


def psc_sql(**changes: object) -> SqlInstance:
    """A Cloud SQL instance that is reached by Private Service Connect only."""
    psc = SqlPsc(psc_enabled=True, allowed_consumer_projects=(PROJECT,))
    settings = Settings(activation_policy="ALWAYS", ip_configuration=IpConfiguration(psc_config=psc))
    fields: dict[str, object] = {"settings": settings, "ip_addresses": (), "psc_service_attachment_link": ATTACHMENT}
    return sql(**(fields | changes))  # type: ignore[arg-type]


def endpoint_rule(**changes: object) -> ForwardingRule:
    """An endpoint that leads to the instance."""
    fields: dict[str, object] = {
        "name": "db-endpoint",
        "project": PROJECT,
        "location": REGION,
        "self_link": f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/forwardingRules/db-endpoint",
        "ip_address": "10.1.0.30",
        "network": COMPUTE + VPC,
        "target": COMPUTE + ATTACHMENT,
        "psc_connection_status": "ACCEPTED",
    }
    return ForwardingRule(**(fields | changes))  # type: ignore[arg-type]


def public_sql(*admitted: str, more: tuple[str, ...] = (), expires: str = "") -> tuple[Resource, ...]:
    """A Cloud SQL instance with a public address only, and a NAT whose address is known."""
    networks = tuple(AuthorizedNetwork(value=text, expiration_time=expires) for text in admitted)
    config = IpConfiguration(ipv4_enabled=True, authorized_networks=networks)
    row = sql(
        settings=Settings(activation_policy="ALWAYS", ip_configuration=config),
        ip_addresses=(IpMapping(type="PRIMARY", ip_address="34.1.2.3"),),
    )
    path = f"projects/{PROJECT}/regions/{REGION}/addresses/nat-ip"
    reserved = Address(name="nat-ip", project=PROJECT, location=REGION, self_link=COMPUTE + path, address="34.2.2.77")
    nat = Nat(
        name="nat",
        nat_ip_allocate_option="MANUAL_ONLY",
        nat_ips=(COMPUTE + path, *more),
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    return (row, reserved, router(nats=(nat,)))


OTHER = f"projects/{PROJECT}/global/networks/other"


def other_network(*rules: FirewallRule) -> tuple[Resource, ...]:
    """A second network, peered with the first, with a VM that takes everything."""
    here, there = (
        Peering(name=name, network=COMPUTE + path, state="ACTIVE", exchange_subnet_routes=True)
        for name, path in (("to-other", OTHER), ("to-vpc", VPC))
    )
    admit = rule("admit", network=COMPUTE + OTHER, direction="INGRESS", source_ranges=("10.0.0.0/8",), allowed=tcp())
    far = vm_interface(network=COMPUTE + OTHER, subnetwork=f"{COMPUTE}{APPS}-far", network_ip="10.9.0.5")
    return (
        network(peerings=(redis_peering(), here)),
        network("other", peerings=(there,)),
        subnet("apps-far", network=COMPUTE + OTHER, ip_cidr_range="10.9.0.0/24"),
        imported("peering-route-other", "10.9.0.0/24", "to-other"),
        vm("far", network_interfaces=(far,)),
        firewalls(*(rules or (admit,)), network=OTHER),
        region_firewalls(network=OTHER),
    )


def internet_ingress(*sources: str) -> NetworkFirewalls:
    """A firewall that lets the internet in."""
    return firewalls(rule("open", direction="INGRESS", source_ranges=sources or ("0.0.0.0/0",), allowed=tcp()))


def private_zone(dns_name: str, **changes: object) -> DnsZone:
    """A private zone that the network sees."""
    visible = PrivateVisibility(networks=(ZoneNetwork(network_url=COMPUTE + VPC),))
    fields: dict[str, object] = {"name": "private", "project": PROJECT, "dns_name": dns_name, "visibility": "private"}
    return DnsZone(**(fields | {"private_visibility_config": visible} | changes))  # type: ignore[arg-type]


def record(name: str, *data: str, kind: str = "A", **changes: object) -> DnsRecordSet:
    """A record set of the private zone."""
    fields: dict[str, object] = {"name": name, "project": PROJECT, "managed_zone": "private", "type": kind}
    return DnsRecordSet(**(fields | {"rrdatas": data} | changes))  # type: ignore[arg-type]


def dual_stack(*, external: bool = False, nat_ip: str = "") -> tuple[Resource, ...]:
    """Two VMs in a subnet with internal IPv6 addresses, or with external ones, and what lets them talk."""
    prefix = "2600:1900:4000:1::/64" if external else "fd20:1:2:3::/64"
    stem = prefix.removesuffix("/64")

    def nic(last: str, v4: str) -> VmInterface:
        configs = (AccessConfig(type="DIRECT_IPV6", external_ipv6=stem + last),) if external else ()
        own = {"ipv6_access_configs": configs} if external else {"ipv6_address": stem + last}
        return vm_interface(nat_ip, network_ip=v4, stack_type="IPV4_IPV6", **own)

    six = {"external_ipv6_prefix" if external else "internal_ipv6_prefix": prefix}
    admit = rule("admit", direction="INGRESS", source_ranges=("10.0.0.0/8",), allowed=tcp())
    admit6 = rule("admit6", direction="INGRESS", source_ranges=(prefix,), allowed=tcp())
    return (
        subnet(stack_type="IPV4_IPV6", **six),
        vm("worker", network_interfaces=(nic("5", "10.1.0.5"),)),
        vm("six", network_interfaces=(nic("6", "10.1.0.6"),)),
        route("default6", dest_range="::/0", next_hop_vpn_tunnel="", next_hop_gateway=GATEWAY),
        firewalls(admit, admit6),
    )


def to_connector() -> NetworkFirewalls:
    """A firewall that lets VMs reach connectors."""
    sources = ("10.1.0.0/24",)
    return firewalls(
        rule("in", direction="INGRESS", source_ranges=sources, allowed=tcp(), target_tags=("vpc-connector",))
    )
