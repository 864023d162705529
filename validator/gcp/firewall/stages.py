"""The order in which the stages of a network's firewall, and the policies within a stage, are evaluated.

https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from validator.gcp.firewall.outcome import Stage
from validator.gcp.firewall.policies import Policy

AFTER, BEFORE = "AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"
_ORDERS = {
    AFTER: (Stage.CLASSIC, Stage.GLOBAL, Stage.REGIONAL),
    BEFORE: (Stage.GLOBAL, Stage.REGIONAL, Stage.CLASSIC),
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Policies that are evaluated next, in an order that is not known where they are several; none: classic rules."""

    stage: Stage
    policies: tuple[Policy, ...] = ()


def plans(policies: tuple[Policy, ...], order: str) -> tuple[tuple[Step, ...], ...]:
    """The steps of the evaluation; twice where it is not known which of the two orders the network has."""
    if order in _ORDERS:
        return (_plan(policies, _ORDERS[order]),)
    if not any(policy.stage in (Stage.GLOBAL, Stage.REGIONAL) for policy in policies):
        return (_plan(policies, _ORDERS[AFTER]),)
    return tuple(_plan(policies, stages) for stages in _ORDERS.values())


def _plan(policies: tuple[Policy, ...], last: tuple[Stage, ...]) -> tuple[Step, ...]:
    return tuple(
        step
        for stage in (Stage.UNPLACED, Stage.HIERARCHICAL, Stage.SYSTEM, *last)
        for step in _steps(stage, [policy for policy in policies if policy.stage is stage])
    )


def _steps(stage: Stage, policies: list[Policy]) -> Iterator[Step]:
    if stage is Stage.CLASSIC:
        yield Step(stage=stage)
        return
    if stage is Stage.UNPLACED:
        # None of their rules is certain, so nothing depends on their order.
        yield from (Step(stage=stage, policies=(policy,)) for policy in policies)
        return
    if policies:
        yield from (Step(stage=stage, policies=tuple(group)) for group in _ranked(stage, policies))


def _ranked(stage: Stage, policies: list[Policy]) -> Iterable[list[Policy]]:
    """First to be evaluated first; together where the API does not tell the order.

    Associations are ordered by priority, then by their name, which effective firewalls do not tell. Hierarchical
    policies have no priority, theirs is the order of organization and folders, and it is not told either; nor is how
    global and regional system policies stand to each other.
    """
    untold = stage is Stage.HIERARCHICAL or None in {policy.priority for policy in policies}
    if untold or (stage is Stage.SYSTEM and len({policy.kind for policy in policies}) > 1):
        return [policies]
    ordered = sorted(policies, key=lambda policy: policy.priority or 0)
    return [list(group) for _, group in groupby(ordered, key=lambda policy: policy.priority)]
