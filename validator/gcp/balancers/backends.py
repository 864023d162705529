"""What stands behind URL maps, to the Cloud Run service.

https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from validator.gcp.balancers.loadbalancers import LoadBalancers
from validator.gcp.certificates.names import normal
from validator.model.environment import Environment
from validator.model.health import InstanceGroup
from validator.model.run import Service
from validator.model.table import Partial, Table


class Backends(msgspec.Struct, frozen=True):
    """A fact: load balancers, the services behind them, and how far both were read."""

    balancers: LoadBalancers
    services: Table[Service]
    environment: Environment
    #: Instance groups by full name, as far as they were read.
    instance_groups: Mapping[str, InstanceGroup]
    #: Whether these are all.
    complete: bool

    @classmethod
    def derive(
        cls,
        *,
        balancers: LoadBalancers,
        services: Table[Service],
        environment: Environment,
        instance_groups: Partial[InstanceGroup],
    ) -> Backends:
        """From the load balancers, the services, the regions that are looked at and the groups of VMs."""
        groups = {balancers.full(group.path, group, "instanceGroups"): group for group in instance_groups}
        return cls(balancers, services, environment, groups, instance_groups.complete)

    def declares(self, host: str) -> bool:
        """Whether the environment itself says that the host must be served."""
        return normal(host) in map(normal, self.environment.domains)

    def foreign(self, path: str) -> bool:
        """Whether the resource is another project's, and so not read."""
        return not path.startswith(f"projects/{self.environment.project}/")

    def service(self, name: str, region: str) -> Service | None:
        """The Cloud Run service of that name and region, or None."""
        return next((one for one in self.services.named(name) if one.location == region), None)


def tags(service: Service) -> tuple[str, ...]:
    """The traffic tags in force; those asked for count only where nothing is reported yet."""
    return tuple(dict.fromkeys(one.tag for one in service.traffic_statuses or service.traffic if one.tag))
