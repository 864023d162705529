"""firewall.logging: rules that must leave a trace log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.firewall.logging import Logged, logging
from tests.builders import PROJECT, REGION, VPC, firewalls, network, project, region_firewalls, rule, tcp
from tests.judging import codes, verdicts
from validator.check import Proof, Undecided, Violation
from validator.model.firewall import EffectivePolicy, FirewallRule, Layer4, LogConfig, Matcher, PolicyRule, Ports
from validator.model.resource import Resource

ALL = (Ports(protocol="all"),)
ON = LogConfig(enable=True)


def deny(name: str = "deny-all", **changes: Any) -> FirewallRule:
    return rule(name, **({"denied": ALL, "destination_ranges": ("0.0.0.0/0",)} | changes))


def ingress(*sources: str, name: str = "open", **changes: Any) -> FirewallRule:
    return rule(name, **({"direction": "INGRESS", "source_ranges": sources, "allowed": tcp("443")} | changes))


def policy(*rules: PolicyRule, **changes: Any) -> EffectivePolicy:
    fields: dict[str, Any] = {"name": "guard", "type": "NETWORK", "rules": rules}
    return EffectivePolicy(**(fields | changes))


def says(action: str = "deny", direction: str = "EGRESS", **changes: Any) -> PolicyRule:
    fields: dict[str, Any] = {"action": action, "direction": direction, "priority": 1000}
    return PolicyRule(**(fields | changes))


def opens(**match: Any) -> PolicyRule:
    return says("allow", "INGRESS", match=Matcher(**match))


def wanting(**changes: Any) -> Logged:
    return msgspec.convert(changes, Logged)


DEFAULT = Logged()
PASSES: list[tuple[str, tuple[Resource, ...], Logged]] = [
    ("no rule at all", (firewalls(),), DEFAULT),
    ("a deny that logs", (firewalls(deny(log_config=ON)),), DEFAULT),
    ("an allow from inside", (firewalls(ingress("10.0.0.0/8")),), DEFAULT),
    ("an allow to anywhere", (firewalls(rule()),), DEFAULT),
    ("an allow from one public range", (firewalls(ingress("8.8.8.0/24")),), DEFAULT),
    ("an allow from a quarter of the internet", (firewalls(ingress("64.0.0.0/2")),), DEFAULT),
    ("an allow from Google's probes", (firewalls(ingress("35.191.0.0/16", "130.211.0.0/22")),), DEFAULT),
    ("an allow from everywhere that logs", (firewalls(ingress("0.0.0.0/0", log_config=ON)),), DEFAULT),
    ("source tags only", (firewalls(ingress(source_tags=("web",))),), DEFAULT),
    ("a disabled deny", (firewalls(deny(disabled=True)),), DEFAULT),
    ("a deny of what cannot be logged", (firewalls(deny(denied=(Ports(protocol="icmp"),))),), DEFAULT),
    ("a rule that Google made", (firewalls(deny("aet-us-central1-x-egrfw")),), DEFAULT),
    ("a deny accepted by name", (firewalls(deny()),), wanting(allow=["deny-*"])),
    ("a direction that need not log", (firewalls(deny()),), wanting(directions=["ingress"])),
    ("openness that need not log", (firewalls(ingress("0.0.0.0/0")),), wanting(open_to_internet=False)),
    ("a policy's deny that logs", (firewalls(policies=(policy(says(enable_logging=True)),)),), DEFAULT),
    ("a policy's hand-over", (firewalls(policies=(policy(says("goto_next", "INGRESS")),)),), DEFAULT),
    ("what a policy ends with", (firewalls(policies=(policy(says(priority=2**31 - 1)),)),), DEFAULT),
    ("a system policy", (firewalls(policies=(policy(says(), type="SYSTEM"),)),), DEFAULT),
    ("a policy's disabled deny", (firewalls(policies=(policy(says(disabled=True)),)),), DEFAULT),
    (
        "a policy's deny of what cannot be logged",
        (firewalls(policies=(policy(says(match=Matcher(layer4_configs=(Layer4(ip_protocol="icmp"),)))),)),),
        DEFAULT,
    ),
    ("a policy's allow of some names", (firewalls(policies=(policy(opens(src_fqdns=("a.example",))),)),), DEFAULT),
    (
        "a policy's allow from inside",
        (firewalls(policies=(policy(opens(src_ip_ranges=("0.0.0.0/0",), src_network_type="INTRA_VPC")),)),),
        DEFAULT,
    ),
]
FAILS: list[tuple[str, tuple[Resource, ...], Logged]] = [
    ("an egress deny", (firewalls(deny()),), DEFAULT),
    ("an ingress deny", (firewalls(ingress("10.0.0.0/8", allowed=(), denied=ALL)),), DEFAULT),
    ("open to the internet", (firewalls(ingress("0.0.0.0/0")),), DEFAULT),
    ("open by two halves", (firewalls(ingress("0.0.0.0/1", "128.0.0.0/1")),), DEFAULT),
    ("open by one half", (firewalls(ingress("128.0.0.0/1", "64.0.0.0/2")),), DEFAULT),
    ("open to IPv6", (firewalls(ingress("::/0")),), DEFAULT),
    ("no source at all", (firewalls(ingress()),), DEFAULT),
    ("an action asked for", (firewalls(rule()),), wanting(actions=["allow"])),
    ("a name asked for", (firewalls(rule("allow-audit")),), wanting(names=["*-audit"])),
    ("a policy's deny", (firewalls(policies=(policy(says()),)),), DEFAULT),
    ("a hierarchical policy's deny", (firewalls(policies=(policy(says(), type="HIERARCHY"),)),), DEFAULT),
    (
        "a regional policy's deny",
        (firewalls(), region_firewalls(policy(says(), type="NETWORK_REGIONAL"))),
        DEFAULT,
    ),
    (
        "a policy's allow from everywhere",
        (firewalls(policies=(policy(opens(src_ip_ranges=("0.0.0.0/0",), src_fqdns=("a.example",))),)),),
        DEFAULT,
    ),
    ("a policy's allow without sources", (firewalls(policies=(policy(opens()),)),), DEFAULT),
    (
        "what a policy hands on for inspection",
        (firewalls(policies=(policy(says("apply_security_profile_group", "INGRESS")),)),),
        DEFAULT,
    ),
    (
        "a policy read for the network and for its region",
        (firewalls(policies=(policy(says()),)), region_firewalls(policy(says()))),
        DEFAULT,
    ),
]
UNDECIDED: list[tuple[str, tuple[Resource, ...], str]] = [
    ("an effective firewall that was not read", (), "FIREWALL_CONFIG_NOT_FOUND"),
    ("a source that cannot be read", (firewalls(ingress("10.0.0.0/33")),), "UNKNOWN_SOURCE"),
    ("sources by country", (firewalls(policies=(policy(opens(src_region_codes=("US",))),)),), "UNKNOWN_SOURCE"),
    ("a field nobody knows", (firewalls(policies=(policy(opens(unmodelled=("srcMoon",))),)),), "UNKNOWN_SOURCE"),
]


@pytest.mark.parametrize(("rows", "params"), [pytest.param(rows, want, id=case) for case, rows, want in PASSES])
def test_passes(rows: tuple[Resource, ...], params: Logged) -> None:
    assert codes(logging, network(), project(), *rows, params=params) == []


@pytest.mark.parametrize(("rows", "params"), [pytest.param(rows, want, id=case) for case, rows, want in FAILS])
def test_fails(rows: tuple[Resource, ...], params: Logged) -> None:
    assert codes(logging, network(), project(), *rows, params=params) == ["LOGGING_OFF"]


@pytest.mark.parametrize(("rows", "code"), [pytest.param(rows, code, id=case) for case, rows, code in UNDECIDED])
def test_undecided(rows: tuple[Resource, ...], code: str) -> None:
    (found, *_) = verdicts(logging, network(), project(), *rows, params=DEFAULT)
    assert isinstance(found, Undecided)
    assert found.code == code


def commands(*rows: Resource) -> list[str]:
    found = verdicts(logging, network(), project(), *rows, params=DEFAULT)
    return [line for one in found if isinstance(one, Violation) and one.fix for line in one.fix.gcloud]


def test_the_report_names_the_rule_and_the_command() -> None:
    (found, *_) = verdicts(logging, network(), project(), firewalls(ingress("0.0.0.0/0")), params=DEFAULT)
    assert isinstance(found, Violation)
    assert found.message == "rule open (ingress allow open to the internet) does not log"
    assert found.evidence == (VPC, "rule open")
    assert found.fix is not None
    assert found.fix.gcloud == (f"gcloud compute firewall-rules update open --project={PROJECT} --enable-logging",)
    assert "log_config" in found.fix.terraform


def test_each_kind_of_policy_has_its_own_command() -> None:
    kinds = ("NETWORK", "HIERARCHY", "NETWORK_REGIONAL")
    globals_ = tuple(policy(says(), type=kind, name=kind.lower()) for kind in kinds[:2])
    rows = (firewalls(policies=globals_), region_firewalls(policy(says(), type=kinds[2], name="here")))
    update = "gcloud compute network-firewall-policies rules update 1000 --firewall-policy="
    assert commands(*rows) == [
        f"{update}network --enable-logging --global-firewall-policy --project={PROJECT}",
        "gcloud compute firewall-policies rules update 1000 --firewall-policy=hierarchy --enable-logging",
        f"{update}here --enable-logging --firewall-policy-region={REGION} --project={PROJECT}",
    ]


def test_a_name_from_the_cloud_is_one_word_of_the_command() -> None:
    (line,) = commands(firewalls(deny("x; rm -rf /")))
    assert "'x; rm -rf /'" in line


def test_the_pass_counts_the_rules_that_log() -> None:
    (found,) = verdicts(logging, network(), project(), firewalls(deny(log_config=ON), rule()), params=DEFAULT)
    assert isinstance(found, Proof)
    assert found.message == "all 1 rules of network/vpc that must log do"


def test_parameters_by_which_no_rule_would_have_to_log_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="no rule would have to log"):
        wanting(actions=[], open_to_internet=False)


def test_to_accept_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="accepts whatever there is"):
        Logged(allow=("*",))
