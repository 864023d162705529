"""What is wrong with what an address showed: certificate, chain, prediction, protocol versions.

https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
https://www.rfc-editor.org/rfc/rfc8446 (section 4.4.2)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from validator.gcp.balancers.ssl_policies import VERSIONS
from validator.gcp.certificates.commands import describe
from validator.gcp.certificates.lifetime import Margin
from validator.gcp.certificates.selection import Selection
from validator.gcp.observed.failure import Failure
from validator.gcp.observed.handshake import Distrust, Endpoint, Handshake
from validator.gcp.observed.handshake_prediction import Likeness, age, compare
from validator.gcp.observed.handshake_trouble import failed
from validator.gcp.observed.trouble import Trouble, Weight
from validator.gcp.times import instant
from validator.model.fix import Fix

#: How many names of a certificate a message shows.
_SHOWN = 3
#: A certificate younger than this may not be served everywhere yet.
_FRESH = dt.timedelta(days=1)
_NOT_IN_FORCE = ("CERTIFICATE_EXPIRED", "CERTIFICATE_NOT_YET_VALID")
_REPLACE = Fix(summary="Replace the certificate; see the findings of domain.certificate and domain.expiry.")
_OWN_CA = "Name the CA's certificate in probes.ca_file if clients trust one of your own."
_WORDS = {
    Distrust.SELF_SIGNED: ("that signed itself", "Attach a certificate of an authority that clients trust."),
    Distrust.INCOMPLETE: (
        "without that of its issuer, {issuer}, which clients neither are sent nor know",
        "Upload the certificate again with its intermediates behind it, in one file.",
    ),
    Distrust.UNKNOWN_AUTHORITY: (
        "of an authority that is not trusted here ({sent} certificates sent, the first issued by {issuer})",
        "Attach a certificate of an authority that clients trust.",
    ),
    Distrust.NOT_IN_FORCE: (
        "whose chain has a certificate that is over or has not begun",
        "Upload the certificate again with the intermediates that are in force.",
    ),
    Distrust.INVALID: ("that clients refuse", "Replace the certificate."),
}


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a handshake."""

    moment: dt.datetime
    #: How much of the certificate's life must be left.
    margin: Margin
    #: The oldest protocol version that may be offered, such as "TLS_1_2".
    min_version: str


def troubles(row: Handshake, endpoint: Endpoint, selection: Selection, demands: Demands) -> Iterator[Trouble]:
    """Everything that is not as it must be, the gravest first."""
    if row.failure:
        found = failed(row, endpoint)
        yield msgspec.structs.replace(found, words=f"{found.words}{_foretold(row, selection)}")
        return
    unlike = tuple(_unpredicted(row, selection, demands.moment))
    if not row.covered:
        yield _uncovered(row, unlike)
    if over := _validity(row, demands):
        yield over
    if row.distrust and not (over and over.code in _NOT_IN_FORCE and row.distrust == Distrust.NOT_IN_FORCE):
        yield _distrusted(row, endpoint)
    if row.covered:
        yield from unlike
    yield from _versions(row, demands.min_version)


def shown(row: Handshake, selection: Selection) -> str:
    """What is shown, in a few words: "shows web until 2027-01-20, TLS 1.2 and 1.3"."""
    found = compare(row, selection)
    name = found.held.short if found.held else f"a certificate for {_names(row)}"
    how = " (by its names and its end: the API gives no more)" if found.likeness is Likeness.ALIKE else ""
    return f"shows {name}{how} until {_day(row.not_after)}, {spoken(row.offered)}"


def spoken(versions: tuple[str, ...]) -> str:
    """Protocol versions as a person reads them: "TLS 1.2 and 1.3"."""
    return f"TLS {' and '.join(version.removeprefix('TLS_').replace('_', '.') for version in versions)}"


def _foretold(row: Handshake, selection: Selection) -> str:
    if not selection.refused or row.failure != Failure.TLS_FAILED:
        return ""
    return ", as the configuration predicts: the certificate map has no entry for the name"


def _uncovered(row: Handshake, unlike: tuple[Trouble, ...]) -> Trouble:
    """The wrong certificate; that it is another than the predicted one as well is no second fault."""
    fix = Fix(summary=f"Attach a certificate that names {row.host}; see the finding of domain.certificate.")
    words = f"shows a certificate for {_names(row)}{_unnamed(row)}"
    for one in unlike:
        fix, words = one.fix or fix, one.words
    evidence = tuple(path for one in unlike for path in one.evidence)
    return Trouble(code="DOMAIN_NOT_COVERED", words=words, fix=fix, evidence=evidence)


def _unnamed(row: Handshake) -> str:
    return "" if row.covered else f", which does not name {row.host}"


def _names(row: Handshake) -> str:
    if not row.names:
        return "no DNS name"
    more = row.name_count - len(row.names[:_SHOWN])
    return ", ".join(row.names[:_SHOWN]) + (f" and {more} more" if more else "")


