"""Tests of building calls from the bundled discovery documents."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import msgspec
import pytest

from validator.collect.discovery import Discovery, UnknownMethodError
from validator.collect.transport import ReadOnlyViolation
from validator.model.connector import Connector
from validator.model.dns import DnsZone
from validator.model.kinds import KINDS
from validator.model.network import Network, PrivateConnection, Subnetwork
from validator.model.policyroute import PolicyRoute
from validator.model.project import EnabledApi, HostProject
from validator.model.resource import Read, Target, target
from validator.model.run import Service
from validator.model.sql import SqlInstance

AUTH = "https://www.googleapis.com/auth/"
READS = [(noun, read) for noun, kind in KINDS.items() for read in kind.KIND.reads]


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return Discovery()


def only(kind: Any) -> Read:
    (read,) = kind.KIND.reads
    return read  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "call", "url"),
    [
        pytest.param(
            Network,
            target("acme", project="acme"),
            "https://compute.googleapis.com/compute/v1/projects/acme/global/networks?maxResults=500&alt=json",
            id="compute, 500 a page",
        ),
        pytest.param(
            Connector,
            target("acme", "us-central1", parent="projects/acme/locations/us-central1"),
            "https://vpcaccess.googleapis.com/v1/projects/acme/locations/us-central1/connectors?pageSize=500&alt=json",
            id="nested collections",
        ),
        pytest.param(
            EnabledApi,
            target("acme", parent="projects/acme", filter="state:ENABLED"),
            "https://serviceusage.googleapis.com/v1/projects/acme/services"
            "?filter=state%3AENABLED&pageSize=200&alt=json",
            id="200 a page and no more",
        ),
        pytest.param(
            PolicyRoute,
            target("acme", "global", parent="projects/acme/locations/global"),
            "https://networkconnectivity.googleapis.com/v1/projects/acme/locations/global/policyBasedRoutes"
            "?pageSize=500&alt=json",
            id="a collection named by a word that Python reserves",
        ),
        pytest.param(
            PrivateConnection,
            target("acme", parent="services/servicenetworking.googleapis.com", network="projects/1/global/networks/n"),
            "https://servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
            "?network=projects%2F1%2Fglobal%2Fnetworks%2Fn&alt=json",
            id="a method without pages",
        ),
    ],
)
def test_urls(discovery: Discovery, kind: Any, call: Target, url: str) -> None:
    assert discovery.url(only(kind), call) == url


def test_a_page_token_is_the_only_difference_of_the_next_page(discovery: Discovery) -> None:
    first = discovery.url(only(Network), target("acme", project="acme"))
    following = discovery.request(only(Network), target("acme", project="acme"), "a+b/c==").uri
    assert following == first.replace("&alt=json", "&pageToken=a%2Bb%2Fc%3D%3D&alt=json")


@pytest.mark.parametrize("read", [pytest.param(read, id=noun) for noun, read in READS])
def test_every_kinds_reads_are_get_methods_of_the_bundled_documents(discovery: Discovery, read: Read) -> None:
    fields = discovery.fields(read)
    assert discovery.scopes([read])
    if read.items:
        assert read.items in fields


def test_a_method_that_writes_is_refused(discovery: Discovery) -> None:
    read = msgspec.structs.replace(only(Network), method="networks.delete")
    with pytest.raises(ReadOnlyViolation, match=r"compute\.networks\.delete is DELETE"):
        discovery.request(read, target("acme", project="acme", network="n"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"method": "networks.listEverything"}, "compute v1 has no method networks.listEverything", id="method"
        ),
        pytest.param({"method": "clouds.list"}, "no method clouds.list", id="collection"),
        pytest.param({"api": "nosuchapi"}, "does not know nosuchapi v1", id="API"),
    ],
)
def test_what_the_installed_client_does_not_know(change: dict[str, str], message: str) -> None:
    read = msgspec.structs.replace(only(Network), **change)
    with pytest.raises(UnknownMethodError, match=message):
        Discovery().request(read, target("acme", project="acme"))


def test_an_argument_that_does_not_fit_is_refused_before_sending(discovery: Discovery) -> None:
    with pytest.raises(TypeError):
        discovery.request(only(Connector), target("acme", parent="locations/us-central1"))


@pytest.mark.parametrize(
    ("kinds", "scopes"),
    [
        pytest.param([Network], [f"{AUTH}compute.readonly"], id="one read-only scope"),
        pytest.param([Network, HostProject], [f"{AUTH}compute"], id="a wider one that covers both"),
        pytest.param(
            [Network, Service, DnsZone],
            [f"{AUTH}compute.readonly", f"{AUTH}ndev.clouddns.readonly", f"{AUTH}run.readonly"],
            id="one read-only scope an API",
        ),
        pytest.param([DnsZone, EnabledApi], [f"{AUTH}cloud-platform.read-only"], id="one that covers two APIs"),
        pytest.param([Network, SqlInstance, Connector], [f"{AUTH}cloud-platform"], id="an API without read-only scope"),
        pytest.param([], [], id="nothing to read"),
    ],
)
def test_least_scopes(discovery: Discovery, kinds: list[Any], scopes: list[str]) -> None:
    assert list(discovery.scopes(read for kind in kinds for read in kind.KIND.reads)) == scopes


class Older(Discovery):
    """The client as it was up to 2.200.0: some methods take returnPartialSuccess."""

    def _document(self, api: str, version: str) -> Any:
        document = super()._document(api, version)
        for collection in ("networks", "subnetworks"):
            for method in document["resources"][collection]["methods"].values():
                method["parameters"]["returnPartialSuccess"] = {"type": "boolean", "location": "query"}
        return document


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        pytest.param(Subnetwork, True, id="asked where the answer lists what is unreachable"),
        pytest.param(Network, False, id="not asked where the answer could hide it"),
    ],
)
def test_partial_success(kind: Any, sent: bool) -> None:  # noqa: FBT001 - a table's column
    url = Older().url(only(kind), target("acme", project="acme"))
    assert ("returnPartialSuccess=true" in url) is sent


class WithoutViews(Discovery):
    """A client that does not know the parameter."""

    def _document(self, api: str, version: str) -> Any:
        document = super()._document(api, version)
        document["resources"]["subnetworks"]["methods"]["aggregatedList"]["parameters"].pop("views", None)
        return document


@pytest.mark.parametrize(
    ("client", "kind", "sent"),
    [(Discovery, Subnetwork, True), (Discovery, Network, False), (WithoutViews, Subnetwork, False)],
    ids=["asked for", "not asked for", "not known to the client"],
)
def test_extra_views(client: type[Discovery], kind: Any, sent: bool) -> None:  # noqa: FBT001 - a table's column
    url = client().url(only(kind), target("acme", project="acme"))
    assert ("views=WITH_UTILIZATION" in url) is sent


def test_threads_share_it(discovery: Discovery) -> None:
    del discovery
    shared, urls = Discovery(), []

    def work() -> None:
        urls.append(shared.url(only(Network), target("acme", project="acme")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls) == 8
    assert len(set(urls)) == 1


def test_googles_client_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, validator.collect.pages, validator.collect.credentials; "
        "sys.exit('googleapiclient' in sys.modules or 'redis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own interpreter
