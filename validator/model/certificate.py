"""Certificates, both kinds: Compute's classic ones and Certificate Manager's, with its maps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from msgspec import field

from validator.model.environment import Environment
from validator.model.loadbalancer import TargetHttpsProxy, lb_kind
from validator.model.resource import Kind, Part, Read, Resource, Target, target
from validator.model.table import Table

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(?:(?!-----).)*-----END CERTIFICATE-----", re.DOTALL)
_BASE64_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----")
#: Stands for a text that is no certificate, so that whoever reads it is told so without having kept the text.
_NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"


def only_certificates(pem: object) -> str:
    """The certificate blocks of a PEM text, and nothing that stands between them, such as a private key.

    "" for no text; a block without content for each block, or for a whole text, that is no certificate.
    """
    if not isinstance(pem, str) or not pem.strip():
        return ""
    blocks = _BLOCK.findall(pem) or [_NO_CERTIFICATE]
    return "".join(f"{one if _BASE64_BLOCK.fullmatch(one) else _NO_CERTIFICATE}\n" for one in blocks)


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
    #: DNS names, and addresses as text: which is which stands in the PEM alone.
    subject_alternative_names: tuple[str, ...] = ()
    #: The chain in PEM, leaf first; "" where none is issued, or the API does not say.
    certificate: str = ""

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """The chain, cut down to its certificates."""
        own = raw.get("selfManaged")
        pem = raw.get("certificate") or (own.get("certificate") if isinstance(own, dict) else "")
        return raw | {"certificate": only_certificates(pem)}


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


class CnameTrouble(Part, frozen=True, kw_only=True):
    """The DNS authorisation's record as it was looked up."""

    name: str = ""
    expected_data: str = ""
    #: The chain of CNAMEs found; empty where there is no record.
    resolved_data: tuple[str, ...] = ()


class AddressTrouble(Part, frozen=True, kw_only=True):
    """The domain's A and AAAA records as they were looked up, beside where the certificate is attached."""

    resolved: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    #: Attached there, but without port 443.
    serving_on_alt_ports: tuple[str, ...] = ()


class Troubleshooting(Part, frozen=True, kw_only=True):
    """What a failed attempt ran into."""

    #: CNAME_MISMATCH, RESOLVED_TO_NOT_SERVING, RESOLVED_TO_SERVING_ON_ALT_PORTS, NO_RESOLVED_IPS or
    #: CERTIFICATE_NOT_ATTACHED.
    issues: tuple[str, ...] = ()
    cname: CnameTrouble | None = None
    ips: AddressTrouble | None = None


class AttemptInfo(Part, frozen=True, kw_only=True):
    """The last attempt to authorise one domain."""

    domain: str = ""
    #: AUTHORIZING, AUTHORIZED or FAILED.
    state: str = ""
    #: CONFIG, CAA or RATE_LIMITED.
    failure_reason: str = ""
    details: str = ""
    troubleshooting: Troubleshooting | None = None


class ProvisioningIssue(Part, frozen=True, kw_only=True):
    """Why a managed certificate does not come: AUTHORIZATION_ISSUE or RATE_LIMITED."""

    reason: str = ""
    details: str = ""


class ManagedCertificate(Part, frozen=True, kw_only=True):
    """Certificate Manager's own issuance."""

    domains: tuple[str, ...] = ()
    #: PROVISIONING (the first time, or a renewal), ACTIVE or FAILED.
    state: str = ""
    dns_authorizations: tuple[str, ...] = ()
    provisioning_issue: ProvisioningIssue | None = None
    authorization_attempt_info: tuple[AttemptInfo, ...] = ()
    #: Full name of the configuration by which a private authority issues it; "" for a public one.
    issuance_config: str = ""


class ManagedIdentity(Part, frozen=True, kw_only=True):
    """Issuance for a workload's identity, not for DNS names."""

    identity: str = ""
    #: As of a managed certificate.
    state: str = ""
    provisioning_issue: ProvisioningIssue | None = None


class UsedBy(Part, frozen=True, kw_only=True):
    """What uses a certificate."""

    #: "//compute.googleapis.com/projects/…/targetHttpsProxies/web".
    name: str = ""


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
    managed_identity: ManagedIdentity | None = None
    #: Before the first issue, those that are asked for.
    san_dnsnames: tuple[str, ...] = ()
    expire_time: str = ""
    create_time: str = ""
    #: The chain in PEM, leaf first; "" where none is issued.
    pem_certificate: str = ""
    used_by: tuple[UsedBy, ...] = ()
    #: DEFAULT, EDGE_CACHE, ALL_REGIONS or CLIENT_AUTH.
    scope: str = ""

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """The chain, cut down to its certificates."""
        return raw | {"pemCertificate": only_certificates(raw.get("pemCertificate"))}


class DnsResourceRecord(Part, frozen=True, kw_only=True):
    """The record that its owner must publish."""

    #: With a final dot: "_acme-challenge.example.com.", or "_acme-challenge_…" where it is one project's own.
    name: str = ""
    #: CNAME.
    type: str = ""
    data: str = ""


class DnsAuthorization(Resource, frozen=True, kw_only=True):
    """Proof, by a record in DNS, that a domain and its wildcard may have certificates.

    https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1/projects.locations.dnsAuthorizations
    """

    KIND: ClassVar[Kind] = Kind(
        noun="dns-authorization",
        reads=(
            _manager_read(
                "dnsAuthorizations",
                "certificatemanager.dnsauthorizations.list",
                targets=_locations,
                each="global and each region with a proxy",
            ),
        ),
    )
    domain: str = ""
    dns_resource_record: DnsResourceRecord = DnsResourceRecord()


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
