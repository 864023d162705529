"""What the types do not say of an environment's `probes`: spellings, and one source for each password."""

from __future__ import annotations

from validator.config.document import Item
from validator.config.problems import Problems, shown
from validator.gcp.paths.ends.endpoint import source_of
from validator.model.endpoints import is_address, split_endpoint
from validator.model.environment import Probing


def check_probing(item: Item, probes: Probing, problems: Problems) -> None:
    """Note what probes could not work with, where it stands."""
    members = item.members
    if probes.resolver and not is_address(split_endpoint(probes.resolver)[0]):
        expected = "the address of a DNS server, such as 8.8.8.8 or 127.0.0.1:5353"
        problems.add(members["resolver"].place, f"{shown(probes.resolver)} is no DNS server", expected=expected)
    if probes.source:
        _check_source(members["from"], probes.source, problems)
    for name, source in probes.redis_passwords.items():
        if bool(source.env) is bool(source.file):
            place = members["redis_passwords"].members[name].place
            problems.add(place, f"the password of {shown(name)} needs one source", expected="either env: or file:")


def _check_source(item: Item, text: str, problems: Problems) -> None:
    try:
        source_of(text)
    except ValueError as problem:
        problems.add(item.place, str(problem))
