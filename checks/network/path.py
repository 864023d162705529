"""Every packet of a declared flow arrives: egress setting, connector, firewall, routes, NAT and peering agree.

Why:
    Each of them may be right by itself and the flow still die: a connector on another network than Redis, a static
    route more specific than the peering's, a NAT that does not list the connector's subnet, half of a range behind
    a deny rule. This check sends the whole packet set through all of them in Google's own order, in the words of
    Connectivity Tests, and shows the first packet that does not arrive and where it is lost. With `infer: true` the
    flows are those that a Cloud Run service's own variables and mounted Cloud SQL instances imply.

Remediation:
    Mend the hop that the finding names. `validate-infra path --from … --to …` prints the whole way, hop by hop.

References:
    https://cloud.google.com/network-intelligence-center/docs/connectivity-tests/concepts/overview
    https://cloud.google.com/vpc/docs/routes https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
    https://cloud.google.com/run/docs/configuring/networking-best-practices
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.check import Params, Proof, Severity, Skip, Undecided, Verdicts, Violation, check
from validator.gcp.firewall.flows.share import share
from validator.gcp.paths.ends.implied import Implied, ImpliedFlows, Missing
from validator.gcp.paths.paths import Paths, Question
from validator.gcp.paths.trace import End, Reach, Result, Trace
from validator.headerspace.axes import addresses
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell, spell_packet
from validator.model.connector import Connector
from validator.model.instance import Instance
from validator.model.network import Subnetwork
from validator.model.run import Service, Serving
from validator.model.selector import AddressBlock

Subject = Service | Connector | Instance | Subnetwork | AddressBlock


class Flow(Params, frozen=True, kw_only=True):
    """The flow, or where to take it from."""

    #: Destination: redis/NAME, redis-cluster/NAME, sql/NAME, vm/NAME, subnet/NAME, cidr:RANGE, host:NAME:PORT or
    #: internet.
    to: str | None = None
    #: Take the flows from the service's variables and mounted Cloud SQL instances instead.
    infer: bool = False
    #: A name ("tcp", "icmp"), a number, or "all".
    protocol: str = "tcp"
    #: Ports and port ranges ("8000-8080"); default: the destination's own.
    ports: tuple[int | str, ...] = ()
    #: Network of a cidr: subject.
    network: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never be judged."""
        if self.infer == (self.to is not None):
            raise ValueError("expected either `to: DESTINATION` or `infer: true`")
        if self.to is not None:
            self.question("internet")

    def question(self, source: str) -> Question:
        """What to ask of the paths, for one source."""
        ports = tuple(str(port) for port in self.ports)
        return Question.parse(source, self.to or "internet", self.protocol, ports, self.network)


@check(severity=Severity.ERROR)
def path(subject: Subject, *, paths: Paths, serving: Serving, implied: ImpliedFlows, params: Flow) -> Verdicts:
    """Judge every packet of the declared flow, or of each flow that the service implies."""
    source = _source(subject)
    if params.to is not None:
        yield from _judged(paths.answer(params.question(source)))
        return
    if not isinstance(subject, Service):
        message = f"{subject.label} has no variables to take flows from"
        yield Skip(code="NO_IMPLIED_FLOWS", message=message, evidence=(subject.path,))
        return
    flows = {flow for template in serving.of(subject) for flow in implied.of(template, subject.project)}
    if not flows:
        message = "has no variable with the address of a known Redis, Cloud SQL or VM, and mounts no Cloud SQL instance"
        yield Skip(code="NO_IMPLIED_FLOWS", message=f"{subject.label} {message}", evidence=(subject.path,))
    for flow in sorted(flows, key=lambda flow: flow.because):
        yield from _implied(subject, source, flow, paths)


def _source(subject: Subject) -> str:
    """The subject as a path spells it, with the location or project that tells it from others of its name."""
    if isinstance(subject, AddressBlock):
        return subject.label
    return f"{subject.KIND.noun}/{subject.location or subject.project}/{subject.short}"


def _implied(service: Service, source: str, flow: Implied | Missing, paths: Paths) -> Verdicts:
    if isinstance(flow, Missing):
        yield _missing(service, flow)
        return
    reach = paths.answer(Question.parse(source, flow.to, "tcp", (str(flow.port),)))
    for verdict in _judged(_narrowed(reach, flow.address)):
        words = f"{flow.because}: {verdict.message}" if isinstance(verdict, Proof) else verdict.message
        evidence = tuple(dict.fromkeys((*verdict.evidence, flow.because)))
        yield msgspec.structs.replace(verdict, message=words, evidence=evidence)


def _narrowed(reach: Reach, address: str) -> Reach:
    """The part of the packets that goes to one address of several (a primary's and its read replicas')."""
    if not address:
        return reach
    asked = packets(destinations=addresses((address,)))
    narrowed = (msgspec.structs.replace(trace, packets=trace.packets & asked) for trace in reach.traces)
    pairs = zip(reach.traces, narrowed, strict=True)
    kept = tuple(new for old, new in pairs if new.packets or not old.packets)
    return msgspec.structs.replace(reach, traces=kept)


def _missing(service: Service, flow: Missing) -> Violation | Undecided:
    evidence = (service.path, flow.because)
    if flow.certain:
        message = f"{service.label} mounts Cloud SQL instance {flow.instance}, which does not exist."
        return Violation(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=evidence)
    message = f"{service.label} mounts Cloud SQL instance {flow.instance} of another project, which is not read."
    return Undecided(code="RESOURCE_CONFIG_NOT_FOUND", message=message, evidence=evidence)


def _judged(reach: Reach) -> Verdicts:
    failed = reach.ending(End.DROP, End.ABORT, End.FORWARD)
    for same in _alike(failed):
        yield _verdict(reach, same)
    if reach.result is Result.REACHABLE:
        yield _proof(reach)
    elif not failed:
        message = f"no way from {reach.source} leads to this address of {reach.destination}, nor is it said why"
        yield Undecided(code="UNKNOWN_IP", message=message, evidence=(reach.source, reach.destination))


def _alike(traces: tuple[Trace, ...]) -> Iterator[tuple[Trace, ...]]:
    """Traces that end for the same reason together."""
    groups: dict[tuple[str, ...], list[Trace]] = {}
    for trace in traces:
        groups.setdefault((trace.end, trace.code, trace.message), []).append(trace)
    yield from map(tuple, groups.values())


def _verdict(reach: Reach, traces: tuple[Trace, ...]) -> Violation | Undecided:
    first = traces[0]
    kind = Violation if first.end is End.DROP else Undecided
    message = f"{first.message} {_lost(traces, reach.asked)}".rstrip()
    return kind(code=first.code, message=message, evidence=first.evidence, fix=first.mend)


def _lost(traces: tuple[Trace, ...], asked: Packets) -> str:
    """The packet to look at, and how much of the flow it stands for where that is not all."""
    lost = traces[0].packets
    for trace in traces[1:]:
        lost |= trace.packets
    if not lost:
        return ""
    part = "" if lost == asked else f", one of {share(lost, asked)}"
    return f"Packet: {spell_packet(lost.witness)}{part}."


def _proof(reach: Reach) -> Proof:
    ways = dict.fromkeys(f"{spell(trace.packets)} arrives: {_way(trace)}" for trace in reach.traces)
    evidence = dict.fromkeys(hop.resource for trace in reach.traces for hop in trace.hops if hop.resource)
    return Proof(message="; ".join(ways), evidence=tuple(evidence))


def _way(trace: Trace) -> str:
    return f"{len(trace.hops)} hops, {trace.message.rstrip('.')}"
