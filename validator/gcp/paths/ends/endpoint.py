"""The two ends of a path as people spell them: `run/backend`, `cidr:10.0.0.0/8`, `host:api.openai.com:443`."""

from __future__ import annotations

import ipaddress
import re

import msgspec

from validator.model.selector import Selector

#: What a path may start at. Connectivity Tests names the last three as sources that it does not support either.
SOURCES = ("run", "connector", "vm", "subnet", "cidr", "internet", "sql", "redis", "redis-cluster")
DESTINATIONS = ("redis", "redis-cluster", "sql", "vm", "subnet", "connector", "cidr", "internet", "host", "run")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SPELLINGS = "expected KIND/NAME, cidr:RANGE, host:NAME:PORT or internet"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a path."""

    #: Noun of a kind, or "cidr", "host" or "internet".
    noun: str
    #: Name or glob of a resource, range, or host name (lower case, no trailing dot) or address; "" for the internet.
    name: str = ""
    #: Of a host only.
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From one of the spellings above.

        Raises:
            ValueError: it is none of them; the message says what was expected.
        """
        if text == "internet":
            return cls(noun="internet")
        if text.startswith("host:"):
            return _host(text)
        if text.startswith("cidr:"):
            return _range(text)
        if "/" not in text.strip("/"):
            raise ValueError(f"{text!r} is no end of a path: {_SPELLINGS}")
        selector = Selector.parse(text)
        return cls(noun=selector.noun, name=selector.pattern)

    @property
    def selector(self) -> Selector:
        """What a named resource is found by."""
        return Selector(self.noun, self.name)

    def __str__(self) -> str:
        """The spelling it was parsed from."""
        if self.noun == "internet":
            return "internet"
        if self.noun == "host":
            host = f"[{self.name}]" if ":" in self.name else self.name
            return f"host:{host}:{self.port}"
        return str(self.selector)


def source_of(text: str) -> Endpoint:
    """The end a path starts at.

    Raises:
        ValueError: it is none.
    """
    return _one_of(text, SOURCES, "starts at")


def destination_of(text: str) -> Endpoint:
    """The end a path goes to.

    Raises:
        ValueError: it is none.
    """
    return _one_of(text, DESTINATIONS, "ends at")


def _one_of(text: str, nouns: tuple[str, ...], verb: str) -> Endpoint:
    noun = re.split("[:/]", text, maxsplit=1)[0]
    if noun != text and noun not in nouns:
        raise ValueError(f"no path {verb} {text!r}: expected one of {', '.join(map(_spelling, nouns))}")
    return Endpoint.parse(text)


def _spelling(noun: str) -> str:
    return {"cidr": "cidr:RANGE", "host": "host:NAME:PORT", "internet": "internet"}.get(noun, f"{noun}/NAME")


def _range(text: str) -> Endpoint:
    name = text.removeprefix("cidr:")
    try:
        given = ipaddress.ip_interface("" if "%" in name else name)
    except ValueError:
        raise ValueError(f"{text!r} is no range: expected such as cidr:10.0.0.0/8") from None
    if given.ip != given.network.network_address:
        raise ValueError(f"{text!r} is no range: did you mean cidr:{given.network}?")
    return Endpoint(noun="cidr", name=name)


def _host(text: str) -> Endpoint:
    host, colon, port = text.removeprefix("host:").rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - a port is 16 bits wide
        raise ValueError(f"{text!r} has no port: expected host:NAME:PORT, such as host:api.openai.com:443")
    name = host.removeprefix("[").removesuffix("]").lower().removesuffix(".")
    if not _is_address(name) and not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{text!r} names no host: expected host:NAME:PORT, such as host:api.openai.com:443")
    return Endpoint(noun="host", name=name, port=int(port))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
