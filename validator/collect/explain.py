"""What an error answer means to whoever must mend it: a sentence, and a command to paste."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping

import msgspec

from validator.collect.refusal import Refusal
from validator.model.outcome import Cause, Outcome
from validator.model.resource import Read, Target

_SCOPE_REASONS = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
#: Project ids (with a domain of old) and numbers; anything else from a server stays out of commands.
_PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]{0,99}")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf the calls are made."""

    #: As IAM spells it: "serviceAccount:gate@acme.iam.gserviceaccount.com"; "" where it cannot be known.
    member: str = ""
    #: The project that calls are charged to, where the credentials name one.
    quota_project: str = ""

    def grant(self, project: str, role: str) -> str:
        """The command that gives the caller a role."""
        member = self.member or "user:YOU@EXAMPLE.COM"
        parts = ("gcloud", "projects", "add-iam-policy-binding", project, f"--member={member}", f"--role={role}")
        return shlex.join(parts)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The call that was refused."""

    read: Read
    target: Target
    caller: Caller = Caller()


def explain(cause: Cause, said: Refusal, case: Case) -> Outcome:
    """The outcome in words."""
    return _TELL.get(cause, _other)(cause, said, case)


def is_other(charged: str, names: Collection[str]) -> bool | None:
    """Whether a project is surely another one than that of these names; None where that cannot be told.

    Args:
        charged: an id or a number; "" where a server named none, which speaks of the project that was asked about.
        names: the id, the number, or both.
    """
    if not charged or charged in names:
        return False
    comparable = any(name.isdecimal() == charged.isdecimal() for name in names)
    return True if comparable else None


def disabled(service: str, project: str, charged: str, *, other: bool | None) -> Outcome:
    """The outcome of a call about `project` that was refused because the API is off in the project `charged`.

    Args:
        service: such as "redis.googleapis.com".
        project: as it was asked about.
        charged: id or number that the server named, or "".
        other: whether that is another project; None where it is not known yet.
    """
    shown = charged if not charged or _PROJECT.fullmatch(charged) else "of an unreadable name"
    if other:
        message = (
            f"was refused: {service} is off in project {shown}, which the call was charged to; "
            f"that says nothing about {project}"
        )
        return Outcome(cause=Cause.QUOTA_PROJECT, message=message, fix=_charge(project))
    where = f"project {shown}" if shown and shown != project else project
    # What is off must be on where it is off, whichever project that turns out to be.
    enable = shlex.join(("gcloud", "services", "enable", service, "--project", shown if other is None else project))
    message = f"was refused: {service} is off in {where}"
    return Outcome(cause=Cause.API_DISABLED, message=message, fix=enable, consumer=charged)


def _disabled(_cause: Cause, said: Refusal, case: Case) -> Outcome:
    project = case.target.project
    return disabled(case.read.service, project, said.consumer, other=is_other(said.consumer, (project,)))


def _quota_project(cause: Cause, said: Refusal, case: Case) -> Outcome:
    charged = case.caller.quota_project or said.consumer
    charged = charged if _PROJECT.fullmatch(charged) else ""
    message = f"was refused: the caller may not charge calls to project {charged or '(not named)'}{_quoted(said)}"
    grant = case.caller.grant(charged, "roles/serviceusage.serviceUsageConsumer") if charged else ""
    return Outcome(cause=cause, message=message, fix=grant or _charge(case.target.project))


def _denied(cause: Cause, said: Refusal, case: Case) -> Outcome:
    project = case.target.project
    if not said.genuine:
        message = f"was refused by something that is not the API, perhaps a proxy: HTTP {said.status}{_quoted(said)}"
        return Outcome(cause=cause, message=message)
    if _SCOPE_REASONS.intersection(said.reasons):
        message = f"was refused: the access token's scopes do not cover {case.read.service}"
        fix = f"log in with: gcloud auth application-default login --scopes={_PLATFORM}; on a VM, add that scope to it"
        return Outcome(cause=cause, message=message, fix=fix)
    if "BILLING_DISABLED" in said.reasons:
        fix = shlex.join(("gcloud", "billing", "projects", "link", project, "--billing-account=ACCOUNT"))
        return Outcome(cause=cause, message=f"was refused: billing is off{_quoted(said)}", fix=fix)
    if "SECURITY_POLICY_VIOLATED" in said.reasons:
        message = f"was refused by a VPC Service Controls perimeter{_quoted(said)}"
        return Outcome(
            cause=cause, message=message, fix="run inside the perimeter, or add an ingress rule for the caller"
        )
    permission = said.permission or case.read.permission
    message = f"was refused: permission {permission} is missing on {project}{_quoted(said)}"
    return Outcome(cause=cause, message=message, fix=case.caller.grant(project, case.read.role))


def _unauthenticated(cause: Cause, said: Refusal, _case: Case) -> Outcome:
    message = f"was refused: the credentials are not accepted{_quoted(said)}"
    return Outcome(cause=cause, message=message, fix="gcloud auth application-default login")


def _limited(cause: Cause, said: Refusal, case: Case) -> Outcome:
    which = said.metadata.get("quota_limit") or said.metadata.get("quota_metric") or "a quota"
    message = f"was refused: {which} of {case.read.service} is used up{_quoted(said)}"
    fix = (
        f"https://console.cloud.google.com/iam-admin/quotas?project={case.caller.quota_project or case.target.project}"
    )
    return Outcome(cause=cause, message=message, fix=fix)


def _absent(cause: Cause, said: Refusal, _case: Case) -> Outcome:
    what = "found nothing" if said.genuine else "reached something that is not the API"
    return Outcome(cause=cause, message=f"{what}: HTTP {said.status}{_quoted(said)}")


def _other(cause: Cause, said: Refusal, _case: Case) -> Outcome:
    fix = "run again; https://status.cloud.google.com" if cause is Cause.UNAVAILABLE else ""
    return Outcome(cause=cause, message=f"failed: HTTP {said.status}{_quoted(said)}", fix=fix)


def _charge(project: str) -> str:
    named = shlex.quote(project)
    return f"add --quota-project {named}, or: gcloud auth application-default set-quota-project {named}"


def _quoted(said: Refusal) -> str:
    return f" (the server said: {said.message})" if said.message else ""


_TELL: Mapping[Cause, Callable[[Cause, Refusal, Case], Outcome]] = {
    Cause.API_DISABLED: _disabled,
    Cause.QUOTA_PROJECT: _quota_project,
    Cause.PERMISSION_DENIED: _denied,
    Cause.UNAUTHENTICATED: _unauthenticated,
    Cause.RATE_LIMITED: _limited,
    Cause.NOT_FOUND: _absent,
}
