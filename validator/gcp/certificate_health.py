"""Whether a certificate that covers a name can be counted on: issued, in force, and not about to expire.

https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
https://cloud.google.com/certificate-manager/docs/troubleshooting
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from validator.gcp.certificates import Held, covers, normal

_CAUSES = {
    "FAILED_NOT_VISIBLE": "its DNS does not lead to this load balancer, or did so only recently",
    "FAILED_CAA_CHECKING": "its CAA records could not be read",
    "FAILED_CAA_FORBIDDEN": "its CAA records forbid Google's CA (pki.goog)",
    "FAILED_RATE_LIMITED": "the CA's rate limit is reached",
    "FAILED CONFIG": "its DNS authorisation or its address is not set up",
    "FAILED CAA": "its CAA records forbid Google's CA (pki.goog)",
    "FAILED RATE_LIMITED": "the CA's rate limit is reached",
    "PROVISIONING": "issuing takes up to 60 minutes after DNS is right",
    "AUTHORIZING": "issuing takes up to 60 minutes after DNS is right",
}
_FINE = ("ACTIVE", "AUTHORIZED")
#: A managed certificate's life divided by this is the soonest it may be called about to expire: a 47-day one is
#: renewed later than 30 days before its end.
_LIFE_SHARE = 3


class Ailing(enum.StrEnum):
    """What a covering certificate suffers from."""

    NEVER_ISSUED = "CERTIFICATE_CANNOT_BE_ISSUED"
    NOT_ACTIVE = "CERTIFICATE_NOT_ACTIVE"
    RENEWAL_FAILED = "CERTIFICATE_RENEWAL_FAILED"
    RENEWAL_BLOCKED = "CERTIFICATE_RENEWAL_BLOCKED"
    EXPIRY_UNKNOWN = "CERTIFICATE_EXPIRY_UNKNOWN"
    EXPIRED = "CERTIFICATE_EXPIRED"
    EXPIRES_SOON = "CERTIFICATE_EXPIRES_SOON"


class Ailment(msgspec.Struct, frozen=True):
    """What is wrong, and how it was seen: "is PROVISIONING …", to be put behind the certificate's name."""

    kind: Ailing
    words: str


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """How many days before its end a certificate counts as about to expire."""

    uploaded_days: int
    #: Managed ones renew themselves about a month before; only a renewal that did not come is a fault.
    managed_days: int


def ailment(held: Held, host: str, moment: dt.datetime, margin: Margin) -> Ailment | None:
    """The gravest thing wrong with a certificate that covers the host, or None."""
    return _issue(held, host) or _expiry(held, moment, margin)


def blocked_renewal(held: Held) -> Ailment | None:
    """What fails of a managed certificate's renewal while the one in force still serves, or None.

    One domain that cannot be authorised blocks the renewal for all of them.
    """
    failed = _unfinished(held, "FAILED")
    if held.state != "ACTIVE" or not held.issued or not failed:
        return None
    return Ailment(Ailing.RENEWAL_BLOCKED, f"is in force, but its renewal fails ({'; '.join(failed)})")


def _issue(held: Held, host: str) -> Ailment | None:
    wildcard = next((name for name in held.names if name.startswith("*")), "")
    if held.classic and held.managed and wildcard:
        return Ailment(
            Ailing.NEVER_ISSUED,
            f"asks for {wildcard}: Compute's managed certificates never get a wildcard (Certificate Manager's do)",
        )
    if held.state == "RENEWAL_FAILED":
        return Ailment(Ailing.RENEWAL_FAILED, f"could not be renewed{_blocking(held)}; it serves until it expires")
    if held.state != "ACTIVE":
        return Ailment(Ailing.NOT_ACTIVE, f"is {held.state or 'in no known state'}, not ACTIVE{_blocking(held)}")
    return _issue_of_host(held, host)


def _issue_of_host(held: Held, host: str) -> Ailment | None:
    if any(covers(name, host) for name in held.issued):
        return None  # in force: the state of its domains speaks of the renewal
    for name in held.names:
        status = held.domains.get(normal(name), "ACTIVE")
        if covers(name, host) and status not in _FINE:
            return Ailment(Ailing.NOT_ACTIVE, f"is {status} for {name}{_cause(status)}")
    if held.issued:
        return Ailment(Ailing.NOT_ACTIVE, f"asks for {host}, but was issued for {', '.join(held.issued)} only")
    return None


def _blocking(held: Held) -> str:
    """The domains that hold a managed certificate up: one bad domain blocks the whole certificate."""
    said = "; ".join(filter(None, (*_unfinished(held), held.details)))
    return f" ({said})" if said else ""


def _unfinished(held: Held, prefix: str = "") -> list[str]:
    states = [(name, status) for name, status in sorted(held.domains.items()) if status.startswith(prefix)]
    return [f"{name}: {status}{_cause(status)}" for name, status in states if status not in _FINE]


def _cause(status: str) -> str:
    return f", {_CAUSES[status]}" if status in _CAUSES else ""


def _expiry(held: Held, moment: dt.datetime, margin: Margin) -> Ailment | None:
    if held.expires is None:
        return Ailment(Ailing.EXPIRY_UNKNOWN, "does not say when it expires")
    left = held.expires - moment
    day = held.expires.date().isoformat()
    if left <= dt.timedelta():
        return Ailment(Ailing.EXPIRED, f"expired on {day}")
    if left < _allowed(held, margin):
        renewal = ", and its renewal is overdue" if held.managed else ""
        return Ailment(Ailing.EXPIRES_SOON, f"expires on {day}, in {left.days} days{renewal}")
    return None


def _allowed(held: Held, margin: Margin) -> dt.timedelta:
    """The declared days; of a managed certificate at most a third of its life.

    What the API calls the creation of an uploaded certificate is the upload, which says nothing of its life.
    """
    if not held.managed:
        return dt.timedelta(days=margin.uploaded_days)
    days = dt.timedelta(days=margin.managed_days)
    if held.created is None or held.expires is None or held.created >= held.expires:
        return days
    return min(days, (held.expires - held.created) / _LIFE_SHARE)
