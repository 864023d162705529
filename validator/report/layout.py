"""Fits words into the cells of a terminal; knows nothing of reports."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

from validator.report.clean import inert

#: Not before "::", which would let a build log take the next line for a command (and `::/0` starts no line well).
_BREAK = re.compile(r" +(?!::)")
#: Before a flag, with every quote before it closed.
_FLAG = re.compile(r" (?=--(?:[^']*'[^']*')*[^']*$)")
#: Beside single quotes, in which everything is literal.
_QUOTING = frozenset('"\\`$')
#: A name too long for a line breaks after a slash, so that both halves still read as parts of a path.
_PIECE = re.compile(r"[^/]*/|[^/]+")
#: Cells by which a line grows that `inert` has to change.
_GROWTH = len(inert("::")) - len("::")


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces, else after slashes, else anywhere."""
    return flowed(filter(None, _BREAK.split(text.strip())), width, gap=" ")


def flowed(parts: Iterable[str], width: int, gap: str) -> list[str]:
    """As many whole parts a line as fit, with `gap` between them; a part wider than a line is split."""
    return _joined((piece for part in parts for piece in _pieces(part, width)), width, gap)


def hanging(lead: str, text: str, width: int, style: str = "") -> list[Text]:
    """The text as a paragraph right of `lead`; no line where there is no text."""
    lines = wrapped(text, width - cell_len(lead))
    return [line_of((" " * cell_len(lead) if number else lead) + line, style) for number, line in enumerate(lines)]


def continued(command: str, width: int) -> list[str]:
    """The command as a shell takes it over several lines, broken before flags only; whole where quotes forbid it."""
    if cell_len(command) <= width or not _QUOTING.isdisjoint(command) or command.count("'") % 2:
        return [command]
    first, *flags = _FLAG.split(command)
    lines = [first]
    for flag in flags:
        if cell_len(f"{lines[-1]} {flag} \\") <= width:
            lines[-1] += f" {flag}"
        else:
            lines.append(f"  {flag}")
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def line_of(text: str, style: str = "", *, word: str = "") -> Text:
    """One harmless line, of which `style` takes the whole or only the `word` it starts with."""
    line = Text(inert(text.rstrip()), end="\n")
    line.stylize(style, 0, len(word) or None)
    return line


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, ending in an ellipsis where something is left out."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """The text with spaces up to `width` cells, never cut."""
    return text + " " * (width - cell_len(text))


def printed(lines: Iterable[Text], *, color: bool) -> str:
    """The lines as a terminal takes them; without colour there is no escape sequence in them."""
    console = Console(
        file=io.StringIO(),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        force_jupyter=False,
        width=80,
        height=25,
        emoji=False,
        markup=False,
        highlight=False,
    )
    with console.capture() as captured:
        for line in lines:
            console.print(line, soft_wrap=True)
    return captured.get()


def _joined(pieces: Iterable[str], width: int, gap: str) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]}{gap}{piece}" if lines else piece
        if lines and cell_len(inert(longer)) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _pieces(part: str, width: int) -> Iterator[str]:
    if cell_len(inert(part)) <= width:
        yield part
        return
    # Any chunk may come to start with the two colons.
    room = max(2, width - _GROWTH) if "::" in part else width
    chunks = (chunk for piece in _PIECE.findall(part) for chunk in chop_cells(piece, room))
    yield from _joined(chunks, room, gap="")
