"""network.consistency finds what sits on another VPC."""

from __future__ import annotations

import msgspec
import pytest

from checks.network.consistency import NetworkConsistency, network_consistency
from tests.builders import (
    COMPUTE,
    PROJECT,
    REGION,
    VPC,
    connector,
    network,
    private_connection,
    project,
    redis,
    redis_cluster,
    router,
    service,
    sql,
    subnet,
    template,
)
from tests.judging import codes, verdicts
from validator.check import Proof, Skip, Undecided, Violation
from validator.model.connector import ConnectorSubnet
from validator.model.network import Nat, NatSubnetwork, Router
from validator.model.redis import PscConfig
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Service, VpcAccess
from validator.model.sql import IpConfiguration, Settings, SqlPsc

_PLAIN = NetworkConsistency()
_OTHER = VPC.replace("vpc", "other")
_NAT = NetworkConsistency(nat=True)
_EVERY = "ALL_SUBNETWORKS_ALL_IP_RANGES"


def _nat(*listed: str, ranges: str = "PRIMARY_IP_RANGE", **changes: object) -> Router:
    """A router whose NAT takes the listed subnets, or every one."""
    rows = tuple(
        NatSubnetwork(
            name=f"{COMPUTE}projects/acme/regions/{REGION}/subnetworks/{name}", source_ip_ranges_to_nat=(ranges,)
        )
        for name in listed
    )
    which = "LIST_OF_SUBNETWORKS" if listed else _EVERY
    nat = Nat(name="nat", subnetworks=rows, source_subnetwork_ip_ranges_to_nat=which)
    return router(nats=(msgspec.structs.replace(nat, **changes),))


def _sql_on(private_network: str = "", *, psc: bool = False) -> Settings:
    config = IpConfiguration(private_network=private_network, psc_config=SqlPsc(psc_enabled=psc))
    return Settings(ip_configuration=config)


def _direct(network: str = "", subnetwork: str = "") -> Service:
    return service(
        "front",
        template=template(
            vpc_access=VpcAccess(network_interfaces=(NetworkInterface(network=network, subnetwork=subnetwork),))
        ),
    )


