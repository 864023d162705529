"""What a rule selects its targets by, one by one, and a VM that carries just so much."""

from __future__ import annotations

from typing import Literal

from validator.gcp.firewall.party import Party
from validator.gcp.firewall.policy_rules import effective
from validator.model.firewall import FirewallRule, PolicyRule

#: A network tag, a secure tag or a service account, by name.
Identity = tuple[Literal["tag", "secure", "account"], str]
Carried = tuple[Identity, ...]


def identities(rule: FirewallRule | PolicyRule) -> Carried:
    """Every tag and account the rule targets; none for a rule that is for every VM."""
    accounts: Carried = tuple(("account", account) for account in rule.target_service_accounts)
    if isinstance(rule, PolicyRule):
        return (*(("secure", tag) for tag in effective(rule.target_secure_tags)), *accounts)
    return (*(("tag", tag) for tag in rule.target_tags), *accounts)


def party_of(*carried: Identity | None) -> Party:
    """A VM that carries these and nothing else."""

    def names(wanted: str) -> frozenset[str]:
        return frozenset(one[1] for one in carried if one and one[0] == wanted)

    return Party(tags=names("tag"), service_accounts=names("account"), secure_tags=names("secure"))
