"""What a server said, made fit to show: one line, short, without control characters and without secrets."""

from __future__ import annotations

import re
import unicodedata

#: JWTs, OAuth access and refresh tokens, PEM blocks, and whatever follows "Bearer".
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|$)"
    r"|\beyJ[\w-]+(?:\.[\w-]*){1,2}"
    r"|\bya29\.[\w.-]+"
    r"|\b1//[\w-]{10,}"
    r"|(?i:\bbearer\s+)[\w.~+/-]{8,}=*",
    re.DOTALL,
)
_LIMIT = 300


def clean(text: object, limit: int = _LIMIT) -> str:
    """The text on one line of at most `limit` characters, secrets replaced by "[redacted]"."""
    # Cut generously first: a hostile body of megabytes is not worth a regular expression's time.
    words = _SECRET.sub("[redacted]", str(text)[: limit * 8])
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in words)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
