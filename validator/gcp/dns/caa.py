"""Which authorities CAA records let issue a certificate for a name.

https://www.rfc-editor.org/rfc/rfc8659 https://www.rfc-editor.org/rfc/rfc8657
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.dns.answers import Answers
from validator.gcp.observed.lookup import Lookup, upwards

_RECORD = re.compile(r'(\d+) (\S+) "(.*)"')
_CRITICAL = 128
#: Properties that say who may issue what, or whom to tell; who does not know one that is critical must not issue.
_KNOWN = frozenset(("issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone"))
#: Parameters that take nothing away from the authority they stand behind.
_HARMLESS = ("cansignhttpexchanges",)


class Ruling(enum.Enum):
    """What the records say of the authorities in question."""

    PERMITTED = enum.auto()
    FORBIDDEN = enum.auto()
    #: The records were not read: an authority must not issue then.
    UNREADABLE = enum.auto()
    #: They permit it under conditions that cannot be compared.
    DOUBTFUL = enum.auto()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The ruling, and the answer it rests on; None where no name up the tree has such records."""

    ruling: Ruling
    row: Lookup | None = None
    #: What makes it doubtful.
    doubt: str = ""


class _Property(msgspec.Struct, frozen=True):
    flags: int
    tag: str
    #: The authority's name; "" where none is meant.
    issuer: str
    #: Whether further parameters narrow it down.
    narrowed: bool


def rule_on(name: str, issuers: tuple[str, ...], answers: Answers) -> Verdict:
    """Whether one of the issuers may issue for the name, a wildcard or not: the closest set up the tree decides."""
    for above in upwards(name):
        row = answers.of(above, "CAA")
        if row is None:
            return Verdict(ruling=Ruling.DOUBTFUL, doubt=f"the CAA records of {above} were not asked for")
        if not row.answered:
            return Verdict(ruling=Ruling.UNREADABLE, row=row)
        if row.records:
            return _of_set(row, issuers, wildcard=name.startswith("*."))
    return Verdict(ruling=Ruling.PERMITTED)


def _of_set(row: Lookup, issuers: tuple[str, ...], *, wildcard: bool) -> Verdict:
    if row.cut:
        return Verdict(ruling=Ruling.DOUBTFUL, row=row, doubt=f"{row.end} has more CAA records than a probe keeps")
    held = list(_properties(row.records))
    strange = [one.tag for one in held if one.flags & _CRITICAL and one.tag not in _KNOWN]
    if strange:
        return Verdict(ruling=Ruling.DOUBTFUL, row=row, doubt=f"property {strange[0]} is critical and not known")
    deciding = _deciding(held, wildcard=wildcard)
    if not deciding:
        return Verdict(ruling=Ruling.PERMITTED, row=row)
    ours = [one for one in deciding if one.issuer in issuers]
    if not ours:
        return Verdict(ruling=Ruling.FORBIDDEN, row=row)
    if all(one.narrowed for one in ours):
        doubt = f"{ours[0].issuer} may issue only under conditions (its account, or the way of validation)"
        return Verdict(ruling=Ruling.DOUBTFUL, row=row, doubt=doubt)
    return Verdict(ruling=Ruling.PERMITTED, row=row)


def _deciding(held: list[_Property], *, wildcard: bool) -> list[_Property]:
    """Of a wildcard `issuewild` decides where there is one; of anything else `issue` alone."""
    wild = [one for one in held if one.tag == "issuewild"] if wildcard else []
    return wild or [one for one in held if one.tag == "issue"]


def _properties(records: Iterable[str]) -> Iterator[_Property]:
    """Each record; one that cannot be read names nobody, and so forbids."""
    for text in records:
        found = _RECORD.fullmatch(text)
        flags, tag, value = found.groups() if found else ("0", "issue", "")
        issuer, *parameters = (part.strip() for part in value.split(";"))
        narrowed = any(one and not one.lower().startswith(_HARMLESS) for one in parameters)
        yield _Property(int(flags), tag.lower(), issuer.lower().removesuffix("."), narrowed)
