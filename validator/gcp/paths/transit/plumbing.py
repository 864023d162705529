"""What a connector itself needs to work: Google's control traffic and health checks, past every firewall stage.

Google adds rules for it with each connector, which a rule of a lower priority number, a deny of the same, or a policy
may undo. A connector of a service project on a Shared VPC has none of them, so the host project must hold its own.
https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#firewall-rules-vpc-access
https://cloud.google.com/run/docs/configuring/shared-vpc-host-project
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.attachments import network_words
from validator.gcp.firewall.facts import Firewalls
from validator.gcp.firewall.fields import readable
from validator.gcp.firewall.match import Direction
from validator.gcp.firewall.outcome import Action
from validator.gcp.firewall.party import OUTSIDER, connector_party
from validator.gcp.firewall.remedies.allowing import allowing
from validator.gcp.paths.transit.filtering import Gate, Verdict, denied, stop_of, verdicts
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.sites import ConnectorSites
from validator.headerspace.axes import addresses, services
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import Packets, packets
from validator.headerspace.spelling import spell
from validator.model.connector import Connector

SERVERLESS = addresses(("35.199.224.0/19",))
HEALTH_CHECKS = addresses(("35.191.0.0/16", "35.191.192.0/18", "130.211.0.0/22"))
_CONTROL = services(6, [(667, 667)]) | services(17, [(665, 666)]) | services(1)
_PROBES = services(6, [(667, 667)])
_PRIORITY = 100


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic that must pass."""

    words: str
    direction: Direction
    peer: Intervals
    services: Intervals
    #: DropInfo.cause where it does not.
    code: str

    def packets(self, own: Intervals) -> Packets:
        """The packets, of a connector with these addresses."""
        ingress = self.direction == "INGRESS"
        return packets(self.peer if ingress else own, own if ingress else self.peer, self.services)


_BLOCKED = "VPC_CONNECTOR_SERVERLESS_TRAFFIC_BLOCKED"
NEEDS = (
    Need(
        words="requests from Google's serverless range",
        direction="INGRESS",
        peer=SERVERLESS,
        services=_CONTROL,
        code=_BLOCKED,
    ),
    Need(
        words="answers to Google's serverless range",
        direction="EGRESS",
        peer=SERVERLESS,
        services=_CONTROL,
        code=_BLOCKED,
    ),
    Need(
        words="health checks",
        direction="INGRESS",
        peer=HEALTH_CHECKS,
        services=_PROBES,
        code="VPC_CONNECTOR_HEALTH_CHECK_TRAFFIC_BLOCKED",
    ),
)


class Plumbing:
    """A fact: what keeps each connector from working."""

    def __init__(self, firewalls: Firewalls, sites: ConnectorSites) -> None:
        self._firewalls = firewalls
        self._sites = sites

    @classmethod
    def derive(cls, *, firewalls: Firewalls, sites: ConnectorSites) -> Plumbing:
        """From the firewalls of the networks that connectors stand on."""
        return cls(firewalls, sites)

    def faults(self, connector: Connector) -> tuple[Stop, ...] | None:
        """One for each need that is not met, or of which that is not known; None for a connector of unknown place.

        A certain fault is a DROP, one that is not certain an ABORT.
        """
        site = self._sites.of(connector)
        own = readable(site.cidr)
        if not site.network or not own:
            return None
        return tuple(stop for need in NEEDS for stop in self._unmet(connector, site.network, need, need.packets(own)))

    def _unmet(self, connector: Connector, network: str, need: Need, asked: Packets) -> Iterator[Stop]:
        gate = Gate(
            network=network,
            direction=need.direction,
            target=connector_party(connector),
            sender=OUTSIDER,
            source=need.words if need.direction == "INGRESS" else connector.label,
            destination=connector.label if need.direction == "INGRESS" else "Google's serverless range",
        )
        found = verdicts(asked, gate, self._firewalls)
        for action in (Action.DENY, Action.UNDECIDED):
            if first := next((verdict for verdict in found if verdict.action is action), None):
                yield self._stop(connector, need, gate, first, asked)
                return

    def _stop(self, connector: Connector, need: Need, gate: Gate, verdict: Verdict, asked: Packets) -> Stop:
        """A mend covers the whole need, not only what was denied, at the priority of Google's own rules or better."""
        why = stop_of(verdict, gate, asked, self._firewalls)
        if verdict.action is Action.UNDECIDED:
            return why
        shared = not gate.network.startswith(f"projects/{connector.project}/")
        theirs = " Google adds no rules for a connector of a service project, so the host project must."
        message = (
            f"{connector.label} on {network_words(gate.network)} does not get {need.words}: {spell(verdict.packets)} "
            f"is denied by {verdict.deciders[0]}, so the connector may stop carrying packets.{theirs if shared else ''}"
        )
        lacking = denied(asked, verdict.deciders[0], gate, _PRIORITY)
        return Stop(
            code=need.code,
            message=message,
            evidence=(connector.path, *why.evidence),
            mend=allowing(lacking, self._firewalls.of(gate.network)),
        )
