"""What the types do not say of an environment's `probes`: spellings, and one source for each password."""

from __future__ import annotations

import re

import msgspec

from validator.config.document import Item
from validator.config.problems import Problems, one_of, shown
from validator.model.endpoints import is_address, split_endpoint
from validator.model.environment import Probing, SecretSource

#: What the machine of a probe can be to the network: something that configuration gives an address.
_SOURCES = ("connector", "run", "subnet", "vm")
_HIGHEST_PORT = 65535


def without_bare_passwords(item: Item, problems: Problems) -> Item:
    """The environment without what stands where a password has its source: it may be the password, so nothing shows it.

    Each such member is noted at its place.
    """
    probes = item.members.get("probes")
    given = probes.members.get("redis_passwords") if probes else None
    if probes is None or given is None:
        return item
    bare = [name for name, member in given.members.items() if not _tells_source(member)]
    for name in bare:
        place = given.members[name].place
        problems.add(place, f"the password of {shown(name)} has no source", expected="{env: NAME} or {file: PATH}")
    kept = {name: member for name, member in given.members.items() if name not in bare}
    return (
        _with(item, "probes", _with(probes, "redis_passwords", msgspec.structs.replace(given, value=kept)))
        if bare
        else item
    )


def _tells_source(member: Item) -> bool:
    texts = all(isinstance(part.value, str) for part in member.members.values())
    return bool(member.members) and member.members.keys() <= {"env", "file"} and texts


def _with(item: Item, name: str, member: Item) -> Item:
    return msgspec.structs.replace(item, value={**item.members, name: member})


def check_probing(item: Item, probes: Probing, problems: Problems) -> None:
    """Note what probes could not work with, where it stands."""
    members = item.members
    if probes.resolver and not _is_server(probes.resolver):
        expected = "the address of a DNS server, such as 8.8.8.8 or 127.0.0.1:5353"
        problems.add(members["resolver"].place, f"{shown(probes.resolver)} is no DNS server", expected=expected)
    if probes.source:
        _check_source(members["from"], probes.source, problems)
    for name, source in probes.redis_passwords.items():
        _check_password(members["redis_passwords"].members[name], name, source, problems)


def _is_server(text: str) -> bool:
    host, port = split_endpoint(text)
    return is_address(host) and (port is None or 0 < port <= _HIGHEST_PORT)


def _check_source(item: Item, text: str, problems: Problems) -> None:
    noun, slash, name = text.partition("/")
    if noun not in _SOURCES or not slash or not name:
        expected = one_of((f"{noun}/NAME" for noun in _SOURCES), otherwise="")
        problems.add(item.place, f"'from' is {shown(text)}, where no probe is made", expected=expected)


def _check_password(item: Item, name: str, source: SecretSource, problems: Problems) -> None:
    if "/" in name:
        meant = name.rpartition("/")[2]
        problems.add(item.key, f"{shown(name)} names no instance", expected="a bare name or glob", meant=meant)
    if bool(source.env) is bool(source.file):
        problems.add(item.place, f"the password of {shown(name)} needs one source", expected="either env: or file:")
    if source.env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", source.env):
        expected = "the name of an environment variable, such as REDIS_AUTH"
        # Not the text itself: who mistakes one for the other puts the password there.
        found = f"probes.redis_passwords.{name}.env is no such name"
        problems.add(item.members["env"].place, found, expected=expected)
