"""Who sits on which VPC."""

from __future__ import annotations

import pytest

from tests.builders import VPC, connector, project, redis, redis_cluster, service, sql, subnet, template
from tests.judging import ACME, NOW
from validator.engine.needs import Supply, kinds_of
from validator.gcp.attachments import Attachments, Seat, redis_seat
from validator.gcp.names import Names
from validator.model.network import Network
from validator.model.redis import ClusterEndpoint, ClusterLink, PscConnection
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Revision, Traffic, VpcAccess
from validator.model.table import Table

_OTHER = VPC.replace("vpc", "other")


def _seats(*rows: Resource) -> tuple[Seat, ...]:
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    found: Attachments = supply.value(Attachments)
    return found.seats


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(connector(), "connector/staging on vpc", id="a connector"),
        pytest.param(redis(authorized_network=""), "redis/cache on default", id="Redis without a network named"),
        pytest.param(sql(), "sql/db on vpc", id="Cloud SQL with a leading slash"),
        pytest.param(redis_cluster(), "redis-cluster/shards on vpc", id="a cluster"),
        pytest.param(
            redis_cluster(psc_configs=()), "redis-cluster/shards on no network", id="a cluster without endpoints"
        ),
        pytest.param(
            connector(network=""), "connector/staging on an unknown network", id="a connector without a network"
        ),
        pytest.param(service(), "run/backend on an unknown network", id="a service whose connector is not there"),
        pytest.param(
            service(template=template(vpc_access=VpcAccess())), "run/backend on no network", id="an empty VPC access"
        ),
    ],
)
def test_each_kind_has_a_seat(row: Resource, words: str) -> None:
    (seat,) = _seats(row)
    assert seat.words == words


def test_a_service_sits_where_its_connector_does() -> None:
    _, seat = _seats(connector(network="other"), service())
    assert seat.networks == (_OTHER,)
    assert seat.words == "run/backend through connector/staging on other"


def test_a_subnet_decides_over_the_network_an_interface_names() -> None:
    access = VpcAccess(network_interfaces=(NetworkInterface(network="other", subnetwork="apps"),))
    (seat,) = _seats(service(template=template(vpc_access=access)), subnet())
    assert seat.networks == (VPC,)


def test_endpoints_that_a_cluster_owner_registered_count() -> None:
    link = ClusterLink(psc_connection=PscConnection(network=_OTHER))
    (seat,) = _seats(redis_cluster(psc_configs=(), cluster_endpoints=(ClusterEndpoint(connections=(link,)),)))
    assert seat.networks == (_OTHER,)


def test_a_service_that_serves_from_two_revisions_has_two_seats() -> None:
    path = service().path
    both = (
        Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=50),
        Traffic(revision="backend-00001-old", percent=50),
    )
    old = Revision(
        name=f"{path}/revisions/backend-00001-old",
        vpc_access=VpcAccess(network_interfaces=(NetworkInterface(network="other"),)),
    )
    seats = _seats(connector(), service(traffic_statuses=both), old)
    assert [seat.networks for seat in seats] == [(VPC,), (VPC,), (_OTHER,)]


def test_revisions_alike_share_one_seat() -> None:
    path = service().path
    both = (
        Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=50),
        Traffic(revision="backend-00001-old", percent=50),
    )
    old = Revision(name=f"{path}/revisions/backend-00001-old", vpc_access=service().template.vpc_access)
    assert len(_seats(connector(), service(traffic_statuses=both), old)) == 2


def test_the_project_number_is_the_project() -> None:
    names = Names({"123456789": "acme"}, "acme")
    assert redis_seat(redis(authorized_network="projects/123456789/global/networks/vpc"), names).networks == (VPC,)


def test_the_networks_themselves_need_not_be_read() -> None:
    assert Network not in set(kinds_of(Attachments))
