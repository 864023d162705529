"""Cloud SQL instances."""

from __future__ import annotations

from typing import ClassVar

from validator.model.resource import Kind, Part, Read, Resource
from validator.model.scopes import audited_project


class AuthorizedNetwork(Part, frozen=True, kw_only=True):
    """A range that may reach the public address."""

    name: str = ""
    value: str = ""
    expiration_time: str = ""


class SqlPsc(Part, frozen=True, kw_only=True):
    """Private Service Connect of an instance."""

    psc_enabled: bool = False
    allowed_consumer_projects: tuple[str, ...] = ()


class IpConfiguration(Part, frozen=True, kw_only=True):
    """Addresses, who may reach them, and whether they must speak TLS."""

    ipv4_enabled: bool = False
    #: "/projects/P/global/networks/N", a URL, or "".
    private_network: str = ""
    allocated_ip_range: str = ""
    authorized_networks: tuple[AuthorizedNetwork, ...] = ()
    #: ALLOW_UNENCRYPTED_AND_ENCRYPTED, ENCRYPTED_ONLY or TRUSTED_CLIENT_CERTIFICATE_REQUIRED; wins over require_ssl.
    ssl_mode: str = ""
    require_ssl: bool = False
    psc_config: SqlPsc | None = None
    enable_private_path_for_google_cloud_services: bool = False


class Settings(Part, frozen=True, kw_only=True):
    """The settings that decide who can connect."""

    #: ALWAYS, NEVER (stopped by its owner) or ON_DEMAND.
    activation_policy: str = ""
    ip_configuration: IpConfiguration = IpConfiguration()
    #: REQUIRED switches off every authorized network.
    connector_enforcement: str = ""
    tier: str = ""
    availability_type: str = ""


class IpMapping(Part, frozen=True, kw_only=True):
    """An address: PRIMARY (public), PRIVATE, OUTGOING."""

    type: str = ""
    ip_address: str = ""


class SqlCa(Part, frozen=True, kw_only=True):
    """The server CA (public)."""

    #: PEM.
    cert: str = ""
    common_name: str = ""
    create_time: str = ""
    expiration_time: str = ""
    sha1_fingerprint: str = ""


class SqlInstance(Resource, frozen=True, kw_only=True):
    """A Cloud SQL instance.

    https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances
    """

    KIND: ClassVar[Kind] = Kind(
        noun="sql",
        reads=(
            Read(
                api="sqladmin",
                version="v1",
                method="instances.list",
                permission="cloudsql.instances.list",
                role="roles/cloudsql.viewer",
                targets=audited_project,
                items="items",
            ),
        ),
    )
    #: RUNNABLE (also when stopped by its owner), SUSPENDED, PENDING_CREATE, MAINTENANCE, FAILED …
    state: str = ""
    database_version: str = ""
    connection_name: str = ""
    instance_type: str = ""
    settings: Settings = Settings()
    ip_addresses: tuple[IpMapping, ...] = ()
    server_ca_cert: SqlCa | None = None
    psc_service_attachment_link: str = ""

    @property
    def path(self) -> str:
        """Cloud SQL instances are unique within a project."""
        return f"projects/{self.project}/instances/{self.name}"
