"""Bare DNS names: no scheme, path, port, wildcard or final dot."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_LIMIT = 253


def bare_domain(text: str) -> str:
    """The DNS name in the text, in lower case and, if international, in its ASCII spelling; "" where there is none."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    host = host.removeprefix("*.").rstrip(".")
    try:
        ascii_name = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""
    return ascii_name if len(ascii_name) <= _LIMIT and _DOMAIN.fullmatch(ascii_name) else ""
