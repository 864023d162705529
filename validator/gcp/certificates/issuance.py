"""What keeps a managed certificate from being issued or renewed: cause and mend for each status that the APIs have.

https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
https://cloud.google.com/certificate-manager/docs/troubleshooting
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from validator.gcp.certificates.held import Attempt, Held
from validator.model.certificate import AddressTrouble, CnameTrouble, Troubleshooting

#: How many of up to a hundred domains a message names.
SHOWN = 3


class Cause(msgspec.Struct, frozen=True):
    """Why a domain is not authorised, and what to do about it; "" where nothing more is known or to be done."""

    words: str
    mend: str = ""


_ADDRESS = Cause(
    "its DNS does not lead to this load balancer, or did so only recently",
    "point every A and AAAA record at the load balancer that the certificate is attached to",
)
_CNAME = Cause(
    "the CNAME record of its DNS authorisation is not there, or holds something else",
    "publish the CNAME record of the DNS authorisation in the domain's public zone",
)
_CAA = Cause(
    "its CAA records forbid Google's CA (pki.goog)",
    'add a CAA record `0 issue "pki.goog"` to the domain, or to the parent that has CAA records',
)
_RATE = Cause("the CA's rate limit is reached", "wait, and ask for fewer certificates per registered domain")
_WAIT = Cause("issuing takes up to 60 minutes after DNS is right")
_STATUSES = {
    "PROVISIONING": _WAIT,
    "FAILED_NOT_VISIBLE": _ADDRESS,
    "FAILED_CAA_CHECKING": Cause(
        "its CAA records could not be read",
        "let the domain's name servers answer questions for CAA records; an empty answer will do",
    ),
    "FAILED_CAA_FORBIDDEN": _CAA,
    "FAILED_RATE_LIMITED": _RATE,
    "AUTHORIZING": _WAIT,
    "FAILED CAA": _CAA,
    "FAILED RATE_LIMITED": _RATE,
}


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """A domain that is not authorised."""

    domain: str
    status: str
    cause: Cause

    @property
    def words(self) -> str:
        """Such as "api.example.com: FAILED_CAA_FORBIDDEN, its CAA records forbid Google's CA (pki.goog)"."""
        because = f", {self.cause.words}" if self.cause.words else ""
        return f"{self.domain}: {self.status}{because}"

    @property
    def mend(self) -> str:
        """Such as "For api.example.com, publish …"; "" where there is nothing to do."""
        return f"For {self.domain}, {self.cause.mend}." if self.cause.mend else ""


def hindrances(held: Held) -> list[Hindrance]:
    """The domains that are not authorised; a single one blocks the certificate for all of them."""
    return [
        Hindrance(domain=one.domain, status=one.status, cause=_cause(one, held))
        for one in held.attempts
        if not one.fine
    ]


def blocking(held: Held) -> str:
    """The first of that in words, and what the API adds; "" where it says nothing."""
    words = [one.words for one in hindrances(held)]
    more = f"and {len(words) - SHOWN} more domains" if len(words) > SHOWN else ""
    return "; ".join(filter(None, (*words[:SHOWN], more, held.details)))


def failing(held: Held) -> bool:
    """Whether the last attempt to issue or renew it, or to authorise one of its domains, ended badly."""
    # Compute may call one failed that is in force with every domain authorised.
    failed = held.state == "PROVISIONING_FAILED" and not (held.attempts and all(one.fine for one in held.attempts))
    return failed or bool(held.details) or any(one.failed for one in held.attempts)


def never_issued(held: Held) -> str:
    """Why no authority will ever issue it as it is, in words; "" where one may."""
    wildcard = next((name for name in held.names if name.startswith("*")), "")
    if held.classic and held.managed and wildcard:
        return f"asks for {wildcard}: Compute's managed certificates never get a wildcard (Certificate Manager's do)"
    return ""


def _cause(attempt: Attempt, held: Held) -> Cause:
    trouble = attempt.troubleshooting or Troubleshooting()
    known = [_ISSUES[issue](trouble) for issue in trouble.issues if issue in _ISSUES]
    if known:
        return Cause("; ".join(one.words for one in known), "; ".join(one.mend for one in known))
    if attempt.status == "FAILED CONFIG":
        return _CNAME if held.dns_authorized else _ADDRESS
    return _STATUSES.get(attempt.status, Cause(attempt.details))


def _cname_mismatch(trouble: Troubleshooting) -> Cause:
    record = trouble.cname or CnameTrouble()
    if not record.name or not record.expected_data:
        return _CNAME
    found = " → ".join(record.resolved_data) or "nothing"
    words = f"{record.name} leads to {found}, not to {record.expected_data}"
    return Cause(words, f"publish {record.name} CNAME {record.expected_data}")


def _resolved_elsewhere(trouble: Troubleshooting) -> Cause:
    ips = trouble.ips or AddressTrouble()
    known = {*ips.serving, *ips.serving_on_alt_ports}
    lost = _listed((one for one in ips.resolved if one not in known), "addresses")
    serving = _listed(ips.serving, "the load balancer that the certificate is attached to")
    return Cause(
        f"its DNS leads to {lost}, where the certificate is not attached",
        f"point every A and AAAA record at {serving} and nowhere else",
    )


def _port_closed(trouble: Troubleshooting) -> Cause:
    ips = trouble.ips or AddressTrouble()
    there = _listed(ips.serving_on_alt_ports, "an address")
    return Cause(
        f"its DNS leads to {there}, where the certificate is attached, but not on port 443",
        "put a forwarding rule on port 443 in front of the proxy",
    )


def _no_address(trouble: Troubleshooting) -> Cause:
    ips = trouble.ips or AddressTrouble()
    serving = _listed(ips.serving, "the address of the load balancer that the certificate is attached to")
    return Cause("it has no A or AAAA record", f"publish a record for {serving}")


def _not_attached(_: Troubleshooting) -> Cause:
    return Cause("the certificate is attached to no load balancer", "attach it to the proxy that serves the domain")


_ISSUES: dict[str, Callable[[Troubleshooting], Cause]] = {
    "CNAME_MISMATCH": _cname_mismatch,
    "RESOLVED_TO_NOT_SERVING": _resolved_elsewhere,
    "RESOLVED_TO_SERVING_ON_ALT_PORTS": _port_closed,
    "NO_RESOLVED_IPS": _no_address,
    "CERTIFICATE_NOT_ATTACHED": _not_attached,
}


def _listed(addresses: Iterable[str], otherwise: str) -> str:
    return ", ".join(addresses) or otherwise
