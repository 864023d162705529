"""Which address groups are asked for."""

from __future__ import annotations

from tests.builders import firewalls, region_firewalls
from tests.judging import ACME
from validator.model.addressgroup import AddressGroup, group_name
from validator.model.firewall import EffectivePolicy, Matcher, PolicyRule
from validator.model.resource import Target, target
from validator.model.table import Table

OWN = "projects/acme/locations/global/addressGroups/offices"
ORG = "organizations/42/locations/global/addressGroups/partners"
ELSEWHERE = "projects/acme/locations/us-central1/addressGroups/here"


def policy(*sources: str, destinations: tuple[str, ...] = ()) -> EffectivePolicy:
    match = Matcher(src_address_groups=sources, dest_address_groups=destinations)
    return EffectivePolicy(name="p", type="NETWORK", rules=(PolicyRule(action="allow", match=match),))


def calls(*sources: str, regional: tuple[str, ...] = ()) -> list[Target]:
    effective = Table([firewalls(policies=(policy(*sources),))])
    regions = Table([region_firewalls(policy(destinations=regional))])
    made = [read.targets(environment=ACME, effective=effective, regional=regions) for read in AddressGroup.KIND.reads]
    return [call for calls in made for call in calls]


def test_each_group_that_a_rule_refers_to_is_asked_for_once_where_it_is() -> None:
    made = calls(OWN, ORG, regional=(OWN, ELSEWHERE))
    assert made == [
        target("acme", "global", name=OWN),
        target("acme", "us-central1", name=ELSEWHERE),
        target("acme", "global", name=ORG),
    ]


def test_a_reference_with_the_apis_host_before_it_is_the_same_group() -> None:
    assert calls(f"//networksecurity.googleapis.com/{OWN}", f"https://networksecurity.googleapis.com/v1/{OWN}") == [
        target("acme", "global", name=OWN)
    ]


def test_without_a_reference_nothing_is_asked() -> None:
    assert calls() == []


def test_what_is_no_reference_names_no_group() -> None:
    assert (group_name("offices"), group_name(f"{OWN}/x"), calls("offices")) == ("", "", [])
