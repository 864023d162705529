"""Real effective firewalls, where the folder of recordings stands beside the project."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import PROJECT, VPC, network, project, subnet
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Stage
from validator.gcp.firewall.party import INTERNET, Party
from validator.gcp.firewall.rules.exposed import exposures
from validator.gcp.special import PUBLIC
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, packets
from validator.model.firewall import (
    IRRELEVANT,
    EffectivePolicy,
    FirewallRule,
    Layer4,
    Matcher,
    NetworkFirewalls,
    PolicyRule,
    Ports,
)
from validator.model.resource import Part, Resource
from validator.model.table import Table

DATA = Path(__file__).parents[4] / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings of real answers beside the project")
DUMPS = sorted(
    (
        *DATA.glob("gcpdiag/*/compute-effective-firewalls-*.json"),
        *DATA.glob("api/compute/*.getEffectiveFirewalls/*.json"),
    )
)


def answers() -> list[Any]:
    """Every recorded answer that holds rules."""
    raw = [json.loads(file.read_text(encoding="utf-8")) for file in DUMPS]
    return [one for one in raw if isinstance(one, dict) and {"firewalls", "firewallPolicys"} & set(one)]


def read(raw: Any) -> NetworkFirewall:
    told = {**NetworkFirewalls.prepare(raw), "name": "", "network": VPC, "project": PROJECT}
    rows: list[Resource] = [project(), network(), subnet(), msgspec.convert(told, NetworkFirewalls, strict=False)]
    supply = Supply(ACME, NOW, lambda kind: Table(row for row in rows if isinstance(row, kind)))
    facts: Firewalls = supply.value(Firewalls)
    found = facts.of(VPC)
    assert found is not None
    return found


@pytest.mark.parametrize("raw", answers())
@pytest.mark.parametrize("direction", ["INGRESS", "EGRESS"])
def test_every_packet_has_one_fate(raw: Any, direction: Direction) -> None:
    nobody = Party(tags=frozenset(), service_accounts=frozenset(), secure_tags=frozenset())
    partition = read(raw).judge(EVERY_PACKET, direction=direction, target=nobody, sender=INTERNET)
    whole = NO_PACKETS
    for piece in partition.pieces:
        assert not whole & piece.packets
        whole |= piece.packets
    assert whole == EVERY_PACKET
    # Of a target of which everything is known, real rules leave nothing but some GRE undecided.
    assert {piece.doubt.code for piece in partition.pieces if piece.doubt} <= {"TRAFFIC_TYPE_BLOCKED"}


def test_what_the_internet_reaches_is_what_rules_with_public_ranges_let_in() -> None:
    found_open = set()
    for raw in answers():
        rules = {rule["name"]: rule for rule in raw.get("firewalls", ())}
        for one in exposures(read(raw), packets(sources=PUBLIC)):
            if one.decider.stage is Stage.CLASSIC:
                blocks = rules[one.decider.name]["sourceRanges"]
                assert any(ipaddress.ip_network(block).prefixlen == 0 or is_global(block) for block in blocks)
                found_open.add(one.decider.name)
    assert {"default-allow-icmp", "default-allow-ssh"} <= found_open


def is_global(block: str) -> bool:
    return ipaddress.ip_network(block).is_global


def test_hierarchical_policies_decide_before_classic_rules() -> None:
    stages = set()
    for raw in answers():
        for piece in read(raw).judge(EVERY_PACKET, direction="INGRESS", sender=INTERNET).pieces:
            stages.add(piece.decider.stage)
    assert {Stage.HIERARCHICAL, Stage.CLASSIC, Stage.IMPLIED} <= stages


#: Of a rule or policy nobody models these, and nobody has to: they change no packet's fate.
MODELS: tuple[tuple[str, type[Part]], ...] = (
    ("firewalls", FirewallRule),
    ("firewalls.allowed", Ports),
    ("firewalls.denied", Ports),
    ("firewallPolicys", EffectivePolicy),
    ("firewallPolicys.rules", PolicyRule),
    ("firewallPolicys.rules.match", Matcher),
    ("firewallPolicys.rules.match.layer4Configs", Layer4),
)


def strange_fields(raw: Any, path: str, model: type[Any]) -> set[str]:
    known = {info.encode_name for info in msgspec.structs.fields(model)} | IRRELEVANT
    return {f"{path}.{key}" for one in _along(raw, path.split(".")) for key in one if key not in known}


def _along(raw: Any, names: list[str]) -> Iterator[Mapping[str, Any]]:
    if not names:
        yield raw
        return
    below = raw.get(names[0], ())
    for one in [below] if isinstance(below, dict) else below:
        yield from _along(one, names[1:])


@pytest.mark.parametrize(("path", "model"), MODELS, ids=[path for path, _ in MODELS])
def test_every_field_is_modelled_or_known_to_be_irrelevant(path: str, model: type[Any]) -> None:
    """A field that turns up here makes its rules undecided until it is modelled."""
    assert {name for raw in answers() for name in strange_fields(raw, path, model)} == set()


def test_the_list_of_fields_notices_a_new_one() -> None:
    raw = {"firewallPolicys": [{"rules": [{"match": {"layer4Configs": [{"icmpTypes": [8]}]}}]}]}
    path = "firewallPolicys.rules.match.layer4Configs"
    assert strange_fields(raw, path, Layer4) == {f"{path}.icmpTypes"}
