"""sql.connect: rows of the probe, beside instances and what the model predicts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.sql.connect import sql_connect
from tests.builders import VPC, connector, network, project, sql
from tests.gcp.paths.worlds import healthy
from tests.judging import ACME, verdicts
from validator.check import Proof, Skip, Undecided, Verdict, Violation
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.sql import SqlConnection, SqlFailure
from validator.model.resource import Resource
from validator.model.sql import IpConfiguration, IpMapping, Settings, SqlCa, SqlInstance, SqlPsc

DB = sql()


def row(failure: str = "", port: int = 5432, **changes: Any) -> SqlConnection:
    """What a healthy PostgreSQL shows, or how it failed, seen from inside the VPC."""
    tls = {} if failure else {"tls_version": "TLSv1.3", "not_after": "2034-05-06T00:00:00+00:00"}
    fields: dict[str, Any] = {
        "name": f"10.20.0.3:{port}", "project": "acme", "host": "10.20.0.3", "port": port, "protocol": "postgres",
        "vantage": "vpc", "failure": failure, "attempts": 1, "took_s": 0.1, "connected": True, "connect_ms": 1.2,
    }  # fmt: skip
    return SqlConnection(**(fields | tls | changes))


def database(ssl_mode: str = "ENCRYPTED_ONLY", version: str = "POSTGRES_16", **settings: Any) -> SqlInstance:
    ip = IpConfiguration(private_network=f"/{VPC}", ssl_mode=ssl_mode)
    fields: dict[str, Any] = {"activation_policy": "ALWAYS", "ip_configuration": ip} | settings
    return sql(settings=Settings(**fields), database_version=version)


def judged(*rows: Resource) -> list[Verdict]:
    return verdicts(sql_connect, rows[0], project(), *rows[1:])


PASSES: dict[str, tuple[Resource, ...]] = {
    "PostgreSQL over TLS": (DB, row()),
    "MySQL over TLS": (database(version="MYSQL_8_0"), row(port=3306, protocol="mysql")),
    "SQL Server, no more than TCP": (database(version="SQLSERVER_2022"), row(port=1433, protocol="", tls_version="")),
    "connectors required: their port, no more than TCP": (
        database(connector_enforcement="REQUIRED"), row(port=3307, protocol="", tls_version=""),
    ),
    "no TLS where the mode allows that": (database("ALLOW_UNENCRYPTED_AND_ENCRYPTED"), row(SqlFailure.NO_TLS)),
    "no TLS where no mode is set": (database("SSL_MODE_UNSPECIFIED"), row(SqlFailure.NO_TLS)),
}  # fmt: skip


@pytest.mark.parametrize("rows", PASSES.values(), ids=list(PASSES))
def test_passes(rows: tuple[Resource, ...]) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Proof)
    assert "from inside the VPC" in found.message


FAILS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "nothing answers": ((DB, row(Failure.TIMED_OUT, connected=False)), "CONNECTION_TIMED_OUT"),
    "nothing listens": ((DB, row(Failure.REFUSED, connected=False)), "CONNECTION_REFUSED"),
    "connected without an answer": ((DB, row(Failure.NO_ANSWER)), "NO_ANSWER"),
    "another protocol": ((DB, row(Failure.GARBAGE)), "PROTOCOL_MISMATCH"),
    "no TLS where it is required": ((DB, row(SqlFailure.NO_TLS)), "NOT_TLS"),
    "no TLS where the older setting requires it": (
        (
            database("", ip_configuration=IpConfiguration(private_network=f"/{VPC}", require_ssl=True)),
            row(SqlFailure.NO_TLS),
        ),
        "NOT_TLS",
    ),
    "a certificate of another CA": ((DB, row(Failure.CA_WRONG)), "CERTIFICATE_AUTHORITY_UNKNOWN"),
    "a certificate that is over": ((DB, row(Failure.CERTIFICATE_EXPIRED)), "CERTIFICATE_EXPIRED"),
    "too many connections": ((DB, row(SqlFailure.TOO_MANY_CONNECTIONS, details="1040")), "TOO_MANY_CONNECTIONS"),
    "a host that is refused": ((DB, row(SqlFailure.HOST_REFUSED)), "HOST_REFUSED"),
    "an error for an answer": ((DB, row(SqlFailure.ERROR_REPLY)), "ERROR_REPLY"),
}


@pytest.mark.parametrize(("rows", "code"), FAILS.values(), ids=list(FAILS))
def test_fails(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Violation)
    assert (found.code, bool(found.fix)) == (code, True)


UNKNOWN: dict[str, tuple[tuple[Resource, ...], str]] = {
    "not probed": ((DB,), "NOT_PROBED"),
    "probed at another port only": ((DB, row(port=3306)), "NOT_PROBED"),
    "a chain that nothing could verify": ((DB, row(unverified="no CA of it is known")), "CERTIFICATE_NOT_VERIFIED"),
    "a failure of a later version": ((DB, row("SOMETHING_NEW")), "UNKNOWN_FAILURE"),
    "no way to it from a machine inside": ((DB, row(Failure.NO_ROUTE, connected=False)), "NO_ROUTE"),
    "one of two at one address, well": ((DB, sql("twin"), row()), "ADDRESS_USED_TWICE"),
    "one of two at one address, of which the other's row came last": (
        (DB, sql("twin"), row(), row(Failure.CA_WRONG)),
        "ADDRESS_USED_TWICE",
    ),
    "one of two at one address, by another engine": (
        (DB, sql("twin", database_version="MYSQL_8_0"), row()),
        "ADDRESS_USED_TWICE",
    ),
}


@pytest.mark.parametrize(("rows", "code"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_is_not_known(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Undecided)
    assert found.code == code


PUBLIC = (IpMapping(type="PRIMARY", ip_address="34.1.2.3"),)
PSC = IpConfiguration(psc_config=SqlPsc(psc_enabled=True))
SKIPS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "from outside": ((DB, row(Failure.OUT_OF_REACH, vantage="outside", connected=False)), "OUT_OF_REACH"),
    "stopped by its owner": ((database(activation_policy="NEVER"),), "NOTHING_TO_CONNECT_TO"),
    "a server outside Google Cloud": ((sql(instance_type="ON_PREMISES_INSTANCE"),), "NOTHING_TO_CONNECT_TO"),
    "no private address": ((sql(ip_addresses=PUBLIC),), "NOTHING_TO_CONNECT_TO"),
    "Private Service Connect": (
        (sql(ip_addresses=(), settings=Settings(ip_configuration=PSC)),), "NOTHING_TO_CONNECT_TO",
    ),
    "an engine that is not known": ((database(version="ORACLE_23"),), "NOTHING_TO_CONNECT_TO"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "code"), SKIPS.values(), ids=list(SKIPS))
def test_is_skipped(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = judged(*rows)
    assert isinstance(found, Skip)
    assert found.code == code


@pytest.mark.parametrize(
    ("source", "said"),
    [("connector/staging", "every packet from connector/staging arrives"), ("", "probes.from")],
)
def test_a_time_out_is_set_beside_what_the_model_predicts(source: str, said: str) -> None:
    environment = msgspec.structs.replace(ACME, probes=msgspec.structs.replace(ACME.probes, source=source))
    rows = (*healthy(DB), row(Failure.TIMED_OUT, connected=False))
    (found,) = verdicts(sql_connect, DB, *rows, environment=environment)
    assert said in found.message


STRANGERS: dict[str, tuple[str, SqlConnection, str]] = {
    "no more than TCP, from a network that is not the instance's": (
        "connector/away", row(tls_version=""), "ANSWERED_BY_A_STRANGER",
    ),
    "no TLS": ("connector/away", row(SqlFailure.NO_TLS), "ANSWERED_BY_A_STRANGER"),
    "a refusal of the database": (
        "connector/away", row(SqlFailure.TOO_MANY_CONNECTIONS), "ANSWERED_BY_A_STRANGER",
    ),
    "a chain of the instance's own CA": ("connector/away", row(), ""),
    "the instance's network": ("connector/staging", row(tls_version=""), ""),
}  # fmt: skip


@pytest.mark.parametrize(("source", "seen", "code"), STRANGERS.values(), ids=list(STRANGERS))
def test_who_answers_where_the_model_sees_no_way_may_be_somebody_else(
    source: str, seen: SqlConnection, code: str
) -> None:
    environment = msgspec.structs.replace(ACME, probes=msgspec.structs.replace(ACME.probes, source=source))
    open_ = msgspec.structs.replace(database("ALLOW_UNENCRYPTED_AND_ENCRYPTED"), server_ca_cert=SqlCa(cert="PEM"))
    rows = (*healthy(open_, connector("away", network="other"), network("other")), seen)
    (found,) = verdicts(sql_connect, open_, *rows, environment=environment)
    assert isinstance(found, Undecided if code else Proof)
    assert found.code == code if isinstance(found, Undecided) else not code


def test_a_time_out_brings_the_command_that_traces_it() -> None:
    environment = msgspec.structs.replace(ACME, probes=msgspec.structs.replace(ACME.probes, source="connector/staging"))
    (found,) = verdicts(sql_connect, DB, *healthy(DB), row(Failure.TIMED_OUT, connected=False), environment=environment)
    assert isinstance(found, Violation)
    assert found.fix
    assert found.fix.gcloud[0].startswith("validate-infra path --env=staging --from=connector/staging --to=sql/")
