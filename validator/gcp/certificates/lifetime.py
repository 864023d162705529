"""How near a certificate's end may come before that is a fault.

Public certificates live ever shorter (https://cabforum.org/working-groups/server/baseline-requirements/requirements/,
6.3.2: 47 days from 2029), so a margin is the smaller of a number of days and a share of the life.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from validator.gcp.certificates.held import Held


class Margin(msgspec.Struct, frozen=True):
    """How much of a certificate's life must be left."""

    days: int
    #: Of the whole life, where that is known.
    percent: int

    def of(self, lifetime: dt.timedelta | None) -> dt.timedelta:
        """The smaller of the two."""
        whole = dt.timedelta(days=self.days)
        return min(whole, lifetime * self.percent / 100) if lifetime else whole


def lifetime(held: Held) -> dt.timedelta | None:
    """How long the certificate is valid in all; None where neither its PEM nor its API tells.

    A managed one's is at most the time from its creation to its end. What the API calls the creation of an uploaded one
    is the upload, which says nothing.
    """
    if held.chain:
        return held.chain.lifetime
    if not held.managed or held.created is None or held.expires is None or held.created >= held.expires:
        return None
    return held.expires - held.created
