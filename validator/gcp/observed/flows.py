"""The flows of a service that probes spoke of: its Redis settings, and the Cloud SQL addresses in its variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.observed import redis, sql
from validator.gcp.observed.prediction import Flow
from validator.gcp.observed.redis import Doors, RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.gcp.paths.ends.implied import Implied, ImpliedFlows
from validator.gcp.redis_settings import settings
from validator.model.run import Service, Serving, Template

Row = RedisPing | SqlConnection


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A flow, what says that the service has it, and what a probe of its far end saw."""

    flow: Flow
    #: Such as "REDIS_HOST=10.0.0.3".
    because: str
    row: Row

    @property
    def reached(self) -> bool | None:
        """Whether packets came there and back; None where the probe tells nothing of that."""
        return redis.reached(self.row) if isinstance(self.row, RedisPing) else sql.reached(self.row)


class Flows:
    """A fact: which probed endpoints each service talks to."""

    def __init__(self, doors: Doors, implied: ImpliedFlows, serving: Serving) -> None:
        self._doors = doors
        self._implied = implied
        self._serving = serving

    @classmethod
    def derive(cls, *, doors: Doors, implied: ImpliedFlows, serving: Serving) -> Flows:
        """From variables and mounts of what serves."""
        return cls(doors, implied, serving)

    def seen(self, service: Service, source: str, rows: Iterable[Row]) -> tuple[Seen, ...]:
        """Every flow of the service that one of the rows speaks of, each endpoint once."""
        by_end = {(type(row), row.name): row for row in rows}
        found: dict[str, Seen] = {}
        for template in self._serving.of(service):
            for end, flow, because in (*self._redis(template, source), *self._databases(template, service, source)):
                if row := by_end.get(end):
                    found.setdefault(row.path, Seen(flow=flow, because=because, row=row))
        return tuple(found.values())

    def _redis(self, template: Template, source: str) -> Iterator[tuple[tuple[type[Row], str], Flow, str]]:
        for setting in settings(template):
            for asked in setting.asked:
                if door := self._doors.of_asked(setting, asked):
                    because = f"{setting.variable.name}={setting.variable.value}"
                    flow = Flow(source=source, to=self._doors.end(door), host=door.host, port=door.port)
                    yield (RedisPing, str(door)), flow, because

    def _databases(
        self, template: Template, service: Service, source: str
    ) -> Iterator[tuple[tuple[type[Row], str], Flow, str]]:
        for one in self._implied.of(template, service.project):
            if isinstance(one, Implied) and one.to.startswith("sql/") and one.address:
                flow = Flow(source=source, to=one.to, host=one.address, port=one.port)
                yield (SqlConnection, str(sql.Gate(host=one.address, port=one.port))), flow, one.because
