"""Which VMs are, or may be, behind a group of a backend service.

No GET lists the members of an instance group or the endpoints of a NEG. VMs that a managed group made name it; of any
other group only the zone and the network are known, and every VM there may be a member.
https://cloud.google.com/compute/docs/instance-groups
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.names import Names
from validator.gcp.paths.ends.machines import Holder, Machines
from validator.gcp.probes import Group
from validator.model.health import InstanceGroup
from validator.model.instance import Instance
from validator.model.loadbalancer import Backend, BackendService, NetworkEndpointGroup
from validator.model.resource import Resource
from validator.model.table import Table


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """The interfaces of VMs that run behind a group."""

    holders: tuple[Holder, ...] = ()
    #: Whether each of them is a member, not only may be one.
    certain: bool = False


class Groups:
    """A fact: the groups behind backend services, and who is in them."""

    def __init__(self, names: Names, groups: Iterable[Group], machines: Machines) -> None:
        self._names = names
        self._groups = {_canonical(group, names): group for group in groups}
        self._machines = machines

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        instance_groups: Table[InstanceGroup],
        endpoint_groups: Table[NetworkEndpointGroup],
        machines: Machines,
    ) -> Groups:
        """From every group and VM that was read."""
        return cls(names, (*instance_groups, *endpoint_groups), machines)

    def of(self, service: BackendService) -> Iterator[tuple[str, Group | None]]:
        """Each group behind the service: its full name, and the group where it was read."""
        for backend in service.backends:
            path = self.path(backend, service)
            yield path, self._groups.get(path)

    def path(self, backend: Backend, service: BackendService) -> str:
        """The canonical full name of a backend's group."""
        return self._names.full(backend.group, service.project, "global/networkEndpointGroups")

    def network(self, group: Group) -> str:
        """The canonical full name of the network its VMs are on."""
        return self._names.network(group.network, group.project)

    def members(self, group: Group) -> Members:
        """Those in the group, or all that may be."""
        here = self._machines.on(self.network(group))
        if isinstance(group, InstanceGroup):
            here = tuple(one for one in here if self._is_first(one))
            if made := [one for one in here if _is_made_by(one.resource, group)]:
                return Members(holders=_running(made), certain=True)
        return Members(holders=_running(one for one in here if self._may_hold(group, one)))

    def _is_first(self, one: Holder) -> bool:
        """Whether it is a VM's first interface, to which packets for an instance group go.

        https://cloud.google.com/load-balancing/docs/backend-service#instance_groups
        """
        vm = one.resource
        if not isinstance(vm, Instance):
            return False
        first = vm.network_interfaces[0]
        network = self._names.network(first.network, vm.project)
        subnet = self._names.subnetwork(first.subnetwork, vm.project, vm.region)
        return (one.network, one.subnet) == (network, subnet)

    def _may_hold(self, group: Group, one: Holder) -> bool:
        """Whether a VM of the group's zone (a regional NEG's region) and subnet."""
        if not isinstance(one.resource, Instance) or group.location not in (one.resource.zone, one.resource.region):
            return False
        region = one.resource.region
        subnet = self._names.subnetwork(group.subnetwork, group.project, region)
        return not subnet or one.subnet == subnet


def _running(some: Iterable[Holder]) -> tuple[Holder, ...]:
    return tuple(one for one in some if one.running)


def _is_made_by(vm: Resource, group: InstanceGroup) -> bool:
    """A managed group and its manager share name, place and project; VMs name the latter's number."""
    place = "zones" if group.zone else "regions"
    manager = f"/{place}/{group.location}/instanceGroupManagers/{group.short}"
    return isinstance(vm, Instance) and vm.project == group.project and vm.created_by.endswith(manager)


def _canonical(group: Group, names: Names) -> str:
    return names.full(group.path, group.project, "")
