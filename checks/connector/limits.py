"""The connector's instances, machine type and name are within Google's limits and the declared ones.

Why: Google refuses a connector outside its limits only when it is applied, in the middle of a deploy. Within them, a
connector of micro machines runs out of CPU credits and conntrack entries, and connections time out below its bandwidth.

Remediation: Set between 2 and 9 instances as the minimum and more, up to 10, as the maximum. Use e2-standard-4 in
production. A name cannot be changed: create another connector.

References: https://cloud.google.com/run/docs/configuring/vpc-connectors
https://cloud.google.com/vpc/docs/reference/vpcaccess/rest/v1/projects.locations.connectors
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.sites import update_command
from validator.model.connector import Connector

_TYPES = ("f1-micro", "e2-micro", "e2-standard-4")
_MICRO = ("f1-micro", "e2-micro")
_DEFAULT_TYPE = "e2-micro"
_DEFAULT_MIN, _DEFAULT_MAX = 2, 10
_NAME = re.compile(r"[a-z][-a-z0-9]{0,23}[a-z0-9]")


class ConnectorLimits(Params, frozen=True):
    """The house's own limits; Google's hold in any case."""

    #: At least this many instances must always run.
    min_instances: int | None = None
    #: It may not grow beyond this many instances.
    max_instances: int | None = None
    #: Machine types the house allows; empty means all of Google's.
    machine_types: tuple[str, ...] = ()
    #: Whether micro machines, which can exhaust CPU and conntrack under load, are worth a warning.
    production: bool = False


@check(severity=Severity.ERROR)
def connector_limits(connector: Connector, *, params: ConnectorLimits) -> Verdicts:
    """Yield one violation for each limit that is not kept."""
    found = [
        *_size(connector),
        *_house(connector, params),
        *_machine(connector, params),
        *_name(connector.short, connector),
    ]
    yield from found or (_proof(connector),)


def _size(connector: Connector) -> Iterator[Verdict]:
    """The live API echoes throughput beside instances, so throughput counts only where there are no instances.

    https://cloud.google.com/vpc/docs/reference/vpcaccess/rest/v1/projects.locations.connectors
    """
    if connector.min_instances or connector.max_instances:
        yield from _instances(connector)
    elif connector.min_throughput or connector.max_throughput:
        yield from _throughput(connector)
    else:
        message = f"{connector.label} tells neither instances nor throughput, so its size is not known."
        yield Undecided(code="CONNECTOR_SIZE_UNKNOWN", message=message, evidence=(connector.path,))


def _instances(connector: Connector) -> Iterator[Violation]:
    least, most = connector.min_instances or _DEFAULT_MIN, connector.max_instances or _DEFAULT_MAX
    code = "CONNECTOR_INSTANCES_OUT_OF_RANGE"
    if not 2 <= least <= 9:
        yield _resize(connector, code, f"{connector.label} has min_instances {least}; Google allows 2 to 9.")
    if not 3 <= most <= 10:
        yield _resize(connector, code, f"{connector.label} has max_instances {most}; Google allows 3 to 10.")
    if most <= least:
        message = f"{connector.label} has max_instances {most}, which must be more than min_instances {least}."
        yield _resize(connector, code, message)


def _throughput(connector: Connector) -> Iterator[Violation]:
    least, most = connector.min_throughput or 200, connector.max_throughput or 300
    code = "CONNECTOR_THROUGHPUT_OUT_OF_RANGE"
    if least not in range(200, 901, 100):
        message = f"{connector.label} has min_throughput {least}; Google allows 200 to 900 Mbit/s in steps of 100."
        yield _resize(connector, code, message)
    if most not in range(300, 1001, 100):
        message = f"{connector.label} has max_throughput {most}; Google allows 300 to 1000 Mbit/s in steps of 100."
        yield _resize(connector, code, message)
    if most <= least:
        message = f"{connector.label} has max_throughput {most}, which must be more than min_throughput {least}."
        yield _resize(connector, code, message)


def _house(connector: Connector, params: ConnectorLimits) -> Iterator[Violation]:
    code = "CONNECTOR_INSTANCES_UNEXPECTED"
    least, most = connector.min_instances or _DEFAULT_MIN, connector.max_instances or _DEFAULT_MAX
    if params.min_instances is not None and least < params.min_instances:
        message = f"{connector.label} has min_instances {least}; declared are at least {params.min_instances}."
        yield _resize(connector, code, message)
    if params.max_instances is not None and most > params.max_instances:
        message = f"{connector.label} has max_instances {most}; declared are at most {params.max_instances}."
        yield _resize(connector, code, message)


def _machine(connector: Connector, params: ConnectorLimits) -> Iterator[Violation]:
    kind = connector.machine_type or _DEFAULT_TYPE
    if kind not in _TYPES:
        message = f"{connector.label} has machine_type {kind!r}; Google offers {', '.join(_TYPES)} and nothing else."
        yield _violation(connector, "CONNECTOR_MACHINE_TYPE_INVALID", message, _machine_fix(connector))
    elif params.machine_types and kind not in params.machine_types:
        message = f"{connector.label} has machine_type {kind!r}; declared is {' or '.join(params.machine_types)}."
        fix = _machine_fix(connector, params.machine_types[0])
        yield _violation(connector, "CONNECTOR_MACHINE_TYPE_UNEXPECTED", message, fix)
    elif params.production and kind in _MICRO:
        message = (
            f"{connector.label} runs on {kind}, which can exhaust its CPU credits and conntrack table: "
            "connections then time out below the bandwidth limit."
        )
        fix = _machine_fix(connector)
        yield _violation(connector, "CONNECTOR_MACHINE_TYPE_WEAK", message, fix, severity=Severity.WARNING)


def _name(short: str, connector: Connector) -> Iterator[Violation]:
    """Google's guide stops at 20, hyphens counted twice, its API at 25: the first is a remark, the second an error."""
    fix = Fix(summary="A name cannot be changed: create a connector with a shorter one, and delete this.")
    if not _NAME.fullmatch(short):
        message = (
            f"{connector.label} has a name Google refuses: at most 25 of a-z, 0-9 and hyphen, starting with a letter "
            "and not ending with a hyphen."
        )
        yield _violation(connector, "CONNECTOR_NAME_INVALID", message, fix)
    elif (counted := len(short) + short.count("-")) > 20:
        message = f"{connector.label} has a name of {counted} characters with each hyphen counted twice; keep to 20."
        yield _violation(connector, "CONNECTOR_NAME_LONG", message, fix, severity=Severity.WARNING)


