"""What the address of a Cloud SQL instance showed: refusals of the database itself, and TLS that is missing.

https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
https://cloud.google.com/sql/docs/mysql/quotas
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from validator.gcp.observed.connection_diagnosis import connection_trouble, how, unknown
from validator.gcp.observed.prediction import Prediction
from validator.gcp.observed.sql import SqlConnection, SqlFailure
from validator.gcp.observed.trouble import Trouble, Weight
from validator.model.fix import Fix
from validator.model.sql import SqlInstance

#: What was seen, and what to do.
_REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        SqlFailure.TOO_MANY_CONNECTIONS: (
            "has no place for another connection",
            "Bound the pools of the services, or raise max_connections.",
        ),
        SqlFailure.HOST_REFUSED: (
            "refuses this host",
            "FLUSH HOSTS unblocks hosts that broke off too often; look at what does.",
        ),
        SqlFailure.ERROR_REPLY: ("answers the first packet with an error", "Look at its error log."),
    }
)
_UNSET = ("", "SSL_MODE_UNSPECIFIED")


def sql_troubles(row: SqlConnection, sql: SqlInstance, prediction: Prediction) -> Iterator[Trouble]:
    """Everything that is not as it must be; at most one."""
    look = (f"gcloud sql instances describe {sql.short} --project={sql.project}",)
    if row.failure == SqlFailure.NO_TLS:
        yield from _plain(row, sql, look)
    elif row.failure in _REFUSALS:
        seen, remedy = _REFUSALS[row.failure]
        said = f" ({row.details})" if row.details else ""
        yield Trouble(code=row.failure, words=f"{seen}{said}, {how(row)}", fix=Fix(summary=remedy, gcloud=look))
    elif row.failure:
        yield connection_trouble(row, prediction, look) or unknown(row)
    elif row.unverified:
        words = f"speaks TLS, but whether its certificate is to be trusted is not known: {row.unverified}, {how(row)}"
        yield Trouble(code="CERTIFICATE_NOT_VERIFIED", words=words, weight=Weight.UNKNOWN)


def well(row: SqlConnection) -> str:
    """What an address without troubles showed: "takes connections (1.2 ms) and speaks TLSv1.3, …"."""
    connects = f"takes connections ({row.connect_ms:.3g} ms)"
    if row.tls_version:
        until = f" until {row.not_after[:10]}" if row.not_after else ""
        return f"{connects} and speaks {row.tls_version}; its certificate is of its own CA{until}, {how(row)}"
    if row.failure == SqlFailure.NO_TLS:
        return f"{connects} and speaks no TLS, which its TLS mode allows, {how(row)}"
    return f"{connects}; no more than TCP was tried there, {how(row)}"


def _plain(row: SqlConnection, sql: SqlInstance, look: tuple[str, ...]) -> Iterator[Trouble]:
    ip = sql.settings.ip_configuration
    mode = ip.ssl_mode if ip.ssl_mode not in _UNSET else "requireSsl" if ip.require_ssl else ""
    if mode in ("", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"):
        return
    words = f"speaks no TLS, although its TLS mode is {mode}: another server may answer there, {how(row)}"
    yield Trouble(code="NOT_TLS", words=words, fix=Fix(summary="See what answers at the address.", gcloud=look))
