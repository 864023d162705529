"""What the internet meets: load balancer, certificate, DNS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.emulator.world import Described
from tests.environments.describe import COMPUTE, PROJECT, compute, regional, worldwide
from tests.environments.network import PUBLIC_IP
from tests.environments.platform import SECRETS

API, APP = "api.staging.chat.example", "app.staging.chat.example"
_GLOBAL = f"{COMPUTE}projects/{PROJECT}/global/"
_ZONE = f"projects/{PROJECT}/managedZones"


def load_balancer() -> Iterator[Described]:
    """A global external Application Load Balancer: HTTPS to Cloud Run, HTTP redirected."""
    yield compute("address", worldwide("addresses"), "chat-ip", **_address())
    yield _forwarding_rule("chat-https", "443-443", "targetHttpsProxies/chat-https")
    yield _forwarding_rule("chat-http", "80-80", "targetHttpProxies/chat-http")
    yield compute(
        "target-https-proxy",
        worldwide("targetHttpsProxies"),
        "chat-https",
        urlMap=f"{_GLOBAL}urlMaps/chat",
        sslCertificates=[certificate_link("chat-staging-2026")],
        sslPolicy=f"{_GLOBAL}sslPolicies/chat-modern",
        quicOverride="NONE",
    )
    redirect = f"{_GLOBAL}urlMaps/chat-redirect"
    yield compute("target-http-proxy", worldwide("targetHttpProxies"), "chat-http", urlMap=redirect)
    policy = {"minTlsVersion": "TLS_1_2", "profile": "MODERN"}
    yield compute("ssl-policy", worldwide("sslPolicies"), "chat-modern", **policy)
    yield from _url_maps()
    for service in ("chat-api", "chat-web"):
        yield from _backend(service)


def certificate() -> Described:
    """Google-managed, ACTIVE for both domains, for twelve more weeks."""
    managed = {"status": "ACTIVE", "domains": [API, APP], "domainStatus": {API: "ACTIVE", APP: "ACTIVE"}}
    return compute(
        "certificate",
        worldwide("sslCertificates"),
        "chat-staging-2026",
        type="MANAGED",
        managed=managed,
        subjectAlternativeNames=[API, APP],
        expireTime="2027-02-12T03:10:44.000-08:00",
    )


def certificate_link(name: str) -> str:
    """How a proxy refers to a classic certificate."""
    return f"{_GLOBAL}sslCertificates/{name}"


def host_rule(matcher: str, *hosts: str) -> dict[str, Any]:
    """Hosts of the URL map and where they go: `api` or `web`."""
    return {"hosts": list(hosts), "pathMatcher": matcher}


def dns() -> Iterator[Described]:
    """The public zone with both names, and a verification record nobody should see."""
    servers = [f"ns-cloud-a{n}.googledomains.com." for n in (1, 2, 3, 4)]
    zone = {"kind": "dns#managedZone", "name": "chat-example", "dnsName": "chat.example.", "visibility": "public"}
    zone_rest = {"id": "7710042", "creationTime": "2026-03-02T17:00:00.000Z", "description": "", "nameServers": servers}
    yield Described("dns-zone", _ZONE, zone | zone_rest)
    yield _record("chat.example.", "NS", *servers)
    yield _record("chat.example.", "SOA", f"{servers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300")
    yield _record("chat.example.", "TXT", f'"{SECRETS["verification"]}"')
    yield _record("chat.example.", "CAA", '0 issue "pki.goog"')
    yield _record(f"{API}.", "A", PUBLIC_IP)
    yield _record(f"{APP}.", "A", PUBLIC_IP)


def _record(name: str, kind: str, *data: str) -> Described:
    body = {"kind": "dns#resourceRecordSet", "name": name, "type": kind, "ttl": 300, "rrdatas": list(data)}
    return Described("dns-record", f"{_ZONE}/chat-example/rrsets", body)


def _address() -> dict[str, Any]:
    common = {"address": PUBLIC_IP, "addressType": "EXTERNAL", "networkTier": "PREMIUM", "ipVersion": "IPV4"}
    return common | {"status": "IN_USE", "users": [f"{_GLOBAL}forwardingRules/chat-https"]}


def _forwarding_rule(name: str, ports: str, target: str) -> Described:
    return compute(
        "forwarding-rule",
        worldwide("forwardingRules"),
        name,
        IPAddress=PUBLIC_IP,
        IPProtocol="TCP",
        portRange=ports,
        target=_GLOBAL + target,
        loadBalancingScheme="EXTERNAL_MANAGED",
        networkTier="PREMIUM",
    )


def _url_maps() -> Iterator[Described]:
    api, web = f"{_GLOBAL}backendServices/chat-api", f"{_GLOBAL}backendServices/chat-web"
    matchers = [{"name": "api", "defaultService": api}, {"name": "web", "defaultService": web}]
    rules = [host_rule("api", API), host_rule("web", APP)]
    collection = worldwide("urlMaps")
    yield compute("url-map", collection, "chat", hostRules=rules, pathMatchers=matchers, defaultService=web)
    redirect = {"httpsRedirect": True, "redirectResponseCode": "MOVED_PERMANENTLY_DEFAULT", "stripQuery": False}
    yield compute("url-map", collection, "chat-redirect", defaultUrlRedirect=redirect)


def _backend(service: str) -> Iterator[Described]:
    neg = compute(
        "neg",
        regional("networkEndpointGroups"),
        f"{service}-neg",
        networkEndpointType="SERVERLESS",
        cloudRun={"service": service},
        size=0,
    )
    yield neg
    yield compute(
        "backend-service",
        worldwide("backendServices"),
        service,
        backends=[{"group": neg.body["selfLink"], "balancingMode": "UTILIZATION", "capacityScaler": 1.0}],
        protocol="HTTPS",
        timeoutSec=30,
        loadBalancingScheme="EXTERNAL_MANAGED",
        connectionDraining={"drainingTimeoutSec": 0},
    )
