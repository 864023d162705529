"""Names: one spelling of a resource, and the projects of which absence may be said."""

from __future__ import annotations

import pytest

from tests.builders import PROJECT, project
from validator.gcp.names import Names
from validator.gcp.sites import Subnets
from validator.model.environment import Environment
from validator.model.project import HostProject
from validator.model.table import Table

_HOSTED = HostProject(name="acme-host", project=PROJECT)


def _names(environment: Environment, *hosts: HostProject) -> Names:
    return Names.derive(environment=environment, projects=Table((project(),)), hosts=Table(hosts))


@pytest.mark.parametrize(
    ("names", "home", "read"),
    [
        pytest.param(_names(Environment(project=PROJECT)), PROJECT, {PROJECT}, id="no Shared VPC"),
        pytest.param(
            _names(Environment(project=PROJECT), _HOSTED),
            "acme-host",
            {PROJECT, "acme-host"},
            id="a host that was asked",
        ),
        pytest.param(
            _names(Environment(project=PROJECT, network_project="acme-net")),
            "acme-net",
            {PROJECT, "acme-net"},
            id="a host that was declared",
        ),
    ],
)
def test_networks_are_read_of_the_project_and_its_host(names: Names, home: str, read: set[str]) -> None:
    assert (names.home, set(names.read)) == (home, read)


@pytest.mark.parametrize(("owner", "gap"), [(PROJECT, "missing"), ("acme-host", "missing"), ("elsewhere", "unread")])
def test_only_what_was_read_can_be_missing(owner: str, gap: str) -> None:
    subnets = Subnets(_names(Environment(project=PROJECT), _HOSTED), Table(()))
    assert subnets.site(f"projects/{owner}/regions/us-central1/subnetworks/gone").gap == gap
