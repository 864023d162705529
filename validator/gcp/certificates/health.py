"""Whether a certificate that covers a name is in force for it: issued, begun, and not over.

https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
https://cloud.google.com/certificate-manager/docs/troubleshooting
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from validator.gcp.certificates.held import Held
from validator.gcp.certificates.issuance import blocking, never_issued
from validator.gcp.certificates.names import covers, normal


class Ailing(enum.StrEnum):
    """What a covering certificate suffers from."""

    NEVER_ISSUED = "CERTIFICATE_CANNOT_BE_ISSUED"
    NOT_ACTIVE = "CERTIFICATE_NOT_ACTIVE"
    EXPIRY_UNKNOWN = "CERTIFICATE_EXPIRY_UNKNOWN"
    EXPIRED = "CERTIFICATE_EXPIRED"
    NOT_YET_VALID = "CERTIFICATE_NOT_YET_VALID"


class Ailment(msgspec.Struct, frozen=True):
    """What is wrong, and how it was seen: "is PROVISIONING …", to be put behind the certificate's name."""

    kind: Ailing
    words: str


def ailment(held: Held, host: str, moment: dt.datetime) -> Ailment | None:
    """The gravest thing that keeps a covering certificate from being in force for the host, or None."""
    return _issue(held) or _issue_of_host(held, host) or _validity(held, moment)


def ailment_for_any(held: Held, moment: dt.datetime) -> Ailment | None:
    """The gravest thing that keeps a certificate from being in force for whatever names it has, or None."""
    return _issue(held) or _validity(held, moment)


def _issue(held: Held) -> Ailment | None:
    if never := never_issued(held):
        return Ailment(Ailing.NEVER_ISSUED, never)
    if not held.serves:
        said = blocking(held)
        because = f" ({said})" if said else ""
        return Ailment(Ailing.NOT_ACTIVE, f"is {held.state or 'in no known state'}, not ACTIVE{because}")
    return None


def _issue_of_host(held: Held, host: str) -> Ailment | None:
    if not held.shows(host):
        names = ", ".join(held.issued)
        return Ailment(Ailing.NOT_ACTIVE, f"asks for {host}, but was issued for {names} only")
    # With the issued names at hand, the state of the domains speaks of the renewal.
    waiting = {} if held.issued else {one.domain: one.status for one in held.attempts if not one.fine}
    for name in held.names:
        if covers(name, host) and normal(name) in waiting:
            return Ailment(Ailing.NOT_ACTIVE, f"is {waiting[normal(name)]} for {name}")
    return None


def _validity(held: Held, moment: dt.datetime) -> Ailment | None:
    if held.expires is None:
        return Ailment(Ailing.EXPIRY_UNKNOWN, "does not say when it expires")
    if held.expires <= moment:
        return Ailment(Ailing.EXPIRED, f"expired on {held.ends}")
    if held.chain and (begins := held.chain.last_to_begin.not_before) > moment:
        return Ailment(Ailing.NOT_YET_VALID, f"is valid from {begins.date().isoformat()} only")
    return None
