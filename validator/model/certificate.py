"""Certificates, both kinds: Compute's classic ones and Certificate Manager's, with its maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from msgspec import field

from validator.model.environment import Environment
from validator.model.loadbalancer import TargetHttpsProxy, lb_kind
from validator.model.resource import Kind, Part, Read, Resource, Target, target
from validator.model.table import Table


class ManagedSsl(Part, frozen=True, kw_only=True):
    """Status of a Google-managed classic certificate, whole and per domain."""

    domains: tuple[str, ...] = ()
    #: ACTIVE, PROVISIONING, PROVISIONING_FAILED, PROVISIONING_FAILED_PERMANENTLY or RENEWAL_FAILED.
    status: str = ""
    #: Per domain: ACTIVE, PROVISIONING, FAILED_NOT_VISIBLE, FAILED_CAA_CHECKING, FAILED_CAA_FORBIDDEN or
    #: FAILED_RATE_LIMITED.
    domain_status: Mapping[str, str] = field(default_factory=dict)


class SslCertificate(Resource, frozen=True, kw_only=True):
    """A classic certificate.

    https://cloud.google.com/compute/docs/reference/rest/v1/sslCertificates
    """

    KIND: ClassVar[Kind] = lb_kind("certificate", "sslCertificates")
    #: MANAGED or SELF_MANAGED.
    type: str = "SELF_MANAGED"
    managed: ManagedSsl | None = None
    #: RFC 3339.
    expire_time: str = ""
    creation_timestamp: str = ""
    subject_alternative_names: tuple[str, ...] = ()


def _locations(environment: Environment, proxies: Table[TargetHttpsProxy]) -> Iterator[Target]:
    """Global, and each region in which a proxy could use one."""
    regions = {proxy.location for proxy in proxies} - {"", "global"}
    for location in ("global", *sorted(regions)):
        yield target(environment.project, location, parent=f"projects/{environment.project}/locations/{location}")


def _global(environment: Environment) -> Iterator[Target]:
    yield target(environment.project, "global", parent=f"projects/{environment.project}/locations/global")


def _manager_read(method: str, permission: str, **rest: Any) -> Read:
    return Read(
        api="certificatemanager",
        version="v1",
        method=f"projects.locations.{method}.list",
        permission=permission,
        role="roles/certificatemanager.viewer",
        items=method.rsplit(".", 1)[-1],
        **rest,
    )


class AttemptInfo(Part, frozen=True, kw_only=True):
    """The last attempt to authorise one domain."""

    domain: str = ""
    #: AUTHORIZING, AUTHORIZED or FAILED.
    state: str = ""
    #: CONFIG, CAA or RATE_LIMITED.
    failure_reason: str = ""
    details: str = ""


class ProvisioningIssue(Part, frozen=True, kw_only=True):
    """Why a managed certificate does not come: AUTHORIZATION_ISSUE or RATE_LIMITED."""

    reason: str = ""
    details: str = ""


class ManagedCertificate(Part, frozen=True, kw_only=True):
    """Certificate Manager's own issuance; state PROVISIONING, ACTIVE or FAILED."""

    domains: tuple[str, ...] = ()
    state: str = ""
    dns_authorizations: tuple[str, ...] = ()
    provisioning_issue: ProvisioningIssue | None = None
    authorization_attempt_info: tuple[AttemptInfo, ...] = ()


class ManagerCertificate(Resource, frozen=True, kw_only=True):
    """A Certificate Manager certificate.

    https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1/projects.locations.certificates
    """

    KIND: ClassVar[Kind] = Kind(
        noun="manager-certificate",
        reads=(
            _manager_read(
                "certificates",
                "certificatemanager.certs.list",
                targets=_locations,
                each="global and each region with a proxy",
            ),
        ),
    )
    managed: ManagedCertificate | None = None
    san_dnsnames: tuple[str, ...] = ()
    expire_time: str = ""
    create_time: str = ""
    #: DEFAULT, EDGE_CACHE, ALL_REGIONS or CLIENT_AUTH.
    scope: str = ""


class GclbIp(Part, frozen=True, kw_only=True):
    """An address and ports a map serves."""

    ip_address: str = ""
    ports: tuple[int, ...] = ()


class GclbTarget(Part, frozen=True, kw_only=True):
    """A proxy a map is attached to; only with a forwarding rule does it appear."""

    target_https_proxy: str = ""
    ip_configs: tuple[GclbIp, ...] = ()


class CertificateMap(Resource, frozen=True, kw_only=True):
    """A certificate map."""

    KIND: ClassVar[Kind] = Kind(
        noun="certificate-map",
        reads=(_manager_read("certificateMaps", "certificatemanager.certmaps.list", targets=_global),),
    )
    gclb_targets: tuple[GclbTarget, ...] = ()


def _each_map(maps: Table[CertificateMap]) -> Iterator[Target]:
    for one in maps:
        yield target(one.project, "global", parent=one.path)


class CertificateMapEntry(Resource, frozen=True, kw_only=True):
    """A host (or PRIMARY, for the unknown ones) and the certificates it is given."""

    KIND: ClassVar[Kind] = Kind(
        noun="certificate-map-entry",
        reads=(
            _manager_read(
                "certificateMaps.certificateMapEntries",
                "certificatemanager.certmapentries.list",
                targets=_each_map,
                each="each certificate map",
            ),
        ),
    )
    hostname: str = ""
    #: "PRIMARY" or "".
    matcher: str = ""
    certificates: tuple[str, ...] = ()
    #: ACTIVE or PENDING.
    state: str = ""

    @property
    def map_path(self) -> str:
        """Full name of the map the entry belongs to."""
        return self.path.partition("/certificateMapEntries/")[0]
