"""Globs of names that say nothing about the name."""

from __future__ import annotations

import re

_WILDCARDS = re.compile(r"\[!?\]?[^\]]*\]|[*?]")


def is_vague(glob: str) -> bool:
    """Whether it holds no character that a name must have, such as `*` or `[a-z]*`: it would mean anything."""
    return not _WILDCARDS.sub("", glob)
