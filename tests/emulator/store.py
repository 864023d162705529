"""Honest answers about a world: list, aggregated list, get, and the methods that derive something."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.emulator.answers import Answer, Call, as_json, denied, disabled, invalid, not_found
from tests.emulator.effective import effective_firewalls
from tests.emulator.pages import Row, listed
from tests.emulator.schema import fit
from tests.emulator.world import Described, World

#: APIs that document the location wildcard `-`.
_WILDCARD = frozenset({"redis"})
_SIZES = ("maxResults", "pageSize", "limit")
_MODELLED = frozenset({"alt", "continue", "filter", "network", "pageToken", "prettyPrint", *_SIZES})
#: Without effect where every region answers, and no resource is described with what a view adds.
_IGNORED = frozenset({"returnPartialSuccess", "views"})
_LOCATED = ("locations", "regions", "zones")


class Store:
    """A world, checked against the schemas and put in order.

    Raises:
        Misfit: a resource that the API could not send.
        ValueError: two resources of one name.
    """

    def __init__(self, world: World, page_size: int | None = None) -> None:
        self.world = world
        self._page_size = page_size
        self._rows: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
        for described in world.resources:
            self._keep(described)

    def answer(self, call: Call) -> Answer:
        """What the API says to the call."""
        return self._refusal(call) or self._found(call)

    def _keep(self, described: Described) -> None:
        source = described.source
        fit(source.api, source.version, source.item, described.body, described.label)
        name = _key(described)
        shelf = self._rows[source.api, described.collection]
        if name in shelf:
            raise ValueError(f"{described.label} is described twice in {described.collection}")
        shelf[name] = described.body

    def _refusal(self, call: Call) -> Answer | None:
        unknown = call.query.keys() - call.method.query_names - {"alt", "prettyPrint"}
        missing = call.method.required_names - call.query.keys()
        unmodelled = call.query.keys() - _MODELLED - _IGNORED
        if unknown or missing or unmodelled:
            return invalid(
                call, f"unknown {sorted(unknown)}, missing {sorted(missing)}, unmodelled {sorted(unmodelled)}"
            )
        if call.query.get("filter", "state:ENABLED") != "state:ENABLED":
            return invalid(call, f"the emulator does not model the filter {call.query['filter']!r}")
        if not call.page:
            return invalid(call, f"Invalid value for field '{call.method.token_name}'.")
        if not call.project and not call.resource.startswith("organizations/"):
            return not_found(call) if call.legacy else denied(call)
        return disabled(call) if self._is_disabled(call) else self._misplaced(call)

    def _is_disabled(self, call: Call) -> bool:
        apis = self._rows.get(("serviceusage", f"projects/{call.project}/services"), {})
        enabled = {name for name, body in apis.items() if body.get("state") == "ENABLED"}
        return bool(apis) and call.method.host not in enabled

    def _misplaced(self, call: Call) -> Answer | None:
        parts = call.resource.split("/")
        for kind, name in itertools.pairwise(parts):
            if kind in _LOCATED and name == "-" and call.method.api not in _WILDCARD:
                return invalid(call, "The location wildcard '-' is not supported.")
            if kind in _LOCATED and name not in (*self.world.regions, "global", "-"):
                return not_found(call) if call.legacy else denied(call)
        return None

    def _found(self, call: Call) -> Answer:
        match call.method.name.rsplit(".", 1)[-1]:
            case "list" | "aggregatedList":
                return self._list(call)
            case "get":
                return self._get(call)
            case "getRouterStatus":
                return self._router_status(call)
            case "getXpnHost":
                host = self.world.hosts.get(call.project)
                return as_json(_compute_project(host, self.world.projects[host]) if host else {})
            case "getEffectiveFirewalls":
                found = effective_firewalls(self.world, call)
                return as_json(found) if found is not None else not_found(call)
            case strange:
                raise NotImplementedError(f"the emulator does not know how to answer {call.method.id}: {strange}")

    def _get(self, call: Call) -> Answer:
        collection, _, name = _own(call).rpartition("/")
        body = self._rows.get((call.method.api, collection), {}).get(name)
        return as_json(body) if body is not None else not_found(call)

    def _router_status(self, call: Call) -> Answer:
        """The status of a router that exists, with the routes described as learned by it."""
        router = call.resource.removesuffix("/getRouterStatus")
        collection, _, name = router.rpartition("/")
        body = self._rows.get(("compute", collection), {}).get(name)
        if body is None:
            return not_found(call)
        learned = list(self._rows.get(("compute", f"{router}/bestRoutes"), {}).values())
        routes = {"bestRoutes": learned, "bestRoutesForRouter": learned} if learned else {}
        return as_json({"kind": "compute#routerStatusResponse", "result": {"network": body["network"], **routes}})

    def _list(self, call: Call) -> Answer:
        if not self._has_parent(call):
            return not_found(call)
        asked = [int(call.query[name]) for name in _SIZES if int(call.query.get(name, 0))]
        sizes = [size for size in (*asked, self._page_size) if size] if call.method.paged else []
        rows = list(self._selected(call))
        if sizes and call.page > max(1, -(-len(rows) // min(sizes))):
            return invalid(call, f"Invalid value for field '{call.method.token_name}'.")
        return as_json(listed(call, rows, min(sizes, default=None), self._scopes(call.resource.rpartition("/")[2])))

    def _selected(self, call: Call) -> Iterator[Row]:
        for scope, body in self._of(call):
            if call.query.get("filter") and body.get("state") != "ENABLED":
                continue
            if "network" in call.query and body.get("network") != call.query["network"]:
                continue
            yield scope, body

    def _of(self, call: Call) -> Iterator[Row]:
        wanted = _own(call).split("/")
        for (api, collection), rows in self._rows.items():
            if api == call.method.api:
                scope = _scope(wanted, collection.split("/"), aggregated=call.method.aggregated)
                yield from ((scope, body) for body in rows.values() if scope is not None)

    def _scopes(self, collection_name: str) -> Sequence[str]:
        """Every region, and every zone that something of the collection is in."""
        own = [collection.split("/") for _, collection in self._rows]
        places = [where[2:4] for where in own if where[-1] == collection_name]
        zones = sorted("/".join(place) for place in places if place[:1] == ["zones"])
        return ("global", *(f"regions/{region}" for region in self.world.regions), *dict.fromkeys(zones))

    def _has_parent(self, call: Call) -> bool:
        """Whether what the list belongs to exists, where that is a resource and not a project or place."""
        parent, _, name = _own(call).rpartition("/")[0].rpartition("/")
        if parent in ("", "projects", "services") or parent.endswith(_LOCATED) or name in ("global", "aggregated"):
            return True
        return name in self._rows.get((call.method.api, parent), {})


def _own(call: Call) -> str:
    """The resource path with the project's id where the call gave its number."""
    parts = call.resource.split("/")
    return "/".join([parts[0], call.project, *parts[2:]] if parts[0] == "projects" else parts)


def _scope(wanted: Sequence[str], collection: Sequence[str], *, aggregated: bool) -> str | None:
    """The scope under which a collection belongs into the answer, or None."""
    if aggregated:
        inside = collection[:2] == wanted[:2] and collection[-1] == wanted[-1]
        return "/".join(collection[2:-1]) if inside else None
    same = len(wanted) == len(collection) and all(
        ask in ("-", have) for ask, have in zip(wanted, collection, strict=True)
    )
    return "" if same else None


def _key(described: Described) -> str:
    if described.noun == "learned-route":
        return str(described.body["destRange"])
    return f"{described.name}/{described.body['type']}" if described.noun == "dns-record" else described.name


def _compute_project(project: str, number: str) -> dict[str, Any]:
    link = f"https://www.googleapis.com/compute/v1/projects/{project}"
    return {"kind": "compute#project", "id": number, "name": project, "selfLink": link, "xpnProjectStatus": "HOST"}
