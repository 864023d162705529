"""Firewall policies: not evaluated in this version, so one that could matter leaves everything undecided."""

from __future__ import annotations

from collections.abc import Iterable

from validator.gcp.firewall.match import Direction
from validator.model.firewall import Effective, EffectivePolicy


def policies_that_matter(answers: Iterable[Effective], direction: Direction) -> tuple[str, ...]:
    """Names of the attached policies that could decide a packet of this direction.

    A policy whose rules of the direction are all disabled or `goto_next` hands every packet to the next stage,
    whatever it matches, so it changes nothing. One listed without any rule is not trusted: its default rule
    is missing from the answer.
    https://cloud.google.com/compute/docs/reference/rest/v1/firewallPolicies
    """
    found = {_name(p): None for answer in answers for p in answer.firewall_policys if _matters(p, direction)}
    return tuple(found)


def _matters(policy: EffectivePolicy, direction: Direction) -> bool:
    return not policy.rules or any(
        not rule.disabled and rule.action != "goto_next" and rule.direction in (direction, "") for rule in policy.rules
    )


def _name(policy: EffectivePolicy) -> str:
    return policy.display_name or policy.short_name or policy.name
