"""What stands behind URL maps, to the Cloud Run service.

https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts
"""

from __future__ import annotations

import msgspec

from validator.gcp.certificates.names import normal
from validator.gcp.loadbalancers import LoadBalancers
from validator.model.environment import Environment
from validator.model.loadbalancer import NetworkEndpointGroup
from validator.model.run import Service
from validator.model.table import Table


class Backends(msgspec.Struct, frozen=True):
    """A fact: load balancers, the services behind them, and how far both were read."""

    balancers: LoadBalancers
    services: Table[Service]
    environment: Environment

    @classmethod
    def derive(cls, *, balancers: LoadBalancers, services: Table[Service], environment: Environment) -> Backends:
        """From the load balancers, the services and the regions that are looked at."""
        return cls(balancers, services, environment)

    def declares(self, host: str) -> bool:
        """Whether the environment itself says that the host must be served."""
        return normal(host) in map(normal, self.environment.domains)

    def foreign(self, path: str) -> bool:
        """Whether the resource is another project's, and so not read."""
        return not path.startswith(f"projects/{self.environment.project}/")

    def service(self, group: NetworkEndpointGroup) -> Service | None:
        """The service a serverless group names; both are of one region."""
        name = group.cloud_run.service if group.cloud_run else ""
        return next((one for one in self.services.named(name) if one.location == group.location), None)


def tags(service: Service) -> tuple[str, ...]:
    """The traffic tags in force; those asked for count only where nothing is reported yet."""
    return tuple(dict.fromkeys(one.tag for one in service.traffic_statuses or service.traffic if one.tag))
