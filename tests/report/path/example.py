"""An answer that splits: half of a connector gets to Redis, the other half meets a deny rule."""

from __future__ import annotations

from tests.report.example import CONNECTOR, NETWORK, REDIS, SERVICE, TAKEN
from validator.engine.findings import Source
from validator.gcp.paths.trace import End, Hop, Reach, Trace
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import NO_PACKETS, Packets, packets
from validator.model.fix import Fix
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Target
from validator.report.path.answer import Answer

HOST = "10.166.204.83/32"
_START = (
    Hop(state="START_FROM_CLOUD_RUN_REVISION", words="chat-api-00007-xyz, which serves all traffic", resource=SERVICE),
    Hop(
        state="ARRIVE_AT_VPC_CONNECTOR", words="chat-connector (READY) with 10.2.0.0/28 on chat-vpc", resource=CONNECTOR
    ),
)


def some(source: str) -> Packets:
    """From the range to Redis."""
    return packets(addresses([source]), addresses([HOST]), services(6, [(6379, 6379)]))


def delivered(source: str = "10.2.0.0/29") -> Trace:
    """A part that arrives."""
    hops = (
        *_START,
        Hop(state="APPLY_EGRESS_FIREWALL_RULE", words="allowed by rule allow-redis (priority 1000)", resource=NETWORK),
        Hop(state="APPLY_ROUTE", words="peering-route-9b1d to 10.166.204.80/29", resource=NETWORK),
    )
    return Trace(
        packets=some(source),
        hops=hops,
        end=End.DELIVER,
        code="REDIS_INSTANCE",
        message="redis/chat-redis receives them on its own port",
        evidence=(REDIS,),
    )


def dropped(source: str = "10.2.0.8/29") -> Trace:
    """A part that a rule denies."""
    return Trace(
        packets=some(source),
        hops=(*_START, Hop(state="APPLY_EGRESS_FIREWALL_RULE", words="denied by rule deny-half", resource=NETWORK)),
        end=End.DROP,
        code="FIREWALL_RULE",
        message="rule deny-half (priority 900) denies 10.2.0.8/29; it comes before rule allow-redis (priority 1000)",
        evidence=(NETWORK, "denied by rule deny-half (priority 900)"),
        mend=Fix(summary="allow it by a rule of priority 899", gcloud=("gcloud compute firewall-rules create x",)),
    )


def stopped() -> Trace:
    """A question without packets."""
    return Trace(
        packets=NO_PACKETS, hops=(), end=End.ABORT, code="RESOURCE_CONFIG_NOT_FOUND", message="run/web does not exist"
    )


def gap() -> Reading:
    """A refused read."""
    outcome = Outcome(
        cause=Cause.PERMISSION_DENIED,
        message="was refused: permission compute.routes.list is missing",
        fix="gcloud projects add-iam-policy-binding chat-staging --role=roles/compute.networkViewer",
    )
    return Reading(kind="route", call="compute.routes.list", target=Target(project="chat-staging"), outcome=outcome)


def answer(*traces: Trace, gaps: tuple[Reading, ...] = ()) -> Answer:
    """What became of run/chat-api → redis/chat-redis."""
    return Answer(
        version="0.1.0",
        environment="staging",
        project="chat-staging",
        source=Source(kind="live", taken_at=TAKEN),
        reach=Reach(source="run/chat-api", destination="redis/chat-redis", traces=traces),
        gaps=gaps,
    )
