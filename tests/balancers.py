"""A healthy global HTTPS load balancer in front of run/backend, piece by piece, each field changeable."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from tests.builders import COMPUTE, PROJECT, REGION, service
from validator.model.certificate import (
    CertificateMapEntry,
    ManagedCertificate,
    ManagedSsl,
    ManagerCertificate,
    SslCertificate,
)
from validator.model.loadbalancer import (
    Backend,
    BackendService,
    Domain,
    ForwardingRule,
    HostRule,
    NegCloudRun,
    NetworkEndpointGroup,
    PathMatcher,
    Redirect,
    RouteAction,
    TargetHttpsProxy,
    TargetSslProxy,
    UrlMap,
)
from validator.model.resource import Resource

R = TypeVar("R", bound=Resource)
HOST = "api.staging.example.com"
GLOBAL = f"{COMPUTE}projects/{PROJECT}/global"
GROUPS = f"{COMPUTE}projects/{PROJECT}/regions/{REGION}/networkEndpointGroups"
MANAGER = f"projects/{PROJECT}/locations/global"


def balancer(*instead: Resource) -> tuple[Resource, ...]:
    """Everything from the forwarding rule to the service; a piece of the same full name replaces its own."""
    whole = (forwarding_rule(), proxy(), url_map(), backend_service(), neg(), service(), certificate())
    return tuple({piece.path: piece for piece in (*whole, *instead)}.values())


def domain(name: str = HOST) -> Domain:
    """A name that must be served."""
    return Domain(name=name, project=PROJECT)


def forwarding_rule(name: str = "https", **changes: Any) -> ForwardingRule:
    """An external address on 443 in front of the proxy `web`."""
    fields: dict[str, Any] = {
        "port_range": "443-443",
        "target": f"{GLOBAL}/targetHttpsProxies/web",
        "load_balancing_scheme": "EXTERNAL_MANAGED",
    }
    return _made(ForwardingRule, "forwardingRules", name, fields | changes)


def proxy(name: str = "web", **changes: Any) -> TargetHttpsProxy:
    """A proxy with the URL map and the classic certificate `web`."""
    fields = {"url_map": f"{GLOBAL}/urlMaps/web", "ssl_certificates": (f"{GLOBAL}/sslCertificates/web",)}
    return _made(TargetHttpsProxy, "targetHttpsProxies", name, fields | changes)


def url_map(name: str = "web", *, hosts: tuple[str, ...] = (HOST,), **changes: Any) -> UrlMap:
    """A URL map that sends the hosts to the backend service `web`, and all others there too."""
    backend = f"{GLOBAL}/backendServices/web"
    fields: dict[str, Any] = {
        "host_rules": (HostRule(hosts=hosts, path_matcher="all"),) if hosts else (),
        "path_matchers": (PathMatcher(name="all", default_service=backend),),
        "default_service": backend,
    }
    return _made(UrlMap, "urlMaps", name, fields | changes)


def backend_service(name: str = "web", *groups: str, **changes: Any) -> BackendService:
    """A backend service on the serverless group `backend`, or on the named ones."""
    fields = {"backends": tuple(Backend(group=f"{GROUPS}/{group}") for group in groups or ("backend",))}
    return _made(BackendService, "backendServices", name, fields | changes)


def neg(name: str = "backend", **changes: Any) -> NetworkEndpointGroup:
    """A serverless group for run/backend."""
    fields: dict[str, Any] = {
        "name": name,
        "project": PROJECT,
        "location": REGION,
        "self_link": f"{GROUPS}/{name}",
        "network_endpoint_type": "SERVERLESS",
        "cloud_run": NegCloudRun(service="backend"),
    }
    return NetworkEndpointGroup(**(fields | changes))


def certificate(name: str = "web", *names: str, **changes: Any) -> SslCertificate:
    """An uploaded classic certificate for the host, or for the names, good for two more months."""
    fields: dict[str, Any] = {
        "subject_alternative_names": names or (HOST,),
        "creation_timestamp": "2026-10-20T10:00:00.000-07:00",
        "expire_time": "2027-01-20T10:00:00.000-08:00",
    }
    return _made(SslCertificate, "sslCertificates", name, fields | changes)


def managed(name: str = "web", *names: str, status: str = "ACTIVE", **changes: Any) -> SslCertificate:
    """A Google-managed classic certificate, every domain of the same status."""
    domains = names or (HOST,)
    ssl = ManagedSsl(domains=domains, status=status, domain_status=dict.fromkeys(domains, status))
    issued = domains if status in ("ACTIVE", "RENEWAL_FAILED") else ()
    fields = {"type": "MANAGED", "managed": ssl, "subject_alternative_names": issued}
    return certificate(name, **(fields | changes))


def manager_certificate(name: str = "web", *names: str, state: str = "ACTIVE", **changes: Any) -> ManagerCertificate:
    """A Certificate Manager certificate that Google issues; before that, its names are those asked for."""
    domains = names or (HOST,)
    fields: dict[str, Any] = {
        "name": f"{MANAGER}/certificates/{name}",
        "project": PROJECT,
        "location": "global",
        "managed": ManagedCertificate(domains=domains, state=state),
        "san_dnsnames": domains,
        "create_time": "2026-10-20T10:00:00Z",
        "expire_time": "2027-01-20T10:00:00.123456789Z",
    }
    return ManagerCertificate(**(fields | changes))


def map_entry(
    name: str = "web", hostname: str = HOST, *certificates: str, map_name: str = "web", **changes: Any
) -> CertificateMapEntry:
    """An entry of a certificate map."""
    fields: dict[str, Any] = {
        "name": f"{MANAGER}/certificateMaps/{map_name}/certificateMapEntries/{name}",
        "project": PROJECT,
        "location": "global",
        "hostname": hostname,
        "certificates": tuple(f"{MANAGER}/certificates/{one}" for one in certificates or ("web",)),
        "state": "ACTIVE",
    }
    return CertificateMapEntry(**(fields | changes))


def mapped_proxy(**changes: Any) -> TargetHttpsProxy:
    """The proxy `web` with the certificate map `web` and no list of its own."""
    fields = {"certificate_map": f"//certificatemanager.googleapis.com/{MANAGER}/certificateMaps/web"}
    return proxy(**({"ssl_certificates": ()} | fields | changes))


def ssl_proxy(name: str = "tls", **changes: Any) -> TargetSslProxy:
    """An SSL proxy with the classic certificate `web`."""
    fields = {"ssl_certificates": (f"{GLOBAL}/sslCertificates/web",)}
    return _made(TargetSslProxy, "targetSslProxies", name, fields | changes)


def ssl_rule(name: str = "tls", **changes: Any) -> ForwardingRule:
    """An external address on 443 in front of the SSL proxy `tls`."""
    return forwarding_rule(name, **({"target": f"{GLOBAL}/targetSslProxies/tls", "ip_protocol": "TCP"} | changes))


def _made(kind: type[R], collection: str, name: str, fields: dict[str, Any]) -> R:
    base = {"name": name, "project": PROJECT, "location": "global", "self_link": f"{GLOBAL}/{collection}/{name}"}
    return kind(**(base | fields))


def redirect(raw: dict[str, Any]) -> Redirect:
    """A redirect in the API's own JSON."""
    return msgspec.convert(raw, Redirect)


def action(raw: dict[str, Any]) -> RouteAction:
    """A route action in the API's own JSON."""
    return msgspec.convert(raw, RouteAction)
