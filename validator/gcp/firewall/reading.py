"""A policy's rule read: texts to number sets, references to what they mean, and what cannot be resolved named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

import msgspec

from validator.gcp.firewall.contexts import destination_context, destination_types, in_named_networks, source_types
from validator.gcp.firewall.fields import ANY_PART, EVERYWHERE, NO_RANGE_GIVEN, NONE, Bounds, ranges, service_bounds
from validator.gcp.firewall.outcome import Decider, Doubt
from validator.gcp.firewall.policy_rules import Reading, effective
from validator.gcp.names import Names
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import EVERY_SERVICE
from validator.headerspace.intervals import EMPTY, Intervals
from validator.model.addressgroup import group_name
from validator.model.firewall import Layer4, PolicyRule
from validator.model.resource import last

#: Geography and threat lists know public addresses only.
#: https://cloud.google.com/firewall/docs/firewall-policies-rule-details#geo-location-object
_SOME_PUBLIC = Bounds(EMPTY, PUBLIC)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the references in a network's policies are resolved by."""

    #: Full name of the network.
    network: str
    names: Names
    #: Addresses of the network's subnets and connectors.
    inside: Intervals = EMPTY
    #: Address groups that were read, by full name.
    groups: Mapping[str, Bounds] = msgspec.field(default_factory=dict)

    def group(self, reference: str) -> Bounds:
        """The addresses of a group; any where it was not read."""
        return self.groups.get(self.group_name(reference), ANY_PART)

    def group_name(self, reference: str) -> str:
        """The full name of a group, its project by id."""
        name = group_name(reference)
        return self.names.full(name, "", "") if name.startswith("projects/") else name


class _Side(msgspec.Struct, frozen=True, kw_only=True):
    """The address fields of a matcher's source or destination."""

    ranges: tuple[str, ...]
    groups: tuple[str, ...]
    fqdns: tuple[str, ...]
    regions: tuple[str, ...]
    threats: tuple[str, ...]

    @property
    def only_named(self) -> bool:
        """Whether anything but ranges is given."""
        return bool(self.groups or self.fqdns or self.regions or self.threats)


def read_rule(rule: PolicyRule, decider: Decider, around: Surroundings, flaw: Doubt | None = None) -> Reading | None:
    """The rule read, `flaw` of its policy added; None where the API says that it is ignored."""
    if _ignored(rule):
        return None
    return Reading(
        rule=rule,
        decider=decider,
        here=_here(rule, around),
        sources=_source_bounds(rule, around),
        inside=around.inside,
        named_networks=_named_networks(rule, around),
        destinations=_destination_bounds(rule, around),
        services=_services(rule.match.layer4_configs),
        flaw=flaw or _flaw(rule),
        doubt=_unresolved(rule, around),
    )


def _source(rule: PolicyRule) -> _Side:
    match = rule.match
    return _Side(
        ranges=match.src_ip_ranges,
        groups=match.src_address_groups,
        fqdns=match.src_fqdns,
        regions=match.src_region_codes,
        threats=match.src_threat_intelligences,
    )


def _destination(rule: PolicyRule) -> _Side:
    match = rule.match
    return _Side(
        ranges=match.dest_ip_ranges,
        groups=match.dest_address_groups,
        fqdns=match.dest_fqdns,
        regions=match.dest_region_codes,
        threats=match.dest_threat_intelligences,
    )


def _ignored(rule: PolicyRule) -> bool:
    """Whether it is ingress from tags that are all gone, and from nothing else."""
    tags, side = rule.match.src_secure_tags, _source(rule)
    gone = bool(tags) and not effective(tags)
    return gone and rule.direction == "INGRESS" and not (side.ranges or side.only_named)


def _here(rule: PolicyRule, around: Surroundings) -> bool | None:
    """Whether the rule is for VM interfaces of the network; None where that cannot be told."""
    if rule.target_type == "INTERNAL_MANAGED_LB":
        return False
    known = rule.target_type in ("", "INSTANCES") and not rule.target_forwarding_rules
    meant = {_is_network(text, around) for text in rule.target_resources} or {True}
    chosen = True if True in meant else None if None in meant else False
    return None if chosen and not known else chosen


def _is_network(text: str, around: Surroundings) -> bool | None:
    """Whether the URL is the network's; None where its project is given by a number that is not known."""
    full = around.names.network(text, "")
    if full == around.network:
        return True
    _, project, *_ = f"{full}/".split("/")
    return None if not full or (last(full) == last(around.network) and (project.isdigit() or not project)) else False


