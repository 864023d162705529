"""Waivers: a known failure, tolerated until a date and counted aloud."""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Iterable, Sequence

import msgspec

from validator.engine.findings import Finding, Status
from validator.engine.ruleset import Waiver


def waive(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: dt.date, judged: frozenset[str]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with the waived failures marked, and remarks on waivers that expired or met nothing.

    Only failures can be waived: what is unknown was not judged, so there is nothing to tolerate. `judged` holds
    the ids of the rules that ran; a waiver of another rule is not called unused.
    """
    used: set[Waiver] = set()
    result = []
    for finding in findings:
        waiver = next((w for w in waivers if _meets(w, finding) and w.expires >= today), None)
        if waiver:
            used.add(waiver)
        result.append(_waived(finding, waiver) if waiver else finding)
    notes = [_remark(w, today) for w in waivers if w.rule in judged and (w not in used or w.expires < today)]
    return tuple(result), tuple(notes)


def _meets(waiver: Waiver, finding: Finding) -> bool:
    return (
        finding.status is Status.FAIL
        and waiver.rule == finding.rule
        and fnmatch.fnmatchcase(finding.subject, waiver.subject)
    )


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    message = f"{finding.message} (waived until {waiver.expires} by {waiver.owner}: {waiver.reason})"
    return msgspec.structs.replace(finding, status=Status.WAIVED, message=message)


def _remark(waiver: Waiver, today: dt.date) -> str:
    what = f"waiver of {waiver.rule} for {waiver.subject} at {waiver.place}"
    if waiver.expires < today:
        return f"{what} expired on {waiver.expires} and no longer waives; {waiver.owner} must renew or remove it"
    return f"{what} met no failure; remove it"
