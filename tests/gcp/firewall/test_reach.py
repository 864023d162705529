"""No rule that may match one of the packets is overlooked, whoever is at either end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import VPC, rule, tcp
from tests.fuzzing import thorough
from validator.gcp.firewall.match import compiled, match
from validator.gcp.firewall.network import NetworkFirewall, ordered
from validator.gcp.firewall.outcome import RuleKind
from validator.gcp.firewall.party import ANYONE, OUTSIDER, Party
from validator.gcp.firewall.reach import Reach
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import NO_PACKETS, packets
from validator.model.firewall import FirewallRule, Ports

THOROUGH = thorough(150)
BLOCKS = st.sampled_from(("10.0.0.0/30", "10.0.0.2/31", "11.0.0.0/8", "::/0", "fd00::1/128", "?"))
ENTRIES = st.sampled_from(
    (*tcp("80", "443"), *tcp(), Ports(protocol="udp"), Ports(protocol="?"), Ports(protocol="all"))
)
SOME = st.lists(BLOCKS, max_size=2, unique=True).map(tuple)
PARTIES = (ANYONE, OUTSIDER, Party(tags=frozenset({"web"}), service_accounts=frozenset({"a@x"})))
CARRIERS = {"": addresses(["10.0.0.0/29"]), "web": addresses(["10.0.0.1"])}


@st.composite
def rules(draw: st.DrawFn) -> FirewallRule:
    tags = st.sampled_from(((), (), ("web",), ("db",)))
    fields: dict[str, Any] = {
        "direction": draw(st.sampled_from(("INGRESS", "EGRESS", "?"))),
        "source_ranges": draw(SOME),
        "destination_ranges": draw(SOME),
        "source_tags": draw(tags),
        "target_tags": draw(tags),
        "allowed": draw(st.lists(ENTRIES, max_size=2).map(tuple)),
        "unmodelled": draw(st.sampled_from(((), (), ("strange",)))),
    }
    return rule(**fields)


@THOROUGH
@given(st.lists(rules(), max_size=5), st.sampled_from(("10.0.0.1", "10.0.0.3", "11.1.0.0/16", "fd00::/16")))
def test_rules_that_may_match_are_found(some: list[FirewallRule], block: str) -> None:
    asked = packets(addresses([block, "10.0.0.0"]), services=services(6, [(80, 80)]))
    read = [compiled(one) for one in some]
    found = list(Reach(read).of(asked))
    for one in read:
        matches = [match(one, target, sender, CARRIERS) for target in PARTIES for sender in PARTIES]
        if any(found_match and found_match.possible & asked for found_match in matches):
            assert one in found
    assert found == [one for one in read if one in found]


@pytest.mark.parametrize("asked", [NO_PACKETS, packets(services=services(17))], ids=["nothing", "another protocol"])
def test_rules_about_something_else_are_left_out(asked: Any) -> None:
    assert list(Reach([compiled(rule(allowed=tcp("80")))]).of(asked)) == []


def test_the_index_is_built_once_a_network() -> None:
    network = NetworkFirewall(network=VPC, rules=ordered([(rule(), RuleKind.VPC)]))
    first = network.judge(packets(), direction="EGRESS", target=OUTSIDER)
    kept = vars(network)["_reach"]
    assert network.judge(packets(), direction="EGRESS", target=OUTSIDER) == first
    assert vars(network)["_reach"] is kept
