"""Why a call failed, in one sentence for a person, and the next command: every cause told apart.

The words of an error answer outrank its HTTP status, because Google says "the API is off", "a permission is
missing" and "you ask too often" with the same 403 (https://cloud.google.com/apis/design/errors).
Messages are predicates: they follow the call's own words ("compute.networks.list of acme was refused: …").
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping

import google.auth.exceptions
import httplib2

from validator.collect.explain import Caller, Case, explain
from validator.collect.refusal import Refusal
from validator.collect.retry import Failure
from validator.collect.transport import ReadOnlyViolation
from validator.collect.words import clean
from validator.model.outcome import Cause, Outcome
from validator.model.resource import Read, Target

#: Reasons and google.rpc codes, and whether trying again may help.
_WORDS: Mapping[str, tuple[Cause, bool]] = {
    "RATE_LIMIT_EXCEEDED": (Cause.RATE_LIMITED, True),
    "rateLimitExceeded": (Cause.RATE_LIMITED, True),
    "userRateLimitExceeded": (Cause.RATE_LIMITED, True),
    "quotaExceeded": (Cause.RATE_LIMITED, False),
    "dailyLimitExceeded": (Cause.RATE_LIMITED, False),
    "IAM_PERMISSION_DENIED": (Cause.PERMISSION_DENIED, False),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (Cause.PERMISSION_DENIED, False),
    "insufficientPermissions": (Cause.PERMISSION_DENIED, False),
    "SECURITY_POLICY_VIOLATED": (Cause.PERMISSION_DENIED, False),
    "BILLING_DISABLED": (Cause.PERMISSION_DENIED, False),
    "USER_PROJECT_DENIED": (Cause.QUOTA_PROJECT, False),
    "userProjectDenied": (Cause.QUOTA_PROJECT, False),
    "authError": (Cause.UNAUTHENTICATED, False),
    "forbidden": (Cause.PERMISSION_DENIED, False),
    "notFound": (Cause.NOT_FOUND, False),
    "backendError": (Cause.UNAVAILABLE, True),
    "internalError": (Cause.UNAVAILABLE, True),
    "RESOURCE_EXHAUSTED": (Cause.RATE_LIMITED, True),
    "UNAUTHENTICATED": (Cause.UNAUTHENTICATED, False),
    "PERMISSION_DENIED": (Cause.PERMISSION_DENIED, False),
    "NOT_FOUND": (Cause.NOT_FOUND, False),
    "UNAVAILABLE": (Cause.UNAVAILABLE, True),
    "ABORTED": (Cause.UNAVAILABLE, True),
    "DEADLINE_EXCEEDED": (Cause.UNAVAILABLE, True),
    "INTERNAL": (Cause.UNAVAILABLE, True),
    "INVALID_ARGUMENT": (Cause.BAD_REQUEST, False),
}
_STATUS: Mapping[int, tuple[Cause, bool]] = {
    401: (Cause.UNAUTHENTICATED, False),
    403: (Cause.PERMISSION_DENIED, False),
    404: (Cause.NOT_FOUND, False),
    407: (Cause.CONNECTION, False),
    408: (Cause.UNAVAILABLE, True),
    429: (Cause.RATE_LIMITED, True),
    501: (Cause.UNAVAILABLE, False),
}
#: Most specific first: RemoteDisconnected is a ConnectionError and an HTTPException, TimeoutError an OSError.
_CONNECTION: tuple[tuple[type[Exception], Cause, bool, str], ...] = (
    (TimeoutError, Cause.TIMEOUT, True, "did not answer in time"),
    (httplib2.ServerNotFoundError, Cause.CONNECTION, True, "failed: the name of the server cannot be resolved"),
    (httplib2.ProxiesUnavailableError, Cause.CONNECTION, False, "failed: a proxy is set, and PySocks is missing"),
    (ssl.SSLCertVerificationError, Cause.CONNECTION, False, "failed: the server's certificate is not trusted"),
    (ssl.SSLError, Cause.CONNECTION, True, "failed: the TLS connection broke"),
    (http.client.IncompleteRead, Cause.MALFORMED, True, "was cut off: the answer is shorter than announced"),
    (ConnectionError, Cause.CONNECTION, True, "failed: the connection was refused or reset"),
    (http.client.HTTPException, Cause.CONNECTION, True, "failed: the answer is no HTTP"),
    (OSError, Cause.CONNECTION, True, "failed: there is no connection"),
    (httplib2.HttpLib2Error, Cause.MALFORMED, False, "gave an answer that cannot be unpacked"),
    (google.auth.exceptions.TransportError, Cause.CONNECTION, True, "failed: no token could be fetched"),
    (google.auth.exceptions.GoogleAuthError, Cause.UNAUTHENTICATED, False, "failed: the credentials were refused"),
    (MemoryError, Cause.MALFORMED, False, "gave an answer that does not fit into memory"),
    (RecursionError, Cause.MALFORMED, False, "gave an answer that is nested too deeply"),
    (UnicodeDecodeError, Cause.MALFORMED, False, "gave an answer that is not UTF-8"),
    (ValueError, Cause.MALFORMED, False, "gave an answer that is not JSON"),
    (LookupError, Cause.BAD_REQUEST, False, "cannot be asked"),
    (TypeError, Cause.BAD_REQUEST, False, "cannot be asked"),
)
_FIXES: Mapping[type[Exception], str] = {
    httplib2.ProxiesUnavailableError: "pip install pysocks",
    ssl.SSLCertVerificationError: "if a proxy inspects TLS, set HTTPLIB2_CA_CERTS to a file with its CA certificate",
    google.auth.exceptions.RefreshError: "gcloud auth application-default login",
    LookupError: "pip install --upgrade google-api-python-client",
}


class MalformedAnswer(Exception):  # noqa: N818 - it is the answer's fault, not ours
    """An answer that is not what the method promises; the message says where, as a predicate."""


class ErrorAnswer(Exception):  # noqa: N818 - as above
    """An answer that says no, by its HTTP status or by an error envelope under a status of success.

    Not `googleapiclient.errors.HttpError`: its constructor parses the body and crashes on some.
    """

    def __init__(self, said: Refusal) -> None:
        super().__init__(said.message)
        self.said = said


def classify(problem: Exception, read: Read, target: Target, caller: Caller | None = None) -> Failure:
    """The outcome of a call that ended in this exception, and whether to try again.

    Raises:
        ReadOnlyViolation: the problem is one: a bug must not pass for an unreadable API.
    """
    if isinstance(problem, ReadOnlyViolation):
        raise problem
    if isinstance(problem, MalformedAnswer):
        return Failure(
            outcome=Outcome(cause=Cause.MALFORMED, message=str(problem), fix="run again; if it stays, please report it")
        )
    if isinstance(problem, ErrorAnswer):
        return _from_refusal(problem.said, Case(read=read, target=target, caller=caller or Caller()))
    return _from_connection(problem, read)


def _from_refusal(said: Refusal, case: Case) -> Failure:
    cause, retryable = _judge(said)
    return Failure(outcome=explain(cause, said, case), retryable=retryable, retry_after_s=said.retry_after_s)


def _judge(said: Refusal) -> tuple[Cause, bool]:
    if said.disabled:
        return (Cause.API_DISABLED, False)
    words = [_WORDS[word] for word in (*said.reasons, said.rpc) if word in _WORDS]
    cause, retryable = words[0] if words else _by_status(said.status)
    # A quota that is counted per day does not come back within any run.
    daily = said.metadata.get("quota_unit", "").startswith("1/d")
    return (cause, retryable and not daily)


def _by_status(status: int) -> tuple[Cause, bool]:
    if status in _STATUS:
        return _STATUS[status]
    if status < http.client.BAD_REQUEST:
        return (Cause.CONNECTION, False)
    return (Cause.UNAVAILABLE, True) if status >= http.client.INTERNAL_SERVER_ERROR else (Cause.BAD_REQUEST, False)


def _from_connection(problem: Exception, read: Read) -> Failure:
    # google-auth wraps what went wrong below it.
    told = clean(f"{type(problem).__name__}: {problem.args[0] if problem.args else problem}", 200)
    for kind, cause, retryable, words in _CONNECTION:
        if isinstance(problem, kind):
            again = retryable or bool(getattr(problem, "retryable", False))
            message = f"{words} ({read.service}; {told})"
            return Failure(outcome=Outcome(cause=cause, message=message, fix=_fix(problem)), retryable=again)
    message = f"failed in a way that is not understood ({told})"
    return Failure(outcome=Outcome(cause=Cause.MALFORMED, message=message, fix="please report this"))


def _fix(problem: Exception) -> str:
    return next((fix for kind, fix in _FIXES.items() if isinstance(problem, kind)), "")
