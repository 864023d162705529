"""The faults: each a small slip that a tired person makes, in the module it would be made in."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: the text `old`, which stands once in the module, becomes `new`."""

    module: str
    old: str
    new: str
    #: Test files, one of which must fail.
    tests: tuple[str, ...]
    #: What goes wrong.
    slip: str

    @property
    def id(self) -> str:
        """The module's last name and the slip."""
        return f"{self.module.removeprefix('validator.')}: {self.slip}"

    def file(self, root: Path) -> Path:
        """The file of the module."""
        return root / f"{self.module.replace('.', '/')}.py"

    def planted(self, source: str) -> str:
        """The source with the fault in it.

        Raises:
            ValueError: the text to change does not stand there exactly once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.id}: {self.old!r} stands {source.count(self.old)} times, expected once")
        return source.replace(self.old, self.new)


def _mutants(module: str, tests: tuple[str, ...], *slips: tuple[str, str, str]) -> tuple[Mutant, ...]:
    return tuple(Mutant(module=module, slip=slip, old=old, new=new, tests=tests) for slip, old, new in slips)


MUTANTS = (
    *_mutants(
        "validator.headerspace.intervals",
        ("tests/headerspace",),
        ("adjacent spans are not merged", "first <= merged[-1][1] + 1", "first <= merged[-1][1]"),
        ("a contained span shortens its container", "max(last, merged[-1][1])", "last"),
        ("spans are taken as they come", "in sorted(spans)", "in spans"),
        (
            "the end of a clip is off by one",
            "yield max(low, first), min(high, last)",
            "yield max(low, first), min(high, last - 1)",
        ),
        ("a difference keeps the last number", "yield first, low - 1", "yield first, low"),
        ("a difference keeps the next number", "first = high + 1", "first = high + 2"),
        (
            "what remains after the last span is lost",
            "    if first <= last:\n        yield first, last",
            "    if first < last:\n        yield first, last",
        ),
        ("subset is proper subset", "return not self - other", "return self != other and not self - other"),
        ("a number at a span's start is not in it", "self.spans[at][0] <= number", "self.spans[at][0] < number"),
        ("a span counts one too few", "sum(last - first + 1 for", "sum(last - first for"),
    ),
)
