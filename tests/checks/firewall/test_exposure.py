"""firewall.exposure: nothing listed is open to the internet."""

from __future__ import annotations

import msgspec
import pytest

from checks.firewall.exposure import Openings, exposure
from tests.builders import PROJECT, VPC, connector, firewalls, network, project, region_firewalls, rule, subnet, tcp
from tests.judging import codes, verdicts
from validator.check import Undecided, Violation
from validator.model.firewall import Association, EffectivePolicy, FirewallPolicy, FirewallRule, PolicyRule, Ports
from validator.model.resource import Resource

ALL = (Ports(protocol="all"),)
BASE = (project(), subnet(), connector())
INGRESS_DENY = EffectivePolicy(short_name="guard", rules=(PolicyRule(action="deny", direction="INGRESS"),))


def open_to(*sources: str, name: str = "open", **changes: object) -> FirewallRule:
    fields: dict[str, object] = {"allowed": tcp("22"), "direction": "INGRESS", "source_ranges": sources}
    return rule(name, **(fields | changes))


def closed(**changes: object) -> FirewallRule:
    fields: dict[str, object] = {"denied": ALL, "direction": "INGRESS", "source_ranges": ("0.0.0.0/0",)}
    return rule("closed", **(fields | {"priority": 1} | changes))


def allowing(**changes: object) -> Openings:
    return msgspec.convert(changes, Openings)


NONE = allowing()
PASSES = [
    ("no rule at all", (firewalls(),), NONE),
    ("private sources", (firewalls(open_to("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),), NONE),
    ("a port that is not listed", (firewalls(open_to("0.0.0.0/0", allowed=tcp("443"))),), NONE),
    (
        "IAP, health checks and serverless",
        (firewalls(open_to("35.235.240.0/20", "35.191.0.0/16", "35.199.224.0/19")),),
        NONE,
    ),
    ("a disabled rule", (firewalls(open_to("0.0.0.0/0", disabled=True)),), NONE),
    ("an egress rule", (firewalls(rule(allowed=tcp("22"))),), NONE),
    ("a deny of everything before it", (firewalls(closed(), open_to("0.0.0.0/0")),), NONE),
    (
        "a deny for the same tag before it",
        (firewalls(closed(target_tags=("web",)), open_to("0.0.0.0/0", target_tags=("web",))),),
        NONE,
    ),
    ("a rule accepted by name", (firewalls(open_to("0.0.0.0/0", name="bastion-ssh")),), allowing(allow=["bastion-*"])),
    ("sources accepted", (firewalls(open_to("34.1.2.0/24")),), allowing(sources_allowed=["34.1.0.0/16"])),
    ("source tags: only VMs carry them", (firewalls(open_to(source_tags=("web",))),), NONE),
    ("a connector's managed rules", (firewalls(),), allowing(ports=["tcp:667", "udp:665-666"])),
]
FAILS = [
    ("0.0.0.0/0", (firewalls(open_to("0.0.0.0/0")),), NONE),
    ("two halves of the address space", (firewalls(open_to("0.0.0.0/1", "128.0.0.0/1")),), NONE),
    ("one half", (firewalls(open_to("128.0.0.0/1")),), NONE),
    ("IPv6", (firewalls(open_to("::/0")),), NONE),
    ("one public address", (firewalls(open_to("8.8.8.8")),), NONE),
    ("all protocols", (firewalls(open_to("0.0.0.0/0", allowed=ALL)),), NONE),
    ("no ports", (firewalls(open_to("0.0.0.0/0", allowed=tcp())),), NONE),
    ("a protocol number", (firewalls(open_to("0.0.0.0/0", allowed=(Ports(protocol="6", ports=("1-100",)),))),), NONE),
    ("no source at all", (firewalls(open_to()),), NONE),
    ("a name like Google's own", (firewalls(open_to("0.0.0.0/0", name="aet-mine")),), NONE),
    ("a deny after it", (firewalls(closed(priority=2000), open_to("0.0.0.0/0")),), NONE),
    ("a deny of half of the sources", (firewalls(closed(source_ranges=("0.0.0.0/1",)), open_to("0.0.0.0/0")),), NONE),
    (
        "a deny for another tag",
        (firewalls(closed(target_tags=("db",)), open_to("0.0.0.0/0", target_tags=("web",))),),
        NONE,
    ),
    (
        "a deny for one of its tags",
        (firewalls(closed(target_tags=("db",)), open_to("0.0.0.0/0", target_tags=("web", "db"))),),
        NONE,
    ),
    (
        "a deny for tagged VMs before a rule for all",
        (firewalls(closed(target_tags=("db",)), open_to("0.0.0.0/0")),),
        NONE,
    ),
    ("targets by service account", (firewalls(open_to("0.0.0.0/0", target_service_accounts=("a@b",))),), NONE),
    (
        "a port asked for",
        (firewalls(open_to("0.0.0.0/0", allowed=(Ports(protocol="icmp"),))),),
        allowing(ports=["icmp"]),
    ),
    ("accepted sources are not all", (firewalls(open_to("34.1.0.0/16")),), allowing(sources_allowed=["34.1.2.0/24"])),
    ("another rule is accepted", (firewalls(open_to("0.0.0.0/0")),), allowing(allow=["bastion-*"])),
]
REGIONAL = FirewallPolicy(
    name="far",
    project=PROJECT,
    location="europe-west1",
    self_link=f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/regions/europe-west1/firewallPolicies/far",
    associations=(Association(attachment_target=VPC),),
)
UNDECIDED = [
    ("the firewall was not read", (), "FIREWALL_CONFIG_NOT_FOUND"),
    ("a policy of the network", (firewalls(policies=(INGRESS_DENY,)),), "UNSUPPORTED_FIREWALL_POLICY_RULE"),
    ("a policy of a region", (firewalls(), region_firewalls(INGRESS_DENY)), "UNSUPPORTED_FIREWALL_POLICY_RULE"),
    ("a policy of a region that was not read", (firewalls(), REGIONAL), "UNSUPPORTED_FIREWALL_POLICY_RULE"),
    ("ports that cannot be read", (firewalls(open_to("0.0.0.0/0", allowed=tcp("ssh"))),), "UNREADABLE_RULE"),
    ("sources that cannot be read", (firewalls(open_to("everybody")),), "UNREADABLE_RULE"),
    ("a field that is not understood", (firewalls(open_to("0.0.0.0/0", unmodelled=("x",))),), "UNMODELLED_FIELD"),
]


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in PASSES], ids=[c[0] for c in PASSES])
def test_passes(rows: tuple[Resource, ...], params: Openings) -> None:
    assert codes(exposure, network(), *BASE, *rows, params=params) == []


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in FAILS], ids=[c[0] for c in FAILS])
def test_fails(rows: tuple[Resource, ...], params: Openings) -> None:
    found = verdicts(exposure, network(), *BASE, *rows, params=params)
    assert found
    assert {one.code for one in found if isinstance(one, Violation)} == {"OPEN_TO_INTERNET"}


