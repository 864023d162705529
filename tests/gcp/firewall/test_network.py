"""One network's firewall: classic rules, and Google's own rules for connectors."""

from __future__ import annotations

import pytest

from tests.builders import PROJECT, REGION, VPC, connector, firewalls, project, region_firewalls, rule, subnet, tcp
from tests.judging import ACME, NOW
from validator.engine.needs import Supply
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.managed import managed_names
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.network import NetworkFirewall
from validator.gcp.firewall.outcome import Partition, RuleKind
from validator.gcp.firewall.party import ANYONE, OUTSIDER, Party, connector_party
from validator.headerspace.axes import addresses, services
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell_addresses
from validator.model.connector import ConnectorSubnet
from validator.model.environment import Environment
from validator.model.firewall import FirewallRule, Ports
from validator.model.resource import Resource
from validator.model.table import Table

RANGE, LOW, HIGH, REDIS = "10.2.0.0/28", "10.2.0.0/29", "10.2.0.8/29", "10.166.204.83/32"
STAGING = connector_party(connector())
NAMED = Party(tags=frozenset(("web",)), service_accounts=frozenset(("sa@acme",)))


def asked(
    source: str = RANGE, destination: str = REDIS, protocol: int = 6, ports: tuple[tuple[int, int], ...] | None = None
) -> Packets:
    spans = ((6379, 6379),) if ports is None and protocol == 6 else ports
    return packets(addresses([source]), addresses([destination]), services(protocol, spans))


def supplied(*rows: Resource, environment: Environment = ACME) -> Firewalls:
    """The fact when the rows are all there is."""
    supply = Supply(environment, NOW, lambda kind: Table(row for row in (project(), *rows) if isinstance(row, kind)))
    found: Firewalls = supply.value(Firewalls)
    return found


def network(*rows: Resource) -> NetworkFirewall:
    """The firewall of the network `vpc`."""
    found = supplied(*rows).of(VPC)
    assert found is not None
    return found


def out(*rules: FirewallRule, of: Packets | None = None, who: Party = NAMED) -> Partition:
    return network(firewalls(*rules)).judge(of or asked(), direction="EGRESS", target=who)


def into(*rules: FirewallRule, of: Packets | None = None, who: Party = NAMED, sender: Party = ANYONE) -> Partition:
    return network(firewalls(*rules)).judge(of or asked(), direction="INGRESS", target=who, sender=sender)


def admit(name: str = "admit", **changes: object) -> FirewallRule:
    return rule(name, direction="INGRESS", **changes)


def deny(name: str = "deny", **changes: object) -> FirewallRule:
    return rule(name, denied=(Ports(protocol="all"),), **changes)


def summary(partition: Partition) -> dict[str, str]:
    """Source addresses by fate."""
    sets = {"allow": partition.allowed, "deny": partition.denied, "undecided": partition.undecided}
    return {fate: spell_addresses(some.sources) for fate, some in sets.items() if some}


