"""The HTTPS load balancer, front to back: forwarding rule, proxy, URL map, backend service, NEG, SSL policy.

https://cloud.google.com/load-balancing/docs/https
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

from msgspec import field

from validator.model.environment import Environment
from validator.model.network import compute_read
from validator.model.resource import Kind, Part, Resource, last
from validator.model.scopes import audited_project
from validator.model.table import Table


def lb_kind(noun: str, collection: str) -> Kind:
    """A load-balancer kind, read for all regions and global in one aggregated list."""
    read = compute_read(
        f"{collection}.aggregatedList", f"compute.{collection}.list", targets=audited_project, aggregated=True
    )
    return Kind(noun=noun, reads=(read,))


class ForwardingRule(Resource, frozen=True, kw_only=True):
    """An address and ports in front of a proxy."""

    KIND: ClassVar[Kind] = lb_kind("forwarding-rule", "forwardingRules")
    ip_address: str = field(name="IPAddress", default="")
    ip_protocol: str = field(name="IPProtocol", default="")
    #: "443-443" or "443"; "" where `ports` or `all_ports` says it.
    port_range: str = ""
    ports: tuple[str, ...] = ()
    all_ports: bool = False
    target: str = ""
    #: Of a passthrough load balancer, which has no proxy.
    backend_service: str = ""
    #: EXTERNAL (classic), EXTERNAL_MANAGED, INTERNAL_MANAGED …; "" for Private Service Connect.
    load_balancing_scheme: str = ""
    network: str = ""
    subnetwork: str = ""
    ip_version: str = ""
    psc_connection_status: str = ""
    #: Whether clients of other regions reach an internal load balancer, or an endpoint.
    allow_global_access: bool = False
    allow_psc_global_access: bool = False

    @property
    def external(self) -> bool:
        """Whether the internet may reach it."""
        return self.load_balancing_scheme.startswith("EXTERNAL")

    @property
    def client_region(self) -> str:
        """The region whose clients alone reach it by an internal address; "" where all do.

        https://cloud.google.com/vpc/docs/about-accessing-vpc-hosted-services-endpoints#global-access
        """
        anywhere = self.location == "global" or self.allow_global_access or self.allow_psc_global_access
        return "" if anywhere else self.location

    def answers(self, port: int) -> bool:
        """Whether traffic to `port` is taken."""
        if self.all_ports or str(port) in self.ports:
            return True
        first, _, end = self.port_range.partition("-")
        return first.isdigit() and int(first) <= port <= int(end or first)


class TargetHttpsProxy(Resource, frozen=True, kw_only=True):
    """Ends TLS; a certificate map overrides the list of certificates."""

    KIND: ClassVar[Kind] = lb_kind("target-https-proxy", "targetHttpsProxies")
    url_map: str = ""
    #: Classic certificates, or Certificate Manager ones ("//certificatemanager.googleapis.com/…"), never mixed.
    ssl_certificates: tuple[str, ...] = ()
    certificate_map: str = ""
    ssl_policy: str = ""
    quic_override: str = ""


class TargetHttpProxy(Resource, frozen=True, kw_only=True):
    """Takes plain HTTP."""

    KIND: ClassVar[Kind] = lb_kind("target-http-proxy", "targetHttpProxies")
    url_map: str = ""


class TargetSslProxy(Resource, frozen=True, kw_only=True):
    """Ends TLS and passes on bytes, whatever name was asked for; there are global ones only.

    https://cloud.google.com/compute/docs/reference/rest/v1/targetSslProxies
    """

    KIND: ClassVar[Kind] = Kind(
        noun="target-ssl-proxy",
        reads=(compute_read("targetSslProxies.list", "compute.targetSslProxies.list", targets=audited_project),),
    )
    #: Full URL of the backend service.
    service: str = ""
    #: As of an HTTPS proxy: classic certificates or Certificate Manager ones, which a certificate map overrides.
    ssl_certificates: tuple[str, ...] = ()
    certificate_map: str = ""
    ssl_policy: str = ""


class HostRule(Part, frozen=True, kw_only=True):
    """Hosts and the matcher they go to; a leading "*" stands for several labels here, unlike in a certificate."""

    hosts: tuple[str, ...] = ()
    path_matcher: str = ""


class Redirect(Part, frozen=True, kw_only=True):
    """An answer that sends the client elsewhere; what is "" stays as it was asked for."""

    host_redirect: str = ""
    https_redirect: bool = False
    #: The whole path in place of the one that was asked for.
    path_redirect: str = ""
    #: What replaces the part of the path that the rule matched.
    prefix_redirect: str = ""
    strip_query: bool = False


class Rewrite(Part, frozen=True, kw_only=True):
    """Another host for the backend to see; "" keeps the client's."""

    host_rewrite: str = ""


