"""One TLS handshake on a connected socket: the version agreed on, and the certificates as the server sent them."""

from __future__ import annotations

import re
import ssl
import sys

import msgspec

from validator.gcp.observed.failure import Failure
from validator.probe.connect import BoundSocket, ConnectError, cut_off

#: First bytes of the four kinds of record of SSL 3 and TLS: https://www.rfc-editor.org/rfc/rfc8446 (section 5.1)
_RECORD = re.compile(rb"[\x14-\x17](\x03|$)")
#: OpenSSL's words between Python's brackets.
_SAID = re.compile(r"(?:\[[^]]*\] )?(.*?)(?: \(_ssl\.c:\d+\))?")
#: How OpenSSL words the alerts it receives.
_ALERT = re.compile(r"^(?:sslv3|tlsv1|tlsv13) (?:alert )?")
_UNREADABLE = ("asn1 lib", "unable to find public key parameters", "unknown certificate type")
#: By which a handshake ends for want of a version that both sides speak: an alert, and OpenSSL's own words.
_OTHER_VERSION = ("protocol version", "unsupported protocol")
#: Alerts for want of a cipher; of a client's certificate too, but that only once the server has said its version.
_OTHER_DEMANDS = ("alert handshake failure", "alert insufficient security")
#: A record with a handshake message in it, and the message with which a server agrees to a version.
#: https://www.rfc-editor.org/rfc/rfc5246 (sections 6.2.1 and 7.4)
_SERVER_HELLO = re.compile(rb"\x16\x03...\x02", re.DOTALL)


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """A handshake that came to its end."""

    #: As OpenSSL spells it: "TLSv1.2".
    version: str
    #: PEM texts in the order in which they were sent, the server's own first.
    chain: tuple[str, ...]


class HandshakeError(ConnectError):
    """A handshake that failed although the connection did not."""

    def __init__(self, failure: Failure, problem: ssl.SSLError, heard: bytes, details: str = "") -> None:
        """How it failed.

        Args:
            failure: the kind of failure.
            problem: what OpenSSL says.
            heard: everything that the server sent.
            details: what to tell instead of OpenSSL's words.
        """
        super().__init__(failure, details or said(problem), temporary=False)
        #: Whether the server speaks a version that was offered; None where this does not tell.
        self.speaks = _speaks(said(problem), greeted=_SERVER_HELLO.match(heard) is not None)
        #: OpenSSL's number of what is wrong with the chain; 0 where that is not why.
        self.verify_code = problem.verify_code if isinstance(problem, ssl.SSLCertVerificationError) else 0


def shake(sock: BoundSocket, context: ssl.SSLContext, host: str) -> Agreed:
    """Ask for the host by name (an address is not asked for) and go through the handshake.

    Raises:
        ConnectError: the connection did not last.
        HandshakeError: TLS itself failed, or the context refuses the chain.
        ValueError: the host is no name that can be asked for.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    talk = context.wrap_bio(incoming, outgoing, server_hostname=host)
    heard = b""
    try:
        while True:
            try:
                talk.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
            more = sock.recv(1 << 14)
            if not more:
                raise ConnectError(Failure.CLOSED, f"after {len(heard)} bytes")
            heard += more
            incoming.write(more)
        sock.sendall(outgoing.read())
    except ssl.SSLError as problem:
        raise _failed(problem, heard) from None
    except OSError as problem:
        raise _interrupted(problem, heard) from None
    return Agreed(version=talk.version() or "", chain=_sent(talk))


def said(problem: ssl.SSLError) -> str:
    """What OpenSSL says, without its source line: "unsupported protocol", "alert unrecognized name"."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return problem.verify_message
    found = _SAID.fullmatch(str(problem))
    return _ALERT.sub("alert ", found.group(1).lower() if found else "")


def _speaks(words: str, *, greeted: bool) -> bool | None:
    if words.endswith(_OTHER_VERSION):
        return False
    # A server that agreed to the version, and then misses something, speaks it.
    return greeted if words in _OTHER_DEMANDS else None


def _failed(problem: ssl.SSLError, heard: bytes) -> HandshakeError:
    if heard and not _RECORD.match(heard):
        return HandshakeError(Failure.NOT_TLS, problem, heard, _shown(heard))
    if said(problem).startswith(_UNREADABLE):
        return HandshakeError(Failure.CERTIFICATE_UNREADABLE, problem, heard)
    return HandshakeError(Failure.TLS_FAILED, problem, heard)


def _interrupted(problem: OSError, heard: bytes) -> ConnectError:
    cut = cut_off(problem)
    return ConnectError(cut.failure, f"after {len(heard)} bytes")


def _shown(heard: bytes) -> str:
    """The first line where it is text, else the first bytes."""
    line = heard.splitlines()[0][:80]
    return line.decode() if line.isascii() and line.decode().isprintable() else heard[:16].hex(" ")


def _sent(talk: ssl.SSLObject) -> tuple[str, ...]:
    """What the server sent, however little of it is trusted.

    Public from Python 3.13 on; pip takes it from the same place before that (https://github.com/sethmlarson/truststore).
    """
    if sys.version_info >= (3, 13):
        return tuple(ssl.DER_cert_to_PEM_cert(one) for one in talk.get_unverified_chain())
    return tuple(one.public_bytes() for one in talk._sslobj.get_unverified_chain() or ())  # type: ignore[attr-defined]  # noqa: SLF001
