"""The networks: `staging-vpc`, where everything belongs, and `default`, which nobody asked for.

House policy on both: an egress deny-all at priority 65000, so whatever may leave is listed above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.emulator.world import Described
from tests.environments.describe import (
    COMPUTE,
    HOST_NUMBER,
    HOST_PROJECT,
    NUMBER,
    PROJECT,
    REGION,
    compute,
    network_link,
    regional,
    worldwide,
)

VPC, SHARED = "staging-vpc", "shared-vpc"
WORKER_TAG, BASTION_TAG = "chat-worker", "bastion"
CONNECTOR_RANGE = "10.2.0.0/28"
REDIS_HOST, REDIS_RANGE = "10.166.204.83", "10.166.204.80/29"
PSA_RANGE, PSA_REDIS_HOST = "10.20.0.0/16", "10.20.1.4"
PUBLIC_IP, NAT_IP = "203.0.113.10", "203.0.113.77"
_PSA_PEERING = "servicenetworking-googleapis-com"
_SERVICE = "services/servicenetworking.googleapis.com"
_ROUTES: Mapping[str, str] = {"default-route-0f3c": "10.1.0.0/24", "default-route-71aa": "10.1.4.0/24"}
#: Auto mode puts a subnet into each region; those of three regions are enough here.
_AUTO = {"us-central1": "10.128.0.0/20", "us-east1": "10.142.0.0/20", "europe-west1": "10.132.0.0/20"}


def own_networks() -> Iterator[Described]:
    """Both networks of the project itself, Redis peered to `staging-vpc` directly."""
    redis = _peering("redis-peer-411000000001", "h3f9a1c2b4d5e6f70-tp", "redis-411000000001")
    yield from _custom_network(PROJECT, NUMBER, VPC, redis)
    yield _peering_route(PROJECT, VPC, "peering-route-9b1d", REDIS_RANGE, redis["name"])
    yield from default_network()
    yield from (*_psa_rules(PROJECT, VPC), *_redis_rules(PROJECT, VPC, REDIS_HOST))
    yield firewall(VPC, "staging-deny-all-egress", priority=65000, denied=_all(), destinationRanges=["0.0.0.0/0"])


def shared_networks() -> Iterator[Described]:
    """The network of the Shared VPC host, Redis on private services access, the connector in a subnet."""
    yield from _custom_network(HOST_PROJECT, HOST_NUMBER, SHARED)
    yield _subnet(SHARED, "connector-subnet", CONNECTOR_RANGE, project=HOST_PROJECT)
    yield _subnet_route(HOST_PROJECT, SHARED, "default-route-c0de", CONNECTOR_RANGE)
    yield from (*_psa_rules(HOST_PROJECT, SHARED), *_redis_rules(HOST_PROJECT, SHARED, PSA_REDIS_HOST))
    yield _peering_route(HOST_PROJECT, SHARED, "peering-route-6e20", "10.20.1.0/29", _PSA_PEERING)
    yield from _connector_plumbing()
    everything = {"denied": _all(), "destinationRanges": ["0.0.0.0/0"]}
    yield firewall(SHARED, "staging-deny-all-egress", HOST_PROJECT, priority=65000, **everything)


def firewall(network: str, name: str, project: str = PROJECT, /, **fields: Any) -> Described:
    """A classic rule, egress unless `direction` says otherwise; `allowed` and `denied` as the API spells them."""
    rest = {"direction": "EGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": True}} | fields
    return compute("firewall", worldwide("firewalls", project), name, network=network_link(project, network), **rest)


def tcp(*ports: str) -> list[dict[str, Any]]:
    """These TCP ports, as `allowed` and `denied` spell them."""
    return [{"IPProtocol": "tcp", "ports": list(ports)}]


def _all() -> list[dict[str, Any]]:
    return [{"IPProtocol": "all"}]


def _custom_network(project: str, number: str, name: str, *peerings: dict[str, Any]) -> Iterator[Described]:
    psa = _peering(_PSA_PEERING, "b7c1d0e9f8a76543-tp", "servicenetworking")
    yield compute(
        "network",
        worldwide("networks", project),
        name,
        autoCreateSubnetworks=False,
        mtu=1460,
        routingConfig={"routingMode": "REGIONAL"},
        networkFirewallPolicyEnforcementOrder="AFTER_CLASSIC_FIREWALL",
        subnetworks=[
            f"{COMPUTE}{regional('subnetworks', project=project)}/{s}" for s in ("staging-apps", "staging-run")
        ],
        peerings=[psa, *peerings],
    )
    pods = [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/20"}]
    yield _subnet(name, "staging-apps", "10.1.0.0/24", project=project, secondaryIpRanges=pods)
    yield _subnet(name, "staging-run", "10.1.4.0/24", project=project)
    yield _internet_route(project, name)
    yield from (_subnet_route(project, name, route, dest) for route, dest in _ROUTES.items())
    yield _peering_route(project, name, "peering-route-52c7", "10.20.0.0/24", _PSA_PEERING)
    yield from (*_nat(project, name), *_private_services(project, number, name))
    google = {"allowed": tcp("443"), "destinationRanges": ["199.36.153.8/30"]}
    yield firewall(name, "staging-allow-google-apis-egress", project, **google)
    https = {"allowed": tcp("443"), "destinationRanges": ["0.0.0.0/0"], "targetTags": [WORKER_TAG]}
    yield firewall(name, "staging-allow-worker-https-egress", project, **https)
    shell = {"direction": "INGRESS", "sourceRanges": ["35.235.240.0/20"], "targetTags": [BASTION_TAG]}
    yield firewall(name, "staging-allow-iap-ssh", project, allowed=tcp("22"), **shell)


def open_default_rules() -> Iterator[Described]:
    """The rules that a new project's network `default` comes with and that let the internet in."""
    anybody = {"direction": "INGRESS", "sourceRanges": ["0.0.0.0/0"], "priority": 65534}
    yield firewall("default", "default-allow-ssh", allowed=tcp("22"), **anybody)
    yield firewall("default", "default-allow-rdp", allowed=tcp("3389"), **anybody)
    yield firewall("default", "default-allow-icmp", allowed=[{"IPProtocol": "icmp"}], **anybody)