class WeightedService(Part, frozen=True, kw_only=True):
    """A backend service and its share; header actions beside it may hold secrets and are not kept."""

    backend_service: str = ""
    #: 0 to 1000; None where the API does not say.
    weight: int | None = None


class RouteAction(Part, frozen=True, kw_only=True):
    """What becomes of a request, as far as it decides where it goes."""

    weighted_backend_services: tuple[WeightedService, ...] = ()
    url_rewrite: Rewrite | None = None


class PathRule(Part, frozen=True, kw_only=True):
    """Paths and the service they go to."""

    paths: tuple[str, ...] = ()
    service: str = ""
    url_redirect: Redirect | None = None
    route_action: RouteAction | None = None


class RouteRule(Part, frozen=True, kw_only=True):
    """A prioritised rule of a path matcher."""

    priority: int = 0
    service: str = ""
    url_redirect: Redirect | None = None
    route_action: RouteAction | None = None


class PathMatcher(Part, frozen=True, kw_only=True):
    """Where the paths of a group of hosts go."""

    name: str = ""
    default_service: str = ""
    path_rules: tuple[PathRule, ...] = ()
    route_rules: tuple[RouteRule, ...] = ()
    default_url_redirect: Redirect | None = None
    default_route_action: RouteAction | None = None


class UrlMap(Resource, frozen=True, kw_only=True):
    """Hosts and paths to backends."""

    KIND: ClassVar[Kind] = lb_kind("url-map", "urlMaps")
    host_rules: tuple[HostRule, ...] = ()
    path_matchers: tuple[PathMatcher, ...] = ()
    default_service: str = ""
    default_url_redirect: Redirect | None = None
    default_route_action: RouteAction | None = None


class Backend(Part, frozen=True, kw_only=True):
    """A group behind a backend service."""

    group: str = ""
    balancing_mode: str = ""
    #: Share of its capacity that is used, 0 to 1; None where the API does not say.
    capacity_scaler: float | None = None


class BackendService(Resource, frozen=True, kw_only=True):
    """The backends of a URL map's service."""

    KIND: ClassVar[Kind] = lb_kind("backend-service", "backendServices")
    backends: tuple[Backend, ...] = ()
    protocol: str = ""
    port_name: str = ""
    #: Seconds.
    timeout_sec: int = 0
    health_checks: tuple[str, ...] = ()
    #: NONE, CLIENT_IP, GENERATED_COOKIE …
    session_affinity: str = ""
    load_balancing_scheme: str = ""
    network: str = ""
    #: IPV4_ONLY, PREFER_IPV6 or IPV6_ONLY.
    ip_address_selection_policy: str = ""


class NegCloudRun(Part, frozen=True, kw_only=True):
    """The Cloud Run service behind a serverless NEG, by name or by URL mask."""

    service: str = ""
    tag: str = ""
    url_mask: str = ""


class NegAppEngine(Part, frozen=True, kw_only=True):
    """The App Engine service behind a serverless NEG, by name or by URL mask; the default one where nothing is said."""

    service: str = ""
    url_mask: str = ""


class NegCloudFunction(Part, frozen=True, kw_only=True):
    """The Cloud Run function of the first generation behind a serverless NEG, by name or by URL mask."""

    function: str = ""
    url_mask: str = ""


class NetworkEndpointGroup(Resource, frozen=True, kw_only=True):
    """A NEG; SERVERLESS ones lead to Cloud Run, App Engine or functions."""

    KIND: ClassVar[Kind] = lb_kind("neg", "networkEndpointGroups")
    network_endpoint_type: str = ""
    cloud_run: NegCloudRun | None = None
    app_engine: NegAppEngine | None = None
    cloud_function: NegCloudFunction | None = None
    network: str = ""
    subnetwork: str = ""
    #: Where endpoints without a port of their own answer; 0 for none.
    default_port: int = 0
    #: Number of endpoints; None where the API does not say.
    size: int | None = None


