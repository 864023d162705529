"""One live run: credentials, connections, budget and scheduler put together; and the dry run of the same plan."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator

from validator.collect.collector import Asked, Collector, Hands, Prober
from validator.collect.credentials import credentials
from validator.collect.decode import prepare_decoding
from validator.collect.discovery import Discovery
from validator.collect.pages import Reader
from validator.collect.pool import Pool
from validator.collect.transport import Endpoint, make_http
from validator.engine.needs import Supply
from validator.engine.planner import CollectionPlan, parents
from validator.model.environment import Environment
from validator.model.inventory import Inventory
from validator.model.outcome import Reading
from validator.model.project import EnabledApi, HostApi
from validator.model.resource import Read, Resource, Target
from validator.model.table import Table
from validator.options import Machine, Options, UsageError
from validator.patience import Budget

#: Connections at once: the widest stage of a usual environment goes out together.
_WORKERS = 32
#: Probes at once: nearly all of one's time is waiting for somebody who may not be there.
_PROBERS = 128


def collect_live(
    environment: Environment,
    plan: CollectionPlan,
    options: Options,
    machine: Machine,
    progress: Callable[[int, int], None],
    *,
    probe: Prober,
) -> Inventory:
    """Everything the plan names, from the APIs and by probes, each read with its outcome.

    Raises:
        UsageError: the endpoint is no URL.
        CollectError: no credentials, or ones that are refused.
    """
    endpoint = _endpoint(options)
    seconds = options.timeout_s
    budget = Budget(seconds, clock=machine.monotonic, sleep=machine.sleep, random=machine.random)
    discovery = Discovery()
    account = None
    if endpoint is None or not endpoint.loopback:
        account = credentials(
            scopes=discovery.scopes((*(read for _, read in plan.asked(environment)), *EnabledApi.KIND.reads)),
            project=environment.project,
            impersonate=options.impersonate,
            quota_project=options.quota_project,
            environ=machine.environ,
            budget=budget,
        )
    member, charged = (account.member, account.quota_project) if account else ("", options.quota_project or "")
    reader = Reader(discovery, budget, member=member, quota_project=charged)
    prepare_decoding((*plan.kinds, EnabledApi, HostApi))
    pool: Pool[Asked, Reading] = Pool(_WORKERS, lambda: make_http(budget, endpoint=endpoint, credentials=account))
    probes: Pool[Asked, Reading] = Pool(_PROBERS, _Nothing, beside=pool)
    hands = Hands(read=reader, pool=pool, probe=probe, probes=probes)
    with contextlib.closing(pool), contextlib.closing(probes):
        collector = Collector(environment, machine.now(), hands, budget=budget, progress=progress)
        return collector.collect(plan)


class _Nothing:
    """A probe brings its own connection."""

    def close(self) -> None:
        """There is nothing to drop."""


def describe(environment: Environment, plan: CollectionPlan, options: Options) -> str:
    """The calls and permissions of a run, without making any; calls that depend on others are shown once, with "each".

    Raises:
        UsageError: the endpoint is no URL.
    """
    endpoint = _endpoint(options)
    discovery = Discovery()
    if environment.snapshot:
        lines = [f"# {environment.name} is a recording: none of these calls is made"]
    else:
        lines = ["# calls, all of them GET; what depends on an answer is shown once"]
    for kind, read in plan.asked(environment):
        for url, each in _urls(environment, discovery, kind, read):
            shown = endpoint.moved(url) if endpoint else url
            lines.append(f"GET {shown}" + (f"  # {each}" if each else ""))
    if probes := list(plan.probes):
        where = "inside the VPC" if environment.inside else "outside the VPC, so none to a private address"
        lines += [
            "",
            f"# probes: real connections, made from {where}",
            *(f"{one.name}  # {one.each}" for one in probes),
        ]
    lines += ["", "# permissions", *plan.permissions(environment), "", "# OAuth scopes"]
    lines += discovery.scopes(read for _, read in plan.asked(environment))
    return "\n".join(lines)


def _urls(
    environment: Environment, discovery: Discovery, kind: type[Resource], read: Read
) -> Iterator[tuple[str, str]]:
    """URLs of the calls that are known beforehand, else one URL that stands for them."""
    known = list(_targets(environment, read))
    for target in known:
        yield discovery.url(read, target).partition("?")[0], ""
    if not known and parents(kind):
        yield f"{read.service}: {read.method}", read.each or "as the answers above require"


def _targets(environment: Environment, read: Read) -> Iterator[Target]:
    supply = Supply(environment, dt.datetime.fromtimestamp(0, dt.UTC), lambda _kind: Table())
    yield from dict.fromkeys(read.targets(**supply.arguments(read.targets)))


def _endpoint(options: Options) -> Endpoint | None:
    if options.api_endpoint is None:
        return None
    try:
        return Endpoint.parse(options.api_endpoint)
    except ValueError as problem:
        raise UsageError(f"--api-endpoint: {problem}") from None
