"""The JSON of an answer, if it can be what the method answers; what cannot be is told apart from "there is none"."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from validator.collect.errors import ErrorAnswer, MalformedAnswer
from validator.collect.refusal import refusal
from validator.collect.words import clean
from validator.model.resource import Read

Json = dict[str, Any]

#: Levels of objects and lists; no answer has a dozen, and Google's own parsers stop here too.
#: https://protobuf.dev/programming-guides/proto-limits/
_DEEPEST = 100
#: APIs whose every list answer says what it is: one that does not comes from something else.
_SELF_NAMING = frozenset({"compute"})


def parsed(content: bytes, read: Read, fields: frozenset[str]) -> Json:
    """The answer out of its bytes; see `checked`.

    Raises:
        MalformedAnswer: it cannot be the method's.
        ErrorAnswer: it is an error, whatever its HTTP status said.
        ValueError, RecursionError: it is no JSON.
    """
    return checked(json.loads(content, object_pairs_hook=_object), read, fields)


def checked(answer: object, read: Read, fields: frozenset[str]) -> Json:
    """The answer, if it can be the method's.

    Raises:
        MalformedAnswer: it is no object, or an object of something else, such as a login page's.
        ErrorAnswer: it is an error, whatever its HTTP status said.
    """
    if not isinstance(answer, dict):
        raise MalformedAnswer("gave something else than a JSON object")
    if is_deep(answer):
        raise MalformedAnswer("gave an answer that is nested too deeply")
    _refuse_errors(answer, fields)
    if answer and not fields.intersection(answer):
        raise MalformedAnswer("gave an object with none of the fields that the API documents")
    if read.items and read.api in _SELF_NAMING and not isinstance(answer.get("kind"), str) and "kind" in fields:
        raise MalformedAnswer("gave a list that does not say of what kind it is, as this API always does")
    return answer


def is_deep(answer: Json) -> bool:
    """Whether the JSON has more than `_DEEPEST` levels; counts them one after the other, without recursion."""
    level: list[Any] = [answer]
    for _ in range(_DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> Json:
    """The JSON object.

    Raises:
        MalformedAnswer: a key stands twice, so it is not known which value is meant.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise MalformedAnswer(f"gave an object with {clean(twice, 80)} in it twice")
    return found


def _refuse_errors(answer: Json, fields: frozenset[str]) -> None:
    if answer.get("kind") == "Status":
        _refuse_status(answer)
    error = answer.get("error")
    if isinstance(error, dict) and "error" not in fields:
        code = error.get("code")
        raise ErrorAnswer(refusal(code if type(code) is int else 500, json.dumps(answer).encode(), {}))
    for key in ("error", "errors"):
        if answer.get(key) and key not in fields:
            raise MalformedAnswer(f"gave an error under a status of success: {clean(answer[key], 160)}")


def _refuse_status(answer: Json) -> None:
    """Knative's own envelope of an error; one that speaks of a success stands for no list either.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
    """
    if answer.get("status") == "Success":
        raise MalformedAnswer("gave a status in place of what was asked for")
    code = answer.get("code")
    envelope = {"error": {"message": answer.get("message"), "status": answer.get("reason")}}
    raise ErrorAnswer(refusal(code if type(code) is int else 500, json.dumps(envelope).encode(), {}))
