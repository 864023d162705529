"""TLS over a connected socket, trusting the CA that a managed service publishes for itself.

Certificates of Memorystore and of Cloud SQL's own CA name the instance, not the host that is connected to: there the
chain is what proves who answers. A certificate that a public CA issued proves nothing unless it names the host.
https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
"""

from __future__ import annotations

import hashlib
import socket
import ssl

import msgspec

from validator.gcp.certificates.x509 import Chain, read_chain
from validator.gcp.observed.failure import Failure
from validator.probe.connect import Clock, ConnectError, cut, cut_off

#: OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED.
#: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID, _EXPIRED = 9, 10
#: OpenSSL's reasons for bytes that are no TLS at all.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")


class Secured(msgspec.Struct, frozen=True, kw_only=True):
    """A connection over TLS and who is at its other end."""

    sock: ssl.SSLSocket
    #: "TLSv1.3".
    version: str
    #: Why the chain was not verified; "" where it was.
    unverified: str = ""
    #: SHA-256 of the certificate, lower-case hexadecimal.
    fingerprint: str = ""
    #: RFC 3339; "" where the certificate cannot be read.
    not_after: str = ""
    #: "yes" or "no"; "" where the certificate names no host.
    names_host: str = ""


def secure(sock: socket.socket, host: str, clock: Clock, *, ca: str, verify: bool = True) -> Secured:
    """Go through the handshake as a client that trusts `ca` (PEM), or else what the machine trusts; closes on failure.

    With a `ca` the chain decides; without one the certificate must name the host, too.

    Raises:
        ConnectError: there is no such connection.
    """
    context, unverified = _context(ca, verify=verify)
    sock.settimeout(max(0.001, clock.remaining()))
    try:
        found = context.wrap_socket(sock, server_hostname=host)
    except OSError as problem:
        sock.close()
        raise _failed(problem) from None
    except ValueError as problem:  # a host that no certificate could name
        sock.close()
        raise ConnectError(Failure.TLS_FAILED, str(problem)) from None
    der = found.getpeercert(binary_form=True) or b""
    chain = read_chain(ssl.DER_cert_to_PEM_cert(der)) if der else None
    return Secured(
        sock=found,
        version=found.version() or "",
        unverified=unverified,
        fingerprint=hashlib.sha256(der).hexdigest() if der else "",
        not_after=chain.not_after.isoformat() if isinstance(chain, Chain) else "",
        names_host=_names(chain, host) if isinstance(chain, Chain) else "",
    )


def _context(ca: str, *, verify: bool) -> tuple[ssl.SSLContext, str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = verify and not ca
    unverified = "" if verify else "no CA of it is known"
    try:
        if ca:
            context.load_verify_locations(cadata=ca)
            # What the API tells may be an intermediate CA: it is trusted as it is.
            context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        else:
            context.load_default_certs()
    except (ssl.SSLError, ValueError, TypeError):  # TypeError is for what is not ASCII
        unverified = "the CA that the API tells is no certificate"
    if unverified:
        context.verify_mode = ssl.CERT_NONE
    return context, unverified


def _failed(problem: OSError) -> ConnectError:
    if isinstance(problem, ssl.SSLCertVerificationError):
        times = {_NOT_YET_VALID: Failure.CERTIFICATE_NOT_YET_VALID, _EXPIRED: Failure.CERTIFICATE_EXPIRED}
        return ConnectError(times.get(problem.verify_code, Failure.CA_WRONG), problem.verify_message)
    if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ConnectError(Failure.CLOSED, "in the TLS handshake")
    if isinstance(problem, ssl.SSLError):
        reason = str(problem.reason or problem)
        failure = Failure.NOT_TLS if reason.endswith(_NO_TLS) else Failure.TLS_FAILED
        return ConnectError(failure, cut(reason.replace("_", " ").lower()))
    cut_short = cut_off(problem)
    return ConnectError(cut_short.failure, "in the TLS handshake")


def _names(chain: Chain, host: str) -> str:
    if not (chain.dns_names or chain.addresses):
        return ""
    return "yes" if chain.names(host) else "no"