@pytest.mark.parametrize(("rows", "code"), [c[1:] for c in UNDECIDED], ids=[c[0] for c in UNDECIDED])
def test_undecided(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(exposure, network(), *BASE, *rows, params=NONE)
    assert isinstance(found, Undecided)
    assert found.code == code


def test_a_failure_shows_the_packet_the_ports_and_the_ranges() -> None:
    opened = open_to("0.0.0.0/1", "128.0.0.0/1", name="ssh", allowed=tcp("22", "6000-7000"), target_tags=("web",))
    (found,) = verdicts(exposure, network(), *BASE, firewalls(opened), params=allowing(sources_allowed=["0.0.0.0/1"]))
    assert isinstance(found, Violation)
    assert found.message == (
        "rule ssh (priority 1000) lets the internet reach tcp:22,6379 on VMs with web: 128.0.0.0 → 0.0.0.0 tcp:22"
    )
    assert found.evidence[:2] == (VPC, "rule ssh")
    assert found.evidence[2].startswith("sources 128.0.0.0")
    assert found.fix
    assert found.fix.gcloud[0].startswith("gcloud compute firewall-rules update ssh --project=acme")


def test_each_rule_is_reported_once() -> None:
    rules = (open_to("0.0.0.0/0"), open_to("0.0.0.0/0", name="redis", allowed=tcp("6379"), target_tags=("a", "b")))
    found = verdicts(exposure, network(), *BASE, firewalls(*rules), params=NONE)
    assert [one.evidence[1] for one in found if isinstance(one, Violation)] == ["rule open", "rule redis"]


@pytest.mark.parametrize("bad", [{"ports": ["ssh"]}, {"ports": ["tcp:99999"]}, {"sources_allowed": ["8.8.8.8/99"]}])
def test_parameters_that_could_never_be_judged_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, Openings)
