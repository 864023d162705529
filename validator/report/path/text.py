"""One path for a person: its hops in order, the first broken one, the packet, the rule and the mend.

What arrives comes first, what is dropped last, because that is where a terminal ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from validator.gcp.firewall.flows.share import share
from validator.gcp.paths.trace import End, Hop, Result, Trace
from validator.gcp.special import spell_place
from validator.headerspace.packets import Packets
from validator.headerspace.spelling import spell, spell_packet, spell_services
from validator.report.blocks import INDENT, Block, headed, proofs, remedy
from validator.report.layout import flowed, hanging, line_of, padded, printed
from validator.report.path.answer import Answer, cleaned, gap_words

_NARROWEST = 40
_END_STYLES = {End.DELIVER: "bold green", End.DROP: "bold red", End.FORWARD: "bold magenta", End.ABORT: "bold magenta"}
_STYLES = {
    Result.REACHABLE: "bold green",
    Result.UNREACHABLE: "bold red",
    Result.AMBIGUOUS: "bold red",
    Result.UNDETERMINED: "bold magenta",
}
_SAID = {
    Result.REACHABLE: "every packet arrives",
    Result.UNREACHABLE: "no packet arrives",
    Result.AMBIGUOUS: "not every packet arrives",
    Result.UNDETERMINED: "not known whether every packet arrives",
}
#: Below this a hop's words stand on a line of their own.
_LEAST_WORDS = 24


def render(answer: Answer, *, width: int, color: bool, verbose: bool = False) -> str:
    """The answer as lines of at most `width` cells (40 at the least), ending in a line feed."""
    answer, width = cleaned(answer), max(width, _NARROWEST)
    blocks = [
        headed(answer.version, answer.environment, answer.project, answer.source, width=width),
        _question(answer, width),
        *_parts(answer, width, verbose=verbose),
        *_gaps(answer, width),
        _verdict(answer, width),
    ]
    lines = [line for block in blocks if block for line in (Text(), *block)]
    return printed(lines[1:], color=color)


def _question(answer: Answer, width: int) -> Block:
    asked = answer.reach.asked
    sources, destinations = spell_place(asked.sources), spell_place(asked.destinations)
    rows = [("FROM", answer.reach.source, sources), ("TO", answer.reach.destination, _target(asked, destinations))]
    wide = max(cell_len(name) for _, name, _ in rows)
    return [
        line
        for word, name, what in rows
        for line in hanging(f"{word:6}", f"{padded(name, wide)}  {what}", width, "bold")
    ]


def _target(asked: Packets, destinations: str) -> str:
    return f"{destinations} {spell_services(asked.services)}" if asked else ""


def _parts(answer: Answer, width: int, *, verbose: bool) -> Iterator[Block]:
    traces = answer.traces
    for number, trace in enumerate(traces, 1):
        part = f"PART {number} of {len(traces)}  " if len(traces) > 1 else ""
        yield [*_part(part, trace, answer.reach.asked, width), *_hops(trace, width), *_ending(trace, width, verbose)]


def _part(lead: str, trace: Trace, asked: Packets, width: int) -> Block:
    """Which of the packets go this way, where not all do."""
    if not lead:
        return []
    said = f"{spell(trace.packets)} ({share(trace.packets, asked)})"
    return hanging(lead, said, width)


def _hops(trace: Trace, width: int) -> Iterator[Text]:
    wide = max((cell_len(hop.state) for hop in trace.hops), default=0)
    for number, hop in enumerate(trace.hops, 1):
        yield from _hop(number, hop, wide, width)


def _hop(number: int, hop: Hop, wide: int, width: int) -> Iterator[Text]:
    lead = f"{number:>3}   {padded(hop.state, wide)}  "
    if width - cell_len(lead) >= _LEAST_WORDS:
        yield from hanging(lead, hop.words, width) or [line_of(lead)]
    else:
        yield line_of(f"{number:>3}   {hop.state}")
        yield from hanging(INDENT + "  ", hop.words, width)


def _ending(trace: Trace, width: int, verbose: bool) -> Iterator[Text]:  # noqa: FBT001 - private
    style = _END_STYLES[trace.end]
    yield line_of(f"{trace.end}  {trace.code}", style, word=trace.end)
    yield from hanging(INDENT, trace.message, width)
    if trace.end is not End.DELIVER and trace.packets:
        yield from hanging(f"{INDENT}Packet: ", spell_packet(trace.packets.witness), width)
    if verbose or trace.end is not End.DELIVER:
        yield from proofs(trace.evidence, width)
    yield from remedy(trace.mend, width)


def _gaps(answer: Answer, width: int) -> Iterator[Block]:
    for gap in answer.gaps:
        words, fix = gap_words(gap)
        yield [*hanging("UNKNOWN  ", f"not known: {words}", width), *remedy(fix, width)]


def _verdict(answer: Answer, width: int) -> Block:
    reach = answer.reach
    parts = [
        f"{reach.source} → {reach.destination}:",
        f"{answer.result},",
        f"{_SAID[answer.result]}",
        f"(exit {answer.exit_code})",
    ]
    return [line_of(line, _STYLES[answer.result]) for line in flowed(parts, width, gap=" ")]
