"""sql.tls: the TLS mode and the server CA."""

from __future__ import annotations

from typing import Any

import pytest

from checks.sql.tls import SqlTls, sql_tls
from tests.builders import VPC, sql
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.sql import IpConfiguration, Settings, SqlCa, SqlInstance

DEFAULT = SqlTls()
STRICT = SqlTls(mode="TRUSTED_CLIENT_CERTIFICATE_REQUIRED")


def db(mode: str = "ENCRYPTED_ONLY", until: str = "2036-02-28T17:20:00Z", **changes: Any) -> SqlInstance:
    """A running instance with this TLS mode, whose server CA was made in March 2026."""
    changes = {"ca": SqlCa(create_time="2026-03-01T17:20:00Z", expiration_time=until)} | changes
    settings = Settings(
        activation_policy="ALWAYS",
        connector_enforcement=changes.pop("connectors", ""),
        ip_configuration=IpConfiguration(
            private_network=f"/{VPC}", ssl_mode=mode, require_ssl=changes.pop("require_ssl", False)
        ),
    )
    return sql(settings=settings, server_ca_cert=changes.pop("ca"), **changes)


PASSES = {
    "TLS and a young CA": (db(), DEFAULT),
    "client certificates, more than expected": (db("TRUSTED_CLIENT_CERTIFICATE_REQUIRED"), DEFAULT),
    "client certificates, as declared": (db("TRUSTED_CLIENT_CERTIFICATE_REQUIRED"), STRICT),
    "the older setting alone, which asks for client certificates": (db("", require_ssl=True), STRICT),
    "connectors only, which bring TLS": (db("", connectors="REQUIRED"), STRICT),
    "a CA for just long enough": (db(until="2026-12-20T18:00:00Z"), DEFAULT),
    "a CA that is declared to be good until its last day": (db(until="2026-11-21T00:00:00Z"), SqlTls(min_days_left=0)),
    "an instance that is being created and has no CA yet": (db(ca=None, state="PENDING_CREATE"), DEFAULT),
}
FAILS = {
    "connections without TLS, whatever the older setting": (
        db("ALLOW_UNENCRYPTED_AND_ENCRYPTED", require_ssl=True),
        DEFAULT,
        ["CLOUD_SQL_SSL_MODE"],
    ),
    "no TLS mode": (db(""), DEFAULT, ["CLOUD_SQL_SSL_MODE"]),
    "an unspecified TLS mode": (db("SSL_MODE_UNSPECIFIED"), DEFAULT, ["CLOUD_SQL_SSL_MODE"]),
    "no client certificates though declared": (db(), STRICT, ["CLOUD_SQL_SSL_MODE"]),
    "SQL Server, whose older setting asks for no client certificates": (
        db("", require_ssl=True, database_version="SQLSERVER_2022_STANDARD"),
        STRICT,
        ["CLOUD_SQL_SSL_MODE"],
    ),
    "a CA that ends this month": (db(until="2026-12-01T00:00:00Z"), DEFAULT, ["CERTIFICATE_EXPIRES_SOON"]),
    "a CA that has ended": (db(until="2026-11-20T17:59:59Z"), DEFAULT, ["CERTIFICATE_EXPIRED"]),
    "a CA that has ended, behind connectors only": (
        db(until="2026-11-01T00:00:00Z", connectors="REQUIRED"),
        DEFAULT,
        ["CERTIFICATE_EXPIRED"],
    ),
    "both": (db("", until="2026-11-01T00:00:00Z"), DEFAULT, ["CLOUD_SQL_SSL_MODE", "CERTIFICATE_EXPIRED"]),
}
UNDECIDED = {
    "a TLS mode of the future": (db("QUANTUM_ONLY"), ["UNKNOWN_SSL_MODE"]),
    "a CA without an end": (db(until=""), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a CA whose end is no time": (db(until="soon"), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a running instance without a CA": (db(ca=None), ["CERTIFICATE_EXPIRY_UNKNOWN"]),
    "a server outside Google Cloud": (sql(instance_type="ON_PREMISES_INSTANCE"), ["ON_PREMISES_INSTANCE"]),
}


@pytest.mark.parametrize(("subject", "params"), PASSES.values(), ids=PASSES)
def test_passes(subject: SqlInstance, params: SqlTls) -> None:
    found = verdicts(sql_tls, subject, params=params)
    assert found
    assert all(isinstance(one, Proof) for one in found)


@pytest.mark.parametrize(("subject", "params", "expected"), FAILS.values(), ids=FAILS)
def test_fails(subject: SqlInstance, params: SqlTls, expected: list[str]) -> None:
    found = [one for one in verdicts(sql_tls, subject, params=params) if not isinstance(one, Proof)]
    assert [one.code for one in found] == expected
    assert all(isinstance(one, Violation) and one.fix and one.evidence[0] == subject.path for one in found)


@pytest.mark.parametrize(("subject", "expected"), UNDECIDED.values(), ids=UNDECIDED)
def test_does_not_pass_what_it_cannot_judge(subject: SqlInstance, expected: list[str]) -> None:
    assert codes(sql_tls, subject, params=DEFAULT) == expected
    assert not any(isinstance(one, Violation) for one in verdicts(sql_tls, subject, params=DEFAULT))


def first(subject: SqlInstance, params: SqlTls) -> Violation:
    found = next(one for one in verdicts(sql_tls, subject, params=params) if not isinstance(one, Proof))
    assert isinstance(found, Violation)
    return found


def test_what_nobody_declared_is_a_warning_and_what_is_declared_an_error() -> None:
    expected, declared = first(db(""), DEFAULT), first(db(""), SqlTls(mode="ENCRYPTED_ONLY"))
    assert (expected.severity, declared.severity) == (Severity.WARNING, None)
    assert expected.message.endswith("at least ENCRYPTED_ONLY is expected.")
    assert declared.message.endswith("at least ENCRYPTED_ONLY is declared.")
    assert declared.fix is not None
    assert declared.fix.gcloud == ("gcloud sql instances patch db --ssl-mode=ENCRYPTED_ONLY --project=acme",)


def test_a_near_end_is_a_warning_with_the_commands_to_rotate() -> None:
    near, past = first(db(until="2026-12-01T00:00:00Z"), DEFAULT), first(db(until="2026-11-01T00:00:00Z"), DEFAULT)
    assert (near.severity, past.severity) == (Severity.WARNING, None)
    assert near.message == "sql/db has a server CA that expires on 2026-12-01, in 10 days."
    assert near.fix is not None
    assert near.fix.gcloud[0] == "gcloud sql ssl server-ca-certs create --instance=db --project=acme"


def test_an_unreadable_end_is_quoted() -> None:
    found = verdicts(sql_tls, db(until="soon"), params=DEFAULT)[-1]
    assert isinstance(found, Undecided)
    assert found.message == "sql/db has a server CA whose end, 'soon', is no time."
