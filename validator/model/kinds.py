"""Every kind there is, by the noun that starts its subjects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from validator.model.addressgroup import AddressGroup
from validator.model.certificate import (
    CertificateMap,
    CertificateMapEntry,
    DnsAuthorization,
    ManagerCertificate,
    SslCertificate,
)
from validator.model.computeproject import ComputeProject
from validator.model.connector import Connector
from validator.model.dns import DnsRecordSet, DnsZone
from validator.model.domainmapping import DomainMapping
from validator.model.firewall import FirewallPolicy, NetworkFirewalls, RegionFirewalls
from validator.model.health import HealthCheck, InstanceGroup
from validator.model.instance import Instance
from validator.model.loadbalancer import (
    BackendService,
    Domain,
    ForwardingRule,
    NetworkEndpointGroup,
    SslPolicy,
    TargetHttpProxy,
    TargetHttpsProxy,
    TargetSslProxy,
    UrlMap,
)
from validator.model.network import Address, Network, PrivateConnection, Route, Router, Subnetwork
from validator.model.policyroute import PolicyRoute
from validator.model.project import ConnectorRegion, EnabledApi, HostApi, HostProject, Project, RunRegion
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource
from validator.model.routerstatus import RouterStatus
from validator.model.run import Revision, Service
from validator.model.secret import Secret, SecretVersion
from validator.model.sql import SqlInstance

_ALL: tuple[type[Resource], ...] = (
    Address,
    AddressGroup,
    BackendService,
    CertificateMap,
    CertificateMapEntry,
    ComputeProject,
    Connector,
    ConnectorRegion,
    DnsAuthorization,
    DnsRecordSet,
    DnsZone,
    Domain,
    DomainMapping,
    EnabledApi,
    FirewallPolicy,
    ForwardingRule,
    HealthCheck,
    HostApi,
    HostProject,
    Instance,
    InstanceGroup,
    ManagerCertificate,
    Network,
    NetworkEndpointGroup,
    NetworkFirewalls,
    PolicyRoute,
    PrivateConnection,
    Project,
    RedisCluster,
    RedisInstance,
    RegionFirewalls,
    Revision,
    Route,
    Router,
    RouterStatus,
    RunRegion,
    Secret,
    SecretVersion,
    Service,
    SqlInstance,
    SslCertificate,
    SslPolicy,
    Subnetwork,
    TargetHttpProxy,
    TargetHttpsProxy,
    TargetSslProxy,
    UrlMap,
)

#: Noun to kind: "connector" to `Connector`.
KINDS: Mapping[str, type[Resource]] = MappingProxyType({kind.KIND.noun: kind for kind in _ALL})
