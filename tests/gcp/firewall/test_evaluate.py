"""First match over sets, where rules are doubtful and policies hand over to the next."""

from __future__ import annotations

import random
import time

import msgspec
import pytest

from tests.builders import VPC, rule, tcp
from validator.gcp.firewall.alternatives import agreed, together
from validator.gcp.firewall.evaluate import evaluate, first_match
from validator.gcp.firewall.match import Match
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import Action, Decider, Doubt, Partition, Piece, RuleKind, Stage
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import EVERY_PACKET, NO_PACKETS, packets

DOUBT = Doubt("UNKNOWN_TARGET", "nobody knows")
PACKET = packets(addresses(["10.0.0.1"]), addresses(["10.0.0.2"]), services(1))


def says(word: str) -> Match:
    """A rule that takes everything: "allow", "deny", "goto_next" or "?"; "maybe ..." where that is in doubt."""
    doubtful, action = word.startswith("maybe "), word.removeprefix("maybe ")
    return Match(
        decider=Decider(name=word, kind=RuleKind.VPC),
        action=None if action == "?" else Action(action),
        sure=NO_PACKETS if doubtful else EVERY_PACKET,
        possible=EVERY_PACKET,
        doubt=DOUBT if doubtful or action == "?" else None,
    )


def fate(*policies: str) -> str:
    """What becomes of a packet after these policies, rules parted by commas."""
    (piece,) = evaluate(PACKET, [tuple(says(word) for word in one.split(", ") if word) for one in policies])
    return piece.action


FATES = [
    ("the first rule decides", ("allow, deny",), "allow"),
    ("goto_next leaves the rest of its policy alone", ("goto_next, deny", "allow"), "allow"),
    ("a policy without a match hands over", ("", "deny"), "deny"),
    ("a doubtful rule of the same action changes nothing", ("maybe deny, deny",), "deny"),
    ("a doubtful rule of another action leaves it open", ("maybe allow, deny",), "undecided"),
    ("a doubtful rule of an earlier policy counts later", ("maybe allow", "deny"), "undecided"),
    ("and agrees later", ("maybe allow", "allow"), "allow"),
    ("a doubtful goto_next before a deny that another policy says too", ("maybe goto_next, deny", "deny"), "deny"),
    ("a doubtful goto_next before a deny, with an allow behind", ("maybe goto_next, deny", "allow"), "undecided"),
    ("a doubtful goto_next with nothing behind it in its policy", ("maybe goto_next", "allow"), "allow"),
    ("a doubtful goto_next, then a certain one", ("maybe goto_next, goto_next, deny", "allow"), "allow"),
    ("two ways to a deny and one to an allow", ("maybe goto_next, maybe deny", "allow"), "undecided"),
    ("a doubtful deny, then a certain goto_next", ("maybe deny, goto_next, allow", "deny"), "deny"),
    ("a doubtful deny, then a certain goto_next to an allow", ("maybe deny, goto_next, deny", "allow"), "undecided"),
    (
        "what a doubtful goto_next skips does not bind the next policy",
        ("maybe goto_next, allow", "goto_next", "allow"),
        "allow",
    ),
    ("a rule of no known action", ("?", "allow"), "undecided"),
    ("a rule of no known action behind a certain one", ("allow, ?",), "allow"),
]


@pytest.mark.parametrize(("policies", "wanted"), [case[1:] for case in FATES], ids=[case[0] for case in FATES])
def test_what_becomes_of_a_packet(policies: tuple[str, ...], wanted: str) -> None:
    assert fate(*policies) == wanted


def in_any_order(*policies: str) -> str:
    rules = [tuple(says(word) for word in one.split(", ") if word) for one in policies]
    merged = together(PACKET, rules, policies, Stage.HIERARCHICAL)
    (piece,) = evaluate(PACKET, (merged, (says("deny"),)))
    return piece.action


ORDERS = [
    ("both allow", ("allow", "allow"), "allow"),
    ("one allows, the other hands over", ("goto_next", "allow"), "allow"),
    ("one allows, the other denies", ("deny", "allow"), "undecided"),
    ("of three, the first and the last agree", ("allow", "deny", "allow"), "undecided"),
    ("both hand over", ("goto_next", ""), "deny"),
    ("one may allow, the other denies", ("maybe allow", "deny"), "undecided"),
    ("one may allow, the other allows", ("maybe allow", "allow"), "allow"),
    ("one may deny, and the next stage denies", ("maybe deny", ""), "deny"),
    ("one may allow, and the next stage denies", ("maybe allow", ""), "undecided"),
    ("one is not understood, the other allows", ("?", "allow"), "undecided"),
]


@pytest.mark.parametrize(("policies", "wanted"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS])
def test_policies_whose_order_is_not_known(policies: tuple[str, ...], wanted: str) -> None:
    assert in_any_order(*policies) == wanted
    assert in_any_order(*reversed(policies)) == wanted


def piece(action: Action, *, doubt: Doubt | None = None) -> Partition:
    return Partition(
        (Piece(packets=PACKET, action=action, decider=Decider(name=action, kind=RuleKind.VPC), doubt=doubt),)
    )


def test_answers_that_differ_are_undecided_with_the_reason_they_have() -> None:
    allow, deny, open_ = piece(Action.ALLOW), piece(Action.DENY), piece(Action.UNDECIDED, doubt=DOUBT)
    why = Doubt("REGIONS_DIFFER", "they differ")
    assert agreed([allow, allow], why) == allow
    assert [one.doubt for one in agreed([allow, deny], why).pieces] == [why]
    assert [one.doubt for one in agreed([allow, open_], why).pieces] == [DOUBT]
    assert [one.doubt for one in agreed([open_, allow], why).pieces] == [DOUBT]


def test_packets_that_no_rule_takes_are_an_error() -> None:
    with pytest.raises(ValueError, match="last rule"):
        first_match(EVERY_PACKET, ())


def test_packets_are_never_undecided_without_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        first_match(PACKET, (msgspec.structs.replace(says("?"), doubt=None),))


def test_a_thousand_rules_take_well_under_two_seconds() -> None:
    dice = random.Random(7)  # noqa: S311 - a fixed set of rules
    some = [
        rule(
            f"r{number}",
            priority=dice.randrange(1000, 2000),
            destination_ranges=(f"10.{dice.randrange(64)}.{dice.randrange(256)}.0/{dice.choice([20, 24, 28])}",),
            **{dice.choice(["allowed", "denied"]): tcp(str(dice.randrange(1, 50) * 100))},
        )
        for number in range(1000)
    ]
    asked = packets(addresses(["10.2.0.0/28"]), addresses(["10.0.0.0/8"]), services(6))
    firewall = NetworkFirewall(network=VPC, rules=ordered((one, RuleKind.VPC) for one in some))
    start = time.perf_counter()
    partition = firewall.judge(asked, direction="EGRESS")
    assert time.perf_counter() - start < 2
    assert partition.denied
    assert len(partition.pieces) > 100
