"""What a probe found wrong, and how much that proves."""

from __future__ import annotations

import enum

import msgspec

from validator.model.fix import Fix


class Weight(enum.Enum):
    """What a trouble means for the verdict."""

    #: Proven wrong.
    FAULT = enum.auto()
    #: A remark beside a connection that clients get through.
    WARNING = enum.auto()
    UNKNOWN = enum.auto()
    #: The question could not be asked from here.
    SKIP = enum.auto()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it must be; the words follow what was probed: "… shows a certificate that …"."""

    code: str
    words: str
    weight: Weight = Weight.FAULT
    fix: Fix | None = None
    #: Full names of what shows it, beside the two ends.
    evidence: tuple[str, ...] = ()


#: What is told of a wildcard domain where a name of its own is needed: to ask for, or to connect to.
WILDCARD = Trouble(code="WILDCARD_NAME", words="stands for names that nothing tells: declare them", weight=Weight.SKIP)