def _resize(connector: Connector, code: str, message: str) -> Violation:
    fix = Fix(
        summary="Set min_instances to 2..9 and max_instances to more, up to 10, within what is declared.",
        gcloud=(update_command(connector, "--min-instances=2", "--max-instances=10"),),
        terraform='resource "google_vpc_access_connector" "main" {\n  min_instances = 2\n  max_instances = 10\n}',
    )
    return _violation(connector, code, message, fix)


def _machine_fix(connector: Connector, kind: str = "e2-standard-4") -> Fix:
    return Fix(
        summary=f"Use {kind}.",
        gcloud=(update_command(connector, f"--machine-type={kind}"),),
        terraform=f'resource "google_vpc_access_connector" "main" {{\n  machine_type = "{kind}"\n}}',
    )


def _violation(
    connector: Connector, code: str, message: str, fix: Fix, *, severity: Severity | None = None
) -> Violation:
    evidence = (connector.path, *_facts(connector))
    return Violation(code=code, message=message, evidence=evidence, fix=fix, severity=severity)


def _facts(connector: Connector) -> Iterator[str]:
    yield f"minInstances={connector.min_instances}"
    yield f"maxInstances={connector.max_instances}"
    yield f"machineType={connector.machine_type or _DEFAULT_TYPE}"


def _proof(connector: Connector) -> Proof:
    kind = connector.machine_type or _DEFAULT_TYPE
    size = f"{connector.min_instances or _DEFAULT_MIN} to {connector.max_instances or _DEFAULT_MAX} instances of {kind}"
    if not (connector.min_instances or connector.max_instances):
        size = f"{connector.min_throughput or 200} to {connector.max_throughput or 300} Mbit/s on {kind}"
    return Proof(message=f"{connector.label} runs {size}", evidence=(connector.path, *_facts(connector)))
