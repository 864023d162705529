"""Bare DNS names: no scheme, path, port, wildcard or final dot."""

from __future__ import annotations

import re

from validator.gcp.certificates.names import normal

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_LIMIT = 253


def bare_domain(text: str) -> str:
    """The DNS name in the text, in lower case and, if international, in its ASCII spelling; "" where there is none."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    ascii_name = _in_ascii(host.removeprefix("*.").rstrip("."))
    return ascii_name if len(ascii_name) <= _LIMIT and _DOMAIN.fullmatch(ascii_name) else ""


def _in_ascii(host: str) -> str:
    """By IDNA 2008, as browsers and registries have it ("ß" is a letter); of what that refuses, by IDNA 2003."""
    spelled = normal(host)
    try:
        return spelled if spelled.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
