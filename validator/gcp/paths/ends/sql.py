"""Cloud SQL as a destination: by private services access, by Private Service Connect, by a public address.

https://cloud.google.com/sql/docs/postgres/private-ip https://cloud.google.com/sql/docs/postgres/authorize-networks
https://cloud.google.com/sql/docs/postgres/about-private-service-connect
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from validator.gcp.firewall.fields import readable
from validator.gcp.names import Names
from validator.gcp.paths.ends.destination import TCP, Destination, Refusal, Way, no_address, other_ports, port, resting
from validator.gcp.paths.trace import End
from validator.gcp.paths.transit.travel import Stop
from validator.gcp.sql_ports import CONNECTOR_PORT, default_port
from validator.headerspace.axes import EVERY_SERVICE, addresses
from validator.headerspace.intervals import Intervals, union
from validator.headerspace.packets import packets
from validator.model.fix import Fix
from validator.model.loadbalancer import ForwardingRule
from validator.model.resource import last
from validator.model.sql import SqlInstance

#: Where the proxy of Cloud SQL's connectors answers, whatever the authorized networks.
#: https://cloud.google.com/sql/docs/postgres/sql-proxy
PROXY = port(CONNECTOR_PORT)
#: In others, those that this version does not know among them, it may answer or not.
#: https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances#SqlInstanceState
_DEAD = ("SUSPENDED", "PENDING_DELETE", "PENDING_CREATE", "MAINTENANCE", "FAILED")
#: Cloud SQL's docker bridge: a client with an address in it gets no answer.
#: https://cloud.google.com/sql/docs/postgres/private-ip
_BRIDGE = addresses(("172.17.0.0/16",))


def sql_destinations(row: SqlInstance, rules: Iterable[ForwardingRule], names: Names) -> Iterator[Destination]:
    """By private address, by endpoints, by public address: those that the instance has, in this order."""
    config = row.settings.ip_configuration
    private, public = (_addresses(row, kind) for kind in ("PRIVATE", "PRIMARY"))
    psc = config.psc_config is not None and config.psc_config.psc_enabled
    if private and config.private_network:
        yield _private(row, private, names)
    if psc:
        yield _endpoints(row, rules, names)
    if public:
        yield _public(row, public)
    if not (private or psc or public):
        yield _made(row, Way.PUBLIC, stop=_no_address(row))
    elif private and not config.private_network:
        yield _made(row, Way.PEERING, addresses=private, stop=_no_network(row))


def _no_network(row: SqlInstance) -> Stop:
    message = f"{row.label} has a private address, but the API does not tell of which network."
    return Stop(end=End.ABORT, code="NETWORK_CONFIG_NOT_FOUND", message=message, evidence=(row.path,))


def _made(row: SqlInstance, way: Way, **fields: object) -> Destination:
    own = _own_port(row)
    refusals = (*_refusals(row, own), *fields.pop("refusals", ()))  # type: ignore[misc]
    rest = {"target": "CLOUD_SQL_INSTANCE", "services": own or TCP, "refusals": refusals} | fields
    return Destination(label=row.label, path=row.path, way=way, **rest)  # type: ignore[arg-type]


def _private(row: SqlInstance, private: Intervals, names: Names) -> Destination:
    bridge = Refusal(
        packets=packets(sources=_BRIDGE),
        code="CLOUD_SQL_INSTANCE_NO_ROUTE",
        message=f"{row.label} uses 172.17.0.0/16 inside, so its answers never come back to clients in that range.",
        evidence=(row.path, "reserved=172.17.0.0/16"),
        mend=Fix(summary="Send from a subnet or connector outside of 172.17.0.0/16."),
    )
    network = names.network(row.settings.ip_configuration.private_network, row.project)
    return _made(row, Way.PEERING, addresses=private, networks=(network,), refusals=(bridge,), private_services=True)


def _public(row: SqlInstance, public: Intervals) -> Destination:
    """An entry that expires may have done so: the API keeps it in the list."""
    entries = row.settings.ip_configuration.authorized_networks
    sure = union(readable(entry.value) for entry in entries if not entry.expiration_time)
    possible = union(readable(entry.value) for entry in entries)
    return _made(row, Way.PUBLIC, addresses=public, admits=sure, may_admit=possible)


def _endpoints(row: SqlInstance, rules: Iterable[ForwardingRule], names: Names) -> Destination:
    attachment = row.psc_service_attachment_link
    ours = [rule for rule in rules if attachment and _same(rule.target, attachment)]
    endpoints = tuple((names.network(rule.network, rule.project), readable(rule.ip_address)) for rule in ours)
    return _made(
        row,
        Way.ENDPOINT,
        addresses=union(some for _, some in endpoints),
        endpoints=endpoints,
        regional=tuple(
            (network, rule.client_region, some)
            for rule, (network, some) in zip(ours, endpoints, strict=True)
            if rule.client_region
        ),
        networks=tuple(network for network, _ in endpoints),
        refusals=tuple(_unaccepted(row, rule) for rule in ours if rule.psc_connection_status != "ACCEPTED"),
        stop=None if endpoints else _no_endpoint(row, names),
    )


def _same(target: str, attachment: str) -> bool:
    return target.rpartition("/projects/")[2] == attachment.rpartition("projects/")[2] or target.endswith(attachment)


def _no_endpoint(row: SqlInstance, names: Names) -> Stop:
    """Endpoints of a Shared VPC may be the host project's, whose forwarding rules are not read."""
    sure = names.home == row.project
    message = f"{row.label} is reached by Private Service Connect, but {row.project} has no endpoint for it."
    return Stop(
        end=End.DROP if sure else End.ABORT,
        code="GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT",
        message=message,
        evidence=(row.path, row.psc_service_attachment_link),
    )


