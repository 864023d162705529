"""The waivers of a file: each says why, who answers for it, and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

import msgspec

from validator.config.document import Item
from validator.config.problems import Problems, nearest, one_of, shown
from validator.config.stanzas import WaiverStanza
from validator.config.typed import mismatch, read_fields
from validator.engine.ruleset import Waiver

_LIMIT_YEARS = 2


def read_waivers(item: Item | None, rules: Collection[str], today: dt.date, problems: Problems) -> Iterator[Waiver]:
    """Every waiver that is right, expired ones too; what is wrong with the others is noted.

    `rules` are the ids that the file defines.
    """
    if item is None:
        return
    if not isinstance(item.value, tuple):
        mismatch(item, "a list of waivers", problems)
        return
    for member in item.value:
        fields = read_fields(member, WaiverStanza, problems)
        parts = member.value if isinstance(member.value, Mapping) else {}
        for name, part in parts.items():
            _refuse_odd(name, part, rules, today, problems)
        if fields.complete:
            yield Waiver(**fields.values, place=member.place)


def _refuse_odd(name: str, item: Item, rules: Collection[str], today: dt.date, problems: Problems) -> None:
    value = item.value
    if isinstance(value, str) and "${" in value:
        problems.add(
            item.place, f"{shown(name)} is {shown(value)}", expected="no variable: waivers are taken literally"
        )
    elif name == "rule" and isinstance(value, str) and value not in rules:
        expected = one_of(rules, otherwise="a rule of this file")
        problems.add(item.place, f"waives unknown rule {shown(value)}", expected=expected, meant=nearest(value, rules))
    elif name == "expires":
        _refuse_far(item, today, problems)


def _refuse_far(item: Item, today: dt.date, problems: Problems) -> None:
    try:
        expires = msgspec.convert(item.value, dt.date)
    except msgspec.ValidationError:
        return  # noted where the fields were typed
    limit = _years_on(today)
    if expires > limit:
        found = f"'expires' is {expires}, more than {_LIMIT_YEARS} years ahead"
        problems.add(item.place, found, expected=f"{limit} at the latest; what holds for good is a change of the rule")


def _years_on(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year + _LIMIT_YEARS)
    except ValueError:  # 29 February
        return dt.date(day.year + _LIMIT_YEARS, 3, 1)
