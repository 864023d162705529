"""What health checks ask of the firewall: whether Google's probes reach the VMs behind a backend service.

https://cloud.google.com/load-balancing/docs/health-check-concepts
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.firewall.fields import ranges
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Doubt, Partition
from validator.gcp.firewall.party import Party
from validator.gcp.members import Groups, Members
from validator.gcp.names import Names
from validator.gcp.paths.ends.machines import Holder
from validator.gcp.probes import Group, Ports, is_passthrough, probe_sources, probed_ports
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import packets
from validator.model.health import HealthCheck
from validator.model.instance import Instance
from validator.model.loadbalancer import BackendService, ForwardingRule, NetworkEndpointGroup
from validator.model.table import Table

#: NEGs whose endpoints are addresses of VMs.
_OF_VMS = frozenset({"GCE_VM_IP", "GCE_VM_IP_PORT"})
#: Google's probers are no VMs: no tag and no service account of a customer selects them.
_PROBER = Party(tags=frozenset(), service_accounts=frozenset(), secure_tags=frozenset())


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One health check at one group of VMs."""

    group: Group
    #: Canonical full name.
    network: str
    check: HealthCheck
    ports: Ports
    sources: Intervals
    #: The load balancer's own addresses, where probes are sent to those and not to the VMs'; else empty.
    aimed_at: Intervals
    members: Members


class NoQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing can be asked of a group."""

    code: str
    message: str
    path: str
    #: Whether the configuration proves that no firewall rule matters, rather than that something was not read.
    certain: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of the probes at every VM that is, or may be, in the group."""

    each: tuple[tuple[Holder, Partition], ...]
    #: Whether one address and port is probed of those asked about, and not each.
    any_of: bool

    @property
    def reached(self) -> tuple[Holder, ...]:
        """Those that every probe reaches."""
        return tuple(vm for vm, fate in self.each if fate.allowed and not fate.denied and not fate.undecided)

    @property
    def cut_off(self) -> tuple[tuple[Holder, Partition], ...]:
        """Those that some probe does not reach for sure; of ports of which one is probed, none."""
        return tuple((vm, fate) for vm, fate in self.each if fate.denied and not self._may_pass(fate))

    @property
    def doubt(self) -> Doubt | None:
        """The first reason for which the firewall's own answer is not known."""
        return next((piece.doubt for _, fate in self.each for piece in fate.pieces if piece.doubt), None)

    def _may_pass(self, fate: Partition) -> bool:
        return self.any_of and bool(fate.allowed or fate.undecided)


class Probing:
    """A fact: the questions that each backend service's health checks raise."""

    def __init__(self, groups: Groups, checks: Table[HealthCheck], rules: Table[ForwardingRule], names: Names) -> None:
        self._groups = groups
        self._checks = {names.full(one.path, one.project, ""): one for one in checks}
        self._rules = rules
        self._names = names

    @classmethod
    def derive(
        cls, *, groups: Groups, checks: Table[HealthCheck], rules: Table[ForwardingRule], names: Names
    ) -> Probing:
        """From backends, health checks and the forwarding rules of passthrough load balancers."""
        return cls(groups, checks, rules, names)

    def of(self, backend: BackendService) -> Iterator[Question | NoQuestion]:
        """Each health check at each group, in the backend service's own order."""
        leading = tuple(rule for rule in self._rules if self._leads(rule, backend))
        for path, group in self._groups.of(backend):
            if group is None:
                message = f"{path} was not read"
                yield NoQuestion(code="RESOURCE_CONFIG_NOT_FOUND", message=message, path=path)
            elif aside := _aside(group):
                yield aside
            else:
                yield from (self._question(backend, group, one, leading) for one in backend.health_checks)

    def _leads(self, rule: ForwardingRule, backend: BackendService) -> bool:
        """Whether the rule hands its packets to the service without a proxy."""
        if not rule.backend_service:
            return False
        path = self._names.full(rule.backend_service, rule.project, f"regions/{rule.location}/backendServices")
        return path == self._names.full(backend.path, backend.project, "")

    def _question(
        self, backend: BackendService, group: Group, reference: str, leading: tuple[ForwardingRule, ...]
    ) -> Question | NoQuestion:
        path = self._names.full(reference, backend.project, "global/healthChecks")
        check = self._checks.get(path)
        if check is None:
            # A legacy one, or another project's.
            message = f"{path} was not read, so the port it probes is not known"
            return NoQuestion(code="RESOURCE_CONFIG_NOT_FOUND", message=message, path=path)
        own = [rule.ip_address for rule in leading if rule.ip_address and is_passthrough(backend)]
        return Question(
            group=group,
            network=self._groups.network(group),
            check=check,
            ports=probed_ports(check, backend, group),
            sources=probe_sources(backend, leading),
            aimed_at=ranges(own).sure,
            members=self._groups.members(group),
        )


def ask(question: Question, firewall: NetworkFirewall) -> Answer:
    """What the firewall does with the probes at each VM."""
    some = [(vm, _destinations(question, vm)) for vm in question.members.holders]
    aliases = any(to & _aliases(vm) for vm, to in some)
    fates = ((vm, _fate(question, vm, to, firewall)) for vm, to in some)
    return Answer(each=tuple(fates), any_of=question.ports.any_of or aliases)


def _destinations(question: Question, vm: Holder) -> Intervals:
    """Where the VM may be probed; endpoints with a port of their own may be addresses of its alias ranges.

    https://cloud.google.com/load-balancing/docs/negs/zonal-neg-concepts
    """
    group = question.group
    own = isinstance(group, NetworkEndpointGroup) and group.network_endpoint_type == "GCE_VM_IP_PORT"
    return question.aimed_at or (vm.addresses if own else vm.addresses - _aliases(vm))


def _aliases(vm: Holder) -> Intervals:
    nics = vm.resource.network_interfaces if isinstance(vm.resource, Instance) else ()
    return ranges(alias.ip_cidr_range for nic in nics for alias in nic.alias_ip_ranges).sure


def _fate(question: Question, vm: Holder, destinations: Intervals, firewall: NetworkFirewall) -> Partition:
    some = packets(question.sources, destinations, question.ports.services)
    return firewall.judge(some, direction="INGRESS", target=vm.party, sender=_PROBER)


def _aside(group: Group) -> NoQuestion | None:
    """Why no firewall rule of a network matters to the group, if so."""
    kind = group.network_endpoint_type if isinstance(group, NetworkEndpointGroup) else ""
    if not kind or kind in _OF_VMS:
        return None
    message = f"no firewall rule of a network applies to {group.label}, which is of type {kind}"
    return NoQuestion(code="NO_VM_BACKENDS", message=message, path=group.path, certain=True)
