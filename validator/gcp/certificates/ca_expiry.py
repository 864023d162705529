"""How long the CA that a managed service's clients verify against is still good.

https://cloud.google.com/sql/docs/postgres/manage-ssl-instance
https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from validator.gcp.certificates.lifetime import Margin
from validator.gcp.times import instant

#: Of a CA's life: the most that the declared days count as.
_PERCENT = 33


class End(enum.Enum):
    """How near a certificate's end is."""

    UNKNOWN = enum.auto()
    PAST = enum.auto()
    NEAR = enum.auto()
    FAR = enum.auto()


class Remaining(msgspec.Struct, frozen=True):
    """What is left of a certificate."""

    end: End
    #: None only where the end is unknown.
    expires: dt.datetime | None
    days: int = 0

    @property
    def day(self) -> str:
        """The day it ends: "2036-02-28"."""
        return self.expires.date().isoformat() if self.expires else "an unknown day"


def remaining(created: str, expires: str, moment: dt.datetime, days: int) -> Remaining:
    """What is left of a certificate; its end is near from `days` before it, at most a third of its life.

    Args:
        created: RFC 3339, or "".
        expires: RFC 3339, or "".
        moment: what is judged against.
        days: the declared margin.
    """
    start, end = instant(created), instant(expires)
    if end is None:
        return Remaining(End.UNKNOWN, None)
    left = end - moment
    if left <= dt.timedelta():
        return Remaining(End.PAST, end)
    lifetime = end - start if start and start < end else None
    near = left < Margin(days, _PERCENT).of(lifetime)
    return Remaining(End.NEAR if near else End.FAR, end, left.days)
