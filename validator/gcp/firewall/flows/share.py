"""How much of an asked packet set a part of it is, in words."""

from __future__ import annotations

from collections.abc import Iterator

from validator.headerspace.packets import Packets


def share(part: Packets, whole: Packets) -> str:
    """Such as "8 of 16 source addresses", or "all 16 source addresses" where the part is the whole."""
    if part == whole:
        return f"all {_counted(whole.sources.size, 'source address', 'es')}"
    return " with ".join(_lacking(part, whole)) or "some combinations of source, destination and port"


def _lacking(part: Packets, whole: Packets) -> Iterator[str]:
    for some, every, noun, plural in (
        (part.sources, whole.sources, "source address", "es"),
        (part.destinations, whole.destinations, "destination address", "es"),
        (part.services, whole.services, "port", "s"),
    ):
        if some != every:
            yield f"{some.size} of {_counted(every.size, noun, plural)}"


def _counted(number: int, noun: str, plural: str) -> str:
    return f"{number} {noun}{plural if number != 1 else ''}"
