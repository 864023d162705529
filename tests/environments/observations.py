"""What probes would see of a described world, where no real server can stand: for recordings and for walks of faults.

Nothing is decided here that the world does not say: names resolve as its public zone has them, the load balancer
shows the first certificate of its list that holds a name, and Redis and Cloud SQL answer a machine that `reaches` them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tests.emulator.world import Described, World
from validator.gcp.certificates.names import covers
from validator.gcp.observed.handshake import Handshake
from validator.gcp.observed.lookup import Lookup
from validator.gcp.observed.redis import Door, RedisPing
from validator.gcp.observed.sql import Gate, SqlConnection
from validator.model.outcome import Reading
from validator.model.resource import Probe, Resource, Target

RESOLVER, PASSWORD_FROM = "8.8.8.8", "$VALIDATE_INFRA_REDIS_PASSWORD"
_BUDGET_S = 10.0
#: Seconds that three attempts wait for, where nothing comes back.
_SILENT: dict[str, Any] = {"failure": "TIMED_OUT", "attempts": 3, "took_s": _BUDGET_S}


class Observations:
    """Stands for the probes of one run."""

    def __init__(self, world: World, *, reaches: bool) -> None:
        """Of the world, for a machine inside the VPC that reaches private addresses, or none of them."""
        self._world = world
        self._reaches = reaches

    def __call__(self, kind: type[Resource], probe: Probe, target: Target) -> Reading:
        """The one row of a probe."""
        observe = {
            "redis.ping": self._redis,
            "sql.connect": self._sql,
            "domain.lookup": self._lookup,
            "domain.handshake": self._handshake,
        }[probe.name]
        given = dict(target.arguments)
        row = observe(target, {"name": given["at"], "project": target.project, "vantage": "vpc"})
        return Reading(kind=kind.KIND.noun, call=probe.call, target=target, items=(row,))

    def _redis(self, target: Target, own: dict[str, Any]) -> RedisPing:
        door = Door.of(target)
        own |= {"host": door.host, "port": door.port, "tls": door.tls, "instance": door.instance}
        own |= {"addresses": (door.host,), "address": door.host}
        if not self._has("redis", host=door.host, port=door.port) or not self._reaches:
            return RedisPing(**own, **_SILENT, waited_s=3.0)
        own |= {"authenticated": True, "password_from": PASSWORD_FROM} if door.auth else {}
        own |= {"sent": 10, "answered": 10, "p50_ms": 0.7, "p99_ms": 1.9, "attempts": 1, "took_s": 0.03}
        return RedisPing(**own, server_version="7.2.4", role="master", mode="standalone")

    def _sql(self, target: Target, own: dict[str, Any]) -> SqlConnection:
        gate = Gate.of(target)
        own |= {"host": gate.host, "port": gate.port, "protocol": gate.protocol}
        if not self._reaches:
            return SqlConnection(**own, **_SILENT, waited_s=3.0)
        own |= {"tls_version": "TLSv1.3", "fingerprint": "5f" * 32, "not_after": "2036-02-28T17:20:00Z"}
        return SqlConnection(**own, connected=True, connect_ms=1.1, attempts=1, took_s=0.02)

    def _has(self, noun: str, **fields: object) -> bool:
        return any(fields.items() <= one.body.items() for one in self._of(noun))

    def _of(self, noun: str) -> list[Described]:
        return [one for one in self._world.resources if one.noun == noun]

    def _lookup(self, target: Target, own: dict[str, Any]) -> Lookup:
        given = dict(target.arguments)
        host, kind = given["host"], given["type"]
        zone = [one.body for one in self._of("dns-record")]
        found = [body for body in zone if (body["name"], body["type"]) == (f"{host}.", kind)]
        records = tuple(sorted(text.rstrip(".") for body in found for text in body["rrdatas"]))
        exists = any(f".{body['name']}".endswith(f".{host}.") for body in zone)
        status = "NOERROR" if records else "NODATA" if exists else "NXDOMAIN"
        return Lookup(**own, host=host, type=kind, status=status, records=records, ttl=300, resolver=RESOLVER)

    def _handshake(self, target: Target, own: dict[str, Any]) -> Handshake:
        given = dict(target.arguments)
        shown = self._shown(given["host"])
        names = tuple(shown["subjectAlternativeNames"])
        return Handshake(
            **own,
            host=given["host"],
            address=given["address"],
            port=int(given["port"]),
            connections=6,
            seconds=0.2,
            fingerprint="a7" * 32,
            not_before="2026-11-14T03:10:45Z",
            not_after=dt.datetime.fromisoformat(shown["expireTime"]).astimezone(dt.UTC).isoformat(),
            names=names,
            name_count=len(names),
            covered=any(covers(name, given["host"]) for name in names),
            issuer="CN=WR3,O=Google Trust Services,C=US",
            sent=3,
            offered=("TLS_1_2", "TLS_1_3"),
            refused=("TLS_1_0", "TLS_1_1"),
        )

    def _shown(self, host: str) -> Mapping[str, Any]:
        (proxy,) = self._of("target-https-proxy")
        links = (link.rsplit("/", 1)[-1] for link in proxy.body["sslCertificates"])
        listed = [self._world.one(f"certificate/{name}").body for name in links]
        issued = [body for body in listed if body.get("subjectAlternativeNames")]
        fitting = [body for body in issued if any(covers(name, host) for name in body["subjectAlternativeNames"])]
        return (fitting or issued)[0]
