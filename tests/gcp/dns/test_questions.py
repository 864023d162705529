"""Which questions the probe domain.lookup asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.balancers import HOST, certificate, managed, manager_certificate
from tests.dns_rows import authorization
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.observed.lookup import Lookup, upwards
from validator.model.certificate import DnsAuthorization
from validator.model.environment import Environment
from validator.model.resource import Resource
from validator.model.table import Table

RECORDED = sorted(
    (Path(__file__).parents[4] / "shared/data/api/certificatemanager/dnsAuthorizations.get").glob("*.json")
)


def asked(*rows: Resource, domains: tuple[str, ...] = ()) -> list[str]:
    """The questions, in the order in which they go out, where these are all the resources."""

    def table(kind: type[Resource]) -> Table[Any]:
        return Table(row for row in rows if isinstance(row, kind))

    probe = Lookup.KIND.probe
    assert probe is not None
    environment = Environment(name="staging", project=ACME.project, domains=domains)
    supply = Supply(environment, NOW, table)
    return [dict(target.arguments)["at"] for target in probe.targets(**supply.arguments(probe.targets))]


def test_a_domain_is_asked_for_with_all_above_it() -> None:
    assert asked(domains=("API.Example.com.",)) == [
        "api.example.com A",
        "api.example.com AAAA",
        "api.example.com CAA",
        "api.example.com NS",
        "example.com CAA",
        "example.com NS",
        "com CAA",
    ]


def test_a_managed_certificates_names_are_asked_for_without_name_servers() -> None:
    assert asked(managed("web", "example.com"), manager_certificate("api", "*.example.com")) == [
        # The wildcard: no address, and its parent's CAA records.
        "example.com CAA",
        "com CAA",
        "example.com A",
        "example.com AAAA",
        "example.com CAA",
        "com CAA",
    ]


def test_uploaded_certificates_and_addresses_are_not_asked_for() -> None:
    assert asked(certificate(), manager_certificate(managed=None), domains=("203.0.113.7",)) == []


def test_a_wildcard_host_rule_is_not_asked_for() -> None:
    assert asked(domains=("*", "*.example.com")) == []


def test_the_record_of_a_dns_authorisation_is_asked_for() -> None:
    assert asked(authorization()) == [f"_acme-challenge.{HOST} CNAME"]


def test_a_name_in_letters_of_its_own_is_asked_for_in_ascii() -> None:
    assert asked(domains=("Bücher.example",))[0] == "xn--bcher-kva.example A"


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("a.b.example.com", ("a.b.example.com", "b.example.com", "example.com", "com")),
        ("*.b.example.com", ("b.example.com", "example.com", "com")),
        ("com", ("com",)),
    ],
)
def test_the_tree_is_climbed_to_the_top_level_domain(name: str, above: tuple[str, ...]) -> None:
    assert upwards(name) == above


@pytest.mark.skipif(not RECORDED, reason="no recorded answers beside the project")
@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_recorded_dns_authorisation_is_read(file: Path) -> None:
    one = msgspec.convert(json.loads(file.read_text(encoding="utf-8")), DnsAuthorization, strict=False)
    assert one.dns_resource_record.name.startswith("_acme-challenge")
    assert one.dns_resource_record.type == "CNAME"
    assert one.domain
