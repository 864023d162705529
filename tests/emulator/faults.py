"""Everything that can go wrong with a call, by name: what is answered instead, and to which calls it can happen."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.emulator import answers, refusals
from tests.emulator.answers import Answer, Call, Manner, as_json
from tests.emulator.discovery import Method

Serve = Callable[[Call], Answer]
_LOST, _SAME = "bG9zdA==", "c2FtZQ=="
_JSON_TEXT = b'{"items": [{"name": "chat'
_PAGE = b"<!DOCTYPE html><html><title>Sign in</title><body>Sign in to your network</body></html>"


@dataclass(frozen=True)
class Fault:
    """A name, the answer it makes of a call (and of the honest answers it can ask for), and where it can happen."""

    name: str
    answer: Callable[[Call, Serve], Answer]
    applies: Callable[[Method], bool] = lambda method: True  # noqa: ARG005 - to any call

    def __str__(self) -> str:
        """The name, for the ids of parametrised tests."""
        return self.name


@dataclass(frozen=True)
class Trouble:
    """A fault and the calls it strikes."""

    fault: Fault
    #: Glob of method ids: "compute.networks.list", "redis.*".
    call: str = "*"
    #: Only this page.
    page: int | None = None
    #: Only the first so many times that the very same request comes.
    attempts: int | None = None
    #: Only where the path and query hold this text.
    where: str = ""

    def strikes(self, call: Call) -> bool:
        """Whether this call is meant."""
        asked = f"{call.path}?{'&'.join('='.join(pair) for pair in call.query.items())}"
        return (
            fnmatch.fnmatchcase(call.method.id, self.call)
            and self.page in (None, call.page)
            and (self.attempts is None or call.attempt <= self.attempts)
            and self.where in asked
            and self.fault.applies(call.method)
        )


def faults_for(method: Method) -> tuple[Fault, ...]:
    """Every fault that can happen to the method."""
    return tuple(fault for fault in ALL_FAULTS if fault.applies(method))


def fault(name: str) -> Fault:
    """The fault of this name."""
    return next(one for one in ALL_FAULTS if one.name == name)


def switched_off(api: str) -> tuple[Trouble, Trouble]:
    """An API that is off and not among the project's enabled ones either: all that can be said for "there is none"."""
    service = f"{api}.googleapis.com"

    def unlisted(_: Call, body: Any) -> Any:
        return {
            **body,
            "services": [row for row in body.get("services", ()) if not row["name"].endswith(f"/{service}")],
        }

    off = Trouble(fault("service-disabled"), f"{api}.*")
    return off, Trouble(_altered("not-enabled", unlisted, lambda method: True), "serviceusage.services.list")  # noqa: ARG005


def _fixed(name: str, make: Callable[[Call], Answer], **rest: Any) -> Fault:
    """A fault that has no use for the honest answer."""
    return Fault(name, lambda call, _: make(call), **rest)


def _altered(name: str, change: Callable[[Call, Any], Any], applies: Callable[[Method], bool]) -> Fault:
    """A fault that changes the honest answer's JSON; an honest refusal stays."""

    def answer(call: Call, serve: Serve) -> Answer:
        honest = serve(call)
        return as_json(change(call, honest.json)) if honest.status == 200 else honest

    return Fault(name, answer, applies)


def _is_legacy(method: Method) -> bool:
    return method.api in ("compute", "sqladmin", "dns")


def _is_list(method: Method) -> bool:
    return bool(method.items)


def _sends(key: str) -> Callable[[Method], bool]:
    return lambda method: _is_list(method) and key in method.properties


def _with(**fields: Any) -> Callable[[Call, Any], Any]:
    return lambda _, body: {**body, **fields}


def _items(value: Any) -> Callable[[Call, Any], Any]:
    return lambda call, body: {**body, call.method.items: value}


def _lost_page(call: Call, serve: Serve) -> Answer:
    if call.token == _LOST:
        return answers.not_found(call)
    honest = serve(call)
    return as_json(call.method.followed(honest.json, _LOST)) if honest.status == 200 else honest


def _same_page(call: Call, serve: Serve) -> Answer:
    honest = serve(call.without_token() if call.token == _SAME else call)
    return as_json(call.method.followed(honest.json, _SAME)) if honest.status == 200 else honest


def _dark_scope(body: Mapping[str, Any], items: str) -> str:
    """The scope that does not answer: the first with something in it."""
    return next((scope for scope, inside in body[items].items() if "warning" not in inside), "global")


