"""How a connection fails, in the order in which one is made, and what that tells of the network below it."""

from __future__ import annotations

import enum


class Failure(enum.StrEnum):
    """Why a probe got no further; a row without a failure holds ""."""

    #: NXDOMAIN: there is no such name.
    NO_NAME = "NO_NAME"
    #: The name exists, without an address.
    NO_ADDRESS = "NO_ADDRESS"
    #: SERVFAIL, REFUSED or a broken answer of the DNS server.
    DNS_FAILED = "DNS_FAILED"
    DNS_TIMED_OUT = "DNS_TIMED_OUT"
    #: The host is no name that DNS could be asked for.
    BAD_NAME = "BAD_NAME"
    #: An address that means something only inside the VPC, where the probe was not.
    OUT_OF_REACH = "OUT_OF_REACH"
    #: This machine itself has no way to the address.
    NO_ROUTE = "NO_ROUTE"
    #: Every SYN stayed without an answer.
    TIMED_OUT = "TIMED_OUT"
    REFUSED = "REFUSED"
    #: Connected, and then cut off with RST.
    RESET = "RESET"
    #: Connected, and then closed in good order before an answer.
    CLOSED = "CLOSED"
    #: Connected, and nothing, or not all of an answer, came back in time.
    NO_ANSWER = "NO_ANSWER"
    #: What came back is not what such a server says.
    GARBAGE = "GARBAGE"
    #: Plain text where TLS was expected.
    NOT_TLS = "NOT_TLS"
    #: TLS where plain text was expected.
    WANTS_TLS = "WANTS_TLS"
    #: The handshake failed for another reason: no common version or cipher, a client certificate wanted …
    TLS_FAILED = "TLS_FAILED"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    CERTIFICATE_NOT_YET_VALID = "CERTIFICATE_NOT_YET_VALID"
    #: The chain does not end at a CA that is trusted for this server.
    CA_WRONG = "CA_WRONG"
    #: The handshake came to its end without a certificate.
    NO_CERTIFICATE = "NO_CERTIFICATE"
    #: The server's certificate is not one that can be read.
    CERTIFICATE_UNREADABLE = "CERTIFICATE_UNREADABLE"


#: What may pass by itself, so that a second try makes sense.
TEMPORARY = frozenset((Failure.TIMED_OUT, Failure.REFUSED, Failure.RESET, Failure.CLOSED, Failure.NO_ANSWER))
_SILENT_ON_PACKETS = frozenset(
    (
        Failure.NO_NAME,
        Failure.NO_ADDRESS,
        Failure.DNS_FAILED,
        Failure.DNS_TIMED_OUT,
        Failure.BAD_NAME,
        Failure.OUT_OF_REACH,
        Failure.NO_ROUTE,
    )
)


def packets_arrived(failure: str) -> bool | None:
    """Whether the host answered on TCP, be it by a refusal; False for silence, None where no packet left."""
    if failure in _SILENT_ON_PACKETS:
        return None
    return failure != Failure.TIMED_OUT
