"""What a TLS handshake with one address of a load balancer showed, and which handshakes to make.

The address itself is connected to, never what a resolver answers: a name may lead elsewhere today.
https://www.rfc-editor.org/rfc/rfc6066 (section 3, server name indication)
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable
from typing import ClassVar

import msgspec

from validator.gcp.certificates.endpoints import TlsEndpoint, TlsEndpoints
from validator.model.endpoints import is_address
from validator.model.environment import Environment
from validator.model.loadbalancer import Domain
from validator.model.resource import Kind, Probe, Resource, Target, target
from validator.model.table import Table


class Distrust(enum.StrEnum):
    """Why the chain of certificates is not trusted."""

    #: The certificate names itself as its issuer.
    SELF_SIGNED = "CERTIFICATE_SELF_SIGNED"
    #: The issuer of the server's own certificate was not sent.
    INCOMPLETE = "CHAIN_INCOMPLETE"
    #: It leads to an authority that the machine of the probe does not trust.
    UNKNOWN_AUTHORITY = "CERTIFICATE_AUTHORITY_UNKNOWN"
    #: The server's own certificate, or another of the chain, is over or has not begun.
    NOT_IN_FORCE = "CHAIN_NOT_IN_FORCE"
    #: Anything else a TLS library refuses a chain for: a weak key, a wrong purpose.
    INVALID = "CHAIN_INVALID"
    #: The chain was not looked at, for a reason that lies with the probe.
    NOT_JUDGED = "CHAIN_NOT_JUDGED"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A name at an address and port that is meant to serve it."""

    host: str
    #: "" where the API does not say.
    address: str
    port: int
    #: Several only where networks of their own use one address twice.
    fronts: tuple[TlsEndpoint, ...]

    @property
    def socket(self) -> str:
        """Address and port: "203.0.113.7:443", "[2001:db8::7]:443"; the forwarding rule where there is no address."""
        if not self.address:
            return self.fronts[0].rule.label
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def at(self) -> str:
        """What a person reads, and the name of the row."""
        return f"{self.host} at {self.socket}"

    @property
    def external(self) -> bool:
        """Whether the internet may reach it."""
        return any(front.rule.external for front in self.fronts)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Full names of the forwarding rules and proxies."""
        return tuple(path for front in self.fronts for path in (front.rule.path, front.proxy.path))


def endpoints_of(host: str, known: TlsEndpoints) -> tuple[Endpoint, ...]:
    """Where a client may meet the host: each address and port once; nobody can ask for the names of a wildcard."""
    if host.startswith("*"):
        return ()
    found: dict[tuple[str, int], list[TlsEndpoint]] = {}
    for front in known.serving(host):
        found.setdefault((_plain(front.address), front.port), []).append(front)
    return tuple(
        Endpoint(host=host, address=address, port=port, fronts=tuple(fronts))
        for (address, port), fronts in found.items()
    )


def _plain(address: str) -> str:
    """The address in its one spelling; "" where there is none."""
    return str(ipaddress.ip_address(address)) if is_address(address) else ""


def _targets(environment: Environment, domains: Table[Domain], known: TlsEndpoints) -> Iterable[Target]:
    for domain in domains:
        for one in endpoints_of(domain.name, known):
            if one.address:
                yield target(
                    environment.project,
                    at=one.at,
                    host=one.host,
                    address=one.address,
                    port=str(one.port),
                    external="1" if one.external else "",
                )


class Handshake(Resource, frozen=True, kw_only=True):
    """One name asked for at one address and port; `name` says both: "api.example.com at 203.0.113.7:443"."""

    KIND: ClassVar[Kind] = Kind(
        noun="handshake",
        probe=Probe(
            name="domain.handshake",
            targets=_targets,
            each="each domain at each address and port of its load balancers",
        ),
    )

    host: str = ""
    address: str = ""
    port: int = 0
    #: "vpc" or "outside": where the probe was made.
    vantage: str = ""
    #: A `Failure`; "" where a handshake came to its end with a certificate that can be read.
    failure: str = ""
    #: What the server sent, or a library said of it.
    details: str = ""
    #: Connections that were made, or tried, and the seconds they took together.
    connections: int = 0
    seconds: float = 0.0

    #: SHA-256 of the server's certificate, in lower-case hexadecimal digits; "" where none was shown.
    fingerprint: str = ""
    #: RFC 3339.
    not_before: str = ""
    not_after: str = ""
    #: The first of its names, and how many it has in all.
    names: tuple[str, ...] = ()
    name_count: int = 0
    #: Whether one of all its names stands for the host.
    covered: bool = False
    issuer: str = ""
    #: Number of certificates that were sent.
    sent: int = 0

    #: A `Distrust`; "" where the chain is trusted.
    distrust: str = ""
    distrust_details: str = ""
    #: Whether authorities of the environment's own (`probes.ca_file`) were trusted as well as the machine's.
    own_authorities: bool = False

    #: Protocol versions, as SSL policies spell them (TLS_1_2), that were offered, refused, and not found out.
    offered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
