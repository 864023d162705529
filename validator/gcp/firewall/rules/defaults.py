"""The rules that the network `default` of a new project comes with and that are open to the internet.

https://cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from validator.gcp.firewall.match import Compiled
from validator.gcp.firewall.outcome import Action
from validator.headerspace.axes import V4, services
from validator.headerspace.intervals import Intervals
from validator.model.resource import last

_NETWORK, _PRIORITY = "default", 65534
_OPEN: Mapping[str, Intervals] = MappingProxyType(
    {
        "default-allow-ssh": services(6, [(22, 22)]),
        "default-allow-rdp": services(6, [(3389, 3389)]),
        "default-allow-icmp": services(1),
    }
)


def is_untouched_default(one: Compiled, network: str) -> bool:
    """Whether Google made the rule with the network and nobody has changed what it lets in since."""
    rule = one.rule
    return (
        last(network) == _NETWORK
        and rule.name in _OPEN
        and (rule.direction, rule.priority, one.action) == ("INGRESS", _PRIORITY, Action.ALLOW)
        and one.services.exact
        and one.services.sure == _OPEN[rule.name]
        and one.sources.exact
        and one.sources.sure == V4
        and not (rule.target_tags or rule.target_service_accounts or rule.unmodelled)
    )
