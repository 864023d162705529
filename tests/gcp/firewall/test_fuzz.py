"""Random networks with every feature: the product agrees with the naive firewall, packet by packet."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import REGION
from tests.fuzzing import thorough
from tests.gcp.firewall.dense_worlds import FEW, dense_worlds
from tests.gcp.firewall.naive import End, Question, World, fate
from tests.gcp.firewall.worlds import ACCOUNTS, ASKED, SECURE, TAGS, ends, few, firewall, party, worlds
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.outcome import Action, Partition
from validator.gcp.firewall.party import INTERNET
from validator.gcp.firewall.rules.exposed import exposures
from validator.gcp.special import METADATA_SERVER
from validator.headerspace.axes import address_at, port_of, protocol_of
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import NO_PACKETS, Box, Packet, Packets, packets

Corner = tuple[int, int, int]


def judged(world: World, direction: Direction, target: End, sender: End, asked: Packets = ASKED) -> Partition:
    return firewall(world).judge(asked, direction=direction, target=party(target), sender=party(sender))


def corners(boxes: tuple[Box, ...]) -> Iterator[Corner]:
    """Each end of each span on each axis, the outermost ones in every combination."""
    for box in boxes:
        axes = [_ends(box.sources), _ends(box.destinations), _ends(box.services)]
        yield from itertools.product(*((axis[0], axis[-1]) for axis in axes))
        longest = max(len(axis) for axis in axes)
        yield from zip(*(itertools.islice(itertools.cycle(axis), longest) for axis in axes), strict=True)


def around(corner: Corner) -> Iterator[Corner]:
    """The six points next to a corner, one step along one axis each."""
    source, destination, service = corner
    for step in (-1, 1):
        yield source + step, destination, service
        yield source, destination + step, service
        yield source, destination, service + step


def _ends(some: Intervals) -> list[int]:
    return sorted({number for span in some for number in span})


def _has(boxes: tuple[Box, ...], corner: Corner) -> bool:
    source, destination, service = corner
    return any(source in box.sources and destination in box.destinations and service in box.services for box in boxes)


def packet(corner: Corner) -> Packet:
    source, destination, service = corner
    return Packet(address_at(source), address_at(destination), protocol_of(service), port_of(service))


def outcomes(partition: Partition) -> tuple[Packets, Packets, Packets]:
    return partition.allowed, partition.denied, partition.undecided


def flows(direction: Direction) -> st.SearchStrategy[tuple[World, Direction, End, End]]:
    return worlds(direction).flatmap(
        lambda world: st.tuples(st.just(world), st.just(direction), ends(bool(world.regional)), ends(region=False))
    )


FLOWS = flows("INGRESS") | flows("EGRESS")


def check(world: World, direction: Direction, target: End, sender: End, asked: Packets) -> None:
    """Every corner of every piece, and the points around it, have the fate that the naive firewall says."""
    partition = judged(world, direction, target, sender, asked)
    pieces = [(piece.action, tuple(piece.packets.boxes())) for piece in partition.pieces]
    expected: dict[Corner, Action] = {}
    for action, boxes in pieces:
        expected |= dict.fromkeys(corners(boxes), action)
    for outside in {point for corner in expected for point in around(corner)} - expected.keys():
        expected |= {outside: action for action, boxes in pieces if _has(boxes, outside)}  # noqa: B035 - at most one
    for corner, action in expected.items():
        question = Question(world, packet(corner), direction, target, sender)
        assert fate(question) == action, question.packet


@pytest.mark.parametrize("direction", ["INGRESS", "EGRESS"])
def test_every_piece_agrees_with_the_naive_firewall(direction: Direction) -> None:
    @thorough(50)
    @given(flows(direction))
    def agree(flow: tuple[World, Direction, End, End]) -> None:
        check(*flow, ASKED)

    agree()


@pytest.mark.parametrize("direction", ["INGRESS", "EGRESS"])
def test_every_order_of_doubtful_rules_agrees_with_the_naive_firewall(direction: Direction) -> None:
    @thorough(150)
    @given(dense_worlds(direction), st.sampled_from(("", REGION)))
    def agree(world: World, region: str) -> None:
        check(world, direction, End(region=region if region in world.regional else ""), End(), FEW)

    agree()


VMS = st.builds(
    End,
    tags=few(TAGS, 3).map(tuple),
    accounts=few(ACCOUNTS, 1).map(tuple),
    secure=few(SECURE).map(tuple),
)


@thorough(80)
@given(worlds("INGRESS") | dense_worlds("INGRESS"), VMS)
def test_no_vm_is_reached_from_the_internet_but_by_what_exposures_tell(world: World, vm: End) -> None:
    network = firewall(world)
    found = NO_PACKETS
    for one in exposures(network, ASKED):
        found |= one.packets
    for region in (*network.regions, ""):
        partition = network.judge_under(network.policies[region], ASKED, "INGRESS", party(vm), INTERNET)
        assert partition.allowed | partition.undecided <= found | packets(sources=METADATA_SERVER)


@thorough(30)
@given(FLOWS)
def test_the_pieces_are_a_partition_of_what_was_asked(flow: tuple[World, Direction, End, End]) -> None:
    whole = NO_PACKETS
    for piece in judged(*flow).pieces:
        assert piece.packets
        assert not whole & piece.packets
        assert (piece.doubt is not None) == (piece.action == "undecided")
        whole |= piece.packets
    assert whole == ASKED


@thorough(30)
@given(FLOWS, st.randoms(use_true_random=False))
def test_the_order_of_the_answer_changes_nothing(flow: tuple[World, Direction, End, End], dice: random.Random) -> None:
    world, direction, target, sender = flow
    assert outcomes(judged(shuffled(world, dice), direction, target, sender)) == outcomes(
        judged(world, direction, target, sender)
    )


@thorough(30)
@given(FLOWS)
def test_a_rule_split_in_two_says_the_same(flow: tuple[World, Direction, End, End]) -> None:
    world, direction, target, sender = flow
    assert outcomes(judged(split(world), direction, target, sender)) == outcomes(
        judged(world, direction, target, sender)
    )


@thorough(30)
@given(FLOWS)
def test_tags_renamed_everywhere_say_the_same(flow: tuple[World, Direction, End, End]) -> None:
    world, direction, target, sender = flow
    names = {"web": "shop", "db": "store", "tagValues/1": "tagValues/31", "tagValues/2": "tagValues/32"}
    assert not set(names.values()) & set(TAGS)
    renamed = world._replace(effective=_renamed(world.effective, names), regional=_renamed(world.regional, names))
    new_target, new_sender = (
        end._replace(tags=_renamed(end.tags, names), secure=_renamed(end.secure, names)) for end in (target, sender)
    )
    assert outcomes(judged(renamed, direction, new_target, new_sender)) == outcomes(
        judged(world, direction, target, sender)
    )


def shuffled(world: World, dice: random.Random) -> World:
    def mixed(answer: Any) -> Any:
        rules = dice.sample(answer.get("firewalls", []), len(answer.get("firewalls", [])))
        policies = [
            policy | {"rules": dice.sample(policy["rules"], len(policy["rules"]))}
            for policy in dice.sample(answer["firewallPolicys"], len(answer["firewallPolicys"]))
        ]
        return {"firewalls": rules, "firewallPolicys": policies}

    regional = {region: mixed(answer) for region, answer in world.regional.items()}
    return world._replace(effective=mixed(world.effective), regional=regional)


def split(world: World) -> World:
    """Each rule once for each of its entries, policy rules of later priorities moved back to make room."""

    def halved(answer: Any) -> Any:
        return {
            "firewalls": [half for rule in answer.get("firewalls", []) for half in _classic_halves(rule)],
            "firewallPolicys": [
                policy | {"rules": _policy_halves(policy["rules"])} for policy in answer["firewallPolicys"]
            ],
        }

    regional = {region: halved(answer) for region, answer in world.regional.items()}
    return world._replace(effective=halved(world.effective), regional=regional)


def _classic_halves(rule: dict[str, Any]) -> list[dict[str, Any]]:
    verbs = [verb for verb in ("allowed", "denied") if rule.get(verb)]
    if len(verbs) != 1:
        return [rule]
    (verb,) = verbs
    return [rule | {"name": f"{rule['name']}-{at}", verb: [entry]} for at, entry in enumerate(rule[verb])]


def _policy_halves(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several rules of one priority none is split: their halves would no longer be met together."""
    priorities = [rule.get("priority") for rule in rules]
    found = []
    for rule in rules:
        entries = rule["match"].get("layer4Configs", [])
        at = rule.get("priority")
        moved = rule if at is None else rule | {"priority": at * 10}
        if at is None or len(entries) < 2 or priorities.count(at) > 1:
            found.append(moved)
            continue
        found += [
            moved | {"priority": at * 10 + step, "match": rule["match"] | {"layer4Configs": [entry]}}
            for step, entry in enumerate(entries)
        ]
    return found


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_renamed(one, names) for one in value)
    return names.get(value, value) if isinstance(value, str) else value