def _validity(row: Handshake, demands: Demands) -> Trouble | None:
    begins, ends = instant(row.not_before), instant(row.not_after)
    if begins is None or ends is None:
        return Trouble(
            code="CERTIFICATE_EXPIRY_UNKNOWN", words="shows a certificate without dates", weight=Weight.UNKNOWN
        )
    left = ends - demands.moment
    if left <= dt.timedelta():
        return Trouble(
            code="CERTIFICATE_EXPIRED", words=f"shows a certificate that expired on {_day(row.not_after)}", fix=_REPLACE
        )
    if begins > demands.moment:
        words = f"shows a certificate that is valid from {_day(row.not_before)} only"
        return Trouble(code="CERTIFICATE_NOT_YET_VALID", words=words, fix=_REPLACE)
    if left < demands.margin.of(ends - begins):
        words = f"shows a certificate that expires on {_day(row.not_after)}, in {left.days} days"
        return Trouble(code="CERTIFICATE_EXPIRES_SOON", words=words, fix=_REPLACE)
    return None


def _distrusted(row: Handshake, endpoint: Endpoint) -> Trouble:
    said = f" ({row.distrust_details})" if row.distrust_details else ""
    if row.distrust not in _WORDS:
        words = f"shows a certificate whose chain could not be judged{said}"
        return Trouble(code=Distrust.NOT_JUDGED, words=words, weight=Weight.UNKNOWN)
    why, remedy = _WORDS[Distrust(row.distrust)]
    words = f"shows a certificate {why.format(issuer=row.issuer, sent=row.sent)}{said}"
    private = (Distrust.SELF_SIGNED, Distrust.INCOMPLETE, Distrust.UNKNOWN_AUTHORITY)
    if row.distrust in private and not endpoint.external and not row.own_authorities:
        # Inside a network an authority of one's own is usual, and this machine may be the only one not to know it.
        return Trouble(code=row.distrust, words=words, weight=Weight.UNKNOWN, fix=Fix(summary=_OWN_CA))
    return Trouble(code=row.distrust, words=words, fix=Fix(summary=remedy))


def _unpredicted(row: Handshake, selection: Selection, moment: dt.datetime) -> Iterator[Trouble]:
    found = compare(row, selection)
    until = f"until {_day(row.not_after)} (SHA-256 {row.fingerprint[:16]}…)"
    seen = f"shows a certificate for {_names(row)} {until}{_unnamed(row)}"
    evidence = tuple(held.path for held in selection.candidates)
    if found.likeness is Likeness.UNTOLD:
        words = f"{seen}; which one the configuration predicts is not known: {found.doubt}"
        yield Trouble(code="CERTIFICATE_NOT_PREDICTED", words=words, weight=Weight.UNKNOWN, evidence=evidence)
    elif found.likeness is Likeness.OTHER:
        words = f"{seen}; the configuration predicts {_predicted(selection)}{_fresh(selection, moment)}"
        yield Trouble(code="CERTIFICATE_NOT_AS_PREDICTED", words=words, fix=_differs(selection), evidence=evidence)
    elif found.likeness is Likeness.OTHER_ISSUE and found.held:
        ends = found.held.expires.date().isoformat() if found.held.expires else "an unknown day"
        words = (
            f"{seen}; the API tells of {found.held.label} until {ends}: a renewal takes a while to be served everywhere"
        )
        yield Trouble(
            code="CERTIFICATE_NOT_AS_PREDICTED",
            words=words,
            weight=Weight.WARNING,
            fix=_differs(selection),
            evidence=evidence,
        )


def _predicted(selection: Selection) -> str:
    if selection.refused:
        return "that the handshake fails, since the certificate map has no entry for the name"
    return " or ".join(
        f"{held.label} (SHA-256 {held.chain.fingerprint[:16]}…)" if held.chain else held.label
        for held in selection.candidates
    )


def _fresh(selection: Selection, moment: dt.datetime) -> str:
    since = age(selection, moment)
    if since is None or not dt.timedelta() <= since < _FRESH:
        return ""
    return f", which is {int(since.total_seconds() // 60)} minutes old and takes a while to be served everywhere"


def _differs(selection: Selection) -> Fix:
    return Fix(
        summary="Run again after some minutes; if it stays, something else than this configuration serves the address.",
        gcloud=tuple(describe(held) for held in selection.candidates),
    )


def _versions(row: Handshake, least: str) -> Iterator[Trouble]:
    at = VERSIONS.index(least)
    modern = tuple(version for version in row.offered if VERSIONS.index(version) >= at)
    old = tuple(version for version in row.offered if VERSIONS.index(version) < at)
    untold = tuple(version for version in row.untried if VERSIONS.index(version) < at)
    fix = Fix(summary="Attach an SSL policy with that minimum; the finding of domain.tls-policy has the commands.")
    if old and not modern:
        words = f"speaks {spoken(old)} and nothing newer; at least {spoken((least,))} is expected"
        yield Trouble(code="TLS_VERSION", words=words, fix=fix)
    elif old:
        words = f"still takes {spoken(old)}; at least {spoken((least,))} is expected"
        yield Trouble(code="TLS_VERSION", words=words, weight=Weight.WARNING, fix=fix)
    elif untold:
        words = f"may take {spoken(untold)}: whether it does was not found out"
        yield Trouble(code="TLS_VERSION_NOT_FOUND_OUT", words=words, weight=Weight.UNKNOWN)


def _day(text: str) -> str:
    return text.partition("T")[0]
