"""The Cloud SQL instance takes connections at its private address, and speaks TLS with its own CA.

Why:
    Configuration cannot show that a database answers. The probe connects to the private address and goes through the
    TLS handshake in the words of PostgreSQL or MySQL (of SQL Server, and where connectors are required, TCP only);
    nobody logs in. A time-out is set beside what the network model says of the same packets.

Remediation:
    Mend what the finding names. A time-out that the model predicts is mended in the network; one that it does not
    predict is saturation, or a probe that ran elsewhere than the services do: run it on their connector, and declare
    so (`vantage: vpc`, `probes.from`).

References:
    https://cloud.google.com/sql/docs/postgres/debugging-connectivity
    https://cloud.google.com/sql/docs/postgres/configure-private-ip
    https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.check import (
    Environment,
    Maybe,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    check,
    verdict_of,
)
from validator.gcp.observed.connection_diagnosis import PREDICTED, stranger
from validator.gcp.observed.prediction import UNASKED, Flow, Prediction, predict
from validator.gcp.observed.sql import Gate, SqlConnection, SqlFailure, gates
from validator.gcp.observed.sql_diagnosis import sql_troubles, well
from validator.gcp.observed.trouble import Trouble
from validator.gcp.paths.paths import Paths
from validator.model.sql import SqlInstance


@check(severity=Severity.ERROR)
def sql_connect(
    sql: SqlInstance,
    *,
    databases: Table[SqlInstance],
    connections: Table[SqlConnection],
    paths: Maybe[Paths],
    environment: Environment,
) -> Verdicts:
    """Each private address."""
    rows = {(row.host, row.port): row for row in connections}
    found = gates(sql)
    if reason := _aside(sql, found):
        yield Skip(code="NOTHING_TO_CONNECT_TO", message=f"{sql.label} {reason}", evidence=(sql.path,))
        return
    for gate in found:
        row, twins = rows.get((gate.host, gate.port)), _twins(sql, gate, databases)
        if twins:
            yield _used_twice(sql, gate, twins)
        elif row is None:
            yield Undecided(code="NOT_PROBED", message=f"{sql.label} at {gate} was not probed.", evidence=(sql.path,))
        else:
            asked = row.failure in PREDICTED or _unproven(row, gate)
            prediction = _prediction(sql, gate, paths, environment) if asked else UNASKED
            foreign = stranger(environment.probes.source, prediction) if _unproven(row, gate) else None
            yield from _judged(sql, row, (foreign,) if foreign else tuple(sql_troubles(row, sql, prediction)))


def _twins(sql: SqlInstance, gate: Gate, databases: Table[SqlInstance]) -> tuple[SqlInstance, ...]:
    """Others with the same address, in networks of their own."""
    return tuple(row for row in databases if row.path != sql.path and gate.host in {one.host for one in gates(row)})


def _used_twice(sql: SqlInstance, gate: Gate, twins: tuple[SqlInstance, ...]) -> Undecided:
    others = ", ".join(row.label for row in twins)
    return Undecided(
        code="ADDRESS_USED_TWICE",
        message=(
            f"{sql.label} at {gate} has the address of {others} too, in networks of their own: which of them was asked"
            " is not known."
        ),
        evidence=(sql.path, *(row.path for row in twins)),
    )


def _aside(sql: SqlInstance, found: tuple[Gate, ...]) -> str:
    """Why there is nothing to connect to."""
    if sql.instance_type == "ON_PREMISES_INSTANCE":
        return "stands for a server outside Google Cloud"
    if sql.settings.activation_policy == "NEVER":
        return "is stopped by its owner; see sql.private"
    if found:
        return ""
    psc = sql.settings.ip_configuration.psc_config
    if psc and psc.psc_enabled:
        return "is reached through Private Service Connect, whose endpoints are not read"
    if any(one.type == "PRIVATE" and one.ip_address for one in sql.ip_addresses):
        return f"is a {sql.database_version or 'database'} whose port is not known here"
    return "has no private address; see sql.private"


def _prediction(sql: SqlInstance, gate: Gate, paths: Maybe[Paths], environment: Environment) -> Prediction:
    to = f"{sql.KIND.noun}/{sql.location or sql.project}/{sql.short}"
    flow = Flow(source=environment.probes.source, to=to, host=gate.host, port=gate.port)
    return predict(flow, paths, environment)


def _unproven(row: SqlConnection, gate: Gate) -> bool:
    """Whether something answers without showing by a chain of its own CA that it is the instance."""
    answers = not row.failure or row.failure in tuple(SqlFailure)
    return answers and not (row.tls_version and gate.ca and not row.unverified)


def _judged(sql: SqlInstance, row: SqlConnection, found: tuple[Trouble, ...]) -> Iterator[Verdict]:
    label, evidence = f"{sql.label} at {row.name}", (sql.path,)
    yield from (verdict_of(trouble, label, evidence) for trouble in found)
    if not found:
        yield Proof(message=f"{label} {well(row)}", evidence=evidence)