def _named_networks(rule: PolicyRule, around: Surroundings) -> Bounds:
    texts = rule.match.src_networks
    if None in {_is_network(text, around) for text in texts}:
        return ANY_PART
    return in_named_networks(around.network, around.inside, [around.names.network(text, "") for text in texts])


def _source_bounds(rule: PolicyRule, around: Surroundings) -> Bounds:
    side = _source(rule)
    if rule.direction == "EGRESS":
        return _own_end(side)
    tags = rule.match.src_secure_tags
    return _peer(side, around, others=bool(tags), typed=bool(source_types(rule.match)))


def _destination_bounds(rule: PolicyRule, around: Surroundings) -> Bounds:
    side = _destination(rule)
    if rule.direction == "INGRESS":
        return _own_end(side) & (ANY_PART if destination_types(rule.match) else EVERYWHERE)
    typed = bool(destination_types(rule.match))
    return _peer(side, around, others=False, typed=typed) & destination_context(rule.match)


def _own_end(side: _Side) -> Bounds:
    """The rule's own end is narrowed by ranges; the API takes nothing else there."""
    if side.only_named:
        return ANY_PART
    return ranges(side.ranges) if side.ranges else EVERYWHERE


def _peer(side: _Side, around: Surroundings, *, others: bool, typed: bool) -> Bounds:
    """The other end; `others` select sources besides, and a network type alone means all addresses of it."""
    if not (side.ranges or side.only_named or others):
        return EVERYWHERE if typed else NO_RANGE_GIVEN
    parts = [ranges(side.ranges), *(around.group(text) for text in side.groups)]
    parts += [ANY_PART] if side.fqdns else []
    parts += [_SOME_PUBLIC] if side.regions or side.threats else []
    return reduce(or_, parts, NONE)


def _services(entries: tuple[Layer4, ...]) -> Bounds:
    if not entries:
        return Bounds(EVERY_SERVICE, EVERY_SERVICE)
    return reduce(or_, (service_bounds(entry.ip_protocol, entry.ports) for entry in entries), NONE)


def _flaw(rule: PolicyRule) -> Doubt | None:
    """What keeps the whole rule from being certain."""
    if strange := (*rule.unmodelled, *rule.match.unmodelled):
        return Doubt("UNMODELLED_FIELD", f"its fields {', '.join(strange)} are not understood")
    if rule.priority is None:
        return Doubt("UNREADABLE_RULE", "its priority is not told")
    if unlawful := ", ".join(_unlawful(rule)):
        return Doubt("UNREADABLE_RULE", f"no such rule can be made: {unlawful}")
    return None


def _unlawful(rule: PolicyRule) -> Iterator[str]:
    match, egress = rule.match, rule.direction == "EGRESS"
    if rule.direction not in ("INGRESS", "EGRESS"):
        yield "it has no direction"
    if egress and (match.src_secure_tags or source_types(match) or match.src_networks or _source(rule).only_named):
        yield "it is egress and selects sources other than by range"
    if rule.direction == "INGRESS" and (destination_types(match) or _destination(rule).only_named):
        yield "it is ingress and selects destinations other than by range"
    if rule.target_secure_tags and rule.target_service_accounts:
        yield "it targets secure tags and service accounts at once"
    tags = match.src_secure_tags
    if tags and not effective(tags) and not match.src_ip_ranges:
        yield "all its source tags are gone"


def _unresolved(rule: PolicyRule, around: Surroundings) -> Doubt | None:
    """What of the rule only Google can resolve, or what was not read for it."""
    match, source, destination = rule.match, _source(rule), _destination(rule)
    lost = [text for text in (*source.groups, *destination.groups) if around.group_name(text) not in around.groups]
    if lost:
        return Doubt("RESOURCE_CONFIG_NOT_FOUND", f"its address groups {', '.join(map(last, lost))} were not read")
    words = {
        "names": source.fqdns or destination.fqdns,
        "geography": source.regions or destination.regions,
        "threat lists": source.threats or destination.threats,
        "network type": source_types(match) or destination_types(match) or match.src_networks,
    }
    if found := [word for word, given in words.items() if given]:
        text = f"it matches by {' and '.join(found)}, which configuration alone does not resolve"
        return Doubt("UNSUPPORTED_FIREWALL_POLICY_RULE", text)
    return None
