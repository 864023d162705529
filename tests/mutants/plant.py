"""Plants one fault into this process and runs the tests that must notice; `python -m tests.mutants.plant` all of them.

The module's source is changed on its way into the interpreter; no file is written. Each fault has a process of its own,
forked from one that has loaded what all tests need and nothing that could bear a fault.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import Phase, settings

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
#: What is loaded before the fork is not rewritten by pytest, and need not be.
_OPTIONS = ("-x", "-q", "-n0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
#: Exit code of a pytest run in which a test failed.
CAUGHT = int(pytest.ExitCode.TESTS_FAILED)


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


class _Profile:
    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """A fault need not be explained, only found, and found on every run."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutant", phases=phases, database=None, derandomize=True, deadline=None)
        settings.load_profile("mutant")


def outcomes(mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, int]]:
    """Each fault with the exit code of its tests, as they end; as many at once as there are processors."""
    waiting, running = list(mutants), dict[int, Mutant]()
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            mutant = waiting.pop(0)
            running[_forked(mutant)] = mutant
        pid, status = os.wait()
        yield running.pop(pid), os.waitstatus_to_exitcode(status)


def run(mutant: Mutant) -> int:
    """The exit code of the tests with the fault in place, in this process.

    Raises:
        ImportError: the module is loaded already, so the fault would not take effect.
    """
    if mutant.module in sys.modules:
        raise ImportError(f"{mutant.module} is loaded already")
    sys.meta_path.insert(0, _Finder(mutant))
    return int(pytest.main([*_OPTIONS, *mutant.tests], plugins=[_Profile()]))


def _forked(mutant: Mutant) -> int:
    if pid := os.fork():
        return pid
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        os._exit(run(mutant))
    finally:
        os._exit(int(pytest.ExitCode.INTERNAL_ERROR))


def main(words: Sequence[str]) -> int:
    """0 if every fault whose id holds one of the words is caught; names the others."""
    os.chdir(ROOT)
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.id for word in words)]
    alive = [(mutant, code) for mutant, code in outcomes(chosen) if code != CAUGHT]
    for mutant, code in alive:
        sys.stdout.write(f"not caught (pytest ended with {code}): {mutant.id}: {mutant.old!r} → {mutant.new!r}\n")
    sys.stdout.write(f"{len(chosen) - len(alive)} of {len(chosen)} planted faults were caught\n")
    return int(bool(alive) or not chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