def _unaccepted(row: SqlInstance, rule: ForwardingRule) -> Refusal:
    status = rule.psc_connection_status or "not known"
    return Refusal(
        packets=packets(destinations=readable(rule.ip_address)),
        code="PSC_CONNECTION_NOT_ACCEPTED",
        message=f"Endpoint {rule.short} ({rule.ip_address}) of {row.label} is not accepted: its status is {status}.",
        end=End.DROP if rule.psc_connection_status else End.ABORT,
        evidence=(row.path, rule.path, f"pscConnectionStatus={status}"),
    )


def _refusals(row: SqlInstance, own: Intervals) -> Iterator[Refusal]:
    if row.state != "RUNNABLE" or row.settings.activation_policy == "NEVER":
        stopped = row.settings.activation_policy == "NEVER"
        start = ["gcloud", "sql", "instances", "patch", row.short, "--activation-policy=ALWAYS"]
        mend = Fix(summary="Start the instance.", gcloud=(shlex.join([*start, f"--project={row.project}"]),))
        found = "stopped by its owner (activation policy NEVER)" if stopped else row.state
        sure = stopped or row.state in _DEAD
        code = "CLOUD_SQL_INSTANCE_NOT_RUNNING"
        yield resting(row, code, found, "RUNNABLE", sure=sure, mend=mend if stopped else None)
    yield Refusal(
        packets=packets(services=EVERY_SERVICE - TCP),
        code="DROPPED_INSIDE_CLOUD_SQL_SERVICE",
        message=f"{row.label} speaks TCP only.",
        evidence=(row.path,),
    )
    if row.settings.connector_enforcement == "REQUIRED":
        message = f"{row.label} takes connections of Cloud SQL connectors only, on port 3307"
        yield other_ports(row, PROXY, "CLOUD_SQL_CONNECTOR_REQUIRED", message, "connectorEnforcement=REQUIRED")
        return
    message = f"{row.label} ({row.database_version}) answers on its own port and on 3307 only"
    code = "DROPPED_INSIDE_CLOUD_SQL_SERVICE"
    yield other_ports(row, own | PROXY, code, message, end=End.DROP if own else End.ABORT)


def _own_port(row: SqlInstance) -> Intervals:
    """With connector enforcement the server's own port is closed."""
    return PROXY if row.settings.connector_enforcement == "REQUIRED" else port(default_port(row))


def _addresses(row: SqlInstance, kind: str) -> Intervals:
    return union(readable(mapping.ip_address) for mapping in row.ip_addresses if mapping.type == kind)


def _no_address(row: SqlInstance) -> Stop:
    network = last(row.settings.ip_configuration.private_network) or "NETWORK"
    words = ["gcloud", "sql", "instances", "patch", row.short, f"--network={network}", "--no-assign-ip"]
    stop = no_address(row.label, row.path, row.state, "CLOUD_SQL_INSTANCE_NO_IP_ADDRESS")
    mend = Fix(summary="Give it a private address.", gcloud=(shlex.join([*words, f"--project={row.project}"]),))
    return Stop(code=stop.code, message=stop.message, evidence=stop.evidence, mend=mend)
