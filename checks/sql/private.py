"""The Cloud SQL instance runs, has a private address and is not open to the internet.

Why:
    An authorized network of 0.0.0.0/0 lets anybody try passwords; a stopped instance, one without an address, or
    one whose network is gone, answers nobody.

Remediation:
    Give the instance a private network (after the private services connection exists), remove wide
    authorized networks, and switch the public address off once nothing uses it.

References:
    https://cloud.google.com/sql/docs/postgres/configure-private-ip
    https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator

from validator.check import (
    Fix,
    Moment,
    Params,
    Proof,
    Severity,
    Skip,
    Table,
    Undecided,
    Verdict,
    Verdicts,
    Violation,
    check,
)
from validator.gcp.attachments import network_words
from validator.gcp.names import Names
from validator.gcp.times import instant
from validator.model.network import Network
from validator.model.resource import last
from validator.model.sql import AuthorizedNetwork, SqlInstance

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
#: More public addresses than a /8 (IPv6: a /16) let in count as open; nobody's office is that large.
_OPEN = {4: 2**24, 6: 2**112}

_RFC1918 = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


class Private(Params, frozen=True):
    """How private is private."""

    #: The VPC network the private address must be on; a bare name is one of the network project.
    network: str | None = None
    #: Whether a public address is meant to be there.
    public: bool = False


@check(severity=Severity.ERROR)
def sql_private(
    sql: SqlInstance, *, names: Names, networks: Table[Network], moment: Moment, params: Private
) -> Verdicts:
    """Running, addresses, authorized networks, each on its own."""
    if sql.instance_type == "ON_PREMISES_INSTANCE":
        reason = f"{sql.label} stands for a server outside Google Cloud"
        yield Skip(code="ON_PREMISES_INSTANCE", message=reason, evidence=(sql.path,))
        return
    yield from _running(sql)
    yield from _addresses(sql, params)
    yield from _given(sql)
    yield from _exists(sql, names, networks)
    yield from _network(sql, names, params.network)
    yield from _authorized(sql, moment)
    yield Proof(message=f"{sql.label} runs and has a private address", evidence=(sql.path,))


def _running(sql: SqlInstance) -> Iterator[Verdict]:
    stopped = sql.settings.activation_policy == "NEVER"
    if sql.state == "RUNNABLE" and not stopped:
        return
    found = "stopped by its owner (activation policy NEVER)" if stopped else sql.state or "in no known state"
    yield Violation(
        code="CLOUD_SQL_INSTANCE_NOT_RUNNING",
        message=f"{sql.label} is {found}, so nothing can connect.",
        evidence=(sql.path, f"state={sql.state}", f"activationPolicy={sql.settings.activation_policy}"),
        fix=Fix(
            summary="Start it.",
            gcloud=(_patch(sql, "--activation-policy=ALWAYS"),),
            terraform='settings {\n  activation_policy = "ALWAYS"\n}',
        )
        if stopped
        else None,
    )


def _addresses(sql: SqlInstance, params: Private) -> Iterator[Verdict]:
    ip = sql.settings.ip_configuration
    psc = bool(ip.psc_config and ip.psc_config.psc_enabled)
    if not (ip.private_network or psc):
        yield Violation(
            code="CLOUD_SQL_INSTANCE_NO_PRIVATE_ADDRESS" if ip.ipv4_enabled else "CLOUD_SQL_INSTANCE_NO_IP_ADDRESS",
            message=(
                f"{sql.label} has only a public address." if ip.ipv4_enabled else f"{sql.label} has no address at all."
            )
            + " A private one needs privateNetwork or Private Service Connect.",
            evidence=(sql.path, "privateNetwork=", f"ipv4Enabled={str(ip.ipv4_enabled).lower()}"),
            fix=Fix(
                summary="Give it a private address; the network needs a private services connection first.",
                gcloud=(_patch(sql, "--network=projects/NETWORK_PROJECT/global/networks/NETWORK"),),
                terraform="ip_configuration {\n  private_network = google_compute_network.NAME.id\n}",
            ),
        )
    if ip.ipv4_enabled and not params.public:
        yield Violation(
            code="CLOUD_SQL_INSTANCE_PUBLIC_ADDRESS",
            message=f"{sql.label} has a public address, and nothing declares that it should.",
            evidence=(sql.path, "ipv4Enabled=true"),
            severity=Severity.WARNING,
            fix=Fix(
                summary="Switch it off once nothing connects through it, or declare `public: true`.",
                gcloud=(_patch(sql, "--no-assign-ip"),),
                terraform="ip_configuration {\n  ipv4_enabled = false\n}",
            ),
        )


def _given(sql: SqlInstance) -> Iterator[Verdict]:
    """Whether an instance that runs got the private address its settings ask for."""
    running = sql.state == "RUNNABLE" and sql.settings.activation_policy != "NEVER"
    wanted = sql.settings.ip_configuration.private_network
    if not (running and wanted) or any(one.type == "PRIVATE" and one.ip_address for one in sql.ip_addresses):
        return
    found = ", ".join(one.type for one in sql.ip_addresses) or "none"
    yield Violation(
        code="CLOUD_SQL_INSTANCE_NO_IP_ADDRESS",
        message=f"{sql.label} is set to be on {last(wanted)}, but has no private address there (addresses: {found}).",
        evidence=(sql.path, f"privateNetwork={wanted}", f"ipAddresses={found}"),
        fix=Fix(
            summary="Mend the network's private services connection and its ranges, then set the network again.",
            gcloud=(_patch(sql, f"--network={wanted.lstrip('/')}"),),
        ),
    )


def _exists(sql: SqlInstance, names: Names, networks: Table[Network]) -> Iterator[Verdict]:
    """Whether the private network is there; its private services access is network.private-services' to judge."""
    own = sql.settings.ip_configuration.private_network
    path = names.network(own, sql.project)
    if not path or any(names.network(row.path, row.project) == path for row in networks):
        return
    evidence = (sql.path, f"privateNetwork={own}")
    if path.split("/")[1] in names.read:
        yield Violation(
            code="RESOURCE_CONFIG_NOT_FOUND",
            message=f"{sql.label} has its private address on {network_words(path)}, which does not exist.",
            evidence=evidence,
            fix=Fix(
                summary="Move it to a network that exists; its private address changes.",
                gcloud=(_patch(sql, "--network=projects/NETWORK_PROJECT/global/networks/NETWORK"),),
                terraform="ip_configuration {\n  private_network = google_compute_network.NAME.id\n}",
            ),
        )
        return
    read = " and ".join(sorted(names.read))
    yield Undecided(
        code="NETWORK_CONFIG_NOT_FOUND",
        message=f"{sql.label} is on {network_words(path)}, but networks were read in project {read} only.",
        evidence=evidence,
        fix=Fix(summary="Declare the project that holds the network as network_project of the environment."),
    )


