"""The evening of the outage: the repaired estate with each fault put back, together or alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.emulator.world import World
from tests.environments.describe import compute, worldwide
from tests.environments.edge import API, APP, certificate_link, host_rule
from tests.environments.repaired import repaired

#: An address that no instance has.
STALE_REDIS_HOST = "10.166.204.99"
DEPRECATED = "api-old.chat.example"


def incident() -> World:
    """All faults at once, and none of the rules that the repair brought."""
    before = repaired().without("firewall/allow-redis-ingress", "firewall/allow-cloud-run-egress")
    return functools.reduce(lambda world, break_it: break_it(world), FAULTS.values(), before)


def faulty(name: str) -> World:
    """The repaired estate with this one fault."""
    return FAULTS[name](repaired())


def connector_network(world: World) -> World:
    """The connector's network is hardcoded to `default`; Redis is authorised on `staging-vpc`."""
    return world.changed("connector/chat-connector", network="default")


def firewall(world: World) -> World:
    """Nothing above the egress deny-all lets the connector reach Redis on port 6379."""
    return world.without("firewall/staging-allow-connector-redis-egress")


def redis_host(world: World) -> World:
    """REDIS_HOST of `chat-api` is an address that no instance has."""
    return world.with_variable("chat-api", "REDIS_HOST", STALE_REDIS_HOST)


def certificate(world: World) -> World:
    """The uploaded wildcard covers one label, `api.staging` are two; the managed one that was to help is never issued.

    The URL map's wildcard routes both names anyway.
    """
    wildcard = compute(
        "certificate",
        worldwide("sslCertificates"),
        "chat-wildcard",
        type="SELF_MANAGED",
        subjectAlternativeNames=["*.chat.example", "chat.example"],
        expireTime="2027-02-01T00:00:00.000-08:00",
    )
    asked = "*.staging.chat.example"
    managed = compute(
        "certificate",
        worldwide("sslCertificates"),
        "chat-staging-wildcard",
        type="MANAGED",
        managed={"status": "PROVISIONING_FAILED", "domains": [asked], "domainStatus": {asked: "FAILED_NOT_VISIBLE"}},
    )
    rules = [host_rule("web", APP), host_rule("api", "*.chat.example")]
    kept = world.without("certificate/chat-staging-2026").including(wildcard, managed)
    routed = kept.changed("url-map/chat", hostRules=lambda old: [*rules, *_others(old)])
    shown = [certificate_link(name) for name in ("chat-wildcard", "chat-staging-wildcard")]
    return routed.changed("target-https-proxy/chat-https", sslCertificates=shown)


def deprecated_domain(world: World) -> World:
    """A domain that was given up is still routed."""
    return world.changed("url-map/chat", hostRules=lambda old: [*old, host_rule("api", DEPRECATED)])


#: Every fault of the incident, by name.
FAULTS: Mapping[str, Callable[[World], World]] = MappingProxyType(
    {
        "connector-network": connector_network,
        "firewall": firewall,
        "redis-host": redis_host,
        "certificate": certificate,
        "deprecated-domain": deprecated_domain,
    }
)


def _others(rules: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Host rules beside those of the two domains."""
    return [rule for rule in rules if not {API, APP} & set(rule["hosts"])]
