"""The Cloud SQL instance takes no connection without TLS, and its server CA is good for long enough.

Why:
    A connection without TLS shows data and passwords to whoever is on the way. A server CA that expires fails every
    client that verifies it in the same second; clients need the next one in hand before the server changes over.

Remediation:
    Set the TLS mode. Create the next server CA, give it to the clients beside the old one, then rotate.

References:
    https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
    https://cloud.google.com/sql/docs/postgres/manage-ssl-instance
    https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from validator.check import Fix, Moment, Params, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.certificates.ca_expiry import End, remaining
from validator.model.sql import SqlCa, SqlInstance

Mode = Literal["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"]
_STRICTNESS = ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")


class SqlTls(Params, frozen=True):
    """What clients must do, and how early the end of the server CA is too near."""

    #: The least that clients must do about TLS; where it is not given, ENCRYPTED_ONLY is expected, as a warning.
    mode: Mode | None = None
    #: At most a third of the CA's life.
    min_days_left: Annotated[int, Meta(ge=0)] = 30


@check(severity=Severity.ERROR)
def sql_tls(sql: SqlInstance, *, moment: Moment, params: SqlTls) -> Verdicts:
    """The mode first, then the server CA."""
    if sql.instance_type == "ON_PREMISES_INSTANCE":
        reason = f"{sql.label} stands for a server outside Google Cloud"
        yield Skip(code="ON_PREMISES_INSTANCE", message=reason, evidence=(sql.path,))
        return
    yield from _mode(sql, params.mode)
    if sql.server_ca_cert and sql.server_ca_cert.expiration_time:
        yield from _authority(sql, sql.server_ca_cert, moment, params)
    elif sql.state == "RUNNABLE":
        message = f"{sql.label} does not say when its server CA expires."
        yield Undecided(code="CERTIFICATE_EXPIRY_UNKNOWN", message=message, evidence=(sql.path,))


def _mode(sql: SqlInstance, declared: Mode | None) -> Iterator[Verdict]:
    if sql.settings.connector_enforcement == "REQUIRED":
        # The connectors bring mutual TLS with them, and nothing else may connect.
        yield Proof(message=f"{sql.label} takes connectors only, which bring TLS", evidence=(sql.path,))
        return
    wanted, found = declared or "ENCRYPTED_ONLY", _in_force(sql)
    if found not in _STRICTNESS:
        message = f"{sql.label} has TLS mode {found}, of which this tool does not know what it asks of clients."
        yield Undecided(code="UNKNOWN_SSL_MODE", message=message, evidence=(sql.path, f"sslMode={found}"))
    elif _STRICTNESS.index(found) < _STRICTNESS.index(wanted):
        yield Violation(
            code="CLOUD_SQL_SSL_MODE",
            message=f"{sql.label} has TLS mode {found}, at least {wanted} is {'declared' if declared else 'expected'}.",
            evidence=(sql.path, f"sslMode={sql.settings.ip_configuration.ssl_mode}"),
            severity=None if declared else Severity.WARNING,
            fix=Fix(
                summary="Set the TLS mode; clients without TLS are refused from then on.",
                gcloud=(f"gcloud sql instances patch {sql.short} --ssl-mode={wanted} --project={sql.project}",),
                terraform=f'ip_configuration {{\n  ssl_mode = "{wanted}"\n}}',
            ),
        )
    else:
        yield Proof(message=f"{sql.label} has TLS mode {found}", evidence=(sql.path,))


def _in_force(sql: SqlInstance) -> str:
    """The TLS mode; the older requireSsl counts only where it is unset, and asked for client certificates too."""
    ip = sql.settings.ip_configuration
    if ip.ssl_mode not in ("", "SSL_MODE_UNSPECIFIED"):
        return ip.ssl_mode
    if not ip.require_ssl:
        return "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    return "ENCRYPTED_ONLY" if sql.database_version.startswith("SQLSERVER") else "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"


def _authority(sql: SqlInstance, authority: SqlCa, moment: Moment, params: SqlTls) -> Iterator[Verdict]:
    left = remaining(authority.create_time, authority.expiration_time, moment, params.min_days_left)
    evidence = (sql.path, f"serverCaCert.expirationTime={authority.expiration_time}")
    match left.end:
        case End.UNKNOWN:
            message = f"{sql.label} has a server CA whose end, {authority.expiration_time!r}, is no time."
            yield Undecided(code="CERTIFICATE_EXPIRY_UNKNOWN", message=message, evidence=evidence)
        case End.PAST:
            message = f"{sql.label} has a server CA that expired on {left.day}: clients that verify it are failing."
            yield Violation(code="CERTIFICATE_EXPIRED", message=message, evidence=evidence, fix=_rotation(sql))
        case End.NEAR:
            message = f"{sql.label} has a server CA that expires on {left.day}, in {left.days} days."
            yield Violation(
                code="CERTIFICATE_EXPIRES_SOON",
                message=message,
                evidence=evidence,
                severity=Severity.WARNING,
                fix=_rotation(sql),
            )
        case End.FAR:
            yield Proof(message=f"the server CA of {sql.label} is good until {left.day}", evidence=evidence)


def _rotation(sql: SqlInstance) -> Fix:
    certs = "gcloud sql ssl server-ca-certs"
    where = f"--instance={sql.short} --project={sql.project}"
    return Fix(
        summary="Create the next CA, give the clients both, then rotate.",
        gcloud=(
            f"{certs} create {where}",
            f"{certs} list --format='value(cert)' {where} > server-ca.pem",
            f"{certs} rotate {where}",
        ),
    )
