"""The probe `domain.handshake`: what one address shows a client that asks for one name over TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl

import msgspec

from validator.gcp.certificates.names import normal
from validator.gcp.certificates.x509 import Chain, Unreadable, read_chain
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.handshake import Distrust, Handshake
from validator.model.resource import Target
from validator.patience import Budget
from validator.probe.connect import BoundSocket, ConnectError, Trail, connect, cut_off, patiently
from validator.probe.contexts import VERSIONS, only, trusting, undemanding
from validator.probe.handshake import Agreed, HandshakeError, shake
from validator.probe.kit import Kit

#: Names of a certificate that a row keeps; a certificate may hold hundreds.
_MOST_NAMES = 20
_SPOKEN = {"TLSv1": "TLS_1_0", "TLSv1.1": "TLS_1_1", "TLSv1.2": "TLS_1_2", "TLSv1.3": "TLS_1_3"}
#: OpenSSL's numbers: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_NOT_IN_FORCE = (9, 10)
_SELF_SIGNED = 18
#: The issuer of some certificate, or its root, is not found.
_NO_ISSUER = (2, 19, 20, 21)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Goes through handshakes with one address, all within one budget."""

    host: str
    address: str
    port: int
    kit: Kit
    budget: Budget
    trail: Trail

    def first(self, context: ssl.SSLContext) -> Agreed:
        """A handshake, tried again while it fails for what may pass.

        Raises:
            ConnectError: it did not come to its end.
            ValueError: the host is no name that can be asked for.
        """

        def once() -> Agreed:
            return self._shaken(connect(self.address, self.port, self.kit, self.budget, self.trail), context)

        return patiently(once, self.budget, self.trail)

    def again(self, context: ssl.SSLContext) -> Agreed:
        """A handshake with a server that has answered already, so that a failure says nothing of it to other probes.

        Raises:
            ConnectError: it did not come to its end.
        """
        self.trail.attempts += 1
        try:
            sock = socket.create_connection((self.address, self.port), timeout=max(0.001, self.budget.remaining()))
        except OSError as problem:
            raise cut_off(problem) from None
        return self._shaken(sock, context)

    def _shaken(self, sock: socket.socket, context: ssl.SSLContext) -> Agreed:
        with contextlib.closing(BoundSocket(sock, self.budget)) as bound:
            return shake(bound, context, self.host)


def observe(target: Target, kit: Kit) -> Handshake:
    """What the handshakes showed, or why there was none; within the budget whatever the server does."""
    given = dict(target.arguments)
    row = Handshake(
        name=given["at"],
        project=target.project,
        host=given["host"],
        address=given["address"],
        port=int(given["port"]),
        vantage=kit.vantage,
        own_authorities=bool(kit.probing.ca_file),
    )
    if not kit.inside and not given["external"]:
        return msgspec.structs.replace(row, failure=Failure.OUT_OF_REACH)
    began = kit.clock()
    caller = Caller(
        host=normal(row.host), address=row.address, port=row.port, kit=kit, budget=kit.budget(), trail=Trail()
    )
    seen = _seen(row, caller)
    return msgspec.structs.replace(seen, connections=caller.trail.attempts, seconds=round(kit.clock() - began, 3))


def _seen(row: Handshake, caller: Caller) -> Handshake:
    try:
        agreed = caller.first(undemanding())
    except ConnectError as problem:
        return msgspec.structs.replace(row, failure=problem.failure, details=problem.details)
    except ValueError as problem:
        return msgspec.structs.replace(row, failure=Failure.BAD_NAME, details=str(problem))
    if not agreed.chain:
        return msgspec.structs.replace(row, failure=Failure.NO_CERTIFICATE, details=agreed.version)
    chain = _read(agreed)
    if isinstance(chain, Unreadable):
        return msgspec.structs.replace(row, failure=Failure.CERTIFICATE_UNREADABLE, details=chain.reason)
    shown = _with_certificate(row, chain, sent=len(agreed.chain))
    return _with_versions(_with_trust(shown, chain, caller), caller, _SPOKEN.get(agreed.version, ""))


def _read(agreed: Agreed) -> Chain | Unreadable:
    """The chain; the server's own certificate alone where another of them cannot be read."""
    whole = read_chain("".join(agreed.chain))
    return read_chain(agreed.chain[0]) if isinstance(whole, Unreadable) else whole


def _with_certificate(row: Handshake, chain: Chain, *, sent: int) -> Handshake:
    return msgspec.structs.replace(
        row,
        fingerprint=chain.fingerprint,
        not_before=chain.not_before.isoformat(),
        not_after=chain.not_after.isoformat(),
        names=chain.dns_names[:_MOST_NAMES],
        name_count=len(chain.dns_names) + len(chain.addresses),
        covered=chain.names(row.host),
        issuer=chain.leaf.issuer,
        sent=sent,
    )


def _with_trust(row: Handshake, chain: Chain, caller: Caller) -> Handshake:
    """Whether a client that trusts what this machine trusts accepts the chain."""
    trust = trusting(caller.kit.probing.ca_file)
    try:
        patiently(lambda: caller.again(trust.context), caller.budget, caller.trail)
    except HandshakeError as problem:
        why = _distrust(problem.verify_code, chain)
        if trust.lacking and why in (Distrust.UNKNOWN_AUTHORITY, Distrust.INCOMPLETE):
            return _doubted(row, Distrust.NOT_JUDGED, trust.lacking)
        return _doubted(row, why, problem.details)
    except ConnectError as problem:
        return _doubted(row, Distrust.NOT_JUDGED, f"{problem.failure} {problem.details}")
    return row


def _doubted(row: Handshake, why: Distrust, details: str) -> Handshake:
    return msgspec.structs.replace(row, distrust=why, distrust_details=details)


def _distrust(code: int, chain: Chain) -> Distrust:
    if code == 0:
        return Distrust.NOT_JUDGED  # such as a server that speaks nothing but TLS 1.0
    if code in _NOT_IN_FORCE:
        return Distrust.NOT_IN_FORCE
    if code == _SELF_SIGNED:
        return Distrust.SELF_SIGNED
    if code not in _NO_ISSUER:
        return Distrust.INVALID
    sent = {one.subject for one in chain.signed}
    return Distrust.UNKNOWN_AUTHORITY if chain.leaf.issuer in sent else Distrust.INCOMPLETE


def _with_versions(row: Handshake, caller: Caller, spoken: str) -> Handshake:
    """Each protocol version by itself, but for the one that is known to be spoken."""
    told = {version: True if version == spoken else _speaks(version, caller) for version in VERSIONS}
    return msgspec.structs.replace(
        row,
        offered=tuple(version for version, answer in told.items() if answer),
        refused=tuple(version for version, answer in told.items() if answer is False),
        untried=tuple(version for version, answer in told.items() if answer is None),
    )


def _speaks(version: str, caller: Caller) -> bool | None:
    """Whether the server speaks the version; None where that was not found out, by whoever's fault."""
    try:
        caller.again(only(version))
    except HandshakeError as problem:
        return problem.speaks
    except (ConnectError, ValueError):
        return None
    return True