def _network(sql: SqlInstance, names: Names, wanted: str | None) -> Iterator[Verdict]:
    own = sql.settings.ip_configuration.private_network
    if not wanted:
        return
    declared, found = names.network(wanted, names.home), names.network(own, sql.project)
    psc = sql.settings.ip_configuration.psc_config
    if not found and psc and psc.psc_enabled:
        message = (
            f"{sql.label} is reached through Private Service Connect; whether {declared} has an endpoint is not read."
        )
        yield Undecided(code="PSC_ENDPOINT_NOT_READ", message=message, evidence=(sql.path,))
    elif found and found != declared:
        yield Violation(
            code="CLOUD_SQL_INSTANCE_ON_ANOTHER_NETWORK",
            message=f"{sql.label} is on {found}, declared is {declared}.",
            evidence=(sql.path, f"privateNetwork={own}"),
            fix=Fix(
                summary="Move it to the declared network; its private address changes.",
                gcloud=(_patch(sql, f"--network={declared}"),),
                terraform=f'ip_configuration {{\n  private_network = "{declared}"\n}}',
            ),
        )


def _authorized(sql: SqlInstance, moment: dt.datetime) -> Iterator[Verdict]:
    ip = sql.settings.ip_configuration
    valid = [entry for entry in ip.authorized_networks if not _expired(entry, moment)]
    parsed = {entry.value: _parsed(entry.value) for entry in valid}
    for value in sorted(value for value, network in parsed.items() if network is None):
        message = f"{sql.label} authorizes {value!r}, which is no range of addresses."
        yield Undecided(code="AUTHORIZED_NETWORK_UNREADABLE", message=message, evidence=(sql.path,))
    public = [network for network in parsed.values() if network and not _is_rfc1918(network)]
    if not any(_size(public, version) > limit for version, limit in _OPEN.items()):
        return
    listed = ", ".join(str(network) for network in public)
    effective = ip.ipv4_enabled and sql.settings.connector_enforcement != "REQUIRED"
    void = "" if effective else " It is without effect only as long as " + _void(sql) + "."
    yield Violation(
        code="AUTHORIZED_NETWORK_OPEN",
        message=f"{sql.label} lets the internet in: authorized networks {listed}.{void}",
        evidence=(sql.path, *(f"authorizedNetworks={network}" for network in public)),
        severity=None if effective else Severity.WARNING,
        fix=Fix(
            summary="Remove the wide range; name the few addresses that need it, or use the Cloud SQL Auth Proxy.",
            gcloud=(_patch(sql, "--clear-authorized-networks"),),
            terraform="# in ip_configuration, remove the authorized_networks block with the wide range",
        ),
    )


def _is_rfc1918(network: IpNetwork) -> bool:
    return isinstance(network, ipaddress.IPv4Network) and any(network.subnet_of(own) for own in _RFC1918)


def _void(sql: SqlInstance) -> str:
    if not sql.settings.ip_configuration.ipv4_enabled:
        return "the public address is off"
    return "connector enforcement is REQUIRED"


def _expired(entry: AuthorizedNetwork, moment: dt.datetime) -> bool:
    end = instant(entry.expiration_time)
    return end is not None and end <= moment


def _parsed(text: str) -> IpNetwork | None:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _size(networks: list[IpNetwork], version: int) -> int:
    """How many addresses of the version the ranges hold together, none counted twice."""
    four = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network))
    return sum(network.num_addresses for network in (four if version == 4 else six))


def _patch(sql: SqlInstance, flag: str) -> str:
    return f"gcloud sql instances patch {sql.short} {flag} --project={sql.project}"
