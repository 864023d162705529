"""Google's health check probes get through the firewall to every backend that they probe.

Why: a load balancer sends no traffic to a backend whose probes do not arrive; if none arrive, every request ends in
502 or a timeout, though the VMs themselves are well. The probes come from Google's own ranges, from outside the VPC,
so the implied deny of all ingress drops them unless a rule lets them in. Judged are backends that are VMs: instance
groups, and zonal network endpoint groups of type GCE_VM_IP and GCE_VM_IP_PORT. Behind serverless, internet and
Private Service Connect groups no firewall rule of the network applies, and hybrid ones are not on the network. Who is
in a group can be told only of a managed one, whose VMs name it; of any other every running VM of its zone, network
and subnet is asked about, and where they differ the answer is not known. Probes of an instance group go to the first
interface of its VMs. The endpoints of a NEG cannot be read either: with the serving port, all ports must be open, or
none; and of VMs with alias ranges all addresses, or none.

Remediation: create the ingress rule that the finding shows, for the tag or service account of the backends.

References: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
https://cloud.google.com/load-balancing/docs/firewall-rules
"""

from __future__ import annotations

from validator.check import Fix, Proof, Severity, Skip, Undecided, Verdict, Verdicts, Violation, check
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.outcome import Partition
from validator.gcp.firewall.remedies.remedy import NewRule
from validator.gcp.firewall.rules.probing import Answer, NoQuestion, Probing, Question, ask
from validator.gcp.paths.ends.machines import Holder
from validator.headerspace.axes import V4, V6
from validator.headerspace.spelling import spell_addresses, spell_packet, spell_services
from validator.model.loadbalancer import BackendService

_BLOCKING = "FIREWALL_BLOCKING_LOAD_BALANCER_BACKEND_HEALTH_CHECK"
#: How many VMs a message names.
_MOST = 3


@check(severity=Severity.ERROR)
def health_checks(backend: BackendService, *, probing: Probing, firewalls: Firewalls) -> Verdicts:
    """Judge each health check at each group of VMs behind the backend service."""
    questions = tuple(probing.of(backend))
    if not questions:
        lacking = "health check" if backend.backends else "backend"
        yield Skip(code="NO_PROBES", message=f"{backend.label} has no {lacking}")
    for question in questions:
        yield _aside(question) if isinstance(question, NoQuestion) else _judged(question, firewalls)


def _aside(found: NoQuestion) -> Verdict:
    kind = Skip if found.certain else Undecided
    return kind(code=found.code, message=found.message, evidence=(found.path,))


def _judged(question: Question, firewalls: Firewalls) -> Verdict:
    group, firewall = question.group, firewalls.of(question.network)
    if group.size == 0 and not (question.members.certain and question.members.holders):
        return Skip(code="NO_PROBES", message=f"{group.label} is empty", evidence=_evidence(question))
    if question.ports.doubt:
        return _no_port(question)
    if firewall is None:
        message = f"the effective firewall of {question.network or group.label} was not read"
        return Undecided(code="FIREWALL_CONFIG_NOT_FOUND", message=message, evidence=_evidence(question))
    if not question.members.holders:
        message = f"no running VM was read that may be in {group.label}"
        return Undecided(code="NO_BACKEND_READ", message=message, evidence=_evidence(question))
    return _answered(question, ask(question, firewall))


def _answered(question: Question, answer: Answer) -> Verdict:
    """One answer for the group: that of its members, or of all that may be members where they agree."""
    if answer.cut_off and (question.members.certain or len(answer.cut_off) == len(answer.each)):
        return _blocked(question, answer)
    if len(answer.reached) == len(answer.each):
        return _proof(question, answer)
    return _unsettled(question, answer)


def _evidence(question: Question) -> tuple[str, ...]:
    return tuple(filter(None, (question.group.path, question.check.path, question.network)))


def _no_port(question: Question) -> Verdict:
    ports, evidence = question.ports, _evidence(question)
    if not ports.undefined:
        return Undecided(code="HEALTH_CHECK_PORT_UNKNOWN", message=ports.doubt, evidence=evidence)
    return Violation(
        code="BACKEND_SERVICE_NAMED_PORT_NOT_DEFINED",
        message=f"{question.check.label} has nowhere to probe: {ports.doubt}",
        evidence=evidence,
        fix=Fix(summary="name the port on the instance group as the backend service, or the health check, calls it"),
    )


def _blocked(question: Question, answer: Answer) -> Violation:
    vms, fate = [vm for vm, _ in answer.cut_off], answer.cut_off[0][1]
    decider = next(piece.decider for piece in fate.pieces if piece.packets & fate.denied)
    return Violation(
        code=_BLOCKING,
        message=f"probes of {question.check.label} do not reach {_listed(vms)} behind {question.group.label}: "
        f"{spell_packet(fate.denied.witness)} is dropped by {decider}",
        evidence=(*_evidence(question), *dict.fromkeys(vm.resource.path for vm in vms)),
        fix=_opening(question, vms, fate),
    )


def _opening(question: Question, vms: list[Holder], fate: Partition) -> Fix:
    """Rules for the probes, one for each address family, for a tag that all these VMs carry if there is one."""
    shared = frozenset.intersection(*(vm.party.tags or frozenset() for vm in vms))
    rules = [
        NewRule(
            about=(word, question.group.short),
            network=question.network,
            direction="INGRESS",
            services=fate.denied.services,
            source_ranges=fate.denied.sources & family,
            target_tags=tuple(sorted(shared)[:1]),
        )
        for word, family in (("health-checks", V4), ("health-checks-v6", V6))
        if fate.denied.sources & family
    ]
    terraform = "\n\n".join(rule.terraform for rule in rules)
    return Fix(summary="let the probes in", gcloud=tuple(rule.gcloud for rule in rules), terraform=terraform)


def _proof(question: Question, answer: Answer) -> Proof:
    may = "" if question.members.certain else ", whichever of them is"
    message = (
        f"probes from {spell_addresses(question.sources)} reach {spell_services(question.ports.services)} of "
        f"{_listed(answer.reached)}{may} behind {question.group.label}"
    )
    return Proof(message=message, evidence=_evidence(question))


def _unsettled(question: Question, answer: Answer) -> Undecided:
    probes, group = f"probes of {question.check.label}", question.group.label
    shut = _listed([vm for vm, _ in answer.each if vm not in answer.reached])
    if doubt := answer.doubt:
        code, message = doubt.code, f"whether {probes} reach {shut} behind {group} is not known: {doubt.text}"
    elif not all(fate.pieces for _, fate in answer.each):
        code = "LOAD_BALANCER_BACKEND_IP_VERSION_MISMATCH"
        message = f"{shut}, which may be in {group}, has no address of the family that is probed"
    elif answer.any_of:
        code, what = "ENDPOINTS_UNKNOWN", "address"
        if question.ports.any_of:
            code, what = "HEALTH_CHECK_PORT_UNKNOWN", "port"
        message = (
            f"{probes} go to the {what} of each endpoint of {group}, which no read tells, and not every {what} of "
        )
        message += f"{shut} is open to them"
    else:
        code = "MEMBERS_UNKNOWN"
        message = f"{probes} do not reach {shut}, and whether that is in {group} no read tells"
    return Undecided(code=code, message=message, evidence=_evidence(question))


def _listed(vms: list[Holder] | tuple[Holder, ...]) -> str:
    labels = list(dict.fromkeys(vm.resource.label for vm in vms))
    more = f" and {len(labels) - _MOST} more" if len(labels) > _MOST else ""
    return ", ".join(labels[:_MOST]) + more
