"""`network.path`: every packet of a flow arrives, or the finding names the hop, the packet and the mend."""

from __future__ import annotations

import pytest

from checks.network.path import Flow, path
from tests.builders import connector, firewalls, network, rule, service, sql, tcp, template, variable, vm
from tests.gcp.paths.worlds import healthy, redis_peering
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.resource import Resource
from validator.model.run import CloudSqlVolume, Service, Volume
from validator.model.selector import AddressBlock
from validator.model.sql import IpConfiguration, IpMapping, Settings

TO_REDIS, INFER = Flow(to="redis/cache"), Flow(infer=True)
HALF = rule("deny-half", allowed=(), denied=tcp("6379"), source_ranges=("10.2.0.8/29",), priority=10)


def speaking(*pairs: tuple[str, str], **changes: object) -> Service:
    """The service with these variables."""
    return service(template=template(*(variable(*pair) for pair in pairs), **changes))


def mounting(*instances: str) -> Service:
    """The service with mounted Cloud SQL instances."""
    volume = Volume(name="sql", cloud_sql_instance=CloudSqlVolume(instances=instances))
    return service(template=template(volumes=(volume,)))


def database(*, public: bool) -> Resource:
    """The instance `db`, private, and with a public address besides if asked."""
    config = IpConfiguration(private_network="/projects/acme/global/networks/vpc", ipv4_enabled=public)
    primary = (IpMapping(type="PRIMARY", ip_address="34.1.2.3"),) if public else ()
    private = IpMapping(type="PRIVATE", ip_address="10.20.0.3")
    return sql(settings=Settings(activation_policy="ALWAYS", ip_configuration=config), ip_addresses=(private, *primary))


PASSES: dict[str, tuple[Resource, Flow, tuple[Resource, ...]]] = {
    "a service reaches Redis": (service(), TO_REDIS, ()),
    "a connector reaches Redis": (connector(), TO_REDIS, ()),
    "a range of the network reaches Redis": (
        AddressBlock(name="10.1.0.0/24"),
        Flow(to="redis/cache", network="vpc"),
        (),
    ),
    "a VM reaches Redis": (vm(), TO_REDIS, ()),
    "a variable that names Redis": (speaking(("REDIS_HOST", "10.166.204.83")), INFER, ()),
    "a variable that names a database": (speaking(("DB_HOST", "10.20.0.3")), INFER, (sql(),)),
    "a mounted private database": (mounting("acme:us-central1:db"), INFER, (database(public=False),)),
}


@pytest.mark.parametrize(("subject", "params", "others"), PASSES.values(), ids=list(PASSES))
def test_passes(subject: Resource, params: Flow, others: tuple[Resource, ...]) -> None:
    found = verdicts(path, subject, *healthy(subject, *others), params=params)
    assert [type(one) for one in found] == [Proof]


FAILS: dict[str, tuple[Resource, Flow, tuple[Resource, ...], str]] = {
    "the connector is on another network": (
        service(), TO_REDIS, (connector(network="other"), network("other")), "GOOGLE_MANAGED_SERVICE_NO_PEERING",
    ),
    "a deny rule takes half of the connector": (service(), TO_REDIS, (firewalls(HALF),), "FIREWALL_RULE"),
    "the peering is down": (
        service(), TO_REDIS, (network(peerings=(redis_peering(state="INACTIVE"),)),),
        "GOOGLE_MANAGED_SERVICE_NO_PEERING",
    ),
    "Redis does not exist": (service(), Flow(to="redis/none"), (), "RESOURCE_CONFIG_NOT_FOUND"),
    "a variable names Redis at another port": (
        speaking(("REDIS_HOST", "10.166.204.83"), ("REDIS_PORT", "6380")), INFER, (), "REDIS_INSTANCE_UNSUPPORTED_PORT",
    ),
    "a mounted instance does not exist": (
        mounting("acme:us-central1:gone"), INFER, (), "RESOURCE_CONFIG_NOT_FOUND",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "params", "others", "code"), FAILS.values(), ids=list(FAILS))
def test_fails(subject: Resource, params: Flow, others: tuple[Resource, ...], code: str) -> None:
    found = verdicts(path, subject, *healthy(subject, *others), params=params)
    assert [one.code for one in found if isinstance(one, Violation)] == [code]


def test_a_failure_names_the_packet_the_part_the_rule_and_the_mend() -> None:
    (found,) = verdicts(path, service(), *healthy(service(), firewalls(HALF)), params=TO_REDIS)
    assert isinstance(found, Violation)
    assert "deny-half" in found.message
    assert "Packet: 10.2.0.8 → 10.166.204.83 tcp:6379, one of 8 of 16 source addresses." in found.message
    assert found.fix
    assert found.fix.gcloud


def test_a_proof_says_what_arrives_and_for_which_variable() -> None:
    subject = speaking(("REDIS_HOST", "10.166.204.83"))
    (found,) = verdicts(path, subject, *healthy(subject), params=INFER)
    assert isinstance(found, Proof)
    assert "10.2.0.0/28 → 10.166.204.83 tcp:6379 arrives" in found.message
    assert found.message.startswith("REDIS_HOST=10.166.204.83: ")


def test_a_mounted_instance_of_another_project_is_not_known() -> None:
    subject = mounting("other:us-central1:db")
    (found,) = verdicts(path, subject, *healthy(subject), params=INFER)
    assert isinstance(found, Undecided)


def test_a_mounted_public_instance_needs_no_vpc() -> None:
    subject = mounting("acme:us-central1:db")
    assert codes(path, subject, *healthy(subject, database(public=True)), params=INFER) == ["NO_IMPLIED_FLOWS"]


@pytest.mark.parametrize("value", ["", "cache.internal", "10.9.9.9"], ids=["empty", "a name", "nobody's address"])
def test_a_value_that_leads_nowhere_known_implies_nothing(value: str) -> None:
    subject = speaking(("REDIS_HOST", value))
    assert codes(path, subject, *healthy(subject), params=INFER) == ["NO_IMPLIED_FLOWS"]


def test_only_services_imply_flows() -> None:
    assert codes(path, connector(), *healthy(connector()), params=INFER) == ["NO_IMPLIED_FLOWS"]


@pytest.mark.parametrize(
    "fields",
    [{}, {"to": "redis/cache", "infer": True}, {"to": "nowhere"}, {"to": "redis/cache", "ports": ("99999",)}],
    ids=["neither", "both", "no destination", "no port"],
)
def test_what_could_never_be_judged_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"expected|no end|cannot be read"):
        Flow(**fields)  # type: ignore[arg-type]
