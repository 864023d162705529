"""Subjects and endpoints as rules.yaml spells them: `connector/staging-*`, `cidr:10.0.0.0/8`."""

from __future__ import annotations

import fnmatch
import ipaddress
from typing import ClassVar

import msgspec

from validator.model.kinds import KINDS
from validator.model.resource import Kind, Resource


class AddressBlock(Resource, frozen=True, kw_only=True):
    """A range written into a rule (`cidr:10.0.0.0/8`); it exists because it was named."""

    KIND: ClassVar[Kind] = Kind(noun="cidr", reads=())

    @property
    def path(self) -> str:
        """The selector's spelling."""
        return self.label

    @property
    def short(self) -> str:
        """The range."""
        return self.name

    @property
    def label(self) -> str:
        """`cidr:` and the range."""
        return f"cidr:{self.name}"


class Selector(msgspec.Struct, frozen=True):
    """A kind's noun and a name or glob; either may name the location or the project too ("us-*/web", "acme/vpc")."""

    noun: str
    pattern: str

    @classmethod
    def parse(cls, text: str) -> Selector:
        """From "connector/NAME" or "cidr:RANGE".

        Raises:
            ValueError: not a selector, or of a noun that does not exist; the message says what was expected.
        """
        if text.startswith("cidr:"):
            block = text.removeprefix("cidr:")
            ipaddress.ip_network(block)
            return cls("cidr", block)
        noun, slash, pattern = text.partition("/")
        if not slash or not pattern:
            raise ValueError(f"{text!r} is no selector: expected KIND/NAME, such as connector/staging, or cidr:RANGE")
        if noun not in KINDS:
            raise ValueError(f"{noun!r} is no kind of resource")
        return cls(noun, pattern)

    @property
    def exact(self) -> bool:
        """Whether it names one resource outright, so that its absence is a failure."""
        return not any(sign in self.pattern for sign in "*?[")

    def matches(self, row: Resource) -> bool:
        """Whether the resource is meant."""
        if row.KIND.noun != self.noun:
            return False
        names = (row.short, f"{row.location}/{row.short}", f"{row.project}/{row.short}")
        return any(fnmatch.fnmatchcase(name, self.pattern) for name in names)

    def __str__(self) -> str:
        """The spelling it was parsed from."""
        return f"cidr:{self.pattern}" if self.noun == "cidr" else f"{self.noun}/{self.pattern}"
