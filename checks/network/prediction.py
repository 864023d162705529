"""What probes saw of a flow is what the model of the network predicts for it.

Why:
    A model that says "every packet arrives" beside a connection that times out, or the reverse, means that one of the
    two is wrong: the probe ran elsewhere than the service does, something saturates that no configuration shows, or
    the configuration was read wrongly. Whoever trusts one without the other looks in the wrong place.

Remediation:
    Say what the probing machine is to the network (`probes.from`), and trace the flow with `validate-infra path`. If
    both still stand, look at what configuration does not tell: connector CPU and connection tracking, the server's
    clients, routes of an appliance.

References:
    https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/overview
    https://cloud.google.com/vpc/docs/serverless-vpc-access
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.check import Environment, Fix, Maybe, Proof, Severity, Skip, Table, Verdict, Verdicts, Violation, check
from validator.gcp.observed.flows import Flows, Seen
from validator.gcp.observed.prediction import Prediction, predict
from validator.gcp.observed.redis import RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Result
from validator.model.run import Service


@check(severity=Severity.WARNING)
def prediction(
    service: Service,
    *,
    flows: Flows,
    pings: Table[RedisPing],
    connections: Table[SqlConnection],
    paths: Paths,
    environment: Environment,
) -> Verdicts:
    """One verdict for each flow of the service that was both probed and modelled."""
    source = environment.probes.source or f"run/{service.location}/{service.short}"
    seen = list(flows.seen(service, source, (*pings, *connections)))
    if not seen:
        message = f"no variable of {service.label} leads to a Redis or Cloud SQL address that is probed"
        yield Skip(code="NO_PROBED_FLOW", message=message)
    for one in seen:
        yield from _compared(service, one, predict(one.flow, Maybe(paths)))


def _compared(service: Service, seen: Seen, said: Prediction) -> Iterator[Verdict]:
    evidence = (service.path, seen.row.path, seen.because)
    what = f"{seen.because}, from {seen.flow.source}"
    if seen.row.vantage != "vpc" or seen.reached is None:
        message = f"{what}: the probe tells nothing of the way, since it was not made inside the VPC or sent no packet"
        yield Skip(code="NOTHING_OBSERVED", message=message, evidence=evidence)
    elif said.result in (None, Result.UNDETERMINED):
        yield Skip(code="NOTHING_PREDICTED", message=f"{what}: {said.words}", evidence=evidence)
    elif said.result is Result.REACHABLE and not seen.reached:
        words = f"{what}: predicted REACHABLE, but {seen.row.name} stays silent ({seen.row.failure})"
        yield _contradiction("PREDICTED_REACHABLE_BUT_SILENT", words, evidence, seen)
    elif said.result is Result.UNREACHABLE and seen.reached:
        words = f"{what}: predicted UNREACHABLE, but {seen.row.name} answers; {said.words}"
        yield _contradiction("PREDICTED_UNREACHABLE_BUT_ANSWERS", words, evidence, seen)
    else:
        observed = "answers" if seen.reached else f"stays silent ({seen.row.failure})"
        yield Proof(message=f"{what}: predicted {said.result}, and {seen.row.name} {observed}", evidence=evidence)


def _contradiction(code: str, words: str, evidence: tuple[str, ...], seen: Seen) -> Violation:
    flow = seen.flow
    host = f"[{flow.host}]" if ":" in flow.host else flow.host
    end = f"--to={flow.to} --port={flow.port}" if flow.to else f"--to=host:{host}:{flow.port}"
    return Violation(
        code=code,
        message=f"{words}. One of the two is wrong.",
        evidence=evidence,
        fix=Fix(
            summary="See whether the probe ran where the service does (probes.from), then trace the flow hop by hop.",
            gcloud=(f"validate-infra path --from={flow.source} {end}",),
        ),
    )
