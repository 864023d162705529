"""Where reports go: stdout, or files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from validator import FORMATS
from validator.engine.findings import Report
from validator.options import Output, UsageError
from validator.report.path.answer import Answer

_MOST_LINKS = 40


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a text should look like; programs' formats do not care."""

    #: Cells.
    width: int
    color: bool
    verbose: bool = False
    quiet: bool = False


Renderer = Callable[[Look], str]


def outputs(words: Sequence[str], inputs: Iterable[object] = ()) -> tuple[Output, ...]:
    """The outputs that `--report FORMAT[=FILE]` words ask for, their targets checked before anything is read.

    Raises:
        UsageError: an unknown format, an unusable file, or two reports, or a report and an input, in one place.
    """
    found = tuple(_output(word) for word in words)
    if sum(not output.file for output in found) > 1:
        raise UsageError("two reports cannot both go to stdout: give all but one a file, --report json=FILE")
    taken = {os.path.realpath(str(name)) for name in inputs if name}
    for output in found:
        if output.file and os.path.realpath(output.file) in taken:
            raise UsageError(f"--report {output.format}={output.file}: would overwrite an input or another report")
        taken.add(os.path.realpath(output.file) if output.file else "")
    return found


def check_target(name: str) -> Path:
    """The path, after a look whether a file can appear there.

    Raises:
        UsageError: a directory, or a folder that is missing or not writable.
    """
    path = Path(name)
    try:
        if path.is_dir():
            raise UsageError(f"{name}: is a directory; expected a file to write")
        if not path.parent.is_dir():
            raise UsageError(f"{name}: there is no folder {path.parent}")
    except OSError as problem:
        raise UsageError(f"{name[:80]}: cannot be written: {problem.strerror}") from None
    if not os.access(path.parent, os.W_OK) and not _special(path):
        raise UsageError(f"{name}: the folder {path.parent} is not writable")
    return path


def write_file(path: Path, text: str) -> None:
    """Replace the file by the text in one step; a device or pipe is written to as it is.

    Raises:
        UsageError: the file system refused.
    """
    try:
        if _special(path):
            path.write_text(text, encoding="utf-8")
            return
        path = Path(os.path.realpath(path))
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(_mode(path))
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from None


def write(wanted: Sequence[Output], look: Look, renderers: Mapping[str, Renderer]) -> None:
    """Render and write each output; stdout last, so that a failed file is noticed before anything is shown."""
    for output in sorted(wanted, key=lambda output: not output.file):
        rendered = renderers[output.format](msgspec.structs.replace(look, color=look.color and not output.file))
        if output.file:
            write_file(Path(output.file), rendered)
        else:
            sys.stdout.write(rendered)


def report_renderers(report: Report) -> Mapping[str, Renderer]:
    """How the gate's report is written in each format; only the renderer asked for is loaded, for rich is slow."""

    def as_json(_look: Look) -> str:
        from validator.report import json  # noqa: PLC0415

        return json.render(report)

    def as_text(look: Look) -> str:
        from validator.report import text  # noqa: PLC0415

        return text.render(report, width=look.width, color=look.color, verbose=look.verbose, quiet=look.quiet)

    return {"json": as_json, "text": as_text}


def path_renderers(answer: Answer) -> Mapping[str, Renderer]:
    """How the answer of a path question is written in each format."""

    def as_json(_look: Look) -> str:
        from validator.report.path import json  # noqa: PLC0415

        return json.render(answer)

    def as_text(look: Look) -> str:
        from validator.report.path import text  # noqa: PLC0415

        return text.render(answer, width=look.width, color=look.color, verbose=look.verbose)

    return {"json": as_json, "text": as_text}


def _output(word: str) -> Output:
    name, _, file = word.partition("=")
    if name not in FORMATS:
        raise UsageError(f"--report {word}: unknown format {name!r}; expected one of {', '.join(FORMATS)}")
    if "=" in word and not file:
        raise UsageError(f"--report {word}: a file name is missing after the '='")
    if file:
        check_target(file)
    return Output(name, file)


def _mode(path: Path) -> int:
    """The permissions of the file that stands there, else those that any new file gets."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _special(path: Path) -> bool:
    """Whether something stands there that must not be replaced: a device, a pipe, a link to an open file."""
    hop = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow /dev/stdout to the file behind it
    for _ in range(_MOST_LINKS):
        if hop.parts[1:2] in (("dev",), ("proc",)):
            return True
        if not hop.is_symlink():
            break
        hop = Path(os.path.abspath(hop.parent / hop.readlink()))  # noqa: PTH100 - as above
    try:
        return not stat.S_ISREG(hop.stat().st_mode)
    except OSError:
        return False
