"""One path for a person: what is lost last, each part with its packets, nothing a terminal would obey."""

from __future__ import annotations

import msgspec
import pytest
from rich.cells import cell_len

from tests.report.path.example import answer, delivered, dropped, gap, stopped
from validator.gcp.paths.trace import End, Hop
from validator.report.path.answer import Answer
from validator.report.path.text import render

SPLIT = answer(dropped(), delivered())


def plain(what: Answer, width: int = 100, *, verbose: bool = False) -> str:
    return render(what, width=width, color=False, verbose=verbose)


def test_a_split_path_says_which_part_goes_where() -> None:
    text = plain(SPLIT)
    assert "PART 1 of 2  10.2.0.0/29 → 10.166.204.83 tcp:6379 (8 of 16 source addresses)" in text
    assert "PART 2 of 2  10.2.0.8/29 → 10.166.204.83 tcp:6379 (8 of 16 source addresses)" in text
    assert text.index("DELIVER  REDIS_INSTANCE") < text.index("DROP  FIREWALL_RULE")


def test_the_lost_packet_the_rule_and_the_mend_are_said() -> None:
    text = plain(SPLIT)
    assert "Packet: 10.2.0.8 → 10.166.204.83 tcp:6379" in text
    assert "rule deny-half (priority 900) denies 10.2.0.8/29" in text
    assert "$ gcloud compute firewall-rules create x" in text


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (answer(delivered("10.2.0.0/28")), "REACHABLE, every packet arrives (exit 0)"),
        (answer(dropped("10.2.0.0/28")), "UNREACHABLE, no packet arrives (exit 1)"),
        (SPLIT, "AMBIGUOUS, not every packet arrives (exit 1)"),
        (answer(stopped()), "UNDETERMINED, not known whether every packet arrives (exit 3)"),
        (answer(delivered(), gaps=(gap(),)), "UNDETERMINED, not known whether every packet arrives (exit 3)"),
        (answer(dropped(), gaps=(gap(),)), "UNDETERMINED, not known whether every packet arrives (exit 3)"),
    ],
    ids=["all arrive", "none arrives", "half arrives", "stopped", "arrival on an unread API", "drop on an unread API"],
)
def test_the_last_line_is_the_verdict(what: Answer, said: str) -> None:
    assert plain(what).splitlines()[-1] == f"run/chat-api → redis/chat-redis: {said}"


def test_an_unread_api_is_named_with_its_mend() -> None:
    text = plain(answer(delivered(), gaps=(gap(),)))
    assert "UNKNOWN  not known: compute.routes.list of chat-staging was refused" in text
    assert "$ gcloud projects add-iam-policy-binding chat-staging" in text


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_only_commands_are_wider_than_asked(width: int) -> None:
    lines = plain(SPLIT, width, verbose=True).splitlines()
    assert [line for line in lines if cell_len(line) > max(width, 40) and "gcloud" not in line] == []


def test_evidence_of_what_arrives_is_for_the_curious() -> None:
    arriving = answer(delivered())
    assert "instances/chat-redis" not in plain(arriving)
    assert "instances/chat-redis" in plain(arriving, verbose=True)


def test_hostile_names_cannot_act() -> None:
    hop = Hop(state="APPLY_ROUTE", words="\x1b[2Jroute \u202e [bold]x", resource="\n::error::x")
    hostile = msgspec.structs.replace(delivered(), hops=(hop,), message="\r::set-output x", end=End.DROP)
    text = render(answer(hostile), width=80, color=False, verbose=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]x" in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


def test_colour_only_adds() -> None:
    colored = render(SPLIT, width=100, color=True)
    assert "\x1b[1;31mDROP" in colored