def default_network() -> Iterator[Described]:
    """The network that every new project has, without the rules that are open to the internet."""
    collection = worldwide("networks")
    yield compute(
        "network",
        collection,
        "default",
        description="Default network for the project",
        autoCreateSubnetworks=True,
        routingConfig={"routingMode": "REGIONAL"},
        networkFirewallPolicyEnforcementOrder="AFTER_CLASSIC_FIREWALL",
        subnetworks=[f"{COMPUTE}{regional('subnetworks', region)}/default" for region in _AUTO],
    )
    yield _internet_route(PROJECT, "default")
    for position, (region, cidr) in enumerate(_AUTO.items()):
        yield _subnet("default", "default", cidr, region=region)
        yield _subnet_route(PROJECT, "default", f"default-route-a{position}e1", cidr)
    inside = {"allowed": tcp("0-65535"), "sourceRanges": ["10.128.0.0/9"], "priority": 65534}
    yield firewall("default", "default-allow-internal", direction="INGRESS", **inside)
    everything = {"denied": _all(), "destinationRanges": ["0.0.0.0/0"], "priority": 65000}
    yield firewall("default", "default-deny-all-egress", **everything)


def _subnet(
    network: str, name: str, cidr: str, *, region: str = REGION, project: str = PROJECT, **rest: Any
) -> Described:
    return compute(
        "subnet",
        regional("subnetworks", region, project),
        name,
        network=network_link(project, network),
        ipCidrRange=cidr,
        gatewayAddress=cidr.rsplit(".", 1)[0] + ".1",
        privateIpGoogleAccess=True,
        purpose="PRIVATE",
        stackType="IPV4_ONLY",
        **rest,
    )


def _route(project: str, network: str, name: str, dest: str, **rest: Any) -> Described:
    link = network_link(project, network)
    return compute("route", worldwide("routes", project), name, network=link, destRange=dest, **rest)


def _internet_route(project: str, network: str) -> Described:
    gateway = f"{COMPUTE}projects/{project}/global/gateways/default-internet-gateway"
    return _route(project, network, f"default-route-{network}", "0.0.0.0/0", priority=1000, nextHopGateway=gateway)


def _subnet_route(project: str, network: str, name: str, cidr: str) -> Described:
    return _route(project, network, name, cidr, priority=0, nextHopNetwork=network_link(project, network))


