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

from validator.check import (
    Environment,
    Fix,
    Maybe,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.observed.flows import Flows, Seen
from validator.gcp.observed.origin import Origin
from validator.gcp.observed.prediction import Prediction, predict
from validator.gcp.observed.redis import RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.gcp.paths.paths import Paths
from validator.gcp.paths.trace import Result
from validator.model.run import Service

_CORRECT = Fix(summary="Correct probes.from, or leave it out where the probe ran as each service does.")


@check(severity=Severity.WARNING)
def prediction(
    service: Service,
    *,
    flows: Flows,
    services: Table[Service],
    pings: Table[RedisPing],
    connections: Table[SqlConnection],
    paths: Paths,
    environment: Environment,
) -> Verdicts:
    """One verdict for each flow of the service that was both probed and modelled."""
    source = Origin.of(service, services, environment).source
    seen = list(flows.seen(service, source, (*pings, *connections)))
    if not seen:
        message = f"no variable of {service.label} leads to a Redis or Cloud SQL address that is probed"
        yield Skip(code="NO_PROBED_FLOW", message=message)
    for one in seen:
        yield from _compared(service, one, predict(one.flow, Maybe(paths), environment))


def _compared(service: Service, seen: Seen, said: Prediction) -> Iterator[Verdict]:
    evidence = (service.path, seen.row.path, seen.because)
    what = f"{seen.because}, from {seen.flow.source}"
    predicted = f"predicted {said.result}{f' ({said.code})' if said.code else ''}"
    observed = "answers" if seen.reached else f"stays silent ({seen.row.failure})"
    if reason := _unobserved(seen):
        yield Skip(code="NOTHING_OBSERVED", message=f"{what}: {reason}", evidence=evidence)
    elif said.no_source:
        yield Undecided(code="SOURCE_NOT_FOUND", message=f"{what}: {said.words}.", evidence=evidence, fix=_CORRECT)
    elif said.result in (None, Result.UNDETERMINED):
        yield Skip(code="NOTHING_PREDICTED", message=f"{what}: {said.words}", evidence=evidence)
    elif said.result is Result.REACHABLE and not seen.reached:
        words = f"{what}: {predicted}, but {seen.row.name} {observed}"
        yield _contradiction("PREDICTED_REACHABLE_BUT_SILENT", words, evidence, said)
    elif said.result is Result.UNREACHABLE and seen.reached:
        words = f"{what}: predicted {said.result}, but {seen.row.name} {observed}; the model says {said.why}"
        yield _contradiction("PREDICTED_UNREACHABLE_BUT_ANSWERS", words, evidence, said)
    else:
        agree = "either may be" if said.result is Result.AMBIGUOUS else "model and probe agree"
        yield Proof(message=f"{predicted}, and {seen.row.name} {observed}: {agree}; {what}", evidence=evidence)


def _unobserved(seen: Seen) -> str:
    """Why the probe tells nothing of the way; "" where it does."""
    if seen.row.vantage != "vpc":
        return "the probe was not made inside the VPC"
    if seen.reached is None:
        return f"the probe sent no packet there ({seen.row.failure or 'the name leads to its own machine'})"
    return ""


def _contradiction(code: str, words: str, evidence: tuple[str, ...], said: Prediction) -> Violation:
    return Violation(
        code=code,
        message=f"{words}. One of the two is wrong.",
        evidence=evidence,
        fix=Fix(
            summary="See whether the probe ran where the service does (probes.from), then trace the flow hop by hop.",
            gcloud=(said.trace,),
        ),
    )
