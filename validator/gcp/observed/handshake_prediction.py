"""Whether the certificate that was shown is one that the configuration predicts.

https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from validator.gcp.certificates.held import Held
from validator.gcp.certificates.names import normal
from validator.gcp.certificates.selection import Selection
from validator.gcp.observed.handshake import Handshake
from validator.gcp.times import instant

#: APIs tell an end to fractions of a second, certificates to the second.
_SAME = dt.timedelta(minutes=1)


class Likeness(enum.Enum):
    """How what was shown compares with what is predicted."""

    #: Byte for byte.
    SAME = enum.auto()
    #: The API gives no certificate to compare with, but its names and its end are these.
    ALIKE = enum.auto()
    #: The names of a managed certificate, but another issue of it than the API tells of.
    OTHER_ISSUE = enum.auto()
    OTHER = enum.auto()
    UNTOLD = enum.auto()


class Comparison(msgspec.Struct, frozen=True):
    """The likeness, the predicted certificate it is to (None for none), and why it is not told."""

    likeness: Likeness
    held: Held | None = None
    doubt: str = ""


def compare(row: Handshake, selection: Selection) -> Comparison:
    """How the certificate of the row compares with the candidates of the selection."""
    for held in selection.candidates:
        if held.chain and held.chain.fingerprint == row.fingerprint:
            return Comparison(Likeness.SAME, held)
    named = [held for held in selection.candidates if _same_names(held, row)]
    for held in named:
        if held.chain is None and _same_end(held, row):
            return Comparison(Likeness.ALIKE, held)
    if selection.doubt:
        return Comparison(Likeness.UNTOLD, doubt=selection.doubt)
    if renewed := next((held for held in named if held.managed), None):
        return Comparison(Likeness.OTHER_ISSUE, renewed)
    blind = [held.label for held in selection.candidates if held.chain is None and not held.issued]
    if blind:
        return Comparison(Likeness.UNTOLD, doubt=f"the API does not say what {', '.join(blind)} holds")
    return Comparison(Likeness.OTHER)


def _same_names(held: Held, row: Handshake) -> bool:
    """Whether it has as many names, and those that the row keeps are among them."""
    told = {normal(name) for name in held.issued}
    return row.name_count == len(told) and {normal(name) for name in row.names} <= told


def _same_end(held: Held, row: Handshake) -> bool:
    ends = instant(row.not_after)
    return held.expires is not None and ends is not None and abs(held.expires - ends) < _SAME


def age(selection: Selection, moment: dt.datetime) -> dt.timedelta | None:
    """Time since the youngest candidate was made; None where the API does not say."""
    made = [held.created for held in selection.candidates if held.created]
    return moment - max(made) if made else None