def _bare(name: str = "front") -> Service:
    return service(name, template=template(vpc_access=None))


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        pytest.param((connector(), redis(), redis_cluster(), sql(), service()), _PLAIN, id="everything on it"),
        pytest.param(
            (redis(authorized_network=COMPUTE + VPC), sql()), _PLAIN, id="other spellings of the same network"
        ),
        pytest.param((redis(authorized_network=VPC.replace("acme", "123456789")),), _PLAIN, id="the project's number"),
        pytest.param((connector(), _bare()), _PLAIN, id="a service without VPC access is no member"),
        pytest.param(
            (connector(), sql(settings=_sql_on())), _PLAIN, id="Cloud SQL without private network is no member"
        ),
        pytest.param(
            (connector(), sql(settings=_sql_on(psc=True))),
            _PLAIN,
            id="Cloud SQL on Private Service Connect is no member",
        ),
        pytest.param((_direct(network="vpc", subnetwork="apps"), subnet()), _PLAIN, id="an interface"),
        pytest.param((_direct(subnetwork="apps"), subnet()), _PLAIN, id="an interface named by its subnet only"),
        pytest.param(
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps")), subnet()),
            _PLAIN,
            id="a connector in a subnet",
        ),
        pytest.param(
            (redis_cluster(psc_configs=(PscConfig(network=_OTHER), PscConfig(network=VPC))),),
            _PLAIN,
            id="a cluster with endpoints here and elsewhere",
        ),
        pytest.param(
            (connector(), redis(authorized_network=_OTHER)),
            NetworkConsistency(members=("connector/*",)),
            id="what is not asked for may sit elsewhere",
        ),
        pytest.param((connector(), router()), NetworkConsistency(nat=True), id="a NAT in the connector's region"),
        pytest.param((redis(),), NetworkConsistency(nat=True), id="no NAT where nothing sends"),
        pytest.param(
            (connector(), _nat(nat_ip_allocate_option="MANUAL_ONLY", nat_ips=("34.1.2.3",))),
            _NAT,
            id="addresses by hand",
        ),
        pytest.param((connector(), _nat(endpoint_types=("ENDPOINT_TYPE_VM",))), _NAT, id="a NAT for VM interfaces"),
        pytest.param(
            (connector(), _nat(source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES")),
            _NAT,
            id="a NAT of all primary ranges",
        ),
        pytest.param((_direct(subnetwork="apps"), subnet(), _nat("apps")), _NAT, id="a NAT that lists the subnet"),
        pytest.param(
            (_direct(subnetwork="apps"), subnet(), _nat("apps", ranges="ALL_IP_RANGES")), _NAT, id="with all its ranges"
        ),
        pytest.param(
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps")), subnet(), _nat("apps")),
            _NAT,
            id="a NAT that lists a connector's subnet",
        ),
        pytest.param((sql(), private_connection()), NetworkConsistency(private_services=True), id="private services"),
        pytest.param((connector(), router(network=COMPUTE + _OTHER)), _PLAIN, id="a NAT elsewhere if none is declared"),
    ],
)
def test_passes(rows: tuple[Resource, ...], params: NetworkConsistency) -> None:
    (found,) = verdicts(network_consistency, network(), project(), *rows, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    ("rows", "params", "code", "says"),
    [
        pytest.param(
            (connector(network="staging-vpc"), redis()),
            _PLAIN,
            "ROUTE_WRONG_NETWORK",
            "connector/staging is on staging-vpc",
            id="a connector with a hardcoded network",
        ),
        pytest.param(
            (connector(), redis(authorized_network="")),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "redis/cache is on default",
            id="Redis whose network was left out is on default",
        ),
        pytest.param(
            (connector(), sql(settings=_sql_on(f"/{_OTHER}"))),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "sql/db is on other",
            id="Cloud SQL on another network",
        ),
        pytest.param(
            (connector(), redis_cluster(psc_configs=(PscConfig(network=_OTHER),))),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
            "redis-cluster/shards is on other",
            id="a cluster without an endpoint here",
        ),
        pytest.param(
            (connector(), _direct(network="other")),
            _PLAIN,
            "ROUTE_WRONG_NETWORK",
            "run/front is on other",
            id="an interface on another network",
        ),
        pytest.param(
            (redis(authorized_network=VPC.replace("acme", "acme-host")),),
            _PLAIN,
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "vpc (project acme-host)",
            id="a network of the same name in another project",
        ),
        pytest.param(
            (connector(network="other"), service()),
            NetworkConsistency(members=("run/backend",)),
            "ROUTE_WRONG_NETWORK",
            "run/backend is on other (project acme) through connector/staging",
            id="a service by its connector, where only the service is asked for",
        ),
        pytest.param(
            (connector(),),
            NetworkConsistency(members=("connector/staging", "redis/cache")),
            "RESOURCE_CONFIG_NOT_FOUND",
            "redis/cache must be on network/vpc",
            id="a declared member that does not exist",
        ),
        pytest.param(
            (_bare(),),
            NetworkConsistency(members=("run/front",)),
            "VPC_CONNECTOR_NOT_SET",
            "has no VPC access",
            id="a declared service without VPC access",
        ),
        pytest.param(
            (sql(settings=_sql_on()),),
            NetworkConsistency(members=("sql/*",)),
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "has no private network",
            id="a declared Cloud SQL instance without private network",
        ),
        pytest.param(
            (connector(),),
            NetworkConsistency(nat=True),
            "NO_EXTERNAL_ADDRESS",
            "no router with a public NAT in us-central1",
            id="no NAT",
        ),
        pytest.param(
            (connector(), router(location="us-east1"), router("r2", network=COMPUTE + _OTHER), router("r3", nats=())),
            NetworkConsistency(nat=True),
            "NO_EXTERNAL_ADDRESS",
            "us-central1",
            id="NAT in another region, on another network, or a router without",
        ),
        pytest.param(
            (connector(), router(nats=(Nat(name="n", type="PRIVATE"),))),
            NetworkConsistency(nat=True),
            "NO_EXTERNAL_ADDRESS",
            "public NAT",
            id="a private NAT is no way out",
        ),
        pytest.param(
            (connector(), _nat(nat_ip_allocate_option="MANUAL_ONLY")),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "NAT nat allocates addresses by hand and has none",
            id="a NAT without addresses",
        ),
        pytest.param(
            (connector(), _nat(endpoint_types=("ENDPOINT_TYPE_SWG",))),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "NAT nat serves ENDPOINT_TYPE_SWG only",
            id="a NAT for secure web proxies",
        ),
        pytest.param(
            (_direct(subnetwork="apps"), subnet(), _nat("others")),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "serves run/front: NAT nat does not list subnet apps",
            id="a NAT that lists another subnet",
        ),
        pytest.param(
            (_direct(subnetwork="apps"), subnet(), _nat("apps", ranges="LIST_OF_SECONDARY_IP_RANGES")),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "does not list subnet apps",
            id="a NAT of the subnet's secondary ranges only",
        ),
        pytest.param(
            (connector(), _nat("apps")),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "serves connector/staging: NAT nat does not list its hidden subnet",
            id="a NAT with a list, which never holds a connector's hidden subnet",
        ),
        pytest.param(
            (connector(), _nat(source_subnetwork_ip_ranges_to_nat="")),
            _NAT,
            "NO_EXTERNAL_ADDRESS",
            "does not list",
            id="a NAT that does not say whom it takes",
        ),
        pytest.param(
            (sql(), private_connection("other")),
            NetworkConsistency(private_services=True),
            "GOOGLE_MANAGED_SERVICE_NO_PEERING",
            "no private services access",
            id="private services access on another network",
        ),
    ],
)
def test_fails(rows: tuple[Resource, ...], params: NetworkConsistency, code: str, says: str) -> None:
    (found,) = verdicts(network_consistency, network(), project(), *rows, params=params)
    assert isinstance(found, Violation)
    assert found.code == code
    assert says in found.message
    assert found.fix is not None


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        pytest.param(
            (connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="links", project_id="acme-host")),),
            _PLAIN,
            id="a connector in a subnet that was not read",
        ),
        pytest.param((service(),), _PLAIN, id="a service whose connector was not found"),
        pytest.param((_direct(subnetwork="gone"),), _PLAIN, id="an interface whose subnet was not found"),
        pytest.param(
            (sql(settings=_sql_on(psc=True)),),
            NetworkConsistency(members=("sql/db",)),
            id="a declared instance on Private Service Connect",
        ),
    ],
)
def test_undecided(rows: tuple[Resource, ...], params: NetworkConsistency) -> None:
    (found,) = verdicts(network_consistency, network(), project(), *rows, params=params)
    assert isinstance(found, Undecided)


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        pytest.param((_bare(),), _PLAIN, id="a project where nothing uses a VPC"),
        pytest.param(
            (connector(network="other"),),
            NetworkConsistency(skip_unused=True),
            id="a network nobody sits on, if so asked",
        ),
    ],
)
def test_skips(rows: tuple[Resource, ...], params: NetworkConsistency) -> None:
    (found,) = verdicts(network_consistency, network(), project(), *rows, params=params)
    assert isinstance(found, Skip)