CASES = [
    ("1 a /28 covered by two /29 of one rule", into(admit(source_ranges=(LOW, HIGH))), {"allow": RANGE}),
    (
        "2 a /28 covered by two rules",
        into(admit("a", source_ranges=(LOW,)), admit("b", source_ranges=(HIGH,))),
        {"allow": RANGE},
    ),
    (
        "3 a deny on half before an allow on all",
        out(deny(priority=900, source_ranges=(LOW,)), rule()),
        {"allow": HIGH, "deny": LOW},
    ),
    (
        "4 that deny shadowed by an earlier allow on the same half",
        out(deny(priority=900, source_ranges=(LOW,)), rule("first", priority=800, source_ranges=(LOW,)), rule()),
        {"allow": RANGE},
    ),
    ("5 an allow on half only", into(admit(source_ranges=(LOW,))), {"allow": LOW, "deny": HIGH}),
    (
        "16 a protocol name in capitals",
        into(admit(source_ranges=(RANGE,), allowed=(Ports(protocol="ICMP"),)), of=asked(protocol=1)),
        {"allow": RANGE},
    ),
    (
        "18 icmp has no port to ask for",
        into(admit(source_ranges=(RANGE,), allowed=(Ports(protocol="icmp"),)), of=asked(protocol=1)),
        {"allow": RANGE},
    ),
    (
        "19 a protocol number",
        into(admit(source_ranges=(RANGE,), allowed=(Ports(protocol="6", ports=("6379",)),))),
        {"allow": RANGE},
    ),
    ("20 a deny of tcp when icmp is asked", out(rule(denied=tcp()), of=asked(protocol=1)), {"allow": RANGE}),
    ("22 egress limited by sourceRanges", out(deny(source_ranges=("10.9.0.0/24",))), {"allow": RANGE}),
    (
        "23 ingress limited by destinationRanges",
        into(admit(source_ranges=(RANGE,), destination_ranges=("10.9.0.0/24",))),
        {"deny": RANGE},
    ),
    ("25 host bits in a range", into(admit(source_ranges=("10.2.0.5/28",))), {"allow": RANGE}),
    (
        "26 a range of ports of which one is missing",
        out(
            rule("most", priority=10, allowed=tcp("1-100", "102-200")),
            deny(),
            of=asked(ports=((1, 200),)),
        ),
        {"allow": RANGE, "deny": RANGE},
    ),
    (
        "29 a rule with target tags, the tags not known",
        out(deny(target_tags=("db",)), who=ANYONE),
        {"undecided": RANGE},
    ),
    (
        "29 not so where the rest gives the same answer",
        out(deny(priority=1, target_tags=("db",)), deny("all"), who=ANYONE),
        {"deny": RANGE},
    ),
    (
        "31 mail to the internet, even where a rule allows it",
        out(rule(allowed=tcp()), of=asked(destination="8.8.8.8/32", ports=((25, 25),))),
        {"deny": RANGE},
    ),
    ("31 mail inside is not blocked", out(of=asked(ports=((25, 25),))), {"allow": RANGE}),
    (
        "31 other ports than mail to the internet",
        out(of=asked(destination="8.8.8.8/32", ports=((24, 24), (26, 26)))),
        {"allow": RANGE},
    ),
    (
        "32 the metadata server under a deny of everything",
        out(deny(priority=0), of=asked(destination="169.254.169.254/32", ports=((80, 80),))),
        {"allow": RANGE},
    ),
    (
        "the metadata server answers under a deny of everything",
        into(deny(direction="INGRESS", priority=0), of=asked(source="169.254.169.254/32")),
        {"allow": "169.254.169.254"},
    ),
    (
        "protocols that Google does not carry to external addresses",
        out(of=asked(destination="8.8.8.8/32", protocol=89)),
        {"deny": RANGE},
    ),
    ("a deny wins a tie", out(rule(priority=5), deny(priority=5)), {"deny": RANGE}),
    ("a disabled deny is absent", out(deny(disabled=True)), {"allow": RANGE}),
    ("implied: all egress is allowed", out(), {"allow": RANGE}),
    ("implied: all ingress is denied", into(), {"deny": RANGE}),
    ("an ingress rule does not touch egress", out(admit("x", denied=tcp(), allowed=())), {"allow": RANGE}),
    (
        "a protocol nobody knows may be any",
        out(rule(priority=1, denied=(Ports(protocol="quic"),))),
        {"undecided": RANGE},
    ),
    ("a port that is none leaves its protocol undecided", out(rule(denied=tcp("70000"))), {"undecided": RANGE}),
    (
        "and no other protocol",
        out(rule(denied=tcp("70000")), of=asked(protocol=17)),
        {"allow": RANGE},
    ),
    ("neither allow nor deny", out(rule(allowed=())), {"undecided": RANGE}),
    ("a field that is not modelled", out(deny(unmodelled=("newField",))), {"undecided": RANGE}),
    (
        "a field that is not modelled, on a rule for others",
        out(deny(unmodelled=("newField",), target_tags=("db",))),
        {"allow": RANGE},
    ),
    (
        "source tags of a connector",
        into(admit(source_tags=("vpc-connector",)), sender=STAGING),
        {"allow": RANGE},
    ),
    ("source tags it does not carry", into(admit(source_tags=("x",)), sender=STAGING), {"deny": RANGE}),
    ("source tags from outside", into(admit(source_tags=("x",)), sender=OUTSIDER), {"deny": RANGE}),
    ("source tags of anyone", into(admit(source_tags=("x",))), {"undecided": RANGE}),
    (
        "source tags of a Direct VPC interface that carries them",
        into(admit(source_tags=("web",)), sender=Party(tags=frozenset(("web",)), direct_vpc=True)),
        {"undecided": RANGE},
    ),
    (
        "egress target tags of a Direct VPC interface",
        out(deny(target_tags=("web",)), who=Party(tags=frozenset(("web",)), direct_vpc=True)),
        {"deny": RANGE},
    ),
    (
        "target service accounts",
        out(deny(target_service_accounts=("sa@acme",)), who=NAMED),
        {"deny": RANGE},
    ),
    (
        "IPv6",
        into(admit(source_ranges=("fd20::/65",)), of=asked(source="fd20::/64", destination="fd20:1::/64")),
        {"allow": "fd20::/65", "deny": "fd20::8000:0:0:0/65"},
    ),
]


