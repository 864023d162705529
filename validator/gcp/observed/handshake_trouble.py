"""What a handshake that did not come to its end says of the load balancer, and of the machine that tried.

https://cloud.google.com/load-balancing/docs/https/troubleshooting-ext-https-lbs
https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from validator.gcp.balancers.scoping import scope_flag
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.handshake import Endpoint, Handshake
from validator.gcp.observed.trouble import Trouble, Weight
from validator.model.fix import Fix

_INSIDE = "Declare `vantage: vpc` where this machine is inside, or run there: see 'Probes' in the README"


class _Meaning(msgspec.Struct, frozen=True):
    """Of a failure: its code, what was seen, and what to look at."""

    code: str
    seen: str
    remedy: str


_NOT_LISTENING = "See that the forwarding rule has this address and port, and wait some minutes if it is new."
_NO_CERTIFICATE = "Give the proxy a certificate for the name; see the finding of domain.certificate."
_MEANINGS: Mapping[str, _Meaning] = MappingProxyType(
    {
        Failure.TIMED_OUT: _Meaning(
            "CONNECTION_TIMED_OUT",
            "cannot be connected to: nothing answers (tried from {vantage}, where a firewall may forbid it)",
            _NOT_LISTENING,
        ),
        Failure.REFUSED: _Meaning("CONNECTION_REFUSED", "refuses connections: nothing listens there", _NOT_LISTENING),
        Failure.RESET: _Meaning("CONNECTION_RESET", "cuts the connection off with a reset", _NO_CERTIFICATE),
        Failure.CLOSED: _Meaning("CONNECTION_CLOSED", "closes the connection without a handshake", _NO_CERTIFICATE),
        Failure.NO_ANSWER: _Meaning(
            "HANDSHAKE_UNANSWERED", "takes the connection, but does not finish the handshake in time", _NOT_LISTENING
        ),
        Failure.NOT_TLS: _Meaning(
            "NOT_TLS",
            "answers with something that is not TLS",
            "See that the forwarding rule leads to an HTTPS or SSL proxy, and that nothing on the way answers instead.",
        ),
        Failure.GARBAGE: _Meaning("NOT_TLS", "sends more than a handshake has", _NOT_LISTENING),
        Failure.TLS_FAILED: _Meaning(
            "HANDSHAKE_FAILED",
            "breaks the handshake off",
            f"{_NO_CERTIFICATE} Should the proxy want client certificates, this is its answer to having none.",
        ),
        Failure.NO_CERTIFICATE: _Meaning("NO_CERTIFICATE", "shows no certificate", _NO_CERTIFICATE),
        Failure.CERTIFICATE_UNREADABLE: _Meaning(
            "CERTIFICATE_UNREADABLE", "shows a certificate that cannot be read", "Replace the certificate."
        ),
        Failure.BAD_NAME: _Meaning(
            "DOMAIN_NAME_INVALID", "cannot be asked for: it is no DNS name", "Correct the name where it is declared."
        ),
    }
)
_OTHER = _Meaning("CONNECTION_FAILED", "cannot be connected to", _NOT_LISTENING)


def failed(row: Handshake, endpoint: Endpoint) -> Trouble:
    """The trouble that the row's failure is."""
    if row.failure == Failure.OUT_OF_REACH:
        kind = "an address that is not one of the internet" if endpoint.external else "an internal address"
        words = f"has {kind}, and this machine is not declared to be inside. {_INSIDE}"
        return Trouble(code="OUT_OF_REACH", words=words, weight=Weight.SKIP)
    if row.failure == Failure.NO_ROUTE:
        words = f"cannot be tried from here: this machine has no way to such addresses{_said(row)}"
        # Many machines have no IPv6; what is inside the VPC, one that is there must reach.
        usual = ":" in row.address and not (row.vantage == "vpc" and not endpoint.external)
        return Trouble(code="NO_ROUTE", words=words, weight=Weight.SKIP if usual else Weight.UNKNOWN)
    meaning = _MEANINGS.get(row.failure, _OTHER)
    seen = meaning.seen.format(vantage="inside the VPC" if row.vantage == "vpc" else "outside")
    words, weight = f"{seen}{_said(row)}", Weight.FAULT
    if row.failure == Failure.TIMED_OUT and row.vantage == "vpc" and endpoint.external:
        words, weight = f"{words}; this machine may have no way to the internet", Weight.UNKNOWN
    return Trouble(code=meaning.code, words=words, weight=weight, fix=_look(meaning.remedy, endpoint))


def _said(row: Handshake) -> str:
    return f" ({row.details})" if row.details else ""


def _look(remedy: str, endpoint: Endpoint) -> Fix:
    rules = [front.rule for front in endpoint.fronts]
    return Fix(
        summary=remedy,
        gcloud=tuple(
            f"gcloud compute forwarding-rules describe {rule.short} {scope_flag(rule)} --project={rule.project}"
            for rule in rules
        ),
    )
