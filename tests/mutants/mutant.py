"""A fault: a small slip that a tired person makes, in the module it would be made in."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: the text `old`, which stands once in the module, becomes `new`."""

    module: str
    #: What goes wrong.
    slip: str
    old: str
    new: str
    #: Tests, one of which must fail.
    tests: tuple[str, ...]

    @property
    def id(self) -> str:
        """The module's name and the slip."""
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


def slips(module: str, *faults: tuple[str, str, str, str]) -> tuple[Mutant, ...]:
    """The faults of one module: slip, old text, new text, and the test that notices."""
    return tuple(Mutant(module=module, slip=slip, old=old, new=new, tests=(test,)) for slip, old, new, test in faults)
