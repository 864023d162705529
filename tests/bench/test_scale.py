"""The bench measures what it says: the same rules every time, and answers that naive evaluation and z3 share."""

from __future__ import annotations

import pytest

from bench import solver
from bench.rulesets import FAMILIES, rules
from bench.scale import firewall_of, measure_scale
from validator.gcp.firewall.rules.shadow import idle_rules


@pytest.mark.parametrize("family", FAMILIES)
def test_the_engine_agrees_with_naive_evaluation_and_z3(family: str) -> None:
    found = measure_scale(family, 60, partition=True)
    assert (found.family, found.rules) == (family, 60)
    assert found.pieces
    assert found.peak_mib > 1
    assert min(found.query_s, found.idle_s, found.naive_ratio, found.z3_ratio) > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_rules_are_the_same_every_time(family: str) -> None:
    assert rules(family, 30) == rules(family, 30)
    assert rules(family, 30) != rules(family, 30, seed=8)
    assert [one.priority for one in rules(family, 30)] == list(range(30))


@pytest.mark.parametrize("seed", range(3))
def test_shadowed_rules_of_hard_sets_are_those_z3_finds(seed: int) -> None:
    given = rules("fw", 80, seed)
    ours = [one.rule.rule.name for one in idle_rules(firewall_of(given)) if one.shadowed]
    assert ours == solver.shadowed(given)
    assert ours


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(KeyError):
        rules("ips", 10)
