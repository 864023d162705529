"""Which names a certificate's names stand for.

https://www.rfc-editor.org/rfc/rfc9525 (section 6), https://www.rfc-editor.org/rfc/rfc5891
"""

from __future__ import annotations

import ipaddress

from validator.model.endpoints import is_address


def normal(name: str) -> str:
    """A DNS name as it is compared: lower case, A-labels, without the trailing dot; as it is where IDNA refuses it."""
    plain = name.strip().lower().removesuffix(".")
    return plain if plain.isascii() else _a_labels(plain)


def packed(address: str) -> bytes:
    """The 4 or 16 bytes of an address, with or without brackets.

    Raises:
        ValueError: the text is no address.
    """
    return ipaddress.ip_address(address.strip("[]")).packed


def covers(pattern: str, host: str) -> bool:
    """Whether a certificate's DNS name stands for the host; "*" stands for exactly one whole left-most label."""
    return not why_not(pattern, host)


def below(name: str, host_rule: str) -> bool:
    """Whether a DNS name is among those that a wildcard host rule takes with one label in place of its first."""
    (label, _, parent), (wild, _, wanted) = normal(name).partition("."), normal(host_rule).partition(".")
    return parent == wanted and "*" not in label and label.endswith(wild.removeprefix("*"))


def why_not(pattern: str, host: str) -> str:
    """Why the certificate's DNS name does not stand for the host, in words; "" where it does."""
    name, wanted = normal(pattern), normal(host)
    if is_address(wanted):
        return "an address is never matched by a DNS name"
    if "*" not in name:
        return "" if name == wanted else "it is another name"
    first, _, parent = name.partition(".")
    if first != "*" or "*" in parent:
        return "a wildcard counts only as the whole left-most label"
    return _why_not_below(parent, wanted)


def _why_not_below(parent: str, wanted: str) -> str:
    if "." not in parent:
        return "a wildcard directly below a top-level domain covers nothing"
    if wanted == parent:
        return f"a wildcard does not stand for {parent} itself"
    label, _, rest = wanted.partition(".")
    if rest == parent and label:
        return ""
    deeper = wanted.endswith(f".{parent}")
    return "a wildcard stands for exactly one label" if deeper else "it is a wildcard of another domain"


def _a_labels(name: str) -> str:
    """Each label that is not ASCII by its A-label, after IDNA 2008 with the mapping of UTS 46."""
    import idna  # noqa: PLC0415 - large tables, and most names are ASCII

    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in mapped.split("."))
    except idna.IDNAError:
        return name
