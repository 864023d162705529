"""Makes one probe: a declaration and a target in, a reading with one row out, whatever the network does."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Probe, Resource, Target
from validator.probe.kit import Kit

Observe = Callable[[Target, Kit], Resource]


class Prober(msgspec.Struct, frozen=True):
    """The probes of one run; many threads call it at once."""

    kit: Kit

    def __call__(self, kind: type[Resource], probe: Probe, target: Target) -> Reading:
        """What was observed; a failed connection is that too, and only a probe that went wrong itself is a gap."""
        made = Reading(kind=kind.KIND.noun, call=probe.call, target=target)
        try:
            row = observer(probe.name)(target, self.kit)
        except Exception as problem:  # noqa: BLE001 - one probe's defect is one unknown, not the end of the run
            return msgspec.structs.replace(made, outcome=_crashed(problem))
        return msgspec.structs.replace(made, items=(row,))


def observer(name: str) -> Observe:
    """The function that makes the probe of this name; its client library is loaded only now.

    Raises:
        NotImplementedError: a kind declares a probe that nobody makes.
    """
    match name:
        case "domain.handshake":
            from validator.probe import tls  # noqa: PLC0415

            return tls.observe
        case "domain.lookup":
            from validator.probe import dns  # noqa: PLC0415 - only where it is asked for

            return dns.observe
        case "redis.ping":
            from validator.probe import redis  # noqa: PLC0415

            return redis.observe
        case "sql.connect":
            from validator.probe import sql  # noqa: PLC0415

            return sql.observe
        case _:
            raise NotImplementedError(f"no probe is called {name!r}")


def _crashed(problem: Exception) -> Outcome:
    """Where it happened and what kind it is; its text may hold what a server said, or a secret, and is left out."""
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    message = f"went wrong itself: {type(problem).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    return Outcome(cause=Cause.PROBE_CRASHED, message=message, fix="this is a defect of the tool; please report it")
