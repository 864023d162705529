"""redis.endpoint: what a service's variables say, beside the instances that exist."""

from __future__ import annotations

import pytest

from checks.redis.endpoint import RedisEndpoint, redis_endpoint
from tests.builders import (
    VPC,
    allocated_range,
    connector,
    project,
    redis,
    redis_cluster,
    service,
    subnet,
    template,
    variable,
)
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Skip, Undecided, Violation
from validator.model.network import SecondaryRange
from validator.model.redis import ClusterEndpoint, ClusterLink, DiscoveryEndpoint, PscConfig, PscConnection
from validator.model.resource import Resource
from validator.model.run import (
    Container,
    NetworkInterface,
    Revision,
    SecretKeyRef,
    Service,
    Template,
    Traffic,
    ValueSource,
    Variable,
    VpcAccess,
)

CACHE = redis()
SECURE = redis("secure", host="10.5.0.4", port=6378, transit_encryption_mode="SERVER_AUTHENTICATION")
READS = redis("reads", host="10.6.0.4", read_endpoint="10.6.0.5", read_endpoint_port=6379)
SHARDS = redis_cluster(
    discovery_endpoints=(DiscoveryEndpoint(address="10.7.0.3", port=6379),),
    psc_connections=(PscConnection(address="10.7.0.4"),),
    cluster_endpoints=(
        ClusterEndpoint(connections=(ClusterLink(psc_connection=PscConnection(address="10.7.0.5", network=VPC)),)),
    ),
)
WAY = (project(), connector())
ALL = (*WAY, CACHE, SECURE, READS, SHARDS)
OTHER = VPC.replace("vpc", "other")


def serving(*variables: Variable | tuple[str, str]) -> Service:
    made = [one if isinstance(one, Variable) else variable(*one) for one in variables]
    return service(template=template(*made))


def secret(name: str) -> Variable:
    return Variable(name=name, value_source=ValueSource(secret_key_ref=SecretKeyRef(secret="redis")))


def url(value: str, *, tls: bool) -> Variable:
    return Variable(name="REDIS_URL", value=value, tls=tls)


def direct(*variables: tuple[str, str], network: str = "", subnetwork: str = "") -> Service:
    access = VpcAccess(network_interfaces=(NetworkInterface(network=network, subnetwork=subnetwork),))
    return service(template=template(*(variable(*one) for one in variables), vpc_access=access))


def hidden(name: str) -> Variable:
    return Variable(name=name, withheld=True)


