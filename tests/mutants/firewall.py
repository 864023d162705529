"""Faults in the evaluation of a firewall and in the questions about its rules."""

from __future__ import annotations

from tests.mutants.mutant import slips

FIREWALL = (
    *slips(
        "validator.gcp.firewall.fields",
        (
            "a protocol number is no protocol",
            'int(name) if re.fullmatch(r"\\d{1,3}", name) else -1',
            "-1",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "the case of a protocol counts",
            "name = protocol.strip().lower()",
            "name = protocol.strip()",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "an unreadable range is nothing",
            "Bounds(sure, ANYWHERE if None in read else sure)",
            "Bounds(sure, sure)",
            "tests/gcp/firewall/test_policies.py::test_the_reason_is_told",
        ),
        (
            "a port range backwards is a range",
            "first <= last <= 65535",
            "last <= 65535",
            "tests/gcp/firewall/test_fuzz.py::test_every_piece_agrees_with_the_naive_firewall",
        ),
    ),
    *slips(
        "validator.gcp.firewall.match",
        (
            "an allow wins a tie",
            "{Action.DENY: 0, None: 1, Action.ALLOW: 2}",
            "{Action.DENY: 2, None: 1, Action.ALLOW: 0}",
            "tests/gcp/firewall/test_network.py::test_what_becomes_of_the_packets",
        ),
        (
            "ingress destinationRanges are ignored",
            "_narrowing(rule.destination_ranges)",
            "_narrowing(())",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "egress sourceRanges are ignored",
            "_narrowing(rule.source_ranges)",
            "_narrowing(())",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "an unmodelled field is ignored",
            "applies and not one.rule.unmodelled and",
            "applies and",
            "tests/gcp/firewall/test_network.py::test_what_becomes_of_the_packets",
        ),
        (
            "source tags alone mean everybody",
            "if rule.source_ranges else NONE",
            "if rule.source_ranges else NO_RANGE_GIVEN",
            "tests/gcp/firewall/test_network.py::test_what_becomes_of_the_packets",
        ),
    ),
    *slips(
        "validator.gcp.firewall.network",
        (
            "disabled rules count",
            "for rule, kind in rules if not rule.disabled)",
            "for rule, kind in rules)",
            "tests/gcp/firewall/test_network.py::test_what_becomes_of_the_packets",
        ),
        (
            "a region that was not read has no policies",
            "if target.region and target.region not in self.policies:",
            "if False:",
            "tests/gcp/firewall/test_network.py::test_a_region_that_was_not_read_leaves_everything_undecided",
        ),
    ),
    *slips(
        "validator.gcp.firewall.party",
        (
            "unknown tags are no tags",
            "return None if known is None else not known",
            "return False if known is None else not known",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "Direct VPC sends by tag",
            "    if party.direct_vpc:\n        return None\n",
            "",
            "tests/gcp/firewall/test_network.py::test_what_becomes_of_the_packets",
        ),
        (
            "one of two kinds of target is enough",
            "chosen[0] if len(set(chosen)) == 1 else None",
            "any(chosen)",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
    ),
    *slips(
        "validator.gcp.firewall.evaluate",
        (
            "goto_next ends the search",
            "            self._gone.append(one)\n        elif one.leaning",
            "            self._undecided(one.packets, one.decider, one.doubt)\n        elif one.leaning",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "a doubtful rule decides",
            "elif one.leaning not in (None, action):\n            self._undecided(one.packets, one.decider",
            "elif False:\n            self._undecided(one.packets, one.decider",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "a doubtful rule is skipped",
            "yield msgspec.structs.replace(one, leaning=action, decider=decider, doubt=doubt)",
            "yield one",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "a doubtful goto_next is skipped",
            "yield msgspec.structs.replace(one, decider=decider, doubt=doubt, maybe_gone=True)",
            "yield one",
            "tests/gcp/firewall/test_evaluate.py::test_what_becomes_of_a_packet",
        ),
    ),
    *slips(
        "validator.gcp.firewall.stages",
        (
            "policies come before classic rules",
            "AFTER: (Stage.CLASSIC, Stage.GLOBAL, Stage.REGIONAL)",
            "AFTER: (Stage.GLOBAL, Stage.REGIONAL, Stage.CLASSIC)",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "regional policies come before global ones",
            "BEFORE: (Stage.GLOBAL, Stage.REGIONAL, Stage.CLASSIC)",
            "BEFORE: (Stage.REGIONAL, Stage.GLOBAL, Stage.CLASSIC)",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
        (
            "system policies come first",
            "(Stage.UNPLACED, Stage.HIERARCHICAL, Stage.SYSTEM, *last)",
            "(Stage.UNPLACED, Stage.SYSTEM, Stage.HIERARCHICAL, *last)",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
        (
            "associations are turned round",
            "key=lambda policy: policy.priority or 0)",
            "key=lambda policy: -(policy.priority or 0))",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
        (
            "hierarchical policies have an order",
            "untold = stage is Stage.HIERARCHICAL or None",
            "untold = None",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
    ),
    *slips(
        "validator.gcp.firewall.alternatives",
        (
            "answers that differ are the first one",
            "if piece.action is not one.action else NO_PACKETS",
            "if False else NO_PACKETS",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
        (
            "policies of unknown order do not differ",
            "torn |= some & other",
            "torn |= NO_PACKETS",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
    ),
    *slips(
        "validator.gcp.firewall.policy_rules",
        (
            "a secure tag that is gone still selects",
            'if tag.state != "INEFFECTIVE"',
            'if tag.state != "GONE"',
            "tests/gcp/firewall/test_policies.py::test_targets",
        ),
        (
            "targets of a policy rule are ignored",
            "return False if False in chosen else None",
            "return None if False in chosen else None",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "a disabled policy rule counts",
            "return not rule.disabled and (",
            "return (",
            "tests/gcp/firewall/test_policies.py::test_stages",
        ),
    ),
    *slips(
        "validator.gcp.firewall.reading",
        (
            "a rule for another network applies",
            "chosen = True if True in meant else None if None in meant else False",
            "chosen = True",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "FQDNs match nothing",
            "parts += [ANY_PART] if side.fqdns else []",
            "parts += []",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "threat lists match nothing",
            "parts += [_SOME_PUBLIC] if side.regions or side.threats else []",
            "parts += []",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "a group that was not read is empty",
            "self.groups.get(self.group_name(reference), ANY_PART)",
            "self.groups.get(self.group_name(reference), NONE)",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
    ),
    *slips(
        "validator.gcp.firewall.unconditional",
        (
            "SMTP gets out",
            "(packets(destinations=external, services=_SMTP), Action.DENY, _MAIL),",
            "",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
        (
            "the metadata server can be blocked",
            "(packets(destinations=METADATA_SERVER), Action.ALLOW, _METADATA),",
            "",
            "tests/gcp/firewall/test_mistakes.py::test_what_google_cloud_does",
        ),
    ),
    *slips(
        "validator.gcp.firewall.managed",
        (
            "a connector of a service project has Google's rules",
            'return place.network.startswith(f"projects/{connector.project}/")',
            "return True",
            "tests/gcp/firewall/test_network.py::TestManagedRules::test_a_connector_of_a_service_project_has_none",
        ),
        (
            "listed rules are added again",
            "if suffix not in ends:",
            "if suffix:",
            "tests/gcp/firewall/test_network.py::TestManagedRules::test_a_listed_one_takes_the_place_of_the_synthetic_one",
        ),
    ),
    *slips(
        "validator.gcp.firewall.rules.shadow",
        ("a rule that logs is idle", "and rule not in loud", "", "tests/gcp/firewall/test_shadow.py::test_idle_rules"),
        (
            "idle for one target is idle for all",
            "if all(number in answer for answer in answers):",
            "if any(number in answer for answer in answers):",
            "tests/gcp/firewall/test_shadow.py::test_policies_come_before_or_after",
        ),
    ),
    *slips(
        "validator.gcp.firewall.rules.entries",
        (
            "later policies come first",
            "steps[at + 1 :]",
            "steps[at:at]",
            "tests/gcp/firewall/test_shadow.py::test_policies_come_before_or_after",
        ),
        (
            "what may match covers",
            "certain=box is certain",
            "certain=True",
            "tests/gcp/firewall/test_shadow.py::test_idle_rules",
        ),
    ),
    *slips(
        "validator.gcp.firewall.reach",
        (
            "source tags have no addresses",
            "sources = ANYWHERE if by_identity else one.sources.possible",
            "sources = one.sources.possible",
            "tests/gcp/firewall/test_reach.py::test_rules_that_may_match_are_found",
        ),
    ),
)
