"""Google's own traffic to and from a connector passes every firewall stage.

Why:
    A connector works only while Google's serverless range 35.199.224.0/19 and its health checks get through, on
    tcp:667, udp:665-666 and icmp. Google creates rules for that with each connector, at priority 100, where they are
    easily undone: by a deny of a lower number (or the same), by a hierarchical policy, or by a network policy that is
    enforced before classic rules. A connector of a service project on a Shared VPC has no such rules at all, so the
    host project must hold its own. The service then times out, although nothing about the service is wrong.

Remediation:
    Allow the traffic to the tag `vpc-connector-REGION-NAME` at a priority that wins, or narrow the rule that denies.

References:
    https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#firewall-rules-vpc-access
    https://cloud.google.com/run/docs/configuring/shared-vpc-host-project
    https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
"""

from __future__ import annotations

from validator.check import Proof, Severity, Undecided, Verdicts, Violation, check
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.plumbing import Plumbing
from validator.model.connector import Connector


@check(severity=Severity.ERROR)
def plumbing(connector: Connector, *, plumbing: Plumbing) -> Verdicts:
    """Judge each direction and kind of Google's traffic."""
    faults = plumbing.faults(connector)
    if faults is None:
        message = f"the network or the range of {connector.label} is not known, so its firewall cannot be asked"
        yield Undecided(code="SOURCE_RANGE_UNKNOWN", message=message, evidence=(connector.path,))
        return
    for fault in faults:
        kind = Violation if fault.end is End.DROP else Undecided
        yield kind(code=fault.code, message=fault.message, evidence=fault.evidence, fix=fault.mend)
    if not faults:
        yield Proof(message="gets Google's control traffic and health checks", evidence=(connector.path,))