@pytest.mark.parametrize(("partition", "fates"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_becomes_of_the_packets(partition: Partition, fates: dict[str, str]) -> None:
    assert summary(partition) == fates


def test_a_piece_names_its_rule_with_priority_and_kind() -> None:
    (denied,) = out(deny("no-redis", priority=900)).pieces
    assert (denied.decider.name, denied.decider.priority, denied.decider.kind) == ("no-redis", 900, RuleKind.VPC)
    assert str(denied.decider) == "rule no-redis (priority 900)"
    (implied,) = into().pieces
    assert (implied.decider.priority, implied.decider.kind) == (65535, "IMPLIED_VPC_FIREWALL_RULE")


def test_the_doubt_about_direct_vpc_tags_has_connectivity_tests_word() -> None:
    (piece,) = into(admit(source_tags=("web",)), sender=Party(tags=frozenset(("web",)), direct_vpc=True)).pieces
    assert piece.doubt
    assert piece.doubt.code == "INGRESS_FIREWALL_TAGS_UNSUPPORTED_BY_DIRECT_VPC_EGRESS"


class TestManagedRules:
    """Google's own rules for connectors."""

    def plumbing(self, *rows: Resource, direction: Direction = "INGRESS", port: int = 667) -> Partition:
        serverless = asked("35.199.224.0/19", RANGE, ports=((port, port),))
        if direction == "EGRESS":
            serverless = asked(RANGE, "35.199.224.0/19", ports=((port, port),))
        return network(*rows).judge(serverless, direction=direction, target=STAGING, sender=OUTSIDER)

    def test_they_are_there_where_the_api_does_not_list_them(self) -> None:
        (piece,) = self.plumbing(firewalls(), region_firewalls(), connector()).pieces
        assert (piece.action, piece.decider.kind) == ("allow", "SERVERLESS_VPC_ACCESS_MANAGED_FIREWALL_RULE")
        assert piece.decider.name == "aet-us-central1-staging-rsgfw"

    @pytest.mark.parametrize(("port", "fate"), [(667, "allow"), (666, "deny"), (668, "deny")])
    def test_egress_to_serverless_infrastructure(self, port: int, fate: str) -> None:
        (piece,) = self.plumbing(firewalls(), region_firewalls(), connector(), direction="EGRESS", port=port).pieces
        assert piece.action == fate

    def test_a_connector_reaches_the_networks_vms(self) -> None:
        vms = asked(RANGE, "10.1.0.0/24")
        (piece,) = network(firewalls(), connector()).judge(vms, direction="INGRESS", sender=STAGING).pieces
        assert piece.action == "allow"
        assert piece.decider.priority == 1000

    @pytest.mark.parametrize("listed", ["aet-us-central1-staging-rsgfw", "aet-uscentral1-staging-rsgfw"])
    def test_a_listed_one_takes_the_place_of_the_synthetic_one(self, listed: str) -> None:
        mine = admit(listed, priority=100, allowed=tcp("1"), source_ranges=("35.199.224.0/19",))
        rules = [one.rule.name for one in network(firewalls(mine), connector()).rules]
        assert sorted(name.rsplit("-", 1)[-1] for name in rules) == sorted(
            ("hcfw", "rsgfw", "earfw", "egrfw", "sbntfw", "tagfw")
        )
        assert listed in rules

    def test_hyphens_of_a_connector_may_be_doubled_in_the_name(self) -> None:
        assert "aet-uscentral1-my--vpc-sbntfw" in managed_names(connector("my-vpc"))

    def test_a_connector_of_a_service_project_has_none(self) -> None:
        shared = connector(network="", ip_cidr_range="", subnet=ConnectorSubnet(name="apps", project_id="host"))
        host = subnet(
            network="projects/host/global/networks/shared",
            self_link=f"projects/host/regions/{REGION}/subnetworks/apps",
            project="host",
        )
        environment = Environment(project=PROJECT, network_project="host")
        found = supplied(firewalls(network="shared", project="host"), shared, host, environment=environment).of(
            "projects/host/global/networks/shared"
        )
        assert found is not None
        assert found.rules == ()
        assert addresses(["10.1.0.0/24"]) <= found.inside

    def test_an_unknown_vm_does_not_carry_the_connectors_own_tag(self) -> None:
        vms = asked("10.1.0.0/24", "10.1.0.0/24")
        partition = network(firewalls(), connector(), subnet()).judge(vms, direction="INGRESS")
        assert partition.denied == vms


def test_a_region_that_was_not_read_leaves_everything_undecided() -> None:
    (piece,) = network(firewalls()).judge(asked(), direction="EGRESS", target=STAGING).pieces
    assert piece.action == "undecided"
    assert piece.doubt
    assert piece.doubt.code == "FIREWALL_CONFIG_NOT_FOUND"


def test_a_network_that_was_not_read_has_no_firewall() -> None:
    assert supplied().of(VPC) is None