def test_a_network_nobody_sits_on_fails_where_it_is_not_skipped() -> None:
    rows = (connector(network="other"), redis(authorized_network=_OTHER))
    expected = ["ROUTE_WRONG_NETWORK", "GOOGLE_MANAGED_SERVICE_NO_PEERING"]
    assert codes(network_consistency, network(), project(), *rows, params=_PLAIN) == expected


def test_a_declared_member_fails_even_where_unused_networks_are_not_skipped() -> None:
    rows = (project(), connector(network="other"))
    params = NetworkConsistency(members=("connector/staging",))
    assert codes(network_consistency, network(), *rows, params=params) == ["ROUTE_WRONG_NETWORK"]


def test_services_on_a_connector_astray_are_not_reported_one_by_one() -> None:
    rows = (project(), redis(), connector(network="other"), service(), service("second"))
    assert codes(network_consistency, network(), *rows, params=_PLAIN) == ["ROUTE_WRONG_NETWORK"]


def test_a_service_on_a_namesake_of_a_judged_connector_is_judged_itself() -> None:
    far = connector(region="us-east1", network="other")
    access = VpcAccess(connector=far.path)
    rows = (project(), connector(), far, service("far", region="us-east1", template=template(vpc_access=access)))
    params = NetworkConsistency(members=("connector/us-central1/staging", "run/far"))
    (found,) = verdicts(network_consistency, network(), *rows, params=params)
    assert isinstance(found, Violation)
    assert found.message.startswith("run/far is on other (project acme) through connector/staging")


