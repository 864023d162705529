"""The plan follows from annotations: minimal, closed over facts and over the parents of reads."""

from __future__ import annotations

from tests.engine.rules import rule
from tests.judging import ACME
from validator.check import Partial, Proof, Table, Verdicts
from validator.engine.planner import decisive_kinds_of_rule, parents, plan, plan_kinds
from validator.gcp.names import Names
from validator.model.connector import Connector
from validator.model.environment import Environment
from validator.model.firewall import NetworkFirewalls
from validator.model.kinds import KINDS
from validator.model.loadbalancer import Domain, ForwardingRule, TargetHttpsProxy, UrlMap
from validator.model.network import Network, Subnetwork
from validator.model.project import ConnectorRegion, HostProject, Project
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.resource import Resource


def nouns(*kinds: type[Resource]) -> set[str]:
    return {kind.KIND.noun for kind in kinds}


def test_only_what_a_rule_needs_is_planned_with_what_its_calls_depend_on() -> None:
    def check(_subject: Connector, *, subnets: Table[Subnetwork]) -> Verdicts:
        yield Proof(message=str(len(subnets)))

    planned = plan([rule(check)])
    assert nouns(*planned.kinds) == nouns(Connector, ConnectorRegion, Subnetwork, HostProject)


def test_a_fact_stands_for_what_it_is_derived_from() -> None:
    def check(_subject: Connector, *, names: Names) -> Verdicts:
        yield Proof(message=names.home)

    assert {Project, HostProject} <= set(plan([rule(check)]).kinds)


def test_parents_come_before_the_kinds_whose_calls_they_determine() -> None:
    kinds = plan_kinds([NetworkFirewalls]).kinds
    assert kinds.index(HostProject) < kinds.index(Network) < kinds.index(NetworkFirewalls)


def test_subjects_named_by_kind_keep_the_other_kinds_of_a_union_unread() -> None:
    def check(_subject: RedisInstance | RedisCluster) -> Verdicts:
        yield Proof(message="seen")

    assert plan([rule(check, "redis/cache")]).kinds == (RedisInstance,)


def test_a_derived_kind_reads_what_it_is_derived_from() -> None:
    def check(_subject: Domain) -> Verdicts:
        yield Proof(message="seen")

    assert set(plan([rule(check)]).kinds) == {ForwardingRule, UrlMap, TargetHttpsProxy}


def test_the_subject_is_decisive_though_a_fact_can_weigh_what_is_missing_of_it() -> None:
    def check(_subject: Connector, *, others: Partial[Connector], subnets: Partial[Subnetwork]) -> Verdicts:
        yield Proof(message=f"{others.complete} {subnets.complete}")

    assert set(decisive_kinds_of_rule(rule(check))) == {Connector}


def test_permissions_are_known_before_the_first_call() -> None:
    anywhere = Environment(project="acme")
    planned = plan_kinds([Connector])
    assert planned.permissions(anywhere) == ("vpcaccess.connectors.list", "vpcaccess.locations.list")


def test_an_environment_that_names_its_regions_needs_no_permission_to_list_them() -> None:
    assert plan_kinds([Connector]).permissions(ACME) == ("vpcaccess.connectors.list",)


def test_every_kind_can_be_planned_and_no_kind_waits_for_itself() -> None:
    for kind in KINDS.values():
        planned = plan_kinds([kind])
        assert kind in planned.kinds
        assert kind not in parents(kind)
