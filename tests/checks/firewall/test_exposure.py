"""firewall.exposure: nothing listed is open to the internet."""

from __future__ import annotations

import msgspec
import pytest

from checks.firewall.exposure import Openings, exposure
from tests.builders import PROJECT, VPC, connector, firewalls, network, project, region_firewalls, rule, subnet, tcp
from tests.judging import codes, verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.firewall import (
    Association,
    EffectivePolicy,
    FirewallPolicy,
    FirewallRule,
    Layer4,
    Matcher,
    PolicyRule,
    Ports,
    SecureTag,
)
from validator.model.network import Network
from validator.model.resource import Resource

ALL = (Ports(protocol="all"),)
BASE = (project(), subnet(), connector())
HERE = region_firewalls()


def policy(*rules: PolicyRule, kind: str = "HIERARCHY", name: str = "guard") -> EffectivePolicy:
    return EffectivePolicy(name=name, display_name=name, type=kind, priority=1000, rules=rules)


def policy_rule(action: str = "deny", **changes: object) -> PolicyRule:
    """For all packets from everywhere, IPv6 too."""
    match = {"src_ip_ranges": ("0.0.0.0/0", "::/0")} | changes.pop("match", {})  # type: ignore[operator]
    fields = {"action": action, "direction": "INGRESS", "priority": 100, "match": Matcher(**match)}
    return PolicyRule(**(fields | changes))  # type: ignore[arg-type]


def tags(*names: str) -> tuple[SecureTag, ...]:
    return tuple(SecureTag(name=name, state="EFFECTIVE") for name in names)


def open_to(*sources: str, name: str = "open", **changes: object) -> FirewallRule:
    fields: dict[str, object] = {"allowed": tcp("22"), "direction": "INGRESS", "source_ranges": sources}
    return rule(name, **(fields | changes))


def closed(**changes: object) -> FirewallRule:
    fields: dict[str, object] = {"denied": ALL, "direction": "INGRESS", "source_ranges": ("0.0.0.0/0",)}
    return rule("closed", **(fields | {"priority": 1} | changes))


def allowing(**changes: object) -> Openings:
    return msgspec.convert(changes, Openings)


