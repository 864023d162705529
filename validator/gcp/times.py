"""Instants as the APIs spell them."""

from __future__ import annotations

import datetime as dt


def instant(text: str) -> dt.datetime | None:
    """The instant of an RFC 3339 text, with time zone; None for "" and for what is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
