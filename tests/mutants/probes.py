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
    *slips(
        "validator.collect.collector",
        (
            "what a probe can do without holds it up",
            "for parent in decisive_parents(kind) for gap",
            "for parent in parents(kind) for gap",
            "tests/collect/test_collector.py",
        ),
    ),
    *slips(
        "validator.probe.kit",
        (
            "private addresses are probed from outside",
            "return not self.inside and (private or not ipaddress.ip_address(address).is_global)",
            "return False",
            "tests/probe/test_kit.py",
        ),
        (
            "public ranges that a VPC uses for itself are probed from outside",
            "(private or not ipaddress",
            "(not ipaddress",
            "tests/probe/test_kit.py",
        ),
        (
            "passwords are given away outside, and to strangers",
            "        if not self.inside or not instance:\n            return None\n",
            "",
            "tests/probe/test_passwords.py",
        ),
    ),
    *slips(
        "validator.probe.passwords",
        (
            "the usual password is for every instance",
            "        if not own and usual and not only:\n",
            "        if False:\n",
            "tests/probe/test_passwords.py",
        ),
        (
            "the vaguest glob counts",
            '-len(_WILD.sub("", one))',
            'len(_WILD.sub("", one))',
            "tests/probe/test_passwords.py",
        ),
    ),
    *slips(
        "validator.gcp.observed.redis",
        (
            "a password goes to an instance with TLS in clear",
            'auth = _auth(owner) if tls == self.known.at(host)[0].tls else ""',
            "auth = _auth(owner)",
            "tests/gcp/test_redis_doors.py",
        ),
    ),
    *slips(
        "validator.gcp.observed.failure",
        (
            "silence counts as an answer",
            "    return failure != Failure.TIMED_OUT\n",
            "    return True\n",
            "tests/checks/network/test_prediction.py",
        ),
    ),
    *slips(
        "checks.network.prediction",
        (
            "an answer that was not predicted is none",
            "elif said.result is Result.UNREACHABLE and seen.reached:",
            "elif False:",
            "tests/checks/network/test_prediction.py",
        ),
    ),
)
