"""Health checks, and the instance groups behind load balancers that they probe.

https://cloud.google.com/load-balancing/docs/health-check-concepts
"""

from __future__ import annotations

from typing import ClassVar

from validator.model.loadbalancer import lb_kind
from validator.model.resource import Kind, Part, Resource


class Probe(Part, frozen=True, kw_only=True):
    """Where one protocol's probes go; paths, hosts and payloads are not kept."""

    port: int = 0
    #: Name of a port of the instance group, for USE_NAMED_PORT.
    port_name: str = ""
    #: USE_FIXED_PORT ("" with a port), USE_NAMED_PORT or USE_SERVING_PORT.
    port_specification: str = ""


class HealthCheck(Resource, frozen=True, kw_only=True):
    """A global or regional health check; the part that its `type` names is filled.

    https://cloud.google.com/compute/docs/reference/rest/v1/healthChecks
    """

    KIND: ClassVar[Kind] = lb_kind("health-check", "healthChecks")
    #: TCP, SSL, HTTP, HTTPS, HTTP2, GRPC or GRPC_WITH_TLS.
    type: str = ""
    tcp_health_check: Probe | None = None
    ssl_health_check: Probe | None = None
    http_health_check: Probe | None = None
    https_health_check: Probe | None = None
    http2_health_check: Probe | None = None
    grpc_health_check: Probe | None = None
    grpc_tls_health_check: Probe | None = None

    @property
    def probe(self) -> Probe | None:
        """Where its probes go; None for a type that is not known here."""
        return {
            "TCP": self.tcp_health_check,
            "SSL": self.ssl_health_check,
            "HTTP": self.http_health_check,
            "HTTPS": self.https_health_check,
            "HTTP2": self.http2_health_check,
            "GRPC": self.grpc_health_check,
            "GRPC_WITH_TLS": self.grpc_tls_health_check,
        }.get(self.type)


class NamedPort(Part, frozen=True, kw_only=True):
    """A port that backend services and health checks speak of by name; a name may stand for several."""

    name: str = ""
    port: int = 0


class InstanceGroup(Resource, frozen=True, kw_only=True):
    """A zonal or regional instance group, managed or not. Its members are not in it: no GET lists them.

    https://cloud.google.com/compute/docs/reference/rest/v1/instanceGroups
    """

    KIND: ClassVar[Kind] = lb_kind("instance-group", "instanceGroups")
    network: str = ""
    subnetwork: str = ""
    zone: str = ""
    region: str = ""
    named_ports: tuple[NamedPort, ...] = ()
    #: Number of members; None where the API does not say.
    size: int | None = None
