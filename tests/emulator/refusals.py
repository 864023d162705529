"""The refusals of Google's APIs, in each of the disguises that a client meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.emulator.answers import Answer, Call, disabled_message, legacy, modern, refused


def legacy_denied(call: Call) -> Answer:
    """403 for want of the permission, as Compute Engine says it."""
    return legacy(403, "forbidden", f"Required '{call.method.permission}' permission for 'projects/{call.project}'")


def bare_denied(_: Call) -> Answer:
    """403 for want of a permission that is not named."""
    return modern(403, "PERMISSION_DENIED", "The caller does not have permission")


def legacy_disabled(call: Call) -> Answer:
    """403 for an API that is not enabled, in the older envelope."""
    message = f"Access Not Configured. {disabled_message(call)}"
    return legacy(403, "accessNotConfigured", message, domain="usageLimits")


def bare_disabled(call: Call) -> Answer:
    """403 for an API that is not enabled, in words only."""
    return modern(403, "PERMISSION_DENIED", disabled_message(call))


def exhausted(call: Call) -> Answer:
    """429 with the seconds to wait."""
    answer = _too_many(call)
    return replace(answer, headers={**answer.headers, "Retry-After": "1"})


def legacy_rate(_: Call) -> Answer:
    """403 for too many requests, in the older envelope."""
    return legacy(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")


def modern_rate(call: Call) -> Answer:
    """403 for too many requests, with an ErrorInfo."""
    metadata = {"service": call.method.host, "consumer": f"projects/{call.number}", "quota_limit": "ReadsPerMinute"}
    message = f"Quota exceeded for quota metric 'Read requests' of service '{call.method.host}'."
    return modern(403, "PERMISSION_DENIED", message, ("RATE_LIMIT_EXCEEDED", metadata))


def quota_project(call: Call) -> Answer:
    """403 for a quota project that the caller may not use."""
    message = (
        f"Caller does not have required permission to use project {call.project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission."
    )
    metadata = {"service": call.method.host, "consumer": f"projects/{call.project}"}
    return modern(403, "PERMISSION_DENIED", message, ("USER_PROJECT_DENIED", metadata))


def unauthenticated(call: Call) -> Answer:
    """401."""
    message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other."
    metadata = {"service": call.method.host, "method": call.method.id}
    answer = modern(401, "UNAUTHENTICATED", message, ("ACCESS_TOKEN_EXPIRED", metadata))
    return replace(
        answer, headers={**answer.headers, "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'}
    )


def failing(status: int, reason: str, word: str, message: str) -> Callable[[Call], Answer]:
    """An error of this status in the envelope of the call's API."""
    return lambda call: refused(call, status, message, reason=reason, word=word)


def _too_many(call: Call) -> Answer:
    limit = (
        f"Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of {call.method.host}"
    )
    return modern(429, "RESOURCE_EXHAUSTED", f"{limit} for consumer 'project_number:{call.number}'.")
