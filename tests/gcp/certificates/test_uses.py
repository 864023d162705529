"""Which proxies show a certificate to anybody."""

from __future__ import annotations

import pytest

from tests.balancers import (
    GLOBAL,
    MANAGER,
    certificate,
    forwarding_rule,
    manager_certificate,
    map_entry,
    mapped_proxy,
    proxy,
    ssl_proxy,
    ssl_rule,
)
from tests.gcp.certificates.facts import derived
from validator.gcp.certificates.held import held_of
from validator.gcp.certificates.uses import CertificateUses, Use
from validator.gcp.names import Names
from validator.model.certificate import CertificateMapEntry, ManagerCertificate, SslCertificate, UsedBy
from validator.model.loadbalancer import ForwardingRule, TargetHttpsProxy, TargetSslProxy
from validator.model.resource import Resource

PROXY = "projects/acme/global/targetHttpsProxies/web"
CACHE = "//networkservices.googleapis.com/projects/acme/locations/global/edgeCacheServices/media"
FOREIGN = "projects/else/global/targetHttpsProxies/web"
FOREIGN_ENTRY = "projects/else/locations/global/certificateMaps/m/certificateMapEntries/e"
REGIONAL = "projects/acme/regions/us-central1/targetHttpsProxies/web"
OVERRIDDEN = mapped_proxy(ssl_certificates=proxy().ssl_certificates)
Certificate = SslCertificate | ManagerCertificate


def used(one: Certificate, *rows: Resource, unread: tuple[type[Resource], ...] = ()) -> Use:
    return derived(CertificateUses, *rows, unread=unread).of(held_of(one, Names({}, "acme")))


USED: dict[str, tuple[Certificate, tuple[Resource, ...], list[str]]] = {
    "a proxy's list": (certificate(), (forwarding_rule(), proxy()), [PROXY]),
    "a proxy's list, on any port": (certificate(), (forwarding_rule(port_range="8443-8443"), proxy()), [PROXY]),
    "an SSL proxy's list": (
        certificate(),
        (ssl_rule(), ssl_proxy()),
        [f"{GLOBAL}/targetSslProxies/tls".partition("/v1/")[2]],
    ),
    "a map's entry": (manager_certificate(), (forwarding_rule(), mapped_proxy(), map_entry()), [PROXY]),
    "a list and an entry, once": (
        manager_certificate(),
        (forwarding_rule(), mapped_proxy(), map_entry(), map_entry("again", "x.org")),
        [PROXY],
    ),
    "another project's proxy, as the API says": (
        manager_certificate(used_by=(UsedBy(name=f"//compute.googleapis.com/{FOREIGN}"),)),
        (forwarding_rule(), proxy()),
        [FOREIGN],
    ),
    "another project's map entry, as the API says": (
        manager_certificate(used_by=(UsedBy(name=f"//certificatemanager.googleapis.com/{FOREIGN_ENTRY}"),)),
        (forwarding_rule(), proxy()),
        [FOREIGN_ENTRY],
    ),
    "a proxy of a region that was not read, as the API says": (
        manager_certificate(used_by=(UsedBy(name=f"//compute.googleapis.com/{REGIONAL}"),)),
        (forwarding_rule(), proxy()),
        [REGIONAL],
    ),
    "Media CDN, as the API says": (
        manager_certificate(used_by=(UsedBy(name=CACHE),)),
        (),
        [CACHE.removeprefix("//networkservices.googleapis.com/")],
    ),
}
UNUSED: dict[str, tuple[Certificate, tuple[Resource, ...], str]] = {
    "nothing refers to it": (
        certificate("spare"),
        (forwarding_rule(), proxy()),
        "no proxy and no certificate map refers to it",
    ),
    "no forwarding rule": (certificate(), (proxy(),), "web has it, but no forwarding rule leads there"),
    "a list that a map overrides": (
        certificate(),
        (forwarding_rule(), OVERRIDDEN, map_entry()),
        "web lists it, but its certificate map overrides the list",
    ),
    "a proxy without forwarding rule, which the API calls a use": (
        manager_certificate(used_by=(UsedBy(name=f"//compute.googleapis.com/{PROXY}"),)),
        (proxy(ssl_certificates=(f"//certificatemanager.googleapis.com/{MANAGER}/certificates/web",)),),
        "web has it, but no forwarding rule leads there",
    ),
    "a map that no proxy has, which the API calls a use": (
        manager_certificate(
            used_by=(UsedBy(name=f"//certificatemanager.googleapis.com/{map_entry(map_name='idle').name}"),)
        ),
        (forwarding_rule(), proxy(), map_entry(map_name="idle")),
        "certificate map idle has it, but no proxy has that map",
    ),
    "a classic one of the same name as Certificate Manager's": (
        certificate(),
        (forwarding_rule(), proxy(ssl_certificates=(f"{MANAGER}/certificates/web",))),
        "no proxy and no certificate map refers to it",
    ),
}


@pytest.mark.parametrize(("one", "rows", "users"), USED.values(), ids=USED)
def test_is_used(one: Certificate, rows: tuple[Resource, ...], users: list[str]) -> None:
    found = used(one, *rows)
    assert list(found.users) == users
    assert not found.unused


@pytest.mark.parametrize(("one", "rows", "words"), UNUSED.values(), ids=UNUSED)
def test_is_unused_and_why(one: Certificate, rows: tuple[Resource, ...], words: str) -> None:
    found = used(one, *rows)
    assert found.unused
    assert found.words == words


@pytest.mark.parametrize("kind", [ForwardingRule, TargetHttpsProxy, TargetSslProxy, CertificateMapEntry])
def test_what_was_not_read_may_use_it(kind: type[Resource]) -> None:
    assert not used(certificate("spare"), forwarding_rule(), proxy(), unread=(kind,)).unused
