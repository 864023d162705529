"""What a Cloud SQL instance answers at its private address, up to TLS: nobody logs in, and no secret is used."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from validator.gcp.observed.failure import packets_arrived
from validator.gcp.sql_ports import CONNECTOR_PORT, default_port
from validator.model.environment import Environment
from validator.model.resource import Kind, Probe, Resource, Target, target
from validator.model.sql import SqlInstance
from validator.model.table import Table


class SqlFailure(enum.StrEnum):
    """What the database itself refuses with, beside how connections fail (`Failure`)."""

    #: It speaks no TLS.
    NO_TLS = "NO_TLS"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    #: MySQL takes nothing from this host: it may not connect, or broke off too often.
    HOST_REFUSED = "HOST_REFUSED"
    ERROR_REPLY = "ERROR_REPLY"


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """An address and port of an instance, and the protocol spoken there."""

    host: str
    port: int
    #: "postgres" or "mysql"; "" where no more than TCP is tried.
    protocol: str = ""
    #: PEM of the server CA.
    ca: str = ""

    def __str__(self) -> str:
        """`10.20.0.3:5432`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def target(self, project: str) -> Target:
        """The probe of it."""
        given = {name: str(getattr(self, name)) for name in self.__struct_fields__}
        return target(project, at=str(self), **given)

    @classmethod
    def of(cls, made: Target) -> Gate:
        """The gate that a target was made of."""
        given = dict(made.arguments)
        return cls(host=given["host"], port=int(given["port"]), protocol=given["protocol"], ca=given["ca"])


def gates(row: SqlInstance) -> tuple[Gate, ...]:
    """One for each private address; none for an engine that is not known here.

    Where connectors are required, nothing but their own port may be connected to, and that wants a client certificate:
    TCP is all that is tried there. So it is of SQL Server, which wraps its handshake into TDS packets.
    https://cloud.google.com/sql/docs/postgres/connect-connectors
    https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
    """
    port, protocol = default_port(row), {5432: "postgres", 3306: "mysql"}.get(default_port(row), "")
    if port and row.settings.connector_enforcement == "REQUIRED":
        port, protocol = CONNECTOR_PORT, ""
    ca = row.server_ca_cert.cert if row.server_ca_cert and protocol else ""
    private = dict.fromkeys(one.ip_address for one in row.ip_addresses if one.type == "PRIVATE" and one.ip_address)
    return tuple(Gate(host=host, port=port, protocol=protocol, ca=ca) for host in private if port)


def _targets(*, environment: Environment, databases: Table[SqlInstance]) -> Iterator[Target]:
    for row in databases:
        yield from (gate.target(environment.project) for gate in gates(row))


class SqlConnection(Resource, frozen=True, kw_only=True):
    """What one address and port answered; `name` says both."""

    KIND: ClassVar[Kind] = Kind(
        noun="sql-connection",
        probe=Probe(name="sql.connect", targets=_targets, each="each private address of Cloud SQL instances"),
    )
    host: str = ""
    port: int = 0
    #: As of the gate.
    protocol: str = ""
    #: Where the probe was: "vpc" or "outside".
    vantage: str = ""
    #: A `Failure` or `SqlFailure`: "" where nothing failed.
    failure: str = ""
    #: What a server or a library said of it.
    details: str = ""
    attempts: int = 0
    #: Seconds slept between attempts, and in all.
    waited_s: float = 0.0
    took_s: float = 0.0
    #: Whether TCP stood, and how long the last handshake of it took.
    connected: bool = False
    connect_ms: float = 0.0
    #: "TLSv1.3".
    tls_version: str = ""
    #: SHA-256 of the server's certificate, lower-case hexadecimal, and its end (RFC 3339).
    fingerprint: str = ""
    not_after: str = ""
    #: Why the chain could not be verified although TLS was spoken; "" where it was, or there was no TLS.
    unverified: str = ""


def reached(row: SqlConnection) -> bool | None:
    """Whether packets came there and back on TCP; None where the row tells nothing of that."""
    return True if row.connected else packets_arrived(row.failure)
