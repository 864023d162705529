"""sql.private: addresses, authorized networks, running."""

from __future__ import annotations

from typing import Any

import pytest

from checks.sql.private import Private, sql_private
from tests.builders import NUMBER, PROJECT, VPC, network, project, sql
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.sql import AuthorizedNetwork, IpConfiguration, IpMapping, Settings, SqlInstance, SqlPsc

NONE_GIVEN = Private()
THERE = (project(), network())


def db(*ranges: str | AuthorizedNetwork, settings: dict[str, Any] | None = None, **ip: Any) -> SqlInstance:
    fields = {"private_network": f"/{VPC}", "ssl_mode": "ENCRYPTED_ONLY"} | ip
    made = tuple(one if isinstance(one, AuthorizedNetwork) else AuthorizedNetwork(value=one) for one in ranges)
    configuration = IpConfiguration(authorized_networks=made, **fields)
    given = {"activation_policy": "ALWAYS"} | (settings or {})
    return sql(settings=Settings(ip_configuration=configuration, **given))


def public(*ranges: str | AuthorizedNetwork, **rest: Any) -> SqlInstance:
    return db(*ranges, ipv4_enabled=True, **rest)


def until(value: str, end: str) -> AuthorizedNetwork:
    return AuthorizedNetwork(value=value, expiration_time=end)


