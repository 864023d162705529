"""Every kind there is, those that probes observe too, by noun."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from validator.model import kinds
from validator.model.resource import Resource

#: Kinds whose rows come from probes; no rule has one as its subject.
OBSERVED: tuple[type[Resource], ...] = ()

#: Noun to kind: "connector" to `Connector`, "redis-ping" to `RedisPing`.
KINDS: Mapping[str, type[Resource]] = MappingProxyType(
    {**kinds.KINDS, **{kind.KIND.noun: kind for kind in OBSERVED}}
)