def _scope_unreachable(call: Call, body: Any) -> Any:
    items = call.method.items
    scope = _dark_scope(body, items)
    warning = {"code": "UNREACHABLE", "message": f"'{scope}' could not be reached.", "data": []}
    return {**body, items: {**body[items], scope: {"warning": warning}}}


def _unreachables(call: Call, body: Any) -> Any:
    items = call.method.items
    scope = _dark_scope(body, items)
    left = {name: inside for name, inside in body[items].items() if name != scope}
    return {**body, items: left, "unreachables": [f"projects/{call.project}/{scope}"]}


def _partial_success(_: Call, body: Any) -> Any:
    return {**body, "warning": {"code": "PARTIAL_SUCCESS", "message": "Some results are missing.", "data": []}}


def _placeholder(call: Call, body: Any) -> Any:
    name = f"projects/{call.project}/locations/us-east1/{call.method.items}/-"
    text = "Location us-east1 could not be reached."
    kept = [row for row in body.get(call.method.items, ()) if "us-east1" not in row["name"]]
    return {**body, call.method.items: [*kept, {"name": name, "statusMessage": text}]}


def _region_dark(_: Call, body: Any) -> Any:
    warning = {"code": "REGION_UNREACHABLE", "message": "Region us-east1 is unreachable.", "region": "us-east1"}
    return {**body, "warnings": [warning]}


def _raw(body: bytes, kind: str = "application/json; charset=UTF-8") -> Callable[[Call], Answer]:
    return lambda _: Answer(200, body, {"Content-Type": kind})


def _truncated(call: Call, serve: Serve) -> Answer:
    return replace(serve(call), manner=Manner.TRUNCATED)


def _all_faults() -> Iterator[Fault]:
    """What can happen to any call first, then what only some answers can show."""
    yield _fixed("permission-denied", answers.denied)
    yield _fixed("permission-denied-legacy", refusals.legacy_denied, applies=_is_legacy)
    yield _fixed("permission-denied-bare", refusals.bare_denied)
    yield _fixed("service-disabled", answers.disabled)
    yield _fixed("service-disabled-legacy", refusals.legacy_disabled, applies=_is_legacy)
    yield _fixed("service-disabled-bare", refusals.bare_disabled)
    yield _fixed("rate-limited-429", refusals.exhausted)
    yield _fixed("rate-limited-legacy", refusals.legacy_rate, applies=_is_legacy)
    yield _fixed("rate-limited-error-info", refusals.modern_rate)
    yield _fixed("quota-project-denied", refusals.quota_project)
    yield _fixed("unauthenticated", refusals.unauthenticated)
    yield _fixed("not-found", answers.not_found)
    yield _fixed(
        "bad-request", refusals.failing(400, "invalid", "INVALID_ARGUMENT", "Request contains an invalid argument.")
    )
    yield _fixed("internal-error", refusals.failing(500, "backendError", "INTERNAL", "Internal error encountered."))
    yield _fixed(
        "unavailable", refusals.failing(503, "backendError", "UNAVAILABLE", "The service is currently unavailable.")
    )
    yield _fixed("connection-reset", lambda _: Answer(manner=Manner.RESET))
    yield _fixed("silence", lambda _: Answer(manner=Manner.SILENT))
    yield Fault("truncated-body", _truncated)
    yield _fixed("malformed-json", _raw(_JSON_TEXT))
    yield _fixed("empty-body", _raw(b""))
    yield _fixed("json-list", _raw(b"[]"))
    yield _fixed("html-page", _raw(_PAGE, "text/html; charset=utf-8"))
    yield _altered("items-a-text", _items("none"), _is_list)
    yield _altered("items-of-texts", _items(["none"]), _is_list)
    yield Fault("missing-page", _lost_page, lambda method: method.paged)
    yield Fault("repeated-page-token", _same_page, lambda method: method.paged)
    yield _altered("unreachable", _with(unreachable=["us-east1"]), _sends("unreachable"))
    yield _altered("unreachables", _unreachables, _sends("unreachables"))
    yield _altered("scope-unreachable", _scope_unreachable, lambda method: method.aggregated)
    yield _altered("partial-success", _partial_success, _sends("warning"))
    yield _altered("region-unreachable", _region_dark, _sends("warnings"))
    yield _altered("placeholder", _placeholder, lambda method: method.api == "redis")


ALL_FAULTS: tuple[Fault, ...] = tuple(_all_faults())