PASSES = {
    "host and port of an instance": [("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "6379")],
    "a host alone, at the default port": [("REDIS_HOST", "10.166.204.83")],
    "Google's own spelling": [("REDISHOST", "10.166.204.83"), ("REDISPORT", "6379")],
    "a URL": [("REDIS_URL", "10.166.204.83:6379")],
    "an address with its port": [("REDIS_ADDR", "10.166.204.83:6379")],
    "the port with TLS": [("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "6378")],
    "the read endpoint": [("REDIS_READ_HOST", "10.6.0.5"), ("REDIS_PORT", "6379")],
    "a port of its own for the reads": [
        ("REDIS_READ_HOST", "10.6.0.5"),
        ("REDIS_READ_PORT", "6379"),
        ("REDIS_PORT", "1"),
    ],
    "a cluster's discovery endpoint": [("REDIS_ADDRESS", "10.7.0.3:6379")],
    "a cluster's Private Service Connect address": [("VALKEY_HOST", "10.7.0.4")],
    "a cluster's address that its owner registered": [("REDIS_HOST", "10.7.0.5")],
    "a URL with TLS to an instance with TLS": [url("10.5.0.4:6378", tls=True)],
    "a URL without TLS to an instance without": [url("10.166.204.83:6379", tls=False)],
    "a URL without TLS where another variable may switch it on": [url("10.5.0.4:6378", tls=False), hidden("REDIS_TLS")],
    "a list of nodes": [("REDIS_NODES", "10.7.0.3:6379,10.7.0.4:6379")],
    "numbered variables": [("REDIS_HOST_1", "10.5.0.4"), ("REDIS_PORT_1", "6378"), ("REDIS_PORT", "6379")],
    "other Redis settings beside it": [("REDIS_HOST", "10.166.204.83"), hidden("REDIS_PASSWORD"), hidden("REDIS_TTL")],
    "a cache that is Redis": [("CACHE_HOST", "10.166.204.83")],
    "an empty URL beside a host": [("REDIS_HOST", "10.166.204.83"), ("REDIS_URL", "")],
}
FAILS = {
    "an address that no instance has": ([("REDIS_HOST", "10.0.0.9")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "a public address that no instance has": ([("REDIS_HOST", "34.1.2.3")], ["UNKNOWN_EXTERNAL_ADDRESS"]),
    "a stale address in a URL": ([("REDIS_URL", "10.0.0.9:6379")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "the plain port of an instance with TLS": (
        [("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "6379")],
        ["REDIS_PORT"],
    ),
    "no port for an instance with TLS": ([("REDIS_HOST", "10.5.0.4")], ["REDIS_PORT"]),
    "an empty port for an instance with TLS": ([("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "")], ["REDIS_PORT"]),
    "the TLS port of an instance without TLS": ([("REDIS_URL", "10.166.204.83:6378")], ["REDIS_PORT"]),
    "one wrong node among right ones": ([("REDIS_NODES", "10.7.0.3:6379,10.9.9.9:6379")], ["UNKNOWN_INTERNAL_ADDRESS"]),
    "the container itself": ([("REDIS_HOST", "localhost")], ["LOOPBACK_ADDRESS"]),
    "a loopback address": ([("REDIS_URL", "127.0.0.1:6379")], ["LOOPBACK_ADDRESS"]),
    "an IPv6 loopback address": ([("REDIS_HOST", "::1")], ["LOOPBACK_ADDRESS"]),
    "a text that is no host": ([hidden("REDIS_HOST")], ["NOT_A_HOST"]),
    "a text that is no port": ([("REDIS_HOST", "10.166.204.83"), hidden("REDIS_PORT")], ["NOT_A_PORT"]),
    "a port that is an address": (
        [("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "10.166.204.83:6379")],
        ["NOT_A_PORT"],
    ),
    "a URL without TLS to the TLS port": ([url("10.5.0.4:6378", tls=False)], ["REDIS_TLS"]),
    "a URL with TLS to an instance without": ([url("10.166.204.83:6379", tls=True)], ["REDIS_TLS"]),
    "an empty host": ([("REDIS_HOST", "")], ["EMPTY_HOST"]),
    "two variables, both wrong": (
        [("REDIS_HOST", "10.0.0.9"), ("SESSION_REDIS_URL", "10.0.0.8:6379")],
        ["UNKNOWN_INTERNAL_ADDRESS"] * 2,
    ),
}
UNDECIDED = {
    "a name": ([("REDIS_HOST", "redis.acme.internal")], ["HOST_NAME_NOT_COMPARED"]),
    "a value in Secret Manager": ([secret("REDIS_URL")], ["HELD_IN_SECRET_MANAGER"]),
    "a port in Secret Manager": ([("REDIS_HOST", "10.5.0.4"), secret("REDIS_PORT")], ["HELD_IN_SECRET_MANAGER"]),
    "a URL of which nothing could be kept": ([hidden("REDIS_URL")], ["VALUE_WITHHELD"]),
    "a host of which nothing was kept because its name speaks of a secret": (
        [hidden("SESSION_REDIS_HOST")],
        ["VALUE_WITHHELD"],
    ),
    "an unknown address under Valkey's name": ([("VALKEY_HOST", "10.0.0.9")], ["MAYBE_VALKEY"]),
    "an unknown address under Memorystore's name": ([("MEMORYSTORE_URL", "10.0.0.9:6379")], ["MAYBE_VALKEY"]),
    "a cache that may be Memcached": ([("CACHE_HOST", "10.0.0.9")], ["MAYBE_NOT_REDIS"]),
    "no variable at all": ([], ["NO_REDIS_VARIABLES"]),
    "variables that are no endpoints": ([hidden("CACHE_TTL"), hidden("REDIS_PASSWORD")], ["NO_REDIS_VARIABLES"]),
    "Memcached": ([("CACHE_HOST", "10.0.0.9"), ("CACHE_PORT", "11211")], ["NO_REDIS_VARIABLES"]),
    "Memcached by name": ([("MEMCACHE_HOST", "10.0.0.9")], ["NO_REDIS_VARIABLES"]),
    "a cache of web pages": ([("CACHE_URL", "cdn.example.com")], ["NO_REDIS_VARIABLES"]),
    "an empty URL alone": ([("REDIS_URL", "")], ["NO_REDIS_VARIABLES"]),
}


@pytest.mark.parametrize("variables", PASSES.values(), ids=PASSES)
def test_passes(variables: list[Variable | tuple[str, str]]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert found
    assert all(isinstance(one, Proof) for one in found)


@pytest.mark.parametrize(("variables", "expected"), FAILS.values(), ids=FAILS)
def test_fails(variables: list[Variable | tuple[str, str]], expected: list[str]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert [one.code for one in found if isinstance(one, Violation)] == expected


@pytest.mark.parametrize(("variables", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_never_passes_what_cannot_be_compared(variables: list[Variable | tuple[str, str]], expected: list[str]) -> None:
    found = verdicts(redis_endpoint, serving(*variables), *ALL, params=RedisEndpoint())
    assert [one.code for one in found if not isinstance(one, Proof)] == expected
    assert not any(isinstance(one, Violation) for one in found)


def test_the_stale_address_is_shown_beside_what_exists_with_the_command() -> None:
    subject = serving(("REDIS_HOST", "10.0.0.9"), ("REDIS_PORT", "6379"))
    (violation,) = verdicts(redis_endpoint, subject, *WAY, CACHE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.message == (
        "REDIS_HOST is 10.0.0.9, an address no Redis has. What exists: redis/cache at 10.166.204.83:6379."
    )
    assert violation.evidence == (subject.path, "REDIS_HOST=10.0.0.9", "REDIS_PORT=6379")
    assert violation.fix is not None
    (command,) = violation.fix.gcloud
    assert command.startswith("gcloud run services update backend --region=us-central1 --project=acme ")
    assert command.endswith(" --update-env-vars=REDIS_HOST=10.166.204.83,REDIS_PORT=6379")
    assert "value = google_redis_instance.cache.host" in violation.fix.terraform


def test_no_command_sets_a_host_that_is_only_one_of_several() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.0.0.9")), *ALL, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.fix is not None
    assert violation.fix.gcloud == ("gcloud redis instances list --region=- --project=acme",)


def test_a_url_is_never_overwritten_by_a_command_because_it_may_hold_a_password() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_URL", "10.0.0.9:6379")), SECURE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.fix is not None
    assert violation.fix.gcloud == ()
    assert (
        '"rediss://${google_redis_instance.secure.host}:${google_redis_instance.secure.port}"'
        in violation.fix.terraform
    )


def test_a_project_without_redis_says_so() -> None:
    (violation,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.0.0.9")), params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert "there is no Redis in this project" in violation.message


def test_the_proof_says_which_instance_it_is() -> None:
    (proof,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.166.204.83")), *ALL, params=RedisEndpoint())
    assert proof == Proof(
        message="REDIS_HOST is redis/cache at 10.166.204.83:6379", evidence=(service().path, CACHE.path)
    )


def test_the_named_instance_must_be_the_one() -> None:
    subject = serving(("REDIS_HOST", "10.166.204.83"))
    assert codes(redis_endpoint, subject, *ALL, params=RedisEndpoint(instance="cache")) == []
    assert codes(redis_endpoint, subject, *ALL, params=RedisEndpoint(instance="secure")) == ["ANOTHER_REDIS"]


def test_named_variables_replace_the_guess() -> None:
    subject = serving(("BROKER", "10.0.0.9"), ("REDIS_HOST", "10.0.0.8"))
    found = verdicts(redis_endpoint, subject, *ALL, params=RedisEndpoint(variables=("BROK*",)))
    assert [one.message.split(",")[0] for one in found] == ["BROKER is 10.0.0.9"]


def test_a_service_without_variables_fails_where_they_are_required() -> None:
    (found,) = verdicts(redis_endpoint, serving(), params=RedisEndpoint(required=True))
    assert isinstance(found, Violation)


def test_another_region_is_a_warning() -> None:
    far = redis("far", region="europe-west1")
    found = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.166.204.83")), *WAY, far, params=RedisEndpoint())
    (violation,) = [one for one in found if isinstance(one, Violation)]
    assert (violation.code, violation.severity) == ("REDIS_IN_ANOTHER_REGION", Severity.WARNING)


def test_a_sidecar_may_answer_at_localhost() -> None:
    containers = (Container(name="app", env=(variable("REDIS_HOST", "localhost"),)), Container(name="redis"))
    (found,) = verdicts(redis_endpoint, service(template=Template(containers=containers)), params=RedisEndpoint())
    assert isinstance(found, Skip)


def test_ports_are_not_borrowed_from_another_container() -> None:
    app = Container(name="app", env=(variable("REDIS_HOST", "10.5.0.4"),))
    other = Container(name="other", env=(variable("REDIS_PORT", "6378"),))
    subject = service(template=template(containers=(app, other)))
    assert codes(redis_endpoint, subject, *WAY, SECURE, params=RedisEndpoint()) == ["REDIS_PORT"]


def test_an_older_revision_that_still_serves_is_judged() -> None:
    path = service().path
    subject = service(
        template=template(variable("REDIS_HOST", "10.166.204.83")),
        traffic_statuses=(Traffic(revision="backend-00001-old", percent=10), Traffic(percent=90)),
    )
    old: Resource = Revision(
        name=f"{path}/revisions/backend-00001-old",
        containers=(Container(env=(variable("REDIS_HOST", "10.0.0.9"),)),),
    )
    found = verdicts(redis_endpoint, subject, *WAY, CACHE, old, params=RedisEndpoint())
    (violation,) = [one for one in found if isinstance(one, Violation)]
    assert violation.message.startswith("REDIS_HOST of revision backend-00001-old is 10.0.0.9")


def test_the_value_of_a_withheld_variable_is_not_in_the_message() -> None:
    (violation,) = verdicts(redis_endpoint, serving(hidden("REDIS_HOST")), CACHE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.message == "REDIS_HOST holds something that is no host (the value is not shown)."
    assert violation.evidence == (service().path, "REDIS_HOST=")


ROADS = {
    "no VPC access": (service(template=template(variable("REDIS_HOST", "10.166.204.83"), vpc_access=None)), ()),
    "a connector on another network": (serving(("REDIS_HOST", "10.166.204.83")), (connector(network="other"),)),
    "an interface on another network": (direct(("REDIS_HOST", "10.166.204.83"), network="other"), ()),
    "a network of the same name in another project": (
        direct(("REDIS_HOST", "10.166.204.83"), network="projects/else/global/networks/vpc"),
        (),
    ),
    "a cluster with an endpoint in another network only": (
        serving(("REDIS_HOST", "10.7.0.3")),
        (connector(network="other"),),
    ),
    "a cluster's address of another network": (
        serving(("REDIS_HOST", "10.7.1.3")),
        (
            connector(),
            redis_cluster(
                "both",
                psc_configs=(PscConfig(network=VPC), PscConfig(network=OTHER)),
                psc_connections=(
                    PscConnection(address="10.7.1.3", network=OTHER),
                    PscConnection(address="10.7.1.4", network=VPC),
                ),
            ),
        ),
    ),
}
ROAD_CODES = {
    "no VPC access": "VPC_CONNECTOR_NOT_SET",
    "a cluster with an endpoint in another network only": "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
    "a cluster's address of another network": "GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
}


@pytest.mark.parametrize(
    ("subject", "rows", "code"),
    [(*case, ROAD_CODES.get(name, "GOOGLE_MANAGED_SERVICE_NO_PEERING")) for name, case in ROADS.items()],
    ids=ROADS,
)
def test_fails_where_the_service_does_not_come_to_the_network(
    subject: Service, rows: tuple[Resource, ...], code: str
) -> None:
    found = verdicts(redis_endpoint, subject, project(), *rows, CACHE, SHARDS, params=RedisEndpoint())
    assert [one.code for one in found if isinstance(one, Violation)] == [code]
    assert not any(isinstance(one, Proof) for one in found)


@pytest.mark.parametrize(
    ("subject", "rows"),
    [
        pytest.param(serving(("REDIS_HOST", "10.166.204.83")), (), id="a connector that was not read"),
        pytest.param(direct(("REDIS_HOST", "10.166.204.83"), subnetwork="gone"), (), id="an unknown subnet"),
        pytest.param(
            serving(("REDIS_HOST", "10.8.0.3")),
            (connector(), redis_cluster("dark", psc_configs=(), psc_connections=(PscConnection(address="10.8.0.3"),))),
            id="a cluster that tells no network",
        ),
    ],
)
def test_undecided_where_the_way_is_not_known(subject: Service, rows: tuple[Resource, ...]) -> None:
    (found,) = verdicts(redis_endpoint, subject, project(), *rows, CACHE, params=RedisEndpoint())
    assert isinstance(found, Undecided)
    assert found.code == "NETWORK_CONFIG_NOT_FOUND"


def test_the_other_network_is_named_beside_redis_own_with_a_connector_that_leads_there() -> None:
    rows = (project(), connector(network="other"), connector("right"), connector("far", region="us-east1"), CACHE)
    subject = serving(("REDIS_HOST", "10.166.204.83"))
    (violation,) = verdicts(redis_endpoint, subject, *rows, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert violation.message == (
        "REDIS_HOST is redis/cache at 10.166.204.83:6379, reached from vpc (project acme) only, "
        "but run/backend is on other (project acme) through connector/staging."
    )
    assert violation.evidence == (subject.path, CACHE.path, connector().path, f"network={OTHER}")
    assert violation.fix is not None
    assert violation.fix.summary == "Let run/backend enter vpc (project acme), by connector/right."
    where = "--region=us-central1 --project=acme"
    assert violation.fix.gcloud == (
        f"gcloud run services update backend {where} --vpc-connector={connector('right').path}",
    )


def test_without_a_connector_there_the_fix_is_an_interface() -> None:
    subject = service(template=template(variable("REDIS_HOST", "10.166.204.83"), vpc_access=None))
    (violation,) = verdicts(redis_endpoint, subject, project(), CACHE, params=RedisEndpoint())
    assert isinstance(violation, Violation)
    assert "run/backend has no VPC access: it reaches no private address." in violation.message
    assert violation.fix is not None
    assert violation.fix.gcloud[0].endswith(f"--network={VPC} --subnet=SUBNET")
    assert f'network    = "{VPC}"' in violation.fix.terraform


def test_the_instance_on_the_services_own_network_is_meant_where_networks_repeat_an_address() -> None:
    elsewhere = redis("elsewhere", authorized_network=OTHER, port=6379)
    here = redis("here", port=6378, transit_encryption_mode="SERVER_AUTHENTICATION")
    subject = serving(("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "6379"))
    (found,) = verdicts(redis_endpoint, subject, *WAY, elsewhere, here, params=RedisEndpoint())
    assert isinstance(found, Violation)
    assert found.code == "REDIS_PORT"
    assert "redis/here" in found.message


def test_a_missing_port_is_told_from_a_wrong_one() -> None:
    (missing,) = verdicts(redis_endpoint, serving(("REDIS_HOST", "10.5.0.4")), *ALL, params=RedisEndpoint())
    assert missing.message == (
        "REDIS_HOST is redis/secure, but no port variable is set: clients use 6379 by default, "
        "the instance listens on 6378 (TLS)."
    )
    subject = serving(("REDIS_HOST", "10.5.0.4"), ("REDIS_PORT", "6379"))
    (wrong,) = verdicts(redis_endpoint, subject, *ALL, params=RedisEndpoint())
    assert wrong.message == "REDIS_HOST is redis/secure at 10.5.0.4:6378 (TLS), but the service asks for port 6379."


def test_a_scheme_that_does_not_fit_is_said_with_the_one_that_does() -> None:
    (found,) = verdicts(redis_endpoint, serving(url("10.5.0.4:6378", tls=False)), *ALL, params=RedisEndpoint())
    assert isinstance(found, Violation)
    assert found.message == "REDIS_URL is a URL without TLS, but redis/secure listens with TLS only."
    assert found.fix is not None
    assert "rediss://" in found.fix.terraform


SUBNET = subnet(secondary_ip_ranges=(SecondaryRange(range_name="pods", ip_cidr_range="10.4.0.0/20"),))
MAYBE = {
    "a subnet": ("10.1.0.9", "subnet apps (10.1.0.0/24)"),
    "a secondary range": ("10.4.1.1", "secondary range apps (10.4.0.0/20)"),
    "an allocated range": ("10.20.9.9", "allocated range services (10.20.0.0/16)"),
}


@pytest.mark.parametrize(("address", "where"), MAYBE.values(), ids=MAYBE)
def test_an_address_in_use_by_something_that_is_not_read_is_undecided(address: str, where: str) -> None:
    rows = (*ALL, SUBNET, allocated_range())
    (found,) = verdicts(redis_endpoint, serving(("REDIS_HOST", address)), *rows, params=RedisEndpoint())
    assert isinstance(found, Undecided)
    assert found.code == "MAYBE_ANOTHER_HOST"
    assert found.message.startswith(
        f"REDIS_HOST is {address}, which no Redis that was read has. It lies in {where}, so"
    )
    assert found.fix is not None


STALE = {
    "in no range": "10.166.204.99",
    "in the range of the project's own Redis": "10.166.204.84",
    "in the connector's own range": "10.2.0.3",
}


@pytest.mark.parametrize("address", STALE.values(), ids=STALE)
@pytest.mark.parametrize("wide", [False, True], ids=["", "under a subnet of another network that holds it too"])
def test_an_address_where_nothing_else_can_be_stays_a_failure(address: str, *, wide: bool) -> None:
    over = (subnet("wide", ip_cidr_range="10.166.204.80/29"),) if wide else ()
    rows = (*ALL, SUBNET, *over, allocated_range())
    expected = ["UNKNOWN_INTERNAL_ADDRESS"]
    assert codes(redis_endpoint, serving(("REDIS_HOST", address)), *rows, params=RedisEndpoint()) == expected


@pytest.mark.parametrize("name", ["REDIS_HOST", "VALKEY_HOST"])
def test_where_the_instance_is_declared_no_other_host_can_be_meant(name: str) -> None:
    params = RedisEndpoint(instance="cache")
    found = codes(redis_endpoint, serving((name, "10.1.0.9")), *ALL, SUBNET, params=params)
    assert found == ["UNKNOWN_INTERNAL_ADDRESS"]
