"""Faults in who asks for probes, what one that is missing means, and what is kept from whom."""

from __future__ import annotations

from tests.mutants.mutant import slips

_ENGINE = "tests/engine/test_probes.py"

PROBES = (
    *slips(
        "validator.engine.ruleset",
        (
            "a rule whose probe is not made is judged all the same",
            "        return () if self.probing else self.check.probes\n",
            "        return ()\n",
            _ENGINE,
        ),
    ),
    *slips(
        "validator.engine.planner",
        (
            "probes are made whether or not somebody asks",
            "if rule.probing or not kind.KIND.probe)",
            "if True)",
            _ENGINE,
        ),
        (
            "a skipped rule has its reads made",
            "    if rule.unmade_probes:\n        return\n",
            "",
            _ENGINE,
        ),
    ),
    *slips(
        "validator.engine.selection",
        (
            "a family asks for probes",
            "    return rule.id in names or rule.check.id in names\n",
            "    return rule.id in names or rule.check.id in names or rule.check.family in names\n",
            _ENGINE,
        ),
    ),
    *slips(
        "validator.engine.needs",
        (
            "a fact that was not read whole is taken for whole",
            "return Maybe(None, unread) if unread else",
            "return Maybe(None, unread) if False else",
            _ENGINE,
        ),
        (
            "a fact that one can do without holds everybody up",
            "return _kinds(fact, wanted) if Partial in wanted else ()",
            "return _kinds(fact, wanted)",
            _ENGINE,
        ),
    ),
)
