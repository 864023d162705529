"""One call, read to its last page: its resources, and an outcome that says whether that is all there is.

Requests are sent here and not by `HttpRequest.execute`, which turns a GET with a long URL into a POST, logs the
bodies of refusals, crashes on some of them, and takes 204 for an empty answer.
"""

from __future__ import annotations

import http.client as http_client
from collections.abc import Iterator, Mapping

import msgspec

from validator.collect.body import parsed
from validator.collect.decode import decode
from validator.collect.discovery import Discovery
from validator.collect.errors import ErrorAnswer, MalformedAnswer, classify
from validator.collect.explain import Caller
from validator.collect.partial import Json, next_token, page
from validator.collect.refusal import refusal
from validator.collect.retry import Failure, persist
from validator.collect.transport import Http
from validator.collect.words import clean
from validator.model.outcome import Cause, Outcome, Reading
from validator.model.resource import Read, Resource, Target
from validator.patience import Budget

#: More pages than any project fills; a server that never ends must.
MAX_PAGES = 10_000
_STATUS_PAGE = "run again; https://status.cloud.google.com"


class Reader:
    """Reads calls of one run; shared by its threads, each of which brings its own connection."""

    def __init__(self, discovery: Discovery, budget: Budget, *, member: str = "", quota_project: str = "") -> None:
        """Ready to read.

        Args:
            discovery: builds the requests.
            budget: of the whole run.
            member: the caller as IAM spells it, for remedies; "" where unknown.
            quota_project: the project that calls are charged to, where the credentials name one.
        """
        self._discovery = discovery
        self._budget = budget
        self._caller = Caller(member=member, quota_project=quota_project)

    def __call__(self, kind: type[Resource], read: Read, target: Target, http: Http) -> Reading:
        """The call's resources and outcome; items of a call that failed half-way are kept.

        Raises:
            ReadOnlyViolation: a bug tried to write.
        """
        problems: list[Outcome] = []
        items: list[Resource] = []
        for before, answer in enumerate(self._answers(read, target, http)):
            if isinstance(answer, Failure):
                problems.append(_after_pages(answer.outcome, before))
                break
            found, wrong = _take(answer, kind, read, target)
            items += found
            problems += wrong
        items, wrong = _each_once(items)
        problems += wrong
        if read.never_empty and not items and not problems:
            problems.append(_malformed(f"gave no {kind.KIND.noun} at all, where there always are some").outcome)
        return Reading(kind=kind.KIND.noun, call=read.call, target=target, outcome=_worst(problems), items=tuple(items))

    def _answers(self, read: Read, target: Target, http: Http) -> Iterator[Json | Failure]:
        """Every page; a failure ends them."""
        token, seen = "", set[str]()
        for _ in range(MAX_PAGES):
            answer = self._answer(read, target, http, token)
            yield answer
            if isinstance(answer, Failure):
                return
            following = next_token(answer, read)
            if following is None or following == "":
                return
            if not isinstance(following, str) or following in seen:
                yield _malformed("gave the same page token twice, or one that is no text: its pages never end")
                return
            seen.add(following)
            token = following
        yield _malformed(f"has more than {MAX_PAGES} pages")

    def _answer(self, read: Read, target: Target, http: Http, token: str) -> Json | Failure:
        def attempt() -> Json:
            return self._ask(read, target, http, token)

        def judge(problem: Exception) -> Failure:
            return classify(problem, read, target, self._caller)

        return persist(attempt, judge, self._budget)

    def _ask(self, read: Read, target: Target, http: Http, token: str) -> Json:
        request = self._discovery.request(read, target, token)
        response, content = http.request(request.uri, method=request.method, headers=request.headers)
        if response.status >= http_client.MULTIPLE_CHOICES:
            raise ErrorAnswer(refusal(response.status, content, response))
        if response.status != http_client.OK:
            raise MalformedAnswer(f"gave HTTP {response.status}, where 200 is expected")
        return parsed(content, read, self._discovery.fields(read))


def _take(answer: Json, kind: type[Resource], read: Read, target: Target) -> tuple[list[Resource], list[Outcome]]:
    """A page's resources, and what is wrong with the page."""
    items: list[Resource] = []
    problems: list[Outcome] = []
    try:
        content = page(answer, read)
    except MalformedAnswer as problem:
        return [], [_malformed(str(problem)).outcome]
    for scope, raw in content.found:
        try:
            items += decode(kind, read, target, scope, raw)
        except MalformedAnswer as problem:
            problems.append(_malformed(str(problem)).outcome)
    if content.gaps:
        problems.append(_partial(content.gaps))
    return items, problems


def _each_once(items: list[Resource]) -> tuple[list[Resource], list[Outcome]]:
    """The resources, each once, and what is wrong with those that come again as something else."""
    held: dict[str, Resource] = {}
    twice = [item.path for item in items if held.setdefault(item.path, item) != item]
    wrong = [_malformed(f"gave {clean(path, 160)} twice, differently").outcome for path in dict.fromkeys(twice)]
    return list(held.values()), wrong


def _after_pages(outcome: Outcome, pages: int) -> Outcome:
    """An API that answers and then says it is off is not one that was off: part of the answer is missing."""
    if not pages or outcome.cause is not Cause.API_DISABLED:
        return outcome
    return Outcome(cause=Cause.PARTIAL, message=f"was answered in part, then it {outcome.message}", fix=outcome.fix)


def _partial(gaps: tuple[str, ...]) -> Outcome:
    shown = ", ".join(dict.fromkeys(gaps[:10]))
    more = f" and {len(gaps) - 10} more" if len(gaps) > 10 else ""  # noqa: PLR2004 - a sentence has an end
    return Outcome(cause=Cause.PARTIAL, message=f"was answered in part; missing: {shown}{more}", fix=_STATUS_PAGE)


def _malformed(message: str) -> Failure:
    fix = "run again; if it stays, please report it"
    return Failure(outcome=Outcome(cause=Cause.MALFORMED, message=message, fix=fix))


#: A call that failed outranks one that was answered wrongly, and that one a partial answer.
_WEIGHT: Mapping[Cause, int] = {Cause.PARTIAL: 1, Cause.MALFORMED: 2}


def _worst(problems: list[Outcome]) -> Outcome:
    """The gravest outcome, the first of its weight; partial answers of several pages are told together."""
    if not problems:
        return Outcome()
    worst = max(problems, key=lambda outcome: _WEIGHT.get(outcome.cause, 3))
    if worst.cause is not Cause.PARTIAL:
        return worst
    told = "; ".join(dict.fromkeys(outcome.message for outcome in problems))
    return msgspec.structs.replace(worst, message=told)