class SslPolicy(Resource, frozen=True, kw_only=True):
    """TLS versions and ciphers a proxy accepts."""

    KIND: ClassVar[Kind] = lb_kind("ssl-policy", "sslPolicies")
    #: TLS_1_0, TLS_1_1, TLS_1_2 or TLS_1_3.
    min_tls_version: str = ""
    #: COMPATIBLE, MODERN, RESTRICTED, FIPS_202205 or CUSTOM.
    profile: str = ""
    #: Cipher suites that are on, of any profile; a list of policies does not always tell them.
    enabled_features: tuple[str, ...] = ()
    #: Cipher suites that were asked for; CUSTOM only.
    custom_features: tuple[str, ...] = ()


#: Of forwarding rules that lead to the proxies of a service mesh, which end no client's TLS.
#: https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts
MESH = "INTERNAL_SELF_MANAGED"
#: The host rule that takes every name, and the subject that stands for whoever only has such a rule, or none.
ANY_HOST = "*"


class Domain(Resource, frozen=True, kw_only=True):
    """A DNS name that must be served: declared by the environment, else taken by a host rule behind TLS.

    A wildcard host rule is one, too: "*.eu.example.com" stands for every name it takes. Not read from any API of its
    own: the engine asks `subjects` for the table.
    """

    KIND: ClassVar[Kind] = Kind(noun="domain", reads=())

    @property
    def path(self) -> str:
        """The name itself."""
        return self.name

    @property
    def short(self) -> str:
        """The name itself."""
        return self.name

    @property
    def is_wildcard(self) -> bool:
        """Whether it stands for names that nothing tells: nobody can look it up, or ask a server for it."""
        return self.name.startswith("*")

    @classmethod
    def subjects(
        cls,
        *,
        environment: Environment,
        url_maps: Table[UrlMap],
        proxies: Table[TargetHttpsProxy],
        rules: Table[ForwardingRule],
    ) -> Table[Domain]:
        """The declared domains; without any, the hosts of host rules in URL maps behind HTTPS proxies.

        The host rules of any other map (an HTTP load balancer's, a service mesh's, one that nothing refers to)
        promise no certificate. A map behind a forwarding rule that takes no host but any gives `ANY_HOST`.
        """
        named = environment.domains or tuple(_hosts_behind(proxies, url_maps, rules))
        names = dict.fromkeys(host.partition(":")[0].rstrip(".").lower() for host in named)
        return Table(Domain(name=name, project=environment.project) for name in names)


def _hosts_behind(
    proxies: Table[TargetHttpsProxy], url_maps: Table[UrlMap], rules: Table[ForwardingRule]
) -> Iterator[str]:
    schemes: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        schemes[_in_project(rule.target, rule, "targetHttpsProxies")].add(rule.load_balancing_scheme)
    # URL maps of proxies that no mesh has for itself, and whether a forwarding rule leads to them.
    used: dict[str, bool] = {}
    for proxy in proxies:
        leading = schemes[_in_project(proxy.path, proxy, "targetHttpsProxies")]
        if proxy.url_map and leading != {MESH}:
            path = _in_project(proxy.url_map, proxy, "urlMaps")
            used[path] = used.get(path, False) or bool(leading)
    for url_map in url_maps:
        path = _in_project(url_map.path, url_map, "urlMaps")
        hosts = [host for rule in url_map.host_rules for host in rule.hosts if host != ANY_HOST]
        if path in used:
            yield from hosts or ((ANY_HOST,) if used[path] else ())


def _in_project(reference: str, owner: Resource, collection: str) -> str:
    """The reference from its scope on ("global/urlMaps/web"): what a part refers to is of its own project."""
    if found := re.search(r"(?:^|/)projects/[^/]+/(.+)$", reference):
        return found.group(1)
    where = owner.location or "global"
    scope = where if where == "global" else f"regions/{where}"
    return f"{scope}/{collection}/{last(reference)}"
