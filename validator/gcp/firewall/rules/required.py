"""What a rule lacks to be at least a required one."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from validator.gcp.firewall.match import Compiled
from validator.headerspace.intervals import EMPTY, Intervals
from validator.headerspace.spelling import spell_addresses, spell_services


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """The least a rule must be."""

    direction: Literal["INGRESS", "EGRESS"]
    action: Literal["allow", "deny"]
    #: Sources of an ingress rule, destinations of an egress rule.
    peers: Intervals = EMPTY
    services: Intervals = EMPTY
    target_tags: tuple[str, ...] = ()
    logging: bool | None = None
    priority_at_most: int | None = None
    #: Glob.
    name: str | None = None


def lacks(one: Compiled, wanted: Requirement) -> tuple[str, ...]:
    """Each thing the rule lacks, in words; empty where it satisfies."""
    return (*_identity(one, wanted), *_matching(one, wanted), *_targets(one, wanted), *_settings(one, wanted))


def _identity(one: Compiled, wanted: Requirement) -> Iterator[str]:
    if one.rule.direction != wanted.direction:
        yield f"it is {one.rule.direction}, not {wanted.direction}"
    if one.action != wanted.action:
        yield f"it does not {wanted.action}"
    if wanted.name and not fnmatchcase(one.rule.name, wanted.name):
        yield f"its name does not match {wanted.name}"


def _matching(one: Compiled, wanted: Requirement) -> Iterator[str]:
    egress = wanted.direction == "EGRESS"
    peers, own = (one.destinations, one.rule.source_ranges) if egress else (one.sources, one.rule.destination_ranges)
    if missing := wanted.peers - peers.sure:
        yield f"its {'destination' if egress else 'source'} ranges lack {spell_addresses(missing)}"
    if missing := wanted.services - one.services.sure:
        yield f"it lacks {spell_services(missing)}"
    if own:
        yield f"its {'source' if egress else 'destination'} ranges narrow it to {', '.join(own)}"
    if one.rule.unmodelled:
        yield f"its fields {', '.join(one.rule.unmodelled)} may narrow it"


def _targets(one: Compiled, wanted: Requirement) -> Iterator[str]:
    if missing := sorted(set(wanted.target_tags) - set(one.rule.target_tags)) if one.rule.target_tags else []:
        yield f"it does not target {', '.join(missing)}"
    if one.rule.target_service_accounts:
        yield "it targets service accounts"


def _settings(one: Compiled, wanted: Requirement) -> Iterator[str]:
    if wanted.logging is not None and one.rule.log_config.enable != wanted.logging:
        yield f"its logging is {'on' if one.rule.log_config.enable else 'off'}"
    if wanted.priority_at_most is not None and one.rule.priority > wanted.priority_at_most:
        yield f"its priority {one.rule.priority} is over {wanted.priority_at_most}"
