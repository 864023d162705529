"""Network types ("contexts") of policy rules: by which kind of network a packet comes or goes.

https://cloud.google.com/firewall/docs/understand-network-contexts
"""

from __future__ import annotations

from collections.abc import Iterable

from validator.gcp.firewall.fields import ANY_PART, EVERYWHERE, NONE, Bounds
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import ANYWHERE
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.firewall import Matcher

_NOT_SAID = ("", "UNSPECIFIED")


def source_types(match: Matcher) -> tuple[str, ...]:
    """The source's network types the rule asks for; the API has two names for one field."""
    return _said(match.src_network_type, match.src_network_context)


def destination_types(match: Matcher) -> tuple[str, ...]:
    """The destination's network types the rule asks for."""
    return _said(match.dest_network_type, match.dest_network_context)


def source_context(match: Matcher, inside: Intervals, named: Bounds, *, internet: bool | None) -> Bounds:
    """The sources that fit all network types asked for; `named` are those in the rule's `srcNetworks`.

    Whether a packet comes over the internet shows in no address alone: a public one may also be behind a VPN.
    A private address never does.
    """
    found = EVERYWHERE
    types = source_types(match)
    for word in types:
        found &= _sources(word, inside, named, internet=internet)
    if match.src_networks and "VPC_NETWORKS" not in types:
        found &= ANY_PART
    return found


def destination_context(match: Matcher) -> Bounds:
    """The destinations that fit; routes decide whether packets to public ones leave for the internet."""
    found = EVERYWHERE
    for word in destination_types(match):
        found &= _destinations(word)
    return found


def in_named_networks(own: str, inside: Intervals, listed: Iterable[str]) -> Bounds:
    """Sources in the listed networks (full names); of others than this network's the ranges are not known here."""
    names = set(listed)
    if not names or not inside:
        return ANY_PART
    sure = inside if own in names else EMPTY
    return Bounds(sure, sure if names == {own} else sure | (ANYWHERE - inside))


def _said(*words: str) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _NOT_SAID)


def _sources(word: str, inside: Intervals, named: Bounds, *, internet: bool | None) -> Bounds:
    if internet and word in ("NON_INTERNET", "INTRA_VPC", "VPC_NETWORKS"):
        return NONE
    match word:
        case "INTERNET":
            return {True: EVERYWHERE, False: NONE, None: Bounds(EMPTY, PUBLIC)}[internet]
        case "NON_INTERNET":
            return Bounds(ANYWHERE - PUBLIC, ANYWHERE) if internet is None else EVERYWHERE
        case "INTRA_VPC":
            return Bounds(inside, inside) if inside else ANY_PART
        case "VPC_NETWORKS":
            return named
        case _:
            return ANY_PART


def _destinations(word: str) -> Bounds:
    match word:
        case "INTERNET":
            return Bounds(EMPTY, PUBLIC)
        case "NON_INTERNET":
            return Bounds(ANYWHERE - PUBLIC, ANYWHERE)
        case _:
            return ANY_PART
