"""A pytest plugin that plants one fault: `MUTANT=MODULE@N pytest -p tests.mutants.plant …` runs the tests against it.

The module's source is changed on its way into the interpreter; no file is written.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

import pytest
from hypothesis import Phase, settings

from tests.mutants.catalogue import MUTANTS, Mutant

#: A fault need not be explained, only found, and found on every run.
settings.register_profile(
    "mutant", phases=(Phase.explicit, Phase.generate), database=None, derandomize=True, deadline=None
)


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Use the profile, after any other that is loaded while pytest starts."""
    settings.load_profile("mutant")


class _Loader(SourceFileLoader):
    def __init__(self, mutant: Mutant, path: str) -> None:
        super().__init__(mutant.module, path)
        self._mutant = mutant

    def get_code(self, _fullname: str) -> CodeType:
        """The module's code with the fault in it, never from or into a cache."""
        source = self.get_data(self.path).decode()
        return compile(self._mutant.planted(source), self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module that bears the fault, through the loader that plants it."""
        if fullname != self._mutant.module:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin is None:
            raise ImportError(f"{fullname}: there is no such module to plant a fault in")
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=_Loader(self._mutant, found.origin)
        )


def _plant() -> None:
    mutant = next(one for one in MUTANTS if one.id == os.environ["MUTANT"])
    if mutant.module in sys.modules:
        raise ImportError(f"{mutant.module} is loaded already: the fault would not take effect")
    sys.meta_path.insert(0, _Finder(mutant))


_plant()