NONE = allowing()
FIRST = network(network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL")
#: Lets the web ports of many tags through to the next policy, and nothing else.
WEB_PORTS = policy(
    policy_rule(
        "goto_next",
        match={"layer4_configs": (Layer4(ip_protocol="tcp", ports=("443",)),)},
        target_secure_tags=tags(*(f"t/{number}" for number in range(300))),
    ),
)
PASSES = [
    (
        "a deny for the same tag before it, and a policy with many tags for another port",
        (
            firewalls(closed(target_tags=("web",)), open_to("0.0.0.0/0", target_tags=("web",)), policies=(WEB_PORTS,)),
            HERE,
        ),
        NONE,
    ),
    ("no rule at all", (firewalls(),), NONE),
    ("private sources", (firewalls(open_to("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),), NONE),
    (
        "the network's own subnets, of addresses that are public elsewhere",
        (subnet("own", ip_cidr_range="34.1.0.0/16"), firewalls(open_to("34.1.0.0/16"))),
        NONE,
    ),
    (
        "the network's own external IPv6 range",
        (subnet("own", external_ipv6_prefix="2600:1900:4000:1::/64"), firewalls(open_to("2600:1900:4000:1::/64"))),
        NONE,
    ),
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
    ("a hierarchical deny before it", (firewalls(open_to("0.0.0.0/0"), policies=(policy(policy_rule()),)), HERE), NONE),
    (
        "a hierarchical deny of the internet as such",
        (
            firewalls(open_to("0.0.0.0/0"), policies=(policy(policy_rule(match={"src_network_type": "INTERNET"})),)),
            HERE,
        ),
        NONE,
    ),
    (
        "a policy of the network before it, where the network says so",
        (FIRST, firewalls(open_to("0.0.0.0/0"), policies=(policy(policy_rule(), kind="NETWORK"),)), HERE),
        NONE,
    ),
    (
        "a policy's allow that an earlier rule of it denies for the same secure tag",
        (
            firewalls(
                policies=(
                    policy(
                        policy_rule(target_secure_tags=tags("t/1")),
                        policy_rule("allow", priority=200, target_secure_tags=tags("t/1")),
                    ),
                )
            ),
            HERE,
        ),
        NONE,
    ),
    (
        "a policy's allow accepted by name",
        (firewalls(policies=(policy(policy_rule("allow", rule_name="bastion"), name="org"),)), HERE),
        allowing(allow=["org/bastion"]),
    ),
    (
        "a policy's allow for managed load balancers",
        (firewalls(policies=(policy(policy_rule("allow", target_type="INTERNAL_MANAGED_LB")),)), HERE),
        NONE,
    ),
    (
        "two service accounts that no one VM has at once",
        (
            firewalls(
                open_to("0.0.0.0/0", target_service_accounts=("web@x",)),
                policies=(
                    policy(policy_rule("goto_next", target_service_accounts=("db@x",)), policy_rule(priority=200)),
                ),
            ),
            HERE,
        ),
        NONE,
    ),
]
FAILS = [
    ("0.0.0.0/0", (firewalls(open_to("0.0.0.0/0")),), NONE),
    ("two halves of the address space", (firewalls(open_to("0.0.0.0/1", "128.0.0.0/1")),), NONE),
    ("one half", (firewalls(open_to("128.0.0.0/1")),), NONE),
    ("IPv6", (firewalls(open_to("::/0")),), NONE),
    (
        "more than the network's own public subnet",
        (subnet("own", ip_cidr_range="34.1.0.0/16"), firewalls(open_to("34.0.0.0/15"))),
        NONE,
    ),
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
    ("a policy's allow", (firewalls(policies=(policy(policy_rule("allow")),)), HERE), NONE),
    (
        "a policy's allow for a secure tag",
        (firewalls(policies=(policy(policy_rule("allow", target_secure_tags=tags("t/1"))),)), HERE),
        NONE,
    ),
    (
        "a regional policy's allow",
        (firewalls(), region_firewalls(policy(policy_rule("allow"), kind="NETWORK_REGIONAL"))),
        NONE,
    ),
    (
        "a policy of the network behind it",
        (firewalls(open_to("0.0.0.0/0"), policies=(policy(policy_rule(), kind="NETWORK"),)), HERE),
        NONE,
    ),
    (
        "a hierarchical deny that one secure tag escapes, with an allow for a network tag",
        (
            firewalls(
                open_to("0.0.0.0/0", target_tags=("web",)),
                policies=(policy(policy_rule("goto_next", target_secure_tags=tags("t/1")), policy_rule(priority=200)),),
            ),
            HERE,
        ),
        NONE,
    ),
    (
        "two policies that a VM escapes by a tag each",
        (
            FIRST,
            firewalls(
                open_to("0.0.0.0/0", target_tags=("web",)),
                policies=(
                    policy(policy_rule("goto_next", target_secure_tags=tags("t/1")), policy_rule(priority=200)),
                    policy(
                        policy_rule("goto_next", target_secure_tags=tags("t/2")),
                        policy_rule(priority=200),
                        kind="NETWORK",
                    ),
                ),
            ),
            HERE,
        ),
        NONE,
    ),
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
    ("a policy of a region that was not read", (firewalls(), REGIONAL), "FIREWALL_CONFIG_NOT_FOUND"),
    ("a policy without any rule", (firewalls(policies=(policy(),)), HERE), "FIREWALL_CONFIG_NOT_FOUND"),
    (
        "inspection of contents",
        (firewalls(policies=(policy(policy_rule("apply_security_profile_group")),)), HERE),
        "L7_INSPECTION",
    ),
    (
        "a deny by geography",
        (
            firewalls(
                open_to("0.0.0.0/0"),
                policies=(policy(policy_rule(match={"src_ip_ranges": (), "src_region_codes": ("XX",)})),),
            ),
            HERE,
        ),
        "UNSUPPORTED_FIREWALL_POLICY_RULE",
    ),
    (
        "a deny in the only region that was read",
        (FIRST, firewalls(open_to("0.0.0.0/0")), region_firewalls(policy(policy_rule(), kind="NETWORK_REGIONAL"))),
        "FIREWALL_CONFIG_NOT_FOUND",
    ),
    ("ports that cannot be read", (firewalls(open_to("0.0.0.0/0", allowed=tcp("ssh"))),), "UNREADABLE_RULE"),
    ("sources that cannot be read", (firewalls(open_to("everybody")),), "UNREADABLE_RULE"),
    ("a field that is not understood", (firewalls(open_to("0.0.0.0/0", unmodelled=("x",))),), "UNMODELLED_FIELD"),
]


def subject(rows: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The network of the rows, else a plain one, and then everything else."""
    own = next((row for row in rows if isinstance(row, Network)), network())
    return own, *BASE, *(row for row in rows if row is not own)


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in PASSES], ids=[c[0] for c in PASSES])
def test_passes(rows: tuple[Resource, ...], params: Openings) -> None:
    assert codes(exposure, *subject(rows), params=params) == []


@pytest.mark.parametrize(("rows", "params"), [c[1:] for c in FAILS], ids=[c[0] for c in FAILS])
def test_fails(rows: tuple[Resource, ...], params: Openings) -> None:
    found = verdicts(exposure, *subject(rows), params=params)
    assert found
    assert {one.code for one in found if isinstance(one, Violation)} == {"OPEN_TO_INTERNET"}


@pytest.mark.parametrize(("rows", "code"), [c[1:] for c in UNDECIDED], ids=[c[0] for c in UNDECIDED])
def test_undecided(rows: tuple[Resource, ...], code: str) -> None:
    (found,) = verdicts(exposure, *subject(rows), params=NONE)
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


POLICY_COMMANDS = [
    ("HIERARCHY", "firewall-policies rules update 100 --firewall-policy=guard"),
    (
        "NETWORK",
        "network-firewall-policies rules update 100 --firewall-policy=guard --global-firewall-policy --project=acme",
    ),
    (
        "NETWORK_REGIONAL",
        (
            "network-firewall-policies rules update 100 --firewall-policy=guard --firewall-policy-region=us-central1 "
            "--project=acme"
        ),
    ),
]


@pytest.mark.parametrize(("kind", "command"), POLICY_COMMANDS)
def test_a_policys_rule_is_changed_in_its_policy(kind: str, command: str) -> None:
    rows = (firewalls(), region_firewalls(policy(policy_rule("allow", rule_name="ssh"), kind=kind)))
    (found,) = verdicts(exposure, *subject(rows), params=allowing(ports=["tcp:22"]))
    assert isinstance(found, Violation)
    stage = {"HIERARCHY": "hierarchical", "NETWORK": "global", "NETWORK_REGIONAL": "regional"}[kind]
    assert found.message.startswith(
        f"rule ssh of policy guard ({stage}, priority 100) lets the internet reach tcp:22 on every VM of the network "
        "in us-central1: "
    )
    assert found.evidence[1] == "rule guard/ssh"
    assert found.evidence[2].endswith("firewallPolicies/guard")
    assert found.fix
    assert found.fix.gcloud == (f"gcloud compute {command} --src-ip-ranges=35.235.240.0/20",)


def test_googles_own_policy_has_no_command() -> None:
    rows = (firewalls(), region_firewalls(policy(policy_rule("allow"), kind="SYSTEM_REGIONAL")))
    (found,) = verdicts(exposure, *subject(rows), params=NONE)
    assert isinstance(found, Violation)
    assert found.fix
    assert found.fix.gcloud == ()
    assert "Google's own" in found.fix.summary


def test_the_tag_by_which_a_vm_escapes_a_policy_is_named() -> None:
    guard = policy(policy_rule("goto_next", target_secure_tags=tags("t/1")), policy_rule(priority=200))
    rows = (firewalls(open_to("0.0.0.0/0", target_tags=("web",)), policies=(guard,)), HERE)
    (found,) = verdicts(exposure, *subject(rows), params=NONE)
    assert isinstance(found, Violation)
    assert "on VMs with web, t/1: " in found.message


def test_what_is_open_outside_of_the_regions_read_is_said_to_be_there() -> None:
    guard = region_firewalls(policy(policy_rule(), kind="NETWORK_REGIONAL"))
    (found,) = verdicts(exposure, *subject((FIRST, firewalls(open_to("0.0.0.0/0")), guard)), params=NONE)
    assert isinstance(found, Undecided)
    assert "on VMs outside of us-central1" in found.message


def test_more_escapes_than_can_be_tried_are_undecided_not_passed() -> None:
    guards = tuple(
        policy(
            policy_rule("goto_next", target_secure_tags=tags(*(f"t/{number}/{n}" for n in range(3)))),
            policy_rule(priority=200),
            name=f"g{number}",
        )
        for number in range(6)
    )
    (found,) = verdicts(
        exposure, *subject((firewalls(open_to("0.0.0.0/0", target_tags=("web",)), policies=guards), HERE)), params=NONE
    )
    assert isinstance(found, Undecided)
    assert found.code == "UNKNOWN_TARGET"


def test_each_rule_is_reported_once() -> None:
    rules = (open_to("0.0.0.0/0"), open_to("0.0.0.0/0", name="redis", allowed=tcp("6379"), target_tags=("a", "b")))
    found = verdicts(exposure, network(), *BASE, firewalls(*rules), params=NONE)
    assert [one.evidence[1] for one in found if isinstance(one, Violation)] == ["rule open", "rule redis"]


def test_a_pass_says_what_was_judged_and_what_was_accepted() -> None:
    rules = firewalls(open_to("10.0.0.0/8", name="own"), open_to("0.0.0.0/0", name="bastion-ssh"))
    (found,) = verdicts(
        exposure, network(), project(), rules, params=allowing(ports=["tcp:22", "udp:161-162"], allow=["bastion-*"])
    )
    assert isinstance(found, Proof)
    assert found.message == (
        "none of 2 ingress rules of network/vpc lets the internet reach tcp:22 udp:161-162, "
        "but for what is accepted: bastion-ssh"
    )
    assert found.evidence == (VPC,)


def test_a_pass_names_the_policies() -> None:
    (found,) = verdicts(exposure, *subject((firewalls(policies=(policy(policy_rule()),)), HERE)), params=NONE)
    assert isinstance(found, Proof)
    assert found.message.startswith(
        "none of 4 ingress rules and 1 firewall policy of network/vpc let the internet reach "
    )
    assert found.evidence == (VPC, "locations/global/firewallPolicies/guard")


DEFAULT = f"projects/{PROJECT}/global/networks/default"


def google_made(name: str = "default-allow-ssh", **changes: object) -> FirewallRule:
    """The rule as it comes with the network `default`."""
    return open_to("0.0.0.0/0", name=name, **({"priority": 65534, "network": DEFAULT} | changes))


LEFT_OVER = [
    ("ssh", google_made()),
    ("rdp", google_made("default-allow-rdp", allowed=tcp("3389"))),
    ("icmp", google_made("default-allow-icmp", allowed=(Ports(protocol="icmp"),))),
]
CHANGED = [
    ("more ports", google_made(allowed=tcp("22", "3389"))),
    ("another port", google_made(allowed=tcp("3389"))),
    ("an earlier priority", google_made(priority=1000)),
    ("other sources", google_made(source_ranges=("8.0.0.0/8",))),
    ("a target tag", google_made(target_tags=("bastion",))),
    ("another name", google_made("allow-ssh")),
]


@pytest.mark.parametrize("left", [c[1] for c in LEFT_OVER], ids=[c[0] for c in LEFT_OVER])
def test_a_rule_the_default_network_came_with_is_a_warning(left: FirewallRule) -> None:
    params = allowing(ports=["tcp:22", "tcp:3389", "icmp"])
    (found,) = verdicts(exposure, network("default"), project(), firewalls(left, network=DEFAULT), params=params)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == ("OPEN_TO_INTERNET", Severity.WARNING)
    assert ", which the network came with, lets the internet reach" in found.message
    assert found.fix
    assert found.fix.gcloud == (f"gcloud compute firewall-rules delete {left.name} --project=acme",)


@pytest.mark.parametrize("changed", [c[1] for c in CHANGED], ids=[c[0] for c in CHANGED])
def test_once_changed_it_weighs_as_much_as_any_other(changed: FirewallRule) -> None:
    (found,) = verdicts(exposure, network("default"), project(), firewalls(changed, network=DEFAULT), params=NONE)
    assert isinstance(found, Violation)
    assert found.severity is None


def test_a_rule_of_that_name_on_a_network_of_ones_own_weighs_as_much_as_any_other() -> None:
    (found,) = verdicts(exposure, network(), project(), firewalls(google_made(network=VPC)), params=NONE)
    assert isinstance(found, Violation)
    assert found.severity is None


@pytest.mark.parametrize(
    "bad",
    [
        {"ports": ["ssh"]},
        {"ports": ["tcp:99999"]},
        {"sources_allowed": ["8.8.8.8/99"]},
        {"ports": []},
        {"sources_allowed": ["0.0.0.0/0", "::/0"]},
        {"sources_allowed": ["0.0.0.0/1", "128.0.0.0/1", "2000::/3"]},
        {"allow": ["*"]},
        {"allow": ["bastion-*", "?*"]},
        {"allow": ["[a-z]*"]},
    ],
)
def test_parameters_that_could_never_be_judged_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, Openings)
