"""What to do about a fault."""

from __future__ import annotations

import msgspec


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about it: one sentence, commands to paste, a Terraform snippet."""

    summary: str
    gcloud: tuple[str, ...] = ()
    terraform: str = ""