ALLOWED = Private(public=True)
PASSES = {
    "private and running": (sql(), NONE_GIVEN),
    "Private Service Connect alone": (db(private_network="", psc_config=SqlPsc(psc_enabled=True)), NONE_GIVEN),
    "the declared network by its bare name": (sql(), Private(network="vpc")),
    "the declared network by its URL": (sql(), Private(network=f"https://www.googleapis.com/compute/v1/{VPC}")),
    "a declared public address without ranges": (public(), ALLOWED),
    "a narrow authorized network": (public("203.0.113.0/24", "198.51.100.7"), ALLOWED),
    "a /8 of which a part is listed twice": (public("20.0.0.0/8", "20.0.0.0/9", "20.1.2.3"), ALLOWED),
    "private ranges, however wide": (public("10.0.0.0/8", "172.16.0.0/12"), ALLOWED),
    "an open range that has expired": (public(until("0.0.0.0/0", "2026-11-20T17:59:59Z")), ALLOWED),
}
FAILS = {
    "stopped by its owner": (
        db(settings={"activation_policy": "NEVER"}),
        NONE_GIVEN,
        ["CLOUD_SQL_INSTANCE_NOT_RUNNING"],
    ),
    "failed": (sql(state="FAILED"), NONE_GIVEN, ["CLOUD_SQL_INSTANCE_NOT_RUNNING"]),
    "of no known state": (sql(state=""), NONE_GIVEN, ["CLOUD_SQL_INSTANCE_NOT_RUNNING"]),
    "no private address, though one is asked for": (
        sql(ip_addresses=()),
        NONE_GIVEN,
        ["CLOUD_SQL_INSTANCE_NO_IP_ADDRESS"],
    ),
    "a public address where a private one is asked for": (
        sql(ip_addresses=(IpMapping(type="PRIMARY", ip_address="34.1.2.3"),)),
        NONE_GIVEN,
        ["CLOUD_SQL_INSTANCE_NO_IP_ADDRESS"],
    ),
    "a network that does not exist": (db(private_network=f"/{VPC}-gone"), NONE_GIVEN, ["RESOURCE_CONFIG_NOT_FOUND"]),
    "no address at all": (db(private_network=""), NONE_GIVEN, ["CLOUD_SQL_INSTANCE_NO_IP_ADDRESS"]),
    "no address, Private Service Connect off": (
        db(private_network="", psc_config=SqlPsc()),
        NONE_GIVEN,
        ["CLOUD_SQL_INSTANCE_NO_IP_ADDRESS"],
    ),
    "only a public address": (public(private_network=""), ALLOWED, ["CLOUD_SQL_INSTANCE_NO_PRIVATE_ADDRESS"]),
    "an undeclared public address": (public(), NONE_GIVEN, ["CLOUD_SQL_INSTANCE_PUBLIC_ADDRESS"]),
    "another network": (sql(), Private(network="other"), ["CLOUD_SQL_INSTANCE_ON_ANOTHER_NETWORK"]),
    "a network of the same name in another project": (
        sql(),
        Private(network="projects/else/global/networks/vpc"),
        ["CLOUD_SQL_INSTANCE_ON_ANOTHER_NETWORK"],
    ),
    "everybody": (public("0.0.0.0/0"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody in two halves": (public("0.0.0.0/1", "128.0.0.0/1"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody but a part": (public("64.0.0.0/2", "128.0.0.0/3"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "half of everybody": (public("0.0.0.0/1"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "more than a /8": (public("20.0.0.0/7"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody in IPv6": (public("::/0"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody until tomorrow": (
        public(until("0.0.0.0/0", "2026-11-21T00:00:00.123456789Z")),
        ALLOWED,
        ["AUTHORIZED_NETWORK_OPEN"],
    ),
    "everybody, with an end that cannot be read": (
        public(until("0.0.0.0/0", "soon")),
        ALLOWED,
        ["AUTHORIZED_NETWORK_OPEN"],
    ),
    "everybody beside a narrow range": (public("203.0.113.0/24", "0.0.0.0/0"), ALLOWED, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody, though the public address is off": (db("0.0.0.0/0"), NONE_GIVEN, ["AUTHORIZED_NETWORK_OPEN"]),
    "everybody, though connectors are enforced": (
        public("0.0.0.0/0", settings={"connector_enforcement": "REQUIRED"}),
        ALLOWED,
        ["AUTHORIZED_NETWORK_OPEN"],
    ),
}
UNDECIDED = {
    "a network of a project that was not read": (
        db(private_network="/projects/else/global/networks/vpc"),
        NONE_GIVEN,
        ["NETWORK_CONFIG_NOT_FOUND"],
    ),
    "a range that is none": (public("office"), ALLOWED, ["AUTHORIZED_NETWORK_UNREADABLE"]),
    "a declared network and only Private Service Connect": (
        db(private_network="", psc_config=SqlPsc(psc_enabled=True)),
        Private(network="vpc"),
        ["PSC_ENDPOINT_NOT_READ"],
    ),
    "a server outside Google Cloud": (sql(instance_type="ON_PREMISES_INSTANCE"), NONE_GIVEN, ["ON_PREMISES_INSTANCE"]),
}


@pytest.mark.parametrize(("subject", "params"), PASSES.values(), ids=PASSES)
def test_passes(subject: SqlInstance, params: Private) -> None:
    found = verdicts(sql_private, subject, *THERE, params=params)
    assert len(found) == 1
    assert isinstance(found[0], Proof)


@pytest.mark.parametrize(("subject", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: SqlInstance, params: Private, expected: list[str]) -> None:
    found = verdicts(sql_private, subject, *THERE, params=params)
    assert [one.code for one in found if isinstance(one, Violation)] == expected


@pytest.mark.parametrize(("subject", "params", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_does_not_pass_what_it_cannot_decide(subject: SqlInstance, params: Private, expected: list[str]) -> None:
    found = verdicts(sql_private, subject, *THERE, params=params)
    assert codes(sql_private, subject, *THERE, params=params) == expected
    assert not any(isinstance(one, Violation) for one in found)


def first(subject: SqlInstance, params: Private = NONE_GIVEN) -> Violation:
    found = verdicts(sql_private, subject, *THERE, params=params)[0]
    assert isinstance(found, Violation)
    return found


def test_an_open_range_is_an_error_with_the_command_to_close_it() -> None:
    found = first(public("0.0.0.0/0"), ALLOWED)
    assert found.severity is None
    assert found.message == "sql/db lets the internet in: authorized networks 0.0.0.0/0."
    assert found.evidence == ("projects/acme/instances/db", "authorizedNetworks=0.0.0.0/0")
    assert found.fix is not None
    assert found.fix.gcloud == ("gcloud sql instances patch db --clear-authorized-networks --project=acme",)


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (db("0.0.0.0/0"), "the public address is off"),
        (public("0.0.0.0/0", settings={"connector_enforcement": "REQUIRED"}), "connector enforcement is REQUIRED"),
    ],
)
def test_an_open_range_without_effect_is_a_warning(subject: SqlInstance, why: str) -> None:
    found = first(subject, ALLOWED)
    assert found.severity is Severity.WARNING
    assert why in found.message


def test_an_undeclared_public_address_is_a_warning() -> None:
    assert first(public()).severity is Severity.WARNING


def test_stopping_by_the_owner_is_told_from_failing() -> None:
    stopped = first(db(settings={"activation_policy": "NEVER"}))
    assert "stopped by its owner" in stopped.message
    assert stopped.fix is not None
    assert stopped.fix.gcloud == ("gcloud sql instances patch db --activation-policy=ALWAYS --project=acme",)
    assert first(sql(state="FAILED")).fix is None


def test_an_instance_that_never_got_its_private_address_says_what_it_has() -> None:
    found = first(sql(ip_addresses=(IpMapping(type="PRIMARY", ip_address="34.1.2.3"),)))
    assert found.message == "sql/db is set to be on vpc, but has no private address there (addresses: PRIMARY)."
    assert found.evidence[1] == f"privateNetwork=/{VPC}"
    assert found.fix is not None
    assert found.fix.gcloud == (f"gcloud sql instances patch db --network={VPC} --project=acme",)


@pytest.mark.parametrize("state", ["PENDING_CREATE", "FAILED"])
def test_an_instance_that_does_not_run_is_not_asked_for_its_address(state: str) -> None:
    found = codes(sql_private, sql(state=state, ip_addresses=()), *THERE, params=NONE_GIVEN)
    assert found == ["CLOUD_SQL_INSTANCE_NOT_RUNNING"]


def test_a_network_by_its_projects_number_is_the_one_that_was_read() -> None:
    subject = db(private_network=f"/projects/{NUMBER}/global/networks/vpc")
    assert codes(sql_private, subject, *THERE, params=NONE_GIVEN) == []


def test_a_missing_network_is_told_from_one_that_was_not_read() -> None:
    gone = first(db(private_network=f"/{VPC}-gone"))
    assert gone.message == f"sql/db has its private address on vpc-gone (project {PROJECT}), which does not exist."
    assert gone.fix is not None
    unread = verdicts(sql_private, db(private_network="projects/else/global/networks/vpc"), *THERE, params=NONE_GIVEN)
    assert isinstance(unread[0], Undecided)
    assert unread[0].message == "sql/db is on vpc (project else), but networks were read in project acme only."
