"""Every kind there is, those that probes observe too, by noun."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from validator.gcp.observed.handshake import Handshake
from validator.gcp.observed.lookup import Lookup
from validator.gcp.observed.redis import RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.model import kinds
from validator.model.resource import Resource

#: Kinds whose rows come from probes; no rule has one as its subject.
OBSERVED: tuple[type[Resource], ...] = (Handshake, Lookup, RedisPing, SqlConnection)

#: Noun to kind: "connector" to `Connector`, "redis-ping" to `RedisPing`.
KINDS: Mapping[str, type[Resource]] = MappingProxyType({**kinds.KINDS, **{kind.KIND.noun: kind for kind in OBSERVED}})
