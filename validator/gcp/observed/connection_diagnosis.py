"""What a connection that failed says of names, network, host and TLS, and of the machine that tried.

https://cloud.google.com/memorystore/docs/redis/troubleshoot-issues
https://cloud.google.com/sql/docs/postgres/debugging-connectivity
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.observed.failure import Failure
from validator.gcp.observed.prediction import Prediction
from validator.gcp.observed.redis import RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.gcp.observed.trouble import Trouble, Weight
from validator.gcp.paths.trace import Result
from validator.model.fix import Fix

Row = RedisPing | SqlConnection

_INSIDE = (
    "is an address inside the VPC, and this machine is not declared to be there: declare `vantage: vpc` (--vantage vpc)"
    " where it is, or run the probe there (see 'Probes' in the README)"
)


class _Meaning(msgspec.Struct, frozen=True):
    """Of a failure: its code, what was seen, and what to look at."""

    code: str
    seen: str
    remedy: str
    #: What it means where the probe was inside the VPC.
    weight: Weight = Weight.FAULT
    #: Whether it is a fault wherever the probe was.
    everywhere: bool = False
    #: By what it was seen.
    more: str = ""


#: Failures of which the model of the network may know the reason.
PREDICTED = (Failure.TIMED_OUT, Failure.REFUSED)
#: Failures that say nothing where a probe was made outside, which sees other names and other routes.
_NOT_OUTSIDE = (Failure.NO_NAME, Failure.NO_ADDRESS, Failure.NO_ROUTE)
_NAME = "Correct the name, or add its record to the private zone that the network sees."
_MEANINGS: Mapping[str, _Meaning] = MappingProxyType(
    {
        Failure.NO_NAME: _Meaning("NAME_NOT_FOUND", "has a host name that does not exist (NXDOMAIN)", _NAME),
        Failure.NO_ADDRESS: _Meaning("NAME_WITHOUT_ADDRESS", "has a host name without an address", _NAME),
        Failure.BAD_NAME: _Meaning(
            "HOST_NAME_INVALID", "has a host name that DNS cannot be asked for", "Correct the name.", everywhere=True
        ),
        Failure.DNS_FAILED: _Meaning(
            "DNS_FAILED", "has a host name for which the DNS server only failed", "Ask again.", Weight.UNKNOWN
        ),
        Failure.DNS_TIMED_OUT: _Meaning(
            "DNS_TIMED_OUT",
            "has a host name for which no DNS server answered",
            "See that this machine reaches a DNS server, or name one as probes.resolver.",
            Weight.UNKNOWN,
        ),
        Failure.NO_ROUTE: _Meaning(
            "NO_ROUTE",
            "cannot be tried from here: this machine has no way to it",
            "Look at the routes of this machine, or run the probe elsewhere in the VPC.",
            Weight.UNKNOWN,
        ),
        Failure.TIMED_OUT: _Meaning(
            "CONNECTION_TIMED_OUT",
            "does not answer",
            "Trace the path: validate-infra path shows it hop by hop.",
            more="every attempt to connect timed out",
        ),
        Failure.REFUSED: _Meaning(
            "CONNECTION_REFUSED",
            "refuses connections",
            "Compare the port, and see that the instance is up.",
            more="packets arrive, and nothing listens on the port",
        ),
        Failure.RESET: _Meaning(
            "CONNECTION_RESET",
            "takes connections and cuts them off with a reset, as a server does that is out of clients or restarts",
            "Look at its connected clients, its memory and its last restarts.",
        ),
        Failure.CLOSED: _Meaning(
            "CONNECTION_CLOSED",
            "takes connections and closes them without an answer, as a server does that is out of clients",
            "Look at its connected clients, its memory and its last restarts.",
        ),
        Failure.NO_ANSWER: _Meaning(
            "NO_ANSWER",
            "takes connections and then does not answer in time, as a server does that is busy, or that is another one",
            "Look at its CPU and at slow commands, and at what listens on the port.",
        ),
        Failure.GARBAGE: _Meaning(
            "PROTOCOL_MISMATCH", "answers in another protocol", "Compare host and port.", everywhere=True
        ),
        Failure.NOT_TLS: _Meaning(
            "NOT_TLS",
            "speaks without TLS on a port where TLS was expected",
            "Use the port of TLS, or connect without it.",
            everywhere=True,
        ),
        Failure.WANTS_TLS: _Meaning(
            "WANTS_TLS",
            "wants TLS on a port where it was not expected",
            "Connect with TLS (rediss://), trusting the CA of the instance.",
            everywhere=True,
        ),
        Failure.TLS_FAILED: _Meaning(
            "TLS_HANDSHAKE_FAILED",
            "breaks the TLS handshake off",
            "Compare the TLS versions, and whether a client certificate is wanted.",
            everywhere=True,
        ),
        Failure.CERTIFICATE_EXPIRED: _Meaning(
            "CERTIFICATE_EXPIRED",
            "shows a certificate that is over, or whose CA is",
            "Rotate the server CA, and compare the clock of this machine.",
            everywhere=True,
        ),
        Failure.CERTIFICATE_NOT_YET_VALID: _Meaning(
            "CERTIFICATE_NOT_YET_VALID",
            "shows a certificate that is not valid yet",
            "Compare the clock of this machine.",
            everywhere=True,
        ),
        Failure.CA_WRONG: _Meaning(
            "CERTIFICATE_AUTHORITY_UNKNOWN",
            "shows a certificate that its own CA, as the API tells it, did not issue: another server may answer there",
            "Download the CA anew, and see what answers at the address.",
            everywhere=True,
        ),
    }
)


def connection_trouble(row: Row, prediction: Prediction, look: tuple[str, ...], remark: str = "") -> Trouble | None:
    """The trouble that the row's failure is; None where the failure is none of connections.

    Args:
        row: what the probe saw.
        prediction: what the model says of the same packets.
        look: commands that show what is at the other end.
        remark: what explains the failure at once.
    """
    if row.failure == Failure.OUT_OF_REACH:
        return Trouble(code="OUT_OF_REACH", words=_INSIDE, weight=Weight.SKIP)
    meaning = _MEANINGS.get(row.failure)
    if meaning is None:
        return None
    words = f"{_seen(meaning, remark)}{_details(row)}, {how(row)}"
    weight = meaning.weight
    if row.vantage != "vpc" and not meaning.everywhere:
        weight = Weight.SKIP if row.failure in _NOT_OUTSIDE else Weight.UNKNOWN
        words += ", which need not see what services see"
    words += f"; {prediction.words}" if prediction.words else ""
    trace = (prediction.trace,) if prediction.trace and row.failure == Failure.TIMED_OUT else ()
    fix = prediction.mend or Fix(summary=meaning.remedy, gcloud=(*trace, *look))
    return Trouble(code=meaning.code, words=words, weight=weight, fix=fix)


def _seen(meaning: _Meaning, remark: str) -> str:
    if remark:
        return "; ".join(filter(None, (f"{meaning.seen}, {remark}", meaning.more)))
    return ": ".join(filter(None, (meaning.seen, meaning.more)))


def stranger(source: str, prediction: Prediction) -> Trouble | None:
    """That who answers at an instance's address need not be the instance; None where nothing says so.

    Args:
        source: what the machine of the probe is declared to be.
        prediction: what the model says of its packets to the instance.
    """
    if prediction.result is not Result.UNREACHABLE:
        return None
    words = (
        f"has something that answers, but the model says that packets from {source} never get to this instance"
        f" ({prediction.code}): another server may have that address there"
    )
    summary = "Probe from the instance's network, or correct probes.from; the trace shows where the packets end."
    return Trouble(
        code="ANSWERED_BY_A_STRANGER",
        words=words,
        weight=Weight.UNKNOWN,
        fix=Fix(summary=summary, gcloud=(prediction.trace,)),
    )


def unknown(row: Row) -> Trouble:
    """The trouble of a failure that a later version may know."""
    words = f"fails with {row.failure}, which this version does not know, {how(row)}"
    return Trouble(code="UNKNOWN_FAILURE", words=words, weight=Weight.UNKNOWN)


def how(row: Row) -> str:
    """How often and from where it was tried: "seen from inside the VPC, 3 attempts in 10 s"."""
    tries = f", {row.attempts} attempts in {row.took_s:.3g} s" if row.attempts > 1 else ""
    return f"seen from {'inside' if row.vantage == 'vpc' else 'outside'} the VPC{tries}"


def _details(row: Row) -> str:
    return f" ({row.details})" if row.details else ""