def test_declared_private_services_are_missed_also_where_nothing_sits() -> None:
    params = NetworkConsistency(private_services=True)
    expected = ["GOOGLE_MANAGED_SERVICE_NO_PEERING"]
    assert codes(network_consistency, network(), project(), params=params) == expected


def test_the_evidence_says_who_sits_where() -> None:
    rows = (project(), connector(network="staging-vpc"), redis(), service(), router(), private_connection())
    (found,) = verdicts(network_consistency, network(), *rows, params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.evidence == (
        f"projects/{PROJECT}/locations/{REGION}/connectors/staging",
        "network=projects/acme/global/networks/staging-vpc",
        f"expected={VPC}",
        "connector/staging on staging-vpc",
        "run/backend through connector/staging on staging-vpc",
        "redis/cache on vpc",
        "router/router with NAT on vpc",
        "private services access on vpc",
    )
    assert "staging-vpc (project acme), not on vpc (project acme)" in found.message
    assert "not transitive" in found.message


def test_a_connector_astray_is_created_anew_from_the_one_source_of_the_name() -> None:
    (found,) = verdicts(network_consistency, network(), project(), connector(network="other"), redis(), params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    create, move, delete = found.fix.gcloud
    assert "connectors create staging-2 " in create
    assert "--network=vpc --range=FREE_RANGE/28" in create
    assert "run services update SERVICE --vpc-connector=staging-2 " in move
    assert "connectors delete staging " in delete
    assert "network = google_compute_network.main.name" in found.fix.terraform


@pytest.mark.parametrize(
    ("astray", "says", "terraform"),
    [
        pytest.param(
            redis(authorized_network=""),
            f"redis instances create cache-2 --network={VPC}",
            "authorized_network",
            id="redis",
        ),
        pytest.param(
            sql(settings=_sql_on(_OTHER)), f"sql instances patch db --network={VPC}", "private_network", id="Cloud SQL"
        ),
        pytest.param(
            _direct(network="other"), f"services update front --network={VPC}", "network_interfaces", id="run"
        ),
    ],
)
def test_each_kind_has_its_own_way_back(astray: Resource, says: str, terraform: str) -> None:
    (found,) = verdicts(network_consistency, network(), project(), connector(), astray, params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert says in found.fix.gcloud[0]
    assert terraform in found.fix.terraform


def test_the_proof_names_everyone_on_the_network() -> None:
    (found,) = verdicts(network_consistency, network(), project(), connector(), redis(), service(), params=_PLAIN)
    assert isinstance(found, Proof)
    assert found.message == "on network/vpc: connector/staging, run/backend through connector/staging, redis/cache"


@pytest.mark.parametrize("text", ["redis", "network/vpc", "vm/web"], ids=["no selector", "no member", "no kind"])
def test_a_member_that_can_be_none_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"members": [text]}, NetworkConsistency)
