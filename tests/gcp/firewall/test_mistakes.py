"""Mistakes that firewall analysers make: each is a network, a question and what Google Cloud does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gcp.firewall.asking import HIGH, LOW, PLAIN, RANGE, Json, asked, classic, judge, policy, rule, summary, world
from tests.gcp.firewall.naive import End, World
from validator.gcp.firewall.match import Direction
from validator.headerspace.packets import Packets

ALLOW, TCP = classic(), [{"IPProtocol": "tcp"}]
OUT: Direction = "EGRESS"
UNKNOWN = End()
GOTO_LOW = rule("goto_next", 1, srcIpRanges=[LOW])
TAGGED = rule(targetSecureTags=[{"name": "tagValues/1", "state": "EFFECTIVE"}])
NOT_RESOLVED: dict[str, Any] = {
    "srcSecureTags": [{"name": "tagValues/1", "state": "EFFECTIVE"}],
    "srcFqdns": ["example.com"],
    "srcAddressGroups": ["projects/acme/locations/global/addressGroups/lost"],
}


def rule_with(field: str, value: Any, direction: Direction = "INGRESS") -> Json:
    """A deny that matches by this field only."""
    fields: dict[str, Any] = {field: value, "direction": direction}
    return rule(**fields)


CASES: list[tuple[str, World, Packets, Direction, End, dict[str, str]]] = [
    (
        "1 a /28 covered by two /29 in one allow rule is allowed",
        world(classic(sourceRanges=[LOW, HIGH])),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "2 a /28 covered by two separate allow rules is allowed",
        world(classic(sourceRanges=[LOW]), classic(name="b", sourceRanges=[HIGH])),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "3 a deny on half and an allow on all after it is partial",
        world(classic("denied", priority=900, sourceRanges=[LOW]), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": HIGH, "deny": LOW},
    ),
    (
        "4 that deny fully shadowed by an allow of higher priority on the same half is not there",
        world(
            classic("denied", priority=900, sourceRanges=[LOW]),
            classic(name="first", priority=800, sourceRanges=[LOW]),
            ALLOW,
        ),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "5 an allow on half only is partial",
        world(classic(sourceRanges=[LOW])),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": LOW, "deny": HIGH},
    ),
    (
        "7 a policy's goto_next on half, then a deny on all, is partial",
        world(policy(GOTO_LOW, rule(), kind="HIERARCHY"), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": LOW, "deny": HIGH},
    ),
    (
        "8 after classic rules: an allow there comes before a network policy's deny",
        world(policy(rule()), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "9 after classic rules: a deny there comes before a network policy's allow",
        world(policy(rule("allow")), classic("denied")),
        asked(),
        "INGRESS",
        PLAIN,
        {"deny": RANGE},
    ),
    (
        "10 a policy's deny with targetSecureTags does not apply to a target without tags",
        world(policy(TAGGED, kind="HIERARCHY"), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    *(
        (
            f"11-12 a policy rule with only {field} is skipped or unknown, never an error",
            world(policy(rule_with(field, value), kind="HIERARCHY"), ALLOW),
            asked(),
            "INGRESS",
            PLAIN,
            {"allow" if field == "srcSecureTags" else "undecided": RANGE},
        )
        for field, value in NOT_RESOLVED.items()
    ),
    *(
        (
            f"11-12 a policy rule with only {field} leaves public sources undecided",
            world(policy(rule_with(field, ["x"]), kind="HIERARCHY"), ALLOW),
            asked("8.8.8.8/32"),
            "INGRESS",
            PLAIN,
            {"undecided": "8.8.8.8"},
        )
        for field in ("srcRegionCodes", "srcThreatIntelligences")
    ),
    *(
        (
            f"11-12 a policy rule with only {field} does not touch private sources",
            world(policy(rule_with(field, ["x"]), kind="HIERARCHY"), ALLOW),
            asked(),
            "INGRESS",
            PLAIN,
            {"allow": RANGE},
        )
        for field in ("srcRegionCodes", "srcThreatIntelligences")
    ),
    *(
        (
            f"13 an egress policy's deny with only {field} is unknown",
            world(policy(rule_with(field, [value], OUT), kind="HIERARCHY")),
            asked(destination="8.8.8.8/32"),
            OUT,
            PLAIN,
            {"undecided": RANGE},
        )
        for field, value in {
            "destFqdns": "example.com",
            "destRegionCodes": "XX",
            "destThreatIntelligences": "iplist-x",
            "destAddressGroups": "projects/acme/locations/global/addressGroups/lost",
        }.items()
    ),
    (
        "14 a policy rule whose targetResources are another network is not applied",
        world(policy(rule(targetResources=["projects/acme/global/networks/other"]), kind="HIERARCHY"), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "15 apply_security_profile_group is inspection, not an allow",
        world(policy(rule("apply_security_profile_group"), kind="HIERARCHY"), ALLOW),
        asked(),
        "INGRESS",
        PLAIN,
        {"undecided": RANGE},
    ),
    *(
        (
            f"16-18 {name} matches a rule for it, without a port",
            world(classic(allowed=[{"IPProtocol": name}])),
            asked(RANGE, "10.1.0.64/32", number),
            "INGRESS",
            PLAIN,
            {"allow": RANGE},
        )
        for name, number in (("icmp", 1), ("ICMP", 1), ("TCP", 6))
    ),
    (
        "19 a classic rule with the protocol number 6 allows tcp",
        world(classic(allowed=[{"IPProtocol": "6", "ports": ["6379"]}])),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "20 a policy that denies only tcp lets icmp through",
        world(policy(rule(layer4Configs=[{"ipProtocol": "tcp"}]), kind="HIERARCHY"), ALLOW),
        asked(RANGE, "10.1.0.64/32", 1),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "21 a policy rule without a description is a rule",
        world(
            policy({"action": "deny", "direction": "INGRESS", "priority": 1, "match": {"srcIpRanges": [RANGE]}}),
            ALLOW,
            order="BEFORE_CLASSIC_FIREWALL",
        ),
        asked(),
        "INGRESS",
        PLAIN,
        {"deny": RANGE},
    ),
    (
        "22 an egress rule limited by sourceRanges leaves other sources alone",
        world(classic("denied", direction=OUT, sourceRanges=["10.9.0.0/24"])),
        asked(),
        OUT,
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "23 an ingress allow limited by destinationRanges does not open other destinations",
        world(classic(destinationRanges=["10.9.0.0/24"])),
        asked(),
        "INGRESS",
        PLAIN,
        {"deny": RANGE},
    ),
    (
        "25 a range with host bits set is normalised",
        world(classic(sourceRanges=["10.1.0.5/28"])),
        asked(),
        "INGRESS",
        PLAIN,
        {"allow": RANGE},
    ),
    (
        "26 a range of ports may be asked for, and is answered in parts",
        world(classic("denied", priority=1, denied=[{"IPProtocol": "tcp", "ports": ["101"]}]), ALLOW),
        asked(RANGE, "10.1.0.64/32", 6, *range(1, 201)),
        "INGRESS",
        PLAIN,
        {"allow": RANGE, "deny": RANGE},
    ),
    (
        "29 target tags not known, and a rule with targetTags: unknown",
        world(classic("denied", priority=1, targetTags=["db"]), ALLOW),
        asked(),
        "INGRESS",
        UNKNOWN,
        {"undecided": RANGE},
    ),
    (
        "31 egress tcp:25 to the internet is blocked by the platform",
        world(classic(direction=OUT, destinationRanges=["0.0.0.0/0"])),
        asked(RANGE, "8.8.8.8/32", 6, 25),
        OUT,
        PLAIN,
        {"deny": RANGE},
    ),
    (
        "32 the metadata server answers under a deny of all egress",
        world(policy(rule(direction=OUT), kind="HIERARCHY"), classic("denied", direction=OUT, priority=0)),
        asked(RANGE, "169.254.169.254/32", 6, 80),
        OUT,
        PLAIN,
        {"allow": RANGE},
    ),
]


@pytest.mark.parametrize(
    ("network", "packets", "direction", "target", "wanted"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_google_cloud_does(
    network: World, packets: Packets, direction: Direction, target: End, wanted: dict[str, str]
) -> None:
    assert summary(judge(network, packets, direction=direction, target=target)) == wanted