def _peering_route(project: str, network: str, name: str, cidr: str, peering: str) -> Described:
    text = f"Auto generated route via peering [{peering}]."
    return _route(project, network, name, cidr, priority=0, nextHopPeering=peering, description=text)


def _peering(name: str, tenant: str, network: str) -> dict[str, Any]:
    return {
        "name": name,
        "network": network_link(tenant, network),
        "state": "ACTIVE",
        "stateDetails": "[2026-03-02T09:20:00.000-08:00]: Connected.",
        "autoCreateRoutes": True,
        "exchangeSubnetRoutes": True,
        "exportCustomRoutes": False,
        "importCustomRoutes": False,
        "exportSubnetRoutesWithPublicIp": False,
        "importSubnetRoutesWithPublicIp": False,
        "stackType": "IPV4_ONLY",
    }


def _nat(project: str, network: str) -> Iterator[Described]:
    address = compute(
        "address",
        regional("addresses", project=project),
        "staging-nat-ip",
        address=NAT_IP,
        addressType="EXTERNAL",
        networkTier="PREMIUM",
        status="IN_USE",
    )
    yield address
    nat = {
        "name": "staging-nat",
        "type": "PUBLIC",
        "natIpAllocateOption": "MANUAL_ONLY",
        "natIps": [address.body["selfLink"]],
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
        "endpointTypes": ["ENDPOINT_TYPE_VM"],
    }
    collection = regional("routers", project=project)
    yield compute("router", collection, "staging-router", network=network_link(project, network), nats=[nat])


def _private_services(project: str, number: str, network: str) -> Iterator[Described]:
    first, _, length = PSA_RANGE.partition("/")
    yield compute(
        "address",
        worldwide("addresses", project),
        "staging-private-services",
        address=first,
        prefixLength=int(length),
        addressType="INTERNAL",
        purpose="VPC_PEERING",
        status="RESERVED",
        network=network_link(project, network),
    )
    connection = {
        "network": f"projects/{number}/global/networks/{network}",
        "peering": _PSA_PEERING,
        "reservedPeeringRanges": ["staging-private-services"],
        "service": _SERVICE,
    }
    yield Described("private-connection", f"{_SERVICE}/connections", connection)


def _redis_rules(project: str, network: str, host: str) -> Iterator[Described]:
    redis = {"allowed": tcp("6379"), "destinationRanges": [f"{host}/32"], "priority": 900}
    yield firewall(network, "staging-allow-connector-redis-egress", project, targetTags=["vpc-connector"], **redis)
    yield firewall(network, "staging-allow-worker-redis-egress", project, targetTags=[WORKER_TAG], **redis)


def _psa_rules(project: str, network: str) -> Iterator[Described]:
    sql = {"allowed": tcp("3307", "5432"), "destinationRanges": [PSA_RANGE], "priority": 900}
    tags = ["vpc-connector", WORKER_TAG]
    yield firewall(network, "staging-allow-sql-egress", project, targetTags=tags, **sql)


def _connector_plumbing() -> Iterator[Described]:
    """What a connector in a service project needs of its host; in a project of its own Google adds these.

    https://cloud.google.com/run/docs/configuring/shared-vpc-connectors
    """
    tag = {"targetTags": ["vpc-connector"], "priority": 100}
    serverless = [*tcp("667"), {"IPProtocol": "udp", "ports": ["665-666"]}, {"IPProtocol": "icmp"}]
    relay = {"allowed": serverless, **tag}
    probes = {"allowed": tcp("667"), "sourceRanges": ["35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22"], **tag}
    yield firewall(
        SHARED,
        "serverless-to-vpc-connector",
        HOST_PROJECT,
        direction="INGRESS",
        sourceRanges=["35.199.224.0/19"],
        **relay,
    )
    yield firewall(SHARED, "vpc-connector-to-serverless", HOST_PROJECT, destinationRanges=["35.199.224.0/19"], **relay)
    yield firewall(SHARED, "vpc-connector-health-checks", HOST_PROJECT, direction="INGRESS", **probes)
    internal = {"allowed": _all(), "sourceTags": ["vpc-connector"]}
    yield firewall(SHARED, "vpc-connector-requests", HOST_PROJECT, direction="INGRESS", **internal)
